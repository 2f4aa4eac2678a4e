/* SPDX-License-Identifier: MIT */

#include "runtime/gate_scene_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runtime/origin.h"

static void set_up(struct vc_gate_scene *scene)
{
    const struct vc_policy policy = vc_gate_scene_policy();

    vc_gate_scene_open(scene, &policy);
}

static void consent_all(struct vc_gate_scene *scene)
{
    for (size_t i = 0; i < PROGRAMS; i++) {
        vc_gate_consent(scene->gate, ALICE, i);
        vc_gate_consent(scene->gate, BOB, i);
    }
}

static void give_all(struct vc_gate_scene *scene)
{
    vc_gate_scene_give(scene, ALICE, "/input/alice/a");
    vc_gate_scene_give(scene, BOB, "/input/bob");
    vc_gate_scene_give(scene, CAROL, "/input/carol");
}

static void assert_says(const struct vc_gate_scene *scene, size_t program, enum vc_code wanted,
                        const char *sentence)
{
    struct vc_err err = {};
    enum vc_code code = vc_gate_check(scene->gate, program, nullptr, &err);

    if (code != wanted)
        fail_msg("code %d, wanted %d: %s", code, wanted, err.text);
    assert_string_equal(err.text, sentence);
}

static void assert_open(const struct vc_gate_scene *scene, size_t program)
{
    assert_says(scene, program, VC_OK, "");
}

static void assert_there(const struct vc_gate_scene *scene, const char *wanted)
{
    struct vc_gate_parties parties;
    char seen[5] = "----";
    size_t count = 0;

    vc_gate_look(scene->gate, &parties);
    for (size_t i = 0; i < 4; i++) {
        if (parties.there[i])
            seen[i] = "abcd"[i];
        count += parties.there[i];
    }
    assert_string_equal(seen, wanted);
    assert_int_equal(parties.count, count);
}

/* ---- consent ---- */

static void test_consent(void **)
{
    struct vc_gate_scene scene;

    set_up(&scene);
    give_all(&scene);
    assert_says(&scene, PSI, VC_STATE,
                "lifecycle.consent: bob and alice have not consented to the program psi (`veracruz "
                "consent give`)");
    vc_gate_consent(scene.gate, ALICE, PSI);
    assert_says(
        &scene, PSI, VC_STATE,
        "lifecycle.consent: bob has not consented to the program psi (`veracruz consent give`)");
    vc_gate_consent(scene.gate, BOB, ONE);   /* to another one */
    vc_gate_consent(scene.gate, CAROL, PSI); /* whom nobody asks */
    vc_gate_consent(scene.gate, ALICE, PSI); /* again */
    assert_says(
        &scene, PSI, VC_STATE,
        "lifecycle.consent: bob has not consented to the program psi (`veracruz consent give`)");
    assert_false(vc_gate_has_consent(scene.gate, CAROL, PSI));
    assert_false(vc_gate_has_consent(scene.gate, BOB, PSI));
    assert_true(vc_gate_has_consent(scene.gate, BOB, ONE));
    vc_gate_consent(scene.gate, BOB, PSI);
    assert_true(vc_gate_has_consent(scene.gate, BOB, PSI));
    assert_open(&scene, PSI);
    assert_says(
        &scene, ONE, VC_STATE,
        "lifecycle.consent: alice has not consented to the program one (`veracruz consent give`)");
    vc_gate_scene_close(&scene);
}

/* ---- parties ---- */

