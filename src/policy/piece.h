/* SPDX-License-Identifier: MIT */

/* The small values that the blocks of a policy are made of. Each error begins with the place. */

#ifndef VC_POLICY_PIECE_H
#define VC_POLICY_PIECE_H

#include "codec/json.h"
#include "crypto/certificate.h"
#include "evidence/vocabulary.h"

/* The member of this name, if there is one. */
[[nodiscard]] bool vc_piece_find(const struct vc_json_place *place, const char *name,
                                 struct vc_json_place *member);
/* A member that must be there and a string, borrowed; `member` is for errors about it. */
enum vc_code vc_piece_string(const struct vc_json_place *place, const char *name,
                             struct vc_json_place *member, const char **text, struct vc_err *err);

/* A whole number that may be absent. */
struct vc_piece_number {
    const char *name;
    int64_t least, most;
    int64_t usual; /* when absent */
};
/* Fills values[i] for each row; a null place has no member. */
enum vc_code vc_piece_numbers(const struct vc_json_place *place, const struct vc_piece_number *rows,
                              size_t count, int64_t *values, struct vc_err *err);
/* Leaves *value as it is if the member is absent. */
enum vc_code vc_piece_flag(const struct vc_json_place *place, const char *name, bool *value,
                           struct vc_err *err);

/* Copies are owned by the caller. */
enum vc_code vc_piece_copy(const char *text, char **copy, struct vc_err *err);
/* The name that stands at the place, borrowed. */
enum vc_code vc_piece_read_name(const struct vc_json_place *place, const char **name,
                                struct vc_err *err);
/* `text`, the name found at `place`, checked and copied. */
enum vc_code vc_piece_name(const struct vc_json_place *place, const char *text, char **copy,
                           struct vc_err *err);
/* The canonical form of a path that names a file. If `tree` is not null a slash at the end makes it
 * a directory, and *tree says so. */
enum vc_code vc_piece_path(const struct vc_json_place *place, char **path, bool *tree,
                           struct vc_err *err);
/* `text`, a path found at `place`, which names a file: its canonical form. */
enum vc_code vc_piece_file(const struct vc_json_place *place, const char *text, char **path,
                           struct vc_err *err);
enum vc_code vc_piece_digest(const struct vc_json_place *place, uint8_t digest[VC_SHA256_SIZE],
                             struct vc_err *err);
/* Lower-case hex of one of the sizes. */
enum vc_code vc_piece_octets(const struct vc_json_place *place, const struct vc_sizes *sizes,
                             struct vc_octets *octets, struct vc_err *err);
/* The member of this name, which must be there. */
enum vc_code vc_piece_certificate(const struct vc_json_place *place, const char *name,
                                  struct vc_cert **cert, struct vc_err *err);

/* An object that has between least and most members; an array that has between 1 and most elements.
 */
enum vc_code vc_piece_check_map(const struct vc_json_place *place, size_t least, size_t most,
                                struct vc_err *err);
enum vc_code vc_piece_check_list(const struct vc_json_place *place, size_t most,
                                 struct vc_err *err);

#endif
