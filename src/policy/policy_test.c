/* SPDX-License-Identifier: MIT */

#include "policy/policy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policy/fixture.h"

static void test_everything_is_read(void **state)
{
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = vc_fixture_policy(*state, nullptr, "");
    const struct vc_policy_program *program = &policy->programs[0];
    const struct vc_policy_program *bare = &policy->programs[1];

    assert_string_equal(policy->name, "ad-campaign");
    assert_int_equal(policy->expires, 1814313600);
    assert_string_equal(policy->attestation.url, "https://127.0.0.1:4000");
    assert_int_equal(policy->attestation.max_age_s, 600);
    assert_int_equal(policy->attestation.platform_count, 1);
    assert_int_equal(policy->attestation.platforms[0].kind, VC_PLATFORM_PROCESS);
    assert_int_equal(policy->attestation.platforms[0].measurement_count, 2);
    assert_int_equal(policy->attestation.platforms[0].measurements[1].bytes[31], 0x22);
    assert_int_equal(policy->principal_count, 2);
    assert_string_equal(policy->principals[1].name, "shop");
    assert_int_equal(policy->program_count, 2);
    assert_string_equal(program->path, "/program/intersect.wasm");
    assert_int_equal(program->sha256[0], 0x33);
    assert_int_equal(program->strategy, VC_STRATEGY_INTERPRET);
    assert_int_equal(program->argument_count, 2);
    assert_string_equal(program->arguments[1], "-v");
    assert_null(program->arguments[2]);
    assert_int_equal(program->environment_count, 2);
    assert_string_equal(program->environment[0], "LANG=C");
    assert_string_equal(program->environment[1], "x_1=");
    assert_null(program->environment[2]);
    assert_true(program->clock);
    assert_false(program->randomness);
    assert_string_equal(program->stderr_path, "/output/errors.txt");
    assert_int_equal(program->limits.memory_mib, 32);
    assert_int_equal(program->limits.output_bytes, 1048576);
    assert_int_equal(bare->strategy, VC_STRATEGY_AOT);
    assert_int_equal(bare->argument_count, 1);
    assert_string_equal(bare->arguments[0], "sum");
    assert_null(bare->environment[0]);
    assert_null(bare->stdin_path);
    assert_int_equal(bare->limits.stack_kib, 1024);
    assert_int_equal(bare->limits.wall_seconds, 120);
    assert_int_equal(bare->limits.output_bytes, 67108864);
    assert_int_equal(bare->limits.written_bytes, 16 * INT64_C(67108864));
    assert_int_equal(bare->limits.open_files, 128);
    assert_int_equal(bare->limits.processes, 16);
    assert_int_equal(bare->preopen_count, 1);
    assert_string_equal(bare->preopens[0].name, "/");
    assert_string_equal(bare->preopens[0].path, "/");
    assert_false(bare->partial_outputs);
    assert_false(bare->progress);
    assert_int_equal(policy->storage.depth, 32);
    assert_int_equal(policy->pin_count, 0);
}

static void test_what_a_run_may_is_read(void **state)
{
    vc_cleanup(vc_policy_freep) struct vc_policy *policy =
        vc_fixture_policy(*state, "\"files\": 16, \"output_bytes\": 1048576}",
                          "\"files\": 16, \"output_bytes\": 1048576, \"written_bytes\": 2000000,"
                          "\"open_files\": 8, \"processes\": 1}, \"partial_outputs\": true,"
                          "\"progress\": true, \"preopens\": [\"data\", \"/data\", \".\"]");
    const struct vc_policy_program *program = &policy->programs[0];

    assert_int_equal(program->limits.written_bytes, 2000000);
    assert_int_equal(program->limits.open_files, 8);
    assert_int_equal(program->limits.processes, 1);
    assert_true(program->partial_outputs);
    assert_true(program->progress);
    assert_int_equal(program->preopen_count, 3);
    assert_string_equal(program->preopens[0].name, "data");
    assert_string_equal(program->preopens[0].path, "/data");
    assert_string_equal(program->preopens[1].name, "/data");
    assert_string_equal(program->preopens[2].name, ".");
    assert_string_equal(program->preopens[2].path, "/");
}

#define DIGEST "\"5555555555555555555555555555555555555555555555555555555555555555\""

static void test_pins_are_read(void **state)
{
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = vc_fixture_policy(
        *state, "\"lifecycle\": {",
        "\"pins\": {\"data//model.bin\": " DIGEST ", \"/data/x\": " DIGEST "}, \"lifecycle\": {");
    size_t index = 9;

    assert_int_equal(policy->pin_count, 2);
    assert_true(vc_policy_pin_at(policy, "/data/model.bin", &index));
    assert_int_equal(policy->pins[index].sha256[31], 0x55);
    assert_false(vc_policy_pin_at(policy, "/data", &index));
    assert_ptr_equal(vc_policy_digest_at(policy, "/data/model.bin"), policy->pins[index].sha256);
    assert_ptr_equal(vc_policy_digest_at(policy, "/program/sum.wasm"), policy->programs[1].sha256);
    assert_null(vc_policy_digest_at(policy, "/data/other"));
    assert_true(vc_policy_pin_blocked_by(policy, "/data", &index));
    assert_true(vc_policy_pin_blocked_by(policy, "/data/model.bin/x", &index));
    assert_false(vc_policy_pin_blocked_by(policy, "/", &index));
    assert_false(vc_policy_pin_blocked_by(policy, "/data/model.bin", &index));
}

static void test_rights_and_life_are_read(void **state)
{
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = vc_fixture_policy(*state, nullptr, "");

    assert_int_equal(policy->right_count, 7);
    assert_int_equal(policy->rights[1].may, VC_RIGHT_EXECUTE | VC_RIGHT_WRITE);
    assert_false(policy->rights[1].tree);
    assert_int_equal(policy->rights[2].who.kind, VC_SUBJECT_PRINCIPAL);
    assert_int_equal(policy->rights[2].who.index, 1);
    assert_string_equal(policy->rights[2].path, "/input/buyers");
    assert_true(policy->rights[2].tree);
    assert_int_equal(policy->rights[6].who.kind, VC_SUBJECT_PROGRAM);
    assert_string_equal(policy->rights[6].path, "/");
    assert_int_equal(policy->storage.files, 1000);
    assert_int_equal(policy->storage.bytes, 1073741824);
    assert_int_equal(policy->storage.file_bytes, 536870912);
    assert_int_equal(policy->lifecycle.run_count, 1);
    assert_int_equal(policy->lifecycle.runs[0].program, 0);
    assert_int_equal(policy->lifecycle.runs[0].count_max, 2);
    assert_true(policy->lifecycle.freeze_inputs);
    assert_int_equal(policy->lifecycle.shutdown_count, 1);
    assert_int_equal(policy->lifecycle.shutdown[0], 1);
    assert_string_equal(policy->lifecycle.shutdown_when_read[0], "/output/sum.txt");
}

