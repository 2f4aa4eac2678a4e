/* SPDX-License-Identifier: MIT */

/* Authenticated encryption in several calls: what may follow what, and that `crypto` and the core
 * behave the same behind it. */

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "psa/symmetric_fixture.h"

enum { KEY_SIZE = 32, TAG_MAX = 16, ALL_MAX = 2048, NONCE_MAX = 200, PIECE_MAX = 40 };

static constexpr psa_key_usage_t BOTH = PSA_KEY_USAGE_ENCRYPT | PSA_KEY_USAGE_DECRYPT;

static const uint8_t ZEROS[ALL_MAX];

/* ---- the functions ---- */

static vc_psa_status set_up(struct vc_psa *psa, bool encrypts, uint32_t key,
                            psa_algorithm_t algorithm, uint32_t *handle)
{
    struct vc_psa_call call = {.values = {key, algorithm}, .operation = *handle};
    vc_psa_status status = encrypts ? vc_psa_do_aead_encrypt_setup(psa, &call)
                                    : vc_psa_do_aead_decrypt_setup(psa, &call);

    *handle = call.operation;
    return status;
}

static vc_psa_status set_lengths(struct vc_psa *psa, uint32_t data, uint32_t text, uint32_t *handle)
{
    struct vc_psa_call call = {.values = {data, text}, .operation = *handle};
    vc_psa_status status = vc_psa_do_aead_set_lengths(psa, &call);

    *handle = call.operation;
    return status;
}

/* Those with one input and no output, or one output and no input, or one of each. */
static vc_psa_status pass(struct vc_psa *psa, vc_psa_handler *function, struct vc_bytes input,
                          struct vc_psa_output *output, uint32_t *handle)
{
    struct vc_psa_call call = {.inputs[0] = input, .operation = *handle};
    vc_psa_status status;

    if (output != nullptr)
        call.outputs[0] = *output;
    status = function(psa, &call);
    *handle = call.operation;
    if (output != nullptr)
        *output = call.outputs[0];
    return status;
}

static vc_psa_status finish(struct vc_psa *psa, struct vc_psa_output *tag, uint32_t *handle)
{
    uint8_t rest[TAG_MAX];
    struct vc_psa_call call = {.outputs = {{rest, sizeof(rest), 0}, *tag}, .operation = *handle};
    vc_psa_status status = vc_psa_do_aead_finish(psa, &call);

    assert_int_equal(call.outputs[0].size, 0); /* nothing is ever held back */
    *handle = call.operation;
    *tag = call.outputs[1];
    return status;
}

static vc_psa_status verify(struct vc_psa *psa, struct vc_bytes tag, uint32_t *handle)
{
    uint8_t rest[TAG_MAX];
    struct vc_psa_output output = {rest, sizeof(rest), 0};
    vc_psa_status status = pass(psa, vc_psa_do_aead_verify, tag, &output, handle);

    assert_int_equal(output.size, 0);
    return status;
}

static uint32_t make_key(struct vc_psa *psa, psa_key_type_t type, psa_algorithm_t algorithm)
{
    static const uint8_t material[KEY_SIZE] = "what a key is made of, 32 bytes.";
    const struct vc_psa_attributes attributes = {
        .usage = BOTH, .algorithm = algorithm, .type = type};

    return vc_symmetric_key(psa, &attributes, VC_BYTES(material));
}

static const struct kind {
    const char *name;
    psa_key_type_t type;
    psa_algorithm_t algorithm;
    size_t nonce_size, tag_size;
} kinds[] = {
    {"AES-GCM", PSA_KEY_TYPE_AES, PSA_ALG_GCM, 12, 16},
    {"AES-GCM, tag of 12", PSA_KEY_TYPE_AES, PSA_ALG_AEAD_WITH_SHORTENED_TAG(PSA_ALG_GCM, 12), 12,
     12},
    {"AES-GCM, nonce of 200", PSA_KEY_TYPE_AES, PSA_ALG_GCM, NONCE_MAX, 16},
    {"ChaCha20-Poly1305", PSA_KEY_TYPE_CHACHA20, PSA_ALG_CHACHA20_POLY1305, 12, 16},
    {"ARIA-GCM", PSA_KEY_TYPE_ARIA, PSA_ALG_GCM, 12, 16},
    {"CCM", PSA_KEY_TYPE_AES, PSA_ALG_CCM, 13, 16},
};

