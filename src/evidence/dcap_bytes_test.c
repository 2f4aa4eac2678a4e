/* SPDX-License-Identifier: MIT */

/* Quotes whose bytes are changed, cut, lengthened or written as text; and what is shown of them. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/base64.h"
#include "base/hex.h"
#include "evidence/dcap_scene_test.h"

static constexpr int64_t NOW = VC_DCAP_SCENE_NOW;

/* The quote is of the other platform than is asked for. */
static void test_platform(void **)
{
    struct vc_dcap_order order = vc_dcap_fixture_order(NOW);
    struct vc_dcap_scene scene;

    vc_dcap_scene_make(&scene, &order, VC_DCAP_FAULT_NONE);
    scene.order.body = VC_QUOTE_BODY_SGX;
    assert_int_equal(vc_dcap_scene_run(&scene, VC_DCAP_FAULT_NONE, VC_DEPTH_JUDGED), VC_MALFORMED);
    assert_string_equal(scene.err.text, "this is a quote of tdx, and of sgx is wanted");
    vc_dcap_scene_unmake(&scene);
}

/* ------------------------------------------------------------------------------------- bytes */

/* Version and body. */
static const struct form {
    uint16_t version;
    enum vc_quote_body body;
} forms[] = {{5, VC_QUOTE_BODY_TD15}, {5, VC_QUOTE_BODY_TD10}, {4, VC_QUOTE_BODY_TD10},
             {3, VC_QUOTE_BODY_SGX},  {4, VC_QUOTE_BODY_SGX},  {5, VC_QUOTE_BODY_SGX}};

static struct vc_dcap_order order_of(const struct form *form)
{
    struct vc_dcap_order order = form->body == VC_QUOTE_BODY_SGX ? vc_dcap_fixture_order_sgx(NOW)
                                                                 : vc_dcap_fixture_order(NOW);

    order.version = form->version;
    order.body = form->body;
    return order;
}

static struct vc_bytes copy_of(struct vc_bytes bytes, size_t size)
{
    uint8_t *copy = calloc(1, size > 0 ? size : 1);

    assert_non_null(copy);
    memcpy(copy, bytes.data, bytes.size < size ? bytes.size : size);
    return (struct vc_bytes){copy, size};
}

static void release(struct vc_bytes copy)
{
    union {
        const uint8_t *borrowed;
        uint8_t *owned;
    } same = {.borrowed = copy.data};

    free(same.owned);
}

static void test_truncations(void **)
{
    size_t count = 0;

    for (size_t form = 0; form < VC_COUNT(forms); form++) {
        struct vc_dcap_order order = order_of(&forms[form]);
        struct vc_dcap_scene scene;

        vc_dcap_scene_make(&scene, &order, VC_DCAP_FAULT_NONE);
        for (size_t size = 0; size < scene.quote.size; size++, count++) {
            struct vc_bytes cut = copy_of(vc_buffer_bytes(&scene.quote), size);

            assert_int_equal(
                vc_dcap_scene_verify(&scene, cut, &scene.fixture.anchors, VC_DEPTH_AUTHENTIC),
                VC_MALFORMED);
            release(cut);
        }
        vc_dcap_scene_unmake(&scene);
    }
    (void)printf("# %zu truncations of %zu forms refused\n", count, VC_COUNT(forms));
}

