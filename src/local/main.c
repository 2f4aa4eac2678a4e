/* SPDX-License-Identifier: MIT */

/* veracruz-local: runs one program, or one pipeline, on this machine as a container would, without
 * one. Started by `veracruz local run`, which has read the user's options. */

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/file.h"
#include "local/adhoc.h"
#include "local/execute.h"
#include "local/report.h"
#include "platform/process.h"
#include "runtime/clock.h"

struct local {
    struct vc_order order;
    struct vc_installation installation;
    int files[VC_LAUNCHER_OBJECTS_MAX];
    struct vc_scene scene;
    FILE *trace;
};

/* Each file of a run holds a descriptor, and the usual limit is for programs that call select. */
static enum vc_code raise_limits(struct vc_err *err)
{
    struct rlimit descriptors;

    if (getrlimit(RLIMIT_NOFILE, &descriptors) != 0)
        return vc_fail_host(err, "limit of descriptors");
    descriptors.rlim_cur = descriptors.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &descriptors) != 0 || signal(SIGPIPE, SIG_IGN) == SIG_ERR)
        return vc_fail_host(err, "limit of descriptors");
    return VC_OK;
}

/* What a container is made of here. Its digests are compared when workers are started. */
static enum vc_code open_installation(struct local *local, struct vc_err *err)
{
    enum vc_code code = vc_installation_load(&local->installation, err);

    for (size_t i = 0; code == VC_OK && i < local->installation.manifest.count; i++) {
        local->files[i] = open(local->installation.paths[i], O_RDONLY | O_CLOEXEC);
        if (local->files[i] < 0)
            code = vc_fail_host(err, "%s", local->installation.paths[i]);
    }
    return code;
}

static enum vc_code open_trace(struct local *local, struct vc_err *err)
{
    const char *path = local->order.trace;

    if (path == nullptr)
        return VC_OK;
    local->trace = strcmp(path, "-") == 0 ? stderr : fopen(path, "we");
    return local->trace != nullptr ? VC_OK : vc_fail_host(err, "--strace=%s", path);
}

static enum vc_code prepare(struct local *local, struct vc_err *err)
{
    enum vc_code code = raise_limits(err);

    if (code == VC_OK)
        code = open_installation(local, err);
    if (code == VC_OK)
        code = open_trace(local, err);
    return code;
}

/* What the program wrote to its standard streams. With --json standard output is one document. */
static enum vc_code copy_streams(const struct local *local, struct vc_err *err)
{
    int out = local->order.json ? STDERR_FILENO : STDOUT_FILENO;
    enum vc_code code;

    if (local->order.policy != nullptr) /* there they are files of the folder, if anything */
        return VC_OK;
    code = vc_scene_copy(&local->scene, VC_ADHOC_OUTPUT, out, err);
    if (code != VC_OK)
        return vc_fail_in(err, code, "standard output");
    return vc_scene_copy(&local->scene, VC_ADHOC_ERRORS, STDERR_FILENO, err);
}

/* With --json: the one document on standard output. */
static enum vc_code print_document(const struct local *local, const struct vc_outcome *outcome,
                                   struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer json = {};
    const struct vc_policy *policy = local->scene.policy;
    enum vc_code code = local->order.pipeline != nullptr
                            ? vc_report_pipeline(policy, &outcome->pipeline, &json, err)
                            : vc_report_run(policy, &outcome->run, &json, err);

    return code == VC_OK ? vc_fd_write_all(STDOUT_FILENO, vc_buffer_bytes(&json), err) : code;
}

static enum vc_code publish(const struct local *local, const struct vc_outcome *outcome,
                            struct vc_err *err)
{
    enum vc_code code = copy_streams(local, err);

    if (code == VC_OK)
        code = vc_scene_store(&local->scene, err);
    return code == VC_OK && local->order.json ? print_document(local, outcome, err) : code;
}

