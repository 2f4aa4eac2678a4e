/* SPDX-License-Identifier: MIT */

/* One verification of a quote of dcap_fixture.h, with whatever is wrong with its collateral. */

#ifndef VC_EVIDENCE_DCAP_SCENE_TEST_H
#define VC_EVIDENCE_DCAP_SCENE_TEST_H

#include "evidence/dcap_fixture.h"
#include "evidence/evidence.h"

constexpr int64_t VC_DCAP_SCENE_NOW = 1763800000;

/* What is left out or spoilt. */
enum vc_dcap_fault {
    VC_DCAP_FAULT_NONE,
    VC_DCAP_FAULT_NO_ROOT_LIST,
    VC_DCAP_FAULT_NO_PCK_LIST,
    VC_DCAP_FAULT_NO_TCB_INFO,
    VC_DCAP_FAULT_NO_IDENTITY,
    VC_DCAP_FAULT_NO_SIGNER,
    VC_DCAP_FAULT_PCK_REVOKED,
    VC_DCAP_FAULT_CA_REVOKED,
    VC_DCAP_FAULT_SIGNER_REVOKED,
    VC_DCAP_FAULT_TCB_BY_PCK,      /* signed by the PCK, not by the TCB signing key */
    VC_DCAP_FAULT_IDENTITY_BY_PCK, /* likewise */
    VC_DCAP_FAULT_TCB_REWRITTEN,   /* a space after the signature was made */
    VC_DCAP_FAULT_OTHER_ROOT,      /* the anchor is of the same name, with another key */
    VC_DCAP_FAULT_OLDER_TOO,   /* a second TCB info, of an earlier evaluation, that says Revoked */
    VC_DCAP_FAULT_EXPIRED_TOO, /* a second TCB info, that is expired, comes first */
    VC_DCAP_FAULT_PCK_IN_COLLATERAL,  /* the PCK certificate and its CA */
    VC_DCAP_FAULT_COLLATERAL_MISSING, /* null */
};

struct vc_dcap_scene {
    struct vc_dcap_order order;
    struct vc_dcap_fixture fixture;
    struct vc_buffer quote;
    struct vc_collateral *collateral;
    struct vc_claims claims;
    struct vc_err err;
};

/* Makes keys, quote and collateral of `order`. What cannot be made fails the test. */
void vc_dcap_scene_make(struct vc_dcap_scene *scene, const struct vc_dcap_order *order,
                        enum vc_dcap_fault fault);
void vc_dcap_scene_unmake(struct vc_dcap_scene *scene);
/* Verifies at VC_DCAP_SCENE_NOW: its quote; these bytes in place of it. */
enum vc_code vc_dcap_scene_run(struct vc_dcap_scene *scene, enum vc_dcap_fault fault,
                               enum vc_depth depth);
enum vc_code vc_dcap_scene_verify(struct vc_dcap_scene *scene, struct vc_bytes bytes,
                                  const struct vc_anchors *anchors, enum vc_depth depth);

#endif
