/* SPDX-License-Identifier: MIT */

/* What a command says in the end: its result, or why there is none, for people or as JSON. */

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "cli/command.h"
#include "cli/release_names.h"
#include "client/line.h"
#include "client/report.h"
#include "codec/json.h"

static const char *const status_names[] = {
    [VCC_OK] = "ok",
    [VCC_FAILED] = "failed",
    [VCC_MALFORMED] = "malformed",
    [VCC_UNTRUSTED] = "untrusted",
    [VCC_REFUSED] = "refused",
    [VCC_NOT_FOUND] = "not-found",
    [VCC_LIMIT] = "limit",
    [VCC_DIGEST] = "digest",
    [VCC_RUN_FAILED] = "run-failed",
    [VCC_LOST] = "lost",
};

const char *vc_command_status_name(enum vcc_status status)
{
    return status_names[status];
}

static void print_json_error(struct vc_command *command, const struct vcc_error *error)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vc_json_writer writer = vc_json_writer_over(&text);

    vc_json_open_object(&writer, nullptr);
    vc_json_open_object(&writer, "error");
    vc_json_put_string(&writer, "status", status_names[error->status]);
    vc_json_put_integer(&writer, "exit_code", error->status);
    if (error->http_status != 0)
        vc_json_put_integer(&writer, "http_status", error->http_status);
    vc_json_put_string(&writer, "text", error->text);
    vc_json_close_object(&writer);
    vc_json_close_object(&writer);
    if (vc_json_write_end(&writer, nullptr) != VC_OK)
        return; /* out of memory: the line on `err` must do */
    (void)fwrite(text.data, 1, text.size, command->out);
    (void)fputc('\n', command->out);
    (void)fflush(command->out);
}

/* A refusal that shows measurements says of which releases they are. */
static void name_releases(struct vc_command *command, struct vcc_error *error)
{
    vc_cleanup(vc_releases_freep) struct vc_releases *releases = nullptr;

    if (strstr(error->text, "measurement differs") == nullptr)
        return;
    releases = vc_release_names_load(command->err);
    vc_releases_explain(releases, error->text, sizeof(error->text));
}

int vc_command_fail(struct vc_command *command, const struct vcc_error *error)
{
    struct vcc_error told = *error;

    name_releases(command, &told);
    (void)fprintf(command->err, "veracruz: %s\n", told.text);
    if (command->json)
        print_json_error(command, &told);
    return (int)told.status;
}

int vc_command_fail_in(struct vc_command *command, const struct vc_err *err)
{
    struct vcc_error error;

    (void)vc_report_code(&error, err->code, err);
    return vc_command_fail(command, &error);
}

int vc_command_fail_input(struct vc_command *command, const struct vc_err *err)
{
    struct vcc_error error;
    enum vcc_status status = vc_report_status(err->code);

    (void)vc_report(&error, status == VCC_FAILED ? VCC_FAILED : VCC_MALFORMED, err);
    return vc_command_fail(command, &error);
}

int vc_command_fail_usage(struct vc_command *command, const char *format, ...)
{
    struct vcc_error error = {.status = VCC_MALFORMED};
    char text[sizeof(error.text)];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    vc_line_clean(text, error.text, sizeof(error.text));
    return vc_command_fail(command, &error);
}

int vc_command_print(struct vc_command *command, struct vc_bytes text)
{
    struct vc_err err = {};

    if ((text.size > 0 && fwrite(text.data, 1, text.size, command->out) != text.size) ||
        fflush(command->out) != 0 || ferror(command->out)) {
        (void)vc_fail_host(&err, "standard output");
        return vc_command_fail_in(command, &err);
    }
    return VCC_OK;
}

int vc_command_print_json(struct vc_command *command, enum vc_code code, struct vc_buffer *text,
                          const struct vc_err *err)
{
    struct vc_err memory = {};

    if (code != VC_OK)
        return vc_command_fail_in(command, err);
    if (vc_buffer_append_text(text, "\n", &memory) != VC_OK)
        return vc_command_fail_in(command, &memory);
    return vc_command_print(command, vc_buffer_bytes(text));
}

int vc_command_print_done(struct vc_command *command, const char *what, const char *object)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vc_json_writer writer = vc_json_writer_over(&text);
    struct vc_err err = {};

    if (!command->json)
        return VCC_OK;
    vc_json_open_object(&writer, nullptr);
    vc_json_put_string(&writer, what, object);
    vc_json_close_object(&writer);
    return vc_command_print_json(command, vc_json_write_end(&writer, &err), &text, &err);
}
