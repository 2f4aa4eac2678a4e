/* SPDX-License-Identifier: MIT */

/* The policy in memory: what was parsed from exactly these bytes, and nothing else. */

#ifndef VC_POLICY_POLICY_H
#define VC_POLICY_POLICY_H

#include "base/buffer.h"
#include "base/octets.h"
#include "base/path.h"
#include "crypto/certificate.h"
#include "evidence/claims.h"
#include "flow/mark.h"
#include "flow/records.h"
#include "policy/index.h"

constexpr uint32_t VC_POLICY_VERSION = 1;
constexpr size_t VC_POLICY_SIZE_MAX = 4 << 20; /* bytes of JSON */
constexpr size_t VC_POLICY_PRINCIPALS_MAX = 1024;
constexpr size_t VC_POLICY_PROGRAMS_MAX = 256;
constexpr size_t VC_POLICY_RIGHTS_MAX = 16384;
constexpr size_t VC_POLICY_PREOPENS_MAX = 16; /* of one program */
constexpr size_t VC_POLICY_PINS_MAX = 256;
constexpr size_t VC_POLICY_STREAMS_MAX = 256;
constexpr size_t VC_POLICY_CONSUMERS_MAX = 16;                /* of one stream */
constexpr uint64_t VC_POLICY_WINDOWS_MAX = UINT64_C(1) << 30; /* bytes of all windows together */
constexpr size_t VC_POLICY_KEYS_MAX = 256;
constexpr size_t VC_POLICY_RECEIVERS_MAX = 16;        /* of one key */
constexpr size_t VC_POLICY_KEPT_KEYS_MAX = 256;       /* of one program */
constexpr uint32_t VC_POLICY_KEY_ID_MAX = 0x3fffffff; /* VC_PSA_KEY_USER_MAX of abi/psa.h */
constexpr size_t VC_POLICY_NARROWING_MAX = 1024;      /* rules of who may narrow what */
constexpr size_t VC_POLICY_CONSENTS_MAX = 32768;      /* of those who are asked, to all programs */
constexpr size_t VC_POLICY_BUDGETS_MAX = 256;
constexpr size_t VC_POLICY_PIPELINES_MAX = 64;
constexpr size_t VC_POLICY_STAGES_MAX = 64;            /* of one pipeline */
constexpr size_t VC_POLICY_CONDITIONS_MAX = 16;        /* of one stage */
constexpr size_t VC_POLICY_STAGE_RIGHTS_MAX = 256;     /* of one stage */
constexpr size_t VC_POLICY_EXITS_MAX = 64;             /* of one condition */
constexpr uint64_t VC_POLICY_JOURNAL_SHARE_MIN = 6144; /* bytes, of each principal */
constexpr size_t VC_POLICY_NAME_MAX = 64; /* bytes of a name: [a-z0-9] then [a-z0-9_.-] */
/* Of processor time, and of a run: 366 days. As milliseconds it is more than 32 bits. */
constexpr uint32_t VC_POLICY_SECONDS_MAX = 366 * 86400;
/* Below it programs find streams, and nobody finds files. */
static const char VC_POLICY_STREAMS_PATH[] = "/stream";
/* Here programs find the policy in force, and below its directory nobody finds anything else. */
static const char VC_POLICY_FORCE_DIRECTORY[] = "/veracruz";
static const char VC_POLICY_FORCE_PATH[] = "/veracruz/policy.json";

enum vc_right {
    VC_RIGHT_READ = 1 << 0,
    VC_RIGHT_WRITE = 1 << 1,   /* create and replace */
    VC_RIGHT_APPEND = 1 << 2,  /* add at the end of what is there, or create */
    VC_RIGHT_EXECUTE = 1 << 3, /* principals: start the program at this path */
    VC_RIGHT_LIST = 1 << 4,    /* list a directory, stat what is in it */
    VC_RIGHT_DELETE = 1 << 5,
};

