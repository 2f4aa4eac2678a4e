/* SPDX-License-Identifier: MIT */

#include "local/scene.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hex.h"
#include "local/adhoc.h"
#include "local/content.h"
#include "policy/decide.h"
#include "runtime/clock.h"

static constexpr uint64_t INPUT_MAX = UINT64_C(1) << 32; /* bytes of standard input, or a module */

/* ---- reading ---- */

static enum vc_code read_file(const char *path, struct vc_blob **blob, struct vc_err *err)
{
    vc_cleanup(vc_fd_closep) int file = open(path, O_RDONLY | O_CLOEXEC);
    enum vc_code code;

    if (file < 0 && errno == ENOENT)
        return vc_fail(err, VC_NOT_FOUND, "%s: no such file", path);
    if (file < 0)
        return vc_fail_host(err, "%s", path);
    code = vc_content_read(file, INPUT_MAX, blob, err);
    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "%s", path);
}

/* A policy's own faults are the fault of what was given, whatever their class: exit code 2. */
static enum vc_code blame_policy(struct vc_err *err, enum vc_code code)
{
    if (code != VC_REFUSED && code != VC_LIMIT)
        return code;
    err->code = VC_MALFORMED;
    return VC_MALFORMED;
}

/* ---- files ---- */

/* What a container would say to a file that is put at this path. */
static enum vc_code check_digest(void *user, const char *path, struct vc_blob *content,
                                 struct vc_err *err)
{
    const struct vc_policy *policy = user;
    const uint8_t *wanted = vc_policy_digest_at(policy, path);
    struct vc_bytes bytes;
    uint8_t digest[VC_SHA256_SIZE];
    char hex[2][2 * VC_SHA256_SIZE + 1];
    enum vc_code code;

    if (wanted == nullptr)
        return VC_OK;
    code = vc_blob_bytes(content, &bytes, err);
    if (code != VC_OK)
        return code;
    vc_sha256(bytes, digest);
    if (memcmp(digest, wanted, sizeof(digest)) == 0)
        return VC_OK;
    vc_hex_encode((struct vc_bytes){digest, sizeof(digest)}, hex[0]);
    vc_hex_encode((struct vc_bytes){wanted, sizeof(digest)}, hex[1]);
    return vc_fail(err, VC_UNTRUSTED, "its SHA-256 is %s, the policy wants %s", hex[0], hex[1]);
}

static bool leads_to(const char *right, const char *path, bool directory)
{
    return directory && vc_path_within(right, path);
}

/* Could this stand in a container under the policy at all? */
static bool is_wanted(void *user, const char *path, bool directory)
{
    const struct vc_policy *policy = user;

    if (vc_policy_is_of_streams(path))
        return false;
    for (size_t i = 0; i < policy->right_count; i++) {
        const struct vc_policy_right *right = &policy->rights[i];

        if (strcmp(right->path, path) == 0 || leads_to(right->path, path, directory) ||
            (right->tree && vc_path_within(path, right->path)))
            return true;
    }
    for (size_t i = 0; i < policy->program_count; i++) {
        if (strcmp(policy->programs[i].path, path) == 0 ||
            leads_to(policy->programs[i].path, path, directory))
            return true;
    }
    return false;
}

/* A program may have left it in an earlier run, leading to a file that no program may read: only
 * links that none can have made are the user's own words. */
static bool may_be_left(void *user, const char *path)
{
    const struct vc_policy *policy = user;

    for (size_t i = 0; i < policy->program_count; i++) {
        struct vc_subject who = {VC_SUBJECT_PROGRAM, i};

        if (vc_policy_decide(policy, who, VC_RIGHT_WRITE, path, nullptr) == VC_OK)
            return true;
    }
    return false;
}

static enum vc_code make_tree(struct vc_scene *scene, struct vc_err *err)
{
    const struct vc_policy_storage *storage = &scene->policy->storage;
    struct vc_tree_quota quota = {.files = storage->files,
                                  .bytes = storage->bytes,
                                  .file_bytes = storage->file_bytes,
                                  .depth = storage->depth};

    enum vc_code code = vc_tree_new(&quota, &scene->tree, err);

    if (code == VC_OK)
        vc_tree_set_clock(scene->tree, vc_clock_ns);
    return code;
}

static enum vc_code load_folder(struct vc_scene *scene, const struct vc_order_folder *from,
                                const char *base, const struct vc_folder_guard *guard,
                                struct vc_err *err)
{
    enum vc_code code = vc_folder_open(from->host, base, &scene->folders[scene->folder_count], err);

    if (code != VC_OK)
        return code;
    return vc_folder_load(scene->folders[scene->folder_count++], guard, scene->tree, err);
}

/* ---- under a policy ---- */

