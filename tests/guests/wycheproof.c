/* SPDX-License-Identifier: MIT */

/* Tries test vectors on the crypto ABI. Standard input has one per line, in words:
 *
 *   NUMBER KIND WORD...        bytes in hex, "-" for none; numbers in decimal; names
 *
 * and standard output gets one line for each, and at last "end":
 *
 *   NUMBER accepted            everything was as the vector has it
 *   NUMBER refused STATUS      every way to do it failed, or found something else
 *   NUMBER unsupported STATUS  the first step that counts answered PSA_ERROR_NOT_SUPPORTED
 *   NUMBER differs WHERE       one way did what another did not, or it decrypted to something else
 *
 * What is right is the reader's to know. With the argument "kept" each key is made persistent: then
 * it lives in the key store, which has to do what the worker does otherwise. Natively it is
 * compiled with any implementation's psa/crypto.h. */

#include <psa/crypto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 12, LINE_MAX_BYTES = 1 << 18, ROOM = 1 << 17, PIECE = 13, KEPT_ID = 1 };

struct bytes {
    const uint8_t *data;
    size_t size;
};

struct vector {
    char *words[WORDS_MAX]; /* after the kind */
    int count;
};

enum verdict { ACCEPTED, REFUSED, UNSUPPORTED, DIFFERS };

struct outcome {
    enum verdict verdict;
    psa_status_t status;
    const char *where;
};

static int kept; /* 1: keys are made persistent */

/* ---- words ---- */

static int digit(char c)
{
    return c >= 'a' ? c - 'a' + 10 : c - '0';
}

/* Decodes in place: once for each word. */
static struct bytes bytes(const struct vector *vector, int index)
{
    char *text = vector->words[index];
    uint8_t *data = (uint8_t *)text;
    size_t size = strcmp(text, "-") == 0 ? 0 : strlen(text) / 2;

    for (size_t i = 0; i < size; i++)
        data[i] = (uint8_t)(digit(text[2 * i]) << 4 | digit(text[2 * i + 1]));
    return (struct bytes){data, size};
}

static size_t number(const struct vector *vector, int index)
{
    return strtoul(vector->words[index], NULL, 10);
}

struct name {
    const char *text;
    uint32_t value;
};

static const struct name NAMES[] = {
    {"aes", PSA_KEY_TYPE_AES},
    {"aria", PSA_KEY_TYPE_ARIA},
    {"camellia", PSA_KEY_TYPE_CAMELLIA},
    {"chacha20", PSA_KEY_TYPE_CHACHA20},
    {"gcm", PSA_ALG_GCM},
    {"ccm", PSA_ALG_CCM},
    {"chacha20-poly1305", PSA_ALG_CHACHA20_POLY1305},
    {"SHA-1", PSA_ALG_SHA_1},
    {"SHA-224", PSA_ALG_SHA_224},
    {"SHA-256", PSA_ALG_SHA_256},
    {"SHA-384", PSA_ALG_SHA_384},
    {"SHA-512", PSA_ALG_SHA_512},
    {"SHA-512/224", PSA_ALG_SHA_512_224},
    {"SHA-512/256", PSA_ALG_SHA_512_256},
    {"SHA3-224", PSA_ALG_SHA3_224},
    {"SHA3-256", PSA_ALG_SHA3_256},
    {"SHA3-384", PSA_ALG_SHA3_384},
    {"SHA3-512", PSA_ALG_SHA3_512},
    {"SM3", 0x02000014}, /* what the specification has and the implementation may lack */
    {"secp-r1", PSA_ECC_FAMILY_SECP_R1},
    {"secp-k1", PSA_ECC_FAMILY_SECP_K1},
    {"secp-r2", 0x1b},
    {"brainpool", PSA_ECC_FAMILY_BRAINPOOL_P_R1},
    {"montgomery", PSA_ECC_FAMILY_MONTGOMERY},
    {"edwards", PSA_ECC_FAMILY_TWISTED_EDWARDS},
};

