/* SPDX-License-Identifier: MIT */

/* PSA Certified Crypto API 1.2 (Arm IHI 0086) as WebAssembly programs import it: module
 * "psa_crypto", one function per import. A function's name is that of the specification.
 *
 * The shape of a function is how its arguments follow one another, one letter each:
 *
 *   v   a number of 32 bits: key id, algorithm, step, size, role
 *   w   a number of 64 bits
 *   p   an operation, by its address: its first 4 bytes are a handle, 0 while it is inactive;
 *       read before the call and written after it
 *   q   a second operation (psa_hash_clone)
 *   i   input: address, bytes
 *   o   output: address, bytes of room
 *   l   where the size of the output before it goes: 4 bytes
 *   n   where a number goes: 4 bytes
 *   a   key attributes to read, by their address: struct vc_psa_attributes
 *   A   key attributes to write
 *   k   where a key id goes: 4 bytes
 *   c   a cipher suite of PAKE, by its address: 3 numbers of 32 bits
 *
 * i and o take two WebAssembly arguments, w one of 64 bits, all others one of 32 bits. The result
 * is a psa_status_t. What is written is written whatever the status, but for numbers, keys and
 * attributes: those only with PSA_SUCCESS. A size is 0 unless the status is PSA_SUCCESS.
 */

#ifndef VC_ABI_PSA_H
#define VC_ABI_PSA_H

#include <stdint.h>

/* name, shape. Numbers are private to a build: both ends of a key store's socket have one
 * measurement. */
#define VC_PSA_FUNCTIONS(X)                 \
    X(crypto_init, "")                      \
    X(get_key_attributes, "vA")             \
    X(purge_key, "v")                       \
    X(copy_key, "vak")                      \
    X(destroy_key, "v")                     \
    X(import_key, "aik")                    \
    X(export_key, "vol")                    \
    X(export_public_key, "vol")             \
    X(generate_key, "ak")                   \
    X(generate_random, "o")                 \
    X(hash_compute, "viol")                 \
    X(hash_compare, "vii")                  \
    X(hash_setup, "pv")                     \
    X(hash_update, "pi")                    \
    X(hash_finish, "pol")                   \
    X(hash_verify, "pi")                    \
    X(hash_abort, "p")                      \
    X(hash_suspend, "pol")                  \
    X(hash_resume, "pi")                    \
    X(hash_clone, "pq")                     \
    X(mac_compute, "vviol")                 \
    X(mac_verify, "vvii")                   \
    X(mac_sign_setup, "pvv")                \
    X(mac_verify_setup, "pvv")              \
    X(mac_update, "pi")                     \
    X(mac_sign_finish, "pol")               \
    X(mac_verify_finish, "pi")              \
    X(mac_abort, "p")                       \
    X(cipher_encrypt, "vviol")              \
    X(cipher_decrypt, "vviol")              \
    X(cipher_encrypt_setup, "pvv")          \
    X(cipher_decrypt_setup, "pvv")          \
    X(cipher_generate_iv, "pol")            \
    X(cipher_set_iv, "pi")                  \
    X(cipher_update, "piol")                \
    X(cipher_finish, "pol")                 \
    X(cipher_abort, "p")                    \
    X(aead_encrypt, "vviiiol")              \
    X(aead_decrypt, "vviiiol")              \
    X(aead_encrypt_setup, "pvv")            \
    X(aead_decrypt_setup, "pvv")            \
    X(aead_generate_nonce, "pol")           \
    X(aead_set_nonce, "pi")                 \
    X(aead_set_lengths, "pvv")              \
    X(aead_update_ad, "pi")                 \
    X(aead_update, "piol")                  \
    X(aead_finish, "polol")                 \
    X(aead_verify, "poli")                  \
    X(aead_abort, "p")                      \
    X(key_derivation_setup, "pv")           \
    X(key_derivation_get_capacity, "pn")    \
    X(key_derivation_set_capacity, "pv")    \
    X(key_derivation_input_bytes, "pvi")    \
    X(key_derivation_input_integer, "pvw")  \
    X(key_derivation_input_key, "pvv")      \
    X(key_derivation_key_agreement, "pvvi") \
    X(key_derivation_output_bytes, "po")    \
    X(key_derivation_output_key, "apk")     \
    X(key_derivation_verify_bytes, "pi")    \
    X(key_derivation_verify_key, "pv")      \
    X(key_derivation_abort, "p")            \
    X(raw_key_agreement, "vviol")           \
    X(key_agreement, "vivak")               \
    X(sign_message, "vviol")                \
    X(verify_message, "vvii")               \
    X(sign_hash, "vviol")                   \
    X(verify_hash, "vvii")                  \
    X(asymmetric_encrypt, "vviiol")         \
    X(asymmetric_decrypt, "vviiol")         \
    X(pake_setup, "pvc")                    \
    X(pake_set_role, "pv")                  \
    X(pake_set_user, "pi")                  \
    X(pake_set_peer, "pi")                  \
    X(pake_set_context, "pi")               \
    X(pake_output, "pvol")                  \
    X(pake_input, "pvi")                    \
    X(pake_get_shared_key, "pak")           \
    X(pake_abort, "p")

/* Ours, in module "veracruz": the second argument names the receiver. */
#define VC_PSA_EXTENSIONS(X) X(key_wrap, "viol")

enum vc_psa_function {
#define VC_PSA_NUMBER(name, shape) VC_PSA_##name,
    VC_PSA_FUNCTIONS(VC_PSA_NUMBER) VC_PSA_EXTENSIONS(VC_PSA_NUMBER)
#undef VC_PSA_NUMBER
        VC_PSA_FUNCTION_COUNT
};

enum {
    VC_PSA_ARGUMENTS_MAX = 11, /* of WebAssembly, for one call */
    VC_PSA_VALUES_MAX = 4,
    VC_PSA_INPUTS_MAX = 3,
    VC_PSA_OUTPUTS_MAX = 2,
};

/* psa_key_attributes_t as programs have it: little endian, aligned to 4. */
struct vc_psa_attributes {
    uint32_t lifetime;
    uint32_t id;
    uint32_t usage;
    uint32_t algorithm;
    uint16_t type;
    uint16_t reserved; /* 0 */
    uint32_t bits;
};

/* Where key ids come from. */
enum {
    VC_PSA_KEY_USER_MIN = 0x00000001, /* chosen: by programs (kept keys) and policies */
    VC_PSA_KEY_USER_MAX = 0x3fffffff,
    VC_PSA_KEY_LOCAL_MIN = 0x40000000,  /* volatile keys that the program itself imported */
    VC_PSA_KEY_STORED_MIN = 0x60000000, /* other volatile keys: in the key store */
    VC_PSA_KEY_VENDOR_MAX = 0x7fffffff,
};

/* Handles of operations in the key store have this bit; those in the worker do not. */
#define VC_PSA_HANDLE_STORED UINT32_C(0x80000000)

/* What one program may have at once; PSA_ERROR_INSUFFICIENT_MEMORY beyond. */
enum {
    VC_PSA_KEYS_MAX = 1024,           /* volatile and persistent, on either side */
    VC_PSA_OPERATIONS_MAX = 128,      /* multipart operations, on either side */
    VC_PSA_CALL_BYTES_MAX = 16777216, /* inputs or outputs of one call of the key store; by its own
                                         keys in the worker a program is not so bound */
    VC_PSA_KEY_BYTES_MAX = 8192,      /* material of one key */
};

#endif
