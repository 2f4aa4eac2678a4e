/* SPDX-License-Identifier: MIT */

/* veracruz-worker: the confined process that runs one program, once; or holds the keys of one run.
 *
 * The walls go up in two steps. Before it says that it is ready, the process has lost all that it
 * will never need. When its order has come, the program is loaded and the order's limits are in
 * force, a second filter takes away what loading needed; only then the program's first instruction
 * runs. Nothing switches a wall off.
 */

#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/sanitized.h"
#include "engine/engine.h"
#include "engine/signal_stack.h"
#include "hostabi/counters.h"
#include "hostabi/host.h"
#include "hostabi/trace.h"
#include "psa/route.h"
#include "worker/confine.h"
#include "worker/control.h"
#include "worker/fence.h"
#include "worker/filter.h"
#include "worker/keystore.h"
#include "worker/lone_thread.h"
#include "worker/run.h"
#include "worker/store_line.h"

static constexpr uint64_t DESCRIPTORS_SPARE = 16;  /* beside the program's own */
static constexpr uint64_t STACK_SPARE = 256 << 10; /* bytes for the engine and host calls */
static constexpr uint64_t DATA_SPARE = 128 << 20;  /* bytes for the engine and its code */
static constexpr uint64_t ADDRESS_SPACE_MAX = UINT64_C(64) << 30; /* bytes: what it costs at most
                                                                     is its page tables, 1/512 */
static constexpr uint64_t PAGES_PER_MIB = 16;

struct worker {
    bool holds_keys; /* and runs nothing */
    struct vc_keystore keystore;
    struct vc_store_line line;
    struct vc_psa_router *router;
    struct vc_control control;
    struct vc_host *host;
    struct vc_counters counters;
    struct vc_engine *engine;
    struct vc_worker_ready ready;
    struct vc_run run;
};

/* What the loader and the start of cryptography have read of this executable, a waiting process
 * does not need; what is read again is read from memory that all workers share. */
static int give_back(struct dl_phdr_info *object, size_t, void *)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);

    for (size_t i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &object->dlpi_phdr[i];
        uintptr_t start = (object->dlpi_addr + part->p_vaddr) & ~(page - 1);
        uintptr_t end = object->dlpi_addr + part->p_vaddr + part->p_memsz;

        /* pages of a file, of which nobody has a copy that was changed */
        if (part->p_type == PT_LOAD && (part->p_flags & PF_W) == 0)
            (void)madvise((void *)start, end - start, MADV_DONTNEED);
    }
    return 1; /* the executable comes first: no others */
}

/* All that can be done before the program is known. */
static enum vc_code prepare(struct worker *worker, struct vc_err *err)
{
    struct vc_worker_ready *ready = &worker->ready;
    size_t import_count;
    const struct vc_engine_import *imports = vc_host_imports(&import_count);
    enum vc_code code = vc_confine_descriptors(err);

    if (code == VC_OK)
        ready->confinement = vc_confine_namespaces();
    if (code == VC_OK)
        code = vc_confine_privileges(err);
    if (code == VC_OK)
        code = vc_confine_limit(RLIMIT_NPROC, 0, 0, err);
    if (code == VC_OK)
        code = vc_confine_limits(VC_HOST_FILES_OPEN_MAX + DESCRIPTORS_SPARE, err);
    if (code == VC_OK)
        code = vc_signal_stack_install(err);
    if (code == VC_OK)
        code = vc_confine_paths(-1, &ready->landlock_abi, err);
    if (ready->landlock_abi > 0)
        ready->confinement |= VC_CONFINED_LANDLOCK;
    if (code == VC_OK)
        code = vc_control_init(&worker->control, err);
    if (code == VC_OK)
        code = vc_host_new(&vc_control_tree_ops, &worker->control, &worker->host, err);
    if (code == VC_OK)
        code = vc_engine_new(imports, import_count, worker->host, &worker->engine, err);
    if (code == VC_OK)
        code = vc_filter_load(VC_FILTER_WORKER_WAITING, (struct vc_filter_grants){}, err);
    /* the filter lets none begin from here on */
    if (code == VC_OK)
        code = vc_lone_thread_check(err);
    (void)dl_iterate_phdr(give_back, nullptr);
    return code;
}