static uint32_t named(const struct vector *vector, int index)
{
    for (size_t i = 0; i < sizeof(NAMES) / sizeof(*NAMES); i++) {
        if (strcmp(NAMES[i].text, vector->words[index]) == 0)
            return NAMES[i].value;
    }
    fprintf(stderr, "no such name: %s\n", vector->words[index]);
    exit(2);
}

/* ---- outcomes ---- */

static struct outcome outcome_of(psa_status_t status)
{
    if (status == PSA_SUCCESS)
        return (struct outcome){ACCEPTED, status, ""};
    return (struct outcome){status == PSA_ERROR_NOT_SUPPORTED ? UNSUPPORTED : REFUSED, status, ""};
}

/* A computation whose result the vector has: another one is as good as none. */
static struct outcome same(psa_status_t status, struct bytes found, struct bytes wanted)
{
    struct outcome outcome = outcome_of(status);

    if (outcome.verdict == ACCEPTED &&
        (found.size != wanted.size || memcmp(found.data, wanted.data, found.size) != 0))
        outcome.verdict = REFUSED;
    return outcome;
}

/* What was decrypted or agreed must never be something else. */
static struct outcome exactly(psa_status_t status, struct bytes found, struct bytes wanted)
{
    struct outcome outcome = same(status, found, wanted);

    if (status == PSA_SUCCESS && outcome.verdict == REFUSED)
        return (struct outcome){DIFFERS, status, "result"};
    return outcome;
}

/* Both ways must agree. The second may be missing from the implementation. */
static struct outcome both(struct outcome a, struct outcome b, const char *where)
{
    if (a.verdict == DIFFERS || b.verdict == UNSUPPORTED || a.verdict == b.verdict)
        return a;
    return (struct outcome){DIFFERS, b.status, b.verdict == DIFFERS ? b.where : where};
}

/* ---- keys ---- */

static psa_status_t import(psa_key_type_t type, psa_key_usage_t usage, psa_algorithm_t algorithm,
                           struct bytes material, psa_key_id_t *key)
{
    psa_key_attributes_t attributes = psa_key_attributes_init();

    psa_set_key_type(&attributes, type);
    psa_set_key_usage_flags(&attributes, usage);
    psa_set_key_algorithm(&attributes, algorithm);
    if (kept)
        psa_set_key_id(&attributes, KEPT_ID);
    return psa_import_key(&attributes, material.data, material.size, key);
}

static void destroy(psa_key_id_t key)
{
    if (psa_destroy_key(key) != PSA_SUCCESS) {
        fprintf(stderr, "key %u cannot be destroyed\n", (unsigned)key);
        exit(3);
    }
}

/* ---- AEAD: TYPE ALGORITHM TAG_SIZE KEY NONCE AAD MESSAGE CIPHERTEXT TAG ---- */

struct aead {
    psa_key_id_t key;
    psa_algorithm_t algorithm;
    struct bytes nonce, aad, message, sealed, tag; /* sealed: the ciphertext, then the tag */
    size_t cipher_size;
};

static uint8_t room[ROOM];
static uint8_t joined[ROOM];

static struct bytes join(struct bytes a, struct bytes b)
{
    memcpy(joined, a.data, a.size);
    if (b.size > 0)
        memcpy(joined + a.size, b.data, b.size);
    return (struct bytes){joined, a.size + b.size};
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* In pieces; all that came out is in `room`. */
static psa_status_t aead_feed(psa_aead_operation_t *operation, const struct aead *aead,
                              struct bytes input, size_t *out)
{
    psa_status_t status =
        psa_aead_set_lengths(operation, aead->aad.size, input.size); /* CCM needs them first */

