/* SPDX-License-Identifier: MIT */

/* A sealed-bid auction, the second-highest bid being the price, with receipts that anybody can
 * verify.
 *
 *   auction TITLE BIDDER...
 *
 * The first run makes a signature key, which the container keeps for later runs, and signs for each
 * bidder who has put /input/BIDDER.csv a receipt over the auction's title and the digest of that
 * file. The second opens the bids: it signs, with the same key, who has won, the price, and the
 * digests of all bids that counted. Signatures are DER and the public key is, too, as every other
 * tool wants them. */

#include "csv.h"
#include "hex.h"

#include <psa/crypto.h>
#include <stdlib.h>

constexpr psa_key_id_t KEY = 1; /* as this program calls it */
constexpr size_t BIDDERS_MAX = 64;
constexpr size_t NAME_SIZE_MAX = 64;
constexpr size_t FILE_SIZE_MAX = 4096;
constexpr size_t TEXT_SIZE_MAX = 16384;
constexpr size_t DIGEST_SIZE = 32;
constexpr size_t HALF = 32; /* bytes of r, of s, and of a coordinate, on P-256 */

/* Exit codes: all that a failed run tells. */
enum exit_code : int {
    DONE = 0,
    NO_ACCESS = 1,
    REFUSED = 2, /* the crypto API does not do what it has to */
    USAGE = 3,
    ALTERED = 4 /* a bid is not the one that has a receipt */
};

struct bid {
    const char *bidder;
    bool there;
    uint64_t amount;                  /* hundredths */
    char digest[2 * DIGEST_SIZE + 1]; /* of its file, hexadecimal */
};

/* What is to be signed. */
struct text {
    size_t size;
    char data[TEXT_SIZE_MAX];
};

[[noreturn]] static void stop(enum exit_code code, const char *reason)
{
    fprintf(stderr, "auction: %s\n", reason);
    exit(code);
}

static void must(psa_status_t status, const char *what)
{
    if (status != PSA_SUCCESS) {
        fprintf(stderr, "auction: %s: status %ld\n", what, (long)status);
        exit(REFUSED);
    }
}

static void say(struct text *text, const char *what, const char *value)
{
    size_t room = sizeof text->data - text->size;
    int size = snprintf(text->data + text->size, room, "%s: %s\n", what, value);

    if (size < 0 || (size_t)size >= room)
        stop(USAGE, "too much text");
    text->size += (size_t)size;
}

static void write_file(const char *path, const void *data, size_t size)
{
    FILE *file = fopen(path, "wb");

    if (file == nullptr || fwrite(data, 1, size, file) != size || fclose(file) != 0)
        stop(NO_ACCESS, "cannot write what is to be told");
}

/* ---- the key ---- */

/* Is there one already? The first run makes it, and only the program itself can use it. */
static bool have_key(void)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    psa_status_t status = psa_get_key_attributes(KEY, &attributes);

    if (status != PSA_ERROR_INVALID_HANDLE)
        must(status, "get_key_attributes");
    return status == PSA_SUCCESS;
}

static void make_key(void)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    psa_key_id_t key = 0;

    psa_set_key_id(&attributes, KEY);
    psa_set_key_lifetime(&attributes, PSA_KEY_LIFETIME_PERSISTENT);
    psa_set_key_type(&attributes, PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1));
    psa_set_key_bits(&attributes, 256);
    psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_SIGN_MESSAGE | PSA_KEY_USAGE_VERIFY_MESSAGE);
    psa_set_key_algorithm(&attributes, PSA_ALG_ECDSA(PSA_ALG_SHA_256));
    must(psa_generate_key(&attributes, &key), "generate_key");
}

/* The public key as X.509 has it: all before the point is the same for every key on P-256. */
static void publish_key(void)
{
    static const uint8_t prefix[] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
                                     0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
                                     0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00};
    uint8_t info[sizeof prefix + 1 + 2 * HALF];
    size_t size = 0;

    memcpy(info, prefix, sizeof prefix);
    must(psa_export_public_key(KEY, info + sizeof prefix, 1 + 2 * HALF, &size),
         "export_public_key");
    write_file("/output/key.der", info, sizeof prefix + size);
}

/* ---- signatures ---- */

/* A number of HALF bytes as an INTEGER of DER, which is never longer than it must be and begins
 * with a zero where it would look negative; returns its size. */
static size_t encode_integer(const uint8_t *number, uint8_t *out)
{
    size_t skipped = 0;

    while (skipped < HALF - 1 && number[skipped] == 0)
        skipped++;
    size_t zero = number[skipped] >> 7, size = HALF - skipped + zero;

    out[0] = 0x02;
    out[1] = (uint8_t)size;
    out[2] = 0;
    memcpy(out + 2 + zero, number + skipped, HALF - skipped);
    return 2 + size;
}

static void sign(const struct text *text, const char *path)
{
    uint8_t raw[2 * HALF], der[2 + 2 * (3 + HALF)];
    size_t size = 0;

    must(psa_sign_message(KEY, PSA_ALG_ECDSA(PSA_ALG_SHA_256), (const uint8_t *)text->data,
                          text->size, raw, sizeof raw, &size),
         "sign_message");
    must(psa_verify_message(KEY, PSA_ALG_ECDSA(PSA_ALG_SHA_256), (const uint8_t *)text->data,
                            text->size, raw, size),
         "verify_message");
    size = encode_integer(raw, der + 2);
    size += encode_integer(raw + HALF, der + 2 + size);
    der[0] = 0x30;
    der[1] = (uint8_t)size;
    write_file(path, der, 2 + size);
}

