/* SPDX-License-Identifier: MIT */

#include "flow/mark.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "crypto/digest.h"
#include "crypto/gmac.h"

static constexpr char DOMAIN[] = "veracruz stream 1";

struct vc_mark {
    enum vc_mark_kind kind;
    struct vc_gmac *gmac; /* one of both */
    struct vc_sha256_stream *sha256;
};

const char *vc_mark_name(enum vc_mark_kind kind)
{
    return kind == VC_MARK_GMAC ? "gmac" : "sha-256";
}

static enum vc_code derive_key(const struct vc_mark_subject *subject, uint8_t key[VC_GMAC_KEY_SIZE],
                               struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer input = {};
    uint8_t use[8];
    uint8_t digest[VC_SHA256_SIZE];
    const struct vc_bytes parts[] = {
        {(const uint8_t *)DOMAIN, sizeof(DOMAIN)}, /* with its zero byte, as the name */
        {subject->policy_hash, VC_SHA256_SIZE},
        {(const uint8_t *)subject->stream, strlen(subject->stream) + 1},
        VC_BYTES(use),
    };
    enum vc_code code = VC_OK;

    for (size_t i = 0; i < sizeof(use); i++)
        use[i] = (uint8_t)(subject->use >> (8 * (sizeof(use) - 1 - i)));
    for (size_t i = 0; i < VC_COUNT(parts) && code == VC_OK; i++)
        code = vc_buffer_append(&input, parts[i], err);
    if (code != VC_OK)
        return code;
    vc_sha256(vc_buffer_bytes(&input), digest);
    memcpy(key, digest, VC_GMAC_KEY_SIZE);
    return VC_OK;
}

enum vc_code vc_mark_new(enum vc_mark_kind kind, const struct vc_mark_subject *subject,
                         struct vc_mark **mark, struct vc_err *err)
{
    static const uint8_t nonce[VC_GMAC_NONCE_SIZE] = {};
    vc_cleanup(vc_mark_freep) struct vc_mark *made = calloc(1, sizeof(*made));
    uint8_t key[VC_GMAC_KEY_SIZE];
    enum vc_code code;

    if (made == nullptr)
        return vc_fail_memory(err);
    made->kind = kind;
    if (kind == VC_MARK_SHA256) {
        code = vc_sha256_stream_new(&made->sha256, err);
    } else {
        code = derive_key(subject, key, err);
        if (code == VC_OK)
            code = vc_gmac_new(key, nonce, &made->gmac, err);
    }
    if (code == VC_OK)
        *mark = vc_take(made);
    return code;
}

void vc_mark_add(struct vc_mark *mark, struct vc_bytes bytes)
{
    if (mark->kind == VC_MARK_SHA256)
        vc_sha256_stream_add(mark->sha256, bytes);
    else
        vc_gmac_add(mark->gmac, bytes);
}

enum vc_code vc_mark_text(const struct vc_mark *mark, char text[VC_MARK_TEXT_MAX],
                          struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer encoded = {};
    uint8_t digest[VC_SHA256_SIZE];
    bool sha256 = mark->kind == VC_MARK_SHA256;
    size_t size = sha256 ? VC_SHA256_SIZE : VC_GMAC_SIZE;
    enum vc_code code = sha256 ? vc_sha256_stream_so_far(mark->sha256, digest, err)
                               : vc_gmac_so_far(mark->gmac, digest, err);

    if (code == VC_OK)
        code = vc_base64_encode((struct vc_bytes){digest, size}, &encoded, err);
    if (code != VC_OK)
        return code;
    (void)snprintf(text, VC_MARK_TEXT_MAX, "%s=:%.*s:", sha256 ? "sha-256" : "veracruz-gmac",
                   (int)encoded.size, (const char *)encoded.data);
    return VC_OK;
}

void vc_mark_free(struct vc_mark *mark)
{
    if (mark == nullptr)
        return;
    vc_gmac_free(mark->gmac);
    vc_sha256_stream_free(mark->sha256);
    free(mark);
}
