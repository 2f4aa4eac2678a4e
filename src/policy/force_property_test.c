/* SPDX-License-Identifier: MIT */

/* Random policies, and random narrowings from programs and principals at once: several queues in
 * any interleaving, with repetitions. After each, every decision is the model's
 * (policy/force_model.h), nothing that was refused is allowed again, and the digest changes if and
 * only if something does. At the end all orders come to the same, as does what was written down. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <cmocka.h>

#include "policy/force.h"
#include "policy/force_model.h"
#include "policy/force_scene.h"

enum {
    STEPS = 100000, /* narrowings that were put in force, at least */
    QUEUES = 5,
    QUEUE_MAX = 24, /* narrowings that one asks for */
    LOG_MAX = 2 * QUEUES * QUEUE_MAX,
};

/* ----------------------------------------------------------------------------- a force checked */

/* A force, its model, and what it answered before. */
struct pair {
    struct vc_force *force;
    struct vc_model model;
    uint8_t digest[VC_SHA256_SIZE];
    int64_t expires;
    uint32_t runs_left[VC_MODEL_THINGS_MAX];
    bool refused[VC_MODEL_SUBJECTS_MAX][VC_MODEL_SLOTS][VC_MODEL_PATHS_MAX];
};

static void pair_init(struct pair *pair, const struct vc_scene *scene, const struct pair *outer,
                      const struct vc_policy_stage *stage)
{
    memset(pair, 0, sizeof(*pair));
    if (outer == nullptr) {
        assert_int_equal(vc_force_new(&scene->policy, &pair->force, nullptr), VC_OK);
    } else {
        assert_int_equal(vc_force_new_within(outer->force, stage, &pair->force, nullptr), VC_OK);
    }
    vc_model_init(&pair->model, &scene->policy, outer == nullptr ? nullptr : &outer->model, stage,
                  scene->paths, scene->path_count);
    pair->expires = INT64_MAX;
    for (size_t i = 0; i < VC_COUNT(pair->runs_left); i++)
        pair->runs_left[i] = UINT32_MAX;
    assert_int_equal(vc_force_digest(pair->force, pair->digest, nullptr), VC_OK);
}

static void check_cell(struct pair *pair, size_t subject, size_t slot, size_t path)
{
    const struct vc_policy *policy = pair->model.policy;
    const char *text = pair->model.paths[path];
    bool may = vc_force_decide(pair->force, vc_subject_at(policy, subject),
                               (enum vc_right)(1U << slot), text, nullptr) == VC_OK;

    if (may != vc_model_may(&pair->model, subject, slot, path))
        fail_msg("subject %zu, right %zu, %s: %d", subject, slot, text, may);
    if (may && pair->refused[subject][slot][path])
        fail_msg("subject %zu, right %zu, %s: allowed again", subject, slot, text);
    pair->refused[subject][slot][path] = !may;
}

/* Everybody's answers of one right at every path: of reading, they are who receives. Of many
 * subjects only some are asked, others after the next step. */
static void check_slot(struct pair *pair, struct vc_scene *scene, size_t slot)
{
    size_t count = vc_subject_count(&scene->policy);
    size_t asked = count > 3 ? 3 : count;
    size_t start = vc_scene_roll(scene, count);

    for (size_t i = 0; i < asked; i++) {
        for (size_t k = 0; k < scene->path_count; k++)
            check_cell(pair, (start + i) % count, slot, k);
    }
}

static void check_all(struct pair *pair, const struct vc_scene *scene)
{
    for (size_t i = 0; i < vc_subject_count(&scene->policy); i++) {
        for (size_t slot = 0; slot < VC_MODEL_ONCE; slot++) {
            for (size_t k = 0; k < scene->path_count; k++)
                check_cell(pair, i, slot, k);
        }
    }
}

/* The set that is asked for at once is that of the answers one by one. */
static void check_who_may(struct pair *pair, struct vc_scene *scene)
{
    size_t slot = vc_scene_roll(scene, VC_MODEL_ONCE);
    size_t path = vc_scene_roll(scene, scene->path_count);
    struct vc_subjects subjects;

    vc_force_who_may(pair->force, (enum vc_right)(1U << slot), scene->paths[path], &subjects);
    for (size_t i = 0; i < vc_subject_count(&scene->policy); i++) {
        if (vc_subjects_have(&scene->policy, &subjects, vc_subject_at(&scene->policy, i)) !=
            vc_model_may(&pair->model, i, slot, path))
            fail_msg("who may: subject %zu, right %zu, %s", i, slot, scene->paths[path]);
    }
}

