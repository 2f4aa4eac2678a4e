/* SPDX-License-Identifier: MIT */

/* Ciphers as programs have them: values, sizes, states, rights, and where randomness comes in. */

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/hex.h"
#include "psa/symmetric_fixture.h"

enum { TEXT_MAX = 256, IV_MAX = 16, VECTOR_SIZE = 64, KEY_MAX = 32 };

static constexpr psa_key_usage_t BOTH = PSA_KEY_USAGE_ENCRYPT | PSA_KEY_USAGE_DECRYPT;

static const uint8_t ZEROS[TEXT_MAX];

static uint32_t make_key(struct vc_psa *psa, psa_key_type_t type, psa_algorithm_t algorithm,
                         psa_key_usage_t usage, struct vc_bytes material)
{
    const struct vc_psa_attributes attributes = {
        .usage = usage, .algorithm = algorithm, .type = type};

    return vc_symmetric_key(psa, &attributes, material);
}

/* ---- the functions ---- */

static vc_psa_status process(struct vc_psa *psa, const uint32_t values[2], bool encrypts,
                             struct vc_bytes input, struct vc_psa_output *output)
{
    struct vc_psa_call call = {
        .values = {values[0], values[1]}, .inputs[0] = input, .outputs[0] = *output};
    vc_psa_status status =
        encrypts ? vc_psa_do_cipher_encrypt(psa, &call) : vc_psa_do_cipher_decrypt(psa, &call);

    *output = call.outputs[0];
    return status;
}

static vc_psa_status set_up(struct vc_psa *psa, bool encrypts, const uint32_t values[2],
                            uint32_t *handle)
{
    struct vc_psa_call call = {.values = {values[0], values[1]}, .operation = *handle};
    vc_psa_status status = encrypts ? vc_psa_do_cipher_encrypt_setup(psa, &call)
                                    : vc_psa_do_cipher_decrypt_setup(psa, &call);

    *handle = call.operation;
    return status;
}

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

static vc_psa_status set_iv(struct vc_psa *psa, struct vc_bytes iv, uint32_t *handle)
{
    return pass(psa, vc_psa_do_cipher_set_iv, iv, nullptr, handle);
}

static vc_psa_status update(struct vc_psa *psa, struct vc_bytes input, struct vc_psa_output *output,
                            uint32_t *handle)
{
    return pass(psa, vc_psa_do_cipher_update, input, output, handle);
}

static vc_psa_status finish(struct vc_psa *psa, struct vc_psa_output *output, uint32_t *handle)
{
    return pass(psa, vc_psa_do_cipher_finish, (struct vc_bytes){}, output, handle);
}

/* ---- values ---- */

/* NIST SP 800-38A, appendix F, AES with 128 bits. */
static const char VECTOR_KEY[] = "2b7e151628aed2a6abf7158809cf4f3c";
static const char VECTOR_TEXT[] =
    "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
    "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710";

static const struct vector {
    const char *name;
    psa_algorithm_t algorithm;
    const char *iv, *sealed;
} vectors[] = {
    {"CTR", PSA_ALG_CTR, "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
     "874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff"
     "5ae4df3edbd5d35e5b4f09020db03eab1e031dda2fbe03d1792170a0f3009cee"},
    {"CBC", PSA_ALG_CBC_NO_PADDING, "000102030405060708090a0b0c0d0e0f",
     "7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2"
     "73bed6b8e3c1743b7116e69e222295163ff1caa1681fac09120eca307586e1a7"},
    {"CFB", PSA_ALG_CFB, "000102030405060708090a0b0c0d0e0f",
     "3b3fd92eb72dad20333449f8e83cfb4ac8a64537a0b3a93fcde3cdad9f1ce58b"
     "26751f67a3cbb140b1808cf187a4f4dfc04b05357c5d1c0eeac4c66f9ff7f2e6"},
    {"OFB", PSA_ALG_OFB, "000102030405060708090a0b0c0d0e0f",
     "3b3fd92eb72dad20333449f8e83cfb4a7789508d16918f03f53c52dac54ed825"
     "9740051e9c5fecf64344f7a82260edcc304c6528f659c77866a510d9c1d6ae5e"},
    {"ECB", PSA_ALG_ECB_NO_PADDING, "",
     "3ad77bb40d7a3660a89ecaf32466ef97f5d3d58503b9699de785895a96fdbaaf"
     "43b1cd7f598ece23881b00e3ed0306887b0c785e27e8ad3f8223207104725dd4"},
};

