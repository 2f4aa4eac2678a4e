/* SPDX-License-Identifier: MIT */

/* The PSA Certified Crypto API 1.2 (Arm IHI 0086, with the final PAKE extension) for programs that
 * run inside a container. What the functions do is the specification's to say; what of it a
 * container cannot do, and where keys are, is in docs/host-abi.md.
 *
 * Plain C11, and C++. A program needs nothing but this folder on its include path:
 *
 *   tools/wasi-cc -I guest/include -o program.wasm program.c
 *
 * Natively the same source is compiled with another implementation's psa/crypto.h, and linked with
 * that implementation, as Mbed TLS's.
 */

#ifndef PSA_CRYPTO_H
#define PSA_CRYPTO_H

#include "crypto_sizes.h"
#include "crypto_struct.h"
#include "crypto_types.h"
#include "crypto_values.h"

#define PSA_CRYPTO_API_VERSION_MAJOR 1
#define PSA_CRYPTO_API_VERSION_MINOR 2

#ifdef __wasm__
#define VZ_PSA(name) __attribute__((import_module("psa_crypto"), import_name(#name)))
#else
#define VZ_PSA(name)
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- library ---- */

VZ_PSA(psa_crypto_init) psa_status_t psa_crypto_init(void);

/* ---- keys ---- */

VZ_PSA(psa_get_key_attributes)
psa_status_t psa_get_key_attributes(psa_key_id_t key, psa_key_attributes_t *attributes);
VZ_PSA(psa_import_key)
psa_status_t psa_import_key(const psa_key_attributes_t *attributes, const uint8_t *data,
                            size_t data_length, psa_key_id_t *key);
VZ_PSA(psa_generate_key)
psa_status_t psa_generate_key(const psa_key_attributes_t *attributes, psa_key_id_t *key);
VZ_PSA(psa_copy_key)
psa_status_t psa_copy_key(psa_key_id_t source_key, const psa_key_attributes_t *attributes,
                          psa_key_id_t *target_key);
VZ_PSA(psa_destroy_key) psa_status_t psa_destroy_key(psa_key_id_t key);
VZ_PSA(psa_purge_key) psa_status_t psa_purge_key(psa_key_id_t key);
VZ_PSA(psa_export_key)
psa_status_t psa_export_key(psa_key_id_t key, uint8_t *data, size_t data_size, size_t *data_length);
VZ_PSA(psa_export_public_key)
psa_status_t psa_export_public_key(psa_key_id_t key, uint8_t *data, size_t data_size,
                                   size_t *data_length);

/* ---- random bytes ---- */

VZ_PSA(psa_generate_random) psa_status_t psa_generate_random(uint8_t *output, size_t output_size);

/* ---- hashes ---- */

VZ_PSA(psa_hash_compute)
psa_status_t psa_hash_compute(psa_algorithm_t alg, const uint8_t *input, size_t input_length,
                              uint8_t *hash, size_t hash_size, size_t *hash_length);
VZ_PSA(psa_hash_compare)
psa_status_t psa_hash_compare(psa_algorithm_t alg, const uint8_t *input, size_t input_length,
                              const uint8_t *hash, size_t hash_length);
VZ_PSA(psa_hash_setup)
psa_status_t psa_hash_setup(psa_hash_operation_t *operation, psa_algorithm_t alg);
VZ_PSA(psa_hash_update)
psa_status_t psa_hash_update(psa_hash_operation_t *operation, const uint8_t *input,
                             size_t input_length);
VZ_PSA(psa_hash_finish)
psa_status_t psa_hash_finish(psa_hash_operation_t *operation, uint8_t *hash, size_t hash_size,
                             size_t *hash_length);
VZ_PSA(psa_hash_verify)
psa_status_t psa_hash_verify(psa_hash_operation_t *operation, const uint8_t *hash,
                             size_t hash_length);
VZ_PSA(psa_hash_abort) psa_status_t psa_hash_abort(psa_hash_operation_t *operation);
VZ_PSA(psa_hash_suspend)
psa_status_t psa_hash_suspend(psa_hash_operation_t *operation, uint8_t *hash_state,
                              size_t hash_state_size, size_t *hash_state_length);
VZ_PSA(psa_hash_resume)
psa_status_t psa_hash_resume(psa_hash_operation_t *operation, const uint8_t *hash_state,
                             size_t hash_state_length);
VZ_PSA(psa_hash_clone)
psa_status_t psa_hash_clone(const psa_hash_operation_t *source_operation,
                            psa_hash_operation_t *target_operation);

