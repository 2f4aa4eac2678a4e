/* SPDX-License-Identifier: MIT */

/* Whether a sanitizer watches this build. Its run-time library maps memory and prints reports, for
 * which the walls have to leave room; a build that is shipped has none. */

#ifndef VC_BASE_SANITIZED_H
#define VC_BASE_SANITIZED_H

#if defined(__SANITIZE_ADDRESS__)
static constexpr bool VC_SANITIZED = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(undefined_behavior_sanitizer)
static constexpr bool VC_SANITIZED = true;
#else
static constexpr bool VC_SANITIZED = false;
#endif
#else
static constexpr bool VC_SANITIZED = false;
#endif

#endif
