/* SPDX-License-Identifier: MIT */

#include "engine/configure_internal.h"

#include "base/defs.h"

/* What wasi-libc's compilers emit, and no more: each proposal is code that a program can attack. */
static const enum WasmEdge_Proposal ALLOWED[] = {
    WasmEdge_Proposal_ImportExportMutGlobals,
    WasmEdge_Proposal_NonTrapFloatToIntConversions,
    WasmEdge_Proposal_SignExtensionOperators,
    WasmEdge_Proposal_MultiValue,
    WasmEdge_Proposal_BulkMemoryOperations,
    WasmEdge_Proposal_ReferenceTypes,
    WasmEdge_Proposal_SIMD,
};

static const enum WasmEdge_Proposal REFUSED[] = {
    WasmEdge_Proposal_TailCall,           WasmEdge_Proposal_ExtendedConst,
    WasmEdge_Proposal_FunctionReferences, WasmEdge_Proposal_GC,
    WasmEdge_Proposal_MultiMemories,      WasmEdge_Proposal_Threads,
    WasmEdge_Proposal_RelaxSIMD,          WasmEdge_Proposal_Annotations,
    WasmEdge_Proposal_Memory64,           WasmEdge_Proposal_ExceptionHandling,
    WasmEdge_Proposal_Component,
};

WasmEdge_ConfigureContext *vc_configure_new(uint32_t pages_max)
{
    WasmEdge_ConfigureContext *configure = WasmEdge_ConfigureCreate();

    if (configure == nullptr)
        return nullptr;
    for (size_t i = 0; i < VC_COUNT(ALLOWED); i++)
        WasmEdge_ConfigureAddProposal(configure, ALLOWED[i]);
    for (size_t i = 0; i < VC_COUNT(REFUSED); i++)
        WasmEdge_ConfigureRemoveProposal(configure, REFUSED[i]);
    WasmEdge_ConfigureSetMaxMemoryPage(configure, pages_max);
    return configure;
}
