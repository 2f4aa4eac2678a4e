/* SPDX-License-Identifier: MIT */

#include "runtime/view.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "abi/wasi.h"
#include "base/file.h"
#include "base/reader.h"
#include "policy/decide.h"

/* A file that the run is writing: a node without a blob in the snapshot, and this memory file. */
struct output {
    char path[VC_PATH_MAX];
    int fd;
    struct vc_blob *base; /* null, or what stands before the new bytes: a program that may only
                             append neither sees nor touches it */
    struct output *next;
};

struct vc_view {
    const struct vc_policy *policy;
    struct vc_subject who;
    struct vc_tree *tree;
    struct output *outputs;
    uint32_t created; /* files and directories so far, against limits.files */
};

/* What READDIR answers at most at once; the worker asks again from the last cookie. */
static constexpr size_t ENTRIES_SIZE_MAX = VC_WORKER_MESSAGE_MAX - 4096;

static bool may(const struct vc_view *view, unsigned rights, const char *path)
{
    for (unsigned right = VC_RIGHT_READ; right <= VC_RIGHT_DELETE; right <<= 1) {
        if ((rights & right) != 0 &&
            vc_policy_decide(view->policy, view->who, (enum vc_right)right, path, nullptr) == VC_OK)
            return true;
    }
    return false;
}

static bool may_know(const struct vc_view *view, const char *path, bool directory)
{
    static constexpr unsigned any =
        VC_RIGHT_READ | VC_RIGHT_WRITE | VC_RIGHT_APPEND | VC_RIGHT_LIST | VC_RIGHT_DELETE;

    return may(view, any, path) || (directory && vc_policy_may_see(view->policy, view->who, path));
}

static bool keep_known(void *user, const struct vc_node *node)
{
    return may_know(user, node->path, node->kind == VC_NODE_IS_DIRECTORY);
}

enum vc_code vc_view_new(const struct vc_policy *policy, size_t program, const struct vc_tree *tree,
                         struct vc_view **view, struct vc_err *err)
{
    vc_cleanup(vc_view_freep) struct vc_view *made = calloc(1, sizeof(*made));
    enum vc_code code;

    if (made == nullptr)
        return vc_fail_memory(err);
    made->policy = policy;
    made->who = (struct vc_subject){VC_SUBJECT_PROGRAM, program};
    code = vc_tree_snapshot(tree, keep_known, made, &made->tree, err);
    if (code == VC_OK)
        *view = vc_take(made);
    return code;
}

static void output_free(struct output *output)
{
    vc_fd_closep(&output->fd);
    vc_blob_unref(output->base);
    free(output);
}

void vc_view_free(struct vc_view *view)
{
    if (view == nullptr)
        return;
    while (view->outputs != nullptr) {
        struct output *output = view->outputs;

        view->outputs = output->next;
        output_free(output);
    }
    vc_tree_free(view->tree);
    free(view);
}

static struct output *find_output(const struct vc_view *view, const char *path)
{
    struct output *output = view->outputs;

    while (output != nullptr && strcmp(output->path, path) != 0)
        output = output->next;
    return output;
}

static void drop_output(struct vc_view *view, const char *path)
{
    struct output **link = &view->outputs;

    while (*link != nullptr && strcmp((*link)->path, path) != 0)
        link = &(*link)->next;
    if (*link != nullptr) {
        struct output *output = *link;

        *link = output->next;
        output_free(output);
    }
}

static uint64_t fd_size(int fd)
{
    struct stat status;

    return fstat(fd, &status) == 0 ? (uint64_t)status.st_size : 0;
}

/* One thing more against limits.files. */
static enum vc_code charge(struct vc_view *view, struct vc_err *err)
{
    uint32_t most = view->policy->programs[view->who.index].limits.files;

    if (view->created >= most)
        return vc_fail(err, VC_LIMIT, "limits.files: at most %u", most);
    view->created++;
    return VC_OK;
}

