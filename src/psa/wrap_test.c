/* SPDX-License-Identifier: MIT */

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "crypto/envelope.h"
#include "crypto/pki_fixture.h"
#include "psa/service_internal.h"

static constexpr int64_t NOW = 1800000000;
static constexpr size_t ROOM = 16384;
static constexpr uint32_t POLICY_KEY = 7;
static constexpr uint32_t KEPT_KEY = 8;

static const uint8_t SECRET[32] = "a key of the policy, 32 bytes..";

/* The numbers of receivers. */
enum { ALICE, BOB, RSA, P521, RECEIVER_COUNT };
static const char *const NAMES[] = {"alice", "bob", "carol.rsa", "dave-521"};

struct world {
    struct vc_psa *psa;
    struct vc_cert *certs[RECEIVER_COUNT];
    struct vc_buffer pem[2]; /* private keys of alice and bob */
};

static void make_identity(struct world *world, int who)
{
    vc_cleanup(vc_key_freep) struct vc_key *key = nullptr;

    assert_int_equal(vc_key_new(&key, nullptr), VC_OK);
    assert_int_equal(
        vc_cert_new_identity(key, NAMES[who], NOW - 1, NOW + 1, &world->certs[who], nullptr),
        VC_OK);
    assert_int_equal(vc_key_encode_private_pem(key, &world->pem[who], nullptr), VC_OK);
}

static struct vc_cert *issue(enum vc_key_kind kind, enum vc_scheme scheme, const char *name)
{
    vc_cleanup(vc_pki_key_freep) struct vc_pki_key *key = vc_pki_key_new(kind, 2048);
    const struct vc_pki_order order = {.subject = name,
                                       .key = key,
                                       .scheme = scheme,
                                       .not_before = NOW - 1,
                                       .not_after = NOW + 1,
                                       .key_usage = VC_PKI_DIGITAL_SIGNATURE,
                                       .serial = 1};

    return vc_pki_issue(&order);
}

static struct vc_bytes text(const char *name)
{
    return (struct vc_bytes){(const uint8_t *)name, strlen(name)};
}

static void give(struct world *world, uint32_t id, const uint32_t *receiver, bool freely)
{
    const struct vc_psa_given given = {
        .attributes = {.lifetime = freely ? PSA_KEY_LIFETIME_PERSISTENT
                                          : PSA_KEY_LIFETIME_FROM_PERSISTENCE_AND_LOCATION(
                                                PSA_KEY_PERSISTENCE_READ_ONLY, 0),
                       .id = id,
                       .usage = PSA_KEY_USAGE_DECRYPT | PSA_KEY_USAGE_COPY,
                       .algorithm = PSA_ALG_GCM,
                       .type = PSA_KEY_TYPE_AES,
                       .bits = 256},
        .material = VC_BYTES(SECRET),
        .receivers = receiver,
        .receiver_count = receiver == nullptr ? 0 : 1,
        .wraps_freely = freely,
    };
    struct vc_err err = {};

    if (vc_psa_give(world->psa, &given, &err) != VC_OK)
        fail_msg("%s", err.text);
}

static void start(struct world *world, bool randomness)
{
    const struct vc_psa_options options = {.first_key = VC_PSA_KEY_STORED_MIN,
                                           .handle_flag = VC_PSA_HANDLE_STORED,
                                           .randomness = randomness};
    const uint32_t alice = ALICE;

    assert_int_equal(vc_psa_new(&options, &world->psa, nullptr), VC_OK);
    for (int i = 0; i < RECEIVER_COUNT; i++) {
        assert_int_equal(
            vc_psa_add_receiver(world->psa, text(NAMES[i]), vc_cert_der(world->certs[i]), nullptr),
            VC_OK);
    }
    give(world, POLICY_KEY, &alice, false);
    give(world, KEPT_KEY, nullptr, true);
}

static int make_world(void **state)
{
    static struct world world;

    make_identity(&world, ALICE);
    make_identity(&world, BOB);
    world.certs[RSA] = issue(VC_KEY_RSA, VC_SCHEME_RS256, NAMES[RSA]);
    world.certs[P521] = issue(VC_KEY_P521, VC_SCHEME_ES512, NAMES[P521]);
    start(&world, true);
    *state = &world;
    return 0;
}

static int free_world(void **state)
{
    struct world *world = *state;

    vc_psa_free(world->psa);
    for (int i = 0; i < RECEIVER_COUNT; i++)
        vc_cert_free(world->certs[i]);
    vc_buffer_done(&world->pem[ALICE]);
    vc_buffer_done(&world->pem[BOB]);
    return 0;
}

/* What is written, and to where. */
struct wrapped {
    uint8_t bytes[ROOM];
    size_t size;
};

