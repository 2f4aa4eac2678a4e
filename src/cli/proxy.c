/* SPDX-License-Identifier: MIT */

/* The verb `proxy`: a local socket for clients in any language, and the check behind it. */

#include "proxy/proxy.h"
#include "base/file.h"
#include "cli/announce.h"
#include "cli/session.h"
#include "cli/verbs.h"
#include "codec/json.h"

static int print_ready(struct vc_command *command, const struct vc_proxy *proxy)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vcc_attestation attestation;
    struct vc_err err = {};

    vc_proxy_attestation(proxy, &attestation);
    if (command->json) {
        struct vc_json_writer writer = vc_json_writer_over(&text);

        vc_json_open_object(&writer, nullptr);
        vc_json_put_string(&writer, "address", vc_proxy_address(proxy));
        vc_json_put_string(&writer, "platform", attestation.platform);
        vc_json_put_string(&writer, "label", attestation.label);
        vc_json_put_string(&writer, "measurement", attestation.measurement);
        vc_json_put_string(&writer, "policy_hash", attestation.policy_hash);
        vc_json_close_object(&writer);
        return vc_command_print_json(command, vc_json_write_end(&writer, &err), &text, &err);
    }
    if (vc_buffer_printf(&text, &err, "ready on %s for a container on %s\nmeasurement  %s\n",
                         vc_proxy_address(proxy), attestation.label,
                         attestation.measurement) != VC_OK)
        return vc_command_fail_in(command, &err);
    return vc_command_print(command, vc_buffer_bytes(&text));
}

static int serve(struct vc_command *command, struct vc_proxy *proxy, int ready_fd)
{
    vc_cleanup(vc_fd_closep) int stop_fd = -1;
    struct vc_err err = {};
    enum vc_code code = vc_stop_open(&stop_fd, &err);
    int exit_code = VCC_OK;

    if (code == VC_OK)
        exit_code = print_ready(command, proxy);
    if (exit_code != VCC_OK)
        return exit_code;
    if (code == VC_OK)
        code = vc_announce(ready_fd, vc_proxy_address(proxy), &err);
    if (code == VC_OK)
        code = vc_proxy_run(proxy, stop_fd, &err);
    return code == VC_OK ? VCC_OK : vc_command_fail_in(command, &err);
}

static int run_proxy(struct vc_command *command)
{
    const char *listen = vc_option_value(&command->arguments, "listen");
    struct vcc_options options = {};
    struct vcc_error error;
    int exit_code = VCC_OK;
    int ready_fd = -1;
    struct vc_err err = {};

    if (!vc_session_options(command, &options))
        return VCC_MALFORMED;
    if (vc_announce_fd(&command->arguments, &ready_fd, &err) != VC_OK)
        return vc_command_fail_input(command, &err);
    struct vc_proxy *proxy =
        vc_proxy_new(&options, listen != nullptr ? listen : "127.0.0.1:3080", &error);

    if (proxy == nullptr)
        return vc_command_fail(command, &error);
    exit_code = serve(command, proxy, ready_fd);
    vc_proxy_free(proxy);
    return exit_code;
}

static const struct vc_option proxy_options[] = {
    {.name = "listen",
     .value = "ADDRESS",
     .help = "127.0.0.1:PORT (port 0: any), [::1]:PORT or unix:PATH; 127.0.0.1:3080 if not given"},
    {.name = "ready-fd",
     .value = "N",
     .help = "write the address to this descriptor once the proxy serves"},
    {},
};

const struct vc_verb vc_verb_proxy = {
    .name = "proxy",
    .operands = "",
    .operand_count = {0, 0},
    .options = proxy_options,
    .container = true,
    .summary = "let any HTTP client on this machine talk to an attested container",
    .examples = "  veracruz proxy --policy policy.json --identity bank --container host:3000\n"
                "  curl http://127.0.0.1:3080/v1/policy\n"
                "  curl --upload-file a.csv http://127.0.0.1:3080/v1/files/input/a.csv\n",
    .run = run_proxy,
};