/* ---- message authentication codes ---- */

VZ_PSA(psa_mac_compute)
psa_status_t psa_mac_compute(psa_key_id_t key, psa_algorithm_t alg, const uint8_t *input,
                             size_t input_length, uint8_t *mac, size_t mac_size,
                             size_t *mac_length);
VZ_PSA(psa_mac_verify)
psa_status_t psa_mac_verify(psa_key_id_t key, psa_algorithm_t alg, const uint8_t *input,
                            size_t input_length, const uint8_t *mac, size_t mac_length);
VZ_PSA(psa_mac_sign_setup)
psa_status_t psa_mac_sign_setup(psa_mac_operation_t *operation, psa_key_id_t key,
                                psa_algorithm_t alg);
VZ_PSA(psa_mac_verify_setup)
psa_status_t psa_mac_verify_setup(psa_mac_operation_t *operation, psa_key_id_t key,
                                  psa_algorithm_t alg);
VZ_PSA(psa_mac_update)
psa_status_t psa_mac_update(psa_mac_operation_t *operation, const uint8_t *input,
                            size_t input_length);
VZ_PSA(psa_mac_sign_finish)
psa_status_t psa_mac_sign_finish(psa_mac_operation_t *operation, uint8_t *mac, size_t mac_size,
                                 size_t *mac_length);
VZ_PSA(psa_mac_verify_finish)
psa_status_t psa_mac_verify_finish(psa_mac_operation_t *operation, const uint8_t *mac,
                                   size_t mac_length);
VZ_PSA(psa_mac_abort) psa_status_t psa_mac_abort(psa_mac_operation_t *operation);

/* ---- unauthenticated ciphers ---- */

VZ_PSA(psa_cipher_encrypt)
psa_status_t psa_cipher_encrypt(psa_key_id_t key, psa_algorithm_t alg, const uint8_t *input,
                                size_t input_length, uint8_t *output, size_t output_size,
                                size_t *output_length);
VZ_PSA(psa_cipher_decrypt)
psa_status_t psa_cipher_decrypt(psa_key_id_t key, psa_algorithm_t alg, const uint8_t *input,
                                size_t input_length, uint8_t *output, size_t output_size,
                                size_t *output_length);
VZ_PSA(psa_cipher_encrypt_setup)
psa_status_t psa_cipher_encrypt_setup(psa_cipher_operation_t *operation, psa_key_id_t key,
                                      psa_algorithm_t alg);
VZ_PSA(psa_cipher_decrypt_setup)
psa_status_t psa_cipher_decrypt_setup(psa_cipher_operation_t *operation, psa_key_id_t key,
                                      psa_algorithm_t alg);
VZ_PSA(psa_cipher_generate_iv)
psa_status_t psa_cipher_generate_iv(psa_cipher_operation_t *operation, uint8_t *iv, size_t iv_size,
                                    size_t *iv_length);
VZ_PSA(psa_cipher_set_iv)
psa_status_t psa_cipher_set_iv(psa_cipher_operation_t *operation, const uint8_t *iv,
                               size_t iv_length);
VZ_PSA(psa_cipher_update)
psa_status_t psa_cipher_update(psa_cipher_operation_t *operation, const uint8_t *input,
                               size_t input_length, uint8_t *output, size_t output_size,
                               size_t *output_length);
VZ_PSA(psa_cipher_finish)
psa_status_t psa_cipher_finish(psa_cipher_operation_t *operation, uint8_t *output,
                               size_t output_size, size_t *output_length);
VZ_PSA(psa_cipher_abort) psa_status_t psa_cipher_abort(psa_cipher_operation_t *operation);

/* ---- authenticated encryption ---- */

VZ_PSA(psa_aead_encrypt)
psa_status_t psa_aead_encrypt(psa_key_id_t key, psa_algorithm_t alg, const uint8_t *nonce,
                              size_t nonce_length, const uint8_t *additional_data,
                              size_t additional_data_length, const uint8_t *plaintext,
                              size_t plaintext_length, uint8_t *ciphertext, size_t ciphertext_size,
                              size_t *ciphertext_length);
VZ_PSA(psa_aead_decrypt)
psa_status_t psa_aead_decrypt(psa_key_id_t key, psa_algorithm_t alg, const uint8_t *nonce,
                              size_t nonce_length, const uint8_t *additional_data,
                              size_t additional_data_length, const uint8_t *ciphertext,
                              size_t ciphertext_length, uint8_t *plaintext, size_t plaintext_size,
                              size_t *plaintext_length);
