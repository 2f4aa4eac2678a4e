/* SPDX-License-Identifier: MIT */

#include "runtime/gate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/lifecycle.h"
#include "runtime/origin.h"

static constexpr size_t NAMED_MAX = 2; /* in one sentence; of the others how many they are */

struct vc_gate {
    struct vc_gate_setup setup;
    uint32_t *spent;   /* [lifecycle.budgets] */
    bool *has_consent; /* [lifecycle.consent][program] */
};

enum vc_code vc_gate_new(const struct vc_gate_setup *setup, struct vc_gate **gate,
                         struct vc_err *err)
{
    const struct vc_policy_lifecycle *lifecycle = &setup->policy->lifecycle;
    size_t cells = lifecycle->consent_count * setup->policy->program_count;
    vc_cleanup(vc_gate_freep) struct vc_gate *made = calloc(1, sizeof(*made));

    if (made == nullptr)
        return vc_fail_memory(err);
    made->setup = *setup;
    made->spent = calloc(lifecycle->budget_count + 1, sizeof(*made->spent));
    made->has_consent = calloc(cells + 1, sizeof(*made->has_consent));
    if (made->spent == nullptr || made->has_consent == nullptr)
        return vc_fail_memory(err);
    *gate = vc_take(made);
    return VC_OK;
}

void vc_gate_free(struct vc_gate *gate)
{
    if (gate == nullptr)
        return;
    free(gate->spent);
    free(gate->has_consent);
    free(gate);
}

/* ---- names in a sentence ---- */

struct names {
    char text[NAMED_MAX * (VC_POLICY_NAME_MAX + 2) + 32]; /* "alice, bob and 3 more" */
    size_t count;                                         /* that are to be in it */
    size_t written;
};

/* The next of them; `count` is known by then. */
static void add_name(struct names *names, const char *name)
{
    size_t used = strlen(names->text);
    const char *before = names->written == 0 ? "" : names->count == 2 ? " and " : ", ";

    if (names->written >= NAMED_MAX)
        return;
    names->written++;
    (void)snprintf(names->text + used, sizeof(names->text) - used, "%s%s", before, name);
    used = strlen(names->text);
    if (names->written == NAMED_MAX && names->count > NAMED_MAX) {
        (void)snprintf(names->text + used, sizeof(names->text) - used, " and %zu more",
                       names->count - NAMED_MAX);
    }
}

/* ---- consent ---- */

static bool *cell_of(const struct vc_gate *gate, size_t consenter, size_t program)
{
    return &gate->has_consent[consenter * gate->setup.policy->program_count + program];
}

void vc_gate_consent(struct vc_gate *gate, size_t principal, size_t program)
{
    const struct vc_policy_lifecycle *lifecycle = &gate->setup.policy->lifecycle;

    for (size_t i = 0; i < lifecycle->consent_count; i++) {
        if (lifecycle->consent[i] == principal)
            *cell_of(gate, i, program) = true;
    }
}

bool vc_gate_has_consent(const struct vc_gate *gate, size_t principal, size_t program)
{
    const struct vc_policy_lifecycle *lifecycle = &gate->setup.policy->lifecycle;

    for (size_t i = 0; i < lifecycle->consent_count; i++) {
        if (lifecycle->consent[i] == principal)
            return *cell_of(gate, i, program);
    }
    return false;
}

bool vc_gate_has_consent_of(const struct vc_gate *gate, size_t consenter, size_t program)
{
    return *cell_of(gate, consenter, program);
}

static enum vc_code check_consent(const struct vc_gate *gate, size_t program, struct vc_err *err)
{
    const struct vc_policy *policy = gate->setup.policy;
    const struct vc_policy_lifecycle *lifecycle = &policy->lifecycle;
    struct names missing = {};

    for (size_t i = 0; i < lifecycle->consent_count; i++)
        missing.count += !*cell_of(gate, i, program);
    if (missing.count == 0)
        return VC_OK;
    for (size_t i = 0; i < lifecycle->consent_count; i++) {
        if (!*cell_of(gate, i, program))
            add_name(&missing, policy->principals[lifecycle->consent[i]].name);
    }
    return vc_fail(err, VC_STATE,
                   "lifecycle.consent: %s ha%s not consented to the program %s (`veracruz consent "
                   "give`)",
                   missing.text, missing.count == 1 ? "s" : "ve", policy->programs[program].name);
}

/* ---- parties ---- */

/* Who has given something, whether or not it is a party. */
struct givers {
    const struct vc_policy *policy;
    bool gave[VC_POLICY_PRINCIPALS_MAX];
};

