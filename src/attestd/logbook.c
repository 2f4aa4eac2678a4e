/* SPDX-License-Identifier: MIT */

#include "attestd/logbook.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

static constexpr size_t HEAD_SIZE_MAX = 4096; /* bytes of head.json */
static constexpr size_t TILE_SIZE_MAX = VC_LOG_TILE * (VC_LOG_ENTRY_SIZE_MAX + 1);
static constexpr size_t BATCH_SIZE_MAX = VC_LOGBOOK_BATCH_MAX * (VC_LOG_ENTRY_SIZE_MAX + 1);
static constexpr size_t PIECE_SIZE = 1 << 18; /* bytes read at once at the start */

struct vc_logbook {
    const struct vc_cert *ca;
    const struct vc_key *ca_key;
    char head_path[PATH_MAX], entries_path[PATH_MAX];
    int fd; /* of the entries */
    struct vc_log_head head;
    int64_t saved_at;          /* when a head was stored last: seconds since 1970 */
    bool unsaved;              /* this one is newer than the stored one */
    struct vc_log_tiles *tree; /* of all lines in the file; may be ahead of the head */
    uint64_t file_size;        /* bytes of whole, synced lines */
    uint64_t *offsets;         /* in the file, of the first line of each tile */
    size_t offset_capacity;
    struct vc_buffer lines; /* to be committed */
    uint8_t leaves[VC_LOGBOOK_BATCH_MAX][VC_SHA256_SIZE];
    size_t waiting;
    bool broken; /* what is on the disk after a failure is not known */
};

/* ---- the files ---- */

static enum vc_code name_file(const char *folder, const char *name, char path[PATH_MAX],
                              struct vc_err *err)
{
    int length = snprintf(path, PATH_MAX, "%s/%s", folder, name);

    if (length < 0 || length >= PATH_MAX)
        return vc_fail(err, VC_LIMIT, "%.80s…: path too long", folder);
    return VC_OK;
}

static enum vc_code store_head(const char *path, const struct vc_log_head *head, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vc_json_writer writer = vc_json_writer_over(&text);
    enum vc_code code;

    vc_json_open_object(&writer, nullptr);
    vc_log_head_write(&writer, "head", head);
    vc_json_close_object(&writer);
    code = vc_json_write_end(&writer, err);
    if (code == VC_OK)
        code = vc_buffer_append_text(&text, "\n", err);
    return code == VC_OK ? vc_file_store(path, vc_buffer_bytes(&text), 0644, err) : code;
}

static enum vc_code parse_head(struct vc_bytes text, struct vc_log_head *head, struct vc_err *err)
{
    static const char *const keys[] = {"head", nullptr};
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    struct vc_json_place root;
    struct vc_json_place place;
    enum vc_code code = vc_json_parse(text, &json, err);

    if (code != VC_OK)
        return code;
    root = vc_json_root(json);
    code = vc_json_check_object(&root, keys, err);
    if (code == VC_OK)
        code = vc_json_member(&root, "head", &place, err);
    return code == VC_OK ? vc_log_head_parse(&place, head, err) : code;
}

static enum vc_code load_head(struct vc_logbook *book, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    enum vc_code code = vc_file_load(book->head_path, HEAD_SIZE_MAX, &text, err);

    if (code == VC_NOT_FOUND) {
        return vc_fail(err, VC_STATE,
                       "%s: missing; a CA whose log is gone must not go on: put the log back, or "
                       "begin with a new folder",
                       book->head_path);
    }
    if (code == VC_OK)
        code = parse_head(vc_buffer_bytes(&text), &book->head, err);
    if (code == VC_OK)
        code = vc_log_head_check(&book->head, book->ca, err);
    if (code == VC_OK || code == VC_HOST || code == VC_MEMORY)
        return code;
    (void)vc_fail_in(err, code, "%s", book->head_path);
    return vc_fail_in(err, VC_UNTRUSTED, "somebody changed the log");
}

enum vc_code vc_logbook_create(const char *folder, const struct vc_key *ca_key, int64_t now,
                               struct vc_err *err)
{
    struct vc_log_head head = {.time = now};
    char path[PATH_MAX];
    enum vc_code code = name_file(folder, "head.json", path, err);

