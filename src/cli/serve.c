/* SPDX-License-Identifier: MIT */

/* The verb `serve`: starts a container under a policy and stays with it. */

#include <time.h>

#include "evidence/claims.h"
#include "base/file.h"
#include "base/hex.h"
#include "cli/announce.h"
#include "cli/policy_file.h"
#include "cli/verbs.h"
#include "codec/json.h"
#include "platform/machine.h"
#include "platform/process.h"

struct service {
    struct vc_policy *policy;
    struct vc_installation installation;
    struct vc_key *machine_key;
    int ready_fd; /* -1: none */
    int stop_fd;
};

/* How long each step of the start took, in microseconds. */
static void write_steps(struct vc_json_writer *writer, const struct vc_container *container)
{
    struct vc_launcher_ready ready;
    uint64_t started_us;

    vc_container_times(container, &ready, &started_us);
    vc_json_open_object(writer, "start_us");
    vc_json_put_integer(writer, "measure_and_start", (int64_t)(ready.entered_us - started_us));
    vc_json_put_integer(writer, "policy", (int64_t)(ready.parsed_us - ready.entered_us));
    vc_json_put_integer(writer, "nonce", (int64_t)(ready.nonce_us - ready.parsed_us));
    vc_json_put_integer(writer, "evidence", (int64_t)(ready.evidence_us - ready.nonce_us));
    vc_json_put_integer(writer, "certificate", (int64_t)(ready.certified_us - ready.evidence_us));
    vc_json_put_integer(writer, "listen", (int64_t)(ready.serving_us - ready.certified_us));
    vc_json_close_object(writer);
}

static enum vc_code write_ready(struct vc_command *command, const struct service *service,
                                const struct vc_container *container, struct vc_buffer *text)
{
    const struct vc_policy *policy = service->policy;
    const char *address = vc_container_address(container);
    struct vc_json_writer writer = vc_json_writer_over(text);
    char hash[2 * VC_SHA256_SIZE + 1];
    char measurement[2 * VC_SHA256_SIZE + 1];

    vc_hex_encode((struct vc_bytes){policy->hash, VC_SHA256_SIZE}, hash);
    vc_hex_encode((struct vc_bytes){service->installation.manifest.measurement, VC_SHA256_SIZE},
                  measurement);
    if (!command->json) {
        return vc_buffer_printf(text, nullptr,
                                "ready on %s\nisolation    %s\nmeasurement  %s\npolicy       %s\n",
                                address, vc_platform_label(VC_PLATFORM_PROCESS), measurement, hash);
    }
    vc_json_open_object(&writer, nullptr);
    vc_json_put_string(&writer, "address", address);
    vc_json_put_string(&writer, "platform", vc_platform_name(VC_PLATFORM_PROCESS));
    vc_json_put_string(&writer, "label", vc_platform_label(VC_PLATFORM_PROCESS));
    vc_json_put_string(&writer, "measurement", measurement);
    vc_json_put_string(&writer, "policy_hash", hash);
    write_steps(&writer, container);
    vc_json_close_object(&writer);
    if (vc_json_write_end(&writer, nullptr) != VC_OK)
        return vc_fail_memory(nullptr);
    return vc_buffer_append_text(text, "\n", nullptr);
}

static void service_done(struct service *service)
{
    vc_policy_free(service->policy);
    vc_installation_done(&service->installation);
    vc_key_free(service->machine_key);
    vc_fd_closep(&service->stop_fd);
}

static int attend(struct vc_command *command, struct service *service,
                  struct vc_container *container)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    const char *address = vc_container_address(container);
    struct vc_err err = {};

    if (write_ready(command, service, container, &text) != VC_OK) {
        (void)vc_fail_memory(&err);
        return vc_command_fail_in(command, &err);
    }
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
        .machine_key = service->machine_key,
    };
    struct vc_err err = {};

    if (vc_container_start(&service->installation, &launch, &container, &err) != VC_OK)
        return vc_command_fail_in(command, &err);
    return attend(command, service, container);
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
    if (code == VC_OK) {
        code = vc_machine_key_load(vc_option_value(arguments, "machine-key"), &service->machine_key,
                                   &err);
    }
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
    {.name = "ready-fd",
     .value = "N",
     .help = "write the address to this descriptor once the container serves"},
    {.name = "machine-key",
     .value = "FILE",
     .environment = "VERACRUZ_MACHINE_KEY",
     .help = "signs the evidence; if not the one in your data folder"},
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
