/* SPDX-License-Identifier: MIT */

/* From the words of `policy new` to a draft. */

#include "cli/policy_wish.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/hex.h"
#include "cli/moment.h"
#include "cli/policy_wish_key.h"
#include "cli/policy_wish_life.h"
#include "cli/policy_wish_platform.h"
#include "cli/policy_wish_stream.h"
#include "crypto/digest.h"

static constexpr size_t PEM_FILE_MAX = 65536;         /* bytes */
static constexpr size_t DIGEST_FILE_MAX = 512u << 20; /* bytes */
static constexpr size_t MAY_MAX = 8;                  /* words of one right */

enum vc_code vc_wish_add(struct vc_arena *arena, struct vc_wish_list *list, const char *word,
                         struct vc_err *err)
{
    if (list->words == nullptr)
        list->words = (const char **)vc_arena_take(arena, VC_WISH_WORDS_MAX, sizeof(*list->words));
    if (list->words == nullptr)
        return vc_fail_memory(err);
    if (list->count == VC_WISH_WORDS_MAX)
        return vc_fail(err, VC_LIMIT, "%.64s: at most %zu of a kind", word, VC_WISH_WORDS_MAX);
    list->words[list->count++] = word;
    return VC_OK;
}

enum vc_code vc_wish_split(struct vc_arena *arena, const char *word, char separator,
                           const char *halves[2], struct vc_err *err)
{
    const char *found = strchr(word, separator);

    if (found == nullptr || found == word)
        return vc_fail(err, VC_MALFORMED, "\"%.80s\": no %c", word, separator);
    halves[0] = vc_arena_text(arena, word, (size_t)(found - word));
    halves[1] = found + 1;
    return halves[0] != nullptr ? VC_OK : vc_fail_memory(err);
}

static enum vc_code load_text(struct vc_arena *arena, const char *path, const char **text,
                              struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer bytes = {};
    enum vc_code code = vc_file_load(path, PEM_FILE_MAX, &bytes, err);

    if (code != VC_OK)
        return code;
    if (bytes.size > 0 && memchr(bytes.data, '\0', bytes.size) != nullptr)
        return vc_fail(err, VC_MALFORMED, "%s: no PEM text", path);
    *text = vc_arena_text(arena, (const char *)bytes.data, bytes.size);
    return *text != nullptr ? VC_OK : vc_fail_memory(err);
}

static bool is_module(const struct vc_buffer *bytes)
{
    return bytes->size >= 4 && memcmp(bytes->data, "\0asm", 4) == 0;
}

/* The digest of any file, or, with `module`, of one that is a program. */
static enum vc_code load_digest(struct vc_arena *arena, const char *path, bool module,
                                const char **hex, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer bytes = {};
    uint8_t digest[VC_SHA256_SIZE];
    enum vc_code code = vc_file_load(path, DIGEST_FILE_MAX, &bytes, err);

    if (code != VC_OK)
        return code;
    if (module && !is_module(&bytes))
        return vc_fail(err, VC_MALFORMED, "%s: not a WebAssembly module", path);
    char *text = vc_arena_take(arena, 2 * VC_SHA256_SIZE + 1, 1);

    if (text == nullptr)
        return vc_fail_memory(err);
    vc_sha256(vc_buffer_bytes(&bytes), digest);
    vc_hex_encode((struct vc_bytes){digest, sizeof(digest)}, text);
    *hex = text;
    return VC_OK;
}

/* "+30d", "+12h", "+45m" become a point in time; anything else is left to the policy's parser. */
static enum vc_code draft_expires(const char *word, int64_t now, struct vc_arena *arena,
                                  const char **expires, struct vc_err *err)
{
    if (word == nullptr || !vc_moment_is_relative(word)) {
        *expires = word;
        return VC_OK;
    }
    char *text = vc_arena_take(arena, VC_INSTANT_TEXT_MAX, 1);

    if (text == nullptr)
        return vc_fail_memory(err);
    *expires = text;
    return vc_moment_from("expires", word, now, text, err);
}

static enum vc_code draft_principals(const struct vc_wish *wish, struct vc_arena *arena,
                                     struct vc_policy_draft *draft, struct vc_err *err)
{
    struct vc_policy_draft_principal *made =
        vc_arena_take(arena, wish->lists[VC_WISH_PRINCIPALS].count + 1, sizeof(*made));

