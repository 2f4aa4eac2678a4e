/* SPDX-License-Identifier: MIT */

/* One compiler runs at a time. Its image (with LLVM, over 100 MB) is read when work begins and
 * dropped when none is left, so that an idle container does not hold it. */

#include "runtime/compile.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "abi/worker.h"
#include "base/file.h"
#include "base/utf8.h"
#include "runtime/background.h"
#include "runtime/child.h"
#include "runtime/code_key.h"

/* Processor time, so that a loaded machine makes no difference to what code a program gets. */
static constexpr uint32_t BEST_SECONDS = 30;
static constexpr uint32_t QUICK_SECONDS = 30;
/* For a compiler that waits, and does not compute. */
static constexpr uint64_t COMPILE_DEADLINE_MS = 300000;
static constexpr size_t REASON_MAX = 256;

enum entry_state { ENTRY_EMPTY, ENTRY_WAITING, ENTRY_COMPILING, ENTRY_READY, ENTRY_FAILED };

struct entry {
    enum entry_state state;
    struct vc_blob *module; /* while waiting or compiling */
    struct vc_blob *code;   /* when ready */
    char reason[REASON_MAX];
    struct vc_compile_waiter *waiters;
    uint8_t key[VC_SHA256_SIZE]; /* of the code: runtime/code_key.h */
};

struct vc_compile_cache {
    struct vc_compile_context context;
    struct entry *entries; /* one per program of the policy; the first with a key has its code */

    struct vc_image image;
    struct vc_background *loading;
    enum vc_code load_code; /* of the last load, with its error */
    struct vc_err load_err;

    struct vc_child *child; /* the compiler at work, or null */
    size_t program;         /* on which program */
    int output;             /* where to; -1 if none */
    bool succeeded;         /* it said so */
    bool late;
    struct vc_timer *deadline;
};

static void work_next(struct vc_compile_cache *cache);

/* A program's module has one digest for ever: that of the policy, which whoever brings it here has
 * checked. */
static void make_keys(struct vc_compile_cache *cache)
{
    const struct vc_policy *policy = cache->context.policy;

    for (size_t i = 0; i < policy->program_count; i++) {
        struct vc_code_parts parts;

        vc_code_parts_of(&policy->programs[i], policy->programs[i].sha256, cache->context.manifest,
                         &parts);
        vc_code_key(&parts, cache->entries[i].key);
    }
}

enum vc_code vc_compile_cache_new(const struct vc_compile_context *context,
                                  struct vc_compile_cache **cache, struct vc_err *err)
{
    struct vc_compile_cache *made = calloc(1, sizeof(*made));

    if (made == nullptr)
        return vc_fail_memory(err);
    made->context = *context;
    made->output = -1;
    made->entries = calloc(context->policy->program_count + 1, sizeof(*made->entries));
    if (made->entries == nullptr) {
        free(made);
        return vc_fail_memory(err);
    }
    make_keys(made);
    *cache = made;
    return VC_OK;
}

void vc_compile_cache_free(struct vc_compile_cache *cache)
{
    if (cache == nullptr)
        return;
    vc_background_cancel(cache->loading);
    vc_timer_cancel(cache->deadline);
    vc_child_abandon(cache->child);
    vc_fd_closep(&cache->output);
    vc_image_done(&cache->image);
    for (size_t i = 0; i < cache->context.policy->program_count; i++) {
        vc_blob_unref(cache->entries[i].module);
        vc_blob_unref(cache->entries[i].code);
    }
    free(cache->entries);
    free(cache);
}

/* Settles the entry and tells everybody who waits: with code (ready), by what the compiler found
 * wrong with the program (failed), or by what the machine did, about which the next run asks again
 * (empty). */
static void settle(struct vc_compile_cache *cache, size_t program, enum entry_state state,
                   struct vc_blob *code, const char *reason)
{
    struct entry *entry = &cache->entries[program];

