/* SPDX-License-Identifier: MIT */

#include "worker/fake_runtime.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "abi/wasi.h"
#include "base/file.h"
#include "base/packet.h"
#include "base/path.h"
#include "worker/fake_keys.h"
#include "worker/fake_policy.h"

/* A test that cannot be set up has failed. */
static void need(bool condition, const char *what)
{
    if (!condition) {
        (void)fprintf(stderr, "fake runtime: %s\n", what);
        abort();
    }
}

static int memory_file(struct vc_bytes bytes)
{
    int fd = -1;

    need(vc_memfd_new("test", false, &fd, nullptr) == VC_OK, "memory file");
    need(vc_fd_write_all(fd, bytes, nullptr) == VC_OK, "memory file");
    return fd;
}

int fake_sealed(struct vc_bytes bytes)
{
    int fd = memory_file(bytes);

    need(vc_memfd_seal(fd, nullptr) == VC_OK, "seal");
    return fd;
}

static struct fake_node *find(struct fake_runtime *runtime, const char *path)
{
    for (size_t i = 0; i < FAKE_NODES_MAX; i++) {
        if (strcmp(runtime->nodes[i].path, path) == 0)
            return &runtime->nodes[i];
    }
    return nullptr;
}

static struct fake_node *add(struct fake_runtime *runtime, const char *path)
{
    struct fake_node *node = find(runtime, "");

    need(node != nullptr && strlen(path) < sizeof(node->path), "no room for a node");
    *node = (struct fake_node){.fd = -1};
    (void)snprintf(node->path, sizeof(node->path), "%s", path);
    return node;
}

void fake_put(struct fake_runtime *runtime, const char *path, struct vc_bytes content,
              bool writable)
{
    struct fake_node *node = add(runtime, path);

    node->writable = writable;
    node->fd = writable ? memory_file(content) : fake_sealed(content);
}

void fake_init(struct fake_runtime *runtime)
{
    static const char text[] = "first line\nsecond line\n";
    static const char *const directories[] = {"/", "/input", "/output"};

    *runtime = (struct fake_runtime){};
    for (size_t i = 0; i < VC_COUNT(directories); i++)
        add(runtime, directories[i])->directory = true;
    find(runtime, "/output")->writable = true;
    fake_put(runtime, "/input/a.txt", (struct vc_bytes){(const uint8_t *)text, sizeof(text) - 1},
             false);
}

void fake_done(struct fake_runtime *runtime)
{
    for (size_t i = 0; i < FAKE_NODES_MAX; i++) {
        if (runtime->nodes[i].path[0] != '\0' && runtime->nodes[i].fd >= 0)
            (void)close(runtime->nodes[i].fd);
    }
    vc_buffer_done(&runtime->traces);
}

bool fake_get(const struct fake_runtime *runtime, const char *path, struct vc_buffer *content)
{
    for (size_t i = 0; i < FAKE_NODES_MAX; i++) {
        const struct fake_node *node = &runtime->nodes[i];
        uint8_t block[4096];
        off_t offset = 0;

        if (strcmp(node->path, path) != 0 || node->fd < 0)
            continue;
        for (ssize_t got; (got = pread(node->fd, block, sizeof(block), offset)) > 0;
             offset += got) {
            need(vc_buffer_append(content, (struct vc_bytes){block, (size_t)got}, nullptr) == VC_OK,
                 "memory");
        }
        return true;
    }
    return false;
}

