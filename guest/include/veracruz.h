/* SPDX-License-Identifier: MIT */

/* For programs that run inside a container: records of streams, progress, and keys for others.
 * Plain C11, and C++; compile records.c with the program:
 *
 *   tools/wasi-cc -I guest/include -o program.wasm program.c guest/records.c
 *
 * The same source runs as a native program, over files and pipes.
 *
 * A stream is read and written like any file, at /stream/NAME or as standard input and output, and
 * any program can do that. This is for those that want whole records in large blocks: each call
 * costs far less than a system call, memory is allocated once, when a reader or writer is opened,
 * and the stream's end and its loss cannot be mistaken for one another.
 */

#ifndef VERACRUZ_H
#define VERACRUZ_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Where one record ends and the next begins: as the policy's `records` says it. */
enum vz_framing {
    VZ_BYTES,  /* nowhere: a record is what was there to read, in one piece, and never empty */
    VZ_LINES,  /* a line; its "\n" is not part of what programs get and give */
    VZ_LENGTH, /* 4 bytes of size, big endian, which are not part of it either, then that many */
};

enum {
    VZ_RECORD_BYTES_DEFAULT = 65536, /* the policy's `record_bytes`, if it says nothing */
    VZ_RECORD_BYTES_MAX = 1048576,   /* and at most */
    VZ_BLOCK_BYTES = 131072,         /* what readers and writers move at once, about */
    VZ_PIECES_MAX = 16,              /* of one record of vz_emit_pieces */
};

/* What vz_next found. */
enum vz_result {
    VZ_RECORD, /* a record */
    VZ_END,   /* the stream's end, after a whole record: there is no more, and nothing is missing */
    VZ_WAIT,  /* no whole record yet. Only of descriptors with O_NONBLOCK: poll, and ask again */
    VZ_ERROR, /* errno says why; records that came before it have all been given */
};

struct vz_writer;

/* Fields are for the functions below, but for those that say so. */
struct vz_reader {
    uint64_t count;    /* records given so far: to be read */
    uint64_t position; /* bytes of the stream before the first that was not given: to be read */
    unsigned char *block;
    size_t capacity, begin, end; /* of `block`: what was read and not given yet */
    size_t scanned;              /* bytes from `begin` in which no newline is */
    size_t record_bytes;
    struct vz_writer *tied;
    int descriptor, error;
    enum vz_framing framing;
    int ended; /* 1: the descriptor has no more */
};

struct vz_writer {
    uint64_t count;    /* records taken so far: to be read */
    uint64_t position; /* bytes that the descriptor has taken: to be read */
    unsigned char *block;
    size_t used; /* bytes of `block` that the descriptor has not taken */
    size_t record_bytes;
    int descriptor, error;
    enum vz_framing framing;
};

/* A record, borrowed from the reader until its next call. `data` has no NUL behind it. */
struct vz_record {
    const char *data;
    size_t size;
};

/* Begins to read records from a descriptor, which stays the caller's. `record_bytes` is what a
 * record may have at most; 0: VZ_RECORD_BYTES_DEFAULT. With VZ_BYTES it bounds what one call gives.
 * 0, or -1 with errno: EINVAL (more than VZ_RECORD_BYTES_MAX, no such framing), ENOMEM. */
int vz_reader_open(struct vz_reader *reader, int descriptor, enum vz_framing framing,
                   size_t record_bytes);

/* The next record. Waits for it, unless the descriptor has O_NONBLOCK. VZ_ERROR with errno:
 *
 *   ECONNRESET  the stream was lost: its producer gave up, failed, or is gone. Not an end!
 *   EMSGSIZE    a record has more than record_bytes
 *   EBADMSG     the bytes end in the middle of a record
 *   another     what read() gave, or what writing gave for the writer that is tied to it
 *
 * An end and an error stay: every later call gives the same. */
enum vz_result vz_next(struct vz_reader *reader, struct vz_record *record);

