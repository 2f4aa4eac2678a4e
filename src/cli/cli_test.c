/* SPDX-License-Identifier: MIT */

/* The command as a function: words in, text and exit code out. No network, no container. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "cli/command.h"
#include "codec/json.h"
#include "crypto/certificate.h"
#include "crypto/key.h"
#include "policy/policy.h"

/* What one use of the command said. */
struct said {
    int exit_code;
    char *out, *err;
};

static void said_done(struct said *said)
{
    free(said->out);
    free(said->err);
}

/* Runs the words of a null-terminated list. */
static struct said say(const char *const *words)
{
    struct said said = {};
    size_t out_size;
    size_t err_size;
    size_t count = 0;
    char *copies[64];
    FILE *out = open_memstream(&said.out, &out_size);
    FILE *err = open_memstream(&said.err, &err_size);

    assert_non_null(out);
    assert_non_null(err);
    for (; words[count] != nullptr; count++)
        copies[count] = strdup(words[count]);
    said.exit_code = vc_command_main(copies, count, out, err);
    for (size_t i = 0; i < count; i++)
        free(copies[i]);
    (void)fclose(out);
    (void)fclose(err);
    return said;
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, nullptr})

static void expect(const char *const *words, int exit_code, const char *on_out, const char *on_err)
{
    vc_cleanup(said_done) struct said said = say(words);

    if (said.exit_code != exit_code || strstr(said.out, on_out) == nullptr ||
        strstr(said.err, on_err) == nullptr) {
        fail_msg("%s %s: %d instead of %d\n%s%s", words[0], words[1], said.exit_code, exit_code,
                 said.out, said.err);
    }
    if (exit_code == VCC_MALFORMED && strstr(said.out, "{") == nullptr)
        assert_string_equal(said.out, "");
}

/* -------------------------------------------------------------------------------------- command */

static void test_words(void **)
{
    expect(WORDS("--help"), 0, "identity new NAME", "");
    expect(WORDS("--version"), 0, "veracruz ", "");
    expect(WORDS("help", "put"), 0, "usage: veracruz put", "");
    expect(WORDS("policy", "--help"), 0, "veracruz policy check", "");
    expect(WORDS("polcy"), 2, "", "did you mean `policy`?");
    expect(WORDS("policy"), 2, "", "needs one of: new, check, show, hash, explain");
    expect(WORDS("policy", "chek"), 2, "", "did you mean `policy check`?");
    expect(WORDS("xyzzyx"), 2, "", "`veracruz --help` lists them");
    expect(WORDS("put", "--polcy", "x"), 2, "", "did you mean --policy?");
    expect(WORDS("put", "--xyzzyx"), 2, "", "--help lists");
    expect(WORDS("put", "-p"), 2, "", "options are written --name");
    expect(WORDS("put", "--policy"), 2, "", "--policy FILE");
    expect(WORDS("put", "--policy", "a", "--policy", "b"), 2, "", "given twice");
    expect(WORDS("put", "--json=x"), 2, "", "takes no value");
    expect(WORDS("put", "a"), 2, "", "usage: veracruz put [OPTION...] LOCAL PATH");
    expect(WORDS("put", "a", "b", "c"), 2, "", "usage");
    expect(WORDS("put", "--json", "a"), 2, "\"exit_code\":2", "usage");
    expect(WORDS("put", "--", "--policy", "b"), 2, "", "no policy: give --policy FILE");
    expect(WORDS("get", "--json", "/a", "-"), 2, "", "share");
    expect(WORDS("stream"), 2, "", "needs one of: put, get, ls, leave");
    expect(WORDS("receipt"), 2, "", "needs one of: save, link, verify, picture");
    expect(WORDS("receipt", "verfy", "a"), 2, "", "did you mean `receipt verify`?");
    expect(WORDS("receipt", "verify", "a"), 2, "", "no policy: give --policy FILE");
    expect(WORDS("receipt", "link", "a"), 2, "", "of which policy?");
    expect(WORDS("receipt", "save", "-", "--json"), 2, "", "share");
    expect(WORDS("journal", "--since", "-1"), 2, "", "--since -1: not a number");
    expect(WORDS("policy", "explain"), 2, "", "which policy?");
    expect(WORDS("policy", "narrow", "{}"), 2, "", "no policy");
    expect(WORDS("stream", "pt"), 2, "", "did you mean `stream put`?");
    expect(WORDS("stream", "put"), 2, "", "usage: veracruz stream put [OPTION...] STREAM [LOCAL]");
    expect(WORDS("stream", "get", "--json", "a"), 2, "", "share");
    expect(WORDS("stream", "put", "a", "--patience", "0"), 2, "", "not a number from 1");
}

