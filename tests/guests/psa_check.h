/* SPDX-License-Identifier: MIT */

/* What the psa_*.c programs share: each call of the crypto API names the status that it has to
 * give, and what differs is printed. The same programs run natively, over another implementation.
 *
 *   not ok FILE:LINE psa_hash_setup: -137, wanted 0
 *   used psa_hash_setup 12 3          how often it succeeded, and how often it refused
 *   end CHECKS FAILURES               the last line: the program came as far as that
 */

#ifndef VC_TESTS_PSA_CHECK_H
#define VC_TESTS_PSA_CHECK_H

#include <psa/crypto.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

enum { FUNCTIONS_MAX = 96 };

static struct {
    struct {
        const char *name;
        unsigned successes, refusals;
    } used[FUNCTIONS_MAX];
    unsigned checks, failures;
    const char *what; /* the row that is tried */
} book;

static inline void remember(const char *name, bool success)
{
    for (size_t i = 0; i < FUNCTIONS_MAX; i++) {
        if (book.used[i].name != NULL && strcmp(book.used[i].name, name) != 0)
            continue;
        book.used[i].name = name;
        book.used[i].successes += success;
        book.used[i].refusals += !success;
        return;
    }
    abort();
}

static inline void fail(const char *file, int line, const char *name, long got, long wanted)
{
    book.failures++;
    printf("not ok %s:%d %s%s%s: %ld, wanted %ld\n", file, line, name, book.what ? " of " : "",
           book.what ? book.what : "", got, wanted);
}

static inline psa_status_t want(const char *file, int line, const char *name, psa_status_t got,
                                psa_status_t wanted)
{
    book.checks++;
    if (got == wanted) {
        remember(name, got == PSA_SUCCESS);
    } else {
        fail(file, line, name, got, wanted);
    }
    return got;
}

static inline bool same(const char *file, int line, const char *what, long got, long wanted)
{
    book.checks++;
    if (got != wanted)
        fail(file, line, what, got, wanted);
    return got == wanted;
}

/* The function is called, and has to give this status. */
#define WANT(wanted, function, ...) \
    want(__FILE__, __LINE__, #function, function(__VA_ARGS__), (wanted))
#define GOOD(function, ...)           WANT(PSA_SUCCESS, function, __VA_ARGS__)
#define SAME(got, wanted)             same(__FILE__, __LINE__, #got, (long)(got), (long)(wanted))
#define SAME_BYTES(got, wanted, size) same(__FILE__, __LINE__, #got, memcmp(got, wanted, size), 0)

static inline int end_of_book(void)
{
    for (size_t i = 0; i < FUNCTIONS_MAX && book.used[i].name != NULL; i++)
        printf("used %s %u %u\n", book.used[i].name, book.used[i].successes, book.used[i].refusals);
    printf("end %u %u\n", book.checks, book.failures);
    return book.failures == 0 ? 0 : 1;
}

/* ---- vectors: hexadecimal, as standards print them ---- */

enum { BYTES_MAX = 1024 };

struct bytes {
    size_t size;
    uint8_t data[BYTES_MAX];
};

static inline unsigned nibble(char digit)
{
    return digit <= '9' ? (unsigned)(digit - '0') : (unsigned)((digit | 32) - 'a' + 10);
}

static inline struct bytes hex(const char *text)
{
    struct bytes bytes = {0};

    for (; text[0] != '\0' && text[1] != '\0'; text += 2)
        bytes.data[bytes.size++] = (uint8_t)(nibble(text[0]) << 4 | nibble(text[1]));
    return bytes;
}

/* ---- keys ---- */

/* Where a key lives: a program's own stay with it, others do not. */
enum side { MINE, KEPT };
static const char *const SIDES[] = {"mine", "kept"};

enum { KEPT_ID = 0x1234 };

static inline psa_key_attributes_t attributes_of(psa_key_type_t type, size_t bits,
                                                 psa_key_usage_t usage, psa_algorithm_t alg)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;

    psa_set_key_type(&attributes, type);
    psa_set_key_bits(&attributes, bits);
    psa_set_key_usage_flags(&attributes, usage);
    psa_set_key_algorithm(&attributes, alg);
    return attributes;
}

static inline psa_key_id_t import_as(enum side side, psa_key_type_t type, psa_key_usage_t usage,
                                     psa_algorithm_t alg, const uint8_t *data, size_t size)
{
    psa_key_attributes_t attributes = attributes_of(type, 0, usage, alg);
    psa_key_id_t key = 0;

    if (side == KEPT) {
        (void)psa_destroy_key(KEPT_ID);
        psa_set_key_id(&attributes, KEPT_ID);
    }
    GOOD(psa_import_key, &attributes, data, size, &key);
    SAME(key != 0, 1);
    if (side == KEPT)
        SAME(key, KEPT_ID);
    return key;
}

static inline psa_key_id_t import(psa_key_type_t type, psa_key_usage_t usage, psa_algorithm_t alg,
                                  const char *material)
{
    struct bytes bytes = hex(material);

    return import_as(MINE, type, usage, alg, bytes.data, bytes.size);
}

#endif
