/* SPDX-License-Identifier: MIT */

#include "worker/key_window.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>

static constexpr int SEALS = F_SEAL_SHRINK | F_SEAL_GROW;

enum vc_code vc_key_window_map(int fd, struct vc_psa_window *window, struct vc_err *err)
{
    struct stat stat;
    int seals = fcntl(fd, F_GET_SEALS);

    if (fstat(fd, &stat) != 0)
        return vc_fail_host(err, "window");
    if (stat.st_size != VC_PSA_CALL_BYTES_MAX || seals < 0 || (seals & SEALS) != SEALS)
        return vc_fail(err, VC_MALFORMED, "window: not of %d bytes for ever",
                       VC_PSA_CALL_BYTES_MAX);
    void *map = mmap(nullptr, VC_PSA_CALL_BYTES_MAX, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    if (map == MAP_FAILED)
        return vc_fail_host(err, "window");
    window->data = map;
    return VC_OK;
}

void vc_key_window_unmap(struct vc_psa_window *window)
{
    if (window->data != nullptr)
        (void)munmap(window->data, VC_PSA_CALL_BYTES_MAX);
    window->data = nullptr;
}

/* The filters know these two calls by their arguments. */
enum vc_code vc_key_window_send(int socket, const struct vc_psa_frame *frame, struct vc_err *err)
{
    ssize_t put;

    do {
        put = sendto(socket, frame, sizeof(*frame), MSG_NOSIGNAL, nullptr, 0);
    } while (put < 0 && errno == EINTR);
    if (put < 0 && (errno == EPIPE || errno == ECONNRESET))
        return vc_fail(err, VC_CLOSED, "keys: the other process is gone");
    return put < 0 ? vc_fail_host(err, "keys") : VC_OK;
}

/* Descriptors that come with a packet are not taken; the kernel then drops them. */
enum vc_code vc_key_window_receive(int socket, struct vc_psa_frame *frame, struct vc_err *err)
{
    ssize_t got;

    do {
        got = recvfrom(socket, frame, sizeof(*frame), MSG_TRUNC, nullptr, nullptr);
    } while (got < 0 && errno == EINTR);
    if (got == 0 || (got < 0 && errno == ECONNRESET))
        return vc_fail(err, VC_CLOSED, "keys: the other process is gone");
    if (got < 0)
        return vc_fail_host(err, "keys");
    if ((size_t)got != sizeof(*frame))
        return vc_fail(err, VC_MALFORMED, "keys: packet of %zd bytes", got);
    return VC_OK;
}
