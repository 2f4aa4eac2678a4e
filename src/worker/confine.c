/* SPDX-License-Identifier: MIT */

#include "worker/confine.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/file.h"
#include "base/sanitized.h"

/* Nobody reads what a library prints here, and nothing that a program makes it print gets out. */
static enum vc_code silence(struct vc_err *err)
{
    vc_cleanup(vc_fd_closep) int nowhere = -1;
    enum vc_code code = vc_memfd_new("nowhere", false, &nowhere, err);

    if (code == VC_OK)
        code = vc_memfd_seal(nowhere, err);
    for (int fd = 0; fd < (VC_SANITIZED ? 2 : 3) && code == VC_OK; fd++) {
        if (dup2(nowhere, fd) < 0)
            code = vc_fail_host(err, "standard descriptor %d", fd);
    }
    return code;
}

enum vc_code vc_confine_descriptors(struct vc_err *err)
{
    int type;
    socklen_t size = sizeof(type);

    if (getsockopt(VC_WORKER_CONTROL_FD, SOL_SOCKET, SO_TYPE, &type, &size) != 0 ||
        type != SOCK_SEQPACKET) {
        return vc_fail(err, VC_STATE, "descriptor %d is no socket of a runtime",
                       VC_WORKER_CONTROL_FD);
    }
    if (close_range(VC_WORKER_CONTROL_FD + 1, ~0U, 0) != 0)
        return vc_fail_host(err, "close_range");
    enum vc_code code = silence(err);

    /* A write beyond a limit fails; it does not kill. */
    if (code == VC_OK &&
        (signal(SIGXFSZ, SIG_IGN) == SIG_ERR || signal(SIGPIPE, SIG_IGN) == SIG_ERR))
        return vc_fail_host(err, "signal");
    return code;
}

static enum vc_code drop_capabilities(struct vc_err *err)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {};

    if (syscall(SYS_capset, &header, none) != 0)
        return vc_fail_host(err, "capset");
    return VC_OK;
}

uint32_t vc_confine_namespaces(void)
{
    uint32_t confinement = 0;
    static const struct {
        int flag;
        uint32_t bit;
    } spaces[] = {{CLONE_NEWUSER, VC_CONFINED_USER},
                  {CLONE_NEWNET, VC_CONFINED_NETWORK},
                  {CLONE_NEWNS, VC_CONFINED_MOUNTS},
                  {CLONE_NEWIPC, VC_CONFINED_IPC}};

    /* All at once where that works; else one by one, since some hosts refuse some of them. */
    if (unshare(CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWIPC) == 0) {
        return VC_CONFINED_USER | VC_CONFINED_NETWORK | VC_CONFINED_MOUNTS | VC_CONFINED_IPC;
    }
    for (size_t i = 0; i < VC_COUNT(spaces); i++) {
        if (unshare(spaces[i].flag) == 0)
            confinement |= spaces[i].bit;
    }
    return confinement;
}

enum vc_code vc_confine_privileges(struct vc_err *err)
{
    enum vc_code code = drop_capabilities(err);

    if (code != VC_OK)
        return code;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
        return vc_fail_host(err, "prctl");
    /* After the change of credentials, which would have undone it. */
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)
        return vc_fail_host(err, "death signal");
    return VC_OK;
}

enum vc_code vc_confine_limit(int resource, uint64_t soft, uint64_t hard, struct vc_err *err)
{
    struct rlimit now;
    __rlimit_resource_t which = (__rlimit_resource_t)resource;

    if (getrlimit(which, &now) != 0)
        return vc_fail_host(err, "getrlimit %d", resource);
    if (hard < now.rlim_max)
        now.rlim_max = hard;
    now.rlim_cur = soft < now.rlim_max ? soft : now.rlim_max;
    if (setrlimit(which, &now) != 0)
        return vc_fail_host(err, "setrlimit %d", resource);
    return VC_OK;
}

enum vc_code vc_confine_limits(uint64_t descriptor_max, struct vc_err *err)
{
    const struct {
        int resource;
        uint64_t limit;
    } limits[] = {{RLIMIT_CORE, 0},
                  {RLIMIT_MSGQUEUE, 0},
                  {RLIMIT_MEMLOCK, 0},
                  {RLIMIT_NOFILE, descriptor_max}};

    for (size_t i = 0; i < VC_COUNT(limits); i++) {
        enum vc_code code =
            vc_confine_limit(limits[i].resource, limits[i].limit, limits[i].limit, err);

        if (code != VC_OK)
            return code;
    }
    return VC_OK;
}

/* What is handled is denied. Kernels refuse bits that they do not know. */
static struct landlock_ruleset_attr everything(uint32_t abi)
{
    struct landlock_ruleset_attr attributes = {.handled_access_fs =
                                                   (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1};

    if (abi >= 2)
        attributes.handled_access_fs |= LANDLOCK_ACCESS_FS_REFER;
    if (abi >= 3)
        attributes.handled_access_fs |= LANDLOCK_ACCESS_FS_TRUNCATE;
    if (abi >= 4) {
        attributes.handled_access_net =
            LANDLOCK_ACCESS_NET_BIND_TCP | LANDLOCK_ACCESS_NET_CONNECT_TCP;
    }
    if (abi >= 5)
        attributes.handled_access_fs |= LANDLOCK_ACCESS_FS_IOCTL_DEV;
    if (abi >= 6)
        attributes.scoped = LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | LANDLOCK_SCOPE_SIGNAL;
    return attributes;
}

static enum vc_code allow_below(int ruleset, int directory, uint64_t handled, struct vc_err *err)
{
    struct landlock_path_beneath_attr rule = {
        .allowed_access = handled & (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE |
                                     LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
                                     LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_TRUNCATE),
        .parent_fd = directory};

    if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0)
        return vc_fail_host(err, "landlock_add_rule");
    return VC_OK;
}

enum vc_code vc_confine_paths(int directory, uint32_t *abi, struct vc_err *err)
{
    long version =
        syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);

    *abi = version > 0 ? (uint32_t)version : 0;
    if (version <= 0)
        return VC_OK;
    struct landlock_ruleset_attr attributes = everything(*abi);
    vc_cleanup(vc_fd_closep) int ruleset =
        (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof(attributes), 0);

    if (ruleset < 0)
        return vc_fail_host(err, "landlock_create_ruleset");
    enum vc_code code =
        directory < 0 ? VC_OK : allow_below(ruleset, directory, attributes.handled_access_fs, err);

    if (code == VC_OK && syscall(SYS_landlock_restrict_self, ruleset, 0) != 0)
        return vc_fail_host(err, "landlock_restrict_self");
    return code;
}
