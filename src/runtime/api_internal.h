/* SPDX-License-Identifier: MIT */

/* What the resources share: one request in hand, and how it is answered. */

#ifndef VC_RUNTIME_API_INTERNAL_H
#define VC_RUNTIME_API_INTERNAL_H

#include "base/buffer.h"
#include "base/path.h"
#include "codec/json.h"
#include "crypto/digest.h"
#include "runtime/api.h"
#include "runtime/contents.h"
#include "runtime/read_once.h"

constexpr size_t VC_API_BODY_MAX = 4096;         /* bytes of a JSON request */
constexpr uint32_t VC_API_UPLOADS_MAX = 128;     /* of one principal at once */
constexpr uint32_t VC_API_WATCHERS_MAX = 16;     /* event streams of one principal at once */
constexpr uint32_t VC_API_ATTESTATIONS_MAX = 64; /* requests of one principal for evidence at once:
                                                    two for each of its connections */
constexpr uint32_t VC_API_STREAM_CALLS_MAX = 2 * VC_POLICY_STREAMS_MAX; /* PUTs and GETs of streams,
                                                    of one principal at once: one for each stream,
                                                    and one that takes over from it */
/* Bytes of answers that were composed and not taken yet: of all, each principal a share of it; the
 * least that one's share is. */
constexpr uint64_t VC_API_ANSWERS_BYTES = 16 << 20;
constexpr uint64_t VC_API_ANSWERS_OF_ONE_MIN = 262144;

struct vc_api {
    struct vc_api_context context;
    uint64_t uploading_bytes;      /* announced by uploads that go on: they count as stored */
    uint32_t *uploads;             /* [principal]: those that go on */
    uint32_t *watchers;            /* [principal]: event streams that are open */
    uint32_t *attestations;        /* [principal]: requests for evidence that wait */
    uint32_t *stream_calls;        /* [principal]: PUTs and GETs of streams */
    uint64_t *answers;             /* [principal]: bytes of those that it has not taken yet */
    struct vc_stream_call **seats; /* who holds which end of which stream: stream_call.h */
    bool *has_read;                /* [lifecycle.shutdown_when_read][principal] */
    struct vc_contents *contents;  /* digests of what is read */
    struct vc_read_once once;      /* files that are being read for the one time */
    struct vc_narrower_watcher narrowed;
    struct vc_request *requests; /* all that are open, to be asked again when the policy in force
                                    changes */
    bool ending;                 /* no new work */
};

struct vc_upload;         /* files.c */
struct vc_events;         /* run_events.c */
struct vc_journal_reader; /* journal_resource.c */
struct vc_stream_call;

struct vc_request {
    struct vc_api *api;
    struct vc_http_exchange *exchange;
    const struct vc_resource *resource;
    size_t principal;
    char path[VC_PATH_MAX]; /* canonical, below the resource: "/input/a.csv"; of a run "/17" */
    bool answered;
    struct vc_request *next, *previous; /* of the api's */
    struct vc_buffer body;              /* of a JSON request; of a key */
    struct vc_upload *upload;           /* of a PUT or POST to a file */
    struct vc_contents_waiter content;  /* of a GET of a file whose digest is not known yet */
    bool hashing;                       /* `content` waits */
    enum { VC_ANSWERS_OTHER, VC_ANSWERS_CONTENT, VC_ANSWERS_LISTING } answers; /* of files */
    bool once;      /* reads a file that it may read once */
    size_t reading; /* index into shutdown_when_read + 1 of a file sent whole, or 0 */
    /* one who waits for a run */
    struct vc_run_waiter waiter;
    struct vc_timer *timer;
    uint64_t run_id;
    bool waiting;
    struct vc_pipeline_waiter pipeline_waiter; /* the same of a pipeline */
    uint64_t pipeline_id;
    struct vc_events *events;               /* of one who watches a run */
    struct vc_journal_reader *reader;       /* of a receipt, or of events */
    struct vc_attestation_job *attestation; /* of one who waits for evidence */
    bool counted;                           /* among its principal's `attestations` */
    struct vc_stream_call *stream;          /* of a PUT or GET of a stream */
};

/* A method of a resource. `begin` is called when the header is complete; the others may be null. */
struct vc_resource {
    const char *method;
    const char *prefix; /* "/v1/files" */
    bool below;         /* something follows the prefix; otherwise nothing does */
    void (*begin)(struct vc_request *request);
    void (*piece)(struct vc_request *request, struct vc_bytes bytes);
    void (*end)(struct vc_request *request);
    void (*close)(struct vc_request *request);
    void (*credit)(struct vc_request *request); /* the client has consumed more of its answer */
    /* The policy in force has changed: what the request was let do it may not any more, perhaps.
     * Neither closes nor begins other requests in the same turn. */
    void (*narrowed)(struct vc_request *request);
    bool while_ending; /* answered also while the container ends */
    bool while_full;   /* answered also if the principal has filled its share of the journal */
};

