/* SPDX-License-Identifier: MIT */

#include "base/packet.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union control {
    char bytes[CMSG_SPACE(VC_PACKET_FDS_MAX * sizeof(int))];
    struct cmsghdr align;
};

static void attach(struct msghdr *message, union control *control, const int *fds, size_t count)
{
    struct cmsghdr *header = &control->align;

    memset(control, 0, sizeof(*control));
    message->msg_control = control;
    message->msg_controllen = CMSG_SPACE(count * sizeof(int));
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(count * sizeof(int));
    memcpy(CMSG_DATA(header), fds, count * sizeof(int));
}

/* iovec is not const, though sending changes nothing. */
static struct iovec to_send(struct vc_bytes bytes)
{
    struct iovec part = {.iov_len = bytes.size};

    memcpy(&part.iov_base, &bytes.data, sizeof(part.iov_base));
    return part;
}

enum vc_code vc_packet_send(int socket, const struct vc_parcel *parcel, struct vc_err *err)
{
    struct iovec parts[2] = {to_send(parcel->head), to_send(parcel->tail)};
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = parcel->tail.size > 0 ? 2 : 1};
    union control control;
    ssize_t sent;

    if (parcel->fd_count > VC_PACKET_FDS_MAX) {
        return vc_fail(err, VC_LIMIT, "packet: %zu descriptors, at most %zu", parcel->fd_count,
                       VC_PACKET_FDS_MAX);
    }
    if (parcel->fd_count > 0)
        attach(&message, &control, parcel->fds, parcel->fd_count);
    do {
        sent = sendmsg(socket, &message, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    if (sent >= 0)
        return VC_OK;
    if (errno == EPIPE || errno == ECONNRESET || errno == ENOTCONN)
        return vc_fail(err, VC_CLOSED, "packet: the other process is gone");
    if (errno == EAGAIN)
        return vc_fail(err, VC_LIMIT, "packet: the other process does not read");
    return vc_fail_host(err, "sendmsg");
}

static void collect(struct msghdr *message, struct vc_packet *packet)
{
    for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header != nullptr;
         header = CMSG_NXTHDR(message, header)) {
        size_t start = (size_t)((const uint8_t *)header - (const uint8_t *)message->msg_control);
        size_t count;

        if (header->cmsg_len < CMSG_LEN(0) || header->cmsg_len > message->msg_controllen - start)
            return;
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
            continue;
        count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count && packet->fd_count < VC_PACKET_FDS_MAX; i++) {
            memcpy(&packet->fds[packet->fd_count++], CMSG_DATA(header) + i * sizeof(int),
                   sizeof(int));
        }
    }
}

enum vc_code vc_packet_receive(int socket, uint8_t *data, size_t size_max, struct vc_packet *packet,
                               struct vc_err *err)
{
    struct iovec part = {data, size_max};
    union control control;
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof(control)};
    struct vc_packet made = {};
    ssize_t got;

    do {
        got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    } while (got < 0 && errno == EINTR);
    if (got < 0 && errno == EAGAIN)
        return vc_fail(err, VC_STATE, "packet: none there");
    if (got == 0 || (got < 0 && errno == ECONNRESET))
        return vc_fail(err, VC_CLOSED, "packet: the other process is gone");
    if (got < 0)
        return vc_fail_host(err, "recvmsg");
    if (message.msg_controllen > sizeof(control))
        return vc_fail(err, VC_HOST, "recvmsg: more was received than fits");
    made.size = (size_t)got;
    collect(&message, &made);
    if (made.size > size_max || (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) {
        vc_packet_done(&made);
        return vc_fail(err, VC_MALFORMED, "packet: larger than %zu bytes", size_max);
    }
    *packet = made;
    return VC_OK;
}

void vc_packet_done(struct vc_packet *packet)
{
    for (size_t i = 0; i < packet->fd_count; i++) {
        if (packet->fds[i] >= 0)
            (void)close(packet->fds[i]);
    }
    packet->fd_count = 0;
}

enum vc_code vc_packet_pair(int *mine, int *theirs, struct vc_err *err)
{
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return vc_fail_host(err, "socketpair");
    *mine = pair[0];
    *theirs = pair[1];
    return VC_OK;
}
