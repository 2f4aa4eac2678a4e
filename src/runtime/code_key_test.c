/* SPDX-License-Identifier: MIT */

#include "runtime/code_key.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void parts_init(struct vc_code_parts *parts)
{
    *parts = (struct vc_code_parts){.strategy = VC_STRATEGY_AOT, .memory_mib = 64};
    memset(parts->module, 0x11, sizeof(parts->module));
    memset(parts->engine, 0x22, sizeof(parts->engine));
    strcpy(parts->features, "sse avx");
}

static void change_module(struct vc_code_parts *parts)
{
    parts->module[31] ^= 1;
}

static void change_strategy(struct vc_code_parts *parts)
{
    parts->strategy = VC_STRATEGY_INTERPRET;
}

static void change_memory(struct vc_code_parts *parts)
{
    parts->memory_mib = 65;
}

static void change_engine(struct vc_code_parts *parts)
{
    parts->engine[0] ^= 0x80;
}

static void change_features(struct vc_code_parts *parts)
{
    strcpy(parts->features, "sse avx2");
}

static void lose_features(struct vc_code_parts *parts)
{
    parts->features[0] = '\0';
}

static const struct {
    const char *name;
    void (*change)(struct vc_code_parts *parts);
} changes[] = {
    {"another module", change_module},  {"another strategy", change_strategy},
    {"other memory", change_memory},    {"another engine", change_engine},
    {"more features", change_features}, {"fewer features", lose_features},
};

static void test_each_part_counts(void **)
{
    uint8_t keys[VC_COUNT(changes) + 1][VC_SHA256_SIZE];
    struct vc_code_parts parts;

    parts_init(&parts);
    vc_code_key(&parts, keys[0]);
    for (size_t i = 0; i < VC_COUNT(changes); i++) {
        parts_init(&parts);
        changes[i].change(&parts);
        vc_code_key(&parts, keys[i + 1]);
        for (size_t k = 0; k <= i; k++) {
            if (memcmp(keys[i + 1], keys[k], VC_SHA256_SIZE) == 0)
                fail_msg("%s: the same key", changes[i].name);
        }
    }
    parts_init(&parts);
    vc_code_key(&parts, keys[1]);
    assert_memory_equal(keys[0], keys[1], VC_SHA256_SIZE);
}

static void test_parts_of_a_program(void **)
{
    struct vc_policy_program program = {.strategy = VC_STRATEGY_AOT, .limits = {.memory_mib = 7}};
    struct vc_manifest manifest = {
        .count = 2, .objects = {{VC_IMAGE_WORKER, "w", {1}}, {VC_IMAGE_COMPILER, "engine", {2}}}};
    const uint8_t module[VC_SHA256_SIZE] = {3};
    struct vc_code_parts first;
    struct vc_code_parts other;

    vc_code_parts_of(&program, module, &manifest, &first);
    assert_int_equal(first.memory_mib, 7);
    assert_memory_equal(first.module, module, sizeof(module));
    assert_true(first.features[0] != '\0');
    manifest.objects[0].sha256[0] = 9; /* the worker compiles nothing */
    vc_code_parts_of(&program, module, &manifest, &other);
    assert_memory_equal(first.engine, other.engine, VC_SHA256_SIZE);
    manifest.objects[1].sha256[0] = 9;
    vc_code_parts_of(&program, module, &manifest, &other);
    assert_memory_not_equal(first.engine, other.engine, VC_SHA256_SIZE);
}

static void test_features_are_stable(void **)
{
    char first[VC_CODE_FEATURES_MAX];
    char second[VC_CODE_FEATURES_MAX];

    vc_code_features(first);
    vc_code_features(second);
    assert_string_equal(first, second);
    assert_true(strlen(first) < VC_CODE_FEATURES_MAX - 1); /* nothing was cut */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_part_counts),
        cmocka_unit_test(test_parts_of_a_program),
        cmocka_unit_test(test_features_are_stable),
    };

    return cmocka_run_group_tests_name("code_key", tests, nullptr, nullptr);
}
