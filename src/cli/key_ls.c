/* SPDX-License-Identifier: MIT */

/* The verb that lists the keys that a principal may give: key ls. */

#include "cli/listing.h"
#include "cli/verbs.h"
#include "client/line.h"
#include "codec/json.h"

static constexpr size_t CELL_MAX = 512; /* bytes of a column, cleaned */

/* Of an answer that the client library has checked: what it needs is there. The rest may not be. */
static void text_cell(const struct vc_json_place *key, const char *name, char cell[CELL_MAX])
{
    struct vc_json_place member;
    const char *text = "-";

    if (vc_json_member(key, name, &member, nullptr) == VC_OK)
        (void)!vc_json_string(&member, &text, nullptr);
    vc_line_clean(text, cell, CELL_MAX);
}

static bool flag_of(const struct vc_json_place *key, const char *name)
{
    struct vc_json_place member;
    bool flag = false;

    return vc_json_member(key, name, &member, nullptr) == VC_OK &&
           vc_json_boolean(&member, &flag, nullptr) == VC_OK && flag;
}

static long long number_of(const struct vc_json_place *key, const char *name)
{
    struct vc_json_place member;
    int64_t number = 0;

    if (vc_json_member(key, name, &member, nullptr) != VC_OK ||
        vc_json_integer(&member, 0, INT64_MAX, &number, nullptr) != VC_OK)
        return 0;
    return (long long)number;
}

/* "encrypt,decrypt" after `before`; nothing for none. */
static enum vc_code put_names(const struct vc_json_place *key, const char *name, const char *before,
                              struct vc_buffer *out, struct vc_err *err)
{
    struct vc_json_place list;
    enum vc_code code = vc_json_member(key, name, &list, err);

    for (size_t i = 0; code == VC_OK && i < vc_json_count(&list); i++) {
        struct vc_json_place element = vc_json_element(&list, i);
        const char *text = "";
        char cell[CELL_MAX];

        code = vc_json_string(&element, &text, err);
        vc_line_clean(text, cell, sizeof(cell));
        if (code == VC_OK)
            code = vc_buffer_printf(out, err, "%s%s", i == 0 ? before : ",", cell);
    }
    return code;
}

static enum vc_code put_key(const struct vc_json_place *key, struct vc_buffer *out,
                            struct vc_err *err)
{
    char name[CELL_MAX];
    char type[CELL_MAX];
    char algorithm[CELL_MAX];
    enum vc_code code;

    text_cell(key, "name", name);
    text_cell(key, "type", type);
    text_cell(key, "algorithm", algorithm);
    code = vc_buffer_printf(out, err, "%-16s %-5s %10lld  %s %lld, %s", name,
                            flag_of(key, "given") ? "yes" : "no", number_of(key, "id"), type,
                            number_of(key, "bits"), algorithm);
    if (code == VC_OK)
        code = put_names(key, "usage", " to ", out, err);
    if (code == VC_OK)
        code = put_names(key, "programs", ", by ", out, err);
    if (code == VC_OK)
        code = put_names(key, "wrap", ", wrapped for ", out, err);
    return code == VC_OK
               ? vc_buffer_printf(out, err, "%s\n", flag_of(key, "export") ? ", and exported" : "")
               : code;
}

static int run_ls(struct vc_command *command)
{
    static const struct vc_listing listing = {
        .member = "keys",
        .header = "KEY              GIVEN         ID  TYPE AND BITS, ALGORITHM AND WHAT FOR, BY "
                  "WHICH PROGRAMS",
        .fetch = vcc_keys_list,
        .put = put_key,
    };

    return vc_listing_run(command, &listing);
}

const struct vc_verb vc_verb_key_ls = {
    .name = "key ls",
    .operands = "",
    .operand_count = {0, 0},
    .container = true,
    .summary = "list the keys that you give: which are given, and what may be done with them",
    .examples = "  veracruz key ls\n"
                "  veracruz key ls --json | jq -r '.keys[] | select(.given | not) | .name'\n",
    .run = run_ls,
};