struct sample {
    uint8_t iv_and_sealed[IV_MAX + VECTOR_SIZE], text[VECTOR_SIZE];
    struct vc_bytes iv, sealed;
};

static void read_vector(const struct vector *vector, struct sample *sample)
{
    size_t iv_size = strlen(vector->iv) / 2;

    sample->iv = (struct vc_bytes){sample->iv_and_sealed, iv_size};
    sample->sealed = (struct vc_bytes){sample->iv_and_sealed + iv_size, VECTOR_SIZE};
    if (iv_size > 0)
        assert_int_equal(vc_hex_parse(vector->iv, sample->iv_and_sealed, iv_size, nullptr), 0);
    assert_int_equal(
        vc_hex_parse(vector->sealed, sample->iv_and_sealed + iv_size, VECTOR_SIZE, nullptr), 0);
    assert_int_equal(vc_hex_parse(VECTOR_TEXT, sample->text, VECTOR_SIZE, nullptr), 0);
}

/* In two pieces, each in place. */
static void in_pieces(struct vc_psa *psa, const uint32_t values[2], bool encrypts,
                      const struct sample *sample, size_t cut)
{
    const uint8_t *in = encrypts ? sample->text : sample->sealed.data;
    const uint8_t *wanted = encrypts ? sample->sealed.data : sample->text;
    uint8_t pieces[2][VECTOR_SIZE + IV_MAX] = {}, all[VECTOR_SIZE + IV_MAX];
    size_t size = 0;
    uint32_t handle = 0;

    memcpy(pieces[0], in, cut);
    memcpy(pieces[1], in + cut, VECTOR_SIZE - cut);
    assert_int_equal(set_up(psa, encrypts, values, &handle), PSA_SUCCESS);
    if (sample->iv.size > 0)
        assert_int_equal(set_iv(psa, sample->iv, &handle), PSA_SUCCESS);
    for (size_t i = 0; i < 2; i++) {
        struct vc_bytes input = {pieces[i], i == 0 ? cut : VECTOR_SIZE - cut};
        struct vc_psa_output output = {pieces[i], sizeof(pieces[i]), 0};

        assert_int_equal(update(psa, input, &output, &handle), PSA_SUCCESS);
        memcpy(all + size, pieces[i], output.size);
        size += output.size;
    }
    struct vc_psa_output rest = {all + size, sizeof(all) - size, 0};

    assert_int_equal(finish(psa, &rest, &handle), PSA_SUCCESS);
    assert_int_equal(handle, 0);
    assert_int_equal(size + rest.size, VECTOR_SIZE);
    assert_memory_equal(all, wanted, VECTOR_SIZE);
}

static void test_vectors(void **)
{
    struct vc_psa *psa = vc_symmetric_service(true);
    uint8_t material[16];

    assert_int_equal(vc_hex_parse(VECTOR_KEY, material, sizeof(material), nullptr), VC_OK);
    for (size_t i = 0; i < VC_COUNT(vectors); i++) {
        struct sample sample;
        uint8_t out[VECTOR_SIZE];
        struct vc_psa_output output = {out, sizeof(out), 0};
        const uint32_t values[] = {
            make_key(psa, PSA_KEY_TYPE_AES, vectors[i].algorithm, BOTH, VC_BYTES(material)),
            vectors[i].algorithm};

        read_vector(&vectors[i], &sample);
        for (size_t cut = 0; cut <= VECTOR_SIZE; cut++) {
            in_pieces(psa, values, true, &sample, cut);
            in_pieces(psa, values, false, &sample, cut);
        }
        assert_int_equal(
            process(psa, values, false,
                    (struct vc_bytes){sample.iv_and_sealed, sample.iv.size + VECTOR_SIZE}, &output),
            PSA_SUCCESS);
        assert_int_equal(output.size, VECTOR_SIZE);
        assert_memory_equal(out, sample.text, VECTOR_SIZE);
    }
    vc_psa_free(psa);
}

