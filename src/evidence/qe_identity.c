/* SPDX-License-Identifier: MIT */

#include "evidence/qe_identity.h"

#include <stdio.h>
#include <string.h>

#include "base/hex.h"

static constexpr int64_t VERSION = 2;

static enum vc_code read_fields(const struct vc_json_place *root, struct vc_qe_identity *identity,
                                struct vc_err *err)
{
    const struct {
        const char *name;
        uint8_t *bytes;
        size_t size;
    } fields[] = {
        {"miscselect", identity->miscselect, sizeof(identity->miscselect)},
        {"miscselectMask", identity->miscselect_mask, sizeof(identity->miscselect_mask)},
        {"attributes", identity->attributes, sizeof(identity->attributes)},
        {"attributesMask", identity->attributes_mask, sizeof(identity->attributes_mask)},
        {"mrsigner", identity->mrsigner, sizeof(identity->mrsigner)},
    };
    int64_t isvprodid;
    enum vc_code code = vc_pcs_read_integer(root, "isvprodid", UINT16_MAX, &isvprodid, err);

    for (size_t i = 0; code == VC_OK && i < VC_COUNT(fields); i++)
        code = vc_pcs_read_hex(root, fields[i].name, fields[i].bytes, fields[i].size, err);
    if (code == VC_OK)
        identity->isvprodid = (uint16_t)isvprodid;
    return code;
}

static enum vc_code read_id(const struct vc_json_place *root, struct vc_qe_identity *identity,
                            struct vc_err *err)
{
    const char *id;
    enum vc_code code = vc_pcs_read_string(root, "id", &id, err);

    if (code != VC_OK)
        return code;
    if (strlen(id) >= sizeof(identity->id))
        return vc_fail(err, VC_MALFORMED, "id: none of Intel's");
    strcpy(identity->id, id);
    return VC_OK;
}

enum vc_code vc_qe_identity_parse(struct vc_bytes body, struct vc_qe_identity *identity,
                                  struct vc_err *err)
{
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    enum vc_code code = vc_json_parse(body, &json, err);
    struct vc_json_place root;

    if (code != VC_OK)
        return code;
    root = vc_json_root(json);
    *identity = (struct vc_qe_identity){};
    code = vc_pcs_head_read(&root, &identity->head, err);
    if (code == VC_OK && identity->head.version != VERSION)
        code = vc_fail(err, VC_MALFORMED, "version %lld, %lld wanted",
                       (long long)identity->head.version, (long long)VERSION);
    if (code == VC_OK)
        code = read_id(&root, identity, err);
    if (code == VC_OK)
        code = read_fields(&root, identity, err);
    if (code == VC_OK)
        code = vc_pcs_read_levels(&root, identity->levels, VC_QE_LEVELS_MAX, &identity->level_count,
                                  err);
    return code;
}

/* `size` bytes of a report, as far as a mask goes, are the identity's. */
static bool matches(const uint8_t *report, const uint8_t *mask, const uint8_t *wanted, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if ((report[i] & mask[i]) != wanted[i])
            return false;
    }
    return true;
}

static enum vc_code differs(struct vc_err *err, const char *what, const uint8_t *report,
                            const uint8_t *wanted, size_t size)
{
    char reported[65], published[65];

    vc_hex_encode((struct vc_bytes){report, size}, reported);
    vc_hex_encode((struct vc_bytes){wanted, size}, published);
    return vc_fail(err, VC_UNTRUSTED, "quoting enclave: %s is %s, its published identity says %s",
                   what, reported, published);
}

enum vc_code vc_qe_identity_check(const struct vc_qe_identity *identity,
                                  const struct vc_enclave_report *report,
                                  const struct vc_pcs_level **level, struct vc_err *err)
{
    const uint8_t miscselect[4] = {(uint8_t)report->miscselect, (uint8_t)(report->miscselect >> 8),
                                   (uint8_t)(report->miscselect >> 16),
                                   (uint8_t)(report->miscselect >> 24)};
    const uint8_t *attributes = report->attributes.data;

    if (memcmp(report->mrsigner.data, identity->mrsigner, sizeof(identity->mrsigner)) != 0)
        return differs(err, "MRSIGNER", report->mrsigner.data, identity->mrsigner,
                       sizeof(identity->mrsigner));
    if (report->isvprodid != identity->isvprodid)
        return vc_fail(err, VC_UNTRUSTED,
                       "quoting enclave: ISVPRODID is %u, its published identity says %u",
                       report->isvprodid, identity->isvprodid);
    if (!matches(miscselect, identity->miscselect_mask, identity->miscselect, sizeof(miscselect)))
        return differs(err, "MISCSELECT under its mask", miscselect, identity->miscselect,
                       sizeof(miscselect));
    if (!matches(attributes, identity->attributes_mask, identity->attributes,
                 sizeof(identity->attributes)))
        return differs(err, "ATTRIBUTES under its mask", attributes, identity->attributes,
                       sizeof(identity->attributes));
    *level = vc_pcs_find_level(identity->levels, identity->level_count, report->isvsvn);
    if (*level == nullptr)
        return vc_fail(err, VC_UNTRUSTED,
                       "quoting enclave: ISVSVN %u is below every level of its published identity",
                       report->isvsvn);
    return VC_OK;
}
