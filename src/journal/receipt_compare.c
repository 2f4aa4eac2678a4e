/* SPDX-License-Identifier: MIT */

/* Two receipts, and whether they can both be true. */

#include <inttypes.h>
#include <string.h>

#include "journal/fold.h"
#include "journal/receipt_internal.h"

static bool same(const uint8_t *a, const uint8_t *b)
{
    return memcmp(a, b, VC_SHA256_SIZE) == 0;
}

static uint64_t leaves_of(const struct vc_receipt_item *item)
{
    return item->shown ? 1 : UINT64_C(1) << item->height;
}

/* The root of the first `size` entries. False: the receipt does not say enough. */
static bool root_at(const struct vc_receipt *receipt, uint64_t size, uint8_t root[VC_SHA256_SIZE])
{
    struct vc_fold fold = {};

    for (size_t i = 0; i < receipt->count && fold.size < size; i++) {
        const struct vc_receipt_item *item = &receipt->items[i];

        if (leaves_of(item) > size - fold.size || !vc_fold_add(&fold, item->height, item->hash))
            return false;
    }
    vc_fold_root(&fold, root);
    return fold.size == size;
}

/* ---- one container ---- */

/* Elements of the same place and size have the same hash. */
static enum vc_code compare_items(const struct vc_receipt *one, const struct vc_receipt *other,
                                  struct vc_err *err)
{
    size_t i = 0, j = 0;

    while (i < one->count && j < other->count) {
        const struct vc_receipt_item *a = &one->items[i], *b = &other->items[j];

        if (a->at == b->at && leaves_of(a) == leaves_of(b) && !same(a->hash, b->hash)) {
            return vc_fail(err, VC_UNTRUSTED,
                           "these two receipts' stories differ at entry %" PRIu64, a->at);
        }
        if (a->at + leaves_of(a) <= b->at + leaves_of(b))
            i++;
        else
            j++;
    }
    return VC_OK;
}

static enum vc_code compare_heads(const struct vc_receipt *one, const struct vc_receipt *other,
                                  struct vc_err *err)
{
    const struct vc_receipt_head *a = &one->head, *b = &other->head;

    if (!same(one->policy->hash, other->policy->hash))
        return vc_fail(err, VC_UNTRUSTED, "one container, and two policies");
    if (strcmp(a->node, b->node) != 0 || a->incarnation != b->incarnation)
        return vc_fail(err, VC_UNTRUSTED, "one container, and two nodes or incarnations");
    if (a->size < b->size && a->time > b->time) {
        return vc_fail(err, VC_UNTRUSTED, "the journal had %" PRIu64 " entries, and later %" PRIu64,
                       b->size, a->size);
    }
    if (a->size == b->size && (!same(a->root, b->root) || !same(a->in_force, b->in_force))) {
        return vc_fail(err, VC_UNTRUSTED, "two stories of %" PRIu64 " entries each", a->size);
    }
    return VC_OK;
}

static enum vc_code compare_growth(const struct vc_receipt *smaller,
                                   const struct vc_receipt *larger, bool *told, struct vc_err *err)
{
    uint8_t root[VC_SHA256_SIZE];

    *told = root_at(larger, smaller->head.size, root);
    if (*told && !same(root, smaller->head.root)) {
        return vc_fail(err, VC_UNTRUSTED,
                       "the story of %" PRIu64 " entries did not grow out of that of %" PRIu64,
                       larger->head.size, smaller->head.size);
    }
    return VC_OK;
}

static enum vc_code compare_same(const struct vc_receipt *one, const struct vc_receipt *other,
                                 bool *told, struct vc_err *err)
{
    const struct vc_receipt *smaller = one->head.size <= other->head.size ? one : other;
    const struct vc_receipt *larger = smaller == one ? other : one;
    enum vc_code code = compare_heads(smaller, larger, err);

    if (code == VC_OK)
        code = compare_items(one, other, err);
    return code == VC_OK ? compare_growth(smaller, larger, told, err) : code;
}

/* ---- two containers, of which one names the other ---- */

struct link {
    uint8_t container[VC_SHA256_SIZE], policy[VC_SHA256_SIZE], root[VC_SHA256_SIZE];
    uint64_t size;
};

static enum vc_code read_link(const struct vc_json_place *fields, struct link *link,
                              struct vc_err *err)
{
    enum vc_code code = vc_receipt_read_digest(fields, "container", link->container, err);

    if (code == VC_OK)
        code = vc_receipt_read_digest(fields, "policy", link->policy, err);
    if (code == VC_OK)
        code = vc_receipt_read_digest(fields, "root", link->root, err);
    return code == VC_OK ? vc_receipt_read_number(fields, "size", VC_LOG_SIZE_MAX, &link->size, err)
                         : code;
}

struct search {
    const struct vc_receipt *named;
    bool told;
};

static enum vc_code check_link(void *user, const struct vc_entry_seen *entry,
                               const struct vc_json_place *fields, const struct vc_json_place *,
                               struct vc_err *err)
{
    struct search *search = user;
    const struct vc_receipt *named = search->named;
    uint8_t root[VC_SHA256_SIZE];
    struct link link;
    enum vc_code code;

    if (entry->kind != VC_ENTRY_LINK)
        return VC_OK;
    code = read_link(fields, &link, err);
    if (code != VC_OK || !same(link.container, named->head.container))
        return code;
    if (!same(link.policy, named->policy->hash)) {
        return vc_fail(err, VC_UNTRUSTED, "entry %" PRIu64 " names another policy of it",
                       entry->index);
    }
    if (link.size > named->head.size || !root_at(named, link.size, root))
        return VC_OK; /* its receipt is older than what was named, or hides too much */
    if (!same(root, link.root)) {
        return vc_fail(err, VC_UNTRUSTED, "these two containers' stories differ at entry %" PRIu64,
                       entry->index);
    }
    search->told = true;
    return VC_OK;
}

static enum vc_code compare_links(const struct vc_receipt *one, const struct vc_receipt *other,
                                  bool *told, struct vc_err *err)
{
    struct search of_other = {.named = other}, of_one = {.named = one};
    enum vc_code code = vc_receipt_each(one, check_link, &of_other, err);

    if (code == VC_OK)
        code = vc_receipt_each(other, check_link, &of_one, err);
    *told = of_other.told || of_one.told;
    return code;
}

enum vc_code vc_receipt_compare(const struct vc_receipt *one, const struct vc_receipt *other,
                                bool *told, struct vc_err *err)
{
    bool found = false;
    enum vc_code code = same(one->head.container, other->head.container)
                            ? compare_same(one, other, &found, err)
                            : compare_links(one, other, &found, err);

    if (code == VC_OK)
        *told = found;
    return code;
}
