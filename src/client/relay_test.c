/* SPDX-License-Identifier: MIT */

#include "client/relay_test.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void must(bool good, const char *what)
{
    if (good)
        return;
    perror(what);
    abort();
}

static int reach(const char *address)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    to.sin_port = htons((uint16_t)strtoul(strchr(address, ':') + 1, nullptr, 10));
    must(fd >= 0, "relay's socket");
    if (connect(fd, (const struct sockaddr *)(const void *)&to, sizeof(to)) == 0)
        return fd;
    (void)close(fd);
    return -1;
}

/* Passes on what came, as far as it may. False: that was it. */
static bool pass(struct relay_orders *orders, enum relay_direction direction, int from, int to)
{
    uint8_t bytes[4096];
    ssize_t got = recv(from, bytes, sizeof(bytes), 0);
    int64_t left = orders->left[direction];
    ssize_t size = left >= 0 && got > left ? (ssize_t)left : got;

    if (got <= 0)
        return false;
    for (ssize_t sent = 0; sent < size;) {
        ssize_t count = send(to, bytes + sent, (size_t)(size - sent), MSG_NOSIGNAL);

        if (count <= 0)
            return false;
        sent += count;
    }
    if (left < 0)
        return true;
    orders->left[direction] = left - size;
    if (size == got)
        return true;
    orders->cuts++;
    orders->left[direction] = orders->again ? (int64_t)orders->each : -1;
    return false;
}

static void carry(struct relay_orders *orders, int client, int container)
{
    const struct linger at_once = {.l_onoff = 1};
    struct pollfd ends[] = {{.fd = client, .events = POLLIN}, {.fd = container, .events = POLLIN}};
    bool goes_on = true;

    while (goes_on && poll(ends, 2, -1) > 0) {
        if (ends[0].revents != 0)
            goes_on = pass(orders, RELAY_UP, client, container);
        if (goes_on && ends[1].revents != 0)
            goes_on = pass(orders, RELAY_DOWN, container, client);
    }
    if (orders->hard) {
        (void)setsockopt(client, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
        (void)setsockopt(container, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
    }
}

[[noreturn]] static void serve(struct relay *relay, const char *target)
{
    for (;;) {
        int client = accept(relay->listener, nullptr, nullptr);
        unsigned number = ++relay->orders->connections;
        unsigned other = relay->orders->other_from;
        int container;

        must(client >= 0, "relay's accept");
        container = reach(other != 0 && number >= other ? relay->orders->other : target);
        if (container >= 0) {
            carry(relay->orders, client, container);
            (void)close(container);
        }
        (void)close(client);
    }
}

void relay_start(struct relay *relay, const char *target)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr *generic = (struct sockaddr *)(void *)&at;
    socklen_t size = sizeof(at);

    relay->orders = mmap(nullptr, sizeof(*relay->orders), PROT_READ | PROT_WRITE,
                         MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    must(relay->orders != MAP_FAILED, "relay's memory");
    relay->orders->left[RELAY_UP] = -1;
    relay->orders->left[RELAY_DOWN] = -1;
    relay->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(relay->listener >= 0 && bind(relay->listener, generic, size) == 0 &&
             listen(relay->listener, 16) == 0 && getsockname(relay->listener, generic, &size) == 0,
         "relay's listener");
    (void)snprintf(relay->address, sizeof(relay->address), "127.0.0.1:%u", ntohs(at.sin_port));
    relay->process = fork();
    must(relay->process >= 0, "relay's fork");
    if (relay->process > 0)
        return;
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    serve(relay, target);
}

void relay_stop(struct relay *relay)
{
    (void)kill(relay->process, SIGKILL);
    (void)waitpid(relay->process, nullptr, 0);
    (void)close(relay->listener);
    (void)munmap(relay->orders, sizeof(*relay->orders));
}

void relay_cut_after(struct relay *relay, enum relay_direction direction, int64_t bytes)
{
    relay->orders->left[direction] = bytes;
}
