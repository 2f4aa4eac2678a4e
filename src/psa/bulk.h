/* SPDX-License-Identifier: MIT */

/* Symmetric keys with which `crypto` computes instead of the core: AES-GCM, ChaCha20-Poly1305 and
 * AES-CTR. Also what its results are as statuses. */

#ifndef VC_PSA_BULK_H
#define VC_PSA_BULK_H

#include "crypto/cipher.h"
#include "psa/service_internal.h"

/* Of authenticated encryption that `crypto` does: longer nonces of GCM are the core's. */
enum { VC_PSA_BULK_NONCE_MAX = 128, VC_PSA_BULK_TAG_MAX = 16 }; /* bytes */

/* What becomes of this: a key, an algorithm, a direction. */
struct vc_psa_bulk {
    uint32_t key; /* the program's id */
    psa_algorithm_t algorithm;
    bool encrypts;
};

/* Whether `crypto` does it: there is such a key, and it fits the algorithm, which is one of the
 * family, and no wildcard. Otherwise the core does it or says what is wrong. */
[[nodiscard]] bool vc_psa_bulk_takes(const struct vc_psa *psa, const struct vc_psa_bulk *bulk,
                                     enum vc_psa_family family);

/* For a message at once: borrowed from the key, until it is destroyed or asked for another. For
 * what vc_psa_bulk_takes; statuses as those of vc_psa_key_for. */
vc_psa_status vc_psa_bulk_borrow(struct vc_psa *psa, const struct vc_psa_bulk *bulk,
                                 struct vc_cipher **cipher);

/* For a message in several calls: the caller's own. */
vc_psa_status vc_psa_bulk_open(struct vc_psa *psa, const struct vc_psa_bulk *bulk,
                               struct vc_cipher **cipher);

/* The hash that `crypto` has by this name: hash.c. PSA_ERROR_NOT_SUPPORTED,
 * PSA_ERROR_INVALID_ARGUMENT: it is no hash. */
vc_psa_status vc_psa_hash_find(psa_algorithm_t name, enum vc_hash_algorithm *algorithm);

/* Whether the core computes with this hash; where it does not, it takes some algorithms over it for
 * malformed that only are not supported. */
[[nodiscard]] bool vc_psa_core_has_hash(psa_algorithm_t name);

/* VC_UNTRUSTED is a signature that is invalid. */
vc_psa_status vc_psa_status_of(enum vc_code code);

#endif
