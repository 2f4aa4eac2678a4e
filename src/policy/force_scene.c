/* SPDX-License-Identifier: MIT */

#include "policy/force_scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/instant.h"
#include "policy/kind_names.h"
#include "policy/limit_names.h"
#include "policy/subjects.h"

static constexpr int64_t EXPIRES = 1798761600; /* 2027-01-01T00:00:00Z */

static void need(bool good)
{
    if (!good)
        abort();
}

/* splitmix64: public domain arithmetic, of which every seed is good */
size_t vc_scene_roll(struct vc_scene *scene, size_t sides)
{
    uint64_t x = scene->dice += UINT64_C(0x9e3779b97f4a7c15);

    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return (size_t)((x ^ x >> 31) % sides);
}

static bool toss(struct vc_scene *scene)
{
    return vc_scene_roll(scene, 2) == 0;
}

/* --------------------------------------------------------------------------------------- paths */

/* Names that sort around a slash. */
static void make_paths(struct vc_scene *scene)
{
    static const char *const names[] = {"a", "a-"};
    size_t count = 0;

    (void)snprintf(scene->path_texts[count++], VC_SCENE_TEXT_MAX, "/");
    for (size_t parent = 0, depth = 1, level = 1; depth <= 3; depth++, level *= 2) {
        for (size_t i = 0; i < level; i++, parent++) {
            for (size_t k = 0; k < VC_COUNT(names); k++) {
                (void)snprintf(scene->path_texts[count++], VC_SCENE_TEXT_MAX, "%.20s/%s",
                               parent == 0 ? "" : scene->path_texts[parent], names[k]);
            }
        }
    }
    scene->named_count = count;
    for (size_t i = 0; i < scene->named_count; i++) {
        (void)snprintf(scene->path_texts[count++], VC_SCENE_TEXT_MAX, "%.28s/z",
                       i == 0 ? "" : scene->path_texts[i]);
    }
    (void)snprintf(scene->path_texts[count++], VC_SCENE_TEXT_MAX, "/stream/s0");
    (void)snprintf(scene->path_texts[count++], VC_SCENE_TEXT_MAX, "/veracruz/policy.json");
    scene->path_count = count;
    for (size_t i = 0; i < count; i++)
        scene->paths[i] = scene->path_texts[i];
}

static char *any_path(struct vc_scene *scene)
{
    return scene->path_texts[vc_scene_roll(scene, scene->named_count)];
}

static bool is_apart(const char *path, const char *other)
{
    return !vc_path_within(path, other) && !vc_path_within(other, path);
}

/* Where a file of fixed content can be: not above or below another, and not the root. There may be
 * no such path left. */
static char *fixed_path(struct vc_scene *scene)
{
    for (size_t tries = 0; tries < 20; tries++) {
        char *path = any_path(scene);
        bool good = strcmp(path, "/") != 0;

        for (size_t i = 0; i < scene->policy.program_count; i++)
            good = good && is_apart(path, scene->programs[i].path);
        for (size_t i = 0; i < scene->policy.pin_count; i++)
            good = good && is_apart(path, scene->pins[i].path);
        if (good)
            return path;
    }
    return nullptr;
}

static struct vc_subject any_subject(struct vc_scene *scene)
{
    return vc_subject_at(&scene->policy, vc_scene_roll(scene, vc_subject_count(&scene->policy)));
}

/* -------------------------------------------------------------------------------------- policy */

static char *new_name(struct vc_scene *scene, size_t index, const char *prefix, size_t number)
{
    (void)snprintf(scene->names[index], VC_SCENE_TEXT_MAX, "%s%zu", prefix, number);
    return scene->names[index];
}

static struct vc_limits any_limits(struct vc_scene *scene)
{
    struct vc_limits limits = {};

    for (size_t i = 0; i < VC_LIMIT_COUNT; i++)
        vc_limit_set(&limits, i, 64 + vc_scene_roll(scene, 64));
    return limits;
}

