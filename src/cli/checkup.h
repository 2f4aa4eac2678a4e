/* SPDX-License-Identifier: MIT */

/* Would this module run, here or under a policy? Every reason why not, in words that say what to
 * do. */

#ifndef VC_CLI_CHECKUP_H
#define VC_CLI_CHECKUP_H

#include "crypto/digest.h"
#include "engine/survey.h"
#include "policy/policy.h"

constexpr size_t VC_CHECKUP_TEXTS_MAX = 48; /* further ones are counted */
constexpr size_t VC_CHECKUP_TYPE_MAX = 256; /* bytes of a type's text, with the NUL */

struct vc_checkup_texts {
    char items[VC_CHECKUP_TEXTS_MAX][VC_ERR_TEXT_MAX];
    size_t count; /* of items */
    size_t more;  /* that did not fit */
};

struct vc_checkup {
    struct vc_buffer wasm;
    uint8_t sha256[VC_SHA256_SIZE];
    struct vc_module module; /* empty unless is_program */
    bool is_program;
    bool other_digest; /* the policy has no such program: one of the reasons */
    bool in_policy;    /* `program` is the one meant */
    size_t program;
    struct vc_checkup_texts reasons; /* why it would not run; none: it would */
    struct vc_checkup_texts notes;   /* what its author may not expect */
};

/* Reads and looks at a file. What is wrong with the program is a reason, not an error.
 * VC_NOT_FOUND, VC_LIMIT, VC_HOST, VC_MEMORY. *checkup is to be released in any case. */
enum vc_code vc_checkup_load(const char *path, struct vc_checkup *checkup, struct vc_err *err);

/* Holds it against a policy, whose program `name` (null: whichever has its digest) it is to be, at
 * `now`. VC_NOT_FOUND: no such program. */
enum vc_code vc_checkup_policy(struct vc_checkup *checkup, const struct vc_policy *policy,
                               const char *name, int64_t now, struct vc_err *err);

enum vc_checkup_import { VC_IMPORT_PROVIDED, VC_IMPORT_UNKNOWN, VC_IMPORT_MISTYPED };
/* What becomes of the index-th import. */
enum vc_checkup_import vc_checkup_import(const struct vc_module *module, uint32_t index);
/* "(i32, i64) -> i32" of the index-th import; "?" if it has none. */
void vc_checkup_import_type(const struct vc_module *module, uint32_t index,
                            char text[VC_CHECKUP_TYPE_MAX]);
/* The least limits.memory_mib with which it starts. */
uint32_t vc_checkup_memory_mib(const struct vc_module *module);

void vc_checkup_done(struct vc_checkup *checkup);

#endif
