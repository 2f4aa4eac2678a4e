/* SPDX-License-Identifier: MIT */

#include "runtime/gate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policy/key_names.h"
#include "runtime/origin.h"

enum { ALICE, BOB, CAROL, DAVE, EVE, PRINCIPALS };
enum { PSI, ONE, TABLE, BLIND, PROGRAMS };
enum { LEDGER, EVES, KEYS };
enum { PRICES, RESULTS, STREAMS };
enum { ALICES, INPUTS, THE_TABLE, BUDGETS };

/* Three of alice, bob, carol and dave must have given something; alice and bob consent. PSI reads
 * all inputs, ONE alice's, TABLE the table, BLIND nothing. */
struct rig {
    struct vc_policy policy;
    struct vc_tree *tree;
    struct vc_loop *loop;
    struct vc_streams *streams;
    struct vc_keys *keys;
    struct vc_gate *gate;
};

static struct vc_policy make_policy(void)
{
    static struct vc_policy_principal principals[PRINCIPALS];
    static const char *const names[] = {"alice", "bob", "carol", "dave", "eve"};
    static char psi[] = "psi", one[] = "one", table[] = "table", blind[] = "blind",
                psi_path[] = "/program/psi", one_path[] = "/program/one",
                table_path[] = "/program/table", blind_path[] = "/program/blind", in[] = "/input",
                alices[] = "/input/alice", the_table[] = "/table", out[] = "/output",
                ledger[] = "ledger", eves[] = "eves", prices[] = "prices", results[] = "results";
    static struct vc_policy_program programs[] = {[PSI] = {.name = psi, .path = psi_path},
                                                  [ONE] = {.name = one, .path = one_path},
                                                  [TABLE] = {.name = table, .path = table_path},
                                                  [BLIND] = {.name = blind, .path = blind_path}};
    static struct vc_policy_right rights[] = {
        {{VC_SUBJECT_PROGRAM, PSI}, VC_RIGHT_READ, in, true},
        {{VC_SUBJECT_PROGRAM, ONE}, VC_RIGHT_READ | VC_RIGHT_WRITE, alices, true},
        {{VC_SUBJECT_PROGRAM, TABLE}, VC_RIGHT_READ, the_table, false},
        {{VC_SUBJECT_PROGRAM, BLIND}, VC_RIGHT_WRITE | VC_RIGHT_LIST, in, true},
        {{VC_SUBJECT_PROGRAM, BLIND}, VC_RIGHT_WRITE, out, true},
    };
    static struct vc_policy_key keys[] = {[LEDGER] = {.name = ledger, .owner = DAVE, .bits = 128},
                                          [EVES] = {.name = eves, .owner = EVE, .bits = 128}};
    static struct vc_subject psi_takes = {VC_SUBJECT_PROGRAM, PSI};
    static struct vc_subject eve_takes = {VC_SUBJECT_PRINCIPAL, EVE};
    static struct vc_policy_stream streams[] = {
        [PRICES] = {.name = prices,
                    .producer = {VC_SUBJECT_PRINCIPAL, CAROL},
                    .consumers = &psi_takes},
        [RESULTS] = {
            .name = results, .producer = {VC_SUBJECT_PROGRAM, PSI}, .consumers = &eve_takes}};
    static size_t parties[] = {ALICE, BOB, CAROL, DAVE};
    static size_t consent[] = {BOB, ALICE};
    static struct vc_policy_budget budgets[] = {[ALICES] = {alices, true, 2},
                                                [INPUTS] = {in, true, 3},
                                                [THE_TABLE] = {the_table, false, 1}};

    for (size_t i = 0; i < PRINCIPALS; i++)
        principals[i].name = (char *)(uintptr_t)names[i];
    for (size_t i = 0; i < KEYS; i++)
        keys[i].type = vc_key_type_named("aes")->number;
    for (size_t i = 0; i < STREAMS; i++) {
        streams[i].consumer_count = 1;
        streams[i].window_bytes = VC_STREAM_WINDOW_MIN;
        streams[i].record_bytes = 100;
        streams[i].partial = true;
        streams[i].uses = 1000000;
    }
    return (struct vc_policy){.principals = principals,
                              .principal_count = PRINCIPALS,
                              .programs = programs,
                              .program_count = PROGRAMS,
                              .rights = rights,
                              .right_count = VC_COUNT(rights),
                              .keys = keys,
                              .key_count = KEYS,
                              .streams = streams,
                              .stream_count = STREAMS,
                              .lifecycle = {.parties = parties,
                                            .party_count = VC_COUNT(parties),
                                            .parties_least = 3,
                                            .consent = consent,
                                            .consent_count = VC_COUNT(consent),
                                            .budgets = budgets,
                                            .budget_count = BUDGETS}};
}

