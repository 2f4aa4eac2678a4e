/* SPDX-License-Identifier: MIT */

/* Compresses standard input to standard output as gzip does, or decompresses it: a small front of
 * zlib, which is built from Debian's source for WebAssembly as it is.
 *
 *   gzip [-1 ... -9 | -d] */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <zlib.h>

constexpr size_t CHUNK = 1 << 17;    /* bytes that are read and written at once */
constexpr int WINDOW_BITS = 15 + 16; /* the largest window, gzip's header and trailer */
constexpr int MEMORY_LEVEL = 8;

/* Exit codes: all that a failed run tells. */
enum exit_code : int { DONE = 0, INPUT_LOST = 1, MALFORMED = 2, OUTPUT_LOST = 3, USAGE = 4 };

struct filter {
    z_stream z;
    uint8_t in[CHUNK], out[CHUNK];
    bool ended; /* input */
};

[[noreturn]] static void stop(enum exit_code code, const char *reason)
{
    fprintf(stderr, "gzip: %s\n", reason);
    exit(code);
}

static void refill(struct filter *filter)
{
    ssize_t size = read(STDIN_FILENO, filter->in, CHUNK);

    if (size < 0) { /* lost: this is not the end */
        stop(INPUT_LOST, "the input has no end that is proven");
    }
    filter->z.next_in = filter->in;
    filter->z.avail_in = (uInt)size;
    filter->ended = size == 0;
}

static void drain(struct filter *filter)
{
    size_t size = CHUNK - filter->z.avail_out;

    for (size_t done = 0; done < size;) {
        ssize_t more = write(STDOUT_FILENO, filter->out + done, size - done);
        if (more <= 0) {
            stop(OUTPUT_LOST, "nobody takes the result");
        }
        done += (size_t)more;
    }
    filter->z.next_out = filter->out;
    filter->z.avail_out = CHUNK;
}

static void compress_all(struct filter *filter, int level)
{
    int code =
        deflateInit2(&filter->z, level, Z_DEFLATED, WINDOW_BITS, MEMORY_LEVEL, Z_DEFAULT_STRATEGY);

    while (code == Z_OK) {
        if (filter->z.avail_in == 0 && !filter->ended) {
            refill(filter);
        }
        code = deflate(&filter->z, filter->ended ? Z_FINISH : Z_NO_FLUSH);
        if (filter->z.avail_out == 0 || code == Z_STREAM_END) {
            drain(filter);
        }
    }
    if (code != Z_STREAM_END) {
        stop(OUTPUT_LOST, "not enough memory");
    }
    deflateEnd(&filter->z);
}

/* One member after the other, as gzip -d takes them; behind the last is nothing. */
static bool begin_member(struct filter *filter)
{
    if (filter->z.avail_in == 0) {
        refill(filter);
    }
    return !filter->ended && inflateReset(&filter->z) == Z_OK;
}

static void decompress_member(struct filter *filter)
{
    int code = Z_OK;

    while (code == Z_OK) {
        if (filter->z.avail_in == 0) {
            refill(filter);
        }
        if (filter->ended) {
            stop(MALFORMED, "the end is missing");
        }
        code = inflate(&filter->z, Z_NO_FLUSH);
        if (filter->z.avail_out == 0 || code == Z_STREAM_END) {
            drain(filter);
        }
        if (code == Z_BUF_ERROR) { /* no step was possible with what there was */
            code = Z_OK;
        }
    }
    if (code != Z_STREAM_END) {
        stop(MALFORMED, "not what gzip makes");
    }
}

static void decompress_all(struct filter *filter)
{
    bool any = false;

    if (inflateInit2(&filter->z, WINDOW_BITS) != Z_OK) {
        stop(OUTPUT_LOST, "not enough memory");
    }
    for (; begin_member(filter); any = true) {
        decompress_member(filter);
    }
    if (!any) {
        stop(MALFORMED, "no input");
    }
    inflateEnd(&filter->z);
}

int main(int argc, char **argv)
{
    static struct filter filter;
    const char *option = argc == 1 ? "-6" : argv[1];

    filter.z.next_out = filter.out;
    filter.z.avail_out = CHUNK;
    if (argc > 2 || option[0] != '-' || option[1] == '\0' || option[2] != '\0') {
        stop(USAGE, "usage: gzip [-1 ... -9 | -d]");
    }
    if (option[1] == 'd') {
        decompress_all(&filter);
    } else if (option[1] >= '1' && option[1] <= '9') {
        compress_all(&filter, option[1] - '0');
    } else {
        stop(USAGE, "usage: gzip [-1 ... -9 | -d]");
    }
    return DONE;
}
