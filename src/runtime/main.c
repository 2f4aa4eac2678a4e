/* SPDX-License-Identifier: MIT */

/* veracruz-runtime: the trusted code of a container. Takes over what its launcher hands it, enrols
 * with the attestation service, serves the policy's principals, renews its certificate, ends. */

#include <nss.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "attest/attested.h"
#include "crypto/random.h"
#include "net/http_server.h"
#include "net/tls.h"
#include "policy/lifecycle.h"
#include "runtime/api.h"
#include "runtime/background.h"
#include "runtime/child.h"
#include "runtime/clock.h"
#include "runtime/enrol.h"
#include "runtime/gate.h"
#include "runtime/keys.h"
#include "runtime/launcher.h"
#include "runtime/narrow.h"
#include "runtime/record.h"
#include "runtime/streams.h"

static constexpr uint64_t TELL_MS = 1000;  /* for those who were cut off from a stream to ask why */
static constexpr uint64_t DRAIN_MS = 5000; /* for answers on their way when the container ends */
static constexpr int64_t RENEW_BEFORE_S = 300;    /* renewal begins this long before expiry */
static constexpr uint64_t RENEW_RETRY_MS = 10000; /* after a renewal that failed */
static constexpr uint64_t EXPIRY_LOOK_MS = 60000; /* between looks at the clock */

static constexpr uint32_t CONNECTIONS_MAX = 256;
static constexpr uint32_t CONNECTIONS_OF_ONE_MAX = 32; /* of a principal, where there are few */
static constexpr uint32_t CONNECTIONS_OF_ONE_MIN = 4;  /* and where there are many */

struct runtime {
    struct vc_inherited inherited;
    struct vc_clock clock;
    struct vc_policy *policy;
    struct vc_loop *loop;
    struct vc_children children;
    struct vc_tree *tree;
    struct vc_narrower *narrower;
    struct vc_narrower_watcher narrowed; /* the policy may expire sooner */
    struct vc_streams *streams;
    struct vc_keys *keys;
    struct vc_gate *gate;
    struct vc_runs *runs;
    struct vc_pipelines *pipelines;
    struct vc_journal *journal;
    struct vc_record *record;
    struct vc_launcher_line line;
    struct vc_attestor *attestor;
    struct vc_api *api;
    struct vc_tls *tls;
    struct vc_http_server *server;
    struct vc_enrolment enrolment; /* in force */
    struct vc_enrolment renewal;   /* being made, by the background */
    enum vc_code renewal_code;
    struct vc_err renewal_err;
    struct vc_background *renewing;
    struct vc_timer *timer;  /* the next renewal */
    struct vc_timer *expiry; /* of the policy, or its deadline */
    struct vc_timer *told;   /* while only streams are told of: until serving stops */
    struct vc_timer *broken; /* until it ends, when something could not be written down */
    struct vc_watch *launcher_watch;
    struct vc_err end; /* why it ends */
};

/* Nothing of this process may be read by others of the same user, or be left behind. */
static enum vc_code harden(struct vc_err *err)
{
    const struct rlimit none = {0, 0};
    struct rlimit descriptors;

    if (prctl(PR_SET_DUMPABLE, 0) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || setrlimit(RLIMIT_CORE, &none) != 0 ||
        signal(SIGPIPE, SIG_IGN) == SIG_ERR)
        return vc_fail_host(err, "hardening the runtime");
    /* Each stored file holds a descriptor, and the usual limit is for programs that call select. */
    if (getrlimit(RLIMIT_NOFILE, &descriptors) != 0)
        return vc_fail_host(err, "limit of descriptors");
    descriptors.rlim_cur = descriptors.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &descriptors) != 0)
        return vc_fail_host(err, "limit of descriptors");
    /* Names are looked up by what is linked in; nsswitch.conf could load code that nobody measured.
     */
    if (__nss_configure_lookup("hosts", "files dns") != 0)
        return vc_fail_host(err, "hardening the runtime: name lookup");
    return VC_OK;
}

