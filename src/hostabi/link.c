/* SPDX-License-Identifier: MIT */

/* path_link, path_readlink, path_symlink: further names for files, and names that stand for names.
 */

#include <string.h>

#include "hostabi/place.h"

/* Arguments: directory, lookup flags, name, size; directory, name, size of the new name. */
uint32_t vc_wasi_path_link(struct vc_host *host, struct vc_engine_frame *frame)
{
    struct vc_place from;
    struct vc_place to;
    struct vc_tree_request request = {.call = VC_CALL_LINK};
    struct vc_tree_answer answer;
    uint32_t failure = vc_place_find(host, frame, 0, 2, &from);

    if (failure == VC_WASI_SUCCESS)
        failure = vc_place_find(host, frame, 4, 5, &to);
    if (failure == VC_WASI_SUCCESS)
        failure = vc_place_lookup(frame->arguments[1], &request.flags);
    if (failure == VC_WASI_SUCCESS)
        failure = vc_place_check(&from, VC_WASI_RIGHT_PATH_LINK_SOURCE);
    if (failure == VC_WASI_SUCCESS)
        failure = vc_place_check(&to, VC_WASI_RIGHT_PATH_LINK_TARGET);
    if (failure != VC_WASI_SUCCESS)
        return failure;
    request.at = vc_place_of(&from);
    request.other = vc_place_of(&to);
    return vc_host_ask(host, &request, &answer);
}

/* Arguments: the link's text, size; directory, name, size. A text that begins at a root would lead
 * out of every directory. */
uint32_t vc_wasi_path_symlink(struct vc_host *host, struct vc_engine_frame *frame)
{
    char text[VC_WORKER_PATH_MAX];
    struct vc_place place;
    struct vc_tree_answer answer;
    uint32_t failure = vc_place_find(host, frame, 2, 3, &place);

    if (failure == VC_WASI_SUCCESS)
        failure = vc_place_text(frame, 0, text);
    if (failure == VC_WASI_SUCCESS)
        failure = vc_place_check(&place, VC_WASI_RIGHT_PATH_SYMLINK);
    if (failure != VC_WASI_SUCCESS)
        return failure;
    if (text[0] == '/')
        return VC_WASI_NOTCAPABLE;
    struct vc_tree_request request = {
        .call = VC_CALL_SYMLINK, .at = vc_place_of(&place), .other.name = text};

    return vc_host_ask(host, &request, &answer);
}

/* Arguments: directory, name, size; where the text goes, bytes of room, where the size goes. A text
 * that does not fit is cut, as POSIX has it. */
uint32_t vc_wasi_path_readlink(struct vc_host *host, struct vc_engine_frame *frame)
{
    struct vc_place place;
    struct vc_tree_answer answer;
    uint8_t *bytes;
    uint8_t *result;
    uint32_t room = (uint32_t)frame->arguments[4];
    uint32_t failure = vc_place_find(host, frame, 0, 1, &place);

    if (failure == VC_WASI_SUCCESS)
        failure = vc_place_check(&place, VC_WASI_RIGHT_PATH_READLINK);
    if (failure == VC_WASI_SUCCESS)
        failure = vc_guest_range(&frame->memory, frame->arguments[3], room, &bytes);
    if (failure == VC_WASI_SUCCESS)
        failure = vc_guest_range(&frame->memory, frame->arguments[5], sizeof(uint32_t), &result);
    if (failure != VC_WASI_SUCCESS)
        return failure;
    struct vc_tree_request request = {.call = VC_CALL_READLINK, .at = vc_place_of(&place)};

    failure = vc_host_ask(host, &request, &answer);
    if (failure != VC_WASI_SUCCESS)
        return failure;
    uint32_t size = answer.tail.size < room ? (uint32_t)answer.tail.size : room;

    if (size > 0)
        memcpy(bytes, answer.tail.data, size);
    vc_guest_put_u32(result, size);
    return VC_WASI_SUCCESS;
}
