/* SPDX-License-Identifier: MIT */

/* Tries what containers need of a machine. */

#include "cli/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hex.h"
#include "base/instant.h"
#include "platform/process.h"
#include "platform/produce.h"

static constexpr time_t CLOCK_LEAST = 1735689600; /* 2025-01-01: older than this program */

static vc_printf(3, 4) void found(struct vc_probe *probe, bool good, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)vsnprintf(probe->detail, sizeof(probe->detail), format, args);
    va_end(args);
    probe->good = good;
}

static void probe_kernel(struct vc_probe *probe)
{
    struct utsname name;
    char *rest = nullptr;

    if (uname(&name) < 0) {
        found(probe, false, "the kernel does not say which one it is");
        return;
    }
    unsigned long major = strtoul(name.release, &rest, 10);
    unsigned long minor = *rest == '.' ? strtoul(rest + 1, nullptr, 10) : 0;

    found(probe, major > 5 || (major == 5 && minor >= 13), "Linux %.64s, %.32s", name.release,
          name.machine);
}

/* In a child, since a namespace once left cannot be entered again. */
static void probe_user_namespaces(struct vc_probe *probe)
{
    int status = 0;
    pid_t child = fork();

    if (child == 0)
        _exit(unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWIPC) < 0 ? errno : 0);
    if (child < 0 || waitpid(child, &status, 0) < 0 || !WIFEXITED(status)) {
        found(probe, false, "cannot try: %s", strerrordesc_np(errno));
        return;
    }
    if (WEXITSTATUS(status) != 0) {
        found(probe, false, "refused: %s", strerrordesc_np(WEXITSTATUS(status)));
    } else {
        found(probe, true, "user, network and IPC namespaces");
    }
}

static void probe_seccomp(struct vc_probe *probe)
{
    uint32_t action = SECCOMP_RET_KILL_PROCESS;

    if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) < 0) {
        found(probe, false, "no filters that kill: %s", strerrordesc_np(errno));
    } else {
        found(probe, true, "filters that kill the process");
    }
}

static void probe_landlock(struct vc_probe *probe)
{
    long version =
        syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);

    if (version < 0) {
        found(probe, false, "none: %s", strerrordesc_np(errno));
    } else {
        found(probe, true, "ABI %ld", version);
    }
}

static void probe_memory_files(struct vc_probe *probe)
{
    vc_cleanup(vc_fd_closep) int fd = -1;
    struct vc_err err = {};
    enum vc_code code = vc_memfd_new("veracruz-doctor", true, &fd, &err);

    if (code == VC_OK)
        code = vc_memfd_seal(fd, &err);
    found(probe, code == VC_OK, "%.180s", code == VC_OK ? "executable and sealed" : err.text);
}

static void probe_secret_memory(struct vc_probe *probe)
{
#ifdef SYS_memfd_secret
    vc_cleanup(vc_fd_closep) int fd = (int)syscall(SYS_memfd_secret, O_CLOEXEC);

    found(probe, fd >= 0, "%s", fd >= 0 ? "memfd_secret" : strerrordesc_np(errno));
#else
    found(probe, false, "unknown to the headers that this was built with");
#endif
}

static void probe_entropy(struct vc_probe *probe)
{
    uint8_t byte;

    if (getrandom(&byte, 1, GRND_NONBLOCK) == 1) {
        found(probe, true, "the kernel's generator is seeded");
    } else {
        found(probe, false, "the kernel's generator: %s", strerrordesc_np(errno));
    }
}

static void probe_clock(struct vc_probe *probe)
{
    struct timex state = {};
    char now[VC_INSTANT_TEXT_MAX];
    time_t seconds = time(nullptr);
    bool synchronised = adjtimex(&state) != TIME_ERROR; /* reads: no mode is set */

    vc_instant_format((int64_t)seconds, now);
    found(probe, seconds >= CLOCK_LEAST, "%s, %s", now,
          synchronised ? "synchronised" : "not known to be synchronised");
}

static void probe_installation(struct vc_probe *probe)
{
    struct vc_installation installation = {};
    struct vc_err err = {};
    char hex[2 * VC_SHA256_SIZE + 1];
    enum vc_code code = vc_installation_load(&installation, &err);

    if (code == VC_OK)
        code = vc_installation_check(&installation, &err);
    if (code == VC_OK) {
        vc_hex_encode((struct vc_bytes){installation.manifest.measurement, VC_SHA256_SIZE}, hex);
        found(probe, true, "%zu files as their manifest says, measurement %s",
              installation.manifest.count, hex);
    } else {
        found(probe, false, "%.190s", err.text);
    }
    vc_installation_done(&installation);
}

/* An image is complete if the manifest names the program and, for those that load it, the engine.
 */
static void probe_image(struct vc_probe *probe, enum vc_image_kind kind, const char *library)
{
    struct vc_installation installation = {};
    struct vc_err err = {};
    size_t first = 0;
    bool has_library = library == nullptr;

    if (vc_installation_load(&installation, &err) != VC_OK) {
        found(probe, false, "%.190s", err.text);
        return;
    }
    size_t count = vc_manifest_image(&installation.manifest, kind, &first);

    for (size_t i = first; i < first + count; i++) {
        const char *name = installation.manifest.objects[i].name;

        has_library = has_library || strncmp(name, library, strlen(library)) == 0;
    }
    if (count == 0) {
        found(probe, false, "not in the manifest");
    } else {
        found(probe, has_library, "%zu file%s%s%s", count, count == 1 ? "" : "s",
              library != nullptr ? ", " : "",
              library == nullptr ? ""
              : has_library      ? library
                                 : "without the WebAssembly engine");
    }
    vc_installation_done(&installation);
}