static void test_g6_parties(void **)
{
    struct vc_gate_scene scene;

    set_up(&scene);
    consent_all(&scene);
    assert_says(&scene, BLIND, VC_STATE,
                "lifecycle.parties: 0 of at least 3 have given a file, a key or a stream; missing "
                "are alice, "
                "bob and 2 more");
    vc_gate_scene_give(&scene, ALICE, "/input/alice/a");
    vc_gate_scene_give(&scene, ALICE, "/input/alice/b");
    vc_gate_scene_give(&scene, EVE, "/input/eve"); /* who is no party */
    assert_says(
        &scene, PSI, VC_STATE,
        "lifecycle.parties: 1 of at least 3 has given a file, a key or a stream; missing are bob, "
        "carol and 1 more");
    vc_gate_scene_give(&scene, BOB, "/input/bob");
    assert_says(&scene, PSI, VC_STATE,
                "lifecycle.parties: 2 of at least 3 have given a file, a key or a stream; missing "
                "are carol and "
                "dave");
    vc_gate_scene_give(&scene, DAVE, "/anywhere");
    assert_there(&scene, "ab-d");
    assert_open(&scene, PSI);
    assert_int_equal(vc_tree_remove(scene.tree, "/input/bob", nullptr), VC_OK);
    assert_says(&scene, PSI, VC_STATE,
                "lifecycle.parties: 2 of at least 3 have given a file, a key or a stream; missing "
                "are bob and "
                "carol");
    vc_gate_scene_close(&scene);
}

static void test_what_counts_as_given(void **)
{
    struct vc_gate_scene scene;

    set_up(&scene);
    vc_gate_scene_give(&scene, ALICE, "/program/psi"); /* the policy's, whoever brings it */
    assert_there(&scene, "----");
    vc_gate_scene_give(&scene, ALICE, "/input/alice/a");
    assert_there(&scene, "a---");
    vc_gate_scene_overwrite(&scene, "/input/alice/a");
    assert_there(&scene, "----");
    vc_gate_scene_give(&scene, BOB, "/input/alice/a"); /* the last who wrote it */
    assert_there(&scene, "-b--");
    vc_gate_scene_give(&scene, ALICE, "/input/alice/a");
    assert_there(&scene, "a---");
    assert_int_equal(vc_tree_remove(scene.tree, "/input/alice/a", nullptr), VC_OK);
    assert_there(&scene, "----"); /* directories are no gift */
    vc_gate_scene_give(&scene, ALICE, "/input/alice/a");
    vc_tree_set_origin(scene.tree, vc_origin_of_run(BLIND, 8));
    assert_int_equal(vc_tree_rename(scene.tree, "/input/alice/a", "/input/alice/z", nullptr),
                     VC_OK);
    assert_there(&scene, "----"); /* nobody moves it but a program */
    vc_gate_scene_give_key(&scene, LEDGER);
    vc_gate_scene_give_key(&scene, EVES);
    assert_there(&scene, "---d");
    assert_int_equal(vc_keys_remove(scene.keys, LEDGER, nullptr), VC_OK);
    assert_there(&scene, "----");
    vc_gate_scene_close(&scene);
}

static void test_streams_count_once_begun(void **)
{
    struct vc_gate_scene scene;
    struct vc_port *port;

    set_up(&scene);
    port = vc_gate_scene_produce(&scene, RESULTS); /* a program's is nobody's gift */
    assert_there(&scene, "----");
    vc_streams_release(scene.streams, RESULTS, port);
    port = vc_gate_scene_produce(&scene, PRICES);
    assert_there(&scene, "--c-");
    vc_stream_lose(vc_streams_at(scene.streams, PRICES), "gone");
    assert_there(&scene, "----");
    vc_streams_release(scene.streams, PRICES, port);
    port = vc_gate_scene_produce(&scene, PRICES);
    assert_there(&scene, "--c-");
    assert_int_equal(vc_port_end(port, 0, nullptr, nullptr), VC_OK);
    assert_there(&scene, "--c-");
    vc_streams_release(scene.streams, PRICES, port);
    assert_there(&scene, "--c-");
    vc_gate_scene_close(&scene);
}

/* ---- budgets ---- */

