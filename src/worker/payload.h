/* SPDX-License-Identifier: MIT */

/* For tests: native code in the place of a program, as if the engine could be made to run some.
 *
 * The code is copied out of the test's own executable: it lies in a section of its own, uses
 * nothing outside that, and finds its order right behind itself. It takes the order's steps one by
 * one and then reports, in the only words that a worker has: an end. */

#ifndef VC_WORKER_PAYLOAD_H
#define VC_WORKER_PAYLOAD_H

#include <stdint.h>

#include "base/defs.h"

enum { PAYLOAD_STEPS_MAX = 8 };
enum { PAYLOAD_DATA_MAX = 192 };
enum { PAYLOAD_QUESTION_MAX = 128 };
enum { PAYLOAD_SURVIVED = 0x5eed }; /* the exit code of its report */

/* In the place of an argument: an address in the payload's room on the stack, which begins with
 * the order's data; or the result of an earlier step. No address or length looks like these. */
#define PAYLOAD_ROOM(offset) (UINT64_C(0x5c) << 56 | (offset))
#define PAYLOAD_RESULT(step) (UINT64_C(0x5e) << 56 | (step))

enum payload_action {
    PAYLOAD_NOTHING, /* the steps end here */
    PAYLOAD_CALL,    /* system call `call` */
    PAYLOAD_CALL_32, /* the same by the old gate of 32 bits */
    PAYLOAD_TOUCH,   /* writes byte arguments[2] every arguments[3] bytes from arguments[0] on, in
                        arguments[1] bytes */
    PAYLOAD_LOAD,    /* the result is the 8 bytes at arguments[0] */
    PAYLOAD_JUMP,    /* to arguments[0], and back if there is a `ret` */
    PAYLOAD_TIME,    /* the result is the processor's time stamp */
    PAYLOAD_LIST,    /* a bit in the room for each of arguments[0] descriptors that is open */
};

struct payload_step {
    uint32_t action;
    uint32_t call;
    uint64_t arguments[6];
};

struct payload_order {
    uint32_t question_size; /* 0: none */
    uint32_t reserved;
    uint8_t question[PAYLOAD_QUESTION_MAX]; /* a call for the runtime, made before the steps; its
                                               answer's descriptor stays open */
    struct payload_step steps[PAYLOAD_STEPS_MAX];
    uint8_t data[PAYLOAD_DATA_MAX];
};

/* The text of its end. */
struct payload_report {
    int64_t results[PAYLOAD_STEPS_MAX];
    uint8_t data[PAYLOAD_DATA_MAX];
};

/* The machine code, to be followed by an order. */
struct vc_bytes payload_code(void);

#endif
