/* SPDX-License-Identifier: MIT */

#include "flow/window.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

static constexpr int SEALS = F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL;
static constexpr size_t SLOTS_SIZE = (size_t)VC_STREAM_SLOTS_MAX * sizeof(struct vc_stream_slot);

static_assert(ATOMIC_LLONG_LOCK_FREE == 2 && ATOMIC_INT_LOCK_FREE == 2);
static_assert(sizeof(struct vc_stream_slot) == 3 * (size_t)64);

static bool is_window_size(size_t size)
{
    return size >= VC_STREAM_WINDOW_MIN && size <= VC_STREAM_WINDOW_MAX && (size & (size - 1)) == 0;
}

static enum vc_code create(const char *name, size_t size, int *fd, struct vc_err *err)
{
    vc_cleanup(vc_fd_closep) int made = -1;
    enum vc_code code = vc_memfd_new(name, false, &made, err);

    if (code != VC_OK)
        return code;
    if (ftruncate(made, (off_t)size) != 0 || fcntl(made, F_ADD_SEALS, SEALS) != 0)
        return vc_fail_host(err, "%s", name);
    *fd = vc_take_fd(made);
    return VC_OK;
}

enum vc_code vc_window_create(size_t size, int *fd, struct vc_err *err)
{
    if (!is_window_size(size))
        return vc_fail(err, VC_LIMIT, "window: %zu bytes", size);
    return create("window", size, fd, err);
}

enum vc_code vc_window_reopen(int window_fd, int *fd, struct vc_err *err)
{
    char path[40];
    int made;

    (void)snprintf(path, sizeof(path), "/proc/self/fd/%d", window_fd);
    made = open(path, O_RDONLY | O_CLOEXEC);
    if (made < 0)
        return vc_fail_host(err, "window: open for reading");
    *fd = made;
    return VC_OK;
}

/* Nobody may be able to take pages away from under a mapping. */
static enum vc_code check_file(int fd, size_t size, struct vc_err *err)
{
    struct stat stat;
    int seals = fcntl(fd, F_GET_SEALS);

    if (fstat(fd, &stat) != 0)
        return vc_fail_host(err, "window");
    if ((uint64_t)stat.st_size != size || seals < 0 || (seals & SEALS) != SEALS)
        return vc_fail(err, VC_MALFORMED, "window: no sealed file of %zu bytes", size);
    return VC_OK;
}

/* The second copy behind the first, without naming an address to mmap: a worker may not do that
 * while its program runs. */
static bool map_twice(int fd, size_t size, int protection, uint8_t **both)
{
    void *first = mmap(nullptr, 2 * size, protection, MAP_SHARED, fd, 0);

    if (first == MAP_FAILED)
        return false;
    void *second = mmap(nullptr, size, protection, MAP_SHARED, fd, 0);
    void *behind = (uint8_t *)first + size;

    *both = first;
    if (second != MAP_FAILED &&
        mremap(second, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, behind) == behind)
        return true;
    if (second != MAP_FAILED)
        (void)munmap(second, size);
    (void)munmap(first, 2 * size);
    return false;
}

enum vc_code vc_window_map(int fd, size_t size, bool writable, struct vc_window *window,
                           struct vc_err *err)
{
    enum vc_code code = is_window_size(size) ? check_file(fd, size, err)
                                             : vc_fail(err, VC_LIMIT, "window: %zu bytes", size);
    uint8_t *both;

    if (code != VC_OK)
        return code;
    if (!map_twice(fd, size, writable ? PROT_READ | PROT_WRITE : PROT_READ, &both))
        return vc_fail_host(err, "window");
    *window = (struct vc_window){both, size};
    return VC_OK;
}

void vc_window_unmap(struct vc_window *window)
{
    if (window->data != nullptr)
        (void)munmap(window->data, 2 * window->size);
    *window = (struct vc_window){};
}

enum vc_code vc_slots_create(int *fd, struct vc_err *err)
{
    return create("slots", SLOTS_SIZE, fd, err);
}

enum vc_code vc_slots_map(int fd, struct vc_stream_slot **slots, struct vc_err *err)
{
    enum vc_code code = check_file(fd, SLOTS_SIZE, err);
    void *map;

    if (code != VC_OK)
        return code;
    map = mmap(nullptr, SLOTS_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED)
        return vc_fail_host(err, "slots");
    *slots = map;
    return VC_OK;
}

void vc_slots_unmap(struct vc_stream_slot *slots)
{
    if (slots != nullptr)
        (void)munmap(slots, SLOTS_SIZE);
}
