/* SPDX-License-Identifier: MIT */

#include "runtime/pipeline_plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

constexpr size_t STAGES_MAX = 12;
constexpr size_t CONDITIONS = 3; /* of one stage at most */
constexpr size_t EXITS = 2;
constexpr unsigned PIPELINES = 40000;

/* A pipeline with the memory that it needs. */
struct made {
    struct vc_policy_pipeline pipeline;
    struct vc_policy_stage stages[STAGES_MAX];
    size_t after[STAGES_MAX][STAGES_MAX];
    struct vc_policy_condition conditions[STAGES_MAX][CONDITIONS];
    uint32_t exits[STAGES_MAX][CONDITIONS][EXITS];
    char names[STAGES_MAX][2];
    struct vc_stage_status status[STAGES_MAX];
};

static char path_there[] = "/there";
static char path_gone[] = "/gone";

static bool exists(const void *, const char *path)
{
    return strcmp(path, path_there) == 0;
}

static const struct vc_pipeline_files files = {.exists = exists};

static void made_init(struct made *made, size_t count)
{
    *made = (struct made){.pipeline = {.stages = made->stages, .stage_count = count}};
    for (size_t i = 0; i < count; i++) {
        made->names[i][0] = (char)('a' + i);
        made->stages[i] = (struct vc_policy_stage){
            .name = made->names[i], .after = made->after[i], .conditions = made->conditions[i]};
    }
}

static void add_after(struct made *made, size_t stage, size_t earlier)
{
    struct vc_policy_stage *later = &made->stages[stage];

    for (size_t i = 0; i < later->after_count; i++) {
        if (later->after[i] == earlier)
            return;
    }
    made->after[stage][later->after_count++] = earlier;
}

static void add_file_condition(struct made *made, size_t stage, enum vc_condition_kind kind,
                               char *path)
{
    made->conditions[stage][made->stages[stage].condition_count++] =
        (struct vc_policy_condition){.kind = kind, .path = path};
}

static void add_exit_condition(struct made *made, size_t stage, size_t earlier, uint32_t exit_code)
{
    size_t index = made->stages[stage].condition_count++;

    made->exits[stage][index][0] = exit_code;
    made->conditions[stage][index] = (struct vc_policy_condition){
        .kind = VC_IF_EXIT,
        .stage = earlier,
        .exits = made->exits[stage][index],
        .exit_count = 1,
    };
    add_after(made, stage, earlier);
}

/* ---- scenarios, written as text ----
 *
 * A stage is "NAME" and then what it comes after and its conditions: "b:a" after a, "b?a1" if a
 * exited with 1, "b+" if the file is there that is there, "b-" if one is missing that is there,
 * "b!" if one is there that is not. What becomes of stages that are started: a digit: exits with
 * it; 'F': fails. What is to come of all: digits, 'F', 'S' skipped, 'C' cancelled, '.' not over. */

static void read_stage(struct made *made, size_t stage, const char *text)
{
    size_t at = 1;

    while (text[at] != '\0' && text[at] != ' ') {
        size_t earlier = (size_t)(text[at + 1] - 'a');

        switch (text[at]) {
        case ':':
            add_after(made, stage, earlier);
            at += 2;
            break;
        case '?':
            add_exit_condition(made, stage, earlier, (uint32_t)(text[at + 2] - '0'));
            at += 3;
            break;
        case '+':
            add_file_condition(made, stage, VC_IF_EXISTS, path_there);
            at++;
            break;
        case '-':
            add_file_condition(made, stage, VC_IF_MISSING, path_there);
            at++;
            break;
        default:
            add_file_condition(made, stage, VC_IF_EXISTS, path_gone);
            at++;
            break;
        }
    }
}

static void read_pipeline(struct made *made, const char *text)
{
    size_t count = 0;

    made_init(made, strlen(text) < STAGES_MAX ? strlen(text) : STAGES_MAX);
    for (const char *at = text; at != nullptr; at = strchr(at, ' ')) {
        at += *at == ' ';
        read_stage(made, count++, at);
    }
    made->pipeline.stage_count = count;
}

static void end_stage(struct vc_stage_status *status, char how)
{
    if (how == 'F') {
        status->state = VC_STAGE_FAILED;
    } else {
        status->state = VC_STAGE_EXITED;
        status->exit_code = (uint32_t)(how - '0');
    }
}

