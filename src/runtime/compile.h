/* SPDX-License-Identifier: MIT */

/* Native code of programs: made once per key (runtime/code_key.h: module, options, engine,
 * processor) by the compiler process, kept for the container's life. */

#ifndef VC_RUNTIME_COMPILE_H
#define VC_RUNTIME_COMPILE_H

#include "net/loop.h"
#include "platform/image.h"
#include "policy/policy.h"
#include "runtime/child.h"
#include "vfs/blob.h"

struct vc_compile_cache;

/* Whoever waits for a program's code. `code` is null if compilation failed; `reason` says why. Both
 * borrowed for the call. */
struct vc_compile_waiter {
    void (*done)(void *user, struct vc_blob *code, const char *reason);
    void *user;
    struct vc_compile_waiter *next; /* the cache's own */
};

/* `files` are the descriptors of the manifest's objects. All is borrowed for the cache's life. */
struct vc_compile_context {
    struct vc_children *children;
    const struct vc_policy *policy;
    const struct vc_manifest *manifest;
    const int *files;
};
enum vc_code vc_compile_cache_new(const struct vc_compile_context *context,
                                  struct vc_compile_cache **cache, struct vc_err *err);
void vc_compile_cache_free(struct vc_compile_cache *cache);
VC_DEFINE_CLEANUP(struct vc_compile_cache, vc_compile_cache_free);

/* Begins to compile the program unless its code is there or on its way; a failure is kept too. The
 * module's digest has been checked: a program of the policy has one module for ever. */
void vc_compile_prepare(struct vc_compile_cache *cache, size_t program, struct vc_blob *module);

/* As vc_compile_prepare; then calls waiter->done, at once if the answer is known. The waiter must
 * live until then or until vc_compile_leave. */
void vc_compile_await(struct vc_compile_cache *cache, size_t program, struct vc_blob *module,
                      struct vc_compile_waiter *waiter);
void vc_compile_leave(struct vc_compile_cache *cache, size_t program,
                      struct vc_compile_waiter *waiter);

#endif
