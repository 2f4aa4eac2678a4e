/* SPDX-License-Identifier: MIT */

/* From a module to native code, ahead of time. */

#ifndef VC_ENGINE_COMPILE_H
#define VC_ENGINE_COMPILE_H

#include "base/err.h"

enum vc_compile_effort {
    VC_COMPILE_BEST,  /* fast code; a hostile function can take minutes */
    VC_COMPILE_QUICK, /* time in proportion to size */
};

/* Writes to the file `path` a module that vc_engine_load takes in VC_ENGINE_NATIVE mode on this
 * machine, and names beside it that it removes again. `wasm` must come from vc_module_encode.
 * VC_REFUSED: the module is not valid. VC_HOST: the file was not written. */
enum vc_code vc_compile_module(struct vc_bytes wasm, enum vc_compile_effort effort,
                               const char *path, struct vc_err *err);

#endif
