/* SPDX-License-Identifier: MIT */

#include "worker/control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static constexpr size_t CALL_MAX = sizeof(struct vc_worker_call) + 2 * (size_t)VC_WORKER_PATH_MAX;

enum vc_code vc_control_init(struct vc_control *control, struct vc_err *err)
{
    control->received = malloc(VC_WORKER_MESSAGE_MAX);
    return control->received == nullptr ? vc_fail_memory(err) : VC_OK;
}

enum vc_code vc_control_send(struct vc_bytes packet, struct vc_err *err)
{
    ssize_t put;

    do {
        put = write(VC_WORKER_CONTROL_FD, packet.data, packet.size);
    } while (put < 0 && errno == EINTR);
    if (put < 0)
        return vc_fail_host(err, "control socket");
    return VC_OK;
}

enum vc_code vc_control_receive(struct vc_control *control, struct vc_packet *packet,
                                struct vc_err *err)
{
    return vc_packet_receive(VC_WORKER_CONTROL_FD, control->received, VC_WORKER_MESSAGE_MAX, packet,
                             err);
}

enum vc_code vc_control_end(enum vc_worker_end_reason reason, uint32_t exit_code,
                            uint64_t memory_bytes, const char *text)
{
    uint8_t packet[sizeof(struct vc_worker_end) + VC_CONTROL_TEXT_MAX];
    struct vc_worker_end end = {.kind = VC_WORKER_END,
                                .reason = reason,
                                .exit_code = exit_code,
                                .memory_bytes = memory_bytes};
    size_t size = text == nullptr ? 0 : strlen(text);

    if (size > VC_CONTROL_TEXT_MAX)
        size = VC_CONTROL_TEXT_MAX;
    /* Not within a character of several bytes. */
    while (size > 0 && text[size] != '\0' && ((uint8_t)text[size] & 0xc0) == 0x80)
        size--;
    end.text_size = (uint32_t)size;
    memcpy(packet, &end, sizeof(end));
    if (size > 0)
        /* NOLINTNEXTLINE(bugprone-not-null-terminated-result): the size goes with it */
        memcpy(packet + sizeof(end), text, size);
    return vc_control_send((struct vc_bytes){packet, sizeof(end) + size}, nullptr);
}

static enum vc_code send_call(const struct vc_tree_request *request, struct vc_err *err)
{
    uint8_t packet[CALL_MAX];
    struct vc_worker_call call = {.kind = VC_WORKER_CALL,
                                  .call = request->call,
                                  .flags = request->flags,
                                  .cookie = request->cookie};
    size_t path_size = strlen(request->path);
    size_t path2_size = request->path2 == nullptr ? 0 : strlen(request->path2);

    if (path_size >= VC_WORKER_PATH_MAX || path2_size >= VC_WORKER_PATH_MAX)
        return vc_fail(err, VC_LIMIT, "path too long");
    call.path_size = (uint32_t)path_size;
    call.path2_size = (uint32_t)path2_size;
    memcpy(packet, &call, sizeof(call));
    /* Sizes go with the paths; no NUL does. */
    memcpy(packet + sizeof(call), request->path, path_size);
    if (path2_size > 0)
        memcpy(packet + sizeof(call) + path_size, request->path2, path2_size);
    return vc_control_send((struct vc_bytes){packet, sizeof(call) + path_size + path2_size}, err);
}

static enum vc_code tree_call(void *tree, const struct vc_tree_request *request,
                              struct vc_tree_answer *answer, struct vc_err *err)
{
    struct vc_control *control = tree;
    vc_cleanup(vc_packet_done) struct vc_packet packet = {};
    enum vc_code code = send_call(request, err);

    if (code == VC_OK)
        code = vc_control_receive(control, &packet, err);
    if (code != VC_OK)
        return code;
    if (packet.size < sizeof(answer->head))
        return vc_fail(err, VC_MALFORMED, "answer of %zu bytes", packet.size);
    memcpy(&answer->head, control->received, sizeof(answer->head));
    if (answer->head.kind != VC_WORKER_ANSWER)
        return vc_fail(err, VC_MALFORMED, "message %u instead of an answer", answer->head.kind);
    answer->entries = (struct vc_bytes){control->received + sizeof(answer->head),
                                        packet.size - sizeof(answer->head)};
    if (request->call == VC_CALL_OPEN && answer->head.wasi_errno == 0 && packet.fd_count == 1)
        answer->fd = vc_take_fd(packet.fds[0]);
    return VC_OK;
}

const struct vc_tree_ops vc_control_tree_ops = {.call = tree_call};