enum vc_strategy {
    VC_STRATEGY_AOT,       /* compiled ahead of time to native code */
    VC_STRATEGY_INTERPRET, /* interpreted: no native code of the program ever exists */
};

struct vc_policy_register {   /* a further value that evidence must vouch for */
    char *name;               /* "rtmr1", "pcr3", "id_key_digest": evidence/claims.h */
    struct vc_octets *values; /* any of them will do */
    size_t value_count;       /* at least 1 */
};

struct vc_policy_minimum { /* the least version of a part of the platform */
    char *part;            /* "microcode", "snp", "tcb_evaluation" */
    uint64_t least;
};

/* On which machines a container may run, platform by platform. */
struct vc_policy_platform {
    enum vc_platform_kind kind;
    struct vc_octets *measurements; /* accepted reference values */
    size_t measurement_count;       /* at least 1 */
    struct vc_policy_register *registers;
    size_t register_count;
    struct vc_policy_minimum *minimums;
    size_t minimum_count;
    unsigned tcb_accepted;      /* set of 1u << enum vc_tcb_status, of what vendors say */
    struct vc_octets *machines; /* chip ids and the like; none: any machine */
    size_t machine_count;
    uint32_t vmpl; /* snp: the privilege level that evidence must come from */
};

struct vc_policy_attestation {
    char *url;          /* https://host:port of the attestation service */
    struct vc_cert *ca; /* its CA: the one trust anchor for containers */
    uint32_t max_age_s; /* oldest acceptable verification time of a container's certificate */
    struct vc_policy_platform *platforms;
    size_t platform_count;
};

struct vc_policy_principal {
    char *name;
    struct vc_cert *certificate; /* pinned exactly */
};

struct vc_limits {
    uint32_t memory_mib;    /* linear memory of the program */
    uint32_t stack_kib;     /* native stack */
    uint32_t cpu_seconds;   /* processor time of one run */
    uint32_t wall_seconds;  /* duration of one run */
    uint32_t files;         /* files, directories and links that one run may create */
    uint32_t open_files;    /* descriptors that one run may hold at once */
    uint32_t processes;     /* runs of the program, each a process, that go on at once */
    uint64_t output_bytes;  /* by which one run's files may grow, all together */
    uint64_t written_bytes; /* that one run may write in all, over and over */
};

/* A directory that a program finds open when it starts. */
struct vc_policy_preopen {
    char *name; /* as written, and as the program sees it: "data", "/data", "." */
    char *path; /* canonical, counted from the root */
};

struct vc_policy_program {
    char *name;
    char *path; /* canonical */
    uint8_t sha256[VC_SHA256_SIZE];
    enum vc_strategy strategy;
    char **arguments; /* null-terminated; includes argument 0 */
    size_t argument_count;
    char **environment; /* "NAME=value", null-terminated */
    size_t environment_count;
    bool clock;                                   /* may ask the time */
    bool randomness;                              /* may ask for random bytes */
    char *stdin_path, *stdout_path, *stderr_path; /* canonical or null: empty, discarded */
    struct vc_policy_preopen *preopens;           /* at least one: "/" by default */
    size_t preopen_count;
    bool partial_outputs; /* what a run wrote appears even if it fails or is killed */
    bool progress;        /* may report its progress to whoever may execute it */
    uint32_t kept_keys;   /* that its runs may leave for later runs of it; usually 0 */
    struct vc_limits limits;
};

enum vc_subject_kind { VC_SUBJECT_PRINCIPAL, VC_SUBJECT_PROGRAM };

/* Who asks: an index into principals or programs of the policy. */
struct vc_subject {
    enum vc_subject_kind kind;
    size_t index;
};

struct vc_policy_right {
    struct vc_subject who;
    unsigned may; /* set of enum vc_right */
    char *path;   /* canonical */
    bool tree;    /* written with a trailing slash: the directory and all below it */
};

struct vc_policy_storage { /* quotas of the container's files */
    uint32_t files;
    uint64_t bytes;      /* of all files together */
    uint64_t file_bytes; /* of any one file */
    uint32_t depth;      /* names in a path at most */
};

