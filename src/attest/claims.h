/* SPDX-License-Identifier: MIT */

/* What evidence says, in one form for every platform (RFC 9334: claims). */

#ifndef VC_ATTEST_CLAIMS_H
#define VC_ATTEST_CLAIMS_H

#include "base/err.h"
#include "crypto/digest.h"

constexpr size_t VC_BINDER_SIZE = VC_SHA512_SIZE;
constexpr size_t VC_INSTANCE_ID_SIZE = 33; /* UEID of kind RAND, RFC 9783 §4.2.1 */

/* What isolates. Numbers are those of the certificate extension. */
enum vc_platform_kind {
    VC_PLATFORM_PROCESS = 1, /* an ordinary process: protects from other users and from bugs, and
                                not from the operator of the machine */
};

/* The name in policies: "process". */
const char *vc_platform_name(enum vc_platform_kind kind);
/* The kind with this name. False: there is none. */
[[nodiscard]] bool vc_platform_find(const char *name, enum vc_platform_kind *kind);
/* What people must be told: "process (emulated: no protection from the machine's operator)". */
const char *vc_platform_label(enum vc_platform_kind kind);

struct vc_claims {
    enum vc_platform_kind platform;
    uint8_t measurement[VC_SHA256_SIZE];      /* digest of the manifest */
    uint8_t binder[VC_BINDER_SIZE];           /* the report data */
    uint8_t instance_id[VC_INSTANCE_ID_SIZE]; /* which machine key signed */
};

#endif
