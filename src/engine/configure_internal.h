/* SPDX-License-Identifier: MIT */

/* The engine's settings, for running and for compiling alike: the two must agree. */

#ifndef VC_ENGINE_CONFIGURE_INTERNAL_H
#define VC_ENGINE_CONFIGURE_INTERNAL_H

#include <wasmedge/wasmedge.h>

/* WebAssembly 2.0 without threads, second memories and what is newer; at most `pages_max` pages.
 * Null without memory. The caller frees it with WasmEdge_ConfigureDelete. */
WasmEdge_ConfigureContext *vc_configure_new(uint32_t pages_max);

#endif