struct vc_policy_pin { /* a file that can only ever have this content */
    char *path;        /* canonical, of no program */
    uint8_t sha256[VC_SHA256_SIZE];
};

struct vc_policy_stream { /* programs find it as /stream/<name> */
    char *name;
    struct vc_subject producer;
    struct vc_subject *consumers;
    size_t consumer_count;   /* at least 1 */
    enum vc_records records; /* where it may be cut */
    uint32_t record_bytes;   /* content of one record, at most */
    uint32_t window_bytes;   /* a power of two: what is in flight, and no more */
    bool partial;            /* principals may have bytes before the end is proven */
    bool padded;             /* outside the container each record is as long as the longest */
    enum vc_mark_kind mark;  /* what proves its end, besides the length */
    uint32_t uses;           /* how often it may be used */
    uint32_t resume_seconds; /* that a principal whose connection broke has to come back */
};

/* A key that a principal gives and programs use without seeing it (PSA Crypto API 1.2; numbers are
 * the specification's). */
struct vc_policy_key {
    char *name;
    size_t owner;       /* principal: the only one who may give it, or take it back */
    uint32_t id;        /* as programs know it: 1 to VC_POLICY_KEY_ID_MAX, of one key alone */
    uint16_t type;      /* psa_key_type_t */
    uint32_t bits;      /* of the key that is given */
    uint32_t usage;     /* psa_key_usage_t; with PSA_KEY_USAGE_EXPORT only if it may be exported */
    uint32_t algorithm; /* psa_algorithm_t */
    size_t *programs;   /* that may use it; at least 1 */
    size_t program_count;
    size_t *receivers; /* principals for whom programs may wrap it; often none */
    size_t receiver_count;
};

struct vc_policy_run_rule { /* caps runs of a program; `execute` rights say who may start them */
    size_t program;
    uint32_t count_max;
};

/* Runs of all programs together that may read what is here: each is counted when it starts. */
struct vc_policy_budget {
    char *path; /* canonical */
    bool tree;
    uint32_t runs;
};

struct vc_policy_lifecycle {
    struct vc_policy_run_rule *runs;
    size_t run_count;
    bool freeze_inputs; /* after the first run starts, principals write nothing any more */
    size_t *shutdown;   /* principals that may end the container */
    size_t shutdown_count;
    char **shutdown_when_read; /* canonical files: the container ends when every principal with the
                                  right to read one of them has read it whole */
    size_t shutdown_when_read_count;
    uint32_t deadline_seconds; /* after its start the container ends; 0: only at `expires` */
    size_t *parties;           /* principals of whom `parties_least` must have given something that
                                  is there when a run starts */
    size_t party_count;
    uint32_t parties_least; /* at most party_count; 0: nobody must */
    size_t *consent;        /* principals that must have consented to a program's digest before it
                               runs */
    size_t consent_count;
    struct vc_policy_budget *budgets;
    size_t budget_count;
};

/* What can be narrowed, each with the member that says so (policy/narrowing.h). */
enum vc_narrowing_kind {
    VC_NARROW_TAKE,        /* "take": rights to a path, from some */
    VC_NARROW_TAKE_STREAM, /* "take_stream": a stream, from some of its ends */
    VC_NARROW_TAKE_KEY,    /* "take_key": a key, from programs */
    VC_NARROW_READ_ONCE,   /* "read_once": a path that each principal reads once more */
    VC_NARROW_EXPIRES,     /* "expires": the container ends sooner */
    VC_NARROW_RUNS,        /* "runs": a program is started less often */
    VC_NARROW_LIMITS,      /* "limits": its runs get less */
    VC_NARROW_FREEZE,      /* "freeze_inputs": inputs change no more */
    VC_NARROW_WITHDRAW,    /* "withdraw": a program runs no more, nor goes on */
};
constexpr size_t VC_NARROWING_KINDS = VC_NARROW_WITHDRAW + 1;

/* A set of things that have numbers. */
struct vc_policy_choice {
    bool all;
    size_t *items; /* if not all */
    size_t count;
};