/* Every bit up to the certificates' text, which is not signed as text. */
static void test_bit_flips(void **)
{
    size_t count = 0;

    for (size_t form = 0; form < VC_COUNT(forms); form++) {
        struct vc_dcap_order order = order_of(&forms[form]);
        const uint8_t *text;
        struct vc_dcap_scene scene;

        vc_dcap_scene_make(&scene, &order, VC_DCAP_FAULT_NONE);
        text = memmem(scene.quote.data, scene.quote.size, "-----BEGIN", 10);
        assert_non_null(text);
        for (size_t bit = 0; bit < 8 * (size_t)(text - scene.quote.data); bit++, count++) {
            scene.quote.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
            if (vc_dcap_scene_run(&scene, VC_DCAP_FAULT_NONE, VC_DEPTH_AUTHENTIC) == VC_OK)
                fail_msg("form %zu: bit %zu of byte %zu", form, bit % 8, bit / 8);
            scene.quote.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        vc_dcap_scene_unmake(&scene);
    }
    (void)printf("# %zu bit flips in %zu forms refused\n", count, VC_COUNT(forms));
}

static void test_tail(void **)
{
    struct vc_dcap_order order = vc_dcap_fixture_order(NOW);
    struct vc_dcap_scene scene;
    struct vc_bytes longer;
    size_t size;

    vc_dcap_scene_make(&scene, &order, VC_DCAP_FAULT_NONE);
    size = scene.quote.size;
    longer = copy_of(vc_buffer_bytes(&scene.quote), size + 3000);
    assert_int_equal(vc_dcap_scene_verify(&scene, longer, &scene.fixture.anchors, VC_DEPTH_JUDGED),
                     VC_OK);
    for (size_t i = size; i < longer.size; i += 97) {
        struct vc_bytes dirty = copy_of(longer, longer.size);
        union {
            const uint8_t *borrowed;
            uint8_t *owned;
        } same = {.borrowed = dirty.data};

        same.owned[i] = 1;
        assert_int_equal(
            vc_dcap_scene_verify(&scene, dirty, &scene.fixture.anchors, VC_DEPTH_JUDGED),
            VC_MALFORMED);
        release(dirty);
    }
    release(longer);
    vc_dcap_scene_unmake(&scene);
}

static void test_text_forms(void **)
{
    struct vc_dcap_order order = vc_dcap_fixture_order(NOW);
    vc_cleanup(vc_buffer_done) struct vc_buffer base64 = {}, url = {}, text = {};
    struct vc_dcap_scene scene;
    char *hex;

    vc_dcap_scene_make(&scene, &order, VC_DCAP_FAULT_NONE);
    hex = malloc(2 * scene.quote.size + 1);
    assert_non_null(hex);
    vc_hex_encode(vc_buffer_bytes(&scene.quote), hex);
    assert_int_equal(vc_base64_encode(vc_buffer_bytes(&scene.quote), &base64, nullptr), VC_OK);
    assert_int_equal(vc_base64url_encode(vc_buffer_bytes(&scene.quote), &url, nullptr), VC_OK);
    const struct {
        const char *before;
        struct vc_bytes text;
        const char *after;
        enum vc_code code;
    } texts[] = {
        {"", {(const uint8_t *)hex, 2 * scene.quote.size}, "", VC_OK},
        {" 0x", {(const uint8_t *)hex, 2 * scene.quote.size}, "\r\n", VC_OK},
        {"", {(const uint8_t *)hex, 2 * scene.quote.size}, "0", VC_MALFORMED},
        {"", vc_buffer_bytes(&base64), "\n", VC_OK},
        {"\n", vc_buffer_bytes(&url), "", VC_OK},
        {"{\"quote\": \"", vc_buffer_bytes(&url), "\"}\n", VC_OK},
        {"{\"quotes\": \"", vc_buffer_bytes(&url), "\"}", VC_MALFORMED},
        {"{\"quote\": \"", vc_buffer_bytes(&url), "\"", VC_MALFORMED},
        {"", vc_buffer_bytes(&base64), "!", VC_MALFORMED},
    };

    for (size_t i = 0; i < VC_COUNT(texts); i++) {
        vc_buffer_done(&text);
        assert_int_equal(vc_buffer_append_text(&text, texts[i].before, nullptr), VC_OK);
        assert_int_equal(vc_buffer_append(&text, texts[i].text, nullptr), VC_OK);
        assert_int_equal(vc_buffer_append_text(&text, texts[i].after, nullptr), VC_OK);
        if (vc_dcap_scene_verify(&scene, vc_buffer_bytes(&text), &scene.fixture.anchors,
                                 VC_DEPTH_JUDGED) != texts[i].code)
            fail_msg("text %zu: %s", i, scene.err.text);
    }
    free(hex);
    vc_dcap_scene_unmake(&scene);
}

/* --------------------------------------------------------------------------------------- show */

struct shown {
    size_t count;
    bool machine, attributes;
};

static enum vc_code look(void *user, const struct vc_field *field, struct vc_err *)
{
    struct shown *shown = user;

    shown->count++;
    assert_true(field->section[0] != '\0' && field->name[0] != '\0' && field->value[0] != '\0' &&
                field->meaning[0] != '\0');
    shown->machine |= strcmp(field->name, "machine") == 0;
    shown->attributes |= strcmp(field->name, "TDATTRIBUTES") == 0 &&
                         strcmp(field->value, "0x0000000010000000") == 0 &&
                         strstr(field->meaning, "SEPT_VE_DISABLE") != nullptr;
    return VC_OK;
}

static void test_show(void **)
{
    for (size_t form = 0; form < VC_COUNT(forms); form++) {
        struct vc_dcap_order order = order_of(&forms[form]);
        struct shown shown = {};
        const struct vc_field_sink sink = {look, &shown};
        struct vc_evidence evidence = {.platform = VC_PLATFORM_TDX};
        struct vc_dcap_scene scene;

        vc_dcap_scene_make(&scene, &order, VC_DCAP_FAULT_NONE);
        evidence.bytes = vc_buffer_bytes(&scene.quote);
        if (order.body == VC_QUOTE_BODY_SGX)
            evidence.platform = VC_PLATFORM_SGX;
        assert_int_equal(vc_evidence_show(&evidence, &sink, nullptr), VC_OK);
        assert_in_range(shown.count, 50, 100);
        assert_true(shown.machine);
        assert_int_equal(shown.attributes, order.body != VC_QUOTE_BODY_SGX);
        evidence.bytes.size--;
        assert_int_equal(vc_evidence_show(&evidence, &sink, nullptr), VC_MALFORMED);
        vc_dcap_scene_unmake(&scene);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_platform),   cmocka_unit_test(test_truncations),
        cmocka_unit_test(test_bit_flips),  cmocka_unit_test(test_tail),
        cmocka_unit_test(test_text_forms), cmocka_unit_test(test_show),
    };

    return cmocka_run_group_tests_name("dcap_bytes", tests, nullptr, nullptr);
}
