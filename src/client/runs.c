/* SPDX-License-Identifier: MIT */

/* The runs of a container, and its end. */

#include <stdio.h>

#include "base/hex.h"
#include "client/receive.h"
#include "client/report.h"
#include "client/run_events.h"
#include "client/run_object.h"
#include "client/waiting.h"
#include "codec/json.h"
#include "net/loop.h"

static constexpr unsigned HTTP_OK = 200;
static constexpr unsigned HTTP_CREATED = 201;
static constexpr unsigned HTTP_ACCEPTED = 202;

static constexpr uint64_t LIST_SIZE_MAX = 1 << 26; /* bytes of JSON: 100,000 runs fit */

/* Asks for one run object and waits for the run's end at most `wait_s` seconds. */
static enum vcc_status ask(struct vcc_client *client, struct vc_client_call *call, unsigned wait_s,
                           struct vcc_run *run, struct vcc_error *error)
{
    vc_cleanup(vc_http_answer_done) struct vc_http_answer answer = {};
    struct vc_err err = {};
    enum vcc_status status = vc_waiting_call(client, call, wait_s, &answer, error);

    if (status != VCC_OK)
        return status;
    enum vc_code code = vc_run_object_parse(vc_buffer_bytes(&answer.body), run, &err);

    if (code == VC_OK)
        return VCC_OK;
    (void)vc_fail_in(&err, code, "the container's run object");
    return vc_report(error, VCC_FAILED, &err);
}

static enum vcc_status check_id(const char *id, char target[VC_WAITING_TARGET_MAX],
                                struct vcc_error *error)
{
    return vc_waiting_target("/v1/runs", "run", id, target, error);
}

/* Asks again until the run ended or the deadline passed: one answer may wait 600 s at most. */
static enum vcc_status follow(struct vcc_client *client, uint64_t deadline_ms, struct vcc_run *run,
                              struct vcc_error *error)
{
    enum vcc_status status = VCC_OK;
    uint64_t now_ms = vc_loop_now_ms();

    while (status == VCC_OK && !vc_run_ended(run) && now_ms < deadline_ms) {
        char target[VC_WAITING_TARGET_MAX];
        struct vc_client_call call = {.http = {.method = "GET", .target = target},
                                      .good = {HTTP_OK, HTTP_CREATED}};

        status = check_id(run->id, target, error);
        if (status == VCC_OK)
            status = ask(client, &call, vc_waiting_next_s(deadline_ms - now_ms), run, error);
        now_ms = vc_loop_now_ms();
    }
    return status;
}

enum vcc_status vcc_run_start(vcc_client *client, const char *program, unsigned wait_ms,
                              struct vcc_run *run, struct vcc_error *error)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer body = {};
    struct vc_json_writer writer = vc_json_writer_over(&body);
    uint64_t deadline_ms = vc_loop_now_ms() + wait_ms;
    struct vcc_run made;
    struct vc_err err = {};

    vc_json_open_object(&writer, nullptr);
    vc_json_put_string(&writer, "program", program);
    vc_json_close_object(&writer);
    enum vc_code code = vc_json_write_end(&writer, &err);

    if (code != VC_OK)
        return vc_report_code(error, code, &err);
    struct vc_http_source source = {.bytes = vc_buffer_bytes(&body)};
    struct vc_client_call call = {
        .http = {.method = "POST", .target = "/v1/runs", .source = &source},
        .good = {HTTP_OK, HTTP_CREATED},
    };
    enum vcc_status status = ask(client, &call, vc_waiting_next_s(wait_ms), &made, error);

    if (status == VCC_OK)
        status = follow(client, deadline_ms, &made, error);
    if (status == VCC_OK)
        *run = made;
    return status;
}

enum vcc_status vcc_run_status(vcc_client *client, const char *id, unsigned wait_ms,
                               struct vcc_run *run, struct vcc_error *error)
{
    uint64_t deadline_ms = vc_loop_now_ms() + wait_ms;
    char target[VC_WAITING_TARGET_MAX];
    struct vcc_run seen;
    struct vc_client_call call = {.http = {.method = "GET", .target = target},
                                  .good = {HTTP_OK, HTTP_CREATED}};
    enum vcc_status status = check_id(id, target, error);

    if (status == VCC_OK)
        status = ask(client, &call, vc_waiting_next_s(wait_ms), &seen, error);
    if (status == VCC_OK)
        status = follow(client, deadline_ms, &seen, error);
    if (status == VCC_OK)
        *run = seen;
    return status;
}

static enum vc_code take_events(void *user, struct vc_bytes piece, struct vc_err *err)
{
    return vc_run_events_take(user, piece, err);
}

/* VCC_OK: the last state came, or nobody wanted more. */
static enum vcc_status judge_events(const struct vc_run_events *events, enum vcc_status status,
                                    struct vcc_error *error)
{
    struct vc_err err = {};

    if (events->stopped || (events->known && vc_run_ended(&events->run)))
        return VCC_OK;
    if (status != VCC_OK)
        return status;
    return vc_report_code(
        error, vc_fail(&err, VC_CLOSED, "the container ended its events before the run's end"),
        &err);
}

enum vcc_status vcc_run_watch(vcc_client *client, const char *id, vcc_run_watcher *watcher,
                              void *user, struct vcc_run *run, struct vcc_error *error)
{
    vc_cleanup(vc_http_answer_done) struct vc_http_answer answer = {};
    vc_cleanup(vc_run_events_done) struct vc_run_events events = {
        .watcher = watcher, .user = user, .run = {.percent = -1}};
    const struct vc_http_sink sink = {.write = take_events, .user = &events};
    char run_target[VC_WAITING_TARGET_MAX];
    char target[VC_WAITING_TARGET_MAX + 8];
    struct vc_client_call call = {.http = {.method = "GET", .target = target, .sink = &sink},
                                  .good = {HTTP_OK}};
    enum vcc_status status = check_id(id, run_target, error);

    if (status != VCC_OK)
        return status;
    (void)snprintf(target, sizeof(target), "%s/events", run_target);
    status = judge_events(&events, vc_client_call(client, &call, &answer, error), error);
    if (status == VCC_OK)
        *run = events.run;
    return status;
}

enum vcc_status vcc_run_kill(vcc_client *client, const char *id, struct vcc_error *error)
{
    return vc_waiting_kill(client, "/v1/runs", "run", id, error);
}

static enum vc_code check_list(const struct vc_policy *, struct vc_bytes text, struct vc_err *err)
{
    return vc_run_list_check(text, err);
}

enum vcc_status vcc_runs(vcc_client *client, char **json, struct vcc_error *error)
{
    static const struct vc_question question = {
        .target = "/v1/runs",
        .about = "the container's list of runs",
        .size_max = LIST_SIZE_MAX,
        .too_large = "more than a list can have",
        .check = check_list,
    };

    return vc_receive_checked(client, &question, json, error);
}

enum vcc_status vcc_shutdown(vcc_client *client, struct vcc_error *error)
{
    vc_cleanup(vc_http_answer_done) struct vc_http_answer answer = {};
    struct vc_client_call call = {.http = {.method = "POST", .target = "/v1/shutdown"},
                                  .good = {HTTP_ACCEPTED}};

    return vc_client_call(client, &call, &answer, error);
}