    if (code != VC_OK)
        return code;
    if (mkdir(folder, 0700) != 0 && errno != EEXIST)
        return vc_fail_host(err, "%s", folder);
    vc_log_empty(head.root);
    code = vc_log_head_sign(&head, ca_key, err);
    return code == VC_OK ? store_head(path, &head, err) : code;
}

/* ---- the start ---- */

static enum vc_code changed(const struct vc_logbook *book, struct vc_err *err, const char *how)
{
    return vc_fail(err, VC_UNTRUSTED,
                   "somebody changed the log: %s: %s after %" PRIu64 " of %" PRIu64
                   " entries that were signed; put the file back as it was",
                   book->entries_path, how, vc_log_tiles_size(book->tree), book->head.size);
}

/* Where the next tile will begin. */
static enum vc_code reserve_offset(struct vc_logbook *book, uint64_t tile, struct vc_err *err)
{
    size_t capacity = book->offset_capacity == 0 ? 16 : 2 * book->offset_capacity;
    uint64_t *offsets;

    if (tile < book->offset_capacity)
        return VC_OK;
    offsets = reallocarray(book->offsets, capacity, sizeof(*offsets));
    if (offsets == nullptr)
        return vc_fail_memory(err);
    book->offsets = offsets;
    book->offset_capacity = capacity;
    return VC_OK;
}

/* A leaf whose line ends at `end` in the file; there is room. */
static void put_leaf(struct vc_logbook *book, const uint8_t leaf[VC_SHA256_SIZE], uint64_t end)
{
    vc_log_tiles_append(book->tree, leaf);
    book->file_size = end;
    if (vc_log_tiles_size(book->tree) % VC_LOG_TILE == 0)
        book->offsets[vc_log_tiles_size(book->tree) / VC_LOG_TILE] = end;
}

static enum vc_code reserve(struct vc_logbook *book, size_t count, struct vc_err *err)
{
    uint64_t tile = (vc_log_tiles_size(book->tree) + count) / VC_LOG_TILE;
    enum vc_code code = vc_log_tiles_reserve(book->tree, count, err);

    while (code == VC_OK && tile >= book->offset_capacity)
        code = reserve_offset(book, tile, err);
    return code;
}

static bool is_entry(struct vc_bytes line)
{
    return line.size >= 2 && line.size <= VC_LOG_ENTRY_SIZE_MAX && line.data[0] == '{' &&
           line.data[line.size - 1] == '}';
}

static enum vc_code take_line(struct vc_logbook *book, struct vc_bytes line, struct vc_err *err)
{
    uint8_t leaf[VC_SHA256_SIZE];
    enum vc_code code;

    if (!is_entry(line))
        return changed(book, err, "a line that is no entry");
    code = reserve(book, 1, err);
    if (code != VC_OK)
        return code;
    vc_log_leaf(line, leaf);
    put_leaf(book, leaf, book->file_size + line.size + 1);
    if (vc_log_tiles_size(book->tree) != book->head.size)
        return VC_OK;
    vc_log_tiles_root(book->tree, leaf);
    if (memcmp(leaf, book->head.root, sizeof(leaf)) != 0)
        return changed(book, err, "other entries than those");
    return VC_OK;
}

/* Takes every whole line out of the piece. */
static enum vc_code take_lines(struct vc_logbook *book, struct vc_buffer *piece, struct vc_err *err)
{
    const uint8_t *at = piece->data;
    const uint8_t *end = piece->data + piece->size;
    const uint8_t *newline;
    enum vc_code code = VC_OK;

    while (code == VC_OK && at < end &&
           (newline = memchr(at, '\n', (size_t)(end - at))) != nullptr) {
        code = take_line(book, (struct vc_bytes){at, (size_t)(newline - at)}, err);
        at = newline + 1;
    }
    piece->size = (size_t)(end - at);
    if (piece->size > 0)
        memmove(piece->data, at, piece->size);
    if (code == VC_OK && piece->size > VC_LOG_ENTRY_SIZE_MAX)
        code = changed(book, err, "a line that is too long");
    return code;
}

/* All lines of the file; *left is what follows the last newline. */
static enum vc_code read_lines(struct vc_logbook *book, size_t *left, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer piece = {};
    off_t offset = 0;
    enum vc_code code = vc_buffer_reserve(&piece, PIECE_SIZE + VC_LOG_ENTRY_SIZE_MAX, err);

    while (code == VC_OK) {
        ssize_t got = pread(book->fd, piece.data + piece.size, PIECE_SIZE, offset);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return vc_fail_host(err, "%s", book->entries_path);
        if (got == 0)
            break;
        offset += got;
        piece.size += (size_t)got;
        code = take_lines(book, &piece, err);
    }
    *left = piece.size;
    return code;
}