/* ---- in one call ---- */

static const struct kind {
    const char *name;
    size_t key_size, iv_size;
    psa_algorithm_t algorithm;
    psa_key_type_t type;
    bool blocks; /* only whole ones */
    bool pads;
} kinds[] = {
    {"AES-128-CTR", 16, 16, PSA_ALG_CTR, PSA_KEY_TYPE_AES, false, false},
    {"AES-192-CTR", 24, 16, PSA_ALG_CTR, PSA_KEY_TYPE_AES, false, false},
    {"AES-256-CTR", 32, 16, PSA_ALG_CTR, PSA_KEY_TYPE_AES, false, false},
    {"ARIA-CTR", 16, 16, PSA_ALG_CTR, PSA_KEY_TYPE_ARIA, false, false},
    {"AES-CBC", 16, 16, PSA_ALG_CBC_NO_PADDING, PSA_KEY_TYPE_AES, true, false},
    {"AES-CBC-PKCS7", 16, 16, PSA_ALG_CBC_PKCS7, PSA_KEY_TYPE_AES, false, true},
    {"AES-CFB", 16, 16, PSA_ALG_CFB, PSA_KEY_TYPE_AES, false, false},
    {"AES-OFB", 16, 16, PSA_ALG_OFB, PSA_KEY_TYPE_AES, false, false},
    {"AES-ECB", 16, 0, PSA_ALG_ECB_NO_PADDING, PSA_KEY_TYPE_AES, true, false},
    {"AES-CCM*", 16, 13, PSA_ALG_CCM_STAR_NO_TAG, PSA_KEY_TYPE_AES, false, false},
    {"ChaCha20", 32, 12, PSA_ALG_STREAM_CIPHER, PSA_KEY_TYPE_CHACHA20, false, false},
    {"3DES-CBC", 24, 8, PSA_ALG_CBC_NO_PADDING, PSA_KEY_TYPE_DES, true, false},
};

static uint32_t key_of(struct vc_psa *psa, const struct kind *kind)
{
    static const uint8_t material[KEY_MAX] = "01234567abcdefghABCDEFGH!#$%&/()";

    return make_key(psa, kind->type, kind->algorithm, BOTH,
                    (struct vc_bytes){material, kind->key_size});
}

static size_t sealed_size(const struct kind *kind, size_t size)
{
    return kind->iv_size + (kind->pads ? size / 16 * 16 + 16 : size);
}

/* Sealed twice, opened by us and by the core, in place and apart. */
static void there_and_back(struct vc_psa *psa, const struct kind *kind, const uint32_t values[2],
                           struct vc_bytes text)
{
    size_t size = sealed_size(kind, text.size);
    uint8_t sealed[2][TEXT_MAX], opened[TEXT_MAX];
    struct vc_psa_output one = {sealed[0], TEXT_MAX, 0}, two = {sealed[1], size, 0};
    struct vc_psa_output back = {opened, TEXT_MAX, 0};
    size_t core_size = 0;

    assert_int_equal(process(psa, values, true, text, &one), PSA_SUCCESS);
    assert_int_equal(one.size, size);
    memcpy(sealed[1], text.data, text.size);
    assert_int_equal(process(psa, values, true, (struct vc_bytes){sealed[1], text.size}, &two),
                     PSA_SUCCESS);
    assert_int_equal(two.size, size);
    if (kind->iv_size > 0)
        assert_memory_not_equal(sealed[0], sealed[1], kind->iv_size);

