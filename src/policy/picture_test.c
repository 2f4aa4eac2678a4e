/* SPDX-License-Identifier: MIT */

#include "policy/picture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static char name_a[] = "a";
static char name_b[] = "b";
static char name_c[] = "c";
static char program_name[] = "generate";
static char principal_name[] = "alice";
static char odd_path[] = "/<&>\x01/and a rather long path/of a file";
static char short_path[] = "/output/x";

/* a, then b if a file is there and another is not, then c if a exited with 1 or 2. */
struct scene {
    size_t principals[1], after_b[1], after_c[2];
    uint32_t exits[2];
    struct vc_policy_condition files[2], exit[1];
    struct vc_policy_stage stages[3];
    struct vc_policy_pipeline pipeline;
    struct vc_policy_program program;
    struct vc_policy_principal principal;
    struct vc_policy policy;
};

static void scene_init(struct scene *scene)
{
    *scene = (struct scene){.after_c = {1, 0}, .exits = {1, 2}};
    scene->files[0] = (struct vc_policy_condition){.kind = VC_IF_EXISTS, .path = odd_path};
    scene->files[1] = (struct vc_policy_condition){.kind = VC_IF_MISSING, .path = short_path};
    scene->exit[0] =
        (struct vc_policy_condition){.kind = VC_IF_EXIT, .exits = scene->exits, .exit_count = 2};
    scene->stages[0] = (struct vc_policy_stage){.name = name_a};
    scene->stages[1] = (struct vc_policy_stage){.name = name_b,
                                                .after = scene->after_b,
                                                .after_count = 1,
                                                .conditions = scene->files,
                                                .condition_count = 2};
    scene->stages[2] = (struct vc_policy_stage){.name = name_c,
                                                .after = scene->after_c,
                                                .after_count = 2,
                                                .conditions = scene->exit,
                                                .condition_count = 1};
    scene->pipeline = (struct vc_policy_pipeline){.name = name_a,
                                                  .principals = scene->principals,
                                                  .principal_count = 1,
                                                  .stages = scene->stages,
                                                  .stage_count = 3};
    scene->program.name = program_name;
    scene->principal.name = principal_name;
    scene->policy = (struct vc_policy){.name = name_c,
                                       .principals = &scene->principal,
                                       .principal_count = 1,
                                       .programs = &scene->program,
                                       .program_count = 1,
                                       .pipelines = &scene->pipeline,
                                       .pipeline_count = 1};
}

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;

    for (text = strstr(text, part); text != nullptr; text = strstr(text + 1, part))
        count++;
    return count;
}

static void test_stages(void **)
{
    struct scene scene;
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    const char *svg;

    scene_init(&scene);
    assert_int_equal(vc_policy_picture(&scene.policy, &text, nullptr), VC_OK);
    assert_int_equal(vc_buffer_append(&text, (struct vc_bytes){(const uint8_t *)"", 1}, nullptr),
                     VC_OK);
    svg = (const char *)text.data;
    assert_int_equal(count_of(svg, "<rect x="), 3);
    assert_int_equal(count_of(svg, "marker-end"), 3);
    assert_int_equal(count_of(svg, "stroke-dasharray"), 1);
    assert_int_equal(count_of(svg, ">exit 1, 2<"), 1);
    assert_int_equal(count_of(svg, ">a: started by alice<"), 1);
    assert_int_equal(count_of(svg, ">generate<"), 3);
    assert_int_equal(count_of(svg, ">if no /output/x<"), 1);
    /* in columns, one after the other */
    assert_int_equal(count_of(svg, "<rect x=\"20\""), 1);
    assert_int_equal(count_of(svg, "<rect x=\"290\""), 1);
    assert_int_equal(count_of(svg, "<rect x=\"560\""), 1);
}

/* Nothing in a name or path becomes markup. */
static void test_markup(void **)
{
    static char paths[][16] = {"/<a>", "/&lt;", "/\x01\x1f\x7f", "/]]>", "/\"'"};
    static const char *const shown[] = {"if /&lt;a&gt;<", "if /&amp;lt;<",
                                        "if /?"
                                        "?"
                                        "?<",
                                        "if /]]&gt;<", "if /\"'<"};

    for (size_t i = 0; i < VC_COUNT(paths); i++) {
        struct scene scene;
        vc_cleanup(vc_buffer_done) struct vc_buffer text = {};

        scene_init(&scene);
        scene.files[0].path = paths[i];
        assert_int_equal(vc_policy_picture(&scene.policy, &text, nullptr), VC_OK);
        assert_int_equal(
            vc_buffer_append(&text, (struct vc_bytes){(const uint8_t *)"", 1}, nullptr), VC_OK);
        if (count_of((const char *)text.data, shown[i]) != 1)
            fail_msg("row %zu: %s", i, (const char *)text.data);
    }
}

/* A long path is cut at a character. */
static void test_cut(void **)
{
    static char path[] = "/0123456789/€€€€€€€€€€€€"; /* three bytes each */
    struct scene scene;
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};

    scene_init(&scene);
    scene.files[0].path = path;
    assert_int_equal(vc_policy_picture(&scene.policy, &text, nullptr), VC_OK);
    assert_int_equal(vc_buffer_append(&text, (struct vc_bytes){(const uint8_t *)"", 1}, nullptr),
                     VC_OK);
    assert_int_equal(count_of((const char *)text.data, ">if …€€€€€€<"), 1);
}

static void test_none(void **)
{
    struct scene scene;
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};

    scene_init(&scene);
    scene.policy.pipeline_count = 0;
    assert_int_equal(vc_policy_picture(&scene.policy, &text, nullptr), VC_OK);
    assert_int_equal(vc_buffer_append(&text, (struct vc_bytes){(const uint8_t *)"", 1}, nullptr),
                     VC_OK);
    assert_int_equal(count_of((const char *)text.data, "no pipelines"), 1);
    assert_int_equal(count_of((const char *)text.data, "</svg>"), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stages),
        cmocka_unit_test(test_markup),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_none),
    };

    return cmocka_run_group_tests_name("picture", tests, nullptr, nullptr);
}
