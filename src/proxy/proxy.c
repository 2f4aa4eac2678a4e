/* SPDX-License-Identifier: MIT */

#include "proxy/proxy.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/file.h"
#include "client/forward.h"
#include "proxy/connection.h"

static constexpr size_t CONNECTIONS_MAX = 128; /* local; more are turned away */
static constexpr size_t STACK_SIZE = 512 << 10;
static const char UNIX[] = "unix:";

struct vc_proxy;

struct slot {
    struct vc_proxy *proxy;
    pthread_t thread;
    int fd;       /* -1: free */
    bool started; /* there is a thread to wait for */
    bool over;    /* it has ended, or is about to */
};

struct vc_proxy {
    struct vc_proxy_context context;
    struct vcc_attestation attestation;
    int listener;
    char address[VC_ADDRESS_MAX];
    char port[8];
    char name[128];
    char path[sizeof(
        ((struct sockaddr_un *)nullptr)->sun_path)]; /* "" unless it is ours to remove */
    pthread_mutex_t lock;                            /* of fd and over of the slots */
    struct slot slots[CONNECTIONS_MAX];
};

/* ---- where to listen ---- */

static bool is_loopback(const char *host)
{
    struct in_addr address;
    struct in6_addr address6;

    if (inet_pton(AF_INET, host, &address) == 1)
        return ntohl(address.s_addr) >> 24 == IN_LOOPBACKNET;
    return inet_pton(AF_INET6, host, &address6) == 1 && IN6_IS_ADDR_LOOPBACK(&address6);
}

static enum vc_code listen_on_loopback(struct vc_proxy *proxy, const char *text, struct vc_err *err)
{
    struct vc_address address;
    enum vc_code code = vc_address_parse(text, &address, err);

    if (code == VC_OK && !is_loopback(address.host)) {
        code = vc_fail(err, VC_MALFORMED,
                       "--listen %.64s: 127.0.0.1:PORT, [::1]:PORT or unix:PATH wanted; what goes "
                       "in is plain text, and only this machine may see it",
                       text);
    }
    if (code == VC_OK)
        code = vc_listen(text, &proxy->listener, proxy->address, err);
    if (code == VC_OK)
        code = vc_address_parse(proxy->address, &address, err);
    if (code == VC_OK)
        (void)snprintf(proxy->port, sizeof(proxy->port), "%s", address.port);
    proxy->context.guard.port = proxy->port;
    return code;
}

/* A socket's file that nobody answers for is in the way. */
static void remove_stale(const struct sockaddr_un *place)
{
    vc_cleanup(vc_fd_closep) int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct stat status;

    if (probe >= 0 && lstat(place->sun_path, &status) == 0 && S_ISSOCK(status.st_mode) &&
        connect(probe, (const struct sockaddr *)place, sizeof(*place)) != 0 &&
        errno == ECONNREFUSED)
        (void)unlink(place->sun_path);
}

static enum vc_code listen_on_path(struct vc_proxy *proxy, const char *path, struct vc_err *err)
{
    struct sockaddr_un place = {.sun_family = AF_UNIX};
    mode_t mask;
    int result;

    if (path[0] == '\0' || strlen(path) >= sizeof(place.sun_path))
        return vc_fail(err, VC_MALFORMED, "--listen unix:PATH: 1 to %zu bytes",
                       sizeof(place.sun_path) - 1);
    memcpy(place.sun_path, path, strlen(path) + 1);
    remove_stale(&place);
    proxy->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (proxy->listener < 0)
        return vc_fail_host(err, "socket");
    mask = umask(0177); /* from its first moment on it is the owner's; no thread runs yet */
    result = bind(proxy->listener, (const struct sockaddr *)&place, sizeof(place));
    (void)umask(mask);
    if (result != 0 || listen(proxy->listener, 64) != 0)
        return vc_fail_host(err, "%s", path);
    memcpy(proxy->path, path, strlen(path) + 1);
    (void)snprintf(proxy->address, sizeof(proxy->address), "unix:%s", path);
    return VC_OK;
}

/* ---- connections ---- */

static void *serve(void *user)
{
    struct slot *slot = user;

    vc_proxy_serve(&slot->proxy->context, slot->fd);
    (void)pthread_mutex_lock(&slot->proxy->lock);
    (void)close(slot->fd);
    slot->fd = -1;
    slot->over = true;
    (void)pthread_mutex_unlock(&slot->proxy->lock);
    return nullptr;
}

/* Waits for the threads that have ended, or for all. */
static void reap(struct vc_proxy *proxy, bool all)
{
    for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
        struct slot *slot = &proxy->slots[i];
        bool over;

        (void)pthread_mutex_lock(&proxy->lock);
        over = slot->over;
        if (all && slot->fd >= 0)
            (void)shutdown(slot->fd, SHUT_RDWR);
        (void)pthread_mutex_unlock(&proxy->lock);
        if (!slot->started || (!over && !all))
            continue;
        (void)pthread_join(slot->thread, nullptr);
        slot->started = false;
    }
}

