/* SPDX-License-Identifier: MIT */

#include "cli/live_report.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "base/instant.h"
#include "cli/entry_line.h"
#include "client/line.h"
#include "client/member.h"
#include "codec/json_copy.h"
#include "policy/limit_names.h"

static constexpr int NAME_COLUMNS = 16;
static constexpr int VERB_COLUMNS = 24;
static constexpr size_t VERBS_MAX = 64; /* bytes of all rights with commas */

static const char *const yes_no[] = {"no", "yes"};

/* ---- which narrowing took what ---- */

static bool takes_from(const struct vc_live *live, const struct vc_narrowing *narrowing,
                       enum vc_narrowing_kind kind, struct vc_subject who)
{
    return narrowing->kind == kind && vc_subjects_have(live->policy, &narrowing->from, who);
}

/* Is what it takes all that the right is about, or lies within? */
static bool covers(const struct vc_narrowing *narrowing, const struct vc_policy_right *right)
{
    if (narrowing->tree)
        return vc_path_within(right->path, narrowing->path);
    return !right->tree && strcmp(narrowing->path, right->path) == 0;
}

static bool lies_within(const struct vc_narrowing *narrowing, const struct vc_policy_right *right)
{
    return right->tree && !covers(narrowing, right) && vc_path_within(narrowing->path, right->path);
}

/* Is it read once what this right lets a principal read, or a part of it? */
static bool makes_read_once(const struct vc_narrowing *narrowing,
                            const struct vc_policy_right *right)
{
    return narrowing->kind == VC_NARROW_READ_ONCE && right->who.kind == VC_SUBJECT_PRINCIPAL &&
           (right->may & VC_RIGHT_READ) != 0 &&
           (covers(narrowing, right) || lies_within(narrowing, right));
}

/* Rights that are taken wholly. */
static unsigned taken_of(const struct vc_live *live, const struct vc_policy_right *right)
{
    unsigned taken = 0;

    for (size_t i = 0; i < live->list->count; i++) {
        const struct vc_narrowing *narrowing = &live->list->items[i].narrowing;

        if (takes_from(live, narrowing, VC_NARROW_TAKE, right->who) && covers(narrowing, right))
            taken |= narrowing->may & right->may;
    }
    return taken;
}

static void write_verbs(unsigned may, char text[VERBS_MAX])
{
    size_t used = 0;

    text[0] = '\0';
    for (unsigned bit = VC_RIGHT_READ; bit <= VC_RIGHT_DELETE; bit <<= 1) {
        if ((may & bit) != 0)
            used += (size_t)snprintf(text + used, VERBS_MAX - used, "%s%s", used > 0 ? "," : "",
                                     vc_policy_right_name((enum vc_right)bit));
    }
    if (used == 0)
        (void)snprintf(text, VERBS_MAX, "-");
}

/* ---- for people: narrowings ---- */

static enum vc_code say_narrowing(const struct vc_live *live, const struct vc_narrowing_told *told,
                                  struct vc_buffer *text, struct vc_err *err)
{
    char time[VC_INSTANT_TEXT_MAX];
    enum vc_code code;

    vc_instant_format(told->time, time);
    code = vc_buffer_printf(text, err, "%5" PRIu64 "  %s  ", told->index, time);
    if (code == VC_OK)
        code = vc_entry_line_who(live->policy, told->by_container, told->by, text, err);
    if (code == VC_OK && told->run > 0)
        code = vc_buffer_printf(text, err, ", run %" PRIu64, told->run);
    if (code == VC_OK)
        code = vc_buffer_append_text(text, ": ", err);
    if (code == VC_OK)
        code = vc_narrowing_say(live->policy, &told->narrowing, text, err);
    return code == VC_OK ? vc_buffer_append_text(text, "\n", err) : code;
}

static enum vc_code say_head(const struct vc_live *live, struct vc_buffer *text, struct vc_err *err)
{
    char hash[2 * VC_SHA256_SIZE + 1];
    char in_force[2 * VC_SHA256_SIZE + 1];
    enum vc_code code;