static void test_missing_container(void **)
{
    expect(WORDS("ls"), 2, "", "no policy: give --policy FILE or set VERACRUZ_POLICY");
    expect(WORDS("ls", "--policy", "p"), 2, "",
           "no identity: give --identity PREFIX or set VERACRUZ_IDENTITY; make one with "
           "`veracruz identity new`");
    expect(WORDS("ls", "--policy=p", "--identity=i"), 2, "", "no container: give --container");
    expect(WORDS("ls", "--policy=/nonexistent", "--identity=i", "--container=c"), 1, "",
           "/nonexistent");
    assert_int_equal(setenv("VERACRUZ_POLICY", "/nonexistent", 1), 0);
    assert_int_equal(setenv("VERACRUZ_IDENTITY", "i", 1), 0);
    assert_int_equal(setenv("VERACRUZ_CONTAINER", "c", 1), 0);
    expect(WORDS("ls"), 1, "", "/nonexistent");
    assert_int_equal(setenv("VERACRUZ_POLICY", "", 1), 0);
    expect(WORDS("ls"), 2, "", "no policy");
    (void)unsetenv("VERACRUZ_POLICY");
    (void)unsetenv("VERACRUZ_IDENTITY");
    (void)unsetenv("VERACRUZ_CONTAINER");
}

/* Every verb says how it is used, with examples. */
static void test_help_of_all(void **)
{
    static const char *const verbs[][2] = {
        {"identity", "new"},    {"identity", "show"},     {"policy", "new"},
        {"policy", "check"},    {"policy", "show"},       {"policy", "hash"},
        {"policy", "explain"},  {"attestation", "serve"}, {"attestation", "endorse"},
        {"attestation", "log"}, {"machine", "show"},      {"measure", nullptr},
        {"serve", nullptr},     {"put", nullptr},         {"append", nullptr},
        {"get", nullptr},       {"ls", nullptr},          {"rm", nullptr},
        {"run", nullptr},       {"status", nullptr},      {"kill", nullptr},
        {"shutdown", nullptr},  {"doctor", nullptr},      {"stream", "put"},
        {"stream", "get"},      {"stream", "ls"},         {"stream", "leave"},
        {"policy", "narrow"},   {"consent", "give"},      {"consent", "ls"},
        {"journal", nullptr},   {"receipt", "save"},      {"receipt", "link"},
        {"receipt", "verify"},  {"receipt", "picture"},
    };

    for (size_t i = 0; i < VC_COUNT(verbs); i++) {
        const char *words[4] = {verbs[i][0]};

        words[1] = verbs[i][1] != nullptr ? verbs[i][1] : "--help";
        words[2] = verbs[i][1] != nullptr ? "--help" : nullptr;
        vc_cleanup(said_done) struct said said = say(words);

        assert_int_equal(said.exit_code, 0);
        assert_non_null(strstr(said.out, "usage: veracruz "));
        assert_non_null(strstr(said.out, "\nexamples:\n  "));
        assert_non_null(strstr(said.out, "--json"));
        assert_string_equal(said.err, "");
    }
}

/* ------------------------------------------------------------------------------------- identity */

static int enter_folder(void **state)
{
    char *folder = strdup("/tmp/veracruz-cli-XXXXXX");

    *state = folder;
    return folder != nullptr && mkdtemp(folder) != nullptr && chdir(folder) == 0 ? 0 : -1;
}

static int leave_folder(void **state)
{
    static const char *const files[] = {"bank.crt", "bank.key",    "ids/shop.crt", "ids/shop.key",
                                        "ca.crt",   "policy.json", "bad.json",     "p.wasm",
                                        "abc",      "shop.crt",    "shop.key"};

    for (size_t i = 0; i < VC_COUNT(files); i++)
        (void)unlink(files[i]);
    (void)rmdir("ids");
    assert_int_equal(chdir("/"), 0);
    int result = rmdir(*state); /* fails if a verb left something behind */

    free(*state);
    return result;
}

static struct vc_cert *load_certificate(const char *path)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer pem = {};
    struct vc_cert *cert = nullptr;

    assert_int_equal(vc_file_load(path, 65536, &pem, nullptr), VC_OK);
    assert_int_equal(vc_cert_parse_pem(vc_buffer_bytes(&pem), &cert, nullptr), VC_OK);
    return cert;
}