    if (status == PSA_SUCCESS)
        status = psa_aead_set_nonce(operation, aead->nonce.data, aead->nonce.size);
    for (size_t at = 0; status == PSA_SUCCESS && at < aead->aad.size; at += PIECE) {
        status =
            psa_aead_update_ad(operation, aead->aad.data + at, least(PIECE, aead->aad.size - at));
    }
    for (size_t at = 0; status == PSA_SUCCESS && at < input.size; at += PIECE) {
        size_t written = 0;

        status = psa_aead_update(operation, input.data + at, least(PIECE, input.size - at),
                                 room + *out, sizeof(room) - *out, &written);
        *out += written;
    }
    return status;
}

static struct outcome aead_open_pieces(const struct aead *aead)
{
    psa_aead_operation_t operation = psa_aead_operation_init();
    struct bytes input = {aead->sealed.data, aead->cipher_size};
    size_t out = 0;
    size_t last = 0;
    psa_status_t status = psa_aead_decrypt_setup(&operation, aead->key, aead->algorithm);

    if (status == PSA_SUCCESS)
        status = aead_feed(&operation, aead, input, &out);
    if (status == PSA_SUCCESS)
        status = psa_aead_verify(&operation, room + out, sizeof(room) - out, &last, aead->tag.data,
                                 aead->tag.size);
    (void)psa_aead_abort(&operation);
    return exactly(status, (struct bytes){room, out + last}, aead->message);
}

static struct outcome aead_seal_pieces(const struct aead *aead)
{
    psa_aead_operation_t operation = psa_aead_operation_init();
    uint8_t tag[PSA_AEAD_TAG_MAX_SIZE];
    size_t out = 0;
    size_t last = 0;
    size_t tag_size = 0;
    psa_status_t status = psa_aead_encrypt_setup(&operation, aead->key, aead->algorithm);

    if (status == PSA_SUCCESS)
        status = aead_feed(&operation, aead, aead->message, &out);
    if (status == PSA_SUCCESS)
        status = psa_aead_finish(&operation, room + out, sizeof(room) - out, &last, tag,
                                 sizeof(tag), &tag_size);
    (void)psa_aead_abort(&operation);
    if (status == PSA_SUCCESS)
        memcpy(room + out + last, tag, tag_size);
    return same(status, (struct bytes){room, out + last + tag_size}, aead->sealed);
}

static struct outcome aead_judge(const struct aead *aead)
{
    size_t size = 0;
    psa_status_t status = psa_aead_decrypt(
        aead->key, aead->algorithm, aead->nonce.data, aead->nonce.size, aead->aad.data,
        aead->aad.size, aead->sealed.data, aead->sealed.size, room, sizeof(room), &size);
    struct outcome outcome = exactly(status, (struct bytes){room, size}, aead->message);

    outcome = both(outcome, aead_open_pieces(aead), "decryption in pieces");
    status = psa_aead_encrypt(aead->key, aead->algorithm, aead->nonce.data, aead->nonce.size,
                              aead->aad.data, aead->aad.size, aead->message.data,
                              aead->message.size, room, sizeof(room), &size);
    outcome = both(outcome, same(status, (struct bytes){room, size}, aead->sealed), "encryption");
    return both(outcome, aead_seal_pieces(aead), "encryption in pieces");
}

static struct outcome judge_aead(const struct vector *vector)
{
    psa_key_type_t type = (psa_key_type_t)named(vector, 0);
    struct bytes material = bytes(vector, 3);
    struct bytes cipher = bytes(vector, 7);
    struct aead aead = {.algorithm =
                            PSA_ALG_AEAD_WITH_SHORTENED_TAG(named(vector, 1), number(vector, 2)),
                        .nonce = bytes(vector, 4),
                        .aad = bytes(vector, 5),
                        .message = bytes(vector, 6),
                        .tag = bytes(vector, 8),
                        .cipher_size = cipher.size};
    psa_status_t status = import(type, PSA_KEY_USAGE_ENCRYPT | PSA_KEY_USAGE_DECRYPT,
                                 aead.algorithm, material, &aead.key);
    struct outcome outcome = outcome_of(status);

