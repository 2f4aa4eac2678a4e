/* SPDX-License-Identifier: MIT */

/* For tests: starts the real worker and compiler and plays the runtime, with files in an array. */

#ifndef VC_WORKER_FAKE_RUNTIME_H
#define VC_WORKER_FAKE_RUNTIME_H

#include <sys/types.h>

#include "abi/worker.h"
#include "base/buffer.h"
#include "worker/fake_streams.h"

constexpr size_t FAKE_NODES_MAX = 64;

struct fake_node {
    char path[128]; /* "" if the slot is free */
    bool directory;
    bool writable;
    int fd; /* files */
};

/* How a process ended. */
struct fake_end {
    bool said; /* it sent an end */
    struct vc_worker_end end;
    char text[257];
    int status; /* of waitpid */
};

struct fake_keys;

struct fake_runtime {
    struct fake_node nodes[FAKE_NODES_MAX];
    unsigned calls;               /* that the worker made */
    uint32_t percent;             /* that it reported last */
    struct vc_buffer traces;      /* calls in words, each with a newline */
    uint32_t kill_ms;             /* kill the worker after so long; 0: never */
    struct fake_streams *streams; /* null: none; by name, "/stream/in" and "/stream/out" */
    struct fake_keys *keys;       /* null: there are no key stores */
    /* told of each file before it is opened, while the worker waits; null: nobody */
    void (*on_open)(void *user, const char *path);
    void *on_open_user;
};

/* What a test wants of a run; zeros mean the defaults in fake_run. */
struct fake_order {
    struct vc_worker_run limits;  /* of which only limits, clock and randomness count */
    const char *const *arguments; /* ends with null */
    const char *const *environment;
    const char *preopen; /* "/" if null */
    int stdin_fd;        /* 0: none */
};

/* Files /input/a.txt (sealed) and a writable, empty /output. */
void fake_init(struct fake_runtime *runtime);
void fake_done(struct fake_runtime *runtime);

/* Adds a file with this content. */
void fake_put(struct fake_runtime *runtime, const char *path, struct vc_bytes content,
              bool writable);

/* Appends a file's content; false if there is none. */
bool fake_get(const struct fake_runtime *runtime, const char *path, struct vc_buffer *content);

/* Starts an executable with a socket to it as VC_WORKER_CONTROL_FD. */
pid_t fake_start(const char *const *argv, int *control);

/* Waits for the ready message; false if another or none comes. */
bool fake_ready(int control, struct vc_worker_ready *ready);

/* A sealed memory file with these bytes. */
int fake_sealed(struct vc_bytes bytes);

/* Compiles; *native is a new memory file. */
void fake_compile(const char *compiler, int module_fd, uint32_t memory_mib, int *native,
                  struct fake_end *end);

/* The same by an order of one's own, without its kind. */
void fake_compile_by(const char *compiler, int module_fd, struct vc_worker_compile order,
                     int *native, struct fake_end *end);

/* Sends the order and no more: standard output and errors go to /stdout and /stderr. False if the
 * worker is gone. */
bool fake_give(struct fake_runtime *runtime, int control, int module_fd,
               const struct fake_order *order);

/* Gives the order to a ready worker and serves it until its end; standard output and errors go to
 * /stdout and /stderr. */
void fake_run(struct fake_runtime *runtime, int control, pid_t worker, int module_fd,
              const struct fake_order *order, struct fake_end *end);

#endif