/* The decision about a client: exactly the certificates of the policy, in their validity. */
static enum vc_code check_client(void *user, const struct vc_cert *peer, struct vc_err *err)
{
    const struct runtime *runtime = user;
    size_t principal;
    enum vc_code code;

    if (!vc_policy_principal_by_certificate(runtime->policy, vc_cert_der(peer), &principal))
        return vc_fail(err, VC_REFUSED, "principals: this certificate is not among them");
    code = vc_cert_check_identity(peer, err);
    if (code == VC_OK)
        code = vc_cert_check_time(peer, vc_clock_now(&runtime->clock), err);
    return code;
}

static void on_drained(void *user)
{
    struct runtime *runtime = user;

    vc_loop_stop(runtime->loop);
}

static void stop_serving(void *user)
{
    struct runtime *runtime = user;

    runtime->told = nullptr;
    vc_http_server_drain(runtime->server, DRAIN_MS, on_drained, runtime);
}

/* Streams end first: an exchange that waits for one is over then, and drains. A consumer's is only
 * reset, which has no words; on a connection that is told to go nobody could ask for them. */
static void end_container(struct runtime *runtime, const char *reason)
{
    bool cut_off;

    if (runtime->told != nullptr)
        return;
    vc_api_end(runtime->api);
    cut_off = vc_streams_end(runtime->streams, "the container is shutting down");
    (void)!vc_record_ended(runtime->record, reason, nullptr); /* it ends all the same */
    if (!cut_off || vc_loop_after(runtime->loop, TELL_MS, stop_serving, runtime, &runtime->told,
                                  nullptr) != VC_OK)
        stop_serving(runtime);
}

static void on_shutdown(void *user, const char *reason)
{
    end_container(user, reason);
}

static void on_broken_later(void *user)
{
    struct runtime *runtime = user;

    runtime->broken = nullptr;
    end_container(runtime, runtime->end.text);
}

/* The journal lacks something that has happened: nothing more does. Whoever says so is in the
 * middle of its work. */
static void on_broken(void *user, const struct vc_err *err)
{
    struct runtime *runtime = user;

    if (runtime->broken != nullptr)
        return;
    runtime->end = *err;
    vc_api_end(runtime->api);
    if (vc_loop_after(runtime->loop, 0, on_broken_later, runtime, &runtime->broken, nullptr) !=
        VC_OK)
        vc_loop_stop(runtime->loop);
}

/* ---- the certificate's renewal ---- */

static void schedule_renewal(struct runtime *runtime, uint64_t delay_ms);

static enum vc_code enrol(struct runtime *runtime, struct vc_enrolment *enrolment,
                          struct vc_err *err)
{
    struct vc_enrol_setup setup = {.policy = runtime->policy,
                                   .clock = &runtime->clock,
                                   .host = runtime->inherited.host,
                                   .platform = runtime->inherited.platform,
                                   .line = &runtime->line};

    return vc_enrol(&setup, enrolment, err);
}

static void renew_work(void *user)
{
    struct runtime *runtime = user;

    runtime->renewal_code = enrol(runtime, &runtime->renewal, &runtime->renewal_err);
}

/* Clients refuse a certificate when it has expired, and when it is older than the policy wants. */
static uint64_t renewal_delay_ms(const struct runtime *runtime)
{
    int64_t left =
        vc_cert_not_after(runtime->enrolment.certificate) - vc_clock_now(&runtime->clock);
    int64_t young = (int64_t)runtime->policy->attestation.max_age_s;
    int64_t good = left < young ? left : young;
    int64_t delay = good > 2 * RENEW_BEFORE_S ? good - RENEW_BEFORE_S : good / 2;

    return delay > 1 ? (uint64_t)delay * 1000 : 1000;
}

