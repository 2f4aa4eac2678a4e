/* SPDX-License-Identifier: MIT */

/* Keys as programs' crypto interface takes them (psa_import_key of the PSA Crypto API): made, and
 * read from PEM. What they are for is not decided here. */

#ifndef VC_CRYPTO_MATERIAL_H
#define VC_CRYPTO_MATERIAL_H

#include "base/buffer.h"

enum vc_material_kind {
    VC_MATERIAL_RSA,  /* RSAPrivateKey or RSAPublicKey of PKCS#1, DER */
    VC_MATERIAL_P256, /* of curves: the private number, or the uncompressed point */
    VC_MATERIAL_P384,
    VC_MATERIAL_P521,
    VC_MATERIAL_X25519, /* 32 bytes (RFC 7748) */
    VC_MATERIAL_KINDS,
};

struct vc_material_form {
    enum vc_material_kind kind;
    bool pair; /* with the private half */
    uint32_t bits;
};

/* Appends the material of the one key in the text: PKCS#8, SEC 1 or PKCS#1, not encrypted; or a
 * SubjectPublicKeyInfo. Nothing but white space may surround it. VC_MALFORMED; VC_REFUSED: another
 * kind of key. */
enum vc_code vc_material_parse_pem(struct vc_bytes pem, struct vc_material_form *form,
                                   struct vc_buffer *material, struct vc_err *err);

/* A new pair: appends its material, and to `public_pem`, which may be null, its public half. `bits`
 * counts for RSA alone. VC_HOST: no randomness. */
enum vc_code vc_material_new(enum vc_material_kind kind, uint32_t bits, struct vc_buffer *material,
                             struct vc_buffer *public_pem, struct vc_err *err);

#endif
