/* SPDX-License-Identifier: MIT */

/* Images: verified files in sealed memory, and processes started from them and from nothing else.
 */

#ifndef VC_PLATFORM_IMAGE_H
#define VC_PLATFORM_IMAGE_H

#include <sys/types.h>

#include "platform/manifest.h"

constexpr size_t VC_IMAGE_OBJECTS_MAX = 48;
constexpr size_t VC_OBJECT_SIZE_MAX = 512u << 20; /* bytes of one file */

/* One image, ready to start: sealed memory files whose content has the manifest's digests. */
struct vc_image {
    size_t count; /* 0: empty */
    int fds[VC_IMAGE_OBJECTS_MAX];
};

/* Copies each object of `image` from `files` (the descriptors of the whole manifest, in its order;
 * read from offset 0) into sealed memory and checks its digest. VC_UNTRUSTED: "libm.so.6 differs
 * from the manifest: …". On success *out owns the memory. */
enum vc_code vc_image_load(const struct vc_manifest *manifest, enum vc_image_kind image,
                           const int *files, struct vc_image *out, struct vc_err *err);
void vc_image_done(struct vc_image *image);

/* Compares a file, read from offset 0, with its digest in the manifest. VC_UNTRUSTED: it differs.
 */
enum vc_code vc_object_check(const struct vc_manifest_object *object, int file, struct vc_err *err);

struct vc_process {
    int pidfd; /* close-on-exec */
    pid_t pid; /* of the same process, for what has no call by descriptor */
};

/* Starts the image as a child with `control` as its descriptor 3, /dev/null as 0 and `error_fd` as
 * 1 and 2, no other descriptor but its own objects, no environment and no arguments. `control`
 * stays the caller's. VC_HOST. */
enum vc_code vc_image_start(const struct vc_image *image, const char *name, int control,
                            int error_fd, struct vc_process *process, struct vc_err *err);

#endif