    vc_hex_encode(VC_BYTES(live->policy->hash), hash);
    vc_hex_encode(VC_BYTES(live->list->in_force), in_force);
    code = vc_buffer_printf(text, err, "policy    %s\nin force  %s\n%s\n", hash, in_force,
                            live->list->count == 0
                                ? "nothing was narrowed: all of the policy is in force"
                                : "narrowed, by these entries of the journal:");
    for (size_t i = 0; code == VC_OK && i < live->list->count; i++)
        code = say_narrowing(live, &live->list->items[i], text, err);
    return code;
}

/* ---- for people: rights ---- */

/* "  (12, 13)": the entries that took something of it. */
static enum vc_code say_why(const struct vc_live *live, const struct vc_policy_right *right,
                            struct vc_buffer *text, struct vc_err *err)
{
    enum vc_code code = VC_OK;
    bool said = false;

    for (size_t i = 0; code == VC_OK && i < live->list->count; i++) {
        const struct vc_narrowing_told *told = &live->list->items[i];

        if (!takes_from(live, &told->narrowing, VC_NARROW_TAKE, right->who) ||
            !covers(&told->narrowing, right) || (told->narrowing.may & right->may) == 0)
            continue;
        code = vc_buffer_printf(text, err, "%s%" PRIu64, said ? ", " : "", told->index);
        said = true;
    }
    return code;
}

/* What is taken of a part of the tree only. */
static enum vc_code say_parts(const struct vc_live *live, const struct vc_policy_right *right,
                              struct vc_buffer *text, struct vc_err *err)
{
    enum vc_code code = VC_OK;

    for (size_t i = 0; code == VC_OK && i < live->list->count; i++) {
        const struct vc_narrowing_told *told = &live->list->items[i];
        const struct vc_narrowing *narrowing = &told->narrowing;
        char verbs[VERBS_MAX];
        char path[VC_PATH_MAX];

        if (!takes_from(live, narrowing, VC_NARROW_TAKE, right->who) ||
            !lies_within(narrowing, right) || (narrowing->may & right->may) == 0)
            continue;
        write_verbs(narrowing->may & right->may, verbs);
        vc_line_clean(narrowing->path, path, sizeof(path));
        code = vc_buffer_printf(text, err, "; not %s %s%s (%" PRIu64 ")", verbs, path,
                                narrowing->tree ? "/" : "", told->index);
    }
    return code;
}

static enum vc_code say_read_once(const struct vc_live *live, const struct vc_policy_right *right,
                                  struct vc_buffer *text, struct vc_err *err)
{
    enum vc_code code = VC_OK;

    for (size_t i = 0; code == VC_OK && i < live->list->count; i++) {
        const struct vc_narrowing_told *told = &live->list->items[i];
        char path[VC_PATH_MAX];

        if (!makes_read_once(&told->narrowing, right))
            continue;
        vc_line_clean(told->narrowing.path, path, sizeof(path));
        code = vc_buffer_printf(text, err, "; read once %s%s (%" PRIu64 ")", path,
                                told->narrowing.tree ? "/" : "", told->index);
    }
    return code;
}

static enum vc_code say_right(const struct vc_live *live, const struct vc_policy_right *right,
                              struct vc_buffer *text, struct vc_err *err)
{
    unsigned taken = taken_of(live, right);
    char verbs[VERBS_MAX];
    char path[VC_PATH_MAX];
    enum vc_code code;

    write_verbs(right->may & ~taken, verbs);
    vc_line_clean(right->path, path, sizeof(path));
    code = vc_buffer_printf(text, err, "  %-*s %-*s %s%s", NAME_COLUMNS,
                            vc_policy_subject_name(live->policy, right->who), VERB_COLUMNS, verbs,
                            path, right->tree && strcmp(path, "/") != 0 ? "/" : "");
    if (code == VC_OK && taken != 0) {
        write_verbs(taken, verbs);
        code = vc_buffer_printf(text, err, "   taken: %s (", verbs);
        if (code == VC_OK)
            code = say_why(live, right, text, err);
        if (code == VC_OK)
            code = vc_buffer_append_text(text, ")", err);
    }
    if (code == VC_OK)
        code = say_parts(live, right, text, err);
    if (code == VC_OK && (taken & VC_RIGHT_READ) == 0)
        code = say_read_once(live, right, text, err);
    return code == VC_OK ? vc_buffer_append_text(text, "\n", err) : code;
}