static enum vc_code load_policy(const char *path, int64_t now, struct vc_policy **policy,
                                struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    enum vc_code code = vc_file_load(path, VC_POLICY_SIZE_MAX, &text, err);

    if (code == VC_OK)
        code = vc_policy_parse(vc_buffer_bytes(&text), policy, err);
    if (code != VC_OK && code != VC_NOT_FOUND && code != VC_HOST)
        return vc_fail_in(err, blame_policy(err, code), "%s", path);
    return code == VC_OK ? vc_policy_check_time(*policy, now, err) : code;
}

static enum vc_code find_program(struct vc_scene *scene, const char *name, struct vc_err *err)
{
    const struct vc_policy *policy = scene->policy;

    if (name == nullptr && policy->program_count == 1) {
        scene->cast.program = 0;
        return VC_OK;
    }
    if (name == nullptr)
        return vc_fail(err, VC_MALFORMED, "the policy has %zu programs: say --program NAME",
                       policy->program_count);
    if (!vc_policy_find_program(policy, name, &scene->cast.program))
        return vc_fail(err, VC_NOT_FOUND, "programs: none is named %.64s", name);
    return VC_OK;
}

static enum vc_code find_cast(struct vc_scene *scene, const struct vc_order *order,
                              struct vc_err *err)
{
    size_t pipeline;

    scene->cast.policy = scene->policy;
    if (order->pipeline == nullptr)
        return find_program(scene, order->program, err);
    if (!vc_policy_find_pipeline(scene->policy, order->pipeline, &pipeline))
        return vc_fail(err, VC_NOT_FOUND, "pipelines: none is named %.64s", order->pipeline);
    scene->cast.pipeline = &scene->policy->pipelines[pipeline];
    return VC_OK;
}

/* Whoever may start it, if nobody in particular is named. */
static enum vc_code find_principal(struct vc_scene *scene, const char *name, struct vc_err *err)
{
    const struct vc_policy *policy = scene->policy;

    if (name != nullptr) {
        return vc_policy_find_principal(policy, name, &scene->principal)
                   ? VC_OK
                   : vc_fail(err, VC_NOT_FOUND, "principals: none is named %.64s", name);
    }
    if (scene->cast.pipeline != nullptr) { /* has at least one */
        scene->principal = scene->cast.pipeline->principals[0];
        return VC_OK;
    }
    for (size_t i = 0; i < policy->principal_count; i++) {
        if (vc_policy_decide_run(policy, i, scene->cast.program, 0, nullptr) == VC_OK) {
            scene->principal = i;
            return VC_OK;
        }
    }
    return vc_fail(err, VC_REFUSED, "rights: nobody may execute %s",
                   policy->programs[scene->cast.program].path);
}

/* The program's file from elsewhere, in the place where the policy has it. */
static enum vc_code place_module(struct vc_scene *scene, const char *file, struct vc_err *err)
{
    const char *path = scene->policy->programs[scene->cast.program].path;
    vc_cleanup(vc_blob_unrefp) struct vc_blob *blob = nullptr;
    enum vc_code code = read_file(file, &blob, err);

    if (code != VC_OK)
        return code;
    code = check_digest(scene->policy, path, blob, err);
    if (code == VC_OK)
        code = vc_tree_put(scene->tree, path, blob, err);
    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "%s", file);
}

/* Of each program that is played. */
static enum vc_code check_modules(const struct vc_scene *scene, const char *folder,
                                  struct vc_err *err)
{
    for (size_t i = 0; i < scene->policy->program_count; i++) {
        const char *path = scene->policy->programs[i].path;
        const struct vc_node *node = vc_tree_find(scene->tree, path);

        if (!vc_cast_has(&scene->cast, i) || (node != nullptr && node->kind == VC_NODE_IS_FILE))
            continue;
        return vc_fail(err, VC_NOT_FOUND, "%s%s: the program is not there; put it there%s", folder,
                       path, scene->cast.pipeline == nullptr ? ", or give --module FILE" : "");
    }
    return VC_OK;
}

static enum vc_code load_under_policy(const struct vc_order *order, int64_t now,
                                      struct vc_scene *scene, struct vc_err *err)
{
    struct vc_folder_guard guard = {
        .wanted = is_wanted, .check = check_digest, .keeps_link = may_be_left};
    enum vc_code code = load_policy(order->policy, now, &scene->policy, err);

    guard.user = scene->policy;
    if (code == VC_OK)
        code = find_cast(scene, order, err);
    if (code == VC_OK)
        code = find_principal(scene, order->principal, err);
    if (code == VC_OK)
        code = make_tree(scene, err);
    if (code == VC_OK)
        code = load_folder(scene, &order->folders[0], "/", &guard, err);
    if (code == VC_OK && order->module != nullptr)
        code = place_module(scene, order->module, err);
    return code == VC_OK ? check_modules(scene, order->folders[0].host, err) : code;
}

