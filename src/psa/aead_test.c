/* SPDX-License-Identifier: MIT */

/* Authenticated encryption in one call: values, rights, sizes, and that nothing comes out that was
 * not authentic. The core is the judge: whatever it says of a call, we say. */

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "psa/symmetric_fixture.h"

enum { TEXT_MAX = 400, NONCE_MAX = 300, DATA_MAX = 100, KEY_MAX = 32 };

static constexpr psa_key_usage_t BOTH = PSA_KEY_USAGE_ENCRYPT | PSA_KEY_USAGE_DECRYPT;

struct message {
    uint8_t nonce_[NONCE_MAX], data_[DATA_MAX], text_[TEXT_MAX];
    struct vc_bytes nonce, data, text;
};

static uint32_t make_key(struct vc_psa *psa, psa_key_type_t type, psa_algorithm_t algorithm,
                         psa_key_usage_t usage, size_t size)
{
    static const uint8_t material[KEY_MAX] = "what a key is made of, 32 bytes.";
    const struct vc_psa_attributes attributes = {
        .usage = usage, .algorithm = algorithm, .type = type};

    return vc_symmetric_key(psa, &attributes, (struct vc_bytes){material, size});
}

static vc_psa_status process(struct vc_psa *psa, uint32_t key, psa_algorithm_t algorithm,
                             bool encrypts, struct vc_psa_call *call)
{
    call->values[0] = key;
    call->values[1] = algorithm;
    call->outputs[0].size = 0;
    return encrypts ? vc_psa_do_aead_encrypt(psa, call) : vc_psa_do_aead_decrypt(psa, call);
}

static vc_psa_status process_by_core(struct vc_psa *psa, uint32_t key, psa_algorithm_t algorithm,
                                     bool encrypts, struct vc_psa_call *call)
{
    const struct vc_bytes *in = call->inputs;
    struct vc_psa_output *out = &call->outputs[0];

    out->size = 0;
    return (encrypts ? psa_aead_encrypt : psa_aead_decrypt)(
        vc_psa_core_id(psa, key), algorithm, in[0].data, in[0].size, in[1].data, in[1].size,
        in[2].data, in[2].size, out->data, out->room, &out->size);
}

static struct vc_psa_call call_for(const struct message *message, struct vc_bytes text,
                                   uint8_t *out, size_t room)
{
    return (struct vc_psa_call){.inputs = {message->nonce, message->data, text},
                                .outputs[0] = {out, room, 0}};
}

static void draw(struct message *message, uint64_t *random, size_t nonce_size)
{
    message->nonce = (struct vc_bytes){message->nonce_, nonce_size};
    message->data = (struct vc_bytes){message->data_, vc_symmetric_random(random, DATA_MAX + 1)};
    message->text =
        (struct vc_bytes){message->text_, vc_symmetric_random(random, TEXT_MAX - 16 + 1)};
    vc_symmetric_fill(random, message->nonce_, nonce_size);
    vc_symmetric_fill(random, message->data_, message->data.size);
    vc_symmetric_fill(random, message->text_, message->text.size);
}

/* ---- against the core ---- */

