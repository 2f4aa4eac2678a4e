/* SPDX-License-Identifier: MIT */

/* The manifest: every file that runs inside a container, with its digest. Its own digest is the
 * measurement.
 *
 *     veracruz manifest 1
 *     runtime veracruz-runtime <sha256>
 *     worker ld-linux-x86-64.so.2 <sha256>
 *     worker libc.so.6 <sha256>
 *     worker veracruz-worker <sha256>
 *     ...
 *
 * One line per file, image by image. The first file of an image is what the kernel starts: the
 * program itself if it is linked statically, else the dynamic loader; then the libraries, in the
 * order in which they are preloaded; the program last.
 */

#ifndef VC_PLATFORM_MANIFEST_H
#define VC_PLATFORM_MANIFEST_H

#include "abi/launcher.h"
#include "base/err.h"
#include "crypto/digest.h"

enum vc_image_kind { VC_IMAGE_RUNTIME, VC_IMAGE_WORKER, VC_IMAGE_COMPILER };
constexpr size_t VC_IMAGE_COUNT = 3;
constexpr size_t VC_MANIFEST_NAME_MAX = 64; /* bytes with the NUL */
constexpr size_t VC_MANIFEST_SIZE_MAX = 65536;

struct vc_manifest_object {
    enum vc_image_kind image;
    char name[VC_MANIFEST_NAME_MAX];
    uint8_t sha256[VC_SHA256_SIZE];
};

struct vc_manifest {
    uint8_t measurement[VC_SHA256_SIZE]; /* SHA-256 of the exact text */
    size_t count;
    struct vc_manifest_object objects[VC_LAUNCHER_OBJECTS_MAX];
};

/* Parses the one form above. VC_MALFORMED names the line; VC_LIMIT: too many lines. */
enum vc_code vc_manifest_parse(struct vc_bytes text, struct vc_manifest *manifest,
                               struct vc_err *err);

/* The objects of one image: *first is the index of the first, the return value their number. */
size_t vc_manifest_image(const struct vc_manifest *manifest, enum vc_image_kind image,
                         size_t *first);

/* "runtime", "worker", "compiler". */
const char *vc_image_name(enum vc_image_kind image);

#endif