static void renew_done(void *user)
{
    struct runtime *runtime = user;

    runtime->renewing = nullptr;
    if (runtime->renewal_code == VC_OK) {
        runtime->renewal_code = vc_record_attested(runtime->record, runtime->renewal.certificate,
                                                   &runtime->renewal_err);
    }
    if (runtime->renewal_code == VC_OK) {
        runtime->renewal_code =
            vc_tls_replace_certificate(runtime->tls, runtime->renewal.certificate,
                                       runtime->renewal.key, &runtime->renewal_err);
    }
    if (runtime->renewal_code == VC_OK) {
        runtime->renewal_code =
            vc_attestor_renew(runtime->attestor, &runtime->renewal, &runtime->renewal_err);
    }
    if (runtime->renewal_code == VC_OK) {
        vc_enrolment_done(&runtime->enrolment);
        runtime->enrolment = runtime->renewal;
        runtime->renewal = (struct vc_enrolment){};
        schedule_renewal(runtime, renewal_delay_ms(runtime));
        return;
    }
    vc_enrolment_done(&runtime->renewal);
    /* Until the old certificate expires clients are still served, and the service may come back. */
    if (vc_cert_not_after(runtime->enrolment.certificate) > vc_clock_now(&runtime->clock)) {
        schedule_renewal(runtime, RENEW_RETRY_MS);
        return;
    }
    runtime->end = runtime->renewal_err;
    end_container(runtime, runtime->end.text);
}

static void on_timer(void *user)
{
    struct runtime *runtime = user;
    struct vc_err err = {};

    runtime->timer = nullptr;
    /* The launcher's socket carries the evidence to the background's thread meanwhile. */
    if (vc_background_start(runtime->loop, renew_work, renew_done, runtime, &runtime->renewing,
                            &err) != VC_OK)
        schedule_renewal(runtime, RENEW_RETRY_MS);
}

static void schedule_renewal(struct runtime *runtime, uint64_t delay_ms)
{
    if (vc_loop_after(runtime->loop, delay_ms, on_timer, runtime, &runtime->timer, &runtime->end) !=
        VC_OK)
        end_container(runtime, runtime->end.text);
}

/* ---- the end that the policy sets, which waits for no renewal ---- */

static void schedule_expiry(struct runtime *runtime);

static int64_t expires(const struct runtime *runtime)
{
    return vc_force_expires(vc_narrower_force(runtime->narrower));
}

/* The clock may have been set meanwhile, so it is asked again. */
static void on_expiry(void *user)
{
    struct runtime *runtime = user;

    runtime->expiry = nullptr;
    if (vc_policy_check_ends(runtime->policy, runtime->clock.start_wall, expires(runtime),
                             vc_clock_now(&runtime->clock), &runtime->end) == VC_OK) {
        schedule_expiry(runtime);
    } else {
        end_container(runtime, runtime->end.text);
    }
}

static void schedule_expiry(struct runtime *runtime)
{
    int64_t left_s = vc_policy_ends(runtime->policy, runtime->clock.start_wall, expires(runtime)) -
                     vc_clock_now(&runtime->clock);
    uint64_t delay_ms = EXPIRY_LOOK_MS;

    if (left_s < (int64_t)(EXPIRY_LOOK_MS / 1000))
        delay_ms = left_s > 0 ? (uint64_t)left_s * 1000 : 0;
    if (vc_loop_after(runtime->loop, delay_ms, on_expiry, runtime, &runtime->expiry,
                      &runtime->end) != VC_OK)
        end_container(runtime, runtime->end.text);
}

static void on_narrowed(void *user, const struct vc_narrowed *)
{
    struct runtime *runtime = user;

    if (runtime->expiry == nullptr)
        return;
    vc_timer_cancel(runtime->expiry);
    runtime->expiry = nullptr;
    schedule_expiry(runtime);
}

/* ---- start and end ---- */

/* The launcher is gone: so is the one who answers for this machine. */
static void on_launcher(void *user, uint32_t)
{
    struct runtime *runtime = user;

    (void)!vc_fail(&runtime->end, VC_CLOSED, "the launcher is gone");
    vc_loop_stop(runtime->loop);
}

