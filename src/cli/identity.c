/* SPDX-License-Identifier: MIT */

/* The verbs about identities: new, show. */

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hex.h"
#include "base/instant.h"
#include "cli/new_file.h"
#include "cli/verbs.h"
#include "client/line.h"
#include "codec/json.h"
#include "crypto/certificate.h"
#include "policy/policy.h"

static constexpr int64_t DAY_S = 86400;
static constexpr int64_t SKEW_S = 300; /* clocks of others may be behind */
static constexpr uint64_t DAYS_DEFAULT = 365;
static constexpr size_t PATH_SIZE = 4096;
static constexpr size_t CERT_FILE_MAX = 65536;

static bool name_valid(const char *name)
{
    static const char first[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    static const char rest[] = "abcdefghijklmnopqrstuvwxyz0123456789_.-";
    size_t size = strlen(name);

    return size >= 1 && size <= VC_POLICY_NAME_MAX && strchr(first, name[0]) != nullptr &&
           strspn(name, rest) == size;
}

static const char INSTEAD[] = "choose another name or --out";

static enum vc_code make_pair(const char *name, int64_t days, struct vc_cert **cert,
                              struct vc_buffer pem[2], struct vc_err *err)
{
    vc_cleanup(vc_key_freep) struct vc_key *key = nullptr;
    int64_t now = (int64_t)time(nullptr);
    enum vc_code code = vc_key_new(&key, err);

    if (code == VC_OK)
        code = vc_cert_new_identity(key, name, now - SKEW_S, now + days * DAY_S, cert, err);
    if (code == VC_OK)
        code = vc_key_encode_private_pem(key, &pem[0], err);
    if (code == VC_OK)
        code = vc_cert_encode_pem(*cert, &pem[1], err);
    return code;
}

/* The key first, so that a certificate never stands there without one. */
static enum vc_code store_pair(const char *const paths[2], const struct vc_buffer pem[2],
                               struct vc_err *err)
{
    if (access(paths[1], F_OK) == 0) {
        return vc_fail(err, VC_STATE, "%s exists already, and is not overwritten: %s", paths[1],
                       INSTEAD);
    }
    enum vc_code code = vc_new_file_store(paths[0], vc_buffer_bytes(&pem[0]), 0600, INSTEAD, err);

    if (code != VC_OK)
        return code;
    code = vc_new_file_store(paths[1], vc_buffer_bytes(&pem[1]), 0644, INSTEAD, err);
    if (code != VC_OK)
        (void)unlink(paths[0]);
    return code;
}

static void fingerprint_of(const struct vc_cert *cert, char hex[2 * VC_SHA256_SIZE + 1])
{
    uint8_t digest[VC_SHA256_SIZE];

    vc_sha256(vc_cert_der(cert), digest);
    vc_hex_encode((struct vc_bytes){digest, sizeof(digest)}, hex);
}

static int print_new(struct vc_command *command, const char *const paths[2],
                     const struct vc_cert *cert)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vc_json_writer writer = vc_json_writer_over(&text);
    struct vc_err err = {};
    char until[VC_INSTANT_TEXT_MAX];
    char fingerprint[2 * VC_SHA256_SIZE + 1];

    vc_instant_format(vc_cert_not_after(cert), until);
    fingerprint_of(cert, fingerprint);
    if (!command->json) {
        if (vc_buffer_printf(&text, &err,
                             "%s  (secret: keep it)\n%s  (give it to who writes the policy)\n"
                             "sha256 %s, valid until %s\n",
                             paths[0], paths[1], fingerprint, until) != VC_OK)
            return vc_command_fail_in(command, &err);
        return vc_command_print(command, vc_buffer_bytes(&text));
    }
    vc_json_open_object(&writer, nullptr);
    vc_json_put_string(&writer, "key", paths[0]);
    vc_json_put_string(&writer, "certificate", paths[1]);
    vc_json_put_string(&writer, "sha256", fingerprint);
    vc_json_put_string(&writer, "not_after", until);
    vc_json_close_object(&writer);
    return vc_command_print_json(command, vc_json_write_end(&writer, &err), &text, &err);
}

static int name_files(struct vc_command *command, const char *name, char key[PATH_SIZE],
                      char crt[PATH_SIZE])
{
    const char *folder = vc_option_value(&command->arguments, "out");
    const char *slash = folder != nullptr ? "/" : "";

    if (!name_valid(name)) {
        return vc_command_fail_usage(command,
                                     "%.80s: a name is 1 to 64 of a-z 0-9 _ . - and begins with a "
                                     "letter or digit, as in policies",
                                     name);
    }
    if (folder == nullptr)
        folder = "";
    if (strlen(folder) > PATH_SIZE / 2)
        return vc_command_fail_usage(command, "--out: the path is too long");
    if (folder[0] != '\0' && mkdir(folder, 0777) < 0 && errno != EEXIST) {
        struct vc_err err = {};

        (void)vc_fail_host(&err, "%s", folder);
        return vc_command_fail_in(command, &err);
    }
    (void)snprintf(key, PATH_SIZE, "%s%s%s.key", folder, slash, name);
    (void)snprintf(crt, PATH_SIZE, "%s%s%s.crt", folder, slash, name);
    return VCC_OK;
}