static void test_identity_new(void **)
{
    vc_cleanup(vc_cert_freep) struct vc_cert *cert = nullptr;
    vc_cleanup(vc_buffer_done) struct vc_buffer pem = {};
    vc_cleanup(vc_key_freep) struct vc_key *key = nullptr;
    vc_cleanup(vc_key_freep) struct vc_key *of_cert = nullptr;
    vc_cleanup(vc_buffer_done) struct vc_buffer mine = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer its = {};
    struct stat status;

    expect(WORDS("identity", "new", "bank"), 0, "bank.key", "");
    assert_int_equal(stat("bank.key", &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    cert = load_certificate("bank.crt");
    assert_string_equal(vc_cert_common_name(cert), "bank");
    assert_int_equal(vc_cert_check_identity(cert, nullptr), VC_OK);
    assert_int_equal(vc_file_load("bank.key", 65536, &pem, nullptr), VC_OK);
    assert_int_equal(vc_key_parse_private_pem(vc_buffer_bytes(&pem), &key, nullptr), VC_OK);
    assert_int_equal(vc_cert_key(cert, &of_cert, nullptr), VC_OK);
    assert_int_equal(vc_key_encode_public_der(key, &mine, nullptr), VC_OK);
    assert_int_equal(vc_key_encode_public_der(of_cert, &its, nullptr), VC_OK);
    assert_int_equal(mine.size, its.size);
    assert_memory_equal(mine.data, its.data, mine.size);
}

static void test_identity_keeps(void **)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer before = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer after = {};

    assert_int_equal(vc_file_load("bank.key", 65536, &before, nullptr), VC_OK);
    expect(WORDS("identity", "new", "bank"), 1, "", "not overwritten");
    assert_int_equal(unlink("bank.crt"), 0);
    expect(WORDS("identity", "new", "bank"), 1, "", "bank.key exists already");
    assert_int_equal(access("bank.crt", F_OK), -1);
    assert_int_equal(vc_file_load("bank.key", 65536, &after, nullptr), VC_OK);
    assert_int_equal(before.size, after.size);
    assert_memory_equal(before.data, after.data, before.size);
    assert_int_equal(unlink("bank.key"), 0);
    expect(WORDS("identity", "new", "bank"), 0, "", "");
}

static void test_identity_arguments(void **)
{
    expect(WORDS("identity", "new", "Bank"), 2, "", "a name is 1 to 64");
    expect(WORDS("identity", "new", "../bank"), 2, "", "a name is 1 to 64");
    expect(WORDS("identity", "new", ""), 2, "", "a name is 1 to 64");
    expect(WORDS("identity", "new", "a", "--days", "0"), 2, "", "from 1 to 3650");
    expect(WORDS("identity", "new", "a", "--days", "3651"), 2, "", "from 1 to 3650");
    expect(WORDS("identity", "new", "a", "--days", "-1"), 2, "", "from 1 to 3650");
    expect(WORDS("identity", "new", "a", "--days", "1x"), 2, "", "from 1 to 3650");
    expect(WORDS("identity", "new", "shop", "--out", "ids", "--days", "5", "--json"), 0,
           "\"certificate\":\"ids/shop.crt\"", "");
    expect(WORDS("identity", "show", "ids/shop.crt"), 0, "fit for a policy", "");
    expect(WORDS("identity", "show", "ids/shop.crt", "--json"), 0, "\"fit\":true", "");
    expect(WORDS("identity", "show", "ids/shop.key"), 2, "", "ids/shop.key");
    expect(WORDS("identity", "show", "none.crt"), 1, "", "none.crt");
}

/* --------------------------------------------------------------------------------------- policy */

static void make_inputs(void)
{
    vc_cleanup(vc_key_freep) struct vc_key *key = nullptr;
    vc_cleanup(vc_cert_freep) struct vc_cert *ca = nullptr;
    vc_cleanup(vc_buffer_done) struct vc_buffer pem = {};
    static const uint8_t module[] = {0, 'a', 's', 'm', 1, 0, 0, 0};
    static const uint8_t model[] = {'a', 'b', 'c'};

    assert_int_equal(vc_key_new(&key, nullptr), VC_OK);
    assert_int_equal(vc_cert_new_ca(key, "service", 0, 4000000000, &ca, nullptr), VC_OK);
    assert_int_equal(vc_cert_encode_pem(ca, &pem, nullptr), VC_OK);
    assert_int_equal(vc_file_store("ca.crt", vc_buffer_bytes(&pem), 0644, nullptr), VC_OK);
    assert_int_equal(vc_file_store("p.wasm", VC_BYTES(module), 0644, nullptr), VC_OK);
    assert_int_equal(vc_file_store("abc", VC_BYTES(model), 0644, nullptr), VC_OK);
}

#define MEASUREMENT      "7777777777777777777777777777777777777777777777777777777777777777"
#define LONG_MEASUREMENT MEASUREMENT "77777777777777777777777777777777"
#define POLICY_BASE                                                                  \
    "policy", "new", "--out", "policy.json", "--name", "demo", "--expires", "+30d",  \
        "--attestation-url", "https://127.0.0.1:4000", "--attestation-ca", "ca.crt", \
        "--measurement", MEASUREMENT, "--principal", "bank=bank.crt", "--program", "psi.v2=p.wasm"

static struct vc_policy *load_policy(void)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vc_policy *policy = nullptr;
    struct vc_err err = {};

    assert_int_equal(vc_file_load("policy.json", 1 << 20, &text, nullptr), VC_OK);
    if (vc_policy_parse(vc_buffer_bytes(&text), &policy, &err) != VC_OK)
        fail_msg("%s", err.text);
    return policy;
}

