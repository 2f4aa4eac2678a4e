/* SPDX-License-Identifier: MIT */

/* What is asked of a certificate before it means anything. No chain building, no trust store, no
 * path: one leaf, and at most the one CA that a policy pins. */

#include "base/instant.h"
#include "crypto/library_internal.h"

static constexpr int RSA_BITS_MIN = 2048;
static constexpr int SIGNATURE_BITS_MIN = 112; /* security bits: SHA-256 and better */

/* The critical extensions that the checks below understand. */
static const int CRITICAL_KNOWN[] = {NID_basic_constraints, NID_key_usage, NID_ext_key_usage,
                                     NID_subject_alt_name};

static bool is_known(X509_EXTENSION *extension, const struct vc_extension_rule *rule)
{
    int nid = OBJ_obj2nid(X509_EXTENSION_get_object(extension));

    for (size_t i = 0; i < rule->known_count; i++) {
        if (nid == rule->known[i])
            return true;
    }
    return rule->any_critical;
}

enum vc_code vc_cert_check_extensions(X509 *native, const struct vc_extension_rule *rule,
                                      struct vc_err *err)
{
    uint32_t flags = X509_get_extension_flags(native);
    int count = X509_get_ext_count(native);

    if (X509_get_version(native) != X509_VERSION_3)
        return vc_fail(err, VC_REFUSED, "not an X.509 v3 certificate");
    if (flags & EXFLAG_INVALID)
        return vc_crypto_fail(err, VC_REFUSED, "malformed extensions");
    for (int i = 0; i < count; i++) {
        X509_EXTENSION *extension = X509_get_ext(native, i);
        const ASN1_OBJECT *object = X509_EXTENSION_get_object(extension);

        if (X509_get_ext_by_OBJ(native, object, i) >= 0)
            return vc_fail(err, VC_REFUSED, "an extension more than once");
        if (X509_EXTENSION_get_critical(extension) && !is_known(extension, rule))
            return vc_fail(err, VC_REFUSED, "an unknown critical extension");
    }
    return VC_OK;
}

static enum vc_code check_extensions(X509 *native, struct vc_err *err)
{
    static const struct vc_extension_rule rule = {CRITICAL_KNOWN, VC_COUNT(CRITICAL_KNOWN), false};

    return vc_cert_check_extensions(native, &rule, err);
}

static enum vc_code check_ec_key(const EVP_PKEY *key, struct vc_err *err)
{
    char group[64] = "";

    if (EVP_PKEY_get_group_name(key, group, sizeof(group), nullptr) == 1 &&
        (OBJ_sn2nid(group) == NID_X9_62_prime256v1 || OBJ_sn2nid(group) == NID_secp384r1))
        return VC_OK;
    return vc_crypto_fail(err, VC_REFUSED, "an elliptic curve other than P-256 and P-384");
}

static enum vc_code check_key(X509 *native, struct vc_err *err)
{
    const EVP_PKEY *key = X509_get0_pubkey(native);

    if (key == nullptr)
        return vc_crypto_fail(err, VC_REFUSED, "an unknown kind of key");
    if (EVP_PKEY_is_a(key, "EC"))
        return check_ec_key(key, err);
    if (EVP_PKEY_is_a(key, "ED25519"))
        return VC_OK;
    if (!EVP_PKEY_is_a(key, "RSA"))
        return vc_fail(err, VC_REFUSED, "a key that is none of P-256, P-384, Ed25519 and RSA");
    if (EVP_PKEY_get_bits(key) < RSA_BITS_MIN) {
        return vc_fail(err, VC_REFUSED, "an RSA key of %d bits, at least %d",
                       EVP_PKEY_get_bits(key), RSA_BITS_MIN);
    }
    return VC_OK;
}

/* An end entity that may sign in a TLS handshake in this role. Without an extended key usage every
 * role is allowed, unless `needed`. */
static enum vc_code check_leaf(X509 *native, uint32_t role, bool needed, struct vc_err *err)
{
    enum vc_code code = check_extensions(native, err);
    uint32_t flags = X509_get_extension_flags(native);
    uint32_t usage = X509_get_key_usage(native);
    uint32_t extended = X509_get_extended_key_usage(native);
    const char *name = role == XKU_SSL_CLIENT ? "clientAuth" : "serverAuth";

