/* SPDX-License-Identifier: MIT */

/* Progress for a person at a terminal: a bar for bytes, a spinner for runs. To anything but a
 * terminal it says nothing. */

#ifndef VC_CLI_PROGRESS_H
#define VC_CLI_PROGRESS_H

#include "cli/command.h"

constexpr size_t VC_PROGRESS_LINE_MAX = 160; /* bytes with the NUL; at most 79 columns */

struct vc_progress {
    FILE *err;        /* null: silent */
    const char *what; /* "put salaries.csv" */
    uint64_t started_ms, shown_ms;
    uint64_t done;
    unsigned turn; /* of the spinner */
};

struct vc_progress vc_progress_begin(struct vc_command *command, const char *what);
/* A vcc_progress: `user` is the struct. Draws at most ten times a second. */
void vc_progress_bytes(void *user, uint64_t done, uint64_t total);
/* Draws the spinner with `state` and the time since the beginning. */
void vc_progress_spin(struct vc_progress *progress, const char *state);
/* Draws what a run is doing: how far it says it is, and what it uses. */
void vc_progress_run(struct vc_progress *progress, const struct vcc_run *run);
/* Draws how far a stream is, and whom it waits for. As vc_progress_bytes. */
void vc_progress_stream(struct vc_progress *progress, const struct vcc_stream_progress *now);
/* Wipes the line. */
void vc_progress_clear(struct vc_progress *progress);
/* Wipes the line and says how much it was and how fast. */
void vc_progress_end(struct vc_progress *progress, uint64_t bytes);

/* Pure: what the line of a run says. */
void vc_progress_format_run(const struct vcc_run *run, char line[VC_PROGRESS_LINE_MAX]);
/* Pure: what the line of a stream says. */
void vc_progress_format_stream(const char *what, const struct vcc_stream_progress *now,
                               uint64_t elapsed_ms, char line[VC_PROGRESS_LINE_MAX]);
/* Pure: what the bar's line says. `total` 0: unknown. */
void vc_progress_format(const char *what, const uint64_t bytes[2], uint64_t elapsed_ms,
                        char line[VC_PROGRESS_LINE_MAX]);

#endif
