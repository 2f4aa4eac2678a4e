/* SPDX-License-Identifier: MIT */

#include "client/narrowing_answers.h"

#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "client/member.h"

/* ---- the answer to one ---- */

enum vc_code vc_narrowed_read(struct vc_bytes text, struct vcc_narrowed *narrowed,
                              struct vc_err *err)
{
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    uint8_t in_force[VC_SHA256_SIZE];
    uint64_t index = 0;
    bool changed = false;
    enum vc_code code = vc_json_parse(text, &json, err);

    if (code != VC_OK)
        return code;
    struct vc_json_place root = vc_json_root(json);

    code = vc_member_flag(&root, "changed", &changed, err);
    if (code == VC_OK && changed) /* only what changes something is written down */
        code = vc_member_count(&root, "index", &index, err);
    if (code == VC_OK)
        code = vc_member_digest(&root, "in_force", in_force, err);
    if (code != VC_OK)
        return code;
    *narrowed = (struct vcc_narrowed){.changed = changed, .index = index};
    vc_hex_encode(VC_BYTES(in_force), narrowed->in_force);
    return VC_OK;
}

/* ---- all of them ---- */

static enum vc_code read_by(const struct vc_policy *policy, const struct vc_json_place *item,
                            struct vc_narrowing_told *told, struct vc_err *err)
{
    struct vc_json_place by;
    const char *name = "";
    bool program;
    enum vc_code code = VC_OK;

    told->by_container = !vc_json_has(item, "by");
    if (told->by_container)
        return VC_OK;
    code = vc_member_of(item, "by", &by, err);
    program = code == VC_OK && vc_json_has(&by, "program");
    if (code == VC_OK)
        code = vc_member_text(&by, program ? "program" : "principal", &name, err);
    if (code != VC_OK)
        return code;
    told->by.kind = program ? VC_SUBJECT_PROGRAM : VC_SUBJECT_PRINCIPAL;
    if (program ? vc_policy_find_program(policy, name, &told->by.index)
                : vc_policy_find_principal(policy, name, &told->by.index))
        return VC_OK;
    return vc_fail(err, VC_MALFORMED, "%s: the policy has none of this name", by.text);
}

static enum vc_code read_item(const struct vc_policy *policy, const struct vc_json_place *item,
                              struct vc_narrowing_told *told, struct vc_err *err)
{
    struct vc_json_place narrowing;
    enum vc_code code = vc_member_count(item, "index", &told->index, err);

    if (code == VC_OK)
        code = vc_member_time(item, "time", &told->time, err);
    if (code == VC_OK)
        code = read_by(policy, item, told, err);
    if (code == VC_OK && vc_json_has(item, "run"))
        code = vc_member_count(item, "run", &told->run, err);
    if (code == VC_OK)
        code = vc_member_of(item, "narrowing", &narrowing, err);
    if (code == VC_OK)
        code = vc_narrowing_parse_json(policy, &narrowing, &told->narrowing, err);
    /* Whatever the policy has not, the container's narrowings cannot have. */
    return code == VC_NOT_FOUND || code == VC_LIMIT ? vc_fail_in(err, VC_MALFORMED, "narrowings")
                                                    : code;
}

/* The next in the order in which they were put in force. */
static enum vc_code take_item(const struct vc_policy *policy, const struct vc_json_place *item,
                              struct vc_narrowing_list *list, struct vc_err *err)
{
    struct vc_narrowing_told *told = &list->items[list->count];
    bool changed;
    enum vc_code code = read_item(policy, item, told, err);

    if (code != VC_OK)
        return code;
    if (list->count > 0 && (told->index <= told[-1].index || told->time < told[-1].time))
        return vc_fail(err, VC_MALFORMED, "%s: not in the order of the journal", item->text);
    list->count++;
    return vc_force_narrow(list->force, &told->narrowing, &changed, err);
}

static enum vc_code take_items(const struct vc_policy *policy, const struct vc_json_place *root,
                               struct vc_narrowing_list *list, struct vc_err *err)
{
    struct vc_json_place items;
    enum vc_code code = vc_member_list(root, "narrowings", VC_NARROWING_LIST_MAX, &items, err);

    if (code == VC_OK)
        code = vc_force_new(policy, &list->force, err);
    if (code != VC_OK)
        return code;
    list->items = calloc(vc_json_count(&items) + 1, sizeof(*list->items));
    if (list->items == nullptr)
        return vc_fail_memory(err);
    for (size_t i = 0; code == VC_OK && i < vc_json_count(&items); i++) {
        struct vc_json_place item = vc_json_element(&items, i);

        code = take_item(policy, &item, list, err);
    }
    return code;
}

/* Is what the container has in force what the narrowings make? */
static enum vc_code compare(const struct vc_json_place *root, struct vc_narrowing_list *list,
                            struct vc_err *err)
{
    uint8_t own[VC_SHA256_SIZE];
    int64_t expires = 0;
    enum vc_code code = vc_member_digest(root, "in_force", list->in_force, err);

    if (code == VC_OK)
        code = vc_member_time(root, "expires", &expires, err);
    if (code == VC_OK)
        code = vc_force_digest(list->force, own, err);
    if (code != VC_OK)
        return code;
    if (memcmp(own, list->in_force, sizeof(own)) != 0) {
        return vc_fail(err, VC_UNTRUSTED,
                       "in_force: the container has something else in force than its narrowings "
                       "make of this policy");
    }
    if (expires != vc_force_expires(list->force))
        return vc_fail(err, VC_UNTRUSTED,
                       "expires: the container expires at another time than its narrowings make");
    return VC_OK;
}

enum vc_code vc_narrowing_list_read(const struct vc_policy *policy, struct vc_bytes text,
                                    struct vc_narrowing_list *list, struct vc_err *err)
{
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    vc_cleanup(vc_narrowing_list_done) struct vc_narrowing_list made = {};
    enum vc_code code = vc_json_parse(text, &json, err);

    if (code != VC_OK)
        return code;
    struct vc_json_place root = vc_json_root(json);

    code = take_items(policy, &root, &made, err);
    if (code == VC_OK)
        code = compare(&root, &made, err);
    if (code != VC_OK)
        return code;
    *list = made;
    made = (struct vc_narrowing_list){};
    return VC_OK;
}

void vc_narrowing_list_done(struct vc_narrowing_list *list)
{
    vc_force_free(list->force);
    free(list->items);
    *list = (struct vc_narrowing_list){};
}