static const struct kind {
    const char *name;
    psa_key_type_t type;
    psa_algorithm_t policy, algorithm;
    size_t key_size, nonce_size, tag_size;
} kinds[] = {
    {"AES-128-GCM", PSA_KEY_TYPE_AES, PSA_ALG_GCM, PSA_ALG_GCM, 16, 12, 16},
    {"AES-192-GCM", PSA_KEY_TYPE_AES, PSA_ALG_GCM, PSA_ALG_GCM, 24, 12, 16},
    {"AES-256-GCM", PSA_KEY_TYPE_AES, PSA_ALG_GCM, PSA_ALG_GCM, 32, 12, 16},
    {"any GCM", PSA_KEY_TYPE_AES, PSA_ALG_AEAD_WITH_AT_LEAST_THIS_LENGTH_TAG(PSA_ALG_GCM, 4),
     PSA_ALG_AEAD_WITH_SHORTENED_TAG(PSA_ALG_GCM, 13), 16, 1, 13},
    {"GCM, tag of 4", PSA_KEY_TYPE_AES, PSA_ALG_AEAD_WITH_SHORTENED_TAG(PSA_ALG_GCM, 4),
     PSA_ALG_AEAD_WITH_SHORTENED_TAG(PSA_ALG_GCM, 4), 32, 128, 4},
    {"GCM, nonce of 129", PSA_KEY_TYPE_AES, PSA_ALG_GCM, PSA_ALG_GCM, 16, 129, 16},
    {"GCM, nonce of 257", PSA_KEY_TYPE_AES, PSA_ALG_GCM, PSA_ALG_GCM, 16, 257, 16},
    {"ChaCha20-Poly1305", PSA_KEY_TYPE_CHACHA20, PSA_ALG_CHACHA20_POLY1305,
     PSA_ALG_CHACHA20_POLY1305, 32, 12, 16},
    {"ARIA-GCM", PSA_KEY_TYPE_ARIA, PSA_ALG_GCM, PSA_ALG_GCM, 16, 12, 16},
    {"CCM", PSA_KEY_TYPE_AES, PSA_ALG_CCM, PSA_ALG_CCM, 16, 13, 16},
    {"CCM, tag of 6", PSA_KEY_TYPE_AES, PSA_ALG_AEAD_WITH_SHORTENED_TAG(PSA_ALG_CCM, 6),
     PSA_ALG_AEAD_WITH_SHORTENED_TAG(PSA_ALG_CCM, 6), 16, 7, 6},
};

/* There and back, in place and apart. */
static void assert_same(struct vc_psa *psa, uint32_t key, const struct kind *kind,
                        const struct message *message)
{
    size_t size = message->text.size + kind->tag_size;
    uint8_t core[TEXT_MAX], ours[TEXT_MAX], place[TEXT_MAX];
    struct vc_psa_call call = call_for(message, message->text, core, sizeof(core));

    assert_int_equal(process_by_core(psa, key, kind->algorithm, true, &call), PSA_SUCCESS);
    call = call_for(message, message->text, ours, size);
    assert_int_equal(process(psa, key, kind->algorithm, true, &call), PSA_SUCCESS);
    assert_int_equal(call.outputs[0].size, size);
    assert_memory_equal(ours, core, size);

    memcpy(place, message->text_, message->text.size);
    call = call_for(message, (struct vc_bytes){place, message->text.size}, place, size);
    assert_int_equal(process(psa, key, kind->algorithm, true, &call), PSA_SUCCESS);
    assert_memory_equal(place, core, size);

    call = call_for(message, (struct vc_bytes){core, size}, ours, message->text.size);
    assert_int_equal(process(psa, key, kind->algorithm, false, &call), PSA_SUCCESS);
    assert_int_equal(call.outputs[0].size, message->text.size);
    assert_memory_equal(ours, message->text_, message->text.size);

    call = call_for(message, (struct vc_bytes){place, size}, place, message->text.size);
    assert_int_equal(process(psa, key, kind->algorithm, false, &call), PSA_SUCCESS);
    assert_memory_equal(place, message->text_, message->text.size);
}

static void test_values(void **)
{
    struct vc_psa *psa = vc_symmetric_service(true);
    uint64_t random = 0;

    for (size_t i = 0; i < VC_COUNT(kinds); i++) {
        uint32_t key = make_key(psa, kinds[i].type, kinds[i].policy, BOTH, kinds[i].key_size);
        struct message message;

        for (unsigned round = 0; round < 40; round++) {
            draw(&message, &random, kinds[i].nonce_size);
            assert_same(psa, key, &kinds[i], &message);
        }
    }
    vc_psa_free(psa);
}

/* ---- sizes ---- */

static void assert_rooms(struct vc_psa *psa, uint32_t key, const struct kind *kind, bool encrypts,
                         struct message *message)
{
    uint8_t sealed[TEXT_MAX], out[TEXT_MAX];
    struct vc_psa_call call = call_for(message, message->text, sealed, sizeof(sealed));
    struct vc_bytes text = message->text;
    size_t needed = text.size + kind->tag_size;