static void check_streams(const struct pair *pair, const struct vc_scene *scene)
{
    for (size_t i = 0; i < scene->policy.stream_count; i++) {
        for (size_t k = 0; k < vc_subject_count(&scene->policy); k++) {
            struct vc_subject who = vc_subject_at(&scene->policy, k);
            size_t consumer = 99;
            bool may = vc_force_decide_produce(pair->force, who, i, nullptr) == VC_OK ||
                       vc_force_decide_consume(pair->force, who, i, &consumer, nullptr) == VC_OK;

            if (may != vc_model_may_stream(&pair->model, k, i))
                fail_msg("subject %zu, stream %zu: %d", k, i, may);
        }
    }
}

static void check_program(struct pair *pair, const struct vc_scene *scene, size_t program)
{
    const struct vc_model *model = &pair->model;
    struct vc_limits limits = vc_force_limits(pair->force, program);
    struct vc_limits wanted = vc_model_limits(model, program);
    uint32_t most = vc_model_runs_max(model, program);
    uint32_t left = vc_force_runs_left(pair->force, program, 1);
    bool withdrawn = vc_model_withdrawn(model, program);

    assert_true(vc_model_same_limits(&limits, &wanted));
    assert_int_equal(left, most == UINT32_MAX ? UINT32_MAX : most > 1 ? most - 1 : 0);
    assert_true(left <= pair->runs_left[program]);
    pair->runs_left[program] = left;
    assert_int_equal(vc_force_decide_go_on(pair->force, program, nullptr),
                     withdrawn ? VC_REFUSED : VC_OK);
    assert_int_equal(vc_force_decide_start(pair->force, program, 5, nullptr), withdrawn ? VC_REFUSED
                                                                              : most <= 5 ? VC_LIMIT
                                                                                          : VC_OK);
    for (size_t i = 0; i < scene->policy.key_count; i++) {
        assert_int_equal(vc_force_key_is_for(pair->force, i, program),
                         vc_model_may_key(model, program, i));
    }
}

static void check_rest(struct pair *pair, const struct vc_scene *scene)
{
    bool frozen = vc_model_frozen(&pair->model);
    bool policy_freezes = scene->policy.lifecycle.freeze_inputs;

    check_streams(pair, scene);
    for (size_t i = 0; i < scene->policy.program_count; i++)
        check_program(pair, scene, i);
    assert_true(vc_force_expires(pair->force) == vc_model_expires(&pair->model));
    assert_true(vc_force_expires(pair->force) <= pair->expires);
    pair->expires = vc_force_expires(pair->force);
    assert_int_equal(vc_force_decide_change(pair->force, 0, nullptr), frozen ? VC_REFUSED : VC_OK);
    assert_int_equal(vc_force_decide_change(pair->force, 1, nullptr),
                     frozen || policy_freezes ? VC_REFUSED : VC_OK);
    for (size_t i = 0; i < scene->path_count; i++) {
        if (vc_force_reads_once(pair->force, scene->paths[i]) !=
            vc_model_reads_once(&pair->model, i))
            fail_msg("%s: read once, or not", scene->paths[i]);
    }
}

/* ----------------------------------------------------------------------------- putting in force */

static void parse(struct vc_scene *scene, const struct vc_model_intent *intent,
                  struct vc_narrowing *narrowing)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vc_err err = {};

    vc_scene_spell(scene, intent, &text);
    if (vc_narrowing_parse(&scene->policy, vc_buffer_bytes(&text), narrowing, &err) != VC_OK)
        fail_msg("%.*s: %s", (int)text.size, (const char *)text.data, err.text);
}

/* Of the force and of the model, which must come to the same. */
static void put_in_force(struct pair *pair, const struct vc_model_intent *intent,
                         const struct vc_narrowing *narrowing)
{
    static struct vc_model before; /* large */
    uint8_t digest[VC_SHA256_SIZE];
    uint64_t version = vc_force_version(pair->force);
    bool changed = false;
    bool same;

    memcpy(&before, &pair->model, sizeof(before));
    assert_int_equal(vc_force_narrow(pair->force, narrowing, &changed, nullptr), VC_OK);
    assert_int_equal(changed, vc_model_narrow(&pair->model, intent));
    assert_int_equal(vc_force_digest(pair->force, digest, nullptr), VC_OK);
    same = vc_model_same(&before, &pair->model);
    assert_int_equal(memcmp(digest, pair->digest, sizeof(digest)) == 0, same);
    assert_int_equal(vc_force_version(pair->force) == version, same);
    memcpy(pair->digest, digest, sizeof(digest));
}

static void check_after_step(struct pair *pair, struct vc_scene *scene)
{
    check_slot(pair, scene, 0);
    check_slot(pair, scene, 1 + vc_scene_roll(scene, VC_MODEL_ONCE - 1));
    check_who_may(pair, scene);
    check_rest(pair, scene);
}

