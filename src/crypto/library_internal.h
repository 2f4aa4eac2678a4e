/* SPDX-License-Identifier: MIT */

/* What the files of this room share about OpenSSL: its start, its errors, its objects' owners. */

#ifndef VC_CRYPTO_LIBRARY_INTERNAL_H
#define VC_CRYPTO_LIBRARY_INTERNAL_H

#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/buffer.h"
#include "crypto/certificate.h"

struct vc_key {
    EVP_PKEY *native; /* on P-256 */
    bool pair;        /* holds the private half */
};

struct vc_cert {
    X509 *native;
    struct vc_buffer der; /* the exact bytes */
    char *common_name;    /* never null */
    char *issuer_name;    /* of the issuer; never null */
    int64_t not_before, not_after;
    uint8_t spki_hash[VC_SHA256_SIZE];
};

/* Starts the library without any configuration file. Every function that leads into OpenSSL calls
 * it first; later calls only empty the error queue. */
void vc_crypto_start(void);

/* As vc_fail, with the library's own reason after `what`; empties the library's error queue. A
 * failed allocation becomes VC_MEMORY. */
enum vc_code vc_crypto_fail(struct vc_err *err, enum vc_code code, const char *what);

/* Takes over `native`, which must be on P-256 in its one SubjectPublicKeyInfo form; frees it on
 * failure. VC_REFUSED: another kind of key. */
enum vc_code vc_key_adopt(EVP_PKEY *native, bool pair, struct vc_key **key, struct vc_err *err);

/* An ASN.1 time as seconds since 1970. False: malformed. */
[[nodiscard]] bool vc_asn1_seconds(const ASN1_TIME *time, int64_t *seconds);
/* The first common name, as UTF-8; "" if there is none. free() it. `what` says whose it is. */
enum vc_code vc_asn1_common_name(const X509_NAME *name, const char *what, char **text,
                                 struct vc_err *err);
[[nodiscard]] bool vc_asn1_same_name(const X509_NAME *a, const X509_NAME *b); /* same DER */

/* Version 3; each extension once (RFC 5280 §4.2) and readable; critical ones among `known`, unless
 * any_critical. VC_REFUSED. */
struct vc_extension_rule {
    const int *known;
    size_t known_count;
    bool any_critical;
};
enum vc_code vc_cert_check_extensions(X509 *native, const struct vc_extension_rule *rule,
                                      struct vc_err *err);

VC_DEFINE_CLEANUP(BIGNUM, BN_free);
VC_DEFINE_CLEANUP(ECDSA_SIG, ECDSA_SIG_free);
VC_DEFINE_CLEANUP(EVP_PKEY, EVP_PKEY_free);
VC_DEFINE_CLEANUP(EVP_PKEY_CTX, EVP_PKEY_CTX_free);
VC_DEFINE_CLEANUP(EVP_MD_CTX, EVP_MD_CTX_free);
VC_DEFINE_CLEANUP(OSSL_PARAM_BLD, OSSL_PARAM_BLD_free);
VC_DEFINE_CLEANUP(OSSL_PARAM, OSSL_PARAM_free);
VC_DEFINE_CLEANUP(X509, X509_free);
VC_DEFINE_CLEANUP(X509_CRL, X509_CRL_free);
VC_DEFINE_CLEANUP(X509_STORE, X509_STORE_free);
VC_DEFINE_CLEANUP(X509_STORE_CTX, X509_STORE_CTX_free);
VC_DEFINE_CLEANUP(X509_REQ, X509_REQ_free);
VC_DEFINE_CLEANUP(X509_EXTENSION, X509_EXTENSION_free);
VC_DEFINE_CLEANUP(ASN1_OBJECT, ASN1_OBJECT_free);
VC_DEFINE_CLEANUP(ASN1_INTEGER, ASN1_INTEGER_free);
VC_DEFINE_CLEANUP(ASN1_TIME, ASN1_TIME_free);
VC_DEFINE_CLEANUP(ASN1_BIT_STRING, ASN1_BIT_STRING_free);
VC_DEFINE_CLEANUP(ASN1_OCTET_STRING, ASN1_OCTET_STRING_free);
VC_DEFINE_CLEANUP(AUTHORITY_KEYID, AUTHORITY_KEYID_free);
VC_DEFINE_CLEANUP(BASIC_CONSTRAINTS, BASIC_CONSTRAINTS_free);
VC_DEFINE_CLEANUP(EXTENDED_KEY_USAGE, EXTENDED_KEY_USAGE_free);
VC_DEFINE_CLEANUP(GENERAL_NAME, GENERAL_NAME_free);
VC_DEFINE_CLEANUP(GENERAL_NAMES, GENERAL_NAMES_free);
VC_DEFINE_CLEANUP(ISSUING_DIST_POINT, ISSUING_DIST_POINT_free);

#endif