/* Begins to write the file at `path`, whose old content (a blob, or null) is taken over. */
static enum vc_code add_output(struct vc_view *view, const char *path, const struct vc_blob *old,
                               struct output **made, struct vc_err *err)
{
    struct output *output = malloc(sizeof(*output));
    enum vc_code code;

    if (output == nullptr)
        return vc_fail_memory(err);
    *output = (struct output){.fd = -1};
    memcpy(output->path, path, strlen(path) + 1);
    code = charge(view, err);
    if (code == VC_OK) {
        code = old != nullptr ? vc_blob_copy(old, &output->fd, err)
                              : vc_blob_file("output", &output->fd, err);
    }
    if (code == VC_OK)
        code = vc_tree_put(view->tree, path, nullptr, err);
    if (code != VC_OK) {
        output_free(output);
        return code;
    }
    output->next = view->outputs;
    view->outputs = output;
    *made = output;
    return VC_OK;
}

enum vc_code vc_view_open_input(struct vc_view *view, const char *path, int *fd, struct vc_err *err)
{
    const struct vc_node *node = vc_tree_find(view->tree, path);

    if (node == nullptr || node->kind != VC_NODE_IS_FILE || node->blob == nullptr)
        return vc_fail(err, VC_NOT_FOUND, "%s: no such file", path);
    *fd = vc_blob_fd(node->blob);
    return VC_OK;
}

enum vc_code vc_view_open_output(struct vc_view *view, const char *path, int *fd,
                                 struct vc_err *err)
{
    struct output *output = find_output(view, path);
    enum vc_code code = VC_OK;

    if (output == nullptr)
        code = add_output(view, path, nullptr, &output, err);
    if (code == VC_OK)
        *fd = output->fd;
    return code;
}

bool vc_view_has_outputs(const struct vc_view *view)
{
    return view->outputs != nullptr;
}

uint64_t vc_view_output_bytes(const struct vc_view *view)
{
    uint64_t sum = 0;

    for (const struct output *output = view->outputs; output != nullptr; output = output->next)
        sum += fd_size(output->fd);
    return sum;
}

static enum vc_code seal_outputs(struct vc_view *view, struct vc_err *err)
{
    while (view->outputs != nullptr) {
        struct output *output = view->outputs;
        vc_cleanup(vc_blob_unrefp) struct vc_blob *blob = nullptr;
        enum vc_code code = vc_blob_adopt(vc_take_fd(output->fd), &blob, err);

        if (code == VC_OK && output->base != nullptr) {
            struct vc_blob *added = blob;

            blob = nullptr;
            code = vc_blob_join(output->base, added, view->policy->storage.file_bytes, &blob, err);
            vc_blob_unref(added);
        }
        if (code == VC_OK)
            code = vc_tree_put(view->tree, output->path, blob, err);
        view->outputs = output->next;
        output_free(output);
        if (code != VC_OK)
            return code;
    }
    return VC_OK;
}

enum vc_code vc_view_commit(struct vc_view *view, struct vc_tree *tree, struct vc_err *err)
{
    uint64_t most = view->policy->programs[view->who.index].limits.output_bytes;
    uint64_t size = vc_view_output_bytes(view);
    enum vc_code code;

    if (size > most) {
        return vc_fail(err, VC_LIMIT, "limits.output_bytes: %ju, at most %ju", (uintmax_t)size,
                       (uintmax_t)most);
    }
    code = seal_outputs(view, err);
    return code == VC_OK ? vc_tree_merge(tree, view->tree, err) : code;
}

/* One call, parsed. */
struct call {
    struct vc_worker_call head;
    char path[VC_PATH_MAX], path2[VC_PATH_MAX]; /* canonical */
};

/* Copies a place out of the packet and makes it canonical. A path that no file can have is the
 * program's mistake, and an answer: *wasi_errno. */