/* What a person is told of a run that did not succeed. */
static void explain(const struct vc_order *order, const struct vc_run_status *status)
{
    char text[VC_ERR_TEXT_MAX];

    /* A program that exited has a reason if it had met a limit. */
    if (status->reason[0] != '\0') {
        /* A worker that has standard input may not say more: it could be from there. */
        bool bare = strcmp(status->reason, "module refused") == 0;

        (void)snprintf(text, sizeof(text), "%s%s", status->reason,
                       bare ? "; `veracruz check` on the program's file says why" : "");
    } else if (order->policy != nullptr && status->exit_code != 0) {
        (void)snprintf(text, sizeof(text), "the program exited with code %u; %s", status->exit_code,
                       status->published ? "what it wrote is there"
                                         : "nothing that it wrote is kept");
    } else {
        return;
    }
    (void)vc_report_error(VC_EXIT_RUN_FAILED, text, false);
}

static int conclude_pipeline(const struct local *local, const struct vc_outcome *outcome)
{
    vc_report_stages(local->scene.policy, &outcome->pipeline);
    if (outcome->pipeline.state == VC_PIPELINE_DONE)
        return VC_EXIT_DONE;
    return outcome->signal != 0 ? VC_EXIT_SIGNAL + outcome->signal : VC_EXIT_PIPELINE_FAILED;
}

static int conclude(const struct local *local, const struct vc_outcome *outcome)
{
    if (local->order.pipeline != nullptr)
        return conclude_pipeline(local, outcome);
    explain(&local->order, &outcome->run);
    if (outcome->run.state == VC_RUN_EXITED)
        return (int)outcome->run.exit_code;
    return outcome->signal != 0 ? VC_EXIT_SIGNAL + outcome->signal : VC_EXIT_RUN_FAILED;
}

static int run(struct local *local)
{
    const struct vc_manifest *manifest = &local->installation.manifest;
    struct vc_execution with = {.manifest = manifest,
                                .files = local->files,
                                .streams = &local->order.streams,
                                .keys = &local->order.keys,
                                .output = local->order.json ? STDERR_FILENO : STDOUT_FILENO,
                                .trace = local->trace,
                                .progress = local->order.progress ? stderr : nullptr};
    struct vc_outcome outcome;
    struct vc_err err = {};
    enum vc_code code =
        vc_scene_load(&local->order, manifest->measurement, vc_clock_wall(), &local->scene, &err);

    if (code == VC_UNTRUSTED)
        return vc_report_error(VC_EXIT_DIGEST, err.text, local->order.json);
    if (code == VC_OK)
        code = vc_execute(&local->scene, &with, &outcome, &err);
    if (code == VC_OK)
        code = publish(local, &outcome, &err);
    if (code != VC_OK)
        return vc_report_error(vc_exit_of(code), err.text, local->order.json);
    return conclude(local, &outcome);
}

static void done(struct local *local)
{
    vc_scene_done(&local->scene);
    vc_installation_done(&local->installation);
    vc_order_done(&local->order);
    for (size_t i = 0; i < VC_COUNT(local->files); i++)
        vc_fd_closep(&local->files[i]);
    if (local->trace != nullptr && local->trace != stderr)
        (void)fclose(local->trace);
}

int main(int argc, char **argv)
{
    struct local local = {};
    struct vc_err err = {};
    enum vc_code code;
    int exit_code;

    for (size_t i = 0; i < VC_COUNT(local.files); i++)
        local.files[i] = -1;
    code = vc_order_parse((const char *const *)argv + 1, argc > 0 ? (size_t)argc - 1 : 0,
                          &local.order, &err);
    if (code == VC_OK) {
        (void)fputs("local run: no container, nothing is attested\n", stderr);
        code = prepare(&local, &err);
    }
    exit_code =
        code == VC_OK ? run(&local) : vc_report_error(vc_exit_of(code), err.text, local.order.json);
    done(&local);
    return exit_code;
}