    aead.sealed = join(cipher, aead.tag);
    if (status == PSA_SUCCESS) {
        outcome = aead_judge(&aead);
        destroy(aead.key);
    }
    return outcome;
}

/* ---- CBC with PKCS#7: TYPE KEY IV MESSAGE CIPHERTEXT ---- */

struct cbc {
    psa_key_id_t key;
    struct bytes iv, message, cipher;
};

static struct outcome cbc_pieces(const struct cbc *cbc, int encrypt)
{
    psa_cipher_operation_t operation = psa_cipher_operation_init();
    struct bytes input = encrypt ? cbc->message : cbc->cipher;
    size_t out = 0;
    size_t last = 0;
    psa_status_t status = encrypt
                              ? psa_cipher_encrypt_setup(&operation, cbc->key, PSA_ALG_CBC_PKCS7)
                              : psa_cipher_decrypt_setup(&operation, cbc->key, PSA_ALG_CBC_PKCS7);

    if (status == PSA_SUCCESS)
        status = psa_cipher_set_iv(&operation, cbc->iv.data, cbc->iv.size);
    for (size_t at = 0; status == PSA_SUCCESS && at < input.size; at += PIECE) {
        size_t written = 0;

        status = psa_cipher_update(&operation, input.data + at, least(PIECE, input.size - at),
                                   room + out, sizeof(room) - out, &written);
        out += written;
    }
    if (status == PSA_SUCCESS)
        status = psa_cipher_finish(&operation, room + out, sizeof(room) - out, &last);
    (void)psa_cipher_abort(&operation);
    if (encrypt)
        return same(status, (struct bytes){room, out + last}, cbc->cipher);
    return exactly(status, (struct bytes){room, out + last}, cbc->message);
}

static struct outcome judge_cbc(const struct vector *vector)
{
    psa_key_type_t type = (psa_key_type_t)named(vector, 0);
    struct bytes material = bytes(vector, 1);
    struct cbc cbc = {
        .iv = bytes(vector, 2), .message = bytes(vector, 3), .cipher = bytes(vector, 4)};
    struct bytes whole = join(cbc.iv, cbc.cipher);
    size_t size = 0;
    psa_status_t status = import(type, PSA_KEY_USAGE_ENCRYPT | PSA_KEY_USAGE_DECRYPT,
                                 PSA_ALG_CBC_PKCS7, material, &cbc.key);
    struct outcome outcome = outcome_of(status);

    if (status != PSA_SUCCESS)
        return outcome;
    status = psa_cipher_decrypt(cbc.key, PSA_ALG_CBC_PKCS7, whole.data, whole.size, room,
                                sizeof(room), &size);
    outcome = exactly(status, (struct bytes){room, size}, cbc.message);
    outcome = both(outcome, cbc_pieces(&cbc, 0), "decryption in pieces");
    outcome = both(outcome, cbc_pieces(&cbc, 1), "encryption in pieces");
    destroy(cbc.key);
    return outcome;
}

/* ---- MAC: (TYPE cmac | hmac HASH) TAG_SIZE KEY MESSAGE TAG ---- */

static psa_status_t mac_pieces(psa_key_id_t key, psa_algorithm_t algorithm, struct bytes message,
                               struct bytes tag)
{
    psa_mac_operation_t operation = psa_mac_operation_init();
    psa_status_t status = psa_mac_verify_setup(&operation, key, algorithm);

