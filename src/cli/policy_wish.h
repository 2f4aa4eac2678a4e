/* SPDX-License-Identifier: MIT */

/* What `policy new` was asked for, word by word, and the way from there to a draft. */

#ifndef VC_CLI_POLICY_WISH_H
#define VC_CLI_POLICY_WISH_H

#include "cli/arena.h"
#include "policy/draft.h"

constexpr size_t VC_WISH_WORDS_MAX = 4096; /* of one list */

struct vc_wish_list {
    const char **words; /* room for VC_WISH_WORDS_MAX */
    size_t count;
};

/* Words as on the command line; borrowed, or in the arena. Null: not said. */
struct vc_wish {
    const char *name, *expires, *url, *ca_path;
    struct vc_wish_list measurements; /* hex or "installed" */
    struct vc_wish_list principals;   /* NAME=FILE.crt */
    struct vc_wish_list programs;     /* NAME=FILE.wasm */
    struct vc_wish_list settings;     /* NAME.KEY=VALUE */
    struct vc_wish_list rights;       /* WHO: may[,may…] PATH */
    struct vc_wish_list storage;      /* KEY=VALUE */
    struct vc_wish_list runs;         /* PROGRAM=N */
    struct vc_wish_list shutdown, shutdown_when_read;
    bool freeze_inputs;
};

/* Adds a word. VC_LIMIT, VC_MEMORY. */
enum vc_code vc_wish_add(struct vc_arena *arena, struct vc_wish_list *list, const char *word,
                         struct vc_err *err);

/* What the words mean here and now. */
struct vc_wish_place {
    int64_t now;           /* what a relative time ("+30d", "+12h") counts from */
    const char *installed; /* the measurement of the runtime here in hex, or null */
};

/* Reads the files that the words name, computes digests, and splits what is to be split. All of the
 * draft lives as long as the arena. VC_MALFORMED names the option. */
enum vc_code vc_wish_draft(const struct vc_wish *wish, const struct vc_wish_place *place,
                           struct vc_arena *arena, struct vc_policy_draft *draft,
                           struct vc_err *err);

#endif
