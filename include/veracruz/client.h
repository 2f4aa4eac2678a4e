/* SPDX-License-Identifier: MIT */

/* libveracruz-client: talk to an attested container.
 *
 * Every connection is checked before anything is sent, and there is no way to switch that off: the
 * certificate's chain to the attestation service that your copy of the policy names, platform and
 * measurement against that copy, and the hash of the policy; then fresh evidence of the platform,
 * made for this very session; then that the service's log holds the certificate, and that this log
 * grew out of the one which you saw before. A long session is checked again, in place, whenever the
 * certificate has expired or is older than the policy allows: also in the middle of a transfer. If
 * that fails the session is over, and every later call says VCC_UNTRUSTED and why. Plain C11,
 * usable from C++.
 *
 *     struct vcc_options options = {0};
 *     struct vcc_error error;
 *     vcc_client *client;
 *
 *     options.policy_path = "policy.json";
 *     options.identity_path = "bank";
 *     options.container = "host:3000";
 *     client = vcc_connect(&options, &error);
 *     if (client == NULL)
 *         fprintf(stderr, "%s\n", error.text);
 *     else if (vcc_put_file(client, "a.csv", "/input/a.csv", NULL, NULL, &error) != VCC_OK)
 *         fprintf(stderr, "%s\n", error.text);
 *     vcc_close(client);
 */

#ifndef VERACRUZ_CLIENT_H
#define VERACRUZ_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define VCC_API __attribute__((visibility("default")))

/* What happened, by what you can do about it. Also the command's exit codes (docs/cli.md). */
enum vcc_status {
    VCC_OK = 0,
    VCC_FAILED = 1,    /* something on this machine: file, memory, network */
    VCC_MALFORMED = 2, /* a wrong argument or a malformed policy, key or certificate */
    VCC_UNTRUSTED = 3, /* the container did not pass the check: nothing was sent, or in a long
                          session nothing more */
    VCC_REFUSED = 4,   /* the container refused: the policy says no */
    VCC_NOT_FOUND = 5,
    VCC_LIMIT = 6,      /* a quota or limit of the policy */
    VCC_DIGEST = 7,     /* the program is not the one that the policy names */
    VCC_RUN_FAILED = 8, /* the run ended, and not with exit code 0 */
    VCC_LOST = 9        /* the stream broke off for good: it will never be whole */
};

#define VCC_TEXT_MAX 512
struct vcc_error {
    enum vcc_status status;
    int http_status;         /* 0 if no HTTP answer was involved */
    char text[VCC_TEXT_MAX]; /* one line for people */
};

typedef struct vcc_client vcc_client; /* one connection; one call at a time; not thread-safe */

struct vcc_options {
    const char *policy_path;   /* your own copy: what you agreed to */
    const char *identity_path; /* PATH.crt and PATH.key */
    const char *container;     /* host:port */
    unsigned timeout_ms;       /* of connecting, and of silence during a call; 0: 30,000 */
    const char *log_folder; /* where the heads of attestation services' logs are remembered; NULL:
                               $XDG_STATE_HOME/veracruz/log or ~/.local/state/veracruz/log */
};

/* What the last check established. */
struct vcc_attestation {
    char platform[32];     /* "process" */
    char label[96];        /* honest words about the isolation */
    char level[32];        /* of isolation: "none", "hardware" */
    char measurement[129]; /* lower-case hex, as the two below */
    char machine[129];     /* which machine; "" if the platform does not say */
    char policy_hash[65];
    char tcb_status[48];
    char node[64];        /* "" outside a topology */
    uint64_t incarnation; /* 0 outside a topology */
    int64_t verified_at;  /* seconds since 1970 */
    int64_t expires_at;
    uint64_t log_index; /* of the certificate in the service's log */
    uint64_t log_size;  /* of that log, as it is remembered now */
};

/* Reads policy and identity, connects, checks. NULL: *error says why; nothing was sent but the
 * request for evidence. */
VCC_API vcc_client *vcc_connect(const struct vcc_options *options, struct vcc_error *error);
VCC_API void vcc_close(vcc_client *client); /* NULL is allowed */
VCC_API void vcc_attestation_of(const vcc_client *client, struct vcc_attestation *out);

