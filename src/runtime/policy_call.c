/* SPDX-License-Identifier: MIT */

#include "runtime/policy_call.h"

#include <string.h>

#include "abi/wasi.h"
#include "base/reader.h"
#include "policy/program_narrowing.h"

static_assert(VC_WORKER_QUERY_MAX == VC_QUERY_SIZE_MAX);
static_assert(VC_WORKER_NARROW_MAX <= VC_NARROWING_SIZE_MAX);
static_assert(sizeof(struct vc_worker_call) + VC_WORKER_NARROW_MAX <= VC_WORKER_MESSAGE_MAX);

void vc_policy_reply_done(struct vc_policy_reply *reply)
{
    vc_blob_unref(reply->content);
    reply->content = nullptr;
}

/* ---- the packet ---- */

struct asked {
    bool narrows, of_run;
    struct vc_bytes text;
};

static bool read_head(struct vc_reader *reader, struct vc_worker_call *head)
{
    struct vc_bytes bytes = vc_read_run(reader, sizeof(*head));

    if (bytes.size != sizeof(*head))
        return false;
    memcpy(head, bytes.data, sizeof(*head));
    return head->kind == VC_WORKER_CALL &&
           (head->call == VC_CALL_QUERY || head->call == VC_CALL_NARROW);
}

bool vc_policy_call_is(struct vc_bytes packet)
{
    struct vc_reader reader = vc_reader_over(packet);
    struct vc_worker_call head;

    return read_head(&reader, &head);
}

/* The one form that there is: a text, and nothing else. */
static enum vc_code parse(struct vc_bytes packet, struct asked *asked, struct vc_err *err)
{
    struct vc_reader reader = vc_reader_over(packet);
    struct vc_worker_call head = {};
    struct vc_worker_call form = {.kind = VC_WORKER_CALL};
    uint32_t size_max;

    if (!read_head(&reader, &head))
        return vc_fail(err, VC_MALFORMED, "worker: no call about the policy");
    asked->narrows = head.call == VC_CALL_NARROW;
    asked->of_run = asked->narrows && head.flags == VC_NARROW_RUN;
    asked->text = vc_read_run(&reader, head.name_size);
    size_max = asked->narrows ? VC_WORKER_NARROW_MAX : VC_WORKER_QUERY_MAX;
    form.call = head.call;
    form.flags = asked->of_run ? VC_NARROW_RUN : 0;
    form.name_size = head.name_size;
    if (!vc_reader_done(&reader) || head.name_size == 0 || head.name_size > size_max ||
        memcmp(&head, &form, sizeof(form)) != 0)
        return vc_fail(err, VC_MALFORMED, "worker: a call about the policy, out of form");
    return VC_OK;
}

/* ---- the answer ---- */

static enum vc_code attach(struct vc_bytes json, struct vc_policy_reply *reply, struct vc_err *err)
{
    vc_cleanup(vc_draft_freep) struct vc_draft *draft = nullptr;
    enum vc_code code = vc_draft_new(json.size, &draft, err);

    if (code == VC_OK)
        code = vc_draft_add(draft, json, err);
    if (code == VC_OK)
        code = vc_draft_finish(vc_take(draft), &reply->content, err);
    if (code == VC_OK)
        reply->head.size = json.size;
    return code;
}

static uint32_t errno_of_query(enum vc_code code)
{
    switch (code) {
    case VC_OK:
        return VC_WASI_SUCCESS;
    case VC_MALFORMED:
        return VC_WASI_INVAL;
    case VC_REFUSED:
        return VC_WASI_ACCES;
    case VC_NOT_FOUND:
        return VC_WASI_NOENT;
    case VC_LIMIT:
        return VC_WASI_FBIG;
    case VC_MEMORY:
        return VC_WASI_NOMEM;
    case VC_UNTRUSTED:
    case VC_STATE:
    case VC_CLOSED:
    case VC_HOST:
        break;
    }
    return VC_WASI_IO;
}

