/* SPDX-License-Identifier: MIT */

/* Who answers which call, and calls over a window: a worker's router before a key store's service,
 * both in this process. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "psa/frame.h"
#include "psa/route.h"
#include "psa/service_internal.h"

static const uint8_t MATERIAL[32] = "a secret of thirty-two bytes, it";

/* The key store's end of the line, and what came over it. */
struct store {
    struct vc_psa *psa;
    struct vc_psa_window window;
    unsigned asked;
    enum vc_psa_function last;
    void (*alter)(struct vc_psa_frame *frame); /* a key store that lies */
};

struct scene {
    struct store store;
    struct vc_psa_router *router;
};

static vc_psa_status ask(void *user, struct vc_psa_call *call)
{
    struct store *store = user;
    struct vc_psa_frame frame;
    vc_psa_status status = vc_psa_frame_ask(call, store->window, &frame);

    if (status != PSA_SUCCESS)
        return status;
    store->asked++;
    store->last = call->function;
    assert_int_equal(vc_psa_frame_answer(&frame, store->window, vc_psa_answer, store->psa, nullptr),
                     VC_OK);
    if (store->alter != nullptr)
        store->alter(&frame);
    return vc_psa_frame_take(&frame, store->window, call);
}

static void begin(struct scene *scene)
{
    const struct vc_psa_options options = {.first_key = VC_PSA_KEY_STORED_MIN,
                                           .handle_flag = VC_PSA_HANDLE_STORED,
                                           .randomness = true};
    const struct vc_psa_router_options router = {
        .randomness = true, .store = ask, .store_user = &scene->store};

    *scene = (struct scene){};
    scene->store.window.data = calloc(1, VC_PSA_CALL_BYTES_MAX);
    assert_non_null(scene->store.window.data);
    assert_int_equal(vc_psa_new(&options, &scene->store.psa, nullptr), VC_OK);
    assert_int_equal(vc_psa_router_new(&router, &scene->router, nullptr), VC_OK);
}

static void end(struct scene *scene)
{
    vc_psa_router_free(scene->router);
    vc_psa_free(scene->store.psa);
    free(scene->store.window.data);
}

static vc_psa_status import(struct scene *scene, uint32_t type, uint32_t usage, uint32_t algorithm,
                            uint32_t *id)
{
    struct vc_psa_call call = {
        .function = VC_PSA_import_key,
        .attributes = {.type = (uint16_t)type, .usage = usage, .algorithm = algorithm},
        .inputs[0] = {MATERIAL, sizeof(MATERIAL)}};
    vc_psa_status status = vc_psa_route(scene->router, &call);

    *id = call.key;
    return status;
}

static vc_psa_status by_key(struct scene *scene, enum vc_psa_function function, uint32_t key)
{
    struct vc_psa_call call = {.function = function, .values[0] = key};

    return vc_psa_route(scene->router, &call);
}

static void test_the_worker_alone(void **state)
{
    static const uint8_t NONCE[12] = {1};
    uint8_t out[64];
    uint8_t digest[32];
    struct vc_psa_call hash = {.function = VC_PSA_hash_compute,
                               .values[0] = PSA_ALG_SHA_256,
                               .inputs[0] = {MATERIAL, 32},
                               .outputs[0] = {.data = digest, .room = 32}};
    struct vc_psa_call seal = {.function = VC_PSA_aead_encrypt,
                               .values = {0, PSA_ALG_GCM},
                               .inputs = {{NONCE, 12}, {}, {MATERIAL, 32}},
                               .outputs[0] = {.data = out, .room = 64}};
    struct scene scene;

    (void)state;
    begin(&scene);
    assert_int_equal(vc_psa_route(scene.router, &hash), PSA_SUCCESS);
    assert_int_equal(import(&scene, PSA_KEY_TYPE_AES, PSA_KEY_USAGE_ENCRYPT | PSA_KEY_USAGE_COPY,
                            PSA_ALG_GCM, &seal.values[0]),
                     PSA_SUCCESS);
    assert_int_equal(seal.values[0], VC_PSA_KEY_LOCAL_MIN);
    assert_int_equal(vc_psa_route(scene.router, &seal), PSA_SUCCESS);
    assert_int_equal(seal.outputs[0].size, 48);
    assert_int_equal(by_key(&scene, VC_PSA_copy_key, seal.values[0]), PSA_SUCCESS);
    assert_int_equal(by_key(&scene, VC_PSA_destroy_key, seal.values[0]), PSA_SUCCESS);
    assert_int_equal(by_key(&scene, VC_PSA_destroy_key, seal.values[0]), PSA_ERROR_INVALID_HANDLE);
    assert_int_equal(by_key(&scene, VC_PSA_purge_key, 0xffffffff), PSA_ERROR_INVALID_HANDLE);
    assert_int_equal(by_key(&scene, VC_PSA_key_derivation_abort, 0), PSA_SUCCESS);
    assert_int_equal(scene.store.asked, 0);
    end(&scene);
}

