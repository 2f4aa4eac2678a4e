/* SPDX-License-Identifier: MIT */

/* Captured documents of AWS Nitro enclaves against what MANIFEST.json knows of them. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/hex.h"
#include "base/instant.h"
#include "evidence/nitro.h"
#include "evidence/nitro_document.h"
#include "evidence/samples_test.h"

static constexpr size_t CHILDREN_MAX = 16;

struct sample {
    const char *name, *verdict;
    struct vc_buffer bytes;
    int64_t made_at, not_before, not_after;
};

/* "2024-01-24 18:14:25" with whatever follows. */
static int64_t read_time(const char *text)
{
    char rfc3339[VC_INSTANT_TEXT_MAX];
    int64_t seconds = 0;

    assert_true(strlen(text) >= 19);
    (void)snprintf(rfc3339, sizeof(rfc3339), "%.10sT%.8sZ", text, text + 11);
    assert_int_equal(vc_instant_parse(rfc3339, &seconds, nullptr), VC_OK);
    return seconds;
}

static void open_sample(const struct vc_json_place *entry, struct sample *sample)
{
    const char *validity = vc_samples_text(entry, "leaf_validity");
    const char *end = strstr(validity, "..");

    assert_non_null(end);
    *sample = (struct sample){
        .name = vc_samples_text(entry, "name"),
        .verdict = vc_samples_text(entry, "verdict"),
        .made_at = read_time(vc_samples_text(entry, "verify_time")),
        .not_before = read_time(validity),
        .not_after = read_time(end + 2),
    };
    vc_samples_load(vc_samples_text(entry, "evidence"), &sample->bytes);
}

static enum vc_code verify(struct vc_bytes bytes, int64_t now, struct vc_claims *claims,
                           struct vc_err *err)
{
    struct vc_evidence evidence = {.platform = VC_PLATFORM_NITRO, .bytes = bytes};
    struct vc_verification verification = {
        .anchors = vc_vendor_anchors(), .now = now, .depth = VC_DEPTH_JUDGED};

    return vc_evidence_verify(&evidence, &verification, claims, err);
}

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static void expect_hex(const char *what, struct vc_bytes value, const char *hex)
{
    char text[2 * VC_NITRO_DATA_SIZE_MAX + 1] = "";

    assert_true(value.size <= VC_NITRO_DATA_SIZE_MAX);
    vc_hex_encode(value, text);
    if (strcmp(text, hex) != 0)
        fail_msg("%s: %s, the manifest says %s", what, text, hex);
}

static void check_data(const struct vc_json_place *entry, const struct vc_nitro_document *document)
{
    const char *user_data = vc_samples_text(entry, "user_data");
    const char *nonce = vc_samples_text(entry, "nonce");
    int64_t key_size = 0;

    assert_true((document->user_data.data == nullptr) == (user_data == nullptr));
    assert_true((document->nonce.data == nullptr) == (nonce == nullptr));
    if (user_data != nullptr)
        expect_hex("user_data", document->user_data, user_data);
    if (nonce != nullptr)
        expect_hex("nonce", document->nonce, nonce);
    assert_true(vc_samples_number(entry, "public_key", &key_size) ==
                (document->public_key.data != nullptr));
    assert_int_equal(document->public_key.size, key_size);
}

/* The manifest leaves out registers that are zero. */
static void check_registers(const struct vc_json_place *entry, const struct vc_claims *claims)
{
    int64_t count = 0;

    for (unsigned i = 0; i < VC_NITRO_PCRS_MAX; i++) {
        char name[2][24];
        const struct vc_octets *found;
        const char *hex;

        (void)snprintf(name[0], sizeof(name[0]), "pcr%u", i);
        (void)snprintf(name[1], sizeof(name[1]), "pcrs.%u", i);
        found = vc_claims_register(claims, name[0]);
        hex = vc_samples_text(entry, name[1]);
        count -= found != nullptr;
        if (hex != nullptr)
            expect_hex(name[0], vc_octets_bytes(found), hex);
        else if (found != nullptr && !vc_octets_is_zero(found))
            fail_msg("%s is not zero", name[0]);
    }
    int64_t wanted = 0;
    assert_true(vc_samples_number(entry, "pcr_count", &wanted));
    assert_int_equal(wanted + count, 0);
}

