/* SPDX-License-Identifier: MIT */

#include "runtime/link_request.h"

#include <stdckdint.h>
#include <string.h>

#include "base/hex.h"
#include "codec/json.h"

static enum vc_code read_digest(const struct vc_json_place *root, const char *name,
                                uint8_t digest[VC_SHA256_SIZE], struct vc_err *err)
{
    struct vc_json_place member;
    const char *text = "";
    enum vc_code code;

    if (vc_json_member(root, name, &member, nullptr) != VC_OK)
        return vc_fail(err, VC_MALFORMED, "no \"%s\"", name);
    code = vc_json_string(&member, &text, err);
    if (code != VC_OK)
        return code;
    code = vc_hex_parse(text, digest, VC_SHA256_SIZE, err);
    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "%s", name);
}

static enum vc_code read_size(const struct vc_json_place *root, uint64_t *size, struct vc_err *err)
{
    struct vc_json_place member;
    int64_t number = 0;
    enum vc_code code;

    if (vc_json_member(root, "size", &member, nullptr) != VC_OK)
        return vc_fail(err, VC_MALFORMED, "no \"size\"");
    code = vc_json_integer(&member, 1, (int64_t)VC_LOG_SIZE_MAX, &number, err);
    if (code == VC_OK)
        *size = (uint64_t)number;
    return code;
}

enum vc_code vc_link_request_parse(struct vc_bytes body, struct vc_record_link *link,
                                   struct vc_err *err)
{
    static const char *const known[] = {"container", "policy", "root", "size", nullptr};
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    struct vc_record_link made = {};
    struct vc_json_place root;
    enum vc_code code = vc_json_parse(body, &json, err);

    static_assert(VC_JOURNAL_ID_SIZE == VC_SHA256_SIZE);
    if (code != VC_OK)
        return code;
    root = vc_json_root(json);
    code = vc_json_check_object(&root, known, err);
    if (code == VC_OK)
        code = read_digest(&root, "container", made.container, err);
    if (code == VC_OK)
        code = read_digest(&root, "policy", made.policy, err);
    if (code == VC_OK)
        code = read_digest(&root, "root", made.root, err);
    if (code == VC_OK)
        code = read_size(&root, &made.size, err);
    if (code == VC_OK)
        *link = made;
    return code;
}

enum vc_code vc_since_parse(const char *text, uint64_t *since, struct vc_err *err)
{
    size_t digits = strspn(text, "0123456789");
    uint64_t number = 0;

    if (digits == 0 || text[digits] != '\0' || (text[0] == '0' && digits > 1))
        return vc_fail(err, VC_MALFORMED, "%.32s: the number of an entry is wanted", text);
    for (size_t i = 0; i < digits; i++) {
        if (ckd_mul(&number, number, 10) || ckd_add(&number, number, (uint64_t)(text[i] - '0')) ||
            number > VC_LOG_SIZE_MAX)
            return vc_fail(err, VC_LIMIT, "%.32s: no journal has so many entries", text);
    }
    *since = number;
    return VC_OK;
}