    if (made == nullptr)
        return vc_fail_memory(err);
    for (size_t i = 0; i < wish->lists[VC_WISH_PRINCIPALS].count; i++) {
        const char *halves[2] = {};
        enum vc_code code =
            vc_wish_split(arena, wish->lists[VC_WISH_PRINCIPALS].words[i], '=', halves, err);

        if (code == VC_OK)
            code = load_text(arena, halves[1], &made[i].certificate, err);
        if (code != VC_OK)
            return vc_fail_in(err, code, "--principal NAME=FILE.crt");
        made[i].name = halves[0];
    }
    draft->principals = made;
    draft->principal_count = wish->lists[VC_WISH_PRINCIPALS].count;
    return VC_OK;
}

/* True if the setting's word is "<name>.KEY=VALUE". */
static bool is_of_program(const char *word, const char *name)
{
    size_t size = strlen(name);

    return strncmp(word, name, size) == 0 && word[size] == '.';
}

/* The program that a setting is for; names may have dots, so that the longest one counts. */
static const struct vc_policy_draft_program *
program_of(const struct vc_policy_draft_program *programs, size_t count, const char *word)
{
    const struct vc_policy_draft_program *best = nullptr;

    for (size_t i = 0; i < count; i++) {
        if (is_of_program(word, programs[i].name) &&
            (best == nullptr || strlen(programs[i].name) > strlen(best->name)))
            best = &programs[i];
    }
    return best;
}

static enum vc_code draft_settings(const struct vc_wish_list *words,
                                   const struct vc_policy_draft *draft,
                                   struct vc_policy_draft_program *program, struct vc_arena *arena,
                                   struct vc_err *err)
{
    struct vc_policy_draft_setting *made = vc_arena_take(arena, words->count + 1, sizeof(*made));
    size_t count = 0;

    if (made == nullptr)
        return vc_fail_memory(err);
    for (size_t i = 0; i < words->count; i++) {
        const char *halves[2] = {};

        if (program_of(draft->programs, draft->program_count, words->words[i]) != program)
            continue;
        enum vc_code code =
            vc_wish_split(arena, words->words[i] + strlen(program->name) + 1, '=', halves, err);

        if (code != VC_OK)
            return vc_fail_in(err, code, "--set NAME.KEY=VALUE");
        made[count++] = (struct vc_policy_draft_setting){.key = halves[0], .value = halves[1]};
    }
    program->settings = made;
    program->setting_count = count;
    return VC_OK;
}

static enum vc_code name_programs(const struct vc_wish *wish, struct vc_arena *arena,
                                  struct vc_policy_draft_program *made, struct vc_err *err)
{
    for (size_t i = 0; i < wish->lists[VC_WISH_PROGRAMS].count; i++) {
        const char *halves[2] = {};
        enum vc_code code =
            vc_wish_split(arena, wish->lists[VC_WISH_PROGRAMS].words[i], '=', halves, err);

        if (code == VC_OK)
            code = load_digest(arena, halves[1], true, &made[i].sha256, err);
        if (code != VC_OK)
            return vc_fail_in(err, code, "--program NAME=FILE.wasm");
        size_t size = strlen(halves[0]) + sizeof("/program/.wasm");
        char *path = vc_arena_take(arena, size, 1);

        if (path == nullptr)
            return vc_fail_memory(err);
        (void)snprintf(path, size, "/program/%s.wasm", halves[0]);
        made[i].name = halves[0];
        made[i].path = path;
    }
    return VC_OK;
}

static enum vc_code draft_programs(const struct vc_wish *wish, struct vc_arena *arena,
                                   struct vc_policy_draft *draft, struct vc_err *err)
{
    struct vc_policy_draft_program *made =
        vc_arena_take(arena, wish->lists[VC_WISH_PROGRAMS].count + 1, sizeof(*made));

    if (made == nullptr)
        return vc_fail_memory(err);
    enum vc_code code = name_programs(wish, arena, made, err);

