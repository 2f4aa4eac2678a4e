/* SPDX-License-Identifier: MIT */

#include "policy/explain.h"

#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "policy/explain_journal.h"
#include "policy/explain_key.h"
#include "policy/explain_life.h"
#include "policy/explain_names.h"
#include "policy/explain_narrowing.h"
#include "policy/explain_pipeline.h"
#include "policy/explain_platform.h"
#include "policy/explain_stream.h"
#include "policy/notice.h"
#include "policy/prose.h"
#include "policy/spot.h"

/* -------------------------------------------------------------------------------- the pieces */

static void say_hash(struct vc_prose *prose, const uint8_t hash[VC_SHA256_SIZE])
{
    char text[2 * VC_SHA256_SIZE + 1];

    vc_hex_encode((struct vc_bytes){hash, VC_SHA256_SIZE}, text);
    vc_prose_say(prose, "%s", text);
}

/* ------------------------------------------------------------------------------------ rights */

/* "read and list everything under /input/" */
static void say_right(struct vc_prose *prose, const struct vc_policy_right *right)
{
    vc_explain_verbs(prose, right->may);
    vc_prose_say(prose, " ");
    vc_notice_spot(prose, vc_spot_of(right));
}

/* The parts of "may A, and B" that one rule makes; `said` counts them over all rules. */
static void say_rule(struct vc_prose *prose, const struct vc_policy *policy,
                     const struct vc_policy_right *right, size_t *said)
{
    size_t program;

    if ((right->may & ~(unsigned)VC_RIGHT_EXECUTE) != 0) {
        vc_prose_say(prose, "%s", (*said)++ > 0 ? ", and " : "");
        say_right(prose, right);
    }
    if ((right->may & VC_RIGHT_EXECUTE) != 0 &&
        vc_policy_program_at(policy, right->path, &program)) {
        vc_prose_say(prose, "%sstart the program %s", (*said)++ > 0 ? ", and " : "",
                     policy->programs[program].name);
    }
}

static void say_subject(struct vc_prose *prose, const struct vc_policy *policy,
                        struct vc_subject who, const char *name)
{
    size_t said = 0;

    vc_prose_say(prose, "The %s%s may ", who.kind == VC_SUBJECT_PROGRAM ? "program " : "", name);
    for (size_t i = 0; i < policy->right_count; i++) {
        const struct vc_policy_right *right = &policy->rights[i];

        if (right->who.kind == who.kind && right->who.index == who.index)
            say_rule(prose, policy, right, &said);
    }
    vc_explain_stream_ends(prose, policy, who, &said);
    vc_explain_key_parts(prose, policy, who, &said);
    vc_explain_pipeline_starts(prose, policy, who, &said);
    vc_prose_say(prose, "%s.\n", said > 0 ? ", and nothing else" : "do nothing with any file");
}

/* ---------------------------------------------------------------------------------- programs */

static void say_module(struct vc_prose *prose, const struct vc_policy *policy,
                       const struct vc_policy_program *program)
{
    struct vc_spot spot = {program->path, false};
    struct vc_crowd suppliers = vc_crowd_with(policy, VC_SUBJECT_PRINCIPAL, VC_RIGHTS_SUPPLY, spot);

    vc_prose_say(prose, "  Its module is ");
    vc_prose_text(prose, program->path);
    if (suppliers.count > 0) {
        vc_prose_say(prose, ", supplied by ");
        vc_explain_crowd(prose, policy, &suppliers);
    }
    vc_prose_say(prose, ". Whoever supplies it, only the bytes with the SHA-256 ");
    say_hash(prose, program->sha256);
    vc_prose_say(prose, " run, %s.\n",
                 program->strategy == VC_STRATEGY_AOT ? "compiled to native code" : "interpreted");
}

static void say_texts(struct vc_prose *prose, const char *title, char **texts, size_t count)
{
    if (count == 0)
        return;
    vc_prose_say(prose, "  %s:", title);
    for (size_t i = 0; i < count; i++) {
        vc_prose_say(prose, " ");
        vc_prose_quoted(prose, texts[i]);
    }
    vc_prose_say(prose, "\n");
}

