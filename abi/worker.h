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
 *              progress →                         (if the order allows it; no answer)
 *              trace →                            (if the order asks for it, which no container
 *                                                  ever does; no answer)
 *              end {reason, exit code} →          (then it exits)
 *   key store: ← keystore {limits, keys} + fds (instead of run: abi/keystore.h)
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
enum { VC_WORKER_QUERY_MAX = 2048 };    /* bytes of a question */
enum { VC_WORKER_NARROW_MAX = 32768 };  /* bytes of a narrowing */
enum { VC_WORKER_PREOPENS_MAX = 16 };
enum { VC_WORKER_PERCENT_MAX = 100 };

enum vc_worker_message_kind {
    VC_WORKER_READY = 1,
    VC_WORKER_RUN,
    VC_WORKER_COMPILE,
    VC_WORKER_CALL,
    VC_WORKER_ANSWER,
    VC_WORKER_END,
    VC_WORKER_PROGRESS,
    VC_WORKER_TRACE,    /* UTF-8 after the kind: one call that the program made */
    VC_WORKER_KEYSTORE, /* abi/keystore.h: this one and the next two */
    VC_WORKER_KEPT,
    VC_WORKER_FORGOT,
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

/* What a standard stream is. */
enum vc_worker_standard {
    VC_STANDARD_NONE = 0, /* empty to read, discards what is written */
    VC_STANDARD_FILE,     /* stdin: sealed content; otherwise a new memory file to write */
    VC_STANDARD_STREAM,   /* a stream of the policy: abi/stream.h */
};

/* Runtime → worker. Descriptors attached, in this order: the module (VC_STRATEGY_AOT: what the
 * compiler made; interpret: the WASM file); if `streams`: the file of slots, the counter that wakes
 * the worker (blocking to read), the counter that wakes the runtime (not blocking); then stdin,
 * stdout, stderr, as far as they are not VC_STANDARD_NONE. After the struct follow
 * NUL-terminated strings: `argument_count` arguments, `environment_count` variables, and for each
 * of `preopen_count` directories its name as the program sees it and its canonical path. */
struct vc_worker_run {
    uint32_t kind;     /* VC_WORKER_RUN */
    uint32_t strategy; /* 0 aot, 1 interpret */
    uint32_t memory_mib;
    uint32_t stack_kib;
    uint32_t cpu_seconds;
    uint32_t files_open_max; /* descriptors that the program may hold at once; NFILE beyond */
    uint64_t output_bytes;   /* by which all its files together may grow; NOSPC beyond */
    uint64_t written_bytes;  /* that it may write in all, over and over; NOSPC beyond */
    uint64_t file_bytes;     /* size that no file may pass, kept by the kernel; 0: output_bytes */
    uint8_t standard[3];     /* enum vc_worker_standard of stdin, stdout, stderr */
    uint8_t clock, randomness;
    uint8_t progress;            /* VC_WORKER_PROGRESS may be sent */
    uint8_t trace;               /* VC_WORKER_TRACE is wanted */
    uint8_t streams;             /* slots and counters are attached */
    uint32_t standard_slot[3];   /* of those that are streams */
    uint32_t standard_window[3]; /* bytes */
    uint32_t argument_count, environment_count, preopen_count;
    uint32_t text_size; /* bytes of the strings */
};

/* Runtime → compiler; attached: the module (sealed), the output (empty memory file, read-write). */
struct vc_worker_compile {
    uint32_t kind;       /* VC_WORKER_COMPILE */
    uint32_t memory_mib; /* the program's limit: a larger declared minimum is refused */
    /* Processor time for code that is fast; when it is over, that for code that is made in
     * proportion to size; when that is over, the module is refused. At least 1 each. */
    uint32_t best_seconds, quick_seconds;
};

/* Worker → runtime: what needs the tree. A place is the canonical path of a directory that the
 * program has open, and a name below it as the program gave it; the runtime follows symbolic links,
 * never above that directory, and decides by the canonical path that results. */
enum vc_worker_call_kind {
    VC_CALL_OPEN = 1, /* flags; answer: node + descriptor (files, streams), or node + its canonical
                         path (directories) */
    VC_CALL_STAT,     /* VC_CALL_FOLLOW */
    VC_CALL_READDIR,  /* the directory itself, no name; cookie; answer: entries */
    VC_CALL_MKDIR,
    VC_CALL_UNLINK,
    VC_CALL_RMDIR,
    VC_CALL_RENAME,     /* from the first place to the second; answer: both canonical paths, each
                           NUL-terminated (what the program holds open below the first has moved) */
    VC_CALL_LINK,       /* VC_CALL_FOLLOW for the first place; the second is the new name */
    VC_CALL_SYMLINK,    /* the place of the link; name2 is its text, directory2 empty */
    VC_CALL_READLINK,   /* answer: its text */
    VC_CALL_SET_TIMES,  /* VC_CALL_FOLLOW, times */
    VC_CALL_STAT_OPEN,  /* `inode` of a file that this run has opened; no place */
    VC_CALL_TOUCH_OPEN, /* the same, times */
    VC_CALL_QUERY,      /* the name is a question (policy/query.h); answer: a memory file with the
                           answer in JSON, of `size` bytes. INVAL: not a question */
    VC_CALL_NARROW,     /* the name is a narrowing (policy/narrowing.h); VC_NARROW_RUN; answer: as
                           QUERY, in any case: {"changed": true}, or {"refused": SENTENCE} */
    VC_CALL_KEYSTORE, /* once; answer, when there is one: the socket to the run's key store and the
                         window, as two descriptors (abi/keystore.h) */
};

enum vc_worker_call_flags {
    VC_OPEN_READ = 1 << 0,
    VC_OPEN_WRITE = 1 << 1,
    VC_OPEN_CREATE = 1 << 2,
    VC_OPEN_EXCLUSIVE = 1 << 3,
    VC_OPEN_TRUNCATE = 1 << 4,
    VC_OPEN_DIRECTORY = 1 << 5, /* must be a directory */
    VC_OPEN_APPEND = 1 << 6,    /* writes go to the end: needs `append` or `write` */
    VC_CALL_FOLLOW = 1 << 7,    /* a symbolic link at the end of the name is followed */
    VC_NARROW_RUN = 1 << 12,    /* NARROW: for this run alone, whose program it can only restrict */
    /* times: what is not named stays */
    VC_TIME_ACCESSED = 1 << 8, /* to accessed_ns */
    VC_TIME_ACCESSED_NOW = 1 << 9,
    VC_TIME_MODIFIED = 1 << 10, /* to modified_ns */
    VC_TIME_MODIFIED_NOW = 1 << 11,
};

struct vc_worker_call {
    uint32_t kind; /* VC_WORKER_CALL */
    uint32_t call; /* enum vc_worker_call_kind */
    uint32_t flags;
    uint32_t directory_size, name_size;   /* bytes after the struct, without NULs */
    uint32_t directory2_size, name2_size; /* then these */
    uint32_t reserved;
    uint64_t cookie; /* READDIR: 0 to begin, then that of the last entry seen */
    uint64_t inode;  /* STAT_OPEN, TOUCH_OPEN */
    uint64_t accessed_ns, modified_ns;
};

enum vc_worker_node_kind {
    VC_NODE_FILE = 1,
    VC_NODE_DIRECTORY = 2,
    VC_NODE_SYMLINK = 3,
    VC_NODE_STREAM = 4, /* in "/stream" and nowhere else */
};

/* What the attached descriptor of a file is for. */
enum vc_worker_access {
    VC_ACCESS_READ = 0,
    VC_ACCESS_WRITE = 1,
    VC_ACCESS_APPEND = 2, /* writes go to the end for ever: the append flag stays set */
};

struct vc_worker_answer {
    uint32_t kind;       /* VC_WORKER_ANSWER */
    uint32_t wasi_errno; /* 0: done (WASI preview 1 numbers) */
    uint32_t node_kind;  /* OPEN, STAT, STAT_OPEN */
    uint32_t access;     /* OPEN of a file */
    uint64_t inode, size, links;
    uint64_t accessed_ns, modified_ns, changed_ns; /* 0 unless the policy gives the program a clock,
                                                      or the program itself has set them */
    uint32_t entry_count;                          /* READDIR: records after the struct */
    uint32_t text_size;                            /* otherwise: bytes after the struct */
    uint32_t slot, window_bytes;                   /* OPEN of a stream; the window is attached */
};

/* READDIR entry; `name_size` bytes of name follow, then the next entry, unaligned. The first two
 * are "." and "..". A cookie stays good whatever happens to other entries. */
struct vc_worker_entry {
    uint64_t cookie, inode;
    uint32_t node_kind, name_size;
};

/* What the program reports of its progress: more than it reported before. */
struct vc_worker_progress {
    uint32_t kind;    /* VC_WORKER_PROGRESS */
    uint32_t percent; /* 0 to VC_WORKER_PERCENT_MAX */
};

enum vc_worker_end_reason {
    VC_END_EXITED = 1, /* exit code is the program's (0 if it returned from _start) */
    VC_END_TRAPPED,    /* text says which trap */
    VC_END_REFUSED,    /* never started: module malformed, import missing, memory too large */
    VC_END_FAILED,     /* the engine or the worker failed */
    VC_END_RAISED,     /* proc_raise; exit code is the signal's number in WASI */
};

/* Limits of the order that the program met, or'ed: it was told, and may have gone on. */
enum vc_worker_limit {
    VC_MET_MEMORY = 1 << 0, /* memory.grow was refused */
    VC_MET_STACK = 1 << 1,
    VC_MET_OUTPUT = 1 << 2,
    VC_MET_WRITTEN = 1 << 3,
    VC_MET_FILES_OPEN = 1 << 4,
    VC_MET_FILE_SIZE = 1 << 5,
};

struct vc_worker_end {
    uint32_t kind; /* VC_WORKER_END */
    uint32_t reason;
    uint32_t exit_code;
    uint32_t text_size;    /* bytes of UTF-8 after the struct, at most 256 */
    uint64_t memory_bytes; /* high-water mark of linear memory */
    uint32_t limits;       /* enum vc_worker_limit */
    uint32_t reserved;
};

#endif
