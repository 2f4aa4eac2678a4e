/* SPDX-License-Identifier: MIT */

/* J-PAKE: exchanges that succeed, with another password, altered, out of order; every refusal. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "psa/fixture.h"

static constexpr psa_algorithm_t JPAKE = PSA_ALG_JPAKE | (PSA_ALG_SHA_256 & PSA_ALG_HASH_MASK);
static constexpr uint32_t P256 = 0x01120100; /* PSA_PAKE_PRIMITIVE(ECC, SECP_R1, 256) */
static constexpr uint32_t CONFIRMED = 0;
static constexpr uint32_t UNCONFIRMED = 1;
static constexpr psa_algorithm_t HKDF = PSA_ALG_HKDF(PSA_ALG_SHA_256);
static constexpr size_t PASSWORD_SIZE = 10;

static const uint8_t PASSWORD[PASSWORD_SIZE] = "passwords";
static const uint8_t OTHER[PASSWORD_SIZE] = "otherwise";

static const uint32_t STEPS[] = {PSA_PAKE_STEP_KEY_SHARE, PSA_PAKE_STEP_ZK_PUBLIC,
                                 PSA_PAKE_STEP_ZK_PROOF};

/* One side of an exchange. */
struct side {
    struct vc_psa *psa;
    uint32_t operation;
};

static vc_psa_status step(struct side *side, struct vc_psa_call call)
{
    vc_psa_status status;

    call.operation = side->operation;
    status = vc_fixture_ask(side->psa, &call);
    side->operation = call.operation;
    return status;
}

static vc_psa_status name(struct side *side, enum vc_psa_function function, const char *text)
{
    return step(side, (struct vc_psa_call){.function = function,
                                           .inputs = {{(const uint8_t *)text, strlen(text)}}});
}

static uint32_t password_key(struct vc_psa *psa, const uint8_t password[PASSWORD_SIZE])
{
    return vc_fixture_import(
        psa, (struct vc_fixture_key){PSA_KEY_TYPE_PASSWORD, PSA_KEY_USAGE_DERIVE, JPAKE},
        (struct vc_bytes){password, PASSWORD_SIZE});
}

static struct side set_up(struct vc_psa *psa, const uint8_t password[PASSWORD_SIZE])
{
    uint32_t key = password_key(psa, password);
    struct side side = {.psa = psa};

    assert_int_equal(step(&side, (struct vc_psa_call){.function = VC_PSA_pake_setup,
                                                      .values = {key, JPAKE, P256, UNCONFIRMED}}),
                     PSA_SUCCESS);
    vc_fixture_destroy(psa, key);
    return side;
}

static struct side begin(struct vc_psa *psa, bool client, const uint8_t password[PASSWORD_SIZE])
{
    struct side side = set_up(psa, password);

    assert_int_equal(step(&side, (struct vc_psa_call){.function = VC_PSA_pake_set_role,
                                                      .values = {PSA_PAKE_ROLE_NONE}}),
                     PSA_SUCCESS);
    assert_int_equal(name(&side, VC_PSA_pake_set_user, client ? "client" : "server"), PSA_SUCCESS);
    assert_int_equal(name(&side, VC_PSA_pake_set_peer, client ? "server" : "client"), PSA_SUCCESS);
    return side;
}

static vc_psa_status put(struct side *side, uint32_t at, struct vc_bytes bytes)
{
    return step(side, (struct vc_psa_call){
                          .function = VC_PSA_pake_input, .values = {at}, .inputs = {bytes}});
}

static vc_psa_status get(struct side *side, uint32_t at, struct vc_fixture_bytes *bytes,
                         size_t room)
{
    struct vc_psa_call call = {.function = VC_PSA_pake_output,
                               .values = {at},
                               .operation = side->operation,
                               .outputs = {{.data = bytes->data, .room = room}}};
    vc_psa_status status = vc_fixture_ask(side->psa, &call);

    side->operation = call.operation;
    bytes->size = call.outputs[0].size;
    return status;
}

