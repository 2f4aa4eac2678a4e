/* SPDX-License-Identifier: MIT */

#include "attestd/material.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"

static constexpr int64_t NOW = 1800000000;

struct set {
    char folder[64];
    char told[4096]; /* notices, one after the other */
    struct vc_material *material;
    uint64_t now_ms;
};

static void hear(void *user, const char *line)
{
    struct set *set = user;
    size_t used = strlen(set->told);

    (void)snprintf(set->told + used, sizeof(set->told) - used, "%s\n", line);
}

static int make_set(void **state)
{
    static struct set set;

    set = (struct set){.now_ms = 1000000};
    strcpy(set.folder, "/tmp/attestd-material-XXXXXX");
    assert_non_null(mkdtemp(set.folder));
    *state = &set;
    return 0;
}

static int free_set(void **state)
{
    struct set *set = *state;
    char command[96];

    vc_material_close(set->material);
    (void)snprintf(command, sizeof(command), "rm -rf %s", set->folder);
    return system(command); /* NOLINT(cert-env33-c): our own temporary folder */
}

static void make_folder(const struct set *set, const char *name)
{
    char path[320];

    (void)snprintf(path, sizeof(path), "%s/%s", set->folder, name);
    assert_int_equal(mkdir(path, 0700), 0);
}

static void store(const struct set *set, const char *name, struct vc_bytes bytes)
{
    char path[320];

    (void)snprintf(path, sizeof(path), "%s/%s", set->folder, name);
    assert_int_equal(vc_file_store(path, bytes, 0600, nullptr), VC_OK);
}

static void store_ca(const struct set *set, const char *name)
{
    vc_cleanup(vc_key_freep) struct vc_key *key = nullptr;
    vc_cleanup(vc_cert_freep) struct vc_cert *ca = nullptr;
    vc_cleanup(vc_buffer_done) struct vc_buffer pem = {};

    assert_int_equal(vc_key_new(&key, nullptr), VC_OK);
    assert_int_equal(vc_cert_new_ca(key, "a maker", NOW, NOW + 600, &ca, nullptr), VC_OK);
    assert_int_equal(vc_cert_encode_pem(ca, &pem, nullptr), VC_OK);
    store(set, name, vc_buffer_bytes(&pem));
}

static enum vc_code open_material(struct set *set, struct vc_err *err)
{
    return vc_material_open(set->folder, (struct vc_notices){hear, set}, &set->material, err);
}

static size_t certs_of(const struct set *set)
{
    const struct vc_cert *const *certs;

    return vc_collateral_certs(vc_material_collateral(set->material), &certs);
}

static size_t tpm_roots_of(const struct set *set)
{
    const struct vc_anchors *anchors = vc_material_anchors(set->material);
    size_t count = 0;

    for (size_t i = 0; i < anchors->root_count; i++)
        count += anchors->roots[i].platform == VC_PLATFORM_TPM;
    return count;
}

static void later(struct set *set)
{
    set->now_ms += VC_MATERIAL_LOOK_MS;
    vc_material_refresh(set->material, set->now_ms);
}

static void test_nothing_is_there(void **state)
{
    struct set *set = *state;
    const struct vc_anchors *vendors = vc_vendor_anchors();
    struct vc_err err = {};

    make_folder(set, "endorsements");
    if (open_material(set, &err) != VC_OK)
        fail_msg("%s", err.text);
    assert_int_equal(certs_of(set), 0);
    assert_int_equal(vc_material_anchors(set->material)->root_count, vendors->root_count);
    assert_int_equal(tpm_roots_of(set), 0);
    later(set);
    assert_string_equal(set->told, "");
}

static void test_files_that_come_and_go(void **state)
{
    struct set *set = *state;
    char path[320];

    make_folder(set, "endorsements");
    assert_int_equal(open_material(set, nullptr), VC_OK);
    make_folder(set, "collateral");
    store_ca(set, "collateral/a.pem");
    vc_material_refresh(set->material, set->now_ms); /* the first look */
    assert_int_equal(certs_of(set), 1);
    store_ca(set, "collateral/b.pem");
    vc_material_refresh(set->material, set->now_ms + VC_MATERIAL_LOOK_MS - 1);
    assert_int_equal(certs_of(set), 1); /* not so soon */
    later(set);
    assert_int_equal(certs_of(set), 2);
    make_folder(set, "collateral/more");
    store_ca(set, "collateral/more/c.pem");
    later(set);
    assert_int_equal(certs_of(set), 3);
    (void)snprintf(path, sizeof(path), "%s/collateral/a.pem", set->folder);
    assert_int_equal(unlink(path), 0);
    later(set);
    assert_int_equal(certs_of(set), 2);
    assert_string_equal(set->told, "");
    store(set, "collateral/junk", VC_BYTES("junk"));
    later(set);
    assert_int_equal(certs_of(set), 2); /* what is good counts all the same */
    assert_non_null(strstr(set->told, "junk"));
}

