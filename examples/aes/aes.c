/* SPDX-License-Identifier: MIT */

/* Encrypts and decrypts what a table asks for: AES in counter mode (NIST SP 800-38A) and in
 * Galois/counter mode (SP 800-38D), by the PSA Crypto API. Each row is computed in one call and
 * once more in two pieces, where the API has both; they must agree.
 *
 *   aes TABLE ANSWERS
 *
 * The same source runs natively with any implementation of that API. */

#include "csv.h"
#include "hex.h"

#include <psa/crypto.h>
#include <stdlib.h>

constexpr size_t FIELD_SIZE_MAX = CSV_LINE_MAX / 2;
constexpr size_t TAG_SIZE = 16;
constexpr size_t COUNTER_SIZE = 16;

/* Exit codes: all that a failed run tells. */
enum exit_code : int {
    DONE = 0,
    NO_ACCESS = 1,
    MALFORMED = 2,
    REFUSED = 3, /* the API does not do what it has to */
    DISAGREE = 4,
    USAGE = 5
};

struct bytes {
    size_t size;
    uint8_t data[FIELD_SIZE_MAX + TAG_SIZE];
};

struct question {
    bool gcm, encrypts;
    struct bytes key, nonce, additional, input;
};

struct answer {
    bool refused; /* the tag is not that of this ciphertext */
    struct bytes output;
};

[[noreturn]] static void stop(enum exit_code code, const char *reason)
{
    fprintf(stderr, "aes: %s\n", reason);
    exit(code);
}

[[noreturn]] static void stop_at(struct csv *csv, enum csv_code code)
{
    csv_report(csv, "aes");
    exit(code == CSV_MALFORMED ? MALFORMED : NO_ACCESS);
}

static void must(psa_status_t status, const char *what)
{
    if (status != PSA_SUCCESS) {
        fprintf(stderr, "aes: %s: status %ld\n", what, (long)status);
        exit(REFUSED);
    }
}

static psa_key_id_t import(const struct question *question)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    psa_key_id_t key = 0;

    psa_set_key_type(&attributes, PSA_KEY_TYPE_AES);
    psa_set_key_usage_flags(&attributes,
                            question->encrypts ? PSA_KEY_USAGE_ENCRYPT : PSA_KEY_USAGE_DECRYPT);
    psa_set_key_algorithm(&attributes, question->gcm ? PSA_ALG_GCM : PSA_ALG_CTR);
    must(psa_import_key(&attributes, question->key.data, question->key.size, &key), "import_key");
    return key;
}

/* ---- counter mode ---- */

static void ctr_in_pieces(const struct question *question, psa_key_id_t key, struct bytes *output)
{
    psa_cipher_operation_t operation = PSA_CIPHER_OPERATION_INIT;
    const struct bytes *input = &question->input;
    size_t half = input->size / 2, size = 0;

    must(question->encrypts ? psa_cipher_encrypt_setup(&operation, key, PSA_ALG_CTR)
                            : psa_cipher_decrypt_setup(&operation, key, PSA_ALG_CTR),
         "cipher_setup");
    must(psa_cipher_set_iv(&operation, question->nonce.data, question->nonce.size),
         "cipher_set_iv");
    must(psa_cipher_update(&operation, input->data, half, output->data, sizeof output->data, &size),
         "cipher_update");
    output->size = size;
    must(psa_cipher_update(&operation, input->data + half, input->size - half,
                           output->data + output->size, sizeof output->data - output->size, &size),
         "cipher_update");
    output->size += size;
    must(psa_cipher_finish(&operation, output->data + output->size,
                           sizeof output->data - output->size, &size),
         "cipher_finish");
    output->size += size;
}

/* Only decryption has a call for all: encryption would draw the counter itself. */
static void ctr_at_once(const struct question *question, psa_key_id_t key, struct bytes *output)
{
    static uint8_t joined[COUNTER_SIZE + FIELD_SIZE_MAX];

    memcpy(joined, question->nonce.data, COUNTER_SIZE);
    memcpy(joined + COUNTER_SIZE, question->input.data, question->input.size);
    must(psa_cipher_decrypt(key, PSA_ALG_CTR, joined, COUNTER_SIZE + question->input.size,
                            output->data, sizeof output->data, &output->size),
         "cipher_decrypt");
}

static void answer_ctr(const struct question *question, psa_key_id_t key, struct answer *answer,
                       struct answer *again)
{
    ctr_in_pieces(question, key, &answer->output);
    if (question->encrypts)
        again->output = answer->output;
    else
        ctr_at_once(question, key, &again->output);
}

/* ---- Galois/counter mode ---- */

static void gcm_at_once(const struct question *question, psa_key_id_t key, struct answer *answer)
{
    const struct bytes *nonce = &question->nonce, *additional = &question->additional;
    const struct bytes *input = &question->input;
    struct bytes *output = &answer->output;
    psa_status_t status =
        question->encrypts
            ? psa_aead_encrypt(key, PSA_ALG_GCM, nonce->data, nonce->size, additional->data,
                               additional->size, input->data, input->size, output->data,
                               sizeof output->data, &output->size)
            : psa_aead_decrypt(key, PSA_ALG_GCM, nonce->data, nonce->size, additional->data,
                               additional->size, input->data, input->size, output->data,
                               sizeof output->data, &output->size);

    answer->refused = !question->encrypts && status == PSA_ERROR_INVALID_SIGNATURE;
    if (!answer->refused)
        must(status, "aead_encrypt, aead_decrypt");
}