/* Edits of the policy that leave it one. */
static const struct edit {
    const char *name;
    const char *find;
    const char *replace;
} accepted[] = {
    {"as it is", nullptr, ""},
    {"no max age", "\"max_age_seconds\": 600,", ""},
    {"least max age", "600,", "60,"},
    {"most max age", "600,", "86400,"},
    {"url by name", "127.0.0.1:4000", "attest.example-1.org:65535"},
    {"url by IPv6", "127.0.0.1:4000", "[::1]:1"},
    {"program without limits", "\"memory_mib\": 32, ", ""},
    {"most memory", "\"memory_mib\": 32", "\"memory_mib\": 4096"},
    {"no output", "\"output_bytes\": 1048576", "\"output_bytes\": 0"},
    {"most processor time", "\"cpu_seconds\": 10", "\"cpu_seconds\": 31622400"},
    {"longest run", "\"wall_seconds\": 30", "\"wall_seconds\": 31622400"},
    {"path with dots", "/program/sum.wasm", "program/../program//./sum.wasm"},
    {"storage by default",
     " \"storage\": {\"files\": 1000, \"bytes\": 1073741824,"
     " \"file_bytes\": 536870912},\n",
     ""},
    {"little storage shrinks defaults", "\"bytes\": 1073741824, \"file_bytes\": 536870912",
     "\"bytes\": 1048576"},
    {"file as large as all", "\"file_bytes\": 536870912", "\"file_bytes\": 1073741824"},
    {"most runs", "\"at_most\": 2", "\"at_most\": 1000000"},
    {"no caps", "{\"program\": \"intersect\", \"at_most\": 2}", ""},
    {"nobody ends it", "[\"shop\"],", "[],"},
    {"two rules of one kind", "\"/input/viewers.csv\"},",
     "\"/input/viewers.csv\"}, {\"principal\": \"advertiser\", \"may\": [\"write\"], "
     "\"path\": \"/input/viewers.csv\"},"},
    {"trailing space", "\"/output/sum.txt\"]}}", "\"/output/sum.txt\"]}}\n \n"},
    {"long name", "\"ad-campaign\"",
     "\"0123456789012345678901234567890123456789012345678901234567890123\""},
    {"names", "\"ad-campaign\"", "\"0a_.-z\""},
    {"fewest open files", "\"files\": 16", "\"open_files\": 8"},
    {"most open files", "\"files\": 16", "\"open_files\": 4096"},
    {"one process", "\"files\": 16", "\"processes\": 1"},
    {"most processes", "\"files\": 16", "\"processes\": 16"},
    {"each byte written once", "\"files\": 16", "\"written_bytes\": 1048576"},
    {"most written", "\"files\": 16", "\"written_bytes\": 17592186044416"},
    {"nothing written", "\"output_bytes\": 1048576", "\"output_bytes\": 0, \"written_bytes\": 0"},
    {"root by two names", "\"clock\": true", "\"preopens\": [\"/\", \".\"]"},
    {"preopen above a program", "\"clock\": true", "\"preopens\": [\"/program\"]"},
    {"least depth", "\"file_bytes\": 536870912", "\"depth\": 2"},
    {"most depth", "\"file_bytes\": 536870912", "\"depth\": 64"},
    {"no pins", "\"lifecycle\": {", "\"pins\": {}, \"lifecycle\": {"},
    {"pin under a program's tree", "\"lifecycle\": {",
     "\"pins\": {\"/output/x\": " DIGEST "}, \"lifecycle\": {"},
};

static void test_accepted(void **state)
{
    for (size_t i = 0; i < VC_COUNT(accepted); i++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
        vc_cleanup(vc_policy_freep) struct vc_policy *policy = nullptr;
        uint8_t hash[VC_SHA256_SIZE];
        struct vc_err err = {};

        vc_fixture_text(*state, accepted[i].find, accepted[i].replace, &text);
        if (vc_policy_parse(vc_buffer_bytes(&text), &policy, &err) != VC_OK)
            fail_msg("%s: %s", accepted[i].name, err.text);
        vc_sha256(vc_buffer_bytes(&text), hash);
        assert_memory_equal(hash, policy->hash, sizeof(hash));
        assert_int_equal(policy->text.size, text.size);
        assert_memory_equal(policy->text.data, text.data, text.size);
    }
}