static char letter_of(const struct vc_stage_status *status)
{
    static const char letters[] = {
        [VC_STAGE_WAITING] = '.', [VC_STAGE_RUNNING] = 'R',   [VC_STAGE_FAILED] = 'F',
        [VC_STAGE_SKIPPED] = 'S', [VC_STAGE_CANCELLED] = 'C', [VC_STAGE_EXITED] = 0};

    return status->state == VC_STAGE_EXITED ? (char)('0' + status->exit_code)
                                            : letters[status->state];
}

/* Plans all that waits; true if something changed. */
static bool plan_all(struct made *made)
{
    bool changed = false;

    for (size_t i = 0; i < made->pipeline.stage_count; i++) {
        struct vc_stage_status *status = &made->status[i];

        if (status->state != VC_STAGE_WAITING)
            continue;
        status->state = vc_pipeline_plan(&made->pipeline, made->status, i, &files, status->reason);
        changed = changed || status->state != VC_STAGE_WAITING;
    }
    return changed;
}

static void test_scenarios(void **)
{
    static const struct {
        const char *name, *pipeline, *ends, *wanted;
        enum vc_pipeline_state state;
    } rows[] = {
        {"one", "a", "0", "0", VC_PIPELINE_DONE},
        {"one that exits with 1", "a", "1", "1", VC_PIPELINE_FAILED},
        {"one that fails", "a", "F", "F", VC_PIPELINE_FAILED},
        {"a sequence", "a b:a c:b", "000", "000", VC_PIPELINE_DONE},
        {"a sequence that fails", "a b:a c:b", "010", "01C", VC_PIPELINE_FAILED},
        {"what was cancelled cancels", "a b:a c:b d:c", "F000", "FCCC", VC_PIPELINE_FAILED},
        {"beside a failure", "a b c:a d:b", "1000", "10C0", VC_PIPELINE_FAILED},
        {"both must be well", "a b c:a:b", "0F0", "0FC", VC_PIPELINE_FAILED},
        {"a file is there", "a+ b:a", "00", "00", VC_PIPELINE_DONE},
        {"a file is not there", "a! b:a", "00", "S0", VC_PIPELINE_DONE},
        {"a file is not missing", "a- b:a", "00", "S0", VC_PIPELINE_DONE},
        {"all conditions must hold", "a+!", "0", "S", VC_PIPELINE_DONE},
        {"nothing but skipped", "a! b! c!", "000", "SSS", VC_PIPELINE_DONE},
        {"a foreseen status", "a b?a1", "10", "10", VC_PIPELINE_DONE},
        {"a foreseen status that did not come", "a b?a1", "00", "0S", VC_PIPELINE_DONE},
        {"a status that nobody foresaw", "a b?a1", "20", "2C", VC_PIPELINE_FAILED},
        {"one way or the other, first", "a b?a1 c?a2", "100", "10S", VC_PIPELINE_DONE},
        {"one way or the other, second", "a b?a1 c?a2", "200", "2S0", VC_PIPELINE_DONE},
        {"asks about 0", "a b?a0 c?a1", "100", "1S0", VC_PIPELINE_DONE},
        {"who did not ask is cancelled", "a b?a1 c:a", "100", "10C", VC_PIPELINE_FAILED},
        {"after a repair", "a b?a1 c:b", "100", "100", VC_PIPELINE_DONE},
        {"no repair needed", "a b?a1 c:b", "000", "0S0", VC_PIPELINE_DONE},
        {"a failure is no status", "a b?a1", "F0", "FC", VC_PIPELINE_FAILED},
        {"about one that was skipped", "a! b?a0", "00", "SS", VC_PIPELINE_DONE},
        {"about one that was cancelled", "a b:a c?b1", "100", "1CC", VC_PIPELINE_FAILED},
        {"a file is not looked for in vain", "a b:a!", "10", "1C", VC_PIPELINE_FAILED},
        {"two conditions about one stage", "a b?a1?a2", "10", "1S", VC_PIPELINE_DONE},
        {"fan out and in", "a b:a c:a d:b:c", "0000", "0000", VC_PIPELINE_DONE},
        {"fan in after a skipped one", "a b:a! c:a d:b:c", "0000", "0S00", VC_PIPELINE_DONE},
    };

    for (size_t r = 0; r < VC_COUNT(rows); r++) {
        struct made made;
        char seen[STAGES_MAX + 1] = "";

        read_pipeline(&made, rows[r].pipeline);
        while (plan_all(&made)) {
            for (size_t i = 0; i < made.pipeline.stage_count; i++) {
                if (made.status[i].state == VC_STAGE_RUNNING)
                    end_stage(&made.status[i], rows[r].ends[i]);
            }
        }
        for (size_t i = 0; i < made.pipeline.stage_count; i++)
            seen[i] = letter_of(&made.status[i]);
        if (strcmp(seen, rows[r].wanted) != 0)
            fail_msg("%s: %s, wanted %s", rows[r].name, seen, rows[r].wanted);
        if (vc_pipeline_judge(&made.pipeline, made.status) != rows[r].state)
            fail_msg("%s: judged wrongly", rows[r].name);
    }
}

