/* SPDX-License-Identifier: MIT */

#include "local/execute.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/file.h"
#include "local/key_files.h"
#include "local/pipes.h"
#include "runtime/narrow.h"
#include "runtime/pipeline_plan.h"

static constexpr uint64_t LOOK_MS = 200; /* between two looks for the person at the terminal */

struct run {
    const struct vc_scene *scene;
    const struct vc_execution *with;
    struct vc_children children;
    struct vc_loop *loop;
    struct vc_narrower *narrower;
    struct vc_streams *streams;
    struct vc_keys *keys;
    struct vc_gate *gate;
    struct vc_pipes *pipes;
    struct vc_runs *runs;
    struct vc_pipelines *pipelines;
    uint64_t id; /* of the run, or of the pipeline */
    struct vc_run_waiter waiter;
    struct vc_pipeline_waiter pipeline_waiter;
    struct vc_outcome *outcome;
    int signals; /* descriptor */
    struct vc_watch *signals_watch;
    struct vc_timer *look;
};

static void on_ended(void *user, const struct vc_run_status *status)
{
    struct run *run = user;

    run->outcome->run = *status;
    if (!vc_pipes_finish(run->pipes))
        vc_loop_stop(run->loop);
}

static void take_pipeline(struct run *run, const struct vc_pipeline_status *status)
{
    struct vc_outcome *outcome = run->outcome;

    memcpy(outcome->stages, status->stages,
           run->scene->cast.pipeline->stage_count * sizeof(outcome->stages[0]));
    outcome->pipeline = *status;
    outcome->pipeline.stages = outcome->stages;
}

static void on_pipeline_ended(void *user, const struct vc_pipeline_status *status)
{
    struct run *run = user;

    take_pipeline(run, status);
    if (!vc_pipes_finish(run->pipes))
        vc_loop_stop(run->loop);
}

static void on_idle(void *user)
{
    struct run *run = user;

    vc_loop_stop(run->loop);
}

static enum vc_code kill_all(struct run *run, struct vc_err *err)
{
    if (run->scene->cast.pipeline != nullptr)
        return vc_pipelines_kill(run->pipelines, run->id, "interrupted", err);
    return vc_runs_kill(run->runs, run->id, "interrupted", err);
}

static void on_signal(void *user, uint32_t)
{
    struct run *run = user;
    struct signalfd_siginfo info;
    struct vc_err err = {};

    if (read(run->signals, &info, sizeof(info)) != sizeof(info))
        return;
    run->outcome->signal = (int)info.ssi_signo;
    /* One that is over may still wait for somebody to read what it wrote. */
    if (kill_all(run, &err) != VC_OK)
        vc_loop_stop(run->loop);
}

static void on_trace(void *user, const char *line)
{
    FILE *trace = user;

    (void)fprintf(trace, "%s\n", line);
}

static void wipe(const struct run *run)
{
    if (run->with->progress != nullptr)
        (void)fputs("\r\033[K", run->with->progress);
}

/* "sort, check": the stages that run. */
static void show_pipeline(const struct run *run)
{
    const char *comma = "";
    struct vc_pipeline_status status;

    if (!vc_pipelines_status(run->pipelines, run->id, &status))
        return;
    for (size_t i = 0; i < run->scene->cast.pipeline->stage_count; i++) {
        if (status.stages[i].state != VC_STAGE_RUNNING)
            continue;
        (void)fprintf(run->with->progress, "%s%s", comma,
                      run->scene->cast.pipeline->stages[i].name);
        comma = ", ";
    }
}

static void show_run(const struct run *run)
{
    struct vc_run_status status;

    if (!vc_runs_status(run->runs, run->id, &status))
        return;
    (void)fprintf(run->with->progress, "%s  %.1f s  cpu %.1f s  memory %ju MiB",
                  vc_run_state_name(status.state), (double)status.wall_us / 1e6,
                  (double)status.cpu_us / 1e6, (uintmax_t)(status.memory_bytes >> 20));
    if (status.percent > 0)
        (void)fprintf(run->with->progress, "  %u %%", status.percent);
}

static void on_look(void *user)
{
    struct run *run = user;

    run->look = nullptr;
    wipe(run);
    if (run->scene->cast.pipeline != nullptr) {
        show_pipeline(run);
    } else {
        show_run(run);
    }
    (void)fflush(run->with->progress);
    /* Without memory for a timer nobody sees how it goes on; it goes on. */
    (void)!vc_loop_after(run->loop, LOOK_MS, on_look, run, &run->look, nullptr);
}

static enum vc_code open_signals(int *fd, struct vc_err *err)
{
    sigset_t set;

    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGHUP);
    errno = pthread_sigmask(SIG_BLOCK, &set, nullptr);
    if (errno != 0)
        return vc_fail_host(err, "pthread_sigmask");
    *fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return *fd >= 0 ? VC_OK : vc_fail_host(err, "signalfd");
}

static enum vc_code open_pipes(const struct vc_scene *scene, struct run *run, struct vc_err *err)
{
    struct vc_pipes_order order = {.loop = run->loop,
                                   .cast = &scene->cast,
                                   .streams = run->streams,
                                   .given = run->with->streams,
                                   .output = run->with->output,
                                   .idle = on_idle,
                                   .user = run};

    return vc_pipes_open(&order, &run->pipes, err);
}

/* Nobody else is here who could have given something, or be asked. */
static enum vc_code open_gate(const struct vc_scene *scene, struct run *run, struct vc_err *err)
{
    const struct vc_gate_setup setup = {.policy = scene->policy,
                                        .tree = scene->tree,
                                        .keys = run->keys,
                                        .streams = run->streams,
                                        .alone = true};

