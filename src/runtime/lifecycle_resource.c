/* SPDX-License-Identifier: MIT */

/* The resources /v1/consents and /v1/lifecycle: consenting to programs, and what the rules of the
 * lifecycle have come to so far, for those whom each concerns. */

#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "base/instant.h"
#include "policy/decide.h"
#include "policy/lifecycle.h"
#include "runtime/api_internal.h"
#include "runtime/consent_request.h"
#include "runtime/record.h"

static constexpr unsigned CONCERN =
    VC_RIGHT_READ | VC_RIGHT_WRITE | VC_RIGHT_APPEND | VC_RIGHT_DELETE;

static const struct vc_policy *policy_of(const struct vc_request *request)
{
    return request->api->context.policy;
}

static bool is_among(size_t principal, const size_t *principals, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (principals[i] == principal)
            return true;
    }
    return false;
}

/* ---- consents ---- */

/* The names of those who have consented, or of those who have not yet. */
static void write_consenters(struct vc_json_writer *writer, const struct vc_request *request,
                             size_t program, bool who_have)
{
    const struct vc_policy *policy = policy_of(request);
    const struct vc_policy_lifecycle *lifecycle = &policy->lifecycle;

    vc_json_open_array(writer, who_have ? "consented" : "missing");
    for (size_t i = 0; i < lifecycle->consent_count; i++) {
        if (vc_gate_has_consent_of(request->api->context.gate, i, program) == who_have)
            vc_json_put_string(writer, nullptr, policy->principals[lifecycle->consent[i]].name);
    }
    vc_json_close_array(writer);
}

static void write_consent(struct vc_json_writer *writer, const struct vc_request *request,
                          size_t program)
{
    const struct vc_policy_program *asked = &policy_of(request)->programs[program];
    char digest[2 * VC_SHA256_SIZE + 1];

    vc_hex_encode(VC_BYTES(asked->sha256), digest);
    vc_json_open_object(writer, nullptr);
    vc_json_put_string(writer, "program", asked->name);
    vc_json_put_string(writer, "sha256", digest);
    write_consenters(writer, request, program, true);
    write_consenters(writer, request, program, false);
    vc_json_close_object(writer);
}

static void begin_consent(struct vc_request *)
{
    /* the body says to what */
}

/* To what; and whether this principal may be heard, and means the program that the policy has. */
static enum vc_code read_consent(const struct vc_request *request, size_t *program,
                                 struct vc_err *err)
{
    const struct vc_policy *policy = policy_of(request);
    struct vc_consent_request asked = {};
    enum vc_code code =
        vc_consent_request_parse(vc_buffer_bytes(&request->body), policy, &asked, err);

    if (code == VC_OK)
        code = vc_policy_decide_consent(policy, request->principal, err);
    if (code == VC_OK)
        code = vc_consent_request_check(policy, &asked, err);
    if (code != VC_OK)
        return code;
    /* there is nothing left to consent to */
    code = vc_force_decide_go_on(vc_request_force(request), asked.program, err);
    if (code != VC_OK)
        return vc_fail_in(err, VC_STATE, "programs.%s", policy->programs[asked.program].name);
    *program = asked.program;
    return VC_OK;
}

static void answer_consent(struct vc_request *request, unsigned status, size_t program)
{
    struct vc_buffer json = {};
    struct vc_json_writer writer = vc_json_writer_over(&json);

    write_consent(&writer, request, program);
    vc_answer_written(request, status, &writer);
}

static void end_consent(struct vc_request *request)
{
    const struct vc_api_context *context = &request->api->context;
    struct vc_err err = {};
    size_t program = 0;

    if (read_consent(request, &program, &err) != VC_OK) {
        vc_answer_error(request, &err);
    } else if (vc_gate_has_consent(context->gate, request->principal, program)) {
        answer_consent(request, 200, program);
    } else if (vc_record_consent(context->record, request->principal, program, &err) != VC_OK) {
        vc_answer_unrecorded(request, &err);
    } else {
        vc_gate_consent(context->gate, request->principal, program);
        answer_consent(request, 201, program);
    }
}