static void test_reasons(void **)
{
    static const struct {
        const char *pipeline;
        char first; /* what became of stage a; 'S', 'C' too */
        const char *reason;
    } rows[] = {
        {"a b:a", '3', "stage a exited with 3"}, {"a b:a", 'F', "stage a failed"},
        {"a b:a", 'C', "stage a was cancelled"}, {"a b?a1", '0', "stage a exited with 0"},
        {"a b?a1", 'S', "stage a was skipped"},  {"a b:a!", '0', "/gone is not there"},
        {"a b:a-", '0', "/there is there"},
    };

    for (size_t r = 0; r < VC_COUNT(rows); r++) {
        struct made made;
        char reason[VC_RUN_REASON_MAX] = "";

        read_pipeline(&made, rows[r].pipeline);
        if (rows[r].first == 'S' || rows[r].first == 'C') {
            made.status[0].state = rows[r].first == 'S' ? VC_STAGE_SKIPPED : VC_STAGE_CANCELLED;
        } else {
            end_stage(&made.status[0], rows[r].first);
        }
        assert_int_not_equal(vc_pipeline_plan(&made.pipeline, made.status, 1, &files, reason),
                             VC_STAGE_RUNNING);
        assert_string_equal(reason, rows[r].reason);
    }
}

/* ---- random pipelines ---- */

static uint64_t next_random(uint64_t *seed)
{
    *seed += 0x9e3779b97f4a7c15;
    uint64_t mixed = *seed;

    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    return mixed ^ (mixed >> 31);
}

static size_t below(uint64_t *seed, size_t bound)
{
    return next_random(seed) % bound;
}

static void add_random_condition(struct made *made, size_t stage, uint64_t *seed)
{
    if (stage > 0 && below(seed, 2) == 0) {
        add_exit_condition(made, stage, below(seed, stage), (uint32_t)below(seed, 3));
        if (below(seed, 2) == 0) {
            struct vc_policy_condition *last =
                &made->conditions[stage][made->stages[stage].condition_count - 1];

            last->exits[last->exit_count++] = (uint32_t)below(seed, 4);
        }
        return;
    }
    add_file_condition(made, stage, below(seed, 2) == 0 ? VC_IF_EXISTS : VC_IF_MISSING,
                       below(seed, 2) == 0 ? path_there : path_gone);
}

static void make_random(struct made *made, uint64_t *seed)
{
    made_init(made, 1 + below(seed, STAGES_MAX));
    for (size_t i = 0; i < made->pipeline.stage_count; i++) {
        for (size_t earlier = 0; earlier < i; earlier++) {
            if (below(seed, 3) == 0)
                add_after(made, i, earlier);
        }
        for (size_t c = below(seed, 6); c < CONDITIONS && c > 0; c--)
            add_random_condition(made, i, seed);
    }
}

/* ---- the model: what must come of it, stage by stage in the order of the policy, whatever the
 * order of their ends; `ends` says how each would end that is started ---- */

static bool model_foresees(const struct made *made, size_t stage, char how)
{
    if (how == '0')
        return true;
    for (size_t i = 0; i < made->pipeline.stage_count; i++) {
        for (size_t c = 0; c < made->stages[i].condition_count; c++) {
            const struct vc_policy_condition *condition = &made->conditions[i][c];

            for (size_t e = 0; condition->kind == VC_IF_EXIT && e < condition->exit_count; e++) {
                if (condition->stage == stage && (char)('0' + condition->exits[e]) == how)
                    return true;
            }
        }
    }
    return false;
}

static bool model_holds(const struct vc_policy_condition *condition, const char *results)
{
    bool found = false;

    if (condition->kind != VC_IF_EXIT)
        return (condition->path == path_there) == (condition->kind == VC_IF_EXISTS);
    for (size_t e = 0; e < condition->exit_count; e++)
        found = found || results[condition->stage] == (char)('0' + condition->exits[e]);
    return found;
}

