/* SPDX-License-Identifier: MIT */

/* For tests: starts the real worker as a key store, and plays the runtime. */

#ifndef VC_WORKER_FAKE_KEYSTORE_H
#define VC_WORKER_FAKE_KEYSTORE_H

#include <sys/types.h>

#include "abi/keystore.h"
#include "base/buffer.h"
#include "psa/frame.h"
#include "worker/fake_runtime.h"

/* What a test wants; zeros mean the defaults in fake_keystore_start. */
struct fake_keystore_setup {
    struct vc_keystore_order order; /* as it is, but for zeros; kind and size are filled in */
    bool no_randomness;
    struct vc_bytes keys; /* the file */
    int window_fd;        /* 0: one as it should be; taken over */
};

struct fake_keystore {
    pid_t pid;
    int control; /* the runtime's */
    int line;    /* the worker's end of the socket */
    int window_fd;
    int keys_fd;
    struct vc_psa_window window; /* mapped when first asked */
};

/* Starts one and gives it its order; it may not like that. */
void fake_keystore_start(struct fake_keystore *store, const char *worker,
                         const struct fake_keystore_setup *setup);

/* A vc_psa_answer_fn, as the run's worker would ask. */
vc_psa_status fake_keystore_ask(void *store, struct vc_psa_call *call);

/* The next packet that it says on its control socket, without waiting for its end; false: it has
 * said its last. */
bool fake_keystore_hear(struct fake_keystore *store, struct vc_buffer *packet);

/* Closes the worker's end, hears it out, and waits for it. What it said besides is dropped. */
void fake_keystore_end(struct fake_keystore *store, struct fake_end *end);

#endif