static enum vc_code say_rights(const struct vc_live *live, struct vc_buffer *text,
                               struct vc_err *err)
{
    enum vc_code code = vc_buffer_append_text(text, "rights in force\n", err);

    for (size_t i = 0; code == VC_OK && i < live->policy->right_count; i++)
        code = say_right(live, &live->policy->rights[i], text, err);
    return code;
}

/* ---- for people: programs ---- */

static enum vc_code say_limits(const struct vc_live *live, size_t program, struct vc_buffer *text,
                               struct vc_err *err)
{
    struct vc_limits now = vc_force_limits(live->list->force, program);
    enum vc_code code = VC_OK;

    for (size_t i = 0; code == VC_OK && i < VC_LIMIT_COUNT; i++) {
        uint64_t left = vc_limit_get(&now, i);
        uint64_t given = vc_limit_get(&live->policy->programs[program].limits, i);

        if (left < given)
            code = vc_buffer_printf(text, err, "; %s %" PRIu64 ", was %" PRIu64, vc_limit_name(i),
                                    left, given);
    }
    return code;
}

static enum vc_code say_program(const struct vc_live *live, const struct vc_json_place *run,
                                struct vc_buffer *text, struct vc_err *err)
{
    const char *name = "";
    uint64_t started = 0;
    size_t program = 0;
    enum vc_code code = vc_member_text(run, "program", &name, err);

    if (code == VC_OK)
        code = vc_member_count(run, "started", &started, err);
    if (code != VC_OK || !vc_policy_find_program(live->policy, name, &program))
        return code;
    uint32_t count = started < UINT32_MAX ? (uint32_t)started : UINT32_MAX;
    uint32_t left = vc_force_runs_left(live->list->force, program, count);

    code = vc_buffer_printf(text, err, "  %-*s started %" PRIu32, NAME_COLUMNS, name, count);
    if (code == VC_OK && vc_force_decide_go_on(live->list->force, program, nullptr) != VC_OK)
        code = vc_buffer_append_text(text, "; withdrawn", err);
    else if (code == VC_OK && left != UINT32_MAX)
        code = vc_buffer_printf(text, err, "; %" PRIu32 " more", left);
    if (code == VC_OK)
        code = say_limits(live, program, text, err);
    return code == VC_OK ? vc_buffer_append_text(text, "\n", err) : code;
}

/* Of those that this principal may know of. */
static enum vc_code say_programs(const struct vc_live *live, struct vc_buffer *text,
                                 struct vc_err *err)
{
    struct vc_json_place runs;
    enum vc_code code = VC_OK;

    if (vc_json_member(&live->life, "runs", &runs, nullptr) != VC_OK || vc_json_count(&runs) == 0)
        return VC_OK;
    code = vc_buffer_append_text(text, "programs\n", err);
    for (size_t i = 0; code == VC_OK && i < vc_json_count(&runs); i++) {
        struct vc_json_place run = vc_json_element(&runs, i);

        code = say_program(live, &run, text, err);
    }
    return code;
}

/* ---- for people: the container's life ---- */

static enum vc_code say_names(const struct vc_json_place *object, const char *member,
                              struct vc_buffer *text, struct vc_err *err)
{
    struct vc_json_place names;
    enum vc_code code = vc_member_list(object, member, VC_POLICY_PRINCIPALS_MAX, &names, err);

    for (size_t i = 0; code == VC_OK && i < vc_json_count(&names); i++) {
        struct vc_json_place element = vc_json_element(&names, i);
        const char *name = "";

        code = vc_json_string(&element, &name, err);
        if (code == VC_OK)
            code = vc_buffer_printf(text, err, "%s %s", i > 0 ? "," : "", name);
    }
    return code == VC_OK && vc_json_count(&names) == 0 ? vc_buffer_append_text(text, " nobody", err)
                                                       : code;
}

static enum vc_code say_parties(const struct vc_live *live, struct vc_buffer *text,
                                struct vc_err *err)
{
    struct vc_json_place parties;
    uint64_t least = 0;
    enum vc_code code;