/* What one side says in a round of so many times three steps, told to the other. A bit of all that
 * is flipped, if *flip counts down to it. The first status that is not success. */
static vc_psa_status say(struct side *from, struct side *to, size_t times, long *flip)
{
    struct vc_fixture_bytes said[6] = {};
    size_t count = 3 * times;

    for (size_t i = 0; i < count; i++)
        assert_int_equal(get(from, STEPS[i % 3], &said[i], sizeof(said[i].data)), PSA_SUCCESS);
    for (size_t i = 0; i < count; i++) {
        long bits = (long)(8 * said[i].size);
        vc_psa_status status;

        if (*flip >= 0 && *flip < bits)
            said[i].data[*flip / 8] ^= (uint8_t)(1 << *flip % 8);
        *flip -= bits;
        status = put(to, STEPS[i % 3], vc_fixture_view(&said[i]));
        if (status != PSA_SUCCESS)
            return status;
    }
    return PSA_SUCCESS;
}

static vc_psa_status rounds(struct side *client, struct side *server, long flip)
{
    vc_psa_status status = say(client, server, 2, &flip);

    if (status == PSA_SUCCESS)
        status = say(server, client, 2, &flip);
    if (status == PSA_SUCCESS)
        status = say(server, client, 1, &flip);
    if (status == PSA_SUCCESS)
        status = say(client, server, 1, &flip);
    return status;
}

static vc_psa_status take(struct side *side, struct vc_psa_attributes form, uint32_t *key)
{
    struct vc_psa_call call = {
        .function = VC_PSA_pake_get_shared_key, .operation = side->operation, .attributes = form};
    vc_psa_status status = vc_fixture_ask(side->psa, &call);

    side->operation = call.operation;
    *key = call.key;
    return status;
}

/* Bytes that are derived from the shared key. */
static void derive(struct side *side, uint8_t bytes[32])
{
    const struct vc_psa_attributes form = {
        .type = PSA_KEY_TYPE_DERIVE, .usage = PSA_KEY_USAGE_DERIVE, .algorithm = HKDF};
    struct side kdf = {.psa = side->psa};
    uint32_t key = 0;

    assert_int_equal(take(side, form, &key), PSA_SUCCESS);
    assert_int_equal(side->operation, 0);
    assert_int_equal(
        step(&kdf, (struct vc_psa_call){.function = VC_PSA_key_derivation_setup, .values = {HKDF}}),
        PSA_SUCCESS);
    assert_int_equal(
        step(&kdf, (struct vc_psa_call){.function = VC_PSA_key_derivation_input_key,
                                        .values = {PSA_KEY_DERIVATION_INPUT_SECRET, key}}),
        PSA_SUCCESS);
    assert_int_equal(step(&kdf, (struct vc_psa_call){.function = VC_PSA_key_derivation_input_bytes,
                                                     .values = {PSA_KEY_DERIVATION_INPUT_INFO}}),
                     PSA_SUCCESS);
    assert_int_equal(step(&kdf, (struct vc_psa_call){.function = VC_PSA_key_derivation_output_bytes,
                                                     .outputs = {{.data = bytes, .room = 32}}}),
                     PSA_SUCCESS);
    vc_fixture_destroy(side->psa, key);
}

static vc_psa_status derive_step(struct side *kdf, enum vc_psa_function function, uint32_t first,
                                 uint32_t second)
{
    return step(kdf, (struct vc_psa_call){.function = function,
                                          .values = {first, second},
                                          .inputs = {{(const uint8_t *)"sameness", 8}}});
}

