/* SPDX-License-Identifier: MIT */

/* The crypto ABI from the program's side, with somebody behind it who only looks at what arrives:
 * attack E6, every pointer of every function. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "hostabi/host_fixture.h"
#include "psa/call.h"

static constexpr uint32_t ROOM = 64; /* bytes of every input and output */
static constexpr uint64_t PLACES = 8192;

/* Who answers: keeps the call, and what its inputs were. */
struct listener {
    struct vc_psa_call last;
    uint8_t inputs[VC_PSA_INPUTS_MAX][ROOM];
    unsigned heard;
    vc_psa_status status;
    uint8_t fills; /* outputs, with this byte */
};

static vc_psa_status listen(void *user, struct vc_psa_call *call)
{
    struct listener *listener = user;

    listener->heard++;
    listener->last = *call;
    for (size_t i = 0; i < VC_PSA_INPUTS_MAX; i++) {
        assert_true(call->inputs[i].size <= ROOM);
        if (call->inputs[i].size > 0)
            memcpy(listener->inputs[i], call->inputs[i].data, call->inputs[i].size);
    }
    for (size_t i = 0; i < VC_PSA_OUTPUTS_MAX; i++) {
        if (call->outputs[i].room > 0)
            memset(call->outputs[i].data, listener->fills, call->outputs[i].room);
        call->outputs[i].size = listener->status == 0 ? call->outputs[i].room / 2 : 0;
    }
    call->operation += 1;
    call->operation2 += 2;
    call->key = 0x60000007;
    call->number = 4711;
    call->attributes.bits = 192;
    return listener->status;
}

static const struct vc_engine_import *import_of(enum vc_psa_function function)
{
    const char *name = vc_psa_name(function);
    size_t count;
    const struct vc_engine_import *imports = vc_host_imports(&count);

    for (size_t i = 0; i < count; i++) {
        if (strcmp(imports[i].name, name) == 0)
            return &imports[i];
    }
    fail_msg("%s is not provided", name);
    return nullptr;
}

/* Every argument in a place of its own: pointers 128 bytes apart. */
static size_t fill(enum vc_psa_function function, uint64_t *arguments)
{
    const char *shape = vc_psa_shape(function);
    size_t count = strlen(shape);

    for (size_t i = 0; i < count; i++) {
        bool is_number = shape[i] == 'v' || shape[i] == 'I';

        arguments[i] = is_number ? 100 + i : shape[i] == 's' ? ROOM : PLACES + 128 * i;
    }
    return count;
}

static void begin(struct fixture *fixture, struct listener *listener)
{
    fixture_init(fixture, false, false);
    fixture->host->psa = listen;
    fixture->host->psa_user = listener;
}

static uint32_t needs(char letter)
{
    switch (letter) {
    case 'a':
    case 'A':
        return sizeof(struct vc_psa_attributes);
    case 'c':
        return 12;
    case 'i':
    case 'o':
        return ROOM;
    case 'v':
    case 'I':
    case 's':
        return 0;
    default:
        return 4;
    }
}

static void check_refused(enum vc_psa_function function, const uint64_t *arguments, size_t count)
{
    struct listener listener = {};
    struct fixture fixture;

    begin(&fixture, &listener);
    uint32_t result = fixture_invoke(&fixture, import_of(function), arguments, count);

    if ((int32_t)result != VC_PSA_ERROR_INVALID_ARGUMENT || listener.heard != 0)
        fail_msg("%s: status %d, heard %u", vc_psa_name(function), (int32_t)result, listener.heard);
    fixture_done(&fixture);
}

/* Each pointer and each size leads out of memory, by little and by much. */
static void test_every_pointer_of_every_function(void **state)
{
    unsigned tried = 0;

    (void)state;
    for (enum vc_psa_function function = 0; function < VC_PSA_FUNCTION_COUNT; function++) {
        const char *shape = vc_psa_shape(function);
        uint64_t arguments[VC_PSA_ARGUMENTS_MAX];
        size_t count = fill(function, arguments);

        for (size_t at = 0; at < count; at++) {
            uint32_t size = needs(shape[at]);
            const uint64_t places[] = {
                0, END - size + 1, END, END + 1, UINT64_C(1) << 31, UINT32_MAX - 100, UINT32_MAX};
            const uint64_t sizes[] = {END, UINT64_C(1) << 31, UINT32_MAX};

            for (size_t i = 0; size > 0 && i < VC_COUNT(places); i++, tried++) {
                (void)fill(function, arguments);
                arguments[at] = places[i];
                check_refused(function, arguments, count);
            }
            for (size_t i = 0; shape[at] == 's' && i < VC_COUNT(sizes); i++, tried++) {
                (void)fill(function, arguments);
                arguments[at] = sizes[i];
                check_refused(function, arguments, count);
            }
        }
    }
    assert_in_range(tried, 1000, 5000);
}

