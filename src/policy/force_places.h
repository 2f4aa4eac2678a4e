/* SPDX-License-Identifier: MIT */

/* What was taken from whom, place by place: of each right a set of places for each subject, as a
 * tree of names with sets of subjects at them. */

#ifndef VC_POLICY_FORCE_PLACES_H
#define VC_POLICY_FORCE_PLACES_H

#include "base/err.h"
#include "crypto/digest.h"
#include "policy/spot.h"

/* Names in the tree, shared ones counted once: bounds the memory that deep paths take. */
constexpr size_t VC_PLACES_NAMES_MAX = 1 << 18;
/* Of them for each of the places that there may be. */
constexpr size_t VC_PLACES_NAMES_EACH = 4;

/* What can be taken at a place: each right, and reading it more than once. */
constexpr unsigned VC_PLACE_READ_ONCE = 6;
constexpr unsigned VC_PLACE_SLOTS = 7;
unsigned vc_place_slot_of(enum vc_right right);

struct vc_place_node;

/* Zeros are empty, but for the size of the sets. */
struct vc_places {
    struct vc_place_node *root; /* null: nothing yet */
    size_t word_count;          /* of a set of subjects: policy/subjects.h */
    size_t count;               /* of places that have any set */
    size_t name_count;
};

void vc_places_done(struct vc_places *places);
[[nodiscard]] bool vc_places_empty(const struct vc_places *places);

/* Is it taken from this subject at this canonical path, there or by a directory above? */
[[nodiscard]] bool vc_places_have(const struct vc_places *places, const char *path, unsigned slot,
                                  size_t subject);
/* From any? */
[[nodiscard]] bool vc_places_have_some(const struct vc_places *places, const char *path,
                                       unsigned slot);

/* Adds what may be there already. VC_MEMORY, VC_LIMIT. */
enum vc_code vc_places_add(struct vc_places *places, struct vc_spot spot, unsigned slot,
                           size_t subject, struct vc_err *err);
/* Takes out of `places` what it says twice (a directory, and then something in it), and what
 * `others` say already. */
void vc_places_reduce(struct vc_places *places, const struct vc_places *others);
/* Do `others` say all of it? */
[[nodiscard]] bool vc_places_within(const struct vc_places *places, const struct vc_places *others);
/* Moves all of `more`, which was reduced by `places`, into `places`, which then has nothing twice.
 * `more` is empty afterwards, or as it was: VC_LIMIT: more than count_max places; VC_MEMORY. */
enum vc_code vc_places_join(struct vc_places *places, struct vc_places *more, size_t count_max,
                            struct vc_err *err);

/* Adds all of it in its one order. */
void vc_places_hash(const struct vc_places *places, struct vc_sha256_stream *stream);

#endif
