/* SPDX-License-Identifier: MIT */

/* Verbs that print a list of the container: as it came for --json, else a line for each. */

#ifndef VC_CLI_LISTING_H
#define VC_CLI_LISTING_H

#include "base/buffer.h"
#include "cli/command.h"
#include "codec/json.h"

struct vc_listing {
    const char *member; /* the array of the answer; for a table, nothing else of it counts */
    const char *header; /* the table's first line, unless the list is empty; null: none */
    enum vcc_status (*fetch)(vcc_client *client, char **json, struct vcc_error *error);
    enum vc_code (*put)(const struct vc_json_place *element, struct vc_buffer *out,
                        struct vc_err *err);
};
/* Connects, fetches and prints; the command's exit code. */
int vc_listing_run(struct vc_command *command, const struct vc_listing *listing);
/* The same of an answer that is there: `fetch` is not needed. */
int vc_listing_print(struct vc_command *command, const struct vc_listing *listing,
                     const char *answer);

/* Of an element that the client library has checked: what it needs is there. The rest may not be:
 * that is "", 0, and false. */
const char *vc_listing_text(const struct vc_json_place *object, const char *name);
int64_t vc_listing_number(const struct vc_json_place *object, const char *name);
bool vc_listing_flag(const struct vc_json_place *object, const char *name);

/* Appends the texts of an array, cleaned for a terminal; nothing for none. */
struct vc_listing_names {
    const char *member;
    const char *before, *between;
};
enum vc_code vc_listing_put_names(const struct vc_json_place *object,
                                  const struct vc_listing_names *names, struct vc_buffer *out,
                                  struct vc_err *err);

#endif