static const struct refusal {
    const char *find;
    const char *replace;
    enum vc_code code;
    const char *err; /* how the text begins */
} refusals[] = {
    /* the head */
    {"{\"version\": 1,", "[\"version\", 1,", VC_MALFORMED, "line "},
    {"\"version\": 1,", "", VC_MALFORMED, "no \"version\""},
    {"\"version\": 1,", "\"version\": 2, \"new\": 3,", VC_LIMIT, "version: 2, at most 1"},
    {"\"version\": 1,", "\"version\": 0,", VC_LIMIT, "version: 0, at least 1"},
    {"\"version\": 1,", "\"version\": \"1\",", VC_MALFORMED, "version: a string"},
    {"\"version\": 1,", "\"version\": 1.0,", VC_MALFORMED, "version: a number with"},
    {"\"version\": 1,", "\"version\": 1, \"versions\": 1,", VC_MALFORMED,
     "unknown key \"versions\""},
    {"\"version\": 1,", "\"version\": 1, \"version\": 1,", VC_MALFORMED, "line 1, column"},
    {"\"name\": \"ad-campaign\",", "", VC_MALFORMED, "no \"name\""},
    {"\"ad-campaign\"", "7", VC_MALFORMED, "name: a whole number, a string wanted"},
    {"\"ad-campaign\"", "\"\"", VC_MALFORMED, "name: a name is"},
    {"\"ad-campaign\"", "\"-ad\"", VC_MALFORMED, "name: a name is"},
    {"\"ad-campaign\"", "\"Ad\"", VC_MALFORMED, "name: a name is"},
    {"\"ad-campaign\"", "\"a d\"", VC_MALFORMED, "name: a name is"},
    {"\"ad-campaign\"", "\"01234567890123456789012345678901234567890123456789012345678901234\"",
     VC_MALFORMED, "name: a name is"},
    {"\"2027-06-30T00:00:00Z\"", "\"2027-06-31T00:00:00Z\"", VC_MALFORMED, "expires: "},
    {"\"2027-06-30T00:00:00Z\"", "\"2027-06-30\"", VC_MALFORMED, "expires: "},
    {"\"2027-06-30T00:00:00Z\"", "1", VC_MALFORMED, "expires: a whole number"},
    /* attestation */
    {"\"attestation\"", "\"atestation\"", VC_MALFORMED, "unknown key \"atestation\""},
    {"\"attestation\": {", "\"attestation\": {\"key\": 1, ", VC_MALFORMED,
     "attestation: unknown key \"key\""},
    {"\"url\": \"https://127.0.0.1:4000\", ", "", VC_MALFORMED, "attestation: no \"url\""},
    {"https://127", "http://127", VC_MALFORMED, "attestation.url: https://host:port wanted"},
    {"https://127.0.0.1:4000", "https://127.0.0.1", VC_MALFORMED, "attestation.url: "},
    {"127.0.0.1:4000", "127.0.0.1:4000/", VC_MALFORMED, "attestation.url: "},
    {"127.0.0.1:4000", "127.0.0.1:0", VC_MALFORMED, "attestation.url: "},
    {"127.0.0.1:4000", "127.0.0.1:04000", VC_MALFORMED, "attestation.url: "},
    {"127.0.0.1:4000", "127.0.0.1:65536", VC_MALFORMED, "attestation.url: "},
    {"127.0.0.1:4000", "127.0.0.1:184467440737", VC_MALFORMED, "attestation.url: "},
    {"127.0.0.1:4000", ":4000", VC_MALFORMED, "attestation.url: "},
    {"127.0.0.1:4000", "-h:4000", VC_MALFORMED, "attestation.url: "},
    {"127.0.0.1:4000", "a@b:4000", VC_MALFORMED, "attestation.url: "},
    {"127.0.0.1:4000", "[]:4000", VC_MALFORMED, "attestation.url: "},
    {"127.0.0.1:4000", "[::1:4000", VC_MALFORMED, "attestation.url: "},
    {"\"ca\": @CA@,", "", VC_MALFORMED, "attestation: no \"ca\""},
    {"@CA@", "\"\"", VC_MALFORMED, "attestation.ca: "},
    {"@CA@", "\"-----BEGIN CERTIFICATE-----\\nAAAA\\n-----END CERTIFICATE-----\\n\"", VC_MALFORMED,
     "attestation.ca: "},
    {"@CA@", "@SHOP@", VC_REFUSED, "attestation.ca: not the certificate of a CA"},
    {"600,", "59,", VC_LIMIT, "attestation.max_age_seconds: 59, at least 60"},
    {"600,", "86401,", VC_LIMIT, "attestation.max_age_seconds: 86401, at most 86400"},
    {"600,", "1e3,", VC_MALFORMED, "attestation.max_age_seconds: a number with"},
    {"600,", "-0,", VC_MALFORMED, "line "},
    {"{\"process\": ", "{\"sev\": ", VC_MALFORMED, "attestation.platforms: unknown key \"sev\""},
    {"{\"process\": {\"measurements\"", "{}, \"platforms2\": {\"process\": {\"measurements\"",
     VC_MALFORMED, "attestation: unknown key \"platforms2\""},
    {"\"platforms\": {\"process\"", "\"platforms\": [{\"process\"", VC_MALFORMED, "line "},
    {"{\"measurements\"", "{\"minimum\": 1, \"measurements\"", VC_MALFORMED,
     "attestation.platforms.process: unknown key \"minimum\""},
    {"\"1111", "\"111", VC_MALFORMED, "attestation.platforms.process.measurements[0]: "},
    {"\"1111", "\"11111", VC_MALFORMED, "attestation.platforms.process.measurements[0]: "},
    {"\"1111", "\"A111", VC_MALFORMED, "attestation.platforms.process.measurements[0]: "},
    {"\"2222222222222222222222222222222222222222222222222222222222222222\"",
     "\"1111111111111111111111111111111111111111111111111111111111111111\"", VC_REFUSED,
     "attestation.platforms.process.measurements[1]: the same as [0]"},
    /* principals */
    {"\"principals\": {", "\"principals\": {}, \"principal\": {", VC_MALFORMED,
     "unknown key \"principal\""},
    {"\"shop\": {\"cert", "\"Shop\": {\"cert", VC_MALFORMED, "principals.Shop: a name is"},
    {"\"shop\": {\"cert", "\"\": {\"cert", VC_MALFORMED, "principals.: a name is"},
    {"\"certificate\": @SHOP@", "", VC_MALFORMED, "principals.shop: no \"certificate\""},
    {"\"certificate\": @SHOP@", "\"certificate\": @SHOP@, \"mail\": \"\"", VC_MALFORMED,
     "principals.shop: unknown key \"mail\""},
    {"{\"certificate\": @SHOP@}", "@SHOP@", VC_MALFORMED, "principals.shop: a string, an object"},
    {"@SHOP@", "[@SHOP@]", VC_MALFORMED, "principals.shop.certificate: an array, a string"},
    {"@SHOP@", "@CA@", VC_REFUSED, "principals.shop.certificate: "},
    {"@SHOP@", "@ADVERTISER@", VC_REFUSED,
     "principals.shop.certificate: the same as that of advertiser"},
    /* programs */
    {"\"programs\": {", "\"programs\": [{", VC_MALFORMED, "line "},
    {"\"intersect\": {",
     "\"shop\": {\"path\": \"/p\", \"sha256\": \"333333333333333333333333333333"
     "3333333333333333333333333333333333\"}, \"intersect\": {",
     VC_REFUSED, "programs.shop: the name of a principal too"},
    {"\"intersect\": {", "\"Intersect\": {", VC_MALFORMED, "programs.Intersect: a name is"},
    {"\"path\": \"/program/intersect.wasm\",", "", VC_MALFORMED, "programs.intersect: no \"path\""},
    {"\"path\": \"/program/intersect.wasm\",", "\"path\": \"\",", VC_MALFORMED,
     "programs.intersect.path: empty path"},
    {"\"path\": \"/program/intersect.wasm\",", "\"path\": \"/program/\",", VC_MALFORMED,
     "programs.intersect.path: names a directory"},
    {"\"path\": \"/program/intersect.wasm\",", "\"path\": \"/a/..\",", VC_MALFORMED,
     "programs.intersect.path: names a directory"},
    {"\"path\": \"/program/intersect.wasm\",", "\"path\": \"/a\\n\",", VC_MALFORMED,
     "programs.intersect.path: control character"},
    {"\"path\": \"/program/sum.wasm\"", "\"path\": \"/program/x/../intersect.wasm\"", VC_REFUSED,
     "programs.sum.path: the same as that of intersect"},
    {"\"path\": \"/program/sum.wasm\"", "\"path\": \"/program/intersect.wasm/x\"", VC_REFUSED,
     "programs.intersect.path: above or below that of sum"},
    {"\"path\": \"/program/sum.wasm\"", "\"path\": \"/program\"", VC_REFUSED,
     "programs.intersect.path: above or below that of sum"},
    {"\"3333", "\"333", VC_MALFORMED, "programs.intersect.sha256: "},
    {"\"interpret\"", "\"jit\"", VC_MALFORMED, "programs.intersect.strategy: "},
    {"\"interpret\"", "true", VC_MALFORMED, "programs.intersect.strategy: true, a string"},
    {"[\"intersect\", \"-v\"]", "[]", VC_LIMIT, "programs.intersect.arguments: no elements"},
    {"[\"intersect\", \"-v\"]", "[1]", VC_MALFORMED, "programs.intersect.arguments[0]: a whole"},
    {"[\"intersect\", \"-v\"]", "\"intersect\"", VC_MALFORMED, "programs.intersect.arguments: "},
    {"\"-v\"", "\"\\u0000\"", VC_MALFORMED, "line "},
    {"\"LANG\"", "\"LA-NG\"", VC_MALFORMED, "programs.intersect.environment.LA-NG: a variable's"},
    {"\"LANG\"", "\"A=B\"", VC_MALFORMED, "programs.intersect.environment.A=B: a variable's"},
    {"\"LANG\"", "\"\"", VC_MALFORMED, "programs.intersect.environment.: a variable's"},
    {"\"LANG\": \"C\"", "\"LANG\": 1", VC_MALFORMED, "programs.intersect.environment.LANG: "},
    {"\"clock\": true", "\"clock\": 1", VC_MALFORMED, "programs.intersect.clock: "},
    {"\"randomness\": false", "\"randomness\": null", VC_MALFORMED,
     "programs.intersect.randomness: null, true or false wanted"},
    {"\"/input/query.txt\"", "\"/other/query.txt\"", VC_REFUSED,
     "programs.intersect.stdin: rights: the program intersect has no right to read"},
    {"\"/output/log.txt\"", "\"/input/log.txt\"", VC_REFUSED,
     "programs.intersect.stdout: rights: "},
    {"\"/output/errors.txt\"", "\"/errors.txt\"", VC_REFUSED,
     "programs.intersect.stderr: rights: "},
    {"\"/output/log.txt\"", "\"/output/\"", VC_MALFORMED, "programs.intersect.stdout: names"},
    {"\"limits\": {", "\"limits\": {\"memory\": 1, ", VC_MALFORMED,
     "programs.intersect.limits: unknown key \"memory\""},
    {"\"memory_mib\": 32", "\"memory_mib\": 70000", VC_LIMIT,
     "programs.intersect.limits.memory_mib: 70000, at most 4096"},
    {"\"memory_mib\": 32", "\"memory_mib\": 0", VC_LIMIT,
     "programs.intersect.limits.memory_mib: 0, at least 1"},
    {"\"memory_mib\": 32", "\"memory_mib\": -1", VC_LIMIT,
     "programs.intersect.limits.memory_mib: "},
    {"\"stack_kib\": 512", "\"stack_kib\": 63", VC_LIMIT, "programs.intersect.limits.stack_kib: "},
    {"\"stack_kib\": 512", "\"stack_kib\": 65537", VC_LIMIT,
     "programs.intersect.limits.stack_kib: "},
    {"\"cpu_seconds\": 10", "\"cpu_seconds\": 0", VC_LIMIT,
     "programs.intersect.limits.cpu_seconds"},
    {"\"cpu_seconds\": 10", "\"cpu_seconds\": 31622401", VC_LIMIT,
     "programs.intersect.limits.cpu_seconds: 31622401, at most 31622400"},
    {"\"wall_seconds\": 30", "\"wall_seconds\": 0", VC_LIMIT,
     "programs.intersect.limits.wall_seconds"},
    {"\"wall_seconds\": 30", "\"wall_seconds\": 31622401", VC_LIMIT,
     "programs.intersect.limits.wall_seconds: 31622401, at most 31622400"},
    {"\"files\": 16", "\"files\": 4097", VC_LIMIT, "programs.intersect.limits.files: 4097"},
    {"\"files\": 16", "\"files\": 1001", VC_REFUSED,
     "programs.intersect.limits.files: 1001, at most storage.files, 1000"},
    {"\"output_bytes\": 1048576", "\"output_bytes\": 1099511627777", VC_LIMIT,
     "programs.intersect.limits.output_bytes: 1099511627777, at most 1099511627776"},
    {"\"output_bytes\": 1048576", "\"output_bytes\": 1073741825", VC_REFUSED,
     "programs.intersect.limits.output_bytes: 1073741825, at most storage.bytes, 1073741824"},
    {"\"output_bytes\": 1048576", "\"output_bytes\": 18446744073709551616", VC_MALFORMED, "line "},
    {"\"files\": 16", "\"open_files\": 7", VC_LIMIT,
     "programs.intersect.limits.open_files: 7, at least 8"},
    {"\"files\": 16", "\"open_files\": 4097", VC_LIMIT,
     "programs.intersect.limits.open_files: 4097, at most 4096"},
    {"\"files\": 16", "\"processes\": 0", VC_LIMIT,
     "programs.intersect.limits.processes: 0, at least 1"},
    {"\"files\": 16", "\"processes\": 17", VC_LIMIT,
     "programs.intersect.limits.processes: 17, at most 16"},
    {"\"files\": 16", "\"written_bytes\": 1048575", VC_LIMIT,
     "programs.intersect.limits.written_bytes: 1048575, at least 1048576"},
    {"\"files\": 16", "\"written_bytes\": 17592186044417", VC_LIMIT,
     "programs.intersect.limits.written_bytes: 17592186044417, at most 17592186044416"},
    {"\"clock\": true", "\"partial_outputs\": 1", VC_MALFORMED,
     "programs.intersect.partial_outputs: a whole number, true or false wanted"},
    {"\"clock\": true", "\"progress\": \"yes\"", VC_MALFORMED,
     "programs.intersect.progress: a string, true or false wanted"},
    {"\"clock\": true", "\"preopens\": \"/\"", VC_MALFORMED, "programs.intersect.preopens: a str"},
    {"\"clock\": true", "\"preopens\": []", VC_LIMIT,
     "programs.intersect.preopens: no elements, at least 1"},
    {"\"clock\": true", "\"preopens\": [1]", VC_MALFORMED, "programs.intersect.preopens[0]: a who"},
    {"\"clock\": true", "\"preopens\": [\"\"]", VC_MALFORMED,
     "programs.intersect.preopens[0]: empty path"},
    {"\"clock\": true", "\"preopens\": [\"a\\n\"]", VC_MALFORMED,
     "programs.intersect.preopens[0]: control character"},
    {"\"clock\": true", "\"preopens\": [\"/\", \"a\", \"/\"]", VC_REFUSED,
     "programs.intersect.preopens[2]: the same as [0]"},
    {"\"clock\": true", "\"preopens\": [\"/program/sum.wasm\"]", VC_REFUSED,
     "programs.intersect.preopens[0]: can never be a directory"},
    {"\"clock\": true", "\"preopens\": [\"/program/sum.wasm/x\"]", VC_REFUSED,
     "programs.intersect.preopens[0]: can never be a directory"},
    /* pins */
    {"\"lifecycle\": {", "\"pins\": [], \"lifecycle\": {", VC_MALFORMED,
     "pins: an array, an object"},
    {"\"lifecycle\": {", "\"pins\": {\"/x\": 1}, \"lifecycle\": {", VC_MALFORMED,
     "pins./x: a whole number, a string wanted"},
    {"\"lifecycle\": {", "\"pins\": {\"/x\": \"55\"}, \"lifecycle\": {", VC_MALFORMED,
     "pins./x: 2"},
    {"\"lifecycle\": {", "\"pins\": {\"/x/\": " DIGEST "}, \"lifecycle\": {", VC_MALFORMED,
     "pins./x/: names a directory"},
    {"\"lifecycle\": {", "\"pins\": {\"\": " DIGEST "}, \"lifecycle\": {", VC_MALFORMED,
     "pins.: empty path"},
    {"\"lifecycle\": {", "\"pins\": {\"/program/sum.wasm\": " DIGEST "}, \"lifecycle\": {",
     VC_REFUSED, "pins./program/sum.wasm: the path of the program sum"},
    {"\"lifecycle\": {", "\"pins\": {\"/program\": " DIGEST "}, \"lifecycle\": {", VC_REFUSED,
     "pins./program: above or below the path of the program intersect"},
    {"\"lifecycle\": {", "\"pins\": {\"/program/sum.wasm/a\": " DIGEST "}, \"lifecycle\": {",
     VC_REFUSED, "pins./program/sum.wasm/a: above or below the path of the program sum"},
    {"\"lifecycle\": {", "\"pins\": {\"/x\": " DIGEST ", \"x\": " DIGEST "}, \"lifecycle\": {",
     VC_REFUSED, "pins./x: pinned twice"},
    {"\"lifecycle\": {", "\"pins\": {\"/x/y\": " DIGEST ", \"/x\": " DIGEST "}, \"lifecycle\": {",
     VC_REFUSED, "pins./x/y: above or below /x"},
    {"\"file_bytes\": 536870912}", "\"depth\": 2}, \"pins\": {\"/x/y/z\": " DIGEST "}", VC_REFUSED,
     "pins./x/y/z: deeper than storage.depth, 2"},
    {"\"lifecycle\": {", "\"pins\": {\"/output/log.txt\": " DIGEST "}, \"lifecycle\": {",
     VC_REFUSED, "programs.intersect.stdout: pins./output/log.txt: no program may write it"},
    {"{\"program\": \"sum\", \"may\": [\"write\", \"delete\"], \"path\": \"/\"}]",
     "{\"program\": \"sum\", \"may\": [\"write\", \"delete\"], \"path\": \"/x\"}], "
     "\"pins\": {\"/x\": " DIGEST "}",
     VC_REFUSED, "rights[6].may: no program may change a pinned file"},
    /* rights */
    {"\"rights\": [", "\"rights\": {\"a\": [", VC_MALFORMED, "line "},
    {"\"rights\": [", "\"rights\": [7, ", VC_MALFORMED, "rights[0]: a whole number, an object"},
    {"{\"principal\": \"advertiser\", \"may\": [\"write\"]", "{\"may\": [\"write\"]", VC_MALFORMED,
     "rights[0]: exactly one of"},
    {"{\"principal\": \"advertiser\", ", "{\"principal\": \"advertiser\", \"program\": \"sum\", ",
     VC_MALFORMED, "rights[0]: exactly one of"},
    {"{\"principal\": \"advertiser\", ", "{\"principal\": \"advertiser\", \"node\": \"sum\", ",
     VC_MALFORMED, "rights[0]: unknown key \"node\""},
    {"{\"principal\": \"advertiser\"", "{\"principal\": \"bank\"", VC_REFUSED,
     "rights[0].principal: no principal \"bank\""},
    {"{\"principal\": \"advertiser\"", "{\"principal\": \"sum\"", VC_REFUSED,
     "rights[0].principal: no principal \"sum\""},
    {"{\"principal\": \"advertiser\"", "{\"principal\": \"B\\u001b[31m\"", VC_MALFORMED,
     "rights[0].principal: a name is"},
    {"{\"program\": \"sum\"", "{\"program\": \"shop\"", VC_REFUSED,
     "rights[6].program: no program \"shop\""},
    {"\"may\": [\"write\"],", "\"may\": [],", VC_LIMIT, "rights[0].may: no elements"},
    {"\"may\": [\"write\"],", "\"may\": \"write\",", VC_MALFORMED, "rights[0].may: a string, an"},
    {"\"may\": [\"write\"],", "\"may\": [\"write\", \"write\"],", VC_MALFORMED,
     "rights[0].may[1]: write a second time"},
    {"\"may\": [\"write\"],", "\"may\": [\"rename\"],", VC_MALFORMED, "rights[0].may[0]: one of"},
    {"\"may\": [\"write\"],", "", VC_MALFORMED, "rights[0]: no \"may\""},
    {", \"path\": \"/input/viewers.csv\"", "", VC_MALFORMED, "rights[0]: no \"path\""},
    {"\"/input/viewers.csv\"", "\"/input/..\"", VC_MALFORMED, "rights[0].path: names a directory"},
    {"\"/input/viewers.csv\"", "\"/\\u007f\"", VC_MALFORMED, "rights[0].path: control character"},
    {"\"may\": [\"write\"],", "\"may\": [\"execute\"],", VC_REFUSED,
     "rights[0].path: no program's path"},
    {"\"path\": \"/input/buyers/\"",
     "\"path\": \"/input/buyers/\"}, {\"principal\": \"shop\", \"may\": [\"execute\"], "
     "\"path\": \"/program/\"",
     VC_REFUSED, "rights[3].path: no program's path"},
    {"[\"execute\", \"write\"],\n   \"path\": \"/program/intersect.wasm\"",
     "[\"execute\"], \"path\": \"/program/intersect.wasm/\"", VC_REFUSED,
     "rights[1].path: no program's path"},
    {"{\"program\": \"sum\", \"may\": [\"write\", \"delete\"], \"path\": \"/\"}",
     "{\"program\": \"sum\", \"may\": [\"execute\"], \"path\": \"/program/sum.wasm\"}", VC_REFUSED,
     "rights[6].may: execute is for principals"},
    {"{\"program\": \"sum\", \"may\": [\"write\", \"delete\"], \"path\": \"/\"}",
     "{\"program\": \"sum\", \"may\": [\"read\", \"write\"], \"path\": \"/program/sum.wasm\"}",
     VC_REFUSED, "rights[6].may: no program may change the module of a program, sum"},
    {"{\"program\": \"sum\", \"may\": [\"write\", \"delete\"], \"path\": \"/\"}",
     "{\"program\": \"sum\", \"may\": [\"append\"], \"path\": \"/program/intersect.wasm\"}",
     VC_REFUSED, "rights[6].may: no program may change the module of a program, intersect"},
    {"{\"program\": \"sum\", \"may\": [\"write\", \"delete\"], \"path\": \"/\"}",
     "{\"program\": \"sum\", \"may\": [\"delete\"], \"path\": \"/program/intersect.wasm/\"}",
     VC_REFUSED, "rights[6].may: no program may change the module of a program, intersect"},
    /* storage */
    {"\"storage\": {", "\"storage\": {\"inodes\": 1, ", VC_MALFORMED, "storage: unknown key"},
    {"\"files\": 1000", "\"files\": 0", VC_LIMIT, "storage.files: 0, at least 1"},
    {"\"files\": 1000", "\"files\": 65537", VC_LIMIT, "storage.files: 65537, at most 65536"},
    {"\"bytes\": 1073741824", "\"bytes\": 0", VC_LIMIT, "storage.bytes: 0, at least 1"},
    {"\"bytes\": 1073741824", "\"bytes\": 1099511627777", VC_LIMIT, "storage.bytes: "},
    {"\"file_bytes\": 536870912", "\"file_bytes\": 1073741825", VC_LIMIT,
     "storage.file_bytes: 1073741825, at most 1073741824"},
    {"\"file_bytes\": 536870912", "\"file_bytes\": 0", VC_LIMIT, "storage.file_bytes: 0, at least"},
    {"\"file_bytes\": 536870912", "\"depth\": 0", VC_LIMIT, "storage.depth: 0, at least 1"},
    {"\"file_bytes\": 536870912", "\"depth\": 65", VC_LIMIT, "storage.depth: 65, at most 64"},
    {"\"file_bytes\": 536870912", "\"depth\": 1", VC_REFUSED,
     "programs.intersect.path: deeper than storage.depth, 1"},
    /* lifecycle */
    {"\"lifecycle\": {", "\"lifecycle\": {\"loop\": 1, ", VC_MALFORMED, "lifecycle: unknown key"},
    {"{\"program\": \"intersect\", \"at_most\": 2}", "{\"at_most\": 2}", VC_MALFORMED,
     "lifecycle.runs[0]: no \"program\""},
    {"{\"program\": \"intersect\", \"at_most\": 2}", "{\"program\": \"intersect\"}", VC_MALFORMED,
     "lifecycle.runs[0]: no \"at_most\""},
    {"\"intersect\", \"at_most\": 2", "\"psi\", \"at_most\": 2", VC_REFUSED,
     "lifecycle.runs[0].program: no program \"psi\""},
    {"\"at_most\": 2}", "\"at_most\": 2, \"per\": \"day\"}", VC_MALFORMED,
     "lifecycle.runs[0]: unknown key \"per\""},
    {"\"at_most\": 2", "\"at_most\": 0", VC_LIMIT, "lifecycle.runs[0].at_most: 0, at least 1"},
    {"\"at_most\": 2", "\"at_most\": 1000001", VC_LIMIT, "lifecycle.runs[0].at_most: "},
    {"\"at_most\": 2}", "\"at_most\": 2}, {\"program\": \"intersect\", \"at_most\": 3}", VC_REFUSED,
     "lifecycle.runs[1].program: the same as in [0]"},
    {"\"freeze_inputs\": true", "\"freeze_inputs\": \"true\"", VC_MALFORMED,
     "lifecycle.freeze_inputs: "},
    {"\"shutdown\": [\"shop\"]", "\"shutdown\": \"shop\"", VC_MALFORMED, "lifecycle.shutdown: "},
    {"\"shutdown\": [\"shop\"]", "\"shutdown\": [\"sum\"]", VC_REFUSED,
     "lifecycle.shutdown[0]: no principal \"sum\""},
    {"\"shutdown\": [\"shop\"]", "\"shutdown\": [\"shop\", \"shop\"]", VC_REFUSED,
     "lifecycle.shutdown[1]: the same as [0]"},
    {"[\"/output/sum.txt\"]", "[\"/output/\"]", VC_MALFORMED,
     "lifecycle.shutdown_when_read[0]: names a directory"},
    {"[\"/output/sum.txt\"]", "[\"/output/log.txt\"]", VC_REFUSED,
     "lifecycle.shutdown_when_read[0]: no principal may read /output/log.txt"},
    {"[\"/output/sum.txt\"]", "[\"/output/sum.txt\", \"output//sum.txt\"]", VC_REFUSED,
     "lifecycle.shutdown_when_read[1]: the same as [0]"},
};

