/* SPDX-License-Identifier: MIT */

/* The service's transparency log on disk: a folder with entries.jsonl, one entry per line and only
 * ever appended, and head.json, the last head that was signed. Entries are gathered and written
 * together (vc_logbook_commit): whatever leaves the service about one of them leaves after its line
 * is on the disk. head.json follows within a second.
 *
 * At the start the entries are read and must be those that the stored head was signed over: who
 * changes or shortens the files by more than the last second's entries stops the service. Entries
 * after it, which a crash may leave, are kept; half a line at the end is cut off. What nobody can
 * find out from these files alone is that all of them were put back to an older state: whoever
 * remembers a head finds out. */

#ifndef VC_ATTESTD_LOGBOOK_H
#define VC_ATTESTD_LOGBOOK_H

#include "attest/log_tiles.h"
#include "attest/transparency.h"
#include "base/buffer.h"

constexpr size_t VC_LOGBOOK_BATCH_MAX = 1024;       /* entries of one commit */
constexpr size_t VC_LOGBOOK_READ_MAX = VC_LOG_TILE; /* entries of one vc_logbook_read */

struct vc_logbook;

/* Makes the folder, if it is not there, with the head of a log without entries, signed. VC_HOST. */
enum vc_code vc_logbook_create(const char *folder, const struct vc_key *ca_key, int64_t now,
                               struct vc_err *err);

/* All borrowed until vc_logbook_close, but for the folder's name. */
struct vc_logbook_setup {
    const char *folder;
    const struct vc_cert *ca;
    const struct vc_key *ca_key;
    int64_t now; /* seconds since 1970 */
};

/* Opens it for one service at a time, and signs a head over entries that the stored one does not
 * cover. VC_UNTRUSTED: the files are not what was signed; the text says what to do. VC_STATE:
 * another service has it open, or there is no head. */
enum vc_code vc_logbook_open(const struct vc_logbook_setup *setup, struct vc_logbook **book,
                             struct vc_err *err);
void vc_logbook_close(struct vc_logbook *book);
VC_DEFINE_CLEANUP(struct vc_logbook, vc_logbook_close);

/* Puts an entry, a line without its newline, among those to be committed; *index is the one that it
 * will have. VC_LIMIT: too many, or too long. */
enum vc_code vc_logbook_add(struct vc_logbook *book, struct vc_bytes entry, uint64_t *index,
                            struct vc_err *err);
size_t vc_logbook_waiting(const struct vc_logbook *book);
/* Writes what was added, all or nothing, and signs a head over it at `now`. With nothing added it
 * does nothing. VC_HOST: nothing of it is in the log that anybody sees. VC_STATE: the disk failed
 * before in a way that only a new start can mend. */
enum vc_code vc_logbook_commit(struct vc_logbook *book, int64_t now, struct vc_err *err);

/* Stores the last head, if it is not stored yet. To be called within a second of a commit. VC_HOST.
 */
enum vc_code vc_logbook_save(struct vc_logbook *book, struct vc_err *err);

/* The head over all entries that are on the disk; borrowed until the next commit. */
const struct vc_log_head *vc_logbook_head(const struct vc_logbook *book);
/* Below the last head. Errors as vc_log_tiles_inclusion and vc_log_tiles_growth; VC_HOST. */
enum vc_code vc_logbook_inclusion(struct vc_logbook *book, uint64_t index, uint64_t size,
                                  struct vc_log_proof *proof, struct vc_err *err);
enum vc_code vc_logbook_growth(struct vc_logbook *book, uint64_t from, uint64_t to,
                               struct vc_log_proof *proof, struct vc_err *err);
/* A receipt for the entry under the last head. */
enum vc_code vc_logbook_receipt(struct vc_logbook *book, uint64_t index,
                                struct vc_log_receipt *receipt, struct vc_err *err);
/* Appends the lines of up to `count` entries, at most VC_LOGBOOK_READ_MAX, as they are in the file,
 * each with its newline. VC_NOT_FOUND: no entry `first` under the last head. */
enum vc_code vc_logbook_read(struct vc_logbook *book, uint64_t first, size_t count,
                             struct vc_buffer *lines, struct vc_err *err);

#endif
