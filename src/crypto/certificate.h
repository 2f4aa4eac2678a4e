/* SPDX-License-Identifier: MIT */

/* X.509 certificates and signing requests (RFC 5280, RFC 2986). */

#ifndef VC_CRYPTO_CERTIFICATE_H
#define VC_CRYPTO_CERTIFICATE_H

#include "base/buffer.h"
#include "crypto/digest.h"
#include "crypto/key.h"

constexpr size_t VC_CERT_SIZE_MAX = 16384; /* bytes of DER */

struct vc_cert; /* immutable */

/* Parses exactly one certificate; nothing but white space may surround the PEM block, nothing may
 * follow the DER. VC_MALFORMED, VC_LIMIT. */
enum vc_code vc_cert_parse_pem(struct vc_bytes pem, struct vc_cert **cert, struct vc_err *err);
enum vc_code vc_cert_parse_der(struct vc_bytes der, struct vc_cert **cert, struct vc_err *err);
enum vc_code vc_cert_encode_pem(const struct vc_cert *cert, struct vc_buffer *pem,
                                struct vc_err *err);
void vc_cert_free(struct vc_cert *cert);
VC_DEFINE_CLEANUP(struct vc_cert, vc_cert_free);

/* The exact bytes; borrowed from the certificate. */
struct vc_bytes vc_cert_der(const struct vc_cert *cert);
/* A run of PEM blocks, with white space or text between them and NULs after them, as vendors hand
 * chains out: `each` gets every certificate and owns it. Stops with what `each` returns unless
 * VC_OK. VC_MALFORMED: a block that is no certificate, or none at all. VC_LIMIT: more than
 * count_max. */
enum vc_code vc_cert_parse_bundle(struct vc_bytes pem, size_t count_max,
                                  enum vc_code (*each)(void *user, struct vc_cert *cert,
                                                       struct vc_err *err),
                                  void *user, struct vc_err *err);
/* Of the issuer: common name, "" if there is none. Borrowed. */
const char *vc_cert_issuer_name(const struct vc_cert *cert);
/* The serial number, big endian, without leading zeros. Borrowed. */
struct vc_bytes vc_cert_serial(const struct vc_cert *cert);
/* Do the names (DER) link? Says nothing of signatures. */
[[nodiscard]] bool vc_cert_is_named_by(const struct vc_cert *issuer, const struct vc_cert *cert);
/* SHA-256 over the DER SubjectPublicKeyInfo. */
void vc_cert_spki_hash(const struct vc_cert *cert, uint8_t hash[VC_SHA256_SIZE]);
/* The subject's key. VC_REFUSED: not on P-256. */
enum vc_code vc_cert_key(const struct vc_cert *cert, struct vc_key **key, struct vc_err *err);
int64_t vc_cert_not_before(const struct vc_cert *cert); /* seconds since 1970 */
int64_t vc_cert_not_after(const struct vc_cert *cert);
/* First common name of the subject; "" if it has none. Borrowed from the certificate. */
const char *vc_cert_common_name(const struct vc_cert *cert);

/* Is this fit to be a principal's identity? X.509 v3, not CA-flagged and without keyCertSign, no
 * critical extension that we do not know, a P-256, P-384, Ed25519 or RSA >= 2048 key, key usage (if
 * present) with digitalSignature, extended key usage (if present) with clientAuth.
 * VC_REFUSED says which. Does not look at the validity period: see vc_cert_check_time. */
enum vc_code vc_cert_check_identity(const struct vc_cert *cert, struct vc_err *err);
/* VC_REFUSED: `now` is outside the certificate's validity, and which side. */
enum vc_code vc_cert_check_time(const struct vc_cert *cert, int64_t now, struct vc_err *err);
/* Verifies leaf <- ca (ca is the trust anchor itself, CA-flagged, named by the leaf's issuer): both
 * in their validity at `now`, signature, leaf not a CA, leaf's extended key usage has serverAuth.
 * VC_UNTRUSTED with the reason. */
enum vc_code vc_cert_check_issued(const struct vc_cert *leaf, const struct vc_cert *ca, int64_t now,
                                  struct vc_err *err);

/* The value (content of the OCTET STRING) of the one extension with this dotted OID; borrowed.
 * VC_NOT_FOUND: absent. VC_MALFORMED: present more than once. */
enum vc_code vc_cert_extension(const struct vc_cert *cert, const char *oid, struct vc_bytes *value,
                               struct vc_err *err);
/* True if the certificate has exactly this DNS name among its subject alternative names. */
[[nodiscard]] bool vc_cert_has_dns_name(const struct vc_cert *cert, const char *name);

/* A self-signed identity for a principal: v3, CA:FALSE, digitalSignature, clientAuth. */
enum vc_code vc_cert_new_identity(const struct vc_key *key, const char *common_name,
                                  int64_t not_before, int64_t not_after, struct vc_cert **cert,
                                  struct vc_err *err);
/* A self-signed CA for an attestation service: CA:TRUE pathlen 0, keyCertSign. */
enum vc_code vc_cert_new_ca(const struct vc_key *key, const char *common_name, int64_t not_before,
                            int64_t not_after, struct vc_cert **cert, struct vc_err *err);

struct vc_cert_order {
    const struct vc_key *subject_key;
    const char *common_name;
    const char *const *dns_names; /* each becomes a subject alternative name */
    size_t dns_name_count;
    const struct vc_bytes *ip_addresses; /* 4 or 16 bytes each; subject alternative names too */
    size_t ip_address_count;
    int64_t not_before, not_after;
    const char *extension_oid; /* one non-critical extension, or null for none */
    struct vc_bytes extension_value;
};
/* Issues an end-entity certificate (serverAuth and clientAuth) with a random 128-bit serial. */
enum vc_code vc_cert_issue(const struct vc_cert *ca, const struct vc_key *ca_key,
                           const struct vc_cert_order *order, struct vc_cert **cert,
                           struct vc_err *err);

/* A PKCS#10 request, DER. */
enum vc_code vc_csr_new(const struct vc_key *key, const char *common_name, struct vc_buffer *der,
                        struct vc_err *err);
/* Parses a request and checks that it is signed by the key that it carries.
 * VC_MALFORMED, VC_UNTRUSTED. */
enum vc_code vc_csr_open(struct vc_bytes der, struct vc_key **key, struct vc_err *err);

#endif