    draft->programs = made;
    draft->program_count = wish->lists[VC_WISH_PROGRAMS].count;
    for (size_t i = 0; code == VC_OK && i < wish->lists[VC_WISH_SETTINGS].count; i++) {
        if (program_of(made, draft->program_count, wish->lists[VC_WISH_SETTINGS].words[i]) ==
            nullptr) {
            return vc_fail(err, VC_MALFORMED, "--set %.80s: begins with the name of no --program",
                           wish->lists[VC_WISH_SETTINGS].words[i]);
        }
    }
    for (size_t i = 0; code == VC_OK && i < wish->lists[VC_WISH_PROGRAMS].count; i++)
        code = draft_settings(&wish->lists[VC_WISH_SETTINGS], draft, &made[i], arena, err);
    return code;
}

/* Cuts "read,write" into its words. */
static enum vc_code split_may(struct vc_arena *arena, const char *text, size_t size,
                              struct vc_policy_draft_right *right, struct vc_err *err)
{
    const char **may = (const char **)vc_arena_take(arena, MAY_MAX, sizeof(*may));
    char *copy = vc_arena_text(arena, text, size);
    char *rest = nullptr;

    if (may == nullptr || copy == nullptr)
        return vc_fail_memory(err);
    for (char *word = strtok_r(copy, ",", &rest); word != nullptr;
         word = strtok_r(nullptr, ",", &rest)) {
        if (right->may_count == MAY_MAX)
            return vc_fail(err, VC_MALFORMED, "too many words before the path");
        may[right->may_count++] = word;
    }
    right->may = may;
    return VC_OK;
}

/* "shop: read,list /output/": who, colon, what, white space, path. */
static enum vc_code split_right(struct vc_arena *arena, const char *word,
                                struct vc_policy_draft_right *right, struct vc_err *err)
{
    const char *halves[2] = {"", ""};
    enum vc_code code = vc_wish_split(arena, word, ':', halves, err);

    if (code != VC_OK)
        return code;
    const char *may = halves[1] + strspn(halves[1], " ");
    size_t may_size = strcspn(may, " ");
    const char *path = may + may_size + strspn(may + may_size, " ");

    if (may_size == 0 || path[0] != '/')
        return vc_fail(err, VC_MALFORMED, "\"%.120s\": no path that begins with /", word);
    right->who = halves[0];
    right->path = path;
    return split_may(arena, may, may_size, right, err);
}

static enum vc_code draft_rights(const struct vc_wish *wish, struct vc_arena *arena,
                                 struct vc_policy_draft *draft, struct vc_err *err)
{
    struct vc_policy_draft_right *made =
        vc_arena_take(arena, wish->lists[VC_WISH_RIGHTS].count + 1, sizeof(*made));

    if (made == nullptr)
        return vc_fail_memory(err);
    for (size_t i = 0; i < wish->lists[VC_WISH_RIGHTS].count; i++) {
        enum vc_code code = split_right(arena, wish->lists[VC_WISH_RIGHTS].words[i], &made[i], err);

        if (code != VC_OK)
            return vc_fail_in(err, code, "--right 'WHO: may[,may] PATH'");
    }
    draft->rights = made;
    draft->right_count = wish->lists[VC_WISH_RIGHTS].count;
    return VC_OK;
}

static enum vc_code draft_storage(const struct vc_wish *wish, struct vc_arena *arena,
                                  struct vc_policy_draft *draft, struct vc_err *err)
{
    struct vc_policy_draft_setting *made =
        vc_arena_take(arena, wish->lists[VC_WISH_STORAGE].count + 1, sizeof(*made));

    if (made == nullptr)
        return vc_fail_memory(err);
    for (size_t i = 0; i < wish->lists[VC_WISH_STORAGE].count; i++) {
        const char *halves[2] = {};
        enum vc_code code =
            vc_wish_split(arena, wish->lists[VC_WISH_STORAGE].words[i], '=', halves, err);

        if (code != VC_OK)
            return vc_fail_in(err, code, "--storage KEY=VALUE");
        made[i] = (struct vc_policy_draft_setting){.key = halves[0], .value = halves[1]};
    }
    draft->storage = made;
    draft->storage_count = wish->lists[VC_WISH_STORAGE].count;
    return VC_OK;
}

static enum vc_code draft_pins(const struct vc_wish *wish, struct vc_arena *arena,
                               struct vc_policy_draft *draft, struct vc_err *err)
{
    const struct vc_wish_list *words = &wish->lists[VC_WISH_PINS];
    struct vc_policy_draft_setting *made = vc_arena_take(arena, words->count + 1, sizeof(*made));