pid_t fake_start(const char *const *argv, int *control)
{
    int theirs = -1;

    need(vc_packet_pair(control, &theirs, nullptr) == VC_OK, "socket pair");
    pid_t child = fork();

    need(child >= 0, "fork");
    if (child == 0) {
        /* dup2 on itself would leave it close-on-exec */
        if (theirs == VC_WORKER_CONTROL_FD)
            theirs = dup(theirs);
        if (dup2(theirs, VC_WORKER_CONTROL_FD) == VC_WORKER_CONTROL_FD)
            (void)execv(argv[0], (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    (void)close(theirs);
    return child;
}

bool fake_ready(int control, struct vc_worker_ready *ready)
{
    uint8_t bytes[VC_WORKER_MESSAGE_MAX];
    struct vc_packet packet = {};

    if (vc_packet_receive(control, bytes, sizeof(bytes), &packet, nullptr) != VC_OK ||
        packet.size < sizeof(*ready))
        return false;
    memcpy(ready, bytes, sizeof(*ready));
    if (ready->kind == VC_WORKER_END) {
        (void)fprintf(stderr, "# %.*s\n", (int)(packet.size - sizeof(struct vc_worker_end)),
                      (const char *)bytes + sizeof(struct vc_worker_end));
    }
    return ready->kind == VC_WORKER_READY && packet.fd_count == 0;
}

/* Answers. */

struct reply {
    struct vc_worker_answer head;
    int fd;                         /* stays the runtime's */
    int key_fds[FAKE_KEYS_FDS_MAX]; /* do not */
    size_t key_fd_count;
    struct vc_buffer entries;
};

static bool within_writable(struct fake_runtime *runtime, const char *path)
{
    return vc_path_within(path, "/output") && find(runtime, "/output")->writable;
}

static void describe(struct reply *reply, const struct fake_runtime *runtime,
                     const struct fake_node *node)
{
    struct stat stat = {};

    if (node->fd >= 0)
        (void)fstat(node->fd, &stat);
    reply->head.node_kind = node->directory ? VC_NODE_DIRECTORY : VC_NODE_FILE;
    reply->head.inode = (uint64_t)(node - runtime->nodes) + 1;
    reply->head.size = (uint64_t)stat.st_size;
    reply->head.access = node->writable;
}

static uint32_t serve_stream(const struct fake_streams *streams, uint32_t flags, const char *path,
                             struct reply *reply)
{
    bool writes = (flags & VC_OPEN_WRITE) != 0;
    bool is_output = strcmp(path, "/stream/out") == 0;

    if (streams == nullptr || (!is_output && strcmp(path, "/stream/in") != 0))
        return VC_WASI_NOENT;
    if (is_output != writes)
        return VC_WASI_ACCES;
    reply->head.node_kind = VC_NODE_STREAM;
    reply->head.slot = is_output ? FAKE_OUT_SLOT : FAKE_IN_SLOT;
    reply->head.window_bytes = streams->window_bytes;
    reply->fd = is_output ? streams->out_fd : streams->in_fd;
    return VC_WASI_SUCCESS;
}

static uint32_t serve_open(struct fake_runtime *runtime, uint32_t flags, const char *path,
                           struct reply *reply)
{
    struct fake_node *node = find(runtime, path);
    bool writes = (flags & (VC_OPEN_WRITE | VC_OPEN_APPEND)) != 0;

    if (vc_path_within(path, "/stream"))
        return serve_stream(runtime->streams, flags, path, reply);
    if (node == nullptr && (flags & VC_OPEN_CREATE) == 0)
        return VC_WASI_NOENT;
    if (node == nullptr) {
        if (!within_writable(runtime, path))
            return VC_WASI_ACCES;
        fake_put(runtime, path, (struct vc_bytes){}, true);
        node = find(runtime, path);
    } else if ((flags & VC_OPEN_EXCLUSIVE) != 0) {
        return VC_WASI_EXIST;
    }
    if (node->directory && writes)
        return VC_WASI_ISDIR;
    if (node->directory) {
        describe(reply, runtime, node);
        reply->head.text_size = (uint32_t)strlen(path);
        need(vc_buffer_append_text(&reply->entries, path, nullptr) == VC_OK, "memory");
        return VC_WASI_SUCCESS;
    }
    if ((flags & VC_OPEN_DIRECTORY) != 0)
        return VC_WASI_NOTDIR;
    if (writes && !node->writable)
        return VC_WASI_ACCES;
    if ((flags & VC_OPEN_TRUNCATE) != 0)
        (void)!ftruncate(node->fd, 0);
    describe(reply, runtime, node);
    reply->head.access = writes;
    reply->fd = node->fd;
    return VC_WASI_SUCCESS;
}

/* Two entries per answer, so that programs have to ask again. */
static uint32_t serve_readdir(struct fake_runtime *runtime, uint64_t cookie, const char *path,
                              struct reply *reply)
{
    for (size_t i = (size_t)cookie; i < FAKE_NODES_MAX && reply->head.entry_count < 2; i++) {
        const struct fake_node *node = &runtime->nodes[i];
        char parent[VC_PATH_MAX];
        struct vc_worker_entry entry = {.cookie = i + 1, .inode = i + 1};

        if (node->path[0] != '/' || node->path[1] == '\0')
            continue;
        vc_path_parent(node->path, parent);
        if (strcmp(parent, path) != 0)
            continue;
        const char *name = vc_path_name(node->path);

        entry.node_kind = node->directory ? VC_NODE_DIRECTORY : VC_NODE_FILE;
        entry.name_size = (uint32_t)strlen(name);
        need(vc_buffer_append(&reply->entries,
                              (struct vc_bytes){(const uint8_t *)&entry, sizeof(entry)},
                              nullptr) == VC_OK &&
                 vc_buffer_append_text(&reply->entries, name, nullptr) == VC_OK,
             "memory");
        reply->head.entry_count++;
    }
    return VC_WASI_SUCCESS;
}

static uint32_t serve_remove(struct fake_runtime *runtime, const char *path, bool directory)
{
    struct fake_node *node = find(runtime, path);

    if (node == nullptr)
        return VC_WASI_NOENT;
    if (!within_writable(runtime, path))
        return VC_WASI_ACCES;
    for (size_t i = 0; directory && i < FAKE_NODES_MAX; i++) {
        const char *other = runtime->nodes[i].path;

        if (other[0] == '/' && strcmp(other, path) != 0 && vc_path_within(other, path))
            return VC_WASI_NOTEMPTY;
    }
    if (node->directory != directory)
        return directory ? VC_WASI_NOTDIR : VC_WASI_ISDIR;
    if (node->fd >= 0)
        (void)close(node->fd);
    *node = (struct fake_node){.fd = -1};
    return VC_WASI_SUCCESS;
}

static uint32_t serve_stat_open(const struct fake_runtime *runtime, uint64_t inode,
                                struct reply *reply)
{
    if (inode == 0 || inode > FAKE_NODES_MAX)
        return VC_WASI_BADF;
    describe(reply, runtime, &runtime->nodes[inode - 1]);
    return VC_WASI_SUCCESS;
}

static uint32_t serve_rename(struct fake_node *node, const char *path, const char *path2,
                             struct reply *reply)
{
    if (node == nullptr)
        return VC_WASI_NOENT;
    need(vc_buffer_append(&reply->entries,
                          (struct vc_bytes){(const uint8_t *)path, strlen(path) + 1},
                          nullptr) == VC_OK &&
             vc_buffer_append(&reply->entries,
                              (struct vc_bytes){(const uint8_t *)path2, strlen(path2) + 1},
                              nullptr) == VC_OK,
         "memory");
    reply->head.text_size = (uint32_t)reply->entries.size;
    (void)snprintf(node->path, sizeof(node->path), "%s", path2);
    return VC_WASI_SUCCESS;
}

static uint32_t serve_rest(struct fake_runtime *runtime, const struct vc_worker_call *call,
                           const char *path, const char *path2, struct reply *reply)
{
    struct fake_node *node = find(runtime, path);

    switch (call->call) {
    case VC_CALL_STAT:
        if (node == nullptr)
            return VC_WASI_NOENT;
        describe(reply, runtime, node);
        return VC_WASI_SUCCESS;
    case VC_CALL_MKDIR:
        if (node != nullptr)
            return VC_WASI_EXIST;
        if (!within_writable(runtime, path))
            return VC_WASI_ACCES;
        add(runtime, path)->directory = true;
        return VC_WASI_SUCCESS;
    case VC_CALL_RENAME:
        return serve_rename(node, path, path2, reply);
    case VC_CALL_STAT_OPEN:
        return serve_stat_open(runtime, call->inode, reply);
    default:
        return VC_WASI_NOSYS;
    }
}

static uint32_t serve_keystore(const struct fake_runtime *runtime, struct reply *reply)
{
    uint32_t text_size = 0;
    uint32_t result;

    if (runtime->keys == nullptr)
        return VC_WASI_NOSYS;
    result = fake_keys_serve(runtime->keys, reply->key_fds, &reply->key_fd_count, &text_size);
    for (uint32_t i = 0; i < text_size; i++)
        need(vc_buffer_append_text(&reply->entries, "x", nullptr) == VC_OK, "memory");
    reply->head.text_size = text_size;
    return result;
}

static uint32_t serve(struct fake_runtime *runtime, const struct vc_worker_call *call,
                      const char *path, const char *path2, struct reply *reply)
{
    switch (call->call) {
    case VC_CALL_KEYSTORE:
        return serve_keystore(runtime, reply);
    case VC_CALL_OPEN:
        if (runtime->on_open != nullptr)
            runtime->on_open(runtime->on_open_user, path);
        return serve_open(runtime, call->flags, path, reply);
    case VC_CALL_READDIR:
        return serve_readdir(runtime, call->cookie, path, reply);
    case VC_CALL_UNLINK:
        return serve_remove(runtime, path, false);
    case VC_CALL_RMDIR:
        return serve_remove(runtime, path, true);
    default:
        return serve_rest(runtime, call, path, path2, reply);
    }
}

/* No links here: a place is its directory and its name in a row. */
static void place(const uint8_t *bytes, uint32_t directory_size, uint32_t name_size,
                  char path[VC_PATH_MAX])
{
    char text[2 * VC_WORKER_PATH_MAX];

    need(directory_size < VC_WORKER_PATH_MAX && name_size < VC_WORKER_PATH_MAX, "long place");
    memcpy(text, bytes, directory_size);
    text[directory_size] = '/';
    memcpy(text + directory_size + 1, bytes + directory_size, name_size);
    text[directory_size + 1 + name_size] = '\0';
    need(vc_path_canonical(text, path, nullptr) == VC_OK, "path");
}

static void send_reply(int control, struct reply *reply)
{
    struct vc_parcel parcel = {.head = VC_BYTES_OF(reply->head),
                               .tail = vc_buffer_bytes(&reply->entries),
                               .fds = &reply->fd,
                               .fd_count = reply->fd >= 0 ? 1 : 0};

    if (reply->key_fd_count > 0) {
        parcel.fds = reply->key_fds;
        parcel.fd_count = reply->key_fd_count;
    }
    need(vc_packet_send(control, &parcel, nullptr) == VC_OK, "answer");
    for (size_t i = 0; i < reply->key_fd_count; i++)
        (void)close(reply->key_fds[i]);
    vc_buffer_done(&reply->entries);
}

static void answer_policy(const struct vc_worker_call *call, struct vc_bytes text, int control)
{
    struct reply reply = {.head.kind = VC_WORKER_ANSWER, .fd = -1};

    reply.head.wasi_errno = fake_policy_answer(call, text, &reply.fd, &reply.head.size);
    send_reply(control, &reply);
    vc_fd_closep(&reply.fd);
}

static void answer(struct fake_runtime *runtime, int control, const uint8_t *bytes, size_t size)
{
    struct vc_worker_call call;
    char path[VC_PATH_MAX] = "/";
    char path2[VC_PATH_MAX] = "/";
    struct reply reply = {.head.kind = VC_WORKER_ANSWER, .fd = -1};

    need(size >= sizeof(call), "short call");
    memcpy(&call, bytes, sizeof(call));
    need(size == sizeof(call) + call.directory_size + call.name_size + call.directory2_size +
                     call.name2_size,
         "call with wrong sizes");
    bytes += sizeof(call);
    if (call.call == VC_CALL_QUERY || call.call == VC_CALL_NARROW) {
        answer_policy(&call, (struct vc_bytes){bytes, call.name_size}, control);
        return;
    }
    place(bytes, call.directory_size, call.name_size, path);
    bytes += call.directory_size + call.name_size;
    place(bytes, call.directory2_size, call.name2_size, path2);
    reply.head.wasi_errno = serve(runtime, &call, path, path2, &reply);
    send_reply(control, &reply);
}

static void take_end(const uint8_t *bytes, size_t size, struct fake_end *end)
{
    need(size >= sizeof(end->end), "short end");
    memcpy(&end->end, bytes, sizeof(end->end));
    need(end->end.text_size <= 256 && size == sizeof(end->end) + end->end.text_size, "end's text");
    memcpy(end->text, bytes + sizeof(end->end), end->end.text_size);
    end->said = true;
}

/* What wants no answer. */
static void take_news(struct fake_runtime *runtime, uint32_t kind, const uint8_t *bytes,
                      size_t size)
{
    struct vc_worker_progress progress;

    if (kind == VC_WORKER_TRACE) {
        need(vc_buffer_append(&runtime->traces,
                              (struct vc_bytes){bytes + sizeof(kind), size - sizeof(kind)},
                              nullptr) == VC_OK &&
                 vc_buffer_append_text(&runtime->traces, "\n", nullptr) == VC_OK,
             "memory");
        return;
    }
    need(size == sizeof(progress), "progress");
    memcpy(&progress, bytes, sizeof(progress));
    need(progress.percent > runtime->percent && progress.percent <= VC_WORKER_PERCENT_MAX,
         "progress that is none");
    runtime->percent = progress.percent;
}

static void converse(struct fake_runtime *runtime, int control, pid_t child, struct fake_end *end)
{
    uint8_t bytes[VC_WORKER_MESSAGE_MAX];
    struct vc_packet packet = {};
    struct pollfd readable = {.fd = control, .events = POLLIN};

    *end = (struct fake_end){};
    for (;;) {
        uint32_t kind;

        if (runtime != nullptr && runtime->kill_ms > 0 &&
            poll(&readable, 1, (int)runtime->kill_ms) == 0)
            (void)kill(child, SIGKILL);
        if (vc_packet_receive(control, bytes, sizeof(bytes), &packet, nullptr) != VC_OK)
            break;
        need(packet.fd_count == 0 && packet.size >= sizeof(kind), "message");
        memcpy(&kind, bytes, sizeof(kind));
        if (kind == VC_WORKER_END) {
            take_end(bytes, packet.size, end);
            break;
        }
        need(runtime != nullptr, "unexpected message");
        if (kind == VC_WORKER_PROGRESS || kind == VC_WORKER_TRACE) {
            take_news(runtime, kind, bytes, packet.size);
            continue;
        }
        need(kind == VC_WORKER_CALL, "unexpected message");
        runtime->calls++;
        answer(runtime, control, bytes, packet.size);
    }
    (void)close(control);
    (void)waitpid(child, &end->status, 0);
}

void fake_compile(const char *compiler, int module_fd, uint32_t memory_mib, int *native,
                  struct fake_end *end)
{
    struct vc_worker_compile order = {
        .memory_mib = memory_mib, .best_seconds = 30, .quick_seconds = 30};

    fake_compile_by(compiler, module_fd, order, native, end);
}

void fake_compile_by(const char *compiler, int module_fd, struct vc_worker_compile order,
                     int *native, struct fake_end *end)
{
    const char *argv[] = {compiler, nullptr};
    int control = -1;
    pid_t child = fake_start(argv, &control);

    order.kind = VC_WORKER_COMPILE;
    *native = memory_file((struct vc_bytes){});
    const int fds[] = {module_fd, *native};

    need(vc_packet_send(control,
                        &(struct vc_parcel){.head = VC_BYTES_OF(order), .fds = fds, .fd_count = 2},
                        nullptr) == VC_OK,
         "compile order");
    converse(nullptr, control, child, end);
}

static uint32_t append_texts(struct vc_buffer *tail, const char *const *texts)
{
    uint32_t count = 0;

    for (; texts != nullptr && texts[count] != nullptr; count++) {
        need(vc_buffer_append(
                 tail, (struct vc_bytes){(const uint8_t *)texts[count], strlen(texts[count]) + 1},
                 nullptr) == VC_OK,
             "memory");
    }
    return count;
}

static uint64_t or_default(uint64_t value, uint64_t otherwise)
{
    return value == 0 ? otherwise : value;
}

static void fill_streams(const struct fake_streams *streams, struct vc_worker_run *run)
{
    static const uint32_t slots[] = {FAKE_IN_SLOT, FAKE_OUT_SLOT};

    if (streams == nullptr)
        return;
    run->streams = 1;
    for (size_t i = 0; streams->standard && i < VC_COUNT(slots); i++) {
        run->standard[i] = VC_STANDARD_STREAM;
        run->standard_slot[i] = slots[i];
        run->standard_window[i] = streams->window_bytes;
    }
}

static void fill_order(const struct fake_order *order, struct vc_worker_run *run,
                       struct vc_buffer *tail)
{
    const char *preopen = order->preopen == nullptr ? "/" : order->preopen;

    *run = order->limits;
    run->kind = VC_WORKER_RUN;
    run->memory_mib = (uint32_t)or_default(run->memory_mib, 64);
    run->stack_kib = (uint32_t)or_default(run->stack_kib, 1024);
    run->cpu_seconds = (uint32_t)or_default(run->cpu_seconds, 20);
    run->files_open_max = (uint32_t)or_default(run->files_open_max, 16);
    run->output_bytes = or_default(run->output_bytes, 1 << 20);
    run->standard[0] = order->stdin_fd > 0 ? VC_STANDARD_FILE : VC_STANDARD_NONE;
    run->standard[1] = run->standard[2] = VC_STANDARD_FILE;
    run->argument_count = append_texts(tail, order->arguments);
    run->environment_count = append_texts(tail, order->environment);
    run->preopen_count = 1;
    for (int i = 0; i < 2; i++) { /* its name, and its path */
        struct vc_bytes text = {(const uint8_t *)preopen, strlen(preopen) + 1};

        need(vc_buffer_append(tail, text, nullptr) == VC_OK, "memory");
    }
    run->text_size = (uint32_t)tail->size;
}

struct attached {
    int fds[7];
    size_t count;
};

static void attach(struct attached *attached, int fd)
{
    attached->fds[attached->count++] = fd;
}

static void attach_streams(struct attached *attached, const struct fake_streams *streams)
{
    if (streams == nullptr)
        return;
    attach(attached, streams->slots_fd);
    attach(attached, streams->worker_counter);
    attach(attached, streams->runtime_counter);
}

bool fake_give(struct fake_runtime *runtime, int control, int module_fd,
               const struct fake_order *order)
{
    struct vc_worker_run run;
    vc_cleanup(vc_buffer_done) struct vc_buffer tail = {};
    struct attached attached = {.fds = {module_fd}, .count = 1};

    fake_put(runtime, "/stdout", (struct vc_bytes){}, true);
    fake_put(runtime, "/stderr", (struct vc_bytes){}, true);
    fill_order(order, &run, &tail);
    fill_streams(runtime->streams, &run);
    attach_streams(&attached, runtime->streams);
    if (run.standard[0] != VC_STANDARD_NONE)
        attach(&attached,
               run.standard[0] == VC_STANDARD_FILE ? order->stdin_fd : runtime->streams->in_fd);
    attach(&attached, run.standard[1] == VC_STANDARD_FILE ? find(runtime, "/stdout")->fd
                                                          : runtime->streams->out_fd);
    attach(&attached, find(runtime, "/stderr")->fd);
    return vc_packet_send(control,
                          &(struct vc_parcel){.head = VC_BYTES_OF(run),
                                              .tail = vc_buffer_bytes(&tail),
                                              .fds = attached.fds,
                                              .fd_count = attached.count},
                          nullptr) == VC_OK;
}

void fake_run(struct fake_runtime *runtime, int control, pid_t worker, int module_fd,
              const struct fake_order *order, struct fake_end *end)
{
    need(fake_give(runtime, control, module_fd, order), "run order");
    converse(runtime, control, worker, end);
}