static enum vc_code take_place(struct vc_reader *reader, uint32_t directory_size,
                               uint32_t name_size, char out[VC_PATH_MAX], uint32_t *wasi_errno)
{
    struct vc_bytes directory = vc_read_run(reader, directory_size);
    struct vc_bytes name = vc_read_run(reader, name_size);
    char text[2 * VC_WORKER_PATH_MAX];
    enum vc_code code;

    if (reader->failed || directory_size >= VC_WORKER_PATH_MAX || name_size >= VC_WORKER_PATH_MAX)
        return VC_MALFORMED;
    if (directory_size > 0)
        memcpy(text, directory.data, directory_size);
    text[directory_size] = '/';
    if (name_size > 0)
        memcpy(text + directory_size + 1, name.data, name_size);
    text[directory_size + 1 + name_size] = '\0';
    code = strlen(text) == directory_size + 1 + name_size ? vc_path_canonical(text, out, nullptr)
                                                          : VC_MALFORMED;
    if (code != VC_OK)
        *wasi_errno = code == VC_LIMIT ? VC_WASI_NAMETOOLONG : VC_WASI_ILSEQ;
    return VC_OK;
}

static enum vc_code parse_call(struct vc_bytes packet, struct call *call, uint32_t *wasi_errno,
                               struct vc_err *err)
{
    struct vc_reader reader = vc_reader_over(packet);
    struct vc_bytes head = vc_read_run(&reader, sizeof(call->head));
    enum vc_code code;

    if (head.size != sizeof(call->head))
        return vc_fail(err, VC_MALFORMED, "worker: packet of %zu bytes", packet.size);
    memcpy(&call->head, head.data, sizeof(call->head));
    if (call->head.kind != VC_WORKER_CALL)
        return vc_fail(err, VC_MALFORMED, "worker: packet of kind %u", call->head.kind);
    code = take_place(&reader, call->head.directory_size, call->head.name_size, call->path,
                      wasi_errno);
    if (code == VC_OK) {
        code = take_place(&reader, call->head.directory2_size, call->head.name2_size, call->path2,
                          wasi_errno);
    }
    if (code != VC_OK || !vc_reader_done(&reader))
        return vc_fail(err, VC_MALFORMED, "worker: a call's places are not as long as it says");
    if (call->head.call == VC_CALL_RENAME && call->head.name2_size == 0)
        return vc_fail(err, VC_MALFORMED, "worker: rename without a target");
    return VC_OK;
}

static uint32_t errno_of(enum vc_code code)
{
    switch (code) {
    case VC_OK:
        return VC_WASI_SUCCESS;
    case VC_REFUSED:
        return VC_WASI_ACCES;
    case VC_NOT_FOUND:
        return VC_WASI_NOENT;
    case VC_LIMIT:
        return VC_WASI_NOSPC;
    case VC_MEMORY:
        return VC_WASI_NOMEM;
    case VC_STATE:
    case VC_MALFORMED:
    case VC_UNTRUSTED:
    case VC_CLOSED:
    case VC_HOST:
        break;
    }
    return VC_WASI_IO;
}

/* The answer under construction. */
struct reply {
    struct vc_worker_answer head;
    struct vc_buffer tail;
    int fd;
};

static void describe_node(const struct vc_view *view, const struct vc_node *node,
                          struct reply *reply)
{
    const struct output *output = find_output(view, node->path);

    reply->head.node_kind = node->kind == VC_NODE_IS_DIRECTORY ? VC_NODE_DIRECTORY : VC_NODE_FILE;
    reply->head.inode = node->inode;
    if (output != nullptr) {
        reply->head.size = fd_size(output->fd);
    } else if (node->blob != nullptr) {
        reply->head.size = vc_blob_size(node->blob);
    }
}

/* Where a node could be created: the parent must be a directory that is there. */
static uint32_t check_parent(const struct vc_view *view, const char *path)
{
    char parent[VC_PATH_MAX];
    const struct vc_node *node;

    vc_path_parent(path, parent);
    node = vc_tree_find(view->tree, parent);
    if (node == nullptr)
        return vc_policy_leads_to_right(view->policy, view->who, parent) ? VC_WASI_SUCCESS
                                                                         : VC_WASI_NOENT;
    return node->kind == VC_NODE_IS_DIRECTORY ? VC_WASI_SUCCESS : VC_WASI_NOTDIR;
}

