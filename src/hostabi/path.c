/* SPDX-License-Identifier: MIT */

/* path_create_directory, path_remove_directory, path_rename, path_unlink_file: the names in
 * directories come and go. */

#include <string.h>

#include "hostabi/place.h"

/* Calls of the form (directory, name, size) that only ask. */
static uint32_t ask_about(struct vc_host *host, const struct vc_engine_frame *frame,
                          enum vc_worker_call_kind call, uint64_t right)
{
    struct vc_place place;
    struct vc_tree_answer answer;
    uint32_t failure = vc_place_find(host, frame, 0, 1, &place);

    if (failure == VC_WASI_SUCCESS)
        failure = vc_place_check(&place, right);
    if (failure != VC_WASI_SUCCESS)
        return failure;
    struct vc_tree_request request = {.call = call, .at = vc_place_of(&place)};

    return vc_host_ask(host, &request, &answer);
}

uint32_t vc_wasi_path_create_directory(struct vc_host *host, struct vc_engine_frame *frame)
{
    return ask_about(host, frame, VC_CALL_MKDIR, VC_WASI_RIGHT_PATH_CREATE_DIRECTORY);
}

uint32_t vc_wasi_path_remove_directory(struct vc_host *host, struct vc_engine_frame *frame)
{
    return ask_about(host, frame, VC_CALL_RMDIR, VC_WASI_RIGHT_PATH_REMOVE_DIRECTORY);
}

uint32_t vc_wasi_path_unlink_file(struct vc_host *host, struct vc_engine_frame *frame)
{
    return ask_about(host, frame, VC_CALL_UNLINK, VC_WASI_RIGHT_PATH_UNLINK_FILE);
}

/* `paths`: where it was and where it is, each with its NUL. */
static uint32_t follow_rename(struct vc_host *host, struct vc_bytes paths)
{
    const char *from = (const char *)paths.data;
    const char *end = paths.size > 0 ? memchr(from, '\0', paths.size) : nullptr;
    const char *to = end == nullptr ? nullptr : end + 1;
    size_t left = end == nullptr ? 0 : paths.size - (size_t)(to - from);

    if (left < 2 || memchr(to, '\0', left) != to + left - 1)
        return VC_WASI_IO;
    vc_descriptors_move(&host->descriptors, from, to);
    return VC_WASI_SUCCESS;
}

/* Arguments: directory, name, size; directory, name, size of the new name. */
uint32_t vc_wasi_path_rename(struct vc_host *host, struct vc_engine_frame *frame)
{
    struct vc_place from;
    struct vc_place to;
    struct vc_tree_answer answer;
    uint32_t failure = vc_place_find(host, frame, 0, 1, &from);

    if (failure == VC_WASI_SUCCESS)
        failure = vc_place_find(host, frame, 3, 4, &to);
    if (failure == VC_WASI_SUCCESS)
        failure = vc_place_check(&from, VC_WASI_RIGHT_PATH_RENAME_SOURCE);
    if (failure == VC_WASI_SUCCESS)
        failure = vc_place_check(&to, VC_WASI_RIGHT_PATH_RENAME_TARGET);
    if (failure != VC_WASI_SUCCESS)
        return failure;
    struct vc_tree_request request = {
        .call = VC_CALL_RENAME, .at = vc_place_of(&from), .other = vc_place_of(&to)};

    failure = vc_host_ask(host, &request, &answer);
    return failure == VC_WASI_SUCCESS ? follow_rename(host, answer.tail) : failure;
}