static void say_standard(struct vc_prose *prose, const char *what, const char *path,
                         const char *absent)
{
    vc_prose_say(prose, "%s ", what);
    if (path == nullptr) {
        vc_prose_say(prose, "%s", absent);
    } else {
        vc_prose_text(prose, path);
    }
}

static void say_surroundings(struct vc_prose *prose, const struct vc_policy_program *program)
{
    say_texts(prose, "Arguments", program->arguments, program->argument_count);
    say_texts(prose, "Environment", program->environment, program->environment_count);
    vc_prose_say(prose, "  ");
    say_standard(prose, "Its standard input is", program->stdin_path, "empty");
    say_standard(prose, ", its standard output", program->stdout_path, "discarded");
    say_standard(prose, ", its standard error", program->stderr_path, "discarded");
    vc_prose_say(prose, ".\n  It %s ask the time, and %s ask for random bytes.\n",
                 program->clock ? "may" : "cannot", program->randomness ? "may" : "cannot");
}

static void say_limits(struct vc_prose *prose, const struct vc_limits *limits)
{
    vc_prose_say(prose,
                 "  One run has at most %u MiB of memory, %u KiB of stack, %u s of processor time "
                 "and %u s in all, creates at most %u file%s, which grow by at most %llu bytes, "
                 "writes at most %llu bytes and has at most %u files open. At most %u run%s at "
                 "once.\n",
                 limits->memory_mib, limits->stack_kib, limits->cpu_seconds, limits->wall_seconds,
                 limits->files, limits->files == 1 ? "" : "s",
                 (unsigned long long)limits->output_bytes,
                 (unsigned long long)limits->written_bytes, limits->open_files, limits->processes,
                 limits->processes == 1 ? " goes on" : "s go on");
}

/* The root by its own name alone is what everybody expects. */
static void say_preopens(struct vc_prose *prose, const struct vc_policy_program *program)
{
    if (program->preopen_count == 1 && strcmp(program->preopens[0].name, "/") == 0)
        return;
    vc_prose_say(prose, "  It finds open:");
    for (size_t i = 0; i < program->preopen_count; i++) {
        vc_prose_say(prose, "%s ", i > 0 ? "," : "");
        vc_prose_quoted(prose, program->preopens[i].name);
        vc_prose_say(prose, ", which is ");
        vc_prose_text(prose, program->preopens[i].path);
    }
    vc_prose_say(prose, ".\n");
}

static void say_reports(struct vc_prose *prose, const struct vc_policy_program *program)
{
    if (program->partial_outputs)
        vc_prose_say(prose, "  What a run wrote appears even if the run fails or is killed.\n");
    if (program->progress) {
        vc_prose_say(prose, "  While it runs it may tell whoever may start it how far it is, as a "
                            "number from 0 to 100.\n");
    }
}

/* "Only the shop and the pipeline nightly may start it, 2 times in all." */
static void say_starts(struct vc_prose *prose, const struct vc_policy *policy, size_t program)
{
    struct vc_spot spot = {policy->programs[program].path, false};
    struct vc_crowd starters = vc_crowd_with(policy, VC_SUBJECT_PRINCIPAL, VC_RIGHT_EXECUTE, spot);
    size_t pipelines = vc_pipelines_of(policy, program);

    if (starters.count == 0 && pipelines == 0) {
        vc_prose_say(prose, "  Nobody may start it.\n");
        return;
    }
    vc_prose_say(prose, "  Only ");
    vc_explain_crowd(prose, policy, &starters);
    vc_prose_say(prose, "%s", starters.count > 0 && pipelines > 0 ? " and " : "");
    vc_explain_pipelines_of(prose, policy, program);
    vc_prose_say(prose, " may start it");
    for (size_t i = 0; i < policy->lifecycle.run_count; i++) {
        uint32_t most = policy->lifecycle.runs[i].count_max;

        if (policy->lifecycle.runs[i].program == program)
            vc_prose_say(prose, ", %u time%s in all", most, most == 1 ? "" : "s");
    }
    vc_prose_say(prose, ".\n");
}

