/* SPDX-License-Identifier: MIT */

/* SHA-512 (FIPS 180-4) of standard input, however long it is, told as sha512sum tells it. */

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

constexpr size_t BLOCK = 128; /* bytes that are hashed at once */
constexpr size_t ROUNDS = 80;
constexpr size_t CHUNK = 1 << 18; /* bytes that are read at once */

/* Exit codes: all that a failed run tells. */
enum exit_code : int { DONE = 0, INPUT_LOST = 1, OUTPUT_LOST = 2 };

struct hash {
    uint64_t state[8];
    uint64_t size; /* bytes so far */
    uint8_t rest[BLOCK];
};

/* The first 64 bits of the fractional parts of the cube roots of the first 80 primes. */
static const uint64_t constants[ROUNDS] = {
    0x428a2f98d728ae22, 0x7137449123ef65cd, 0xb5c0fbcfec4d3b2f, 0xe9b5dba58189dbbc,
    0x3956c25bf348b538, 0x59f111f1b605d019, 0x923f82a4af194f9b, 0xab1c5ed5da6d8118,
    0xd807aa98a3030242, 0x12835b0145706fbe, 0x243185be4ee4b28c, 0x550c7dc3d5ffb4e2,
    0x72be5d74f27b896f, 0x80deb1fe3b1696b1, 0x9bdc06a725c71235, 0xc19bf174cf692694,
    0xe49b69c19ef14ad2, 0xefbe4786384f25e3, 0x0fc19dc68b8cd5b5, 0x240ca1cc77ac9c65,
    0x2de92c6f592b0275, 0x4a7484aa6ea6e483, 0x5cb0a9dcbd41fbd4, 0x76f988da831153b5,
    0x983e5152ee66dfab, 0xa831c66d2db43210, 0xb00327c898fb213f, 0xbf597fc7beef0ee4,
    0xc6e00bf33da88fc2, 0xd5a79147930aa725, 0x06ca6351e003826f, 0x142929670a0e6e70,
    0x27b70a8546d22ffc, 0x2e1b21385c26c926, 0x4d2c6dfc5ac42aed, 0x53380d139d95b3df,
    0x650a73548baf63de, 0x766a0abb3c77b2a8, 0x81c2c92e47edaee6, 0x92722c851482353b,
    0xa2bfe8a14cf10364, 0xa81a664bbc423001, 0xc24b8b70d0f89791, 0xc76c51a30654be30,
    0xd192e819d6ef5218, 0xd69906245565a910, 0xf40e35855771202a, 0x106aa07032bbd1b8,
    0x19a4c116b8d2d0c8, 0x1e376c085141ab53, 0x2748774cdf8eeb99, 0x34b0bcb5e19b48a8,
    0x391c0cb3c5c95a63, 0x4ed8aa4ae3418acb, 0x5b9cca4f7763e373, 0x682e6ff3d6b2b8a3,
    0x748f82ee5defb2fc, 0x78a5636f43172f60, 0x84c87814a1f0ab72, 0x8cc702081a6439ec,
    0x90befffa23631e28, 0xa4506cebde82bde9, 0xbef9a3f7b2c67915, 0xc67178f2e372532b,
    0xca273eceea26619c, 0xd186b8c721c0c207, 0xeada7dd6cde0eb1e, 0xf57d4f7fee6ed178,
    0x06f067aa72176fba, 0x0a637dc5a2c898a6, 0x113f9804bef90dae, 0x1b710b35131c471b,
    0x28db77f523047d84, 0x32caab7b40c72493, 0x3c9ebe0a15c9bebc, 0x431d67c49c100d4c,
    0x4cc5d4becb3e42b6, 0x597f299cfc657e2a, 0x5fcb6fab3ad6faec, 0x6c44198c4a475817,
};

/* The same of the square roots of the first 8. */
static const uint64_t initial[8] = {
    0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
    0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
};

static uint64_t rotate(uint64_t word, unsigned bits)
{
    return word >> bits | word << (64 - bits);
}

