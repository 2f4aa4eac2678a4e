/* SPDX-License-Identifier: MIT */

/* Target: vc_ear_verify, of claims that are signed by a key made here, so that the reader behind
 * the signature is reached; and of the bytes as they are. Property: what verifies is written as a
 * token that says the same, but for the status, which follows from the rest. */

#include <stdlib.h>
#include <string.h>

#include "attest/ear.h"
#include "base/base64.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static constexpr int64_t NOW = 1800000000;

struct service {
    struct vc_key *key;
    struct vc_cert *ca;
};

static const struct service *service(void)
{
    static struct service made; /* once per process: keys take long to make */

    if (made.ca == nullptr &&
        (vc_key_new(&made.key, nullptr) != VC_OK ||
         vc_cert_new_ca(made.key, "CA", NOW - 60, NOW + 600, &made.ca, nullptr) != VC_OK))
        abort();
    return &made;
}

static void put(struct vc_buffer *token, struct vc_bytes part)
{
    if (vc_base64url_encode(part, token, nullptr) != VC_OK ||
        vc_buffer_append_text(token, ".", nullptr) != VC_OK)
        abort();
}

static void sign(const struct service *by, struct vc_bytes claims, struct vc_buffer *token)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer header = {};
    uint8_t signature[VC_ES256_SIZE];
    char id[VC_EAR_KEY_ID_MAX];

    vc_ear_key_id(by->ca, id);
    if (vc_buffer_printf(&header, nullptr, "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"%s\"}",
                         id) != VC_OK)
        abort();
    put(token, vc_buffer_bytes(&header));
    put(token, claims);
    if (vc_key_sign(by->key, (struct vc_bytes){token->data, token->size - 1}, signature, nullptr) !=
            VC_OK ||
        vc_base64url_encode(VC_BYTES(signature), token, nullptr) != VC_OK)
        abort();
}

/* Field by field: what lies between them is nobody's. */
static bool same_ear(const struct vc_ear *a, const struct vc_ear *b)
{
    return a->status == b->status && a->issued_at == b->issued_at && a->expires == b->expires &&
           a->platform == b->platform && a->passed == b->passed && a->tcb_status == b->tcb_status &&
           vc_octets_equal(&a->measurement, &b->measurement) &&
           vc_octets_equal(&a->machine, &b->machine) &&
           vc_octets_equal(&a->report_data, &b->report_data) &&
           vc_octets_equal(&a->certificate, &b->certificate) &&
           memcmp(a->policy_hash, b->policy_hash, VC_SHA256_SIZE) == 0 &&
           strcmp(a->reason, b->reason) == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct service *by = service();
    vc_cleanup(vc_buffer_done) struct vc_buffer token = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer again = {};
    struct vc_ear ear = {};
    struct vc_ear back = {};

    if (vc_ear_verify((struct vc_bytes){data, size}, by->ca, NOW, &ear, nullptr) == VC_OK)
        abort(); /* nobody signed it */
    if (size > VC_EAR_SIZE_MAX)
        return 0;
    sign(by, (struct vc_bytes){data, size}, &token);
    if (vc_ear_verify(vc_buffer_bytes(&token), by->ca, NOW, &ear, nullptr) != VC_OK)
        return 0;
    if (vc_ear_encode(&ear, by->ca, by->key, &again, nullptr) != VC_OK ||
        vc_ear_verify(vc_buffer_bytes(&again), by->ca, NOW, &back, nullptr) != VC_OK)
        abort();
    ear.status = back.status;
    if (!same_ear(&ear, &back))
        abort();
    return 0;
}