static void say_program(struct vc_prose *prose, const struct vc_policy *policy, size_t index)
{
    const struct vc_policy_program *program = &policy->programs[index];

    say_subject(prose, policy, (struct vc_subject){VC_SUBJECT_PROGRAM, index}, program->name);
    say_module(prose, policy, program);
    say_surroundings(prose, program);
    say_preopens(prose, program);
    say_reports(prose, program);
    vc_explain_kept_keys(prose, program);
    say_limits(prose, &program->limits);
    say_starts(prose, policy, index);
}

/* -------------------------------------------------------------------------------------- pins */

static void say_pins(struct vc_prose *prose, const struct vc_policy *policy)
{
    if (policy->pin_count == 0)
        return;
    vc_prose_say(prose, "\nPinned files\n\n");
    for (size_t i = 0; i < policy->pin_count; i++) {
        const struct vc_policy_pin *pin = &policy->pins[i];
        struct vc_crowd suppliers = vc_crowd_with(policy, VC_SUBJECT_PRINCIPAL, VC_RIGHTS_SUPPLY,
                                                  (struct vc_spot){pin->path, false});

        vc_prose_text(prose, pin->path);
        if (suppliers.count > 0) {
            vc_prose_say(prose, ", supplied by ");
            vc_explain_crowd(prose, policy, &suppliers);
            vc_prose_say(prose, ",");
        }
        vc_prose_say(prose, " only ever has the content with the SHA-256 ");
        say_hash(prose, pin->sha256);
        vc_prose_say(prose, ".\n");
    }
    vc_prose_say(prose, "No program may change a pinned file.\n");
}

/* ----------------------------------------------------------------------------------- results */

/* The spots that some program may write, each once. */
struct spots {
    struct vc_spot *list;
    size_t count;
};

static void spots_done(struct spots *spots)
{
    free(spots->list);
}

static void add_spot(const struct vc_policy *policy, struct spots *spots, struct vc_spot spot)
{
    size_t module;

    if (spot.path == nullptr || vc_policy_is_of_streams(spot.path))
        return;
    if (spot.tree || !vc_policy_program_at(policy, spot.path, &module))
        spots->list[spots->count++] = spot;
}

static bool is_in_program_output(const struct vc_policy *policy, struct vc_spot spot)
{
    return vc_crowd_with(policy, VC_SUBJECT_PROGRAM, VC_RIGHTS_SUPPLY, spot).count > 0;
}

static int compare_spots(const void *left, const void *right)
{
    const struct vc_spot *a = left;
    const struct vc_spot *b = right;
    int order = strcmp(a->path, b->path);

    return order != 0 ? order : (int)a->tree - (int)b->tree;
}

static void sort_unique(struct spots *spots)
{
    size_t kept = 0;

    if (spots->count == 0)
        return;
    qsort(spots->list, spots->count, sizeof(*spots->list), compare_spots);
    for (size_t i = 0; i < spots->count; i++) {
        if (kept == 0 || compare_spots(&spots->list[kept - 1], &spots->list[i]) != 0)
            spots->list[kept++] = spots->list[i];
    }
    spots->count = kept;
}

static bool collect_spots(const struct vc_policy *policy, struct spots *spots)
{
    /* Each rule and each of a program's standard files is one spot at most. */
    spots->list = calloc(policy->right_count + 2 * policy->program_count + 1, sizeof(*spots->list));
    if (spots->list == nullptr)
        return false;
    for (size_t i = 0; i < policy->right_count; i++) {
        const struct vc_policy_right *right = &policy->rights[i];
        struct vc_spot spot = vc_spot_of(right);

        if (right->who.kind == VC_SUBJECT_PROGRAM
                ? (right->may & VC_RIGHTS_SUPPLY) != 0
                : (right->may & VC_RIGHT_READ) != 0 && is_in_program_output(policy, spot))
            add_spot(policy, spots, spot);
    }
    for (size_t i = 0; i < policy->program_count; i++) {
        add_spot(policy, spots, (struct vc_spot){policy->programs[i].stdout_path, false});
        add_spot(policy, spots, (struct vc_spot){policy->programs[i].stderr_path, false});
    }
    sort_unique(spots);
    return true;
}

/* After a negation: "anything under /output/". */
static void say_any_file(struct vc_prose *prose, const char *directory)
{
    bool root = strcmp(directory, "/") == 0;

    vc_prose_say(prose, root ? "any file" : "anything under ");
    if (root)
        return;
    vc_prose_text(prose, directory);
    vc_prose_say(prose, "/");
}