    return vc_gate_new(&setup, &run->gate, err);
}

static enum vc_code open_pipelines(const struct vc_scene *scene, struct run *run,
                                   struct vc_err *err)
{
    const struct vc_pipelines_context context = {
        .policy = scene->policy, .loop = run->loop, .runs = run->runs, .tree = scene->tree};

    return vc_pipelines_new(&context, &run->pipelines, err);
}

static enum vc_code open_runs(const struct vc_scene *scene, struct run *run, struct vc_err *err)
{
    struct vc_runs_context context = {.children = &run->children,
                                      .policy = scene->policy,
                                      .tree = scene->tree,
                                      .manifest = run->with->manifest,
                                      .files = run->with->files,
                                      .trace = run->with->trace != nullptr ? on_trace : nullptr,
                                      .trace_user = run->with->trace};
    const struct vc_narrower_setup narrowing = {.policy = scene->policy};
    enum vc_code code = open_signals(&run->signals, err);

    if (code == VC_OK)
        code = vc_loop_new(&run->loop, err);
    run->children.loop = run->loop;
    if (code == VC_OK)
        code = vc_narrower_new(&narrowing, &run->narrower, err);
    context.narrower = run->narrower;
    if (code == VC_OK)
        code = vc_streams_new(run->loop, vc_narrower_force(run->narrower), &run->streams, err);
    context.streams = run->streams;
    if (code == VC_OK)
        code = vc_keys_new(scene->policy, &run->keys, err);
    context.keys = run->keys;
    if (code == VC_OK)
        code = vc_key_files_give(&scene->cast, run->with->keys, run->keys, err);
    if (code == VC_OK)
        code = open_pipes(scene, run, err);
    if (code == VC_OK)
        code = open_gate(scene, run, err);
    context.gate = run->gate;
    if (code == VC_OK)
        code = vc_runs_new(&context, &run->runs, err);
    return code == VC_OK ? open_pipelines(scene, run, err) : code;
}

/* Whoever hears of its end stops the loop. */
static void await(struct run *run)
{
    if (run->scene->cast.pipeline != nullptr) {
        run->pipeline_waiter = (struct vc_pipeline_waiter){.ended = on_pipeline_ended, .user = run};
        vc_pipelines_await(run->pipelines, run->id, &run->pipeline_waiter);
    } else {
        run->waiter = (struct vc_run_waiter){.ended = on_ended, .user = run};
        vc_runs_await(run->runs, run->id, &run->waiter);
    }
}

/* Turns the loop until it is over. */
static enum vc_code wait_for_end(struct run *run, struct vc_err *err)
{
    enum vc_code code =
        vc_loop_watch(run->loop, run->signals, EPOLLIN, on_signal, run, &run->signals_watch, err);

    if (code == VC_OK && run->with->progress != nullptr)
        code = vc_loop_after(run->loop, LOOK_MS, on_look, run, &run->look, err);
    if (code != VC_OK)
        return code;
    await(run);
    return vc_loop_run(run->loop, err);
}

static enum vc_code start(struct run *run, struct vc_err *err)
{
    const struct vc_scene *scene = run->scene;
    const struct vc_run_start order = {.principal = scene->principal,
                                       .program = scene->cast.program};

    if (scene->cast.pipeline == nullptr)
        return vc_runs_start(run->runs, &order, &run->id, err);
    return vc_pipelines_start(run->pipelines, scene->principal,
                              (size_t)(scene->cast.pipeline - scene->policy->pipelines), &run->id,
                              err);
}

/* It was over as soon as it was started. */
static bool is_over(struct run *run)
{
    struct vc_pipeline_status status;

    if (run->scene->cast.pipeline == nullptr) {
        return vc_runs_status(run->runs, run->id, &run->outcome->run) &&
               vc_run_is_over(run->outcome->run.state);
    }
    if (!vc_pipelines_status(run->pipelines, run->id, &status) ||
        !vc_pipeline_is_over(status.state))
        return false;
    take_pipeline(run, &status);
    return true;
}

static enum vc_code run_once(struct run *run, struct vc_err *err)
{
    enum vc_code code = open_runs(run->scene, run, err);

    if (code == VC_OK)
        code = start(run, err);
    return code != VC_OK || is_over(run) ? code : wait_for_end(run, err);
}

enum vc_code vc_execute(const struct vc_scene *scene, const struct vc_execution *with,
                        struct vc_outcome *outcome, struct vc_err *err)
{
    struct run run = {.scene = scene, .with = with, .outcome = outcome, .signals = -1};
    enum vc_code code;

    *outcome = (struct vc_outcome){};
    code = run_once(&run, err);
    vc_timer_cancel(run.look);
    vc_loop_unwatch(run.signals_watch);
    wipe(&run);
    vc_pipelines_free(run.pipelines);
    vc_runs_free(run.runs);
    vc_gate_free(run.gate);
    if (code == VC_OK && vc_pipes_trouble(run.pipes)[0] != '\0')
        code = vc_fail(err, VC_HOST, "%s", vc_pipes_trouble(run.pipes));
    vc_pipes_free(run.pipes);
    vc_streams_free(run.streams);
    vc_narrower_free(run.narrower);
    vc_keys_free(run.keys);
    vc_children_done(&run.children);
    vc_loop_free(run.loop);
    vc_fd_closep(&run.signals);
    return code;
}