static void test_policy_new(void **)
{
    make_inputs();
    expect(WORDS(POLICY_BASE, "--set", "psi.v2.memory_mib=128", "--set", "psi.v2.argument=psi",
                 "--set", "psi.v2.argument=a=b", "--set", "psi.v2.environment.LANG=C", "--right",
                 "bank:write,execute   /program/psi.v2.wasm", "--right", "psi.v2: read,list /in/",
                 "--set", "psi.v2.preopen=in", "--set", "psi.v2.progress=true", "--pin",
                 "/in/model=p.wasm", "--pin", "/in/abc=abc", "--storage", "depth=9", "--storage",
                 "files=7", "--runs", "psi.v2=3", "--freeze-inputs", "--shutdown", "bank",
                 "--shutdown-when-read", "/out/x", "--right", "bank: read /out/x"),
           0, "policy.json: ok", "");
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = load_policy();

    assert_string_equal(policy->name, "demo");
    assert_string_equal(policy->programs[0].path, "/program/psi.v2.wasm");
    assert_int_equal(policy->programs[0].limits.memory_mib, 128);
    assert_int_equal(policy->programs[0].argument_count, 2);
    assert_string_equal(policy->programs[0].arguments[1], "a=b");
    assert_string_equal(policy->programs[0].environment[0], "LANG=C");
    assert_int_equal(policy->right_count, 3);
    assert_int_equal(policy->rights[0].may, VC_RIGHT_WRITE | VC_RIGHT_EXECUTE);
    assert_true(policy->rights[1].tree);
    assert_int_equal(policy->storage.files, 7);
    assert_int_equal(policy->storage.depth, 9);
    assert_string_equal(policy->programs[0].preopens[0].name, "in");
    assert_true(policy->programs[0].progress);
    assert_int_equal(policy->pin_count, 2);
    assert_string_equal(policy->pins[0].path, "/in/model");
    assert_memory_equal(policy->pins[0].sha256, policy->programs[0].sha256, VC_SHA256_SIZE);
    assert_string_equal(policy->pins[1].path, "/in/abc");
    assert_int_equal(policy->pins[1].sha256[0], 0xba); /* FIPS 180-2, appendix B.1 */
    assert_int_equal(policy->lifecycle.runs[0].count_max, 3);
    assert_true(policy->lifecycle.freeze_inputs);
    assert_int_equal(policy->attestation.platforms[0].measurements[0].bytes[31], 0x77);
    expect(WORDS("policy", "check", "policy.json"), 0, "policy.json: ok", "");
    expect(WORDS("policy", "check", "policy.json", "--json"), 0, "\"ok\":true", "");
    expect(WORDS("policy", "show", "policy.json"), 0, "memory 128 MiB", "");
    expect(WORDS("policy", "show", "policy.json"), 0, "pinned\n  /in/model, sha256 ", "");
    expect(WORDS("policy", "show", "policy.json"), 0, "128 open files, 16 at once", "");
    expect(WORDS("policy", "show", "policy.json", "--json"), 0, "\"memory_mib\"", "");
    expect(WORDS("policy", "explain", "policy.json"), 0, "bank", "");
    expect(WORDS("policy", "explain", "policy.json", "--json"), 0, "{\"explanation\":", "");
}