static void say_spot(struct vc_prose *prose, const struct vc_policy *policy, struct vc_spot spot)
{
    struct vc_crowd readers = vc_crowd_with(policy, VC_SUBJECT_PRINCIPAL, VC_RIGHT_READ, spot);
    struct vc_crowd programs = vc_crowd_with(policy, VC_SUBJECT_PROGRAM, VC_RIGHT_READ, spot);

    if (readers.count > 0) {
        vc_prose_say(prose, "Only ");
        vc_explain_crowd(prose, policy, &readers);
        vc_prose_say(prose, " may read ");
    } else if (spot.tree) {
        vc_prose_say(prose, "But for what is named here, nobody may read ");
    } else {
        vc_prose_say(prose, "Nobody may read ");
    }
    if (readers.count == 0 && spot.tree) {
        say_any_file(prose, spot.path);
    } else {
        vc_notice_spot(prose, spot);
    }
    vc_prose_say(prose, ".");
    if (programs.count > 0) {
        vc_prose_say(prose, " It can be input of ");
        vc_explain_crowd(prose, policy, &programs);
        vc_prose_say(prose, ".");
    }
    vc_prose_say(prose, "\n");
}

static void say_results(struct vc_prose *prose, const struct vc_policy *policy)
{
    vc_cleanup(spots_done) struct spots spots = {};

    vc_prose_say(prose, "\nResults, which programs write\n\n");
    if (!collect_spots(policy, &spots)) {
        prose->code = VC_MEMORY;
        return;
    }
    if (spots.count == 0)
        vc_prose_say(prose, "No program may write any file.\n");
    for (size_t i = 0; i < spots.count; i++)
        say_spot(prose, policy, spots.list[i]);
}

/* ------------------------------------------------------------------------- isolation, notice */

static void say_isolation(struct vc_prose *prose, const struct vc_policy *policy,
                          const struct vc_release_names *names)
{
    vc_prose_say(prose, "\nIsolation\n\n");
    for (size_t i = 0; i < policy->attestation.platform_count; i++)
        vc_explain_platform(prose, &policy->attestation.platforms[i], names);
    vc_prose_say(prose, "Everybody trusts the attestation service at ");
    vc_prose_text(prose, policy->attestation.url);
    vc_prose_say(prose, " to say which container is one of these; its word is good for %u s.\n",
                 policy->attestation.max_age_s);
}

static void say_notices(struct vc_prose *prose, const struct vc_policy *policy)
{
    vc_prose_say(prose, "\nTo be noticed\n\n");
    if (vc_notice_say(policy, prose) == 0)
        vc_prose_say(prose, "Nothing beyond what is said above.\n");
}

enum vc_code vc_policy_explain(const struct vc_policy *policy, const struct vc_release_names *names,
                               struct vc_buffer *text, struct vc_err *err)
{
    struct vc_prose prose = vc_prose_over(text);

    vc_prose_say(&prose, "The policy %s, with the identity ", policy->name);
    say_hash(&prose, policy->hash);
    vc_prose_say(&prose, ".\n\nPrincipals\n\n");
    for (size_t i = 0; i < policy->principal_count; i++) {
        struct vc_subject who = {VC_SUBJECT_PRINCIPAL, i};

        say_subject(&prose, policy, who, policy->principals[i].name);
    }
    vc_prose_say(&prose, "\nPrograms\n\n");
    for (size_t i = 0; i < policy->program_count; i++)
        say_program(&prose, policy, i);
    if (policy->program_count == 0) {
        vc_prose_say(&prose, "None: the container only keeps files.\n");
    } else {
        vc_prose_say(&prose, "Whatever is said here, no program may change a program's module.\n");
    }
    say_pins(&prose, policy);
    vc_explain_streams(&prose, policy);
    vc_explain_keys(&prose, policy);
    say_results(&prose, policy);
    vc_explain_pipelines(&prose, policy);
    vc_explain_life(&prose, policy);
    vc_explain_narrowing(&prose, policy);
    vc_explain_journal(&prose, policy);
    say_isolation(&prose, policy, names);
    say_notices(&prose, policy);
    return vc_prose_end(&prose, err);
}
