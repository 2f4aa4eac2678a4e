/* SPDX-License-Identifier: MIT */

/* What /dev/tdx_guest gives by itself: a TDREPORT, whose MAC only the same processor can check. It
 * is no evidence for anybody else, so nothing is produced from it; it says which machine this is
 * when the way to a quote is missing. */

#ifndef VC_PLATFORM_TDX_GUEST_H
#define VC_PLATFORM_TDX_GUEST_H

#include "crypto/digest.h"
#include "platform/device.h"

extern const char VC_TDX_GUEST_PATH[];

constexpr size_t VC_TDX_MRTD_SIZE = 48;

/* This machine's MRTD, unsigned. VC_NOT_FOUND: no such device. VC_MALFORMED: no TDREPORT, or one of
 * other data than was given. */
enum vc_code vc_tdx_guest_mrtd(const struct vc_device *device, uint8_t mrtd[VC_TDX_MRTD_SIZE],
                               struct vc_err *err);

/* Always fails, with what is missing in words. VC_NOT_FOUND: the device is here and can make no
 * quote, or it is not here either. */
enum vc_code vc_tdx_guest_explain(const struct vc_device *device, struct vc_err *err);

#endif
