/* SPDX-License-Identifier: MIT */

/* Target: certificates, requests, keys and PEM. Property: what is accepted as DER is written as PEM
 * that is accepted as the same bytes, and no check crashes on it. */

#include <stdlib.h>
#include <string.h>

#include "crypto/certificate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_certificate(struct vc_bytes der)
{
    vc_cleanup(vc_cert_freep) struct vc_cert *cert = nullptr;
    vc_cleanup(vc_cert_freep) struct vc_cert *again = nullptr;
    vc_cleanup(vc_key_freep) struct vc_key *key = nullptr;
    vc_cleanup(vc_buffer_done) struct vc_buffer pem = {};
    struct vc_bytes value;

    if (vc_cert_parse_der(der, &cert, nullptr) != VC_OK)
        return;
    if (vc_cert_encode_pem(cert, &pem, nullptr) != VC_OK ||
        vc_cert_parse_pem(vc_buffer_bytes(&pem), &again, nullptr) != VC_OK ||
        vc_cert_der(again).size != der.size ||
        memcmp(vc_cert_der(again).data, der.data, der.size) != 0)
        abort();
    (void)!vc_cert_check_identity(cert, nullptr);
    (void)!vc_cert_check_issued(cert, cert, vc_cert_not_before(cert), nullptr);
    (void)!vc_cert_has_dns_name(cert, "localhost");
    (void)!vc_cert_extension(cert, "2.5.29.17", &value, nullptr);
    (void)!vc_cert_key(cert, &key, nullptr);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vc_bytes input = {data, size};
    vc_cleanup(vc_cert_freep) struct vc_cert *cert = nullptr;
    vc_cleanup(vc_key_freep) struct vc_key *requested = nullptr;
    vc_cleanup(vc_key_freep) struct vc_key *public = nullptr;
    vc_cleanup(vc_key_freep) struct vc_key *private = nullptr;

    check_certificate(input);
    (void)!vc_cert_parse_pem(input, &cert, nullptr);
    (void)!vc_csr_open(input, &requested, nullptr);
    (void)!vc_key_parse_public_pem(input, &public, nullptr);
    (void)!vc_key_parse_private_pem(input, &private, nullptr);
    return 0;
}