    assert_int_equal(process(psa, values, false, (struct vc_bytes){sealed[0], size}, &back),
                     PSA_SUCCESS);
    assert_int_equal(back.size, text.size);
    assert_memory_equal(opened, text.data, text.size);
    assert_int_equal(psa_cipher_decrypt(vc_psa_core_id(psa, values[0]), values[1], sealed[1], size,
                                        opened, sizeof(opened), &core_size),
                     PSA_SUCCESS);
    assert_int_equal(core_size, text.size);
    assert_memory_equal(opened, text.data, text.size);
    assert_int_equal(process(psa, values, false, (struct vc_bytes){sealed[0], size}, &one),
                     PSA_SUCCESS);
    assert_int_equal(one.size, text.size);
    assert_memory_equal(sealed[0], text.data, text.size);
}

static void test_there_and_back(void **)
{
    struct vc_psa *psa = vc_symmetric_service(true);
    uint64_t random = 0;
    uint8_t text[TEXT_MAX];

    for (size_t i = 0; i < VC_COUNT(kinds); i++) {
        const uint32_t values[] = {key_of(psa, &kinds[i]), kinds[i].algorithm};

        for (unsigned j = 0; j < 30; j++) {
            size_t size = vc_symmetric_random(&random, TEXT_MAX - 2 * IV_MAX);

            size = kinds[i].blocks ? size / 16 * 16 : size;
            vc_symmetric_fill(&random, text, size);
            there_and_back(psa, &kinds[i], values, (struct vc_bytes){text, size});
        }
    }
    vc_psa_free(psa);
}

static void test_rooms(void **)
{
    struct vc_psa *psa = vc_symmetric_service(true);
    uint8_t sealed[TEXT_MAX], out[TEXT_MAX];

    for (size_t i = 0; i < VC_COUNT(kinds); i++) {
        const uint32_t values[] = {key_of(psa, &kinds[i]), kinds[i].algorithm};
        struct vc_bytes text = {ZEROS, 32};
        size_t needed = sealed_size(&kinds[i], text.size);

        for (size_t room = 0; room <= needed; room++) {
            struct vc_psa_output output = {sealed, room, 0};

            memset(sealed, 0x5a, sizeof(sealed));
            assert_int_equal(process(psa, values, true, text, &output),
                             room < needed ? PSA_ERROR_BUFFER_TOO_SMALL : PSA_SUCCESS);
            assert_int_equal(sealed[room], 0x5a);
        }
        for (size_t room = 0; room <= needed - kinds[i].iv_size; room++) {
            /* the core wants room for what it takes away */
            bool fits = room >= text.size + (kinds[i].pads ? 16 : 0);
            struct vc_psa_output output = {out, room, 0};

            memset(out, 0x5a, sizeof(out));
            assert_int_equal(
                process(psa, values, false, (struct vc_bytes){sealed, needed}, &output),
                fits ? PSA_SUCCESS : PSA_ERROR_BUFFER_TOO_SMALL);
            assert_int_equal(out[room], 0x5a);
        }
        for (size_t size = 0; size < kinds[i].iv_size; size++) {
            struct vc_psa_output output = {out, sizeof(out), 0};

            assert_int_equal(process(psa, values, false, (struct vc_bytes){sealed, size}, &output),
                             PSA_ERROR_INVALID_ARGUMENT);
        }
    }
    vc_psa_free(psa);
}

/* ---- in several ---- */

struct scene {
    uint32_t values[2];
    const struct kind *kind;
};

static vc_psa_status step_encrypt(struct vc_psa *psa, const void *user, uint32_t *handle)
{
    const struct scene *scene = user;

    return set_up(psa, true, scene->values, handle);
}

static vc_psa_status step_decrypt(struct vc_psa *psa, const void *user, uint32_t *handle)
{
    const struct scene *scene = user;

    return set_up(psa, false, scene->values, handle);
}

static vc_psa_status step_iv(struct vc_psa *psa, const void *user, uint32_t *handle)
{
    const struct scene *scene = user;

    return set_iv(psa, (struct vc_bytes){ZEROS, scene->kind->iv_size}, handle);
}