static void test_policy_check(void **)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};

    assert_int_equal(vc_file_load("policy.json", 1 << 20, &text, nullptr), VC_OK);
    assert_int_equal(vc_buffer_append(&text, VC_BYTES(""), nullptr), VC_OK);
    char *number = strstr((char *)text.data, "128");

    assert_non_null(number);
    memcpy(number, "0  ", 3);
    text.size--;
    assert_int_equal(vc_file_store("bad.json", vc_buffer_bytes(&text), 0644, nullptr), VC_OK);
    expect(WORDS("policy", "check", "bad.json"), 2, "",
           "bad.json: programs.psi.v2.limits.memory_mib: 0, at least 1\n");
    expect(WORDS("policy", "check", "bad.json", "--json"), 2, "memory_mib: 0, at least 1", "");
    expect(WORDS("policy", "hash", "bad.json"), 2, "", "memory_mib");
    expect(WORDS("policy", "check", "p.wasm"), 2, "", "p.wasm: ");
    expect(WORDS("policy", "check", "none.json"), 1, "", "none.json");
}

static void test_policy_arguments(void **)
{
    expect(WORDS(POLICY_BASE, "--pin", "/in/model"), 2, "", "--pin PATH=FILE");
    expect(WORDS(POLICY_BASE, "--pin", "/in/model=none"), 1, "", "--pin PATH=FILE: none");
    expect(WORDS(POLICY_BASE, "--pin", "/in/=p.wasm"), 2, "", "pins./in/: names a directory");
    expect(WORDS("policy", "new", "--json"), 2, "",
           "a policy needs --name NAME, --expires TIME, --attestation-url URL, --attestation-ca "
           "FILE, --principal NAME=FILE.crt, --out FILE");
    expect(WORDS(POLICY_BASE, "--set", "psi.memory_mib=1"), 2, "", "name of no --program");
    expect(WORDS(POLICY_BASE, "--set", "psi.v2.memory_mib"), 2, "", "--set NAME.KEY=VALUE");
    expect(WORDS(POLICY_BASE, "--set", "psi.v2.memory_mib=4097"), 2, "", "at most 4096");
    expect(WORDS(POLICY_BASE, "--set", "psi.v2.nonsense=1"), 2, "", "nonsense");
    expect(WORDS(POLICY_BASE, "--right", "bank read /x"), 2, "", "--right 'WHO");
    expect(WORDS(POLICY_BASE, "--right", "bank: read"), 2, "", "no path");
    expect(WORDS(POLICY_BASE, "--right", "bank: fly /x"), 2, "", "read write append");
    expect(WORDS(POLICY_BASE, "--right", "nobody: read /x"), 2, "", "nobody");
    expect(WORDS(POLICY_BASE, "--runs", "psi.v2=many"), 2, "", "no number");
    expect(WORDS(POLICY_BASE, "--runs", "psi.v2=0"), 2, "", "at least 1");
    expect(WORDS(POLICY_BASE, "--storage", "files"), 2, "", "--storage KEY=VALUE");
    expect(WORDS(POLICY_BASE, "--principal", "shop=none.crt"), 1, "", "none.crt");
    expect(WORDS(POLICY_BASE, "--principal", "shop=p.wasm"), 2, "", "p.wasm");
    expect(WORDS(POLICY_BASE, "--program", "x=ca.crt"), 2, "", "not a WebAssembly module");
    expect(WORDS(POLICY_BASE, "--expires", "+1d"), 2, "", "given twice");
    expect(WORDS(POLICY_BASE, "--max-age", "soon"), 2, "", "attestation.max_age_seconds: a whole");
    expect(WORDS(POLICY_BASE, "--platform", "sev"), 2, "", "--platform sev: one of process, nitro");
    expect(WORDS(POLICY_BASE, "--platform", "snp"), 2, "",
           "snp: no measurement; --measurement HEX");
    expect(WORDS(POLICY_BASE, "--platform", "snp", "--measurement", "installed"), 2, "",
           "only what `process` measures");
    expect(WORDS(POLICY_BASE, "--platform", "snp", "--measurement", MEASUREMENT), 2, "",
           "platforms.snp.measurements[0]: 64 hex digits, 96 wanted");
    expect(WORDS(POLICY_BASE, "--platform", "snp", "--measurement", LONG_MEASUREMENT), 2, "",
           "platforms.snp.minimum_tcb: no \"bootloader\"");
    expect(
        WORDS(POLICY_BASE, "--platform", "tpm", "--measurement", MEASUREMENT, "--register", "pcr4"),
        2, "", "--register NAME=HEX");
    expect(WORDS(POLICY_BASE, "--register", "pcr4=00"), 2, "",
           "platforms.process.registers.pcr4: no such register");
    expect(WORDS(POLICY_BASE, "--platform", "snp", "--measurement", LONG_MEASUREMENT, "--vmpl", "1",
                 "--vmpl", "2"),
           2, "", "--vmpl is given twice");
}

