/* SPDX-License-Identifier: MIT */

/* For programs that run inside a container: records of streams, progress, keys for others, and the
 * policy. Plain C11, and C++; compile records.c with the program:
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

#include <errno.h>
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

/* ---- the policy: what is in force, and allowing less (docs/host-abi.md); needs no records.c ----
 */

enum {
    VZ_QUESTION_BYTES_MAX = 2048,
    VZ_NARROWING_BYTES_MAX = 32768,
    VZ_HELPER_BYTES = 4096, /* what the helpers below build, at most */
};

/* How long a narrowing lasts. */
enum vz_life {
    VZ_CONTAINER = 0, /* as long as the container, for everybody: the policy says who may */
    VZ_RUN = 1,       /* as long as this run, for it alone: no rule is needed */
};

/* Rights, or'ed. */
enum vz_right {
    VZ_READ = 1,
    VZ_WRITE = 2,
    VZ_APPEND = 4,
    VZ_EXECUTE = 8,
    VZ_LIST = 16,
    VZ_DELETE = 32,
};

/* The imports behind what follows; texts have no NUL. */
#ifdef __wasm__
__attribute__((import_module("veracruz"), import_name("query"))) int32_t
vz_query_for(const char *question, size_t question_size, void *answer, size_t answer_room,
             size_t *answer_size);
__attribute__((import_module("veracruz"), import_name("narrow"))) int32_t
vz_narrow_for(const char *narrowing, size_t narrowing_size, uint32_t life, void *answer,
              size_t answer_room, size_t *answer_size);
#endif

/* What an import says, as C has it. */
__attribute__((unused)) static inline int vz_result_of(int32_t error)
{
    if (error == 0)
        return 0;
    errno = error; /* the numbers are the same there */
    return -1;
}

/* Asks about the policy: "self", "principals", "receivers /output/sum.txt" and what else
 * docs/host-abi.md lists. The answer is JSON with a NUL behind it; *size is without the NUL. 0, or
 * -1 with errno, and then *size is 0 and nothing is written, but as it says:
 *
 *   ENOBUFS  the answer is longer: *size is how much room it needs, the NUL included
 *   EINVAL   not a question
 *   EACCES   about what the program has no right to: it is told nothing, not even whether it is
 *   ENOENT   no such name among those that the program may know
 *   ENOTSUP  a native program, always
 */
__attribute__((unused)) static inline int vz_query(const char *question, char *answer, size_t room,
                                                   size_t *size)
{
#ifdef __wasm__
    int32_t error;

    *size = 0;
    error = vz_query_for(question, strlen(question), answer, room > 0 ? room - 1 : 0, size);
    if (error == 0 && room > 0) /* an answer is never empty */
        answer[*size] = '\0';
    if (error == ENOBUFS)
        *size += 1;
    return vz_result_of(error);
#else
    (void)question, (void)answer, (void)room;
    *size = 0;
    return vz_result_of(ENOTSUP);
#endif
}

/* Allows less from now on: a narrowing in JSON (docs/host-abi.md). The answer, {"changed":true} or
 * {"refused":"why"}, is cut where the room ends, and has a NUL behind it, always; a null `answer`
 * is allowed. Paths are the policy's, from its root. 0, or -1 with errno, and then all is as it
 * was:
 *
 *   EACCES   the policy does not let the program narrow so, or, with VZ_RUN, it is about others
 *   EINVAL   not a narrowing
 *   ENOENT   no such name in it
 *   ENOSPC   the container cannot take note of more narrowings
 *   ENOTSUP  a native program, always
 */
__attribute__((unused)) static inline int vz_narrow(const char *narrowing, enum vz_life life,
                                                    char *answer, size_t room)
{
#ifdef __wasm__
    size_t text_room = answer != NULL && room > 0 ? room - 1 : 0;
    size_t size = 0;
    int32_t error =
        vz_narrow_for(narrowing, strlen(narrowing), (uint32_t)life, answer, text_room, &size);

    if (answer != NULL && room > 0)
        answer[size] = '\0';
    return vz_result_of(error);
#else
    (void)narrowing, (void)life;
    if (answer != NULL && room > 0)
        answer[0] = '\0';
    return vz_result_of(ENOTSUP);
#endif
}

/* JSON under construction. What does not fit is not there, and `used` says how much there would be.
 */
struct vz_json {
    char text[VZ_HELPER_BYTES];
    size_t used;
};

__attribute__((unused)) static inline void vz_json_add(struct vz_json *json, const char *text,
                                                       size_t size)
{
    if (json->used < sizeof(json->text) && size < sizeof(json->text) - json->used) {
        memcpy(json->text + json->used, text, size);
        json->text[json->used + size] = '\0';
        json->used += size;
    } else {
        json->used = sizeof(json->text); /* and stays so */
    }
}

__attribute__((unused)) static inline void vz_json_put(struct vz_json *json, const char *text)
{
    vz_json_add(json, text, strlen(text));
}

