/* SPDX-License-Identifier: MIT */

/* Certificate paths of platform vendors (RFC 5280 §6): from a leaf to a trust anchor. */

#ifndef VC_CRYPTO_CHAIN_H
#define VC_CRYPTO_CHAIN_H

#include "crypto/certificate.h"
#include "crypto/crl.h"

constexpr size_t VC_CHAIN_LENGTH_MAX = 8; /* certificates, with both ends */

/* All borrowed. */
struct vc_chain {
    const struct vc_cert *anchor;        /* trusted as it is, but for its validity */
    const struct vc_cert *const *others; /* candidates in between, in any order; may hold more */
    size_t other_count;
    const struct vc_crl *const *crls; /* candidates, in any order */
    size_t crl_count;
    bool wants_crls;   /* each issuer in the path must have a list that is in time */
    bool any_critical; /* the caller has looked at the leaf's unknown critical extensions itself
                          (TPM: subject alternative name) */
    int64_t now;
};

/* Looks for a path: names link, signatures verify (RSA >= 2048, PSS as its parameters say, P-256,
 * P-384, P-521; SHA-256 or longer), every certificate and used list in its validity at `now`, CAs
 * with basicConstraints, pathLen and keyCertSign, nothing revoked, critical extensions known. A
 * list counts if the issuer that it names signed it; several lists: the one with the latest
 * thisUpdate. VC_UNTRUSTED with the certificate's name and the first reason: "certificate SEV-VCEK:
 * expired at 2029-09-24T00:55:28Z, and the time is …"; VC_NOT_FOUND: no path, or a list is missing,
 * and whose. */
enum vc_code vc_chain_check(const struct vc_chain *chain, const struct vc_cert *leaf,
                            struct vc_err *err);

/* A way from a leaf to an anchor, the leaf first; borrowed from the chain. */
struct vc_chain_path {
    const struct vc_cert *certs[VC_CHAIN_LENGTH_MAX];
    size_t count;
};

/* The path that vc_chain_check looks at. By itself it shows nothing: signatures are verified only
 * to choose among certificates of one name. As vc_chain_check if there is none. */
enum vc_code vc_chain_find(const struct vc_chain *chain, const struct vc_cert *leaf,
                           struct vc_chain_path *path, struct vc_err *err);

/* Does `list`, from this issuer or the CA that its issuer shares a name with, name this
 * certificate? Signatures are vc_chain_check's business. */
[[nodiscard]] bool vc_crl_names(const struct vc_crl *list, const struct vc_cert *cert);

#endif
