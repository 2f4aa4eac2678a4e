/* SPDX-License-Identifier: MIT */

/* Opens a connection to a container. Policy and identity are checked before the network is touched;
 * the container's certificate within the TLS handshake, before any request exists; its evidence for
 * this session before any other request. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "base/hex.h"
#include "client/report.h"
#include "client/session_internal.h"

int64_t vc_client_now(const struct vcc_client *client)
{
    return client->clock.now != nullptr ? client->clock.now(client->clock.user)
                                        : (int64_t)time(nullptr);
}

static enum vc_code verify(void *user, const struct vc_cert *peer, struct vc_err *err)
{
    struct vcc_client *client = user;
    struct vc_expectations expectations = vc_expectations_of(client->policy);
    enum vc_code code =
        vc_attested_check(peer, &expectations, vc_client_now(client), &client->attested, err);

    if (code != VC_OK)
        return code;
    client->expires_at = vc_cert_not_after(peer);
    client->checked = true;
    return VC_OK;
}

static enum vcc_status load_policy(struct vcc_client *client, const char *path,
                                   struct vcc_error *error)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vc_err err = {};
    enum vc_code code = vc_file_load(path, VC_POLICY_SIZE_MAX, &text, &err);

    if (code == VC_LIMIT)
        return vc_report(error, VCC_MALFORMED, &err);
    if (code != VC_OK)
        return vc_report_code(error, code, &err);
    code = vc_policy_parse(vc_buffer_bytes(&text), &client->policy, &err);
    if (code == VC_MEMORY)
        return vc_report(error, VCC_FAILED, &err);
    if (code != VC_OK) { /* whatever class the parser gave it: the file is at fault */
        (void)vc_fail_in(&err, code, "%s", path);
        return vc_report(error, VCC_MALFORMED, &err);
    }
    code = vc_policy_check_time(client->policy, vc_client_now(client), &err);
    if (code == VC_OK)
        return VCC_OK;
    (void)vc_fail_in(&err, code, "%s", path);
    return vc_report_code(error, code, &err);
}

/* The container would refuse the same things, and with fewer words. */
static enum vcc_status load_identity(struct vcc_client *client, const char *prefix,
                                     struct vcc_error *error)
{
    struct vc_err err = {};
    size_t index;
    enum vc_code code = vc_identity_load(prefix, &client->identity, &err);

    if (code == VC_REFUSED) /* not fit to be an identity */
        return vc_report(error, VCC_MALFORMED, &err);
    if (code != VC_OK)
        return vc_report_code(error, code, &err);
    code = vc_cert_check_time(client->identity.cert, vc_client_now(client), &err);
    if (code != VC_OK) {
        (void)vc_fail_in(&err, code, "%s.crt", prefix);
        return vc_report_code(error, code, &err);
    }
    if (vc_policy_principal_by_certificate(client->policy, vc_cert_der(client->identity.cert),
                                           &index))
        return VCC_OK;
    code = vc_fail(&err, VC_REFUSED, "principals: the policy has none with the certificate %s.crt",
                   prefix);
    return vc_report_code(error, code, &err);
}

/* A connection to the container, of which nothing has been asked yet. */
static enum vc_code dial(struct vcc_client *client, struct vc_err *err)
{
    vc_cleanup(vc_http_client_freep) struct vc_http_client *http = nullptr;
    char name[VC_ATTESTED_NAME_MAX];
    enum vc_code code;

    vc_attested_name(client->policy->hash, name);
    client->checked = false;
    code = vc_http_client_connect(client->container, name, client->tls, client->timeout_ms, &http,
                                  err);
    if (code == VC_OK && !client->checked) /* fail closed, should net ever forget to ask */
        code = vc_fail(err, VC_UNTRUSTED, "the container was not checked");
    client->expires_at = 0; /* nothing is proven: no call gets past vc_client_stay before it is */
    if (code != VC_OK)
        return code;
    vc_http_client_free(client->http);
    client->http = vc_take(http);
    return VC_OK;
}

static enum vc_code open_session(struct vcc_client *client, struct vc_err *err)
{
    const char *container = client->container;
    enum vc_code code = dial(client, err);

    if (code == VC_OK)
        code = vc_client_attest(client, err);
    if (code == VC_OK)
        return VC_OK;
    if (err != nullptr && strncmp(err->text, container, strlen(container)) != 0)
        (void)vc_fail_in(err, code, "%s", container);
    return code;
}

