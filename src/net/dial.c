/* SPDX-License-Identifier: MIT */

#include "net/dial_internal.h"

#include <errno.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/file.h"
#include "net/address.h"
#include "net/loop.h"
#include "net/tcp_internal.h"

enum vc_code vc_dial_wait_either(int fd, short events, int other, bool *other_ready,
                                 uint64_t deadline_ms, struct vc_err *err)
{
    struct pollfd pollers[] = {{.fd = fd, .events = events}, {.fd = other, .events = POLLIN}};

    for (;;) {
        uint64_t now_ms = vc_loop_now_ms();
        uint64_t left_ms = deadline_ms > now_ms ? deadline_ms - now_ms : 0;
        int timeout_ms = left_ms > INT_MAX ? INT_MAX : (int)left_ms;
        int count = poll(pollers, VC_COUNT(pollers), deadline_ms == UINT64_MAX ? -1 : timeout_ms);

        *other_ready = count > 0 && pollers[1].revents != 0;
        if (count > 0)
            return VC_OK;
        if (count < 0 && errno != EINTR)
            return vc_fail_host(err, "poll");
        if (count == 0 && vc_loop_now_ms() >= deadline_ms)
            return vc_fail(err, VC_CLOSED, "the peer was silent for too long");
    }
}

enum vc_code vc_dial_wait(int fd, short events, uint64_t deadline_ms, struct vc_err *err)
{
    bool other_ready;

    return vc_dial_wait_either(fd, events, -1, &other_ready, deadline_ms, err);
}

static enum vc_code finish_connect(int fd, uint64_t deadline_ms, struct vc_err *err)
{
    int failure = 0;
    socklen_t size = sizeof(failure);
    enum vc_code code = vc_dial_wait(fd, POLLOUT, deadline_ms, err);

    if (code != VC_OK) {
        errno = ETIMEDOUT;
        return code == VC_CLOSED ? vc_fail_host(err, "connecting") : code;
    }
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &failure, &size) != 0)
        return vc_fail_host(err, "connecting");
    errno = failure;
    return failure == 0 ? VC_OK : vc_fail_host(err, "connecting");
}

static enum vc_code try_address(const struct addrinfo *place, uint64_t deadline_ms, int *fd,
                                struct vc_err *err)
{
    enum vc_code code = VC_OK;
    vc_cleanup(vc_fd_closep) int fresh =
        socket(place->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);

    if (fresh < 0)
        return vc_fail_host(err, "socket");
    vc_tcp_prepare(fresh);
    if (connect(fresh, place->ai_addr, place->ai_addrlen) != 0)
        code = errno == EINPROGRESS ? finish_connect(fresh, deadline_ms, err)
                                    : vc_fail_host(err, "connecting");
    if (code == VC_OK)
        *fd = vc_take_fd(fresh);
    return code;
}

enum vc_code vc_dial(const char *address, uint64_t deadline_ms, int *fd, struct vc_err *err)
{
    struct vc_address parts;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
                             .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
    struct addrinfo *places = nullptr;
    enum vc_code code = vc_address_parse(address, &parts, err);
    int result;

    if (code != VC_OK)
        return code;
    if (parts.host[0] == '\0' || strtoul(parts.port, nullptr, 10) == 0)
        return vc_fail(err, VC_MALFORMED, "%s: no address to connect to", address);
    /* Numbers first: they need none of the libraries that a statically linked program lacks. */
    result = getaddrinfo(parts.host, parts.port, &hints, &places);
    if (result == EAI_NONAME) {
        hints.ai_flags = AI_NUMERICSERV;
        result = getaddrinfo(parts.host, parts.port, &hints, &places);
    }
    if (result != 0)
        return vc_fail(err, VC_HOST, "%s: %s", address, gai_strerror(result));
    code = vc_fail(err, VC_HOST, "no address");
    for (const struct addrinfo *place = places; code != VC_OK && place != nullptr;
         place = place->ai_next)
        code = try_address(place, deadline_ms, fd, err);
    freeaddrinfo(places);
    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "%s", address);
}
