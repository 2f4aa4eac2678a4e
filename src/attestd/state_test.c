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

#include "attestd/logbook.h"
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
    path_in(place, "endorsements", path);
    assert_int_equal(stat(path, &info), 0);
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

/* ---- endorsements ---- */

static struct vc_public_key *new_public(void)
{
    vc_cleanup(vc_key_freep) struct vc_key *pair = nullptr;
    struct vc_public_key *key = nullptr;

    assert_int_equal(vc_key_new(&pair, nullptr), VC_OK);
    assert_int_equal(vc_public_key_of_key(pair, &key, nullptr), VC_OK);
    return key;
}

static bool finds(struct vc_endorsements *endorsements, enum vc_platform_kind platform,
                  const struct vc_octets *id)
{
    return vc_endorsements_find(endorsements, platform, vc_octets_bytes(id)) != nullptr;
}

static void test_endorsements(void **state)
{
    const struct place *place = *state;
    vc_cleanup(vc_public_key_freep) struct vc_public_key *key = new_public();
    vc_cleanup(vc_public_key_freep) struct vc_public_key *other = new_public();
    vc_cleanup(vc_endorsements_freep) struct vc_endorsements *endorsements = nullptr;
    struct vc_endorsement machine = {.platform = VC_PLATFORM_PROCESS, .key = key};
    struct vc_octets other_id;
    char folder[160];
    char file[400];
    char hex[VC_OCTETS_HEX_MAX];

    path_in(place, "endorsements", folder);
    assert_int_equal(vc_endorsements_new(folder, &endorsements, nullptr), VC_OK);
    assert_int_equal(vc_endorsements_id_of(other, &other_id, nullptr), VC_OK);
    assert_false(finds(endorsements, VC_PLATFORM_PROCESS, &other_id)); /* no folder at all */
    for (int i = 0; i < 2; i++)
        assert_int_equal(vc_attestd_endorse(place->folder, &machine, nullptr), VC_OK);
    assert_true(finds(endorsements, VC_PLATFORM_PROCESS, &machine.id));
    assert_true(finds(endorsements, VC_PLATFORM_PROCESS, &machine.id)); /* remembered */
    assert_false(finds(endorsements, VC_PLATFORM_PROCESS, &other_id));
    /* a machine's software key is no device's and no TPM's */
    assert_false(finds(endorsements, VC_PLATFORM_PSA, &machine.id));
    assert_false(finds(endorsements, VC_PLATFORM_TPM, &machine.id));
    assert_false(finds(endorsements, VC_PLATFORM_SNP, &machine.id));
    vc_octets_hex(&machine.id, hex);
    (void)snprintf(file, sizeof(file), "%s/%s.pem", folder, hex);
    assert_int_equal(unlink(file), 0); /* from now on it is not */
    assert_false(finds(endorsements, VC_PLATFORM_PROCESS, &machine.id));
}

/* The key of one under the name of another endorses neither; nor does junk. */
static void test_endorsement_files_out_of_form(void **state)
{
    const struct place *place = *state;
    vc_cleanup(vc_public_key_freep) struct vc_public_key *key = new_public();
    vc_cleanup(vc_endorsements_freep) struct vc_endorsements *endorsements = nullptr;
    struct vc_endorsement machine = {.platform = VC_PLATFORM_PROCESS, .key = key};
    struct vc_octets wrong;
    char folder[160], from[400], to[400];
    char hex[VC_OCTETS_HEX_MAX];
    struct vc_err err = {};

    path_in(place, "endorsements", folder);
    assert_int_equal(vc_endorsements_new(folder, &endorsements, nullptr), VC_OK);
    assert_int_equal(vc_attestd_endorse(place->folder, &machine, nullptr), VC_OK);
    assert_int_equal(vc_endorsements_check(folder, nullptr), VC_OK);
    wrong = machine.id;
    wrong.bytes[7] ^= 1;
    vc_octets_hex(&machine.id, hex);
    (void)snprintf(from, sizeof(from), "%s/%s.pem", folder, hex);
    vc_octets_hex(&wrong, hex);
    (void)snprintf(to, sizeof(to), "%s/%s.pem", folder, hex);
    assert_int_equal(rename(from, to), 0);
    assert_false(finds(endorsements, VC_PLATFORM_PROCESS, &machine.id));
    assert_false(finds(endorsements, VC_PLATFORM_PROCESS, &wrong));
    assert_int_equal(vc_endorsements_check(folder, &err), VC_MALFORMED);
    assert_non_null(strstr(err.text, "not its key's id"));
    assert_int_equal(vc_file_store(to, VC_BYTES("junk"), 0600, nullptr), VC_OK);
    assert_false(finds(endorsements, VC_PLATFORM_PROCESS, &wrong));
    assert_int_equal(vc_endorsements_check(folder, nullptr), VC_MALFORMED);
}