static enum vc_code parse_order(struct worker *worker, struct vc_packet *packet, struct vc_err *err)
{
    struct vc_bytes bytes = {worker->control.received, packet->size};

    worker->holds_keys = vc_keystore_is_order(bytes);
    return worker->holds_keys ? vc_keystore_parse(bytes, packet, &worker->keystore, err)
                              : vc_run_parse(bytes, packet, &worker->run, err);
}

static enum vc_code wait_for_order(struct worker *worker, struct vc_err *err)
{
    vc_cleanup(vc_packet_done) struct vc_packet packet = {};
    struct vc_bytes ready = {(const uint8_t *)&worker->ready, sizeof(worker->ready)};

    worker->ready.kind = VC_WORKER_READY;
    enum vc_code code = vc_control_send(ready, err);

    if (code == VC_OK)
        code = vc_control_receive(&worker->control, &packet, err);
    return code == VC_OK ? parse_order(worker, &packet, err) : code;
}

/* The stack of this process is the program's. Below its limit nothing is ever mapped, so that even
 * a frame of many megabytes misses everything. One large step of memory can pass the limit of data;
 * the engine's page limit is the bound, and this one is more. */
static enum vc_code limit_memory(const struct vc_worker_run *head, uint64_t module_size,
                                 struct vc_err *err)
{
    uint64_t stack = ((uint64_t)head->stack_kib << 10) + STACK_SPARE;
    uint64_t data = ((uint64_t)head->memory_mib << 20) + stack + 8 * module_size + DATA_SPARE;
    enum vc_code code = vc_confine_limit(RLIMIT_STACK, stack, stack, err);

    if (code == VC_OK)
        code = vc_confine_limit(RLIMIT_DATA, data, data, err);
    if (code == VC_OK)
        code = vc_confine_limit(RLIMIT_AS, ADDRESS_SPACE_MAX, ADDRESS_SPACE_MAX, err);
    return code;
}

static enum vc_code limit_run(const struct vc_worker_run *head, uint64_t module_size,
                              struct vc_err *err)
{
    uint64_t file = head->file_bytes > 0 ? head->file_bytes : head->output_bytes;
    uint64_t files = (uint64_t)head->files_open_max + DESCRIPTORS_SPARE;
    enum vc_code code =
        vc_confine_limit(RLIMIT_CPU, head->cpu_seconds, (uint64_t)head->cpu_seconds + 1, err);

    if (code == VC_OK)
        code = vc_confine_limit(RLIMIT_FSIZE, file, file, err);
    if (code == VC_OK)
        code = vc_confine_limit(RLIMIT_NOFILE, files, files, err);
    if (code == VC_OK && !VC_SANITIZED)
        code = limit_memory(head, module_size, err);
    return code;
}

/* The filters know the counters by their numbers: those that they have in a process that has opened
 * nothing before its order came, and in no other. */
static enum vc_code attach_streams(struct worker *worker, struct vc_stream_side *side,
                                   struct vc_err *err)
{
    const struct vc_run *run = &worker->run;
    vc_cleanup(vc_fd_closep) int slots = run->slots_fd;

    if (run->head.streams == 0)
        return VC_OK;
    if (run->worker_counter_fd != VC_FILTER_WORKER_COUNTER_FD ||
        run->runtime_counter_fd != VC_FILTER_RUNTIME_COUNTER_FD) {
        return vc_fail(err, VC_STATE, "run: counters %d and %d", run->worker_counter_fd,
                       run->runtime_counter_fd);
    }
    worker->counters =
        (struct vc_counters){.worker = run->worker_counter_fd, .runtime = run->runtime_counter_fd};
    side->ops = &vc_counters_wait_ops;
    side->waiter = &worker->counters;
    return vc_slots_map(slots, &side->slots, err);
}

/* Neither is there before the program's first call. */
static enum vc_code prepare_crypto(struct worker *worker, struct vc_err *err)
{
    struct vc_psa_router_options options = {.randomness = worker->run.head.randomness != 0,
                                            .store = vc_store_line_ask,
                                            .store_user = &worker->line};

    worker->line = (struct vc_store_line){.control = &worker->control};
    return vc_psa_router_new(&options, &worker->router, err);
}

