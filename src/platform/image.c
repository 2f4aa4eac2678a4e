/* SPDX-License-Identifier: MIT */

#include "platform/image.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hex.h"

static constexpr size_t COPY_STEP = 1 << 18; /* bytes moved at once */
static constexpr int FIRST_OBJECT_FD = 10;   /* in the child; 0 to 3 are taken */

/* Reads all of `from`, from its start; `to` may be -1: then the bytes are only hashed. */
static enum vc_code copy_hashed(int from, int to, uint8_t digest[VC_SHA256_SIZE],
                                struct vc_err *err)
{
    vc_cleanup(vc_sha256_stream_freep) struct vc_sha256_stream *hash = nullptr;
    uint8_t *step = malloc(COPY_STEP);
    uint64_t offset = 0;
    enum vc_code code = step == nullptr ? vc_fail_memory(err) : vc_sha256_stream_new(&hash, err);

    while (code == VC_OK) {
        ssize_t got = pread(from, step, COPY_STEP, (off_t)offset);
        struct vc_bytes bytes = {step, got > 0 ? (size_t)got : 0};

        if (got < 0)
            code = vc_fail_host(err, "read");
        if (got <= 0)
            break;
        offset += bytes.size;
        if (offset > VC_OBJECT_SIZE_MAX)
            code = vc_fail(err, VC_LIMIT, "more than %zu bytes", VC_OBJECT_SIZE_MAX);
        vc_sha256_stream_add(hash, bytes);
        if (code == VC_OK && to >= 0)
            code = vc_fd_write_all(to, bytes, err);
    }
    if (code == VC_OK)
        vc_sha256_stream_end(hash, digest);
    free(step);
    return code;
}

/* Copies the file to `to` (unless that is -1) and checks its digest. */
static enum vc_code copy_checked(const struct vc_manifest_object *object, int file, int to,
                                 struct vc_err *err)
{
    uint8_t digest[VC_SHA256_SIZE];
    char seen[2 * VC_SHA256_SIZE + 1];
    enum vc_code code = copy_hashed(file, to, digest, err);

    if (code != VC_OK || memcmp(digest, object->sha256, sizeof(digest)) == 0)
        return code;
    vc_hex_encode((struct vc_bytes){digest, sizeof(digest)}, seen);
    return vc_fail(err, VC_UNTRUSTED,
                   "differs from the manifest (its digest is %.16s…): rebuild or reinstall", seen);
}

enum vc_code vc_object_check(const struct vc_manifest_object *object, int file, struct vc_err *err)
{
    return copy_checked(object, file, -1, err);
}

static enum vc_code load_object(const struct vc_manifest_object *object, int file, int *fd,
                                struct vc_err *err)
{
    vc_cleanup(vc_fd_closep) int made = -1;
    enum vc_code code = vc_memfd_new(object->name, true, &made, err);

    if (code == VC_OK)
        code = copy_checked(object, file, made, err);
    if (code == VC_OK)
        code = vc_memfd_seal(made, err);
    if (code != VC_OK)
        return vc_fail_in(err, code, "%s", object->name);
    *fd = vc_take_fd(made);
    return VC_OK;
}

enum vc_code vc_image_load(const struct vc_manifest *manifest, enum vc_image_kind image,
                           const int *files, struct vc_image *out, struct vc_err *err)
{
    struct vc_image made = {};
    size_t first;
    size_t count = vc_manifest_image(manifest, image, &first);

    if (count > VC_IMAGE_OBJECTS_MAX) {
        return vc_fail(err, VC_LIMIT, "manifest: %zu files of the %s, at most %zu", count,
                       vc_image_name(image), VC_IMAGE_OBJECTS_MAX);
    }
    for (size_t i = first; i < first + count; i++) {
        enum vc_code code =
            load_object(&manifest->objects[i], files[i], &made.fds[made.count], err);

        if (code != VC_OK) {
            vc_image_done(&made);
            return code;
        }
        made.count++;
    }
    *out = made;
    return VC_OK;
}