/* --------------------------------------------------------------------------------------- orders */

/* What was put in force, in order. */
struct log {
    struct vc_model_intent intents[LOG_MAX];
    struct vc_narrowing narrowings[LOG_MAX]; /* the same, parsed */
    size_t queue[LOG_MAX];
    size_t count;
};

static void compare(const struct vc_force *force, const struct pair *pair, struct vc_scene *scene)
{
    uint8_t digest[VC_SHA256_SIZE];

    assert_int_equal(vc_force_digest(force, digest, nullptr), VC_OK);
    assert_memory_equal(digest, pair->digest, sizeof(digest));
    for (size_t i = 0; i < 100; i++) {
        size_t subject = vc_scene_roll(scene, vc_subject_count(&scene->policy));
        size_t slot = vc_scene_roll(scene, VC_MODEL_ONCE);
        size_t path = vc_scene_roll(scene, scene->path_count);

        assert_int_equal(vc_force_decide(force, vc_subject_at(&scene->policy, subject),
                                         (enum vc_right)(1U << slot), scene->paths[path],
                                         nullptr) == VC_OK,
                         vc_model_may(&pair->model, subject, slot, path));
    }
}

static void apply(struct vc_force *force, struct vc_scene *scene,
                  const struct vc_model_intent *intent)
{
    struct vc_narrowing narrowing;
    bool changed;

    parse(scene, intent, &narrowing);
    assert_int_equal(vc_force_narrow(force, &narrowing, &changed, nullptr), VC_OK);
}

/* In another order, and some of it again and again. */
static void check_shuffled(struct vc_scene *scene, const struct log *log, const struct pair *pair)
{
    vc_cleanup(vc_force_freep) struct vc_force *force = nullptr;
    size_t order[LOG_MAX];

    assert_int_equal(vc_force_new(&scene->policy, &force, nullptr), VC_OK);
    for (size_t i = 0; i < log->count; i++) {
        size_t place = vc_scene_roll(scene, i + 1);

        order[i] = order[place];
        order[place] = i;
    }
    for (size_t i = 0; i < log->count; i++) {
        apply(force, scene, &log->intents[order[i]]);
        if (vc_scene_roll(scene, 4) == 0)
            apply(force, scene, &log->intents[order[vc_scene_roll(scene, i + 1)]]);
    }
    compare(force, pair, scene);
}

/* One queue after the other. */
static void check_in_turn(struct vc_scene *scene, const struct log *log, const struct pair *pair)
{
    vc_cleanup(vc_force_freep) struct vc_force *force = nullptr;

    assert_int_equal(vc_force_new(&scene->policy, &force, nullptr), VC_OK);
    for (size_t queue = QUEUES; queue-- > 0;) {
        for (size_t i = 0; i < log->count; i++) {
            bool changed;

            if (log->queue[i] == queue) {
                assert_int_equal(vc_force_narrow(force, &log->narrowings[i], &changed, nullptr),
                                 VC_OK);
            }
        }
    }
    compare(force, pair, scene);
}

/* As the journal has it: written, read, and put in force again. */
static void check_replayed(struct vc_scene *scene, const struct log *log, const struct pair *pair)
{
    vc_cleanup(vc_force_freep) struct vc_force *force = nullptr;

    assert_int_equal(vc_force_new(&scene->policy, &force, nullptr), VC_OK);
    for (size_t i = 0; i < log->count; i++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
        struct vc_json_writer writer = vc_json_writer_over(&text);
        struct vc_narrowing again;
        bool changed;

        vc_narrowing_write(&scene->policy, &log->narrowings[i], &writer, nullptr);
        assert_int_equal(vc_json_write_end(&writer, nullptr), VC_OK);
        assert_int_equal(
            vc_narrowing_parse(&scene->policy, vc_buffer_bytes(&text), &again, nullptr), VC_OK);
        assert_memory_equal(&log->narrowings[i], &again, sizeof(again));
        assert_int_equal(vc_force_narrow(force, &again, &changed, nullptr), VC_OK);
    }
    compare(force, pair, scene);
}

/* --------------------------------------------------------------------------------------- a world
 */

struct world {
    struct vc_scene scene;
    struct pair container, run;
    struct log log;
    struct {
        size_t subject;
        struct vc_model_intent intents[QUEUE_MAX];
        size_t count, next;
    } queues[QUEUES];
    size_t refused, within;
};