struct vc_policy_narrower { /* one rule of who may narrow what; what no rule allows is refused */
    struct vc_subject who;
    unsigned may; /* set of 1u << enum vc_narrowing_kind */
    char *path;   /* canonical: TAKE and READ_ONCE, there and below if `tree`. Null: without */
    bool tree;
    struct vc_policy_choice streams, keys, programs; /* TAKE_STREAM; TAKE_KEY; RUNS, LIMITS,
                                                        WITHDRAW */
};

enum vc_condition_kind { VC_IF_EXISTS, VC_IF_MISSING, VC_IF_EXIT };
struct vc_policy_condition {
    enum vc_condition_kind kind;
    char *path;   /* EXISTS, MISSING: canonical */
    size_t stage; /* EXIT: an earlier one of the same pipeline, which has exited with one of */
    uint32_t *exits;
    size_t exit_count;
};

struct vc_policy_stage_right {
    unsigned may; /* set of enum vc_right */
    char *path;   /* canonical */
    bool tree;
};

/* One run of a program. It begins when all stages in `after` have exited with 0 or were skipped,
 * those that a condition of it asks about with whatever status; if then a condition does not hold,
 * it is skipped. */
struct vc_policy_stage {
    char *name;
    size_t program;
    size_t *after; /* earlier stages; by default the one before */
    size_t after_count;
    struct vc_policy_condition *conditions; /* all must hold */
    size_t condition_count;
    bool narrowed;                        /* by `rights`: of the program's rights only what is also
                                             among these */
    struct vc_policy_stage_right *rights; /* none: the run has no right to any file */
    size_t right_count;
    char **arguments; /* null: the program's; null-terminated */
    size_t argument_count;
};

struct vc_policy_pipeline {
    char *name;
    size_t *principals; /* that may start it; they need no right to execute its programs */
    size_t principal_count;
    struct vc_policy_stage *stages;
    size_t stage_count; /* at least 1 */
};

/* Kinds of entries of the journal (journal/entry.h). */
enum vc_entry_kind {
    VC_ENTRY_BEGAN,    /* the container */
    VC_ENTRY_ATTESTED, /* it has a new certificate */
    VC_ENTRY_SESSION,  /* a principal connected, for the first time with this certificate */
    VC_ENTRY_WRITE,    /* a principal wrote a file */
    VC_ENTRY_APPEND,
    VC_ENTRY_DELETE,
    VC_ENTRY_READ,    /* a principal was given a file, for the first time as it is */
    VC_ENTRY_KEY,     /* a principal gave a key, or took it back */
    VC_ENTRY_STREAM,  /* a use of a stream began, or is over */
    VC_ENTRY_CONSENT, /* to a program */
    VC_ENTRY_RUN,     /* a run was started */
    VC_ENTRY_RUN_OVER,
    VC_ENTRY_NARROWING,
    VC_ENTRY_REFUSAL,
    VC_ENTRY_LINK,  /* a principal named another container's receipt */
    VC_ENTRY_ENDED, /* the container */
};
constexpr size_t VC_ENTRY_KINDS = VC_ENTRY_ENDED + 1;

struct vc_policy_observer {
    size_t principal;
    unsigned kinds; /* set of 1u << enum vc_entry_kind that it sees whomever they concern */
};

struct vc_policy_journal {
    uint64_t bytes; /* that its entries may take */
    bool contents;  /* entries commit to the digests of files */
    struct vc_policy_observer *observers;
    size_t observer_count;
};