void vc_image_done(struct vc_image *image)
{
    for (size_t i = 0; i < image->count; i++)
        (void)close(image->fds[i]);
    *image = (struct vc_image){};
}

/* The command line of an image: the program alone, or the loader told to take every library, and
 * then the program, from descriptors. */
struct command {
    char preload[VC_IMAGE_OBJECTS_MAX * 20];
    char program[32];
    const char *argv[8];
};

static void make_command(const struct vc_image *image, const char *name, struct command *command)
{
    size_t used = 0;
    size_t last = image->count - 1;

    *command = (struct command){.argv = {name}};
    if (image->count == 1)
        return;
    for (size_t i = 1; i < last; i++) {
        used += (size_t)snprintf(command->preload + used, sizeof(command->preload) - used,
                                 "%s/proc/self/fd/%d", i > 1 ? ":" : "", FIRST_OBJECT_FD + (int)i);
    }
    (void)snprintf(command->program, sizeof(command->program), "/proc/self/fd/%d",
                   FIRST_OBJECT_FD + (int)last);
    command->argv[1] = "--inhibit-cache";
    command->argv[2] = "--preload";
    command->argv[3] = command->preload;
    command->argv[4] = "--argv0";
    command->argv[5] = name;
    command->argv[6] = command->program;
}

/* Runs in the child between clone and exec: only system calls, no memory is allocated. Descriptors
 * are first lifted out of the way, so that no target is overwritten before it was a source. */
static int settle_descriptors(const struct vc_image *image, int control, int error_fd)
{
    int lifted[VC_IMAGE_OBJECTS_MAX];
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    int base = FIRST_OBJECT_FD + (int)VC_IMAGE_OBJECTS_MAX;
    int lifted_control = fcntl(control, F_DUPFD_CLOEXEC, base);
    int lifted_error = fcntl(error_fd >= 0 ? error_fd : null, F_DUPFD_CLOEXEC, base);

    if (null < 0 || lifted_control < 0 || lifted_error < 0)
        return -1;
    for (size_t i = 0; i < image->count; i++) {
        lifted[i] = fcntl(image->fds[i], F_DUPFD_CLOEXEC, base);
        if (lifted[i] < 0)
            return -1;
    }
    if (dup2(null, 0) < 0 || dup2(lifted_error, 1) < 0 || dup2(lifted_error, 2) < 0 ||
        dup2(lifted_control, 3) < 0)
        return -1;
    for (size_t i = 0; i < image->count; i++) {
        if (dup2(lifted[i], FIRST_OBJECT_FD + (int)i) < 0)
            return -1;
    }
    return (int)syscall(SYS_close_range, 4, FIRST_OBJECT_FD - 1, 0) == 0 &&
                   (int)syscall(SYS_close_range, FIRST_OBJECT_FD + (int)image->count, ~0U, 0) == 0
               ? 0
               : -1;
}

[[noreturn]] static void child(const struct vc_image *image, const struct command *command,
                               int control, int error_fd)
{
    char *const environment[] = {nullptr};
    sigset_t none;

    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, nullptr);
    if (settle_descriptors(image, control, error_fd) == 0) {
        (void)syscall(SYS_execveat, FIRST_OBJECT_FD, "", command->argv, environment, AT_EMPTY_PATH);
    }
    _exit(127);
}

enum vc_code vc_image_start(const struct vc_image *image, const char *name, int control,
                            int error_fd, struct vc_process *process, struct vc_err *err)
{
    struct command command;
    int made = -1;
    pid_t pid;
    struct clone_args args = {.flags = CLONE_PIDFD | CLONE_VFORK | CLONE_CLEAR_SIGHAND,
                              .pidfd = (uint64_t)(uintptr_t)&made,
                              .exit_signal = SIGCHLD};

    make_command(image, name, &command);
    pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
    if (pid == 0)
        child(image, &command, control, error_fd);
    if (pid < 0)
        return vc_fail_host(err, "starting %s", name);
    *process = (struct vc_process){.pidfd = made, .pid = pid};
    return VC_OK;
}
