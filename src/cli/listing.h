/* SPDX-License-Identifier: MIT */

/* Verbs that print a list of the container: as it came for --json, else a line for each. */

#ifndef VC_CLI_LISTING_H
#define VC_CLI_LISTING_H

#include "base/buffer.h"
#include "cli/command.h"
#include "codec/json.h"

struct vc_listing {
    const char *member; /* the array of the answer, which has no other member */
    const char *header; /* the table's first line; not printed if the list is empty */
    enum vcc_status (*fetch)(vcc_client *client, char **json, struct vcc_error *error);
    enum vc_code (*put)(const struct vc_json_place *element, struct vc_buffer *out,
                        struct vc_err *err);
};
/* Connects, fetches and prints; the command's exit code. */
int vc_listing_run(struct vc_command *command, const struct vc_listing *listing);

#endif