static vc_psa_status wrap_into(const struct world *world, uint32_t key, struct vc_bytes name,
                               size_t room, struct wrapped *wrapped)
{
    struct vc_psa_call call = {.function = VC_PSA_key_wrap,
                               .values = {key},
                               .inputs = {name},
                               .outputs = {{.data = wrapped->bytes, .room = room}}};
    vc_psa_status status;

    memset(wrapped->bytes, 0xaa, sizeof(wrapped->bytes));
    status = vc_psa_do_key_wrap(world->psa, &call);
    wrapped->size = call.outputs[0].size;
    for (size_t i = wrapped->size; i < sizeof(wrapped->bytes); i++)
        assert_int_equal(wrapped->bytes[i], 0xaa);
    assert_true(status == PSA_SUCCESS ? wrapped->size > 0 : wrapped->size == 0);
    return status;
}

static vc_psa_status wrap(const struct world *world, uint32_t key, const char *name,
                          struct wrapped *wrapped)
{
    return wrap_into(world, key, text(name), ROOM, wrapped);
}

static void assert_opens(const struct world *world, int who, const struct wrapped *wrapped,
                         struct vc_bytes wanted)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer content = {};
    struct vc_err err = {};

    if (vc_envelope_open(world->certs[who], vc_buffer_bytes(&world->pem[who]),
                         (struct vc_bytes){wrapped->bytes, wrapped->size}, &content, &err) != VC_OK)
        fail_msg("%s", err.text);
    assert_int_equal(content.size, wanted.size);
    assert_memory_equal(content.data, wanted.data, wanted.size);
}

/* ---- keys of the program ---- */

static uint32_t generate(const struct world *world, struct vc_psa_attributes attributes)
{
    struct vc_psa_call call = {.function = VC_PSA_generate_key, .attributes = attributes};

    assert_int_equal(vc_psa_do_generate_key(world->psa, &call), PSA_SUCCESS);
    return call.key;
}

static void destroy(const struct world *world, uint32_t key)
{
    struct vc_psa_call call = {.function = VC_PSA_destroy_key, .values = {key}};

    assert_int_equal(vc_psa_do_destroy_key(world->psa, &call), PSA_SUCCESS);
}

static const struct {
    const char *name;
    struct vc_psa_attributes attributes;
} OWN[] = {
    {"AES", {.type = PSA_KEY_TYPE_AES, .bits = 256, .algorithm = PSA_ALG_GCM}},
    {"HMAC", {.type = PSA_KEY_TYPE_HMAC, .bits = 8, .algorithm = PSA_ALG_HMAC(PSA_ALG_SHA_256)}},
    {"P-256 pair",
     {.type = PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1),
      .bits = 256,
      .algorithm = PSA_ALG_ECDSA(PSA_ALG_SHA_256)}},
    {"X25519 pair",
     {.type = PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_MONTGOMERY),
      .bits = 255,
      .algorithm = PSA_ALG_ECDH}},
    {"RSA pair",
     {.type = PSA_KEY_TYPE_RSA_KEY_PAIR,
      .bits = 2048,
      .algorithm = PSA_ALG_RSA_PSS(PSA_ALG_SHA_256)}},
};

/* What comes out is psa_export_key's form, whether the program may export the key or not. */
static void test_own_keys(void **state)
{
    const struct world *world = *state;
    struct wrapped wrapped;

    for (size_t row = 0; row < VC_COUNT(OWN); row++) {
        uint32_t id = generate(world, OWN[row].attributes);
        const struct vc_psa_key *key = vc_psa_key_find(world->psa, id);
        struct vc_buffer material = {};

        print_message("# %s\n", OWN[row].name);
        assert_int_equal(vc_psa_key_material(key, &material), PSA_SUCCESS);
        assert_int_equal(wrap(world, id, "alice", &wrapped), PSA_SUCCESS);
        assert_opens(world, ALICE, &wrapped, vc_buffer_bytes(&material));
        assert_int_equal(wrap(world, id, "bob", &wrapped), PSA_SUCCESS);
        assert_opens(world, BOB, &wrapped, vc_buffer_bytes(&material));
        assert_int_equal(wrap(world, id, "carol.rsa", &wrapped), PSA_SUCCESS);
        if (material.size >= 8) /* fewer bytes may be anywhere by chance */
            assert_null(memmem(wrapped.bytes, wrapped.size, material.data, material.size));
        vc_buffer_done(&material);
        destroy(world, id);
        assert_int_equal(wrap(world, id, "alice", &wrapped), PSA_ERROR_INVALID_HANDLE);
    }
}

/* ---- keys of the policy, and kept ones ---- */