static char model_one(const struct made *made, size_t stage, const char *results, char how)
{
    const struct vc_policy_stage *planned = &made->stages[stage];
    bool holds = true;

    for (size_t i = 0; i < planned->after_count; i++) {
        size_t earlier = planned->after[i];
        bool asked = false;

        for (size_t c = 0; c < planned->condition_count; c++) {
            asked = asked || (planned->conditions[c].kind == VC_IF_EXIT &&
                              planned->conditions[c].stage == earlier);
        }
        if (results[earlier] == 'S' || results[earlier] == '0')
            continue;
        if (results[earlier] == 'C' || results[earlier] == 'F' || !asked ||
            !model_foresees(made, earlier, results[earlier]))
            return 'C';
    }
    for (size_t c = 0; c < planned->condition_count; c++)
        holds = holds && model_holds(&planned->conditions[c], results);
    return holds ? how : 'S';
}

static void check_start(const struct made *made, size_t stage, uint64_t seed)
{
    for (size_t i = 0; i < made->stages[stage].after_count; i++) {
        if (!vc_stage_is_over(made->status[made->after[stage][i]].state))
            fail_msg("seed %ju: stage %zu begins before the end of another", (uintmax_t)seed,
                     stage);
    }
}

/* Plays the pipeline, the stages ending in a random order. */
static void play(struct made *made, const char *ends, uint64_t *random, uint64_t seed)
{
    size_t running[STAGES_MAX];
    size_t running_count = 0;
    unsigned starts[STAGES_MAX] = {};

    for (;;) {
        enum vc_stage_state before[STAGES_MAX];

        for (size_t i = 0; i < made->pipeline.stage_count; i++)
            before[i] = made->status[i].state;
        while (plan_all(made))
            ;
        for (size_t i = 0; i < made->pipeline.stage_count; i++) {
            if (made->status[i].state != VC_STAGE_RUNNING || before[i] == VC_STAGE_RUNNING)
                continue;
            check_start(made, i, seed);
            assert_int_equal(++starts[i], 1);
            running[running_count++] = i;
        }
        if (running_count == 0)
            return;
        size_t chosen = below(random, running_count);

        assert_int_equal(vc_pipeline_judge(&made->pipeline, made->status), VC_PIPELINE_RUNNING);
        end_stage(&made->status[running[chosen]], ends[running[chosen]]);
        running[chosen] = running[--running_count];
    }
}

static uint64_t first_seed(void)
{
    const char *given = getenv("SEED");

    return given != nullptr ? strtoull(given, nullptr, 0) : (uint64_t)time(nullptr);
}

static void test_random(void **)
{
    uint64_t first = first_seed();
    size_t done = 0;

    print_message("SEED=%ju\n", (uintmax_t)first);
    for (uint64_t seed = first; seed < first + PIPELINES; seed++) {
        uint64_t random = seed;
        struct made made;
        char ends[STAGES_MAX];
        char results[STAGES_MAX];
        bool well = true;

        make_random(&made, &random);
        for (size_t i = 0; i < made.pipeline.stage_count; i++)
            ends[i] = "00000123F"[below(&random, 9)];
        play(&made, ends, &random, seed);
        for (size_t i = 0; i < made.pipeline.stage_count; i++) {
            results[i] = model_one(&made, i, results, ends[i]);
            if (letter_of(&made.status[i]) != results[i]) {
                fail_msg("seed %ju: stage %zu is %c, wanted %c", (uintmax_t)seed, i,
                         letter_of(&made.status[i]), results[i]);
            }
        }
        for (size_t i = 0; i < made.pipeline.stage_count; i++) {
            well = well && results[i] != 'C' && results[i] != 'F' &&
                   (results[i] == 'S' || model_foresees(&made, i, results[i]));
        }
        assert_int_equal(vc_pipeline_judge(&made.pipeline, made.status),
                         well ? VC_PIPELINE_DONE : VC_PIPELINE_FAILED);
        done += well;
    }
    /* both ends are met often, or the test shows little */
    assert_true(done > PIPELINES / 20 && done < PIPELINES - PIPELINES / 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scenarios),
        cmocka_unit_test(test_reasons),
        cmocka_unit_test(test_random),
    };

    return cmocka_run_group_tests_name("pipeline_plan", tests, nullptr, nullptr);
}
