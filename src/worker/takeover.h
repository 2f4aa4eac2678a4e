/* SPDX-License-Identifier: MIT */

/* Native code in the place of a program, in a real worker.
 *
 * Only a test gets native code there: a container's workers run what its own compiler made. So the
 * compiler's output for a dull program is taken, and the machine code in it is overwritten. */

#ifndef VC_WORKER_TAKEOVER_H
#define VC_WORKER_TAKEOVER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include <cmocka.h>

#include "worker/fake_runtime.h"
#include "worker/payload.h"

enum {
    CONTROL = 3,
    INPUT = 4,
    OUTPUT = 5,
    ERRORS = 6
}; /* descriptors, the module's being closed */

#define INPUT_PATH "input/a.txt"

static constexpr uint64_t NO_FILE = UINT64_MAX; /* descriptor -1 */
static constexpr uint64_t READ_WRITE = PROT_READ | PROT_WRITE;
static constexpr uint64_t PAGE = 4096;

struct takeover_outcome {
    struct fake_end end;
    struct payload_report report;
    bool survived; /* and reported */
};

/* ---- one run ---- */

/* As a program opens its input, but keeping the descriptor. */
void takeover_ask(struct payload_order *order, const char *path, uint32_t flags);

/* Runs `order`. `streams`: the run has some, and they are its standard input and output. */
void takeover_play(const struct payload_order *order, struct vc_worker_run limits, bool streams,
                   struct takeover_outcome *outcome);

bool takeover_died_of(const struct takeover_outcome *outcome, int number);
void takeover_tell(const char *name, const struct takeover_outcome *outcome);

/* ---- rows: calls with arguments that would do something ---- */

enum takeover_verdict {
    KILLED,         /* SIGSYS */
    FAULTED,        /* a fault: SIGSEGV, or a trap if the engine's handler was reached */
    GIVES,          /* it survives, and step `step` has given `result` */
    GIVES_THE_SAME, /* it survives, and step `step` has given what the first did */
};

struct takeover_row {
    const char *name;
    struct payload_step steps[4];
    const char *data;
    struct vc_worker_run grants;
    const char *stream; /* a run with streams, which opens this: one of them, or a file */
    bool writes;        /* opens it to write */
    enum takeover_verdict verdict;
    unsigned step;
    int64_t result;
};

#define CALL(name, ...)           \
    {                             \
        PAYLOAD_CALL, SYS_##name, \
        {                         \
            __VA_ARGS__           \
        }                         \
    }
#define TOUCH(...)        \
    {                     \
        PAYLOAD_TOUCH, 0, \
        {                 \
            __VA_ARGS__   \
        }                 \
    }
#define JUMP(address)    \
    {                    \
        PAYLOAD_JUMP, 0, \
        {                \
            address      \
        }                \
    }
#define LOAD(address)    \
    {                    \
        PAYLOAD_LOAD, 0, \
        {                \
            address      \
        }                \
    }
#define ROOM(offset) PAYLOAD_ROOM(offset)
#define RESULT(step) PAYLOAD_RESULT(step)

/* Fails, after having told of each row that did not end as it says. */
void takeover_check_rows(const struct takeover_row *rows, size_t count);

/* ---- the whole test program ---- */

/* Arguments: the worker, the compiler, the folder of compiled guests, the stand-in for libLLVM. */
int takeover_main(int argc, char **argv, const struct CMUnitTest *tests, size_t count);

#endif