/* ---- scripts ---- */

enum { DATA_SIZE = 4, TEXT_SIZE = 6 };

struct scene {
    uint32_t key;
    const struct kind *kind;
};

static vc_psa_status step_encrypt(struct vc_psa *psa, const void *user, uint32_t *handle)
{
    const struct scene *scene = user;

    return set_up(psa, true, scene->key, scene->kind->algorithm, handle);
}

static vc_psa_status step_decrypt(struct vc_psa *psa, const void *user, uint32_t *handle)
{
    const struct scene *scene = user;

    return set_up(psa, false, scene->key, scene->kind->algorithm, handle);
}

static vc_psa_status step_bad_setup(struct vc_psa *psa, const void *user, uint32_t *handle)
{
    const struct scene *scene = user;

    return set_up(psa, true, scene->key + 1000, scene->kind->algorithm, handle);
}

static vc_psa_status step_nonce(struct vc_psa *psa, const void *user, uint32_t *handle)
{
    const struct scene *scene = user;
    struct vc_bytes nonce = {ZEROS, scene->kind->nonce_size};

    return pass(psa, vc_psa_do_aead_set_nonce, nonce, nullptr, handle);
}

static vc_psa_status step_no_nonce(struct vc_psa *psa, const void *, uint32_t *handle)
{
    return pass(psa, vc_psa_do_aead_set_nonce, (struct vc_bytes){}, nullptr, handle);
}

static vc_psa_status generate(struct vc_psa *psa, size_t room, uint32_t *handle)
{
    uint8_t nonce[NONCE_MAX];
    struct vc_psa_output output = {nonce, room, 0};

    return pass(psa, vc_psa_do_aead_generate_nonce, (struct vc_bytes){}, &output, handle);
}

static vc_psa_status step_generate(struct vc_psa *psa, const void *, uint32_t *handle)
{
    return generate(psa, NONCE_MAX, handle);
}

static vc_psa_status step_generate_small(struct vc_psa *psa, const void *, uint32_t *handle)
{
    return generate(psa, 11, handle);
}

static vc_psa_status step_lengths(struct vc_psa *psa, const void *, uint32_t *handle)
{
    return set_lengths(psa, DATA_SIZE, TEXT_SIZE, handle);
}

static vc_psa_status step_data(struct vc_psa *psa, const void *, uint32_t *handle)
{
    return pass(psa, vc_psa_do_aead_update_ad, (struct vc_bytes){ZEROS, DATA_SIZE}, nullptr,
                handle);
}

static vc_psa_status step_more_data(struct vc_psa *psa, const void *, uint32_t *handle)
{
    return pass(psa, vc_psa_do_aead_update_ad, (struct vc_bytes){ZEROS, DATA_SIZE + 1}, nullptr,
                handle);
}

static vc_psa_status text(struct vc_psa *psa, size_t size, size_t room, uint32_t *handle)
{
    uint8_t out[PIECE_MAX];
    struct vc_psa_output output = {out, room, 0};

    return pass(psa, vc_psa_do_aead_update, (struct vc_bytes){ZEROS, size}, &output, handle);
}

static vc_psa_status step_text(struct vc_psa *psa, const void *, uint32_t *handle)
{
    return text(psa, TEXT_SIZE, TEXT_SIZE, handle);
}

static vc_psa_status step_more_text(struct vc_psa *psa, const void *, uint32_t *handle)
{
    return text(psa, TEXT_SIZE + 1, PIECE_MAX, handle);
}

static vc_psa_status step_text_small(struct vc_psa *psa, const void *, uint32_t *handle)
{
    return text(psa, TEXT_SIZE, TEXT_SIZE - 1, handle);
}

