/* SPDX-License-Identifier: MIT */

/* Runs a program or a pipeline as a container would, and waits for its end. */

#ifndef VC_LOCAL_EXECUTE_H
#define VC_LOCAL_EXECUTE_H

#include <stdio.h>

#include "local/scene.h"
#include "platform/manifest.h"
#include "runtime/pipelines.h"

/* What it is run with; all borrowed. */
struct vc_execution {
    const struct vc_manifest *manifest;
    const int *files;                     /* of the manifest's objects */
    const struct vc_order_texts *streams; /* NAME=FILE, of what the program has of streams */
    const struct vc_order_texts *keys;    /* NAME=FILE, of keys that the program may use */
    int output;                           /* that "-" is among them */
    FILE *trace;                          /* gets a line for each call of the program; null: none */
    FILE *progress;                       /* a terminal; null: none */
};

/* What became of it. */
struct vc_outcome {
    struct vc_run_status run;           /* of a program */
    struct vc_pipeline_status pipeline; /* or of a pipeline, with */
    struct vc_stage_status stages[VC_POLICY_STAGES_MAX];
    int signal; /* the number of the signal by which the user ended it, or 0 */
};

/* Whatever ends it, *outcome says so and VC_OK is returned. Otherwise nothing was run:
 * VC_NOT_FOUND, VC_REFUSED, VC_LIMIT as vc_runs_start and vc_pipelines_start say; VC_HOST,
 * VC_MEMORY. */
enum vc_code vc_execute(const struct vc_scene *scene, const struct vc_execution *with,
                        struct vc_outcome *outcome, struct vc_err *err);

#endif
