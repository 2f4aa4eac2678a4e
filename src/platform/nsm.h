/* SPDX-License-Identifier: MIT */

/* Evidence of an AWS Nitro enclave by its security module, /dev/nsm. */

#ifndef VC_PLATFORM_NSM_H
#define VC_PLATFORM_NSM_H

#include "crypto/digest.h"
#include "platform/device.h"

extern const char VC_NSM_PATH[];

/* Appends the attestation document whose user_data is these 64 bytes. VC_NOT_FOUND: no such device.
 * VC_REFUSED: the module's own word for why not. VC_MALFORMED: an answer of another form. */
enum vc_code vc_nsm_produce(const struct vc_device *device, const uint8_t data[VC_SHA512_SIZE],
                            struct vc_buffer *evidence, struct vc_err *err);

/* Reads the module's answer: {"Attestation": {"document": bytes}} or {"Error": word}. *document
 * borrows it. VC_REFUSED, VC_MALFORMED. */
enum vc_code vc_nsm_parse(struct vc_bytes answer, struct vc_bytes *document, struct vc_err *err);

#endif