static void test_tpm_anchors(void **state)
{
    struct set *set = *state;

    make_folder(set, "endorsements");
    make_folder(set, "anchors");
    make_folder(set, "anchors/tpm");
    store_ca(set, "anchors/tpm/maker.pem");
    assert_int_equal(open_material(set, nullptr), VC_OK);
    assert_int_equal(tpm_roots_of(set), 1);
    store_ca(set, "anchors/tpm/other.pem");
    later(set);
    assert_int_equal(tpm_roots_of(set), 2);
    store(set, "anchors/tpm/junk.pem", VC_BYTES("junk"));
    later(set);
    assert_int_equal(tpm_roots_of(set), 2); /* still those of before */
    assert_non_null(strstr(set->told, "anchors: still those of before"));
}

/* Whom to believe about processors is built in: a file cannot add to it, at the start or later. */
static void test_anchors_of_vendors_cannot_be_replaced(void **state)
{
    static const char *const names[] = {"snp", "tdx", "sgx", "nitro", "process", "psa"};
    struct set *set = *state;
    struct vc_err err = {};
    char path[320];

    make_folder(set, "endorsements");
    make_folder(set, "anchors");
    for (size_t i = 0; i < VC_COUNT(names); i++) {
        char name[32];

        (void)snprintf(name, sizeof(name), "anchors/%s", names[i]);
        make_folder(set, name);
        assert_int_equal(open_material(set, &err), VC_REFUSED);
        assert_null(set->material);
        (void)snprintf(path, sizeof(path), "%s/anchors/%s", set->folder, names[i]);
        assert_int_equal(rmdir(path), 0);
    }
    assert_int_equal(open_material(set, nullptr), VC_OK);
    make_folder(set, "anchors/snp");
    store_ca(set, "anchors/snp/ark.pem");
    later(set);
    assert_int_equal(vc_material_anchors(set->material)->root_count,
                     vc_vendor_anchors()->root_count);
    assert_non_null(strstr(set->told, "is built in"));
}

static void test_certificates_with_evidence(void **state)
{
    struct set *set = *state;
    vc_cleanup(vc_key_freep) struct vc_key *key = nullptr;
    vc_cleanup(vc_cert_freep) struct vc_cert *ca = nullptr;
    vc_cleanup(vc_buffer_done) struct vc_buffer run = {};
    const struct vc_cert *const *certs;

    make_folder(set, "endorsements");
    make_folder(set, "collateral");
    store_ca(set, "collateral/a.pem");
    assert_int_equal(open_material(set, nullptr), VC_OK);
    assert_int_equal(vc_key_new(&key, nullptr), VC_OK);
    assert_int_equal(vc_cert_new_ca(key, "a maker", NOW, NOW + 600, &ca, nullptr), VC_OK);
    for (size_t i = 0; i <= VC_MATERIAL_CERTIFICATES_MAX; i++) {
        struct vc_collateral *gathered = nullptr;
        enum vc_code code;

        assert_int_equal(vc_buffer_append(&run, vc_cert_der(ca), nullptr), VC_OK);
        code = vc_material_gather(set->material, vc_buffer_bytes(&run), &gathered, nullptr);
        assert_int_equal(code, i < VC_MATERIAL_CERTIFICATES_MAX ? VC_OK : VC_MALFORMED);
        if (code == VC_OK)
            assert_true(vc_collateral_certs(gathered, &certs) >= 2);
        vc_collateral_free(gathered);
    }
    for (size_t size = 1; size < vc_cert_der(ca).size; size++) {
        struct vc_collateral *gathered = nullptr;

        assert_int_equal(vc_material_gather(set->material, (struct vc_bytes){run.data, size},
                                            &gathered, nullptr),
                         VC_MALFORMED);
        assert_null(gathered);
    }
    assert_int_equal(certs_of(set), 1); /* nothing of it stays */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_nothing_is_there, make_set, free_set),
        cmocka_unit_test_setup_teardown(test_files_that_come_and_go, make_set, free_set),
        cmocka_unit_test_setup_teardown(test_tpm_anchors, make_set, free_set),
        cmocka_unit_test_setup_teardown(test_anchors_of_vendors_cannot_be_replaced, make_set,
                                        free_set),
        cmocka_unit_test_setup_teardown(test_certificates_with_evidence, make_set, free_set),
    };

    return cmocka_run_group_tests_name("attestd-material", tests, nullptr, nullptr);
}