    entry->state = state;
    entry->code = code;
    (void)snprintf(entry->reason, sizeof(entry->reason), "%s", reason);
    vc_blob_unref(entry->module);
    entry->module = nullptr;
    while (entry->waiters != nullptr) {
        struct vc_compile_waiter *waiter = entry->waiters;

        entry->waiters = waiter->next;
        waiter->done(waiter->user, code, reason);
    }
}

static void on_deadline(void *user)
{
    struct vc_compile_cache *cache = user;

    cache->deadline = nullptr;
    cache->late = true;
    vc_child_kill(cache->child);
}

static void on_packet(void *user, struct vc_bytes packet)
{
    struct vc_compile_cache *cache = user;
    struct entry *entry = &cache->entries[cache->program];
    struct vc_worker_end end;
    struct vc_bytes text;

    if (packet.size < sizeof(end))
        return;
    memcpy(&end, packet.data, sizeof(end));
    if (end.kind != VC_WORKER_END)
        return;
    cache->succeeded = end.reason == VC_END_EXITED && end.exit_code == 0;
    text = (struct vc_bytes){packet.data + sizeof(end), packet.size - sizeof(end)};
    if (text.size < sizeof(entry->reason) && vc_utf8_valid(text)) {
        memcpy(entry->reason, text.data, text.size);
        entry->reason[text.size] = '\0';
    }
}

static void describe_end(const struct vc_compile_cache *cache, const struct vc_child_end *end,
                         char reason[REASON_MAX])
{
    const char *said = cache->entries[cache->program].reason;

    if (cache->late) {
        (void)snprintf(reason, REASON_MAX, "compiler: not done within %ju seconds",
                       (uintmax_t)(COMPILE_DEADLINE_MS / 1000));
    } else if (end->signalled) {
        (void)snprintf(reason, REASON_MAX, "compiler: ended by signal %d (%s)", end->status,
                       end->status == SIGKILL ? "killed, or over its limits" : "crashed");
    } else {
        (void)snprintf(reason, REASON_MAX, "%s", said[0] != '\0' ? said : "compiler: failed");
    }
}

static void on_end(void *user, const struct vc_child_end *end)
{
    struct vc_compile_cache *cache = user;
    bool by_machine = end->signalled && end->status == SIGKILL && !cache->late;
    struct vc_blob *code = nullptr;
    struct vc_err err = {};
    char reason[REASON_MAX] = "";
    int output = vc_take_fd(cache->output);

    vc_timer_cancel(cache->deadline);
    cache->deadline = nullptr;
    describe_end(cache, end, reason);
    vc_child_abandon(cache->child);
    cache->child = nullptr;
    if (!cache->succeeded || cache->late || end->signalled) {
        vc_fd_closep(&output);
    } else if (vc_blob_adopt(output, &code, &err) != VC_OK) {
        (void)snprintf(reason, sizeof(reason), "compiler: %.200s", err.text);
        by_machine = true;
    }
    if (code != nullptr) {
        settle(cache, cache->program, ENTRY_READY, code, "");
    } else {
        settle(cache, cache->program, by_machine ? ENTRY_EMPTY : ENTRY_FAILED, nullptr, reason);
    }
    work_next(cache);
}

static const struct vc_child_events compiler_events = {.on_packet = on_packet, .on_end = on_end};

static enum vc_code start_compiler(struct vc_compile_cache *cache, size_t program,
                                   struct vc_err *err)
{
    struct entry *entry = &cache->entries[program];
    struct vc_worker_compile message = {
        .kind = VC_WORKER_COMPILE,
        .memory_mib = cache->context.policy->programs[program].limits.memory_mib,
        .best_seconds = BEST_SECONDS,
        .quick_seconds = QUICK_SECONDS};
    enum vc_code code;

