/* SPDX-License-Identifier: MIT */

/* Target: TCB info and QE identities. Properties: a platform with every version at its highest is
 * on the first level; one on a level is not below it in anything; merging is commutative and never
 * makes a status better. */

#include <stdlib.h>
#include <string.h>

#include "evidence/qe_identity.h"
#include "evidence/tcb_info.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_levels(const struct vc_tcb_info *info, const struct vc_pck *pck,
                         const struct vc_td_report *td)
{
    const struct vc_tcb_level *level;

    if (vc_tcb_info_find_level(info, pck, td, &level, nullptr) != VC_OK)
        return;
    for (size_t i = 0; i < VC_QUOTE_SVN_COUNT; i++) {
        if (pck->svns[i] < level->sgx[i])
            abort();
    }
    if (pck->pcesvn < level->pcesvn || level->statement.status < VC_TCB_UP_TO_DATE)
        abort();
}

static void check_info(const struct vc_tcb_info *info, const uint8_t *data, size_t size)
{
    static const uint8_t zeros[48];
    uint8_t svns[VC_QUOTE_SVN_COUNT];
    struct vc_td_report td = {.tee_tcb_svn = VC_BYTES(svns), .mrsignerseam = VC_BYTES(zeros)};
    const struct vc_tcb_level *level;
    const struct vc_pcs_level *module;
    struct vc_pck pck = {.pcesvn = UINT16_MAX};

    memset(svns, 0xff, sizeof(svns));
    memset(pck.svns, 0xff, sizeof(pck.svns));
    if (vc_tcb_info_find_level(info, &pck, &td, &level, nullptr) != VC_OK ||
        level != &info->levels[0])
        abort();
    if (size >= 2 * VC_QUOTE_SVN_COUNT) { /* the input's own bytes are as good as any */
        memcpy(pck.svns, data, sizeof(pck.svns));
        memcpy(svns, data + size - sizeof(svns), sizeof(svns));
        for (size_t i = 0; i < VC_QUOTE_SVN_COUNT; i++) {
            pck.svns[i] &= 15;
            svns[i] &= 15;
        }
    }
    check_levels(info, &pck, &td);
    check_levels(info, &pck, nullptr);
    if (vc_tcb_info_check_module(info, &td, &module, nullptr) == VC_OK && module != nullptr &&
        module->isvsvn > svns[0])
        abort();
    for (size_t i = 1; i < info->level_count; i++) {
        enum vc_tcb_status a = info->levels[i - 1].statement.status;
        enum vc_tcb_status b = info->levels[i].statement.status;
        enum vc_tcb_status merged = vc_pcs_merge(a, b);

        if (merged != vc_pcs_merge(b, a) || merged < a || merged < b)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    vc_cleanup(vc_tcb_info_freep) struct vc_tcb_info *info = nullptr;
    struct vc_qe_identity identity;

    if (vc_tcb_info_parse((struct vc_bytes){data, size}, &info, nullptr) == VC_OK)
        check_info(info, data, size);
    if (vc_qe_identity_parse((struct vc_bytes){data, size}, &identity, nullptr) == VC_OK &&
        (memchr(identity.id, '\0', sizeof(identity.id)) == nullptr ||
         identity.level_count > VC_QE_LEVELS_MAX))
        abort();
    return 0;
}
