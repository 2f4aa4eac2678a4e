/* SPDX-License-Identifier: MIT */

#include "runtime/child.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "abi/worker.h"
#include "base/file.h"
#include "base/sanitized.h"

struct vc_child {
    struct vc_children *siblings;
    struct vc_child *next; /* among the abandoned */
    int control, pidfd;
    pid_t pid;
    struct vc_watch *control_watch, *pid_watch;
    const struct vc_child_events *events; /* null once abandoned */
    void *user;
};

/* What a worker or compiler could print leads to the host: nowhere, but for a sanitizer's report.
 */
static constexpr int ERROR_FD = VC_SANITIZED ? STDERR_FILENO : -1;
/* More than a socket holds: each takes a page or two of its buffer, which has some hundred. */
static constexpr unsigned DRAINED_PACKETS_MAX = 4096;

static void stop_listening(struct vc_child *child)
{
    vc_loop_unwatch(child->control_watch);
    child->control_watch = nullptr;
}

static bool receive_one(struct vc_child *child)
{
    uint8_t data[VC_WORKER_MESSAGE_MAX];
    struct vc_packet packet;
    enum vc_code code = vc_packet_receive(child->control, data, sizeof(data), &packet, nullptr);

    if (code == VC_STATE)
        return false;
    if (code != VC_OK) { /* the end, or a packet out of form: then its death will tell */
        stop_listening(child);
        vc_child_kill(
            child); /* an empty packet looks like the end, and a living child has no end */
        return false;
    }
    vc_packet_done(&packet); /* a child sends no descriptors; close any that it did */
    if (child->events != nullptr)
        child->events->on_packet(child->user, (struct vc_bytes){data, packet.size});
    explicit_bzero(data, packet.size); /* a key store says keys */
    return true;
}

static void on_control(void *user, uint32_t)
{
    struct vc_child *child = user;

    (void)receive_one(child); /* level-triggered: the rest comes in the next turn */
}

bool vc_child_drain(struct vc_child *child)
{
    for (unsigned i = 0; i < DRAINED_PACKETS_MAX; i++) {
        if (child->control_watch == nullptr || !receive_one(child))
            return true;
    }
    return false;
}

static struct vc_child_end reap(struct vc_child *child)
{
    siginfo_t info = {};
    struct rusage usage = {};
    struct vc_child_end end = {};