static void test_keys_that_the_worker_never_sees(void **state)
{
    struct vc_psa_call generate = {.function = VC_PSA_generate_key,
                                   .attributes = {.type = PSA_KEY_TYPE_AES,
                                                  .bits = 128,
                                                  .usage = PSA_KEY_USAGE_ENCRYPT,
                                                  .algorithm = PSA_ALG_CTR}};
    struct vc_psa_call setup = {.function = VC_PSA_cipher_encrypt_setup};
    struct vc_psa_call again;
    struct scene scene;

    (void)state;
    begin(&scene);
    assert_int_equal(vc_psa_route(scene.router, &generate), PSA_SUCCESS);
    assert_int_equal(generate.key, VC_PSA_KEY_STORED_MIN);
    setup.values[0] = generate.key;
    setup.values[1] = PSA_ALG_CTR;
    assert_int_equal(vc_psa_route(scene.router, &setup), PSA_SUCCESS);
    assert_true((setup.operation & VC_PSA_HANDLE_STORED) != 0);
    assert_int_equal(scene.store.asked, 2);
    again = setup; /* an operation that is active */
    assert_int_equal(vc_psa_route(scene.router, &again), PSA_ERROR_BAD_STATE);
    again = (struct vc_psa_call){.function = VC_PSA_cipher_abort, .operation = setup.operation};
    assert_int_equal(vc_psa_route(scene.router, &again), PSA_SUCCESS);
    assert_int_equal(again.operation, 0);
    assert_int_equal(by_key(&scene, VC_PSA_destroy_key, generate.key), PSA_SUCCESS);
    assert_int_equal(scene.store.psa->key_count, 0);
    end(&scene);
}

/* The program's own key is needed where derivations are. */
static void test_a_key_that_both_have(void **state)
{
    uint8_t out[16];
    struct vc_psa_call setup = {.function = VC_PSA_key_derivation_setup,
                                .values[0] = PSA_ALG_HKDF(PSA_ALG_SHA_256)};
    struct vc_psa_call input = {.function = VC_PSA_key_derivation_input_key};
    struct vc_psa_call info = {.function = VC_PSA_key_derivation_input_bytes};
    struct vc_psa_call output = {.function = VC_PSA_key_derivation_output_bytes,
                                 .outputs[0] = {.data = out, .room = sizeof(out)}};
    uint32_t key;
    struct scene scene;

    (void)state;
    begin(&scene);
    assert_int_equal(import(&scene, PSA_KEY_TYPE_DERIVE, PSA_KEY_USAGE_DERIVE,
                            PSA_ALG_HKDF(PSA_ALG_SHA_256), &key),
                     PSA_SUCCESS);
    assert_int_equal(scene.store.asked, 0);
    for (int round = 0; round < 2; round++) {
        setup.operation = 0;
        assert_int_equal(vc_psa_route(scene.router, &setup), PSA_SUCCESS);
        input.operation = info.operation = output.operation = setup.operation;
        input.values[0] = PSA_KEY_DERIVATION_INPUT_SECRET;
        input.values[1] = key;
        assert_int_equal(vc_psa_route(scene.router, &input), PSA_SUCCESS);
        assert_int_equal(scene.store.psa->key_count, 1); /* given to the key store once */
        info.values[0] = PSA_KEY_DERIVATION_INPUT_INFO;
        assert_int_equal(vc_psa_route(scene.router, &info), PSA_SUCCESS);
        assert_int_equal(vc_psa_route(scene.router, &output), PSA_SUCCESS);
    }
    assert_int_equal(by_key(&scene, VC_PSA_destroy_key, key), PSA_SUCCESS);
    assert_int_equal(scene.store.psa->key_count, 0);
    input.operation = setup.operation;
    input.values[1] = key;
    assert_int_equal(vc_psa_route(scene.router, &input), PSA_ERROR_INVALID_HANDLE);
    end(&scene);
}

/* ---- over the window ---- */

static void test_nothing_stays_in_the_window(void **state)
{
    struct vc_psa_call call = {
        .function = VC_PSA_import_key,
        .attributes = {.type = PSA_KEY_TYPE_AES, .lifetime = PSA_KEY_LIFETIME_PERSISTENT, .id = 9},
        .inputs[0] = {MATERIAL, sizeof(MATERIAL)}};
    struct scene scene;

    (void)state;
    begin(&scene);
    assert_int_equal(vc_psa_route(scene.router, &call), PSA_ERROR_NOT_PERMITTED);
    assert_int_equal(scene.store.asked, 1);
    for (size_t i = 0; i < sizeof(MATERIAL); i++)
        assert_int_equal(scene.store.window.data[i], 0);
    end(&scene);
}