static void open_gate(struct rig *rig, bool alone)
{
    const struct vc_gate_setup setup = {.policy = &rig->policy,
                                        .tree = rig->tree,
                                        .keys = rig->keys,
                                        .streams = rig->streams,
                                        .alone = alone};

    assert_int_equal(vc_gate_new(&setup, &rig->gate, nullptr), VC_OK);
}

static void set_up(struct rig *rig)
{
    static const struct vc_tree_quota quota = {
        .files = 100, .bytes = 10000, .file_bytes = 1000, .depth = 8};

    *rig = (struct rig){.policy = make_policy()};
    assert_int_equal(vc_policy_index_init(&rig->policy.index, &rig->policy, nullptr), VC_OK);
    assert_int_equal(vc_tree_new(&quota, &rig->tree, nullptr), VC_OK);
    assert_int_equal(vc_loop_new(&rig->loop, nullptr), VC_OK);
    assert_int_equal(vc_streams_new(rig->loop, &rig->policy, &rig->streams, nullptr), VC_OK);
    assert_int_equal(vc_keys_new(&rig->policy, &rig->keys, nullptr), VC_OK);
    open_gate(rig, false);
}

static void tear_down(struct rig *rig)
{
    vc_gate_free(rig->gate);
    vc_keys_free(rig->keys);
    vc_streams_free(rig->streams);
    vc_loop_free(rig->loop);
    vc_tree_free(rig->tree);
    vc_policy_index_done(&rig->policy.index);
}

/* ---- what happens in a container ---- */

static void write_as(struct vc_tree *tree, uint64_t origin, const char *path)
{
    vc_cleanup(vc_blob_unrefp) struct vc_blob *blob = nullptr;
    struct vc_draft *draft = nullptr;

    assert_int_equal(vc_draft_new(1, &draft, nullptr), VC_OK);
    assert_int_equal(vc_draft_finish(draft, &blob, nullptr), VC_OK);
    vc_tree_set_origin(tree, origin);
    assert_int_equal(vc_tree_put(tree, path, blob, nullptr), VC_OK);
}

static void give(struct rig *rig, size_t principal, const char *path)
{
    write_as(rig->tree, vc_origin_of_principal(principal), path);
}

/* A run of BLIND writes what it wants to, and ends well. */
static void overwrite(struct rig *rig, const char *path)
{
    struct vc_tree *snapshot = nullptr;

    assert_int_equal(vc_tree_snapshot(rig->tree, &(struct vc_tree_part){"/", VC_PART_TREE}, 1,
                                      &snapshot, nullptr),
                     VC_OK);
    write_as(snapshot, vc_origin_of_run(BLIND, 7), path);
    assert_int_equal(vc_tree_merge(rig->tree, snapshot, nullptr), VC_OK);
    vc_tree_free(snapshot);
}

static void give_key(struct rig *rig, size_t key)
{
    static const uint8_t material[16] = {1};

    assert_int_equal(vc_keys_put(rig->keys, key, VC_BYTES(material), nullptr), VC_OK);
}

static void changed(void *)
{
}

static struct vc_port *produce(struct rig *rig, size_t stream)
{
    struct vc_stream_claim claim = {stream, rig->policy.streams[stream].producer};
    struct vc_port *port = nullptr;

    assert_int_equal(vc_streams_produce(rig->streams, claim, (struct vc_port_holder){changed, rig},
                                        &port, nullptr),
                     VC_OK);
    return port;
}

static void consent_all(struct rig *rig)
{
    for (size_t i = 0; i < PROGRAMS; i++) {
        vc_gate_consent(rig->gate, ALICE, i);
        vc_gate_consent(rig->gate, BOB, i);
    }
}

static void give_all(struct rig *rig)
{
    give(rig, ALICE, "/input/alice/a");
    give(rig, BOB, "/input/bob");
    give(rig, CAROL, "/input/carol");
}

static void assert_says(const struct rig *rig, size_t program, enum vc_code wanted,
                        const char *sentence)
{
    struct vc_err err = {};
    enum vc_code code = vc_gate_check(rig->gate, program, nullptr, &err);

    if (code != wanted)
        fail_msg("code %d, wanted %d: %s", code, wanted, err.text);
    assert_string_equal(err.text, sentence);
}

