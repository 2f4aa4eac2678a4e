/* SPDX-License-Identifier: MIT */

#include "vfs/blob.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

static constexpr rlim_t SPARE_SHARE = 4; /* one in so many descriptors is never a file's */

struct vc_blob {
    unsigned references;
    int fd;
    uint64_t size;
    void *mapped;             /* null until vc_blob_bytes */
    struct vc_ledger *ledger; /* null until vc_blob_charge */
    bool hashed;              /* `digest` was noted */
    uint8_t digest[VC_SHA256_SIZE];
};

struct vc_ledger {
    unsigned references;
    uint64_t bytes;
};

struct vc_draft {
    int fd;
    uint64_t size, size_max;
};

/* The kernel gives the lowest number that is free, so a high one says that few are left. */
enum vc_code vc_blob_file(const char *name, int *fd, struct vc_err *err)
{
    vc_cleanup(vc_fd_closep) int made = -1;
    struct rlimit limit;
    enum vc_code code = vc_memfd_new(name, false, &made, err);

    if (code != VC_OK)
        return code;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return vc_fail_host(err, "getrlimit");
    if ((rlim_t)made >= limit.rlim_cur - limit.rlim_cur / SPARE_SHARE)
        return vc_fail(err, VC_LIMIT, "as many files as this machine has descriptors for");
    *fd = vc_take_fd(made);
    return VC_OK;
}

enum vc_code vc_draft_new(uint64_t size_max, struct vc_draft **draft, struct vc_err *err)
{
    struct vc_draft *made = malloc(sizeof(*made));
    enum vc_code code;

    if (made == nullptr)
        return vc_fail_memory(err);
    *made = (struct vc_draft){.fd = -1, .size_max = size_max};
    code = vc_blob_file("draft", &made->fd, err);
    if (code != VC_OK) {
        free(made);
        return code;
    }
    *draft = made;
    return VC_OK;
}

/* Appends all of the blob to `fd`, within the kernel. */
static enum vc_code copy_content(const struct vc_blob *blob, int fd, struct vc_err *err)
{
    off_t offset = 0;

    while ((uint64_t)offset < blob->size) {
        off_t before = offset;
        ssize_t sent = sendfile(fd, blob->fd, &offset, blob->size - (uint64_t)offset);

        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return vc_fail_host(err, "copying a file");
        if (sent == 0 || (uint64_t)sent > blob->size - (uint64_t)before || offset - before != sent)
            return vc_fail(err, VC_HOST, "copying a file: %zd bytes", sent);
    }
    return VC_OK;
}

enum vc_code vc_draft_add(struct vc_draft *draft, struct vc_bytes bytes, struct vc_err *err)
{
    enum vc_code code;

    if (bytes.size > draft->size_max - draft->size)
        return vc_fail(err, VC_LIMIT, "more than %ju bytes", (uintmax_t)draft->size_max);
    code = vc_fd_write_all(draft->fd, bytes, err);
    if (code == VC_OK)
        draft->size += bytes.size;
    return code;
}

uint64_t vc_draft_size(const struct vc_draft *draft)
{
    return draft->size;
}

enum vc_code vc_draft_finish(struct vc_draft *draft, struct vc_blob **blob, struct vc_err *err)
{
    vc_cleanup(vc_blob_unrefp) struct vc_blob *made = nullptr;
    int fd = draft->fd;
    uint64_t size = draft->size;

    free(draft);
    enum vc_code code = vc_blob_adopt(fd, &made, err);

    if (code == VC_OK && made->size != size)
        return vc_fail(err, VC_HOST, "a file of another size than was written");
    if (code == VC_OK)
        *blob = vc_take(made);
    return code;
}

void vc_draft_free(struct vc_draft *draft)
{
    if (draft == nullptr)
        return;
    vc_fd_closep(&draft->fd);
    free(draft);
}

enum vc_code vc_blob_adopt(int fd, struct vc_blob **blob, struct vc_err *err)
{
    vc_cleanup(vc_fd_closep) int taken = fd;
    struct stat status;
    struct vc_blob *made;
    enum vc_code code = vc_memfd_seal(taken, err);

