/* SPDX-License-Identifier: MIT */

#include "engine/survey.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Two imports, a custom section before them and one at the end, and a _start. */
static const uint8_t wasm[] = {
    0,    'a', 's', 'm',  1,   0,    0,    0,   0,    4,    3,    'a', 'b',  'c', /* custom, no
                                                                                     content */
    1,    15,  3,   0x60, 0,   0,    0x60, 3,   0x7f, 0x7e, 0x7d, 1,   0x7c, 0x60, 1,
    0x7f, 0,                                                                          /* types */
    2,    13,  2,   1,    'm', 1,    'f',  0,   1,    1,    'n',  1,   'g',  0,    2, /* imports */
    3,    2,   1,   0,       /* one function */
    5,    3,   1,   0,    1, /* memory */
    7,    19,  2,   6,    '_', 's',  't',  'a', 'r',  't',  0,    2,   6,    'm',  'e',
    'm',  'o', 'r', 'y',  2,   0,       /* exports */
    10,   4,   1,   2,    0,   0x0b,    /* code */
    0,    5,   1,   'z',  1,   2,    3, /* custom */
};

static void parse(struct vc_module *module)
{
    struct vc_err err = {};

    if (vc_module_parse((struct vc_bytes){wasm, sizeof(wasm)}, module, &err) != VC_OK)
        fail_msg("%s", err.text);
}

static void test_imports(void **)
{
    struct vc_module module = {};
    struct vc_survey_type type;

    parse(&module);
    assert_int_equal(module.import_count, 2);
    assert_true(vc_survey_import(&module, 0, &type));
    assert_string_equal(type.parameters, "iIf");
    assert_string_equal(type.results, "F");
    assert_true(vc_survey_import(&module, 1, &type));
    assert_string_equal(type.parameters, "i");
    assert_string_equal(type.results, "");
    assert_false(type.cut);
    assert_false(vc_survey_import(&module, 2, &type));
    vc_module_done(&module);
}

static void test_custom(void **)
{
    struct vc_module module = {};
    struct vc_survey_custom custom;
    size_t offset = 0;

    parse(&module);
    assert_true(vc_survey_custom(&module, &offset, &custom));
    assert_int_equal(custom.name.size, 3);
    assert_memory_equal(custom.name.data, "abc", 3);
    assert_int_equal(custom.size, 4);
    assert_true(vc_survey_custom(&module, &offset, &custom));
    assert_memory_equal(custom.name.data, "z", 1);
    assert_int_equal(custom.size, 5);
    assert_false(vc_survey_custom(&module, &offset, &custom));
    assert_false(vc_survey_custom(&module, &offset, &custom));
    vc_module_done(&module);
}

/* Sections cut anywhere: no answer, and no byte beyond them. */
static void test_cut(void **)
{
    struct vc_module module = {};
    struct vc_survey_type type;
    struct vc_survey_custom custom;

    parse(&module);
    for (size_t kind = 1; kind <= 2; kind++) {
        struct vc_bytes whole = module.sections[kind];

        for (size_t size = 0; size < whole.size; size++) {
            module.sections[kind].size = size;
            assert_false(vc_survey_import(&module, 1, &type));
        }
        module.sections[kind] = whole;
    }
    for (size_t size = 0; size < sizeof(wasm); size++) {
        size_t offset = 0;

        module.wasm.size = size;
        while (vc_survey_custom(&module, &offset, &custom))
            assert_true(offset <= size);
    }
    vc_module_done(&module);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_imports),
        cmocka_unit_test(test_custom),
        cmocka_unit_test(test_cut),
    };

    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
