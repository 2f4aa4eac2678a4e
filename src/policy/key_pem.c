/* SPDX-License-Identifier: MIT */

#include "policy/key_pem.h"

#include <string.h>

#include "crypto/material.h"
#include "policy/key_names.h"

static constexpr unsigned WITH_PEM = VC_KEY_FAMILY_RSA_PAIR | VC_KEY_FAMILY_RSA_PUBLIC |
                                     VC_KEY_FAMILY_CURVE_PAIR | VC_KEY_FAMILY_CURVE_PUBLIC |
                                     VC_KEY_FAMILY_X_PAIR | VC_KEY_FAMILY_X_PUBLIC;

static enum vc_key_family family_of(const struct vc_material_form *form)
{
    switch (form->kind) {
    case VC_MATERIAL_RSA:
        return form->pair ? VC_KEY_FAMILY_RSA_PAIR : VC_KEY_FAMILY_RSA_PUBLIC;
    case VC_MATERIAL_X25519:
        return form->pair ? VC_KEY_FAMILY_X_PAIR : VC_KEY_FAMILY_X_PUBLIC;
    case VC_MATERIAL_P256:
    case VC_MATERIAL_P384:
    case VC_MATERIAL_P521:
    case VC_MATERIAL_KINDS:
        break;
    }
    return form->pair ? VC_KEY_FAMILY_CURVE_PAIR : VC_KEY_FAMILY_CURVE_PUBLIC;
}

/* The type that policies could give it. Null: they have none for so many bits. */
static const struct vc_key_type *type_of(const struct vc_material_form *form)
{
    const struct vc_key_type *type;

    for (size_t i = 0; (type = vc_key_type_at(i)) != nullptr; i++) {
        if (type->family == family_of(form) && vc_key_type_has_bits(type, form->bits))
            return type;
    }
    return nullptr;
}

static enum vc_code check_same(const struct vc_policy_key *key, const struct vc_key_type *wanted,
                               const struct vc_material_form *form, struct vc_err *err)
{
    const struct vc_key_type *found = type_of(form);

    if (found == wanted && form->bits == key->bits)
        return VC_OK;
    return vc_fail(err, VC_MALFORMED, "keys.%s: %s of %u bits in PEM, %s of %u bits wanted",
                   key->name, found == nullptr ? "a key" : found->words, form->bits, wanted->words,
                   key->bits);
}

enum vc_code vc_policy_key_from_pem(const struct vc_policy_key *key, struct vc_bytes pem,
                                    struct vc_buffer *material, struct vc_err *err)
{
    const struct vc_key_type *wanted = vc_key_type_of(key->type, key->bits);
    vc_cleanup(vc_buffer_done) struct vc_buffer found = {}; /* wipes */
    struct vc_material_form form = {};
    enum vc_code code;

    if ((wanted->family & WITH_PEM) == 0) {
        return vc_fail(err, VC_REFUSED, "keys.%s: %s has no form in PEM", key->name, wanted->words);
    }
    code = vc_material_parse_pem(pem, &form, &found, err);
    if (code != VC_OK) {
        return vc_fail_in(err, code == VC_REFUSED ? VC_MALFORMED : code, "keys.%s", key->name);
    }
    code = check_same(key, wanted, &form, err);
    return code == VC_OK ? vc_buffer_append(material, vc_buffer_bytes(&found), err) : code;
}

bool vc_policy_key_is_pem(const struct vc_policy_key *key, struct vc_bytes bytes)
{
    static const char begin[] = "-----BEGIN ";

    return (vc_key_type_of(key->type, key->bits)->family & WITH_PEM) != 0 &&
           bytes.size > strlen(begin) && memcmp(bytes.data, begin, strlen(begin)) == 0;
}
