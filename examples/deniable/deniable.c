/* SPDX-License-Identifier: MIT */

/* Seals a message, or two, into a letter of which nobody can tell how many it holds.
 *
 *   deniable MESSAGES LETTER [COST]
 *
 * MESSAGES has four lines: a passphrase, the message for it, another passphrase, the message for
 * that; the last two may be empty. A letter is a salt and two slots of equal size. Each slot is a
 * nonce and AES-256-GCM of a message filled up to SLOT_TEXT, under the key that PBKDF2 makes of
 * salt and passphrase. Where there is no second message, the second passphrase is drawn and
 * forgotten: the work, the sizes and the form are the same. Which message is in which slot is
 * drawn, too. */

#include <psa/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

constexpr size_t SALT_SIZE = 16;
constexpr size_t NONCE_SIZE = 12;
constexpr size_t TAG_SIZE = 16;
constexpr size_t SLOT_TEXT = 1024; /* 2 bytes of size, the message, zeros */
constexpr size_t MESSAGE_SIZE_MAX = SLOT_TEXT - 2;
constexpr size_t PASSPHRASE_SIZE_MAX = 128;
constexpr size_t DRAWN_SIZE = 32; /* of a passphrase that nobody knows */
constexpr size_t SLOT_SIZE = NONCE_SIZE + SLOT_TEXT + TAG_SIZE;
constexpr size_t SLOTS = 2;
constexpr unsigned long COST = 100'000; /* of PBKDF2, if nothing else is said */
constexpr unsigned long COST_MAX = 10'000'000;

/* Exit codes: all that a failed run tells. */
enum exit_code : int { DONE = 0, NO_ACCESS = 1, MALFORMED = 2, REFUSED = 3, USAGE = 4 };

struct secret {
    size_t passphrase_size;
    uint8_t passphrase[PASSPHRASE_SIZE_MAX + 1]; /* a line feed fits */
    uint8_t text[SLOT_TEXT];
};

struct letter {
    uint8_t salt[SALT_SIZE];
    uint8_t slots[SLOTS][SLOT_SIZE];
};

[[noreturn]] static void stop(enum exit_code code, const char *reason)
{
    fprintf(stderr, "deniable: %s\n", reason);
    exit(code);
}

static void must(psa_status_t status, const char *what)
{
    if (status != PSA_SUCCESS) {
        fprintf(stderr, "deniable: %s: status %ld\n", what, (long)status);
        exit(REFUSED);
    }
}

static void draw(uint8_t *bytes, size_t size)
{
    must(psa_generate_random(bytes, size), "generate_random");
}

/* ---- what is to be sealed ---- */

/* A line without its end; false: none, too long, or a NUL byte in it. */
static bool read_line(FILE *file, uint8_t *line, size_t room, size_t *size)
{
    int byte;

    for (*size = 0; (byte = fgetc(file)) != '\n'; line[(*size)++] = (uint8_t)byte) {
        if (byte == EOF || byte == '\0' || *size == room)
            return false;
    }
    return true;
}

static bool read_secret(FILE *file, struct secret *secret)
{
    size_t size = 0;

    if (!read_line(file, secret->passphrase, PASSPHRASE_SIZE_MAX, &secret->passphrase_size) ||
        !read_line(file, secret->text + 2, MESSAGE_SIZE_MAX, &size))
        return false;
    secret->text[0] = (uint8_t)(size >> 8);
    secret->text[1] = (uint8_t)size;
    return size == 0 || secret->passphrase_size > 0;
}

static void load(const char *path, struct secret secrets[SLOTS])
{
    FILE *file = fopen(path, "rb");

    if (file == nullptr)
        stop(NO_ACCESS, "there are no messages");
    for (size_t i = 0; i < SLOTS; i++) {
        if (!read_secret(file, &secrets[i]))
            stop(MALFORMED, "not four lines of fitting sizes");
    }
    if (fgetc(file) != EOF || secrets[0].passphrase_size == 0 ||
        (secrets[0].passphrase_size == secrets[1].passphrase_size &&
         memcmp(secrets[0].passphrase, secrets[1].passphrase, secrets[0].passphrase_size) == 0))
        stop(MALFORMED, "more than four lines, or no two passphrases");
    fclose(file);
    if (secrets[1].passphrase_size == 0) {
        secrets[1].passphrase_size = DRAWN_SIZE;
        draw(secrets[1].passphrase, DRAWN_SIZE);
    }
}

