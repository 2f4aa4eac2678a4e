/* SPDX-License-Identifier: MIT */

/* Making a host, and giving it what one run may hold. */

#include "hostabi/host.h"

#include <errno.h>
#include <fcntl.h>
#include <stdckdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "hostabi/host_internal.h"

enum vc_code vc_host_new(const struct vc_tree_ops *ops, void *tree, struct vc_host **host,
                         struct vc_err *err)
{
    struct vc_host *made = calloc(1, sizeof(*made));

    if (made == nullptr)
        return vc_fail_memory(err);
    made->ops = ops;
    made->tree = tree;
    *host = made;
    return VC_OK;
}

static enum vc_code copy_texts(const char *const *texts, uint32_t count,
                               struct vc_host_texts *copies, struct vc_err *err)
{
    uint32_t size = 0;

    for (uint32_t i = 0; i < count; i++) {
        if (ckd_add(&size, size, strlen(texts[i]) + 1))
            return vc_fail(err, VC_LIMIT, "arguments or environment: too long");
    }
    copies->bytes = malloc(size > 0 ? size : 1);
    if (copies->bytes == nullptr)
        return vc_fail_memory(err);
    copies->count = count;
    for (uint32_t i = 0; i < count; i++) {
        size_t text_size = strlen(texts[i]) + 1;

        memcpy(copies->bytes + copies->size, texts[i], text_size);
        copies->size += (uint32_t)text_size;
    }
    return VC_OK;
}

static enum vc_code open_standard_one(struct vc_host *host, const struct vc_host_setup *setup,
                                      uint32_t index, uint64_t rights, struct vc_err *err)
{
    struct vc_descriptor *slot = &host->descriptors.table[index];
    struct vc_stream_grant grant = {.slot = setup->standard_slot[index],
                                    .window_bytes = setup->standard_window[index],
                                    .produces = index > 0};
    struct vc_stream_end end;
    int fd = setup->standard_fds[index];

    if (fd < 0) {
        vc_descriptor_open_null(slot, rights);
        return VC_OK;
    }
    if (grant.window_bytes == 0)
        return vc_descriptor_open_file(slot, fd, index > 0, rights, err);
    enum vc_code code = vc_stream_end_open(&host->stream, grant, fd, &end, err);

    if (code == VC_OK)
        vc_descriptor_open_stream(slot, &end, rights);
    return code;
}

static enum vc_code open_standard(struct vc_host *host, const struct vc_host_setup *setup,
                                  struct vc_err *err)
{
    uint64_t write =
        VC_WASI_RIGHT_FD_WRITE | VC_WASI_RIGHT_FD_ALLOCATE | VC_WASI_RIGHT_FD_FILESTAT_SET_SIZE;

    for (uint32_t i = 0; i < 3; i++) {
        uint64_t unused = i == 0 ? write : VC_WASI_RIGHT_FD_READ;
        uint64_t rights =
            vc_descriptor_file_rights() & ~unused & ~VC_WASI_RIGHT_FD_FILESTAT_SET_TIMES;
        enum vc_code code = open_standard_one(host, setup, i, rights, err);

        if (code != VC_OK)
            return code;
    }
    return VC_OK;
}

static enum vc_code open_preopens(struct vc_host *host, const struct vc_host_setup *setup,
                                  struct vc_err *err)
{
    uint64_t rights = vc_descriptor_directory_rights();

    for (uint32_t i = 0; i < setup->preopen_count; i++) {
        struct vc_descriptor *slot = &host->descriptors.table[3 + i];
        enum vc_code code = vc_descriptor_open_directory(slot, setup->preopens[i].path, rights,
                                                         rights | vc_descriptor_file_rights(), err);

        if (code != VC_OK)
            return code;
        slot->preopen_name = strdup(setup->preopens[i].name);
        if (slot->preopen_name == nullptr)
            return vc_fail_memory(err);
    }
    return VC_OK;
}