static const struct {
    const char *name;
    uint32_t key;
    const char *receiver;
    vc_psa_status status;
} ROWS[] = {
    {"policy's, for its receiver", POLICY_KEY, "alice", PSA_SUCCESS},
    {"policy's, for another", POLICY_KEY, "bob", PSA_ERROR_NOT_PERMITTED},
    {"policy's, for another, RSA", POLICY_KEY, "carol.rsa", PSA_ERROR_NOT_PERMITTED},
    {"policy's, for another, unfit", POLICY_KEY, "dave-521", PSA_ERROR_NOT_PERMITTED},
    {"kept, for anybody", KEPT_KEY, "bob", PSA_SUCCESS},
    {"kept, for anybody, RSA", KEPT_KEY, "carol.rsa", PSA_SUCCESS},
    {"to whom nothing can be encrypted", KEPT_KEY, "dave-521", PSA_ERROR_NOT_SUPPORTED},
    {"for nobody", KEPT_KEY, "", PSA_ERROR_DOES_NOT_EXIST},
    {"for a stranger", KEPT_KEY, "mallory", PSA_ERROR_DOES_NOT_EXIST},
    {"a name too short", KEPT_KEY, "alic", PSA_ERROR_DOES_NOT_EXIST},
    {"a name too long", KEPT_KEY, "alice1", PSA_ERROR_DOES_NOT_EXIST},
    {"another letter", KEPT_KEY, "Alice", PSA_ERROR_DOES_NOT_EXIST},
    {"no key", 0, "alice", PSA_ERROR_INVALID_HANDLE},
    {"a key of the worker", VC_PSA_KEY_LOCAL_MIN, "alice", PSA_ERROR_INVALID_HANDLE},
    {"an id that nobody has", 9, "alice", PSA_ERROR_INVALID_HANDLE},
    {"the largest id", UINT32_MAX, "alice", PSA_ERROR_INVALID_HANDLE},
};

static void test_who_gets_what(void **state)
{
    const struct world *world = *state;
    struct wrapped wrapped;

    for (size_t row = 0; row < VC_COUNT(ROWS); row++) {
        print_message("# %s\n", ROWS[row].name);
        assert_int_equal(wrap(world, ROWS[row].key, ROWS[row].receiver, &wrapped),
                         ROWS[row].status);
        if (ROWS[row].status == PSA_SUCCESS && strcmp(ROWS[row].receiver, "alice") == 0)
            assert_opens(world, ALICE, &wrapped, VC_BYTES(SECRET));
        if (ROWS[row].status == PSA_SUCCESS && strcmp(ROWS[row].receiver, "bob") == 0)
            assert_opens(world, BOB, &wrapped, VC_BYTES(SECRET));
    }
    /* with the NUL behind it */
    assert_int_equal(
        wrap_into(world, KEPT_KEY, (struct vc_bytes){(const uint8_t *)"alice", 6}, ROOM, &wrapped),
        PSA_ERROR_DOES_NOT_EXIST);
}

/* A copy is no way around the policy. */
static void test_copies(void **state)
{
    const struct world *world = *state;
    struct vc_psa_call call = {
        .function = VC_PSA_copy_key,
        .values = {POLICY_KEY},
        .attributes = {.type = PSA_KEY_TYPE_AES,
                       .bits = 256,
                       .algorithm = PSA_ALG_GCM,
                       .usage = PSA_KEY_USAGE_DECRYPT | PSA_KEY_USAGE_EXPORT}};
    struct wrapped wrapped;

    assert_int_equal(vc_psa_do_copy_key(world->psa, &call), PSA_SUCCESS);
    assert_int_equal(wrap(world, call.key, "bob", &wrapped), PSA_ERROR_NOT_PERMITTED);
    assert_int_equal(wrap(world, call.key, "alice", &wrapped), PSA_SUCCESS);
    assert_opens(world, ALICE, &wrapped, VC_BYTES(SECRET));
    destroy(world, call.key);
}

static void test_room(void **state)
{
    const struct world *world = *state;
    struct wrapped wrapped;
    size_t needed;

    assert_int_equal(wrap(world, KEPT_KEY, "alice", &wrapped), PSA_SUCCESS);
    needed = wrapped.size; /* the same each time: points and tags are of one size */
    for (size_t room = 0; room < needed; room++) {
        assert_int_equal(wrap_into(world, KEPT_KEY, text("alice"), room, &wrapped),
                         PSA_ERROR_BUFFER_TOO_SMALL);
    }
    assert_int_equal(wrap_into(world, KEPT_KEY, text("alice"), needed, &wrapped), PSA_SUCCESS);
    assert_int_equal(wrapped.size, needed);
}

/* The last test: there is one service in a process. */
static void test_without_randomness(void **state)
{
    struct world *world = *state;
    struct wrapped wrapped;

    vc_psa_free(vc_take(world->psa));
    start(world, false);
    assert_int_equal(wrap(world, POLICY_KEY, "alice", &wrapped), PSA_ERROR_NOT_PERMITTED);
    assert_int_equal(wrap(world, KEPT_KEY, "bob", &wrapped), PSA_ERROR_NOT_PERMITTED);
    assert_int_equal(wrap(world, KEPT_KEY, "mallory", &wrapped), PSA_ERROR_DOES_NOT_EXIST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_own_keys),
        cmocka_unit_test(test_who_gets_what),
        cmocka_unit_test(test_copies),
        cmocka_unit_test(test_room),
        cmocka_unit_test(test_without_randomness),
    };

    return cmocka_run_group_tests(tests, make_world, free_world);
}
