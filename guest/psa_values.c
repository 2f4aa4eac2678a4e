/* SPDX-License-Identifier: MIT */

/* Compiled twice: HEADER_NAME is what the psa/crypto.h on the include path says. */

#include "psa_values.h"

#include <psa/crypto.h>

#include "psa_names.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

#define VALUE(name) {#name, (uint64_t)(name)},

static const struct psa_value VALUES[] = {PSA_NAMES(VALUE)};

#define WITH_TYPE(macro)          macro(question->type)
#define WITH_ECC(macro)           macro(question->type)
#define WITH_DH(macro)            macro(question->type)
#define WITH_ALG(macro)           macro(question->algorithm)
#define WITH_AGREEMENT(macro)     macro(question->algorithm)
#define WITH_HASH(macro)          macro(question->algorithm)
#define WITH_LENGTH(macro)        macro(question->length)
#define WITH_MAC(macro)           macro(question->type, question->bits, question->algorithm)
#define WITH_AEAD_TAG(macro)      macro(question->type, question->bits, question->algorithm)
#define WITH_CIPHER(macro)        macro(question->type, question->algorithm)
#define WITH_CIPHER_LENGTH(macro) macro(question->type, question->algorithm, question->length)
#define WITH_AEAD(macro)          macro(question->type, question->algorithm)
#define WITH_AEAD_LENGTH(macro)   macro(question->type, question->algorithm, question->length)
#define WITH_SIGN(macro)          macro(question->type, question->bits, question->algorithm)
#define WITH_ASYMMETRIC(macro)    macro(question->type, question->bits, question->algorithm)
#define WITH_BITS(macro)          macro(question->type, question->bits)

#define ASK(kind, macro)                                             \
    static uint64_t ask_##macro(const struct psa_question *question) \
    {                                                                \
        return (uint64_t)(WITH_##kind(macro));                       \
    }

PSA_MACROS(ASK)

#define ROW(kind, macro) {#macro, PSA_KIND_##kind, ask_##macro},

static const struct psa_macro MACROS[] = {PSA_MACROS(ROW)};

const struct psa_header HEADER_NAME = {
    .values = VALUES,
    .value_count = COUNT(VALUES),
    .macros = MACROS,
    .macro_count = COUNT(MACROS),
};