static vc_psa_status step_finish(struct vc_psa *psa, const void *user, uint32_t *handle)
{
    const struct scene *scene = user;
    uint8_t tag[TAG_MAX];
    struct vc_psa_output output = {tag, scene->kind->tag_size, 0};

    return finish(psa, &output, handle);
}

static vc_psa_status step_finish_small(struct vc_psa *psa, const void *user, uint32_t *handle)
{
    const struct scene *scene = user;
    uint8_t tag[TAG_MAX];
    struct vc_psa_output output = {tag, scene->kind->tag_size - 1, 0};

    return finish(psa, &output, handle);
}

static vc_psa_status step_verify(struct vc_psa *psa, const void *user, uint32_t *handle)
{
    const struct scene *scene = user;

    return verify(psa, (struct vc_bytes){ZEROS, scene->kind->tag_size}, handle);
}

static vc_psa_status step_abort(struct vc_psa *psa, const void *, uint32_t *handle)
{
    return pass(psa, vc_psa_do_aead_abort, (struct vc_bytes){}, nullptr, handle);
}

static const struct vc_symmetric_step STEPS[] = {
    {'e', step_encrypt},        {'d', step_decrypt},  {'E', step_bad_setup},
    {'n', step_nonce},          {'N', step_no_nonce}, {'g', step_generate},
    {'G', step_generate_small}, {'l', step_lengths},  {'a', step_data},
    {'A', step_more_data},      {'t', step_text},     {'T', step_more_text},
    {'s', step_text_small},     {'f', step_finish},   {'F', step_finish_small},
    {'v', step_verify},         {'x', step_abort},    {},
};

/* For every algorithm. */
static const struct vc_symmetric_script scripts[] = {
    {"lengths, nonce", "elnatf", PSA_SUCCESS},
    {"nonce, lengths", "enlatf", PSA_SUCCESS},
    {"a nonce of ours", "elgatf", PSA_SUCCESS},
    {"used again", "elnatfdlnatxelnatf", PSA_SUCCESS},
    {"aborted", "elnax", PSA_SUCCESS},
    {"aborted twice", "exx", PSA_SUCCESS},
    {"not verified", "dlnatv", PSA_ERROR_INVALID_SIGNATURE},
    {"set up twice", "ee", PSA_ERROR_BAD_STATE},
    {"set up twice, otherwise", "ed", PSA_ERROR_BAD_STATE},
    {"no such key", "E", PSA_ERROR_INVALID_HANDLE},
    {"not set up, nonce", "n", PSA_ERROR_BAD_STATE},
    {"not set up, generate", "g", PSA_ERROR_BAD_STATE},
    {"not set up, lengths", "l", PSA_ERROR_BAD_STATE},
    {"not set up, data", "a", PSA_ERROR_BAD_STATE},
    {"not set up, text", "t", PSA_ERROR_BAD_STATE},
    {"not set up, finish", "f", PSA_ERROR_BAD_STATE},
    {"not set up, verify", "v", PSA_ERROR_BAD_STATE},
    {"a nonce twice", "enn", PSA_ERROR_BAD_STATE},
    {"a nonce twice, both generated", "egg", PSA_ERROR_BAD_STATE},
    {"a nonce after a generated one", "egn", PSA_ERROR_BAD_STATE},
    {"generated after a nonce", "eng", PSA_ERROR_BAD_STATE},
    {"a nonce after text", "elnatn", PSA_ERROR_BAD_STATE},
    {"generated to decrypt", "dg", PSA_ERROR_BAD_STATE},
    {"generated, no room", "eG", PSA_ERROR_BUFFER_TOO_SMALL},
    {"an empty nonce", "eN", PSA_ERROR_INVALID_ARGUMENT},
    {"lengths twice", "ell", PSA_ERROR_BAD_STATE},
    {"lengths after data", "elnal", PSA_ERROR_BAD_STATE},
    {"data before a nonce", "ela", PSA_ERROR_BAD_STATE},
    {"text before a nonce", "elt", PSA_ERROR_BAD_STATE},
    {"finish before a nonce", "ef", PSA_ERROR_BAD_STATE},
    {"verify before a nonce", "dv", PSA_ERROR_BAD_STATE},
    {"data after text", "elnata", PSA_ERROR_BAD_STATE},
    {"too much data", "elnA", PSA_ERROR_INVALID_ARGUMENT},
    {"too much data, later", "elnaA", PSA_ERROR_INVALID_ARGUMENT},
    {"too little data", "elnt", PSA_ERROR_INVALID_ARGUMENT},
    {"too much text", "elnaT", PSA_ERROR_INVALID_ARGUMENT},
    {"too much text, later", "elnatt", PSA_ERROR_INVALID_ARGUMENT},
    {"too little text", "elnaf", PSA_ERROR_INVALID_ARGUMENT},
    {"too little text, to decrypt", "dlnav", PSA_ERROR_INVALID_ARGUMENT},
    {"finish without data", "elnf", PSA_ERROR_INVALID_ARGUMENT},
    {"text without room", "elnas", PSA_ERROR_BUFFER_TOO_SMALL},
    {"a tag without room", "elnatF", PSA_ERROR_BUFFER_TOO_SMALL},
    {"verify to encrypt", "elnatv", PSA_ERROR_BAD_STATE},
    {"finish to decrypt", "dlnatf", PSA_ERROR_BAD_STATE},
    {"finish twice", "elnatff", PSA_ERROR_BAD_STATE},
    {"text after finish", "elnatft", PSA_ERROR_BAD_STATE},
};

