/* SPDX-License-Identifier: MIT */

/* Evidence of a measured boot by the machine's TPM 2.0: an attestation key (AK), quotes by it, and
 * the answer to whoever wants to know that the AK is this TPM's.
 *
 * The AK is made anew each time from the TPM's endorsement seed and the same template, so that it
 * is the same key, and nothing has to be kept. */

#ifndef VC_PLATFORM_TPM_H
#define VC_PLATFORM_TPM_H

#include "evidence/tpm_credential.h"
#include "platform/device.h"

extern const char VC_TPM_PATH[];     /* /dev/tpmrm0, the resource manager's */
extern const char VC_TPM_LOG_PATH[]; /* the event log that the kernel keeps */

/* Appends a bundle (evidence/tpm_bundle.h): a quote of PCR 0 to 9 and 14, SHA-256, over
 * vc_report_data_of the data; AK, register values, the event log if the kernel has one that fits,
 * EK and its certificate if the TPM holds one. VC_NOT_FOUND: no TPM. VC_REFUSED: the TPM's own code
 * for why not. VC_STATE: registers changed under each of several quotes. VC_HOST, VC_MALFORMED. */
enum vc_code vc_tpm_produce(const struct vc_device *device, const uint8_t data[VC_SHA512_SIZE],
                            struct vc_buffer *evidence, struct vc_err *err);

/* Appends the value of a credential made for this AK and this EK. VC_REFUSED: it is for others, or
 * was changed. */
enum vc_code vc_tpm_activate(const struct vc_device *device,
                             const struct vc_tpm_credential *credential, struct vc_buffer *value,
                             struct vc_err *err);

#endif