static void fill_queues(struct world *world)
{
    struct vc_scene *scene = &world->scene;

    for (size_t i = 0; i < QUEUES; i++) {
        world->queues[i].subject = vc_scene_roll(scene, vc_subject_count(&scene->policy));
        world->queues[i].count = vc_scene_roll(scene, QUEUE_MAX + 1);
        for (size_t k = 0; k < world->queues[i].count; k++)
            vc_scene_intend(scene, world->queues[i].subject, false, &world->queues[i].intents[k]);
    }
}

/* What a queue wants next, or once more; null: no queue wants anything. */
static const struct vc_model_intent *next_intent(struct world *world, size_t *queue)
{
    struct vc_scene *scene = &world->scene;
    size_t start = vc_scene_roll(scene, QUEUES);

    for (size_t i = 0; i < QUEUES; i++) {
        *queue = (start + i) % QUEUES;
        if (world->queues[*queue].next == world->queues[*queue].count)
            continue;
        if (world->queues[*queue].next > 0 && vc_scene_roll(scene, 6) == 0) {
            return &world->queues[*queue].intents[vc_scene_roll(scene, world->queues[*queue].next)];
        }
        return &world->queues[*queue].intents[world->queues[*queue].next++];
    }
    return nullptr;
}

static void step(struct world *world, size_t queue, const struct vc_model_intent *intent)
{
    struct vc_scene *scene = &world->scene;
    size_t subject = world->queues[queue].subject;
    struct log *log = &world->log;
    struct vc_narrowing *narrowing = &log->narrowings[log->count];
    bool may;

    parse(scene, intent, narrowing);
    may = vc_policy_decide_narrow(&scene->policy, vc_subject_at(&scene->policy, subject), narrowing,
                                  nullptr) == VC_OK;
    assert_int_equal(may, vc_model_may_narrow(&scene->policy, subject, intent));
    world->refused += !may;
    if (!may)
        return;
    put_in_force(&world->container, intent, narrowing);
    check_after_step(&world->container, scene);
    log->intents[log->count] = *intent;
    log->queue[log->count++] = queue;
}

/* A run narrows itself meanwhile. */
static void step_within(struct world *world)
{
    struct vc_scene *scene = &world->scene;
    struct vc_model_intent intent;
    struct vc_narrowing narrowing;

    vc_scene_intend(scene, scene->policy.principal_count + scene->stage.program, true, &intent);
    parse(scene, &intent, &narrowing);
    put_in_force(&world->run, &intent, &narrowing);
    check_after_step(&world->run, scene);
    world->within++;
}

static void play(struct world *world, uint64_t seed)
{
    const struct vc_model_intent *intent;
    size_t queue;

    world->log.count = 0;
    memset(world->queues, 0, sizeof(world->queues));
    world->refused = 0;
    world->within = 0;
    vc_scene_init(&world->scene, seed);
    pair_init(&world->container, &world->scene, nullptr, nullptr);
    pair_init(&world->run, &world->scene, &world->container, &world->scene.stage);
    fill_queues(world);
    check_all(&world->container, &world->scene);
    while (world->log.count < LOG_MAX && (intent = next_intent(world, &queue)) != nullptr) {
        step(world, queue, intent);
        if (vc_scene_roll(&world->scene, 8) == 0)
            step_within(world);
    }
    check_all(&world->container, &world->scene);
    check_all(&world->run, &world->scene);
    check_shuffled(&world->scene, &world->log, &world->container);
    check_in_turn(&world->scene, &world->log, &world->container);
    check_replayed(&world->scene, &world->log, &world->container);
    vc_force_free(world->run.force);
    vc_force_free(world->container.force);
    vc_scene_done(&world->scene);
}

static uint64_t seed_of_test(void)
{
    const char *given = getenv("VERACRUZ_TEST_SEED"); /* NOLINT(concurrency-mt-unsafe) */
    uint32_t drawn = 0;

    if (given != nullptr)
        return strtoull(given, nullptr, 0);
    assert_int_equal(getrandom(&drawn, sizeof(drawn), 0), (ssize_t)sizeof(drawn));
    return drawn;
}

static void test_worlds(void **)
{
    struct world *world = malloc(sizeof(*world));
    uint64_t seed = seed_of_test();
    size_t steps = 0;
    size_t refused = 0;
    size_t within = 0;
    size_t worlds = 0;

    assert_non_null(world);
    print_message("# seed %llu (VERACRUZ_TEST_SEED repeats it)\n", (unsigned long long)seed);
    for (; steps < STEPS; worlds++) {
        play(world, seed * 1000003 + worlds);
        steps += world->log.count;
        refused += world->refused;
        within += world->within;
    }
    free(world);
    print_message("# %zu policies: %zu narrowings put in force, %zu refused; %zu of runs alone\n",
                  worlds, steps, refused, within);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_worlds)};

    return cmocka_run_group_tests_name("force property", tests, nullptr, nullptr);
}
