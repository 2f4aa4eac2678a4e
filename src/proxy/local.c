/* SPDX-License-Identifier: MIT */

#include "proxy/local.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

bool vc_proxy_local_be_patient(const struct vc_proxy_local *local, bool for_ever)
{
    const struct timeval silence = {.tv_sec = VC_PROXY_SILENCE_MS / 1000};
    const struct timeval taking = {.tv_sec = for_ever ? 0 : VC_PROXY_SILENCE_MS / 1000};

    return setsockopt(local->fd, SOL_SOCKET, SO_RCVTIMEO, &silence, sizeof(silence)) == 0 &&
           setsockopt(local->fd, SOL_SOCKET, SO_SNDTIMEO, &taking, sizeof(taking)) == 0;
}

bool vc_proxy_local_send(const struct vc_proxy_local *local, const void *data, size_t size)
{
    const char *at = data;

    while (size > 0) {
        ssize_t sent = send(local->fd, at, size, MSG_NOSIGNAL);

        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0) /* also after SO_SNDTIMEO */
            return false;
        at += sent;
        size -= (size_t)sent;
    }
    return true;
}

static ssize_t receive(int fd, void *data, size_t size, int flags)
{
    for (;;) {
        ssize_t got = recv(fd, data, size, flags);

        if (got >= 0 || errno != EINTR)
            return got;
    }
}

bool vc_proxy_local_await(struct vc_proxy_local *local)
{
    size_t room = sizeof(local->input) - local->input_size;
    ssize_t got = room == 0 ? 0 : receive(local->fd, local->input + local->input_size, room, 0);

    if (got <= 0) /* also after SO_RCVTIMEO */
        return false;
    local->input_size += (size_t)got;
    return true;
}

/* What is there: 0 for nothing now, -1 for nothing any more. */
static ptrdiff_t receive_some(int fd, void *data, size_t size)
{
    ssize_t got = receive(fd, data, size, MSG_DONTWAIT);

    if (got > 0)
        return got;
    return got < 0 && errno == EAGAIN ? 0 : -1;
}

ptrdiff_t vc_proxy_local_take(struct vc_proxy_local *local, uint8_t *data, size_t size)
{
    size_t here = local->input_size < size ? local->input_size : size;

    if (here == 0)
        return receive_some(local->fd, data, size);
    memcpy(data, local->input, here);
    vc_proxy_local_use(local, here);
    return (ptrdiff_t)here;
}

ptrdiff_t vc_proxy_local_fill(struct vc_proxy_local *local)
{
    ptrdiff_t got = 1;

    if (local->input_size > 0)
        return got;
    got = receive_some(local->fd, local->input, sizeof(local->input));
    local->input_size = got > 0 ? (size_t)got : 0;
    return got;
}

void vc_proxy_local_use(struct vc_proxy_local *local, size_t size)
{
    local->input_size -= size;
    memmove(local->input, local->input + size, local->input_size);
}