static int64_t monotonic_ns(void)
{
    struct timespec now = {};

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

enum vc_code vc_host_start(struct vc_host *host, const struct vc_host_setup *setup,
                           struct vc_err *err)
{
    uint32_t files = setup->files_open_max;

    if (host->descriptors.table != nullptr)
        return vc_fail(err, VC_STATE, "host: it has a run already");
    if (setup->preopen_count > VC_WORKER_PREOPENS_MAX)
        return vc_fail(err, VC_LIMIT, "host: %u preopened directories", setup->preopen_count);
    if (files < 3 + setup->preopen_count)
        files = 3 + setup->preopen_count;
    if (files > VC_HOST_FILES_OPEN_MAX)
        files = VC_HOST_FILES_OPEN_MAX;
    host->output_left = setup->output_bytes;
    host->written_left = setup->written_bytes > 0 ? setup->written_bytes : setup->output_bytes;
    host->stream = setup->stream;
    host->progress = setup->progress;
    host->psa = setup->psa;
    host->psa_user = setup->psa_user;
    host->clock = setup->clock;
    host->randomness = setup->randomness;
    host->clock_base_ns = setup->clock ? monotonic_ns() : 0;
    enum vc_code code = vc_descriptors_init(&host->descriptors, files, err);

    if (code == VC_OK)
        code = copy_texts(setup->arguments, setup->argument_count, &host->arguments, err);
    if (code == VC_OK)
        code = copy_texts(setup->environment, setup->environment_count, &host->environment, err);
    if (code == VC_OK)
        code = open_standard(host, setup, err);
    if (code == VC_OK)
        code = open_preopens(host, setup, err);
    return code;
}

uint32_t vc_host_exit_code(const struct vc_host *host)
{
    return host->exit_code;
}

uint32_t vc_host_raised(const struct vc_host *host)
{
    return host->raised;
}

bool vc_host_failed(const struct vc_host *host)
{
    return host->failed;
}

uint32_t vc_host_limits_met(const struct vc_host *host)
{
    return host->limits_met;
}

void vc_host_free(struct vc_host *host)
{
    if (host == nullptr)
        return;
    vc_descriptors_done(&host->descriptors);
    free(host->arguments.bytes);
    free(host->environment.bytes);
    free(host);
}

uint32_t vc_host_ask(struct vc_host *host, const struct vc_tree_request *request,
                     struct vc_tree_answer *answer)
{
    *answer = (struct vc_tree_answer){.fd = -1};
    if (host->ops->call(host->tree, request, answer, nullptr) != VC_OK)
        return VC_WASI_IO;
    return answer->head.wasi_errno;
}

uint32_t vc_host_file_size(const struct vc_descriptor *file, uint64_t *size)
{
    struct stat stat;

    *size = file->map_size;
    if (file->fd < 0)
        return VC_WASI_SUCCESS;
    if (fstat(file->fd, &stat) != 0 || stat.st_size < 0)
        return VC_WASI_IO;
    *size = (uint64_t)stat.st_size;
    return VC_WASI_SUCCESS;
}

uint8_t vc_host_descriptor_type(const struct vc_descriptor *descriptor)
{
    switch (descriptor->kind) {
    case VC_DESCRIPTOR_DIRECTORY:
        return VC_WASI_TYPE_DIRECTORY;
    case VC_DESCRIPTOR_FILE:
        return VC_WASI_TYPE_REGULAR_FILE;
    case VC_DESCRIPTOR_STREAM:
        return VC_WASI_TYPE_SOCKET_STREAM;
    case VC_DESCRIPTOR_FREE:
    case VC_DESCRIPTOR_NULL:
        break;
    }
    return VC_WASI_TYPE_CHARACTER_DEVICE;
}

uint8_t vc_host_node_type(uint32_t node_kind)
{
    switch (node_kind) {
    case VC_NODE_FILE:
        return VC_WASI_TYPE_REGULAR_FILE;
    case VC_NODE_DIRECTORY:
        return VC_WASI_TYPE_DIRECTORY;
    case VC_NODE_SYMLINK:
        return VC_WASI_TYPE_SYMBOLIC_LINK;
    case VC_NODE_STREAM:
        return VC_WASI_TYPE_SOCKET_STREAM;
    default:
        return VC_WASI_TYPE_UNKNOWN;
    }
}