    if (vc_json_member(&live->life, "parties", &parties, nullptr) != VC_OK)
        return VC_OK;
    code = vc_member_count(&parties, "at_least", &least, err);
    if (code == VC_OK)
        code = vc_buffer_printf(text, err, "  %-*s at least %" PRIu64 "; present:", NAME_COLUMNS,
                                "parties", least);
    if (code == VC_OK)
        code = say_names(&parties, "present", text, err);
    if (code == VC_OK)
        code = vc_buffer_append_text(text, "; missing:", err);
    if (code == VC_OK)
        code = say_names(&parties, "missing", text, err);
    return code == VC_OK ? vc_buffer_append_text(text, "\n", err) : code;
}

static enum vc_code say_budgets(const struct vc_live *live, struct vc_buffer *text,
                                struct vc_err *err)
{
    struct vc_json_place budgets;
    enum vc_code code = VC_OK;

    if (vc_json_member(&live->life, "budgets", &budgets, nullptr) != VC_OK)
        return VC_OK;
    for (size_t i = 0; code == VC_OK && i < vc_json_count(&budgets); i++) {
        struct vc_json_place budget = vc_json_element(&budgets, i);
        const char *path = "";
        char clean[VC_PATH_MAX];
        uint64_t runs = 0;
        uint64_t spent = 0;

        code = vc_member_text(&budget, "path", &path, err);
        if (code == VC_OK)
            code = vc_member_count(&budget, "runs", &runs, err);
        if (code == VC_OK)
            code = vc_member_count(&budget, "spent", &spent, err);
        vc_line_clean(path, clean, sizeof(clean));
        if (code == VC_OK)
            code = vc_buffer_printf(text, err,
                                    "  %-*s %" PRIu64 " of %" PRIu64 " runs that may read %s\n",
                                    NAME_COLUMNS, "spent", spent, runs, clean);
    }
    return code;
}

static enum vc_code say_life(const struct vc_live *live, struct vc_buffer *text, struct vc_err *err)
{
    const char *started = "";
    const char *ends = "";
    bool frozen = false;
    enum vc_code code = vc_member_text(&live->life, "started", &started, err);

    if (code == VC_OK)
        code = vc_member_text(&live->life, "ends", &ends, err);
    if (code == VC_OK)
        code = vc_member_flag(&live->life, "frozen", &frozen, err);
    if (code == VC_OK)
        code = vc_buffer_printf(text, err, "life\n  %-*s %s\n  %-*s %s\n  %-*s %s\n", NAME_COLUMNS,
                                "started", started, NAME_COLUMNS, "ends", ends, NAME_COLUMNS,
                                "inputs frozen", yes_no[frozen]);
    if (code == VC_OK)
        code = say_parties(live, text, err);
    return code == VC_OK ? say_budgets(live, text, err) : code;
}

enum vc_code vc_live_report(const struct vc_live *live, struct vc_buffer *text, struct vc_err *err)
{
    enum vc_code code = say_head(live, text, err);

    if (code == VC_OK)
        code = say_rights(live, text, err);
    if (code == VC_OK)
        code = say_programs(live, text, err);
    return code == VC_OK ? say_life(live, text, err) : code;
}

/* ---- as JSON ---- */

static void put_verbs(struct vc_json_writer *writer, const char *key, unsigned may)
{
    vc_json_open_array(writer, key);
    for (unsigned bit = VC_RIGHT_READ; bit <= VC_RIGHT_DELETE; bit <<= 1) {
        if ((may & bit) != 0)
            vc_json_put_string(writer, nullptr, vc_policy_right_name((enum vc_right)bit));
    }
    vc_json_close_array(writer);
}

static void put_subject(const struct vc_live *live, struct vc_json_writer *writer,
                        struct vc_subject who)
{
    vc_json_put_string(writer, who.kind == VC_SUBJECT_PROGRAM ? "program" : "principal",
                       vc_policy_subject_name(live->policy, who));
}