/* Gives the writable file at `path`: the one that this run writes already, or a new one. */
static uint32_t open_to_write(struct vc_view *view, const char *path, uint32_t flags,
                              struct reply *reply)
{
    const struct vc_node *node = vc_tree_find(view->tree, path);
    vc_cleanup(vc_blob_unrefp) struct vc_blob *old =
        vc_blob_ref(node != nullptr ? node->blob : nullptr);
    struct output *output = find_output(view, path);
    bool truncate = (flags & VC_OPEN_TRUNCATE) != 0;
    bool appends_only = !may(view, VC_RIGHT_WRITE, path);

    if (output == nullptr) {
        enum vc_code code =
            add_output(view, path, truncate || appends_only ? nullptr : old, &output, nullptr);

        if (code != VC_OK)
            return errno_of(code);
        if (appends_only)
            output->base = vc_take(old);
    } else if (truncate && ftruncate(output->fd, 0) != 0) {
        return VC_WASI_IO;
    }
    reply->fd = output->fd;
    reply->head.access = VC_ACCESS_WRITE;
    describe_node(view, vc_tree_find(view->tree, path), reply);
    return VC_WASI_SUCCESS;
}

static uint32_t open_to_read(const struct vc_view *view, const struct vc_node *node,
                             struct reply *reply)
{
    const struct output *output = find_output(view, node->path);

    reply->fd = output != nullptr ? output->fd : vc_blob_fd(node->blob);
    describe_node(view, node, reply);
    return VC_WASI_SUCCESS;
}

/* Reading needs `read`, but for what this run itself writes. Writing needs `write`; and since
 * whoever may write in the middle of a file also sees it, `read` too, unless it begins from
 * nothing. Adding at the end needs no more than `append`. */
static bool may_open(const struct vc_view *view, const char *path, uint32_t flags)
{
    const struct vc_node *node = vc_tree_find(view->tree, path);
    bool own = find_output(view, path) != nullptr;
    bool reads = may(view, VC_RIGHT_READ, path) || own;
    bool fresh = node == nullptr || (flags & VC_OPEN_TRUNCATE) != 0;

    if ((flags & VC_OPEN_READ) != 0 && !reads && !fresh)
        return false;
    if ((flags & (VC_OPEN_WRITE | VC_OPEN_TRUNCATE | VC_OPEN_CREATE | VC_OPEN_APPEND)) == 0)
        return reads;
    if (may(view, VC_RIGHT_WRITE, path))
        return fresh || reads;
    return (flags & VC_OPEN_APPEND) != 0 && (flags & (VC_OPEN_TRUNCATE | VC_OPEN_READ)) == 0 &&
           may(view, VC_RIGHT_APPEND, path);
}

static uint32_t call_open(struct vc_view *view, const struct call *call, struct reply *reply)
{
    const struct vc_node *node = vc_tree_find(view->tree, call->path);
    uint32_t flags = call->head.flags;
    bool writes = (flags & (VC_OPEN_WRITE | VC_OPEN_TRUNCATE | VC_OPEN_APPEND)) != 0;
    uint32_t refused;

    if (node != nullptr && node->kind == VC_NODE_IS_DIRECTORY) {
        if (!may_know(view, call->path, true))
            return VC_WASI_ACCES;
        if (writes)
            return VC_WASI_ISDIR;
        describe_node(view, node, reply);
        if ((flags & VC_OPEN_EXCLUSIVE) != 0)
            return VC_WASI_EXIST;
        reply->head.text_size = (uint32_t)strlen(call->path);
        return errno_of(vc_buffer_append_text(&reply->tail, call->path, nullptr));
    }
    if (!may_open(view, call->path, flags))
        return VC_WASI_ACCES;
    if (node == nullptr && (flags & VC_OPEN_CREATE) == 0)
        return VC_WASI_NOENT;
    if ((flags & VC_OPEN_DIRECTORY) != 0)
        return VC_WASI_NOTDIR;
    if (node != nullptr && (flags & VC_OPEN_EXCLUSIVE) != 0)
        return VC_WASI_EXIST;
    if (node != nullptr && !writes)
        return open_to_read(view, node, reply);
    refused = check_parent(view, call->path);
    return refused != VC_WASI_SUCCESS ? refused : open_to_write(view, call->path, flags, reply);
}