static void make_subjects(struct vc_scene *scene)
{
    struct vc_policy *policy = &scene->policy;
    size_t principals = vc_scene_roll(scene, 25) == 0 ? 66 : 2 + vc_scene_roll(scene, 3);
    size_t programs = 1 + vc_scene_roll(scene, 2);

    policy->principals = scene->principals;
    policy->programs = scene->programs;
    for (; policy->principal_count < principals; policy->principal_count++) {
        size_t i = policy->principal_count;

        scene->principals[i].name = new_name(scene, i, "p", i);
    }
    for (; policy->program_count < programs; policy->program_count++) {
        size_t i = policy->program_count;
        char *path = fixed_path(scene);

        if (path == nullptr)
            break;
        scene->programs[i] = (struct vc_policy_program){
            .name = new_name(scene, principals + i, "g", i),
            .path = path,
            .limits = any_limits(scene),
        };
    }
    policy->pins = scene->pins;
    for (; toss(scene) && policy->pin_count < VC_SCENE_PINS_MAX; policy->pin_count++) {
        scene->pins[policy->pin_count].path = fixed_path(scene);
        if (scene->pins[policy->pin_count].path == nullptr)
            break;
    }
}

static void make_rights(struct vc_scene *scene)
{
    struct vc_policy *policy = &scene->policy;

    policy->rights = scene->rights;
    policy->right_count = 4 + vc_scene_roll(scene, VC_SCENE_RIGHTS_MAX - 3);
    for (size_t i = 0; i < policy->right_count; i++) {
        scene->rights[i] =
            (struct vc_policy_right){any_subject(scene), 1 + (unsigned)vc_scene_roll(scene, 63),
                                     any_path(scene), toss(scene)};
    }
}

static void make_things(struct vc_scene *scene)
{
    static char names[2][VC_MODEL_THINGS_MAX][3] = {{"s0", "s1", "s2", "s3"},
                                                    {"k0", "k1", "k2", "k3"}};
    struct vc_policy *policy = &scene->policy;

    policy->streams = scene->streams;
    policy->stream_count = vc_scene_roll(scene, 3);
    for (size_t i = 0; i < policy->stream_count; i++) {
        for (size_t k = 0; k < VC_COUNT(scene->consumers[i]); k++)
            scene->consumers[i][k] = any_subject(scene);
        scene->streams[i] = (struct vc_policy_stream){
            .name = names[0][i],
            .producer = any_subject(scene),
            .consumers = scene->consumers[i],
            .consumer_count = 1 + vc_scene_roll(scene, VC_COUNT(scene->consumers[i])),
        };
    }
    policy->keys = scene->keys;
    policy->key_count = vc_scene_roll(scene, 3);
    for (size_t i = 0; i < policy->key_count; i++) {
        for (size_t k = 0; k < policy->program_count; k++)
            scene->key_programs[i][k] = k;
        scene->keys[i] = (struct vc_policy_key){
            .name = names[1][i],
            .owner = vc_scene_roll(scene, policy->principal_count),
            .programs = scene->key_programs[i],
            .program_count = 1 + vc_scene_roll(scene, policy->program_count),
        };
    }
}

static void make_choice(struct vc_scene *scene, size_t *chosen, size_t things,
                        struct vc_policy_choice *choice)
{
    if (things == 0 || toss(scene)) {
        choice->all = true;
        return;
    }
    *chosen = vc_scene_roll(scene, things);
    choice->items = chosen;
    choice->count = 1;
}

static void make_rules(struct vc_scene *scene)
{
    struct vc_policy *policy = &scene->policy;

    policy->narrowers = scene->rules;
    policy->narrower_count = vc_scene_roll(scene, VC_SCENE_RULES_MAX + 1);
    for (size_t i = 0; i < policy->narrower_count; i++) {
        struct vc_policy_narrower *rule = &scene->rules[i];

        *rule = (struct vc_policy_narrower){
            .who = any_subject(scene),
            .may = 1 + (unsigned)vc_scene_roll(scene, (1U << VC_NARROWING_KINDS) - 1),
            .path = any_path(scene),
            .tree = vc_scene_roll(scene, 4) != 0,
        };
        make_choice(scene, &scene->chosen[i][0], policy->stream_count, &rule->streams);
        make_choice(scene, &scene->chosen[i][0], policy->key_count, &rule->keys);
        make_choice(scene, &scene->chosen[i][1], policy->program_count, &rule->programs);
        if (!rule->streams.all && !rule->keys.all) /* they share their one number */
            rule->keys = (struct vc_policy_choice){};
    }
}

