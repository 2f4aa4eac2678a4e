/* SPDX-License-Identifier: MIT */

#include "client/receipt_set.h"

#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "base/hex.h"
#include "client/policy_file.h"
#include "client/report.h"
#include "codec/json_span.h"

/* ---- what stands at the top of a receipt ---- */

/* The policy that it says it is of; the first if it says none of them, which its check refuses. */
static const struct vc_policy *policy_of(const struct vc_receipt_set *set, struct vc_bytes json)
{
    struct vc_bytes value = {};
    char hex[2 * VC_SHA256_SIZE + 1];

    if (vc_json_span_find(json, "policy", &value, nullptr) == VC_OK &&
        value.size == 2 + sizeof(hex) - 1) {
        for (size_t i = 0; i < set->policy_count; i++) {
            vc_hex_encode(VC_BYTES(set->policies[i]->hash), hex);
            if (memcmp(value.data + 1, hex, sizeof(hex) - 1) == 0)
                return set->policies[i];
        }
    }
    return set->policies[0];
}

/* ---- files ---- */

static enum vc_code load_receipt(const struct vc_receipt_set *set, const char *path,
                                 struct vc_receipt_item *item, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    enum vc_code code = vc_file_load(path, VC_RECEIPT_SIZE_MAX, &text, err);

    if (code != VC_OK)
        return code;
    item->path = path;
    item->policy = policy_of(set, vc_buffer_bytes(&text));
    code = vc_receipt_check(item->policy, vc_buffer_bytes(&text), &item->receipt, err);
    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "%s", path);
}

/* ---- each with each ---- */

static enum vc_code compare_pair(const struct vc_receipt_set *set, struct vc_receipt_pair *pair,
                                 struct vc_err *err)
{
    const struct vc_receipt_item *one = &set->items[pair->one];
    const struct vc_receipt_item *other = &set->items[pair->other];
    enum vc_code code = vc_receipt_compare(one->receipt, other->receipt, &pair->told, err);

    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "%s, %s", one->path, other->path);
}

static enum vc_code compare_all(struct vc_receipt_set *set, struct vc_err *err)
{
    enum vc_code code = VC_OK;

    set->pairs = calloc(set->count * set->count, sizeof(*set->pairs));
    if (set->pairs == nullptr)
        return vc_fail_memory(err);
    for (size_t one = 0; one < set->count; one++) {
        for (size_t other = one + 1; code == VC_OK && other < set->count; other++) {
            struct vc_receipt_pair *pair = &set->pairs[set->pair_count++];

            *pair = (struct vc_receipt_pair){.one = one, .other = other};
            code = compare_pair(set, pair, err);
        }
    }
    return code;
}

/* ---- all ---- */

static enum vc_code load_policies(const struct vc_receipt_files *files, struct vc_receipt_set *set,
                                  struct vc_err *err)
{
    enum vc_code code = VC_OK;

    if (files->policy_count == 0 || files->policy_count > VC_RECEIPT_SET_MAX)
        return vc_fail(err, VC_MALFORMED, "%zu policies: 1 to %zu wanted", files->policy_count,
                       VC_RECEIPT_SET_MAX);
    if (files->count == 0 || files->count > VC_RECEIPT_SET_MAX)
        return vc_fail(err, VC_MALFORMED, "%zu receipts: 1 to %zu wanted", files->count,
                       VC_RECEIPT_SET_MAX);
    for (size_t i = 0; code == VC_OK && i < files->policy_count; i++) {
        code = vc_policy_file_load(files->policies[i], &set->policies[i], err);
        set->policy_count += code == VC_OK;
    }
    return code;
}

/* Whatever the class of what is wrong with a policy's file, it is the user's; of a receipt that the
 * policy contradicts, it is the container's. */
static enum vcc_status report_policy(struct vcc_error *error, enum vc_code code,
                                     const struct vc_err *err)
{
    bool here = code == VC_MEMORY || code == VC_HOST || code == VC_NOT_FOUND;

    return vc_report(error, here ? VCC_FAILED : VCC_MALFORMED, err);
}

static enum vcc_status report_receipt(struct vcc_error *error, enum vc_code code,
                                      const struct vc_err *err)
{
    if (code == VC_LIMIT)
        return vc_report(error, VCC_MALFORMED, err);
    return code == VC_REFUSED ? vc_report(error, VCC_UNTRUSTED, err)
                              : vc_report_code(error, code, err);
}

enum vcc_status vc_receipt_set_load(const struct vc_receipt_files *files,
                                    struct vc_receipt_set *set, struct vcc_error *error)
{
    struct vc_err err = {};
    enum vc_code code = load_policies(files, set, &err);

    if (code != VC_OK)
        return report_policy(error, code, &err);
    for (size_t i = 0; code == VC_OK && i < files->count; i++) {
        code = load_receipt(set, files->receipts[i], &set->items[i], &err);
        set->count += code == VC_OK;
    }
    if (code == VC_OK)
        code = compare_all(set, &err);
    return code == VC_OK ? VCC_OK : report_receipt(error, code, &err);
}

void vc_receipt_set_done(struct vc_receipt_set *set)
{
    for (size_t i = 0; i < VC_RECEIPT_SET_MAX; i++) {
        vc_receipt_free(set->items[i].receipt);
        vc_policy_free(set->policies[i]);
    }
    free(set->pairs);
    *set = (struct vc_receipt_set){};
}
