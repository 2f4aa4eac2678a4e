/* SPDX-License-Identifier: MIT */

/* For tests: how a fake runtime answers a worker that asks for its key store. */

#ifndef VC_WORKER_FAKE_KEYS_H
#define VC_WORKER_FAKE_KEYS_H

#include "worker/fake_keystore.h"

enum { FAKE_KEYS_FDS_MAX = 4 };

/* What the runtime answers. */
enum fake_keys_answer {
    FAKE_KEYS_STORE = 0, /* a key store: the real worker's other role */
    FAKE_KEYS_PUPPET,    /* a socket whose other end the test has */
    FAKE_KEYS_ERROR,     /* that there is none */
    FAKE_KEYS_NOTHING,   /* no descriptor */
    FAKE_KEYS_ONE,
    FAKE_KEYS_THREE,
    FAKE_KEYS_SWAPPED,      /* the window, then the socket */
    FAKE_KEYS_TEXT,         /* bytes behind the answer */
    FAKE_KEYS_SMALL_WINDOW, /* that is sealed, but too small */
    FAKE_KEYS_LOOSE_WINDOW, /* that can be made smaller */
};

struct fake_keys {
    enum fake_keys_answer answer;
    const char *worker; /* executable */
    struct fake_keystore_setup setup;
    unsigned asked;
    bool started;
    struct fake_keystore store; /* of a puppet: `line` is the test's end, `window_fd` the window */
    int puppet_fd;              /* the worker's end, made ahead; 0: none is */
};

/* Makes a puppet's socket and window ahead, for whoever plays it while the worker runs. */
void fake_keys_prepare(struct fake_keys *keys);

/* Descriptors to attach, which the caller closes; the result is WASI's errno. */
uint32_t fake_keys_serve(struct fake_keys *keys, int fds[FAKE_KEYS_FDS_MAX], size_t *count,
                         uint32_t *text_size);

/* Once the worker is gone: hears the key store out, if one was started, and waits for it. */
void fake_keys_end(struct fake_keys *keys, struct fake_end *end);

#endif