    assert_int_equal(process(psa, key, kind->algorithm, true, &call), PSA_SUCCESS);
    if (!encrypts) {
        text = (struct vc_bytes){sealed, needed};
        needed = message->text.size;
    }
    for (size_t room = 0; room <= needed + 1; room++) {
        bool fits = room >= needed;

        memset(out, 0x5a, sizeof(out));
        call = call_for(message, text, out, room);
        assert_int_equal(process(psa, key, kind->algorithm, encrypts, &call),
                         fits ? PSA_SUCCESS : PSA_ERROR_BUFFER_TOO_SMALL);
        assert_int_equal(call.outputs[0].size, fits ? needed : 0);
        for (size_t i = room; i < sizeof(out); i++)
            assert_int_equal(out[i], 0x5a);
    }
}

static void test_rooms(void **)
{
    struct vc_psa *psa = vc_symmetric_service(true);
    uint64_t random = 0;

    for (size_t i = 0; i < VC_COUNT(kinds); i++) {
        uint32_t key = make_key(psa, kinds[i].type, kinds[i].policy, BOTH, kinds[i].key_size);
        struct message message;

        draw(&message, &random, kinds[i].nonce_size);
        message.text.size = 21;
        assert_rooms(psa, key, &kinds[i], true, &message);
        assert_rooms(psa, key, &kinds[i], false, &message);
        message.text.size = 0;
        assert_rooms(psa, key, &kinds[i], true, &message);
        assert_rooms(psa, key, &kinds[i], false, &message);
    }
    vc_psa_free(psa);
}

/* Nonces of all sizes: what the core refuses is refused, the rest is the same. */
static void test_nonces(void **)
{
    struct vc_psa *psa = vc_symmetric_service(true);
    uint64_t random = 0;

    for (size_t i = 0; i < VC_COUNT(kinds); i++) {
        uint32_t key = make_key(psa, kinds[i].type, kinds[i].policy, BOTH, kinds[i].key_size);
        struct message message;
        size_t taken = 0;

        draw(&message, &random, NONCE_MAX);
        message.text.size = 33;
        for (size_t size = 0; size <= NONCE_MAX; size++) {
            uint8_t core[TEXT_MAX], ours[TEXT_MAX];
            struct vc_psa_call call = call_for(&message, message.text, core, sizeof(core));
            vc_psa_status status, wanted;

            call.inputs[0].size = size;
            wanted = process_by_core(psa, key, kinds[i].algorithm, true, &call);
            call.outputs[0].data = ours;
            status = process(psa, key, kinds[i].algorithm, true, &call);
            assert_int_equal(status == PSA_SUCCESS, wanted == PSA_SUCCESS);
            assert_true(status == PSA_SUCCESS || status == PSA_ERROR_INVALID_ARGUMENT ||
                        status == PSA_ERROR_NOT_SUPPORTED);
            if (status == PSA_SUCCESS)
                assert_memory_equal(core, ours, call.outputs[0].size);
            taken += status == PSA_SUCCESS;
        }
        assert_int_equal(taken, kinds[i].type == PSA_KEY_TYPE_CHACHA20  ? 1
                                : strncmp(kinds[i].name, "CCM", 3) == 0 ? 7
                                                                        : NONCE_MAX);
    }
    vc_psa_free(psa);
}

/* ---- what is not authentic ---- */

static void assert_refused(struct vc_psa *psa, uint32_t key, const struct kind *kind,
                           const struct message *message, struct vc_bytes sealed)
{
    uint8_t out[TEXT_MAX], place[TEXT_MAX];
    struct vc_psa_call call = call_for(message, sealed, out, sizeof(out));
    size_t size = sealed.size < kind->tag_size ? 0 : sealed.size - kind->tag_size;
    vc_psa_status status =
        sealed.size < kind->tag_size ? PSA_ERROR_INVALID_ARGUMENT : PSA_ERROR_INVALID_SIGNATURE;

    memset(out, 0, sizeof(out));
    assert_int_equal(process(psa, key, kind->algorithm, false, &call), status);
    assert_int_equal(call.outputs[0].size, 0);
    for (size_t i = 0; i < sizeof(out); i++)
        assert_int_equal(out[i], 0);
    memcpy(place, sealed.data, sealed.size);
    call = call_for(message, (struct vc_bytes){place, sealed.size}, place, size);
    assert_int_equal(process(psa, key, kind->algorithm, false, &call), status);
    for (size_t i = 0; i < size; i++)
        assert_int_equal(place[i], 0);
}