/* A crash in the middle of a write leaves half a line, of which nobody was told. */
static enum vc_code cut_half_line(struct vc_logbook *book, size_t left, struct vc_err *err)
{
    if (left == 0)
        return VC_OK;
    if (ftruncate(book->fd, (off_t)book->file_size) != 0 || fdatasync(book->fd) != 0)
        return vc_fail_host(err, "%s", book->entries_path);
    return VC_OK;
}

static enum vc_code read_log(struct vc_logbook *book, struct vc_err *err)
{
    size_t left = 0;
    enum vc_code code = reserve_offset(book, 0, err);

    if (code != VC_OK)
        return code;
    book->offsets[0] = 0;
    code = read_lines(book, &left, err);
    if (code != VC_OK)
        return code;
    if (vc_log_tiles_size(book->tree) < book->head.size)
        return changed(book, err, "it ends");
    return cut_half_line(book, left, err);
}

/* The leaf hashes of a whole tile, out of the file. */
static enum vc_code load_tile(void *user, uint64_t tile, uint8_t (*leaves)[VC_SHA256_SIZE],
                              struct vc_err *err);

static enum vc_code open_files(struct vc_logbook *book, const char *folder, struct vc_err *err)
{
    enum vc_code code = name_file(folder, "head.json", book->head_path, err);

    if (code == VC_OK)
        code = name_file(folder, "entries.jsonl", book->entries_path, err);
    if (code == VC_OK)
        code = load_head(book, err);
    if (code != VC_OK)
        return code;
    book->fd = open(book->entries_path,
                    O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
    if (book->fd < 0)
        return vc_fail_host(err, "%s", book->entries_path);
    if (flock(book->fd, LOCK_EX | LOCK_NB) != 0)
        return vc_fail(err, VC_STATE, "%s: another service uses it", book->entries_path);
    return load_head(book, err); /* again: it may have grown until the lock */
}

void vc_logbook_close(struct vc_logbook *book)
{
    if (book == nullptr)
        return;
    (void)!vc_logbook_save(book, nullptr); /* an older head is good too */
    vc_fd_closep(&book->fd);
    vc_log_tiles_free(book->tree);
    vc_buffer_done(&book->lines);
    free(book->offsets);
    free(book);
}

/* ---- growing ---- */

enum vc_code vc_logbook_add(struct vc_logbook *book, struct vc_bytes entry, uint64_t *index,
                            struct vc_err *err)
{
    uint64_t after = vc_log_tiles_size(book->tree) + book->waiting;
    enum vc_code code;

    if (book->waiting == VC_LOGBOOK_BATCH_MAX || after >= VC_LOG_TILES_SIZE_MAX)
        return vc_fail(err, VC_LIMIT, "log: no room for another entry");
    assert(is_entry(entry) || entry.size > VC_LOG_ENTRY_SIZE_MAX);
    if (entry.size > VC_LOG_ENTRY_SIZE_MAX)
        return vc_fail(err, VC_LIMIT, "log: an entry of %zu bytes", entry.size);
    code = vc_buffer_reserve(&book->lines, entry.size + 1, err);
    if (code != VC_OK)
        return code;
    memcpy(book->lines.data + book->lines.size, entry.data, entry.size);
    book->lines.size += entry.size;
    book->lines.data[book->lines.size++] = '\n';
    vc_log_leaf(entry, book->leaves[book->waiting++]);
    *index = after;
    return VC_OK;
}

size_t vc_logbook_waiting(const struct vc_logbook *book)
{
    return book->waiting;
}

/* Appends the lines, or leaves the file as it was; if not even that works, nothing is known of the
 * file any more. */
static enum vc_code write_lines(struct vc_logbook *book, struct vc_err *err)
{
    enum vc_code code = vc_fd_write_all(book->fd, vc_buffer_bytes(&book->lines), err);

    assert(book->lines.size <= BATCH_SIZE_MAX);
    if (code == VC_OK && fdatasync(book->fd) != 0) {
        book->broken = true; /* the kernel may have dropped what it could not write */
        code = vc_fail_host(err, "sync");
    }
    if (code != VC_OK && ftruncate(book->fd, (off_t)book->file_size) != 0)
        book->broken = true;
    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "%s", book->entries_path);
}