/* A string with its quotes. Bytes that are not UTF-8 stay what they are, and are refused. */
__attribute__((unused)) static inline void vz_json_string(struct vz_json *json, const char *text)
{
    static const char digits[] = "0123456789abcdef";

    vz_json_put(json, "\"");
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;

        if (byte == '"' || byte == '\\') {
            vz_json_put(json, "\\");
            vz_json_add(json, text, 1);
        } else if (byte < 0x20) {
            vz_json_put(json, "\\u00");
            vz_json_add(json, &digits[byte >> 4], 1);
            vz_json_add(json, &digits[byte & 15], 1);
        } else {
            vz_json_add(json, text, 1);
        }
    }
    vz_json_put(json, "\"");
}

/* {"take":{"may":[...],"path":"...", */
__attribute__((unused)) static inline void vz_json_take(struct vz_json *json, const char *path,
                                                        unsigned may)
{
    static const char *const names[] = {"read", "write", "append", "execute", "list", "delete"};
    const char *between = "";
    size_t i;

    json->used = 0;
    vz_json_put(json, "{\"take\":{\"may\":[");
    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if ((may >> i & 1) == 0)
            continue;
        vz_json_put(json, between);
        vz_json_string(json, names[i]);
        between = ",";
    }
    vz_json_put(json, "],\"path\":");
    vz_json_string(json, path);
    vz_json_put(json, ",");
}

/* "from":[{"principal":"..."}]}} */
__attribute__((unused)) static inline void vz_json_from(struct vz_json *json, const char *member,
                                                        const char *subject)
{
    static const char program[] = "program:";
    int is_program = subject != NULL && strncmp(subject, program, sizeof(program) - 1) == 0;

    vz_json_string(json, member);
    vz_json_put(json, ":[");
    if (subject != NULL) {
        vz_json_put(json, is_program ? "{\"program\":" : "{\"principal\":");
        vz_json_string(json, is_program ? subject + sizeof(program) - 1 : subject);
        vz_json_put(json, "}");
    }
    vz_json_put(json, "]}}");
}

__attribute__((unused)) static inline int vz_narrow_by(const struct vz_json *json,
                                                       enum vz_life life)
{
    if (json->used >= sizeof(json->text))
        return vz_result_of(ENAMETOOLONG);
    return vz_narrow(json->text, life, NULL, 0);
}

/* The helpers: errors are those of vz_narrow, and ENAMETOOLONG, a text longer than any in a policy.
 * A path with a slash at its end is the directory and all below it. A subject is the name of a
 * principal, or "program:" and that of a program. */

/* Takes `may` (VZ_READ ...) to a path from one subject, for the container's life. */
__attribute__((unused)) static inline int vz_take_from(const char *path, unsigned may,
                                                       const char *subject)
{
    struct vz_json json;

    vz_json_take(&json, path, may);
    vz_json_from(&json, "from", subject);
    return vz_narrow_by(&json, VZ_CONTAINER);
}

/* From now on nobody but `receiver` may read what is at this path; null: nobody at all. */
__attribute__((unused)) static inline int vz_take_read_from_all_but(const char *path,
                                                                    const char *receiver)
{
    struct vz_json json;

    vz_json_take(&json, path, VZ_READ);
    vz_json_from(&json, "from_all_but", receiver);
    return vz_narrow_by(&json, VZ_CONTAINER);
}

/* Each principal that may read what is at this path may do so once more. */
__attribute__((unused)) static inline int vz_read_once(const char *path)
{
    struct vz_json json;

    json.used = 0;
    vz_json_put(&json, "{\"read_once\":{\"path\":");
    vz_json_string(&json, path);
    vz_json_put(&json, "}}");
    return vz_narrow_by(&json, VZ_CONTAINER);
}

/* Gives up rights of this run itself, as long as it goes on: what it has opened stays open. Errors
 * also as vz_query's. */
__attribute__((unused)) static inline int vz_give_up(const char *path, unsigned may)
{
    static const char before[] = "{\"program\":\"";
    char self[1024];
    char name[96] = "program:";
    size_t size, length;
    struct vz_json json;

    if (vz_query("self", self, sizeof(self), &size) != 0)
        return -1;
    length = strncmp(self, before, sizeof(before) - 1) == 0
                 ? strcspn(self + sizeof(before) - 1, "\"")
                 : sizeof(name);
    if (length >= sizeof(name) - strlen(name))
        return vz_result_of(EPROTO);
    strncat(name, self + sizeof(before) - 1, length);
    vz_json_take(&json, path, may);
    vz_json_from(&json, "from", name);
    return vz_narrow_by(&json, VZ_RUN);
}

/* May this subject do it? `verb` is "read", "write", "append", "execute", "list" or "delete". 1, 0,
 * or -1 with errno as vz_query, and ENAMETOOLONG. */
__attribute__((unused)) static inline int vz_may(const char *subject, const char *verb,
                                                 const char *path)
{
    static const char yes[] = "{\"may\":true}";
    struct vz_json question;
    char answer[32];
    size_t size;

    question.used = 0;
    vz_json_put(&question, "may ");
    vz_json_put(&question, subject);
    vz_json_put(&question, " ");
    vz_json_put(&question, verb);
    vz_json_put(&question, " ");
    vz_json_put(&question, path);
    if (question.used >= sizeof(question.text))
        return vz_result_of(ENAMETOOLONG);
    if (vz_query(question.text, answer, sizeof(answer), &size) != 0)
        return -1;
    return strcmp(answer, yes) == 0;
}

#ifdef __cplusplus
}
#endif

#endif
