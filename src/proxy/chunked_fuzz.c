/* SPDX-License-Identifier: MIT */

/* Target: vc_proxy_chunked_take. Properties: no more comes out than went in; byte by byte the same
 * body and the same end come out as at once; trailers are text without line breaks, and none of
 * them says how a message is read. */

#include <stdlib.h>
#include <string.h>

#include "proxy/chunked.h"
#include "proxy/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static constexpr size_t SIZE_MAX_TRIED = 4096;

static void must(bool good)
{
    if (!good)
        abort();
}

static void check_trailers(const struct vc_proxy_chunked *chunked)
{
    struct vc_http_field fields[VC_HTTP_TRAILERS_MAX];
    size_t count = vc_proxy_chunked_trailers(chunked, fields, VC_COUNT(fields));

    for (size_t i = 0; i < count; i++) {
        must(fields[i].name[0] != '\0' && !vc_proxy_is_hop(fields[i].name) &&
             strcmp(fields[i].name, "content-length") != 0);
        must(strpbrk(fields[i].name, "\r\n: ") == nullptr &&
             strpbrk(fields[i].value, "\r\n") == nullptr);
    }
}

/* In steps of so many bytes; what came out, and where it stopped. */
static enum vc_code take(struct vc_bytes input, size_t step, uint8_t *out,
                         struct vc_proxy_piece *sum)
{
    struct vc_proxy_chunked *chunked;
    enum vc_code code = vc_proxy_chunked_new(&chunked, nullptr);

    must(code == VC_OK);
    *sum = (struct vc_proxy_piece){};
    while (code == VC_OK && !sum->ended && sum->used < input.size) {
        size_t left = input.size - sum->used;
        const struct vc_bytes some = {input.data + sum->used, left < step ? left : step};
        struct vc_proxy_piece piece;

        code = vc_proxy_chunked_take(chunked, some, out + sum->made, &piece, nullptr);
        if (code != VC_OK)
            break;
        must(piece.made <= piece.used && piece.used <= some.size);
        must(piece.ended || piece.used == some.size);
        sum->used += piece.used;
        sum->made += piece.made;
        sum->ended = piece.ended;
    }
    if (sum->ended)
        check_trailers(chunked);
    vc_proxy_chunked_free(chunked);
    return code;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t whole[SIZE_MAX_TRIED];
    uint8_t cut[SIZE_MAX_TRIED];
    struct vc_proxy_piece of_whole;
    struct vc_proxy_piece of_cut;

    if (size > SIZE_MAX_TRIED)
        return 0;
    enum vc_code code = take((struct vc_bytes){data, size}, size, whole, &of_whole);

    /* Of two faults either may be seen first. */
    must((take((struct vc_bytes){data, size}, 1, cut, &of_cut) == VC_OK) == (code == VC_OK));
    if (code == VC_OK) {
        must(of_whole.used == of_cut.used && of_whole.made == of_cut.made &&
             of_whole.ended == of_cut.ended);
        must(of_whole.made == 0 || memcmp(whole, cut, of_whole.made) == 0);
    }
    return 0;
}
