/* SPDX-License-Identifier: MIT */

/* Connects to a container. */

#include "cli/session.h"

#include <stdlib.h>

#include "client/policy_file.h"

/* The value, or null after having said what to do. */
static const char *needed(struct vc_command *command, const char *name, const char *advice)
{
    const char *value = vc_option_value(&command->arguments, name);

    if (value == nullptr)
        (void)vc_command_fail_usage(command, "no %s: %s", name, advice);
    return value;
}

bool vc_session_options(struct vc_command *command, struct vcc_options *options)
{
    options->policy_path = needed(command, "policy",
                                  "give --policy FILE or set VERACRUZ_POLICY; it is what you "
                                  "agreed to with the other parties");
    if (options->policy_path == nullptr)
        return false;
    options->identity_path = needed(command, "identity",
                                    "give --identity PREFIX or set VERACRUZ_IDENTITY; make one "
                                    "with `veracruz identity new`");
    if (options->identity_path == nullptr)
        return false;
    options->container = needed(command, "container",
                                "give --container HOST:PORT or set VERACRUZ_CONTAINER; start one "
                                "with `veracruz serve`");
    return options->container != nullptr;
}

vcc_client *vc_session_open(struct vc_command *command, int *exit_code)
{
    struct vcc_options options = {};
    struct vcc_error error;

    *exit_code = VCC_MALFORMED;
    if (!vc_session_options(command, &options))
        return nullptr;
    vcc_client *client = vcc_connect(&options, &error);

    if (client == nullptr)
        *exit_code = vc_command_fail(command, &error);
    return client;
}

struct vc_policy *vc_session_policy(struct vc_command *command, int *exit_code)
{
    struct vcc_options options = {};
    struct vc_policy *policy = nullptr;
    struct vc_err err = {};

    *exit_code = VCC_MALFORMED;
    if (vc_session_options(command, &options) &&
        vc_policy_file_load(options.policy_path, &policy, &err) != VC_OK)
        *exit_code = vc_command_fail_input(command, &err);
    return policy;
}

void vc_session_closep(vcc_client **client)
{
    vcc_close(*client);
    *client = nullptr;
}

void vc_session_freep(char **text)
{
    free(*text);
}