static enum vc_code make_attestor(struct runtime *runtime, struct vc_err *err)
{
    const struct vc_inherited *inherited = &runtime->inherited;
    struct vc_attestor_setup setup = {.loop = runtime->loop,
                                      .policy = runtime->policy,
                                      .clock = &runtime->clock,
                                      .line = &runtime->line,
                                      .platform = inherited->platform,
                                      .endorsement = vc_buffer_bytes(&inherited->endorsement)};
    enum vc_code code = vc_attestor_new(&setup, &runtime->attestor, err);

    return code == VC_OK ? vc_attestor_renew(runtime->attestor, &runtime->enrolment, err) : code;
}

static enum vc_code make_record(struct runtime *runtime, struct vc_err *err)
{
    struct vc_record_setup setup = {
        .policy = runtime->policy, .clock = &runtime->clock, .broken = on_broken, .user = runtime};
    enum vc_code code = vc_journal_new(runtime->policy, &runtime->journal, err);

    setup.journal = runtime->journal;
    if (code == VC_OK)
        code = vc_record_new(&setup, &runtime->record, err);
    if (code == VC_OK)
        code = vc_record_began(runtime->record, runtime->enrolment.certificate, err);
    return code;
}

static int64_t now(void *user)
{
    const struct runtime *runtime = user;

    return vc_clock_now(&runtime->clock);
}

static enum vc_code make_narrower(struct runtime *runtime, struct vc_err *err)
{
    const struct vc_narrower_setup setup = {.policy = runtime->policy,
                                            .record = runtime->record,
                                            .now = now,
                                            .broken = on_broken,
                                            .user = runtime};
    enum vc_code code = vc_narrower_new(&setup, &runtime->narrower, err);

    if (code != VC_OK)
        return code;
    vc_record_set_force(runtime->record, vc_narrower_force(runtime->narrower));
    runtime->narrowed = (struct vc_narrower_watcher){.changed = on_narrowed, .user = runtime};
    vc_narrower_watch(runtime->narrower, &runtime->narrowed);
    return VC_OK;
}

static enum vc_code make_gate(struct runtime *runtime, struct vc_err *err)
{
    const struct vc_gate_setup setup = {.policy = runtime->policy,
                                        .tree = runtime->tree,
                                        .keys = runtime->keys,
                                        .streams = runtime->streams};

    return vc_gate_new(&setup, &runtime->gate, err);
}

/* What stands on all the rest. */
static enum vc_code make_api(struct runtime *runtime, struct vc_err *err)
{
    const struct vc_pipelines_context pipelines = {.policy = runtime->policy,
                                                   .loop = runtime->loop,
                                                   .runs = runtime->runs,
                                                   .tree = runtime->tree};
    struct vc_api_context api = {.loop = runtime->loop,
                                 .policy = runtime->policy,
                                 .narrower = runtime->narrower,
                                 .clock = &runtime->clock,
                                 .tree = runtime->tree,
                                 .streams = runtime->streams,
                                 .keys = runtime->keys,
                                 .gate = runtime->gate,
                                 .runs = runtime->runs,
                                 .attestor = runtime->attestor,
                                 .record = runtime->record,
                                 .enrolment = &runtime->enrolment,
                                 .shutdown = on_shutdown,
                                 .user = runtime};
    enum vc_code code = vc_pipelines_new(&pipelines, &runtime->pipelines, err);

    api.pipelines = runtime->pipelines;
    return code == VC_OK ? vc_api_new(&api, &runtime->api, err) : code;
}

static enum vc_code make_state(struct runtime *runtime, struct vc_err *err)
{
    const struct vc_policy_storage *storage = &runtime->policy->storage;
    struct vc_tree_quota quota = {.files = storage->files,
                                  .bytes = storage->bytes,
                                  .file_bytes = storage->file_bytes,
                                  .depth = storage->depth};
    struct vc_runs_context runs = {.children = &runtime->children,
                                   .policy = runtime->policy,
                                   .manifest = &runtime->inherited.manifest,
                                   .files = runtime->inherited.files};
    enum vc_code code = vc_loop_new(&runtime->loop, err);

