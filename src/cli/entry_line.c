/* SPDX-License-Identifier: MIT */

#include "cli/entry_line.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/instant.h"
#include "client/line.h"
#include "policy/decide.h"
#include "policy/narrowing.h"

static constexpr size_t VALUE_MAX = 1100;   /* bytes of a member as text: a path at most */
static constexpr size_t NAME_MAX_SIZE = 24; /* bytes of a member's name */
static constexpr size_t DIGEST_DIGITS = 64; /* of a SHA-256 in hex */
static constexpr int DIGEST_SHORT = 16;     /* digits that tell people enough */
static constexpr size_t WHO_COLUMNS = 16;

/* What an entry of each kind says. {name} is a member of its details or of the entry; what stands
 * in [] is left out if a member in it is not there, or not told. */
static const struct sentence {
    const char *says; /* if there is no flag, or it is not told */
    const char *flag; /* or null: a member, by which it says one of these */
    const char *if_true, *if_false;
} sentences[] = {
    [VC_ENTRY_BEGAN] = {.says = "began as {container}[, node {node}, incarnation {incarnation}]"},
    [VC_ENTRY_ATTESTED] = {.says = "has certificate {certificate}"},
    [VC_ENTRY_SESSION] = {.says = "connected, to certificate {certificate}"},
    [VC_ENTRY_WRITE] = {.says = "wrote {path}[: {bytes} bytes][, SHA-256 {sha256}]"},
    [VC_ENTRY_APPEND] = {.says = "appended to {path}[: {bytes} bytes][, SHA-256 {sha256}]"},
    [VC_ENTRY_DELETE] = {"deleted, or tried to, {path}", "there",
                         "deleted {path}[, from {from}][, of run {run}]",
                         "tried to delete {path}, which was not there"},
    [VC_ENTRY_READ] = {"read, or tried to, {path}", "there",
                       "was given {path}[, from {from}][, of run {run}][: {bytes} bytes][, SHA-256 "
                       "{sha256}]",
                       "tried to read {path}, which was not there"},
    [VC_ENTRY_KEY] = {"key {key}", "given", "gave the key {key}", "took back the key {key}"},
    [VC_ENTRY_STREAM] = {"stream {stream}", "over",
                         "stream {stream}[, use {use},] is over as its {end}[ in run {run}][: "
                         "{bytes} bytes][, {digest}][, lost: {reason}]",
                         "stream {stream}[, use {use},] begins as its {end}"},
    [VC_ENTRY_CONSENT] = {.says = "consented to {program}, SHA-256 {sha256}"},
    [VC_ENTRY_RUN] =
        {.says = "started {program} as run {run}[, stage {stage}][ of {pipeline}], SHA-256 "
                 "{sha256}[, arguments {arguments}]"},
    [VC_ENTRY_RUN_OVER] =
        {.says = "run {run} of {program} is over[: {state}][ with {exit_code}][, {reason}]"},
    [VC_ENTRY_NARROWING] = {.says = "narrowed[ in run {run}]"},
    [VC_ENTRY_REFUSAL] = {"was refused {deed} {place}[: {reason}]", "more",
                          "was refused more than is told here", ""},
    [VC_ENTRY_LINK] =
        {.says = "linked container {container} of policy {policy}: {size} entries, root {root}"},
    [VC_ENTRY_ENDED] = {.says = "ended[: {reason}]"},
};
static_assert(VC_COUNT(sentences) == VC_ENTRY_KINDS);

/* ---- members ---- */

/* Details say it more exactly. */
static bool find_member(struct vc_entry_texts texts, const char *name, struct vc_json_place *member)
{
    if (texts.details != nullptr && vc_json_member(texts.details, name, member, nullptr) == VC_OK)
        return true;
    return vc_json_member(texts.fields, name, member, nullptr) == VC_OK;
}

static bool is_digest(const char *text)
{
    return strlen(text) == DIGEST_DIGITS && strspn(text, "0123456789abcdef") == DIGEST_DIGITS;
}

/* A member as text. False: it is not there. */
static bool member_text(struct vc_entry_texts texts, const char *name, char value[VALUE_MAX])
{
    struct vc_json_place member;
    const char *text;
    int64_t number;

    if (!find_member(texts, name, &member))
        return false;
    if (vc_json_string(&member, &text, nullptr) == VC_OK) {
        vc_line_clean(text, value, VALUE_MAX);
        if (!texts.whole && is_digest(text))
            (void)snprintf(value + DIGEST_SHORT, VALUE_MAX - (size_t)DIGEST_SHORT, "…");
        return value[0] != '\0';
    }
    if (vc_json_integer(&member, INT64_MIN, INT64_MAX, &number, nullptr) != VC_OK)
        return false;
    (void)snprintf(value, VALUE_MAX, "%" PRId64, number);
    return true;
}

