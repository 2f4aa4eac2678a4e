/* SPDX-License-Identifier: MIT */

/* Packets with descriptors over a SOCK_SEQPACKET socket between processes of one container. */

#ifndef VC_BASE_PACKET_H
#define VC_BASE_PACKET_H

#include "base/err.h"

constexpr size_t VC_PACKET_FDS_MAX = 64;

/* What goes into one packet: `head`, then `tail`, with copies of the descriptors. All borrowed. */
struct vc_parcel {
    struct vc_bytes head, tail;
    const int *fds;
    size_t fd_count; /* at most VC_PACKET_FDS_MAX */
};

/* Sends one packet. Blocking sockets wait. VC_CLOSED: the other end is gone. VC_LIMIT: a
 * non-blocking socket is full, or too many descriptors. */
enum vc_code vc_packet_send(int socket, const struct vc_parcel *parcel, struct vc_err *err);

struct vc_packet {
    size_t size; /* bytes received */
    size_t fd_count;
    int fds[VC_PACKET_FDS_MAX]; /* close-on-exec; the receiver's */
};

/* Receives one packet into data. VC_CLOSED: the end. VC_STATE: none there (non-blocking).
 * VC_MALFORMED: packet or its descriptors do not fit; they are closed. On failure no descriptor is
 * left open. */
enum vc_code vc_packet_receive(int socket, uint8_t *data, size_t size_max, struct vc_packet *packet,
                               struct vc_err *err);

/* Closes the descriptors that are still there. */
void vc_packet_done(struct vc_packet *packet);

/* A connected pair, close-on-exec. */
enum vc_code vc_packet_pair(int *mine, int *theirs, struct vc_err *err);

#endif
