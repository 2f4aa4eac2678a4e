/* SPDX-License-Identifier: MIT */

/* Decisions by the index against decisions by looking at every right, over random policies. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policy/decide.h"

enum { SUBJECTS = 4, RIGHTS = 24, PROGRAMS = 2, PINS = 3, POLICIES = 400, QUESTIONS = 200 };

static constexpr size_t TEXT_MAX = 32;

struct scene {
    struct vc_policy policy;
    struct vc_policy_principal principals[SUBJECTS];
    struct vc_policy_program programs[PROGRAMS];
    struct vc_policy_right rights[RIGHTS];
    struct vc_policy_pin pins[PINS];
    char paths[RIGHTS + PROGRAMS + PINS][TEXT_MAX];
    uint32_t dice;
};

static uint32_t roll(struct scene *scene, uint32_t sides)
{
    scene->dice = scene->dice * 1664525 + 1013904223;
    return (scene->dice >> 8) % sides;
}

/* Names that sort around a slash: "a-b" stands between "a" and "a/b". */
static void random_path(struct scene *scene, char text[TEXT_MAX])
{
    static const char *const names[] = {"a", "a-b", "a0", "ab", "b", "~"};
    size_t depth = roll(scene, 4);
    size_t used = 0;

    for (size_t i = 0; i < depth; i++) {
        used += (size_t)snprintf(text + used, TEXT_MAX - used, "/%s",
                                 names[roll(scene, VC_COUNT(names))]);
    }
    if (depth == 0)
        memcpy(text, "/", 2);
}

static struct vc_subject random_subject(struct scene *scene)
{
    size_t number = roll(scene, SUBJECTS + PROGRAMS);

    return number < SUBJECTS ? (struct vc_subject){VC_SUBJECT_PRINCIPAL, number}
                             : (struct vc_subject){VC_SUBJECT_PROGRAM, number - SUBJECTS};
}

static void random_policy(struct scene *scene)
{
    static char name[] = "x";
    char(*path)[TEXT_MAX] = scene->paths;

    for (size_t i = 0; i < SUBJECTS; i++)
        scene->principals[i].name = name;
    for (size_t i = 0; i < RIGHTS; i++, path++) {
        random_path(scene, *path);
        scene->rights[i] = (struct vc_policy_right){random_subject(scene), 1 + roll(scene, 63),
                                                    *path, roll(scene, 2) == 0};
    }
    for (size_t i = 0; i < PROGRAMS; i++, path++) {
        random_path(scene, *path);
        scene->programs[i] = (struct vc_policy_program){.name = name, .path = *path};
    }
    for (size_t i = 0; i < PINS; i++, path++) {
        random_path(scene, *path);
        scene->pins[i] = (struct vc_policy_pin){.path = *path};
    }
    scene->policy = (struct vc_policy){.principals = scene->principals,
                                       .principal_count = SUBJECTS,
                                       .programs = scene->programs,
                                       .program_count = PROGRAMS,
                                       .rights = scene->rights,
                                       .right_count = roll(scene, RIGHTS + 1),
                                       .pins = scene->pins,
                                       .pin_count = PINS};
    assert_int_equal(vc_policy_index_init(&scene->policy.index, &scene->policy, nullptr), VC_OK);
}

/* ---- the same, right by right ---- */

static bool covers(const struct vc_policy_right *right, const char *path)
{
    return right->tree ? vc_path_within(path, right->path) : strcmp(path, right->path) == 0;
}

static bool is_granted(const struct vc_policy *policy, struct vc_subject who, unsigned what,
                       const char *path)
{
    for (size_t i = 0; i < policy->right_count; i++) {
        const struct vc_policy_right *right = &policy->rights[i];

        if (vc_policy_same_subject(right->who, who) && (right->may & what) != 0 &&
            covers(right, path))
            return true;
    }
    return false;
}

static bool leads(const struct vc_policy *policy, struct vc_subject who, const char *directory)
{
    for (size_t i = 0; i < policy->right_count; i++) {
        if (vc_policy_same_subject(policy->rights[i].who, who) &&
            vc_path_within(policy->rights[i].path, directory))
            return true;
    }
    return false;
}

static bool stands_in_the_way(const char *path, const char *place)
{
    bool below = vc_path_within(path, place);
    bool above = vc_path_within(place, path) && strcmp(path, "/") != 0;

    return (below || above) && strcmp(path, place) != 0;
}

/* ---- questions ---- */

static void check_rights(struct scene *scene, const char *path)
{
    const struct vc_policy *policy = &scene->policy;
    struct vc_subject who = random_subject(scene);

    /* reading asks for nothing besides the right */
    assert_int_equal(vc_policy_decide(policy, who, VC_RIGHT_READ, path, nullptr) == VC_OK,
                     is_granted(policy, who, VC_RIGHT_READ, path));
    assert_int_equal(vc_policy_leads_to_right(policy, who, path), leads(policy, who, path));
    assert_int_equal(vc_policy_may_see(policy, who, path),
                     leads(policy, who, path) || is_granted(policy, who, ~0U, path));
}

static void check_fixed(struct scene *scene, const char *path)
{
    const struct vc_policy *policy = &scene->policy;
    bool is_program = false, blocks_program = false, is_pin = false, blocks_pin = false;
    size_t index;

    for (size_t i = 0; i < PROGRAMS; i++) {
        is_program = is_program || strcmp(policy->programs[i].path, path) == 0;
        blocks_program = blocks_program || stands_in_the_way(path, policy->programs[i].path);
    }
    for (size_t i = 0; i < PINS; i++) {
        is_pin = is_pin || strcmp(policy->pins[i].path, path) == 0;
        blocks_pin = blocks_pin || stands_in_the_way(path, policy->pins[i].path);
    }
    assert_int_equal(vc_policy_program_at(policy, path, &index), is_program);
    assert_int_equal(vc_policy_pin_at(policy, path, &index), is_pin);
    if (is_pin)
        assert_string_equal(policy->pins[index].path, path);
    assert_int_equal(vc_policy_program_blocked_by(policy, path, &index), blocks_program);
    assert_int_equal(vc_policy_pin_blocked_by(policy, path, &index), blocks_pin);
    if (blocks_pin)
        assert_true(stands_in_the_way(path, policy->pins[index].path));
}

static void test_random_policies(void **state)
{
    static struct scene scene = {.dice = 7};

    (void)state;
    print_message("# seed %u\n", scene.dice);
    for (size_t i = 0; i < POLICIES; i++) {
        random_policy(&scene);
        for (size_t k = 0; k < QUESTIONS; k++) {
            char path[TEXT_MAX];

            random_path(&scene, path);
            check_rights(&scene, path);
            check_fixed(&scene, path);
        }
        vc_policy_index_done(&scene.policy.index);
    }
}

static void test_steps(void **state)
{
    static const struct {
        const char *path;
        const char *steps; /* one after another */
    } rows[] = {{"/", "/ "}, {"/a", "/ /a "}, {"/a/bc/d", "/ /a /a/bc /a/bc/d "}};

    (void)state;
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        char steps[64] = "";
        struct vc_bytes place = {};

        while (vc_path_step(rows[i].path, &place)) {
            (void)strncat(steps, (const char *)place.data, place.size);
            (void)strcat(steps, " ");
        }
        assert_string_equal(steps, rows[i].steps);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_policies),
        cmocka_unit_test(test_steps),
    };

    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
