/* SPDX-License-Identifier: MIT */

#include "platform/device.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

static constexpr unsigned INTERRUPTIONS_MAX = 100; /* of one call, before something is wrong */

static int kernel_open(void *, const char *path, int flags)
{
    return open(path, flags);
}

static ssize_t kernel_read(void *, int fd, void *data, size_t size)
{
    return read(fd, data, size);
}

static ssize_t kernel_write(void *, int fd, const void *data, size_t size)
{
    return write(fd, data, size);
}

static int kernel_ioctl(void *, int fd, unsigned long request, void *argument)
{
    return ioctl(fd, request, argument);
}

static int kernel_close(void *, int fd)
{
    return close(fd);
}

static int kernel_mkdir(void *, const char *path)
{
    return mkdir(path, 0700);
}

static int kernel_rmdir(void *, const char *path)
{
    return rmdir(path);
}

const struct vc_device vc_device_kernel = {.open = kernel_open,
                                           .read = kernel_read,
                                           .write = kernel_write,
                                           .ioctl = kernel_ioctl,
                                           .close = kernel_close,
                                           .mkdir = kernel_mkdir,
                                           .rmdir = kernel_rmdir};

/* Evaluates `call` until no signal interrupts it; its value is the last one's. */
#define UNINTERRUPTED(call)                                  \
    (__extension__({                                         \
        typeof(call) value_;                                 \
        unsigned left_ = INTERRUPTIONS_MAX;                  \
        do                                                   \
            value_ = (call);                                 \
        while (value_ < 0 && errno == EINTR && --left_ > 0); \
        value_;                                              \
    }))

/* The class of what errno says. */
static enum vc_code fail(const char *path, struct vc_err *err)
{
    int reason = errno;
    enum vc_code code = vc_fail_host(err, "%s", path);

    if (reason == ENOENT || reason == ENODEV || reason == ENXIO)
        code = VC_NOT_FOUND;
    if (reason == EAGAIN || reason == EBUSY || reason == EEXIST)
        code = VC_STATE;
    if (err != nullptr)
        err->code = code;
    return code;
}

static enum vc_code open_path(const struct vc_device *device, const char *path, int flags, int *fd,
                              struct vc_err *err)
{
    *fd = UNINTERRUPTED(device->open(device->user, path, flags | O_CLOEXEC));
    return *fd < 0 ? fail(path, err) : VC_OK;
}

/* After EINTR the descriptor is closed all the same. */
static int close_fd(const struct vc_device *device, int fd)
{
    return device->close(device->user, fd) < 0 && errno != EINTR ? -1 : 0;
}

static enum vc_code read_all(const struct vc_device *device, int fd, const char *path,
                             size_t size_max, struct vc_buffer *out, struct vc_err *err)
{
    size_t start = out->size;
    /* One byte more, to see that there is none. */
    enum vc_code code = vc_buffer_reserve(out, size_max + 1, err);
    ssize_t got = 1;

    while (code == VC_OK && got > 0 && out->size - start <= size_max) {
        size_t wanted = size_max + 1 - (out->size - start);

        got = UNINTERRUPTED(device->read(device->user, fd, out->data + out->size, wanted));
        if (got < 0)
            code = fail(path, err);
        else if ((size_t)got > wanted)
            code = vc_fail(err, VC_HOST, "%s: more bytes than were asked for", path);
        else
            out->size += (size_t)got;
    }
    if (code == VC_OK && out->size - start > size_max)
        code = vc_fail(err, VC_LIMIT, "%s: more than %zu bytes", path, size_max);
    if (code != VC_OK)
        out->size = start;
    return code;
}

enum vc_code vc_device_load(const struct vc_device *device, const char *path, size_t size_max,
                            struct vc_buffer *out, struct vc_err *err)
{
    int fd;
    enum vc_code code = open_path(device, path, O_RDONLY, &fd, err);

    if (code != VC_OK)
        return code;
    code = read_all(device, fd, path, size_max, out, err);
    (void)close_fd(device, fd); /* what was read is there */
    return code;
}

static enum vc_code write_all(const struct vc_device *device, int fd, const char *path,
                              struct vc_bytes bytes, struct vc_err *err)
{
    for (size_t done = 0; done < bytes.size;) {
        ssize_t put =
            UNINTERRUPTED(device->write(device->user, fd, bytes.data + done, bytes.size - done));

        if (put < 0)
            return fail(path, err);
        if (put == 0 || (size_t)put > bytes.size - done)
            return vc_fail(err, VC_HOST, "%s: takes no more after %zu of %zu bytes", path, done,
                           bytes.size);
        done += (size_t)put;
    }
    return VC_OK;
}

enum vc_code vc_device_store(const struct vc_device *device, const char *path,
                             struct vc_bytes bytes, struct vc_err *err)
{
    int fd;
    enum vc_code code = open_path(device, path, O_WRONLY, &fd, err);

    if (code != VC_OK)
        return code;
    code = write_all(device, fd, path, bytes, err);
    if (close_fd(device, fd) < 0 && code == VC_OK)
        code = fail(path, err);
    return code;
}

enum vc_code vc_device_request(const struct vc_device *device, const char *path,
                               unsigned long request, void *argument, struct vc_err *err)
{
    int fd;
    enum vc_code code = open_path(device, path, O_RDWR, &fd, err);

    if (code != VC_OK)
        return code;
    if (UNINTERRUPTED(device->ioctl(device->user, fd, request, argument)) < 0)
        code = fail(path, err);
    (void)close_fd(device, fd); /* the answer is there */
    return code;
}

enum vc_code vc_device_make_folder(const struct vc_device *device, const char *path,
                                   struct vc_err *err)
{
    return UNINTERRUPTED(device->mkdir(device->user, path)) < 0 ? fail(path, err) : VC_OK;
}

enum vc_code vc_device_remove_folder(const struct vc_device *device, const char *path,
                                     struct vc_err *err)
{
    return UNINTERRUPTED(device->rmdir(device->user, path)) < 0 ? fail(path, err) : VC_OK;
}

enum vc_code vc_device_probe(const struct vc_device *device, const char *path, struct vc_err *err)
{
    int fd;
    enum vc_code code = open_path(device, path, O_RDWR, &fd, err);

    if (code == VC_OK)
        (void)close_fd(device, fd);
    return code;
}