/* What stands before and behind the words of a policy with streams. */
#define STREAMS                                                                                  \
    "--stream", "ticks: bank > psi.v2 length record_bytes=512 window_bytes=65536 uses=2",        \
        "--stream", "sums:psi.v2>bank,  shop\tlines partial  padded digest=sha-256", "--stream", \
        "copy: psi.v2 > shop resume_seconds=9", "--principal", "shop=shop.crt", "--set",         \
        "psi.v2.stdin=/stream/ticks", "--set", "psi.v2.stdout=/stream/sums"

static void test_policy_streams(void **)
{
    expect(WORDS("identity", "new", "shop"), 0, "shop", "");
    expect(WORDS(POLICY_BASE, STREAMS), 0, "policy.json: ok", "");
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = load_policy();

    assert_int_equal(policy->stream_count, 3);
    assert_string_equal(policy->streams[0].name, "ticks");
    assert_int_equal(policy->streams[0].producer.kind, VC_SUBJECT_PRINCIPAL);
    assert_int_equal(policy->streams[0].consumers[0].kind, VC_SUBJECT_PROGRAM);
    assert_int_equal(policy->streams[0].records, VC_RECORDS_LENGTH);
    assert_int_equal(policy->streams[0].record_bytes, 512);
    assert_int_equal(policy->streams[0].window_bytes, 65536);
    assert_int_equal(policy->streams[0].uses, 2);
    assert_string_equal(policy->streams[1].name, "sums");
    assert_int_equal(policy->streams[1].consumer_count, 2);
    assert_int_equal(policy->streams[1].consumers[1].index, 1);
    assert_int_equal(policy->streams[1].records, VC_RECORDS_LINES);
    assert_true(policy->streams[1].partial);
    assert_true(policy->streams[1].padded);
    assert_int_equal(policy->streams[1].mark, VC_MARK_SHA256);
    assert_int_equal(policy->streams[2].records, VC_RECORDS_BYTES);
    assert_int_equal(policy->streams[2].resume_seconds, 9);
    assert_string_equal(policy->programs[0].stdin_path, "/stream/ticks");
    expect(WORDS("policy", "show", "policy.json"), 0,
           "streams\n"
           "  ticks                bank > psi.v2 (program)\n"
           "                       records \"length\" of at most 512 bytes, window 65536 bytes, "
           "digest gmac\n"
           "                       partial no, padded no, 2 uses, 60 s to resume\n"
           "  sums                 psi.v2 (program) > bank, shop\n",
           "");
    expect(WORDS("policy", "show", "policy.json"), 0,
           "records \"bytes\", window 1048576 bytes, digest gmac\n", "");
    expect(WORDS("policy", "explain", "policy.json"), 0,
           "Only the program psi.v2 may produce the stream sums, and only the bank and the shop",
           "");
}

