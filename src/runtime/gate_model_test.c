/* SPDX-License-Identifier: MIT */

/* The gate beside a model that knows nothing of trees, indexes or counters: under policies drawn at
 * random it remembers who did what, and asks of every path by itself whether a run could have read
 * it. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "runtime/gate_scene_test.h"

enum {
    ROUNDS = 250,
    STEPS = 400,
    RIGHTS = 14,
    STAGES = 3,
    STAGE_RIGHTS = 2,
    PLACES_OF_BUDGETS = 4
};
enum { NOBODY = -1, A_PROGRAM = PRINCIPALS };

/* What rights, stages and budgets name: if two of them have a path in common, it is one of these.
 */
static const char *const places[] = {"/",  "/a",   "/a/b", "/a/b/c", "/a/d",
                                     "/e", "/e/f", "/g",   "/gg"};
/* Where something can be put; the last is a program's. */
static const char *const files[] = {"/a/b/c", "/a/b/x", "/a/d", "/e/f", "/g", "/program/psi"};
enum { FILES = VC_COUNT(files) };

struct start {
    size_t program, stage; /* STAGES: of none */
};

struct model {
    uint64_t seed;
    struct vc_gate_scene scene;
    struct vc_policy_right rights[RIGHTS];
    struct vc_policy_stage stages[STAGES];
    struct vc_policy_stage_right stage_rights[STAGES][STAGE_RIGHTS];
    struct vc_policy_budget budgets[PLACES_OF_BUDGETS];
    size_t parties[PRINCIPALS], consent[PRINCIPALS];
    bool reads[PROGRAMS][STAGES + 1][PLACES_OF_BUDGETS];
    /* what happened */
    int owner[FILES];
    bool given[KEYS];
    struct vc_port *port; /* of the stream's producer, while it is under way */
    unsigned whole;       /* uses of it */
    bool consented[PRINCIPALS][PROGRAMS];
    struct start starts[STEPS];
    size_t start_count;
    /* of all rounds */
    size_t steps, started, refused_by_state, refused_by_limit;
};

static uint64_t draw(struct model *model, uint64_t below)
{
    model->seed ^= model->seed << 13;
    model->seed ^= model->seed >> 7;
    model->seed ^= model->seed << 17;
    return (model->seed >> 16) % below;
}

/* ---- a policy ---- */

static char *draw_place(struct model *model, bool *tree)
{
    *tree = draw(model, 2) == 0;
    return (char *)(uintptr_t)places[draw(model, VC_COUNT(places))];
}

static unsigned draw_verbs(struct model *model)
{
    return 1 + (unsigned)draw(model, 63);
}

static void draw_rights(struct model *model)
{
    for (size_t i = 0; i < RIGHTS; i++) {
        struct vc_policy_right *right = &model->rights[i];

        right->who = (struct vc_subject){VC_SUBJECT_PROGRAM, (size_t)draw(model, PROGRAMS)};
        right->may = draw_verbs(model);
        right->path = draw_place(model, &right->tree);
    }
    for (size_t i = 0; i < STAGES; i++) {
        for (size_t k = 0; k < STAGE_RIGHTS; k++) {
            struct vc_policy_stage_right *right = &model->stage_rights[i][k];

            right->may = draw_verbs(model);
            right->path = draw_place(model, &right->tree);
        }
        model->stages[i] =
            (struct vc_policy_stage){.narrowed = draw(model, 4) > 0,
                                     .rights = model->stage_rights[i],
                                     .right_count = (size_t)draw(model, STAGE_RIGHTS + 1)};
    }
}

static size_t draw_principals(struct model *model, size_t *list)
{
    size_t count = 0;

    for (size_t i = 0; i < PRINCIPALS; i++) {
        if (draw(model, 3) == 0)
            list[count++] = i;
    }
    return count;
}

static struct vc_policy draw_policy(struct model *model)
{
    struct vc_policy policy = vc_gate_scene_policy();
    struct vc_policy_lifecycle *lifecycle = &policy.lifecycle;

    draw_rights(model);
    for (size_t i = 0; i < PLACES_OF_BUDGETS; i++) {
        model->budgets[i].path = draw_place(model, &model->budgets[i].tree);
        model->budgets[i].runs = 1 + (uint32_t)draw(model, 8);
    }
    policy.rights = model->rights;
    policy.right_count = RIGHTS;
    lifecycle->budgets = model->budgets;
    lifecycle->budget_count = (size_t)draw(model, PLACES_OF_BUDGETS + 1);
    lifecycle->parties = model->parties;
    lifecycle->party_count = draw_principals(model, model->parties);
    lifecycle->parties_least =
        lifecycle->party_count > 0 ? 1 + (uint32_t)draw(model, lifecycle->party_count) : 0;
    lifecycle->consent = model->consent;
    lifecycle->consent_count = draw_principals(model, model->consent);
    return policy;
}

