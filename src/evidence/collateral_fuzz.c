/* SPDX-License-Identifier: MIT */

/* Target: collateral of any kind. Properties: what is refused leaves nothing behind; what is
 * accepted is something; each document's body is a JSON object with a signature of 64 bytes; the
 * same again adds no certificate. */

#include <stdlib.h>

#include "codec/json.h"
#include "evidence/collateral.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t check_documents(const struct vc_collateral *collateral)
{
    const struct vc_document *documents;
    size_t count = vc_collateral_documents(collateral, &documents);

    for (size_t i = 0; i < count; i++) {
        vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;

        if (documents[i].signature.size != 64 || documents[i].body.data[0] != '{' ||
            vc_json_parse(documents[i].body, &json, nullptr) != VC_OK)
            abort();
    }
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    vc_cleanup(vc_collateral_freep) struct vc_collateral *collateral = nullptr;
    const struct vc_cert *const *certs;
    const struct vc_crl *const *crls;
    struct vc_err err = {};
    enum vc_code code;
    size_t cert_count, total;

    if (vc_collateral_new(&collateral, nullptr) != VC_OK)
        return 0;
    code = vc_collateral_add(collateral, "input", (struct vc_bytes){data, size}, &err);
    cert_count = vc_collateral_certs(collateral, &certs);
    total = cert_count + vc_collateral_crls(collateral, &crls) + check_documents(collateral);
    if ((code == VC_OK) != (total > 0) || (code != VC_OK && err.text[0] == '\0'))
        abort();
    if (code == VC_OK &&
        (vc_collateral_add(collateral, "again", (struct vc_bytes){data, size}, nullptr) != VC_OK ||
         vc_collateral_certs(collateral, &certs) != cert_count))
        abort();
    return 0;
}
