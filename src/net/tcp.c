/* SPDX-License-Identifier: MIT */

#include "net/tcp_internal.h"

#include <linux/tcp.h> /* the C library's lacks tcpi_notsent_bytes */
#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>

static constexpr int KEEPALIVE_S = 60; /* of silence, before the peer is probed */
static constexpr int KEEPALIVE_INTERVAL_S = 15;
static constexpr int KEEPALIVE_COUNT = 4;

void vc_tcp_prepare(int fd)
{
    const struct {
        int level, name, value;
    } options[] = {{IPPROTO_TCP, TCP_NODELAY, 1},
                   {SOL_SOCKET, SO_KEEPALIVE, 1},
                   {IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_S},
                   {IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_INTERVAL_S},
                   {IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_COUNT}};

    for (size_t i = 0; i < VC_COUNT(options); i++)
        (void)setsockopt(fd, options[i].level, options[i].name, &options[i].value,
                         sizeof(options[i].value));
}

bool vc_tcp_is_gone(int fd)
{
    struct tcp_info info = {};
    socklen_t size = sizeof(info);

    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 ||
        size < offsetof(struct tcp_info, tcpi_notsent_bytes) + sizeof(info.tcpi_notsent_bytes))
        return false;
    return (info.tcpi_unacked > 0 || info.tcpi_notsent_bytes > 0) &&
           info.tcpi_last_ack_recv >= VC_TCP_GONE_MS;
}
