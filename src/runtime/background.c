/* SPDX-License-Identifier: MIT */

#include "runtime/background.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/file.h"

struct vc_background {
    pthread_t thread;
    int event; /* becomes readable when the work is over */
    struct vc_watch *watch;
    void (*work)(void *user);
    void (*done)(void *user);
    void *user;
};

static void *run(void *argument)
{
    struct vc_background *background = argument;
    const uint64_t one = 1;

    background->work(background->user);
    if (write(background->event, &one, sizeof(one)) != sizeof(one))
        abort(); /* an eventfd takes a 1 unless its counter is full */
    return nullptr;
}

static void release(struct vc_background *background)
{
    vc_loop_unwatch(background->watch);
    (void)pthread_join(background->thread, nullptr);
    vc_fd_closep(&background->event);
    free(background);
}

static void on_event(void *user, uint32_t)
{
    struct vc_background *background = user;
    void (*done)(void *) = background->done;
    void *argument = background->user;

    release(background);
    done(argument);
}

enum vc_code vc_background_start(struct vc_loop *loop, void (*work)(void *user),
                                 void (*done)(void *user), void *user,
                                 struct vc_background **background, struct vc_err *err)
{
    struct vc_background *made = calloc(1, sizeof(*made));
    enum vc_code code;

    if (made == nullptr)
        return vc_fail_memory(err);
    *made = (struct vc_background){.work = work, .done = done, .user = user};
    made->event = eventfd(0, EFD_CLOEXEC);
    code = made->event < 0
               ? vc_fail_host(err, "eventfd")
               : vc_loop_watch(loop, made->event, EPOLLIN, on_event, made, &made->watch, err);
    if (code == VC_OK && pthread_create(&made->thread, nullptr, run, made) != 0) {
        vc_loop_unwatch(made->watch);
        code = vc_fail(err, VC_HOST, "no thread");
    }
    if (code != VC_OK) {
        vc_fd_closep(&made->event);
        free(made);
        return code;
    }
    *background = made;
    return VC_OK;
}

void vc_background_cancel(struct vc_background *background)
{
    if (background != nullptr)
        release(background);
}