/* A message that was sealed, and who opens it. */
struct victim {
    struct vc_psa *psa;
    const struct kind *kind;
    uint32_t key;
    struct message message;
    uint8_t bytes[TEXT_MAX];
    struct vc_bytes sealed;
};

static size_t flip_all(const struct victim *victim, uint8_t *bytes, size_t size)
{
    for (size_t bit = 0; bit < size * CHAR_BIT; bit++) {
        bytes[bit / CHAR_BIT] ^= (uint8_t)(1U << bit % CHAR_BIT);
        assert_refused(victim->psa, victim->key, victim->kind, &victim->message, victim->sealed);
        bytes[bit / CHAR_BIT] ^= (uint8_t)(1U << bit % CHAR_BIT);
    }
    return size * CHAR_BIT;
}

static void seal_victim(struct victim *victim, uint64_t *random)
{
    struct vc_psa_call call;

    draw(&victim->message, random, victim->kind->nonce_size);
    victim->message.text.size = 19;
    victim->message.data.size = 9;
    call = call_for(&victim->message, victim->message.text, victim->bytes, TEXT_MAX);
    assert_int_equal(process(victim->psa, victim->key, victim->kind->algorithm, true, &call),
                     PSA_SUCCESS);
    victim->sealed = (struct vc_bytes){victim->bytes, call.outputs[0].size};
}

static size_t tamper(struct vc_psa *psa, const struct kind *kind, uint64_t *random)
{
    struct victim victim = {
        psa, kind, make_key(psa, kind->type, kind->policy, BOTH, kind->key_size), {}, {}, {}};
    struct message *message = &victim.message;
    size_t flips = 0, size;

    seal_victim(&victim, random);
    size = victim.sealed.size;
    flips += flip_all(&victim, victim.bytes, size);
    flips += flip_all(&victim, message->nonce_, message->nonce.size);
    flips += flip_all(&victim, message->data_, message->data.size);
    for (size_t cut = 0; cut < size; cut++)
        assert_refused(psa, victim.key, kind, message, (struct vc_bytes){victim.bytes, cut});
    assert_refused(psa, victim.key, kind, message, (struct vc_bytes){victim.bytes, size + 1});
    message->data.size--;
    assert_refused(psa, victim.key, kind, message, victim.sealed);
    return flips;
}

/* A tag of 4 bytes is guessed once in 2^32, which is no reason for a test to fail. */
static void test_tampering(void **)
{
    struct vc_psa *psa = vc_symmetric_service(true);
    uint64_t random = 0;
    size_t flips = 0;

    for (size_t i = 0; i < VC_COUNT(kinds); i++)
        flips += tamper(psa, &kinds[i], &random);
    print_message("# %zu flips\n", flips);
    vc_psa_free(psa);
}

/* ---- rights ---- */

/* Tags that the specification does not know. In one call the core takes the first, and says another
 * thing of the second, than in several. */
#define NO_GCM      PSA_ALG_AEAD_WITH_SHORTENED_TAG(PSA_ALG_GCM, 9)
#define NO_POLY1305 PSA_ALG_AEAD_WITH_SHORTENED_TAG(PSA_ALG_CHACHA20_POLY1305, 12)

