/* SPDX-License-Identifier: MIT */

#include "policy/query_fixture.h"

#include <stdio.h>
#include <stdlib.h>

/* @0@ to @3@: certificates of the principals; @4@: the service's. */
static const char POLICY[] =
    "{\"version\":1,\"name\":\"two\",\"expires\":\"2027-06-30T00:00:00Z\","
    "\"attestation\":{\"url\":\"https://127.0.0.1:4000\",\"ca\":@4@,\"max_age_seconds\":600,"
    "\"platforms\":{\"process\":{\"measurements\":["
    "\"1111111111111111111111111111111111111111111111111111111111111111\"]}}},"
    "\"principals\":{\"alice\":{\"certificate\":@0@},\"bob\":{\"certificate\":@1@},"
    "\"carol\":{\"certificate\":@2@},\"dave\":{\"certificate\":@3@}},"
    "\"programs\":{\"left\":{\"path\":\"/program/left.wasm\","
    "\"sha256\":\"3333333333333333333333333333333333333333333333333333333333333333\","
    "\"limits\":{\"memory_mib\":32,\"stack_kib\":512,\"cpu_seconds\":10,\"wall_seconds\":30,"
    "\"files\":16,\"open_files\":20,\"processes\":2,\"output_bytes\":1048576,"
    "\"written_bytes\":2097152}},"
    "\"right\":{\"path\":\"/program/right.wasm\","
    "\"sha256\":\"4444444444444444444444444444444444444444444444444444444444444444\"}},"
    "\"rights\":["
    "{\"principal\":\"alice\",\"may\":[\"write\"],\"path\":\"/left/in/\"},"
    "{\"principal\":\"alice\",\"may\":[\"write\",\"execute\"],\"path\":\"/program/left.wasm\"},"
    "{\"principal\":\"bob\",\"may\":[\"read\"],\"path\":\"/left/out\"},"
    "{\"principal\":\"carol\",\"may\":[\"write\"],\"path\":\"/right/in\"},"
    "{\"principal\":\"dave\",\"may\":[\"read\",\"list\"],\"path\":\"/right/\"},"
    "{\"principal\":\"dave\",\"may\":[\"write\",\"execute\"],\"path\":\"/program/right.wasm\"},"
    "{\"program\":\"left\",\"may\":[\"read\",\"list\"],\"path\":\"/left/in/\"},"
    "{\"program\":\"left\",\"may\":[\"write\",\"delete\"],\"path\":\"/left/out\"},"
    "{\"program\":\"right\",\"may\":[\"read\"],\"path\":\"/right/in\"},"
    "{\"program\":\"right\",\"may\":[\"write\",\"append\"],\"path\":\"/right/out/\"}],"
    "\"streams\":{\"prices\":{\"producer\":{\"principal\":\"alice\"},"
    "\"consumers\":[{\"program\":\"left\"},{\"principal\":\"bob\"}]},"
    "\"sums\":{\"producer\":{\"program\":\"right\"},\"consumers\":[{\"principal\":\"dave\"}]}},"
    "\"storage\":{\"files\":1000,\"bytes\":1073741824,\"file_bytes\":536870912},"
    "\"lifecycle\":{\"runs\":[{\"program\":\"left\",\"at_most\":3}]},"
    "\"narrowing\":[{\"program\":\"left\",\"may\":[\"take\",\"read_once\"],\"path\":\"/left/out\"},"
    "{\"program\":\"right\",\"may\":[\"take\"],\"path\":\"/right/out/\"},"
    "{\"program\":\"right\",\"may\":[\"withdraw\"],\"programs\":[\"left\"]}]}";

static constexpr int64_t NOT_BEFORE = 1767225600; /* 2026-01-01T00:00:00Z */
static constexpr int64_t NOT_AFTER = 1830297600;  /* 2028-01-01T00:00:00Z */

static void need(enum vc_code code, const struct vc_err *err)
{
    if (code == VC_OK)
        return;
    (void)fprintf(stderr, "fixture: %s\n", err->text);
    abort();
}

/* PEM as a JSON string. */
static void append_certificate(struct vc_buffer *text, bool authority)
{
    vc_cleanup(vc_key_freep) struct vc_key *key = nullptr;
    vc_cleanup(vc_cert_freep) struct vc_cert *cert = nullptr;
    vc_cleanup(vc_buffer_done) struct vc_buffer pem = {};
    struct vc_err err = {};

    need(vc_key_new(&key, &err), &err);
    need(authority ? vc_cert_new_ca(key, "service", NOT_BEFORE, NOT_AFTER, &cert, &err)
                   : vc_cert_new_identity(key, "somebody", NOT_BEFORE, NOT_AFTER, &cert, &err),
         &err);
    need(vc_cert_encode_pem(cert, &pem, &err), &err);
    need(vc_buffer_append_text(text, "\"", &err), &err);
    for (size_t i = 0; i < pem.size; i++) {
        struct vc_bytes byte = {&pem.data[i], 1};

        need(pem.data[i] == '\n' ? vc_buffer_append_text(text, "\\n", &err)
                                 : vc_buffer_append(text, byte, &err),
             &err);
    }
    need(vc_buffer_append_text(text, "\"", &err), &err);
}

static struct vc_policy *new_policy(void)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vc_policy *policy = nullptr;
    struct vc_err err = {};

    for (const char *at = POLICY; *at != '\0';) {
        if (at[0] == '@' && at[2] == '@') {
            append_certificate(&text, at[1] == '4');
            at += 3;
        } else {
            need(vc_buffer_append(&text, (struct vc_bytes){(const uint8_t *)at++, 1}, &err), &err);
        }
    }
    need(vc_policy_parse(vc_buffer_bytes(&text), &policy, &err), &err);
    return policy;
}

int vc_query_fixture_setup(void **state)
{
    *state = new_policy();
    return 0;
}

int vc_query_fixture_teardown(void **state)
{
    vc_policy_free(*state);
    return 0;
}
