/* SPDX-License-Identifier: MIT */

#include "engine/compile.h"

#include "engine/configure_internal.h"
#include "engine/dispatch.h"
#include "engine/module.h"

static enum vc_code compile(WasmEdge_CompilerContext *compiler, struct vc_bytes wasm,
                            const char *path, struct vc_err *err)
{
    WasmEdge_Bytes bytes = WasmEdge_BytesWrap(wasm.data, (uint32_t)wasm.size);
    WasmEdge_Result result = WasmEdge_CompilerCompileFromBytes(compiler, bytes, path);
    uint32_t code = WasmEdge_ResultGetCode(result);

    if (WasmEdge_ResultOK(result))
        return VC_OK;
    /* 0x101 to 0x2ff: what the loader and the validator find wrong. */
    return vc_fail(err, code > 0x100 && code < 0x300 ? VC_REFUSED : VC_HOST,
                   "module: not compiled: %s", WasmEdge_ResultGetMessage(result));
}

static enum vc_code compile_with(enum WasmEdge_CompilerOptimizationLevel level,
                                 struct vc_bytes wasm, const char *path, struct vc_err *err)
{
    WasmEdge_ConfigureContext *configure = vc_configure_new(VC_MODULE_PAGES_MAX);

    if (configure == nullptr)
        return vc_fail_memory(err);
    WasmEdge_ConfigureCompilerSetOutputFormat(configure, WasmEdge_CompilerOutputFormat_Wasm);
    WasmEdge_ConfigureCompilerSetOptimizationLevel(configure, level);
    WasmEdge_CompilerContext *compiler = WasmEdge_CompilerCreate(configure);
    enum vc_code code =
        compiler == nullptr ? vc_fail_memory(err) : compile(compiler, wasm, path, err);

    WasmEdge_CompilerDelete(compiler);
    WasmEdge_ConfigureDelete(configure);
    return code;
}

enum vc_code vc_compile_module(struct vc_bytes wasm, enum vc_compile_effort effort,
                               const char *path, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer direct = {};

    WasmEdge_LogOff();
    if (effort == VC_COMPILE_QUICK)
        return compile_with(WasmEdge_CompilerOptimizationLevel_O0, wasm, path, err);
    enum vc_code code = vc_dispatch_encode(wasm, &direct, err);

    if (code != VC_OK)
        return code;
    if (direct.size > 0)
        wasm = vc_buffer_bytes(&direct);
    return compile_with(WasmEdge_CompilerOptimizationLevel_O3, wasm, path, err);
}