static void test_refused(void **state)
{
    for (size_t i = 0; i < VC_COUNT(refusals); i++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
        struct vc_policy *policy = nullptr;
        struct vc_err err = {};
        enum vc_code code;

        vc_fixture_text(*state, refusals[i].find, refusals[i].replace, &text);
        code = vc_policy_parse(vc_buffer_bytes(&text), &policy, &err);
        if (code != refusals[i].code || err.code != code || policy != nullptr)
            fail_msg("%s: code %s: %s", refusals[i].err, vc_code_name(code), err.text);
        if (strncmp(err.text, refusals[i].err, strlen(refusals[i].err)) != 0)
            fail_msg("%s: %s", refusals[i].err, err.text);
    }
}

static void test_cut_at_every_byte(void **state)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};

    vc_fixture_text(*state, nullptr, "", &text);
    for (size_t size = 0; size < text.size; size++) {
        struct vc_policy *policy = nullptr;
        uint8_t *exact = malloc(size + 1);

        assert_non_null(exact);
        memcpy(exact, text.data, size);
        assert_int_not_equal(vc_policy_parse((struct vc_bytes){exact, size}, &policy, nullptr),
                             VC_OK);
        free(exact);
    }
    assert_int_equal(vc_buffer_append_text(&text, "}", nullptr), VC_OK);
    struct vc_policy *policy = nullptr;

    assert_int_equal(vc_policy_parse(vc_buffer_bytes(&text), &policy, nullptr), VC_MALFORMED);
}