    cache->program = program;
    cache->succeeded = cache->late = false;
    code = vc_memfd_new("code", false, &cache->output, err);
    if (code == VC_OK) {
        struct vc_child_order order = {.siblings = cache->context.children,
                                       .image = &cache->image,
                                       .name = "veracruz-compiler",
                                       .events = &compiler_events,
                                       .user = cache};

        code = vc_child_start(&order, &cache->child, err);
    }
    if (code == VC_OK) {
        struct vc_parcel parcel = {.head = VC_BYTES_OF(message),
                                   .fds = (const int[]){vc_blob_fd(entry->module), cache->output},
                                   .fd_count = 2};

        code = vc_child_send(cache->child, &parcel, err);
    }
    if (code == VC_OK) {
        code = vc_loop_after(cache->context.children->loop, COMPILE_DEADLINE_MS, on_deadline, cache,
                             &cache->deadline, err);
    }
    if (code != VC_OK) {
        vc_child_abandon(cache->child);
        cache->child = nullptr;
        vc_fd_closep(&cache->output);
        return code;
    }
    entry->state = ENTRY_COMPILING;
    return VC_OK;
}

static bool find_waiting(const struct vc_compile_cache *cache, size_t *program)
{
    for (size_t i = 0; i < cache->context.policy->program_count; i++) {
        if (cache->entries[i].state == ENTRY_WAITING) {
            *program = i;
            return true;
        }
    }
    return false;
}

static void load_work(void *user)
{
    struct vc_compile_cache *cache = user;

    cache->load_code = vc_image_load(cache->context.manifest, VC_IMAGE_COMPILER,
                                     cache->context.files, &cache->image, &cache->load_err);
}

static void load_done(void *user)
{
    struct vc_compile_cache *cache = user;
    size_t program;

    cache->loading = nullptr;
    while (cache->load_code != VC_OK && find_waiting(cache, &program))
        settle(cache, program, ENTRY_EMPTY, nullptr, cache->load_err.text);
    work_next(cache);
}

/* Does what is to be done next: load the image, start on a program, or let go of the image. */
static void work_next(struct vc_compile_cache *cache)
{
    struct vc_err err = {};
    size_t program;

    if (cache->child != nullptr || cache->loading != nullptr)
        return;
    while (find_waiting(cache, &program)) {
        enum vc_code code = cache->image.count > 0
                                ? start_compiler(cache, program, &err)
                                : vc_background_start(cache->context.children->loop, load_work,
                                                      load_done, cache, &cache->loading, &err);

        if (code == VC_OK)
            return;
        settle(cache, program, ENTRY_EMPTY, nullptr, err.text);
    }
    vc_image_done(&cache->image);
}

/* The entry in which the code of this program is kept: the first with its key. */
static size_t find_entry(const struct vc_compile_cache *cache, size_t program)
{
    size_t i = 0;

    while (memcmp(cache->entries[i].key, cache->entries[program].key, VC_SHA256_SIZE) != 0)
        i++;
    return i;
}

static void prepare(struct vc_compile_cache *cache, size_t program, struct vc_blob *module)
{
    struct entry *entry = &cache->entries[program];

    if (entry->state != ENTRY_EMPTY ||
        cache->context.policy->programs[program].strategy != VC_STRATEGY_AOT)
        return;
    entry->state = ENTRY_WAITING;
    entry->reason[0] = '\0';
    entry->module = vc_blob_ref(module);
    work_next(cache);
}

void vc_compile_prepare(struct vc_compile_cache *cache, size_t program, struct vc_blob *module)
{
    prepare(cache, find_entry(cache, program), module);
}

void vc_compile_await(struct vc_compile_cache *cache, size_t program, struct vc_blob *module,
                      struct vc_compile_waiter *waiter)
{
    size_t shared = find_entry(cache, program);
    struct entry *entry = &cache->entries[shared];

    if (entry->state == ENTRY_EMPTY)
        prepare(cache, shared, module);
    if (entry->state == ENTRY_READY || entry->state == ENTRY_FAILED) {
        waiter->done(waiter->user, entry->code, entry->reason);
        return;
    }
    waiter->next = entry->waiters;
    entry->waiters = waiter;
}

void vc_compile_leave(struct vc_compile_cache *cache, size_t program,
                      struct vc_compile_waiter *waiter)
{
    struct vc_compile_waiter **link = &cache->entries[find_entry(cache, program)].waiters;

    while (*link != nullptr && *link != waiter)
        link = &(*link)->next;
    if (*link == waiter)
        *link = waiter->next;
}
