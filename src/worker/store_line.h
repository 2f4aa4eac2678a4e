/* SPDX-License-Identifier: MIT */

/* A worker's way to its run's key store (abi/keystore.h). */

#ifndef VC_WORKER_STORE_LINE_H
#define VC_WORKER_STORE_LINE_H

#include "psa/frame.h"
#include "worker/control.h"

enum vc_store_line_state {
    VC_STORE_LINE_UNUSED = 0, /* nobody has asked anything yet */
    VC_STORE_LINE_OPEN,
    VC_STORE_LINE_BROKEN, /* for good */
};

/* Zeros but for `control` (borrowed): a program that asks nothing has no key store. */
struct vc_store_line {
    struct vc_control *control;
    enum vc_store_line_state state;
    int socket;
    struct vc_psa_window window;
};

/* A vc_psa_answer_fn; `user` is a struct vc_store_line. The first call asks the runtime for the key
 * store. Once the runtime or the key store has not answered as it should, all calls are
 * PSA_ERROR_COMMUNICATION_FAILURE. */
vc_psa_status vc_store_line_ask(void *user, struct vc_psa_call *call);

#endif