static const struct right {
    const char *name;
    psa_key_type_t type;
    psa_algorithm_t policy;
    psa_key_usage_t usage;
    psa_algorithm_t algorithm;
    vc_psa_status encrypt, decrypt;
} rights[] = {
    {"may not decrypt", PSA_KEY_TYPE_AES, PSA_ALG_GCM, PSA_KEY_USAGE_ENCRYPT, PSA_ALG_GCM,
     PSA_SUCCESS, PSA_ERROR_NOT_PERMITTED},
    {"may not encrypt", PSA_KEY_TYPE_AES, PSA_ALG_GCM, PSA_KEY_USAGE_DECRYPT, PSA_ALG_GCM,
     PSA_ERROR_NOT_PERMITTED, PSA_SUCCESS},
    {"may be exported", PSA_KEY_TYPE_AES, PSA_ALG_GCM, PSA_KEY_USAGE_EXPORT, PSA_ALG_GCM,
     PSA_ERROR_NOT_PERMITTED, PSA_ERROR_NOT_PERMITTED},
    {"another algorithm", PSA_KEY_TYPE_AES, PSA_ALG_CCM, BOTH, PSA_ALG_GCM, PSA_ERROR_NOT_PERMITTED,
     PSA_ERROR_NOT_PERMITTED},
    {"no algorithm", PSA_KEY_TYPE_AES, PSA_ALG_NONE, BOTH, PSA_ALG_GCM, PSA_ERROR_NOT_PERMITTED,
     PSA_ERROR_NOT_PERMITTED},
    {"of another type", PSA_KEY_TYPE_AES, PSA_ALG_CHACHA20_POLY1305, BOTH,
     PSA_ALG_CHACHA20_POLY1305, PSA_ERROR_NOT_SUPPORTED, PSA_ERROR_NOT_SUPPORTED},
    {"a shorter tag", PSA_KEY_TYPE_AES, PSA_ALG_GCM, BOTH,
     PSA_ALG_AEAD_WITH_SHORTENED_TAG(PSA_ALG_GCM, 12), PSA_ERROR_NOT_PERMITTED,
     PSA_ERROR_NOT_PERMITTED},
    {"a longer tag", PSA_KEY_TYPE_AES, PSA_ALG_AEAD_WITH_SHORTENED_TAG(PSA_ALG_GCM, 12), BOTH,
     PSA_ALG_GCM, PSA_ERROR_NOT_PERMITTED, PSA_ERROR_NOT_PERMITTED},
    {"at least 8, and 12", PSA_KEY_TYPE_AES,
     PSA_ALG_AEAD_WITH_AT_LEAST_THIS_LENGTH_TAG(PSA_ALG_GCM, 8), BOTH,
     PSA_ALG_AEAD_WITH_SHORTENED_TAG(PSA_ALG_GCM, 12), PSA_SUCCESS, PSA_SUCCESS},
    {"at least 8, and 8", PSA_KEY_TYPE_AES,
     PSA_ALG_AEAD_WITH_AT_LEAST_THIS_LENGTH_TAG(PSA_ALG_GCM, 8), BOTH,
     PSA_ALG_AEAD_WITH_SHORTENED_TAG(PSA_ALG_GCM, 8), PSA_SUCCESS, PSA_SUCCESS},
    {"at least 8, and 4", PSA_KEY_TYPE_AES,
     PSA_ALG_AEAD_WITH_AT_LEAST_THIS_LENGTH_TAG(PSA_ALG_GCM, 8), BOTH,
     PSA_ALG_AEAD_WITH_SHORTENED_TAG(PSA_ALG_GCM, 4), PSA_ERROR_NOT_PERMITTED,
     PSA_ERROR_NOT_PERMITTED},
    {"a wildcard is no algorithm", PSA_KEY_TYPE_AES,
     PSA_ALG_AEAD_WITH_AT_LEAST_THIS_LENGTH_TAG(PSA_ALG_GCM, 8), BOTH,
     PSA_ALG_AEAD_WITH_AT_LEAST_THIS_LENGTH_TAG(PSA_ALG_GCM, 8), PSA_ERROR_INVALID_ARGUMENT,
     PSA_ERROR_INVALID_ARGUMENT},
    {"no tag of GCM", PSA_KEY_TYPE_AES, PSA_ALG_AEAD_WITH_AT_LEAST_THIS_LENGTH_TAG(PSA_ALG_GCM, 4),
     BOTH, NO_GCM, PSA_ERROR_INVALID_ARGUMENT, PSA_ERROR_INVALID_ARGUMENT},
    {"a tag of 17", PSA_KEY_TYPE_AES, PSA_ALG_AEAD_WITH_AT_LEAST_THIS_LENGTH_TAG(PSA_ALG_GCM, 4),
     BOTH, PSA_ALG_AEAD_WITH_SHORTENED_TAG(PSA_ALG_GCM, 17), PSA_ERROR_INVALID_ARGUMENT,
     PSA_ERROR_INVALID_ARGUMENT},
    {"no tag", PSA_KEY_TYPE_AES, PSA_ALG_AEAD_WITH_SHORTENED_TAG(PSA_ALG_GCM, 0), BOTH,
     PSA_ALG_AEAD_WITH_SHORTENED_TAG(PSA_ALG_GCM, 0), PSA_ERROR_INVALID_ARGUMENT,
     PSA_ERROR_INVALID_ARGUMENT},
    {"no tag of Poly1305", PSA_KEY_TYPE_CHACHA20,
     PSA_ALG_AEAD_WITH_AT_LEAST_THIS_LENGTH_TAG(PSA_ALG_CHACHA20_POLY1305, 8), BOTH, NO_POLY1305,
     PSA_ERROR_INVALID_ARGUMENT, PSA_ERROR_INVALID_ARGUMENT},
    {"a cipher", PSA_KEY_TYPE_AES, PSA_ALG_CTR, BOTH, PSA_ALG_CTR, PSA_ERROR_NOT_SUPPORTED,
     PSA_ERROR_NOT_SUPPORTED},
    {"another cipher", PSA_KEY_TYPE_AES, PSA_ALG_CFB, BOTH, PSA_ALG_CFB, PSA_ERROR_NOT_SUPPORTED,
     PSA_ERROR_NOT_SUPPORTED},
    {"a hash", PSA_KEY_TYPE_AES, PSA_ALG_GCM, BOTH, PSA_ALG_SHA_256, PSA_ERROR_NOT_SUPPORTED,
     PSA_ERROR_NOT_SUPPORTED},
    {"nothing", PSA_KEY_TYPE_AES, PSA_ALG_GCM, BOTH, 0, PSA_ERROR_NOT_SUPPORTED,
     PSA_ERROR_NOT_SUPPORTED},
};

