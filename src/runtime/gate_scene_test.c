/* SPDX-License-Identifier: MIT */

#include "runtime/gate_scene_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "policy/key_names.h"
#include "runtime/origin.h"

struct vc_policy vc_gate_scene_policy(void)
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

void vc_gate_scene_open_gate(struct vc_gate_scene *scene, bool alone)
{
    const struct vc_gate_setup setup = {.policy = &scene->policy,
                                        .tree = scene->tree,
                                        .keys = scene->keys,
                                        .streams = scene->streams,
                                        .alone = alone};

    assert_int_equal(vc_gate_new(&setup, &scene->gate, nullptr), VC_OK);
}

void vc_gate_scene_open(struct vc_gate_scene *scene, const struct vc_policy *policy)
{
    static const struct vc_tree_quota quota = {
        .files = 100, .bytes = 10000, .file_bytes = 1000, .depth = 8};

    *scene = (struct vc_gate_scene){.policy = *policy};
    assert_int_equal(vc_policy_index_init(&scene->policy.index, &scene->policy, nullptr), VC_OK);
    assert_int_equal(vc_tree_new(&quota, &scene->tree, nullptr), VC_OK);
    assert_int_equal(vc_loop_new(&scene->loop, nullptr), VC_OK);
    assert_int_equal(vc_force_new(&scene->policy, &scene->force, nullptr), VC_OK);
    assert_int_equal(vc_streams_new(scene->loop, scene->force, &scene->streams, nullptr), VC_OK);
    assert_int_equal(vc_keys_new(&scene->policy, &scene->keys, nullptr), VC_OK);
    vc_gate_scene_open_gate(scene, false);
}

void vc_gate_scene_close(struct vc_gate_scene *scene)
{
    vc_gate_free(scene->gate);
    vc_keys_free(scene->keys);
    vc_streams_free(scene->streams);
    vc_force_free(scene->force);
    vc_loop_free(scene->loop);
    vc_tree_free(scene->tree);
    vc_policy_index_done(&scene->policy.index);
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

void vc_gate_scene_give(struct vc_gate_scene *scene, size_t principal, const char *path)
{
    write_as(scene->tree, vc_origin_of_principal(principal), path);
}

/* A run of BLIND writes what it wants to, and ends well. */
void vc_gate_scene_overwrite(struct vc_gate_scene *scene, const char *path)
{
    struct vc_tree *snapshot = nullptr;

    assert_int_equal(vc_tree_snapshot(scene->tree, &(struct vc_tree_part){"/", VC_PART_TREE}, 1,
                                      &snapshot, nullptr),
                     VC_OK);
    write_as(snapshot, vc_origin_of_run(BLIND, 7), path);
    assert_int_equal(vc_tree_merge(scene->tree, snapshot, nullptr), VC_OK);
    vc_tree_free(snapshot);
}

void vc_gate_scene_give_key(struct vc_gate_scene *scene, size_t key)
{
    static const uint8_t material[16] = {1};

    assert_int_equal(vc_keys_put(scene->keys, key, VC_BYTES(material), nullptr), VC_OK);
}

void vc_gate_scene_ignore(void *)
{
}

struct vc_port *vc_gate_scene_produce(struct vc_gate_scene *scene, size_t stream)
{
    struct vc_stream_claim claim = {stream, scene->policy.streams[stream].producer};
    struct vc_port *port = nullptr;

    assert_int_equal(vc_streams_produce(scene->streams, claim,
                                        (struct vc_port_holder){vc_gate_scene_ignore, scene}, &port,
                                        nullptr),
                     VC_OK);
    return port;
}