static void query(const struct vc_policy_caller *caller, struct vc_bytes question,
                  struct vc_policy_reply *reply)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer json = {};
    enum vc_code code = vc_query_answer(caller->force, caller->facts, question, &json, nullptr);

    reply->head.wasi_errno = errno_of_query(code);
    if (code != VC_OK)
        return;
    code = attach(vc_buffer_bytes(&json), reply, nullptr);
    if (code != VC_OK) /* VC_LIMIT: descriptors of the container */
        reply->head.wasi_errno = code == VC_LIMIT ? VC_WASI_NFILE : errno_of_query(code);
}

/* ---- narrowing ---- */

/* Parsed before it is asked for: what is no narrowing, or too long, is not a limit that was met. */
static uint32_t parse_narrowing(const struct vc_policy_caller *caller, const struct asked *asked,
                                struct vc_narrowing *narrowing, struct vc_err *err)
{
    struct vc_narrowing_asker asker = {caller->facts->program, asked->of_run, caller->facts->meets};
    enum vc_code code = vc_program_narrowing_parse(vc_force_policy(caller->force), asker,
                                                   asked->text, narrowing, err);

    return code == VC_LIMIT ? VC_WASI_INVAL : errno_of_query(code);
}

static enum vc_code narrow_container(const struct vc_policy_caller *caller,
                                     const struct vc_narrowing *narrowing, bool *changed,
                                     struct vc_err *err)
{
    struct vc_narrow_request request = {
        .who = {VC_SUBJECT_PROGRAM, caller->facts->program},
        .run = caller->facts->run,
        .principal = caller->facts->principal,
        .narrowing = narrowing,
    };

    return vc_narrower_narrow(caller->narrower, &request, changed, nullptr, err);
}

/* A link that another program left would have led what is narrowed here to where others read it. */
static bool leads_elsewhere(const struct vc_policy_caller *caller,
                            const struct vc_narrowing *narrowing)
{
    return (narrowing->kind == VC_NARROW_TAKE || narrowing->kind == VC_NARROW_READ_ONCE) &&
           caller->view != nullptr && vc_view_leads_elsewhere(caller->view, narrowing->path);
}

static uint32_t narrow(const struct vc_policy_caller *caller, const struct asked *asked,
                       bool *changed, struct vc_err *err)
{
    struct vc_narrowing narrowing;
    uint32_t failure = parse_narrowing(caller, asked, &narrowing, err);
    enum vc_code code;

    if (failure != VC_WASI_SUCCESS)
        return failure;
    if (!asked->of_run && leads_elsewhere(caller, &narrowing)) {
        (void)vc_fail(err, VC_REFUSED, "narrowing: a symbolic link leads elsewhere from %.200s",
                      narrowing.path);
        return VC_WASI_ACCES;
    }
    code = asked->of_run ? vc_force_narrow(caller->force, &narrowing, changed, err)
                         : narrow_container(caller, &narrowing, changed, err);
    return code == VC_LIMIT ? VC_WASI_NOSPC : errno_of_query(code);
}

/* What was done stays done if there is no memory to tell it. */
static enum vc_code tell(struct vc_policy_reply *reply, bool changed, const struct vc_err *why)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vc_json_writer json = vc_json_writer_over(&text);
    enum vc_code code;

    vc_json_open_object(&json, nullptr);
    if (reply->head.wasi_errno == VC_WASI_SUCCESS) {
        vc_json_put_boolean(&json, "changed", changed);
    } else {
        vc_json_put_string(&json, "refused", why->text);
    }
    vc_json_close_object(&json);
    code = vc_json_write_end(&json, nullptr);
    return code == VC_OK ? attach(vc_buffer_bytes(&text), reply, nullptr) : code;
}

enum vc_code vc_policy_call(const struct vc_policy_caller *caller, struct vc_bytes packet,
                            struct vc_policy_reply *reply, struct vc_err *err)
{
    struct asked asked = {};
    struct vc_err why = {};
    bool changed = false;
    enum vc_code code = parse(packet, &asked, err);

    if (code != VC_OK)
        return code;
    *reply = (struct vc_policy_reply){.head.kind = VC_WORKER_ANSWER};
    if (!asked.narrows) {
        query(caller, asked.text, reply);
        return VC_OK;
    }
    reply->head.wasi_errno = narrow(caller, &asked, &changed, &why);
    reply->narrowed_run = asked.of_run && changed;
    (void)tell(reply, changed, &why);
    return VC_OK;
}
