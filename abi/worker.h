/* SPDX-License-Identifier: MIT */

/* What the runtime says to a worker and a compiler, and what they answer.
 *
 * One SOCK_SEQPACKET socket (descriptor VC_WORKER_CONTROL_FD in the child), one message per packet,
 * native byte order: both ends are the same machine and the same measurement. The runtime treats
 * all that a worker sends as hostile. A worker receives descriptors and never sends any.
 *
 *   worker:    ready →                            (confined, engine loaded, waiting)
 *              ← run {limits, program} + fds      (exactly once in its life)
 *              call → … ← answer [+ fd]           (any number: what WASI needs from the tree)
 *              end {reason, exit code} →          (then it exits)
 *   compiler:  ← compile {limits} + fds [module, output]
 *              end →                              (then it exits; if exited with 0, output holds
 *                                                  native code; a module that is no program, or
 *                                                  takes too long to compile, is refused)
 */

#ifndef VC_ABI_WORKER_H
#define VC_ABI_WORKER_H

#include <stdint.h>

enum { VC_WORKER_CONTROL_FD = 3 };
enum { VC_WORKER_MESSAGE_MAX = 65536 }; /* bytes of any packet */
enum { VC_WORKER_PATH_MAX = 1024 };     /* bytes, with the NUL */

enum vc_worker_message_kind {
    VC_WORKER_READY = 1,
    VC_WORKER_RUN,
    VC_WORKER_COMPILE,
    VC_WORKER_CALL,
    VC_WORKER_ANSWER,
    VC_WORKER_END,
};

/* What confines a worker, or'ed. A filter of system calls is not among them: without one no worker
 * gets as far as saying that it is ready. */
enum vc_worker_confinement {
    VC_CONFINED_USER = 1 << 0, /* own user namespace, no capability in any other */
    VC_CONFINED_NETWORK = 1 << 1,
    VC_CONFINED_MOUNTS = 1 << 2,
    VC_CONFINED_IPC = 1 << 3,
    VC_CONFINED_LANDLOCK = 1 << 4, /* no path may be opened */
};

struct vc_worker_ready {
    uint32_t kind;         /* VC_WORKER_READY */
    uint32_t confinement;  /* enum vc_worker_confinement */
    uint32_t landlock_abi; /* 0: this kernel has none */
    uint32_t reserved;
};

/* Runtime → worker. Descriptors attached, in this order: the module (VC_STRATEGY_AOT: what the
 * compiler made; interpret: the WASM file), then stdin (sealed, read-only content) if has_stdin,
 * stdout if has_stdout, stderr if has_stderr (new memory files to write). After the struct follow
 * `argument_count` and then `environment_count` NUL-terminated strings, then `preopen_count`
 * records of struct vc_worker_preopen. */
struct vc_worker_run {
    uint32_t kind;     /* VC_WORKER_RUN */
    uint32_t strategy; /* 0 aot, 1 interpret */
    uint32_t memory_mib;
    uint32_t stack_kib;
    uint32_t cpu_seconds;
    uint32_t files_open_max; /* descriptors that the program may hold at once */
    uint64_t output_bytes;   /* that it may write in all; ENOSPC beyond */
    uint64_t file_bytes;     /* size that no file may pass, kept by the kernel; 0: output_bytes */
    uint8_t clock, randomness, has_stdin, has_stdout, has_stderr, reserved[3];
    uint32_t argument_count, environment_count, preopen_count;
    uint32_t text_size; /* bytes of the strings */
};

/* A directory that the program finds open at its start (WASI preopen), from descriptor 3 on. */
struct vc_worker_preopen {
    char path[VC_WORKER_PATH_MAX]; /* canonical */
};

/* Runtime → compiler; attached: the module (sealed), the output (empty memory file, read-write). */
struct vc_worker_compile {
    uint32_t kind;       /* VC_WORKER_COMPILE */
    uint32_t memory_mib; /* the program's limit: a larger declared minimum is refused */
};

/* Worker → runtime: what needs the tree. `path` is as the program gave it, joined to its directory;
 * the runtime makes it canonical and decides. */
enum vc_worker_call_kind {
    VC_CALL_OPEN = 1, /* flags; answer: node + descriptor (files), node (directories) */
    VC_CALL_STAT,
    VC_CALL_READDIR, /* cookie; answer: entries after the struct */
    VC_CALL_MKDIR,
    VC_CALL_UNLINK,
    VC_CALL_RMDIR,
    VC_CALL_RENAME, /* path, then path2 */
};

enum vc_worker_open_flags {
    VC_OPEN_READ = 1 << 0,
    VC_OPEN_WRITE = 1 << 1,
    VC_OPEN_CREATE = 1 << 2,
    VC_OPEN_EXCLUSIVE = 1 << 3,
    VC_OPEN_TRUNCATE = 1 << 4,
    VC_OPEN_DIRECTORY = 1 << 5, /* must be a directory */
    VC_OPEN_APPEND = 1 << 6,    /* writes go to the end: needs `append` or `write` */
};

struct vc_worker_call {
    uint32_t kind; /* VC_WORKER_CALL */
    uint32_t call; /* enum vc_worker_call_kind */
    uint32_t flags;
    uint32_t path_size, path2_size; /* bytes after the struct, without NULs */
    uint32_t reserved;
    uint64_t cookie; /* READDIR: 0 to begin, then that of the last entry seen */
};

enum vc_worker_node_kind { VC_NODE_FILE = 1, VC_NODE_DIRECTORY = 2 };

struct vc_worker_answer {
    uint32_t kind;       /* VC_WORKER_ANSWER */
    uint32_t wasi_errno; /* 0: done (WASI preview 1 numbers) */
    uint32_t node_kind;  /* OPEN, STAT */
    uint32_t writable;   /* OPEN: the attached descriptor may be written */
    uint64_t inode, size;
    uint64_t modified_ns; /* 0 unless the policy gives the program a clock */
    uint32_t entry_count; /* READDIR: records after the struct */
    uint32_t reserved;
};

/* READDIR entry; `name_size` bytes of name follow, then the next entry, unaligned. */
struct vc_worker_entry {
    uint64_t cookie, inode;
    uint32_t node_kind, name_size;
};

enum vc_worker_end_reason {
    VC_END_EXITED = 1, /* exit code is the program's (0 if it returned from _start) */
    VC_END_TRAPPED,    /* text says which trap */
    VC_END_REFUSED,    /* never started: module malformed, import missing, memory too large */
    VC_END_FAILED,     /* the engine or the worker failed */
};

struct vc_worker_end {
    uint32_t kind; /* VC_WORKER_END */
    uint32_t reason;
    uint32_t exit_code;
    uint32_t text_size;    /* bytes of UTF-8 after the struct, at most 256 */
    uint64_t memory_bytes; /* high-water mark of linear memory */
};

#endif