static void check_claims(const struct vc_json_place *entry, const struct sample *sample,
                         const struct vc_claims *claims)
{
    const char *module_id = vc_samples_text(entry, "module_id");
    const char *end = strstr(module_id, "-enc");
    struct vc_nitro_document document;
    uint8_t digest[VC_SHA256_SIZE];

    assert_non_null(end);
    vc_sha256((struct vc_bytes){(const uint8_t *)module_id, (size_t)(end - module_id)}, digest);
    assert_int_equal(claims->machine.size, sizeof(digest));
    assert_memory_equal(claims->machine.bytes, digest, sizeof(digest));
    assert_true(claims->made_at == sample->made_at);
    assert_true(vc_octets_equal(&claims->measurement, vc_claims_register(claims, "pcr0")));
    check_registers(entry, claims);
    assert_int_equal(vc_nitro_document_parse(vc_buffer_bytes(&sample->bytes), &document, nullptr),
                     VC_OK);
    check_data(entry, &document);
    assert_int_equal(claims->report_data.size, document.user_data.size);
    if (document.user_data.size > 0) {
        assert_memory_equal(claims->report_data.bytes, document.user_data.data,
                            document.user_data.size);
    }
}

static void check_verdict(const struct sample *sample, enum vc_code code,
                          const struct vc_claims *claims, const struct vc_err *err)
{
    enum vc_code wanted = begins(sample->verdict, "accept") ? VC_OK : VC_UNTRUSTED;
    const char *words = begins(sample->verdict, "reject:debug")       ? "debug mode: PCR0"
                        : begins(sample->verdict, "reject:signature") ? "signature does not verify"
                                                                      : "";

    if (code != wanted || strstr(err->text, words) == nullptr)
        fail_msg("%s: %s, the manifest says %s", sample->name, err->text, sample->verdict);
    assert_true(claims->debug == begins(sample->verdict, "reject:debug"));
    assert_int_equal(claims->passed, code == VC_OK   ? VC_STAGE_JUDGED
                                     : claims->debug ? VC_STAGE_AUTHENTIC
                                                     : VC_STAGE_FORM);
}

static void check_sample(const struct vc_json_place *entry, const struct sample *sample)
{
    struct vc_bytes bytes = vc_buffer_bytes(&sample->bytes);
    struct vc_claims claims;
    struct vc_err err = {};
    enum vc_code code = verify(bytes, sample->made_at, &claims, &err);

    check_verdict(sample, code, &claims, &err);
    check_claims(entry, sample, &claims);
    if (claims.passed == VC_STAGE_FORM)
        return;
    assert_int_equal(verify(bytes, sample->not_after + 1, &claims, &err), VC_UNTRUSTED);
    assert_non_null(strstr(err.text, "expired"));
    assert_int_equal(verify(bytes, sample->not_before - 1, &claims, &err), VC_UNTRUSTED);
    assert_non_null(strstr(err.text, "not valid before"));
}

static bool is_nitro(const struct vc_json_place *entry)
{
    return strcmp(vc_samples_text(entry, "platform"), "nitro") == 0;
}

static void test_samples(void **)
{
    struct vc_samples samples = {};
    size_t count = 0;

    vc_samples_open(&samples);
    for (size_t i = 0; i < samples.count; i++) {
        struct vc_json_place entry = vc_samples_entry(&samples, i);
        struct sample sample;

        if (!is_nitro(&entry))
            continue;
        open_sample(&entry, &sample);
        check_sample(&entry, &sample);
        vc_buffer_done(&sample.bytes);
        count++;
    }
    vc_samples_done(&samples);
    assert_true(count >= 7);
    print_message("# %zu documents\n", count);
}

