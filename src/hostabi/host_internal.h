/* SPDX-License-Identifier: MIT */

/* What stands behind a host, and the calls themselves, one file per family. */

#ifndef VC_HOSTABI_HOST_INTERNAL_H
#define VC_HOSTABI_HOST_INTERNAL_H

#include "hostabi/descriptor.h"
#include "hostabi/guest.h"
#include "hostabi/host.h"

/* Texts that args_get and environ_get hand out: NUL-terminated, one after another. */
struct vc_host_texts {
    char *bytes;
    uint32_t size;
    uint32_t count;
};

struct vc_host {
    const struct vc_tree_ops *ops;
    void *tree;
    struct vc_descriptors descriptors;
    struct vc_host_texts arguments;
    struct vc_host_texts environment;
    struct vc_stream_side stream;
    vc_psa_answer_fn *psa; /* null: nobody answers */
    void *psa_user;
    uint64_t output_left;    /* bytes by which its files may still grow */
    uint64_t written_left;   /* bytes that it may still write */
    int64_t clock_base_ns;   /* where its monotonic clock begins */
    uint64_t clock_shown_ns; /* what it was last told of its monotonic clock */
    uint32_t percent;        /* of its work done, as it last reported */
    bool clock;
    bool randomness;
    bool progress;
    uint32_t exit_code;
    uint32_t raised;               /* signal, or 0 */
    bool failed;                   /* what the program was given could not be given to it */
    uint32_t limits_met;           /* enum vc_worker_limit */
    struct vc_guest_iovecs iovecs; /* of the call at hand; too large for the stack of each */
};

/* Asks the tree; VC_WASI_IO if nobody answers. */
uint32_t vc_host_ask(struct vc_host *host, const struct vc_tree_request *request,
                     struct vc_tree_answer *answer);

/* Size of an open file now. */
uint32_t vc_host_file_size(const struct vc_descriptor *file, uint64_t *size);

/* WASI's type of what a descriptor stands for, and of what the tree says. */
uint8_t vc_host_descriptor_type(const struct vc_descriptor *descriptor);
uint8_t vc_host_node_type(uint32_t node_kind);

/* The calls, one comment per file. */

/* arguments.c */
vc_engine_function vc_wasi_args_get;
vc_engine_function vc_wasi_args_sizes_get;
vc_engine_function vc_wasi_environ_get;
vc_engine_function vc_wasi_environ_sizes_get;

/* clock.c */
vc_engine_function vc_wasi_clock_res_get;
vc_engine_function vc_wasi_clock_time_get;

/* directory.c */
vc_engine_function vc_wasi_fd_readdir;

/* filestat.c */
vc_engine_function vc_wasi_fd_filestat_get;
vc_engine_function vc_wasi_fd_filestat_set_times;
vc_engine_function vc_wasi_path_filestat_get;
vc_engine_function vc_wasi_path_filestat_set_times;

/* link.c */
vc_engine_function vc_wasi_path_link;
vc_engine_function vc_wasi_path_readlink;
vc_engine_function vc_wasi_path_symlink;

/* open.c */
vc_engine_function vc_wasi_path_open;

/* path.c */
vc_engine_function vc_wasi_path_create_directory;
vc_engine_function vc_wasi_path_remove_directory;
vc_engine_function vc_wasi_path_rename;
vc_engine_function vc_wasi_path_unlink_file;

/* poll.c */
vc_engine_function vc_wasi_poll_oneoff;

/* policy.c */
vc_engine_function vc_veracruz_query;
vc_engine_function vc_veracruz_narrow;

/* preopen.c */
vc_engine_function vc_wasi_fd_prestat_dir_name;
vc_engine_function vc_wasi_fd_prestat_get;

/* process.c */
vc_engine_function vc_wasi_proc_exit;
vc_engine_function vc_wasi_proc_raise;
vc_engine_function vc_wasi_random_get;
vc_engine_function vc_wasi_sched_yield;

/* progress.c */
vc_engine_function vc_veracruz_progress;

/* psa.c */
#define VC_PSA_DECLARE_IMPORT(name, shape) vc_engine_function vc_psa_import_##name;
VC_PSA_FUNCTIONS(VC_PSA_DECLARE_IMPORT)
VC_PSA_EXTENSIONS(VC_PSA_DECLARE_IMPORT)
#undef VC_PSA_DECLARE_IMPORT

/* socket.c */
vc_engine_function vc_wasi_sock_accept;
vc_engine_function vc_wasi_sock_recv;
vc_engine_function vc_wasi_sock_send;
vc_engine_function vc_wasi_sock_shutdown;

/* status.c */
vc_engine_function vc_wasi_fd_advise;
vc_engine_function vc_wasi_fd_allocate;
vc_engine_function vc_wasi_fd_close;
vc_engine_function vc_wasi_fd_datasync;
vc_engine_function vc_wasi_fd_fdstat_get;
vc_engine_function vc_wasi_fd_fdstat_set_flags;
vc_engine_function vc_wasi_fd_fdstat_set_rights;
vc_engine_function vc_wasi_fd_filestat_set_size;
vc_engine_function vc_wasi_fd_renumber;
vc_engine_function vc_wasi_fd_sync;

/* transfer.c */
vc_engine_function vc_wasi_fd_pread;
vc_engine_function vc_wasi_fd_pwrite;
vc_engine_function vc_wasi_fd_read;
vc_engine_function vc_wasi_fd_seek;
vc_engine_function vc_wasi_fd_tell;
vc_engine_function vc_wasi_fd_write;

#endif
