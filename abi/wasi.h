/* SPDX-License-Identifier: MIT */

/* Numbers of WASI preview 1 (module wasi_snapshot_preview1) that the runtime and a worker use.
 * Source: the interface's witx description, snapshot 1. */

#ifndef VC_ABI_WASI_H
#define VC_ABI_WASI_H

#include <stdint.h>

enum vc_wasi_errno {
    VC_WASI_SUCCESS = 0,
    VC_WASI_2BIG = 1,
    VC_WASI_ACCES = 2,
    VC_WASI_BADF = 8,
    VC_WASI_BUSY = 10,
    VC_WASI_EXIST = 20,
    VC_WASI_FAULT = 21,
    VC_WASI_FBIG = 22,
    VC_WASI_ILSEQ = 25,
    VC_WASI_INVAL = 28,
    VC_WASI_IO = 29,
    VC_WASI_ISDIR = 31,
    VC_WASI_NAMETOOLONG = 37,
    VC_WASI_NFILE = 41,
    VC_WASI_NOENT = 44,
    VC_WASI_NOMEM = 48,
    VC_WASI_NOSPC = 51,
    VC_WASI_NOSYS = 52,
    VC_WASI_NOTDIR = 54,
    VC_WASI_NOTEMPTY = 55,
    VC_WASI_NOTSUP = 58,
    VC_WASI_OVERFLOW = 61,
    VC_WASI_PERM = 63,
    VC_WASI_ROFS = 69,
    VC_WASI_SPIPE = 70,
    VC_WASI_NOTCAPABLE = 76,
};

/* What a descriptor may be used for; a bit set of 64. */
static const uint64_t VC_WASI_RIGHT_FD_DATASYNC = UINT64_C(1) << 0;
static const uint64_t VC_WASI_RIGHT_FD_READ = UINT64_C(1) << 1;
static const uint64_t VC_WASI_RIGHT_FD_SEEK = UINT64_C(1) << 2;
static const uint64_t VC_WASI_RIGHT_FD_FDSTAT_SET_FLAGS = UINT64_C(1) << 3;
static const uint64_t VC_WASI_RIGHT_FD_SYNC = UINT64_C(1) << 4;
static const uint64_t VC_WASI_RIGHT_FD_TELL = UINT64_C(1) << 5;
static const uint64_t VC_WASI_RIGHT_FD_WRITE = UINT64_C(1) << 6;
static const uint64_t VC_WASI_RIGHT_FD_ADVISE = UINT64_C(1) << 7;
static const uint64_t VC_WASI_RIGHT_FD_ALLOCATE = UINT64_C(1) << 8;
static const uint64_t VC_WASI_RIGHT_PATH_CREATE_DIRECTORY = UINT64_C(1) << 9;
static const uint64_t VC_WASI_RIGHT_PATH_CREATE_FILE = UINT64_C(1) << 10;
static const uint64_t VC_WASI_RIGHT_PATH_OPEN = UINT64_C(1) << 13;
static const uint64_t VC_WASI_RIGHT_FD_READDIR = UINT64_C(1) << 14;
static const uint64_t VC_WASI_RIGHT_PATH_RENAME_SOURCE = UINT64_C(1) << 16;
static const uint64_t VC_WASI_RIGHT_PATH_RENAME_TARGET = UINT64_C(1) << 17;
static const uint64_t VC_WASI_RIGHT_PATH_FILESTAT_GET = UINT64_C(1) << 18;
static const uint64_t VC_WASI_RIGHT_PATH_FILESTAT_SET_SIZE = UINT64_C(1) << 19;
static const uint64_t VC_WASI_RIGHT_FD_FILESTAT_GET = UINT64_C(1) << 21;
static const uint64_t VC_WASI_RIGHT_FD_FILESTAT_SET_SIZE = UINT64_C(1) << 22;
static const uint64_t VC_WASI_RIGHT_PATH_REMOVE_DIRECTORY = UINT64_C(1) << 25;
static const uint64_t VC_WASI_RIGHT_PATH_UNLINK_FILE = UINT64_C(1) << 26;
static const uint64_t VC_WASI_RIGHT_POLL_FD_READWRITE = UINT64_C(1) << 27;

enum vc_wasi_file_type {
    VC_WASI_TYPE_CHARACTER_DEVICE = 2,
    VC_WASI_TYPE_DIRECTORY = 3,
    VC_WASI_TYPE_REGULAR_FILE = 4,
};

enum vc_wasi_open_flag {
    VC_WASI_OPEN_CREATE = 1 << 0,
    VC_WASI_OPEN_DIRECTORY = 1 << 1,
    VC_WASI_OPEN_EXCLUSIVE = 1 << 2,
    VC_WASI_OPEN_TRUNCATE = 1 << 3,
};

enum vc_wasi_descriptor_flag {
    VC_WASI_FLAG_APPEND = 1 << 0,
    VC_WASI_FLAG_DSYNC = 1 << 1,
    VC_WASI_FLAG_NONBLOCK = 1 << 2,
    VC_WASI_FLAG_RSYNC = 1 << 3,
    VC_WASI_FLAG_SYNC = 1 << 4,
};

enum vc_wasi_whence { VC_WASI_SEEK_SET = 0, VC_WASI_SEEK_CUR = 1, VC_WASI_SEEK_END = 2 };

enum vc_wasi_clock { VC_WASI_CLOCK_REALTIME = 0, VC_WASI_CLOCK_MONOTONIC = 1 };

enum vc_wasi_event { VC_WASI_EVENT_CLOCK = 0, VC_WASI_EVENT_READ = 1, VC_WASI_EVENT_WRITE = 2 };

/* Bytes of the structures that a call reads or writes in the program's memory. */
enum vc_wasi_size {
    VC_WASI_IOVEC_SIZE = 8,
    VC_WASI_PRESTAT_SIZE = 8,
    VC_WASI_FDSTAT_SIZE = 24,
    VC_WASI_DIRENT_SIZE = 24,
    VC_WASI_EVENT_SIZE = 32,
    VC_WASI_SUBSCRIPTION_SIZE = 48,
    VC_WASI_FILESTAT_SIZE = 64,
};

#endif
