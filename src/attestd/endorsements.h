/* SPDX-License-Identifier: MIT */

/* Machines whose evidence counts: a folder with one public key (PEM) per file, named by the id that
 * evidence gives: <hex id>.pem for machines of the `process` platform, psa/<hex id>.pem for PSA
 * devices, tpm/<hex id>.pem for attestation keys of TPMs. A key that is endorsed for one platform
 * says nothing for another: else a machine's software key could pass for a device. Looked up for
 * each verdict, so that adding and removing a file is all. */

#ifndef VC_ATTESTD_ENDORSEMENTS_H
#define VC_ATTESTD_ENDORSEMENTS_H

#include "crypto/public_key.h"
#include "evidence/claims.h"

constexpr size_t VC_ENDORSEMENTS_KEPT = 64; /* keys that are kept parsed */

struct vc_endorsements;

/* The folder, which need not exist. */
enum vc_code vc_endorsements_new(const char *folder, struct vc_endorsements **endorsements,
                                 struct vc_err *err);
void vc_endorsements_free(struct vc_endorsements *endorsements);
VC_DEFINE_CLEANUP(struct vc_endorsements, vc_endorsements_free);

/* A vc_endorsed_key over a struct vc_endorsements. The key lives until the next lookup. A file that
 * is no public key, and for `process` one whose key has another id, endorses nobody. */
const struct vc_public_key *vc_endorsements_find(void *user, enum vc_platform_kind platform,
                                                 struct vc_bytes id);

/* 01 || SHA-256(04 || X || Y), as `process` machines and devices with TF-M have it. VC_STATE: an
 * RSA key has none. */
enum vc_code vc_endorsements_id_of(const struct vc_public_key *key, struct vc_octets *id,
                                   struct vc_err *err);

/* Who is endorsed. An empty id is made of the key, where the platform has a rule for it. */
struct vc_endorsement {
    enum vc_platform_kind platform;
    struct vc_octets id;
    const struct vc_public_key *key;
};

/* Writes the key into the folder under its id, which is filled in; the same again changes nothing.
 * VC_REFUSED: keys of this platform are not endorsed (its vendor vouches), are not of this kind, or
 * the id is not the key's. */
enum vc_code vc_endorsements_add(const char *folder, struct vc_endorsement *endorsement,
                                 struct vc_err *err);

/* VC_MALFORMED names the first file that is no public key, or has not the name of one. */
enum vc_code vc_endorsements_check(const char *folder, struct vc_err *err);

#endif
