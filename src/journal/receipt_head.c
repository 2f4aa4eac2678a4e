/* SPDX-License-Identifier: MIT */

/* The signed head of a receipt, and how members of its JSON are read. */

#include <string.h>

#include "base/base64.h"
#include "base/hex.h"
#include "base/instant.h"
#include "journal/receipt_internal.h"

/* No other thing that a container's key signs begins like this: requests for certificates begin
 * with the byte 0x30, and TLS 1.3 with spaces. */
static const uint8_t DOMAIN[] = "veracruz-receipt-1"; /* with its NUL */

/* ---- what is signed ---- */

static enum vc_code put_u64(struct vc_buffer *message, uint64_t value, struct vc_err *err)
{
    uint8_t bytes[8];

    for (unsigned i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(value >> 8 * (7 - i));
    return vc_buffer_append(message, VC_BYTES(bytes), err);
}

static enum vc_code put_node(struct vc_buffer *message, const char *node, struct vc_err *err)
{
    struct vc_bytes text = {(const uint8_t *)node, strlen(node)};
    enum vc_code code = put_u64(message, text.size, err);

    return code == VC_OK ? vc_buffer_append(message, text, err) : code;
}

static enum vc_code write_message(const struct vc_receipt_head *head, const uint8_t *policy_hash,
                                  struct vc_buffer *message, struct vc_err *err)
{
    enum vc_code code = vc_buffer_append(message, VC_BYTES(DOMAIN), err);

    if (code == VC_OK)
        code = vc_buffer_append(message, (struct vc_bytes){policy_hash, VC_SHA256_SIZE}, err);
    if (code == VC_OK)
        code = vc_buffer_append(message, VC_BYTES(head->container), err);
    if (code == VC_OK)
        code = put_node(message, head->node, err);
    if (code == VC_OK)
        code = put_u64(message, head->incarnation, err);
    if (code == VC_OK)
        code = put_u64(message, head->size, err);
    if (code == VC_OK)
        code = vc_buffer_append(message, VC_BYTES(head->root), err);
    if (code == VC_OK)
        code = vc_buffer_append(message, VC_BYTES(head->in_force), err);
    return code == VC_OK ? put_u64(message, (uint64_t)head->time, err) : code;
}

enum vc_code vc_receipt_head_sign(struct vc_receipt_head *head,
                                  const uint8_t policy_hash[VC_SHA256_SIZE],
                                  const struct vc_key *key, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer message = {};
    enum vc_code code = write_message(head, policy_hash, &message, err);

    return code == VC_OK ? vc_key_sign(key, vc_buffer_bytes(&message), head->signature, err) : code;
}

enum vc_code vc_receipt_head_check(const struct vc_receipt_head *head,
                                   const uint8_t policy_hash[VC_SHA256_SIZE],
                                   const struct vc_cert *certificate, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer message = {};
    vc_cleanup(vc_key_freep) struct vc_key *key = nullptr;
    enum vc_code code = write_message(head, policy_hash, &message, err);

    if (code == VC_OK)
        code = vc_cert_key(certificate, &key, err);
    if (code == VC_OK)
        code = vc_key_verify(key, vc_buffer_bytes(&message), VC_BYTES(head->signature), err);
    if (code == VC_MEMORY || code == VC_OK)
        return code;
    return vc_fail(err, VC_UNTRUSTED, "head.signature: not of the container's key");
}

/* ---- written ---- */

static void put_digest(struct vc_json_writer *writer, const char *key, const uint8_t *digest)
{
    char hex[2 * VC_SHA256_SIZE + 1];

    vc_hex_encode((struct vc_bytes){digest, VC_SHA256_SIZE}, hex);
    vc_json_put_string(writer, key, hex);
}

void vc_receipt_head_write(struct vc_json_writer *writer, const char *key,
                           const struct vc_receipt_head *head)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer signature = {};
    char time[VC_INSTANT_TEXT_MAX];

    static_assert(VC_JOURNAL_ID_SIZE == VC_SHA256_SIZE);
    vc_instant_format(head->time, time);
    if (vc_base64_encode(VC_BYTES(head->signature), &signature, nullptr) != VC_OK)
        writer->failed = true;
    vc_json_open_object(writer, key);
    put_digest(writer, "container", head->container);
    vc_json_put_string(writer, "node", head->node);
    vc_json_put_integer(writer, "incarnation", (int64_t)head->incarnation);
    vc_json_put_integer(writer, "size", (int64_t)head->size);
    put_digest(writer, "root", head->root);
    put_digest(writer, "in_force", head->in_force);
    vc_json_put_string(writer, "time", time);
    vc_json_put_bytes(writer, "signature", vc_buffer_bytes(&signature));
    vc_json_close_object(writer);
}

/* ---- read ---- */

static enum vc_code find_member(const struct vc_json_place *object, const char *name,
                                struct vc_json_place *member, struct vc_err *err)
{
    enum vc_code code = vc_json_member(object, name, member, err);