/* Are these flips of it refused before it passes for authentic? Else says which is not. */
static bool are_refused(const struct sample *sample, size_t first, size_t step)
{
    struct vc_buffer copy = {};
    struct vc_claims claims;
    bool refused = vc_buffer_append(&copy, vc_buffer_bytes(&sample->bytes), nullptr) == VC_OK;

    for (size_t bit = first; refused && bit < 8 * copy.size; bit += step) {
        copy.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        refused = verify(vc_buffer_bytes(&copy), sample->made_at, &claims, nullptr) != VC_OK &&
                  claims.passed < VC_STAGE_AUTHENTIC;
        copy.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        if (!refused)
            (void)fprintf(stderr, "%s: bit %zu\n", sample->name, bit);
    }
    vc_buffer_done(&copy);
    return refused;
}

/* In as many processes as there are processors: a signature takes a third of a millisecond. */
static void flip_all(const struct sample *sample)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    size_t count = processors < 1                      ? 1
                   : (size_t)processors > CHILDREN_MAX ? CHILDREN_MAX
                                                       : (size_t)processors;
    pid_t children[CHILDREN_MAX];
    int status;

    for (size_t i = 0; i < count; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0)
            _exit(are_refused(sample, i, count) ? 0 : 1);
    }
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    }
}

static void cut_all(const struct sample *sample)
{
    struct vc_claims claims;

    for (size_t size = 0; size < sample->bytes.size; size++) {
        struct vc_bytes cut = {sample->bytes.data, size};

        if (verify(cut, sample->made_at, &claims, nullptr) != VC_MALFORMED)
            fail_msg("%s: %zu bytes", sample->name, size);
    }
}

static void test_flips_and_cuts(void **)
{
    struct vc_samples samples = {};
    size_t flips = 0;
    size_t cuts = 0;

    vc_samples_open(&samples);
    for (size_t i = 0; i < samples.count; i++) {
        struct vc_json_place entry = vc_samples_entry(&samples, i);
        struct sample sample;

        if (!is_nitro(&entry))
            continue;
        open_sample(&entry, &sample);
        cut_all(&sample);
        cuts += sample.bytes.size;
        if (!begins(sample.verdict, "reject:signature")) { /* one flip of that one heals it */
            flip_all(&sample);
            flips += 8 * sample.bytes.size;
        }
        vc_buffer_done(&sample.bytes);
    }
    vc_samples_done(&samples);
    print_message("# %zu bit flips, %zu truncations\n", flips, cuts);
}

static enum vc_code see(void *user, const struct vc_field *field, struct vc_err *)
{
    size_t *rows = user;

    assert_true(field->value[0] != '\0' && field->meaning[0] != '\0');
    (*rows)++;
    return VC_OK;
}

static void test_show(void **)
{
    struct vc_samples samples = {};

    vc_samples_open(&samples);
    for (size_t i = 0; i < samples.count; i++) {
        struct vc_json_place entry = vc_samples_entry(&samples, i);
        struct sample sample;
        size_t rows = 0;
        struct vc_field_sink sink = {see, &rows};
        struct vc_evidence evidence = {.platform = VC_PLATFORM_NITRO};

        if (!is_nitro(&entry))
            continue;
        open_sample(&entry, &sample);
        evidence.bytes = vc_buffer_bytes(&sample.bytes);
        assert_int_equal(vc_evidence_show(&evidence, &sink, nullptr), VC_OK);
        assert_int_equal(rows, 2 + 3 + 16 + 3 + 5 * 3);
        vc_buffer_done(&sample.bytes);
    }
    vc_samples_done(&samples);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_samples),
        cmocka_unit_test(test_flips_and_cuts),
        cmocka_unit_test(test_show),
    };

    return cmocka_run_group_tests_name("nitro_samples", tests, nullptr, nullptr);
}
