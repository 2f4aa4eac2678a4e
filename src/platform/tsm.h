/* SPDX-License-Identifier: MIT */

/* Evidence by Linux's common interface for confidential machines: configfs-tsm, in Linux since 6.7
 * (Documentation/ABI/testing/configfs-tsm-report). */

#ifndef VC_PLATFORM_TSM_H
#define VC_PLATFORM_TSM_H

#include "evidence/claims.h"
#include "platform/device.h"

constexpr size_t VC_TSM_PROVIDER_MAX = 32; /* bytes of a provider's name, with the NUL */

/* The kernel's name of what makes reports here: "sev_guest", "tdx_guest". VC_NOT_FOUND: this kernel
 * has no configfs-tsm, or nothing is registered with it. VC_HOST: mostly, that one must be root. */
enum vc_code vc_tsm_provider(const struct vc_device *device, char provider[VC_TSM_PROVIDER_MAX],
                             struct vc_err *err);
/* The platform whose evidence this provider makes. False: none that is known here. */
[[nodiscard]] bool vc_tsm_platform(const char *provider, enum vc_platform_kind *kind);

/* Appends evidence of this platform over 64 bytes: for snp the report and the host's table of
 * certificates, if it has one, for tdx the quote. VC_UNTRUSTED: the provider is another platform's.
 * VC_STATE: others wrote to this report again and again. VC_LIMIT, VC_NOT_FOUND, VC_HOST. */
enum vc_code vc_tsm_produce(const struct vc_device *device, enum vc_platform_kind kind,
                            const uint8_t data[VC_SHA512_SIZE], struct vc_buffer *evidence,
                            struct vc_err *err);

#endif