/* What a pointer of this letter should have got, once the call has succeeded. */
static void check_written(const struct fixture *fixture, const char *shape, size_t at)
{
    uint32_t found = vc_guest_get_u32(fixture->memory + PLACES + 128 * at);

    switch (shape[at]) {
    case 'p':
        assert_int_equal(found, 71);
        return;
    case 'q':
        assert_int_equal(found, 72);
        return;
    case 'l':
        assert_int_equal(found, ROOM / 2);
        return;
    case 'n':
        assert_int_equal(found, 4711);
        return;
    case 'k':
        assert_int_equal(found, 0x60000007);
        return;
    case 'A':
        found = vc_guest_get_u32(fixture->memory + PLACES + 128 * at +
                                 offsetof(struct vc_psa_attributes, bits));
        assert_int_equal(found, 192);
        return;
    default:
        return;
    }
}

static void check_heard(const struct vc_psa_call *call, const char *shape)
{
    size_t values = 0;
    size_t inputs = 0;

    for (size_t i = 0; shape[i] != '\0'; i++) {
        if (shape[i] == 'v')
            assert_int_equal(call->values[values++], 100 + i);
        if (shape[i] == 'I')
            assert_int_equal(call->wide, 100 + i);
        if (shape[i] == 'i')
            assert_int_equal(call->inputs[inputs++].size, ROOM);
        if (shape[i] == 'p')
            assert_int_equal(call->operation, 70);
        if (shape[i] == 'a')
            assert_int_equal(call->attributes.lifetime, 70);
        if (shape[i] == 'c')
            assert_int_equal(call->values[values], 70);
    }
}

static void test_every_function_arrives(void **state)
{
    (void)state;
    for (enum vc_psa_function function = 0; function < VC_PSA_FUNCTION_COUNT; function++) {
        const char *shape = vc_psa_shape(function);
        struct listener listener = {};
        uint64_t arguments[VC_PSA_ARGUMENTS_MAX];
        struct fixture fixture;
        size_t count = fill(function, arguments);

        begin(&fixture, &listener);
        for (size_t i = 0; i < count; i++) {
            if (needs(shape[i]) > 0)
                vc_guest_put_u32(fixture.memory + PLACES + 128 * i, 70);
        }
        assert_int_equal(fixture_invoke(&fixture, import_of(function), arguments, count), 0);
        assert_int_equal(listener.heard, 1);
        assert_int_equal(listener.last.function, function);
        check_heard(&listener.last, shape);
        for (size_t i = 0; i < count; i++)
            check_written(&fixture, shape, i);
        fixture_done(&fixture);
    }
}

/* A call that failed writes handles, and sizes, keys and attributes of 0. */
static void test_a_failure(void **state)
{
    static const struct vc_psa_attributes fresh = {};
    struct listener listener = {.status = -133};
    struct fixture fixture;

    (void)state;
    begin(&fixture, &listener);
    vc_guest_put_u32(fixture.memory + OUT, 5);
    assert_int_equal((int32_t)CALL(&fixture, "psa_generate_key", PLACES, OUT), -133);
    assert_int_equal(fixture_out(&fixture), 0);
    memset(fixture.memory + OUT, 5, sizeof(fresh));
    assert_int_equal((int32_t)CALL(&fixture, "psa_get_key_attributes", 1, OUT), -133);
    assert_memory_equal(fixture.memory + OUT, &fresh, sizeof(fresh));
    vc_guest_put_u32(fixture.memory + OUT + 64, 5);
    assert_int_equal((int32_t)CALL(&fixture, "psa_key_derivation_get_capacity", PLACES, OUT + 64),
                     -133);
    assert_int_equal(vc_guest_get_u32(fixture.memory + OUT + 64), 5);
    assert_int_equal((int32_t)CALL(&fixture, "psa_export_key", 1, PLACES, 8, OUT), -133);
    assert_int_equal(fixture_out(&fixture), 0);
    assert_int_equal((int32_t)CALL(&fixture, "psa_hash_update", OUT, PLACES, 8), -133);
    assert_int_equal(fixture_out(&fixture), 1);
    fixture_done(&fixture);
}