static void probe_runtime(struct vc_probe *probe)
{
    probe_image(probe, VC_IMAGE_RUNTIME, nullptr);
}

static void probe_worker(struct vc_probe *probe)
{
    probe_image(probe, VC_IMAGE_WORKER, "libwasmedge");
}

static void probe_compiler(struct vc_probe *probe)
{
    probe_image(probe, VC_IMAGE_COMPILER, "libwasmedge");
}

/* The first of the paths that this user may open. */
static void probe_device(struct vc_probe *probe, const char *const *paths, int mode)
{
    int reason = ENOENT;

    for (; *paths != nullptr; paths++) {
        if (access(*paths, mode) == 0) {
            found(probe, true, "%s", *paths);
            return;
        }
        if (errno != ENOENT)
            reason = errno;
        found(probe, false, "%s: %s", *paths, strerrordesc_np(reason));
    }
}

static void probe_kvm(struct vc_probe *probe)
{
    probe_device(probe, (const char *const[]){"/dev/kvm", nullptr}, R_OK | W_OK);
}

/* A platform for containers, as `serve` would find it. */
static void probe_platform(struct vc_probe *probe, enum vc_platform_kind kind)
{
    struct vc_offers offers;

    vc_producer_find(&vc_device_kernel, &offers);
    for (size_t i = 0; i < offers.count; i++) {
        const struct vc_offer *offer = &offers.items[i];

        if (offer->kind == kind)
            found(probe, offer->usable, "%s%.180s", offer->usable ? "evidence by " : "",
                  offer->detail);
    }
}

static void probe_snp(struct vc_probe *probe)
{
    probe_platform(probe, VC_PLATFORM_SNP);
}

static void probe_tdx(struct vc_probe *probe)
{
    probe_platform(probe, VC_PLATFORM_TDX);
}

static void probe_tsm(struct vc_probe *probe)
{
    probe_device(probe, (const char *const[]){"/sys/kernel/config/tsm/report", nullptr}, R_OK);
}

static void probe_nitro(struct vc_probe *probe)
{
    probe_platform(probe, VC_PLATFORM_NITRO);
}

static void probe_tpm(struct vc_probe *probe)
{
    probe_device(probe, (const char *const[]){"/dev/tpmrm0", "/dev/tpm0", nullptr}, R_OK | W_OK);
}

static const struct kind {
    const char *name;
    bool needed;
    void (*try)(struct vc_probe *probe);
    const char *advice;
} kinds[] = {
    {"kernel", true, probe_kernel, "Linux 5.13 or newer is needed, for Landlock"},
    {"seccomp", true, probe_seccomp, "a kernel with CONFIG_SECCOMP_FILTER is needed"},
    {"landlock", true, probe_landlock,
     "boot with landlock among the modules of lsm=, on a kernel with CONFIG_SECURITY_LANDLOCK"},
    {"memory files", true, probe_memory_files,
     "sysctl vm.memfd_noexec=0 (or 1); programs are started from sealed memory"},
    {"entropy", true, probe_entropy, "wait, or give this machine a source of randomness"},
    {"clock", true, probe_clock, "set the clock: certificates would be out of time"},
    {"installation", true, probe_installation, "build or install again"},
    {"runtime", true, probe_runtime, "build or install veracruz-runtime again"},
    {"worker", true, probe_worker, "build or install veracruz-worker again, with libwasmedge0"},
    {"compiler", true, probe_compiler,
     "build or install veracruz-compiler again, with libwasmedge0"},
    {"user namespaces", false, probe_user_namespaces,
     "sysctl kernel.unprivileged_userns_clone=1 (Debian), "
     "kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu)"},
    {"secret memory", false, probe_secret_memory, "boot with secretmem.enable=1 (Linux 5.14)"},
    {"kvm", false, probe_kvm, "load kvm_intel or kvm_amd and join the group kvm, for microvm"},
    {"snp guest", false, probe_snp, "only inside an AMD SEV-SNP guest, mostly as root"},
    {"tdx guest", false, probe_tdx, "only inside an Intel TDX guest, mostly as root"},
    {"configfs-tsm", false, probe_tsm, "inside a TEE: mount configfs and load tsm (Linux 6.7)"},
    {"nitro", false, probe_nitro, "only inside an AWS Nitro enclave"},
    {"tpm", false, probe_tpm, "join the group tss, if the machine has a TPM"},
};
static_assert(VC_COUNT(kinds) <= VC_PROBES_MAX);

size_t vc_probe_machine(struct vc_probe probes[VC_PROBES_MAX])
{
    for (size_t i = 0; i < VC_COUNT(kinds); i++) {
        probes[i] = (struct vc_probe){
            .name = kinds[i].name, .needed = kinds[i].needed, .advice = kinds[i].advice};
        kinds[i].try(&probes[i]);
    }
    return VC_COUNT(kinds);
}