/* Writes NAME.txt and its signature, NAME.sig. */
static void tell(const struct text *text, const char *name)
{
    char path[NAME_SIZE_MAX + 32];

    snprintf(path, sizeof path, "/output/%s.txt", name);
    write_file(path, text->data, text->size);
    snprintf(path, sizeof path, "/output/%s.sig", name);
    sign(text, path);
}

/* ---- bids ---- */

/* One row: the amount, and something random, so that nobody finds the amount from the digest. */
static bool parse_bid(const char *path, uint64_t *amount)
{
    struct csv csv;
    enum csv_code code = csv_open(&csv, path, "amount,salt");

    if (code == CSV_OK)
        code = csv_next(&csv);
    bool good = code == CSV_OK && csv_hundredths(csv.fields[0], amount) && csv.fields[1][0] != '\0';

    good = good && csv_next(&csv) == CSV_END;
    csv_close(&csv);
    return good;
}

/* No file: no bid. One that cannot be read is none either: others shall not suffer from it. */
static void load_bid(struct bid *bid)
{
    static uint8_t data[FILE_SIZE_MAX + 1];
    uint8_t digest[DIGEST_SIZE];
    char path[NAME_SIZE_MAX + 32];
    size_t size;

    snprintf(path, sizeof path, "/input/%s.csv", bid->bidder);
    FILE *file = fopen(path, "rb");

    if (file == nullptr)
        return;
    size = fread(data, 1, sizeof data, file);
    if (ferror(file) || fclose(file) != 0)
        stop(NO_ACCESS, "cannot read a bid");
    bid->there = size <= FILE_SIZE_MAX && parse_bid(path, &bid->amount);
    if (!bid->there)
        return;
    must(psa_hash_compute(PSA_ALG_SHA_256, data, size, digest, sizeof digest, &size),
         "hash_compute");
    hex_encode(digest, size, bid->digest);
}

/* What the auction and a bid are called in a receipt. */
static void begin_receipt(struct text *text, const char *title, const struct bid *bid)
{
    *text = (struct text){};
    say(text, "auction", title);
    say(text, "bidder", bid->bidder);
    say(text, "bid sha-256", bid->digest);
}

static void give_receipts(const char *title, const struct bid *bids, size_t count)
{
    static struct text text;

    for (size_t i = 0; i < count; i++) {
        if (!bids[i].there)
            continue;
        begin_receipt(&text, title, &bids[i]);
        tell(&text, bids[i].bidder);
    }
}

/* The policy lets nobody change a bid once there are receipts; a program that may be used with
 * another policy looks nevertheless. */
static void check_receipts(const char *title, const struct bid *bids, size_t count)
{
    static struct text text, given;
    char path[NAME_SIZE_MAX + 32];

    for (size_t i = 0; i < count; i++) {
        snprintf(path, sizeof path, "/output/%s.txt", bids[i].bidder);
        FILE *file = fopen(path, "rb");

        if ((file != nullptr) != bids[i].there)
            stop(ALTERED, "a bid came, or went, after the receipts");
        if (file == nullptr)
            continue;
        begin_receipt(&text, title, &bids[i]);
        given.size = fread(given.data, 1, sizeof given.data, file);
        fclose(file);
        if (given.size != text.size || memcmp(given.data, text.data, text.size) != 0)
            stop(ALTERED, "a bid is not the one that has a receipt");
    }
}

/* ---- the result ---- */

/* The highest bid wins, of equal ones the first; the price is the second-highest, or the only one.
 */
static const struct bid *find_winner(const struct bid *bids, size_t count, uint64_t *price)
{
    const struct bid *best = nullptr, *second = nullptr;

    for (size_t i = 0; i < count; i++) {
        if (!bids[i].there)
            continue;
        if (best == nullptr || bids[i].amount > best->amount) {
            second = best;
            best = &bids[i];
        } else if (second == nullptr || bids[i].amount > second->amount) {
            second = &bids[i];
        }
    }
    if (best != nullptr)
        *price = second != nullptr ? second->amount : best->amount;
    return best;
}

static void open_bids(const char *title, const struct bid *bids, size_t count)
{
    static struct text text;
    char price_text[32] = "none";
    uint64_t price = 0;
    const struct bid *winner = find_winner(bids, count, &price);

    if (winner != nullptr)
        snprintf(price_text, sizeof price_text, "%llu.%02llu", (unsigned long long)(price / 100),
                 (unsigned long long)(price % 100));
    say(&text, "auction", title);
    say(&text, "winner", winner != nullptr ? winner->bidder : "nobody");
    say(&text, "price", price_text);
    for (size_t i = 0; i < count; i++) {
        if (bids[i].there)
            say(&text, "counted sha-256", bids[i].digest);
    }
    tell(&text, "result");
}

static bool is_name(const char *text)
{
    size_t size = strlen(text);

    return size > 0 && size <= NAME_SIZE_MAX && strcmp(text, "result") != 0 &&
           strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-") == size;
}

int main(int argc, char **argv)
{
    static struct bid bids[BIDDERS_MAX];
    size_t count = argc > 2 ? (size_t)argc - 2 : 0;

    if (count == 0 || count > BIDDERS_MAX || strchr(argv[1], '\n') != nullptr)
        stop(USAGE, "usage: auction TITLE BIDDER...");
    must(psa_crypto_init(), "crypto_init");
    for (size_t i = 0; i < count; i++) {
        if (!is_name(argv[i + 2]))
            stop(USAGE, "no name of a bidder");
        bids[i].bidder = argv[i + 2];
        load_bid(&bids[i]);
    }
    if (!have_key()) {
        make_key();
        publish_key();
        give_receipts(argv[1], bids, count);
        return DONE;
    }
    check_receipts(argv[1], bids, count);
    open_bids(argv[1], bids, count);
    return DONE;
}