static vc_psa_status step_short_iv(struct vc_psa *psa, const void *user, uint32_t *handle)
{
    const struct scene *scene = user;

    return set_iv(psa, (struct vc_bytes){ZEROS, scene->kind->iv_size - 1}, handle);
}

static vc_psa_status step_long_iv(struct vc_psa *psa, const void *user, uint32_t *handle)
{
    const struct scene *scene = user;

    return set_iv(psa, (struct vc_bytes){ZEROS, scene->kind->iv_size + 1}, handle);
}

static vc_psa_status generate(struct vc_psa *psa, size_t room, uint32_t *handle)
{
    uint8_t iv[IV_MAX];
    struct vc_psa_output output = {iv, room, 0};

    return pass(psa, vc_psa_do_cipher_generate_iv, (struct vc_bytes){}, &output, handle);
}

static vc_psa_status step_generate(struct vc_psa *psa, const void *, uint32_t *handle)
{
    return generate(psa, IV_MAX, handle);
}

static vc_psa_status step_generate_small(struct vc_psa *psa, const void *user, uint32_t *handle)
{
    const struct scene *scene = user;

    return generate(psa, scene->kind->iv_size - 1, handle);
}

static vc_psa_status update_to(struct vc_psa *psa, size_t room, uint32_t *handle)
{
    uint8_t out[64];
    struct vc_psa_output output = {out, room, 0};

    return update(psa, (struct vc_bytes){ZEROS, 48}, &output, handle);
}

static vc_psa_status step_update(struct vc_psa *psa, const void *, uint32_t *handle)
{
    return update_to(psa, 64, handle);
}

static vc_psa_status step_update_small(struct vc_psa *psa, const void *, uint32_t *handle)
{
    return update_to(psa, 31, handle);
}

static vc_psa_status step_finish(struct vc_psa *psa, const void *, uint32_t *handle)
{
    uint8_t out[IV_MAX];
    struct vc_psa_output output = {out, sizeof(out), 0};

    return finish(psa, &output, handle);
}

static vc_psa_status step_abort(struct vc_psa *psa, const void *, uint32_t *handle)
{
    return pass(psa, vc_psa_do_cipher_abort, (struct vc_bytes){}, nullptr, handle);
}

static const struct vc_symmetric_step STEPS[] = {
    {'e', step_encrypt},        {'d', step_decrypt}, {'i', step_iv},
    {'s', step_short_iv},       {'l', step_long_iv}, {'g', step_generate},
    {'G', step_generate_small}, {'u', step_update},  {'U', step_update_small},
    {'f', step_finish},         {'x', step_abort},   {},
};

static const struct vc_symmetric_script scripts[] = {
    {"encrypted", "eiuuf", PSA_SUCCESS},
    {"an IV of ours", "eguf", PSA_SUCCESS},
    {"used again", "eiufdiuxeguf", PSA_SUCCESS},
    {"aborted twice", "exx", PSA_SUCCESS},
    {"set up twice", "ee", PSA_ERROR_BAD_STATE},
    {"set up twice, otherwise", "ed", PSA_ERROR_BAD_STATE},
    {"not set up, IV", "i", PSA_ERROR_BAD_STATE},
    {"not set up, generate", "g", PSA_ERROR_BAD_STATE},
    {"not set up, update", "u", PSA_ERROR_BAD_STATE},
    {"not set up, finish", "f", PSA_ERROR_BAD_STATE},
    {"an IV twice", "eii", PSA_ERROR_BAD_STATE},
    {"an IV after text", "eiui", PSA_ERROR_BAD_STATE},
    {"an IV after a generated one", "egi", PSA_ERROR_BAD_STATE},
    {"generated after an IV", "eig", PSA_ERROR_BAD_STATE},
    {"generated twice", "egg", PSA_ERROR_BAD_STATE},
    {"generated to decrypt", "dg", PSA_ERROR_BAD_STATE},
    {"a short IV", "es", PSA_ERROR_INVALID_ARGUMENT},
    {"a long IV", "el", PSA_ERROR_INVALID_ARGUMENT},
    {"generated, no room", "eG", PSA_ERROR_BUFFER_TOO_SMALL},
    {"text without IV", "eu", PSA_ERROR_BAD_STATE},
    {"finish without IV", "ef", PSA_ERROR_BAD_STATE},
    {"text without room", "eiU", PSA_ERROR_BUFFER_TOO_SMALL},
    {"text after finish", "eiufu", PSA_ERROR_BAD_STATE},
    {"finish twice", "eiuff", PSA_ERROR_BAD_STATE},
};

