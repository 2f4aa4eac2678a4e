/* SPDX-License-Identifier: MIT */

#include "attestd/state.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "attestd/endorsements.h"
#include "base/file.h"

static constexpr int64_t NOW = 1800000000;

/* A temporary folder; the service's is one below it, and does not exist. */
struct place {
    char root[64];
    char folder[96];
};

static int make(void **state)
{
    static struct place place;

    strcpy(place.root, "/tmp/attestd-test-XXXXXX");
    assert_non_null(mkdtemp(place.root));
    (void)snprintf(place.folder, sizeof(place.folder), "%s/a/b", place.root);
    *state = &place;
    return 0;
}

static int unmake(void **state)
{
    const struct place *place = *state;
    char command[128];

    (void)snprintf(command, sizeof(command), "rm -rf %s", place->root);
    return system(command); /* NOLINT(cert-env33-c): our own temporary folder */
}

static void path_in(const struct place *place, const char *name, char path[160])
{
    (void)snprintf(path, 160, "%s/%s", place->folder, name);
}

static enum vc_code reopen(const struct place *place, int64_t now)
{
    vc_cleanup(vc_attestd_closep) struct vc_attestd_state *state = nullptr;

    return vc_attestd_open(place->folder, now, &state, nullptr);
}

static void test_first_use_makes_a_ca(void **state)
{
    const struct place *place = *state;
    vc_cleanup(vc_attestd_closep) struct vc_attestd_state *first = nullptr;
    vc_cleanup(vc_attestd_closep) struct vc_attestd_state *second = nullptr;
    struct stat info;
    char path[160];
    struct vc_err err = {};

    if (vc_attestd_open(place->folder, NOW, &first, &err) != VC_OK)
        fail_msg("%s", err.text);
    assert_int_equal(vc_attestd_open(place->folder, NOW + 1, &second, nullptr), VC_OK);
    assert_int_equal(vc_cert_der(vc_attestd_ca(first)).size,
                     vc_cert_der(vc_attestd_ca(second)).size);
    assert_memory_equal(vc_cert_der(vc_attestd_ca(first)).data,
                        vc_cert_der(vc_attestd_ca(second)).data,
                        vc_cert_der(vc_attestd_ca(first)).size);
    path_in(place, "ca.key", path);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_int_equal(stat(place->folder, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0700);
    assert_int_equal(stat(vc_attestd_ca_path(first), &info), 0);
    assert_int_equal(stat(vc_attestd_endorsements(first), &info), 0);
}

static void test_ten_years(void **state)
{
    assert_int_equal(reopen(*state, NOW), VC_OK);
    assert_int_equal(reopen(*state, NOW + INT64_C(3652) * 86400), VC_OK);
    assert_int_equal(reopen(*state, NOW + INT64_C(3654) * 86400), VC_REFUSED);
    assert_int_equal(reopen(*state, NOW - 3600), VC_REFUSED);
}

static void test_key_that_others_may_read(void **state)
{
    char path[160];

    assert_int_equal(reopen(*state, NOW), VC_OK);
    path_in(*state, "ca.key", path);
    assert_int_equal(chmod(path, 0640), 0);
    assert_int_equal(reopen(*state, NOW), VC_REFUSED);
    assert_int_equal(chmod(path, 0600), 0);
    assert_int_equal(reopen(*state, NOW), VC_OK);
}

static void test_half_a_ca(void **state)
{
    static const char *const halves[] = {"ca.key", "ca.crt"};

    for (size_t i = 0; i < VC_COUNT(halves); i++) {
        char path[160];
        char aside[168];

        assert_int_equal(reopen(*state, NOW), VC_OK);
        path_in(*state, halves[i], path);
        (void)snprintf(aside, sizeof(aside), "%s.aside", path);
        assert_int_equal(rename(path, aside), 0);
        assert_int_equal(reopen(*state, NOW), VC_STATE);
        assert_int_equal(rename(aside, path), 0);
    }
}

static void test_another_key(void **state)
{
    vc_cleanup(vc_key_freep) struct vc_key *key = nullptr;
    vc_cleanup(vc_buffer_done) struct vc_buffer pem = {};
    char path[160];

    assert_int_equal(reopen(*state, NOW), VC_OK);
    path_in(*state, "ca.key", path);
    assert_int_equal(vc_key_new(&key, nullptr), VC_OK);
    assert_int_equal(vc_key_encode_private_pem(key, &pem, nullptr), VC_OK);
    assert_int_equal(vc_file_store(path, vc_buffer_bytes(&pem), 0600, nullptr), VC_OK);
    assert_int_equal(reopen(*state, NOW), VC_STATE);
    assert_int_equal(vc_file_store(path, (struct vc_bytes){pem.data, pem.size / 2}, 0600, nullptr),
                     VC_OK);
    assert_int_equal(reopen(*state, NOW), VC_MALFORMED);
}

static const struct vc_public_key *find(struct vc_endorsement_search *search,
                                        const uint8_t id[VC_INSTANCE_ID_SIZE])
{
    return vc_endorsement_find(search, VC_PLATFORM_PROCESS,
                               (struct vc_bytes){id, VC_INSTANCE_ID_SIZE});
}

static void test_endorsements(void **state)
{
    const struct place *place = *state;
    vc_cleanup(vc_key_freep) struct vc_key *machine = nullptr;
    vc_cleanup(vc_key_freep) struct vc_key *other = nullptr;
    uint8_t id[VC_INSTANCE_ID_SIZE];
    uint8_t other_id[VC_INSTANCE_ID_SIZE];
    char folder[160];
    char junk[200];
    struct vc_endorsement_search search = {.folder = folder};

    path_in(place, "endorsements", folder);
    assert_int_equal(vc_key_new(&machine, nullptr), VC_OK);
    assert_int_equal(vc_key_new(&other, nullptr), VC_OK);
    assert_int_equal(vc_process_instance_id(other, other_id, nullptr), VC_OK);
    assert_null(find(&search, other_id)); /* no folder at all */
    for (int i = 0; i < 2; i++)
        assert_int_equal(vc_attestd_endorse(place->folder, machine, id, nullptr), VC_OK);
    assert_int_equal(reopen(place, NOW), VC_OK);
    (void)snprintf(junk, sizeof(junk), "%s/junk.pem", folder);
    assert_int_equal(vc_file_store(junk, VC_BYTES("junk"), 0600, nullptr), VC_OK);
    assert_non_null(find(&search, id)); /* junk endorses nobody, and harms nobody */
    assert_null(find(&search, other_id));
    assert_int_equal(reopen(place, NOW), VC_MALFORMED); /* but whoever starts the service is told */
    vc_endorsement_search_done(&search);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_first_use_makes_a_ca, make, unmake),
        cmocka_unit_test_setup_teardown(test_ten_years, make, unmake),
        cmocka_unit_test_setup_teardown(test_key_that_others_may_read, make, unmake),
        cmocka_unit_test_setup_teardown(test_half_a_ca, make, unmake),
        cmocka_unit_test_setup_teardown(test_another_key, make, unmake),
        cmocka_unit_test_setup_teardown(test_endorsements, make, unmake),
    };

    return cmocka_run_group_tests_name("attestd-state", tests, nullptr, nullptr);
}
