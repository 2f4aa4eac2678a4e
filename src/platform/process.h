/* SPDX-License-Identifier: MIT */

/* A container from outside: measure what is installed, start it, stay with it. It is processes on
 * every platform; what isolates is what the producer of evidence stands for. */

#ifndef VC_PLATFORM_PROCESS_H
#define VC_PLATFORM_PROCESS_H

#include "abi/launcher.h"
#include "base/buffer.h"
#include "crypto/key.h"
#include "platform/manifest.h"
#include "platform/produce.h"

/* What belongs to this command: found beside the running executable, in its build tree or
 * installed. */
struct vc_installation {
    struct vc_buffer manifest_text; /* the exact bytes */
    struct vc_manifest manifest;
    char *paths[VC_LAUNCHER_OBJECTS_MAX]; /* of each object, in the manifest's order */
};

/* VC_NOT_FOUND: says which file is missing and where it was looked for. */
enum vc_code vc_installation_load(struct vc_installation *installation, struct vc_err *err);
/* Appends the path, with its NUL, of an executable that is installed beside the manifest and in no
 * container; in a build tree it is in its room's folder. VC_NOT_FOUND. */
enum vc_code vc_installation_helper(const char *name, const char *room, struct vc_buffer *path,
                                    struct vc_err *err);
/* Appends the path, with its NUL, of the table that names the measurement of what is installed
 * (attest/releases.h). VC_NOT_FOUND. */
enum vc_code vc_installation_releases(struct vc_buffer *path, struct vc_err *err);
/* Reads every file and compares it with the manifest. VC_UNTRUSTED: which one differs. */
enum vc_code vc_installation_check(const struct vc_installation *installation, struct vc_err *err);
void vc_installation_done(struct vc_installation *installation);

struct vc_launch {
    struct vc_bytes policy;             /* the exact bytes */
    const char *listen;                 /* "127.0.0.1:3000", "[::]:3000"; port 0: any */
    const char *host;                   /* name for the certificate, or null */
    const struct vc_producer *producer; /* of evidence; borrowed for the container's life */
};

struct vc_container;

/* Starts the runtime and waits until it is attested and serves: at most 30 s. The text of an error
 * is the runtime's own reason. VC_UNTRUSTED: the service gave no certificate. */
enum vc_code vc_container_start(const struct vc_installation *installation,
                                const struct vc_launch *launch, struct vc_container **container,
                                struct vc_err *err);
/* Address that it listens on, with the real port: "127.0.0.1:41234". */
const char *vc_container_address(const struct vc_container *container);
/* When each step of the start was over, and the measurement that the certificate says; *started_us
 * is when vc_container_start was entered. */
void vc_container_times(const struct vc_container *container, struct vc_launcher_ready *ready,
                        uint64_t *started_us);
/* Serves the container's requests for evidence until it ends (VC_OK, or its reason as error) or
 * `stop_fd` becomes readable (VC_CLOSED; the container is then killed by vc_container_free). */
enum vc_code vc_container_attend(struct vc_container *container, int stop_fd, struct vc_err *err);
/* Kills what still runs and reaps it. */
void vc_container_free(struct vc_container *container);
VC_DEFINE_CLEANUP(struct vc_container, vc_container_free);

#endif