static void test_policy_stream_words(void **)
{
    static const struct {
        const char *word;
        const char *err;
    } rows[] = {
        {"ticks", "--stream 'NAME: FROM > TO[,TO] [WORD]': \"ticks\": no : and > behind it"},
        {"ticks bank > psi.v2", "no : and > behind it"},
        {"ticks > bank: psi.v2", "no : and > behind it"},
        {"ticks: bank", "no : and > behind it"},
        {": bank > psi.v2", "one name before : and >, and one behind"},
        {"ticks: > psi.v2", "one name before : and >, and one behind"},
        {"ticks: bank >", "one name before : and >, and one behind"},
        {"ticks: bank >  ", "one name before : and >, and one behind"},
        {"ticks: bank shop > psi.v2", "one name before : and >, and one behind"},
        {"my ticks: bank > psi.v2", "one name before : and >, and one behind"},
        {"ticks: bank > ,", "streams.ticks.consumers: no elements"},
        {"ticks: bank > psi.v2 fast", "\"fast\": bytes, lines, length, partial, padded or KEY=VAL"},
        {"ticks: bank > psi.v2 =1", "\"=1\": no ="},
        {"ticks: bank > psi.v2 speed=1", "streams.ticks: no setting \"speed\""},
        {"ticks: bank > psi.v2 lines length", "streams.ticks.records: set a second time"},
        {"ticks: bank > psi.v2 window_bytes=5", "streams.ticks.window_bytes: 5, at least 65536"},
        {"ticks: bank > psi.v2 padded=maybe", "streams.ticks.padded: true or false wanted"},
        {"ticks: bank > psi.v2 padded", "streams.ticks.padded: only for records"},
        {"ticks: bank > psi.v2,bank", "streams.ticks.consumers[1]: the stream's own producer"},
        {"ticks: bank > shop", "\"shop\" is neither a principal nor a program"},
        {"ticks: nobody > bank", "\"nobody\" is neither a principal nor a program"},
        {"Ticks: bank > psi.v2", "streams.Ticks: a name is"},
        {"ticks: bank > a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q", "at most 16 names after commas"},
        {"ticks: bank > psi.v2 a=1 a=1 a=1 a=1 a=1 a=1 a=1 a=1 a=1 a=1 a=1 a=1 a=1 a=1 a=1 a=1 b=1",
         "at most 16 words"},
    };

    for (size_t i = 0; i < VC_COUNT(rows); i++)
        expect(WORDS(POLICY_BASE, "--stream", rows[i].word), 2, "", rows[i].err);
    expect(WORDS(POLICY_BASE, "--stream", "t: bank > psi.v2", "--stream", "t: bank > psi.v2"), 2,
           "", "line ");
}

static void test_policy_platforms(void **)
{
    expect(WORDS(POLICY_BASE, "--max-age", "600", "--platform", "snp", "--measurement",
                 LONG_MEASUREMENT, "--minimum-tcb", "bootloader=4", "--minimum-tcb", "tee=0",
                 "--minimum-tcb", "snp=22", "--minimum-tcb", "microcode=209", "--vmpl", "1",
                 "--platform", "tdx", "--measurement", LONG_MEASUREMENT, "--register",
                 "rtmr1=" LONG_MEASUREMENT, "--register", "rtmr2=" LONG_MEASUREMENT, "--accept-tcb",
                 "UpToDate", "--accept-tcb", "SWHardeningNeeded", "--platform", "process",
                 "--machine", "01" MEASUREMENT),
           0, "policy.json: ok", "");
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = load_policy();
    const struct vc_policy_attestation *attestation = &policy->attestation;

    assert_int_equal(attestation->max_age_s, 600);
    assert_int_equal(attestation->platform_count, 3);
    assert_int_equal(attestation->platforms[0].kind, VC_PLATFORM_PROCESS);
    assert_int_equal(attestation->platforms[0].machine_count, 1);
    assert_int_equal(attestation->platforms[1].minimums[3].least, 209);
    assert_int_equal(attestation->platforms[1].vmpl, 1);
    assert_int_equal(attestation->platforms[2].register_count, 2);
    assert_int_equal(attestation->platforms[2].tcb_accepted,
                     1u << VC_TCB_UP_TO_DATE | 1u << VC_TCB_SW_HARDENING_NEEDED);
    expect(WORDS("policy", "show", "policy.json"), 0, "    microcode          at least 209\n", "");
    expect(WORDS("policy", "show", "policy.json"), 0, "    privilege level    1\n", "");
    expect(WORDS("policy", "show", "policy.json"), 0, "    TCB status         SWHardening", "");
    expect(WORDS("policy", "explain", "policy.json"), 0, "whoever operates it", "");
}

/* ------------------------------------------------------------------------------------------ keys
 */

static void test_policy_keys(void **)
{
    expect(WORDS(POLICY_BASE, "--key",
                 "ledger: bank > psi.v2 aes-256 gcm decrypt encrypt wrap=bank", "--key",
                 "root:bank>psi.v2 rsa-pair-2048 rsa-pss-sha-256 sign-hash id=1 export", "--key",
                 "peer: bank > psi.v2 x25519-pair ecdh derive", "--set", "psi.v2.kept_keys=3"),
           0, "policy.json: ok", "");
    vc_cleanup(vc_policy_freep) struct vc_policy *policy = load_policy();

    assert_int_equal(policy->key_count, 3);
    assert_string_equal(policy->keys[0].name, "ledger");
    assert_int_equal(policy->keys[0].id, 2);
    assert_int_equal(policy->keys[0].bits, 256);
    assert_int_equal(policy->keys[0].usage, 0x300);
    assert_int_equal(policy->keys[0].receiver_count, 1);
    assert_int_equal(policy->keys[1].id, 1);
    assert_int_equal(policy->keys[1].bits, 2048);
    assert_int_equal(policy->keys[1].usage, 0x1001);
    assert_int_equal(policy->keys[2].id, 3);
    assert_int_equal(policy->keys[2].bits, 255);
    assert_int_equal(policy->programs[0].kept_keys, 3);
    expect(WORDS("policy", "show", "policy.json"), 0,
           "keys\n"
           "  ledger               aes 256 of bank > psi.v2; wrapped for bank\n"
           "                       id 2, gcm, encrypt, decrypt\n"
           "  root                 rsa-pair 2048 of bank > psi.v2\n"
           "                       id 1, rsa-pss-sha-256, sign-hash, exported\n",
           "");
    expect(WORDS("policy", "show", "policy.json"), 0, "kept keys 3\n", "");
    expect(WORDS("policy", "explain", "policy.json"), 0,
           "Only the bank may give the key ledger, an AES key of 256 bits,", "");
}

