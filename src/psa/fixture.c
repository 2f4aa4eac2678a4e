/* SPDX-License-Identifier: MIT */

#include "psa/fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/hex.h"

struct vc_fixture_bytes vc_fixture_hex(const char *hex)
{
    struct vc_fixture_bytes bytes = {.size = strlen(hex) / 2};

    assert_true(bytes.size <= sizeof(bytes.data));
    assert_int_equal(vc_hex_parse(hex, bytes.data, bytes.size, nullptr), VC_OK);
    return bytes;
}

struct vc_bytes vc_fixture_view(const struct vc_fixture_bytes *bytes)
{
    return (struct vc_bytes){bytes->data, bytes->size};
}

struct vc_psa *vc_fixture_service(bool randomness)
{
    const struct vc_psa_options options = {.first_key = VC_PSA_KEY_STORED_MIN,
                                           .handle_flag = VC_PSA_HANDLE_STORED,
                                           .randomness = randomness};
    struct vc_psa *psa = nullptr;

    assert_int_equal(vc_psa_new(&options, &psa, nullptr), VC_OK);
    return psa;
}

vc_psa_status vc_fixture_ask(struct vc_psa *psa, struct vc_psa_call *call)
{
    vc_psa_status status;

    call->key = 0;
    status = vc_psa_answer(psa, call);
    for (size_t i = 0; i < VC_PSA_OUTPUTS_MAX; i++)
        assert_true(call->outputs[i].size <= (status == PSA_SUCCESS ? call->outputs[i].room : 0));
    assert_true(status == PSA_SUCCESS || call->key == 0);
    return status;
}

static struct vc_psa_attributes attributes_of(struct vc_fixture_key form)
{
    return (struct vc_psa_attributes){
        .type = form.type, .usage = form.usage, .algorithm = form.algorithm};
}

uint32_t vc_fixture_import(struct vc_psa *psa, struct vc_fixture_key form, struct vc_bytes material)
{
    struct vc_psa_call call = {
        .function = VC_PSA_import_key, .attributes = attributes_of(form), .inputs = {material}};

    assert_int_equal(vc_fixture_ask(psa, &call), PSA_SUCCESS);
    return call.key;
}

uint32_t vc_fixture_generate(struct vc_psa *psa, struct vc_fixture_key form, uint32_t bits)
{
    struct vc_psa_call call = {.function = VC_PSA_generate_key, .attributes = attributes_of(form)};

    call.attributes.bits = bits;
    assert_int_equal(vc_fixture_ask(psa, &call), PSA_SUCCESS);
    return call.key;
}

uint32_t vc_fixture_again(struct vc_psa *psa, uint32_t id, struct vc_fixture_key form)
{
    const struct vc_psa_key *key = vc_psa_key_find(psa, id);
    struct vc_buffer material = {};
    uint32_t made;

    assert_non_null(key);
    assert_int_equal(vc_psa_key_material(key, &material), PSA_SUCCESS);
    made = vc_fixture_import(psa, form, vc_buffer_bytes(&material));
    vc_buffer_done(&material); /* wipes */
    return made;
}

struct vc_fixture_bytes vc_fixture_public(struct vc_psa *psa, uint32_t key)
{
    struct vc_fixture_bytes point = {};
    const struct vc_fixture_two given = {.values = {key}};

    assert_int_equal(vc_fixture_do(psa, VC_PSA_export_public_key, &given, &point), PSA_SUCCESS);
    return point;
}

void vc_fixture_destroy(struct vc_psa *psa, uint32_t key)
{
    struct vc_psa_call call = {.function = VC_PSA_destroy_key, .values = {key}};

    assert_int_equal(vc_fixture_ask(psa, &call), PSA_SUCCESS);
}

vc_psa_status vc_fixture_do(struct vc_psa *psa, enum vc_psa_function function,
                            const struct vc_fixture_two *given, struct vc_fixture_bytes *output)
{
    struct vc_psa_call call = {.function = function,
                               .inputs = {given->first, given->second},
                               .operation = given->operation,
                               .attributes = given->attributes};
    vc_psa_status status;

    memcpy(call.values, given->values, sizeof(call.values));
    if (output != nullptr) {
        call.outputs[0].data = output->data;
        call.outputs[0].room = sizeof(output->data);
    }
    status = vc_fixture_ask(psa, &call);
    if (output != nullptr)
        output->size = call.outputs[0].size;
    return status;
}
