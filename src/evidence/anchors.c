/* SPDX-License-Identifier: MIT */

/* The certificates of src/evidence/roots/, compiled in, and parsed at the first question. */

#include "evidence/anchors.h"

#include <assert.h>
#include <threads.h>

#include "evidence/roots.h" /* made by tools/make-roots */

static const struct file {
    enum vc_platform_kind platform;
    const char *product;
    bool is_anchor; /* else one in between, which is not trusted */
    struct vc_bytes der;
} FILES[] = {
    {VC_PLATFORM_SNP, "Milan", true, VC_BYTES(amd_ark_milan)},
    {VC_PLATFORM_SNP, "Genoa", true, VC_BYTES(amd_ark_genoa)},
    {VC_PLATFORM_SNP, "Turin", true, VC_BYTES(amd_ark_turin)},
    {VC_PLATFORM_TDX, "", true, VC_BYTES(intel_sgx_root)},
    {VC_PLATFORM_SGX, "", true, VC_BYTES(intel_sgx_root)},
    {VC_PLATFORM_NITRO, "", true, VC_BYTES(aws_nitro_root)},
    {VC_PLATFORM_SNP, "Milan", false, VC_BYTES(amd_ask_milan)},
    {VC_PLATFORM_SNP, "Milan", false, VC_BYTES(amd_asvk_milan)},
    {VC_PLATFORM_SNP, "Genoa", false, VC_BYTES(amd_ask_genoa)},
    {VC_PLATFORM_SNP, "Genoa", false, VC_BYTES(amd_asvk_genoa)},
    {VC_PLATFORM_SNP, "Turin", false, VC_BYTES(amd_ask_turin)},
    {VC_PLATFORM_SNP, "Turin", false, VC_BYTES(amd_asvk_turin)},
};

static_assert(VC_COUNT(FILES) <= VC_ANCHORS_MAX);

/* Written once, before anybody reads it, and never again: as constant as FILES, only that parsing
 * needs code. */
static struct {
    once_flag parsed;
    struct vc_anchors anchors;
    const struct vc_cert *between[VC_COUNT(FILES)];
    size_t between_count;
} vendors = {.parsed = ONCE_FLAG_INIT};

static void parse_all(void)
{
    for (size_t i = 0; i < VC_COUNT(FILES); i++) {
        const struct file *file = &FILES[i];
        struct vc_cert *cert = nullptr;
        enum vc_code code = vc_cert_parse_der(file->der, &cert, nullptr);

        assert(code == VC_OK);
        (void)code;
        if (file->is_anchor) {
            vendors.anchors.roots[vendors.anchors.root_count++] =
                (struct vc_anchor){file->platform, file->product, cert};
        } else {
            vendors.between[vendors.between_count++] = cert;
        }
    }
}

const struct vc_anchors *vc_vendor_anchors(void)
{
    call_once(&vendors.parsed, parse_all);
    return &vendors.anchors;
}

struct vc_certs vc_vendor_certificates(void)
{
    call_once(&vendors.parsed, parse_all);
    return (struct vc_certs){vendors.between, vendors.between_count};
}

const struct vc_public_key *vc_anchors_endorsed(const struct vc_anchors *anchors,
                                                enum vc_platform_kind platform, struct vc_bytes id)
{
    return anchors->endorsed == nullptr ? nullptr : anchors->endorsed(anchors->user, platform, id);
}