/* ---- what the model makes of it ---- */

static bool covers(const char *place, bool tree, const char *path)
{
    size_t size = strlen(place);

    if (strcmp(place, path) == 0)
        return true;
    return tree && (size == 1 || (strncmp(path, place, size) == 0 && path[size] == '/'));
}

static bool may_read(const struct model *model, struct start start, const char *path)
{
    const struct vc_policy_stage *stage = &model->stages[start.stage % STAGES];
    bool may = false;
    bool let = start.stage == STAGES || !stage->narrowed;

    for (size_t i = 0; i < RIGHTS; i++) {
        const struct vc_policy_right *right = &model->rights[i];

        may |= right->who.index == start.program && (right->may & VC_RIGHT_READ) != 0 &&
               covers(right->path, right->tree, path);
    }
    for (size_t i = 0; !let && i < stage->right_count; i++) {
        let = (stage->rights[i].may & VC_RIGHT_READ) != 0 &&
              covers(stage->rights[i].path, stage->rights[i].tree, path);
    }
    return may && let;
}

static bool reads_budget(const struct model *model, struct start start, size_t budget)
{
    for (size_t i = 0; i < VC_COUNT(places); i++) {
        if (covers(model->budgets[budget].path, model->budgets[budget].tree, places[i]) &&
            may_read(model, start, places[i]))
            return true;
    }
    return false;
}

static void fill_reads(struct model *model)
{
    for (size_t program = 0; program < PROGRAMS; program++) {
        for (size_t stage = 0; stage <= STAGES; stage++) {
            for (size_t i = 0; i < PLACES_OF_BUDGETS; i++) {
                model->reads[program][stage][i] =
                    reads_budget(model, (struct start){program, stage}, i);
            }
        }
    }
}

static bool is_present(const struct model *model, size_t principal)
{
    for (size_t i = 0; i < FILES - 1; i++) {
        if (model->owner[i] == (int)principal)
            return true;
    }
    return (principal == DAVE && model->given[LEDGER]) ||
           (principal == EVE && model->given[EVES]) ||
           (principal == CAROL && (model->port != nullptr || model->whole > 0));
}

static uint32_t spent(const struct model *model, size_t budget)
{
    uint32_t count = 0;

    for (size_t i = 0; i < model->start_count; i++)
        count += model->reads[model->starts[i].program][model->starts[i].stage][budget];
    return count;
}

static enum vc_code wanted(const struct model *model, struct start start)
{
    const struct vc_policy_lifecycle *lifecycle = &model->scene.policy.lifecycle;
    uint32_t present = 0;

    for (size_t i = 0; i < lifecycle->consent_count; i++) {
        if (!model->consented[lifecycle->consent[i]][start.program])
            return VC_STATE;
    }
    for (size_t i = 0; i < lifecycle->party_count; i++)
        present += is_present(model, lifecycle->parties[i]);
    if (present < lifecycle->parties_least)
        return VC_STATE;
    for (size_t i = 0; i < lifecycle->budget_count; i++) {
        if (model->reads[start.program][start.stage][i] &&
            spent(model, i) >= lifecycle->budgets[i].runs)
            return VC_LIMIT;
    }
    return VC_OK;
}

/* ---- steps ---- */

static void do_file(struct model *model)
{
    size_t file = (size_t)draw(model, FILES);
    size_t who = (size_t)draw(model, PRINCIPALS + 3);

    if (who < PRINCIPALS) {
        vc_gate_scene_give(&model->scene, who, files[file]);
        model->owner[file] = (int)who;
    } else if (who == A_PROGRAM && file < FILES - 1) {
        vc_gate_scene_overwrite(&model->scene, files[file]);
        model->owner[file] = A_PROGRAM;
    } else if (model->owner[file] != NOBODY) {
        assert_int_equal(vc_tree_remove(model->scene.tree, files[file], nullptr), VC_OK);
        model->owner[file] = NOBODY;
    }
}

static void do_key(struct model *model)
{
    size_t key = (size_t)draw(model, KEYS);

    if (model->given[key]) {
        assert_int_equal(vc_keys_remove(model->scene.keys, key, nullptr), VC_OK);
    } else {
        vc_gate_scene_give_key(&model->scene, key);
    }
    model->given[key] = !model->given[key];
}

