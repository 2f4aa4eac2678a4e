/* SPDX-License-Identifier: MIT */

/* What travels with a certificate, to show that it is in the log. */

#include <inttypes.h>

#include "attest/log_internal.h"
#include "base/hex.h"
#include "base/instant.h"

void vc_log_proof_write(struct vc_json_writer *writer, const char *key,
                        const struct vc_log_proof *proof)
{
    vc_json_open_array(writer, key);
    for (size_t i = 0; i < proof->count; i++) {
        char hex[2 * VC_SHA256_SIZE + 1];

        vc_hex_encode(VC_BYTES(proof->hashes[i]), hex);
        vc_json_put_string(writer, nullptr, hex);
    }
    vc_json_close_array(writer);
}

enum vc_code vc_log_proof_parse(const struct vc_json_place *place, struct vc_log_proof *proof,
                                struct vc_err *err)
{
    struct vc_log_proof parsed = {};
    enum vc_code code = vc_json_check_array(place, VC_LOG_PROOF_MAX, err);

    if (code != VC_OK)
        return code;
    for (size_t i = 0; i < vc_json_count(place); i++) {
        struct vc_json_place element = vc_json_element(place, i);
        const char *text = "";

        code = vc_json_string(&element, &text, err);
        if (code != VC_OK)
            return code;
        code = vc_hex_parse(text, parsed.hashes[i], VC_SHA256_SIZE, err);
        if (code != VC_OK)
            return vc_fail_in(err, code, "%s", element.text);
        parsed.count++;
    }
    *proof = parsed;
    return VC_OK;
}

void vc_log_receipt_write(struct vc_json_writer *writer, const char *key,
                          const struct vc_log_receipt *receipt)
{
    vc_json_open_object(writer, key);
    vc_json_put_integer(writer, "index", (int64_t)receipt->index);
    vc_log_head_write(writer, "head", &receipt->head);
    vc_log_proof_write(writer, "inclusion", &receipt->inclusion);
    vc_json_put_integer(writer, "since", (int64_t)receipt->since);
    vc_log_proof_write(writer, "growth", &receipt->growth);
    vc_json_close_object(writer);
}

static enum vc_code read_proof(const struct vc_json_place *object, const char *name,
                               struct vc_log_proof *proof, struct vc_err *err)
{
    struct vc_json_place place;
    enum vc_code code = vc_json_member(object, name, &place, err);

    return code == VC_OK ? vc_log_proof_parse(&place, proof, err) : code;
}

enum vc_code vc_log_receipt_parse(const struct vc_json_place *place, struct vc_log_receipt *receipt,
                                  struct vc_err *err)
{
    static const char *const keys[] = {"index", "head", "inclusion", "since", "growth", nullptr};
    struct vc_log_receipt parsed = {};
    struct vc_json_place head;
    enum vc_code code = vc_json_check_object(place, keys, err);

    if (code == VC_OK)
        code = vc_log_json_size(place, "index", &parsed.index, err);
    if (code == VC_OK)
        code = vc_json_member(place, "head", &head, err);
    if (code == VC_OK)
        code = vc_log_head_parse(&head, &parsed.head, err);
    if (code == VC_OK)
        code = read_proof(place, "inclusion", &parsed.inclusion, err);
    if (code == VC_OK)
        code = vc_log_json_size(place, "since", &parsed.since, err);
    if (code == VC_OK)
        code = read_proof(place, "growth", &parsed.growth, err);
    if (code == VC_OK)
        *receipt = parsed;
    return code == VC_NOT_FOUND ? vc_fail_in(err, VC_MALFORMED, "log") : code;
}

static enum vc_code check_included(const struct vc_log_receipt *receipt, const struct vc_cert *cert,
                                   struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer entry = {};
    uint8_t leaf[VC_SHA256_SIZE];
    enum vc_code code = vc_log_entry_of(cert, &entry, err);

    if (code == VC_MEMORY)
        return code;
    if (code != VC_OK)
        return vc_fail(err, VC_UNTRUSTED, "log: this certificate is no container's");
    vc_log_leaf(vc_buffer_bytes(&entry), leaf);
    if (vc_log_check_inclusion(leaf, receipt->index, &receipt->inclusion, &receipt->head,
                               nullptr) != VC_OK)
        return vc_fail(err, VC_UNTRUSTED, "log: this certificate is in no log");
    return VC_OK;
}

/* The log that is shown now, and the one that was seen, are one log at two times. */
static enum vc_code check_memory(const struct vc_log_receipt *receipt,
                                 const struct vc_log_memory *memory, struct vc_err *err)
{
    static const struct vc_log_proof nothing = {};
    const struct vc_log_head *seen = &memory->head;
    bool needs_proof = seen->size != receipt->head.size && seen->size > 0;
    char time[VC_INSTANT_TEXT_MAX];

    if (needs_proof && receipt->since != seen->size) {
        return vc_fail(err, VC_UNTRUSTED,
                       "log: a proof of growth since %" PRIu64
                       " entries is wanted, and the container sent one since %" PRIu64,
                       seen->size, receipt->since);
    }
    if (vc_log_check_growth(seen, &receipt->head, needs_proof ? &receipt->growth : &nothing,
                            nullptr) == VC_OK)
        return VC_OK;
    vc_instant_format(seen->time, time);
    return vc_fail(err, VC_UNTRUSTED,
                   "log: the service shows another log than it did at %s: keep both, and tell the "
                   "other parties",
                   time);
}

enum vc_code vc_log_receipt_check(const struct vc_log_receipt *receipt, const struct vc_cert *cert,
                                  const struct vc_cert *ca, const struct vc_log_memory *memory,
                                  struct vc_err *err)
{
    enum vc_code code = vc_log_head_check(&receipt->head, ca, err);

    if (code == VC_OK)
        code = check_included(receipt, cert, err);
    if (code == VC_OK && memory != nullptr)
        code = check_memory(receipt, memory, err);
    return code;
}