/* A program is the policy's, whoever brings it. */
static bool look_at_node(void *user, const struct vc_node *node)
{
    struct givers *givers = user;
    struct vc_origin origin = vc_origin_read(node->origin);
    size_t program;

    if (node->kind == VC_NODE_IS_FILE && origin.known && origin.who.kind == VC_SUBJECT_PRINCIPAL &&
        !vc_policy_program_at(givers->policy, node->path, &program))
        givers->gave[origin.who.index] = true;
    return true;
}

static bool was_used(const struct vc_gate *gate, size_t stream)
{
    struct vc_stream_status status;

    vc_stream_status(vc_streams_at(gate->setup.streams, stream), &status);
    return status.state == VC_STREAM_OPEN || status.whole > 0;
}

static void find_givers(const struct vc_gate *gate, struct givers *givers)
{
    const struct vc_policy *policy = gate->setup.policy;

    (void)vc_tree_walk(gate->setup.tree, "/", look_at_node, givers);
    for (size_t i = 0; i < policy->key_count; i++) {
        if (vc_keys_has(gate->setup.keys, i))
            givers->gave[policy->keys[i].owner] = true;
    }
    for (size_t i = 0; i < policy->stream_count; i++) {
        const struct vc_subject *producer = &policy->streams[i].producer;

        if (producer->kind == VC_SUBJECT_PRINCIPAL && was_used(gate, i))
            givers->gave[producer->index] = true;
    }
}

void vc_gate_look(const struct vc_gate *gate, struct vc_gate_parties *parties)
{
    const struct vc_policy_lifecycle *lifecycle = &gate->setup.policy->lifecycle;
    struct givers givers = {.policy = gate->setup.policy};

    *parties = (struct vc_gate_parties){};
    if (lifecycle->party_count == 0)
        return;
    find_givers(gate, &givers);
    for (size_t i = 0; i < lifecycle->party_count; i++) {
        parties->there[i] = givers.gave[lifecycle->parties[i]];
        parties->count += parties->there[i];
    }
}

static enum vc_code check_parties(const struct vc_gate *gate, struct vc_err *err)
{
    const struct vc_policy *policy = gate->setup.policy;
    const struct vc_policy_lifecycle *lifecycle = &policy->lifecycle;
    struct vc_gate_parties parties;
    struct names missing = {};

    vc_gate_look(gate, &parties);
    if (parties.count >= lifecycle->parties_least)
        return VC_OK;
    missing.count = lifecycle->party_count - parties.count;
    for (size_t i = 0; i < lifecycle->party_count; i++) {
        if (!parties.there[i])
            add_name(&missing, policy->principals[lifecycle->parties[i]].name);
    }
    return vc_fail(err, VC_STATE,
                   "lifecycle.parties: %zu of at least %u ha%s given a file, a key or a stream; "
                   "missing %s %s",
                   parties.count, lifecycle->parties_least, parties.count == 1 ? "s" : "ve",
                   missing.count == 1 ? "is" : "are", missing.text);
}

/* ---- budgets ---- */

static bool charges(const struct vc_gate *gate, size_t budget, size_t program,
                    const struct vc_policy_stage *stage)
{
    const struct vc_policy *policy = gate->setup.policy;

    return vc_policy_may_read_in(policy, program, stage,
                                 vc_budget_spot(&policy->lifecycle.budgets[budget]));
}

static enum vc_code check_budgets(const struct vc_gate *gate, size_t program,
                                  const struct vc_policy_stage *stage, struct vc_err *err)
{
    const struct vc_policy_lifecycle *lifecycle = &gate->setup.policy->lifecycle;

    for (size_t i = 0; i < lifecycle->budget_count; i++) {
        const struct vc_policy_budget *budget = &lifecycle->budgets[i];

        if (gate->spent[i] < budget->runs || !charges(gate, i, program, stage))
            continue;
        return vc_fail(
            err, VC_LIMIT,
            "lifecycle.budgets[%zu]: %u run%s could read what is at %.160s%s, and no more "
            "may",
            i, gate->spent[i], gate->spent[i] == 1 ? "" : "s", budget->path,
            budget->tree && strcmp(budget->path, "/") != 0 ? "/" : "");
    }
    return VC_OK;
}

void vc_gate_charge(struct vc_gate *gate, size_t program, const struct vc_policy_stage *stage)
{
    for (size_t i = 0; i < gate->setup.policy->lifecycle.budget_count; i++)
        gate->spent[i] += charges(gate, i, program, stage);
}

uint32_t vc_gate_spent(const struct vc_gate *gate, size_t budget)
{
    return gate->spent[budget];
}

enum vc_code vc_gate_check(const struct vc_gate *gate, size_t program,
                           const struct vc_policy_stage *stage, struct vc_err *err)
{
    enum vc_code code = VC_OK;

    if (!gate->setup.alone)
        code = check_consent(gate, program, err);
    if (code == VC_OK && !gate->setup.alone)
        code = check_parties(gate, err);
    return code == VC_OK ? check_budgets(gate, program, stage, err) : code;
}
