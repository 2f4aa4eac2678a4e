/* SPDX-License-Identifier: MIT */

#include "platform/nsm.h"

#include <linux/nsm.h>
#include <string.h>

#include "codec/cbor.h"

const char VC_NSM_PATH[] = "/dev/nsm";

static bool is_text(struct vc_bytes text, const char *wanted)
{
    return text.size == strlen(wanted) && memcmp(text.data, wanted, text.size) == 0;
}

static enum vc_code encode_request(const uint8_t data[VC_SHA512_SIZE], struct vc_buffer *request,
                                   struct vc_err *err)
{
    struct vc_cbor_writer writer = vc_cbor_writer_over(request);

    vc_cbor_open_map(&writer, 1);
    vc_cbor_put_text(&writer, "Attestation");
    vc_cbor_open_map(&writer, 3); /* shorter keys first: the deterministic order */
    vc_cbor_put_text(&writer, "nonce");
    vc_cbor_put_null(&writer);
    vc_cbor_put_text(&writer, "user_data");
    vc_cbor_put_bytes(&writer, (struct vc_bytes){data, VC_SHA512_SIZE});
    vc_cbor_put_text(&writer, "public_key");
    vc_cbor_put_null(&writer);
    return vc_cbor_write_end(&writer, err);
}

/* A map with one entry: its key. Empty: it is something else. */
static struct vc_bytes only_key(struct vc_reader *reader)
{
    struct vc_cbor_map map = vc_cbor_read_map(reader);

    if (map.left != 1 || !vc_cbor_next_key(reader, &map)) {
        vc_reader_fail(reader);
        return (struct vc_bytes){};
    }
    return vc_cbor_read_text(reader);
}

enum vc_code vc_nsm_parse(struct vc_bytes answer, struct vc_bytes *document, struct vc_err *err)
{
    struct vc_reader reader = vc_reader_over(answer);
    struct vc_bytes kind = only_key(&reader);
    struct vc_bytes value = {};

    if (is_text(kind, "Error")) {
        value = vc_cbor_read_text(&reader);
        if (vc_reader_done(&reader))
            return vc_fail(err, VC_REFUSED, "%s: the security module answers `%.*s`", VC_NSM_PATH,
                           (int)(value.size < 64 ? value.size : 64), (const char *)value.data);
    }
    if (is_text(kind, "Attestation") && is_text(only_key(&reader), "document"))
        value = vc_cbor_read_bytes(&reader);
    if (!vc_reader_done(&reader) || value.size == 0)
        return vc_fail(err, VC_MALFORMED, "%s: not an attestation: byte %zu of %zu", VC_NSM_PATH,
                       reader.offset, answer.size);
    *document = value;
    return VC_OK;
}

/* The exchange: `answer` has room for the longest one and is set to what came. */
static enum vc_code ask(const struct vc_device *device, const struct vc_buffer *request,
                        struct vc_buffer *answer, struct vc_err *err)
{
    struct nsm_raw raw = {.request = {(uintptr_t)request->data, request->size},
                          .response = {(uintptr_t)answer->data, NSM_RESPONSE_MAX_SIZE}};
    enum vc_code code = vc_device_request(device, VC_NSM_PATH, NSM_IOCTL_RAW, &raw, err);

    if (code != VC_OK)
        return code;
    if (raw.response.len > NSM_RESPONSE_MAX_SIZE)
        return vc_fail(err, VC_MALFORMED, "%s: answer of %llu bytes, at most %u", VC_NSM_PATH,
                       (unsigned long long)raw.response.len, NSM_RESPONSE_MAX_SIZE);
    answer->size = (size_t)raw.response.len;
    return VC_OK;
}

enum vc_code vc_nsm_produce(const struct vc_device *device, const uint8_t data[VC_SHA512_SIZE],
                            struct vc_buffer *evidence, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer request = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer answer = {};
    struct vc_bytes document;
    enum vc_code code = encode_request(data, &request, err);

    if (code == VC_OK)
        code = vc_buffer_reserve(&answer, NSM_RESPONSE_MAX_SIZE, err);
    if (code == VC_OK)
        code = ask(device, &request, &answer, err);
    if (code == VC_OK)
        code = vc_nsm_parse(vc_buffer_bytes(&answer), &document, err);
    return code == VC_OK ? vc_buffer_append(evidence, document, err) : code;
}
