/* SPDX-License-Identifier: MIT */

#include "policy/force_model.h"

#include <string.h>

/* ----------------------------------------------------------------------- what the policy gives */

/* Is the path the directory, or does it begin with its name and a slash? */
static bool is_in_tree(const char *path, const char *directory)
{
    size_t size = strlen(directory);

    if (size == 1)
        return true;
    return strncmp(path, directory, size) == 0 && (path[size] == '/' || path[size] == '\0');
}

static bool is_at(const char *path, const char *place, bool tree)
{
    return tree ? is_in_tree(path, place) : strcmp(path, place) == 0;
}

static bool is_of(const struct vc_policy *policy, struct vc_subject who, size_t subject)
{
    return subject == who.index + (who.kind == VC_SUBJECT_PROGRAM ? policy->principal_count : 0);
}

/* The index-th path of a program or a pin. */
static const char *fixed_path(const struct vc_policy *policy, size_t index)
{
    return index < policy->program_count ? policy->programs[index].path
                                         : policy->pins[index - policy->program_count].path;
}

static bool is_excepted(const struct vc_policy *policy, size_t subject, unsigned right,
                        const char *path)
{
    bool changes = right == VC_RIGHT_WRITE || right == VC_RIGHT_APPEND || right == VC_RIGHT_DELETE;

    if (is_in_tree(path, "/stream") || is_in_tree(path, "/veracruz"))
        return true;
    for (size_t i = 0; i < policy->program_count + policy->pin_count; i++) {
        const char *fixed = fixed_path(policy, i);
        bool same = strcmp(path, fixed) == 0;

        if (same && changes && subject >= policy->principal_count)
            return true;
        if (!same && (right == VC_RIGHT_WRITE || right == VC_RIGHT_APPEND) &&
            strcmp(path, "/") != 0 && (is_in_tree(path, fixed) || is_in_tree(fixed, path)))
            return true;
    }
    return false;
}

static bool is_given(const struct vc_policy *policy, size_t subject, unsigned right,
                     const char *path)
{
    if (is_excepted(policy, subject, right, path))
        return false;
    for (size_t i = 0; i < policy->right_count; i++) {
        const struct vc_policy_right *given = &policy->rights[i];

        if (is_of(policy, given->who, subject) && (given->may & right) != 0 &&
            is_at(path, given->path, given->tree))
            return true;
    }
    return false;
}

static bool stage_gives(const struct vc_model *model, size_t subject, unsigned right,
                        const char *path)
{
    const struct vc_policy_stage *stage = model->stage;

    if (stage == nullptr || !stage->narrowed ||
        subject != model->policy->principal_count + stage->program)
        return true;
    for (size_t i = 0; i < stage->right_count; i++) {
        if ((stage->rights[i].may & right) != 0 &&
            is_at(path, stage->rights[i].path, stage->rights[i].tree))
            return true;
    }
    return false;
}

static void init_subject(struct vc_model *model, size_t subject)
{
    for (size_t slot = 0; slot < VC_MODEL_SLOTS; slot++) {
        unsigned right = slot == VC_MODEL_ONCE ? VC_RIGHT_READ : 1U << slot;

        for (size_t i = 0; i < model->path_count; i++) {
            model->state.left[subject][slot][i] =
                is_given(model->policy, subject, right, model->paths[i]) &&
                stage_gives(model, subject, right, model->paths[i]) &&
                !(slot == VC_MODEL_ONCE && subject >= model->policy->principal_count);
        }
    }
}

static void init_things(struct vc_model *model)
{
    const struct vc_policy *policy = model->policy;

    for (size_t i = 0; i < policy->stream_count; i++) {
        for (size_t k = 0; k < policy->principal_count + policy->program_count; k++) {
            bool end = is_of(policy, policy->streams[i].producer, k);

            for (size_t j = 0; j < policy->streams[i].consumer_count; j++)
                end = end || is_of(policy, policy->streams[i].consumers[j], k);
            model->state.stream_left[i][k] = end;
        }
    }
    for (size_t i = 0; i < policy->key_count; i++) {
        for (size_t k = 0; k < policy->keys[i].program_count; k++)
            model->state.key_left[i][policy->keys[i].programs[k]] = true;
    }
    for (size_t i = 0; i < policy->program_count; i++) {
        model->limits[i] = policy->programs[i].limits;
        model->state.runs_max[i] = UINT32_MAX;
    }
    for (size_t i = 0; i < policy->lifecycle.run_count; i++)
        model->state.runs_max[policy->lifecycle.runs[i].program] =
            policy->lifecycle.runs[i].count_max;
    model->state.expires = policy->expires;
}