static enum vc_code start_host(struct worker *worker, struct vc_err *err)
{
    const struct vc_run *run = &worker->run;
    struct vc_host_setup setup = {
        .arguments = run->texts,
        .argument_count = run->head.argument_count,
        .environment = run->texts + run->head.argument_count,
        .environment_count = run->head.environment_count,
        .preopens = run->preopens,
        .preopen_count = run->head.preopen_count,
        .standard_fds = {run->standard_fds[0], run->standard_fds[1], run->standard_fds[2]},
        .standard_window = {run->head.standard_window[0], run->head.standard_window[1],
                            run->head.standard_window[2]},
        .standard_slot = {run->head.standard_slot[0], run->head.standard_slot[1],
                          run->head.standard_slot[2]},
        .files_open_max = run->head.files_open_max,
        .output_bytes = run->head.output_bytes,
        .written_bytes = run->head.written_bytes,
        .clock = run->head.clock != 0,
        .randomness = run->head.randomness != 0,
        .progress = run->head.progress != 0,
        .psa = vc_psa_route,
        .psa_user = worker->router,
    };

    enum vc_code code = attach_streams(worker, &setup.stream, err);

    return code == VC_OK ? vc_host_start(worker->host, &setup, err) : code;
}

static enum vc_code load_mapped(struct worker *worker, struct vc_bytes module, struct vc_err *err)
{
    const struct vc_worker_run *head = &worker->run.head;
    enum vc_engine_mode mode = head->strategy == 0 ? VC_ENGINE_NATIVE : VC_ENGINE_INTERPRET;
    enum vc_code code = limit_run(head, module.size, err);

    if (code == VC_OK) {
        code = vc_engine_load(worker->engine, module, mode,
                              (uint32_t)(head->memory_mib * PAGES_PER_MIB), err);
    }
    return code;
}

static enum vc_code load_program(struct worker *worker, struct vc_err *err)
{
    vc_cleanup(vc_fd_closep) int fd = vc_take_fd(worker->run.module_fd);
    struct stat stat;

    if (fstat(fd, &stat) != 0)
        return vc_fail_host(err, "module");
    if (stat.st_size <= 0)
        return vc_fail(err, VC_MALFORMED, "module: empty");
    void *map = mmap(nullptr, (size_t)stat.st_size, PROT_READ, MAP_PRIVATE, fd, 0);

    if (map == MAP_FAILED)
        return vc_fail_host(err, "module");
    enum vc_code code = load_mapped(worker, (struct vc_bytes){map, (size_t)stat.st_size}, err);

    (void)munmap(map, (size_t)stat.st_size);
    return code;
}

/* A runtime that is gone shows at the next call that wants an answer. */
static void trace(void *user, const struct vc_engine_import *import,
                  const struct vc_engine_frame *frame, uint32_t result)
{
    char text[VC_TRACE_TEXT_MAX];

    (void)user;
    vc_trace_format(import, frame, result, text);
    (void)!vc_control_trace(text, nullptr);
}

static enum vc_code check_order(const struct vc_worker_run *head, struct vc_err *err)
{
    if (head->strategy > 1 || head->memory_mib < 1 || head->memory_mib > 4096 ||
        head->stack_kib < 64 || head->stack_kib > 65536 || head->cpu_seconds < 1 ||
        head->progress > 1 || head->trace > 1 || head->files_open_max > VC_HOST_FILES_OPEN_MAX)
        return vc_fail(err, VC_STATE, "run: limits that no policy gives");
    return VC_OK;
}

/* Walls that depend on the program: where its memory grows, and whether it may have a clock. */
static enum vc_code fence(const struct worker *worker, struct vc_err *err)
{
    uint64_t size = (uint64_t)worker->run.head.memory_mib << 20;
    enum vc_code code = VC_OK;

    if (VC_SANITIZED) /* it maps shadows of memory, and takes the time */
        return VC_OK;
    code = vc_fence_memory(vc_engine_memory(worker->engine).data, size, err);
    if (code == VC_OK && worker->run.head.clock == 0)
        code = vc_fence_time(err);
    return code;
}

