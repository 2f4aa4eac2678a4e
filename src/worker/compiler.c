/* SPDX-License-Identifier: MIT */

/* veracruz-compiler: makes native code of one module, within limits.
 *
 * A function of a few hundred kilobytes can keep an optimiser busy for minutes, and a compiler is a
 * large target. So the work is done by a child that holds the module, the output and a directory of
 * its own, and that is killed when its time is over; then a second child tries without optimising.
 */

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/sanitized.h"
#include "engine/compile.h"
#include "engine/module.h"
#include "worker/confine.h"
#include "worker/control.h"
#include "worker/filter.h"
#include "worker/scratch.h"

static constexpr uint64_t DESCRIPTORS_MAX = 64;
static constexpr uint64_t ADDRESS_SPACE_MAX = UINT64_C(3) << 30; /* bytes; it reserves no memory */
static constexpr size_t NATIVE_SIZE_MAX = 512 << 20;             /* bytes */
static constexpr uint32_t PAGES_PER_MIB = 16;
static const char NATIVE_NAME[] = "program.wasm";

struct attempt {
    enum vc_compile_effort effort;
    uint64_t cpu_seconds;
};

struct compiler {
    struct vc_control control;
    struct vc_scratch scratch;
    struct vc_worker_compile order;
    int module_fd;
    int output_fd;
};

static enum vc_code prepare(struct compiler *compiler, struct vc_err *err)
{
    struct vc_scratch_owner owner = {.user = geteuid(), .group = getegid()};
    enum vc_code code = vc_confine_descriptors(err);

    if (code == VC_OK) {
        (void)vc_confine_namespaces();
        code = vc_scratch_open(owner, &compiler->scratch, err);
    }
    if (code == VC_OK)
        code = vc_confine_privileges(err);
    if (code == VC_OK)
        code = vc_confine_limits(DESCRIPTORS_MAX, err);
    if (code == VC_OK)
        code = vc_control_init(&compiler->control, err);
    if (code == VC_OK)
        code = vc_filter_load(VC_FILTER_COMPILER, (struct vc_filter_grants){}, err);
    return code;
}

static enum vc_code wait_for_order(struct compiler *compiler, struct vc_err *err)
{
    vc_cleanup(vc_packet_done) struct vc_packet packet = {};
    enum vc_code code = vc_control_receive(&compiler->control, &packet, err);

    if (code != VC_OK)
        return code;
    if (packet.size != sizeof(compiler->order) || packet.fd_count != 2) {
        return vc_fail(err, VC_MALFORMED, "compile: %zu bytes and %zu descriptors", packet.size,
                       packet.fd_count);
    }
    memcpy(&compiler->order, compiler->control.received, sizeof(compiler->order));
    if (compiler->order.kind != VC_WORKER_COMPILE || compiler->order.memory_mib < 1 ||
        compiler->order.memory_mib > VC_MODULE_PAGES_MAX / PAGES_PER_MIB)
        return vc_fail(err, VC_MALFORMED, "compile: message %u", compiler->order.kind);
    if (compiler->order.best_seconds < 1 || compiler->order.quick_seconds < 1)
        return vc_fail(err, VC_MALFORMED, "compile: no time to do it in");
    compiler->module_fd = vc_take_fd(packet.fds[0]);
    compiler->output_fd = vc_take_fd(packet.fds[1]);
    return VC_OK;
}

/* The child's walls; its parent keeps what is needed to clean up after it. */
static enum vc_code confine_attempt(const struct compiler *compiler, const struct attempt *attempt,
                                    struct vc_err *err)
{
    uint32_t landlock_abi;
    enum vc_code code =
        vc_confine_limit(RLIMIT_CPU, attempt->cpu_seconds, attempt->cpu_seconds + 1, err);

    if (code == VC_OK && prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)
        code = vc_fail_host(err, "death signal");
    if (code == VC_OK && !VC_SANITIZED)
        code = vc_confine_limit(RLIMIT_AS, ADDRESS_SPACE_MAX, ADDRESS_SPACE_MAX, err);
    if (code == VC_OK)
        code = vc_confine_limit(RLIMIT_FSIZE, NATIVE_SIZE_MAX, NATIVE_SIZE_MAX, err);
    if (code == VC_OK)
        code = vc_confine_paths(compiler->scratch.directory, &landlock_abi, err);
    if (code == VC_OK)
        code = vc_filter_load(VC_FILTER_COMPILING, (struct vc_filter_grants){}, err);
    return code;
}

static enum vc_code compile_module(const struct compiler *compiler, enum vc_compile_effort effort,
                                   struct vc_bytes wasm, struct vc_err *err)
{
    vc_cleanup(vc_module_done) struct vc_module module = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer bounded = {};
    enum vc_code code = vc_module_parse(wasm, &module, err);