static struct slot *find_free(struct vc_proxy *proxy)
{
    for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
        if (!proxy->slots[i].started)
            return &proxy->slots[i];
    }
    return nullptr;
}

static bool start(struct slot *slot, int fd)
{
    pthread_attr_t attributes;

    (void)pthread_attr_init(&attributes);
    (void)pthread_attr_setstacksize(&attributes, STACK_SIZE);
    slot->fd = fd;
    slot->over = false;
    slot->started = pthread_create(&slot->thread, &attributes, serve, slot) == 0;
    if (!slot->started)
        slot->fd = -1;
    (void)pthread_attr_destroy(&attributes);
    return slot->started;
}

static void accept_one(struct vc_proxy *proxy)
{
    const int on = 1;
    int fd = accept4(proxy->listener, nullptr, nullptr, SOCK_CLOEXEC);
    struct slot *slot;

    if (fd < 0)
        return;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)); /* fails on unix sockets */
    /* Of a stream nothing else ends a client that is gone without a word. */
    (void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
    reap(proxy, false);
    slot = find_free(proxy);
    if (slot != nullptr && start(slot, fd))
        return;
    vc_proxy_turn_away(fd);
    (void)close(fd);
}

enum vc_code vc_proxy_run(struct vc_proxy *proxy, int stop_fd, struct vc_err *err)
{
    for (;;) {
        struct pollfd watched[2] = {{.fd = proxy->listener, .events = POLLIN},
                                    {.fd = stop_fd, .events = POLLIN}};

        if (poll(watched, 2, -1) < 0) {
            if (errno == EINTR)
                continue;
            return vc_fail_host(err, "poll");
        }
        if (watched[1].revents != 0)
            return VC_OK;
        accept_one(proxy);
    }
}

/* ---- the whole ---- */

static enum vcc_status fail(struct vcc_error *error, const struct vc_err *err)
{
    *error = (struct vcc_error){.status = err->code == VC_MALFORMED ? VCC_MALFORMED : VCC_FAILED};
    (void)snprintf(error->text, sizeof(error->text), "%s", err->text);
    return error->status;
}

static bool open_pool(struct vc_proxy *proxy, const struct vcc_options *options,
                      struct vcc_error *error)
{
    vcc_client *client;
    struct vc_err err = {};

    proxy->context.pool = vc_pool_new(options, error);
    if (proxy->context.pool == nullptr)
        return false;
    if (vc_pool_take(proxy->context.pool, false, &client, &err) != VC_OK) {
        (void)fail(error, &err);
        return false;
    }
    vcc_attestation_of(client, &proxy->attestation);
    vc_client_policy_name(client, proxy->name, sizeof(proxy->name));
    proxy->context.guard.name = proxy->name;
    vc_pool_give(proxy->context.pool, client, true);
    return true;
}

struct vc_proxy *vc_proxy_new(const struct vcc_options *options, const char *listen,
                              struct vcc_error *error)
{
    struct vc_proxy *proxy = calloc(1, sizeof(*proxy));
    struct vc_err err = {};
    enum vc_code code;

    if (proxy == nullptr) {
        (void)vc_fail_memory(&err);
        (void)fail(error, &err);
        return nullptr;
    }
    proxy->listener = -1;
    (void)pthread_mutex_init(&proxy->lock, nullptr);
    for (size_t i = 0; i < CONNECTIONS_MAX; i++)
        proxy->slots[i] = (struct slot){.proxy = proxy, .fd = -1};
    code = strncmp(listen, UNIX, sizeof(UNIX) - 1) == 0
               ? listen_on_path(proxy, listen + sizeof(UNIX) - 1, &err)
               : listen_on_loopback(proxy, listen, &err);
    if (code != VC_OK)
        (void)fail(error, &err);
    if (code == VC_OK && open_pool(proxy, options, error))
        return proxy;
    vc_proxy_free(proxy);
    return nullptr;
}

const char *vc_proxy_address(const struct vc_proxy *proxy)
{
    return proxy->address;
}

void vc_proxy_attestation(const struct vc_proxy *proxy, struct vcc_attestation *attestation)
{
    *attestation = proxy->attestation;
}

void vc_proxy_free(struct vc_proxy *proxy)
{
    if (proxy == nullptr)
        return;
    reap(proxy, true);
    vc_fd_closep(&proxy->listener);
    if (proxy->path[0] != '\0')
        (void)unlink(proxy->path);
    vc_pool_free(proxy->context.pool);
    (void)pthread_mutex_destroy(&proxy->lock);
    free(proxy);
}
