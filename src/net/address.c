/* SPDX-License-Identifier: MIT */

#include "net/address.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/file.h"

static constexpr int BACKLOG = 128;

static bool port_fits(const char *port)
{
    size_t length = strlen(port);

    return length >= 1 && length <= 5 && strspn(port, "0123456789") == length &&
           strtoul(port, nullptr, 10) <= 65535;
}

enum vc_code vc_address_parse(const char *text, struct vc_address *address, struct vc_err *err)
{
    const char *colon = strrchr(text, ':');
    bool bracketed = text[0] == '[';
    const char *begin = text + bracketed;
    const char *end = bracketed ? strchr(text, ']') : colon;
    struct vc_address made = {};

    if (colon == nullptr || end == nullptr || end + bracketed != colon || !port_fits(colon + 1) ||
        (size_t)(end - begin) >= sizeof(made.host) ||
        (!bracketed && memchr(begin, ':', (size_t)(end - begin)) != nullptr)) {
        return vc_fail(err, VC_MALFORMED, "%s: an address looks like 127.0.0.1:3000 or [::1]:3000",
                       text);
    }
    memcpy(made.host, begin, (size_t)(end - begin));
    memcpy(made.port, colon + 1, strlen(colon + 1));
    *address = made;
    return VC_OK;
}

/* Writes the address that the socket really has. */
static enum vc_code name_socket(int fd, char real[VC_ADDRESS_MAX], struct vc_err *err)
{
    struct sockaddr_storage bound;
    socklen_t size = sizeof(bound);
    char host[64];
    char port[8];

    if (getsockname(fd, (struct sockaddr *)&bound, &size) != 0)
        return vc_fail_host(err, "getsockname");
    if (getnameinfo((const struct sockaddr *)&bound, size, host, sizeof(host), port, sizeof(port),
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        return vc_fail(err, VC_HOST, "getnameinfo: the socket's address has no numeric form");
    (void)snprintf(real, VC_ADDRESS_MAX, bound.ss_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host,
                   port);
    return VC_OK;
}

static enum vc_code bind_and_listen(const struct addrinfo *info, int *fd, struct vc_err *err)
{
    vc_cleanup(vc_fd_closep) int made =
        socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int one = 1;

    if (made < 0 || setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) != 0 ||
        bind(made, info->ai_addr, info->ai_addrlen) != 0 || listen(made, BACKLOG) != 0)
        return vc_fail_host(err, "listening");
    *fd = vc_take_fd(made);
    return VC_OK;
}

enum vc_code vc_listen(const char *text, int *fd, char real[VC_ADDRESS_MAX], struct vc_err *err)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *found = nullptr;
    struct vc_address address;
    vc_cleanup(vc_fd_closep) int made = -1;
    enum vc_code code = vc_address_parse(text, &address, err);
    int failed;

    if (code != VC_OK)
        return code;
    failed =
        getaddrinfo(address.host[0] != '\0' ? address.host : nullptr, address.port, &hints, &found);
    if (failed != 0)
        return vc_fail(err, VC_HOST, "%s: %s", text, gai_strerror(failed));
    code = bind_and_listen(found, &made, err);
    freeaddrinfo(found);
    if (code == VC_OK)
        code = name_socket(made, real, err);
    if (code != VC_OK)
        return vc_fail_in(err, code, "%s", text);
    *fd = vc_take_fd(made);
    return VC_OK;
}