static void test_one_byte_is_another_policy(void **state)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    vc_cleanup(vc_policy_freep) struct vc_policy *first = vc_fixture_policy(*state, nullptr, "");
    static const uint8_t flips[] = {0x01, 0x10, 0x20};
    size_t parsed = 0;

    vc_fixture_text(*state, nullptr, "", &text);
    for (size_t i = 0; i < VC_COUNT(flips) * text.size; i++) {
        vc_cleanup(vc_policy_freep) struct vc_policy *other = nullptr;
        uint8_t *byte = &text.data[i / VC_COUNT(flips)];

        *byte ^= flips[i % VC_COUNT(flips)];
        if (vc_policy_parse(vc_buffer_bytes(&text), &other, nullptr) == VC_OK) {
            assert_memory_not_equal(first->hash, other->hash, VC_SHA256_SIZE);
            parsed++;
        }
        *byte ^= flips[i % VC_COUNT(flips)];
    }
    assert_true(parsed > 0); /* such as another digit of a digest */
}

/* The pattern with each '#' replaced by the number. */
static void append_item(struct vc_buffer *list, const char *pattern, size_t number)
{
    while (*pattern != '\0') {
        size_t size = strcspn(pattern, "#");

        assert_int_equal(vc_buffer_printf(list, nullptr, "%.*s", (int)size, pattern), VC_OK);
        pattern += size;
        if (*pattern == '\0')
            break;
        assert_int_equal(vc_buffer_printf(list, nullptr, "%zu", number), VC_OK);
        pattern++;
    }
}