VZ_PSA(psa_aead_encrypt_setup)
psa_status_t psa_aead_encrypt_setup(psa_aead_operation_t *operation, psa_key_id_t key,
                                    psa_algorithm_t alg);
VZ_PSA(psa_aead_decrypt_setup)
psa_status_t psa_aead_decrypt_setup(psa_aead_operation_t *operation, psa_key_id_t key,
                                    psa_algorithm_t alg);
VZ_PSA(psa_aead_generate_nonce)
psa_status_t psa_aead_generate_nonce(psa_aead_operation_t *operation, uint8_t *nonce,
                                     size_t nonce_size, size_t *nonce_length);
VZ_PSA(psa_aead_set_nonce)
psa_status_t psa_aead_set_nonce(psa_aead_operation_t *operation, const uint8_t *nonce,
                                size_t nonce_length);
VZ_PSA(psa_aead_set_lengths)
psa_status_t psa_aead_set_lengths(psa_aead_operation_t *operation, size_t ad_length,
                                  size_t plaintext_length);
VZ_PSA(psa_aead_update_ad)
psa_status_t psa_aead_update_ad(psa_aead_operation_t *operation, const uint8_t *input,
                                size_t input_length);
VZ_PSA(psa_aead_update)
psa_status_t psa_aead_update(psa_aead_operation_t *operation, const uint8_t *input,
                             size_t input_length, uint8_t *output, size_t output_size,
                             size_t *output_length);
VZ_PSA(psa_aead_finish)
psa_status_t psa_aead_finish(psa_aead_operation_t *operation, uint8_t *ciphertext,
                             size_t ciphertext_size, size_t *ciphertext_length, uint8_t *tag,
                             size_t tag_size, size_t *tag_length);
VZ_PSA(psa_aead_verify)
psa_status_t psa_aead_verify(psa_aead_operation_t *operation, uint8_t *plaintext,
                             size_t plaintext_size, size_t *plaintext_length, const uint8_t *tag,
                             size_t tag_length);
VZ_PSA(psa_aead_abort) psa_status_t psa_aead_abort(psa_aead_operation_t *operation);

/* ---- key derivation ---- */

VZ_PSA(psa_key_derivation_setup)
psa_status_t psa_key_derivation_setup(psa_key_derivation_operation_t *operation,
                                      psa_algorithm_t alg);
VZ_PSA(psa_key_derivation_get_capacity)
psa_status_t psa_key_derivation_get_capacity(const psa_key_derivation_operation_t *operation,
                                             size_t *capacity);
VZ_PSA(psa_key_derivation_set_capacity)
psa_status_t psa_key_derivation_set_capacity(psa_key_derivation_operation_t *operation,
                                             size_t capacity);
VZ_PSA(psa_key_derivation_input_bytes)
psa_status_t psa_key_derivation_input_bytes(psa_key_derivation_operation_t *operation,
                                            psa_key_derivation_step_t step, const uint8_t *data,
                                            size_t data_length);
VZ_PSA(psa_key_derivation_input_integer)
psa_status_t psa_key_derivation_input_integer(psa_key_derivation_operation_t *operation,
                                              psa_key_derivation_step_t step, uint64_t value);
VZ_PSA(psa_key_derivation_input_key)
psa_status_t psa_key_derivation_input_key(psa_key_derivation_operation_t *operation,
                                          psa_key_derivation_step_t step, psa_key_id_t key);
VZ_PSA(psa_key_derivation_key_agreement)
psa_status_t psa_key_derivation_key_agreement(psa_key_derivation_operation_t *operation,
                                              psa_key_derivation_step_t step,
                                              psa_key_id_t private_key, const uint8_t *peer_key,
                                              size_t peer_key_length);
VZ_PSA(psa_key_derivation_output_bytes)
psa_status_t psa_key_derivation_output_bytes(psa_key_derivation_operation_t *operation,
                                             uint8_t *output, size_t output_length);
VZ_PSA(psa_key_derivation_output_key)
psa_status_t psa_key_derivation_output_key(const psa_key_attributes_t *attributes,
                                           psa_key_derivation_operation_t *operation,
                                           psa_key_id_t *key);
VZ_PSA(psa_key_derivation_verify_bytes)
psa_status_t psa_key_derivation_verify_bytes(psa_key_derivation_operation_t *operation,
                                             const uint8_t *expected_output, size_t output_length);