static void make_life(struct vc_scene *scene)
{
    struct vc_policy_lifecycle *life = &scene->policy.lifecycle;

    scene->policy.expires = EXPIRES;
    life->freeze_inputs = toss(scene);
    life->runs = scene->runs;
    for (size_t i = 0; i < scene->policy.program_count; i++) {
        if (toss(scene)) {
            scene->runs[life->run_count++] =
                (struct vc_policy_run_rule){i, 1 + (uint32_t)vc_scene_roll(scene, 20)};
        }
    }
    life->consent = scene->consent;
    life->consent_count = vc_scene_roll(scene, 2);
    scene->consent[0] = vc_scene_roll(scene, scene->policy.principal_count);
}

static void make_stage(struct vc_scene *scene)
{
    static char name[] = "stage";

    scene->stage = (struct vc_policy_stage){
        .name = name,
        .program = vc_scene_roll(scene, scene->policy.program_count),
        .narrowed = toss(scene),
        .rights = scene->stage_rights,
        .right_count = vc_scene_roll(scene, VC_COUNT(scene->stage_rights) + 1),
    };
    for (size_t i = 0; i < scene->stage.right_count; i++) {
        scene->stage_rights[i] = (struct vc_policy_stage_right){
            1 + (unsigned)vc_scene_roll(scene, 63), any_path(scene), toss(scene)};
    }
}

void vc_scene_init(struct vc_scene *scene, uint64_t seed)
{
    memset(scene, 0, sizeof(*scene));
    scene->dice = seed;
    make_paths(scene);
    make_subjects(scene);
    make_rights(scene);
    make_things(scene);
    make_rules(scene);
    make_life(scene);
    make_stage(scene);
    need(vc_policy_index_init(&scene->policy.index, &scene->policy, nullptr) == VC_OK);
}

void vc_scene_done(struct vc_scene *scene)
{
    vc_policy_index_done(&scene->policy.index);
}

/* ------------------------------------------------------------------------------------- intents */

static void intend_from(struct vc_scene *scene, size_t subject, bool own,
                        struct vc_model_intent *intent)
{
    const struct vc_policy *policy = &scene->policy;
    size_t first = intent->kind == VC_NARROW_TAKE_KEY ? policy->principal_count : 0;
    size_t count = vc_subject_count(policy);
    size_t odds = 1 + vc_scene_roll(scene, 4);

    if ((own || vc_scene_roll(scene, 3) == 0) && subject >= first) {
        intent->from[subject] = true;
        return;
    }
    for (size_t i = first; i < count; i++)
        intent->from[i] = vc_scene_roll(scene, odds) == 0;
}

static void intend_place(struct vc_scene *scene, struct vc_model_intent *intent)
{
    intent->path = any_path(scene);
    intent->tree = strcmp(intent->path, "/") == 0 || vc_scene_roll(scene, 3) == 0;
    if (strcmp(intent->path, "/") == 0 && vc_scene_roll(scene, 4) != 0)
        intent->path = "/a"; /* all at once is soon done with */
}

static void intend_limits(struct vc_scene *scene, struct vc_model_intent *intent)
{
    do {
        for (size_t i = 0; i < VC_LIMIT_COUNT; i++) {
            if (vc_scene_roll(scene, 5) == 0)
                vc_limit_set(&intent->limits, i, 64 + vc_scene_roll(scene, 70));
        }
    } while (vc_model_same_limits(&intent->limits, &(struct vc_limits){}));
}

/* Mostly of rights: there is most to take. */
static enum vc_narrowing_kind any_kind(struct vc_scene *scene, bool own)
{
    const struct vc_policy *policy = &scene->policy;
    static const enum vc_narrowing_kind owns[] = {VC_NARROW_TAKE, VC_NARROW_TAKE_STREAM,
                                                  VC_NARROW_TAKE_KEY, VC_NARROW_LIMITS};
    enum vc_narrowing_kind kind =
        vc_scene_roll(scene, 3) != 0 ? VC_NARROW_TAKE
        : own                        ? owns[vc_scene_roll(scene, VC_COUNT(owns))]
              : (enum vc_narrowing_kind)vc_scene_roll(scene, VC_NARROWING_KINDS);

    if ((kind == VC_NARROW_TAKE_STREAM && policy->stream_count == 0) ||
        (kind == VC_NARROW_TAKE_KEY && policy->key_count == 0))
        return VC_NARROW_TAKE;
    return kind;
}

