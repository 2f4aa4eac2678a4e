/* SPDX-License-Identifier: MIT */

/* Statistics of amounts that come encrypted, under a key that this program can use and never see.
 *
 *   owner-key KEY MINIMUM
 *
 * KEY is the id that the policy gives the owner's key. Standard input is a stream of records; each
 * is a nonce of 12 bytes, AES-256-GCM of an amount as text, and the tag of 16, with the record's
 * number (8 bytes, big endian, from 0) as additional data: a record that is missing, or in another
 * one's place, is noticed. One line comes out: how many, their sum, the least, the largest and the
 * mean; of fewer than MINIMUM, nothing. */

#include "csv.h"
#include "veracruz.h"

#include <psa/crypto.h>
#include <stdckdint.h>
#include <stdlib.h>
#include <string.h>

constexpr size_t NONCE_SIZE = 12;
constexpr size_t TAG_SIZE = 16;
constexpr size_t TEXT_SIZE_MAX = 32;
constexpr size_t RECORD_SIZE_MAX = NONCE_SIZE + TEXT_SIZE_MAX + TAG_SIZE;

/* Exit codes: all that a failed run tells. */
enum exit_code : int {
    DONE = 0,
    INPUT_LOST = 1,
    MALFORMED = 2,
    NO_KEY = 3, /* the owner has not given it, or it is not for this */
    NOT_GENUINE = 4,
    TOO_MUCH = 5,
    OUTPUT_LOST = 6,
    USAGE = 7
};

struct statistics {
    uint64_t count, sum, least, largest; /* hundredths */
};

[[noreturn]] static void stop(enum exit_code code, const char *reason)
{
    fprintf(stderr, "owner-key: %s\n", reason);
    exit(code);
}

static size_t decrypt(psa_key_id_t key, uint64_t number, const struct vz_record *record,
                      uint8_t text[TEXT_SIZE_MAX])
{
    const uint8_t *data = (const uint8_t *)record->data;
    uint8_t additional[8];
    size_t size = 0;

    if (record->size < NONCE_SIZE + TAG_SIZE)
        stop(MALFORMED, "a record that is too short");
    for (size_t i = 0; i < sizeof additional; i++)
        additional[i] = (uint8_t)(number >> (56 - 8 * i));
    psa_status_t status =
        psa_aead_decrypt(key, PSA_ALG_GCM, data, NONCE_SIZE, additional, sizeof additional,
                         data + NONCE_SIZE, record->size - NONCE_SIZE, text, TEXT_SIZE_MAX, &size);

    if (status == PSA_ERROR_INVALID_SIGNATURE)
        stop(NOT_GENUINE, "a record is not the owner's, or not in its place");
    if (status != PSA_SUCCESS) {
        fprintf(stderr, "owner-key: aead_decrypt: status %ld\n", (long)status);
        exit(NO_KEY);
    }
    return size;
}

static uint64_t read_amount(psa_key_id_t key, uint64_t number, const struct vz_record *record)
{
    uint8_t text[TEXT_SIZE_MAX + 1];
    uint64_t amount = 0;
    size_t size = decrypt(key, number, record, text);

    text[size] = '\0';
    if (strlen((const char *)text) != size || !csv_hundredths((const char *)text, &amount))
        stop(MALFORMED, "a record that holds no amount");
    return amount;
}

static void add(struct statistics *statistics, uint64_t amount)
{
    if (ckd_add(&statistics->sum, statistics->sum, amount))
        stop(TOO_MUCH, "the sum is too large");
    if (statistics->count == 0 || amount < statistics->least)
        statistics->least = amount;
    if (amount > statistics->largest)
        statistics->largest = amount;
    statistics->count++;
}

static void print_amount(uint64_t amount)
{
    printf(",%llu.%02llu", (unsigned long long)(amount / 100), (unsigned long long)(amount % 100));
}

static void write_result(const struct statistics *statistics, uint64_t minimum)
{
    printf("count,sum,least,largest,mean\n");
    if (statistics->count < minimum || statistics->count == 0) {
        printf("fewer than %llu,withheld,withheld,withheld,withheld\n",
               (unsigned long long)(minimum > 0 ? minimum : 1));
    } else {
        printf("%llu", (unsigned long long)statistics->count);
        print_amount(statistics->sum);
        print_amount(statistics->least);
        print_amount(statistics->largest);
        print_amount(statistics->sum / statistics->count); /* cut off, not rounded */
        printf("\n");
    }
    if (ferror(stdout) || fflush(stdout) != 0)
        stop(OUTPUT_LOST, "cannot write the result");
}

static uint32_t parse_number(const char *text)
{
    char *end = nullptr;
    unsigned long number = strtoul(text, &end, 10);

    if (strspn(text, "0123456789") != strlen(text) || end == text || number > INT32_MAX)
        stop(USAGE, "usage: owner-key KEY MINIMUM");
    return (uint32_t)number;
}

int main(int argc, char **argv)
{
    struct statistics statistics = {};
    struct vz_reader reader;
    struct vz_record record;
    enum vz_result result;

    if (argc != 3)
        stop(USAGE, "usage: owner-key KEY MINIMUM");
    psa_key_id_t key = parse_number(argv[1]);
    uint32_t minimum = parse_number(argv[2]);

    if (psa_crypto_init() != PSA_SUCCESS || vz_reader_open(&reader, 0, VZ_LENGTH, RECORD_SIZE_MAX))
        stop(INPUT_LOST, "cannot begin");
    while ((result = vz_next(&reader, &record)) == VZ_RECORD)
        add(&statistics, read_amount(key, statistics.count, &record));
    if (result != VZ_END)
        stop(INPUT_LOST, "the records have no end that is proven");
    write_result(&statistics, minimum);
    return DONE;
}