    if (code == VC_OK)
        code = vc_tree_new(&quota, &runtime->tree, err);
    if (code == VC_OK)
        vc_tree_set_clock(runtime->tree, vc_clock_ns);
    if (code == VC_OK)
        code = make_record(runtime, err);
    if (code == VC_OK)
        code = make_narrower(runtime, err);
    if (code == VC_OK) {
        code = vc_streams_new(runtime->loop, vc_narrower_force(runtime->narrower),
                              &runtime->streams, err);
    }
    if (code == VC_OK)
        vc_streams_set_record(runtime->streams, runtime->record);
    if (code == VC_OK)
        code = vc_keys_new(runtime->policy, &runtime->keys, err);
    runtime->children.loop = runtime->loop;
    runs.narrower = runtime->narrower;
    runs.tree = runtime->tree;
    runs.streams = runtime->streams;
    runs.keys = runtime->keys;
    if (code == VC_OK)
        code = make_gate(runtime, err);
    runs.gate = runtime->gate;
    runs.record = runtime->record;
    if (code == VC_OK)
        code = vc_runs_new(&runs, &runtime->runs, err);
    if (code == VC_OK)
        code = make_attestor(runtime, err);
    return code == VC_OK ? make_api(runtime, err) : code;
}

/* One that is held or fed is never idle: principals that keep all of theirs for ever leave the
 * others theirs. */
static uint32_t connections_of_one(const struct vc_policy *policy)
{
    uint32_t share = CONNECTIONS_MAX / (uint32_t)policy->principal_count;

    if (share > CONNECTIONS_OF_ONE_MAX)
        return CONNECTIONS_OF_ONE_MAX;
    return share > CONNECTIONS_OF_ONE_MIN ? share : CONNECTIONS_OF_ONE_MIN;
}

static enum vc_code open_server(struct runtime *runtime, struct vc_err *err)
{
    const struct vc_http_server_limits limits = {
        .connections = CONNECTIONS_MAX,
        .connections_per_peer = connections_of_one(runtime->policy),
        .streams_per_connection = VC_POLICY_STREAMS_MAX + 64,
        .handshake_ms = 10000,
        .idle_ms = 600000};
    enum vc_code code = vc_tls_new_server(runtime->enrolment.certificate, runtime->enrolment.key,
                                          check_client, runtime, &runtime->tls, err);

    if (code == VC_OK) {
        code = vc_http_server_new(runtime->loop, runtime->inherited.listener, runtime->tls, &limits,
                                  &vc_api_handler, runtime->api, &runtime->server, err);
    }
    if (code == VC_OK) {
        code = vc_loop_watch(runtime->loop, runtime->inherited.control, EPOLLHUP, on_launcher,
                             runtime, &runtime->launcher_watch, err);
    }
    return code;
}

/* Before the first key is made, and the first date looked at. */
static enum vc_code trust_host(struct runtime *runtime, struct vc_err *err)
{
    enum vc_code code = vc_random_check(&vc_random_kernel, err);

    return code == VC_OK ? vc_clock_start(&runtime->clock, err) : code;
}

/* What the certificate says: on hardware it is of the machine's launch, which only the evidence
 * knows. */
static enum vc_code tell_measurement(const struct vc_cert *certificate,
                                     struct vc_launcher_ready *ready, struct vc_err *err)
{
    struct vc_attested attested;
    struct vc_bytes extension;
    enum vc_code code = vc_cert_extension(certificate, VC_ATTESTED_OID, &extension, err);