void vc_scene_intend(struct vc_scene *scene, size_t subject, bool own,
                     struct vc_model_intent *intent)
{
    const struct vc_policy *policy = &scene->policy;
    size_t things = policy->program_count;

    *intent = (struct vc_model_intent){.kind = any_kind(scene, own)};
    if (intent->kind == VC_NARROW_TAKE_STREAM)
        things = policy->stream_count;
    if (intent->kind == VC_NARROW_TAKE_KEY)
        things = policy->key_count;
    intent->thing = vc_scene_roll(scene, things);
    if (own && intent->kind == VC_NARROW_LIMITS)
        intent->thing = subject - policy->principal_count;
    intent->may = 1 + (unsigned)vc_scene_roll(scene, 63);
    intend_place(scene, intent);
    intend_from(scene, subject, own, intent);
    intent->expires = EXPIRES + 10 - (int64_t)vc_scene_roll(scene, 1000);
    intent->runs_max = (uint32_t)vc_scene_roll(scene, 25);
    if (intent->kind == VC_NARROW_LIMITS)
        intend_limits(scene, intent);
}

/* ----------------------------------------------------------------------------------- spellings */

static void put(struct vc_buffer *text, const char *piece)
{
    need(vc_buffer_append_text(text, piece, nullptr) == VC_OK);
}

static void gap(struct vc_scene *scene, struct vc_buffer *text)
{
    static const char *const gaps[] = {"", "", "", " ", "\n\t"};

    put(text, gaps[vc_scene_roll(scene, VC_COUNT(gaps))]);
}

/* A string, some of its characters as escapes. */
static void put_string(struct vc_scene *scene, struct vc_buffer *text, const char *string)
{
    bool escaped = vc_scene_roll(scene, 4) == 0;

    put(text, "\"");
    for (; *string != '\0'; string++) {
        if (escaped && vc_scene_roll(scene, 3) == 0) {
            need(vc_buffer_printf(text, nullptr, toss(scene) ? "\\u%04x" : "\\u%04X",
                                  (unsigned)*string) == VC_OK);
        } else if (escaped && *string == '/') {
            put(text, "\\/");
        } else {
            need(vc_buffer_append(text, (struct vc_bytes){(const uint8_t *)string, 1}, nullptr) ==
                 VC_OK);
        }
    }
    put(text, "\"");
}

/* The path with names that lead nowhere. */
static void put_path(struct vc_scene *scene, struct vc_buffer *text,
                     const struct vc_model_intent *intent)
{
    static const char *const detours[] = {"/", "//", "/./", "/a/../", "/./x/.././"};
    char spelled[256];
    size_t used = 0;
    const char *rest = intent->path;

    while (*rest == '/' && rest[1] != '\0') {
        size_t size = strcspn(rest + 1, "/");
        const char *detour =
            vc_scene_roll(scene, 4) == 0 ? detours[vc_scene_roll(scene, VC_COUNT(detours))] : "/";

        used += (size_t)snprintf(spelled + used, sizeof(spelled) - used, "%s%.*s", detour,
                                 (int)size, rest + 1);
        rest += 1 + size;
    }
    if (intent->tree)
        used += (size_t)snprintf(spelled + used, sizeof(spelled) - used, "/");
    need(used < sizeof(spelled));
    put_string(scene, text, spelled);
}

static void put_subject(struct vc_scene *scene, struct vc_buffer *text, size_t subject)
{
    bool principal = subject < scene->policy.principal_count;

    put(text, "{");
    gap(scene, text);
    put(text, principal ? "\"principal\":" : "\"program\":");
    put_string(scene, text, scene->names[subject]);
    put(text, "}");
}

/* The list as it is, or of all others, from wherever on. */
static void put_from(struct vc_scene *scene, struct vc_buffer *text,
                     const struct vc_model_intent *intent)
{
    const struct vc_policy *policy = &scene->policy;
    size_t first = intent->kind == VC_NARROW_TAKE_KEY ? policy->principal_count : 0;
    size_t count = vc_subject_count(policy) - first;
    size_t start = vc_scene_roll(scene, count);
    size_t members = 0;
    bool but = toss(scene);
    bool comma = false;

    for (size_t i = 0; i < count; i++)
        members += intent->from[first + i];
    but = but || members == 0;
    put(text, but ? "\"from_all_but\":[" : "\"from\":[");
    for (size_t i = 0; i < count; i++) {
        size_t subject = first + (start + i) % count;

        if (intent->from[subject] == but)
            continue;
        put(text, comma ? "," : "");
        put_subject(scene, text, subject);
        comma = true;
    }
    put(text, "]");
}