static uint32_t call_stat(struct vc_view *view, const struct call *call, struct reply *reply)
{
    const struct vc_node *node = vc_tree_find(view->tree, call->path);

    if (!may_know(view, call->path, node != nullptr && node->kind == VC_NODE_IS_DIRECTORY))
        return VC_WASI_ACCES;
    if (node == nullptr)
        return VC_WASI_NOENT;
    describe_node(view, node, reply);
    return VC_WASI_SUCCESS;
}

struct listing {
    const struct vc_view *view;
    struct reply *reply;
    uint64_t cookie;
    bool failed;
};

static bool add_entry(void *user, const struct vc_node *node)
{
    struct listing *listing = user;
    const char *name = vc_path_name(node->path);
    struct vc_worker_entry entry = {
        .cookie = ++listing->cookie,
        .inode = node->inode,
        .node_kind = node->kind == VC_NODE_IS_DIRECTORY ? VC_NODE_DIRECTORY : VC_NODE_FILE,
        .name_size = (uint32_t)strlen(name)};
    struct vc_buffer *entries = &listing->reply->tail;

    if (entries->size + sizeof(entry) + entry.name_size > ENTRIES_SIZE_MAX)
        return false;
    if (vc_buffer_append(entries, VC_BYTES_OF(entry), nullptr) != VC_OK ||
        vc_buffer_append_text(entries, name, nullptr) != VC_OK) {
        listing->failed = true;
        return false;
    }
    listing->reply->head.entry_count++;
    return true;
}

static uint32_t call_readdir(struct vc_view *view, const struct call *call, struct reply *reply)
{
    struct listing listing = {.view = view, .reply = reply, .cookie = call->head.cookie};

    if (!may(view, VC_RIGHT_LIST, call->path))
        return VC_WASI_ACCES;
    if (call->head.cookie > UINT32_MAX)
        return VC_WASI_INVAL;
    if (!vc_tree_list(view->tree, call->path, (size_t)call->head.cookie, add_entry, &listing))
        return vc_tree_find(view->tree, call->path) != nullptr ? VC_WASI_NOTDIR : VC_WASI_NOENT;
    return listing.failed ? VC_WASI_NOMEM : VC_WASI_SUCCESS;
}

static uint32_t call_mkdir(struct vc_view *view, const struct call *call, struct reply *)
{
    uint32_t refused;
    enum vc_code code;

    if (!may(view, VC_RIGHT_WRITE, call->path))
        return VC_WASI_ACCES;
    if (vc_tree_find(view->tree, call->path) != nullptr)
        return VC_WASI_EXIST;
    refused = check_parent(view, call->path);
    if (refused != VC_WASI_SUCCESS)
        return refused;
    code = charge(view, nullptr);
    if (code == VC_OK)
        code = vc_tree_make_directory(view->tree, call->path, nullptr);
    return errno_of(code);
}

static uint32_t remove_node(struct vc_view *view, const char *path, enum vc_node_kind kind)
{
    const struct vc_node *node = vc_tree_find(view->tree, path);
    enum vc_code code;

    if (!may(view, VC_RIGHT_DELETE, path))
        return VC_WASI_ACCES;
    if (node == nullptr)
        return VC_WASI_NOENT;
    if (node->kind != kind)
        return kind == VC_NODE_IS_FILE ? VC_WASI_ISDIR : VC_WASI_NOTDIR;
    code = vc_tree_remove(view->tree, path, nullptr);
    if (code == VC_STATE)
        return VC_WASI_NOTEMPTY;
    if (code == VC_OK)
        drop_output(view, path);
    return errno_of(code);
}

