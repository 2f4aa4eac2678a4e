/* SPDX-License-Identifier: MIT */

/* A container's state around a gate, for tests of it: who gives what, and what a run does. */

#ifndef VC_RUNTIME_GATE_SCENE_TEST_H
#define VC_RUNTIME_GATE_SCENE_TEST_H

#include "runtime/gate.h"

enum vc_gate_principal { ALICE, BOB, CAROL, DAVE, EVE, PRINCIPALS };
enum vc_gate_program { PSI, ONE, TABLE, BLIND, PROGRAMS };
enum vc_gate_key { LEDGER, EVES, KEYS };          /* dave's, eve's */
enum vc_gate_stream { PRICES, RESULTS, STREAMS }; /* of carol, of PSI */
enum vc_gate_budget { ALICES, INPUTS, THE_TABLE, BUDGETS };

/* Three of alice, bob, carol and dave must have given something; alice and bob consent. PSI reads
 * all inputs, ONE alice's, TABLE the table, BLIND nothing. */
struct vc_gate_scene {
    struct vc_policy policy;
    struct vc_tree *tree;
    struct vc_loop *loop;
    struct vc_force *force;
    struct vc_streams *streams;
    struct vc_keys *keys;
    struct vc_gate *gate;
};

/* Everything is empty, and nothing was charged. The policy is a copy that a test may change before
 * it opens the gate anew; but its rights only before vc_gate_scene_open. */
void vc_gate_scene_open(struct vc_gate_scene *scene, const struct vc_policy *policy);
void vc_gate_scene_close(struct vc_gate_scene *scene);
struct vc_policy vc_gate_scene_policy(void);
void vc_gate_scene_open_gate(struct vc_gate_scene *scene, bool alone);

/* A principal puts a file. */
void vc_gate_scene_give(struct vc_gate_scene *scene, size_t principal, const char *path);
/* A run of BLIND writes one, and ends well. */
void vc_gate_scene_overwrite(struct vc_gate_scene *scene, const char *path);
void vc_gate_scene_give_key(struct vc_gate_scene *scene, size_t key);
/* Of ports: nobody wants to hear. */
void vc_gate_scene_ignore(void *);
struct vc_port *vc_gate_scene_produce(struct vc_gate_scene *scene, size_t stream);

#endif