void vc_model_init(struct vc_model *model, const struct vc_policy *policy,
                   const struct vc_model *outer, const struct vc_policy_stage *stage,
                   const char *const *paths, size_t path_count)
{
    memset(model, 0, sizeof(*model));
    model->policy = policy;
    model->outer = outer;
    model->stage = stage;
    model->paths = paths;
    model->path_count = path_count;
    for (size_t i = 0; i < policy->principal_count + policy->program_count; i++)
        init_subject(model, i);
    init_things(model);
}

/* ----------------------------------------------------------------------------------- questions */

bool vc_model_same_limits(const struct vc_limits *a, const struct vc_limits *b)
{
    return a->memory_mib == b->memory_mib && a->stack_kib == b->stack_kib &&
           a->cpu_seconds == b->cpu_seconds && a->wall_seconds == b->wall_seconds &&
           a->files == b->files && a->open_files == b->open_files && a->processes == b->processes &&
           a->output_bytes == b->output_bytes && a->written_bytes == b->written_bytes;
}

bool vc_model_same(const struct vc_model *a, const struct vc_model *b)
{
    for (size_t i = 0; i < a->policy->program_count; i++) {
        if (!vc_model_same_limits(&a->limits[i], &b->limits[i]))
            return false;
    }
    return memcmp(&a->state, &b->state, sizeof(a->state)) == 0;
}

bool vc_model_may(const struct vc_model *model, size_t subject, size_t slot, size_t path)
{
    return model->state.left[subject][slot][path] &&
           (model->outer == nullptr || vc_model_may(model->outer, subject, slot, path));
}

bool vc_model_may_stream(const struct vc_model *model, size_t subject, size_t stream)
{
    return model->state.stream_left[stream][subject] &&
           (model->outer == nullptr || vc_model_may_stream(model->outer, subject, stream));
}

bool vc_model_may_key(const struct vc_model *model, size_t program, size_t key)
{
    return model->state.key_left[key][program] &&
           (model->outer == nullptr || vc_model_may_key(model->outer, program, key));
}

int64_t vc_model_expires(const struct vc_model *model)
{
    int64_t mine = model->state.expires;

    return model->outer != nullptr && vc_model_expires(model->outer) < mine
               ? vc_model_expires(model->outer)
               : mine;
}

uint32_t vc_model_runs_max(const struct vc_model *model, size_t program)
{
    uint32_t mine = model->state.runs_max[program];

    return model->outer != nullptr && vc_model_runs_max(model->outer, program) < mine
               ? vc_model_runs_max(model->outer, program)
               : mine;
}

bool vc_model_withdrawn(const struct vc_model *model, size_t program)
{
    return model->state.withdrawn[program] ||
           (model->outer != nullptr && vc_model_withdrawn(model->outer, program));
}

bool vc_model_frozen(const struct vc_model *model)
{
    return model->state.frozen || (model->outer != nullptr && vc_model_frozen(model->outer));
}

bool vc_model_reads_once(const struct vc_model *model, size_t path)
{
    return model->state.once[path] ||
           (model->outer != nullptr && vc_model_reads_once(model->outer, path));
}

#define LEAST(a, b, member) ((a).member < (b).member ? (a).member : (b).member)

