/* SPDX-License-Identifier: MIT */

#include "evidence/dcap_scene_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void add(struct vc_dcap_scene *scene, const char *name, const struct vc_buffer *bytes)
{
    if (vc_collateral_add(scene->collateral, name, vc_buffer_bytes(bytes), &scene->err) != VC_OK)
        fail_msg("%s", scene->err.text);
}

static void add_list(struct vc_dcap_scene *scene, bool of_root, const struct vc_cert *revoked)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer der = {};

    vc_dcap_fixture_list(&scene->fixture, of_root, scene->order.now, revoked, &der);
    add(scene, of_root ? "root.crl" : "pck.crl", &der);
}

static void add_cert(struct vc_dcap_scene *scene, const struct vc_cert *cert)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer pem = {};

    assert_int_equal(vc_cert_encode_pem(cert, &pem, nullptr), VC_OK);
    add(scene, "cert.pem", &pem);
}

static void add_tcb_info(struct vc_dcap_scene *scene, const struct vc_dcap_order *order,
                         enum vc_dcap_fault fault)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer body = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer document = {};
    const struct vc_pki_key *key =
        fault == VC_DCAP_FAULT_TCB_BY_PCK ? scene->fixture.pck_key : scene->fixture.signing_key;

    vc_dcap_fixture_tcb_info(order, &body);
    vc_dcap_fixture_document(key, "tcbInfo", vc_buffer_bytes(&body), &document);
    add(scene, "tcb.json", &document);
}

static void add_identity(struct vc_dcap_scene *scene, enum vc_dcap_fault fault)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer body = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer document = {};
    const struct vc_pki_key *key = fault == VC_DCAP_FAULT_IDENTITY_BY_PCK
                                       ? scene->fixture.pck_key
                                       : scene->fixture.signing_key;

    vc_dcap_fixture_identity(&scene->order, &body);
    vc_dcap_fixture_document(key, "enclaveIdentity", vc_buffer_bytes(&body), &document);
    add(scene, "qe.json", &document);
}

/* A signed document with white space put into it afterwards. */
static void add_rewritten(struct vc_dcap_scene *scene)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer body = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer document = {};
    char hex[2 * VC_QUOTE_SIGNATURE_SIZE + 1];

    vc_dcap_fixture_tcb_info(&scene->order, &body);
    vc_dcap_fixture_signature(scene->fixture.signing_key, vc_buffer_bytes(&body), hex);
    assert_int_equal(vc_buffer_printf(&document, nullptr,
                                      "{\"tcbInfo\": { %.*s,\"signature\":\"%s\"}",
                                      (int)body.size - 1, (const char *)body.data + 1, hex),
                     VC_OK);
    add(scene, "tcb.json", &document);
}

static void add_others(struct vc_dcap_scene *scene, enum vc_dcap_fault fault)
{
    struct vc_dcap_order other = scene->order;

    if (fault == VC_DCAP_FAULT_OLDER_TOO) {
        other.tcb.evaluation--;
        other.tcb.status = "Revoked";
        add_tcb_info(scene, &other, fault);
    }
    if (fault == VC_DCAP_FAULT_EXPIRED_TOO) {
        other.tcb.next = VC_DCAP_SCENE_NOW - 1;
        add_tcb_info(scene, &other, fault);
    }
    if (fault == VC_DCAP_FAULT_PCK_IN_COLLATERAL) {
        add_cert(scene, scene->fixture.ca);
        add_cert(scene, scene->fixture.pck);
    }
}

static void add_collateral(struct vc_dcap_scene *scene, enum vc_dcap_fault fault)
{
    const struct vc_dcap_fixture *fixture = &scene->fixture;
    const struct vc_cert *of_root = fault == VC_DCAP_FAULT_CA_REVOKED       ? fixture->ca
                                    : fault == VC_DCAP_FAULT_SIGNER_REVOKED ? fixture->signing
                                                                            : nullptr;

    assert_int_equal(vc_collateral_new(&scene->collateral, nullptr), VC_OK);
    if (fault != VC_DCAP_FAULT_NO_ROOT_LIST)
        add_list(scene, true, of_root);
    if (fault != VC_DCAP_FAULT_NO_PCK_LIST)
        add_list(scene, false, fault == VC_DCAP_FAULT_PCK_REVOKED ? fixture->pck : nullptr);
    if (fault != VC_DCAP_FAULT_NO_SIGNER)
        add_cert(scene, fixture->signing);
    add_others(scene, fault);
    if (fault == VC_DCAP_FAULT_TCB_REWRITTEN)
        add_rewritten(scene);
    else if (fault != VC_DCAP_FAULT_NO_TCB_INFO)
        add_tcb_info(scene, &scene->order, fault);
    if (fault != VC_DCAP_FAULT_NO_IDENTITY)
        add_identity(scene, fault);
}

enum vc_code vc_dcap_scene_verify(struct vc_dcap_scene *scene, struct vc_bytes bytes,
                                  const struct vc_anchors *anchors, enum vc_depth depth)
{
    const struct vc_evidence evidence = {
        .platform = scene->order.body == VC_QUOTE_BODY_SGX ? VC_PLATFORM_SGX : VC_PLATFORM_TDX,
        .bytes = bytes};
    const struct vc_verification verification = {.anchors = anchors,
                                                 .collateral = scene->collateral,
                                                 .now = VC_DCAP_SCENE_NOW,
                                                 .depth = depth};

    return vc_evidence_verify(&evidence, &verification, &scene->claims, &scene->err);
}

void vc_dcap_scene_make(struct vc_dcap_scene *scene, const struct vc_dcap_order *order,
                        enum vc_dcap_fault fault)
{
    *scene = (struct vc_dcap_scene){.order = *order};
    vc_dcap_fixture_init(&scene->fixture, &scene->order);
    vc_dcap_fixture_quote(&scene->fixture, &scene->order, &scene->quote);
    if (fault != VC_DCAP_FAULT_COLLATERAL_MISSING)
        add_collateral(scene, fault);
}

void vc_dcap_scene_unmake(struct vc_dcap_scene *scene)
{
    vc_dcap_fixture_done(&scene->fixture);
    vc_buffer_done(&scene->quote);
    vc_collateral_free(scene->collateral);
}

enum vc_code vc_dcap_scene_run(struct vc_dcap_scene *scene, enum vc_dcap_fault fault,
                               enum vc_depth depth)
{
    struct vc_dcap_fixture other;
    enum vc_code code;

    if (fault != VC_DCAP_FAULT_OTHER_ROOT)
        return vc_dcap_scene_verify(scene, vc_buffer_bytes(&scene->quote), &scene->fixture.anchors,
                                    depth);
    vc_dcap_fixture_init(&other, &scene->order);
    code = vc_dcap_scene_verify(scene, vc_buffer_bytes(&scene->quote), &other.anchors, depth);
    vc_dcap_fixture_done(&other);
    return code;
}
