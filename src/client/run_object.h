/* SPDX-License-Identifier: MIT */

/* Run objects of docs/http-api.md. */

#ifndef VC_CLIENT_RUN_OBJECT_H
#define VC_CLIENT_RUN_OBJECT_H

#include "base/err.h"
#include "codec/json.h"
#include "veracruz/client.h"

constexpr size_t VC_RUN_LIST_MAX = 100000; /* runs in one answer */

/* Parses one run object. Members that this version does not know are ignored: a newer container is
 * not a wrong one. VC_MALFORMED and VC_LIMIT name the place. */
enum vc_code vc_run_object_parse(struct vc_bytes text, struct vcc_run *run, struct vc_err *err);

/* The same from within a parsed text. */
enum vc_code vc_run_object_read(const struct vc_json_place *object, struct vcc_run *run,
                                struct vc_err *err);

/* Reads what may change while a run goes on, of an object that has only that: numbers that are
 * absent stay as they are. */
enum vc_code vc_run_object_read_numbers(const struct vc_json_place *object, struct vcc_run *run,
                                        struct vc_err *err);

/* Checks {"runs":[...]}, each element as above. */
enum vc_code vc_run_list_check(struct vc_bytes text, struct vc_err *err);

/* True for the text of a run's id: 1 to 23 of 0-9 a-z A-Z and '-'. */
[[nodiscard]] bool vc_run_id_valid(const char *id);

/* True for states that nothing follows: exited, failed, killed. */
[[nodiscard]] bool vc_run_ended(const struct vcc_run *run);

#endif