static void assert_open(const struct rig *rig, size_t program)
{
    assert_says(rig, program, VC_OK, "");
}

static void assert_there(const struct rig *rig, const char *wanted)
{
    struct vc_gate_parties parties;
    char seen[5] = "----";
    size_t count = 0;

    vc_gate_look(rig->gate, &parties);
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
    struct rig rig;

    set_up(&rig);
    give_all(&rig);
    assert_says(&rig, PSI, VC_STATE,
                "lifecycle.consent: bob and alice have not consented to the program psi (`veracruz "
                "consent give`)");
    vc_gate_consent(rig.gate, ALICE, PSI);
    assert_says(
        &rig, PSI, VC_STATE,
        "lifecycle.consent: bob has not consented to the program psi (`veracruz consent give`)");
    vc_gate_consent(rig.gate, BOB, ONE);   /* to another one */
    vc_gate_consent(rig.gate, CAROL, PSI); /* whom nobody asks */
    vc_gate_consent(rig.gate, ALICE, PSI); /* again */
    assert_says(
        &rig, PSI, VC_STATE,
        "lifecycle.consent: bob has not consented to the program psi (`veracruz consent give`)");
    assert_false(vc_gate_has_consent(rig.gate, CAROL, PSI));
    assert_false(vc_gate_has_consent(rig.gate, BOB, PSI));
    assert_true(vc_gate_has_consent(rig.gate, BOB, ONE));
    vc_gate_consent(rig.gate, BOB, PSI);
    assert_true(vc_gate_has_consent(rig.gate, BOB, PSI));
    assert_open(&rig, PSI);
    assert_says(
        &rig, ONE, VC_STATE,
        "lifecycle.consent: alice has not consented to the program one (`veracruz consent give`)");
    tear_down(&rig);
}

/* ---- parties ---- */

static void test_g6_parties(void **)
{
    struct rig rig;

    set_up(&rig);
    consent_all(&rig);
    assert_says(&rig, BLIND, VC_STATE,
                "lifecycle.parties: 0 of at least 3 have given a file, a key or a stream; missing "
                "are alice, "
                "bob and 2 more");
    give(&rig, ALICE, "/input/alice/a");
    give(&rig, ALICE, "/input/alice/b");
    give(&rig, EVE, "/input/eve"); /* who is no party */
    assert_says(
        &rig, PSI, VC_STATE,
        "lifecycle.parties: 1 of at least 3 has given a file, a key or a stream; missing are bob, "
        "carol and 1 more");
    give(&rig, BOB, "/input/bob");
    assert_says(&rig, PSI, VC_STATE,
                "lifecycle.parties: 2 of at least 3 have given a file, a key or a stream; missing "
                "are carol and "
                "dave");
    give(&rig, DAVE, "/anywhere");
    assert_there(&rig, "ab-d");
    assert_open(&rig, PSI);
    assert_int_equal(vc_tree_remove(rig.tree, "/input/bob", nullptr), VC_OK);
    assert_says(&rig, PSI, VC_STATE,
                "lifecycle.parties: 2 of at least 3 have given a file, a key or a stream; missing "
                "are bob and "
                "carol");
    tear_down(&rig);
}

static void test_what_counts_as_given(void **)
{
    struct rig rig;

    set_up(&rig);
    give(&rig, ALICE, "/program/psi"); /* the policy's, whoever brings it */
    assert_there(&rig, "----");
    give(&rig, ALICE, "/input/alice/a");
    assert_there(&rig, "a---");
    overwrite(&rig, "/input/alice/a");
    assert_there(&rig, "----");
    give(&rig, BOB, "/input/alice/a"); /* the last who wrote it */
    assert_there(&rig, "-b--");
    give(&rig, ALICE, "/input/alice/a");
    assert_there(&rig, "a---");
    assert_int_equal(vc_tree_remove(rig.tree, "/input/alice/a", nullptr), VC_OK);
    assert_there(&rig, "----"); /* directories are no gift */
    give(&rig, ALICE, "/input/alice/a");
    vc_tree_set_origin(rig.tree, vc_origin_of_run(BLIND, 8));
    assert_int_equal(vc_tree_rename(rig.tree, "/input/alice/a", "/input/alice/z", nullptr), VC_OK);
    assert_there(&rig, "----"); /* nobody moves it but a program */
    give_key(&rig, LEDGER);
    give_key(&rig, EVES);
    assert_there(&rig, "---d");
    assert_int_equal(vc_keys_remove(rig.keys, LEDGER, nullptr), VC_OK);
    assert_there(&rig, "----");
    tear_down(&rig);
}