    for (size_t at = 0; status == PSA_SUCCESS && at < message.size; at += PIECE)
        status = psa_mac_update(&operation, message.data + at, least(PIECE, message.size - at));
    if (status == PSA_SUCCESS)
        status = psa_mac_verify_finish(&operation, tag.data, tag.size);
    (void)psa_mac_abort(&operation);
    return status;
}

static struct outcome judge_mac(const struct vector *vector)
{
    int keyed_hash = strcmp(vector->words[0], "hmac") == 0;
    psa_key_type_t type = keyed_hash ? PSA_KEY_TYPE_HMAC : (psa_key_type_t)named(vector, 0);
    psa_algorithm_t whole = keyed_hash ? PSA_ALG_HMAC(named(vector, 1)) : PSA_ALG_CMAC;
    psa_algorithm_t algorithm = PSA_ALG_TRUNCATED_MAC(whole, number(vector, 2));
    struct bytes message = bytes(vector, 4);
    struct bytes tag = bytes(vector, 5);
    psa_key_id_t key = 0;
    size_t size = 0;
    psa_status_t status = import(type, PSA_KEY_USAGE_SIGN_MESSAGE | PSA_KEY_USAGE_VERIFY_MESSAGE,
                                 algorithm, bytes(vector, 3), &key);
    struct outcome outcome = outcome_of(status);

    if (status != PSA_SUCCESS)
        return outcome;
    outcome =
        outcome_of(psa_mac_verify(key, algorithm, message.data, message.size, tag.data, tag.size));
    outcome = both(outcome, outcome_of(mac_pieces(key, algorithm, message, tag)),
                   "verification in pieces");
    status = psa_mac_compute(key, algorithm, message.data, message.size, room, sizeof(room), &size);
    outcome = both(outcome, same(status, (struct bytes){room, size}, tag), "computation");
    destroy(key);
    return outcome;
}

/* ---- HKDF: HASH SECRET SALT INFO SIZE OUTPUT ---- */

static psa_status_t derive(psa_key_id_t key, psa_algorithm_t algorithm, struct bytes salt,
                           struct bytes info, size_t size)
{
    psa_key_derivation_operation_t operation = psa_key_derivation_operation_init();
    size_t first = least(size, PIECE);
    psa_status_t status = psa_key_derivation_setup(&operation, algorithm);

    if (status == PSA_SUCCESS)
        status = psa_key_derivation_input_bytes(&operation, PSA_KEY_DERIVATION_INPUT_SALT,
                                                salt.data, salt.size);
    if (status == PSA_SUCCESS)
        status = psa_key_derivation_input_key(&operation, PSA_KEY_DERIVATION_INPUT_SECRET, key);
    if (status == PSA_SUCCESS)
        status = psa_key_derivation_input_bytes(&operation, PSA_KEY_DERIVATION_INPUT_INFO,
                                                info.data, info.size);
    if (status == PSA_SUCCESS)
        status = psa_key_derivation_output_bytes(&operation, room, first);
    if (status == PSA_SUCCESS)
        status = psa_key_derivation_output_bytes(&operation, room + first, size - first);
    (void)psa_key_derivation_abort(&operation);
    return status;
}

static struct outcome judge_hkdf(const struct vector *vector)
{
    psa_algorithm_t algorithm = PSA_ALG_HKDF(named(vector, 0));
    struct bytes salt = bytes(vector, 2);
    struct bytes info = bytes(vector, 3);
    size_t size = number(vector, 4);
    psa_key_id_t key = 0;
    psa_status_t status =
        import(PSA_KEY_TYPE_DERIVE, PSA_KEY_USAGE_DERIVE, algorithm, bytes(vector, 1), &key);

    if (status != PSA_SUCCESS)
        return outcome_of(status);
    status = derive(key, algorithm, salt, info, size);
    destroy(key);
    return exactly(status, (struct bytes){room, size}, bytes(vector, 5));
}

/* ---- signatures ---- */

static psa_status_t verify_hashed(psa_key_id_t key, psa_algorithm_t algorithm, struct bytes message,
                                  struct bytes signature)
{
    uint8_t hash[PSA_HASH_MAX_SIZE];
    size_t size = 0;
    psa_status_t status = psa_hash_compute(PSA_ALG_GET_HASH(algorithm), message.data, message.size,
                                           hash, sizeof(hash), &size);