static void test_what_does_not_fit(void **state)
{
    uint8_t out[16];
    size_t size = VC_PSA_CALL_BYTES_MAX;
    uint8_t *large = calloc(1, size + 1);
    struct vc_psa_call call = {.function = VC_PSA_cipher_encrypt,
                               .values = {VC_PSA_KEY_STORED_MIN, PSA_ALG_CTR},
                               .inputs[0] = {large, size + 1},
                               .outputs[0] = {.data = out, .room = sizeof(out)}};
    struct vc_psa_call derive = {.function = VC_PSA_key_derivation_output_bytes,
                                 .operation = VC_PSA_HANDLE_STORED | 1,
                                 .outputs[0] = {.data = large, .room = size + 1}};
    struct scene scene;

    (void)state;
    assert_non_null(large);
    begin(&scene);
    assert_int_equal(vc_psa_route(scene.router, &call), PSA_ERROR_INSUFFICIENT_MEMORY);
    assert_int_equal(vc_psa_route(scene.router, &derive), PSA_ERROR_INSUFFICIENT_MEMORY);
    assert_int_equal(scene.store.asked, 0);
    call.inputs[0].size = size;
    assert_int_equal(vc_psa_route(scene.router, &call), PSA_ERROR_INVALID_HANDLE);
    /* more room than a key store can fill is no reason to refuse */
    call.inputs[0].size = 4;
    call.outputs[0] = (struct vc_psa_output){.data = large, .room = size + 1};
    assert_int_equal(vc_psa_route(scene.router, &call), PSA_ERROR_INVALID_HANDLE);
    assert_int_equal(scene.store.asked, 2);
    end(&scene);
    free(large);
}

static void claim_success(struct vc_psa_frame *frame)
{
    frame->status = 1;
}

static void claim_more(struct vc_psa_frame *frame)
{
    frame->output_size[0] = 33;
}

static void claim_another(struct vc_psa_frame *frame)
{
    frame->output_size[1] = 1;
}

static void claim_a_local_key(struct vc_psa_frame *frame)
{
    frame->key = VC_PSA_KEY_LOCAL_MIN;
}

static void claim_a_local_handle(struct vc_psa_frame *frame)
{
    frame->operation = 5;
}

static void claim_another_function(struct vc_psa_frame *frame)
{
    frame->function++;
}

static void claim_no_status(struct vc_psa_frame *frame)
{
    frame->status = INT32_MIN;
}

/* The worker does not believe its key store either. */
static void test_a_key_store_that_lies(void **state)
{
    static const struct {
        const char *name;
        void (*alter)(struct vc_psa_frame *frame);
    } rows[] = {{"a status above success", claim_success},
                {"more than there was room", claim_more},
                {"an output that there is not", claim_another},
                {"a key of the worker", claim_a_local_key},
                {"an operation of the worker", claim_a_local_handle},
                {"another function", claim_another_function},
                {"a status that is none", claim_no_status}};

    (void)state;
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct vc_psa_call call = {
            .function = VC_PSA_generate_key,
            .attributes = {.type = PSA_KEY_TYPE_AES, .bits = 128, .algorithm = PSA_ALG_CTR}};
        struct scene scene;

        begin(&scene);
        scene.store.alter = rows[i].alter;
        print_message("# %s\n", rows[i].name);
        assert_int_equal(vc_psa_route(scene.router, &call), PSA_ERROR_COMMUNICATION_FAILURE);
        assert_int_equal(call.key, 0);
        end(&scene);
    }
}

/* Nor the key store its worker. */
static void test_a_worker_that_lies(void **state)
{
    const struct vc_psa_frame rows[] = {
        {.function = VC_PSA_FUNCTION_COUNT},
        {.function = UINT32_MAX},
        {.function = VC_PSA_hash_compute, .status = -1},
        {.function = VC_PSA_hash_compute, .input_size = {1, 1}},
        {.function = VC_PSA_hash_compute, .output_size = {1, 1}},
        {.function = VC_PSA_hash_compute, .input_size = {VC_PSA_CALL_BYTES_MAX + 1}},
        {.function = VC_PSA_hash_compare, .input_size = {VC_PSA_CALL_BYTES_MAX, 1}},
        {.function = VC_PSA_hash_compare, .input_size = {UINT32_MAX, UINT32_MAX}},
        {.function = VC_PSA_aead_finish, .output_size = {UINT32_MAX, 1}},
    };
    struct scene scene;

    (void)state;
    begin(&scene);
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct vc_psa_frame frame = rows[i];

        assert_int_equal(vc_psa_frame_answer(&frame, scene.store.window, vc_psa_answer,
                                             scene.store.psa, nullptr),
                         VC_MALFORMED);
    }
    end(&scene);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_worker_alone),
        cmocka_unit_test(test_keys_that_the_worker_never_sees),
        cmocka_unit_test(test_a_key_that_both_have),
        cmocka_unit_test(test_nothing_stays_in_the_window),
        cmocka_unit_test(test_what_does_not_fit),
        cmocka_unit_test(test_a_key_store_that_lies),
        cmocka_unit_test(test_a_worker_that_lies),
    };

    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