static struct vc_limits least(struct vc_limits a, struct vc_limits b)
{
    return (struct vc_limits){
        .memory_mib = LEAST(a, b, memory_mib),
        .stack_kib = LEAST(a, b, stack_kib),
        .cpu_seconds = LEAST(a, b, cpu_seconds),
        .wall_seconds = LEAST(a, b, wall_seconds),
        .files = LEAST(a, b, files),
        .open_files = LEAST(a, b, open_files),
        .processes = LEAST(a, b, processes),
        .output_bytes = LEAST(a, b, output_bytes),
        .written_bytes = LEAST(a, b, written_bytes),
    };
}

struct vc_limits vc_model_limits(const struct vc_model *model, size_t program)
{
    struct vc_limits mine = model->limits[program];

    return model->outer == nullptr ? mine : least(mine, vc_model_limits(model->outer, program));
}

/* ---------------------------------------------------------------------------------- narrowing */

/* What is crossed out counts if it was allowed, here and outside. */
static bool cross_out(bool *left, bool outside)
{
    bool news = *left && outside;

    *left = false;
    return news;
}

static bool take(struct vc_model *model, const struct vc_model_intent *intent, size_t subject,
                 size_t slot)
{
    bool news = false;

    for (size_t i = 0; i < model->path_count; i++) {
        if (is_at(model->paths[i], intent->path, intent->tree)) {
            model->state.once[i] = model->state.once[i] ||
                                   (slot == VC_MODEL_ONCE && model->state.left[subject][slot][i]);
            news |=
                cross_out(&model->state.left[subject][slot][i],
                          model->outer == nullptr || vc_model_may(model->outer, subject, slot, i));
        }
    }
    return news;
}

static bool take_all(struct vc_model *model, const struct vc_model_intent *intent)
{
    size_t count = model->policy->principal_count + model->policy->program_count;
    bool news = false;

    for (size_t i = 0; i < count; i++) {
        for (size_t slot = 0; intent->kind == VC_NARROW_TAKE && slot < VC_MODEL_ONCE; slot++) {
            if (intent->from[i] && (intent->may >> slot & 1) != 0)
                news |= take(model, intent, i, slot);
        }
        if (intent->kind == VC_NARROW_READ_ONCE)
            news |= take(model, intent, i, VC_MODEL_ONCE);
    }
    return news;
}

static bool take_things(struct vc_model *model, const struct vc_model_intent *intent)
{
    const struct vc_policy *policy = model->policy;
    size_t thing = intent->thing;
    bool news = false;

    for (size_t i = 0; i < policy->principal_count + policy->program_count; i++) {
        if (!intent->from[i])
            continue;
        if (intent->kind == VC_NARROW_TAKE_STREAM) {
            news |=
                cross_out(&model->state.stream_left[thing][i],
                          model->outer == nullptr || vc_model_may_stream(model->outer, i, thing));
        } else if (i >= policy->principal_count) {
            size_t program = i - policy->principal_count;

            news |= cross_out(&model->state.key_left[thing][program],
                              model->outer == nullptr ||
                                  vc_model_may_key(model->outer, program, thing));
        }
    }
    return news;
}

static struct vc_limits meant(const struct vc_limits *named)
{
    struct vc_limits limits = {
        .memory_mib = named->memory_mib == 0 ? UINT32_MAX : named->memory_mib,
        .stack_kib = named->stack_kib == 0 ? UINT32_MAX : named->stack_kib,
        .cpu_seconds = named->cpu_seconds == 0 ? UINT32_MAX : named->cpu_seconds,
        .wall_seconds = named->wall_seconds == 0 ? UINT32_MAX : named->wall_seconds,
        .files = named->files == 0 ? UINT32_MAX : named->files,
        .open_files = named->open_files == 0 ? UINT32_MAX : named->open_files,
        .processes = named->processes == 0 ? UINT32_MAX : named->processes,
        .output_bytes = named->output_bytes == 0 ? UINT64_MAX : named->output_bytes,
        .written_bytes = named->written_bytes == 0 ? UINT64_MAX : named->written_bytes,
    };

    return limits;
}

