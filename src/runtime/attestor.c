/* SPDX-License-Identifier: MIT */

#include "runtime/attestor.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "runtime/background.h"
#include "runtime/service.h"

static constexpr size_t GROWTHS_MAX = 8;            /* proofs that are kept */
static constexpr uint32_t GROWTH_TIMEOUT_MS = 3000; /* of the service */
static constexpr uint64_t GROWTH_REST_MS = 5000;    /* after the service did not answer */

struct growth {
    uint64_t from, to; /* sizes of the log; to 0: none */
    struct vc_log_proof proof;
};

/* What one question gathers. While it is in a lane's hands its thread may write to it. */
struct vc_attestation_job {
    TAILQ_ENTRY(vc_attestation_job) link;
    struct vc_attestor *attestor;
    struct vc_attestation question;
    bool forgotten;
    struct vc_session_answer answer;
    struct growth growth; /* wanted, then there */
    bool refused;         /* the service answered, and has no such proof */
    enum vc_code code;
    struct vc_err err;
};

TAILQ_HEAD(job_list, vc_attestation_job);

/* One thing at a time: `work` on a thread, then `done` on the loop. */
struct lane {
    struct vc_attestor *attestor;
    struct job_list waiting;
    struct vc_attestation_job *busy;
    struct vc_background *background;
    void (*work)(struct vc_attestation_job *job);
    void (*done)(struct vc_attestation_job *job);
};

struct vc_attestor {
    struct vc_attestor_setup setup;
    struct vc_cert *certificate; /* in force; null before the first */
    struct vc_buffer needed;     /* beside the platform's evidence */
    struct vc_log_receipt receipt;
    struct lane evidence, growth;
    struct growth growths[GROWTHS_MAX];
    size_t next_growth; /* the oldest, to be replaced */
    uint64_t rest_until_ms;
};

static void free_job(struct vc_attestation_job *job)
{
    vc_cert_free(job->question.shown);
    vc_session_answer_done(&job->answer);
    free(job);
}

/* ---- lanes ---- */

static void next(struct lane *lane);

static void lane_work(void *user)
{
    struct lane *lane = user;

    lane->work(lane->busy);
}

static void lane_done(void *user)
{
    struct lane *lane = user;
    struct vc_attestation_job *job = vc_take(lane->busy);

    lane->background = nullptr;
    lane->done(job);
    next(lane);
}

/* Takes the next job that somebody still waits for. */
static void next(struct lane *lane)
{
    while (lane->busy == nullptr && !TAILQ_EMPTY(&lane->waiting)) {
        struct vc_attestation_job *job = TAILQ_FIRST(&lane->waiting);

        TAILQ_REMOVE(&lane->waiting, job, link);
        if (job->forgotten) {
            free_job(job);
            continue;
        }
        lane->busy = job;
        job->code = vc_background_start(lane->attestor->setup.loop, lane_work, lane_done, lane,
                                        &lane->background, &job->err);
        if (job->code != VC_OK)
            lane->done(vc_take(lane->busy));
    }
}

static void put(struct lane *lane, struct vc_attestation_job *job)
{
    TAILQ_INSERT_TAIL(&lane->waiting, job, link);
    next(lane);
}

static void empty(struct lane *lane)
{
    struct vc_attestation_job *job;

    vc_background_cancel(lane->background);
    if (lane->busy != nullptr)
        free_job(lane->busy);
    while ((job = TAILQ_FIRST(&lane->waiting)) != nullptr) {
        TAILQ_REMOVE(&lane->waiting, job, link);
        free_job(job);
    }
}

/* ---- the end of a job ---- */

static void finish(struct vc_attestation_job *job)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer json = {};

    if (job->forgotten) {
        free_job(job);
        return;
    }
    if (job->code == VC_OK)
        job->code = vc_session_answer_encode(&job->answer, &json, &job->err);
    job->question.done(job->question.user, job->code == VC_OK ? &json : nullptr, &job->err);
    free_job(job);
}