/* All but the tag of the message. */
static void gcm_add(psa_aead_operation_t *operation, const struct question *question, size_t size,
                    struct bytes *output)
{
    size_t half = size / 2, got = 0;

    must(psa_aead_set_nonce(operation, question->nonce.data, question->nonce.size),
         "aead_set_nonce");
    must(psa_aead_update_ad(operation, question->additional.data, question->additional.size),
         "aead_update_ad");
    must(psa_aead_update(operation, question->input.data, half, output->data, sizeof output->data,
                         &got),
         "aead_update");
    output->size = got;
    must(psa_aead_update(operation, question->input.data + half, size - half,
                         output->data + output->size, sizeof output->data - output->size, &got),
         "aead_update");
    output->size += got;
}

static void gcm_encrypt_in_pieces(const struct question *question, psa_key_id_t key,
                                  struct bytes *output)
{
    psa_aead_operation_t operation = PSA_AEAD_OPERATION_INIT;
    uint8_t tag[TAG_SIZE];
    size_t size = 0, tag_size = 0;

    must(psa_aead_encrypt_setup(&operation, key, PSA_ALG_GCM), "aead_encrypt_setup");
    gcm_add(&operation, question, question->input.size, output);
    must(psa_aead_finish(&operation, output->data + output->size,
                         sizeof output->data - output->size, &size, tag, sizeof tag, &tag_size),
         "aead_finish");
    output->size += size;
    memcpy(output->data + output->size, tag, tag_size);
    output->size += tag_size;
}

static void gcm_decrypt_in_pieces(const struct question *question, psa_key_id_t key,
                                  struct answer *answer)
{
    psa_aead_operation_t operation = PSA_AEAD_OPERATION_INIT;
    size_t size = question->input.size - TAG_SIZE, got = 0;
    struct bytes *output = &answer->output;

    must(psa_aead_decrypt_setup(&operation, key, PSA_ALG_GCM), "aead_decrypt_setup");
    gcm_add(&operation, question, size, output);
    psa_status_t status =
        psa_aead_verify(&operation, output->data + output->size, sizeof output->data - output->size,
                        &got, question->input.data + size, TAG_SIZE);

    answer->refused = status == PSA_ERROR_INVALID_SIGNATURE;
    if (answer->refused) {
        output->size = 0; /* what came out so far counts for nothing */
        must(psa_aead_abort(&operation), "aead_abort");
        return;
    }
    must(status, "aead_verify");
    output->size += got;
}

static void answer_gcm(const struct question *question, psa_key_id_t key, struct answer *answer,
                       struct answer *again)
{
    gcm_at_once(question, key, answer);
    if (question->encrypts)
        gcm_encrypt_in_pieces(question, key, &again->output);
    else
        gcm_decrypt_in_pieces(question, key, again);
}

/* ---- the table ---- */

static bool decode(const char *text, struct bytes *bytes)
{
    return hex_decode(text, bytes->data, FIELD_SIZE_MAX, &bytes->size);
}

/* mode,direction,key,nonce,additional,input: words, and hexadecimal. */
static bool parse(char *const *fields, struct question *question)
{
    question->gcm = strcmp(fields[0], "gcm") == 0;
    question->encrypts = strcmp(fields[1], "encrypt") == 0;
    if ((!question->gcm && strcmp(fields[0], "ctr") != 0) ||
        (!question->encrypts && strcmp(fields[1], "decrypt") != 0))
        return false;
    if (!decode(fields[2], &question->key) || !decode(fields[3], &question->nonce) ||
        !decode(fields[4], &question->additional) || !decode(fields[5], &question->input))
        return false;
    if (!question->gcm)
        return question->nonce.size == COUNTER_SIZE && question->additional.size == 0;
    return question->encrypts || question->input.size >= TAG_SIZE;
}

static void print_answer(FILE *file, const struct question *question)
{
    static struct answer answer, again;
    static char text[2 * sizeof answer.output.data + 1];
    psa_key_id_t key = import(question);

    answer = again = (struct answer){};
    (question->gcm ? answer_gcm : answer_ctr)(question, key, &answer, &again);
    must(psa_destroy_key(key), "destroy_key");
    if (answer.refused != again.refused || answer.output.size != again.output.size ||
        memcmp(answer.output.data, again.output.data, answer.output.size) != 0)
        stop(DISAGREE, "in one call and in pieces it is not the same");
    hex_encode(answer.output.data, answer.output.size, text);
    fprintf(file, "%s\n", answer.refused ? "refused" : text);
}

int main(int argc, char **argv)
{
    static struct question question;
    struct csv csv;

    if (argc != 3)
        stop(USAGE, "usage: aes TABLE ANSWERS");
    enum csv_code code = csv_open(&csv, argv[1], "mode,direction,key,nonce,additional,input");
    FILE *file = code == CSV_OK ? fopen(argv[2], "wb") : nullptr;

    if (code == CSV_OK && file == nullptr)
        stop(NO_ACCESS, "cannot open the answers");
    must(psa_crypto_init(), "crypto_init");
    while (code == CSV_OK && (code = csv_next(&csv)) == CSV_OK) {
        if (!parse(csv.fields, &question)) {
            csv.reason = "not a mode, a direction and fitting bytes";
            stop_at(&csv, CSV_MALFORMED);
        }
        print_answer(file, &question);
    }
    if (code != CSV_END)
        stop_at(&csv, code);
    csv_close(&csv);
    if (ferror(file) || fclose(file) != 0)
        stop(NO_ACCESS, "cannot write the answers");
    return DONE;
}
