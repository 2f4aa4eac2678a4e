/* SPDX-License-Identifier: MIT */

/* The verb `serve`: starts a container under a policy and stays with it. */

#include <string.h>
#include <time.h>

#include "attest/reference.h"
#include "base/file.h"
#include "cli/announce.h"
#include "cli/serve_report.h"
#include "cli/verbs.h"
#include "client/policy_file.h"
#include "platform/machine.h"
#include "platform/process.h"
#include "platform/produce.h"

static const char AUTOMATIC[] = "auto";

struct service {
    struct vc_policy *policy;
    struct vc_installation installation;
    struct vc_offers offers;
    struct vc_key *machine_key; /* for process only */
    struct vc_producer *producer;
    int ready_fd; /* -1: none */
    int stop_fd;
};

static enum vc_code write_ready(struct vc_command *command, const struct service *service,
                                const struct vc_container *container, struct vc_buffer *text,
                                struct vc_err *err)
{
    struct vc_serve_report report = {.address = vc_container_address(container),
                                     .kind = vc_producer_kind(service->producer),
                                     .way = vc_producer_way(service->producer),
                                     .offers = &service->offers,
                                     .policy = service->policy,
                                     .runtime = service->installation.manifest.measurement};

    vc_container_times(container, &report.ready, &report.started_us);
    return command->json ? vc_serve_report_json(&report, text, err)
                         : vc_serve_report_text(&report, text, err);
}

static void service_done(struct service *service)
{
    vc_policy_free(service->policy);
    vc_installation_done(&service->installation);
    vc_producer_free(service->producer);
    vc_key_free(service->machine_key);
    vc_fd_closep(&service->stop_fd);
}

static int attend(struct vc_command *command, struct service *service,
                  struct vc_container *container)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    const char *address = vc_container_address(container);
    struct vc_err err = {};

    if (write_ready(command, service, container, &text, &err) != VC_OK)
        return vc_command_fail_in(command, &err);
    int exit_code = vc_command_print(command, vc_buffer_bytes(&text));

    if (exit_code != VCC_OK)
        return exit_code;
    if (vc_announce(service->ready_fd, address, &err) != VC_OK)
        return vc_command_fail_in(command, &err);
    enum vc_code code = vc_container_attend(container, service->stop_fd, &err);

    if (code == VC_OK || code == VC_CLOSED) /* its own end, or somebody's wish */
        return VCC_OK;
    return vc_command_fail_in(command, &err);
}

static int start(struct vc_command *command, struct service *service)
{
    vc_cleanup(vc_container_freep) struct vc_container *container = nullptr;
    const char *listen = vc_option_value(&command->arguments, "listen");
    struct vc_launch launch = {
        .policy = vc_buffer_bytes(&service->policy->text),
        .listen = listen != nullptr ? listen : "127.0.0.1:3000",
        .host = vc_option_value(&command->arguments, "host"),
        .producer = service->producer,
    };
    struct vc_err err = {};

    if (vc_container_start(&service->installation, &launch, &container, &err) != VC_OK)
        return vc_command_fail_in(command, &err);
    return attend(command, service, container);
}

/* The platform that was asked for, if the policy lets containers run on it. */
static enum vc_code take_asked(const struct vc_policy *policy, const char *name,
                               enum vc_platform_kind *kind, struct vc_err *err)
{
    if (!vc_platform_find(name, kind))
        return vc_fail(err, VC_MALFORMED,
                       "--platform: `%s`, auto or one of process, snp, tdx, nitro wanted", name);
    if (vc_reference_find(policy, *kind) == nullptr)
        return vc_fail(err, VC_REFUSED, "platform: the policy does not name `%s`", name);
    return VC_OK;
}

/* The strongest that the policy names and this machine offers. */
static enum vc_code take_strongest(const struct service *service, enum vc_platform_kind *kind,
                                   struct vc_err *err)
{
    enum vc_platform_kind wanted[VC_PLATFORM_COUNT];
    size_t count = 0;