/* In place of `find`: parts[0], then parts[1] `count` times with its number, then parts[2]. */
static enum vc_code parse_many(const struct vc_fixture *fixture, const char *find,
                               const char *const parts[3], size_t count, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer list = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = nullptr;

    append_item(&list, parts[0], 0);
    for (size_t i = 0; i < count; i++) {
        append_item(&list, i > 0 ? "," : "", 0);
        append_item(&list, parts[1], i);
    }
    append_item(&list, parts[2], 0);
    assert_int_equal(vc_buffer_printf(&list, nullptr, "%c", '\0'), VC_OK);
    vc_fixture_text(fixture, find, (const char *)list.data, &text);
    return vc_policy_parse(vc_buffer_bytes(&text), &policy, err);
}

static const struct many {
    const char *find;
    const char *parts[3];
    size_t most;
    const char *err;
} manys[] = {
    {"[\"intersect\", \"-v\"]", {"[", "\"a\"", "]"}, 64, "programs.intersect.arguments: 65"},
    {"\"clock\": true",
     {"\"preopens\": [", "\"p#\"", "]"},
     VC_POLICY_PREOPENS_MAX,
     "programs.intersect.preopens: 17"},
    {"\"lifecycle\": {",
     {"\"pins\": {", "\"/pin/#x\": " DIGEST, "}, \"lifecycle\": {"},
     VC_POLICY_PINS_MAX,
     "pins: 257"},
    {"{\"LANG\": \"C\", \"x_1\": \"\"}",
     {"{", "\"V#\": \"\"", "}"},
     64,
     "programs.intersect.environment: 65"},
    {"{\"principal\": \"advertiser\", \"may\": [\"write\"], \"path\": \"/input/viewers.csv\"}",
     {"", "{\"principal\": \"shop\", \"may\": [\"read\"], \"path\": \"/x/#\"}", ""},
     VC_POLICY_RIGHTS_MAX - 6,
     "rights: 16385 elements, at most 16384"},
    {"\"sum\": {",
     {"",
      "\"p#\": {\"path\": \"/p/#x\", \"sha256\": "
      "\"4444444444444444444444444444444444444444444444444444444444444444\"}",
      ", \"sum\": {"},
     VC_POLICY_PROGRAMS_MAX - 2,
     "programs: 257 members, at most 256"},
};

