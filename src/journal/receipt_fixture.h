/* SPDX-License-Identifier: MIT */

/* For tests: a container with keys and certificates made for it, whose journal tells what the test
 * says, and receipts of it, honest and not. A failure here is a bug of the test and aborts it. */

#ifndef VC_JOURNAL_RECEIPT_FIXTURE_H
#define VC_JOURNAL_RECEIPT_FIXTURE_H

#include "attest/session_fixture.h"
#include "journal/receipt.h"
#include "policy/fixture.h"

constexpr size_t RECEIPT_ADVERTISER = 0; /* principals of policy/fixture.h */
constexpr size_t RECEIPT_SHOP = 1;
constexpr size_t RECEIPT_INTERSECT = 0; /* and its programs */

struct receipt_scene {
    struct vc_fixture *names;
    struct session_fixture service;
    struct vc_policy *policy;
    struct vc_cert *certificate;
    struct vc_log_receipt log;
    struct vc_journal *journal;
    struct vc_force *force; /* as the journal's narrowings make it */
    int64_t now;
    struct vc_buffer frame; /* of forgeries: a receipt with this certificate */
};

/* The policy is that of policy/fixture.h with blocks for narrowings and the journal besides. */
void receipt_scene_init(struct receipt_scene *scene);
void receipt_scene_done(struct receipt_scene *scene);
/* A cmocka setup and teardown of one; *state is the scene. */
int receipt_scene_setup(void **state);
int receipt_scene_teardown(void **state);
#define RECEIPT_TEST(test) \
    cmocka_unit_test_setup_teardown(test, receipt_scene_setup, receipt_scene_teardown)
/* The same service, certificate, principals and policy, and another container. */
void receipt_scene_restart(struct receipt_scene *scene);
/* The certificate that the service gives out now for these claims and this key. */
void receipt_scene_certify(struct receipt_scene *scene, const struct vc_attested *attested,
                           const struct vc_key *key);

/* ---- entries: seen by both principals, details told to who did it ---- */

enum vc_code receipt_append(struct receipt_scene *scene, struct vc_entry *entry);
void receipt_began(struct receipt_scene *scene);
void receipt_file(struct receipt_scene *scene, enum vc_entry_kind kind, size_t principal,
                  const char *path);
void receipt_run(struct receipt_scene *scene, size_t principal, const char *arguments_hex);
void receipt_run_over(struct receipt_scene *scene);
/* Puts it in force, too. */
void receipt_narrow(struct receipt_scene *scene, struct vc_subject who, const char *text);
void receipt_link(struct receipt_scene *scene, const struct receipt_scene *other);
/* One entry of each common kind, as could be. */
void receipt_usual_story(struct receipt_scene *scene);
/* Of intersect. */
extern const char RECEIPT_ARGUMENTS[];

/* ---- receipts ---- */

void receipt_make(struct receipt_scene *scene, size_t principal, uint64_t since,
                  struct vc_buffer *json);
/* A receipt that is signed over these texts, whatever they are; '\0' ends each, and before it a
 * mark may begin details. */
constexpr uint8_t RECEIPT_DETAILS_MARK = 1;
void receipt_forge(struct receipt_scene *scene, struct vc_bytes texts, struct vc_buffer *json);

#endif
