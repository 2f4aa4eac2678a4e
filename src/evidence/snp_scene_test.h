/* SPDX-License-Identifier: MIT */

/* What the tests of SEV-SNP share: a vendor, one who would like to be it, and what they expect. */

#ifndef VC_EVIDENCE_SNP_SCENE_TEST_H
#define VC_EVIDENCE_SNP_SCENE_TEST_H

#include "evidence/snp.h"
#include "evidence/snp_fixture.h"

/* Bytes as a value of a row. */
#define RUN(...) {(const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})}

constexpr enum vc_snp_product SCENE_PRODUCTS[] = {VC_SNP_MILAN, VC_SNP_GENOA, VC_SNP_TURIN};
constexpr enum vc_snp_signer SCENE_SIGNERS[] = {VC_SNP_VCEK, VC_SNP_VLEK};

struct scene {
    struct vc_snp_fixture amd, forger; /* the same names, other keys */
};

/* Of a test group: *state becomes the scene. */
int scene_setup(void **state);
int scene_teardown(void **state);

/* With amd's anchors, judged, at VC_SNP_FIXTURE_NOW or at `now`. */
enum vc_code scene_verify(const struct scene *scene, struct vc_bytes bytes,
                          const struct vc_collateral *collateral, struct vc_claims *claims,
                          struct vc_err *err);
enum vc_code scene_verify_at(const struct scene *scene, struct vc_bytes bytes,
                             const struct vc_collateral *collateral, int64_t now,
                             struct vc_claims *claims, struct vc_err *err);

struct wanted {
    const char *name;
    enum vc_code code;
    const char *words; /* part of the reason */
};

/* Fails the test unless this is what comes out. */
void scene_expect(const struct scene *scene, struct vc_bytes bytes,
                  const struct vc_collateral *collateral, const struct wanted *wanted);

/* A leaf and what this vendor has above it. */
struct vc_collateral *scene_collateral_of(const struct vc_snp_fixture *vendor,
                                          enum vc_snp_product product, const struct vc_cert *leaf);

#endif
