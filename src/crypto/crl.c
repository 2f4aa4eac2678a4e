/* SPDX-License-Identifier: MIT */

#include "crypto/crl.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/chain.h"
#include "crypto/crl_internal.h"
#include "crypto/pem_internal.h"

static constexpr size_t CRL_PEM_MAX = 2 * VC_CRL_SIZE_MAX; /* base 64, line ends, boundaries */

/* A list for some certificates of its issuer only, or for other issuers' too, is none of ours. */
static bool is_whole(X509_CRL *native)
{
    vc_cleanup(ISSUING_DIST_POINT_freep) ISSUING_DIST_POINT *point =
        X509_CRL_get_ext_d2i(native, NID_issuing_distribution_point, nullptr, nullptr);

    return point != nullptr && point->onlyuser <= 0 && point->onlyCA <= 0 &&
           point->indirectCRL <= 0 && point->onlyattr <= 0 && point->onlysomereasons == nullptr;
}

static bool knows_critical(X509_CRL *native)
{
    int count = X509_CRL_get_ext_count(native);

    for (int i = 0; i < count; i++) {
        X509_EXTENSION *extension = X509_CRL_get_ext(native, i);
        int nid = OBJ_obj2nid(X509_EXTENSION_get_object(extension));

        if (nid == NID_delta_crl)
            return false; /* critical by RFC 5280 §5.2.4, whatever it is marked as */
        if (nid == NID_issuing_distribution_point && !is_whole(native))
            return false;
        if (X509_EXTENSION_get_critical(extension) && nid != NID_issuing_distribution_point)
            return false;
    }
    return true;
}

/* Entries may be critical only by saying that they are another issuer's (RFC 5280 §5.3.3). */
static bool has_plain_entries(X509_CRL *native)
{
    const STACK_OF(X509_REVOKED) *entries = X509_CRL_get_REVOKED(native);
    int count = entries == nullptr ? 0 : sk_X509_REVOKED_num(entries);

    for (int i = 0; i < count; i++) {
        if (X509_REVOKED_get_ext_by_critical(sk_X509_REVOKED_value(entries, i), 1, -1) >= 0)
            return false;
    }
    return true;
}

static enum vc_code read_values(struct vc_crl *crl, struct vc_err *err)
{
    const ASN1_TIME *next = X509_CRL_get0_nextUpdate(crl->native);

    crl->next_update = INT64_MAX;
    if (!vc_asn1_seconds(X509_CRL_get0_lastUpdate(crl->native), &crl->this_update) ||
        (next != nullptr && !vc_asn1_seconds(next, &crl->next_update)))
        return vc_crypto_fail(err, VC_MALFORMED, "revocation list: malformed time");
    crl->is_opaque = !knows_critical(crl->native) || !has_plain_entries(crl->native);
    return vc_asn1_common_name(X509_CRL_get_issuer(crl->native), "revocation list's issuer",
                               &crl->issuer_name, err);
}

/* d2i_X509_CRL tolerates some BER; then writing gives other bytes than were read. */
static bool encodes_to(X509_CRL *native, struct vc_bytes der)
{
    unsigned char *again = nullptr;
    int size = i2d_X509_CRL(native, &again);
    bool same = size > 0 && (size_t)size == der.size && memcmp(again, der.data, der.size) == 0;

    OPENSSL_free(again);
    return same;
}

enum vc_code vc_crl_parse_der(struct vc_bytes der, struct vc_crl **crl, struct vc_err *err)
{
    vc_cleanup(vc_crl_freep) struct vc_crl *made = nullptr;
    const unsigned char *at = der.data;
    enum vc_code code;

    vc_crypto_start();
    if (der.size > VC_CRL_SIZE_MAX) {
        return vc_fail(err, VC_LIMIT, "revocation list: %zu bytes, at most %zu", der.size,
                       VC_CRL_SIZE_MAX);
    }
    made = calloc(1, sizeof(*made));
    if (made == nullptr)
        return vc_fail_memory(err);
    made->native = der.size == 0 ? nullptr : d2i_X509_CRL(nullptr, &at, (long)der.size);
    if (made->native == nullptr)
        return vc_crypto_fail(err, VC_MALFORMED, "not a revocation list");
    if (at != der.data + der.size || !encodes_to(made->native, der))
        return vc_fail(err, VC_MALFORMED, "revocation list: not exactly one, in DER");
    code = read_values(made, err);
    if (code == VC_OK)
        *crl = vc_take(made);
    return code;
}

enum vc_code vc_crl_parse_pem(struct vc_bytes pem, struct vc_crl **crl, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer der = {};
    enum vc_code code = vc_pem_parse(pem, "X509 CRL", CRL_PEM_MAX, &der, err);

    return code == VC_OK ? vc_crl_parse_der(vc_buffer_bytes(&der), crl, err) : code;
}

void vc_crl_free(struct vc_crl *crl)
{
    if (crl == nullptr)
        return;
    X509_CRL_free(crl->native);
    free(crl->issuer_name);
    free(crl);
}

int64_t vc_crl_this_update(const struct vc_crl *crl)
{
    return crl->this_update;
}

int64_t vc_crl_next_update(const struct vc_crl *crl)
{
    return crl->next_update;
}

const char *vc_crl_issuer(const struct vc_crl *crl)
{
    return crl->issuer_name;
}

bool vc_crl_is_by(const struct vc_crl *crl, const X509_NAME *issuer)
{
    return vc_asn1_same_name(X509_CRL_get_issuer(crl->native), issuer);
}

bool vc_crl_lists(const struct vc_crl *crl, X509 *native)
{
    X509_REVOKED *entry = nullptr;

    return X509_CRL_get0_by_serial(crl->native, &entry, X509_get0_serialNumber(native)) != 0;
}

bool vc_crl_names(const struct vc_crl *list, const struct vc_cert *cert)
{
    return vc_crl_is_by(list, X509_get_issuer_name(cert->native)) &&
           vc_crl_lists(list, cert->native);
}