static void test_exchange(void **)
{
    struct vc_psa *psa = vc_fixture_service(true);
    uint8_t secrets[4][2][32];

    for (size_t i = 0; i < 4; i++) {
        bool same = i < 2;
        struct side client = begin(psa, true, PASSWORD);
        struct side server = begin(psa, false, same ? PASSWORD : OTHER);

        assert_int_equal(rounds(&client, &server, -1), PSA_SUCCESS);
        derive(&client, secrets[i][0]);
        derive(&server, secrets[i][1]);
        assert_int_equal(memcmp(secrets[i][0], secrets[i][1], 32) == 0, same);
        assert_true(i == 0 || memcmp(secrets[i][0], secrets[i - 1][0], 32) != 0);
    }
    vc_psa_free(psa);
}

/* One bit, of all that is said: whoever hears it says so, and is done with. */
static void test_altered(void **)
{
    struct vc_psa *psa = vc_fixture_service(true);
    static constexpr long BITS = 6L * 8 * (65 + 65 + 32);
    static constexpr long STRIDE = 37; /* all bits take a minute */
    size_t refused = 0, tried = 0;

    for (long flip = 0; flip < BITS; flip += STRIDE) {
        struct side client = begin(psa, true, PASSWORD), server = begin(psa, false, PASSWORD);
        vc_psa_status status = rounds(&client, &server, flip);

        tried++;
        refused += status != PSA_SUCCESS;
        if (status == PSA_SUCCESS)
            fail_msg("bit %ld", flip);
        assert_true((client.operation == 0) != (server.operation == 0));
        assert_int_equal(step(&client, (struct vc_psa_call){.function = VC_PSA_pake_abort}),
                         PSA_SUCCESS);
        assert_int_equal(step(&server, (struct vc_psa_call){.function = VC_PSA_pake_abort}),
                         PSA_SUCCESS);
    }
    print_message("# %zu of %zu bits refused\n", refused, tried);
    assert_int_equal(psa->operation_count, 0);
    vc_psa_free(psa);
}

static const struct setup {
    const char *name;
    psa_key_type_t type;
    psa_key_usage_t usage;
    psa_algorithm_t policy;
    uint32_t suite[3];
    vc_psa_status status;
} SETUPS[] = {
    {"as it should be",
     PSA_KEY_TYPE_PASSWORD,
     PSA_KEY_USAGE_DERIVE,
     JPAKE,
     {JPAKE, P256, UNCONFIRMED},
     PSA_SUCCESS},
    {"a hash of a password",
     PSA_KEY_TYPE_PASSWORD_HASH,
     PSA_KEY_USAGE_DERIVE,
     JPAKE,
     {JPAKE, P256, UNCONFIRMED},
     PSA_SUCCESS},
    {"no right",
     PSA_KEY_TYPE_PASSWORD,
     PSA_KEY_USAGE_EXPORT,
     JPAKE,
     {JPAKE, P256, UNCONFIRMED},
     PSA_ERROR_NOT_PERMITTED},
    {"another algorithm",
     PSA_KEY_TYPE_PASSWORD,
     PSA_KEY_USAGE_DERIVE,
     HKDF,
     {JPAKE, P256, UNCONFIRMED},
     PSA_ERROR_NOT_PERMITTED},
    {"the beta's name",
     PSA_KEY_TYPE_PASSWORD,
     PSA_KEY_USAGE_DERIVE,
     PSA_ALG_JPAKE,
     {JPAKE, P256, UNCONFIRMED},
     PSA_ERROR_NOT_PERMITTED},
    {"no password",
     PSA_KEY_TYPE_DERIVE,
     PSA_KEY_USAGE_DERIVE,
     JPAKE,
     {JPAKE, P256, UNCONFIRMED},
     PSA_ERROR_INVALID_ARGUMENT},
    {"confirmed",
     PSA_KEY_TYPE_PASSWORD,
     PSA_KEY_USAGE_DERIVE,
     JPAKE,
     {JPAKE, P256, CONFIRMED},
     PSA_ERROR_INVALID_ARGUMENT},
    {"no such confirmation",
     PSA_KEY_TYPE_PASSWORD,
     PSA_KEY_USAGE_DERIVE,
     JPAKE,
     {JPAKE, P256, 2},
     PSA_ERROR_INVALID_ARGUMENT},
    {"no exchange",
     PSA_KEY_TYPE_PASSWORD,
     PSA_KEY_USAGE_DERIVE,
     JPAKE,
     {PSA_ALG_ECDH, P256, UNCONFIRMED},
     PSA_ERROR_INVALID_ARGUMENT},
    {"no primitive",
     PSA_KEY_TYPE_PASSWORD,
     PSA_KEY_USAGE_DERIVE,
     JPAKE,
     {JPAKE, 0, UNCONFIRMED},
     PSA_ERROR_INVALID_ARGUMENT},
    {"P-384",
     PSA_KEY_TYPE_PASSWORD,
     PSA_KEY_USAGE_DERIVE,
     JPAKE,
     {JPAKE, 0x01120180, UNCONFIRMED},
     PSA_ERROR_NOT_SUPPORTED},
    {"SHA-384",
     PSA_KEY_TYPE_PASSWORD,
     PSA_KEY_USAGE_DERIVE,
     PSA_ALG_JPAKE | 0x0a,
     {PSA_ALG_JPAKE | 0x0a, P256, UNCONFIRMED},
     PSA_ERROR_NOT_SUPPORTED},
    {"SPAKE2+",
     PSA_KEY_TYPE_PASSWORD,
     PSA_KEY_USAGE_DERIVE,
     0x0a000409,
     {0x0a000409, P256, CONFIRMED},
     PSA_ERROR_NOT_SUPPORTED},
};

