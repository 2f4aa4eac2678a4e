/* SPDX-License-Identifier: MIT */

#include "local/order.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

constexpr size_t WORDS_MAX = 24;

static size_t count_of(const char *const *words)
{
    size_t count = 0;

    while (count < WORDS_MAX && words[count] != nullptr)
        count++;
    return count;
}

static enum vc_code parse(const char *const *words, struct vc_order *order, struct vc_err *err)
{
    return vc_order_parse(words, count_of(words), order, err);
}

static void test_whole(void **)
{
    static const char *const words[] = {"module=a b.wasm",
                                        "argument=a",
                                        "argument=",
                                        "argument=x=y",
                                        "variable=A=1",
                                        "limit=files=3",
                                        "folder=/h=1",
                                        "guest=.",
                                        "folder=two",
                                        "guest=data",
                                        "stdin=-",
                                        "clock=yes",
                                        "json=yes",
                                        "trace=t.log",
                                        "strategy=interpret",
                                        nullptr};
    struct vc_order order;
    struct vc_err err = {};

    assert_int_equal(parse(words, &order, &err), VC_OK);
    assert_string_equal(order.module, "a b.wasm");
    assert_int_equal(order.arguments.count, 3);
    assert_string_equal(order.arguments.items[1], "");
    assert_string_equal(order.arguments.items[2], "x=y");
    assert_int_equal(order.variables.count, 1);
    assert_string_equal(order.variables.items[0], "A=1");
    assert_string_equal(order.limits.items[0], "files=3");
    assert_int_equal(order.folder_count, 2);
    assert_string_equal(order.folders[0].host, "/h=1");
    assert_string_equal(order.folders[0].guest, ".");
    assert_string_equal(order.folders[1].guest, "data");
    assert_string_equal(order.input, "-");
    assert_string_equal(order.trace, "t.log");
    assert_string_equal(order.strategy, "interpret");
    assert_true(order.clock && order.json && !order.randomness && !order.progress);
    assert_null(order.policy);
    vc_order_done(&order);
}

static void test_policy(void **)
{
    static const char *const words[] = {"policy=p.json", "program=sum",   "as=bank", "folder=.",
                                        "module=m",      "stream=in=a=b", "key=k=f", nullptr};
    struct vc_order order;

    assert_int_equal(parse(words, &order, nullptr), VC_OK);
    assert_string_equal(order.policy, "p.json");
    assert_string_equal(order.program, "sum");
    assert_null(order.pipeline);
    assert_string_equal(order.principal, "bank");
    assert_null(order.folders[0].guest);
    assert_int_equal(order.keys.count, 1);
    assert_string_equal(order.keys.items[0], "k=f");
    vc_order_done(&order);
}

static void test_pipeline(void **)
{
    static const char *const words[] = {"policy=p.json", "pipeline=nightly", "folder=.", nullptr};
    struct vc_order order;

    assert_int_equal(parse(words, &order, nullptr), VC_OK);
    assert_string_equal(order.pipeline, "nightly");
    assert_null(order.program);
    vc_order_done(&order);
}

static void test_refused(void **)
{
    static const struct {
        const char *name, *words[WORDS_MAX], *text;
        enum vc_code code;
    } rows[] = {
        {"nothing", {nullptr}, "neither a policy nor a program", VC_MALFORMED},
        {"started by hand", {"--help"}, "--help: this program is started by", VC_MALFORMED},
        {"unknown key", {"modul=x"}, "modul=x: this program is started by", VC_MALFORMED},
        {"no value", {"module"}, "module: this program is started by", VC_MALFORMED},
        {"flag", {"module=x", "json=no"}, "no: \"yes\" wanted", VC_MALFORMED},
        {"guest alone", {"module=x", "guest=."}, "guest=.: of no folder", VC_MALFORMED},
        {"two guests",
         {"module=x", "folder=a", "guest=b", "guest=c"},
         "guest=c: of no folder",
         VC_MALFORMED},
        {"folder alone", {"module=x", "folder=a"}, "a: a folder without a name", VC_MALFORMED},
        {"a key without policy", {"module=x", "key=k=f"}, "a key, and no policy", VC_MALFORMED},
        {"policy without folder", {"policy=p"}, "a policy needs one folder", VC_MALFORMED},
        {"policy with a named folder",
         {"policy=p", "folder=a", "guest=b"},
         "a policy needs one folder",
         VC_MALFORMED},
        {"policy with two folders",
         {"policy=p", "folder=a", "folder=b"},
         "a policy needs one folder",
         VC_MALFORMED},
        {"a pipeline without policy",
         {"module=x", "pipeline=p"},
         "a pipeline is of a policy",
         VC_MALFORMED},
        {"a pipeline and a program",
         {"policy=p", "folder=.", "pipeline=p", "program=x"},
         "a pipeline is of a policy",
         VC_MALFORMED},
        {"a pipeline and a module",
         {"policy=p", "folder=.", "pipeline=p", "module=x"},
         "a pipeline is of a policy",
         VC_MALFORMED},
        {"too many folders",
         {"module=x", "folder=a", "folder=b", "folder=c", "folder=d", "folder=e", "folder=f",
          "folder=g", "folder=h", "folder=i", "folder=j", "folder=k", "folder=l", "folder=m",
          "folder=n", "folder=o", "folder=p", "folder=q"},
         "more than 16 folders",
         VC_LIMIT},
    };

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct vc_order order;
        struct vc_err err = {};

        if (parse(rows[i].words, &order, &err) != rows[i].code ||
            strncmp(err.text, rows[i].text, strlen(rows[i].text)) != 0)
            fail_msg("%s: %s", rows[i].name, err.text);
        vc_order_done(&order);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_policy),
        cmocka_unit_test(test_pipeline),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