/* As for one call, so for several. */
static void assert_setup(struct vc_psa *psa, uint32_t key, const struct right *right, bool encrypts)
{
    struct vc_psa_call call = {.values = {key, right->algorithm}};
    vc_psa_status status = encrypts ? vc_psa_do_aead_encrypt_setup(psa, &call)
                                    : vc_psa_do_aead_decrypt_setup(psa, &call);
    vc_psa_status wanted = encrypts ? right->encrypt : right->decrypt;

    if (status != wanted)
        fail_msg("%s: %d, %d wanted", right->name, status, wanted);
    assert_int_equal(call.operation != 0, wanted == PSA_SUCCESS);
    assert_int_equal(vc_psa_do_aead_abort(psa, &call), PSA_SUCCESS);
}

/* Asked for more than once: the service remembers what it has heard. */
static void assert_right(struct vc_psa *psa, uint32_t key, const struct right *right, bool encrypts)
{
    struct message message = {};
    uint8_t sealed[64] = {}, out[64];

    message.nonce = (struct vc_bytes){message.nonce_, 12};
    for (unsigned i = 0; i < 3; i++) {
        vc_psa_status wanted = encrypts ? right->encrypt : right->decrypt;
        size_t size = encrypts ? 10 : 10 + PSA_ALG_AEAD_GET_TAG_LENGTH(right->algorithm);
        struct vc_psa_call call =
            call_for(&message, (struct vc_bytes){sealed, size}, out, sizeof(out));
        vc_psa_status status = process(psa, key, right->algorithm, encrypts, &call);

        if (status == PSA_ERROR_INVALID_SIGNATURE)
            status = PSA_SUCCESS;
        if (status != wanted)
            fail_msg("%s: %d, %d wanted", right->name, status, wanted);
        if (right->algorithm == NO_GCM || right->algorithm == NO_POLY1305)
            continue;
        if (!PSA_ALG_IS_AEAD(right->algorithm)) /* PSA leaves open which; the core: the other */
            wanted = PSA_ERROR_INVALID_ARGUMENT;
        status = process_by_core(psa, key, right->algorithm, encrypts, &call);
        if (status == PSA_ERROR_INVALID_SIGNATURE)
            status = PSA_SUCCESS;
        if (status != wanted)
            fail_msg("%s: %d by the core, %d wanted", right->name, status, wanted);
    }
}

