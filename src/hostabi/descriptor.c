/* SPDX-License-Identifier: MIT */

#include "hostabi/descriptor.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

uint64_t vc_descriptor_file_rights(void)
{
    return VC_WASI_RIGHT_FD_DATASYNC | VC_WASI_RIGHT_FD_READ | VC_WASI_RIGHT_FD_SEEK |
           VC_WASI_RIGHT_FD_FDSTAT_SET_FLAGS | VC_WASI_RIGHT_FD_SYNC | VC_WASI_RIGHT_FD_TELL |
           VC_WASI_RIGHT_FD_WRITE | VC_WASI_RIGHT_FD_ADVISE | VC_WASI_RIGHT_FD_ALLOCATE |
           VC_WASI_RIGHT_FD_FILESTAT_GET | VC_WASI_RIGHT_FD_FILESTAT_SET_SIZE |
           VC_WASI_RIGHT_FD_FILESTAT_SET_TIMES | VC_WASI_RIGHT_POLL_FD_READWRITE;
}

uint64_t vc_descriptor_directory_rights(void)
{
    return VC_WASI_RIGHT_FD_DATASYNC | VC_WASI_RIGHT_FD_SYNC | VC_WASI_RIGHT_FD_FDSTAT_SET_FLAGS |
           VC_WASI_RIGHT_PATH_CREATE_DIRECTORY | VC_WASI_RIGHT_PATH_CREATE_FILE |
           VC_WASI_RIGHT_PATH_LINK_SOURCE | VC_WASI_RIGHT_PATH_LINK_TARGET |
           VC_WASI_RIGHT_PATH_OPEN | VC_WASI_RIGHT_FD_READDIR | VC_WASI_RIGHT_PATH_READLINK |
           VC_WASI_RIGHT_PATH_RENAME_SOURCE | VC_WASI_RIGHT_PATH_RENAME_TARGET |
           VC_WASI_RIGHT_PATH_FILESTAT_GET | VC_WASI_RIGHT_PATH_FILESTAT_SET_SIZE |
           VC_WASI_RIGHT_PATH_FILESTAT_SET_TIMES | VC_WASI_RIGHT_FD_FILESTAT_GET |
           VC_WASI_RIGHT_FD_FILESTAT_SET_TIMES | VC_WASI_RIGHT_PATH_SYMLINK |
           VC_WASI_RIGHT_PATH_REMOVE_DIRECTORY | VC_WASI_RIGHT_PATH_UNLINK_FILE;
}

enum vc_code vc_descriptors_init(struct vc_descriptors *descriptors, uint32_t count,
                                 struct vc_err *err)
{
    struct vc_descriptor *table = calloc(count, sizeof(*table));

    if (table == nullptr)
        return vc_fail_memory(err);
    for (uint32_t i = 0; i < count; i++)
        table[i].fd = -1;
    *descriptors = (struct vc_descriptors){.table = table, .count = count};
    return VC_OK;
}

uint32_t vc_descriptors_slot(const struct vc_descriptors *descriptors, uint32_t *index)
{
    for (uint32_t i = 0; i < descriptors->count; i++) {
        if (descriptors->table[i].kind == VC_DESCRIPTOR_FREE) {
            *index = i;
            return VC_WASI_SUCCESS;
        }
    }
    return VC_WASI_NFILE;
}

uint32_t vc_descriptors_find(const struct vc_descriptors *descriptors, uint64_t index,
                             uint64_t rights, struct vc_descriptor **descriptor)
{
    if (index >= descriptors->count || descriptors->table[index].kind == VC_DESCRIPTOR_FREE)
        return VC_WASI_BADF;
    if ((rights & ~descriptors->table[index].rights) != 0)
        return VC_WASI_NOTCAPABLE;
    *descriptor = &descriptors->table[index];
    return VC_WASI_SUCCESS;
}

static uint32_t find_kind(const struct vc_descriptors *descriptors, uint64_t index, bool directory,
                          uint64_t rights, struct vc_descriptor **descriptor)
{
    struct vc_descriptor *found;
    uint32_t failure = vc_descriptors_find(descriptors, index, 0, &found);

    if (failure != VC_WASI_SUCCESS)
        return failure;
    if ((found->kind == VC_DESCRIPTOR_DIRECTORY) != directory)
        return directory ? VC_WASI_NOTDIR : VC_WASI_ISDIR;
    if (found->kind == VC_DESCRIPTOR_STREAM)
        return VC_WASI_SPIPE;
    if (directory && found->path == nullptr)
        return VC_WASI_NOENT;
    return vc_descriptors_find(descriptors, index, rights, descriptor);
}

uint32_t vc_descriptors_find_directory(const struct vc_descriptors *descriptors, uint64_t index,
                                       uint64_t rights, struct vc_descriptor **directory)
{
    return find_kind(descriptors, index, true, rights, directory);
}

uint32_t vc_descriptors_find_file(const struct vc_descriptors *descriptors, uint64_t index,
                                  uint64_t rights, struct vc_descriptor **file)
{
    return find_kind(descriptors, index, false, rights, file);
}

uint32_t vc_descriptors_find_bytes(const struct vc_descriptors *descriptors, uint64_t index,
                                   uint64_t rights, struct vc_descriptor **descriptor)
{
    struct vc_descriptor *found;
    uint32_t failure = vc_descriptors_find(descriptors, index, 0, &found);

    if (failure == VC_WASI_SUCCESS && found->kind == VC_DESCRIPTOR_DIRECTORY)
        return VC_WASI_ISDIR;
    return failure == VC_WASI_SUCCESS ? vc_descriptors_find(descriptors, index, rights, descriptor)
                                      : failure;
}