extern const struct vc_resource vc_file_resources[];
extern const size_t vc_file_resource_count;
extern const struct vc_resource vc_attestation_resources[];
extern const size_t vc_attestation_resource_count;
extern const struct vc_resource vc_key_resources[];
extern const size_t vc_key_resource_count;
extern const struct vc_resource vc_narrowing_resources[];
extern const size_t vc_narrowing_resource_count;
extern const struct vc_resource vc_pipeline_resources[];
extern const size_t vc_pipeline_resource_count;
extern const struct vc_resource vc_journal_resources[];
extern const size_t vc_journal_resource_count;
extern const struct vc_resource vc_lifecycle_resources[];
extern const size_t vc_lifecycle_resource_count;
extern const struct vc_resource vc_run_resources[];
extern const size_t vc_run_resource_count;
extern const struct vc_resource vc_stream_resources[];
extern const size_t vc_stream_resource_count;

/* The policy in force has changed: nobody may be left who was to read a file before the container
 * ends. */
void vc_files_narrowed(struct vc_api *api);

/* Answers with a run's events, from its present state to its last. */
void vc_run_events_begin(struct vc_request *request, const struct vc_run_status *status);
void vc_run_events_close(struct vc_request *request);
/* Breaks off if `may_know` says that the principal may not know of the run any more. */
void vc_run_events_narrowed(struct vc_request *request,
                            bool (*may_know)(const struct vc_request *request,
                                             const struct vc_run_status *status));

/* Each answers at most once; what comes later is dropped. */
void vc_answer(struct vc_request *request, unsigned status, const struct vc_http_field *fields,
               size_t field_count, struct vc_http_body body);
void vc_answer_empty(struct vc_request *request, unsigned status);
/* Each takes the buffer over. */
void vc_answer_text(struct vc_request *request, unsigned status, const struct vc_http_field *fields,
                    size_t field_count, struct vc_buffer *text);
void vc_answer_json(struct vc_request *request, unsigned status, struct vc_buffer *json);
/* With what was written, or why it could not be; the writer's buffer is taken over. */
void vc_answer_written(struct vc_request *request, unsigned status, struct vc_json_writer *writer);
/* A problem document of the kind that belongs to the error's code. */
void vc_answer_error(struct vc_request *request, const struct vc_err *err);
/* The same for what cannot be written down: 429 if its share of the journal is full. */
void vc_answer_unrecorded(struct vc_request *request, const struct vc_err *err);
/* A problem document of this kind, whatever the code. */
enum vc_problem {
    VC_PROBLEM_MALFORMED,
    VC_PROBLEM_REFUSED,
    VC_PROBLEM_NOT_FOUND,
    VC_PROBLEM_METHOD,
    VC_PROBLEM_STATE,
    VC_PROBLEM_OFFSET,
    VC_PROBLEM_LOST,
    VC_PROBLEM_GONE,
    VC_PROBLEM_LENGTH_REQUIRED,
    VC_PROBLEM_LIMIT,
    VC_PROBLEM_RANGE,
    VC_PROBLEM_DIGEST,
    VC_PROBLEM_MISMATCH,
    VC_PROBLEM_QUOTA,
    VC_PROBLEM_FAILED,
    VC_PROBLEM_UNAVAILABLE,
};
void vc_answer_problem(struct vc_request *request, enum vc_problem problem, const char *detail);
/* The same with fields besides; at most VC_ANSWER_FIELDS_MAX. */
constexpr size_t VC_ANSWER_FIELDS_MAX = 4;
void vc_answer_problem_with(struct vc_request *request, enum vc_problem problem, const char *detail,
                            const struct vc_http_field *fields, size_t field_count);

/* Gathers the body of a JSON request; for a resource's `piece`. Answers 413 beyond the limit. */
void vc_gather(struct vc_request *request, struct vc_bytes bytes);
void vc_gather_up_to(struct vc_request *request, struct vc_bytes bytes, size_t most);

/* What is in force. */
const struct vc_force *vc_request_force(const struct vc_request *request);

/* Begins the end of the container. */
void vc_api_shutdown(struct vc_api *api, const char *reason);

#endif