static void test_suites(void **)
{
    struct vc_psa *psa = vc_fixture_service(true);

    for (size_t i = 0; i < VC_COUNT(SETUPS); i++) {
        uint32_t key = vc_fixture_import(
            psa, (struct vc_fixture_key){SETUPS[i].type, SETUPS[i].usage, SETUPS[i].policy},
            VC_BYTES(PASSWORD));
        const uint32_t *suite = SETUPS[i].suite;
        struct vc_psa_call call = {.function = VC_PSA_pake_setup,
                                   .values = {key, suite[0], suite[1], suite[2]}};
        vc_psa_status status = vc_fixture_ask(psa, &call);

        if (status != SETUPS[i].status)
            fail_msg("%s: %d", SETUPS[i].name, status);
        assert_int_equal(call.operation != 0, status == PSA_SUCCESS);
        if (status == PSA_SUCCESS)
            assert_int_equal(vc_fixture_ask(psa, &call), PSA_ERROR_BAD_STATE); /* active */
        vc_fixture_destroy(psa, key);
    }
    struct vc_psa_call none = {.function = VC_PSA_pake_setup,
                               .values = {1, JPAKE, P256, UNCONFIRMED}};

    assert_int_equal(vc_fixture_ask(psa, &none), PSA_ERROR_INVALID_HANDLE);
    none.values[0] = password_key(psa, PASSWORD);
    psa->options.randomness = false;
    assert_int_equal(vc_fixture_ask(psa, &none), PSA_ERROR_NOT_PERMITTED);
    vc_psa_free(psa);
}