    if (made == nullptr)
        return vc_fail_memory(err);
    for (size_t i = 0; i < words->count; i++) {
        const char *halves[2] = {};
        enum vc_code code = vc_wish_split(arena, words->words[i], '=', halves, err);

        made[i].key = halves[0];
        if (code == VC_OK)
            code = load_digest(arena, halves[1], false, &made[i].value, err);
        if (code != VC_OK)
            return vc_fail_in(err, code, "--pin PATH=FILE");
    }
    draft->pins = made;
    draft->pin_count = words->count;
    return VC_OK;
}

static enum vc_code draft_runs(const struct vc_wish *wish, struct vc_arena *arena,
                               struct vc_policy_draft *draft, struct vc_err *err)
{
    struct vc_policy_draft_run_rule *made =
        vc_arena_take(arena, wish->lists[VC_WISH_RUNS].count + 1, sizeof(*made));

    if (made == nullptr)
        return vc_fail_memory(err);
    for (size_t i = 0; i < wish->lists[VC_WISH_RUNS].count; i++) {
        const char *halves[2] = {"", ""};
        char *end;
        enum vc_code code =
            vc_wish_split(arena, wish->lists[VC_WISH_RUNS].words[i], '=', halves, err);

        if (code != VC_OK)
            return vc_fail_in(err, code, "--runs PROGRAM=N");
        errno = 0;
        unsigned long count = strtoul(halves[1], &end, 10);

        if (!isdigit((unsigned char)halves[1][0]) || *end != '\0' || errno != 0 ||
            count > UINT32_MAX)
            return vc_fail(err, VC_MALFORMED, "--runs %.80s: no number",
                           wish->lists[VC_WISH_RUNS].words[i]);
        made[i] =
            (struct vc_policy_draft_run_rule){.program = halves[0], .at_most = (uint32_t)count};
    }
    draft->runs = made;
    draft->run_count = wish->lists[VC_WISH_RUNS].count;
    return VC_OK;
}

enum vc_code vc_wish_draft(const struct vc_wish *wish, const struct vc_wish_place *place,
                           struct vc_arena *arena, struct vc_policy_draft *draft,
                           struct vc_err *err)
{
    struct vc_policy_draft made = {
        .name = wish->texts[VC_WISH_NAME],
        .attestation_url = wish->texts[VC_WISH_URL],
        .max_age_seconds = wish->texts[VC_WISH_MAX_AGE],
        .freeze_inputs = wish->freeze_inputs,
        .shutdown = wish->lists[VC_WISH_SHUTDOWN].words,
        .shutdown_count = wish->lists[VC_WISH_SHUTDOWN].count,
        .shutdown_when_read = wish->lists[VC_WISH_SHUTDOWN_WHEN_READ].words,
        .shutdown_when_read_count = wish->lists[VC_WISH_SHUTDOWN_WHEN_READ].count,
    };
    enum vc_code code =
        draft_expires(wish->texts[VC_WISH_EXPIRES], place->now, arena, &made.expires, err);

    if (code == VC_OK && wish->texts[VC_WISH_CA] != nullptr) {
        code = load_text(arena, wish->texts[VC_WISH_CA], &made.attestation_ca, err);
        if (code != VC_OK)
            code = vc_fail_in(err, code, "--attestation-ca");
    }
    if (code == VC_OK)
        code = vc_wish_platforms(wish, place, arena, &made, err);
    if (code == VC_OK)
        code = draft_principals(wish, arena, &made, err);
    if (code == VC_OK)
        code = draft_programs(wish, arena, &made, err);
    if (code == VC_OK)
        code = draft_rights(wish, arena, &made, err);
    if (code == VC_OK)
        code = draft_storage(wish, arena, &made, err);
    if (code == VC_OK)
        code = draft_pins(wish, arena, &made, err);
    if (code == VC_OK)
        code = vc_wish_streams(wish, arena, &made, err);
    if (code == VC_OK)
        code = vc_wish_keys(wish, arena, &made, err);
    if (code == VC_OK)
        code = draft_runs(wish, arena, &made, err);
    if (code == VC_OK)
        code = vc_wish_life(wish, arena, &made, err);
    if (code == VC_OK)
        *draft = made;
    return code;
}