/* ---- growth of the log, since the peer saw it last ---- */

static const struct growth *find_growth(const struct vc_attestor *attestor, uint64_t from,
                                        uint64_t to)
{
    for (size_t i = 0; i < GROWTHS_MAX; i++) {
        if (attestor->growths[i].to == to && attestor->growths[i].from == from)
            return &attestor->growths[i];
    }
    return nullptr;
}

static void add_growth(struct vc_attestation_job *job, const struct growth *growth)
{
    job->answer.receipt.since = job->question.request.log_size;
    job->answer.receipt.growth = growth->proof;
}

static enum vc_code read_growth(const struct vc_json *json, struct growth *growth,
                                struct vc_err *err)
{
    struct vc_json_place root = vc_json_root(json);
    struct vc_json_place proof;
    enum vc_code code = vc_json_member(&root, "growth", &proof, err);

    return code == VC_OK ? vc_log_proof_parse(&proof, &growth->proof, err) : code;
}

static void fetch_growth(struct vc_attestation_job *job)
{
    const struct vc_attestor_setup *setup = &job->attestor->setup;
    const struct vc_service service = {setup->policy, setup->clock, GROWTH_TIMEOUT_MS};
    vc_cleanup(vc_http_client_freep) struct vc_http_client *client = nullptr;
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    char target[96];
    const struct vc_service_call call = {.method = "GET", .target = target, .status = 200};

    (void)snprintf(target, sizeof(target), "/v1/log/growth?from=%" PRIu64 "&to=%" PRIu64,
                   job->growth.from, job->growth.to);
    job->code = vc_service_connect(&service, &client, &job->err);
    if (job->code == VC_OK)
        job->code = vc_service_ask(&service, client, &call, &json, &job->err);
    job->refused = client != nullptr && job->code == VC_UNTRUSTED;
    if (job->code == VC_OK)
        job->code = read_growth(json, &job->growth, &job->err);
}

/* Without the proof the answer is still one: the peer says what it misses. */
static void growth_done(struct vc_attestation_job *job)
{
    struct vc_attestor *attestor = job->attestor;

    if (job->code == VC_OK) {
        attestor->growths[attestor->next_growth] = job->growth;
        attestor->next_growth = (attestor->next_growth + 1) % GROWTHS_MAX;
        add_growth(job, &job->growth);
    } else {
        if (!job->refused) /* a peer may name a size that no log had: not the others' loss */
            attestor->rest_until_ms = vc_loop_now_ms() + GROWTH_REST_MS;
        job->code = VC_OK;
        job->err = (struct vc_err){};
    }
    finish(job);
}

/* The proof is asked for unless it is here, or the service has just failed to answer. */
static void grow(struct vc_attestation_job *job)
{
    struct vc_attestor *attestor = job->attestor;
    uint64_t seen = job->question.request.log_size;
    uint64_t size = job->answer.receipt.head.size;
    const struct growth *found;

    if (seen == 0 || seen == size) {
        finish(job);
        return;
    }
    job->growth =
        (struct growth){.from = seen < size ? seen : size, .to = seen < size ? size : seen};
    found = find_growth(attestor, job->growth.from, job->growth.to);
    if (found != nullptr)
        add_growth(job, found);
    if (found != nullptr || vc_loop_now_ms() < attestor->rest_until_ms)
        finish(job);
    else
        put(&attestor->growth, job);
}

/* ---- evidence ---- */

