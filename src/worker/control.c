/* SPDX-License-Identifier: MIT */

#include "worker/control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static constexpr size_t TRACE_MAX = 1024; /* bytes of a call in words */
static constexpr size_t CALL_MAX = sizeof(struct vc_worker_call) + 4 * (size_t)VC_WORKER_PATH_MAX;

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

/* How much of a text fits: never a part of a character of several bytes. */
static size_t fitting(const char *text, size_t size_max)
{
    size_t size = text == nullptr ? 0 : strlen(text);

    if (size <= size_max)
        return size;
    size = size_max;
    while (size > 0 && ((uint8_t)text[size] & 0xc0) == 0x80)
        size--;
    return size;
}

enum vc_code vc_control_end(const struct vc_worker_end *end, const char *text)
{
    uint8_t packet[sizeof(*end) + VC_CONTROL_TEXT_MAX];
    size_t size = fitting(text, VC_CONTROL_TEXT_MAX);
    struct vc_worker_end head = *end;

    head.kind = VC_WORKER_END;
    head.text_size = (uint32_t)size;
    memcpy(packet, &head, sizeof(head));
    if (size > 0)
        /* NOLINTNEXTLINE(bugprone-not-null-terminated-result): the size goes with it */
        memcpy(packet + sizeof(head), text, size);
    return vc_control_send((struct vc_bytes){packet, sizeof(head) + size}, nullptr);
}

enum vc_code vc_control_trace(const char *text, struct vc_err *err)
{
    static constexpr uint32_t KIND = VC_WORKER_TRACE;
    uint8_t packet[sizeof(KIND) + TRACE_MAX];
    size_t size = fitting(text, TRACE_MAX);

    memcpy(packet, &KIND, sizeof(KIND));
    /* NOLINTNEXTLINE(bugprone-not-null-terminated-result): the packet's size goes with it */
    memcpy(packet + sizeof(KIND), text, size);
    return vc_control_send((struct vc_bytes){packet, sizeof(KIND) + size}, err);
}

/* A call under construction: its head, and the texts behind it. */
struct outgoing {
    size_t size;
    uint8_t bytes[CALL_MAX];
};

/* Its size goes with a text; no NUL does. */
static enum vc_code put_text(struct outgoing *packet, const char *text, uint32_t *text_size,
                             struct vc_err *err)
{
    size_t size = text == nullptr ? 0 : strlen(text);

    if (size >= VC_WORKER_PATH_MAX)
        return vc_fail(err, VC_LIMIT, "path too long");
    if (size > 0)
        memcpy(packet->bytes + packet->size, text, size);
    packet->size += size;
    *text_size = (uint32_t)size;
    return VC_OK;
}

static enum vc_code send_call(const struct vc_tree_request *request, struct vc_err *err)
{
    struct vc_worker_call call = {.kind = VC_WORKER_CALL,
                                  .call = request->call,
                                  .flags = request->flags,
                                  .cookie = request->cookie,
                                  .inode = request->inode,
                                  .accessed_ns = request->accessed_ns,
                                  .modified_ns = request->modified_ns};
    struct outgoing packet = {.size = sizeof(call)};
    enum vc_code code = put_text(&packet, request->at.directory, &call.directory_size, err);

    if (code == VC_OK)
        code = put_text(&packet, request->at.name, &call.name_size, err);
    if (code == VC_OK)
        code = put_text(&packet, request->other.directory, &call.directory2_size, err);
    if (code == VC_OK)
        code = put_text(&packet, request->other.name, &call.name2_size, err);
    if (code != VC_OK)
        return code;
    memcpy(packet.bytes, &call, sizeof(call));
    return vc_control_send((struct vc_bytes){packet.bytes, packet.size}, err);
}

/* A question or a narrowing, which may be long: composed where the answer will be, and what the
 * last one was is not needed any more. */
static enum vc_code send_text(struct vc_control *control, const struct vc_tree_request *request,
                              struct vc_err *err)
{
    struct vc_worker_call call = {.kind = VC_WORKER_CALL,
                                  .call = request->call,
                                  .flags = request->flags,
                                  .name_size = (uint32_t)request->text.size};

    if (request->text.size > VC_WORKER_NARROW_MAX)
        return vc_fail(err, VC_LIMIT, "text too long");
    memcpy(control->received, &call, sizeof(call));
    memcpy(control->received + sizeof(call), request->text.data, request->text.size);
    return vc_control_send((struct vc_bytes){control->received, sizeof(call) + request->text.size},
                           err);
}

static enum vc_code receive_answer(struct vc_control *control, struct vc_packet *packet,
                                   struct vc_worker_answer *head, struct vc_err *err)
{
    enum vc_code code = vc_control_receive(control, packet, err);

    if (code != VC_OK)
        return code;
    if (packet->size < sizeof(*head))
        return vc_fail(err, VC_MALFORMED, "answer of %zu bytes", packet->size);
    memcpy(head, control->received, sizeof(*head));
    if (head->kind != VC_WORKER_ANSWER)
        return vc_fail(err, VC_MALFORMED, "message %u instead of an answer", head->kind);
    return VC_OK;
}

enum vc_code vc_control_keystore(struct vc_control *control, int *socket, int *window,
                                 struct vc_err *err)
{
    static const struct vc_tree_request request = {.call = VC_CALL_KEYSTORE};
    vc_cleanup(vc_packet_done) struct vc_packet packet = {};
    struct vc_worker_answer head;
    enum vc_code code = send_call(&request, err);

    if (code == VC_OK)
        code = receive_answer(control, &packet, &head, err);
    if (code != VC_OK)
        return code;
    if (head.wasi_errno != 0)
        return vc_fail(err, VC_REFUSED, "no key store: error %u", head.wasi_errno);
    if (packet.size != sizeof(head) || packet.fd_count != 2)
        return vc_fail(err, VC_MALFORMED, "key store: %zu descriptors", packet.fd_count);
    *socket = vc_take_fd(packet.fds[0]);
    *window = vc_take_fd(packet.fds[1]);
    return VC_OK;
}

/* Why something was not narrowed is told, too. */
static bool gives_file(enum vc_worker_call_kind call, uint32_t wasi_errno)
{
    return call == VC_CALL_NARROW ||
           (wasi_errno == 0 && (call == VC_CALL_OPEN || call == VC_CALL_QUERY));
}

static enum vc_code tree_call(void *tree, const struct vc_tree_request *request,
                              struct vc_tree_answer *answer, struct vc_err *err)
{
    struct vc_control *control = tree;
    vc_cleanup(vc_packet_done) struct vc_packet packet = {};
    enum vc_code code =
        request->text.size > 0 ? send_text(control, request, err) : send_call(request, err);

    if (code == VC_OK)
        code = receive_answer(control, &packet, &answer->head, err);
    if (code != VC_OK)
        return code;
    answer->tail = (struct vc_bytes){control->received + sizeof(answer->head),
                                     packet.size - sizeof(answer->head)};
    if (gives_file(request->call, answer->head.wasi_errno) && packet.fd_count == 1)
        answer->fd = vc_take_fd(packet.fds[0]);
    return VC_OK;
}

/* A runtime that is gone shows at the next call that wants an answer. */
static void tree_progress(void *tree, uint32_t percent)
{
    struct vc_worker_progress progress = {.kind = VC_WORKER_PROGRESS, .percent = percent};

    (void)tree;
    (void)!vc_control_send(VC_BYTES_OF(progress), nullptr);
}

const struct vc_tree_ops vc_control_tree_ops = {.call = tree_call, .progress = tree_progress};
