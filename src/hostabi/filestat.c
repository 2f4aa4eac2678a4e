/* SPDX-License-Identifier: MIT */

/* *_filestat_get, *_filestat_set_times: what is known of a file, and when it was used. */

#include <string.h>

#include "hostabi/place.h"

static uint32_t store_stat(const struct vc_engine_frame *frame, uint64_t at,
                           const struct vc_worker_answer *stat, uint8_t type)
{
    uint8_t *bytes;
    uint32_t failure = vc_guest_range(&frame->memory, at, VC_WASI_FILESTAT_SIZE, &bytes);

    if (failure != VC_WASI_SUCCESS)
        return failure;
    memset(bytes, 0, VC_WASI_FILESTAT_SIZE); /* the first: one device for all */
    vc_guest_put_u64(bytes + 8, stat->inode);
    bytes[16] = type;
    vc_guest_put_u64(bytes + 24, stat->links);
    vc_guest_put_u64(bytes + 32, stat->size);
    vc_guest_put_u64(bytes + 40, stat->accessed_ns);
    vc_guest_put_u64(bytes + 48, stat->modified_ns);
    vc_guest_put_u64(bytes + 56, stat->changed_ns);
    return VC_WASI_SUCCESS;
}

/* Of a directory, or of a file that the program has opened itself. */
static void request_about(const struct vc_descriptor *descriptor, struct vc_tree_request *request)
{
    if (descriptor->kind == VC_DESCRIPTOR_DIRECTORY) {
        request->at.directory = descriptor->path;
    } else {
        request->inode = descriptor->inode;
    }
}

static bool is_known_to_tree(const struct vc_descriptor *descriptor)
{
    return descriptor->kind == VC_DESCRIPTOR_DIRECTORY ||
           (descriptor->kind == VC_DESCRIPTOR_FILE && descriptor->inode != 0);
}

static uint32_t find_known(const struct vc_host *host, uint64_t index, uint64_t right,
                           struct vc_descriptor **descriptor)
{
    uint32_t failure = vc_descriptors_find(&host->descriptors, index, right, descriptor);

    if (failure == VC_WASI_SUCCESS && (*descriptor)->kind == VC_DESCRIPTOR_DIRECTORY)
        failure = vc_descriptors_find_directory(&host->descriptors, index, right, descriptor);
    return failure;
}

/* Arguments: descriptor, where the state of its file goes. What a file is long is known here. */
uint32_t vc_wasi_fd_filestat_get(struct vc_host *host, struct vc_engine_frame *frame)
{
    struct vc_descriptor *descriptor;
    struct vc_tree_request request = {};
    struct vc_tree_answer answer = {.head.links = 1};
    uint32_t failure =
        find_known(host, frame->arguments[0], VC_WASI_RIGHT_FD_FILESTAT_GET, &descriptor);

    if (failure != VC_WASI_SUCCESS)
        return failure;
    answer.head.inode = descriptor->inode;
    request_about(descriptor, &request);
    request.call = descriptor->kind == VC_DESCRIPTOR_DIRECTORY ? VC_CALL_STAT : VC_CALL_STAT_OPEN;
    if (is_known_to_tree(descriptor))
        failure = vc_host_ask(host, &request, &answer);
    if (failure == VC_WASI_SUCCESS && descriptor->kind != VC_DESCRIPTOR_DIRECTORY)
        failure = vc_host_file_size(descriptor, &answer.head.size);
    if (failure != VC_WASI_SUCCESS)
        return failure;
    return store_stat(frame, frame->arguments[1], &answer.head,
                      vc_host_descriptor_type(descriptor));
}