/* Called during transfers; total is 0 if unknown. */
typedef void vcc_progress(void *user, uint64_t done, uint64_t total);

/* "-" is standard input; it and whatever else has no size is first read to its end into memory.
 * VCC_LIMIT already here if the policy's storage does not give a file so many bytes. */
VCC_API enum vcc_status vcc_put_file(vcc_client *client, const char *local_path, const char *path,
                                     vcc_progress *progress, void *user, struct vcc_error *error);
VCC_API enum vcc_status vcc_put_bytes(vcc_client *client, const void *data, size_t size,
                                      const char *path, struct vcc_error *error);
/* Adds at the end of what is there. */
VCC_API enum vcc_status vcc_append_bytes(vcc_client *client, const void *data, size_t size,
                                         const char *path, struct vcc_error *error);
/* The local file appears whole or not at all, with mode 0600. "-" is standard output; that, devices
 * and pipes are written in place. A directory is VCC_MALFORMED. */
VCC_API enum vcc_status vcc_get_file(vcc_client *client, const char *path, const char *local_path,
                                     vcc_progress *progress, void *user, struct vcc_error *error);
/* Allocates *data (free with free()). At most 1 GiB. */
VCC_API enum vcc_status vcc_get_bytes(vcc_client *client, const char *path, void **data,
                                      size_t *size, struct vcc_error *error);
VCC_API enum vcc_status vcc_delete(vcc_client *client, const char *path, struct vcc_error *error);
/* JSON of docs/http-api.md, NUL-terminated; free with free(). */
VCC_API enum vcc_status vcc_list(vcc_client *client, const char *path, char **json,
                                 struct vcc_error *error);

/* Streams. A stream is produced by one party and consumed by one or several; the container slows
 * producers down to the pace of its programs and consumers, and keeps no more than the stream's
 * window. Both functions connect anew when the connection breaks, check the container like
 * vcc_connect, and go on at the byte where it stopped, for as long as the policy lets a producer
 * come back: each byte takes effect once. What they return means the whole: VCC_OK after the
 * producer's proven end (its length and digest agree) and in no other case. A get that has the
 * whole tells the container so; if that cannot be done for as long as patience lasts it is VCC_OK
 * all the same, and for the producer the use stays open until this consumer confirms or leaves.
 * VCC_FAILED of a put may mean that all was sent and its end perhaps taken; the text says so then.
 * A container that was started anew has none of what another had: that is VCC_FAILED, and nothing
 * begins anew by itself. */
struct vcc_stream_progress {
    uint64_t done;  /* bytes that the container has taken, or this side */
    uint64_t total; /* 0 if nobody knows */
    uint64_t ahead; /* put: bytes sent and not yet taken: the other side is slow if this stays up */
    unsigned reconnects;
    int waiting; /* 1: nothing can move until the other side does */
};
typedef void vcc_stream_watcher(void *user, const struct vcc_stream_progress *progress);

struct vcc_stream_result {
    uint64_t use;   /* which use of the stream it was, from 1 */
    uint64_t bytes; /* of the whole */
    unsigned reconnects;
    char digest[96]; /* of the whole: "veracruz-gmac=:...:" or "sha-256=:...:" */
};

struct vcc_stream_options {
    vcc_stream_watcher *watcher; /* or NULL; make no call of this client in it */
    void *user;
    unsigned patience_ms; /* how long to try to connect anew without getting any further; 0: as long
                             as the policy gives a producer */
    struct vcc_stream_result *result; /* or NULL; filled in with VCC_OK */
    int prompt; /* 1: `read` of vcc_stream_put never waits for anything, and needs no thread */
};

/* Bytes come from a file, or "-": standard input, for as long as it lasts; what is there is sent at
 * once. A stream that was left unfinished goes on where it stopped if this is a regular file, which
 * begins with what the container has; from a pipe it cannot: VCC_FAILED. */
VCC_API enum vcc_status vcc_stream_put_file(vcc_client *client, const char *stream,
                                            const char *local_path,
                                            const struct vcc_stream_options *options,
                                            struct vcc_error *error);
