/* SPDX-License-Identifier: MIT */

/* Evidence as people have it: a file, raw or as hex or base 64, of a platform that they may know.
 */

#ifndef VC_CLI_EVIDENCE_H
#define VC_CLI_EVIDENCE_H

#include "cli/command.h"
#include "evidence/evidence.h"

struct vc_evidence_file {
    struct vc_buffer bytes; /* as the platform wrote them */
    struct vc_buffer event_log;
    struct vc_evidence evidence; /* borrows both */
};

/* Operand 0 ("-": standard input; of a TPM also a folder or JSON of loose parts) and the options
 * --platform and --event-log. Without --platform it is the one platform whose form the bytes have.
 * VC_MALFORMED: no platform's or several platforms' form; an unknown platform. VC_LIMIT,
 * VC_NOT_FOUND, VC_HOST. */
enum vc_code vc_evidence_file_load(const struct vc_arguments *arguments,
                                   struct vc_evidence_file *file, struct vc_err *err);
void vc_evidence_file_done(struct vc_evidence_file *file);

/* The platform whose form these bytes have, if it is exactly one. */
[[nodiscard]] bool vc_evidence_guess(struct vc_bytes bytes, enum vc_platform_kind *platform);

#endif
