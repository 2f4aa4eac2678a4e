/* SPDX-License-Identifier: MIT */

/* Receipts from files, with the policies that they are checked against and with one another. */

#ifndef VC_CLIENT_RECEIPT_SET_H
#define VC_CLIENT_RECEIPT_SET_H

#include "journal/receipt.h"
#include "veracruz/client.h"

constexpr size_t VC_RECEIPT_SET_MAX = 64; /* receipts, and policies */

struct vc_receipt_item {
    const char *path;               /* borrowed */
    const struct vc_policy *policy; /* of the set */
    struct vc_receipt *receipt;
};

struct vc_receipt_pair {
    size_t one, other; /* items of the set */
    bool told;         /* they say enough to tell that they are of one world */
};

struct vc_receipt_set {
    struct vc_policy *policies[VC_RECEIPT_SET_MAX];
    size_t policy_count;
    struct vc_receipt_item items[VC_RECEIPT_SET_MAX];
    size_t count;
    struct vc_receipt_pair *pairs; /* each with each */
    size_t pair_count;
};

/* Where the files are; each at least one. */
struct vc_receipt_files {
    const char *const *policies;
    size_t policy_count;
    const char *const *receipts;
    size_t count;
};

/* Loads and checks all of them, each against the policy that it names, and compares each with each.
 * VCC_MALFORMED, VCC_UNTRUSTED, VCC_FAILED: the text names the file. */
enum vcc_status vc_receipt_set_load(const struct vc_receipt_files *files,
                                    struct vc_receipt_set *set, struct vcc_error *error);
void vc_receipt_set_done(struct vc_receipt_set *set);

#endif
