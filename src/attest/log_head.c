/* SPDX-License-Identifier: MIT */

/* Signed heads of the log's tree. */

#include <string.h>

#include "attest/log_internal.h"
#include "base/base64.h"
#include "base/hex.h"
#include "base/instant.h"

/* No other thing that the CA's key signs begins like this: certificates begin with the byte 0x30,
 * and tokens are letters. */
static const uint8_t DOMAIN[] = {'v', 'e', 'r', 'a', 'c', 'r', 'u', 'z', '-', 'l',
                                 'o', 'g', '-', 'h', 'e', 'a', 'd', '-', '1', 0};

struct message {
    uint8_t bytes[sizeof(DOMAIN) + 8 + VC_SHA256_SIZE + 8];
};

static uint8_t *put_u64(uint8_t *at, uint64_t value)
{
    for (unsigned i = 0; i < 8; i++)
        at[i] = (uint8_t)(value >> 8 * (7 - i));
    return at + 8;
}

static struct message message_of(const struct vc_log_head *head)
{
    struct message message;
    uint8_t *at = message.bytes;

    memcpy(at, DOMAIN, sizeof(DOMAIN));
    at = put_u64(at + sizeof(DOMAIN), head->size);
    memcpy(at, head->root, VC_SHA256_SIZE);
    (void)put_u64(at + VC_SHA256_SIZE, (uint64_t)head->time);
    return message;
}

enum vc_code vc_log_head_sign(struct vc_log_head *head, const struct vc_key *key,
                              struct vc_err *err)
{
    struct message message = message_of(head);

    return vc_key_sign(key, VC_BYTES(message.bytes), head->signature, err);
}

enum vc_code vc_log_head_check(const struct vc_log_head *head, const struct vc_cert *ca,
                               struct vc_err *err)
{
    vc_cleanup(vc_key_freep) struct vc_key *key = nullptr;
    struct message message = message_of(head);
    enum vc_code code = vc_cert_key(ca, &key, err);

    if (code == VC_OK)
        code = vc_key_verify(key, VC_BYTES(message.bytes), VC_BYTES(head->signature), err);
    if (code == VC_MEMORY || code == VC_OK)
        return code;
    return vc_fail(err, VC_UNTRUSTED, "log: its head is not signed by the attestation service");
}

void vc_log_head_write(struct vc_json_writer *writer, const char *key,
                       const struct vc_log_head *head)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer signature = {};
    char root[2 * VC_SHA256_SIZE + 1];
    char time[VC_INSTANT_TEXT_MAX];

    vc_hex_encode(VC_BYTES(head->root), root);
    vc_instant_format(head->time, time);
    if (vc_base64_encode(VC_BYTES(head->signature), &signature, nullptr) != VC_OK)
        writer->failed = true;
    vc_json_open_object(writer, key);
    vc_json_put_integer(writer, "size", (int64_t)head->size);
    vc_json_put_string(writer, "root", root);
    vc_json_put_string(writer, "time", time);
    vc_json_put_bytes(writer, "signature", vc_buffer_bytes(&signature));
    vc_json_close_object(writer);
}

enum vc_code vc_log_json_size(const struct vc_json_place *object, const char *name, uint64_t *value,
                              struct vc_err *err)
{
    struct vc_json_place place;
    int64_t number = 0;
    enum vc_code code = vc_json_member(object, name, &place, err);

    if (code == VC_OK)
        code = vc_json_integer(&place, 0, (int64_t)VC_LOG_SIZE_MAX, &number, err);
    if (code == VC_OK)
        *value = (uint64_t)number;
    return code;
}

enum vc_code vc_log_json_text(const struct vc_json_place *object, const char *name,
                              const char **text, struct vc_err *err)
{
    struct vc_json_place place;
    enum vc_code code = vc_json_member(object, name, &place, err);

    return code == VC_OK ? vc_json_string(&place, text, err) : code;
}

static enum vc_code read_root(const struct vc_json_place *object, struct vc_log_head *head,
                              struct vc_err *err)
{
    const char *text = "";
    enum vc_code code = vc_log_json_text(object, "root", &text, err);

    if (code != VC_OK)
        return code;
    code = vc_hex_parse(text, head->root, sizeof(head->root), err);
    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "%s.root", object->text);
}

static enum vc_code read_time(const struct vc_json_place *object, struct vc_log_head *head,
                              struct vc_err *err)
{
    const char *text = "";
    enum vc_code code = vc_log_json_text(object, "time", &text, err);

    if (code != VC_OK)
        return code;
    code = vc_instant_parse(text, &head->time, err);
    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "%s.time", object->text);
}

static enum vc_code read_signature(const struct vc_json_place *object, struct vc_log_head *head,
                                   struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer bytes = {};
    const char *text = "";
    enum vc_code code = vc_log_json_text(object, "signature", &text, err);

    if (code != VC_OK)
        return code;
    code = vc_base64_parse((struct vc_bytes){(const uint8_t *)text, strlen(text)}, &bytes, err);
    if (code != VC_OK)
        return vc_fail_in(err, code, "%s.signature", object->text);
    if (bytes.size != sizeof(head->signature)) {
        return vc_fail(err, VC_MALFORMED, "%s.signature: %zu bytes, %zu wanted", object->text,
                       bytes.size, sizeof(head->signature));
    }
    memcpy(head->signature, bytes.data, sizeof(head->signature));
    return VC_OK;
}

enum vc_code vc_log_head_parse(const struct vc_json_place *place, struct vc_log_head *head,
                               struct vc_err *err)
{
    static const char *const keys[] = {"size", "root", "time", "signature", nullptr};
    struct vc_log_head parsed = {};
    enum vc_code code = vc_json_check_object(place, keys, err);

    if (code == VC_OK)
        code = vc_log_json_size(place, "size", &parsed.size, err);
    if (code == VC_OK)
        code = read_root(place, &parsed, err);
    if (code == VC_OK)
        code = read_time(place, &parsed, err);
    if (code == VC_OK)
        code = read_signature(place, &parsed, err);
    if (code == VC_OK)
        *head = parsed;
    return code == VC_NOT_FOUND ? vc_fail_in(err, VC_MALFORMED, "log") : code;
}