static void test_states(void **)
{
    struct vc_psa *psa = vc_symmetric_service(true);

    for (size_t i = 0; i < VC_COUNT(kinds); i++) {
        const struct scene scene = {{key_of(psa, &kinds[i]), kinds[i].algorithm}, &kinds[i]};

        for (size_t j = 0; j < VC_COUNT(scripts) && kinds[i].iv_size > 0; j++)
            vc_symmetric_run(psa, &scripts[j], STEPS, &scene);
    }
    vc_psa_free(psa);
}

static void test_without_randomness(void **)
{
    static const struct vc_symmetric_script dull[] = {
        {"generated", "eg", PSA_ERROR_NOT_PERMITTED},
        {"given", "eiuf", PSA_SUCCESS},
        {"not set up", "g", PSA_ERROR_BAD_STATE},
    };
    struct vc_psa *psa = vc_symmetric_service(false);

    for (size_t i = 0; i < VC_COUNT(kinds); i++) {
        const struct scene scene = {{key_of(psa, &kinds[i]), kinds[i].algorithm}, &kinds[i]};
        uint8_t out[TEXT_MAX];
        struct vc_psa_output output = {out, sizeof(out), 0};

        assert_int_equal(process(psa, scene.values, true, (struct vc_bytes){ZEROS, 32}, &output),
                         kinds[i].iv_size > 0 ? PSA_ERROR_NOT_PERMITTED : PSA_SUCCESS);
        output = (struct vc_psa_output){out, sizeof(out), 0};
        assert_int_equal(process(psa, scene.values, false,
                                 (struct vc_bytes){ZEROS, kinds[i].iv_size + 32},
                                 &output) == PSA_ERROR_NOT_PERMITTED,
                         false);
        for (size_t j = 0; j < VC_COUNT(dull) && kinds[i].iv_size > 0; j++)
            vc_symmetric_run(psa, &dull[j], STEPS, &scene);
    }
    vc_psa_free(psa);
}

/* Random pieces beside the core, ours in place every other time. */
static void test_beside_the_core(void **)
{
    struct vc_psa *psa = vc_symmetric_service(true);
    uint64_t random = 0;

    for (unsigned round = 0; round < 600; round++) {
        const struct kind *kind = &kinds[round % 3];
        const uint32_t values[] = {key_of(psa, kind), kind->algorithm};
        struct vc_psa_call destroy = {.values[0] = values[0]};
        psa_cipher_operation_t core = psa_cipher_operation_init();
        bool encrypts = vc_symmetric_random(&random, 2) == 0;
        uint8_t iv[IV_MAX], in[TEXT_MAX], ours[TEXT_MAX], theirs[TEXT_MAX];
        uint32_t handle = 0;
        size_t size;

        vc_symmetric_fill(&random, iv, sizeof(iv));
        memset(iv + 8, 0xff, round % 2 == 0 ? 8 : 0); /* the counter runs over */
        assert_int_equal(set_up(psa, encrypts, values, &handle), PSA_SUCCESS);
        assert_int_equal(psa_cipher_encrypt_setup(&core, vc_psa_core_id(psa, values[0]), values[1]),
                         PSA_SUCCESS);
        assert_int_equal(set_iv(psa, VC_BYTES(iv), &handle), PSA_SUCCESS);
        assert_int_equal(psa_cipher_set_iv(&core, iv, sizeof(iv)), PSA_SUCCESS);
        for (unsigned piece = 0; piece < 8; piece++) {
            struct vc_bytes input = {in, vc_symmetric_random(&random, TEXT_MAX + 1)};
            struct vc_psa_output output = {ours, input.size, 0};

            vc_symmetric_fill(&random, in, input.size);
            if (piece % 2 == 0)
                input.data = memcpy(ours, in, input.size);
            assert_int_equal(update(psa, input, &output, &handle), PSA_SUCCESS);
            assert_int_equal(
                psa_cipher_update(&core, in, input.size, theirs, sizeof(theirs), &size), 0);
            assert_int_equal(output.size, size);
            assert_memory_equal(ours, theirs, size);
        }
        assert_int_equal(step_finish(psa, nullptr, &handle), PSA_SUCCESS);
        assert_int_equal(psa_cipher_abort(&core), PSA_SUCCESS);
        assert_int_equal(vc_psa_do_destroy_key(psa, &destroy), PSA_SUCCESS);
    }
    vc_psa_free(psa);
}

