/* SPDX-License-Identifier: MIT */

/* What a local run runs in: the policy, the files, and the folders that they came from. */

#ifndef VC_LOCAL_SCENE_H
#define VC_LOCAL_SCENE_H

#include "local/cast.h"
#include "local/folder.h"
#include "local/order.h"
#include "policy/policy.h"

struct vc_scene {
    struct vc_policy *policy;
    struct vc_cast cast; /* of this policy */
    size_t principal;
    struct vc_tree *tree;
    struct vc_folder *folders[VC_ORDER_FOLDERS_MAX];
    size_t folder_count;
};

/* Reads policy, program, standard input and folders as the order says, at `now`. A container would
 * have accepted them: VC_MALFORMED: the policy, or what the order says. VC_REFUSED: the policy or a
 * certificate is out of time, nobody may start the program or the pipeline, a folder has what no
 * container would take. VC_UNTRUSTED: a program or a pinned file has another digest. VC_LIMIT: the
 * storage. VC_NOT_FOUND: the program. *scene is to be released in any case. */
enum vc_code vc_scene_load(const struct vc_order *order, const uint8_t *measurement, int64_t now,
                           struct vc_scene *scene, struct vc_err *err);

/* Writes what the run published back into the folders. VC_HOST, VC_STATE. */
enum vc_code vc_scene_store(const struct vc_scene *scene, struct vc_err *err);

/* Writes what stands at this path to a descriptor; nothing if there is no such file. VC_HOST. */
enum vc_code vc_scene_copy(const struct vc_scene *scene, const char *path, int fd,
                           struct vc_err *err);

void vc_scene_done(struct vc_scene *scene);

#endif