static void make_evidence(struct vc_attestation_job *job)
{
    const struct vc_attestor_setup *setup = &job->attestor->setup;
    struct vc_attested attested;
    struct vc_bytes extension;
    uint8_t report_data[VC_BINDER_SIZE];

    job->code = vc_cert_extension(job->answer.certificate, VC_ATTESTED_OID, &extension, &job->err);
    if (job->code == VC_OK)
        job->code = vc_attested_parse(extension, &attested, &job->err);
    if (job->code != VC_OK)
        return;
    vc_session_report_data(&(struct vc_session_scene){.nonce = job->question.request.nonce,
                                                      .exporter = job->question.exporter,
                                                      .shown = job->question.shown,
                                                      .current = job->answer.certificate,
                                                      .policy_hash = setup->policy->hash,
                                                      .node = attested.node,
                                                      .incarnation = attested.incarnation},
                           report_data);
    job->code = vc_launcher_evidence(setup->line, report_data, &job->answer.evidence, &job->err);
}

static void evidence_done(struct vc_attestation_job *job)
{
    if (job->code == VC_OK)
        grow(job);
    else
        finish(job);
}

/* ---- outside ---- */

enum vc_code vc_attestor_new(const struct vc_attestor_setup *setup, struct vc_attestor **attestor,
                             struct vc_err *err)
{
    struct vc_attestor *made = calloc(1, sizeof(*made));

    if (made == nullptr)
        return vc_fail_memory(err);
    made->setup = *setup;
    made->evidence = (struct lane){.attestor = made, .work = make_evidence, .done = evidence_done};
    made->growth = (struct lane){.attestor = made, .work = fetch_growth, .done = growth_done};
    TAILQ_INIT(&made->evidence.waiting);
    TAILQ_INIT(&made->growth.waiting);
    *attestor = made;
    return VC_OK;
}

void vc_attestor_free(struct vc_attestor *attestor)
{
    if (attestor == nullptr)
        return;
    empty(&attestor->evidence);
    empty(&attestor->growth);
    vc_cert_free(attestor->certificate);
    vc_buffer_done(&attestor->needed);
    free(attestor);
}

enum vc_code vc_attestor_renew(struct vc_attestor *attestor, const struct vc_enrolment *enrolment,
                               struct vc_err *err)
{
    vc_cleanup(vc_cert_freep) struct vc_cert *copy = nullptr;
    struct vc_buffer needed = {};
    enum vc_code code = vc_cert_parse_der(vc_cert_der(enrolment->certificate), &copy, err);

    if (code == VC_OK)
        code = vc_buffer_append(&needed, vc_buffer_bytes(&enrolment->needed), err);
    if (code != VC_OK)
        return code;
    vc_cert_free(attestor->certificate);
    vc_buffer_done(&attestor->needed);
    attestor->certificate = vc_take(copy);
    attestor->needed = needed;
    attestor->receipt = enrolment->receipt;
    return VC_OK;
}

enum vc_code vc_attestor_ask(struct vc_attestor *attestor, const struct vc_attestation *question,
                             struct vc_attestation_job **job, struct vc_err *err)
{
    struct vc_attestation_job *made = calloc(1, sizeof(*made));
    enum vc_code code = VC_OK;

    if (made == nullptr) {
        vc_cert_free(question->shown);
        return vc_fail_memory(err);
    }
    made->attestor = attestor;
    made->question = *question;
    made->answer.platform = attestor->setup.platform;
    made->answer.receipt = attestor->receipt;
    if (attestor->certificate == nullptr)
        code = vc_fail(err, VC_STATE, "no certificate is in force");
    if (code == VC_OK) {
        code =
            vc_cert_parse_der(vc_cert_der(attestor->certificate), &made->answer.certificate, err);
    }
    if (code == VC_OK)
        code = vc_buffer_append(&made->answer.endorsement, attestor->setup.endorsement, err);
    if (code == VC_OK) {
        code =
            vc_buffer_append(&made->answer.certificates, vc_buffer_bytes(&attestor->needed), err);
    }
    if (code != VC_OK) {
        free_job(made);
        return code;
    }
    *job = made;
    put(&attestor->evidence, made);
    return VC_OK;
}

void vc_attestor_forget(struct vc_attestation_job *job)
{
    if (job != nullptr)
        job->forgotten = true;
}
