/* SPDX-License-Identifier: MIT */

/* The verb that lists the keys that a principal may give: key ls. */

#include "cli/listing.h"
#include "cli/verbs.h"
#include "client/line.h"

static constexpr size_t CELL_MAX = 512; /* bytes of a column, cleaned */

static void text_cell(const struct vc_json_place *key, const char *name, char cell[CELL_MAX])
{
    vc_line_clean(vc_json_has(key, name) ? vc_listing_text(key, name) : "-", cell, CELL_MAX);
}

/* "encrypt,decrypt" after `before`. */
static enum vc_code put_names(const struct vc_json_place *key, const char *name, const char *before,
                              struct vc_buffer *out, struct vc_err *err)
{
    const struct vc_listing_names names = {.member = name, .before = before, .between = ","};

    return vc_listing_put_names(key, &names, out, err);
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
                            vc_listing_flag(key, "given") ? "yes" : "no",
                            (long long)vc_listing_number(key, "id"), type,
                            (long long)vc_listing_number(key, "bits"), algorithm);
    if (code == VC_OK)
        code = put_names(key, "usage", " to ", out, err);
    if (code == VC_OK)
        code = put_names(key, "programs", ", by ", out, err);
    if (code == VC_OK)
        code = put_names(key, "wrap", ", wrapped for ", out, err);
    return code == VC_OK ? vc_buffer_printf(out, err, "%s\n",
                                            vc_listing_flag(key, "export") ? ", and exported" : "")
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
