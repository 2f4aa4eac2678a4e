/* SPDX-License-Identifier: MIT */

#include "crypto/random.h"

#include <errno.h>
#include <limits.h>
#include <openssl/crypto.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static constexpr size_t SAMPLE_SIZE = 1024;  /* bytes, in two draws */
static constexpr size_t WORD = 8;            /* bytes; none comes twice: once in 2^51 */
static constexpr size_t REPETITIONS_MAX = 5; /* of one byte in a row: once in 2^30 */
static constexpr size_t ONES_OFF_MAX = 450;  /* bits from the half: ten standard deviations */
static constexpr unsigned EMPTY_MAX = 1000;  /* interruptions, and draws of nothing, in a row */

/* The call itself: the C library's getrandom may keep a generator of its own in memory (vDSO), and
 * asks for more memory when it is first used, which a confined process cannot get. */
static ssize_t fill_from_kernel(void *, uint8_t *bytes, size_t size)
{
    return syscall(SYS_getrandom, bytes, size, 0);
}

const struct vc_random_source vc_random_kernel = {.fill = fill_from_kernel};

static enum vc_code draw(const struct vc_random_source *source, uint8_t *bytes, size_t size,
                         struct vc_err *err)
{
    unsigned empty = 0;

    while (size > 0) {
        ssize_t got = source->fill(source->user, bytes, size);

        if (got < 0 && errno != EINTR)
            return vc_fail_host(err, "random source");
        if (got > 0 && (size_t)got > size)
            return vc_fail(err, VC_HOST, "random source: more than was asked for");
        if (got <= 0 && ++empty > EMPTY_MAX)
            return vc_fail(err, VC_HOST, "random source: it gives nothing");
        if (got <= 0)
            continue;
        empty = 0;
        bytes += got;
        size -= (size_t)got;
    }
    return VC_OK;
}

enum vc_code vc_random(uint8_t *bytes, size_t size, struct vc_err *err)
{
    if (size > INT_MAX)
        return vc_fail(err, VC_LIMIT, "%zu random bytes at once", size);
    return draw(&vc_random_kernel, bytes, size, err);
}

/* Also what has a short period, and a second draw that is the first: their words come again. */
static bool repeats_words(const uint8_t *sample)
{
    for (size_t i = 0; i < SAMPLE_SIZE; i += WORD) {
        for (size_t j = i + WORD; j < SAMPLE_SIZE; j += WORD) {
            if (memcmp(sample + i, sample + j, WORD) == 0)
                return true;
        }
    }
    return false;
}

static bool repeats_bytes(const uint8_t *sample)
{
    size_t in_a_row = 1;

    for (size_t i = 1; i < SAMPLE_SIZE; i++) {
        in_a_row = sample[i] == sample[i - 1] ? in_a_row + 1 : 1;
        if (in_a_row > REPETITIONS_MAX)
            return true;
    }
    return false;
}

static bool is_lopsided(const uint8_t *sample)
{
    static constexpr size_t HALF = SAMPLE_SIZE * CHAR_BIT / 2;
    size_t ones = 0;

    for (size_t i = 0; i < SAMPLE_SIZE; i++)
        ones += (size_t)__builtin_popcount(sample[i]);
    return ones > HALF + ONES_OFF_MAX || ones < HALF - ONES_OFF_MAX;
}

enum vc_code vc_random_check(const struct vc_random_source *source, struct vc_err *err)
{
    uint8_t sample[SAMPLE_SIZE];
    enum vc_code code = draw(source, sample, SAMPLE_SIZE / 2, err);

    if (code == VC_OK)
        code = draw(source, sample + SAMPLE_SIZE / 2, SAMPLE_SIZE / 2, err);
    if (code == VC_OK && (repeats_words(sample) || repeats_bytes(sample) || is_lopsided(sample)))
        code = vc_fail(err, VC_UNTRUSTED, "random source: what it gives is not random");
    OPENSSL_cleanse(sample, sizeof(sample));
    return code;
}
