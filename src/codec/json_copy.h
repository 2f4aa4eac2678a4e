/* SPDX-License-Identifier: MIT */

/* Parsed JSON that goes on into a text that is being written. */

#ifndef VC_CODEC_JSON_COPY_H
#define VC_CODEC_JSON_COPY_H

#include "codec/json.h"

/* Writes the value and all in it; `key` as in vc_json_put_string. VC_LIMIT: it does not fit into
 * the depth that is left. VC_MALFORMED: null, or a number that is not whole, which this project's
 * texts never have. After a failure the text is not to be gone on with. */
enum vc_code vc_json_copy(struct vc_json_writer *writer, const char *key,
                          const struct vc_json_place *value, struct vc_err *err);
/* The members of an object, into the one that is open. */
enum vc_code vc_json_copy_members(struct vc_json_writer *writer, const struct vc_json_place *object,
                                  struct vc_err *err);

#endif
