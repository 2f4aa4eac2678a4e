/* SPDX-License-Identifier: MIT */

/* Blobs: the contents of files. Written once, then sealed and shared. */

#ifndef VC_VFS_BLOB_H
#define VC_VFS_BLOB_H

#include "base/err.h"
#include "crypto/digest.h"

/* Immutable bytes in a sealed memory file, counted references. */
struct vc_blob;

/* How many bytes blobs hold that were ever in some tree: also those that only a run or a download
 * still holds. Counted references. */
struct vc_ledger;
enum vc_code vc_ledger_new(struct vc_ledger **ledger, struct vc_err *err);
struct vc_ledger *vc_ledger_ref(struct vc_ledger *ledger);
void vc_ledger_unref(struct vc_ledger *ledger); /* null is allowed */
uint64_t vc_ledger_bytes(const struct vc_ledger *ledger);

/* A blob under construction. */
struct vc_draft;

/* A new, empty memory file for contents. VC_LIMIT: it would take one of the descriptors that are
 * kept for other work, such as connections and workers; whoever makes files gets none of those. */
enum vc_code vc_blob_file(const char *name, int *fd, struct vc_err *err);

/* `size_max`: VC_LIMIT beyond it. */
enum vc_code vc_draft_new(uint64_t size_max, struct vc_draft **draft, struct vc_err *err);
enum vc_code vc_draft_add(struct vc_draft *draft, struct vc_bytes bytes, struct vc_err *err);
uint64_t vc_draft_size(const struct vc_draft *draft);
/* Seals the draft. Takes it over, also on failure. The caller owns one reference. */
enum vc_code vc_draft_finish(struct vc_draft *draft, struct vc_blob **blob, struct vc_err *err);
void vc_draft_free(struct vc_draft *draft);
VC_DEFINE_CLEANUP(struct vc_draft, vc_draft_free);

/* Makes a blob of a memory file that nobody else can write any more, sealing it; takes the
 * descriptor over, also on failure. VC_HOST: somebody still has it mapped writable. */
enum vc_code vc_blob_adopt(int fd, struct vc_blob **blob, struct vc_err *err);
/* A new blob with the bytes of `first` and then those of `second`. VC_LIMIT: more than size_max. */
enum vc_code vc_blob_join(const struct vc_blob *first, struct vc_blob *second, uint64_t size_max,
                          struct vc_blob **joined, struct vc_err *err);
struct vc_blob *vc_blob_ref(struct vc_blob *blob);
/* Counts the blob in the ledger until its end, unless one counts it already. */
void vc_blob_charge(struct vc_blob *blob, struct vc_ledger *ledger);
void vc_blob_unref(struct vc_blob *blob); /* null is allowed */
VC_DEFINE_CLEANUP(struct vc_blob, vc_blob_unref);

/* The SHA-256 of the content as it was noted; false: nobody has hashed it yet. */
[[nodiscard]] bool vc_blob_digest(const struct vc_blob *blob, uint8_t digest[VC_SHA256_SIZE]);
/* Notes it for the blob's life, in which the content never changes. */
void vc_blob_note_digest(struct vc_blob *blob, const uint8_t digest[VC_SHA256_SIZE]);

uint64_t vc_blob_size(const struct vc_blob *blob);
/* Sealed, so that whoever gets the descriptor can only read; borrowed. */
int vc_blob_fd(const struct vc_blob *blob);
/* The bytes, mapped on first use and borrowed while the caller holds a reference. VC_HOST. */
enum vc_code vc_blob_bytes(struct vc_blob *blob, struct vc_bytes *bytes, struct vc_err *err);
/* A new writable memory file with the same content. */
enum vc_code vc_blob_copy(const struct vc_blob *blob, int *fd, struct vc_err *err);
#endif
