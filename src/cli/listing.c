/* SPDX-License-Identifier: MIT */

#include "cli/listing.h"

#include <string.h>

#include "cli/session.h"
#include "client/line.h"

static constexpr size_t CELL_MAX = 512; /* bytes of a name, cleaned */

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
    if (code == VC_OK && listing->header != nullptr && vc_json_count(&elements) > 0)
        code = vc_buffer_printf(&text, &err, "%s\n", listing->header);
    for (size_t i = 0; code == VC_OK && i < vc_json_count(&elements); i++) {
        struct vc_json_place element = vc_json_element(&elements, i);

        code = listing->put(&element, &text, &err);
    }
    if (code != VC_OK)
        return vc_command_fail_in(command, &err);
    return vc_command_print(command, vc_buffer_bytes(&text));
}

int vc_listing_print(struct vc_command *command, const struct vc_listing *listing,
                     const char *answer)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vc_err err = {};

    if (!command->json)
        return print_table(command, listing, answer);
    return vc_command_print_json(command, vc_buffer_append_text(&text, answer, &err), &text, &err);
}

int vc_listing_run(struct vc_command *command, const struct vc_listing *listing)
{
    vc_cleanup(vc_session_closep) vcc_client *client = nullptr;
    vc_cleanup(vc_session_freep) char *list = nullptr;
    struct vcc_error error;
    int exit_code;

    client = vc_session_open(command, &exit_code);
    if (client == nullptr)
        return exit_code;
    if (listing->fetch(client, &list, &error) != VCC_OK)
        return vc_command_fail(command, &error);
    return vc_listing_print(command, listing, list);
}

const char *vc_listing_text(const struct vc_json_place *object, const char *name)
{
    struct vc_json_place member;
    const char *text = "";

    if (vc_json_member(object, name, &member, nullptr) != VC_OK ||
        vc_json_string(&member, &text, nullptr) != VC_OK)
        return "";
    return text;
}

int64_t vc_listing_number(const struct vc_json_place *object, const char *name)
{
    struct vc_json_place member;
    int64_t number = 0;

    if (vc_json_member(object, name, &member, nullptr) != VC_OK ||
        vc_json_integer(&member, 0, INT64_MAX, &number, nullptr) != VC_OK)
        return 0;
    return number;
}

bool vc_listing_flag(const struct vc_json_place *object, const char *name)
{
    struct vc_json_place member;
    bool flag = false;

    return vc_json_member(object, name, &member, nullptr) == VC_OK &&
           vc_json_boolean(&member, &flag, nullptr) == VC_OK && flag;
}

enum vc_code vc_listing_put_names(const struct vc_json_place *object,
                                  const struct vc_listing_names *names, struct vc_buffer *out,
                                  struct vc_err *err)
{
    struct vc_json_place list;
    enum vc_code code = vc_json_member(object, names->member, &list, err);

    for (size_t i = 0; code == VC_OK && i < vc_json_count(&list); i++) {
        struct vc_json_place element = vc_json_element(&list, i);
        const char *text = "";
        char cell[CELL_MAX];

        code = vc_json_string(&element, &text, err);
        vc_line_clean(text, cell, sizeof(cell));
        if (code == VC_OK)
            code =
                vc_buffer_printf(out, err, "%s%s", i == 0 ? names->before : names->between, cell);
    }
    return code;
}