/* Bytes are written to a file, "-" being standard output, as they come. If it fails, what was
 * written stays and is a part only; the same call with the same regular file goes on there. A pipe
 * that nobody reads any more is a reason to leave the stream. */
VCC_API enum vcc_status vcc_stream_get_file(vcc_client *client, const char *stream,
                                            const char *local_path,
                                            const struct vcc_stream_options *options,
                                            struct vcc_error *error);
/* The same with functions. `read` fills up to `size` bytes (of the unpadded stream) and returns how
 * many; 0: that was all; -1: it failed, and the stream is given up as lost. It may block: unless
 * the options say `prompt` it is called on a thread of its own, and vcc_stream_put returns once its
 * last call has. `write` takes all it is given, or returns other than 0 to leave. */
typedef long vcc_stream_read(void *user, void *data, size_t size);
typedef int vcc_stream_write(void *user, const void *data, size_t size);
VCC_API enum vcc_status vcc_stream_put(vcc_client *client, const char *stream,
                                       vcc_stream_read *read, void *read_user,
                                       const struct vcc_stream_options *options,
                                       struct vcc_error *error);
VCC_API enum vcc_status vcc_stream_get(vcc_client *client, const char *stream,
                                       vcc_stream_write *write, void *write_user,
                                       const struct vcc_stream_options *options,
                                       struct vcc_error *error);
/* Gives up: a producer's use of the stream is lost, a consumer leaves. */
VCC_API enum vcc_status vcc_stream_leave(vcc_client *client, const char *stream,
                                         struct vcc_error *error);
/* The streams that this principal may know of, as JSON of docs/http-api.md; free with free(). */
VCC_API enum vcc_status vcc_streams(vcc_client *client, char **json, struct vcc_error *error);

/* Keys of the policy, which programs use and do not see. The policy says who gives each, and of
 * what type; here only the outer form is checked, before anything is sent: VCC_MALFORMED. The form
 * is that of psa_import_key: raw bytes, of EC pairs the private number, of RSA PKCS#1's DER, of
 * public keys on curves the uncompressed point. VCC_REFUSED: it is not this principal's key, or
 * inputs are frozen. */
VCC_API enum vcc_status vcc_key_put(vcc_client *client, const char *name, const void *data,
                                    size_t size, struct vcc_error *error);
/* Takes it back. Runs that have it already keep it to their end. VCC_NOT_FOUND: not given. */
VCC_API enum vcc_status vcc_key_remove(vcc_client *client, const char *name,
                                       struct vcc_error *error);
/* The keys that this principal may give, whether or not it has, as JSON of docs/http-api.md; never
 * their bytes. Free with free(). */
VCC_API enum vcc_status vcc_keys_list(vcc_client *client, char **json, struct vcc_error *error);
/* Opens what a program wrapped (vz_key_wrap) for the identity PATH.crt and PATH.key; needs no
 * container. *key has the form of psa_export_key; free it with vcc_key_free, which wipes it first.
 * VCC_UNTRUSTED: altered, or for somebody else. That a program made it, it does not prove. */
VCC_API enum vcc_status vcc_key_unwrap(const char *identity_path, const void *envelope, size_t size,
                                       void **key, size_t *key_size, struct vcc_error *error);
VCC_API void vcc_key_free(void *key, size_t size); /* NULL is allowed */

/* Narrowing: what the policy allows and is to be allowed no longer. It can only take away, holds at
 * once for everybody and everything under way, is written into the container's journal, and is
 * never taken back. */
struct vcc_narrowed {
    int changed;       /* 1: something was allowed, and is no more; 0: it was not, before */
    uint64_t index;    /* of its entry in the journal, if it changed something */
    char in_force[65]; /* digest of all that is narrowed since: lower-case hex */
};

/* `narrowing` is one JSON object (docs/policy.md, "Narrowing"): {"withdraw": {"program": "audit"}}.
 * What your copy of the policy does not let you narrow is VCC_REFUSED, what it does not know
 * VCC_MALFORMED, and neither is sent. `result` may be NULL. */
VCC_API enum vcc_status vcc_narrow(vcc_client *client, const char *narrowing,
                                   struct vcc_narrowed *result, struct vcc_error *error);
