/* SPDX-License-Identifier: MIT */

/* What one implementation's psa/crypto.h says: the same questions, asked of two (psa_values.c is
 * compiled with each), and compared by psa_values_test.c. */

#ifndef VC_GUEST_PSA_VALUES_H
#define VC_GUEST_PSA_VALUES_H

#include <stddef.h>
#include <stdint.h>

struct psa_value {
    const char *name;
    uint64_t value;
};

/* Arguments of macros; each takes those that it has. */
struct psa_question {
    uint16_t type;
    uint32_t bits;
    uint32_t algorithm;
    size_t length;
};

/* What a macro is asked with: with what is no argument for it, it may say anything. */
enum psa_kind {
    PSA_KIND_TYPE, /* any */
    PSA_KIND_ECC,
    PSA_KIND_DH,
    PSA_KIND_ALG, /* any */
    PSA_KIND_AGREEMENT,
    PSA_KIND_HASH,
    PSA_KIND_LENGTH,
    PSA_KIND_MAC,
    PSA_KIND_AEAD_TAG,
    PSA_KIND_CIPHER,
    PSA_KIND_CIPHER_LENGTH,
    PSA_KIND_AEAD,
    PSA_KIND_AEAD_LENGTH,
    PSA_KIND_SIGN,
    PSA_KIND_ASYMMETRIC,
    PSA_KIND_BITS, /* type and bits */
};

struct psa_macro {
    const char *name;
    enum psa_kind kind;
    uint64_t (*ask)(const struct psa_question *question);
};

struct psa_header {
    const struct psa_value *values;
    size_t value_count;
    const struct psa_macro *macros;
    size_t macro_count;
};

extern const struct psa_header psa_header_ours, psa_header_mbed;

#endif