/* Told to those who are asked, and to those whose runs wait for it. */
static bool hears_of_consent(const struct vc_request *request, size_t program)
{
    const struct vc_policy *policy = policy_of(request);

    if (policy->lifecycle.consent_count == 0)
        return false;
    return vc_policy_decide_consent(policy, request->principal, nullptr) == VC_OK ||
           vc_policy_may_start(policy, request->principal, program);
}

static void list_consents(struct vc_request *request)
{
    struct vc_buffer json = {};
    struct vc_json_writer writer = vc_json_writer_over(&json);

    vc_json_open_object(&writer, nullptr);
    vc_json_open_array(&writer, "consents");
    for (size_t i = 0; i < policy_of(request)->program_count; i++) {
        if (hears_of_consent(request, i))
            write_consent(&writer, request, i);
    }
    vc_json_close_array(&writer);
    vc_json_close_object(&writer);
    vc_answer_written(request, 200, &writer);
}

/* ---- the lifecycle ---- */

/* What the principal may start, alone or in a pipeline. */
struct starts {
    bool may[VC_POLICY_PROGRAMS_MAX];
    bool any;
};

static void find_starts(const struct vc_request *request, struct starts *starts)
{
    const struct vc_policy *policy = policy_of(request);

    *starts = (struct starts){};
    for (size_t i = 0; i < policy->program_count; i++) {
        starts->may[i] = vc_policy_may_start(policy, request->principal, i);
        starts->any = starts->any || starts->may[i];
    }
}

static void write_time(struct vc_json_writer *writer, const char *key, int64_t seconds)
{
    char text[VC_INSTANT_TEXT_MAX];

    vc_instant_format(seconds, text);
    vc_json_put_string(writer, key, text);
}

static void write_parties(struct vc_json_writer *writer, const struct vc_policy *policy,
                          const struct vc_gate_parties *parties, bool who_are)
{
    const struct vc_policy_lifecycle *lifecycle = &policy->lifecycle;

    vc_json_open_array(writer, who_are ? "present" : "missing");
    for (size_t i = 0; i < lifecycle->party_count; i++) {
        if (parties->there[i] == who_are)
            vc_json_put_string(writer, nullptr, policy->principals[lifecycle->parties[i]].name);
    }
    vc_json_close_array(writer);
}

/* Told to the parties, and to those whose runs wait for them. */
static void tell_parties(struct vc_json_writer *writer, const struct vc_request *request,
                         const struct starts *starts)
{
    const struct vc_policy *policy = policy_of(request);
    const struct vc_policy_lifecycle *lifecycle = &policy->lifecycle;
    struct vc_gate_parties parties;

    if (lifecycle->party_count == 0 ||
        (!is_among(request->principal, lifecycle->parties, lifecycle->party_count) && !starts->any))
        return;
    vc_gate_look(request->api->context.gate, &parties);
    vc_json_open_object(writer, "parties");
    vc_json_put_integer(writer, "at_least", lifecycle->parties_least);
    write_parties(writer, policy, &parties, true);
    write_parties(writer, policy, &parties, false);
    vc_json_close_object(writer);
}

/* How often this program may be started in all. False: as often as anybody wants. */
static bool find_cap(const struct vc_request *request, size_t program, uint32_t *cap)
{
    uint32_t started = vc_runs_started_of(request->api->context.runs, program);
    uint32_t left = vc_force_runs_left(vc_request_force(request), program, started);

    *cap = left < UINT32_MAX - started ? started + left : UINT32_MAX;
    return left < UINT32_MAX;
}