/* ---- sealing ---- */

static psa_key_id_t import_passphrase(const struct secret *secret)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    psa_key_id_t key = 0;

    psa_set_key_type(&attributes, PSA_KEY_TYPE_PASSWORD);
    psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_DERIVE);
    psa_set_key_algorithm(&attributes, PSA_ALG_PBKDF2_HMAC(PSA_ALG_SHA_256));
    must(psa_import_key(&attributes, secret->passphrase, secret->passphrase_size, &key),
         "import_key");
    return key;
}

/* The program never has this key: it is derived where it stays. */
static psa_key_id_t derive(psa_key_id_t passphrase, const uint8_t *salt, unsigned long cost)
{
    psa_key_derivation_operation_t operation = PSA_KEY_DERIVATION_OPERATION_INIT;
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    psa_key_id_t key = 0;

    must(psa_key_derivation_setup(&operation, PSA_ALG_PBKDF2_HMAC(PSA_ALG_SHA_256)),
         "key_derivation_setup");
    must(psa_key_derivation_input_integer(&operation, PSA_KEY_DERIVATION_INPUT_COST, cost),
         "key_derivation_input_integer");
    must(psa_key_derivation_input_bytes(&operation, PSA_KEY_DERIVATION_INPUT_SALT, salt, SALT_SIZE),
         "key_derivation_input_bytes");
    must(psa_key_derivation_input_key(&operation, PSA_KEY_DERIVATION_INPUT_PASSWORD, passphrase),
         "key_derivation_input_key");
    psa_set_key_type(&attributes, PSA_KEY_TYPE_AES);
    psa_set_key_bits(&attributes, 256);
    psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_ENCRYPT);
    psa_set_key_algorithm(&attributes, PSA_ALG_GCM);
    must(psa_key_derivation_output_key(&attributes, &operation, &key), "key_derivation_output_key");
    must(psa_key_derivation_abort(&operation), "key_derivation_abort");
    return key;
}

static void seal(const struct secret *secret, const uint8_t *salt, unsigned long cost,
                 uint8_t slot[SLOT_SIZE])
{
    psa_key_id_t passphrase = import_passphrase(secret);
    psa_key_id_t key = derive(passphrase, salt, cost);
    size_t size = 0;

    draw(slot, NONCE_SIZE);
    must(psa_aead_encrypt(key, PSA_ALG_GCM, slot, NONCE_SIZE, salt, SALT_SIZE, secret->text,
                          SLOT_TEXT, slot + NONCE_SIZE, SLOT_TEXT + TAG_SIZE, &size),
         "aead_encrypt");
    must(psa_destroy_key(key), "destroy_key");
    must(psa_destroy_key(passphrase), "destroy_key");
}

static void store(const char *path, const struct letter *letter)
{
    FILE *file = fopen(path, "wb");

    if (file == nullptr || fwrite(letter, sizeof *letter, 1, file) != 1 || fclose(file) != 0)
        stop(NO_ACCESS, "cannot write the letter");
}

static unsigned long parse_cost(const char *text)
{
    char *end = nullptr;
    unsigned long cost = strtoul(text, &end, 10);

    if (strspn(text, "0123456789") != strlen(text) || end == text || cost == 0 || cost > COST_MAX)
        stop(USAGE, "no cost");
    return cost;
}

int main(int argc, char **argv)
{
    static struct secret secrets[SLOTS];
    static struct letter letter;
    uint8_t drawn;

    if (argc != 3 && argc != 4)
        stop(USAGE, "usage: deniable MESSAGES LETTER [COST]");
    unsigned long cost = argc == 4 ? parse_cost(argv[3]) : COST;

    must(psa_crypto_init(), "crypto_init");
    load(argv[1], secrets);
    draw(letter.salt, SALT_SIZE);
    draw(&drawn, sizeof drawn);
    for (size_t i = 0; i < SLOTS; i++)
        seal(&secrets[i], letter.salt, cost, letter.slots[(i + drawn) % SLOTS]);
    store(argv[2], &letter);
    return DONE;
}