/* Who takes the stream comes at the end, so that the next use can begin. */
static void end_use(struct model *model)
{
    const struct vc_stream_claim claim = {PRICES, {VC_SUBJECT_PROGRAM, PSI}};
    struct vc_port *taker = nullptr;

    assert_int_equal(vc_port_end(model->port, 0, nullptr, nullptr), VC_OK);
    assert_int_equal(vc_streams_consume(model->scene.streams, claim,
                                        (struct vc_port_holder){vc_gate_scene_ignore, nullptr},
                                        &taker, nullptr),
                     VC_OK);
    vc_streams_release(model->scene.streams, PRICES, taker);
    model->whole++;
}

static void do_stream(struct model *model)
{
    if (model->port == nullptr) {
        model->port = vc_gate_scene_produce(&model->scene, PRICES);
        return;
    }
    if (draw(model, 3) == 0) {
        end_use(model);
    } else {
        vc_stream_lose(vc_streams_at(model->scene.streams, PRICES), "gone");
    }
    vc_streams_release(model->scene.streams, PRICES, model->port);
    model->port = nullptr;
}

static void do_consent(struct model *model)
{
    size_t principal = (size_t)draw(model, PRINCIPALS);
    size_t program = (size_t)draw(model, PROGRAMS);

    vc_gate_consent(model->scene.gate, principal, program);
    model->consented[principal][program] = true;
}

static const struct vc_policy_stage *stage_of(const struct model *model, struct start start)
{
    return start.stage < STAGES ? &model->stages[start.stage] : nullptr;
}

static void do_start(struct model *model)
{
    struct start start = {(size_t)draw(model, PROGRAMS), (size_t)draw(model, STAGES + 1)};
    enum vc_code code =
        vc_gate_check(model->scene.gate, start.program, stage_of(model, start), nullptr);

    model->started += code == VC_OK;
    model->refused_by_state += code == VC_STATE;
    model->refused_by_limit += code == VC_LIMIT;
    if (code != VC_OK)
        return;
    vc_gate_charge(model->scene.gate, start.program, stage_of(model, start));
    model->starts[model->start_count++] = start;
}

static void compare(const struct model *model)
{
    const struct vc_policy_lifecycle *lifecycle = &model->scene.policy.lifecycle;
    struct vc_gate_parties parties;

    vc_gate_look(model->scene.gate, &parties);
    for (size_t i = 0; i < lifecycle->party_count; i++)
        assert_int_equal(parties.there[i], is_present(model, lifecycle->parties[i]));
    for (size_t i = 0; i < lifecycle->budget_count; i++) {
        assert_int_equal(vc_gate_spent(model->scene.gate, i), spent(model, i));
        assert_true(spent(model, i) <= lifecycle->budgets[i].runs);
    }
    for (size_t program = 0; program < PROGRAMS; program++) {
        for (size_t stage = 0; stage <= STAGES; stage++) {
            struct start start = {program, stage};

            assert_int_equal(
                vc_gate_check(model->scene.gate, program, stage_of(model, start), nullptr),
                wanted(model, start));
        }
    }
}

static void step(struct model *model)
{
    static void (*const deeds[])(struct model *) = {do_file,    do_file,    do_file,  do_key,
                                                    do_stream,  do_consent, do_start, do_start,
                                                    do_consent, do_consent};

    deeds[draw(model, VC_COUNT(deeds))](model);
    compare(model);
    model->steps++;
}

static void round_of(struct model *model)
{
    struct vc_policy policy = draw_policy(model);

    vc_gate_scene_open(&model->scene, &policy);
    fill_reads(model);
    memset(model->given, 0, sizeof(model->given));
    memset(model->consented, 0, sizeof(model->consented));
    for (size_t i = 0; i < FILES; i++)
        model->owner[i] = NOBODY;
    model->whole = 0;
    model->start_count = 0;
    for (size_t i = 0; i < STEPS; i++)
        step(model);
    vc_streams_release(model->scene.streams, PRICES, model->port);
    model->port = nullptr;
    vc_gate_scene_close(&model->scene);
}

static void test_like_the_model(void **)
{
    const char *given = getenv("VC_TEST_SEED");
    struct model model = {.seed = given != nullptr ? strtoull(given, nullptr, 10)
                                                   : (uint64_t)time(nullptr) | 1};

    print_message("# VC_TEST_SEED=%ju\n", (uintmax_t)model.seed);
    for (unsigned i = 0; i < ROUNDS; i++)
        round_of(&model);
    print_message(
        "# %zu steps: %zu starts, %zu refused for what is missing, %zu for what is spent\n",
        model.steps, model.started, model.refused_by_state, model.refused_by_limit);
    assert_true(model.started > ROUNDS / 2);
    assert_true(model.refused_by_state > ROUNDS / 2);
    assert_true(model.refused_by_limit > ROUNDS / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_like_the_model)};

    return cmocka_run_group_tests_name("gate_model", tests, nullptr, nullptr);
}
