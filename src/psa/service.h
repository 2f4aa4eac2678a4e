/* SPDX-License-Identifier: MIT */

/* The PSA Crypto API over keys and operations of one program: what a function does, once its
 * arguments are known to be memory.
 *
 * The core is Mbed TLS 3.6. It decides what a key may be used for; where it is many times slower
 * than it has to be (hashes, HMAC, AES-GCM, ChaCha20-Poly1305, AES-CTR, ECDSA), `crypto` does the
 * work behind the same handles and states.
 *
 * A worker has one for hashes and for keys that its program imported. All other keys are in a key
 * store, a process of its own, which has another one.
 */

#ifndef VC_PSA_SERVICE_H
#define VC_PSA_SERVICE_H

#include "base/err.h"
#include "psa/call.h"

struct vc_psa;

/* What becomes of persistent keys that the program makes or destroys. Without it none can be. */
struct vc_psa_keep_ops {
    /* PSA_SUCCESS, or why it cannot be kept. `material` as psa_export_key has it. */
    vc_psa_status (*keep)(void *user, const struct vc_psa_attributes *attributes,
                          struct vc_bytes material);
    vc_psa_status (*forget)(void *user, uint32_t id);
};

struct vc_psa_options {
    uint32_t first_key;   /* VC_PSA_KEY_LOCAL_MIN or VC_PSA_KEY_STORED_MIN */
    uint32_t handle_flag; /* 0 or VC_PSA_HANDLE_STORED: in every handle */
    bool randomness;      /* otherwise whatever is random is PSA_ERROR_NOT_PERMITTED */
    const struct vc_psa_keep_ops *keep; /* borrowed; null: no persistent keys */
    void *keep_user;
};

/* VC_HOST: no entropy, or the core does not start. VC_MEMORY. */
enum vc_code vc_psa_new(const struct vc_psa_options *options, struct vc_psa **psa,
                        struct vc_err *err);

/* A key that was there before the program: of the policy, or kept by a run before. The id and
 * lifetime are those of `attributes`; usage bits that the specification does not have are dropped.
 * Policy keys are read-only. VC_MALFORMED: the material is no such key, VC_LIMIT, VC_STATE: the id
 * is taken. */
struct vc_psa_given {
    struct vc_psa_attributes attributes;
    struct vc_bytes material;
    const uint32_t *receivers; /* to whom it may be wrapped: indices of vc_psa_add_receiver */
    size_t receiver_count;
    bool wraps_freely; /* to all receivers: of kept keys */
};
enum vc_code vc_psa_give(struct vc_psa *psa, const struct vc_psa_given *given, struct vc_err *err);

/* Somebody to whom keys can be wrapped: name and certificate (DER), copied. */
enum vc_code vc_psa_add_receiver(struct vc_psa *psa, struct vc_bytes name,
                                 struct vc_bytes certificate, struct vc_err *err);

/* A vc_psa_answer_fn; `psa` is a struct vc_psa. Every status that is not success leaves the keys as
 * they were. */
vc_psa_status vc_psa_answer(void *psa, struct vc_psa_call *call);

/* The material of a key that the program itself imported here, for the key store to have it too:
 * borrowed until the key is destroyed. PSA_ERROR_INVALID_HANDLE. */
vc_psa_status vc_psa_imported(const struct vc_psa *psa, uint32_t key,
                              struct vc_psa_attributes *attributes, struct vc_bytes *material);

/* Wipes all keys and operations. Accepts null. */
void vc_psa_free(struct vc_psa *psa);

VC_DEFINE_CLEANUP(struct vc_psa, vc_psa_free);

#endif
