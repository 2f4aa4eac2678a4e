/* SPDX-License-Identifier: MIT */

/* The program's descriptors: what each number stands for, and what it may be used for. */

#ifndef VC_HOSTABI_DESCRIPTOR_H
#define VC_HOSTABI_DESCRIPTOR_H

#include "abi/wasi.h"
#include "abi/worker.h"
#include "base/err.h"
#include "hostabi/stream.h"

enum vc_descriptor_kind {
    VC_DESCRIPTOR_FREE = 0,
    VC_DESCRIPTOR_NULL, /* empty to read, discards what is written */
    VC_DESCRIPTOR_FILE,
    VC_DESCRIPTOR_DIRECTORY,
    VC_DESCRIPTOR_STREAM, /* of the policy */
};

struct vc_descriptor {
    enum vc_descriptor_kind kind;
    uint16_t flags;   /* enum vc_wasi_descriptor_flag */
    bool append_only; /* FILE: all that the policy lets be done with what is in it is to read it */
    uint64_t rights;  /* of this descriptor */
    uint64_t inheriting; /* of what is opened through it */
    uint64_t offset;     /* FILE: of the next read or write */
    uint64_t inode;      /* FILE or STREAM that the program opened; 0: it was given */
    int fd;              /* FILE that is not mapped; otherwise -1 */
    bool mapped;         /* FILE that nobody can change any more: its content is in the map */
    uint8_t *map;        /* to read only; null if it is empty */
    uint64_t map_size;
    struct vc_stream_end stream; /* STREAM */
    char *path;                  /* DIRECTORY: canonical, owned; null: it has no path any more */
    char *preopen_name;          /* DIRECTORY that the program finds open: owned; otherwise null */
};

struct vc_descriptors {
    struct vc_descriptor *table;
    uint32_t count; /* slots, free ones included */
};

enum vc_code vc_descriptors_init(struct vc_descriptors *descriptors, uint32_t count,
                                 struct vc_err *err);

/* The lowest free slot; VC_WASI_NFILE. It stays free until its kind is set. */
uint32_t vc_descriptors_slot(const struct vc_descriptors *descriptors, uint32_t *index);

/* The descriptor if it is open and has all of `rights`: VC_WASI_BADF, VC_WASI_NOTCAPABLE. */
uint32_t vc_descriptors_find(const struct vc_descriptors *descriptors, uint64_t index,
                             uint64_t rights, struct vc_descriptor **descriptor);

/* As above, of the one kind: VC_WASI_NOTDIR; VC_WASI_ISDIR, VC_WASI_SPIPE (FILE includes NULL, and
 * no stream). A directory that has no path any more: VC_WASI_NOENT. */
uint32_t vc_descriptors_find_directory(const struct vc_descriptors *descriptors, uint64_t index,
                                       uint64_t rights, struct vc_descriptor **directory);
uint32_t vc_descriptors_find_file(const struct vc_descriptors *descriptors, uint64_t index,
                                  uint64_t rights, struct vc_descriptor **file);

/* As vc_descriptors_find, of whatever has bytes: VC_WASI_ISDIR. */
uint32_t vc_descriptors_find_bytes(const struct vc_descriptors *descriptors, uint64_t index,
                                   uint64_t rights, struct vc_descriptor **descriptor);

/* Fills a free slot. The file's descriptor is taken over on success; content that is sealed is
 * mapped, and its descriptor closed. `rights` beyond what a file can have, or a read-only one, are
 * dropped. VC_HOST: the descriptor is no file of memory. */
enum vc_code vc_descriptor_open_file(struct vc_descriptor *slot, int fd, bool writable,
                                     uint64_t rights, struct vc_err *err);
enum vc_code vc_descriptor_open_directory(struct vc_descriptor *slot, const char *path,
                                          uint64_t rights, uint64_t inheriting, struct vc_err *err);
void vc_descriptor_open_null(struct vc_descriptor *slot, uint64_t rights);
/* The stream's end is taken over. */
void vc_descriptor_open_stream(struct vc_descriptor *slot, const struct vc_stream_end *end,
                               uint64_t rights);

/* All that a file can be used for, and all that a directory can. */
uint64_t vc_descriptor_file_rights(void);
uint64_t vc_descriptor_directory_rights(void);

/* What lay at `from` lies at `to` now, canonical paths both: directories that are open at or below
 * it go with it. */
void vc_descriptors_move(struct vc_descriptors *descriptors, const char *from, const char *to);

/* Makes the slot free again. A stream's other side is told nothing. */
void vc_descriptor_close(struct vc_descriptor *descriptor);

/* Accepts zero-initialised. */
void vc_descriptors_done(struct vc_descriptors *descriptors);

#endif
