/* SPDX-License-Identifier: MIT */

/* For tests: the policy in force again, as plain as can be. A table of who may do what to which of
 * a few paths, in which narrowings cross things out. It asks nothing of the code that it is
 * compared with but the model of the policy. */

#ifndef VC_POLICY_FORCE_MODEL_H
#define VC_POLICY_FORCE_MODEL_H

#include "policy/policy.h"

enum {
    VC_MODEL_SUBJECTS_MAX = 80,
    VC_MODEL_PATHS_MAX = 48,
    VC_MODEL_THINGS_MAX = 4, /* programs, streams, keys */
    VC_MODEL_SLOTS = 7,      /* each right, and reading more than once */
    VC_MODEL_ONCE = 6,
};

/* A narrowing as it was meant, before it was spelled. */
struct vc_model_intent {
    enum vc_narrowing_kind kind;
    bool from[VC_MODEL_SUBJECTS_MAX];
    unsigned may;
    const char *path;
    bool tree;
    size_t thing; /* stream, key or program */
    uint32_t runs_max;
    int64_t expires;
    struct vc_limits limits; /* zeros are not named */
};

struct vc_model {
    const struct vc_policy *policy;
    const struct vc_model *outer;        /* or null */
    const struct vc_policy_stage *stage; /* or null */
    const char *const *paths;
    size_t path_count;
    struct vc_model_state { /* comparable byte by byte */
        bool left[VC_MODEL_SUBJECTS_MAX][VC_MODEL_SLOTS][VC_MODEL_PATHS_MAX];
        bool stream_left[VC_MODEL_THINGS_MAX][VC_MODEL_SUBJECTS_MAX];
        bool key_left[VC_MODEL_THINGS_MAX][VC_MODEL_THINGS_MAX];
        int64_t expires;
        uint32_t runs_max[VC_MODEL_THINGS_MAX]; /* 0 of one that was withdrawn */
        bool withdrawn[VC_MODEL_THINGS_MAX];
        bool frozen;
        bool once[VC_MODEL_PATHS_MAX]; /* somebody may read there, and only once more */
    } state;
    struct vc_limits limits[VC_MODEL_THINGS_MAX];
};

void vc_model_init(struct vc_model *model, const struct vc_policy *policy,
                   const struct vc_model *outer, const struct vc_policy_stage *stage,
                   const char *const *paths, size_t path_count);

/* Is the same left in both? */
bool vc_model_same(const struct vc_model *a, const struct vc_model *b);
bool vc_model_same_limits(const struct vc_limits *a, const struct vc_limits *b);

/* Is anything less than it was, also outside? */
bool vc_model_narrow(struct vc_model *model, const struct vc_model_intent *intent);

/* Of what it is within, too. */
bool vc_model_may(const struct vc_model *model, size_t subject, size_t slot, size_t path);
bool vc_model_may_stream(const struct vc_model *model, size_t subject, size_t stream);
bool vc_model_may_key(const struct vc_model *model, size_t program, size_t key);
int64_t vc_model_expires(const struct vc_model *model);
uint32_t vc_model_runs_max(const struct vc_model *model, size_t program);
struct vc_limits vc_model_limits(const struct vc_model *model, size_t program);
bool vc_model_withdrawn(const struct vc_model *model, size_t program);
bool vc_model_frozen(const struct vc_model *model);
bool vc_model_reads_once(const struct vc_model *model, size_t path);

/* May `subject` narrow so? */
bool vc_model_may_narrow(const struct vc_policy *policy, size_t subject,
                         const struct vc_model_intent *intent);

#endif
