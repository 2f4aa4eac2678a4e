/* SPDX-License-Identifier: MIT */

/* Target: vc_policy_key_check_form. Property: the first two bytes choose type and bits, the rest is
 * the material; what is taken has the size that its type says, RSA is one SEQUENCE that ends where
 * the material does, and no error tells the material. */

#include <stdlib.h>

#include "policy/key_form.h"
#include "policy/key_names.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(bool good)
{
    if (!good)
        abort();
}

static size_t type_count(void)
{
    size_t count = 0;

    while (vc_key_type_at(count) != nullptr)
        count++;
    return count;
}

static void check_taken(const struct vc_key_type *type, uint32_t bits, struct vc_bytes material)
{
    size_t size = ((size_t)bits + 7) / 8;

    if ((type->family & (VC_KEY_FAMILY_RSA_PAIR | VC_KEY_FAMILY_RSA_PUBLIC)) != 0)
        need(material.size > size && material.data[0] == 0x30);
    else if (type->family == VC_KEY_FAMILY_CURVE_PUBLIC)
        need(material.size == 2 * size + 1 && material.data[0] == 4);
    else
        need(material.size == size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char name[] = "k";
    const struct vc_key_type *type;
    struct vc_policy_key key = {.name = name};
    struct vc_bytes material;
    struct vc_err err = {};

    if (size < 2)
        return 0;
    type = vc_key_type_at(data[0] % type_count());
    key.type = type->number;
    key.bits = type->bits_least + type->steps * data[1];
    if (!vc_key_type_has_bits(type, key.bits))
        key.bits = type->bits_most;
    material = (struct vc_bytes){data + 2, size - 2};
    if (vc_policy_key_check_form(&key, material, &err) == VC_OK)
        check_taken(type, key.bits, material);
    else
        need(err.code == VC_MALFORMED && err.text[0] == 'k');
    return 0;
}