    if (code != VC_OK)
        return code;
    if (fstat(taken, &status) != 0)
        return vc_fail_host(err, "fstat");
    if (status.st_size < 0)
        return vc_fail(err, VC_HOST, "fstat: no size");
    made = malloc(sizeof(*made));
    if (made == nullptr)
        return vc_fail_memory(err);
    *made = (struct vc_blob){
        .references = 1, .fd = vc_take_fd(taken), .size = (uint64_t)status.st_size};
    *blob = made;
    return VC_OK;
}

enum vc_code vc_blob_join(const struct vc_blob *first, struct vc_blob *second, uint64_t size_max,
                          struct vc_blob **joined, struct vc_err *err)
{
    vc_cleanup(vc_draft_freep) struct vc_draft *draft = nullptr;
    struct vc_bytes bytes;
    enum vc_code code = vc_blob_bytes(second, &bytes, err);

    if (code == VC_OK)
        code = vc_draft_new(size_max, &draft, err);
    if (code == VC_OK && first->size > size_max)
        code = vc_fail(err, VC_LIMIT, "more than %ju bytes", (uintmax_t)size_max);
    if (code == VC_OK)
        code = copy_content(first, draft->fd, err);
    if (code != VC_OK)
        return code;
    draft->size = first->size;
    code = vc_draft_add(draft, bytes, err);
    return code == VC_OK ? vc_draft_finish(vc_take(draft), joined, err) : code;
}

enum vc_code vc_ledger_new(struct vc_ledger **ledger, struct vc_err *err)
{
    struct vc_ledger *made = malloc(sizeof(*made));

    if (made == nullptr)
        return vc_fail_memory(err);
    *made = (struct vc_ledger){.references = 1};
    *ledger = made;
    return VC_OK;
}

struct vc_ledger *vc_ledger_ref(struct vc_ledger *ledger)
{
    ledger->references++;
    return ledger;
}

void vc_ledger_unref(struct vc_ledger *ledger)
{
    if (ledger != nullptr && --ledger->references == 0)
        free(ledger);
}

uint64_t vc_ledger_bytes(const struct vc_ledger *ledger)
{
    return ledger->bytes;
}

void vc_blob_charge(struct vc_blob *blob, struct vc_ledger *ledger)
{
    if (blob->ledger != nullptr)
        return;
    blob->ledger = vc_ledger_ref(ledger);
    ledger->bytes += blob->size;
}

struct vc_blob *vc_blob_ref(struct vc_blob *blob)
{
    if (blob != nullptr)
        blob->references++;
    return blob;
}

void vc_blob_unref(struct vc_blob *blob)
{
    if (blob == nullptr || --blob->references > 0)
        return;
    if (blob->mapped != nullptr)
        (void)munmap(blob->mapped, blob->size);
    (void)close(blob->fd);
    if (blob->ledger != nullptr)
        blob->ledger->bytes -= blob->size;
    vc_ledger_unref(blob->ledger);
    free(blob);
}

bool vc_blob_digest(const struct vc_blob *blob, uint8_t digest[VC_SHA256_SIZE])
{
    if (blob->hashed)
        memcpy(digest, blob->digest, VC_SHA256_SIZE);
    return blob->hashed;
}

void vc_blob_note_digest(struct vc_blob *blob, const uint8_t digest[VC_SHA256_SIZE])
{
    memcpy(blob->digest, digest, VC_SHA256_SIZE);
    blob->hashed = true;
}

uint64_t vc_blob_size(const struct vc_blob *blob)
{
    return blob->size;
}

int vc_blob_fd(const struct vc_blob *blob)
{
    return blob->fd;
}

enum vc_code vc_blob_bytes(struct vc_blob *blob, struct vc_bytes *bytes, struct vc_err *err)
{
    if (blob->mapped == nullptr && blob->size > 0) {
        void *mapped = mmap(nullptr, blob->size, PROT_READ, MAP_SHARED, blob->fd, 0);

        if (mapped == MAP_FAILED)
            return vc_fail_host(err, "mapping a file");
        blob->mapped = mapped;
    }
    *bytes = (struct vc_bytes){blob->mapped, blob->size};
    return VC_OK;
}

enum vc_code vc_blob_copy(const struct vc_blob *blob, int *fd, struct vc_err *err)
{
    vc_cleanup(vc_fd_closep) int made = -1;
    enum vc_code code = vc_blob_file("file", &made, err);

    if (code == VC_OK)
        code = copy_content(blob, made, err);
    if (code == VC_OK)
        *fd = vc_take_fd(made);
    return code;
}