static void test_whom_to_endorse(void **state)
{
    const struct place *place = *state;
    vc_cleanup(vc_public_key_freep) struct vc_public_key *key = new_public();
    vc_cleanup(vc_endorsements_freep) struct vc_endorsements *endorsements = nullptr;
    const struct {
        struct vc_endorsement endorsement;
        enum vc_code code;
    } rows[] = {
        {{.platform = VC_PLATFORM_PROCESS, .key = key}, VC_OK},
        {{.platform = VC_PLATFORM_PROCESS, .key = key, .id = {{1, 2}, 33}}, VC_REFUSED},
        {{.platform = VC_PLATFORM_PSA, .key = key}, VC_OK},
        {{.platform = VC_PLATFORM_PSA, .key = key, .id = {{1, 2}, 33}}, VC_OK},
        {{.platform = VC_PLATFORM_TPM, .key = key}, VC_REFUSED},
        {{.platform = VC_PLATFORM_TPM, .key = key, .id = {{0, 11}, 34}}, VC_OK},
        {{.platform = VC_PLATFORM_SNP, .key = key, .id = {{1}, 64}}, VC_REFUSED},
        {{.platform = VC_PLATFORM_TDX, .key = key}, VC_REFUSED},
        {{.platform = VC_PLATFORM_NITRO, .key = key}, VC_REFUSED},
    };
    char folder[160];

    path_in(place, "endorsements", folder);
    assert_int_equal(vc_endorsements_new(folder, &endorsements, nullptr), VC_OK);
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct vc_endorsement endorsement = rows[i].endorsement;
        enum vc_code code = vc_attestd_endorse(place->folder, &endorsement, nullptr);

        if (code != rows[i].code)
            fail_msg("row %zu: %d", i, (int)code);
        if (code == VC_OK)
            assert_true(finds(endorsements, endorsement.platform, &endorsement.id));
    }
    assert_int_equal(vc_endorsements_check(folder, nullptr), VC_OK);
}

/* More keys than are remembered: each is found, remembered or not. */
static void test_many_endorsements(void **state)
{
    const struct place *place = *state;
    vc_cleanup(vc_public_key_freep) struct vc_public_key *key = new_public();
    vc_cleanup(vc_endorsements_freep) struct vc_endorsements *endorsements = nullptr;
    char folder[160];

    path_in(place, "endorsements", folder);
    assert_int_equal(vc_endorsements_new(folder, &endorsements, nullptr), VC_OK);
    for (unsigned round = 0; round < 2; round++) {
        for (uint8_t i = 0; i < 2 * VC_ENDORSEMENTS_KEPT; i++) {
            struct vc_endorsement device = {
                .platform = VC_PLATFORM_PSA, .key = key, .id = {{1, i}, 33}};

            if (round == 0)
                assert_int_equal(vc_attestd_endorse(place->folder, &device, nullptr), VC_OK);
            assert_true(finds(endorsements, VC_PLATFORM_PSA, &device.id));
        }
    }
}

/* ---- the log ---- */

static void test_log_is_made_with_the_ca(void **state)
{
    const struct place *place = *state;
    vc_cleanup(vc_attestd_closep) struct vc_attestd_state *opened = nullptr;
    vc_cleanup(vc_logbook_closep) struct vc_logbook *book = nullptr;

    assert_int_equal(vc_attestd_open(place->folder, NOW, &opened, nullptr), VC_OK);
    assert_int_equal(vc_logbook_open(&(struct vc_logbook_setup){vc_attestd_log_folder(opened),
                                                                vc_attestd_ca(opened),
                                                                vc_attestd_ca_key(opened), NOW},
                                     &book, nullptr),
                     VC_OK);
    assert_int_equal(vc_logbook_head(book)->size, 0);
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
        cmocka_unit_test_setup_teardown(test_endorsement_files_out_of_form, make, unmake),
        cmocka_unit_test_setup_teardown(test_whom_to_endorse, make, unmake),
        cmocka_unit_test_setup_teardown(test_many_endorsements, make, unmake),
        cmocka_unit_test_setup_teardown(test_log_is_made_with_the_ca, make, unmake),
    };

    return cmocka_run_group_tests_name("attestd-state", tests, nullptr, nullptr);
}
