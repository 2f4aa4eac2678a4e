/* SPDX-License-Identifier: MIT */

/* A TPM's quote as other tools leave it: a folder of files, or JSON. */

#ifndef VC_CLI_EVIDENCE_PARTS_H
#define VC_CLI_EVIDENCE_PARTS_H

#include "base/buffer.h"

/* Appends the one piece that evidence/tpm_bundle.h describes. A folder's files are its parts; names
 * that begin with a dot, and folders in it, are left out. VC_MALFORMED: no quote is in it.
 * VC_LIMIT, VC_HOST. */
enum vc_code vc_evidence_parts_of_folder(const char *path, struct vc_buffer *bundle,
                                         struct vc_err *err);
enum vc_code vc_evidence_parts_of_json(const char *name, struct vc_bytes json,
                                       struct vc_buffer *bundle, struct vc_err *err);

#endif
