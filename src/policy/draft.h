/* SPDX-License-Identifier: MIT */

/* A policy's text from options: what `veracruz policy new` writes. */

#ifndef VC_POLICY_DRAFT_H
#define VC_POLICY_DRAFT_H

#include "base/buffer.h"

/* Everything here is borrowed text. A null pointer leaves the key out, and the parser's default or
 * refusal applies. */

/* For a program: strategy, argument and preopen (each one more), environment.NAME, clock,
 * randomness, partial_outputs, progress (true or false), stdin, stdout, stderr, kept_keys, and the
 * names of limits. For the storage: the names of its quotas. For pins: a path, and the SHA-256 in
 * hex. */
struct vc_policy_draft_setting {
    const char *key;
    const char *value;
};

/* What a platform must say. */
struct vc_policy_draft_platform {
    const char *name;                /* "snp" */
    const char *const *measurements; /* hex */
    size_t measurement_count;
    const struct vc_policy_draft_setting *registers; /* a name, and hex; again: or this */
    size_t register_count;
    const struct vc_policy_draft_setting *minimums; /* a part, and its least version */
    size_t minimum_count;
    const char *const *statuses;
    size_t status_count;
    const char *const *machines; /* hex */
    size_t machine_count;
    const char *vmpl;
};

struct vc_policy_draft_principal {
    const char *name;
    const char *certificate; /* PEM */
};

struct vc_policy_draft_program {
    const char *name;
    const char *path;
    const char *sha256; /* hex */
    const struct vc_policy_draft_setting *settings;
    size_t setting_count;
};

struct vc_policy_draft_right {
    const char *who; /* the name of a principal or of a program */
    const char *const *may;
    size_t may_count;
    const char *path; /* with a slash at its end: a directory and all below */
};

/* Settings: records, record_bytes, window_bytes, partial, padded, digest, uses, resume_seconds. */
struct vc_policy_draft_stream {
    const char *name;
    const char *producer; /* the name of a principal or of a program */
    const char *const *consumers;
    size_t consumer_count;
    const struct vc_policy_draft_setting *settings;
    size_t setting_count;
};

/* Settings: id, type, bits, algorithm, export (true or false). Without an id it gets the least that
 * no other key has. */
struct vc_policy_draft_key {
    const char *name;
    const char *owner; /* the name of a principal */
    const char *const *programs;
    size_t program_count;
    const char *const *usages;
    size_t usage_count;
    const char *const *receivers; /* names of principals */
    size_t receiver_count;
    const struct vc_policy_draft_setting *settings;
    size_t setting_count;
};

struct vc_policy_draft_run_rule {
    const char *program;
    uint32_t at_most;
};

struct vc_policy_draft_narrower {
    const char *who;        /* the name of a principal or of a program */
    const char *const *may; /* kinds */
    size_t may_count;
    const char *path;         /* null: none */
    const char *const *names; /* of streams, of keys or of programs, as the kinds say */
    size_t name_count;        /* 0: all */
};

struct vc_policy_draft_observer {
    const char *principal;
    const char *const *kinds; /* of entries */
    size_t kind_count;        /* 0: all */
};

struct vc_policy_draft {
    const char *name;
    const char *expires; /* YYYY-MM-DDThh:mm:ssZ */
    const char *attestation_url;
    const char *attestation_ca;  /* PEM */
    const char *max_age_seconds; /* a number */
    const struct vc_policy_draft_platform *platforms;
    size_t platform_count;
    const struct vc_policy_draft_principal *principals;
    size_t principal_count;
    const struct vc_policy_draft_program *programs;
    size_t program_count;
    const struct vc_policy_draft_right *rights;
    size_t right_count;
    const struct vc_policy_draft_setting *storage;
    size_t storage_count;
    const struct vc_policy_draft_setting *pins;
    size_t pin_count;
    const struct vc_policy_draft_stream *streams;
    size_t stream_count;
    const struct vc_policy_draft_key *keys;
    size_t key_count;
    const struct vc_policy_draft_run_rule *runs;
    size_t run_count;
    bool freeze_inputs;
    const char *const *shutdown; /* names of principals */
    size_t shutdown_count;
    const char *const *shutdown_when_read; /* paths */
    size_t shutdown_when_read_count;
    const char *deadline_seconds; /* a number */
    const char *parties_least;    /* a number; null: nobody must be present */
    const char *const *parties;   /* names of principals */
    size_t party_count;
    const char *const *consent; /* names of principals */
    size_t consent_count;
    const struct vc_policy_draft_setting *budgets; /* a path, and how many runs */
    size_t budget_count;
    const struct vc_policy_draft_narrower *narrowers;
    size_t narrower_count;
    const struct vc_policy_draft_setting *pipelines; /* a name, and a JSON object */
    size_t pipeline_count;
    const struct vc_policy_draft_setting *journal; /* bytes, contents (true or false) */
    size_t journal_count;
    const struct vc_policy_draft_observer *observers;
    size_t observer_count;
};

/* Appends a policy that vc_policy_parse accepts, indented, ending in a line feed. VC_MALFORMED: a
 * setting that is not one, a value that is not of its type, text that is not UTF-8, or a right or a
 * stream of somebody unknown; and whatever vc_policy_parse says of the result. Errors begin with
 * the place in the policy. */
enum vc_code vc_policy_draft_encode(const struct vc_policy_draft *draft, struct vc_buffer *text,
                                    struct vc_err *err);

#endif
