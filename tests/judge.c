/* SPDX-License-Identifier: MIT */

/* Our side of the comparison of verdicts (tools/differential): reads cases from standard input and
 * prints one line for each, "accepted" or "refused: <reason>". A case is runs of bytes, each after
 * its size (32 bits, little-endian): platform, time, trust anchor (DER; empty: the vendors'),
 * evidence, collateral; 0xffffffff ends it. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evidence/evidence.h"

static constexpr uint32_t END = UINT32_MAX;
static constexpr uint32_t RUN_MAX = 1 << 20;

static void broken(const char *what)
{
    (void)fprintf(stderr, "judge: %s\n", what);
    exit(EXIT_FAILURE);
}

/* False: the case ends here (or the input does, if `first`). */
static bool read_run(struct vc_buffer *run, bool first)
{
    uint8_t head[4];
    uint32_t size;
    size_t got = fread(head, 1, sizeof(head), stdin);

    if (got == 0 && first && feof(stdin))
        return false;
    if (got != sizeof(head))
        broken("the input ends within a case");
    size = (uint32_t)head[0] | (uint32_t)head[1] << 8 | (uint32_t)head[2] << 16 |
           (uint32_t)head[3] << 24;
    if (size == END)
        return false;
    run->size = 0;
    if (size > RUN_MAX || vc_buffer_reserve(run, size, nullptr) != VC_OK)
        broken("a run is too large");
    if (fread(run->data, 1, size, stdin) != size)
        broken("the input ends within a run");
    run->size = size;
    return true;
}

struct scene {
    enum vc_platform_kind platform;
    int64_t now;
    struct vc_cert *anchor;
    struct vc_buffer evidence;
    struct vc_collateral *collateral;
};

static void take_head(struct scene *scene, struct vc_buffer *run)
{
    if (vc_buffer_append(run, VC_BYTES((const uint8_t[]){0}), nullptr) != VC_OK ||
        !vc_platform_find((const char *)run->data, &scene->platform))
        broken("no such platform");
    if (!read_run(run, false) ||
        vc_buffer_append(run, VC_BYTES((const uint8_t[]){0}), nullptr) != VC_OK)
        broken("no time");
    scene->now = strtoll((const char *)run->data, nullptr, 10);
    if (!read_run(run, false))
        broken("no anchor");
    if (run->size > 0 && vc_cert_parse_der(vc_buffer_bytes(run), &scene->anchor, nullptr) != VC_OK)
        broken("the anchor is no certificate");
}

static void take_case(struct scene *scene, struct vc_buffer *run)
{
    take_head(scene, run);
    if (!read_run(run, false) ||
        vc_buffer_append(&scene->evidence, vc_buffer_bytes(run), nullptr) != VC_OK ||
        vc_collateral_new(&scene->collateral, nullptr) != VC_OK)
        broken("no evidence");
    while (read_run(run, false)) {
        struct vc_err err = {};

        if (vc_collateral_add(scene->collateral, "case", vc_buffer_bytes(run), &err) != VC_OK)
            broken(err.text);
    }
}

/* "ARK-Milan" is of Milan. */
static const char *product_of(const struct vc_cert *anchor)
{
    const char *dash = strchr(vc_cert_common_name(anchor), '-');

    return dash == nullptr ? "" : dash + 1;
}

static void judge(const struct scene *scene)
{
    struct vc_evidence evidence = {scene->platform, vc_buffer_bytes(&scene->evidence), {}};
    struct vc_anchors anchors = {};
    struct vc_verification verification = {
        .anchors = vc_vendor_anchors(),
        .collateral = scene->collateral,
        .now = scene->now,
        .depth = scene->anchor == nullptr ? VC_DEPTH_AUTHENTIC : VC_DEPTH_JUDGED,
    };
    struct vc_claims claims;
    struct vc_err err = {};

    if (scene->anchor != nullptr) {
        anchors.roots[0] =
            (struct vc_anchor){scene->platform, product_of(scene->anchor), scene->anchor};
        anchors.root_count = 1;
        verification.anchors = &anchors;
    }
    if (vc_evidence_verify(&evidence, &verification, &claims, &err) == VC_OK) {
        (void)puts("accepted");
    } else {
        (void)printf("refused: %s\n", err.text);
    }
}

int main(void)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer run = {};

    while (read_run(&run, true)) {
        struct scene scene = {};

        take_case(&scene, &run);
        judge(&scene);
        vc_cert_free(scene.anchor);
        vc_buffer_done(&scene.evidence);
        vc_collateral_free(scene.collateral);
    }
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
