/* SPDX-License-Identifier: MIT */

#include "evidence/snp_scene_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

int scene_setup(void **state)
{
    static struct scene scene;

    vc_snp_fixture_init(&scene.amd, true);
    vc_snp_fixture_init(&scene.forger, false);
    *state = &scene;
    return 0;
}

int scene_teardown(void **state)
{
    struct scene *scene = *state;

    vc_snp_fixture_done(&scene->amd);
    vc_snp_fixture_done(&scene->forger);
    return 0;
}

enum vc_code scene_verify_at(const struct scene *scene, struct vc_bytes bytes,
                             const struct vc_collateral *collateral, int64_t now,
                             struct vc_claims *claims, struct vc_err *err)
{
    const struct vc_evidence evidence = {.platform = VC_PLATFORM_SNP, .bytes = bytes};
    const struct vc_verification verification = {.anchors = &scene->amd.anchors,
                                                 .collateral = collateral,
                                                 .now = now,
                                                 .depth = VC_DEPTH_JUDGED};

    return vc_snp_verify(&evidence, &verification, claims, err);
}

enum vc_code scene_verify(const struct scene *scene, struct vc_bytes bytes,
                          const struct vc_collateral *collateral, struct vc_claims *claims,
                          struct vc_err *err)
{
    return scene_verify_at(scene, bytes, collateral, VC_SNP_FIXTURE_NOW, claims, err);
}

void scene_expect(const struct scene *scene, struct vc_bytes bytes,
                  const struct vc_collateral *collateral, const struct wanted *wanted)
{
    struct vc_claims claims;
    struct vc_err err = {};
    enum vc_code code = scene_verify(scene, bytes, collateral, &claims, &err);

    if (code != wanted->code || (code != VC_OK && strstr(err.text, wanted->words) == nullptr))
        fail_msg("%s: %s, \"%s\"; %s, \"%s\" wanted", wanted->name, vc_code_name(code), err.text,
                 vc_code_name(wanted->code), wanted->words);
    assert_int_equal(claims.passed == VC_STAGE_JUDGED, code == VC_OK);
    assert_int_equal(scene_verify(scene, bytes, collateral, &claims, nullptr), wanted->code);
}

struct vc_collateral *scene_collateral_of(const struct vc_snp_fixture *vendor,
                                          enum vc_snp_product product, const struct vc_cert *leaf)
{
    struct vc_collateral *collateral = nullptr;
    const struct vc_cert *certs[] = {vendor->lines[product].ask, vendor->lines[product].asvk, leaf};

    assert_int_equal(vc_collateral_new(&collateral, nullptr), VC_OK);
    for (size_t i = 0; i < VC_COUNT(certs); i++)
        assert_int_equal(vc_collateral_add(collateral, "test", vc_cert_der(certs[i]), nullptr),
                         VC_OK);
    return collateral;
}
