/* SPDX-License-Identifier: MIT */

/* How objects of the PSA Certified Crypto API lie in a program's memory (abi/psa.h), and what only
 * looks into them. Part of psa/crypto.h. The names of fields are nobody's business. */

#ifndef PSA_CRYPTO_STRUCT_H
#define PSA_CRYPTO_STRUCT_H

#include "crypto_values.h"

struct vz_psa_key_attributes {
    psa_key_lifetime_t vz_lifetime;
    psa_key_id_t vz_id;
    psa_key_usage_t vz_usage;
    psa_algorithm_t vz_algorithm;
    psa_key_type_t vz_type;
    uint16_t vz_reserved; /* 0 */
    uint32_t vz_bits;
};

/* An operation lives outside of the program; what the program has is its handle, 0 for none. */
struct vz_psa_hash_operation {
    uint32_t vz_handle;
};
struct vz_psa_mac_operation {
    uint32_t vz_handle;
};
struct vz_psa_cipher_operation {
    uint32_t vz_handle;
};
struct vz_psa_aead_operation {
    uint32_t vz_handle;
};
struct vz_psa_key_derivation_operation {
    uint32_t vz_handle;
};
struct vz_psa_pake_operation {
    uint32_t vz_handle;
};

struct vz_psa_pake_cipher_suite {
    psa_algorithm_t vz_algorithm;
    psa_pake_primitive_t vz_primitive;
    uint32_t vz_key_confirmation; /* PSA_PAKE_CONFIRMED_KEY, PSA_PAKE_UNCONFIRMED_KEY */
};

#define PSA_KEY_ATTRIBUTES_INIT           {0, 0, 0, 0, 0, 0, 0}
#define PSA_HASH_OPERATION_INIT           {0}
#define PSA_MAC_OPERATION_INIT            {0}
#define PSA_CIPHER_OPERATION_INIT         {0}
#define PSA_AEAD_OPERATION_INIT           {0}
#define PSA_KEY_DERIVATION_OPERATION_INIT {0}
#define PSA_PAKE_OPERATION_INIT           {0}
#define PSA_PAKE_CIPHER_SUITE_INIT        {0, 0, PSA_PAKE_CONFIRMED_KEY}

static inline psa_key_attributes_t psa_key_attributes_init(void)
{
    const psa_key_attributes_t fresh = PSA_KEY_ATTRIBUTES_INIT;

    return fresh;
}

static inline psa_hash_operation_t psa_hash_operation_init(void)
{
    const psa_hash_operation_t fresh = PSA_HASH_OPERATION_INIT;

    return fresh;
}

static inline psa_mac_operation_t psa_mac_operation_init(void)
{
    const psa_mac_operation_t fresh = PSA_MAC_OPERATION_INIT;

    return fresh;
}

static inline psa_cipher_operation_t psa_cipher_operation_init(void)
{
    const psa_cipher_operation_t fresh = PSA_CIPHER_OPERATION_INIT;

    return fresh;
}

static inline psa_aead_operation_t psa_aead_operation_init(void)
{
    const psa_aead_operation_t fresh = PSA_AEAD_OPERATION_INIT;

    return fresh;
}

static inline psa_key_derivation_operation_t psa_key_derivation_operation_init(void)
{
    const psa_key_derivation_operation_t fresh = PSA_KEY_DERIVATION_OPERATION_INIT;

    return fresh;
}

static inline psa_pake_operation_t psa_pake_operation_init(void)
{
    const psa_pake_operation_t fresh = PSA_PAKE_OPERATION_INIT;

    return fresh;
}

static inline psa_pake_cipher_suite_t psa_pake_cipher_suite_init(void)
{
    const psa_pake_cipher_suite_t fresh = PSA_PAKE_CIPHER_SUITE_INIT;

    return fresh;
}

/* ---- attributes ---- */

static inline void psa_reset_key_attributes(psa_key_attributes_t *attributes)
{
    *attributes = psa_key_attributes_init();
}

/* A key with an id is persistent, and a volatile one has none. */
static inline void psa_set_key_id(psa_key_attributes_t *attributes, psa_key_id_t id)
{
    attributes->vz_id = id;
    if (PSA_KEY_LIFETIME_IS_VOLATILE(attributes->vz_lifetime))
        attributes->vz_lifetime |= PSA_KEY_PERSISTENCE_DEFAULT;
}

static inline void psa_set_key_lifetime(psa_key_attributes_t *attributes,
                                        psa_key_lifetime_t lifetime)
{
    attributes->vz_lifetime = lifetime;
    if (PSA_KEY_LIFETIME_IS_VOLATILE(lifetime))
        attributes->vz_id = PSA_KEY_ID_NULL;
}

static inline void psa_set_key_usage_flags(psa_key_attributes_t *attributes,
                                           psa_key_usage_t usage_flags)
{
    attributes->vz_usage = usage_flags;
}

static inline void psa_set_key_algorithm(psa_key_attributes_t *attributes, psa_algorithm_t alg)
{
    attributes->vz_algorithm = alg;
}

static inline void psa_set_key_type(psa_key_attributes_t *attributes, psa_key_type_t type)
{
    attributes->vz_type = type;
}

static inline void psa_set_key_bits(psa_key_attributes_t *attributes, size_t bits)
{
    attributes->vz_bits = bits > UINT32_MAX ? UINT32_MAX : (uint32_t)bits;
}

static inline psa_key_id_t psa_get_key_id(const psa_key_attributes_t *attributes)
{
    return attributes->vz_id;
}

static inline psa_key_lifetime_t psa_get_key_lifetime(const psa_key_attributes_t *attributes)
{
    return attributes->vz_lifetime;
}

static inline psa_key_usage_t psa_get_key_usage_flags(const psa_key_attributes_t *attributes)
{
    return attributes->vz_usage;
}

static inline psa_algorithm_t psa_get_key_algorithm(const psa_key_attributes_t *attributes)
{
    return attributes->vz_algorithm;
}

static inline psa_key_type_t psa_get_key_type(const psa_key_attributes_t *attributes)
{
    return attributes->vz_type;
}

static inline size_t psa_get_key_bits(const psa_key_attributes_t *attributes)
{
    return attributes->vz_bits;
}

/* ---- cipher suites of password-authenticated key exchange ---- */

static inline psa_algorithm_t psa_pake_cs_get_algorithm(const psa_pake_cipher_suite_t *cipher_suite)
{
    return cipher_suite->vz_algorithm;
}

static inline psa_pake_primitive_t
psa_pake_cs_get_primitive(const psa_pake_cipher_suite_t *cipher_suite)
{
    return cipher_suite->vz_primitive;
}

static inline uint32_t psa_pake_cs_get_key_confirmation(const psa_pake_cipher_suite_t *cipher_suite)
{
    return cipher_suite->vz_key_confirmation;
}

static inline void psa_pake_cs_set_algorithm(psa_pake_cipher_suite_t *cipher_suite,
                                             psa_algorithm_t alg)
{
    cipher_suite->vz_algorithm = alg;
}

static inline void psa_pake_cs_set_primitive(psa_pake_cipher_suite_t *cipher_suite,
                                             psa_pake_primitive_t primitive)
{
    cipher_suite->vz_primitive = primitive;
}

static inline void psa_pake_cs_set_key_confirmation(psa_pake_cipher_suite_t *cipher_suite,
                                                    uint32_t key_confirmation)
{
    cipher_suite->vz_key_confirmation = key_confirmation;
}

#endif
