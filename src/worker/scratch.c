/* SPDX-License-Identifier: MIT */

#include "worker/scratch.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/file.h"

static const char SIZE_MAX_TEXT[] =
    "1g"; /* of all files in it; pages are charged to this process */

static void say_once(const char *path, const char *text)
{
    vc_cleanup(vc_fd_closep) int file = open(path, O_WRONLY | O_CLOEXEC);

    if (file >= 0)
        (void)!write(file, text, strlen(text)); /* is_writable tells whether it helped */
}

/* In a new user namespace nobody owns files until a user and a group are mapped. */
static void map_owner(struct vc_scratch_owner owner)
{
    char text[32];

    say_once("/proc/self/setgroups", "deny");
    (void)snprintf(text, sizeof(text), "0 %u 1", owner.user);
    say_once("/proc/self/uid_map", text);
    (void)snprintf(text, sizeof(text), "0 %u 1", owner.group);
    say_once("/proc/self/gid_map", text);
}

static int open_private(void)
{
    vc_cleanup(vc_fd_closep) int context = fsopen("tmpfs", FSOPEN_CLOEXEC);

    if (context < 0 || fsconfig(context, FSCONFIG_SET_STRING, "size", SIZE_MAX_TEXT, 0) != 0 ||
        fsconfig(context, FSCONFIG_SET_STRING, "mode", "0700", 0) != 0 ||
        fsconfig(context, FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0)
        return -1;
    return fsmount(context, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
}

static bool is_writable(void)
{
    vc_cleanup(vc_fd_closep) int probe = open("probe", O_CREAT | O_RDWR | O_CLOEXEC, 0600);

    return probe >= 0 && unlink("probe") == 0;
}

static enum vc_code open_shared(struct vc_scratch *scratch, struct vc_err *err)
{
    static const char *const places[] = {"/dev/shm", "/tmp"};

    for (size_t i = 0; i < VC_COUNT(places); i++) {
        (void)snprintf(scratch->path, sizeof(scratch->path), "%s/veracruz-compiler-XXXXXX",
                       places[i]);
        if (mkdtemp(scratch->path) == nullptr)
            continue;
        scratch->directory = open(scratch->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (scratch->directory >= 0 && fchdir(scratch->directory) == 0)
            return VC_OK;
    }
    return vc_fail_host(err, "no place for the compiler's files");
}

enum vc_code vc_scratch_open(struct vc_scratch_owner owner, struct vc_scratch *scratch,
                             struct vc_err *err)
{
    map_owner(owner);
    *scratch = (struct vc_scratch){.directory = open_private()};
    /* As the root too: the linker asks where it is, and this directory has no name elsewhere. */
    if (scratch->directory >= 0 && fchdir(scratch->directory) == 0 && is_writable() &&
        chroot(".") == 0)
        return VC_OK;
    if (scratch->directory >= 0)
        (void)close(scratch->directory);
    return open_shared(scratch, err);
}

void vc_scratch_remove(const struct vc_scratch *scratch)
{
    if (scratch->path[0] == '\0')
        return;
    DIR *entries = fdopendir(scratch->directory);

    while (entries != nullptr) {
        const struct dirent *entry = readdir(entries); /* NOLINT(concurrency-mt-unsafe) */

        if (entry == nullptr)
            break;
        if (entry->d_name[0] != '.')
            (void)unlinkat(scratch->directory, entry->d_name, 0);
    }
    (void)rmdir(scratch->path);
}