static void test_rights(void **)
{
    struct vc_psa *psa = vc_symmetric_service(true);

    for (size_t i = 0; i < VC_COUNT(rights); i++) {
        const struct right *right = &rights[i];
        uint32_t key = make_key(psa, right->type, right->policy, right->usage, 32);

        assert_right(psa, key, right, true);
        assert_right(psa, key, right, false);
        assert_right(psa, key, right, true);
        assert_setup(psa, key, right, true);
        assert_setup(psa, key, right, false);
    }
    vc_psa_free(psa);
}

static void test_forged_keys(void **)
{
    struct vc_psa *psa = vc_symmetric_service(true);
    uint32_t real = make_key(psa, PSA_KEY_TYPE_AES, PSA_ALG_GCM, BOTH, 16);
    uint32_t gone = make_key(psa, PSA_KEY_TYPE_AES, PSA_ALG_GCM, BOTH, 16);
    const uint32_t forged[] = {0, gone, real + 100, VC_PSA_KEY_STORED_MIN, 1, UINT32_MAX};
    struct message message = {};
    uint8_t out[64];

    message.nonce = (struct vc_bytes){message.nonce_, 12};
    struct vc_psa_call call = call_for(&message, (struct vc_bytes){out, 32}, out, sizeof(out));

    assert_int_equal(process(psa, gone, PSA_ALG_GCM, true, &call), PSA_SUCCESS);
    struct vc_psa_call destroy = {.values[0] = gone};

    assert_int_equal(vc_psa_do_destroy_key(psa, &destroy), PSA_SUCCESS);
    for (size_t i = 0; i < VC_COUNT(forged); i++) {
        assert_int_equal(process(psa, forged[i], PSA_ALG_GCM, true, &call),
                         PSA_ERROR_INVALID_HANDLE);
        assert_int_equal(process(psa, forged[i], PSA_ALG_GCM, false, &call),
                         PSA_ERROR_INVALID_HANDLE);
        assert_int_equal(process(psa, forged[i], PSA_ALG_CCM, true, &call),
                         PSA_ERROR_INVALID_HANDLE);
    }
    assert_int_equal(process(psa, real, PSA_ALG_GCM, true, &call), PSA_SUCCESS);
    vc_psa_free(psa);
}

/* One key by turns for what crypto has several objects for. */
static void test_one_key_for_several(void **)
{
    struct vc_psa *psa = vc_symmetric_service(true);
    uint32_t key = make_key(psa, PSA_KEY_TYPE_AES,
                            PSA_ALG_AEAD_WITH_AT_LEAST_THIS_LENGTH_TAG(PSA_ALG_GCM, 4), BOTH, 16);
    uint64_t random = 0;

    for (unsigned i = 0; i < 200; i++) {
        static const size_t tags[] = {4, 8, 12, 13, 14, 15, 16};
        struct kind kind = kinds[3];
        struct message message;

        kind.tag_size = tags[vc_symmetric_random(&random, VC_COUNT(tags))];
        kind.algorithm =
            (psa_algorithm_t)PSA_ALG_AEAD_WITH_SHORTENED_TAG(PSA_ALG_GCM, kind.tag_size);
        draw(&message, &random, 1 + vc_symmetric_random(&random, NONCE_MAX));
        assert_same(psa, key, &kind, &message);
    }
    vc_psa_free(psa);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_rooms),
        cmocka_unit_test(test_nonces),
        cmocka_unit_test(test_tampering),
        cmocka_unit_test(test_rights),
        cmocka_unit_test(test_forged_keys),
        cmocka_unit_test(test_one_key_for_several),
    };

    return cmocka_run_group_tests_name("psa-aead", tests, nullptr, nullptr);
}
