/* SPDX-License-Identifier: MIT */

/* What `veracruz local run` asks of this program: its arguments, each KEY=VALUE. The command has
 * read its options and hands over what they mean. */

#ifndef VC_LOCAL_ORDER_H
#define VC_LOCAL_ORDER_H

#include "base/err.h"

constexpr size_t VC_ORDER_WORDS_MAX = 4096; /* as many as the command takes */
constexpr size_t VC_ORDER_FOLDERS_MAX = 16; /* VC_WORKER_PREOPENS_MAX */

/* A folder of this machine that the program finds open. */
struct vc_order_folder {
    const char *host;  /* path here */
    const char *guest; /* name there */
};

struct vc_order_texts {
    const char **items;
    size_t count;
};

/* All is borrowed from the arguments; null: not given. */
struct vc_order {
    const char *policy;   /* policy=FILE; without one the program runs under a policy made for it */
    const char *program;  /* program=NAME, of the policy */
    const char *pipeline; /* pipeline=NAME, of the policy */
    const char *principal;                                /* as=NAME, of the policy */
    const char *module;                                   /* module=FILE: the program itself */
    const char *input;                                    /* stdin=FILE; "-": this process's own */
    const char *strategy;                                 /* strategy=aot, interpret */
    const char *trace;                                    /* trace=FILE; "-": standard error */
    struct vc_order_folder folders[VC_ORDER_FOLDERS_MAX]; /* folder=HOST, then guest=GUEST */
    size_t folder_count;
    struct vc_order_texts arguments; /* argument=TEXT, argument 0 first */
    struct vc_order_texts variables; /* variable=NAME=TEXT */
    struct vc_order_texts limits;    /* limit=NAME=NUMBER */
    struct vc_order_texts streams;   /* stream=NAME=FILE, of the policy */
    struct vc_order_texts keys;      /* key=NAME=FILE, of the policy */
    bool clock, randomness;          /* clock=yes, randomness=yes */
    bool json;                       /* json=yes: one document on standard output */
    bool progress;                   /* progress=yes: a person looks at standard error */
};

/* VC_MALFORMED: an argument that no command of this version gives. VC_LIMIT, VC_MEMORY. *order is
 * to be released in any case. */
enum vc_code vc_order_parse(const char *const *words, size_t count, struct vc_order *order,
                            struct vc_err *err);
void vc_order_done(struct vc_order *order);

#endif