static void put_leaves(struct vc_logbook *book)
{
    const uint8_t *at = book->lines.data;
    const uint8_t *end = at + book->lines.size;

    for (size_t i = 0; i < book->waiting; i++) {
        const uint8_t *next = (const uint8_t *)memchr(at, '\n', (size_t)(end - at)) + 1;

        put_leaf(book, book->leaves[i], book->file_size + (uint64_t)(next - at));
        at = next;
    }
}

/* Storing the head takes as long as storing the entries, which is what must be on the disk before
 * anybody gets a certificate: so it is stored once in a second. */
static enum vc_code sign_head(struct vc_logbook *book, int64_t now, struct vc_err *err)
{
    struct vc_log_head head = {.size = vc_log_tiles_size(book->tree), .time = now};
    enum vc_code code;

    vc_log_tiles_root(book->tree, head.root);
    code = vc_log_head_sign(&head, book->ca_key, err);
    if (code != VC_OK)
        return code;
    book->head = head;
    book->unsaved = true;
    return now == book->saved_at ? VC_OK : vc_logbook_save(book, err);
}

enum vc_code vc_logbook_save(struct vc_logbook *book, struct vc_err *err)
{
    enum vc_code code;

    if (!book->unsaved)
        return VC_OK;
    code = store_head(book->head_path, &book->head, err);
    if (code == VC_OK) {
        book->unsaved = false;
        book->saved_at = book->head.time;
    }
    return code;
}

enum vc_code vc_logbook_commit(struct vc_logbook *book, int64_t now, struct vc_err *err)
{
    enum vc_code code = VC_OK;

    if (book->waiting == 0)
        return VC_OK;
    if (book->broken)
        code = vc_fail(err, VC_STATE, "log: the disk failed before");
    if (code == VC_OK)
        code = reserve(book, book->waiting, err);
    if (code == VC_OK)
        code = write_lines(book, err);
    if (code == VC_OK) {
        put_leaves(book);
        code = sign_head(book, now, err);
    }
    book->lines.size = 0;
    book->waiting = 0;
    return code;
}

/* ---- opening ---- */

enum vc_code vc_logbook_open(const struct vc_logbook_setup *setup, struct vc_logbook **book,
                             struct vc_err *err)
{
    vc_cleanup(vc_logbook_closep) struct vc_logbook *made = calloc(1, sizeof(*made));
    enum vc_code code;

    if (made == nullptr)
        return vc_fail_memory(err);
    made->fd = -1;
    made->ca = setup->ca;
    made->ca_key = setup->ca_key;
    code = open_files(made, setup->folder, err);
    if (code == VC_OK)
        code = vc_log_tiles_new(load_tile, made, &made->tree, err);
    if (code == VC_OK)
        code = read_log(made, err);
    if (code == VC_OK && vc_log_tiles_size(made->tree) > made->head.size)
        code = sign_head(made, setup->now, err);
    if (code == VC_OK)
        *book = vc_take(made);
    return code;
}

/* ---- reading ---- */

const struct vc_log_head *vc_logbook_head(const struct vc_logbook *book)
{
    return &book->head;
}

static enum vc_code check_size(const struct vc_logbook *book, uint64_t size, struct vc_err *err)
{
    if (size <= book->head.size)
        return VC_OK;
    return vc_fail(err, VC_NOT_FOUND, "log: it has %" PRIu64 " entries", book->head.size);
}

enum vc_code vc_logbook_inclusion(struct vc_logbook *book, uint64_t index, uint64_t size,
                                  struct vc_log_proof *proof, struct vc_err *err)
{
    enum vc_code code = check_size(book, size, err);

    return code == VC_OK ? vc_log_tiles_inclusion(book->tree, index, size, proof, err) : code;
}

enum vc_code vc_logbook_growth(struct vc_logbook *book, uint64_t from, uint64_t to,
                               struct vc_log_proof *proof, struct vc_err *err)
{
    enum vc_code code = check_size(book, to, err);

    return code == VC_OK ? vc_log_tiles_growth(book->tree, from, to, proof, err) : code;
}