/* Arguments: directory, lookup flags, name, size, where it goes. */
uint32_t vc_wasi_path_filestat_get(struct vc_host *host, struct vc_engine_frame *frame)
{
    struct vc_place place;
    struct vc_tree_request request = {.call = VC_CALL_STAT};
    struct vc_tree_answer answer;
    uint32_t failure = vc_place_find(host, frame, 0, 2, &place);

    if (failure == VC_WASI_SUCCESS)
        failure = vc_place_lookup(frame->arguments[1], &request.flags);
    if (failure == VC_WASI_SUCCESS)
        failure = vc_place_check(&place, VC_WASI_RIGHT_PATH_FILESTAT_GET);
    if (failure != VC_WASI_SUCCESS)
        return failure;
    request.at = vc_place_of(&place);
    failure = vc_host_ask(host, &request, &answer);
    if (failure != VC_WASI_SUCCESS)
        return failure;
    return store_stat(frame, frame->arguments[4], &answer.head,
                      vc_host_node_type(answer.head.node_kind));
}

/* Which times to set, as the tree knows them. Both given and now: VC_WASI_INVAL. */
static uint32_t time_flags(uint64_t wanted, uint32_t *flags)
{
    static constexpr uint64_t ACCESSED = VC_WASI_TIME_ACCESSED | VC_WASI_TIME_ACCESSED_NOW;
    static constexpr uint64_t MODIFIED = VC_WASI_TIME_MODIFIED | VC_WASI_TIME_MODIFIED_NOW;

    if ((wanted & ~(uint64_t)VC_WASI_TIME_ALL) != 0 || (wanted & ACCESSED) == ACCESSED ||
        (wanted & MODIFIED) == MODIFIED)
        return VC_WASI_INVAL;
    if ((wanted & VC_WASI_TIME_ACCESSED) != 0)
        *flags |= VC_TIME_ACCESSED;
    if ((wanted & VC_WASI_TIME_ACCESSED_NOW) != 0)
        *flags |= VC_TIME_ACCESSED_NOW;
    if ((wanted & VC_WASI_TIME_MODIFIED) != 0)
        *flags |= VC_TIME_MODIFIED;
    if ((wanted & VC_WASI_TIME_MODIFIED_NOW) != 0)
        *flags |= VC_TIME_MODIFIED_NOW;
    return VC_WASI_SUCCESS;
}

/* Arguments: descriptor, time accessed, time modified, which. */
uint32_t vc_wasi_fd_filestat_set_times(struct vc_host *host, struct vc_engine_frame *frame)
{
    struct vc_descriptor *descriptor;
    struct vc_tree_answer answer;
    struct vc_tree_request request = {.accessed_ns = frame->arguments[1],
                                      .modified_ns = frame->arguments[2]};
    uint32_t failure =
        find_known(host, frame->arguments[0], VC_WASI_RIGHT_FD_FILESTAT_SET_TIMES, &descriptor);

    if (failure == VC_WASI_SUCCESS)
        failure = time_flags(frame->arguments[3], &request.flags);
    if (failure != VC_WASI_SUCCESS)
        return failure;
    if (!is_known_to_tree(descriptor))
        return VC_WASI_NOTSUP;
    request_about(descriptor, &request);
    request.call =
        descriptor->kind == VC_DESCRIPTOR_DIRECTORY ? VC_CALL_SET_TIMES : VC_CALL_TOUCH_OPEN;
    return vc_host_ask(host, &request, &answer);
}

/* Arguments: directory, lookup flags, name, size, time accessed, time modified, which. */
uint32_t vc_wasi_path_filestat_set_times(struct vc_host *host, struct vc_engine_frame *frame)
{
    struct vc_place place;
    struct vc_tree_answer answer;
    struct vc_tree_request request = {.call = VC_CALL_SET_TIMES,
                                      .accessed_ns = frame->arguments[4],
                                      .modified_ns = frame->arguments[5]};
    uint32_t failure = vc_place_find(host, frame, 0, 2, &place);

    if (failure == VC_WASI_SUCCESS)
        failure = vc_place_lookup(frame->arguments[1], &request.flags);
    if (failure == VC_WASI_SUCCESS)
        failure = time_flags(frame->arguments[6], &request.flags);
    if (failure == VC_WASI_SUCCESS)
        failure = vc_place_check(&place, VC_WASI_RIGHT_PATH_FILESTAT_SET_TIMES);
    if (failure != VC_WASI_SUCCESS)
        return failure;
    request.at = vc_place_of(&place);
    return vc_host_ask(host, &request, &answer);
}