static void test_streams_count_once_begun(void **)
{
    struct rig rig;
    struct vc_port *port;

    set_up(&rig);
    port = produce(&rig, RESULTS); /* a program's is nobody's gift */
    assert_there(&rig, "----");
    vc_streams_release(rig.streams, RESULTS, port);
    port = produce(&rig, PRICES);
    assert_there(&rig, "--c-");
    vc_stream_lose(vc_streams_at(rig.streams, PRICES), "gone");
    assert_there(&rig, "----");
    vc_streams_release(rig.streams, PRICES, port);
    port = produce(&rig, PRICES);
    assert_there(&rig, "--c-");
    assert_int_equal(vc_port_end(port, 0, nullptr, nullptr), VC_OK);
    assert_there(&rig, "--c-");
    vc_streams_release(rig.streams, PRICES, port);
    assert_there(&rig, "--c-");
    tear_down(&rig);
}

/* ---- budgets ---- */

static void test_g7_budgets(void **)
{
    struct rig rig;

    set_up(&rig);
    consent_all(&rig);
    give_all(&rig);
    assert_open(&rig, PSI);
    assert_int_equal(vc_gate_spent(rig.gate, INPUTS), 0); /* asking costs nothing */
    vc_gate_charge(rig.gate, BLIND, nullptr);
    vc_gate_charge(rig.gate, TABLE, nullptr);
    assert_int_equal(vc_gate_spent(rig.gate, INPUTS), 0);
    assert_int_equal(vc_gate_spent(rig.gate, THE_TABLE), 1);
    assert_says(&rig, TABLE, VC_LIMIT,
                "lifecycle.budgets[2]: 1 run could read what is at /table, and no more may");
    vc_gate_charge(rig.gate, PSI, nullptr);
    assert_int_equal(vc_gate_spent(rig.gate, ALICES), 1);
    assert_int_equal(vc_gate_spent(rig.gate, INPUTS), 1);
    vc_gate_charge(rig.gate, ONE, nullptr); /* whatever program it is */
    assert_says(&rig, PSI, VC_LIMIT,
                "lifecycle.budgets[0]: 2 runs could read what is at /input/alice/, and no more "
                "may");
    assert_says(&rig, ONE, VC_LIMIT,
                "lifecycle.budgets[0]: 2 runs could read what is at /input/alice/, and no more "
                "may");
    give(&rig, ALICE, "/input/alice/a"); /* new data give nothing back */
    assert_int_equal(vc_gate_check(rig.gate, ONE, nullptr, nullptr), VC_LIMIT);
    assert_open(&rig, BLIND);
    tear_down(&rig);
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
    struct rig rig;

    set_up(&rig);
    consent_all(&rig);
    give_all(&rig);
    vc_gate_charge(rig.gate, PSI, &nothing);
    assert_int_equal(vc_gate_spent(rig.gate, INPUTS), 0);
    vc_gate_charge(rig.gate, PSI, &only_bob);
    assert_int_equal(vc_gate_spent(rig.gate, ALICES), 0);
    assert_int_equal(vc_gate_spent(rig.gate, INPUTS), 1);
    vc_gate_charge(rig.gate, ONE, &all);
    vc_gate_charge(rig.gate, ONE, &all);
    assert_int_equal(vc_gate_spent(rig.gate, ALICES), 2);
    assert_int_equal(vc_gate_check(rig.gate, ONE, &all, nullptr), VC_LIMIT);
    assert_int_equal(vc_gate_check(rig.gate, PSI, &only_bob, nullptr), VC_LIMIT);
    assert_int_equal(vc_gate_check(rig.gate, PSI, &nothing, nullptr), VC_OK);
    tear_down(&rig);
}

static void test_outside_a_container(void **)
{
    struct rig rig;

    set_up(&rig);
    vc_gate_free(rig.gate);
    open_gate(&rig, true);
    assert_open(&rig, TABLE);
    vc_gate_charge(rig.gate, TABLE, nullptr);
    assert_int_equal(vc_gate_check(rig.gate, TABLE, nullptr, nullptr), VC_LIMIT);
    tear_down(&rig);
}

static void test_without_rules(void **)
{
    struct rig rig;

    set_up(&rig);
    vc_gate_free(rig.gate);
    rig.policy.lifecycle = (struct vc_policy_lifecycle){};
    open_gate(&rig, false);
    for (size_t i = 0; i < PROGRAMS; i++)
        assert_open(&rig, i);
    assert_there(&rig, "----");
    tear_down(&rig);
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