/* ---- rights ---- */

static const struct right {
    const char *name;
    psa_key_type_t type;
    psa_algorithm_t policy;
    psa_key_usage_t usage;
    psa_algorithm_t algorithm;
    vc_psa_status encrypt, decrypt;
} rights[] = {
    {"may not decrypt", PSA_KEY_TYPE_AES, PSA_ALG_CTR, PSA_KEY_USAGE_ENCRYPT, PSA_ALG_CTR,
     PSA_SUCCESS, PSA_ERROR_NOT_PERMITTED},
    {"may not encrypt", PSA_KEY_TYPE_AES, PSA_ALG_CTR, PSA_KEY_USAGE_DECRYPT, PSA_ALG_CTR,
     PSA_ERROR_NOT_PERMITTED, PSA_SUCCESS},
    {"may be exported", PSA_KEY_TYPE_AES, PSA_ALG_CTR, PSA_KEY_USAGE_EXPORT, PSA_ALG_CTR,
     PSA_ERROR_NOT_PERMITTED, PSA_ERROR_NOT_PERMITTED},
    {"another algorithm", PSA_KEY_TYPE_AES, PSA_ALG_CBC_NO_PADDING, BOTH, PSA_ALG_CTR,
     PSA_ERROR_NOT_PERMITTED, PSA_ERROR_NOT_PERMITTED},
    {"of GCM", PSA_KEY_TYPE_AES, PSA_ALG_GCM, BOTH, PSA_ALG_CTR, PSA_ERROR_NOT_PERMITTED,
     PSA_ERROR_NOT_PERMITTED},
    {"raw data", PSA_KEY_TYPE_RAW_DATA, PSA_ALG_CTR, BOTH, PSA_ALG_CTR, PSA_ERROR_NOT_SUPPORTED,
     PSA_ERROR_NOT_SUPPORTED},
    {"CTR of ChaCha20", PSA_KEY_TYPE_CHACHA20, PSA_ALG_CTR, BOTH, PSA_ALG_CTR,
     PSA_ERROR_NOT_SUPPORTED, PSA_ERROR_NOT_SUPPORTED},
    {"no cipher", PSA_KEY_TYPE_AES, PSA_ALG_CMAC, BOTH, PSA_ALG_CMAC, PSA_ERROR_INVALID_ARGUMENT,
     PSA_ERROR_INVALID_ARGUMENT},
    {"authenticated", PSA_KEY_TYPE_AES, PSA_ALG_GCM, BOTH, PSA_ALG_GCM, PSA_ERROR_INVALID_ARGUMENT,
     PSA_ERROR_INVALID_ARGUMENT},
    {"nothing", PSA_KEY_TYPE_AES, PSA_ALG_CTR, BOTH, PSA_ALG_NONE, PSA_ERROR_INVALID_ARGUMENT,
     PSA_ERROR_INVALID_ARGUMENT},
};

