/* SPDX-License-Identifier: MIT */

#include "local/report.h"

#include <stdio.h>
#include <unistd.h>

#include "base/file.h"
#include "codec/json.h"
#include "runtime/pipeline_document.h"
#include "runtime/pipeline_plan.h"
#include "runtime/run_document.h"

enum vc_exit vc_exit_of(enum vc_code code)
{
    switch (code) {
    case VC_MALFORMED:
        return VC_EXIT_MALFORMED;
    case VC_REFUSED:
        return VC_EXIT_REFUSED;
    case VC_UNTRUSTED:
        return VC_EXIT_UNTRUSTED;
    case VC_LIMIT:
        return VC_EXIT_LIMIT;
    case VC_NOT_FOUND:
        return VC_EXIT_NOT_FOUND;
    case VC_OK:
    case VC_STATE:
    case VC_CLOSED:
    case VC_MEMORY:
    case VC_HOST:
        break;
    }
    return VC_EXIT_FAILED;
}

static const char *name_of(enum vc_exit exit)
{
    static const char *const names[] = {
        [VC_EXIT_FAILED] = "failed",       [VC_EXIT_MALFORMED] = "malformed",
        [VC_EXIT_UNTRUSTED] = "untrusted", [VC_EXIT_REFUSED] = "refused",
        [VC_EXIT_NOT_FOUND] = "not-found", [VC_EXIT_LIMIT] = "limit",
        [VC_EXIT_DIGEST] = "digest",
    };

    return (size_t)exit < VC_COUNT(names) ? names[exit] : "failed";
}

static void print_document(enum vc_exit exit, const char *text)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer json = {};
    struct vc_json_writer writer = vc_json_writer_over(&json);

    vc_json_open_object(&writer, nullptr);
    vc_json_open_object(&writer, "error");
    vc_json_put_string(&writer, "status", name_of(exit));
    vc_json_put_integer(&writer, "exit_code", exit);
    vc_json_put_string(&writer, "text", text);
    vc_json_close_object(&writer);
    vc_json_close_object(&writer);
    if (vc_json_write_end(&writer, nullptr) == VC_OK &&
        vc_buffer_append_text(&json, "\n", nullptr) == VC_OK)
        (void)!vc_fd_write_all(STDOUT_FILENO, vc_buffer_bytes(&json), nullptr);
}

int vc_report_error(enum vc_exit exit, const char *text, bool json)
{
    (void)fprintf(stderr, "veracruz: ");
    /* File names are others' words: no control character of theirs reaches the terminal. */
    for (const char *c = text; *c != '\0'; c++)
        (void)fputc((unsigned char)*c < ' ' || *c == 127 ? '?' : *c, stderr);
    (void)fputc('\n', stderr);
    if (json)
        print_document(exit, text);
    return (int)exit;
}

enum vc_code vc_report_run(const struct vc_policy *policy, const struct vc_run_status *status,
                           struct vc_buffer *text, struct vc_err *err)
{
    struct vc_json_writer writer = vc_json_writer_over(text);
    enum vc_code code;

    vc_run_write(&writer, policy, status);
    code = vc_json_write_end(&writer, err);
    return code == VC_OK ? vc_buffer_append_text(text, "\n", err) : code;
}

enum vc_code vc_report_pipeline(const struct vc_policy *policy,
                                const struct vc_pipeline_status *status, struct vc_buffer *text,
                                struct vc_err *err)
{
    struct vc_json_writer writer = vc_json_writer_over(text);
    enum vc_code code;

    vc_pipeline_write(&writer, policy, status);
    code = vc_json_write_end(&writer, err);
    return code == VC_OK ? vc_buffer_append_text(text, "\n", err) : code;
}

void vc_report_stages(const struct vc_policy *policy, const struct vc_pipeline_status *status)
{
    const struct vc_policy_pipeline *pipeline = &policy->pipelines[status->pipeline];

    for (size_t i = 0; i < pipeline->stage_count; i++) {
        const struct vc_stage_status *stage = &status->stages[i];

        (void)fprintf(stderr, "%s: %s", pipeline->stages[i].name,
                      vc_stage_state_name(stage->state));
        if (stage->state == VC_STAGE_EXITED)
            (void)fprintf(stderr, " with code %u", stage->exit_code);
        (void)fprintf(stderr, "%s%s\n", stage->reason[0] != '\0' ? ": " : "", stage->reason);
    }
    (void)fprintf(stderr, "pipeline %s: %s\n", pipeline->name,
                  vc_pipeline_state_name(status->state));
}