static void test_g7_budgets(void **)
{
    struct vc_gate_scene scene;

    set_up(&scene);
    consent_all(&scene);
    give_all(&scene);
    assert_open(&scene, PSI);
    assert_int_equal(vc_gate_spent(scene.gate, INPUTS), 0); /* asking costs nothing */
    vc_gate_charge(scene.gate, BLIND, nullptr);
    vc_gate_charge(scene.gate, TABLE, nullptr);
    assert_int_equal(vc_gate_spent(scene.gate, INPUTS), 0);
    assert_int_equal(vc_gate_spent(scene.gate, THE_TABLE), 1);
    assert_says(&scene, TABLE, VC_LIMIT,
                "lifecycle.budgets[2]: 1 run could read what is at /table, and no more may");
    vc_gate_charge(scene.gate, PSI, nullptr);
    assert_int_equal(vc_gate_spent(scene.gate, ALICES), 1);
    assert_int_equal(vc_gate_spent(scene.gate, INPUTS), 1);
    vc_gate_charge(scene.gate, ONE, nullptr); /* whatever program it is */
    assert_says(&scene, PSI, VC_LIMIT,
                "lifecycle.budgets[0]: 2 runs could read what is at /input/alice/, and no more "
                "may");
    assert_says(&scene, ONE, VC_LIMIT,
                "lifecycle.budgets[0]: 2 runs could read what is at /input/alice/, and no more "
                "may");
    vc_gate_scene_give(&scene, ALICE, "/input/alice/a"); /* new data give nothing back */
    assert_int_equal(vc_gate_check(scene.gate, ONE, nullptr, nullptr), VC_LIMIT);
    assert_open(&scene, BLIND);
    vc_gate_scene_close(&scene);
}

static void test_a_stage_costs_what_it_may_read(void **)
{
    static char bobs[] = "/input/bob", in[] = "/input";
    static struct vc_policy_stage_right rights[] = {{VC_RIGHT_READ, bobs, false},
                                                    {VC_RIGHT_READ, in, true}};
    const struct vc_policy_stage only_bob = {
        .program = PSI, .narrowed = true, .rights = rights, .right_count = 1};
    const struct vc_policy_stage all = {
        .program = ONE, .narrowed = true, .rights = rights, .right_count = 2};
    const struct vc_policy_stage nothing = {.program = PSI, .narrowed = true};
    struct vc_gate_scene scene;

    set_up(&scene);
    consent_all(&scene);
    give_all(&scene);
    vc_gate_charge(scene.gate, PSI, &nothing);
    assert_int_equal(vc_gate_spent(scene.gate, INPUTS), 0);
    vc_gate_charge(scene.gate, PSI, &only_bob);
    assert_int_equal(vc_gate_spent(scene.gate, ALICES), 0);
    assert_int_equal(vc_gate_spent(scene.gate, INPUTS), 1);
    vc_gate_charge(scene.gate, ONE, &all);
    vc_gate_charge(scene.gate, ONE, &all);
    assert_int_equal(vc_gate_spent(scene.gate, ALICES), 2);
    assert_int_equal(vc_gate_check(scene.gate, ONE, &all, nullptr), VC_LIMIT);
    assert_int_equal(vc_gate_check(scene.gate, PSI, &only_bob, nullptr), VC_LIMIT);
    assert_int_equal(vc_gate_check(scene.gate, PSI, &nothing, nullptr), VC_OK);
    vc_gate_scene_close(&scene);
}

static void test_outside_a_container(void **)
{
    struct vc_gate_scene scene;

    set_up(&scene);
    vc_gate_free(scene.gate);
    vc_gate_scene_open_gate(&scene, true);
    assert_open(&scene, TABLE);
    vc_gate_charge(scene.gate, TABLE, nullptr);
    assert_int_equal(vc_gate_check(scene.gate, TABLE, nullptr, nullptr), VC_LIMIT);
    vc_gate_scene_close(&scene);
}

static void test_without_rules(void **)
{
    struct vc_gate_scene scene;

    set_up(&scene);
    vc_gate_free(scene.gate);
    scene.policy.lifecycle = (struct vc_policy_lifecycle){};
    vc_gate_scene_open_gate(&scene, false);
    for (size_t i = 0; i < PROGRAMS; i++)
        assert_open(&scene, i);
    assert_there(&scene, "----");
    vc_gate_scene_close(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_consent),
        cmocka_unit_test(test_g6_parties),
        cmocka_unit_test(test_what_counts_as_given),
        cmocka_unit_test(test_streams_count_once_begun),
        cmocka_unit_test(test_g7_budgets),
        cmocka_unit_test(test_a_stage_costs_what_it_may_read),
        cmocka_unit_test(test_outside_a_container),
        cmocka_unit_test(test_without_rules),
    };

    return cmocka_run_group_tests_name("gate", tests, nullptr, nullptr);
}