    if (status == PSA_SUCCESS)
        status = psa_verify_hash(key, algorithm, hash, size, signature.data, signature.size);
    return status;
}

/* KEY MESSAGE SIGNATURE, from this word on */
static struct outcome verify(const struct vector *vector, int from, psa_key_type_t type,
                             psa_algorithm_t algorithm)
{
    struct bytes message = bytes(vector, from + 1);
    struct bytes signature = bytes(vector, from + 2);
    psa_key_id_t key = 0;
    psa_status_t status = import(type, PSA_KEY_USAGE_VERIFY_MESSAGE | PSA_KEY_USAGE_VERIFY_HASH,
                                 algorithm, bytes(vector, from), &key);
    struct outcome outcome = outcome_of(status);

    if (status != PSA_SUCCESS)
        return outcome;
    outcome = outcome_of(psa_verify_message(key, algorithm, message.data, message.size,
                                            signature.data, signature.size));
    if (PSA_ALG_IS_HASH_AND_SIGN(algorithm)) {
        outcome = both(outcome, outcome_of(verify_hashed(key, algorithm, message, signature)),
                       "verification of the hash");
    }
    destroy(key);
    return outcome;
}

/* FAMILY HASH POINT MESSAGE R||S */
static struct outcome judge_ecdsa(const struct vector *vector)
{
    return verify(vector, 2, PSA_KEY_TYPE_ECC_PUBLIC_KEY(named(vector, 0)),
                  PSA_ALG_ECDSA(named(vector, 1)));
}

/* FAMILY POINT MESSAGE SIGNATURE */
static struct outcome judge_eddsa(const struct vector *vector)
{
    return verify(vector, 1, PSA_KEY_TYPE_ECC_PUBLIC_KEY(named(vector, 0)), PSA_ALG_PURE_EDDSA);
}

/* PADDING HASH KEY MESSAGE SIGNATURE; "pss-any": with a salt of any size */
static struct outcome judge_rsa(const struct vector *vector)
{
    uint32_t hash = named(vector, 1);
    psa_algorithm_t algorithm = strcmp(vector->words[0], "pss") == 0 ? PSA_ALG_RSA_PSS(hash)
                                : strcmp(vector->words[0], "pss-any") == 0
                                    ? PSA_ALG_RSA_PSS_ANY_SALT(hash)
                                    : PSA_ALG_RSA_PKCS1V15_SIGN(hash);

    return verify(vector, 2, PSA_KEY_TYPE_RSA_PUBLIC_KEY, algorithm);
}

/* ---- RSA decryption: (oaep HASH | pkcs1 -) KEY CIPHERTEXT LABEL MESSAGE ---- */

static struct outcome judge_decrypt(const struct vector *vector)
{
    psa_algorithm_t algorithm = strcmp(vector->words[0], "oaep") == 0
                                    ? PSA_ALG_RSA_OAEP(named(vector, 1))
                                    : PSA_ALG_RSA_PKCS1V15_CRYPT;
    struct bytes cipher = bytes(vector, 3);
    struct bytes label = bytes(vector, 4);
    psa_key_id_t key = 0;
    size_t size = 0;
    psa_status_t status =
        import(PSA_KEY_TYPE_RSA_KEY_PAIR, PSA_KEY_USAGE_DECRYPT, algorithm, bytes(vector, 2), &key);

    if (status != PSA_SUCCESS)
        return outcome_of(status);
    status = psa_asymmetric_decrypt(key, algorithm, cipher.data, cipher.size, label.data,
                                    label.size, room, sizeof(room), &size);
    destroy(key);
    return exactly(status, (struct bytes){room, size}, bytes(vector, 5));
}

/* ---- key agreement: FAMILY PRIVATE PUBLIC SHARED ---- */

/* What version 1.2 has beside it: the secret becomes a key. */
static struct outcome agree_key(psa_key_id_t pair, struct bytes peer, struct bytes shared)
{
#ifdef __wasm__
    psa_key_attributes_t attributes = psa_key_attributes_init();
    psa_key_id_t key = 0;
    size_t size = 0;

