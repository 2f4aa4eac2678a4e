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

enum vc_wish_text {
    VC_WISH_NAME,
    VC_WISH_EXPIRES,
    VC_WISH_URL,
    VC_WISH_CA,       /* path of the service's CA certificate */
    VC_WISH_MAX_AGE,  /* seconds */
    VC_WISH_DEADLINE, /* seconds */
    VC_WISH_PARTIES,  /* N=NAME[,NAME…] */
    VC_WISH_TEXTS,
};

enum vc_wish_kind {
    VC_WISH_PLATFORMS,    /* PLATFORM; the next six begin with "PLATFORM:" */
    VC_WISH_MEASUREMENTS, /* hex or "installed" */
    VC_WISH_REGISTERS,    /* NAME=hex */
    VC_WISH_MINIMUMS,     /* PART=N */
    VC_WISH_STATUSES,
    VC_WISH_MACHINES,   /* hex */
    VC_WISH_VMPL,       /* N */
    VC_WISH_PRINCIPALS, /* NAME=FILE.crt */
    VC_WISH_PROGRAMS,   /* NAME=FILE.wasm */
    VC_WISH_SETTINGS,   /* NAME.KEY=VALUE */
    VC_WISH_RIGHTS,     /* WHO: may[,may…] PATH */
    VC_WISH_STORAGE,    /* KEY=VALUE */
    VC_WISH_PINS,       /* PATH=FILE */
    VC_WISH_STREAMS,    /* NAME: FROM > TO[,TO…] [WORD…] */
    VC_WISH_KEYS,       /* NAME: OWNER > PROGRAM[,PROGRAM…] WORD… */
    VC_WISH_RUNS,       /* PROGRAM=N */
    VC_WISH_SHUTDOWN,
    VC_WISH_SHUTDOWN_WHEN_READ,
    VC_WISH_CONSENT,
    VC_WISH_BUDGETS,   /* PATH=N */
    VC_WISH_NARROWING, /* WHO: KIND[,KIND…] [PATH|NAME[,NAME…]] */
    VC_WISH_PIPELINES, /* NAME=FILE.json */
    VC_WISH_JOURNAL,   /* KEY=VALUE */
    VC_WISH_OBSERVERS, /* NAME[=KIND[,KIND…]] */
    VC_WISH_LISTS,
};

/* Words as on the command line; borrowed, or in the arena. A null text: not said. */
struct vc_wish {
    const char *texts[VC_WISH_TEXTS];
    struct vc_wish_list lists[VC_WISH_LISTS];
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