/* ---- without a policy ---- */

static enum vc_code place_input(struct vc_scene *scene, const char *from, struct vc_err *err)
{
    vc_cleanup(vc_blob_unrefp) struct vc_blob *blob = nullptr;
    enum vc_code code;

    if (from != nullptr && strcmp(from, "-") == 0) {
        code = vc_content_read(STDIN_FILENO, INPUT_MAX, &blob, err);
        if (code != VC_OK)
            return vc_fail_in(err, code, "standard input");
    } else {
        code = read_file(from != nullptr ? from : "/dev/null", &blob, err);
    }
    return code == VC_OK ? vc_tree_put(scene->tree, VC_ADHOC_INPUT, blob, err) : code;
}

static enum vc_code make_policy(const struct vc_order *order, struct vc_blob *module,
                                struct vc_adhoc_place *place, struct vc_scene *scene,
                                struct vc_err *err)
{
    enum vc_code code = vc_blob_bytes(module, &place->module, err);

    if (code != VC_OK)
        return code;
    code = vc_adhoc_policy(order, place, &scene->policy, err);
    scene->cast.policy = scene->policy; /* its one program */
    return code == VC_OK ? VC_OK : blame_policy(err, code);
}

static bool keep_each(void *, const char *)
{
    return true;
}

static enum vc_code load_without_policy(const struct vc_order *order, struct vc_adhoc_place *place,
                                        struct vc_scene *scene, struct vc_err *err)
{
    static const struct vc_folder_guard guard = {.keeps_link = keep_each};
    vc_cleanup(vc_blob_unrefp) struct vc_blob *module = nullptr;
    enum vc_code code = read_file(order->module, &module, err);

    if (code == VC_OK)
        code = make_policy(order, module, place, scene, err);
    if (code == VC_OK)
        code = make_tree(scene, err);
    if (code == VC_OK)
        code = vc_tree_put(scene->tree, VC_ADHOC_MODULE, module, err);
    for (size_t i = 0; code == VC_OK && i < order->folder_count; i++) {
        char base[VC_PATH_MAX];

        vc_adhoc_folder(i, base);
        code = load_folder(scene, &order->folders[i], base, &guard, err);
    }
    return code == VC_OK ? place_input(scene, order->input, err) : code;
}

/* ---- the whole ---- */

enum vc_code vc_scene_load(const struct vc_order *order, const uint8_t *measurement, int64_t now,
                           struct vc_scene *scene, struct vc_err *err)
{
    struct vc_adhoc_place place = {.measurement = measurement, .now = now};

    *scene = (struct vc_scene){};
    return order->policy != nullptr ? load_under_policy(order, now, scene, err)
                                    : load_without_policy(order, &place, scene, err);
}

static bool may_program_change(const struct vc_policy *policy, size_t program, const char *path,
                               bool remove)
{
    struct vc_subject who = {VC_SUBJECT_PROGRAM, program};

    if (remove)
        return vc_policy_decide(policy, who, VC_RIGHT_DELETE, path, nullptr) == VC_OK;
    return vc_policy_decide(policy, who, VC_RIGHT_WRITE, path, nullptr) == VC_OK ||
           vc_policy_decide(policy, who, VC_RIGHT_APPEND, path, nullptr) == VC_OK;
}

static bool may_change(void *user, const char *path, bool remove)
{
    const struct vc_scene *scene = user;

    for (size_t i = 0; i < scene->policy->program_count; i++) {
        if (vc_cast_has(&scene->cast, i) && may_program_change(scene->policy, i, path, remove))
            return true;
    }
    return false;
}

enum vc_code vc_scene_store(const struct vc_scene *scene, struct vc_err *err)
{
    struct vc_scene copy = *scene;
    enum vc_code code = VC_OK;

    for (size_t i = 0; code == VC_OK && i < scene->folder_count; i++)
        code = vc_folder_store(scene->folders[i], scene->tree, may_change, &copy, err);
    return code;
}

enum vc_code vc_scene_copy(const struct vc_scene *scene, const char *path, int fd,
                           struct vc_err *err)
{
    const struct vc_node *node = vc_tree_find(scene->tree, path);
    struct vc_bytes bytes;
    enum vc_code code;

    if (node == nullptr || node->blob == nullptr)
        return VC_OK;
    code = vc_blob_bytes(node->blob, &bytes, err);
    return code == VC_OK ? vc_fd_write_all(fd, bytes, err) : code;
}

void vc_scene_done(struct vc_scene *scene)
{
    for (size_t i = 0; i < VC_COUNT(scene->folders); i++)
        vc_folder_free(scene->folders[i]);
    vc_tree_free(scene->tree);
    vc_policy_free(scene->policy);
    *scene = (struct vc_scene){};
}
