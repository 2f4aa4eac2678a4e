/* SPDX-License-Identifier: MIT */

/* Target: vc_receipt_check. Keys and certificates are made anew at each start, so the input says
 * what becomes of an honest receipt; its first byte, how:
 *
 *   r  the text itself
 *   s  an honest receipt, of which two bytes of offset and one of length are replaced by the rest.
 *      Property: refused, or it claims what it did
 *   f  a receipt that the container's key signed over the rest as texts of entries; @C, @P and @D
 *      stand for the container, the policy and the digest of the entry's details
 *   j  a journal of what the rest says, two bytes an entry. Property: never called untrusted or
 *      malformed; what it grew out of is found to be so */

#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "journal/receipt_fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static constexpr size_t STORY_MAX = 64; /* entries */

/* One scene of honest receipts and forgeries, and one in which each input tells its story. */
static struct receipt_scene *scene_of(bool stories)
{
    static struct receipt_scene scenes[2];
    static bool made[2];

    if (!made[stories]) {
        receipt_scene_init(&scenes[stories]);
        receipt_usual_story(&scenes[stories]);
        made[stories] = true;
    }
    return &scenes[stories];
}

static enum vc_code check(const struct receipt_scene *scene, const struct vc_buffer *json,
                          struct vc_receipt **receipt)
{
    return vc_receipt_check(scene->policy, vc_buffer_bytes(json), receipt, nullptr);
}

static void need(bool good)
{
    if (!good)
        abort();
}

static void append(struct vc_buffer *out, struct vc_bytes bytes)
{
    need(vc_buffer_append(out, bytes, nullptr) == VC_OK);
}

/* ---- r ---- */

static void try_text(struct vc_bytes text)
{
    vc_cleanup(vc_receipt_freep) struct vc_receipt *receipt = nullptr;

    /* the keys are new: nothing that was signed before holds */
    need(vc_receipt_check(scene_of(false)->policy, text, &receipt, nullptr) != VC_OK);
}

/* ---- s ---- */

struct honest {
    struct vc_buffer json;
    struct vc_receipt *receipt;
};

static const struct honest *honest_of(bool since)
{
    static struct honest made[2];
    struct honest *honest = &made[since];

    if (honest->receipt == nullptr) {
        receipt_make(scene_of(false), RECEIPT_SHOP, since, &honest->json);
        need(check(scene_of(false), &honest->json, &honest->receipt) == VC_OK);
    }
    return honest;
}

static void try_splice(struct vc_bytes input)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer spliced = {};
    vc_cleanup(vc_receipt_freep) struct vc_receipt *other = nullptr;
    const struct honest *honest;
    const struct vc_buffer *json;
    size_t at, end;
    bool told = false;

    if (input.size < 3)
        return;
    honest = honest_of((input.data[2] & 1) != 0);
    json = &honest->json;
    at = ((size_t)input.data[0] << 8 | input.data[1]) % (json->size + 1);
    end = at + (input.data[2] >> 1);
    end = end < json->size ? end : json->size;
    append(&spliced, (struct vc_bytes){json->data, at});
    append(&spliced, (struct vc_bytes){input.data + 3, input.size - 3});
    append(&spliced, (struct vc_bytes){json->data + end, json->size - end});
    if (check(scene_of(false), &spliced, &other) != VC_OK)
        return;
    need(memcmp(vc_receipt_head(honest->receipt), vc_receipt_head(other),
                sizeof(struct vc_receipt_head)) == 0);
    need(vc_receipt_since(honest->receipt) == vc_receipt_since(other));
    need(vc_receipt_compare(honest->receipt, other, &told, nullptr) == VC_OK && told);
}

/* ---- f ---- */

static void append_hex(struct vc_buffer *out, const uint8_t *digest)
{
    char hex[2 * VC_SHA256_SIZE + 1];

    vc_hex_encode((struct vc_bytes){digest, VC_SHA256_SIZE}, hex);
    append(out, (struct vc_bytes){(const uint8_t *)hex, sizeof(hex) - 1});
}

/* Of what stands between the mark and the end of the entry. */
static void append_details_digest(struct vc_buffer *out, struct vc_bytes rest)
{
    size_t size = strnlen((const char *)rest.data, rest.size);
    const uint8_t *mark = memchr(rest.data, RECEIPT_DETAILS_MARK, size);
    uint8_t digest[VC_SHA256_SIZE];

    if (mark == nullptr)
        return;
    vc_sha256((struct vc_bytes){mark + 1, size - (size_t)(mark + 1 - rest.data)}, digest);
    append_hex(out, digest);
}