    if (code != VC_OK)
        return code;
    if (flags & EXFLAG_CA)
        return vc_fail(err, VC_REFUSED, "a CA certificate, which cannot be an end entity's");
    if ((flags & EXFLAG_KUSAGE) && (usage & KU_KEY_CERT_SIGN))
        return vc_fail(err, VC_REFUSED, "its key usage has keyCertSign");
    if ((flags & EXFLAG_KUSAGE) && !(usage & KU_DIGITAL_SIGNATURE))
        return vc_fail(err, VC_REFUSED, "its key usage has no digitalSignature");
    if (!(flags & EXFLAG_XKUSAGE) && needed)
        return vc_fail(err, VC_REFUSED, "no extended key usage, %s wanted", name);
    if ((flags & EXFLAG_XKUSAGE) && !(extended & role))
        return vc_fail(err, VC_REFUSED, "its extended key usage has no %s", name);
    return check_key(native, err);
}

enum vc_code vc_cert_check_identity(const struct vc_cert *cert, struct vc_err *err)
{
    enum vc_code code;

    vc_crypto_start();
    code = check_leaf(cert->native, XKU_SSL_CLIENT, false, err);
    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "certificate");
}

enum vc_code vc_cert_check_time(const struct vc_cert *cert, int64_t now, struct vc_err *err)
{
    char edge[VC_INSTANT_TEXT_MAX];
    char present[VC_INSTANT_TEXT_MAX];

    vc_instant_format(now, present);
    if (now < cert->not_before) {
        vc_instant_format(cert->not_before, edge);
        return vc_fail(err, VC_REFUSED, "certificate: not valid before %s, and the time is %s",
                       edge, present);
    }
    if (now > cert->not_after) {
        vc_instant_format(cert->not_after, edge);
        return vc_fail(err, VC_REFUSED, "certificate: expired at %s, and the time is %s", edge,
                       present);
    }
    return VC_OK;
}

static enum vc_code check_anchor(X509 *native, struct vc_err *err)
{
    enum vc_code code = check_extensions(native, err);
    uint32_t flags = X509_get_extension_flags(native);

    if (code != VC_OK)
        return code;
    if (!(flags & EXFLAG_BCONS) || !(flags & EXFLAG_CA))
        return vc_fail(err, VC_REFUSED, "not CA-flagged");
    if ((flags & EXFLAG_KUSAGE) && !(X509_get_key_usage(native) & KU_KEY_CERT_SIGN))
        return vc_fail(err, VC_REFUSED, "its key usage has no keyCertSign");
    return check_key(native, err);
}

static enum vc_code check_signed(X509 *leaf, X509 *ca, struct vc_err *err)
{
    int bits = 0;

    if (X509_check_issued(ca, leaf) != X509_V_OK)
        return vc_crypto_fail(err, VC_UNTRUSTED, "certificate: issued by another CA");
    if (X509_get_signature_info(leaf, nullptr, nullptr, &bits, nullptr) != 1 ||
        bits < SIGNATURE_BITS_MIN)
        return vc_crypto_fail(err, VC_UNTRUSTED, "certificate: weak signature algorithm");
    if (X509_verify(leaf, X509_get0_pubkey(ca)) != 1)
        return vc_crypto_fail(err, VC_UNTRUSTED, "certificate: the CA's signature does not verify");
    return VC_OK;
}

enum vc_code vc_cert_check_issued(const struct vc_cert *leaf, const struct vc_cert *ca, int64_t now,
                                  struct vc_err *err)
{
    const char *place = "CA";
    enum vc_code code;

    vc_crypto_start();
    code = check_anchor(ca->native, err);
    if (code == VC_OK)
        code = vc_cert_check_time(ca, now, err);
    if (code == VC_OK) {
        place = "leaf";
        code = check_leaf(leaf->native, XKU_SSL_SERVER, true, err);
    }
    if (code == VC_OK)
        code = vc_cert_check_time(leaf, now, err);
    if (code == VC_OK)
        code = check_signed(leaf->native, ca->native, err);
    if (code == VC_REFUSED && err != nullptr)
        err->code = VC_UNTRUSTED;
    if (code == VC_REFUSED)
        code = VC_UNTRUSTED;
    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "%s", place);
}