/* Which of its texts an entry says. */
static const char *choose(const struct sentence *sentence, struct vc_entry_texts texts)
{
    struct vc_json_place member;
    bool flag;

    if (sentence->flag == nullptr || !find_member(texts, sentence->flag, &member) ||
        vc_json_boolean(&member, &flag, nullptr) != VC_OK)
        return sentence->says;
    return flag ? sentence->if_true : sentence->if_false;
}

/* ---- sentences ---- */

/* A sentence under way. */
struct saying {
    struct vc_entry_texts texts;
    struct vc_buffer *out;
    bool lacks; /* a member that it names is not there: "?" */
};

/* {name}: `says` begins behind the brace. Returns what follows. */
static const char *say_member(struct saying *saying, const char *says, enum vc_code *code,
                              struct vc_err *err)
{
    size_t size = strcspn(says, "}");
    char name[NAME_MAX_SIZE] = "";
    char value[VALUE_MAX] = "?";

    memcpy(name, says, size < sizeof(name) - 1 ? size : sizeof(name) - 1);
    if (!member_text(saying->texts, name, value))
        saying->lacks = true;
    *code = vc_buffer_append_text(saying->out, value, err);
    return says + size + 1;
}

/* Up to the character `end`, or the end of the text. Returns what is left. */
static const char *say_part(struct saying *saying, const char *says, char end, enum vc_code *code,
                            struct vc_err *err)
{
    const char ends[] = {'{', end, '\0'};

    while (*code == VC_OK && *says != '\0' && *says != end) {
        size_t plain = strcspn(says, ends);

        *code = vc_buffer_append(saying->out, (struct vc_bytes){(const uint8_t *)says, plain}, err);
        says += plain;
        if (*code == VC_OK && *says == '{')
            says = say_member(saying, says + 1, code, err);
    }
    return says;
}

static enum vc_code say(struct saying *saying, const char *says, struct vc_err *err)
{
    enum vc_code code = VC_OK;

    while (code == VC_OK && *says != '\0') {
        says = say_part(saying, says, '[', &code, err);
        if (code != VC_OK || *says == '\0')
            break;
        size_t before = saying->out->size;

        saying->lacks = false;
        says = say_part(saying, says + 1, ']', &code, err);
        if (saying->lacks)
            saying->out->size = before;
        says += *says == ']';
    }
    return code;
}

static enum vc_code say_narrowing(const struct vc_policy *policy, struct vc_entry_texts texts,
                                  struct vc_buffer *out, struct vc_err *err)
{
    struct vc_json_place place;
    struct vc_narrowing narrowing;
    enum vc_code code;

    if (texts.details == nullptr ||
        vc_json_member(texts.details, "narrowing", &place, nullptr) != VC_OK ||
        vc_narrowing_parse_json(policy, &place, &narrowing, nullptr) != VC_OK)
        return VC_OK;
    code = vc_buffer_append_text(out, ": ", err);
    return code == VC_OK ? vc_narrowing_say(policy, &narrowing, out, err) : code;
}

enum vc_code vc_entry_line_what(const struct vc_policy *policy, const struct vc_entry_seen *entry,
                                struct vc_entry_texts texts, struct vc_buffer *out,
                                struct vc_err *err)
{
    struct saying saying = {.texts = texts, .out = out};
    enum vc_code code = say(&saying, choose(&sentences[entry->kind], texts), err);

    return code == VC_OK && entry->kind == VC_ENTRY_NARROWING
               ? say_narrowing(policy, texts, out, err)
               : code;
}

/* ---- the line ---- */

enum vc_code vc_entry_line_who(const struct vc_policy *policy, bool by_container,
                               struct vc_subject who, struct vc_buffer *out, struct vc_err *err)
{
    if (by_container)
        return vc_buffer_append_text(out, "the container", err);
    return vc_buffer_printf(out, err, "%s%s", vc_policy_subject_name(policy, who),
                            who.kind == VC_SUBJECT_PROGRAM ? " (program)" : "");
}

enum vc_code vc_entry_line(const struct vc_policy *policy, const struct vc_entry_seen *entry,
                           struct vc_entry_texts texts, struct vc_buffer *out, struct vc_err *err)
{
    char time[VC_INSTANT_TEXT_MAX];
    size_t who;
    enum vc_code code;

    vc_instant_format(entry->time, time);
    code = vc_buffer_printf(out, err, "%5" PRIu64 "  %s  ", entry->index, time);
    who = out->size;
    if (code == VC_OK)
        code = vc_entry_line_who(policy, entry->by_container, entry->by, out, err);
    who = out->size - who;
    if (code == VC_OK)
        code = vc_buffer_printf(out, err, "%*s  ", who < WHO_COLUMNS ? (int)(WHO_COLUMNS - who) : 0,
                                "");
    if (code == VC_OK)
        code = vc_entry_line_what(policy, entry, texts, out, err);
    return code == VC_OK ? vc_buffer_append_text(out, "\n", err) : code;
}
