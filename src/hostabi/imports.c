/* SPDX-License-Identifier: MIT */

/* The table of what a program may import: all of WASI preview 1, the crypto ABI, and what is ours.
 * A call that is not in it does not exist here. */

#include "abi/psa.h"
#include "hostabi/host_internal.h"

#define WASI(call, parameters) {"wasi_snapshot_preview1", #call, parameters, true, vc_wasi_##call}
#define CRYPTO(call, shape)    {"psa_crypto", "psa_" #call, shape, true, vc_psa_import_##call},
#define EXTENSION(call, shape) {"veracruz", #call, shape, true, vc_psa_import_##call},

static const struct vc_engine_import IMPORTS[] = {
    WASI(args_get, "ii"),
    WASI(args_sizes_get, "ii"),
    WASI(clock_res_get, "ii"),
    WASI(clock_time_get, "iIi"),
    WASI(environ_get, "ii"),
    WASI(environ_sizes_get, "ii"),
    WASI(fd_advise, "iIIi"),
    WASI(fd_allocate, "iII"),
    WASI(fd_close, "i"),
    WASI(fd_datasync, "i"),
    WASI(fd_fdstat_get, "ii"),
    WASI(fd_fdstat_set_flags, "ii"),
    WASI(fd_fdstat_set_rights, "iII"),
    WASI(fd_filestat_get, "ii"),
    WASI(fd_filestat_set_size, "iI"),
    WASI(fd_filestat_set_times, "iIIi"),
    WASI(fd_pread, "iiiIi"),
    WASI(fd_prestat_dir_name, "iii"),
    WASI(fd_prestat_get, "ii"),
    WASI(fd_pwrite, "iiiIi"),
    WASI(fd_read, "iiii"),
    WASI(fd_readdir, "iiiIi"),
    WASI(fd_renumber, "ii"),
    WASI(fd_seek, "iIii"),
    WASI(fd_sync, "i"),
    WASI(fd_tell, "ii"),
    WASI(fd_write, "iiii"),
    WASI(path_create_directory, "iii"),
    WASI(path_filestat_get, "iiiii"),
    WASI(path_filestat_set_times, "iiiiIIi"),
    WASI(path_link, "iiiiiii"),
    WASI(path_open, "iiiiiIIii"),
    WASI(path_readlink, "iiiiii"),
    WASI(path_remove_directory, "iii"),
    WASI(path_rename, "iiiiii"),
    WASI(path_symlink, "iiiii"),
    WASI(path_unlink_file, "iii"),
    WASI(poll_oneoff, "iiii"),
    {"wasi_snapshot_preview1", "proc_exit", "i", false, vc_wasi_proc_exit},
    WASI(proc_raise, "i"),
    WASI(random_get, "ii"),
    WASI(sched_yield, ""),
    WASI(sock_accept, "iii"),
    WASI(sock_recv, "iiiiii"),
    WASI(sock_send, "iiiii"),
    WASI(sock_shutdown, "ii"),
    {"veracruz", "progress", "i", true, vc_veracruz_progress},
    {"veracruz", "query", "iiiii", true, vc_veracruz_query},
    {"veracruz", "narrow", "iiiiii", true, vc_veracruz_narrow},
    VC_PSA_EXTENSIONS(EXTENSION) /* with their module */
    VC_PSA_FUNCTIONS(CRYPTO)};

const struct vc_engine_import *vc_host_imports(size_t *count)
{
    *count = VC_COUNT(IMPORTS);
    return IMPORTS;
}
