/* SPDX-License-Identifier: MIT */

/* For tests: random policies of few paths and names, and random narrowings of them, spelled at
 * random. */

#ifndef VC_POLICY_FORCE_SCENE_H
#define VC_POLICY_FORCE_SCENE_H

#include "policy/force_model.h"

enum {
    VC_SCENE_RIGHTS_MAX = 40,
    VC_SCENE_PINS_MAX = 2,
    VC_SCENE_RULES_MAX = 10,
    VC_SCENE_TEXT_MAX = 32,
};

struct vc_scene {
    struct vc_policy policy;
    struct vc_policy_stage stage; /* of one of its programs; it has rights of its own or not */
    uint64_t dice;
    /* Paths that are asked about. The first are those that policy and narrowings name; each of them
     * has a child, which stands for all that nothing names. */
    const char *paths[VC_MODEL_PATHS_MAX];
    size_t path_count, named_count;
    /* what the policy is made of */
    struct vc_policy_principal principals[VC_MODEL_SUBJECTS_MAX];
    struct vc_policy_program programs[VC_MODEL_THINGS_MAX];
    struct vc_policy_right rights[VC_SCENE_RIGHTS_MAX];
    struct vc_policy_stage_right stage_rights[4];
    struct vc_policy_pin pins[VC_SCENE_PINS_MAX];
    struct vc_policy_stream streams[VC_MODEL_THINGS_MAX];
    struct vc_subject consumers[VC_MODEL_THINGS_MAX][3];
    struct vc_policy_key keys[VC_MODEL_THINGS_MAX];
    size_t key_programs[VC_MODEL_THINGS_MAX][VC_MODEL_THINGS_MAX];
    struct vc_policy_run_rule runs[VC_MODEL_THINGS_MAX];
    struct vc_policy_narrower rules[VC_SCENE_RULES_MAX];
    size_t chosen[VC_SCENE_RULES_MAX][2];
    size_t consent[2];
    char path_texts[VC_MODEL_PATHS_MAX][VC_SCENE_TEXT_MAX];
    char names[VC_MODEL_SUBJECTS_MAX][VC_SCENE_TEXT_MAX];
};

/* Large policies have more subjects than a word has bits. */
void vc_scene_init(struct vc_scene *scene, uint64_t seed);
void vc_scene_done(struct vc_scene *scene);

/* 0 to sides - 1 */
size_t vc_scene_roll(struct vc_scene *scene, size_t sides);

/* Something that `subject` might want. With `own` only from itself, and of its own program. */
void vc_scene_intend(struct vc_scene *scene, size_t subject, bool own,
                     struct vc_model_intent *intent);
/* Appends one of its many spellings. */
void vc_scene_spell(struct vc_scene *scene, const struct vc_model_intent *intent,
                    struct vc_buffer *text);

#endif