    for (size_t i = 0; i < service->policy->attestation.platform_count && count < VC_COUNT(wanted);
         i++)
        wanted[count++] = service->policy->attestation.platforms[i].kind;
    return vc_producer_choose(&service->offers, wanted, count, kind, err);
}

static enum vc_code open_producer(struct service *service, const struct vc_arguments *arguments,
                                  struct vc_err *err)
{
    const char *name = vc_option_value(arguments, "platform");
    struct vc_producer_setup setup = {.device = &vc_device_kernel,
                                      .measurement = service->installation.manifest.measurement};
    enum vc_platform_kind kind = VC_PLATFORM_PROCESS;
    enum vc_code code;

    vc_producer_find(setup.device, &service->offers);
    if (name != nullptr && strcmp(name, AUTOMATIC) != 0)
        code = take_asked(service->policy, name, &kind, err);
    else
        code = take_strongest(service, &kind, err);
    if (code == VC_OK && kind == VC_PLATFORM_PROCESS) {
        code = vc_machine_key_load(vc_option_value(arguments, "machine-key"), &service->machine_key,
                                   err);
        setup.machine_key = service->machine_key;
    }
    return code == VC_OK ? vc_producer_open(kind, &setup, &service->producer, err) : code;
}

static int prepare(struct vc_command *command, struct service *service)
{
    const struct vc_arguments *arguments = &command->arguments;
    const char *path = vc_option_value(arguments, "policy");
    struct vc_err err = {};

    if (path == nullptr) {
        return vc_command_fail_usage(command,
                                     "no policy: give --policy FILE or set VERACRUZ_POLICY; "
                                     "make one with `veracruz policy new`");
    }
    if (vc_announce_fd(arguments, &service->ready_fd, &err) != VC_OK)
        return vc_command_fail_input(command, &err);
    if (vc_policy_file_load(path, &service->policy, &err) != VC_OK)
        return vc_command_fail_input(command, &err);
    enum vc_code code = vc_policy_check_time(service->policy, (int64_t)time(nullptr), &err);

    if (code == VC_OK)
        code = vc_installation_load(&service->installation, &err);
    if (code == VC_OK)
        code = open_producer(service, arguments, &err);
    if (code == VC_OK)
        code = vc_stop_open(&service->stop_fd, &err);
    return code == VC_OK ? VCC_OK : vc_command_fail_in(command, &err);
}

static int run_serve(struct vc_command *command)
{
    vc_cleanup(service_done) struct service service = {.ready_fd = -1, .stop_fd = -1};
    int exit_code = prepare(command, &service);

    return exit_code == VCC_OK ? start(command, &service) : exit_code;
}

static const struct vc_option serve_options[] = {
    {.name = "policy",
     .value = "FILE",
     .environment = "VERACRUZ_POLICY",
     .help = "what the container will do and nothing else"},
    {.name = "listen", .value = "HOST:PORT", .help = "127.0.0.1:3000 if not given; port 0: any"},
    {.name = "host",
     .value = "NAME",
     .help = "name or address of this machine for the certificate"},
    {.name = "platform",
     .value = "NAME",
     .help = "process, snp, tdx, nitro; auto: the strongest that the policy names and this machine "
             "offers, and what is done if not given"},
    {.name = "ready-fd",
     .value = "N",
     .help = "write the address to this descriptor once the container serves"},
    {.name = "machine-key",
     .value = "FILE",
     .environment = "VERACRUZ_MACHINE_KEY",
     .help = "signs the evidence of process; if not the one in your data folder"},
    {},
};

const struct vc_verb vc_verb_serve = {
    .name = "serve",
    .operands = "",
    .operand_count = {0, 0},
    .options = serve_options,
    .summary = "start a container under a policy and stay with it",
    .examples =
        "  veracruz serve --policy policy.json\n"
        "  veracruz serve --policy policy.json --listen 0.0.0.0:3000 --host tee.example.org\n",
    .run = run_serve,
};
