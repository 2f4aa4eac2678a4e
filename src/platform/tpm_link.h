/* SPDX-License-Identifier: MIT */

/* The commands of tpm2-tss over one of our devices: what is sent and received goes through the
 * device's write and read, and nothing else of the library takes part. */

#ifndef VC_PLATFORM_TPM_LINK_H
#define VC_PLATFORM_TPM_LINK_H

#include <tss2/tss2_sys.h>

#include "platform/device.h"

struct vc_tpm_link; /* an open device and the library's context; one conversation at a time */

/* VC_NOT_FOUND: there is no such device. VC_HOST, VC_MEMORY. */
enum vc_code vc_tpm_link_open(const struct vc_device *device, const char *path,
                              struct vc_tpm_link **link, struct vc_err *err);
/* Closes the device: its resource manager then forgets what was loaded. */
void vc_tpm_link_close(struct vc_tpm_link *link);
VC_DEFINE_CLEANUP(struct vc_tpm_link, vc_tpm_link_close);

/* For the library's functions. Borrowed. */
TSS2_SYS_CONTEXT *vc_tpm_link_context(struct vc_tpm_link *link);

/* What a command came to. VC_HOST: the device; VC_REFUSED: the TPM's own code ("TPM2_Quote: the TPM
 * answers 0x922"); VC_MALFORMED: an answer out of form. */
enum vc_code vc_tpm_link_tell(const struct vc_tpm_link *link, const char *command, TSS2_RC answer,
                              struct vc_err *err);

#endif
