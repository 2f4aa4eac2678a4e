/* SPDX-License-Identifier: MIT */

/* A vendor's key hierarchy made at run time, for tests only: keys of every kind, certificates with
 * any fault, revocation lists. What cannot be made ends the test. */

#ifndef VC_CRYPTO_PKI_FIXTURE_H
#define VC_CRYPTO_PKI_FIXTURE_H

#include "crypto/chain.h"
#include "crypto/public_key.h"

struct vc_pki_key; /* a pair; immutable */

/* `rsa_bits` is for VC_KEY_RSA alone. */
struct vc_pki_key *vc_pki_key_new(enum vc_key_kind kind, unsigned rsa_bits);
void vc_pki_key_free(struct vc_pki_key *key);
VC_DEFINE_CLEANUP(struct vc_pki_key, vc_pki_key_free);

/* The public half; the caller frees it. */
struct vc_public_key *vc_pki_key_public(const struct vc_pki_key *key);
/* As vc_public_key_verify takes it: r || s of ECDSA. Appends. */
void vc_pki_sign(const struct vc_pki_key *key, enum vc_scheme scheme, struct vc_bytes message,
                 struct vc_buffer *signature);

struct vc_pki_extension {
    const char *oid;
    bool critical;
    struct vc_bytes value; /* DER, what the OCTET STRING holds */
};

enum { /* bits of vc_pki_order.key_usage, RFC 5280 §4.2.1.3 */
       VC_PKI_DIGITAL_SIGNATURE = 1 << 0,
       VC_PKI_KEY_CERT_SIGN = 1 << 5,
       VC_PKI_CRL_SIGN = 1 << 6,
};

struct vc_pki_order {
    const char *subject;             /* common name; null: an empty name */
    const char *organization;        /* further part of the name; null: none */
    const struct vc_pki_key *key;    /* the subject's */
    const struct vc_cert *issuer;    /* null: self-signed */
    const struct vc_pki_key *signer; /* null: `key` */
    enum vc_scheme scheme;           /* of the signer */
    bool sha1;                       /* instead of the scheme's hash */
    int64_t not_before, not_after;
    bool has_constraints, ca; /* basicConstraints, critical */
    int path_length;          /* with `ca`; below 0: none */
    unsigned key_usage;       /* critical; 0: absent */
    unsigned serial;
    const struct vc_pki_extension *extensions;
    size_t extension_count;
};

struct vc_cert *vc_pki_issue(const struct vc_pki_order *order);

struct vc_pki_list {
    const struct vc_cert *issuer; /* its name */
    const struct vc_pki_key *signer;
    enum vc_scheme scheme;
    bool sha1;
    int64_t this_update, next_update; /* next_update 0: absent */
    const struct vc_cert *const *revoked;
    size_t revoked_count;
    const struct vc_pki_extension *extensions;
    size_t extension_count;
};

/* Appends the DER. */
void vc_pki_list(const struct vc_pki_list *list, struct vc_buffer *der);

#endif