static void put_may(struct vc_scene *scene, struct vc_buffer *text,
                    const struct vc_model_intent *intent)
{
    size_t start = vc_scene_roll(scene, 6);
    bool comma = false;

    put(text, "\"may\":[");
    for (size_t i = 0; i < 6; i++) {
        unsigned right = 1U << (start + i) % 6;

        if ((intent->may & right) == 0)
            continue;
        put(text, comma ? "," : "");
        put_string(scene, text, vc_policy_right_name((enum vc_right)right));
        comma = true;
    }
    put(text, "]");
}

/* The members of the three kinds that take, in any order. */
static void put_take(struct vc_scene *scene, struct vc_buffer *text,
                     const struct vc_model_intent *intent)
{
    const struct vc_policy *policy = &scene->policy;
    size_t count = intent->kind == VC_NARROW_TAKE ? 3 : 2;
    size_t start = vc_scene_roll(scene, count);

    for (size_t i = 0; i < count; i++) {
        size_t member = (start + i) % count;

        put(text, i > 0 ? "," : "");
        gap(scene, text);
        if (member == 0) {
            put_from(scene, text, intent);
        } else if (member == 2) {
            put_may(scene, text, intent);
        } else if (intent->kind == VC_NARROW_TAKE) {
            put(text, "\"path\":");
            put_path(scene, text, intent);
        } else if (intent->kind == VC_NARROW_TAKE_STREAM) {
            put(text, "\"stream\":");
            put_string(scene, text, policy->streams[intent->thing].name);
        } else {
            put(text, "\"key\":");
            put_string(scene, text, policy->keys[intent->thing].name);
        }
    }
}

static void put_limits(struct vc_scene *scene, struct vc_buffer *text,
                       const struct vc_model_intent *intent)
{
    size_t start = vc_scene_roll(scene, VC_LIMIT_COUNT);

    for (size_t i = 0; i < VC_LIMIT_COUNT; i++) {
        size_t index = (start + i) % VC_LIMIT_COUNT;
        uint64_t value = vc_limit_get(&intent->limits, index);

        if (value > 0) {
            need(vc_buffer_printf(text, nullptr, ",\"%s\":%llu", vc_limit_name(index),
                                  (unsigned long long)value) == VC_OK);
        }
    }
}

static void put_program(struct vc_scene *scene, struct vc_buffer *text,
                        const struct vc_model_intent *intent)
{
    put(text, "\"program\":");
    put_string(scene, text, scene->policy.programs[intent->thing].name);
    if (intent->kind == VC_NARROW_RUNS) {
        need(vc_buffer_printf(text, nullptr, ",\"at_most\":%u", intent->runs_max) == VC_OK);
    } else if (intent->kind == VC_NARROW_LIMITS) {
        put_limits(scene, text, intent);
    }
}

static void put_object(struct vc_scene *scene, struct vc_buffer *text,
                       const struct vc_model_intent *intent)
{
    put(text, "{");
    gap(scene, text);
    if (intent->kind == VC_NARROW_READ_ONCE) {
        put(text, "\"path\":");
        put_path(scene, text, intent);
    } else if (intent->kind == VC_NARROW_TAKE || intent->kind == VC_NARROW_TAKE_STREAM ||
               intent->kind == VC_NARROW_TAKE_KEY) {
        put_take(scene, text, intent);
    } else {
        put_program(scene, text, intent);
    }
    put(text, "}");
}

void vc_scene_spell(struct vc_scene *scene, const struct vc_model_intent *intent,
                    struct vc_buffer *text)
{
    char instant[VC_INSTANT_TEXT_MAX];

    gap(scene, text);
    put(text, "{");
    put_string(scene, text, vc_narrowing_kind_name(intent->kind));
    put(text, ":");
    gap(scene, text);
    if (intent->kind == VC_NARROW_EXPIRES) {
        vc_instant_format(intent->expires, instant);
        put_string(scene, text, instant);
    } else if (intent->kind == VC_NARROW_FREEZE) {
        put(text, "true");
    } else {
        put_object(scene, text, intent);
    }
    put(text, "}");
    gap(scene, text);
}