    (void)syscall(SYS_waitid, P_PIDFD, child->pidfd, &info, WEXITED, &usage);
    end.signalled = info.si_code != CLD_EXITED;
    end.status = info.si_status;
    end.cpu_us = (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 +
                 (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
    end.memory_bytes = (uint64_t)usage.ru_maxrss * 1024;
    return end;
}

/* Closes everything and frees; the child is dead and reaped, or never lived. */
static void release(struct vc_child *child)
{
    stop_listening(child);
    vc_loop_unwatch(child->pid_watch);
    vc_fd_closep(&child->pidfd);
    vc_fd_closep(&child->control);
    free(child);
}

static void unlink_abandoned(struct vc_child *child)
{
    struct vc_child **link = &child->siblings->abandoned;

    while (*link != nullptr && *link != child)
        link = &(*link)->next;
    if (*link == child)
        *link = child->next;
}

static void on_death(void *user, uint32_t)
{
    struct vc_child *child = user;
    struct vc_child_end end;

    /* What waits in the socket of a dead child still counts: its last words are there. */
    (void)vc_child_drain(child);
    stop_listening(child);
    vc_loop_unwatch(child->pid_watch);
    child->pid_watch = nullptr;
    end = reap(child);
    vc_fd_closep(&child->pidfd);
    if (child->events != nullptr) {
        child->events->on_end(child->user, &end);
        return; /* it may be gone now */
    }
    unlink_abandoned(child);
    release(child);
}

static enum vc_code watch(struct vc_child *child, struct vc_err *err)
{
    struct vc_loop *loop = child->siblings->loop;
    enum vc_code code;

    if (fcntl(child->control, F_SETFL, O_NONBLOCK) != 0)
        return vc_fail_host(err, "O_NONBLOCK");
    code =
        vc_loop_watch(loop, child->control, EPOLLIN, on_control, child, &child->control_watch, err);
    if (code == VC_OK) {
        code = vc_loop_watch(loop, child->pidfd, EPOLLIN, on_death, child, &child->pid_watch, err);
    }
    return code;
}

enum vc_code vc_child_start(const struct vc_child_order *order, struct vc_child **child,
                            struct vc_err *err)
{
    vc_cleanup(vc_fd_closep) int theirs = -1;
    struct vc_child *made = calloc(1, sizeof(*made));
    enum vc_code code;

    if (made == nullptr)
        return vc_fail_memory(err);
    *made = (struct vc_child){.siblings = order->siblings,
                              .control = -1,
                              .pidfd = -1,
                              .events = order->events,
                              .user = order->user};
    code = vc_packet_pair(&made->control, &theirs, err);
    if (code == VC_OK) {
        struct vc_process process;

        code = vc_image_start(order->image, order->name, theirs, ERROR_FD, &process, err);
        if (code == VC_OK) {
            made->pidfd = process.pidfd;
            made->pid = process.pid;
        }
    }
    if (code == VC_OK)
        code = watch(made, err);
    if (code != VC_OK) {
        if (made->pidfd >= 0) {
            vc_child_kill(made);
            (void)reap(made);
        }
        release(made);
        return code;
    }
    *child = made;
    return VC_OK;
}

void vc_child_redirect(struct vc_child *child, const struct vc_child_events *events, void *user)
{
    child->events = events;
    child->user = user;
}

enum vc_code vc_child_send(struct vc_child *child, const struct vc_parcel *parcel,
                           struct vc_err *err)
{
    return vc_packet_send(child->control, parcel, err);
}

void vc_child_kill(struct vc_child *child)
{
    if (child->pidfd >= 0)
        (void)syscall(SYS_pidfd_send_signal, child->pidfd, SIGKILL, nullptr, 0);
}

uint64_t vc_child_cpu_us(const struct vc_child *child)
{
    clockid_t clock;
    struct timespec spent;

    if (child->pidfd < 0 || clock_getcpuclockid(child->pid, &clock) != 0 ||
        clock_gettime(clock, &spent) != 0)
        return 0;
    return (uint64_t)spent.tv_sec * 1000000 + (uint64_t)spent.tv_nsec / 1000;
}

/* The second and third number of /proc/PID/statm are its resident pages, and of them those of files
 * (proc(5)). */
uint64_t vc_child_memory_bytes(const struct vc_child *child)
{
    char path[32];
    char text[128];
    unsigned long resident;
    unsigned long shared;
    vc_cleanup(vc_fd_closep) int fd = -1;
    ssize_t size;

    if (child->pidfd < 0)
        return 0;
    (void)snprintf(path, sizeof(path), "/proc/%d/statm", (int)child->pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    size = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
    if (size <= 0)
        return 0;
    text[size] = '\0';
    if (sscanf(text, "%*u %lu %lu", &resident, &shared) != 2 || shared > resident)
        return 0;
    return (uint64_t)(resident - shared) * (uint64_t)sysconf(_SC_PAGESIZE);
}

void vc_child_abandon(struct vc_child *child)
{
    if (child == nullptr)
        return;
    child->events = nullptr;
    if (child->pidfd < 0) { /* dead and reaped */
        release(child);
        return;
    }
    vc_child_kill(child);
    child->next = child->siblings->abandoned;
    child->siblings->abandoned = child;
}

void vc_children_done(struct vc_children *children)
{
    while (children->abandoned != nullptr) {
        struct vc_child *child = children->abandoned;

        children->abandoned = child->next;
        (void)reap(child);
        release(child);
    }
}