/* Sealed against writing and shrinking: reads may then be plain copies from a mapping. */
static bool is_final(int fd)
{
    static constexpr int FINAL = F_SEAL_WRITE | F_SEAL_SHRINK;
    int seals = fcntl(fd, F_GET_SEALS);

    return seals >= 0 && (seals & FINAL) == FINAL;
}

static enum vc_code map_content(struct vc_descriptor *slot, int fd, struct vc_err *err)
{
    struct stat stat;

    if (fstat(fd, &stat) != 0)
        return vc_fail_host(err, "a file that the runtime gave");
    if (stat.st_size < 0)
        return vc_fail(err, VC_HOST, "a file that the runtime gave: no size");
    slot->map_size = (uint64_t)stat.st_size;
    slot->mapped = true;
    if (stat.st_size > 0) {
        void *map = mmap(nullptr, (size_t)stat.st_size, PROT_READ, MAP_SHARED, fd, 0);

        if (map == MAP_FAILED)
            return vc_fail_host(err, "a file that the runtime gave");
        slot->map = map;
    }
    (void)close(fd);
    return VC_OK;
}

enum vc_code vc_descriptor_open_file(struct vc_descriptor *slot, int fd, bool writable,
                                     uint64_t rights, struct vc_err *err)
{
    struct vc_descriptor file = {.kind = VC_DESCRIPTOR_FILE, .fd = -1};

    file.rights = rights & vc_descriptor_file_rights();
    if (!writable) {
        file.rights &= ~(VC_WASI_RIGHT_FD_WRITE | VC_WASI_RIGHT_FD_ALLOCATE |
                         VC_WASI_RIGHT_FD_FILESTAT_SET_SIZE);
    }
    if (is_final(fd)) {
        enum vc_code code = map_content(&file, fd, err);

        if (code != VC_OK)
            return code;
    } else {
        file.fd = fd;
    }
    *slot = file;
    return VC_OK;
}

enum vc_code vc_descriptor_open_directory(struct vc_descriptor *slot, const char *path,
                                          uint64_t rights, uint64_t inheriting, struct vc_err *err)
{
    char *copy = strdup(path);

    if (copy == nullptr)
        return vc_fail_memory(err);
    *slot = (struct vc_descriptor){.kind = VC_DESCRIPTOR_DIRECTORY,
                                   .rights = rights & vc_descriptor_directory_rights(),
                                   .inheriting = inheriting,
                                   .fd = -1,
                                   .path = copy};
    return VC_OK;
}

void vc_descriptor_open_null(struct vc_descriptor *slot, uint64_t rights)
{
    *slot = (struct vc_descriptor){.kind = VC_DESCRIPTOR_NULL, .rights = rights, .fd = -1};
}

void vc_descriptor_open_stream(struct vc_descriptor *slot, const struct vc_stream_end *end,
                               uint64_t rights)
{
    uint64_t most = VC_WASI_RIGHT_FD_DATASYNC | VC_WASI_RIGHT_FD_FDSTAT_SET_FLAGS |
                    VC_WASI_RIGHT_FD_SYNC | VC_WASI_RIGHT_FD_ADVISE |
                    VC_WASI_RIGHT_FD_FILESTAT_GET | VC_WASI_RIGHT_POLL_FD_READWRITE |
                    (end->produces ? VC_WASI_RIGHT_FD_WRITE : VC_WASI_RIGHT_FD_READ);

    *slot = (struct vc_descriptor){
        .kind = VC_DESCRIPTOR_STREAM, .rights = rights & most, .fd = -1, .stream = *end};
}

/* `path` with `from` at its start replaced; null if it becomes too long, or memory is short. */
static char *moved_path(const char *path, const char *from, const char *to)
{
    char text[VC_WORKER_PATH_MAX];
    int size = snprintf(text, sizeof(text), "%s%s", to, path + strlen(from));

    return size > 0 && (size_t)size < sizeof(text) ? strdup(text) : nullptr;
}

static bool lies_at_or_below(const char *path, const char *top)
{
    size_t size = strlen(top);

    return strncmp(path, top, size) == 0 && (path[size] == '\0' || path[size] == '/');
}

void vc_descriptors_move(struct vc_descriptors *descriptors, const char *from, const char *to)
{
    for (uint32_t i = 0; i < descriptors->count; i++) {
        struct vc_descriptor *directory = &descriptors->table[i];
        char *old = directory->path;

        if (old == nullptr || !lies_at_or_below(old, from))
            continue;
        directory->path = moved_path(old, from, to);
        free(old);
    }
}

void vc_descriptor_close(struct vc_descriptor *descriptor)
{
    if (descriptor->map != nullptr)
        (void)munmap(descriptor->map, (size_t)descriptor->map_size);
    if (descriptor->fd >= 0)
        (void)close(descriptor->fd);
    vc_stream_end_done(&descriptor->stream);
    free(descriptor->path);
    free(descriptor->preopen_name);
    *descriptor = (struct vc_descriptor){.fd = -1};
}

void vc_descriptors_done(struct vc_descriptors *descriptors)
{
    for (uint32_t i = 0; i < descriptors->count; i++)
        vc_descriptor_close(&descriptors->table[i]);
    free(descriptors->table);
    *descriptors = (struct vc_descriptors){};
}
