/* SPDX-License-Identifier: MIT */

#include "cli/policy_live.h"

#include <string.h>

#include "cli/live_report.h"
#include "cli/session.h"

static struct vc_bytes bytes_of(const char *text)
{
    return (struct vc_bytes){(const uint8_t *)text, strlen(text)};
}

/* Of answers that the client library has checked. */
static enum vc_code compose(struct vc_command *command, const struct vc_policy *policy,
                            const char *const answers[2], struct vc_buffer *text,
                            struct vc_err *err)
{
    vc_cleanup(vc_narrowing_list_done) struct vc_narrowing_list list = {};
    vc_cleanup(vc_json_freep) struct vc_json *life = nullptr;
    enum vc_code code = vc_narrowing_list_read(policy, bytes_of(answers[0]), &list, err);

    if (code == VC_OK)
        code = vc_json_parse(bytes_of(answers[1]), &life, err);
    if (code != VC_OK)
        return code;
    const struct vc_live live = {.policy = policy, .list = &list, .life = vc_json_root(life)};

    return command->json ? vc_live_report_json(&live, text, err) : vc_live_report(&live, text, err);
}

int vc_policy_live_explain(struct vc_command *command)
{
    vc_cleanup(vc_session_closep) vcc_client *client = nullptr;
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = nullptr;
    vc_cleanup(vc_session_freep) char *narrowings = nullptr;
    vc_cleanup(vc_session_freep) char *life = nullptr;
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vcc_error error;
    struct vc_err err = {};
    int exit_code;

    policy = vc_session_policy(command, &exit_code);
    if (policy == nullptr)
        return exit_code;
    client = vc_session_open(command, &exit_code);
    if (client == nullptr)
        return exit_code;
    if (vcc_lifecycle(client, &life, &error) != VCC_OK ||
        vcc_narrowings(client, &narrowings, &error) != VCC_OK)
        return vc_command_fail(command, &error);
    enum vc_code code =
        compose(command, policy, (const char *const[]){narrowings, life}, &text, &err);

    if (command->json)
        return vc_command_print_json(command, code, &text, &err);
    return code == VC_OK ? vc_command_print(command, vc_buffer_bytes(&text))
                         : vc_command_fail_in(command, &err);
}