/* All that was narrowed, in its order, as JSON of docs/http-api.md. It is replayed on your copy of
 * the policy first: VCC_UNTRUSTED if something else comes out than the container says it has in
 * force. Free with free(). */
VCC_API enum vcc_status vcc_narrowings(vcc_client *client, char **json, struct vcc_error *error);

/* Consents to a program as your copy of the policy names it, by its digest. Where the policy wants
 * consent, it does not start before. VCC_REFUSED: the policy does not ask you. To consent no longer
 * is to narrow: "withdraw". */
VCC_API enum vcc_status vcc_consent(vcc_client *client, const char *program,
                                    struct vcc_error *error);
/* Who has consented to what, and who is still to, as JSON of docs/http-api.md; free with free(). */
VCC_API enum vcc_status vcc_consents(vcc_client *client, char **json, struct vcc_error *error);
/* When the container ends, whether inputs are frozen, who is there, what was started how often, and
 * what budgets are spent, as JSON of docs/http-api.md; free with free(). */
VCC_API enum vcc_status vcc_lifecycle(vcc_client *client, char **json, struct vcc_error *error);

/* The journal: what happened in the container, as far as the policy lets this principal see it.
 * Nothing is handed out that is not proven to be in the one journal that the container signs. */

/* Entries from the `since`-th on, free with free():
 *   {"container": "<hex>", "policy": "<hex>", "size": N, "root": "<hex>", "in_force": "<hex>",
 *    "time": "...Z", "since": N, "entries": [{"entry": {...}, "details": {...}}, ...]}
 * VCC_MALFORMED: there are not so many. VCC_UNTRUSTED: the proof fails. */
VCC_API enum vcc_status vcc_journal(vcc_client *client, uint64_t since, char **json,
                                    struct vcc_error *error);
/* Called for each entry, in order: `json` is {"entry": {...}, "details": {...}}, borrowed for the
 * call, the latter only for those who are told. Make no other call of this client meanwhile. Other
 * than 0 ends the following. */
typedef int vcc_journal_watcher(void *user, uint64_t index, const char *json);
/* Tells the entries from the `since`-th on, those that there are and then each as it is written,
 * until the container ends (VCC_OK) or the watcher has enough (VCC_OK). Connects anew when the
 * connection breaks, for as long as the client's timeout, and misses nothing: what was written
 * meanwhile is fetched with its proof. VCC_FAILED: no connection, or another container. */
VCC_API enum vcc_status vcc_journal_follow(vcc_client *client, uint64_t since,
                                           vcc_journal_watcher *watcher, void *user,
                                           struct vcc_error *error);

/* Receipts: the journal as this principal may see it, signed by the container, with the certificate
 * that says what the container was. It is checked before the file appears, which it does whole or
 * not at all, mode 0600. `since_path` may be NULL, or an older receipt of the same container: then
 * only what came after is fetched, and that it grew out of the older one is checked. */
VCC_API enum vcc_status vcc_receipt_save(vcc_client *client, const char *local_path,
                                         const char *since_path, struct vcc_error *error);
/* Checks receipts against the files of their policies, of which the first may be the only one: no
 * container, no network, at any later time, for what counts is the time of the receipt. Several are
 * held against each other: two of one container must tell one story, and links between containers
 * must be true. *json (may be NULL) is
 *   {"receipts": [{"file", "container", "policy", "size", "root", "in_force", "time", "since",
 *     "platform", "label", "isolation", "measurement", "machine", "tcb_status", "node",
 *     "incarnation", "evidence", "verified_at", "entries": [...]}],
 *    "comparisons": [{"one", "other", "told"}]}
 * to be freed with free(); `told` is false where two receipts say too little of the same to tell.
 * VCC_UNTRUSTED: some check failed, and which. */
VCC_API enum vcc_status vcc_receipt_verify(const char *const *policy_paths, size_t policy_count,
                                           const char *const *receipt_paths, size_t receipt_count,
                                           char **json, struct vcc_error *error);

/* Checks a receipt of another container as vcc_receipt_verify does, and writes into the journal of
 * this one that this principal relied on it: then receipts of both show that they belong together.
 */
VCC_API enum vcc_status vcc_receipt_link(vcc_client *client, const char *policy_path,
                                         const char *receipt_path, struct vcc_error *error);