static void test_many(void **state)
{
    for (size_t i = 0; i < VC_COUNT(manys); i++) {
        const struct many *many = &manys[i];
        struct vc_err err = {};

        if (parse_many(*state, many->find, many->parts, many->most, &err) != VC_OK)
            fail_msg("%s: %s", many->err, err.text);
        assert_int_equal(parse_many(*state, many->find, many->parts, many->most + 1, &err),
                         VC_LIMIT);
        if (strncmp(err.text, many->err, strlen(many->err)) != 0)
            fail_msg("%s: %s", many->err, err.text);
    }
}

static void test_too_many_principals(void **state)
{
    static const char *const parts[] = {"", "\"p#\": {}", ", \"shop\": {"};
    struct vc_err err = {};

    assert_int_equal(parse_many(*state, "\"shop\": {", parts, VC_POLICY_PRINCIPALS_MAX - 1, &err),
                     VC_LIMIT);
    assert_string_equal(err.text, "principals: 1025 members, at most 1024");
}

static void test_empty_maps(void **)
{
    static const char head[] = "{\"version\": 1, \"name\": \"a\", "
                               "\"expires\": \"2027-06-30T00:00:00Z\", \"attestation\": {}}";
    struct vc_policy *policy = nullptr;
    struct vc_err err = {};

    assert_int_equal(
        vc_policy_parse((struct vc_bytes){(const uint8_t *)head, sizeof(head) - 1}, &policy, &err),
        VC_MALFORMED);
    assert_string_equal(err.text, "attestation: no \"url\"");
}

