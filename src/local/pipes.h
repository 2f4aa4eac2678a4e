/* SPDX-License-Identifier: MIT */

/* The other ends of the streams of the programs that are played, on this machine: files, pipes,
 * terminals. */

#ifndef VC_LOCAL_PIPES_H
#define VC_LOCAL_PIPES_H

#include "local/cast.h"
#include "local/order.h"
#include "runtime/streams.h"

struct vc_pipes;

/* Borrowed for their life. */
struct vc_pipes_order {
    struct vc_loop *loop;
    const struct vc_cast *cast;
    struct vc_streams *streams;
    const struct vc_order_texts *given; /* NAME=FILE; "-": this process's own standard stream */
    int output;                         /* that "-" means for what the program writes */
    void (*idle)(void *user);           /* nothing is on its way any more */
    void *user;
};

/* Opens a file for each stream that a program has an end of and none the other, and holds the other
 * ends; of a stream between programs a file is opened for the principal who may have it, if it is
 * given. What is not given is "-" if it is a standard stream of the program, and missing otherwise.
 * Each file serves the first use of its stream. VC_MALFORMED: it is missing, or what is given is no
 * such stream; VC_HOST, VC_NOT_FOUND: a file. */
enum vc_code vc_pipes_open(const struct vc_pipes_order *order, struct vc_pipes **pipes,
                           struct vc_err *err);
void vc_pipes_free(struct vc_pipes *pipes);
VC_DEFINE_CLEANUP(struct vc_pipes, vc_pipes_free);

/* The run is over: is what it produced still on its way? Then `idle` is called when it is not. */
[[nodiscard]] bool vc_pipes_finish(struct vc_pipes *pipes);
/* Could not be read, or written: "" or what was the first. */
const char *vc_pipes_trouble(const struct vc_pipes *pipes);

#endif
