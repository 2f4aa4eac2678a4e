/* SPDX-License-Identifier: MIT */

#include "cli/listing.h"

#include <string.h>

#include "cli/session.h"

static int print_table(struct vc_command *command, const struct vc_listing *listing,
                       const char *list)
{
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vc_json_place elements = {};
    struct vc_err err = {};
    enum vc_code code =
        vc_json_parse((struct vc_bytes){(const uint8_t *)list, strlen(list)}, &json, &err);

    if (code == VC_OK) {
        struct vc_json_place root = vc_json_root(json);

        code = vc_json_member(&root, listing->member, &elements, &err);
    }
    if (code == VC_OK && vc_json_count(&elements) > 0)
        code = vc_buffer_printf(&text, &err, "%s\n", listing->header);
    for (size_t i = 0; code == VC_OK && i < vc_json_count(&elements); i++) {
        struct vc_json_place element = vc_json_element(&elements, i);

        code = listing->put(&element, &text, &err);
    }
    if (code != VC_OK)
        return vc_command_fail_in(command, &err);
    return vc_command_print(command, vc_buffer_bytes(&text));
}

int vc_listing_run(struct vc_command *command, const struct vc_listing *listing)
{
    vc_cleanup(vc_session_closep) vcc_client *client = nullptr;
    vc_cleanup(vc_session_freep) char *list = nullptr;
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vcc_error error;
    struct vc_err err = {};
    int exit_code;

    client = vc_session_open(command, &exit_code);
    if (client == nullptr)
        return exit_code;
    if (listing->fetch(client, &list, &error) != VCC_OK)
        return vc_command_fail(command, &error);
    if (!command->json)
        return print_table(command, listing, list);
    return vc_command_print_json(command, vc_buffer_append_text(&text, list, &err), &text, &err);
}