static void test_names(void **)
{
    struct vc_psa *psa = vc_fixture_service(true);
    const struct row {
        const char *what;
        enum vc_psa_function function;
        const char *text;
        uint32_t role;
        vc_psa_status status;
    } rows[] = {
        {"no user", VC_PSA_pake_set_user, "", 0, PSA_ERROR_INVALID_ARGUMENT},
        {"no peer", VC_PSA_pake_set_peer, "", 0, PSA_ERROR_INVALID_ARGUMENT},
        {"a role", VC_PSA_pake_set_role, "", PSA_PAKE_ROLE_CLIENT, PSA_ERROR_INVALID_ARGUMENT},
        {"a role that is cut", VC_PSA_pake_set_role, "", 0x100, PSA_ERROR_INVALID_ARGUMENT},
        {"a context", VC_PSA_pake_set_context, "context", 0, PSA_ERROR_BAD_STATE},
    };
    struct vc_fixture_bytes said = {};
    struct side side;

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        const char *text = rows[i].text;

        side = set_up(psa, PASSWORD);
        vc_psa_status status =
            step(&side, (struct vc_psa_call){.function = rows[i].function,
                                             .values = {rows[i].role},
                                             .inputs = {{(const uint8_t *)text, strlen(text)}}});
        if (status != rows[i].status)
            fail_msg("%s: %d", rows[i].what, status);
        assert_int_equal(side.operation, 0);
    }
    side = set_up(psa, PASSWORD); /* nameless */
    assert_int_equal(get(&side, STEPS[0], &said, 65), PSA_ERROR_BAD_STATE);
    side = set_up(psa, PASSWORD);
    assert_int_equal(name(&side, VC_PSA_pake_set_user, "client"), PSA_SUCCESS);
    assert_int_equal(name(&side, VC_PSA_pake_set_user, "client"), PSA_ERROR_BAD_STATE);
    side = begin(psa, true, PASSWORD);
    assert_int_equal(get(&side, STEPS[0], &said, 65), PSA_SUCCESS);
    assert_int_equal(name(&side, VC_PSA_pake_set_peer, "server"), PSA_ERROR_BAD_STATE);
    vc_psa_free(psa);
}

/* Whatever is not the next step; and all of them with a byte of room, or of input, amiss. */
static void test_steps(void **)
{
    struct vc_psa *psa = vc_fixture_service(true);
    static const size_t sizes[] = {65, 65, 32};
    static const uint32_t wrong[] = {0,    PSA_PAKE_STEP_ZK_PUBLIC, PSA_PAKE_STEP_ZK_PROOF, 4, 5,
                                     0x101};
    struct vc_fixture_bytes said = {};
    struct side side;

    for (size_t i = 0; i < VC_COUNT(wrong); i++) {
        bool known = wrong[i] > 0 && wrong[i] < 4;

        side = begin(psa, true, PASSWORD);
        assert_int_equal(get(&side, wrong[i], &said, sizeof(said.data)),
                         known ? PSA_ERROR_BAD_STATE : PSA_ERROR_INVALID_ARGUMENT);
        assert_int_equal(side.operation, 0);
        side = begin(psa, true, PASSWORD);
        assert_int_equal(
            put(&side, wrong[i],
                (struct vc_bytes){said.data, wrong[i] == PSA_PAKE_STEP_ZK_PROOF ? 32 : 65}),
            known ? PSA_ERROR_BAD_STATE : PSA_ERROR_INVALID_ARGUMENT);
        assert_int_equal(side.operation, 0);
    }
    for (size_t i = 0; i < VC_COUNT(STEPS); i++) {
        side = begin(psa, true, PASSWORD);
        for (size_t j = 0; j < i; j++)
            assert_int_equal(get(&side, STEPS[j], &said, sizes[j]), PSA_SUCCESS);
        assert_int_equal(get(&side, STEPS[i], &said, sizes[i] - 1), PSA_ERROR_BUFFER_TOO_SMALL);
        assert_int_equal(side.operation, 0);
    }
    side = begin(psa, true, PASSWORD);
    assert_int_equal(put(&side, STEPS[0], (struct vc_bytes){}), PSA_ERROR_INVALID_ARGUMENT);
    side = begin(psa, true, PASSWORD);
    assert_int_equal(put(&side, STEPS[0], (struct vc_bytes){said.data, 66}),
                     PSA_ERROR_INVALID_ARGUMENT);
    vc_psa_free(psa);
}