static void assert_right(struct vc_psa *psa, const struct right *right, const uint32_t values[2],
                         bool encrypts)
{
    vc_psa_status wanted = encrypts ? right->encrypt : right->decrypt;

    for (unsigned i = 0; i < 2; i++) {
        uint8_t out[TEXT_MAX];
        struct vc_psa_output output = {out, sizeof(out), 0};
        uint32_t handle = 0;
        vc_psa_status one = process(psa, values, encrypts, (struct vc_bytes){ZEROS, 48}, &output);
        vc_psa_status two = set_up(psa, encrypts, values, &handle);

        if (one != wanted || two != wanted || (handle != 0) != (wanted == PSA_SUCCESS))
            fail_msg("%s: %d and %d, %d wanted", right->name, one, two, wanted);
        assert_int_equal(step_abort(psa, nullptr, &handle), PSA_SUCCESS);
    }
}

static void test_rights(void **)
{
    struct vc_psa *psa = vc_symmetric_service(true);

    for (size_t i = 0; i < VC_COUNT(rights); i++) {
        const uint32_t values[] = {make_key(psa, rights[i].type, rights[i].policy, rights[i].usage,
                                            (struct vc_bytes){ZEROS, 32}),
                                   rights[i].algorithm};
        const uint32_t forged[] = {values[0] + 1, rights[i].algorithm};
        uint32_t handle = 0;

        assert_right(psa, &rights[i], values, true);
        assert_right(psa, &rights[i], values, false);
        if (PSA_ALG_IS_CIPHER(rights[i].algorithm))
            assert_int_equal(set_up(psa, true, forged, &handle), PSA_ERROR_INVALID_HANDLE);
    }
    vc_psa_free(psa);
}

static void test_forged_handles(void **)
{
    struct vc_psa *psa = vc_symmetric_service(true);
    const struct scene scene = {{key_of(psa, &kinds[0]), PSA_ALG_CTR}, &kinds[0]};
    struct vc_psa_call hash = {.values[0] = PSA_ALG_SHA_256};
    uint32_t real = 0;

    assert_int_equal(vc_psa_do_hash_setup(psa, &hash), PSA_SUCCESS);
    assert_int_equal(step_encrypt(psa, &scene, &real), PSA_SUCCESS);
    const uint32_t forged[] = {hash.operation, real + 1, real | VC_PSA_HANDLE_STORED, UINT32_MAX};

    for (size_t i = 0; i < VC_COUNT(forged); i++) {
        for (const struct vc_symmetric_step *step = STEPS; step->letter != 0; step++) {
            uint32_t handle = forged[i];

            assert_int_equal(step->take(psa, &scene, &handle),
                             step->letter == 'x' ? PSA_SUCCESS : PSA_ERROR_BAD_STATE);
            assert_int_equal(handle, 0);
        }
    }
    assert_int_equal(psa->operation_count, 2);
    assert_int_equal(step_iv(psa, &scene, &real), PSA_SUCCESS);
    vc_psa_free(psa); /* with both still active */
}

static void test_destroyed_keys(void **)
{
    struct vc_psa *psa = vc_symmetric_service(true);

    for (size_t i = 0; i < VC_COUNT(kinds); i++) {
        const struct scene scene = {{key_of(psa, &kinds[i]), kinds[i].algorithm}, &kinds[i]};
        struct vc_psa_call destroy = {.values[0] = scene.values[0]};
        uint32_t handle = 0;

        assert_int_equal(step_encrypt(psa, &scene, &handle), PSA_SUCCESS);
        assert_int_equal(vc_psa_do_destroy_key(psa, &destroy), PSA_SUCCESS);
        assert_int_equal(psa->operation_count, 0);
        assert_int_equal(step_update(psa, &scene, &handle), PSA_ERROR_BAD_STATE);
    }
    vc_psa_free(psa);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_there_and_back),
        cmocka_unit_test(test_rooms),
        cmocka_unit_test(test_states),
        cmocka_unit_test(test_without_randomness),
        cmocka_unit_test(test_beside_the_core),
        cmocka_unit_test(test_rights),
        cmocka_unit_test(test_forged_handles),
        cmocka_unit_test(test_destroyed_keys),
    };

    return cmocka_run_group_tests_name("psa-cipher", tests, nullptr, nullptr);
}
