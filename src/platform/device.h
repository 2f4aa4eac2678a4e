/* SPDX-License-Identifier: MIT */

/* The machine's devices that make evidence, as the few system calls that reach them. They are
 * handed in, so that whatever stands above them can be shown a recorded exchange. */

#ifndef VC_PLATFORM_DEVICE_H
#define VC_PLATFORM_DEVICE_H

#include <sys/types.h>

#include "base/buffer.h"

/* Each as the system call of its name: -1 and errno if it fails. */
struct vc_device {
    int (*open)(void *user, const char *path, int flags);
    ssize_t (*read)(void *user, int fd, void *data, size_t size);
    ssize_t (*write)(void *user, int fd, const void *data, size_t size);
    int (*ioctl)(void *user, int fd, unsigned long request, void *argument);
    int (*close)(void *user, int fd);
    int (*mkdir)(void *user, const char *path);
    int (*rmdir)(void *user, const char *path);
    void *user;
};

/* This machine's own. */
extern const struct vc_device vc_device_kernel;

/* All of these repeat what a signal interrupted, a bounded number of times. VC_NOT_FOUND: there is
 * no such device or file. VC_STATE: busy, or asked again too early. VC_HOST: what else the kernel
 * says; all name the path. */

/* Appends the whole file. VC_LIMIT: it has more than `size_max` bytes; nothing was appended. */
enum vc_code vc_device_load(const struct vc_device *device, const char *path, size_t size_max,
                            struct vc_buffer *out, struct vc_err *err);
/* Writes an attribute: some take effect when they are closed, and that error counts too. */
enum vc_code vc_device_store(const struct vc_device *device, const char *path,
                             struct vc_bytes bytes, struct vc_err *err);
/* One request to a device, whose answer is in *argument, also where it fails. */
enum vc_code vc_device_request(const struct vc_device *device, const char *path,
                               unsigned long request, void *argument, struct vc_err *err);
/* VC_STATE also: a folder of this name is there. */
enum vc_code vc_device_make_folder(const struct vc_device *device, const char *path,
                                   struct vc_err *err);
enum vc_code vc_device_remove_folder(const struct vc_device *device, const char *path,
                                     struct vc_err *err);
/* Whether the device can be opened for requests, which is not yet one. */
enum vc_code vc_device_probe(const struct vc_device *device, const char *path, struct vc_err *err);

#endif
