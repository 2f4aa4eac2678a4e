/* SPDX-License-Identifier: MIT */

/* For tests: somebody on the way between a client and a container, who can only cut the line. */

#ifndef VC_CLIENT_RELAY_TEST_H
#define VC_CLIENT_RELAY_TEST_H

#include <stdatomic.h>
#include <sys/types.h>

#include "base/defs.h"

enum relay_direction { RELAY_UP, RELAY_DOWN }; /* towards the container, from it */

/* In memory that processes share. */
struct relay_orders {
    _Atomic int64_t left[2]; /* bytes that may still pass, of the connection that goes on and
                                all after it; negative: all */
    _Atomic bool again;      /* each connection is cut after as many */
    _Atomic int64_t each;
    _Atomic bool hard;            /* cut by a reset instead of an end */
    _Atomic unsigned connections; /* so far */
    _Atomic unsigned cuts;
    _Atomic unsigned other_from; /* connections from this one on go to `other`; 0: none */
    char other[32];
};

struct relay {
    char address[32]; /* where it listens */
    pid_t process;
    int listener;
    struct relay_orders *orders;
};

void relay_start(struct relay *relay, const char *target);
void relay_stop(struct relay *relay);
/* From now on `bytes` pass this way, and then the connection is cut; negative: all pass. */
void relay_cut_after(struct relay *relay, enum relay_direction direction, int64_t bytes);

#endif