/* Where lengths need not be known. */
static const struct vc_symmetric_script free_scripts[] = {
    {"data after text", "enata", PSA_ERROR_BAD_STATE},
    {"no lengths", "enaattf", PSA_SUCCESS},
    {"no data", "entf", PSA_SUCCESS},
    {"no text", "enaf", PSA_SUCCESS},
    {"nothing", "enf", PSA_SUCCESS},
    {"lengths after the nonce's text", "entl", PSA_ERROR_BAD_STATE},
    {"lengths after data", "enal", PSA_ERROR_BAD_STATE},
    {"not verified", "dntv", PSA_ERROR_INVALID_SIGNATURE},
};

static void test_states(void **)
{
    struct vc_psa *psa = vc_symmetric_service(true);

    for (size_t i = 0; i < VC_COUNT(kinds); i++) {
        const struct scene scene = {make_key(psa, kinds[i].type, kinds[i].algorithm), &kinds[i]};

        for (size_t j = 0; j < VC_COUNT(scripts); j++)
            vc_symmetric_run(psa, &scripts[j], STEPS, &scene);
        for (size_t j = 0; j < VC_COUNT(free_scripts) && kinds[i].algorithm != PSA_ALG_CCM; j++)
            vc_symmetric_run(psa, &free_scripts[j], STEPS, &scene);
    }
    vc_psa_free(psa);
}

static void test_without_randomness(void **)
{
    static const struct vc_symmetric_script dull[] = {
        {"generated", "eg", PSA_ERROR_NOT_PERMITTED},
        {"generated, not set up", "g", PSA_ERROR_BAD_STATE},
        {"given", "elnatf", PSA_SUCCESS},
    };
    struct vc_psa *psa = vc_symmetric_service(false);

    for (size_t i = 0; i < VC_COUNT(kinds); i++) {
        const struct scene scene = {make_key(psa, kinds[i].type, kinds[i].algorithm), &kinds[i]};

        for (size_t j = 0; j < VC_COUNT(dull); j++)
            vc_symmetric_run(psa, &dull[j], STEPS, &scene);
    }
    vc_psa_free(psa);
}

static void test_generated_nonces_differ(void **)
{
    struct vc_psa *psa = vc_symmetric_service(true);

    for (size_t i = 0; i < VC_COUNT(kinds); i++) {
        uint32_t key = make_key(psa, kinds[i].type, kinds[i].algorithm);
        uint8_t nonces[2][NONCE_MAX] = {};
        size_t size = kinds[i].algorithm == PSA_ALG_CCM ? 13 : 12;

        for (size_t j = 0; j < 2; j++) {
            struct vc_psa_output output = {nonces[j], NONCE_MAX, 0};
            uint32_t handle = 0;

            assert_int_equal(set_up(psa, true, key, kinds[i].algorithm, &handle), PSA_SUCCESS);
            assert_int_equal(
                pass(psa, vc_psa_do_aead_generate_nonce, (struct vc_bytes){}, &output, &handle),
                PSA_SUCCESS);
            assert_int_equal(output.size, size);
        }
        assert_memory_not_equal(nonces[0], nonces[1], size);
    }
    vc_psa_free(psa);
}