static enum vc_code put_narrowing(const struct vc_live *live, const struct vc_narrowing_told *told,
                                  struct vc_json_writer *writer, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer says = {};
    char time[VC_INSTANT_TEXT_MAX];
    enum vc_code code = vc_narrowing_say(live->policy, &told->narrowing, &says, err);

    vc_instant_format(told->time, time);
    vc_json_open_object(writer, nullptr);
    vc_json_put_integer(writer, "index", (int64_t)told->index);
    vc_json_put_string(writer, "time", time);
    if (!told->by_container) {
        vc_json_open_object(writer, "by");
        put_subject(live, writer, told->by);
        vc_json_close_object(writer);
    }
    if (told->run > 0)
        vc_json_put_integer(writer, "run", (int64_t)told->run);
    vc_narrowing_write(live->policy, &told->narrowing, writer, "narrowing");
    vc_json_put_bytes(writer, "says", vc_buffer_bytes(&says));
    vc_json_close_object(writer);
    return code;
}

/* What of a right, or of a part of it, is taken, and by which entry. */
static void put_taken(const struct vc_live *live, const struct vc_policy_right *right,
                      struct vc_json_writer *writer)
{
    vc_json_open_array(writer, "taken");
    for (size_t i = 0; i < live->list->count; i++) {
        const struct vc_narrowing_told *told = &live->list->items[i];
        const struct vc_narrowing *narrowing = &told->narrowing;

        if (!takes_from(live, narrowing, VC_NARROW_TAKE, right->who) ||
            (!covers(narrowing, right) && !lies_within(narrowing, right)) ||
            (narrowing->may & right->may) == 0)
            continue;
        vc_json_open_object(writer, nullptr);
        put_verbs(writer, "may", narrowing->may & right->may);
        vc_json_put_string(writer, "path", narrowing->path);
        vc_json_put_boolean(writer, "below", narrowing->tree);
        vc_json_put_integer(writer, "index", (int64_t)told->index);
        vc_json_close_object(writer);
    }
    vc_json_close_array(writer);
}

/* What of it can be read once more, by which entry. */
static void put_read_once(const struct vc_live *live, const struct vc_policy_right *right,
                          struct vc_json_writer *writer)
{
    vc_json_open_array(writer, "read_once");
    for (size_t i = 0; i < live->list->count; i++) {
        const struct vc_narrowing_told *told = &live->list->items[i];

        if (!makes_read_once(&told->narrowing, right))
            continue;
        vc_json_open_object(writer, nullptr);
        vc_json_put_string(writer, "path", told->narrowing.path);
        vc_json_put_boolean(writer, "below", told->narrowing.tree);
        vc_json_put_integer(writer, "index", (int64_t)told->index);
        vc_json_close_object(writer);
    }
    vc_json_close_array(writer);
}

static void put_rights(const struct vc_live *live, struct vc_json_writer *writer)
{
    vc_json_open_array(writer, "rights");
    for (size_t i = 0; i < live->policy->right_count; i++) {
        const struct vc_policy_right *right = &live->policy->rights[i];

        vc_json_open_object(writer, nullptr);
        put_subject(live, writer, right->who);
        put_verbs(writer, "may", right->may & ~taken_of(live, right));
        vc_json_put_string(writer, "path", right->path);
        vc_json_put_boolean(writer, "below", right->tree);
        put_taken(live, right, writer);
        put_read_once(live, right, writer);
        vc_json_close_object(writer);
    }
    vc_json_close_array(writer);
}

enum vc_code vc_live_report_json(const struct vc_live *live, struct vc_buffer *json,
                                 struct vc_err *err)
{
    struct vc_json_writer writer = vc_json_writer_over(json);
    char hex[2 * VC_SHA256_SIZE + 1];
    enum vc_code code = VC_OK;

    vc_json_open_object(&writer, nullptr);
    vc_hex_encode(VC_BYTES(live->policy->hash), hex);
    vc_json_put_string(&writer, "policy", hex);
    vc_hex_encode(VC_BYTES(live->list->in_force), hex);
    vc_json_put_string(&writer, "in_force", hex);
    vc_json_open_array(&writer, "narrowings");
    for (size_t i = 0; code == VC_OK && i < live->list->count; i++)
        code = put_narrowing(live, &live->list->items[i], &writer, err);
    vc_json_close_array(&writer);
    put_rights(live, &writer);
    if (code == VC_OK)
        code = vc_json_copy(&writer, "lifecycle", &live->life, err);
    vc_json_close_object(&writer);
    return code == VC_OK ? vc_json_write_end(&writer, err) : code;
}
