/* SPDX-License-Identifier: MIT */

#include "attest/session_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attest/log_fixture.h"
#include "evidence/process.h"

static constexpr int64_t DAY_S = 86400;

static void must(enum vc_code code, const char *what)
{
    if (code == VC_OK)
        return;
    (void)fprintf(stderr, "session fixture: %s\n", what);
    abort();
}

void session_fixture_init(struct session_fixture *fixture, int64_t now)
{
    uint8_t machine[VC_INSTANCE_ID_SIZE];

    *fixture = (struct session_fixture){.now = now, .measurement.size = VC_SHA256_SIZE};
    must(vc_key_new(&fixture->ca_key, nullptr), "key");
    must(vc_key_new(&fixture->machine_key, nullptr), "key");
    must(vc_key_new(&fixture->shown_key, nullptr), "key");
    must(vc_key_new(&fixture->renewed_key, nullptr), "key");
    must(
        vc_cert_new_ca(fixture->ca_key, "service", now - DAY_S, now + DAY_S, &fixture->ca, nullptr),
        "CA");
    must(vc_key_encode_public_der(fixture->machine_key, &fixture->machine_spki, nullptr), "SPKI");
    must(vc_process_instance_id(fixture->machine_key, machine, nullptr), "instance id");
    fixture->machine = vc_octets_of(VC_BYTES(machine));
    memset(fixture->measurement.bytes, 0x77, VC_SHA256_SIZE);
    memset(fixture->policy_hash, 0x9f, sizeof(fixture->policy_hash));
    fixture->platform = (struct vc_policy_platform){.kind = VC_PLATFORM_PROCESS,
                                                    .measurements = &fixture->measurement,
                                                    .measurement_count = 1,
                                                    .tcb_accepted = 1u << VC_TCB_UP_TO_DATE};
}

void session_fixture_done(struct session_fixture *fixture)
{
    vc_key_free(fixture->ca_key);
    vc_key_free(fixture->machine_key);
    vc_key_free(fixture->shown_key);
    vc_key_free(fixture->renewed_key);
    vc_cert_free(fixture->ca);
    vc_buffer_done(&fixture->machine_spki);
}

struct vc_attested session_fixture_attested(const struct session_fixture *fixture)
{
    struct vc_attested attested = {.platform = VC_PLATFORM_PROCESS,
                                   .measurement = fixture->measurement,
                                   .machine = fixture->machine,
                                   .tcb_status = VC_TCB_NOT_APPLICABLE,
                                   .verified_at = fixture->now};

    memcpy(attested.policy_hash, fixture->policy_hash, VC_SHA256_SIZE);
    return attested;
}

struct vc_cert *session_fixture_issue(struct session_fixture *fixture, const struct vc_key *key,
                                      const struct vc_attested *attested, int64_t life_s)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer extension = {};
    char name[VC_ATTESTED_NAME_MAX];
    const char *names[] = {name};
    struct vc_cert *cert = nullptr;

    vc_attested_name(fixture->policy_hash, name);
    must(vc_attested_encode(attested, &extension, nullptr), "extension");
    struct vc_cert_order order = {.subject_key = key,
                                  .common_name = "veracruz container",
                                  .dns_names = names,
                                  .dns_name_count = 1,
                                  .not_before = fixture->now - 3600,
                                  .not_after = fixture->now + life_s,
                                  .extension_oid = VC_ATTESTED_OID,
                                  .extension_value = vc_buffer_bytes(&extension)};

    must(vc_cert_issue(fixture->ca, fixture->ca_key, &order, &cert, nullptr), "certificate");
    session_fixture_log(fixture, cert);
    return cert;
}

void session_fixture_log(struct session_fixture *fixture, const struct vc_cert *cert)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer entry = {};

    must(fixture->leaf_count < SESSION_FIXTURE_LOG_MAX ? VC_OK : VC_LIMIT, "log");
    must(vc_log_entry_of(cert, &entry, nullptr), "entry");
    vc_log_leaf(vc_buffer_bytes(&entry), fixture->leaves[fixture->leaf_count++]);
}

struct vc_log_receipt session_fixture_receipt(const struct session_fixture *fixture, uint64_t index,
                                              uint64_t size, uint64_t since)
{
    struct vc_log_receipt receipt = {
        .index = index, .head = {.size = size, .time = fixture->now}, .since = since};
    struct vc_log_model whole = {fixture->leaves, size};
    struct vc_log_model larger = {fixture->leaves, since < size ? size : since};

    vc_log_model_root(whole, receipt.head.root);
    must(vc_log_head_sign(&receipt.head, fixture->ca_key, nullptr), "head");
    vc_log_model_path(index, whole, &receipt.inclusion);
    if (since > 0 && since != size)
        vc_log_model_growth(since < size ? since : size, larger, &receipt.growth);
    return receipt;
}

void session_fixture_answer(const struct session_fixture *fixture,
                            const struct vc_session_scene *scene, struct vc_session_answer *answer)
{
    static const uint8_t boot_seed[32] = {1};
    uint8_t report_data[VC_BINDER_SIZE];

    *answer = (struct vc_session_answer){.platform = VC_PLATFORM_PROCESS};
    vc_session_report_data(scene, report_data);
    const struct vc_process_statement statement = {fixture->measurement.bytes, report_data,
                                                   boot_seed};

    must(vc_process_produce(fixture->machine_key, &statement, &answer->evidence, nullptr),
         "evidence");
    must(vc_buffer_append(&answer->endorsement, vc_buffer_bytes(&fixture->machine_spki), nullptr),
         "memory");
    must(vc_cert_parse_der(vc_cert_der(scene->current), &answer->certificate, nullptr), "memory");
}