/* ---- beside the core ---- */

/* One operation of ours and one of the core, that do the same. */
struct twins {
    struct vc_psa *psa;
    const struct kind *kind;
    uint32_t key, handle;
    psa_aead_operation_t core;
    uint64_t random;
    bool encrypts;
    uint8_t nonce[NONCE_MAX], data[ALL_MAX], text[ALL_MAX]; /* what they have had */
    size_t nonce_size, data_size, text_size;
    size_t succeeded, failed, sealed, opened;
};

static size_t dice(struct twins *twins, size_t below)
{
    return vc_symmetric_random(&twins->random, below);
}

static vc_psa_status twin_setup(struct twins *twins)
{
    vc_psa_status status;

    twins->encrypts = dice(twins, 2) == 0;
    twins->data_size = twins->text_size = 0;
    status =
        set_up(twins->psa, twins->encrypts, twins->key, twins->kind->algorithm, &twins->handle);
    assert_int_equal(
        status, (twins->encrypts ? psa_aead_encrypt_setup : psa_aead_decrypt_setup)(
                    &twins->core, vc_psa_core_id(twins->psa, twins->key), twins->kind->algorithm));
    return status;
}

static vc_psa_status twin_nonce(struct twins *twins)
{
    static const size_t odd[] = {0, 11, 13, 130, 199};
    size_t size = dice(twins, 8) == 0 ? odd[dice(twins, VC_COUNT(odd))] : twins->kind->nonce_size;
    vc_psa_status status;

    vc_symmetric_fill(&twins->random, twins->nonce, size);
    twins->nonce_size = size;
    status = pass(twins->psa, vc_psa_do_aead_set_nonce, (struct vc_bytes){twins->nonce, size},
                  nullptr, &twins->handle);
    assert_int_equal(status, psa_aead_set_nonce(&twins->core, twins->nonce, size));
    return status;
}

static vc_psa_status twin_lengths(struct twins *twins)
{
    size_t data = dice(twins, PIECE_MAX), text_size = dice(twins, PIECE_MAX);
    vc_psa_status status =
        set_lengths(twins->psa, (uint32_t)data, (uint32_t)text_size, &twins->handle);

    assert_int_equal(status, psa_aead_set_lengths(&twins->core, data, text_size));
    return status;
}

static vc_psa_status twin_data(struct twins *twins)
{
    struct vc_bytes piece = {twins->data + twins->data_size, dice(twins, PIECE_MAX)};
    vc_psa_status status;

    vc_symmetric_fill(&twins->random, twins->data + twins->data_size, piece.size);
    status = pass(twins->psa, vc_psa_do_aead_update_ad, piece, nullptr, &twins->handle);
    assert_int_equal(status, psa_aead_update_ad(&twins->core, piece.data, piece.size));
    if (status == PSA_SUCCESS)
        twins->data_size += piece.size;
    return status;
}

/* Ours in place every other time. */
static vc_psa_status twin_text(struct twins *twins)
{
    uint8_t in[PIECE_MAX], ours[PIECE_MAX], core[PIECE_MAX];
    size_t size = dice(twins, PIECE_MAX), core_size = 0;
    struct vc_psa_output output = {ours, dice(twins, 10) == 0 ? size - size / 2 : PIECE_MAX, 0};
    struct vc_bytes input = {in, size};
    vc_psa_status status;

    vc_symmetric_fill(&twins->random, in, size);
    if (dice(twins, 2) == 0)
        input.data = memcpy(ours, in, size);
    status = pass(twins->psa, vc_psa_do_aead_update, input, &output, &twins->handle);
    assert_int_equal(status,
                     psa_aead_update(&twins->core, in, size, core, output.room, &core_size));
    if (status != PSA_SUCCESS)
        return status;
    assert_int_equal(output.size, core_size);
    assert_memory_equal(ours, core, core_size);
    memcpy(twins->text + twins->text_size, twins->encrypts ? in : ours, size);
    twins->text_size += size;
    return status;
}