static void test_size(void **state)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vc_policy *policy = nullptr;

    vc_fixture_text(*state, nullptr, "", &text);
    while (text.size < VC_POLICY_SIZE_MAX)
        assert_int_equal(vc_buffer_append_text(&text, " ", nullptr), VC_OK);
    assert_int_equal(vc_policy_parse(vc_buffer_bytes(&text), &policy, nullptr), VC_OK);
    vc_policy_free(policy);
    policy = nullptr;
    assert_int_equal(vc_buffer_append_text(&text, " ", nullptr), VC_OK);
    assert_int_equal(vc_policy_parse(vc_buffer_bytes(&text), &policy, nullptr), VC_LIMIT);
    assert_null(policy);
}

static void test_texts_at_their_limits(void **state)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer value = {};
    struct vc_err err = {};

    for (size_t size = 4096; size <= 4097; size++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
        vc_cleanup(vc_policy_freep) struct vc_policy *policy = nullptr;

        value.size = 0;
        assert_int_equal(vc_buffer_printf(&value, nullptr, "\"%0*d\"%c", (int)size, 0, '\0'),
                         VC_OK);
        vc_fixture_text(*state, "\"-v\"", (const char *)value.data, &text);
        assert_int_equal(vc_policy_parse(vc_buffer_bytes(&text), &policy, &err),
                         size == 4096 ? VC_OK : VC_LIMIT);
    }
    assert_string_equal(err.text, "programs.intersect.arguments[1]: 4097 bytes, at most 4096");
}

static void test_time(void **state)
{
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = vc_fixture_policy(*state, nullptr, "");
    vc_cleanup(vc_policy_freep) struct vc_policy *longer =
        vc_fixture_policy(*state, "2027-06-30T", "2029-06-30T");
    struct vc_err err = {};

    assert_int_equal(vc_policy_check_time(policy, VC_FIXTURE_NOW, &err), VC_OK);
    assert_int_equal(vc_policy_check_time(policy, policy->expires - 1, &err), VC_OK);
    assert_int_equal(vc_policy_check_time(policy, policy->expires, &err), VC_REFUSED);
    assert_string_equal(err.text, "expires: the policy ended at 2027-06-30T00:00:00Z");
    assert_int_equal(vc_policy_check_time(longer, longer->expires - 1, &err), VC_REFUSED);
    assert_int_equal(strncmp(err.text, "attestation.ca: ", 16), 0);
    assert_int_equal(vc_policy_check_time(policy, 0, &err), VC_REFUSED);
}

static void test_lookups(void **state)
{
    const struct vc_fixture *fixture = *state;
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = vc_fixture_policy(fixture, nullptr, "");
    struct vc_bytes der = vc_cert_der(fixture->shop);
    size_t index = 99;

    assert_false(vc_policy_find_principal(policy, "sum", &index));
    assert_false(vc_policy_find_program(policy, "shop", &index));
    assert_false(vc_policy_program_at(policy, "/program", &index));
    assert_false(vc_policy_principal_by_certificate(policy, vc_cert_der(fixture->ca), &index));
    assert_false(vc_policy_principal_by_certificate(policy, (struct vc_bytes){}, &index));
    assert_int_equal(index, 99);
    assert_true(vc_policy_find_principal(policy, "shop", &index));
    assert_int_equal(index, 1);
    assert_true(vc_policy_find_program(policy, "sum", &index));
    assert_int_equal(index, 1);
    assert_true(vc_policy_program_at(policy, "/program/intersect.wasm", &index));
    assert_int_equal(index, 0);
    assert_true(vc_policy_principal_by_certificate(policy, der, &index));
    assert_int_equal(index, 1);
    der.size--;
    assert_false(vc_policy_principal_by_certificate(policy, der, &index));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_everything_is_read),
        cmocka_unit_test(test_what_a_run_may_is_read),
        cmocka_unit_test(test_pins_are_read),
        cmocka_unit_test(test_rights_and_life_are_read),
        cmocka_unit_test(test_accepted),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_cut_at_every_byte),
        cmocka_unit_test(test_one_byte_is_another_policy),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_too_many_principals),
        cmocka_unit_test(test_empty_maps),
        cmocka_unit_test(test_size),
        cmocka_unit_test(test_texts_at_their_limits),
        cmocka_unit_test(test_time),
        cmocka_unit_test(test_lookups),
    };

    return cmocka_run_group_tests_name("policy", tests, vc_fixture_setup, vc_fixture_teardown);
}
