/* SPDX-License-Identifier: MIT */

/* Evidence by /dev/sev-guest, for kernels whose SEV-SNP guests have no configfs-tsm yet (before
 * 6.7). */

#ifndef VC_PLATFORM_SEV_GUEST_H
#define VC_PLATFORM_SEV_GUEST_H

#include "crypto/digest.h"
#include "platform/device.h"

extern const char VC_SEV_GUEST_PATH[];

/* Appends the report over 64 bytes, and the host's table of certificates if it has one that fits
 * (GHCB specification 2.03, section 4.1.8.1). VC_NOT_FOUND: no such device. VC_HOST: the text says
 * whether the kernel, the host or the processor's firmware refused, and with which number.
 * VC_MALFORMED: what they gave is no report, or no table. */
enum vc_code vc_sev_guest_produce(const struct vc_device *device,
                                  const uint8_t data[VC_SHA512_SIZE], struct vc_buffer *evidence,
                                  struct vc_err *err);

#endif