static vc_psa_status twin_finish(struct twins *twins)
{
    uint8_t ours[TAG_MAX], core[TAG_MAX], rest[TAG_MAX];
    struct vc_psa_output tag = {ours, dice(twins, 8) == 0 ? dice(twins, TAG_MAX) : TAG_MAX, 0};
    size_t rest_size = 0, size = 0;
    vc_psa_status status = finish(twins->psa, &tag, &twins->handle);

    assert_int_equal(status, psa_aead_finish(&twins->core, rest, sizeof(rest), &rest_size, core,
                                             tag.room, &size));
    if (status == PSA_SUCCESS) {
        assert_int_equal(tag.size, size);
        assert_memory_equal(ours, core, size);
    }
    return status;
}

/* The right tag of what was decrypted so far, and wrong ones. */
static vc_psa_status twin_verify(struct twins *twins)
{
    uint8_t sealed[ALL_MAX + TAG_MAX] = {}, rest[TAG_MAX];
    size_t size = 0, rest_size = 0;
    vc_psa_status status =
        psa_aead_encrypt(vc_psa_core_id(twins->psa, twins->key), twins->kind->algorithm,
                         twins->nonce, twins->nonce_size, twins->data, twins->data_size,
                         twins->text, twins->text_size, sealed, sizeof(sealed), &size);
    struct vc_bytes tag = {sealed + twins->text_size, twins->kind->tag_size};

    if (status != PSA_SUCCESS || dice(twins, 3) == 0)
        sealed[twins->text_size] ^= 1;
    if (dice(twins, 8) == 0)
        tag.size--;
    status = verify(twins->psa, tag, &twins->handle);
    assert_int_equal(
        status, psa_aead_verify(&twins->core, rest, sizeof(rest), &rest_size, tag.data, tag.size));
    return status;
}

static vc_psa_status twin_abort(struct twins *twins)
{
    assert_int_equal(psa_aead_abort(&twins->core), PSA_SUCCESS);
    return step_abort(twins->psa, nullptr, &twins->handle);
}

/* A message more or less in order, each step sometimes left out or done twice. */
static void live(struct twins *twins)
{
    static vc_psa_status (*const order[])(struct twins *) = {
        twin_setup, twin_lengths, twin_nonce, twin_data, twin_data, twin_text, twin_text};

    for (size_t i = 0; i < VC_COUNT(order); i++) {
        size_t turn = dice(twins, 20);
        size_t times = turn == 0 ? 0 : turn == 1 ? 2 : 1;

        if (order[i] == twin_lengths)
            times = dice(twins, 4) == 0;
        for (size_t j = 0; j < times; j++) {
            vc_psa_status status = order[i](twins);

            twins->succeeded += status == PSA_SUCCESS;
            twins->failed += status != PSA_SUCCESS;
        }
    }
    if (twins->encrypts == (dice(twins, 10) > 0))
        twins->sealed += twin_finish(twins) == PSA_SUCCESS;
    else
        twins->opened += twin_verify(twins) == PSA_SUCCESS;
    if (dice(twins, 2) == 0)
        (void)twin_data(twins);
    assert_int_equal(twin_abort(twins), PSA_SUCCESS);
    assert_int_equal(twins->psa->operation_count, 0);
}

static void test_beside_the_core(void **)
{
    struct twins twins = {.psa = vc_symmetric_service(true), .core = psa_aead_operation_init()};

    for (size_t i = 0; i < VC_COUNT(kinds); i++) {
        twins.kind = &kinds[i];
        twins.key = make_key(twins.psa, kinds[i].type, kinds[i].algorithm);
        for (unsigned j = 0; j < 3000; j++)
            live(&twins);
    }
    print_message("# %zu calls succeeded, %zu failed; %zu messages sealed, %zu opened\n",
                  twins.succeeded, twins.failed, twins.sealed, twins.opened);
    assert_true(twins.failed > 10000 && twins.sealed > 1000 && twins.opened > 1000);
    vc_psa_free(twins.psa);
}