static void test_policy_key_words(void **)
{
    static const struct {
        const char *word;
        const char *err;
    } rows[] = {
        {"ledger",
         "--key 'NAME: OWNER > PROGRAM[,PROGRAM] WORD': \"ledger\": no : and > behind it"},
        {"ledger: bank > ", "one name before : and >, and one behind"},
        {"ledger: bank > psi.v2", "keys.ledger: no \"type\""},
        {"ledger: bank > psi.v2 aes", "keys.ledger: no \"bits\""},
        {"ledger: bank > psi.v2 aes-256", "keys.ledger.usage: nobody could do anything with it"},
        {"ledger: bank > psi.v2 aes-200 gcm decrypt", "keys.ledger.bits: 200, but of the type aes"},
        {"ledger: bank > psi.v2 aes-256 decrypt", "keys.ledger: to decrypt needs an \"algorithm\""},
        {"ledger: bank > psi.v2 des-64 gcm decrypt", "\"des-64\": no type (aes-256, p256-pair),"},
        {"ledger: bank > psi.v2 aes- gcm decrypt", "\"aes-\": no type"},
        {"ledger: bank > psi.v2 256", "\"256\": no type"},
        {"ledger: bank > psi.v2 aes-256 aes-128 gcm", "keys.ledger.type: set a second time"},
        {"ledger: bank > psi.v2 aes-256 gcm ctr decrypt",
         "keys.ledger.algorithm: set a second time"},
        {"ledger: bank > psi.v2 aes-256 gcm decrypt decrypt", "decrypt a second time"},
        {"ledger: bank > psi.v2 aes-256 gcm decrypt id=0", "keys.ledger.id: 0, at least 1"},
        {"ledger: bank > psi.v2 aes-256 gcm decrypt id=x", "keys.ledger.id: a whole number wanted"},
        {"ledger: bank > psi.v2 aes-256 gcm decrypt lifetime=1", "no setting \"lifetime\""},
        {"ledger: bank > psi.v2 aes-256 gcm decrypt wrap=shop",
         "keys.ledger.wrap[0]: no principal"},
        {"ledger: shop > psi.v2 aes-256 gcm decrypt", "keys.ledger.owner: no principal \"shop\""},
        {"ledger: bank > psi aes-256 gcm decrypt", "keys.ledger.programs[0]: no program \"psi\""},
        {"ledger: bank > psi.v2 aes-256 hmac-sha-256 sign-message",
         "keys.ledger.algorithm: hmac-sha-256 is not for keys of the type aes"},
    };

    for (size_t i = 0; i < VC_COUNT(rows); i++)
        expect(WORDS(POLICY_BASE, "--key", rows[i].word), 2, "", rows[i].err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_missing_container),
        cmocka_unit_test(test_help_of_all),
        cmocka_unit_test(test_identity_new),
        cmocka_unit_test(test_identity_keeps),
        cmocka_unit_test(test_identity_arguments),
        cmocka_unit_test(test_policy_new),
        cmocka_unit_test(test_policy_check),
        cmocka_unit_test(test_policy_arguments),
        cmocka_unit_test(test_policy_platforms),
        cmocka_unit_test(test_policy_streams),
        cmocka_unit_test(test_policy_stream_words),
        cmocka_unit_test(test_policy_keys),
        cmocka_unit_test(test_policy_key_words),
    };

    (void)unsetenv("VERACRUZ_POLICY");
    (void)unsetenv("VERACRUZ_IDENTITY");
    (void)unsetenv("VERACRUZ_CONTAINER");
    return cmocka_run_group_tests_name("cli", tests, enter_folder, leave_folder);
}
