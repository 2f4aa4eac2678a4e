/* SPDX-License-Identifier: MIT */

/* The memory that a worker and its key store share, and the packets that they exchange: each end
 * has it from the runtime, and takes the other end for hostile. */

#ifndef VC_WORKER_KEY_WINDOW_H
#define VC_WORKER_KEY_WINDOW_H

#include "psa/frame.h"

/* Maps all of it, to read and to write. VC_MALFORMED: not of the one size, or whoever has it could
 * make it shorter under our feet; VC_HOST. */
enum vc_code vc_key_window_map(int fd, struct vc_psa_window *window, struct vc_err *err);

void vc_key_window_unmap(struct vc_psa_window *window);

/* One packet there, or back: waits. VC_CLOSED: the other end is gone; VC_MALFORMED: a packet of
 * another size; VC_HOST. */
enum vc_code vc_key_window_send(int socket, const struct vc_psa_frame *frame, struct vc_err *err);
enum vc_code vc_key_window_receive(int socket, struct vc_psa_frame *frame, struct vc_err *err);

#endif
