/* SPDX-License-Identifier: MIT */

/* The runtime's side of the conversation with its launcher (abi/launcher.h). */

#ifndef VC_RUNTIME_LAUNCHER_H
#define VC_RUNTIME_LAUNCHER_H

#include <pthread.h>

#include "abi/launcher.h"
#include "base/buffer.h"
#include "evidence/claims.h"
#include "platform/manifest.h"

/* What the launcher hands over. */
struct vc_inherited {
    int control;  /* the socket */
    int listener; /* where clients connect */
    char host[256];
    enum vc_platform_kind platform; /* whose evidence it gives */
    struct vc_buffer endorsement;   /* SubjectPublicKeyInfo that verifies it, where the key is the
                                       machine's own; else empty */
    struct vc_buffer policy;        /* the exact bytes */
    struct vc_manifest manifest;
    int files[VC_LAUNCHER_OBJECTS_MAX]; /* of each object of the manifest */
};

/* Receives it all. VC_MALFORMED, VC_CLOSED. */
enum vc_code vc_inherit(int control, size_t policy_size_max, struct vc_inherited *inherited,
                        struct vc_err *err);

/* The socket, for threads that ask for evidence: one question at a time. */
struct vc_launcher_line {
    int control;
    pthread_mutex_t asking;
};

enum vc_code vc_launcher_line_init(struct vc_launcher_line *line, int control, struct vc_err *err);
void vc_launcher_line_done(struct vc_launcher_line *line);

/* Asks the platform for evidence with this report data and appends it. Blocks until it is there:
 * at most 10 s, and as long again for each who asked before. VC_HOST: there is none, and the
 * platform's reason. */
enum vc_code vc_launcher_evidence(struct vc_launcher_line *line,
                                  const uint8_t report_data[VC_SHA512_SIZE],
                                  struct vc_buffer *evidence, struct vc_err *err);

/* Tells the launcher. If it is gone, nobody needs to know. */
void vc_launcher_tell_ready(int control, const struct vc_launcher_ready *ready);
void vc_launcher_tell_end(int control, const struct vc_err *err);

#endif
