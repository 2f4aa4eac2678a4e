/* SPDX-License-Identifier: MIT */

/* Members of the answers of the container. */

#ifndef VC_CLIENT_MEMBER_H
#define VC_CLIENT_MEMBER_H

#include "codec/json.h"
#include "crypto/digest.h"

/* Of these, VC_MALFORMED: absent, or of another type or form; with the place. */
enum vc_code vc_member_of(const struct vc_json_place *object, const char *name,
                          struct vc_json_place *member, struct vc_err *err);
enum vc_code vc_member_text(const struct vc_json_place *object, const char *name, const char **text,
                            struct vc_err *err);
/* 0 and more. */
enum vc_code vc_member_count(const struct vc_json_place *object, const char *name, uint64_t *count,
                             struct vc_err *err);
enum vc_code vc_member_flag(const struct vc_json_place *object, const char *name, bool *flag,
                            struct vc_err *err);
/* Seconds since 1970, of "2027-01-01T00:00:00Z". */
enum vc_code vc_member_time(const struct vc_json_place *object, const char *name, int64_t *seconds,
                            struct vc_err *err);
/* Of lower-case hex. */
enum vc_code vc_member_digest(const struct vc_json_place *object, const char *name,
                              uint8_t digest[VC_SHA256_SIZE], struct vc_err *err);
/* An array; VC_LIMIT: of more than `count_max`. */
enum vc_code vc_member_list(const struct vc_json_place *object, const char *name, size_t count_max,
                            struct vc_json_place *list, struct vc_err *err);

/* Copies a text cleaned for a terminal, cut to `size` bytes with its NUL; absent is "". */
enum vc_code vc_member_line(const struct vc_json_place *object, const char *name, char *out,
                            size_t size, struct vc_err *err);
/* "exit_code", which has to be there if the state is "exited"; else nothing is read. */
enum vc_code vc_member_exit_code(const struct vc_json_place *object, const char *state,
                                 int *exit_code, struct vc_err *err);

/* Reads each element of the array that is all of an answer: {"name":[...]}, until one fails. */
struct vc_member_array {
    const char *name;
    size_t count_max; /* VC_LIMIT: more */
    enum vc_code (*read)(void *user, const struct vc_json_place *element, struct vc_err *err);
    void *user;
};
enum vc_code vc_member_each(struct vc_bytes text, const struct vc_member_array *array,
                            struct vc_err *err);

#endif