static enum vcc_status open_connection(struct vcc_client *client, const char *container,
                                       struct vcc_error *error)
{
    struct vc_err err = {};
    enum vc_code code = vc_tls_new_client(client->identity.cert, client->identity.key, verify,
                                          client, &client->tls, &err);

    client->container = strdup(container);
    if (code == VC_OK && client->container == nullptr)
        code = vc_fail_memory(&err);
    if (code == VC_OK)
        code = open_session(client, &err);
    return code == VC_OK ? VCC_OK : vc_report_code(error, code, &err);
}

enum vc_code vc_client_reconnect(struct vcc_client *client, struct vc_err *err)
{
    struct vc_err failure = client->ended;
    enum vc_code code = failure.code;

    if (code != VC_UNTRUSTED) /* a session that only broke off is proven anew */
        code = open_session(client, &failure);
    if (code == VC_OK || code == VC_UNTRUSTED)
        client->ended = code == VC_OK ? (struct vc_err){} : failure;
    return code == VC_OK ? VC_OK : vc_fail(err, code, "%s", failure.text);
}

static enum vcc_status check_options(const struct vcc_options *options, struct vcc_error *error)
{
    struct vc_err err = {};
    const char *missing = nullptr;

    if (options->container == nullptr)
        missing = "container";
    if (options->identity_path == nullptr)
        missing = "identity";
    if (options->policy_path == nullptr)
        missing = "policy";
    if (missing == nullptr)
        return VCC_OK;
    return vc_report_code(error, vc_fail(&err, VC_MALFORMED, "no %s given", missing), &err);
}

static enum vcc_status open_log(struct vcc_client *client, const char *folder,
                                struct vcc_error *error)
{
    struct vc_err err = {};
    enum vc_code code =
        vc_log_store_open(folder, client->policy->attestation.ca, &client->log, &err);

    return code == VC_OK ? VCC_OK : vc_report_code(error, code, &err);
}

vcc_client *vcc_connect(const struct vcc_options *options, struct vcc_error *error)
{
    return vc_client_open(options, &(const struct vc_client_clock){}, error);
}

vcc_client *vc_client_open(const struct vcc_options *options, const struct vc_client_clock *clock,
                           struct vcc_error *error)
{
    if (check_options(options, error) != VCC_OK)
        return nullptr;
    struct vcc_client *client = calloc(1, sizeof(*client));

    if (client == nullptr) {
        struct vc_err err = {};

        (void)vc_report_code(error, vc_fail_memory(&err), &err);
        return nullptr;
    }
    client->clock = *clock;
    client->timeout_ms = options->timeout_ms != 0 ? options->timeout_ms : VC_CLIENT_TIMEOUT_MS;
    if (load_policy(client, options->policy_path, error) == VCC_OK &&
        load_identity(client, options->identity_path, error) == VCC_OK &&
        open_log(client, options->log_folder, error) == VCC_OK &&
        open_connection(client, options->container, error) == VCC_OK)
        return client;
    vcc_close(client);
    return nullptr;
}

void vcc_close(vcc_client *client)
{
    if (client == nullptr)
        return;
    vc_http_client_free(client->http);
    vc_tls_free(client->tls);
    vc_identity_done(&client->identity);
    vc_policy_free(client->policy);
    vc_log_store_done(&client->log);
    free(client->container);
    free(client);
}

void vcc_attestation_of(const vcc_client *client, struct vcc_attestation *out)
{
    const struct vc_attested *attested = &client->attested;

    *out = (struct vcc_attestation){
        .verified_at = attested->verified_at,
        .expires_at = client->expires_at,
        .incarnation = attested->incarnation,
        .log_index = client->log_index,
        .log_size = client->log_size,
    };
    (void)snprintf(out->platform, sizeof(out->platform), "%s",
                   vc_platform_name(attested->platform));
    (void)snprintf(out->label, sizeof(out->label), "%s", vc_platform_label(attested->platform));
    (void)snprintf(out->level, sizeof(out->level), "%s",
                   vc_isolation_name(vc_platform_isolation(attested->platform)));
    (void)snprintf(out->node, sizeof(out->node), "%s", attested->node);
    (void)snprintf(out->tcb_status, sizeof(out->tcb_status), "%s",
                   vc_tcb_status_name(attested->tcb_status));
    vc_octets_hex(&attested->measurement, out->measurement);
    vc_octets_hex(&attested->machine, out->machine);
    vc_hex_encode((struct vc_bytes){attested->policy_hash, VC_SHA256_SIZE}, out->policy_hash);
}
