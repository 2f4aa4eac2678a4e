/* SPDX-License-Identifier: MIT */

/* What a run's program asks of the policy in force, and how it narrows it: by calls, and by reading
 * /veracruz/policy.json. */

#include <stdlib.h>

#include "policy/meet.h"
#include "runtime/policy_call.h"
#include "runtime/run_internal.h"

static void each_file(void *user, bool (*visit)(void *visitor, const struct vc_query_input *input),
                      void *visitor)
{
    const struct vc_run *run = user;

    vc_view_each_file(run->view, visit, visitor);
}

/* Looked up when the program asks for the first time. */
static enum vc_code find_facts(struct vc_run *run, struct vc_query_facts *facts, struct vc_err *err)
{
    const struct vc_run_status *status = &run->status;

    if (run->meets == nullptr) {
        run->meets = calloc(1, sizeof(*run->meets));
        if (run->meets == nullptr)
            return vc_fail_memory(err);
        vc_policy_whom_it_meets(vc_runs_policy(run->runs), status->program, run->meets);
    }
    *facts = (struct vc_query_facts){
        .program = status->program,
        .run = status->id,
        .principal = status->principal,
        .pipeline = status->pipeline,
        .stage = status->stage,
        .node = "",
        .runs = vc_runs_started_of(run->runs, status->program),
        .container = vc_narrower_force(vc_runs_narrower(run->runs)),
        .meets = run->meets,
        .memory = &run->told_of,
        .each_file = each_file,
        .user = run,
    };
    return VC_OK;
}

static enum vc_code tell(void *user, struct vc_buffer *json, struct vc_err *err)
{
    struct vc_run *run = user;
    struct vc_query_facts facts;
    enum vc_code code = find_facts(run, &facts, err);

    return code == VC_OK ? vc_query_document(run->force, &facts, json, err) : code;
}

void vc_run_policy_begin(struct vc_run *run)
{
    vc_view_set_policy(run->view, tell, run);
}

/* A narrowing may have ended the run that asked for it: then nobody waits for an answer. */
void vc_run_policy_call(struct vc_run *run, struct vc_bytes packet)
{
    struct vc_query_facts facts;
    struct vc_policy_caller caller = {run->force, vc_runs_narrower(run->runs), &facts, run->view};
    vc_cleanup(vc_policy_reply_done) struct vc_policy_reply reply = {};
    struct vc_err err = {};
    int fd;
    enum vc_code code = find_facts(run, &facts, &err);

    if (code == VC_OK)
        code = vc_policy_call(&caller, packet, &reply, &err);

    run->told = true;
    if (reply.narrowed_run)
        vc_run_recheck(run, nullptr);
    if (run->ended || vc_run_is_over(run->status.state))
        return;
    if (code == VC_MALFORMED) /* without the numbers that it chose */
        code = vc_fail(&err, VC_MALFORMED, "worker: call out of form");
    if (code == VC_OK) {
        fd = reply.content != nullptr ? vc_blob_fd(reply.content) : -1;
        code = vc_child_send(run->worker,
                             &(struct vc_parcel){.head = VC_BYTES_OF(reply.head),
                                                 .fds = &fd,
                                                 .fd_count = fd >= 0 ? 1 : 0},
                             &err);
    }
    if (code != VC_OK && code != VC_CLOSED) /* a dead worker is told by its death */
        vc_run_fail(run, VC_RUN_FAILED, err.text);
}
