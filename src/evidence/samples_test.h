/* SPDX-License-Identifier: MIT */

/* Evidence that others published, for tests: outside the repository, in the folder that
 * VERACRUZ_EVIDENCE names, else in ../shared/evidence beside the checkout. Where it is absent,
 * tests are skipped and say so. What should be there and is not, or cannot be read, fails the test.
 */

#ifndef VC_EVIDENCE_SAMPLES_TEST_H
#define VC_EVIDENCE_SAMPLES_TEST_H

#include "base/buffer.h"
#include "codec/json.h"
#include "crypto/certificate.h"
#include "evidence/collateral.h"

/* The folder. If there is none: skips the test that runs. */
const char *vc_samples_folder(void);

/* Appends the whole of one file, whose name is relative to the folder. */
void vc_samples_load(const char *name, struct vc_buffer *bytes);

/* MANIFEST.json: what is known of each sample. */
struct vc_samples {
    struct vc_json *json;
    struct vc_json_place entries;
    size_t count;
};

void vc_samples_open(struct vc_samples *samples);
void vc_samples_done(struct vc_samples *samples);
struct vc_json_place vc_samples_entry(const struct vc_samples *samples, size_t index);

/* The member at a path like "claims.measurement": text; null if there is none. Borrowed. */
const char *vc_samples_text(const struct vc_json_place *entry, const char *path);
/* False: none, or null. */
[[nodiscard]] bool vc_samples_number(const struct vc_json_place *entry, const char *path,
                                     int64_t *number);

/* The file as collateral, beside what was added before. */
void vc_samples_add(struct vc_collateral *collateral, const char *name);

#endif