    static_assert(VC_OCTETS_MAX <= sizeof(ready->measurement));
    if (code == VC_OK)
        code = vc_attested_parse(extension, &attested, err);
    if (code != VC_OK)
        return code;
    ready->measurement_size = (uint32_t)attested.measurement.size;
    memcpy(ready->measurement, attested.measurement.bytes, attested.measurement.size);
    return VC_OK;
}

static enum vc_code start(struct runtime *runtime, struct vc_launcher_ready *ready,
                          struct vc_err *err)
{
    enum vc_code code = trust_host(runtime, err);

    if (code == VC_OK)
        code = vc_inherit(VC_LAUNCHER_CONTROL_FD, VC_POLICY_SIZE_MAX, &runtime->inherited, err);
    if (code != VC_OK)
        return code;
    code = vc_policy_parse(vc_buffer_bytes(&runtime->inherited.policy), &runtime->policy, err);
    if (code == VC_OK)
        code = vc_policy_check_time(runtime->policy, vc_clock_now(&runtime->clock), err);
    if (code != VC_OK)
        return vc_fail_in(err, code, "policy");
    ready->parsed_us = vc_clock_us();
    code = vc_launcher_line_init(&runtime->line, runtime->inherited.control, err);
    if (code == VC_OK)
        code = enrol(runtime, &runtime->enrolment, err);
    ready->nonce_us = runtime->enrolment.nonce_us;
    ready->evidence_us = runtime->enrolment.evidence_us;
    ready->certified_us = runtime->enrolment.certified_us;
    if (code == VC_OK)
        code = tell_measurement(runtime->enrolment.certificate, ready, err);
    if (code == VC_OK)
        code = make_state(runtime, err);
    if (code == VC_OK)
        code = open_server(runtime, err);
    return code;
}

static void stop(struct runtime *runtime)
{
    vc_background_cancel(runtime->renewing);
    vc_timer_cancel(runtime->timer);
    vc_timer_cancel(runtime->expiry);
    vc_timer_cancel(runtime->told);
    vc_timer_cancel(runtime->broken);
    vc_loop_unwatch(runtime->launcher_watch);
    vc_http_server_free(runtime->server);
    vc_tls_free(runtime->tls);
    vc_api_free(runtime->api);
    vc_attestor_free(runtime->attestor);
    vc_pipelines_free(runtime->pipelines);
    vc_runs_free(runtime->runs);
    vc_gate_free(runtime->gate);
    vc_streams_free(runtime->streams);
    vc_narrower_free(runtime->narrower);
    vc_record_free(runtime->record);
    vc_journal_free(runtime->journal);
    vc_keys_free(runtime->keys);
    vc_children_done(&runtime->children);
    vc_tree_free(runtime->tree);
    vc_loop_free(runtime->loop);
    vc_enrolment_done(&runtime->enrolment);
    vc_enrolment_done(&runtime->renewal);
    vc_policy_free(runtime->policy);
    vc_buffer_done(&runtime->inherited.policy);
    vc_buffer_done(&runtime->inherited.endorsement);
}

int main(void)
{
    struct vc_launcher_ready ready = {.kind = VC_LAUNCHER_READY, .entered_us = vc_clock_us()};
    struct runtime runtime = {};
    enum vc_code code = harden(&runtime.end);

    if (code == VC_OK)
        code = start(&runtime, &ready, &runtime.end);
    if (code == VC_OK) {
        runtime.end =
            (struct vc_err){}; /* a record may keep what went wrong on the way to success */
        schedule_renewal(&runtime, renewal_delay_ms(&runtime));
        schedule_expiry(&runtime);
        ready.serving_us = vc_clock_us();
        ready.expires = vc_cert_not_after(runtime.enrolment.certificate);
        vc_launcher_tell_ready(VC_LAUNCHER_CONTROL_FD, &ready);
        code = vc_loop_run(runtime.loop, &runtime.end);
    }
    stop(&runtime);
    vc_launcher_tell_end(VC_LAUNCHER_CONTROL_FD, &runtime.end);
    return code == VC_OK ? EXIT_SUCCESS : EXIT_FAILURE;
}