    psa_set_key_type(&attributes, PSA_KEY_TYPE_DERIVE);
    psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_EXPORT);
    psa_status_t status =
        psa_key_agreement(pair, peer.data, peer.size, PSA_ALG_ECDH, &attributes, &key);

    if (status != PSA_SUCCESS)
        return outcome_of(status);
    status = psa_export_key(key, room, sizeof(room), &size);
    destroy(key);
    return exactly(status, (struct bytes){room, size}, shared);
#else
    (void)pair, (void)peer, (void)shared;
    return outcome_of(PSA_ERROR_NOT_SUPPORTED);
#endif
}

static struct outcome judge_ecdh(const struct vector *vector)
{
    struct bytes peer = bytes(vector, 2);
    struct bytes shared = bytes(vector, 3);
    psa_key_id_t key = 0;
    size_t size = 0;
    psa_status_t status = import(PSA_KEY_TYPE_ECC_KEY_PAIR(named(vector, 0)), PSA_KEY_USAGE_DERIVE,
                                 PSA_ALG_ECDH, bytes(vector, 1), &key);

    if (status != PSA_SUCCESS)
        return outcome_of(status);
    status =
        psa_raw_key_agreement(PSA_ALG_ECDH, key, peer.data, peer.size, room, sizeof(room), &size);
    struct outcome outcome = exactly(status, (struct bytes){room, size}, shared);

    outcome = both(outcome, agree_key(key, peer, shared), "agreement to a key");
    destroy(key);
    return outcome;
}

/* ---- lines ---- */

static const struct {
    const char *kind;
    int words;
    struct outcome (*judge)(const struct vector *vector);
} KINDS[] = {
    {"aead", 9, judge_aead}, {"cbc", 5, judge_cbc},         {"mac", 6, judge_mac},
    {"hkdf", 6, judge_hkdf}, {"ecdsa", 5, judge_ecdsa},     {"eddsa", 4, judge_eddsa},
    {"rsa", 5, judge_rsa},   {"decrypt", 6, judge_decrypt}, {"ecdh", 4, judge_ecdh},
};

static void say(const char *id, struct outcome outcome)
{
    switch (outcome.verdict) {
    case ACCEPTED:
        printf("%s accepted\n", id);
        break;
    case REFUSED:
        printf("%s refused %d\n", id, (int)outcome.status);
        break;
    case UNSUPPORTED:
        printf("%s unsupported %d\n", id, (int)outcome.status);
        break;
    case DIFFERS:
        printf("%s differs %s, status %d\n", id, outcome.where, (int)outcome.status);
        break;
    }
}

static int take(char *line)
{
    struct vector vector = {};
    char *id = strtok(line, " \n");
    char *kind = strtok(NULL, " \n");
    char *word;

    while ((word = strtok(NULL, " \n")) != NULL && vector.count < WORDS_MAX)
        vector.words[vector.count++] = word;
    for (size_t i = 0; kind != NULL && i < sizeof(KINDS) / sizeof(*KINDS); i++) {
        if (strcmp(kind, KINDS[i].kind) == 0 && vector.count == KINDS[i].words) {
            say(id, KINDS[i].judge(&vector));
            return 0;
        }
    }
    fprintf(stderr, "vector %s is out of form\n", id == NULL ? "" : id);
    return 2;
}

int main(int count, char **arguments)
{
    static char line[LINE_MAX_BYTES];
    int failed = psa_crypto_init() == PSA_SUCCESS ? 0 : 1;

    kept = count > 1 && strcmp(arguments[1], "kept") == 0;
    while (!failed && fgets(line, sizeof(line), stdin) != NULL)
        failed = take(line);
    if (!failed)
        puts("end");
    return failed;
}
