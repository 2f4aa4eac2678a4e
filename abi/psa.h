/* SPDX-License-Identifier: MIT */

/* PSA Certified Crypto API 1.2 (Arm IHI 0086) as WebAssembly programs import it: module
 * "psa_crypto", one function per import. A function's name is that of the specification.
 *
 * The shape of a function is what its arguments are, one letter each:
 *
 *   v   a number of 32 bits: key id, algorithm, step, size, role
 *   I   a number of 64 bits
 *   p   an operation, by its address: its first 4 bytes are a handle, 0 while it is inactive;
 *       read before the call and written after it
 *   q   a second operation (psa_hash_clone)
 *   is  input: address, bytes
 *   os  output: address, bytes of room
 *   l   where the size of the output before it goes: 4 bytes
 *   n   where a number goes: 4 bytes
 *   a   key attributes to read, by their address: struct vc_psa_attributes
 *   A   key attributes to write
 *   k   where a key id goes: 4 bytes
 *   c   a cipher suite of PAKE, by its address: 3 numbers of 32 bits: algorithm, primitive, key
 *       confirmation
 *
 * All but I are WebAssembly's i32, and so is the result, a psa_status_t. A pointer that is null, or
 * to what is not the program's memory, is PSA_ERROR_INVALID_ARGUMENT, and then nothing happens; one
 * to no bytes is not looked at. Otherwise operations are always written; so are sizes, keys and
 * attributes, which are 0 without PSA_SUCCESS; numbers are written with it alone.
 */

#ifndef VC_ABI_PSA_H
#define VC_ABI_PSA_H

#include <stdint.h>

/* name, shape. Numbers are private to a build: both ends of a key store's socket have one
 * measurement. */
#define VC_PSA_FUNCTIONS(X)                  \
    X(crypto_init, "")                       \
    X(get_key_attributes, "vA")              \
    X(purge_key, "v")                        \
    X(copy_key, "vak")                       \
    X(destroy_key, "v")                      \
    X(import_key, "aisk")                    \
    X(export_key, "vosl")                    \
    X(export_public_key, "vosl")             \
    X(generate_key, "ak")                    \
    X(generate_random, "os")                 \
    X(hash_compute, "visosl")                \
    X(hash_compare, "visis")                 \
    X(hash_setup, "pv")                      \
    X(hash_update, "pis")                    \
    X(hash_finish, "posl")                   \
    X(hash_verify, "pis")                    \
    X(hash_abort, "p")                       \
    X(hash_suspend, "posl")                  \
    X(hash_resume, "pis")                    \
    X(hash_clone, "pq")                      \
    X(mac_compute, "vvisosl")                \
    X(mac_verify, "vvisis")                  \
    X(mac_sign_setup, "pvv")                 \
    X(mac_verify_setup, "pvv")               \
    X(mac_update, "pis")                     \
    X(mac_sign_finish, "posl")               \
    X(mac_verify_finish, "pis")              \
    X(mac_abort, "p")                        \
    X(cipher_encrypt, "vvisosl")             \
    X(cipher_decrypt, "vvisosl")             \
    X(cipher_encrypt_setup, "pvv")           \
    X(cipher_decrypt_setup, "pvv")           \
    X(cipher_generate_iv, "posl")            \
    X(cipher_set_iv, "pis")                  \
    X(cipher_update, "pisosl")               \
    X(cipher_finish, "posl")                 \
    X(cipher_abort, "p")                     \
    X(aead_encrypt, "vvisisisosl")           \
    X(aead_decrypt, "vvisisisosl")           \
    X(aead_encrypt_setup, "pvv")             \
    X(aead_decrypt_setup, "pvv")             \
    X(aead_generate_nonce, "posl")           \
    X(aead_set_nonce, "pis")                 \
    X(aead_set_lengths, "pvv")               \
    X(aead_update_ad, "pis")                 \
    X(aead_update, "pisosl")                 \
    X(aead_finish, "poslosl")                \
    X(aead_verify, "poslis")                 \
    X(aead_abort, "p")                       \
    X(key_derivation_setup, "pv")            \
    X(key_derivation_get_capacity, "pn")     \
    X(key_derivation_set_capacity, "pv")     \
    X(key_derivation_input_bytes, "pvis")    \
    X(key_derivation_input_integer, "pvI")   \
    X(key_derivation_input_key, "pvv")       \
    X(key_derivation_key_agreement, "pvvis") \
    X(key_derivation_output_bytes, "pos")    \
    X(key_derivation_output_key, "apk")      \
    X(key_derivation_verify_bytes, "pis")    \
    X(key_derivation_verify_key, "pv")       \
    X(key_derivation_abort, "p")             \
    X(raw_key_agreement, "vvisosl")          \
    X(key_agreement, "visvak")               \
    X(sign_message, "vvisosl")               \
    X(verify_message, "vvisis")              \
    X(sign_hash, "vvisosl")                  \
    X(verify_hash, "vvisis")                 \
    X(asymmetric_encrypt, "vvisisosl")       \
    X(asymmetric_decrypt, "vvisisosl")       \
    X(pake_setup, "pvc")                     \
    X(pake_set_role, "pv")                   \
    X(pake_set_user, "pis")                  \
    X(pake_set_peer, "pis")                  \
    X(pake_set_context, "pis")               \
    X(pake_output, "pvosl")                  \
    X(pake_input, "pvis")                    \
    X(pake_get_shared_key, "pak")            \
    X(pake_abort, "p")

/* Ours, in module "veracruz": the second argument names the receiver. */
#define VC_PSA_EXTENSIONS(X) X(key_wrap, "visosl")

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

/* What one program may have at once; PSA_ERROR_INSUFFICIENT_MEMORY beyond, but for the last. */
enum {
    VC_PSA_KEYS_MAX = 1024,           /* volatile and persistent, on either side */
    VC_PSA_OPERATIONS_MAX = 128,      /* multipart operations, on either side */
    VC_PSA_CALL_BYTES_MAX = 16777216, /* inputs or outputs of one call of the key store; by its own
                                         keys in the worker a program is not so bound */
    VC_PSA_KEY_BYTES_MAX = 8192,      /* material of one key, DER too; PSA_ERROR_NOT_SUPPORTED */
};

#endif