    if (code == VC_OK)
        code = vc_module_encode(&module, compiler->order.memory_mib * PAGES_PER_MIB, &bounded, err);
    if (code == VC_OK)
        code = vc_compile_module(vc_buffer_bytes(&bounded), effort, NATIVE_NAME, err);
    return code;
}

static enum vc_code compile_mapped(const struct compiler *compiler, enum vc_compile_effort effort,
                                   struct vc_err *err)
{
    struct stat stat;

    if (fstat(compiler->module_fd, &stat) != 0)
        return vc_fail_host(err, "module");
    if (stat.st_size <= 0)
        return vc_fail(err, VC_MALFORMED, "module: empty");
    void *map = mmap(nullptr, (size_t)stat.st_size, PROT_READ, MAP_PRIVATE, compiler->module_fd, 0);

    if (map == MAP_FAILED)
        return vc_fail_host(err, "module");
    enum vc_code code =
        compile_module(compiler, effort, (struct vc_bytes){map, (size_t)stat.st_size}, err);

    (void)munmap(map, (size_t)stat.st_size);
    return code;
}

static enum vc_code hand_over(const struct compiler *compiler, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer native = {};
    enum vc_code code = vc_file_load(NATIVE_NAME, NATIVE_SIZE_MAX, &native, err);

    if (code == VC_OK && ftruncate(compiler->output_fd, 0) != 0)
        code = vc_fail_host(err, "output");
    if (code == VC_OK)
        code = vc_fd_write_all(compiler->output_fd, vc_buffer_bytes(&native), err);
    return code;
}

/* The program's fault or ours. */
static enum vc_worker_end_reason reason_of(enum vc_code code)
{
    return code == VC_MALFORMED || code == VC_REFUSED || code == VC_LIMIT ? VC_END_REFUSED
                                                                          : VC_END_FAILED;
}

static enum vc_code report(enum vc_worker_end_reason reason, const char *text)
{
    struct vc_worker_end end = {.reason = reason};

    return vc_control_end(&end, text);
}

/* The child. Its exit status says whether the runtime has been told. */
[[noreturn]] static void try_compile(const struct compiler *compiler, const struct attempt *attempt)
{
    struct vc_err err = {};
    enum vc_code code = confine_attempt(compiler, attempt, &err);
    enum vc_worker_end_reason reason = VC_END_FAILED;

    if (code == VC_OK) {
        code = compile_mapped(compiler, attempt->effort, &err);
        reason = reason_of(code);
    }
    if (code == VC_OK)
        code = hand_over(compiler, &err);
    code = code == VC_OK ? report(VC_END_EXITED, nullptr) : report(reason, err.text);
    _exit(code == VC_OK ? EXIT_SUCCESS : EXIT_FAILURE);
}

/* True if a child has told the runtime; *status is what the last one died of otherwise. */
static bool attempt_all(const struct compiler *compiler, int *status)
{
    const struct vc_worker_compile *order = &compiler->order;
    const struct attempt attempts[] = {{VC_COMPILE_BEST, order->best_seconds},
                                       {VC_COMPILE_QUICK, order->quick_seconds}};

    for (size_t i = 0; i < VC_COUNT(attempts); i++) {
        pid_t child = fork();

        if (child == 0)
            try_compile(compiler, &attempts[i]);
        if (child < 0 || waitpid(child, status, 0) != child)
            return false;
        if (WIFEXITED(*status) && WEXITSTATUS(*status) == EXIT_SUCCESS)
            return true;
    }
    return false;
}

static enum vc_code report_death(int status)
{
    struct vc_err err = {};
    int number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;

    if (number == SIGXCPU || number == SIGKILL)
        return report(VC_END_REFUSED, "module: takes too long to compile");
    if (number == 0)
        return report(VC_END_FAILED, "compiler: it could not work");
    (void)!vc_fail(&err, VC_REFUSED, "module: the compiler died of it (signal %d)", number);
    return report(VC_END_REFUSED, err.text);
}

int main(void)
{
    struct compiler compiler = {.module_fd = -1, .output_fd = -1};
    struct vc_err err = {};
    int status = 0;
    enum vc_code code = prepare(&compiler, &err);

    if (code == VC_OK)
        code = wait_for_order(&compiler, &err);
    if (code == VC_OK) {
        code = attempt_all(&compiler, &status) ? VC_OK : report_death(status);
    } else if (code != VC_CLOSED) {
        code = report(VC_END_FAILED, err.text);
    }
    vc_scratch_remove(&compiler.scratch);
    _exit(code == VC_OK ? EXIT_SUCCESS : EXIT_FAILURE);
}