static int run_new(struct vc_command *command)
{
    vc_cleanup(vc_cert_freep) struct vc_cert *cert = nullptr;
    struct vc_buffer pem[2] = {};
    const char *name = command->arguments.operands[0];
    uint64_t days = DAYS_DEFAULT;
    char key_path[PATH_SIZE];
    char crt_path[PATH_SIZE];
    const char *const paths[2] = {key_path, crt_path};
    struct vc_err err = {};
    enum vc_code code =
        vc_option_number(&command->arguments, "days", (const uint64_t[]){1, 3650}, &days, &err);

    if (code != VC_OK)
        return vc_command_fail_input(command, &err);
    int exit_code = name_files(command, name, key_path, crt_path);

    if (exit_code != VCC_OK)
        return exit_code;
    code = make_pair(name, (int64_t)days, &cert, pem, &err);
    if (code == VC_OK)
        code = store_pair(paths, pem, &err);
    vc_buffer_done(&pem[0]); /* wipes the key */
    vc_buffer_done(&pem[1]);
    if (code != VC_OK)
        return vc_command_fail_in(command, &err);
    return print_new(command, paths, cert);
}

/* Whether the certificate will do in a policy, now: "" or the reason why not. */
static void judge(const struct vc_cert *cert, struct vc_err *verdict)
{
    enum vc_code code = vc_cert_check_identity(cert, verdict);

    if (code == VC_OK)
        code = vc_cert_check_time(cert, (int64_t)time(nullptr), verdict);
    if (code == VC_OK)
        *verdict = (struct vc_err){};
}

static enum vc_code write_certificate(struct vc_command *command, const struct vc_cert *cert,
                                      struct vc_buffer *text, struct vc_err *err)
{
    struct vc_json_writer writer = vc_json_writer_over(text);
    struct vc_err verdict = {};
    char name[256];
    char from[VC_INSTANT_TEXT_MAX];
    char until[VC_INSTANT_TEXT_MAX];
    char fingerprint[2 * VC_SHA256_SIZE + 1];

    judge(cert, &verdict);
    vc_line_clean(vc_cert_common_name(cert), name, sizeof(name));
    vc_instant_format(vc_cert_not_before(cert), from);
    vc_instant_format(vc_cert_not_after(cert), until);
    fingerprint_of(cert, fingerprint);
    if (!command->json) {
        return vc_buffer_printf(
            text, err, "name      %s\nvalid     %s to %s\nsha256    %s\nidentity  %s%s\n", name,
            from, until, fingerprint,
            verdict.code == VC_OK ? "fit for a policy" : "not fit: ", verdict.text);
    }
    vc_json_open_object(&writer, nullptr);
    vc_json_put_string(&writer, "name", name);
    vc_json_put_string(&writer, "not_before", from);
    vc_json_put_string(&writer, "not_after", until);
    vc_json_put_string(&writer, "sha256", fingerprint);
    vc_json_put_boolean(&writer, "fit", verdict.code == VC_OK);
    vc_json_put_string(&writer, "reason", verdict.text);
    vc_json_close_object(&writer);
    return vc_json_write_end(&writer, err);
}

static int run_show(struct vc_command *command)
{
    vc_cleanup(vc_cert_freep) struct vc_cert *cert = nullptr;
    vc_cleanup(vc_buffer_done) struct vc_buffer pem = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    const char *path = command->arguments.operands[0];
    struct vc_err err = {};
    enum vc_code code = vc_file_load(path, CERT_FILE_MAX, &pem, &err);

    if (code != VC_OK)
        return vc_command_fail_input(command, &err);
    code = vc_cert_parse_pem(vc_buffer_bytes(&pem), &cert, &err);
    if (code != VC_OK) {
        (void)vc_fail_in(&err, code, "%s", path);
        return vc_command_fail_input(command, &err);
    }
    code = write_certificate(command, cert, &text, &err);
    if (command->json)
        return vc_command_print_json(command, code, &text, &err);
    if (code != VC_OK)
        return vc_command_fail_in(command, &err);
    return vc_command_print(command, vc_buffer_bytes(&text));
}

static const struct vc_option new_options[] = {
    {.name = "out", .value = "DIR", .help = "where to put both files (made if missing)"},
    {.name = "days", .value = "N", .help = "how long the certificate is valid, 1 to 3650 (365)"},
    {},
};

const struct vc_verb vc_verb_identity_new = {
    .name = "identity new",
    .operands = "NAME",
    .operand_count = {1, 1},
    .options = new_options,
    .summary = "make a key and a certificate for a party",
    .examples = "  veracruz identity new bank                  bank.key (mode 0600) and bank.crt\n"
                "  veracruz identity new bank --out ids --days 90\n",
    .run = run_new,
};

const struct vc_verb vc_verb_identity_show = {
    .name = "identity show",
    .operands = "FILE",
    .operand_count = {1, 1},
    .summary = "what a certificate says, and whether it will do in a policy",
    .examples = "  veracruz identity show bank.crt\n",
    .run = run_show,
};
