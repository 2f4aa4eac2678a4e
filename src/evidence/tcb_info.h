/* SPDX-License-Identifier: MIT */

/* TCB info, as PCS publishes it for every kind of platform (FMSPC): which versions of microcode,
 * firmware and TDX module Intel holds to be in order ("tcbInfo", version 2 for SGX, 3 for both). */

#ifndef VC_EVIDENCE_TCB_INFO_H
#define VC_EVIDENCE_TCB_INFO_H

#include "evidence/pck.h"
#include "evidence/pcs.h"

constexpr size_t VC_TCB_LEVELS_MAX = 64;
constexpr size_t VC_TDX_MODULES_MAX = 16;
constexpr size_t VC_TDX_MODULE_LEVELS_MAX = 32; /* of each */

/* A platform is on the first level that none of its versions is below. */
struct vc_tcb_level {
    uint8_t sgx[VC_QUOTE_SVN_COUNT], tdx[VC_QUOTE_SVN_COUNT];
    uint16_t pcesvn;
    struct vc_pcs_statement statement;
};

struct vc_tdx_module {
    char id[8]; /* "TDX_01" */
    uint8_t mrsigner[48];
    uint8_t attributes[8], attributes_mask[8];
    struct vc_pcs_level levels[VC_TDX_MODULE_LEVELS_MAX];
    size_t level_count;
};

struct vc_tcb_info {
    struct vc_pcs_head head;
    bool tdx; /* id: "TDX"; "SGX" */
    uint8_t fmspc[VC_PCK_FMSPC_SIZE];
    uint8_t pceid[VC_PCK_PCEID_SIZE];
    struct vc_tdx_module module; /* for modules of version 0; has no levels */
    struct vc_tdx_module *modules;
    size_t module_count;
    struct vc_tcb_level *levels;
    size_t level_count;
};

/* VC_MALFORMED, VC_LIMIT: names the place; unknown members are passed over. */
enum vc_code vc_tcb_info_parse(struct vc_bytes body, struct vc_tcb_info **info, struct vc_err *err);
void vc_tcb_info_free(struct vc_tcb_info *info);
VC_DEFINE_CLEANUP(struct vc_tcb_info, vc_tcb_info_free);

/* The level of a platform, and for TDX of the module's TEE_TCB_SVN. `td` is null for SGX. All
 * borrowed. VC_UNTRUSTED: none matches ("NoMatch"), and what is lacking for the last. */
enum vc_code vc_tcb_info_find_level(const struct vc_tcb_info *info, const struct vc_pck *pck,
                                    const struct vc_td_report *td,
                                    const struct vc_tcb_level **level, struct vc_err *err);
/* Is the TDX module one that Intel knows? *level is null for modules of version 0, of which there
 * is only one kind. VC_UNTRUSTED: the first reason. */
enum vc_code vc_tcb_info_check_module(const struct vc_tcb_info *info, const struct vc_td_report *td,
                                      const struct vc_pcs_level **level, struct vc_err *err);

#endif
