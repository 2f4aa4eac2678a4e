/* SPDX-License-Identifier: MIT */

/* Types of the PSA Certified Crypto API 1.2. Part of psa/crypto.h. */

#ifndef PSA_CRYPTO_TYPES_H
#define PSA_CRYPTO_TYPES_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"

/* Keys: who they are, where they are, what they are, what they may do. */
typedef uint32_t psa_key_id_t;
typedef uint32_t psa_key_lifetime_t;
typedef uint8_t psa_key_persistence_t;
typedef uint32_t psa_key_location_t;
typedef uint16_t psa_key_type_t;
typedef uint8_t psa_ecc_family_t;
typedef uint8_t psa_dh_family_t;
typedef uint32_t psa_key_usage_t;
typedef uint32_t psa_algorithm_t;

typedef uint16_t psa_key_derivation_step_t;

/* Password-authenticated key exchange. */
typedef uint8_t psa_pake_role_t;
typedef uint8_t psa_pake_step_t;
typedef uint8_t psa_pake_primitive_type_t;
typedef uint8_t psa_pake_family_t;
typedef uint32_t psa_pake_primitive_t;

/* Their layout is in crypto_struct.h. */
typedef struct vz_psa_key_attributes psa_key_attributes_t;
typedef struct vz_psa_hash_operation psa_hash_operation_t;
typedef struct vz_psa_mac_operation psa_mac_operation_t;
typedef struct vz_psa_cipher_operation psa_cipher_operation_t;
typedef struct vz_psa_aead_operation psa_aead_operation_t;
typedef struct vz_psa_key_derivation_operation psa_key_derivation_operation_t;
typedef struct vz_psa_pake_operation psa_pake_operation_t;
typedef struct vz_psa_pake_cipher_suite psa_pake_cipher_suite_t;

#endif