static uint64_t load(const uint8_t *bytes)
{
    uint64_t word;

    memcpy(&word, bytes, sizeof word);
    return __builtin_bswap64(word); /* this machine is little endian, as WebAssembly always is */
}

static uint64_t expand(const uint64_t *words, size_t t)
{
    uint64_t early = words[(t + 1) % 16], late = words[(t + 14) % 16];

    return words[t % 16] + words[(t + 9) % 16] +
           (rotate(early, 1) ^ rotate(early, 8) ^ early >> 7) +
           (rotate(late, 19) ^ rotate(late, 61) ^ late >> 6);
}

/* One round: what were a to h stand at places that move by one each time. */
static inline void turn(uint64_t *v, size_t t, uint64_t word)
{
    uint64_t a = v[(80 - t) % 8], b = v[(81 - t) % 8], c = v[(82 - t) % 8];
    uint64_t e = v[(84 - t) % 8], f = v[(85 - t) % 8], g = v[(86 - t) % 8];
    uint64_t *d = &v[(83 - t) % 8], *h = &v[(87 - t) % 8];
    uint64_t first = *h + (rotate(e, 14) ^ rotate(e, 18) ^ rotate(e, 41)) + ((e & f) ^ (~e & g)) +
                     constants[t] + word;

    *d += first;
    *h = first + (rotate(a, 28) ^ rotate(a, 34) ^ rotate(a, 39)) + ((a & b) ^ (a & c) ^ (b & c));
}

static void hash_block(uint64_t state[8], const uint8_t *block)
{
    uint64_t words[16], v[8];

    memcpy(v, state, sizeof v);
    for (size_t t = 0; t < 16; t++) {
        words[t] = load(block + t * 8);
    }
#pragma GCC unroll 16
    for (size_t t = 0; t < 16; t++) {
        turn(v, t, words[t]);
    }
    for (size_t begin = 16; begin < ROUNDS; begin += 16) {
#pragma GCC unroll 16
        for (size_t t = 0; t < 16; t++) {
            words[t] = expand(words, t);
            turn(v, begin + t, words[t]);
        }
    }
    for (size_t i = 0; i < 8; i++) {
        state[i] += v[i];
    }
}

static void add(struct hash *hash, const uint8_t *data, size_t size)
{
    size_t held = hash->size % BLOCK;
    size_t more = held == 0 ? 0 : BLOCK - held < size ? BLOCK - held : size;

    hash->size += size;
    memcpy(hash->rest + held, data, more);
    if (held > 0 && held + more == BLOCK) {
        hash_block(hash->state, hash->rest);
    }
    for (data += more, size -= more; size >= BLOCK; data += BLOCK, size -= BLOCK) {
        hash_block(hash->state, data);
    }
    if (size > 0) {
        memcpy(hash->rest, data, size);
    }
}

static void finish(struct hash *hash, char text[129])
{
    uint8_t end[2 * BLOCK] = {0x80};
    uint64_t bits = hash->size * 8;
    size_t held = hash->size % BLOCK;
    size_t size = (held < BLOCK - 16 ? BLOCK : 2 * BLOCK) - held;

    for (size_t i = 0; i < 8; i++) {
        end[size - 1 - i] = (uint8_t)(bits >> 8 * i);
    }
    end[size - 9] = (uint8_t)(hash->size >> 61);
    add(hash, end, size);
    for (size_t i = 0; i < 8; i++) {
        snprintf(text + 16 * i, 17, "%016llx", (unsigned long long)hash->state[i]);
    }
}

int main(void)
{
    static uint8_t chunk[CHUNK];
    struct hash hash = {};
    char text[129];
    ssize_t size;

    memcpy(hash.state, initial, sizeof initial);
    while ((size = read(STDIN_FILENO, chunk, sizeof chunk)) > 0) {
        add(&hash, chunk, (size_t)size);
    }
    if (size < 0) { /* lost: this is not the end */
        fprintf(stderr, "sha512: the input has no end that is proven\n");
        return INPUT_LOST;
    }
    finish(&hash, text);
    return printf("%s  -\n", text) > 0 && fflush(stdout) == 0 ? DONE : OUTPUT_LOST;
}
