/* SPDX-License-Identifier: MIT */

/* An entry of a container's journal as people read it: when, who, what. */

#ifndef VC_CLI_ENTRY_LINE_H
#define VC_CLI_ENTRY_LINE_H

#include "journal/entry.h"

/* The two texts of an entry that was checked. */
struct vc_entry_texts {
    const struct vc_json_place *fields, *details; /* the latter may be null */
    bool whole; /* digests are to be told in full length, not by their beginning */
};

/* Appends "  12  2026-…Z  alice             wrote /input/a: 17 bytes, SHA-256 9f3c…" and a newline.
 * Foreign text is cleaned for a terminal. */
enum vc_code vc_entry_line(const struct vc_policy *policy, const struct vc_entry_seen *entry,
                           struct vc_entry_texts texts, struct vc_buffer *out, struct vc_err *err);
/* Only what was done: "wrote /input/a: 17 bytes, SHA-256 9f3c…", without a newline. */
enum vc_code vc_entry_line_what(const struct vc_policy *policy, const struct vc_entry_seen *entry,
                                struct vc_entry_texts texts, struct vc_buffer *out,
                                struct vc_err *err);
/* "alice", "split (program)", "the container". */
enum vc_code vc_entry_line_who(const struct vc_policy *policy, bool by_container,
                               struct vc_subject who, struct vc_buffer *out, struct vc_err *err);

#endif