/* ---- whose operations and keys they are ---- */

static void test_forged_handles(void **)
{
    struct vc_psa *psa = vc_symmetric_service(true);
    uint32_t key = make_key(psa, PSA_KEY_TYPE_AES, PSA_ALG_GCM), real = 0;
    const struct scene scene = {key, &kinds[0]};
    struct vc_psa_call hash = {.values[0] = PSA_ALG_SHA_256};

    assert_int_equal(vc_psa_do_hash_setup(psa, &hash), PSA_SUCCESS);
    assert_int_equal(step_encrypt(psa, &scene, &real), PSA_SUCCESS);
    const uint32_t forged[] = {hash.operation, real + 1, 99999, real | VC_PSA_HANDLE_STORED,
                               UINT32_MAX};

    for (size_t i = 0; i < VC_COUNT(forged); i++) {
        for (const struct vc_symmetric_step *step = STEPS; step->letter != 0; step++) {
            uint32_t handle = forged[i];

            assert_int_equal(step->take(psa, &scene, &handle),
                             step->letter == 'x' ? PSA_SUCCESS : PSA_ERROR_BAD_STATE);
            assert_int_equal(handle, 0);
        }
    }
    assert_int_equal(psa->operation_count, 2);
    assert_int_equal(step_nonce(psa, &scene, &real), PSA_SUCCESS);
    assert_int_equal(step_finish(psa, &scene, &real), PSA_SUCCESS);
    vc_psa_free(psa);
}

/* Every operation with a key ends with it, whoever computes, and no other one does. */
static void test_destroyed_keys(void **)
{
    struct vc_psa *psa = vc_symmetric_service(true);

    for (size_t i = 0; i < VC_COUNT(kinds); i++) {
        const struct scene gone = {make_key(psa, kinds[i].type, kinds[i].algorithm), &kinds[i]};
        const struct scene stays = {make_key(psa, kinds[i].type, kinds[i].algorithm), &kinds[i]};
        struct vc_psa_call destroy = {.values[0] = gone.key};
        uint32_t handles[3] = {}, other = 0;

        assert_int_equal(step_encrypt(psa, &gone, &handles[0]), PSA_SUCCESS);
        assert_int_equal(step_encrypt(psa, &stays, &other), PSA_SUCCESS);
        assert_int_equal(step_decrypt(psa, &gone, &handles[1]), PSA_SUCCESS);
        assert_int_equal(step_encrypt(psa, &gone, &handles[2]), PSA_SUCCESS);
        assert_int_equal(step_lengths(psa, &gone, &handles[2]), PSA_SUCCESS);
        assert_int_equal(step_nonce(psa, &gone, &handles[2]), PSA_SUCCESS);
        assert_int_equal(vc_psa_do_destroy_key(psa, &destroy), PSA_SUCCESS);
        assert_int_equal(psa->operation_count, 1);
        assert_int_equal(step_nonce(psa, &gone, &handles[0]), PSA_ERROR_BAD_STATE);
        assert_int_equal(step_abort(psa, &gone, &handles[1]), PSA_SUCCESS);
        assert_int_equal(step_data(psa, &gone, &handles[2]), PSA_ERROR_BAD_STATE);
        assert_int_equal(step_encrypt(psa, &gone, &handles[0]), PSA_ERROR_INVALID_HANDLE);
        assert_int_equal(step_nonce(psa, &stays, &other), PSA_SUCCESS);
        assert_int_equal(step_abort(psa, &stays, &other), PSA_SUCCESS);
    }
    vc_psa_free(psa);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_states),
        cmocka_unit_test(test_without_randomness),
        cmocka_unit_test(test_generated_nonces_differ),
        cmocka_unit_test(test_beside_the_core),
        cmocka_unit_test(test_forged_handles),
        cmocka_unit_test(test_destroyed_keys),
    };

    return cmocka_run_group_tests_name("psa-aead-parts", tests, nullptr, nullptr);
}
