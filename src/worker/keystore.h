/* SPDX-License-Identifier: MIT */

/* A worker in its other role (abi/keystore.h): it runs no program, but holds the keys that one must
 * not see, and uses them for it. */

#ifndef VC_WORKER_KEYSTORE_H
#define VC_WORKER_KEYSTORE_H

#include "abi/keystore.h"
#include "base/packet.h"
#include "psa/frame.h"
#include "psa/service.h"

constexpr uint64_t VC_KEYSTORE_KEYS_BYTES_MAX = 16 << 20; /* of the file of keys */

struct vc_keystore {
    struct vc_keystore_order order;
    int socket; /* to the run's worker */
    int window_fd;
    int keys_fd;
    struct vc_psa_window window;
    struct vc_psa *psa;
    uint32_t kept_count; /* keys that are there for later runs */
};

/* Is this packet such an order? */
[[nodiscard]] bool vc_keystore_is_order(struct vc_bytes bytes);

/* `bytes` are the packet's. Descriptors are taken from it on success. VC_MALFORMED. */
enum vc_code vc_keystore_parse(struct vc_bytes bytes, struct vc_packet *packet,
                               struct vc_keystore *store, struct vc_err *err);

/* Everything up to the first call: takes the keys out of their file, puts up the last walls, and
 * only then looks at a key. VC_REFUSED: one is not what the policy says; the text names it. */
enum vc_code vc_keystore_open(struct vc_keystore *store, struct vc_err *err);

/* Answers the worker's calls. VC_CLOSED: there will be no more; VC_MALFORMED: no honest worker
 * calls so. */
enum vc_code vc_keystore_serve(struct vc_keystore *store, struct vc_err *err);

#endif
