/* SPDX-License-Identifier: MIT */

/* What a program finds around it: WASI preview 1 over the container's files.
 *
 * Every function in vc_host_imports takes the program's word for nothing: pointers are checked in
 * 64 bits against the memory as it is now, arrays are copied before they are used, counts are
 * bounded. What is not in the table is not provided, and a program that imports it is refused when
 * loaded.
 */

#ifndef VC_HOSTABI_HOST_H
#define VC_HOSTABI_HOST_H

#include "engine/engine.h"
#include "hostabi/stream.h"
#include "hostabi/tree.h"
#include "psa/call.h"

constexpr uint32_t VC_HOST_FILES_OPEN_MAX = 4096; /* larger limits are cut to this */

struct vc_host_preopen {
    const char *name; /* as the program sees it */
    const char *path; /* canonical */
};

/* What one run is given. Texts are copied. */
struct vc_host_setup {
    const char *const *arguments;
    uint32_t argument_count;
    const char *const *environment; /* "NAME=value" */
    uint32_t environment_count;
    const struct vc_host_preopen *preopens; /* directories from descriptor 3 on */
    uint32_t preopen_count;
    int standard_fds[3]; /* input, output, errors; taken over on success; -1: empty, discarded */
    uint32_t standard_window[3];  /* bytes, if it is a stream's window; 0: a file */
    uint32_t standard_slot[3];    /* of those that are streams */
    struct vc_stream_side stream; /* borrowed for the host's life; zeros: it has no streams */
    uint32_t files_open_max;      /* what is given here included */
    uint64_t output_bytes;        /* by which its files may grow, all together */
    uint64_t written_bytes;       /* that it may write in all; 0: as many as output_bytes */
    bool clock;
    bool randomness;
    bool progress;         /* may report its progress */
    vc_psa_answer_fn *psa; /* answers calls of the crypto ABI, with `psa_user`; null: nobody does,
                              and each is PSA_ERROR_NOT_SUPPORTED */
    void *psa_user;
};

/* A host without a program yet. `ops` and `tree` are borrowed. */
enum vc_code vc_host_new(const struct vc_tree_ops *ops, void *tree, struct vc_host **host,
                         struct vc_err *err);

/* Once. VC_MEMORY, VC_HOST (a descriptor that is no memory file), VC_STATE; VC_MALFORMED, VC_LIMIT
 * (a window that is none). */
enum vc_code vc_host_start(struct vc_host *host, const struct vc_host_setup *setup,
                           struct vc_err *err);

/* The functions that a program may import, for vc_engine_new. */
const struct vc_engine_import *vc_host_imports(size_t *count);

/* What the program gave to proc_exit; 0 before. */
uint32_t vc_host_exit_code(const struct vc_host *host);

/* The signal that it raised and that ended it (WASI's number); 0: none. */
uint32_t vc_host_raised(const struct vc_host *host);

/* Was the program ended because it could not have an end of a stream that the runtime had opened
 * for it? To the others it would look like a program that closed it at once. */
[[nodiscard]] bool vc_host_failed(const struct vc_host *host);

/* enum vc_worker_limit: of those that are kept here, the ones that the program met. */
uint32_t vc_host_limits_met(const struct vc_host *host);

/* Closes what the program left open. Accepts null. */
void vc_host_free(struct vc_host *host);

VC_DEFINE_CLEANUP(struct vc_host, vc_host_free);

#endif