struct vc_policy {
    struct vc_buffer text; /* the exact bytes */
    uint8_t hash[VC_SHA256_SIZE];
    char *name;
    int64_t expires; /* seconds since 1970 */
    struct vc_policy_attestation attestation;
    struct vc_policy_principal *principals;
    size_t principal_count;
    struct vc_policy_program *programs;
    size_t program_count;
    struct vc_policy_right *rights;
    size_t right_count;
    struct vc_policy_storage storage;
    struct vc_policy_pin *pins;
    size_t pin_count;
    struct vc_policy_stream *streams;
    size_t stream_count;
    struct vc_policy_key *keys;
    size_t key_count;
    struct vc_policy_lifecycle lifecycle;
    struct vc_policy_narrower *narrowers;
    size_t narrower_count;
    struct vc_policy_pipeline *pipelines;
    size_t pipeline_count;
    struct vc_policy_journal journal;
    struct vc_policy_index index;
};

/* Parses format 1 strictly and checks that it is coherent (every name resolves, no two principals
 * share a certificate, certificates are fit to be identities, a run's limits fit the storage ...).
 * The text is copied. VC_MALFORMED, VC_LIMIT, VC_REFUSED: err->text begins with the place, as in
 * "programs.psi.limits.memory_mib: 70000, at most 4096". */
enum vc_code vc_policy_parse(struct vc_bytes text, struct vc_policy **policy, struct vc_err *err);

/* What changes with time: the policy and its certificates at `now`. VC_REFUSED: expired, with the
 * place. */
enum vc_code vc_policy_check_time(const struct vc_policy *policy, int64_t now, struct vc_err *err);

void vc_policy_free(struct vc_policy *policy);
VC_DEFINE_CLEANUP(struct vc_policy, vc_policy_free);

/* False: no such name. */
[[nodiscard]] bool vc_policy_find_principal(const struct vc_policy *policy, const char *name,
                                            size_t *index);
[[nodiscard]] bool vc_policy_find_program(const struct vc_policy *policy, const char *name,
                                          size_t *index);
/* The program whose module lives at this canonical path. */
[[nodiscard]] bool vc_policy_program_at(const struct vc_policy *policy, const char *path,
                                        size_t *index);
/* The first program that could never be put if a file were at this canonical path: one whose path
 * lies above or below it. The root is in nobody's way. */
[[nodiscard]] bool vc_policy_program_blocked_by(const struct vc_policy *policy, const char *path,
                                                size_t *index);
/* The pin of this canonical path. */
[[nodiscard]] bool vc_policy_pin_at(const struct vc_policy *policy, const char *path,
                                    size_t *index);
/* As vc_policy_program_blocked_by, for pinned files. */
[[nodiscard]] bool vc_policy_pin_blocked_by(const struct vc_policy *policy, const char *path,
                                            size_t *index);
[[nodiscard]] bool vc_policy_find_stream(const struct vc_policy *policy, const char *name,
                                         size_t *index);
[[nodiscard]] bool vc_policy_find_key(const struct vc_policy *policy, const char *name,
                                      size_t *index);
/* May this program use this key? */
[[nodiscard]] bool vc_policy_key_is_for(const struct vc_policy_key *key, size_t program);
/* The stream that programs find at this canonical path: "/stream/<name>". */
[[nodiscard]] bool vc_policy_stream_at(const struct vc_policy *policy, const char *path,
                                       size_t *index);
[[nodiscard]] bool vc_policy_find_pipeline(const struct vc_policy *policy, const char *name,
                                           size_t *index);
/* How its records travel if it is padded. */
struct vc_cell_form vc_policy_stream_cell(const struct vc_policy_stream *stream);
/* Is this canonical path "/stream" or below it? No file or directory can be there. */
[[nodiscard]] bool vc_policy_is_of_streams(const char *path);
/* Is this canonical path VC_POLICY_FORCE_DIRECTORY or below it? No file or directory can be there
 * but the one that the container makes. */
[[nodiscard]] bool vc_policy_is_of_force(const char *path);
/* The SHA-256 that a file at this canonical path must have, because it is a program's or pinned:
 * borrowed. Null: any. */
const uint8_t *vc_policy_digest_at(const struct vc_policy *policy, const char *path);
/* The principal with exactly this certificate (DER). */
[[nodiscard]] bool vc_policy_principal_by_certificate(const struct vc_policy *policy,
                                                      struct vc_bytes der, size_t *index);

#endif
