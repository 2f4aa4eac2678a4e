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
constexpr size_t VC_POLICY_SIZE_MAX = 1 << 20; /* bytes of JSON */
constexpr size_t VC_POLICY_PRINCIPALS_MAX = 256;
constexpr size_t VC_POLICY_PROGRAMS_MAX = 256;
constexpr size_t VC_POLICY_RIGHTS_MAX = 4096;
constexpr size_t VC_POLICY_PREOPENS_MAX = 16; /* of one program */
constexpr size_t VC_POLICY_PINS_MAX = 256;
constexpr size_t VC_POLICY_STREAMS_MAX = 256;
constexpr size_t VC_POLICY_CONSUMERS_MAX = 16;                /* of one stream */
constexpr uint64_t VC_POLICY_WINDOWS_MAX = UINT64_C(1) << 30; /* bytes of all windows together */
constexpr size_t VC_POLICY_KEYS_MAX = 256;
constexpr size_t VC_POLICY_RECEIVERS_MAX = 16;        /* of one key */
constexpr size_t VC_POLICY_KEPT_KEYS_MAX = 256;       /* of one program */
constexpr uint32_t VC_POLICY_KEY_ID_MAX = 0x3fffffff; /* VC_PSA_KEY_USER_MAX of abi/psa.h */
constexpr size_t VC_POLICY_NAME_MAX = 64; /* bytes of a name: [a-z0-9] then [a-z0-9_.-] */
/* Of processor time, and of a run: 366 days. As milliseconds it is more than 32 bits. */
constexpr uint32_t VC_POLICY_SECONDS_MAX = 366 * 86400;
/* Below it programs find streams, and nobody finds files. */
static const char VC_POLICY_STREAMS_PATH[] = "/stream";

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

struct vc_policy_lifecycle {
    struct vc_policy_run_rule *runs;
    size_t run_count;
    bool freeze_inputs; /* after the first run starts, principals write nothing any more */
    size_t *shutdown;   /* principals that may end the container */
    size_t shutdown_count;
    char **shutdown_when_read; /* canonical files: the container ends when every principal with the
                                  right to read one of them has read it whole */
    size_t shutdown_when_read_count;
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
/* How its records travel if it is padded. */
struct vc_cell_form vc_policy_stream_cell(const struct vc_policy_stream *stream);
/* Is this canonical path "/stream" or below it? No file or directory can be there. */
[[nodiscard]] bool vc_policy_is_of_streams(const char *path);
/* The SHA-256 that a file at this canonical path must have, because it is a program's or pinned:
 * borrowed. Null: any. */
const uint8_t *vc_policy_digest_at(const struct vc_policy *policy, const char *path);
/* The principal with exactly this certificate (DER). */
[[nodiscard]] bool vc_policy_principal_by_certificate(const struct vc_policy *policy,
                                                      struct vc_bytes der, size_t *index);

#endif
