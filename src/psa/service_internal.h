/* SPDX-License-Identifier: MIT */

/* What the families of functions share: the keys and the operations of the program. */

#ifndef VC_PSA_SERVICE_INTERNAL_H
#define VC_PSA_SERVICE_INTERNAL_H

#include <psa/crypto.h>

#include "base/buffer.h"
#include "crypto/hash.h"
#include "psa/service.h"

/* ---- keys: keys.c ---- */

/* Uses of which the core decides nothing: it has every key exported, and does not know of the
 * other, which changes nothing here. */
constexpr psa_key_usage_t VC_PSA_USAGE_CACHE = 0x00000004; /* PSA_KEY_USAGE_CACHE */
constexpr psa_key_usage_t VC_PSA_USAGES_OURS = PSA_KEY_USAGE_EXPORT | VC_PSA_USAGE_CACHE;

/* What this room computes with a key instead of the core, made when first needed. */
struct vc_psa_native {
    void (*free)(void *object);
    void *object;
};

/* Uses that the core has allowed: it is not asked again, since policies of keys never change. */
enum { VC_PSA_MEMO_MAX = 4 };
struct vc_psa_memo {
    psa_algorithm_t algorithm;
    psa_key_usage_t usage;
};

struct vc_psa_key {
    uint32_t id;                         /* the program's */
    mbedtls_svc_key_id_t core;           /* Mbed TLS's; volatile, with PSA_KEY_USAGE_EXPORT added */
    struct vc_psa_attributes attributes; /* as the program sees them */
    uint8_t *material;                   /* as imported; null: of others, and in the key store */
    size_t material_size;
    uint32_t *receivers; /* owned; of a policy's key */
    size_t receiver_count;
    bool wraps_freely;
    struct vc_psa_memo memo[VC_PSA_MEMO_MAX];
    size_t memo_count;
    struct vc_psa_native native; /* one at a time: a key has one algorithm, or two at most */
    struct vc_psa_key *next;
};

/* Null: the program has no such key (PSA_ERROR_INVALID_HANDLE). */
struct vc_psa_key *vc_psa_key_find(const struct vc_psa *psa, uint32_t id);

/* The key, if it may be used so: as the specification orders its checks (handle, usage, algorithm).
 * What the core would say of type and algorithm is not asked. */
vc_psa_status vc_psa_key_for(struct vc_psa *psa, uint32_t id, psa_key_usage_t usage,
                             psa_algorithm_t algorithm, struct vc_psa_key **key);

/* The core's id of a key, MBEDTLS_SVC_KEY_ID_INIT for one that is not: the core then says the right
 * thing. */
mbedtls_svc_key_id_t vc_psa_core_id(const struct vc_psa *psa, uint32_t id);

/* Attributes as the core wants them for a new key of the program: volatile, exportable for us.
 * PSA_ERROR_NOT_PERMITTED, PSA_ERROR_INVALID_ARGUMENT, PSA_ERROR_ALREADY_EXISTS,
 * PSA_ERROR_INSUFFICIENT_MEMORY: the lifetime, id and number of keys, before anything is made. */
vc_psa_status vc_psa_key_prepare(const struct vc_psa *psa,
                                 const struct vc_psa_attributes *attributes,
                                 psa_key_attributes_t *core);

/* Takes over a key that the core has just made by attributes of vc_psa_key_prepare: gives it an id,
 * keeps it if it is persistent. On failure the core's key is destroyed. */
vc_psa_status vc_psa_key_adopt(struct vc_psa *psa, const struct vc_psa_attributes *attributes,
                               mbedtls_svc_key_id_t core, uint32_t *id);

/* Takes the key away and wipes what there is of it. */
void vc_psa_key_free(struct vc_psa *psa, struct vc_psa_key *key);

/* The key's material, whatever its usage: for this room alone. Appended; vc_buffer_done wipes it.
 */
vc_psa_status vc_psa_key_material(const struct vc_psa_key *key, struct vc_buffer *material);

/* What crypto computes with from now on, instead of what was prepared before. */
void vc_psa_key_set_native(struct vc_psa_key *key, struct vc_psa_native native);

/* ---- operations: operations.c ---- */

enum vc_psa_family {
    VC_PSA_HASH = 1,
    VC_PSA_MAC,
    VC_PSA_CIPHER,
    VC_PSA_AEAD,
    VC_PSA_DERIVATION,
    VC_PSA_PAKE,
};

struct vc_psa_operation {
    uint32_t handle;
    enum vc_psa_family family;
    uint32_t key;              /* without which it fails; 0: none */
    void (*free)(void *state); /* aborts, wipes and frees `state` */
    void *state;               /* of the family's file */
    struct vc_psa_operation *next;
};

/* The state of an active operation of this family; null: there is none (PSA_ERROR_BAD_STATE). */
void *vc_psa_operation_state(const struct vc_psa *psa, uint32_t handle, enum vc_psa_family family);

/* Makes an operation active: *handle was 0, or the operation is active already
 * (PSA_ERROR_BAD_STATE). Takes `state` over, also on failure. */
vc_psa_status vc_psa_operation_begin(struct vc_psa *psa, enum vc_psa_family family,
                                     void (*free)(void *state), void *state, uint32_t *handle);

/* Ends it, if it is one of this family, and sets *handle to 0. An unknown handle is as good as an
 * inactive one: PSA lets every operation be aborted. */
void vc_psa_operation_end(struct vc_psa *psa, enum vc_psa_family family, uint32_t *handle);

/* It computes with this key: destroying the key ends it, as the specification says, and nothing of
 * the key is left. */
void vc_psa_operation_use(struct vc_psa *psa, uint32_t handle, uint32_t key);
void vc_psa_operations_end_with(struct vc_psa *psa, uint32_t key);

/* ---- the service ---- */

struct vc_psa_receiver {
    struct vc_bytes name, certificate; /* owned */
};

struct vc_psa {
    struct vc_psa_options options;
    struct vc_psa_key *keys;
    size_t key_count;
    uint32_t next_key;
    struct vc_psa_operation *operations;
    size_t operation_count;
    uint32_t next_handle; /* never given twice */
    struct vc_psa_receiver *receivers;
    size_t receiver_count;
    struct vc_hasher *hashers[VC_HASH_ALG_COUNT]; /* spare; null: none so far, or in use */
};

/* One function. Shapes have been checked; sizes and handles have not. An operation that fails is
 * ended by its function where the specification has it enter an error state. */
typedef vc_psa_status vc_psa_handler(struct vc_psa *psa, struct vc_psa_call *call);

/* psa_<name> is answered by vc_psa_do_<name>, in the file of its family. */
#define VC_PSA_DECLARE(name, shape) vc_psa_handler vc_psa_do_##name;
VC_PSA_FUNCTIONS(VC_PSA_DECLARE)
VC_PSA_EXTENSIONS(VC_PSA_DECLARE)
#undef VC_PSA_DECLARE

#endif
