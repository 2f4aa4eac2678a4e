/* SPDX-License-Identifier: MIT */

/* One program in one engine: load it, give it its imports, run it once.
 *
 * Neutral: nothing here names the engine behind it. An engine object is for one run; the process
 * that holds it ends with it, because native code cannot be stopped from inside.
 */

#ifndef VC_ENGINE_ENGINE_H
#define VC_ENGINE_ENGINE_H

#include "base/err.h"

constexpr size_t VC_ENGINE_ARGUMENTS_MAX = 11; /* of an imported function */
constexpr size_t VC_ENGINE_TEXT_MAX = 128;     /* bytes of a trap's text, with the NUL */

/* The program's linear memory, as it is during one call: it may have grown by the next. */
struct vc_engine_memory {
    uint8_t *data;
    uint64_t size; /* bytes; 2^32 is possible */
};

/* One call of an imported function. */
struct vc_engine_frame {
    struct vc_engine_memory memory;
    uint64_t arguments[VC_ENGINE_ARGUMENTS_MAX]; /* of 32 bits: extended with zeros */
    bool ends;                                   /* set: the program does not go on */
};

/* Whatever the imported functions work on; the engine only hands it through. */
struct vc_host;

/* Returns what the program gets as the function's only result. */
typedef uint32_t vc_engine_function(struct vc_host *host, struct vc_engine_frame *frame);

struct vc_engine_import {
    const char *module;
    const char *name;
    const char *parameters; /* one letter each: 'I' has 64 bits, any other 32 */
    bool returns;           /* a 32-bit result, or none */
    vc_engine_function *function;
};

enum vc_engine_mode {
    VC_ENGINE_NATIVE,    /* the module was made by vc_compile_module */
    VC_ENGINE_INTERPRET, /* any module; nothing in it is executed as native code */
};

enum vc_engine_end_kind {
    VC_ENGINE_RETURNED, /* from _start */
    VC_ENGINE_ENDED,    /* a call set `ends` */
    VC_ENGINE_TRAPPED,
    VC_ENGINE_FAILED, /* the engine itself */
};

struct vc_engine_end {
    enum vc_engine_end_kind kind;
    bool memory_refused;           /* it asked for more memory than pages_max */
    bool stack_overflow;           /* of a trap */
    char text[VC_ENGINE_TEXT_MAX]; /* of a trap or a failure; from a fixed set */
};

struct vc_engine;

/* An engine with its imports registered, which is what can be done before a program is known.
 * `imports` (those of one module stand together) and `host` are borrowed until vc_engine_free. */
enum vc_code vc_engine_new(const struct vc_engine_import *imports, size_t import_count,
                           struct vc_host *host, struct vc_engine **engine, struct vc_err *err);

/* Parses, validates and instantiates; no code of the program runs yet. Once per engine; `wasm` is
 * not needed afterwards. Memory never passes `pages_max` pages of 64 KiB.
 * Errors of vc_module_parse; VC_REFUSED: an import that is not provided ("import
 * wasi_snapshot_preview1.sock_open: not provided"), or the engine finds the module invalid;
 * VC_MALFORMED: VC_ENGINE_NATIVE without native code; VC_HOST: no address space for its memory. */
enum vc_code vc_engine_load(struct vc_engine *engine, struct vc_bytes wasm,
                            enum vc_engine_mode mode, uint32_t pages_max, struct vc_err *err);

/* Is called after every imported function, with what it was given and what it returns; before
 * vc_engine_run. */
typedef void vc_engine_observer(void *user, const struct vc_engine_import *import,
                                const struct vc_engine_frame *frame, uint32_t result);
void vc_engine_observe(struct vc_engine *engine, vc_engine_observer *observer, void *user);

/* The calls of an interpreted program stand in the engine's own memory. When that is used up, the
 * engine can neither go on nor return: this is called instead, with what vc_engine_run would have
 * said, and must not return. Before vc_engine_run; of the engine it may ask the memory's size. */
typedef void vc_engine_exhausted(void *user, const struct vc_engine_end *end);
void vc_engine_on_exhaustion(struct vc_engine *engine, vc_engine_exhausted *exhausted, void *user);

/* Runs the program on the caller's stack: the function of its start section, if it has one, then
 * _start. Once, after vc_engine_load. */
void vc_engine_run(struct vc_engine *engine, struct vc_engine_end *end);

/* The program's memory as it is now; null before vc_engine_load. It stays where it is. */
struct vc_engine_memory vc_engine_memory(const struct vc_engine *engine);

/* The program's memory, 0 before vc_engine_load. Memory never shrinks. */
uint64_t vc_engine_memory_size(const struct vc_engine *engine);

/* Accepts null. */
void vc_engine_free(struct vc_engine *engine);

VC_DEFINE_CLEANUP(struct vc_engine, vc_engine_free);

#endif
