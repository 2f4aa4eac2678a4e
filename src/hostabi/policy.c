/* SPDX-License-Identifier: MIT */

/* veracruz.query, veracruz.narrow: what the runtime answers is copied from the memory file that it
 * comes in, as far as there is room. */

#include <errno.h>
#include <unistd.h>

#include "base/file.h"
#include "hostabi/host_internal.h"

static constexpr size_t FLAGS = 2;         /* the argument, where there is one */
static constexpr uint64_t LIFE_OF_RUN = 1; /* flags of a narrowing: for this run alone */

/* What both calls point at: the program's own, checked before anything happens. */
struct consultation {
    struct vc_bytes text;
    uint8_t *answer; /* `room` bytes */
    uint32_t room;
    uint8_t *size;  /* where the size of the answer goes */
    uint64_t flags; /* of a narrowing */
};

/* `answer` counts the arguments before that of the answer. */
static uint32_t take(const struct vc_engine_frame *frame, size_t answer,
                     struct consultation *consultation)
{
    const struct vc_engine_memory *memory = &frame->memory;
    uint64_t text_size = frame->arguments[1];
    uint8_t *text = nullptr;
    uint32_t failure = vc_guest_range(memory, frame->arguments[0], text_size, &text);

    consultation->room = (uint32_t)frame->arguments[answer + 1];
    if (failure == VC_WASI_SUCCESS)
        failure = vc_guest_range(memory, frame->arguments[answer], consultation->room,
                                 &consultation->answer);
    if (failure == VC_WASI_SUCCESS)
        failure = vc_guest_range(memory, frame->arguments[answer + 2], sizeof(uint32_t),
                                 &consultation->size);
    consultation->text = (struct vc_bytes){text, (size_t)text_size};
    return failure;
}

static uint32_t copy(int fd, uint8_t *into, uint32_t size)
{
    for (uint32_t done = 0; done < size;) {
        ssize_t got = pread(fd, into + done, size - done, (off_t)done);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0 || (uint64_t)got > size - done)
            return VC_WASI_IO;
        done += (uint32_t)got;
    }
    return VC_WASI_SUCCESS;
}

/* As much of an answer as there is room for. *size: how much that is. */
static uint32_t give(const struct consultation *consultation, const struct vc_tree_answer *answer,
                     uint64_t *size)
{
    uint64_t there = answer->fd >= 0 ? answer->head.size : 0;
    uint32_t given = there < consultation->room ? (uint32_t)there : consultation->room;
    uint32_t failure = copy(answer->fd, consultation->answer, given);

    *size = failure == VC_WASI_SUCCESS ? given : 0;
    return failure;
}

/* The answer, if it fits. *size: how large it is. */
static uint32_t query(struct vc_host *host, const struct consultation *consultation, uint64_t *size)
{
    struct vc_tree_request request = {.call = VC_CALL_QUERY, .text = consultation->text};
    struct vc_tree_answer answer;
    uint32_t failure;

    if (request.text.size == 0 || request.text.size > VC_WORKER_QUERY_MAX)
        return VC_WASI_INVAL;
    failure = vc_host_ask(host, &request, &answer);
    vc_cleanup(vc_fd_closep) int fd = answer.fd;

    if (failure != VC_WASI_SUCCESS)
        return failure;
    if (fd < 0 || answer.head.size > UINT32_MAX)
        return VC_WASI_IO;
    if (answer.head.size > consultation->room) {
        *size = answer.head.size;
        return VC_WASI_NOBUFS;
    }
    return give(consultation, &answer, size);
}

/* As much of the answer as fits. *size: how much that is. What it tells of has happened, whether or
 * not it can be read. */
static uint32_t narrow(struct vc_host *host, const struct consultation *consultation,
                       uint64_t *size)
{
    struct vc_tree_request request = {.call = VC_CALL_NARROW,
                                      .text = consultation->text,
                                      .flags =
                                          consultation->flags == LIFE_OF_RUN ? VC_NARROW_RUN : 0};
    struct vc_tree_answer answer;
    uint32_t failure;

    if (request.text.size == 0 || request.text.size > VC_WORKER_NARROW_MAX ||
        consultation->flags > LIFE_OF_RUN)
        return VC_WASI_INVAL;
    failure = vc_host_ask(host, &request, &answer);
    vc_cleanup(vc_fd_closep) int fd = answer.fd;

    (void)give(consultation, &answer, size);
    return failure;
}

/* What both calls do, of whose arguments flags may stand before those of the answer. */
typedef uint32_t asking(struct vc_host *host, const struct consultation *consultation,
                        uint64_t *size);

static uint32_t consult(struct vc_host *host, const struct vc_engine_frame *frame, size_t answer,
                        asking *ask)
{
    struct consultation consultation = {};
    uint64_t size = 0;
    uint32_t failure = take(frame, answer, &consultation);

    if (failure != VC_WASI_SUCCESS)
        return failure;
    if (answer > FLAGS)
        consultation.flags = frame->arguments[FLAGS];
    failure = ask(host, &consultation, &size);
    vc_guest_put_u32(consultation.size, (uint32_t)size);
    return failure;
}

/* Arguments: question, size; where the answer goes, bytes of room, where its size goes. What does
 * not fit is not given at all; its size is. */
uint32_t vc_veracruz_query(struct vc_host *host, struct vc_engine_frame *frame)
{
    return consult(host, frame, 2, query);
}

/* Arguments: narrowing, size; flags; where the answer goes, bytes of room, where its size goes. */
uint32_t vc_veracruz_narrow(struct vc_host *host, struct vc_engine_frame *frame)
{
    return consult(host, frame, 3, narrow);
}