/* Everything up to the program's first instruction. */
static enum vc_code load(struct worker *worker, struct vc_err *err)
{
    struct vc_filter_grants grants = {.clock = worker->run.head.clock != 0,
                                      .streams = worker->run.head.streams != 0};
    enum vc_code code = check_order(&worker->run.head, err);

    if (code == VC_OK)
        code = prepare_crypto(worker, err);
    if (code == VC_OK)
        code = start_host(worker, err);
    if (code == VC_OK)
        code = load_program(worker, err);
    if (worker->run.head.trace != 0)
        vc_engine_observe(worker->engine, trace, nullptr);
    if (code == VC_OK)
        code = fence(worker, err);
    if (code == VC_OK)
        code = vc_filter_load(VC_FILTER_WORKER_RUNNING, grants, err);
    return code;
}

/* Of the order's limits, those that the program met. */
static uint32_t limits_met(const struct worker *worker, const struct vc_engine_end *end)
{
    return vc_host_limits_met(worker->host) | (end->memory_refused ? VC_MET_MEMORY : 0) |
           (end->stack_overflow ? VC_MET_STACK : 0);
}

static enum vc_code report(const struct worker *worker, const struct vc_engine_end *end)
{
    struct vc_worker_end packet = {.reason = VC_END_FAILED,
                                   .memory_bytes = vc_engine_memory_size(worker->engine),
                                   .limits = limits_met(worker, end)};
    uint32_t raised = vc_host_raised(worker->host);

    switch (end->kind) {
    case VC_ENGINE_RETURNED:
        packet.reason = VC_END_EXITED;
        break;
    case VC_ENGINE_ENDED:
        if (vc_host_failed(worker->host))
            break;
        packet.reason = raised != 0 ? VC_END_RAISED : VC_END_EXITED;
        packet.exit_code = raised != 0 ? raised : vc_host_exit_code(worker->host);
        break;
    case VC_ENGINE_TRAPPED:
        packet.reason = VC_END_TRAPPED;
        break;
    case VC_ENGINE_FAILED:
        break;
    }
    return vc_control_end(&packet, end->text);
}

static void exhausted(void *user, const struct vc_engine_end *end)
{
    _exit(report(user, end) == VC_OK ? EXIT_SUCCESS : EXIT_FAILURE);
}

/* The program's fault or ours. */
static enum vc_worker_end_reason reason_of(enum vc_code code)
{
    return code == VC_MALFORMED || code == VC_REFUSED || code == VC_LIMIT ? VC_END_REFUSED
                                                                          : VC_END_FAILED;
}

[[noreturn]] static void give_up(enum vc_worker_end_reason reason, const struct vc_err *err)
{
    struct vc_worker_end end = {.reason = reason};

    (void)!vc_control_end(&end, err->text);
    _exit(EXIT_FAILURE);
}

/* To its end, and the process's. */
[[noreturn]] static void hold_keys(struct worker *worker)
{
    struct vc_err err = {};
    enum vc_code code = vc_keystore_open(&worker->keystore, &err);

    if (code == VC_OK)
        code = vc_keystore_serve(&worker->keystore, &err);
    if (code != VC_CLOSED)
        give_up(code == VC_REFUSED ? VC_END_REFUSED : VC_END_FAILED, &err);
    _exit(EXIT_SUCCESS);
}

int main(void)
{
    struct worker worker = {.run.module_fd = -1};
    struct vc_err err = {};
    struct vc_engine_end end;
    enum vc_code code = prepare(&worker, &err);

    if (code == VC_OK)
        code = wait_for_order(&worker, &err);
    if (code == VC_CLOSED)
        _exit(EXIT_SUCCESS); /* not needed after all */
    if (code != VC_OK)
        give_up(VC_END_FAILED, &err);
    if (worker.holds_keys)
        hold_keys(&worker);
    code = load(&worker, &err);
    if (code != VC_OK)
        give_up(reason_of(code), &err);
    vc_engine_on_exhaustion(worker.engine, exhausted, &worker);
    vc_engine_run(worker.engine, &end);
    /* Nothing is freed: the process is its own garbage collection. */
    _exit(report(&worker, &end) == VC_OK ? EXIT_SUCCESS : EXIT_FAILURE);
}
