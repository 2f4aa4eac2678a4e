/* SPDX-License-Identifier: MIT */

/* What both sides of bench/crypto do, so that it is the same: sizes, keys, and what they print. */

#ifndef BENCH_CRYPTO_CASE_H
#define BENCH_CRYPTO_CASE_H

#include <inttypes.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

constexpr size_t CRYPTO_BLOCK = 16 << 10;
constexpr size_t CRYPTO_SMALL = 64;
constexpr size_t CRYPTO_NONCE = 12;
constexpr size_t CRYPTO_TAG = 16;
constexpr size_t CRYPTO_DIGEST = 32;
constexpr size_t CRYPTO_SIGNATURE = 64; /* r || s */
constexpr uint64_t CRYPTO_WARM_UP = 16; /* of so many parts, one before the clock runs */

static const uint8_t crypto_aes_key[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

/* The private key of RFC 6979 A.2.5, and its point. */
static const uint8_t crypto_p256_key[32] = {
    0xc9, 0xaf, 0xa9, 0xd8, 0x45, 0xba, 0x75, 0x16, 0x6b, 0x5c, 0x21, 0x57, 0x67, 0xb1, 0xd6, 0x93,
    0x4e, 0x50, 0xc3, 0xdb, 0x36, 0xe8, 0x9b, 0x12, 0x7b, 0x8a, 0x62, 0x2b, 0x12, 0x0f, 0x67, 0x21};

/* Of one deed, begun anew after the warming up. */
struct crypto_case {
    uint64_t sum; /* over what came out: the same on both sides, but for signatures */
    uint8_t signature[CRYPTO_SIGNATURE]; /* the last */
};

/* What is worked on differs from turn to turn. */
static inline void crypto_mark(uint8_t *bytes, uint64_t turn)
{
    memcpy(bytes, &turn, sizeof turn);
}

static inline void crypto_note(struct crypto_case *done, const uint8_t *bytes)
{
    uint64_t word;

    memcpy(&word, bytes, sizeof word);
    done->sum = done->sum * 31 + word;
}

/* A line of JSON. */
static inline int crypto_print(const struct crypto_case *done, uint64_t cpu_ns, uint64_t wall_ns)
{
    printf("{\"cpu_ns\":%" PRIu64 ",\"wall_ns\":%" PRIu64 ",\"sum\":%" PRIu64 ",\"signature\":\"",
           cpu_ns, wall_ns, done->sum);
    for (size_t i = 0; i < CRYPTO_SIGNATURE; i++)
        printf("%02x", done->signature[i]);
    printf("\"}\n");
    return ferror(stdout) != 0 || fflush(stdout) != 0;
}

#endif
