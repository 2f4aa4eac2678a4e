/* SPDX-License-Identifier: MIT */

/* For tests: a host with guest memory between pages that nobody may touch, and a tree that answers
 * from its hat. */

#ifndef VC_HOSTABI_HOST_FIXTURE_H
#define VC_HOSTABI_HOST_FIXTURE_H

#include "hostabi/host_internal.h"

constexpr size_t FIXTURE_MEMORY_SIZE = 65536;
constexpr size_t FIXTURE_PLACE_MAX = 2 * (size_t)VC_WORKER_PATH_MAX;

/* Where tests put things in the guest's memory. */
static constexpr uint64_t END = FIXTURE_MEMORY_SIZE;
static constexpr uint64_t OUT = 1024;  /* results */
static constexpr uint64_t IOVS = 2048; /* iovecs */
static constexpr uint64_t TEXT = 4096; /* names and bytes */

/* What opening "stream" gives, once. */
struct fixture_stream {
    int fd; /* of the window; the host's from then on */
    uint32_t slot, window;
};

/* Streams in the place of standard input and output. */
struct fixture_streams {
    struct vc_stream_side side;
    int fds[2]; /* of the windows; the host's */
    uint32_t slot[2];
    uint32_t window_bytes;
};

struct fixture {
    struct vc_host *host;
    struct fixture_stream *opened; /* null: none */
    uint8_t *memory;
    struct vc_tree_request last;       /* texts below */
    char last_path[FIXTURE_PLACE_MAX]; /* "directory|name" */
    char last_path2[FIXTURE_PLACE_MAX];
    char last_text[FIXTURE_PLACE_MAX];
    struct vc_bytes text; /* of a link, "target"; of a rename, both paths; of a query, the answer */
    uint64_t beyond;      /* how much longer the answer is said to be than it is */
    unsigned asked;
    unsigned reports; /* of progress, and the last */
    uint32_t percent;
    uint32_t refuse; /* errno of every answer, if not 0 */
    bool silent;     /* nobody answers */
};

/* Descriptors: 0 is "input" (sealed), 1 writable, 2 null, 3 the directory "/", 4 "/data". Opening
 * gives the file "content" (sealed) or, to write, a fresh one; names that end in "d" are
 * directories, "log" may only grow; a listing has 5 entries, two per answer. Files may grow by
 * 100000 bytes, and 150000 be written. */
void fixture_init(struct fixture *fixture, bool clock, bool randomness);
void fixture_init_streams(struct fixture *fixture, bool clock,
                          const struct fixture_streams *streams);
void fixture_done(struct fixture *fixture);

/* Calls an import by name with that many arguments. */
uint32_t fixture_call(struct fixture *fixture, const char *name, const uint64_t *arguments,
                      size_t count);
uint32_t fixture_invoke(struct fixture *fixture, const struct vc_engine_import *import,
                        const uint64_t *arguments, size_t count);

/* Is it of the crypto ABI, which psa_test.c is about? */
[[nodiscard]] bool fixture_is_crypto(const struct vc_engine_import *import);

#define CALL(fixture, name, ...)                                     \
    fixture_call((fixture), (name), (const uint64_t[]){__VA_ARGS__}, \
                 sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t))

/* Puts a text into memory; its size. */
uint64_t fixture_text(struct fixture *fixture, uint64_t at, const char *text);

/* Fills the iovec of that index at IOVS. */
void fixture_iovec(struct fixture *fixture, size_t index, uint32_t at, uint32_t size);

/* The number at OUT. */
uint32_t fixture_out(const struct fixture *fixture);

/* path_open from descriptor 3, links followed, all rights inherited, into OUT. */
uint32_t fixture_open(struct fixture *fixture, const char *name, uint64_t flags, uint64_t rights,
                      uint64_t descriptor_flags);

#endif
