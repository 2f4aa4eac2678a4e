/* SPDX-License-Identifier: MIT */

/* Certificates one after the other in one text, as vendors hand chains out. */

#include <string.h>

#include "crypto/certificate.h"

static const char BEGIN[] = "-----BEGIN ";
static const char BEGIN_CERTIFICATE[] = "-----BEGIN CERTIFICATE-----";
static const char END_CERTIFICATE[] = "-----END CERTIFICATE-----";

static const uint8_t *find(struct vc_bytes text, const char *word)
{
    return text.size == 0 ? nullptr : memmem(text.data, text.size, word, strlen(word));
}

static struct vc_bytes from(struct vc_bytes text, const uint8_t *at)
{
    return (struct vc_bytes){at, text.size - (size_t)(at - text.data)};
}

/* Takes the next block of any label off the text; an empty one at the end. */
static enum vc_code next_block(struct vc_bytes *text, struct vc_bytes *block, struct vc_err *err)
{
    const uint8_t *begin = find(*text, BEGIN);
    const uint8_t *end;

    *block = (struct vc_bytes){};
    if (begin == nullptr) {
        *text = (struct vc_bytes){};
        return VC_OK;
    }
    *text = from(*text, begin);
    if (find(*text, BEGIN_CERTIFICATE) != begin)
        return vc_fail(err, VC_MALFORMED, "a PEM block that is no certificate");
    end = find(*text, END_CERTIFICATE);
    if (end == nullptr)
        return vc_fail(err, VC_MALFORMED, "a certificate's PEM block has no end");
    end += strlen(END_CERTIFICATE);
    *block = (struct vc_bytes){begin, (size_t)(end - begin)};
    *text = from(*text, end);
    return VC_OK;
}

static struct vc_bytes without_nuls(struct vc_bytes text)
{
    while (text.size > 0 && text.data[text.size - 1] == 0)
        text.size--;
    return text;
}

enum vc_code vc_cert_parse_bundle(struct vc_bytes pem, size_t count_max,
                                  enum vc_code (*each)(void *user, struct vc_cert *cert,
                                                       struct vc_err *err),
                                  void *user, struct vc_err *err)
{
    struct vc_bytes text = without_nuls(pem);
    size_t count = 0;
    enum vc_code code = VC_OK;

    if (text.size > 0 && memchr(text.data, 0, text.size) != nullptr)
        return vc_fail(err, VC_MALFORMED, "NUL between certificates");
    while (code == VC_OK && text.size > 0) {
        struct vc_cert *cert = nullptr;
        struct vc_bytes block;

        code = next_block(&text, &block, err);
        if (code == VC_OK && block.size > 0 && count == count_max)
            code = vc_fail(err, VC_LIMIT, "more than %zu certificates", count_max);
        if (code != VC_OK || block.size == 0)
            break;
        code = vc_cert_parse_pem(block, &cert, err);
        if (code != VC_OK)
            return vc_fail_in(err, code, "certificate %zu", count + 1);
        count++;
        code = each(user, cert, err);
    }
    if (code == VC_OK && count == 0)
        return vc_fail(err, VC_MALFORMED, "no certificate in PEM");
    return code;
}