static bool lower(struct vc_model *model, const struct vc_model_intent *intent)
{
    struct vc_model_state *state = &model->state;
    size_t program = intent->thing;
    struct vc_limits limits = meant(&intent->limits);
    struct vc_limits before;
    struct vc_limits after;

    if (intent->kind == VC_NARROW_RUNS) {
        uint32_t most = vc_model_runs_max(model, program);

        if (intent->runs_max < state->runs_max[program])
            state->runs_max[program] = intent->runs_max;
        return !vc_model_withdrawn(model, program) && vc_model_runs_max(model, program) < most;
    }
    before = vc_model_limits(model, program);
    model->limits[program] = least(model->limits[program], limits);
    after = vc_model_limits(model, program);
    return !vc_model_same_limits(&before, &after);
}

bool vc_model_narrow(struct vc_model *model, const struct vc_model_intent *intent)
{
    struct vc_model_state *state = &model->state;
    int64_t expires = vc_model_expires(model);
    bool frozen = vc_model_frozen(model);
    bool withdrawn;

    switch (intent->kind) {
    case VC_NARROW_TAKE:
    case VC_NARROW_READ_ONCE:
        return take_all(model, intent);
    case VC_NARROW_TAKE_STREAM:
    case VC_NARROW_TAKE_KEY:
        return take_things(model, intent);
    case VC_NARROW_EXPIRES:
        state->expires = intent->expires < state->expires ? intent->expires : state->expires;
        return vc_model_expires(model) < expires;
    case VC_NARROW_FREEZE:
        state->frozen = true;
        return !frozen;
    case VC_NARROW_WITHDRAW:
        withdrawn = vc_model_withdrawn(model, intent->thing);
        state->withdrawn[intent->thing] = true;
        state->runs_max[intent->thing] = 0;
        return !withdrawn;
    case VC_NARROW_RUNS:
    case VC_NARROW_LIMITS:
        break;
    }
    return lower(model, intent);
}

/* --------------------------------------------------------------------------------- who narrows */

static bool is_chosen(const struct vc_policy_choice *choice, size_t thing)
{
    bool found = choice->all;

    for (size_t i = 0; i < choice->count; i++)
        found = found || choice->items[i] == thing;
    return found;
}

static bool rule_says(const struct vc_policy_narrower *rule, const struct vc_model_intent *intent)
{
    if ((rule->may >> intent->kind & 1) == 0)
        return false;
    if (intent->kind == VC_NARROW_TAKE || intent->kind == VC_NARROW_READ_ONCE) {
        return rule->tree ? is_in_tree(intent->path, rule->path)
                          : !intent->tree && strcmp(intent->path, rule->path) == 0;
    }
    if (intent->kind == VC_NARROW_TAKE_STREAM)
        return is_chosen(&rule->streams, intent->thing);
    if (intent->kind == VC_NARROW_TAKE_KEY)
        return is_chosen(&rule->keys, intent->thing);
    return intent->kind == VC_NARROW_EXPIRES || intent->kind == VC_NARROW_FREEZE ||
           is_chosen(&rule->programs, intent->thing);
}

static bool is_own(const struct vc_model_intent *intent, size_t subject)
{
    for (size_t i = 0; i < VC_MODEL_SUBJECTS_MAX; i++) {
        if (intent->from[i] && i != subject)
            return false;
    }
    return intent->kind == VC_NARROW_TAKE || intent->kind == VC_NARROW_TAKE_STREAM ||
           intent->kind == VC_NARROW_TAKE_KEY;
}

bool vc_model_may_narrow(const struct vc_policy *policy, size_t subject,
                         const struct vc_model_intent *intent)
{
    bool principal = subject < policy->principal_count;

    if ((principal && is_own(intent, subject)) ||
        (intent->kind == VC_NARROW_TAKE_KEY && policy->keys[intent->thing].owner == subject))
        return true;
    for (size_t i = 0; intent->kind == VC_NARROW_WITHDRAW && i < policy->lifecycle.consent_count;
         i++) {
        if (policy->lifecycle.consent[i] == subject)
            return true;
    }
    for (size_t i = 0; i < policy->narrower_count; i++) {
        if (is_of(policy, policy->narrowers[i].who, subject) &&
            rule_says(&policy->narrowers[i], intent))
            return true;
    }
    return false;
}
