/* SPDX-License-Identifier: MIT */

/* The worker's end of the socket to the runtime: the only thing that it can talk to. */

#ifndef VC_WORKER_CONTROL_H
#define VC_WORKER_CONTROL_H

#include "abi/worker.h"
#include "base/packet.h"
#include "hostabi/tree.h"

constexpr size_t VC_CONTROL_TEXT_MAX = 256; /* bytes of an end's text */

/* Buffers are made before the process is confined, and kept until it ends. */
struct vc_control {
    uint8_t *received; /* VC_WORKER_MESSAGE_MAX bytes; content until the next call or receive */
};

enum vc_code vc_control_init(struct vc_control *control, struct vc_err *err);

/* One packet, by write(2): the worker has no sendmsg, and so cannot pass a descriptor on. */
enum vc_code vc_control_send(struct vc_bytes packet, struct vc_err *err);

/* Waits for one packet; its bytes stand in control->received. */
enum vc_code vc_control_receive(struct vc_control *control, struct vc_packet *packet,
                                struct vc_err *err);

/* The last packet of this process; its kind and the size of `text` (cut to fit; null for none) are
 * filled in. */
enum vc_code vc_control_end(const struct vc_worker_end *end, const char *text);

/* One call that the program made, in words. */
enum vc_code vc_control_trace(const char *text, struct vc_err *err);

/* Asks for the run's key store: the socket to it, and the window. VC_REFUSED: there is none;
 * VC_MALFORMED. */
enum vc_code vc_control_keystore(struct vc_control *control, int *socket, int *window,
                                 struct vc_err *err);

/* Asks the runtime about its tree, and tells it of progress; the tree object is a struct
 * vc_control. */
extern const struct vc_tree_ops vc_control_tree_ops;

#endif