VZ_PSA(psa_key_derivation_verify_key)
psa_status_t psa_key_derivation_verify_key(psa_key_derivation_operation_t *operation,
                                           psa_key_id_t expected);
VZ_PSA(psa_key_derivation_abort)
psa_status_t psa_key_derivation_abort(psa_key_derivation_operation_t *operation);

/* ---- key agreement ---- */

VZ_PSA(psa_raw_key_agreement)
psa_status_t psa_raw_key_agreement(psa_algorithm_t alg, psa_key_id_t private_key,
                                   const uint8_t *peer_key, size_t peer_key_length, uint8_t *output,
                                   size_t output_size, size_t *output_length);
VZ_PSA(psa_key_agreement)
psa_status_t psa_key_agreement(psa_key_id_t private_key, const uint8_t *peer_key,
                               size_t peer_key_length, psa_algorithm_t alg,
                               const psa_key_attributes_t *attributes, psa_key_id_t *key);

/* ---- signatures ---- */

VZ_PSA(psa_sign_message)
psa_status_t psa_sign_message(psa_key_id_t key, psa_algorithm_t alg, const uint8_t *input,
                              size_t input_length, uint8_t *signature, size_t signature_size,
                              size_t *signature_length);
VZ_PSA(psa_verify_message)
psa_status_t psa_verify_message(psa_key_id_t key, psa_algorithm_t alg, const uint8_t *input,
                                size_t input_length, const uint8_t *signature,
                                size_t signature_length);
VZ_PSA(psa_sign_hash)
psa_status_t psa_sign_hash(psa_key_id_t key, psa_algorithm_t alg, const uint8_t *hash,
                           size_t hash_length, uint8_t *signature, size_t signature_size,
                           size_t *signature_length);
VZ_PSA(psa_verify_hash)
psa_status_t psa_verify_hash(psa_key_id_t key, psa_algorithm_t alg, const uint8_t *hash,
                             size_t hash_length, const uint8_t *signature, size_t signature_length);

/* ---- asymmetric encryption ---- */

VZ_PSA(psa_asymmetric_encrypt)
psa_status_t psa_asymmetric_encrypt(psa_key_id_t key, psa_algorithm_t alg, const uint8_t *input,
                                    size_t input_length, const uint8_t *salt, size_t salt_length,
                                    uint8_t *output, size_t output_size, size_t *output_length);
VZ_PSA(psa_asymmetric_decrypt)
psa_status_t psa_asymmetric_decrypt(psa_key_id_t key, psa_algorithm_t alg, const uint8_t *input,
                                    size_t input_length, const uint8_t *salt, size_t salt_length,
                                    uint8_t *output, size_t output_size, size_t *output_length);

/* ---- password-authenticated key exchange ---- */

VZ_PSA(psa_pake_setup)
psa_status_t psa_pake_setup(psa_pake_operation_t *operation, psa_key_id_t password_key,
                            const psa_pake_cipher_suite_t *cipher_suite);
VZ_PSA(psa_pake_set_role)
psa_status_t psa_pake_set_role(psa_pake_operation_t *operation, psa_pake_role_t role);
VZ_PSA(psa_pake_set_user)
psa_status_t psa_pake_set_user(psa_pake_operation_t *operation, const uint8_t *user_id,
                               size_t user_id_len);
VZ_PSA(psa_pake_set_peer)
psa_status_t psa_pake_set_peer(psa_pake_operation_t *operation, const uint8_t *peer_id,
                               size_t peer_id_len);
VZ_PSA(psa_pake_set_context)
psa_status_t psa_pake_set_context(psa_pake_operation_t *operation, const uint8_t *context,
                                  size_t context_len);
VZ_PSA(psa_pake_output)
psa_status_t psa_pake_output(psa_pake_operation_t *operation, psa_pake_step_t step, uint8_t *output,
                             size_t output_size, size_t *output_length);
VZ_PSA(psa_pake_input)
psa_status_t psa_pake_input(psa_pake_operation_t *operation, psa_pake_step_t step,
                            const uint8_t *input, size_t input_length);
VZ_PSA(psa_pake_get_shared_key)
psa_status_t psa_pake_get_shared_key(psa_pake_operation_t *operation,
                                     const psa_key_attributes_t *attributes, psa_key_id_t *key);
VZ_PSA(psa_pake_abort) psa_status_t psa_pake_abort(psa_pake_operation_t *operation);

#ifdef __cplusplus
}
#endif

#endif