enum vc_code vc_logbook_receipt(struct vc_logbook *book, uint64_t index,
                                struct vc_log_receipt *receipt, struct vc_err *err)
{
    struct vc_log_receipt made = {.index = index, .head = book->head};
    enum vc_code code = vc_logbook_inclusion(book, index, book->head.size, &made.inclusion, err);

    if (code == VC_OK)
        *receipt = made;
    return code;
}

/* Appends the bytes of the file from one offset to another. */
static enum vc_code read_span(const struct vc_logbook *book, uint64_t from, uint64_t to,
                              struct vc_buffer *out, struct vc_err *err)
{
    size_t left = (size_t)(to - from);
    enum vc_code code;

    if (to < from || to - from > TILE_SIZE_MAX)
        return vc_fail(err, VC_STATE, "log: a tile of no size that can be");
    code = vc_buffer_reserve(out, left, err);
    while (code == VC_OK && left > 0) {
        ssize_t got = pread(book->fd, out->data + out->size, left, (off_t)from);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return vc_fail_host(err, "%s", book->entries_path);
        if (got == 0)
            return vc_fail(err, VC_HOST, "%s: shorter than it was", book->entries_path);
        out->size += (size_t)got;
        from += (uint64_t)got;
        left -= (size_t)got;
    }
    return code;
}

static enum vc_code read_tile(const struct vc_logbook *book, uint64_t tile, struct vc_buffer *out,
                              struct vc_err *err)
{
    bool last = tile == vc_log_tiles_size(book->tree) / VC_LOG_TILE;

    return read_span(book, book->offsets[tile], last ? book->file_size : book->offsets[tile + 1],
                     out, err);
}

static enum vc_code load_tile(void *user, uint64_t tile, uint8_t (*leaves)[VC_SHA256_SIZE],
                              struct vc_err *err)
{
    const struct vc_logbook *book = user;
    vc_cleanup(vc_buffer_done) struct vc_buffer lines = {};
    const uint8_t *at;
    enum vc_code code = read_tile(book, tile, &lines, err);

    if (code != VC_OK)
        return code;
    at = lines.data;
    for (size_t i = 0; i < VC_LOG_TILE; i++) {
        const uint8_t *newline = memchr(at, '\n', (size_t)(lines.data + lines.size - at));

        if (newline == nullptr || newline - at > (ptrdiff_t)VC_LOG_ENTRY_SIZE_MAX)
            return vc_fail(err, VC_HOST, "%s: changed since the start", book->entries_path);
        vc_log_leaf((struct vc_bytes){at, (size_t)(newline - at)}, leaves[i]);
        at = newline + 1;
    }
    return VC_OK;
}

/* The span of some lines out of those of a tile. */
static struct vc_bytes cut_lines(struct vc_bytes lines, size_t skip, size_t count)
{
    const uint8_t *at = lines.data;
    const uint8_t *end = lines.data + lines.size;
    const uint8_t *first = at;

    for (size_t i = 0; i < skip + count && at < end; i++) {
        const uint8_t *newline = memchr(at, '\n', (size_t)(end - at));

        at = newline == nullptr ? end : newline + 1;
        if (i + 1 == skip)
            first = at;
    }
    return (struct vc_bytes){first, (size_t)(at - first)};
}

enum vc_code vc_logbook_read(struct vc_logbook *book, uint64_t first, size_t count,
                             struct vc_buffer *lines, struct vc_err *err)
{
    uint64_t left = 0;
    enum vc_code code = VC_OK;

    if (first >= book->head.size) {
        return vc_fail(err, VC_NOT_FOUND, "log: no entry %" PRIu64 "; it has %" PRIu64, first,
                       book->head.size);
    }
    left = book->head.size - first;
    if (left > count)
        left = count;
    if (left > VC_LOGBOOK_READ_MAX)
        left = VC_LOGBOOK_READ_MAX;
    while (code == VC_OK && left > 0) {
        vc_cleanup(vc_buffer_done) struct vc_buffer tile = {};
        size_t skip = (size_t)(first % VC_LOG_TILE);
        size_t here = left < VC_LOG_TILE - skip ? (size_t)left : VC_LOG_TILE - skip;

        code = read_tile(book, first / VC_LOG_TILE, &tile, err);
        if (code == VC_OK)
            code = vc_buffer_append(lines, cut_lines(vc_buffer_bytes(&tile), skip, here), err);
        first += here;
        left -= here;
    }
    return code;
}
