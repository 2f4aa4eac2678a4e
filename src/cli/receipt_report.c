/* SPDX-License-Identifier: MIT */

#include "cli/receipt_report.h"

#include <inttypes.h>

#include "base/hex.h"
#include "base/instant.h"
#include "cli/entry_line.h"

#define KIND(kind) (1u << VC_ENTRY_##kind)

/* In the order of a court's questions. */
static const struct section {
    const char *title;
    unsigned kinds;
} sections[] = {
    {"who gave what", KIND(WRITE) | KIND(APPEND) | KIND(DELETE) | KIND(KEY) | KIND(STREAM)},
    {"what ran", KIND(CONSENT) | KIND(RUN) | KIND(RUN_OVER)},
    {"who got what", KIND(READ)},
    {"what was narrowed", KIND(NARROWING)},
    {"what was refused", KIND(REFUSAL)},
    {"the container", KIND(BEGAN) | KIND(ATTESTED) | KIND(SESSION) | KIND(LINK) | KIND(ENDED)},
};

/* ---- entries ---- */

struct listing {
    const struct vc_policy *policy;
    const struct section *section;
    struct vc_buffer *text;
    size_t count; /* of the section */
};

static enum vc_code add_entry(void *user, const struct vc_entry_seen *entry,
                              const struct vc_json_place *fields,
                              const struct vc_json_place *details, struct vc_err *err)
{
    struct listing *listing = user;
    enum vc_code code = VC_OK;

    if ((listing->section->kinds >> entry->kind & 1) == 0)
        return VC_OK;
    if (listing->count++ == 0)
        code = vc_buffer_printf(listing->text, err, "%s\n", listing->section->title);
    if (code != VC_OK)
        return code;
    return vc_entry_line(listing->policy, entry, (struct vc_entry_texts){fields, details, true},
                         listing->text, err);
}

static enum vc_code add_entries(const struct vc_receipt_item *item, struct vc_buffer *text,
                                struct vc_err *err)
{
    enum vc_code code = VC_OK;

    for (size_t i = 0; code == VC_OK && i < VC_COUNT(sections); i++) {
        struct listing listing = {.policy = item->policy, .section = &sections[i], .text = text};

        code = vc_receipt_each(item->receipt, add_entry, &listing, err);
    }
    return code;
}

/* ---- what it is ---- */

static enum vc_code add_digest(struct vc_buffer *text, const char *name, const uint8_t *digest,
                               struct vc_err *err)
{
    char hex[2 * VC_SHA256_SIZE + 1];

    vc_hex_encode((struct vc_bytes){digest, VC_SHA256_SIZE}, hex);
    return vc_buffer_printf(text, err, "  %-12s %s\n", name, hex);
}

static enum vc_code add_time(struct vc_buffer *text, const char *name, int64_t seconds,
                             struct vc_err *err)
{
    char time[VC_INSTANT_TEXT_MAX];

    vc_instant_format(seconds, time);
    return vc_buffer_printf(text, err, "  %-12s %s\n", name, time);
}

/* Who only trusted hardware would not trust all that is called attested. */
static const char *strength_of(enum vc_platform_kind platform)
{
    return vc_platform_isolation(platform) == VC_ISOLATION_HARDWARE ? "" : "WEAK: ";
}

static enum vc_code add_attested(const struct vc_receipt_item *item, struct vc_buffer *text,
                                 struct vc_err *err)
{
    const struct vc_attested *attested = vc_receipt_attested(item->receipt);
    char measurement[VC_OCTETS_HEX_MAX];
    char machine[VC_OCTETS_HEX_MAX];

    vc_octets_hex(&attested->measurement, measurement);
    vc_octets_hex(&attested->machine, machine);
    enum vc_code code = vc_buffer_printf(
        text, err, "  %-12s %s%s (%s)\n  %-12s %s\n  %-12s %s\n", "isolation",
        strength_of(attested->platform), vc_platform_label(attested->platform),
        vc_isolation_name(vc_platform_isolation(attested->platform)), "measurement", measurement,
        "machine", machine[0] != '\0' ? machine : "the evidence does not say");

    if (code == VC_OK)
        code = add_digest(text, "evidence", attested->evidence_hash, err);
    return code == VC_OK ? add_time(text, "verified at", attested->verified_at, err) : code;
}

static enum vc_code add_head(const struct vc_receipt_item *item, struct vc_buffer *text,
                             struct vc_err *err)
{
    const struct vc_receipt_head *head = vc_receipt_head(item->receipt);
    enum vc_code code = vc_buffer_printf(text, err, "%s: genuine\n", item->path);

    if (code == VC_OK)
        code = add_digest(text, "container", head->container, err);
    if (code == VC_OK && head->node[0] != '\0')
        code = vc_buffer_printf(text, err, "  %-12s %s, incarnation %" PRIu64 "\n", "node",
                                head->node, head->incarnation);
    if (code == VC_OK)
        code = add_digest(text, "policy", item->policy->hash, err);
    if (code == VC_OK)
        code = add_attested(item, text, err);
    if (code == VC_OK)
        code = add_time(text, "signed at", head->time, err);
    if (code == VC_OK)
        code = vc_buffer_printf(text, err, "  %-12s %" PRIu64 ", told from entry %" PRIu64 " on\n",
                                "entries", head->size, vc_receipt_since(item->receipt));
    if (code == VC_OK)
        code = add_digest(text, "root", head->root, err);
    return code == VC_OK ? add_digest(text, "in force", head->in_force, err) : code;
}

/* ---- one to another ---- */

static enum vc_code add_pairs(const struct vc_receipt_set *set, struct vc_buffer *text,
                              struct vc_err *err)
{
    enum vc_code code = VC_OK;

    for (size_t i = 0; code == VC_OK && i < set->pair_count; i++) {
        const struct vc_receipt_pair *pair = &set->pairs[i];

        code = vc_buffer_printf(text, err, "%s and %s: %s\n", set->items[pair->one].path,
                                set->items[pair->other].path,
                                pair->told ? "one story"
                                           : "nothing against it, but they say too little of the "
                                             "same to tell");
    }
    return code;
}

enum vc_code vc_receipt_report(const struct vc_receipt_set *set, struct vc_buffer *text,
                               struct vc_err *err)
{
    enum vc_code code = VC_OK;

    for (size_t i = 0; code == VC_OK && i < set->count; i++) {
        code = add_head(&set->items[i], text, err);
        if (code == VC_OK)
            code = add_entries(&set->items[i], text, err);
    }
    return code == VC_OK ? add_pairs(set, text, err) : code;
}
