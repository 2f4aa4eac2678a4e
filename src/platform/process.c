/* SPDX-License-Identifier: MIT */

#include "platform/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/packet.h"
#include "net/address.h"
#include "platform/image.h"

static constexpr uint64_t START_DEADLINE_US = 30'000'000;

struct vc_container {
    int control; /* our end of the socket to the runtime */
    int pidfd;
    char address[VC_ADDRESS_MAX];
    uint64_t started_us;
    bool is_ready;
    struct vc_launcher_ready ready;
    const struct vc_producer *producer;
};

static uint64_t now_us(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static enum vc_code open_files(const struct vc_installation *installation,
                               int files[VC_LAUNCHER_OBJECTS_MAX], struct vc_err *err)
{
    for (size_t i = 0; i < installation->manifest.count; i++) {
        files[i] = open(installation->paths[i], O_RDONLY | O_CLOEXEC);
        if (files[i] < 0) {
            enum vc_code code = vc_fail_host(err, "%s", installation->paths[i]);

            while (i-- > 0)
                vc_fd_closep(&files[i]);
            return code;
        }
    }
    return VC_OK;
}

static void close_files(const struct vc_installation *installation, int *files)
{
    for (size_t i = 0; i < installation->manifest.count; i++)
        vc_fd_closep(&files[i]);
}

/* A sealed memory file with these bytes. */
static enum vc_code sealed(const char *name, struct vc_bytes bytes, int *fd, struct vc_err *err)
{
    vc_cleanup(vc_fd_closep) int made = -1;
    enum vc_code code = vc_memfd_new(name, false, &made, err);

    if (code == VC_OK)
        code = vc_fd_write_all(made, bytes, err);
    if (code == VC_OK)
        code = vc_memfd_seal(made, err);
    if (code == VC_OK)
        *fd = vc_take_fd(made);
    return code;
}

static enum vc_code put_platform(const struct vc_producer *producer,
                                 struct vc_launcher_start *start, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer endorsement = {};
    enum vc_code code = vc_producer_endorsement(producer, &endorsement, err);

    if (code == VC_OK && endorsement.size > sizeof(start->endorsement))
        code = vc_fail(err, VC_LIMIT, "machine key: public key of %zu bytes", endorsement.size);
    if (code != VC_OK)
        return code;
    start->platform = vc_producer_kind(producer);
    start->endorsement_size = (uint32_t)endorsement.size;
    if (endorsement.size > 0)
        memcpy(start->endorsement, endorsement.data, endorsement.size);
    return VC_OK;
}

static enum vc_code send_start(const struct vc_container *container,
                               const struct vc_installation *installation,
                               const struct vc_launch *launch, int listener, struct vc_err *err)
{
    vc_cleanup(vc_fd_closep) int policy = -1;
    vc_cleanup(vc_fd_closep) int manifest = -1;
    struct vc_launcher_start start = {.kind = VC_LAUNCHER_START,
                                      .object_count = (uint32_t)installation->manifest.count};
    enum vc_code code = sealed("policy", launch->policy, &policy, err);

    if (code == VC_OK)
        code = sealed("manifest", vc_buffer_bytes(&installation->manifest_text), &manifest, err);
    if (code == VC_OK)
        code = put_platform(launch->producer, &start, err);
    if (code != VC_OK)
        return code;
    if (launch->host != nullptr) {
        if (strlen(launch->host) >= sizeof(start.host))
            return vc_fail(err, VC_LIMIT, "host name: at most %zu bytes", sizeof(start.host) - 1);
        memcpy(start.host, launch->host, strlen(launch->host));
    }
    return vc_packet_send(container->control,
                          &(struct vc_parcel){.head = VC_BYTES_OF(start),
                                              .fds = (const int[]){policy, manifest, listener},
                                              .fd_count = 3},
                          err);
}

static enum vc_code send_objects(const struct vc_container *container, const int *files,
                                 size_t count, struct vc_err *err)
{
    while (count > 0) {
        size_t some = count < VC_LAUNCHER_FDS_MAX ? count : VC_LAUNCHER_FDS_MAX;
        struct vc_launcher_objects objects = {.kind = VC_LAUNCHER_OBJECTS, .count = (uint32_t)some};
        struct vc_parcel parcel = {.head = VC_BYTES_OF(objects), .fds = files, .fd_count = some};
        enum vc_code code = vc_packet_send(container->control, &parcel, err);

        if (code != VC_OK)
            return code;
        files += some;
        count -= some;
    }
    return VC_OK;
}

/* Measures and starts the runtime, and hands it what it needs. */
static enum vc_code start_runtime(struct vc_container *container,
                                  const struct vc_installation *installation,
                                  const struct vc_launch *launch, int listener, struct vc_err *err)
{
    vc_cleanup(vc_fd_closep) int theirs = -1;
    int files[VC_LAUNCHER_OBJECTS_MAX];
    struct vc_image image = {};
    struct vc_process process;
    enum vc_code code = open_files(installation, files, err);

    if (code != VC_OK)
        return code;
    code = vc_packet_pair(&container->control, &theirs, err);
    if (code == VC_OK)
        code = vc_image_load(&installation->manifest, VC_IMAGE_RUNTIME, files, &image, err);
    if (code == VC_OK) {
        code = vc_image_start(&image, "veracruz-runtime", theirs, STDERR_FILENO, &process, err);
        if (code == VC_OK)
            container->pidfd = process.pidfd;
    }
    if (code == VC_OK)
        code = send_start(container, installation, launch, listener, err);
    if (code == VC_OK)
        code = send_objects(container, files, installation->manifest.count, err);
    vc_image_done(&image);
    close_files(installation, files);
    return code;
}

/* Evidence, or why there is none: a device that fails once must not end a container that serves. */
static enum vc_code answer_evidence(struct vc_container *container, const uint8_t *data,
                                    size_t size, struct vc_err *err)
{
    struct vc_launcher_evidence_request request;
    vc_cleanup(vc_buffer_done) struct vc_buffer evidence = {};
    struct vc_launcher_evidence answer = {.kind = VC_LAUNCHER_EVIDENCE};
    struct vc_parcel parcel = {.head = VC_BYTES_OF(answer)};
    struct vc_err reason = {};

    if (size != sizeof(request))
        return vc_fail(err, VC_MALFORMED, "runtime: evidence request of %zu bytes", size);
    memcpy(&request, data, sizeof(request));
    if (vc_produce(container->producer, request.binder, &evidence, &reason) == VC_OK) {
        answer.size = (uint32_t)evidence.size;
        parcel.tail = vc_buffer_bytes(&evidence);
    } else {
        parcel.tail = (struct vc_bytes){(const uint8_t *)reason.text, strlen(reason.text)};
    }
    return vc_packet_send(container->control, &parcel, err);
}

/* The runtime's own words about why it ended. */
static enum vc_code end_reason(const uint8_t *data, size_t size, struct vc_err *err)
{
    struct vc_launcher_end end;

    if (size != sizeof(end))
        return vc_fail(err, VC_MALFORMED, "runtime: end of %zu bytes", size);
    memcpy(&end, data, sizeof(end));
    end.reason[sizeof(end.reason) - 1] = '\0';
    if (end.code == VC_OK)
        return VC_OK;
    return vc_fail(err, end.code <= VC_HOST ? (enum vc_code)end.code : VC_HOST, "%s", end.reason);
}

static enum vc_code take_ready(struct vc_container *container, const uint8_t *data,
                               struct vc_err *err)
{
    struct vc_launcher_ready ready;

    memcpy(&ready, data, sizeof(ready));
    if (ready.measurement_size > sizeof(ready.measurement)) {
        return vc_fail(err, VC_MALFORMED, "runtime: measurement of %u bytes",
                       ready.measurement_size);
    }
    container->ready = ready;
    container->is_ready = true;
    return VC_OK;
}

/* One message of the runtime. *ended: it said that it ends, and the code says how. */
static enum vc_code handle_message(struct vc_container *container, bool *ended, struct vc_err *err)
{
    uint8_t data[VC_LAUNCHER_MESSAGE_MAX];
    struct vc_packet packet;
    uint32_t kind = 0;
    enum vc_code code = vc_packet_receive(container->control, data, sizeof(data), &packet, err);

    if (code == VC_CLOSED) {
        *ended = true;
        return vc_fail(err, VC_HOST, "the runtime ended without a word");
    }
    if (code != VC_OK)
        return code;
    vc_packet_done(&packet); /* the runtime has no business sending any */
    if (packet.size >= sizeof(kind))
        memcpy(&kind, data, sizeof(kind));
    switch (kind) {
    case VC_LAUNCHER_EVIDENCE_REQUEST:
        return answer_evidence(container, data, packet.size, err);
    case VC_LAUNCHER_READY:
        if (packet.size != sizeof(container->ready))
            return vc_fail(err, VC_MALFORMED, "runtime: ready of %zu bytes", packet.size);
        return take_ready(container, data, err);
    case VC_LAUNCHER_END:
        *ended = true;
        return end_reason(data, packet.size, err);
    default:
        return vc_fail(err, VC_MALFORMED, "runtime: message of unknown kind %u", kind);
    }
}

static enum vc_code wait_until_ready(struct vc_container *container, struct vc_err *err)
{
    bool ended = false;

    while (!container->is_ready) {
        uint64_t spent = now_us() - container->started_us;
        struct pollfd control = {.fd = container->control, .events = POLLIN};
        enum vc_code code;

        if (spent > START_DEADLINE_US)
            return vc_fail(err, VC_LIMIT, "the container did not start within 30 seconds");
        if (poll(&control, 1, (int)((START_DEADLINE_US - spent) / 1000 + 1)) <= 0)
            continue;
        code = handle_message(container, &ended, err);
        if (code != VC_OK)
            return code;
        if (ended)
            return vc_fail(err, VC_CLOSED, "the container ended before it was ready");
    }
    return VC_OK;
}

enum vc_code vc_container_start(const struct vc_installation *installation,
                                const struct vc_launch *launch, struct vc_container **container,
                                struct vc_err *err)
{
    vc_cleanup(vc_container_freep) struct vc_container *made = calloc(1, sizeof(*made));
    vc_cleanup(vc_fd_closep) int listener = -1;
    enum vc_code code;

    if (made == nullptr)
        return vc_fail_memory(err);
    made->started_us = now_us();
    made->control = made->pidfd = -1;
    made->producer = launch->producer;
    code = vc_listen(launch->listen, &listener, made->address, err);
    if (code == VC_OK)
        code = start_runtime(made, installation, launch, listener, err);
    if (code == VC_OK)
        code = wait_until_ready(made, err);
    if (code == VC_OK)
        *container = vc_take(made);
    return code;
}

const char *vc_container_address(const struct vc_container *container)
{
    return container->address;
}

void vc_container_times(const struct vc_container *container, struct vc_launcher_ready *ready,
                        uint64_t *started_us)
{
    *ready = container->ready;
    *started_us = container->started_us;
}

enum vc_code vc_container_attend(struct vc_container *container, int stop_fd, struct vc_err *err)
{
    for (;;) {
        struct pollfd watched[2] = {{.fd = container->control, .events = POLLIN},
                                    {.fd = stop_fd, .events = POLLIN}};
        bool ended = false;
        enum vc_code code;

        if (poll(watched, 2, -1) < 0) {
            if (errno == EINTR)
                continue;
            return vc_fail_host(err, "poll");
        }
        if (watched[1].revents != 0)
            return vc_fail(err, VC_CLOSED, "stopped");
        code = handle_message(container, &ended, err);
        if (ended || code != VC_OK)
            return code;
    }
}

void vc_container_free(struct vc_container *container)
{
    if (container == nullptr)
        return;
    if (container->pidfd >= 0) {
        siginfo_t info;

        (void)syscall(SYS_pidfd_send_signal, container->pidfd, SIGKILL, nullptr, 0);
        (void)waitid(P_PIDFD, (id_t)container->pidfd, &info, WEXITED);
        (void)close(container->pidfd);
    }
    vc_fd_closep(&container->control);
    free(container);
}