/* A buffer may be encrypted where it is; other inputs that outputs run into are read before. */
static void test_buffers_that_meet(void **state)
{
    static const struct {
        const char *name;
        uint64_t nonce, data, text, out;
        bool in_place;
    } rows[] = {{"apart", 1000, 2000, 3000, 4000, false},
                {"in place", 1000, 2000, 3000, 3000, true},
                {"one byte on", 1000, 2000, 3000, 3001, false},
                {"one byte back", 1000, 2000, 3000, 2999, false},
                {"over the nonce", 3010, 2000, 3000, 3000, true},
                {"over the data", 1000, 2000, 3000, 2000, false}};

    (void)state;
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct listener listener = {.fills = 0xee};
        struct fixture fixture;

        begin(&fixture, &listener);
        memset(fixture.memory + rows[i].nonce, 'n', 12);
        memset(fixture.memory + rows[i].data, 'd', 20);
        if (rows[i].nonce < rows[i].text)
            memset(fixture.memory + rows[i].text, 't', 32);
        print_message("# %s\n", rows[i].name);
        assert_int_equal(CALL(&fixture, "psa_aead_encrypt", 1, 2, rows[i].nonce, 12, rows[i].data,
                              20, rows[i].text, 32, rows[i].out, 48, OUT - 500),
                         0);
        assert_memory_equal(listener.inputs[0], "nnnnnnnnnnnn", 12);
        assert_memory_equal(listener.inputs[1], "dddddddddddddddddddd", 20);
        assert_int_equal(listener.last.inputs[2].data == listener.last.outputs[0].data,
                         rows[i].in_place);
        assert_int_equal(fixture.memory[rows[i].out + 47], 0xee);
        fixture_done(&fixture);
    }
}

static void test_outputs_that_meet(void **state)
{
    struct listener listener = {};
    struct fixture fixture;

    (void)state;
    begin(&fixture, &listener);
    assert_int_equal(
        (int32_t)CALL(&fixture, "psa_aead_finish", OUT, 3000, 16, OUT + 4, 3015, 16, OUT + 8),
        VC_PSA_ERROR_INVALID_ARGUMENT);
    assert_int_equal(listener.heard, 0);
    assert_int_equal(CALL(&fixture, "psa_aead_finish", OUT, 3000, 16, OUT + 4, 3016, 16, OUT + 8),
                     0);
    fixture_done(&fixture);
}

/* No bytes stand anywhere, as null pointers with no size are common. */
static void test_nothing_stands_anywhere(void **state)
{
    struct listener listener = {};
    struct fixture fixture;

    (void)state;
    begin(&fixture, &listener);
    assert_int_equal(CALL(&fixture, "psa_hash_update", OUT, UINT32_MAX, 0), 0);
    assert_int_equal(CALL(&fixture, "psa_hash_update", OUT, 0, 0), 0);
    assert_int_equal(listener.last.inputs[0].size, 0);
    fixture_done(&fixture);
}

static void test_nobody_answers(void **state)
{
    struct fixture fixture;

    (void)state;
    fixture_init(&fixture, false, false);
    assert_int_equal((int32_t)fixture_call(&fixture, "psa_crypto_init", nullptr, 0),
                     VC_PSA_ERROR_NOT_SUPPORTED);
    fixture_done(&fixture);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_pointer_of_every_function),
        cmocka_unit_test(test_every_function_arrives),
        cmocka_unit_test(test_a_failure),
        cmocka_unit_test(test_buffers_that_meet),
        cmocka_unit_test(test_outputs_that_meet),
        cmocka_unit_test(test_nothing_stands_anywhere),
        cmocka_unit_test(test_nobody_answers),
    };

    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