/* Before the reader asks for more input, and so may have to wait, it flushes this writer: what came
 * of all records so far is out then, in blocks as large as the input came in. Null: no writer. */
void vz_reader_tie(struct vz_reader *reader, struct vz_writer *writer);

/* Frees what the reader holds; the descriptor stays open. A zeroed reader is allowed. */
void vz_reader_close(struct vz_reader *reader);

/* Begins to write records to a descriptor, which stays the caller's. As vz_reader_open. */
int vz_writer_open(struct vz_writer *writer, int descriptor, enum vz_framing framing,
                   size_t record_bytes);

/* Appends a record; with VZ_BYTES, just bytes. They may stay in the writer until it has a block of
 * them, or is flushed; many bytes at once go out from where they are. Waits as long as the stream's
 * consumers do. 0, or -1 with errno:
 *
 *   EMSGSIZE, EINVAL  more than record_bytes (not with VZ_BYTES); a newline in a line: the record
 *                     is not written, and the writer goes on
 *   EPIPE             nobody will take it: its consumers left, or the stream was lost
 *   another           what write() gave
 *
 * After any but the first two every later call gives the same. */
int vz_emit(struct vz_writer *writer, const void *data, size_t size);

/* One record that lies in `count` pieces, 1 to VZ_PIECES_MAX: otherwise EINVAL. */
int vz_emit_pieces(struct vz_writer *writer, const struct vz_record *pieces, size_t count);

/* Brings all that was emitted on its way. 0, or -1 as vz_emit. */
int vz_flush(struct vz_writer *writer);

/* Flushes, and frees what the writer holds, whatever comes of it; the descriptor stays open. 0, or
 * -1 as vz_emit. A zeroed writer is allowed. The stream's end is the closing of the descriptor, or
 * of the program with exit status 0. */
int vz_writer_close(struct vz_writer *writer);

/* Says that this much of the work is done, in percent. 0, or -1 with errno: EINVAL (more than 100),
 * EACCES (the policy does not give the program `progress`; that does no harm). A native program
 * tells nobody. */
int vz_progress(unsigned percent);

/* What a wrapped key has more than its material, at most. */
enum { VZ_KEY_WRAP_BYTES = 20480 };

/* The import behind vz_key_wrap; the name has no NUL. */
#ifdef __wasm__
__attribute__((import_module("veracruz"), import_name("key_wrap"))) int32_t
vz_key_wrap_for(uint32_t key, const char *receiver, size_t receiver_size, void *wrapped,
                size_t wrapped_room, size_t *wrapped_size);
#endif

/* Encrypts a key of psa/crypto.h to the certificate that a principal has in the policy: a CMS
 * AuthEnvelopedData, which `veracruz key unwrap` opens (docs/host-abi.md). In it is what
 * psa_export_key would give, whether the program may export the key or not. Needs no records.c. 0,
 * or what PSA Crypto would say:
 *
 *   PSA_ERROR_INVALID_HANDLE    no such key
 *   PSA_ERROR_NOT_PERMITTED     a key of the policy, whose `wrap` does not name the receiver; or
 *                               the program has no randomness
 *   PSA_ERROR_DOES_NOT_EXIST    no such principal
 *   PSA_ERROR_NOT_SUPPORTED     nothing can be encrypted to its certificate (Ed25519); a native
 *                               program, always
 *   PSA_ERROR_BUFFER_TOO_SMALL  needs more than `wrapped_room` bytes: VZ_KEY_WRAP_BYTES more than
 *                               the key are enough
 */
__attribute__((unused)) static inline int32_t vz_key_wrap(uint32_t key, const char *receiver,
                                                          void *wrapped, size_t wrapped_room,
                                                          size_t *wrapped_size)
{
#ifdef __wasm__
    return vz_key_wrap_for(key, receiver, strlen(receiver), wrapped, wrapped_room, wrapped_size);
#else
    (void)key, (void)receiver, (void)wrapped, (void)wrapped_room;
    *wrapped_size = 0;
    return -134;
#endif
}

#ifdef __cplusplus
}
#endif

#endif