/* As the runs themselves, told to those who may start them. */
static void tell_runs(struct vc_json_writer *writer, const struct vc_request *request,
                      const struct starts *starts)
{
    const struct vc_policy *policy = policy_of(request);
    uint32_t cap;

    vc_json_open_array(writer, "runs");
    for (size_t i = 0; i < policy->program_count; i++) {
        if (!starts->may[i])
            continue;
        vc_json_open_object(writer, nullptr);
        vc_json_put_string(writer, "program", policy->programs[i].name);
        vc_json_put_integer(writer, "started", vc_runs_started_of(request->api->context.runs, i));
        if (find_cap(request, i, &cap))
            vc_json_put_integer(writer, "at_most", cap);
        vc_json_close_object(writer);
    }
    vc_json_close_array(writer);
}

/* Who has to do with what is there, or may start what is charged for it. */
static bool hears_of_budget(const struct vc_request *request, const struct starts *starts,
                            const struct vc_policy_budget *budget)
{
    const struct vc_policy *policy = policy_of(request);
    const struct vc_subject who = {VC_SUBJECT_PRINCIPAL, request->principal};
    struct vc_spot place = vc_budget_spot(budget);

    if (vc_policy_may_somewhere(policy, who, CONCERN, place))
        return true;
    for (size_t i = 0; i < policy->program_count; i++) {
        if (starts->may[i] && vc_policy_may_read_in(policy, i, nullptr, place))
            return true;
    }
    return false;
}

static void tell_budget(struct vc_json_writer *writer, const struct vc_request *request, size_t i)
{
    const struct vc_policy_budget *budget = &policy_of(request)->lifecycle.budgets[i];
    char path[VC_PATH_MAX + 1];

    (void)snprintf(path, sizeof(path), "%s%s", budget->path,
                   budget->tree && strcmp(budget->path, "/") != 0 ? "/" : "");
    vc_json_open_object(writer, nullptr);
    vc_json_put_string(writer, "path", path);
    vc_json_put_integer(writer, "runs", budget->runs);
    vc_json_put_integer(writer, "spent", vc_gate_spent(request->api->context.gate, i));
    vc_json_close_object(writer);
}

static void tell_budgets(struct vc_json_writer *writer, const struct vc_request *request,
                         const struct starts *starts)
{
    const struct vc_policy_lifecycle *lifecycle = &policy_of(request)->lifecycle;

    vc_json_open_array(writer, "budgets");
    for (size_t i = 0; i < lifecycle->budget_count; i++) {
        if (hears_of_budget(request, starts, &lifecycle->budgets[i]))
            tell_budget(writer, request, i);
    }
    vc_json_close_array(writer);
}

static void get_lifecycle(struct vc_request *request)
{
    const struct vc_api_context *context = &request->api->context;
    const struct vc_policy *policy = context->policy;
    int64_t started = context->clock->start_wall;
    const struct vc_force *force = vc_request_force(request);
    bool frozen = vc_force_decide_change(force, vc_runs_started(context->runs), nullptr) != VC_OK;
    struct vc_buffer json = {};
    struct vc_json_writer writer = vc_json_writer_over(&json);
    struct starts starts;

    find_starts(request, &starts);
    vc_json_open_object(&writer, nullptr);
    write_time(&writer, "started", started);
    write_time(&writer, "ends", vc_policy_ends(policy, started, vc_force_expires(force)));
    vc_json_put_boolean(&writer, "frozen", frozen);
    tell_parties(&writer, request, &starts);
    tell_runs(&writer, request, &starts);
    tell_budgets(&writer, request, &starts);
    vc_json_close_object(&writer);
    vc_answer_written(request, 200, &writer);
}

const struct vc_resource vc_lifecycle_resources[] = {
    {"POST", "/v1/consents", false, .begin = begin_consent, .piece = vc_gather, .end = end_consent},
    {"GET", "/v1/consents", false, .begin = list_consents},
    {"GET", "/v1/lifecycle", false, .begin = get_lifecycle},
};
const size_t vc_lifecycle_resource_count = VC_COUNT(vc_lifecycle_resources);