    return code == VC_NOT_FOUND ? vc_fail_in(err, VC_MALFORMED, "receipt") : code;
}

enum vc_code vc_receipt_read_text(const struct vc_json_place *object, const char *name,
                                  const char **text, struct vc_err *err)
{
    struct vc_json_place member;
    enum vc_code code = find_member(object, name, &member, err);

    return code == VC_OK ? vc_json_string(&member, text, err) : code;
}

enum vc_code vc_receipt_read_number(const struct vc_json_place *object, const char *name,
                                    uint64_t most, uint64_t *number, struct vc_err *err)
{
    struct vc_json_place member;
    int64_t value = 0;
    enum vc_code code = find_member(object, name, &member, err);

    if (code == VC_OK) {
        code =
            vc_json_integer(&member, 0, most < INT64_MAX ? (int64_t)most : INT64_MAX, &value, err);
    }
    if (code == VC_OK)
        *number = (uint64_t)value;
    return code;
}

enum vc_code vc_receipt_read_flag(const struct vc_json_place *object, const char *name, bool *flag,
                                  struct vc_err *err)
{
    struct vc_json_place member;
    enum vc_code code = find_member(object, name, &member, err);

    return code == VC_OK ? vc_json_boolean(&member, flag, err) : code;
}

enum vc_code vc_receipt_read_digest(const struct vc_json_place *object, const char *name,
                                    uint8_t digest[VC_SHA256_SIZE], struct vc_err *err)
{
    const char *text = "";
    enum vc_code code = vc_receipt_read_text(object, name, &text, err);

    if (code != VC_OK)
        return code;
    code = vc_hex_parse(text, digest, VC_SHA256_SIZE, err);
    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "%s.%s", object->text, name);
}

enum vc_code vc_receipt_read_time(const struct vc_json_place *object, const char *name,
                                  int64_t *time, struct vc_err *err)
{
    const char *text = "";
    enum vc_code code = vc_receipt_read_text(object, name, &text, err);

    if (code != VC_OK)
        return code;
    code = vc_instant_parse(text, time, err);
    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "%s.%s", object->text, name);
}

enum vc_code vc_receipt_read_base64(const struct vc_json_place *object, const char *name,
                                    struct vc_buffer *bytes, struct vc_err *err)
{
    const char *text = "";
    enum vc_code code = vc_receipt_read_text(object, name, &text, err);

    if (code != VC_OK)
        return code;
    code = vc_base64_parse((struct vc_bytes){(const uint8_t *)text, strlen(text)}, bytes, err);
    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "%s.%s", object->text, name);
}

static enum vc_code read_node(const struct vc_json_place *object, struct vc_receipt_head *head,
                              struct vc_err *err)
{
    const char *text = "";
    enum vc_code code = vc_receipt_read_text(object, "node", &text, err);

    if (code == VC_OK && strlen(text) >= sizeof(head->node))
        return vc_fail(err, VC_LIMIT, "%s.node: too long", object->text);
    if (code == VC_OK)
        memcpy(head->node, text, strlen(text) + 1);
    return code;
}

static enum vc_code read_signature(const struct vc_json_place *object, struct vc_receipt_head *head,
                                   struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer bytes = {};
    enum vc_code code = vc_receipt_read_base64(object, "signature", &bytes, err);

    if (code == VC_OK && bytes.size != sizeof(head->signature)) {
        return vc_fail(err, VC_MALFORMED, "%s.signature: %zu bytes, %zu wanted", object->text,
                       bytes.size, sizeof(head->signature));
    }
    if (code == VC_OK)
        memcpy(head->signature, bytes.data, sizeof(head->signature));
    return code;
}

enum vc_code vc_receipt_head_parse(const struct vc_json_place *place, struct vc_receipt_head *head,
                                   struct vc_err *err)
{
    static const char *const keys[] = {"container", "node", "incarnation", "size", "root",
                                       "in_force",  "time", "signature",   nullptr};
    struct vc_receipt_head parsed = {};
    enum vc_code code = vc_json_check_object(place, keys, err);

    if (code == VC_OK)
        code = vc_receipt_read_digest(place, "container", parsed.container, err);
    if (code == VC_OK)
        code = read_node(place, &parsed, err);
    if (code == VC_OK)
        code = vc_receipt_read_number(place, "incarnation", INT64_MAX, &parsed.incarnation, err);
    if (code == VC_OK)
        code = vc_receipt_read_number(place, "size", VC_LOG_SIZE_MAX, &parsed.size, err);
    if (code == VC_OK)
        code = vc_receipt_read_digest(place, "root", parsed.root, err);
    if (code == VC_OK)
        code = vc_receipt_read_digest(place, "in_force", parsed.in_force, err);
    if (code == VC_OK)
        code = vc_receipt_read_time(place, "time", &parsed.time, err);
    if (code == VC_OK)
        code = read_signature(place, &parsed, err);
    if (code == VC_OK)
        *head = parsed;
    return code;
}