static void test_what_becomes_of_it(void **)
{
    struct vc_psa *psa = vc_fixture_service(true);
    const struct row {
        const char *what;
        struct vc_psa_attributes form;
        vc_psa_status status;
    } rows[] = {
        {"to derive from", {.type = PSA_KEY_TYPE_DERIVE}, PSA_SUCCESS},
        {"for codes", {.type = PSA_KEY_TYPE_HMAC}, PSA_SUCCESS},
        {"its size", {.type = PSA_KEY_TYPE_DERIVE, .bits = 520}, PSA_ERROR_INVALID_ARGUMENT},
        {"a key of a cipher", {.type = PSA_KEY_TYPE_AES}, PSA_ERROR_INVALID_ARGUMENT},
        {"raw data", {.type = PSA_KEY_TYPE_RAW_DATA}, PSA_ERROR_INVALID_ARGUMENT},
        {"a usage that is none",
         {.type = PSA_KEY_TYPE_DERIVE, .usage = 1U << 30},
         PSA_ERROR_INVALID_ARGUMENT},
        {"persistent, and nobody keeps",
         {.type = PSA_KEY_TYPE_DERIVE, .lifetime = 1, .id = 5},
         PSA_ERROR_NOT_PERMITTED},
    };
    const struct vc_psa_attributes plain = {.type = PSA_KEY_TYPE_DERIVE};
    struct vc_fixture_bytes said = {};
    struct side side;
    uint32_t key;

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct side client = begin(psa, true, PASSWORD), server = begin(psa, false, PASSWORD);
        vc_psa_status status;

        assert_int_equal(rounds(&client, &server, -1), PSA_SUCCESS);
        status = take(&client, rows[i].form, &key);
        if (status != rows[i].status)
            fail_msg("%s: %d", rows[i].what, status);
        assert_int_equal(client.operation, 0);
        assert_int_equal(get(&server, STEPS[0], &said, 65), PSA_ERROR_BAD_STATE); /* all said */
        if (status == PSA_SUCCESS)
            vc_fixture_destroy(psa, key);
    }
    side = begin(psa, true, PASSWORD); /* before a round, and within one */
    assert_int_equal(take(&side, plain, &key), PSA_ERROR_BAD_STATE);
    assert_int_equal(side.operation, 0);
    side = begin(psa, true, PASSWORD);
    assert_int_equal(get(&side, STEPS[0], &said, 65), PSA_SUCCESS);
    assert_int_equal(take(&side, plain, &key), PSA_ERROR_BAD_STATE);
    assert_int_equal(side.operation, 0);
    assert_int_equal(psa->operation_count, 0);
    vc_psa_free(psa);
}

/* The secret has 65 bytes, and every derivation that takes them is as good as the others. */
static void test_what_is_derived_from_it(void **)
{
    static const struct row {
        const char *what;
        psa_algorithm_t algorithm;
        uint32_t before, after; /* steps with an input of 8 bytes; 0: none */
    } rows[] = {
        {"HKDF", HKDF, PSA_KEY_DERIVATION_INPUT_SALT, PSA_KEY_DERIVATION_INPUT_INFO},
        {"TLS 1.2's PRF", PSA_ALG_TLS12_PRF(PSA_ALG_SHA_256), PSA_KEY_DERIVATION_INPUT_SEED,
         PSA_KEY_DERIVATION_INPUT_LABEL},
        {"TLS 1.2's premaster secret", PSA_ALG_TLS12_ECJPAKE_TO_PMS, 0, 0},
    };
    struct vc_psa *psa = vc_fixture_service(true);

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct side ends[] = {begin(psa, true, PASSWORD), begin(psa, false, PASSWORD)};
        const struct vc_psa_attributes form = {.type = PSA_KEY_TYPE_DERIVE,
                                               .usage = PSA_KEY_USAGE_DERIVE,
                                               .algorithm = rows[i].algorithm};
        uint8_t found[2][32] = {};

        assert_int_equal(rounds(&ends[0], &ends[1], -1), PSA_SUCCESS);
        for (size_t j = 0; j < 2; j++) {
            struct side kdf = {.psa = psa};
            uint32_t key = 0;

            assert_int_equal(take(&ends[j], form, &key), PSA_SUCCESS);
            assert_int_equal(derive_step(&kdf, VC_PSA_key_derivation_setup, rows[i].algorithm, 0),
                             PSA_SUCCESS);
            if (rows[i].before != 0)
                assert_int_equal(
                    derive_step(&kdf, VC_PSA_key_derivation_input_bytes, rows[i].before, 0),
                    PSA_SUCCESS);
            if (derive_step(&kdf, VC_PSA_key_derivation_input_key, PSA_KEY_DERIVATION_INPUT_SECRET,
                            key) != PSA_SUCCESS)
                fail_msg("%s does not take it", rows[i].what);
            if (rows[i].after != 0)
                assert_int_equal(
                    derive_step(&kdf, VC_PSA_key_derivation_input_bytes, rows[i].after, 0),
                    PSA_SUCCESS);
            assert_int_equal(
                step(&kdf, (struct vc_psa_call){.function = VC_PSA_key_derivation_output_bytes,
                                                .outputs = {{.data = found[j], .room = 32}}}),
                PSA_SUCCESS);
            assert_int_equal(derive_step(&kdf, VC_PSA_key_derivation_abort, 0, 0), PSA_SUCCESS);
            vc_fixture_destroy(psa, key);
        }
        assert_memory_equal(found[0], found[1], 32);
    }
    vc_psa_free(psa);
}