static uint32_t call_unlink(struct vc_view *view, const struct call *call, struct reply *)
{
    return remove_node(view, call->path, VC_NODE_IS_FILE);
}

static uint32_t call_rmdir(struct vc_view *view, const struct call *call, struct reply *)
{
    return remove_node(view, call->path, VC_NODE_IS_DIRECTORY);
}

/* Renaming takes a file away here and creates one there. What is at the new place must not be
 * readable by whoever could not read it at the old one: but who may read is a matter of the new
 * path alone, and the program may read the old one, so it could as well have copied it. */
static uint32_t call_rename(struct vc_view *view, const struct call *call, struct reply *)
{
    const struct vc_node *node = vc_tree_find(view->tree, call->path);
    struct output *output;
    uint32_t refused;
    enum vc_code code;

    if (!may(view, VC_RIGHT_DELETE, call->path) || !may(view, VC_RIGHT_WRITE, call->path2))
        return VC_WASI_ACCES;
    if (node == nullptr)
        return VC_WASI_NOENT;
    if (!may(view, VC_RIGHT_READ, call->path) && find_output(view, call->path) == nullptr)
        return VC_WASI_ACCES;
    refused = check_parent(view, call->path2);
    if (refused != VC_WASI_SUCCESS)
        return refused;
    if (strcmp(call->path, call->path2) == 0)
        return VC_WASI_SUCCESS;
    code = vc_tree_rename(view->tree, call->path, call->path2, nullptr);
    if (code == VC_STATE)
        return VC_WASI_NOTEMPTY;
    if (code != VC_OK)
        return errno_of(code);
    drop_output(view, call->path2);
    output = find_output(view, call->path);
    if (output != nullptr)
        memcpy(output->path, call->path2, strlen(call->path2) + 1);
    return VC_WASI_SUCCESS;
}

static const struct {
    uint32_t call;
    uint32_t (*answer)(struct vc_view *view, const struct call *call, struct reply *reply);
} calls[] = {
    {VC_CALL_OPEN, call_open},     {VC_CALL_STAT, call_stat},     {VC_CALL_READDIR, call_readdir},
    {VC_CALL_MKDIR, call_mkdir},   {VC_CALL_UNLINK, call_unlink}, {VC_CALL_RMDIR, call_rmdir},
    {VC_CALL_RENAME, call_rename},
};

static enum vc_code dispatch(struct vc_view *view, const struct call *call, struct reply *reply,
                             struct vc_err *err)
{
    for (size_t i = 0; i < VC_COUNT(calls); i++) {
        if (calls[i].call == call->head.call) {
            reply->head.wasi_errno = calls[i].answer(view, call, reply);
            return VC_OK;
        }
    }
    return vc_fail(err, VC_MALFORMED, "worker: unknown call %u", call->head.call);
}

enum vc_code vc_view_call(struct vc_view *view, struct vc_bytes packet, struct vc_buffer *answer,
                          int *fd, struct vc_err *err)
{
    struct reply reply = {.head = {.kind = VC_WORKER_ANSWER}, .fd = -1};
    struct call call = {};
    enum vc_code code = parse_call(packet, &call, &reply.head.wasi_errno, err);

    if (code == VC_OK && reply.head.wasi_errno == VC_WASI_SUCCESS)
        code = dispatch(view, &call, &reply, err);
    if (code == VC_OK && reply.head.wasi_errno != VC_WASI_SUCCESS) { /* then nothing else leaves */
        reply.head = (struct vc_worker_answer){.kind = VC_WORKER_ANSWER,
                                               .wasi_errno = reply.head.wasi_errno};
        reply.tail.size = 0;
        reply.fd = -1;
    }
    if (code == VC_OK)
        code = vc_buffer_append(answer, VC_BYTES_OF(reply.head), err);
    if (code == VC_OK)
        code = vc_buffer_append(answer, vc_buffer_bytes(&reply.tail), err);
    if (code == VC_OK)
        *fd = reply.fd;
    vc_buffer_done(&reply.tail);
    return code;
}
