/* SPDX-License-Identifier: MIT */

/* Target: vc_material_parse_pem. Property: what is taken has the size of its kind and bits, and
 * nothing is appended by what is refused. */

#include <stdlib.h>

#include "crypto/material.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(bool good)
{
    if (!good)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer material = {};
    struct vc_material_form form = {};
    struct vc_err err = {};
    size_t number;

    if (vc_material_parse_pem((struct vc_bytes){data, size}, &form, &material, &err) != VC_OK) {
        need(err.text[0] != '\0' && material.size == 0);
        return 0;
    }
    number = ((size_t)form.bits + 7) / 8;
    need(form.kind < VC_MATERIAL_KINDS);
    if (form.kind == VC_MATERIAL_RSA)
        need(material.size > number && material.data[0] == 0x30);
    else if (form.kind == VC_MATERIAL_X25519 || form.pair)
        need(material.size == number);
    else
        need(material.size == 2 * number + 1 && material.data[0] == 4);
    return 0;
}