static void test_handles(void **)
{
    struct vc_psa *psa = vc_fixture_service(true);
    struct side over = begin(psa, true, PASSWORD), active = begin(psa, true, PASSWORD);
    struct side hash = {.psa = psa};
    struct vc_fixture_bytes said = {};
    uint32_t gone = over.operation, key;

    assert_int_equal(step(&over, (struct vc_psa_call){.function = VC_PSA_pake_abort}), PSA_SUCCESS);
    assert_int_equal(step(&hash, (struct vc_psa_call){.function = VC_PSA_hash_setup,
                                                      .values = {PSA_ALG_SHA_256}}),
                     PSA_SUCCESS);
    const uint32_t handles[] = {0,  gone,       hash.operation,
                                99, UINT32_MAX, active.operation & ~VC_PSA_HANDLE_STORED};

    for (size_t i = 0; i < VC_COUNT(handles); i++) {
        struct side none = {psa, handles[i]};

        assert_int_equal(get(&none, STEPS[0], &said, 65), PSA_ERROR_BAD_STATE);
        none.operation = handles[i];
        assert_int_equal(put(&none, STEPS[0], (struct vc_bytes){said.data, 65}),
                         PSA_ERROR_BAD_STATE);
        none.operation = handles[i];
        assert_int_equal(name(&none, VC_PSA_pake_set_user, "client"), PSA_ERROR_BAD_STATE);
        none.operation = handles[i];
        assert_int_equal(name(&none, VC_PSA_pake_set_peer, "client"), PSA_ERROR_BAD_STATE);
        none.operation = handles[i];
        assert_int_equal(name(&none, VC_PSA_pake_set_context, "x"), PSA_ERROR_BAD_STATE);
        none.operation = handles[i];
        assert_int_equal(name(&none, VC_PSA_pake_set_role, ""), PSA_ERROR_BAD_STATE);
        none.operation = handles[i];
        assert_int_equal(take(&none, (struct vc_psa_attributes){}, &key), PSA_ERROR_BAD_STATE);
        none.operation = handles[i];
        assert_int_equal(step(&none, (struct vc_psa_call){.function = VC_PSA_pake_abort}),
                         PSA_SUCCESS);
    }
    assert_int_equal(psa->operation_count, 2);
    assert_int_equal(get(&active, STEPS[0], &said, 65), PSA_SUCCESS);
    vc_psa_free(psa);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exchange), cmocka_unit_test(test_altered),
        cmocka_unit_test(test_suites),   cmocka_unit_test(test_names),
        cmocka_unit_test(test_steps),    cmocka_unit_test(test_what_becomes_of_it),
        cmocka_unit_test(test_handles),  cmocka_unit_test(test_what_is_derived_from_it),
    };

    return cmocka_run_group_tests_name("psa-pake", tests, nullptr, nullptr);
}