static void expand(const struct receipt_scene *scene, struct vc_bytes input, struct vc_buffer *out)
{
    for (size_t i = 0; i < input.size; i++) {
        uint8_t next = i + 1 < input.size ? input.data[i + 1] : 0;

        if (input.data[i] != '@' || strchr("CPD", next) == nullptr || next == 0) {
            append(out, (struct vc_bytes){input.data + i, 1});
            continue;
        }
        i++;
        if (next == 'D') {
            append_details_digest(out, (struct vc_bytes){input.data + i, input.size - i});
        } else {
            append_hex(out, next == 'C' ? vc_journal_id(scene->journal) : scene->policy->hash);
        }
    }
}

static void try_forged(struct vc_bytes input)
{
    struct receipt_scene *scene = scene_of(false);
    vc_cleanup(vc_buffer_done) struct vc_buffer texts = {}, forged = {};
    vc_cleanup(vc_receipt_freep) struct vc_receipt *receipt = nullptr;
    bool told;

    expand(scene, input, &texts);
    receipt_forge(scene, vc_buffer_bytes(&texts), &forged);
    if (check(scene, &forged, &receipt) == VC_OK)
        need(vc_receipt_compare(honest_of(false)->receipt, receipt, &told, nullptr) ==
             VC_UNTRUSTED);
}

/* ---- j ---- */

static void tell(struct receipt_scene *scene, uint8_t what, uint8_t how)
{
    static const char *const paths[] = {"/input/viewers.csv", "/input/buyers/x", "/output/sum.txt",
                                        "/output/", "/program/intersect.wasm"};
    static const char *const narrowings[] = {
        ("{\"take\":{\"may\":[\"read\"],\"path\":\"/output/sum.txt\","
         "\"from\":[{\"principal\":\"shop\"}]}}"),
        "{\"take\":{\"may\":[\"write\",\"append\"],\"path\":\"/input/\",\"from_all_but\":[]}}",
        "{\"freeze_inputs\":true}",
        "{\"runs\":{\"program\":\"intersect\",\"at_most\":1}}",
        "{\"withdraw\":{\"program\":\"intersect\"}}",
        "{\"expires\":\"2027-01-01T00:00:00Z\"}",
    };
    const enum vc_entry_kind files[] = {VC_ENTRY_WRITE, VC_ENTRY_APPEND, VC_ENTRY_DELETE,
                                        VC_ENTRY_READ};

    switch (what % 4) {
    case 0:
        receipt_file(scene, files[what / 4 % 4], how & 1, paths[how / 2 % VC_COUNT(paths)]);
        break;
    case 1:
        receipt_run(scene, how & 1, RECEIPT_ARGUMENTS);
        break;
    case 2:
        receipt_narrow(scene, vc_subject_at(scene->policy, how % 4),
                       narrowings[what / 4 % VC_COUNT(narrowings)]);
        break;
    default:
        receipt_run_over(scene);
        scene->now += how % 8; /* not longer than the certificate is good for */
    }
}

static bool is_honest(enum vc_code code)
{
    return code == VC_OK || code == VC_REFUSED || code == VC_LIMIT;
}

static void try_story(struct vc_bytes input)
{
    struct receipt_scene *scene = scene_of(true);
    vc_cleanup(vc_buffer_done) struct vc_buffer json = {}, older = {};
    vc_cleanup(vc_receipt_freep) struct vc_receipt *one = nullptr, *other = nullptr;
    size_t count = input.size / 2 < STORY_MAX ? input.size / 2 : STORY_MAX;
    uint64_t since = 0;
    bool told = false;

    receipt_scene_restart(scene);
    receipt_began(scene);
    for (size_t i = 0; i < count; i++) {
        tell(scene, input.data[2 * i], input.data[2 * i + 1]);
        if (i == count / 2) {
            receipt_make(scene, RECEIPT_SHOP, 0, &older);
            since = vc_journal_size(scene->journal);
        }
    }
    receipt_make(scene, RECEIPT_ADVERTISER, since, &json);
    need(is_honest(check(scene, &json, &one)));
    if (older.size > 0)
        need(is_honest(check(scene, &older, &other)));
    if (one != nullptr && other != nullptr)
        need(vc_receipt_compare(one, other, &told, nullptr) == VC_OK && told);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vc_bytes rest = {data + 1, size - 1};

    if (size == 0)
        return 0;
    switch (data[0]) {
    case 'r':
        try_text(rest);
        break;
    case 's':
        try_splice(rest);
        break;
    case 'f':
        try_forged(rest);
        break;
    case 'j':
        try_story(rest);
        break;
    default:
        break;
    }
    return 0;
}