struct vcc_run {
    char id[24];
    char program[72];
    char state[16];   /* "queued" "compiling" "running" "exited" "failed" "killed" */
    int exit_code;    /* of state "exited" */
    char reason[256]; /* of states "failed" and "killed"; and of "exited" with a limit met */
    uint64_t wall_us, cpu_us, memory_bytes, output_bytes;
    char limits[160];  /* keys of the limits that it met, with spaces between: "memory_mib files" */
    int published;     /* 1: what it wrote has appeared; 0: it has not, or not yet */
    int percent;       /* of its work, as the program reports it; -1 if the policy lets it not */
    char pipeline[72]; /* name of the pipeline that it is a stage of, and of the stage; "": none */
    char stage[72];
};

/* Starts a program by its name in the policy; waits for its end up to wait_ms (0: does not wait).
 * VCC_OK even if the run failed: look at run->state. */
VCC_API enum vcc_status vcc_run_start(vcc_client *client, const char *program, unsigned wait_ms,
                                      struct vcc_run *run, struct vcc_error *error);
VCC_API enum vcc_status vcc_run_status(vcc_client *client, const char *id, unsigned wait_ms,
                                       struct vcc_run *run, struct vcc_error *error);
VCC_API enum vcc_status vcc_run_kill(vcc_client *client, const char *id, struct vcc_error *error);
/* Called for each thing that happens to a watched run: `event` is "state", "usage" or "progress",
 * and *run is all that is known by then, borrowed for the call. Make no other call of this client
 * meanwhile. Other than 0 ends the watching. */
typedef int vcc_run_watcher(void *user, const char *event, const struct vcc_run *run);
/* Watches a run until it is over; the present state is the first event. A slow caller misses steps
 * in between and never the last. VCC_OK: it is over, or the watcher had enough; *run is as last
 * seen. */
VCC_API enum vcc_status vcc_run_watch(vcc_client *client, const char *id, vcc_run_watcher *watcher,
                                      void *user, struct vcc_run *run, struct vcc_error *error);
/* All runs that this principal may see, as JSON. */
VCC_API enum vcc_status vcc_runs(vcc_client *client, char **json, struct vcc_error *error);

/* Pipelines: runs that follow one another as the policy says. */
#define VCC_STAGES_MAX 64
struct vcc_stage {
    char name[72];
    char program[72];
    char state[16];   /* "waiting" "running" "exited" "failed" "skipped" "cancelled" */
    char run[24];     /* id of its run; "": none was started */
    int exit_code;    /* of state "exited" */
    char reason[256]; /* why it failed, was skipped or cancelled */
};
struct vcc_pipeline {
    char id[24];
    char pipeline[72];  /* its name in the policy */
    char principal[72]; /* who started it */
    char state[16];     /* "running" "done" "failed" "killed" */
    size_t stage_count;
    struct vcc_stage stages[VCC_STAGES_MAX]; /* in the order of the policy */
};

/* Starts a pipeline by its name in the policy; waits for its end up to wait_ms (0: does not wait).
 * VCC_OK even if it failed: look at pipeline->state. VCC_REFUSED: the policy does not name this
 * principal among those who may. VCC_LIMIT: too many go on. */
VCC_API enum vcc_status vcc_pipeline_start(vcc_client *client, const char *name, unsigned wait_ms,
                                           struct vcc_pipeline *pipeline, struct vcc_error *error);
VCC_API enum vcc_status vcc_pipeline_status(vcc_client *client, const char *id, unsigned wait_ms,
                                            struct vcc_pipeline *pipeline, struct vcc_error *error);
/* Kills the runs that go on, and no more are started. */
VCC_API enum vcc_status vcc_pipeline_kill(vcc_client *client, const char *id,
                                          struct vcc_error *error);
/* All runs of pipelines that this principal may start, as JSON of docs/http-api.md; free with
 * free(). */
VCC_API enum vcc_status vcc_pipelines(vcc_client *client, char **json, struct vcc_error *error);

VCC_API enum vcc_status vcc_shutdown(vcc_client *client, struct vcc_error *error);

#ifdef __cplusplus
}
#endif

#endif
