/* SPDX-License-Identifier: MIT */

/* The verb that looks at the attestation service's log: its head, whether it grew out of the one
 * that was seen before, and its entries. */

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "attest/attested.h"
#include "attest/log_tiles.h"
#include "base/hex.h"
#include "base/instant.h"
#include "cli/verbs.h"
#include "client/log_memory.h"
#include "client/policy_file.h"
#include "net/http_client.h"

static constexpr uint32_t TIMEOUT_MS = 30000;
static constexpr size_t URL_SCHEME_LENGTH = sizeof("https://") - 1; /* policies have no other */
static constexpr size_t ENTRIES_AT_ONCE = 256;

/* What one look at the log gathers. */
struct look {
    struct vc_policy *policy;
    struct vc_http_client *client;
    struct vc_log_head head;
    struct vc_log_store store;
    struct vc_log_seen seen;
    struct vc_log_tiles *tree; /* of the entries, if they are wanted */
    struct vc_buffer entries;  /* likewise */
};

static void look_done(struct look *look)
{
    vc_policy_free(look->policy);
    vc_http_client_free(look->client);
    vc_log_store_done(&look->store);
    vc_log_tiles_free(look->tree);
    vc_buffer_done(&look->entries);
}

/* Issued by the policy's CA, and no container's. */
static enum vc_code check_service(void *user, const struct vc_cert *peer, struct vc_err *err)
{
    const struct vc_policy *policy = user;
    struct vc_bytes extension;
    enum vc_code code =
        vc_cert_check_issued(peer, policy->attestation.ca, (int64_t)time(nullptr), err);

    if (code != VC_OK)
        return code;
    if (vc_cert_extension(peer, VC_ATTESTED_OID, &extension, nullptr) != VC_NOT_FOUND)
        return vc_fail(err, VC_UNTRUSTED, "it is a container, not the attestation service");
    return VC_OK;
}

static enum vc_code connect_service(struct look *look, struct vc_err *err)
{
    vc_cleanup(vc_tls_freep) struct vc_tls *tls = nullptr;
    const char *address = look->policy->attestation.url + URL_SCHEME_LENGTH;
    char name[256];
    enum vc_code code = vc_tls_new_client(nullptr, nullptr, check_service, look->policy, &tls, err);

    if (code != VC_OK)
        return code;
    (void)snprintf(name, sizeof(name), "%.*s", (int)strcspn(address, ":/"), address);
    code = vc_http_client_connect(address, name, tls, TIMEOUT_MS, &look->client, err);
    return code == VC_OK
               ? VC_OK
               : vc_fail_in(err, code, "attestation service %s", look->policy->attestation.url);
}

static enum vc_code get(const struct look *look, const char *target, struct vc_http_answer *answer,
                        struct vc_err *err)
{
    struct vc_http_call call = {.method = "GET", .target = target, .idle_timeout_ms = TIMEOUT_MS};
    enum vc_code code = vc_http_client_call(look->client, &call, answer, err);

    if (code == VC_OK && answer->status != 200)
        code = vc_fail(err, VC_MALFORMED, "%s: the service answers %u", target, answer->status);
    return code;
}

/* The JSON object that the service answers, and where its member is. */
struct found {
    struct vc_json *json;
    struct vc_json_place member;
};

static void found_done(struct found *found)
{
    vc_json_free(found->json);
}

static enum vc_code get_member(const struct look *look, const char *target, const char *name,
                               struct found *found, struct vc_err *err)
{
    struct vc_http_answer answer = {};
    struct vc_json_place root;
    enum vc_code code = get(look, target, &answer, err);

    if (code == VC_OK)
        code = vc_json_parse(vc_buffer_bytes(&answer.body), &found->json, err);
    vc_http_answer_done(&answer);
    if (code != VC_OK)
        return code;
    root = vc_json_root(found->json);
    return vc_json_member(&root, name, &found->member, err);
}

static enum vc_code get_head(struct look *look, struct vc_err *err)
{
    vc_cleanup(found_done) struct found found = {};
    enum vc_code code = get_member(look, "/v1/log/head", "head", &found, err);

    if (code == VC_OK)
        code = vc_log_head_parse(&found.member, &look->head, err);
    return code == VC_OK ? vc_log_head_check(&look->head, look->policy->attestation.ca, err) : code;
}

/* Did the smaller of the two heads grow into the larger? */
static enum vc_code check_growth(const struct look *look, struct vc_err *err)
{
    vc_cleanup(found_done) struct found found = {};
    const struct vc_log_head *seen = &look->seen.memory.head;
    struct vc_log_proof proof = {};
    char target[96];
    enum vc_code code = VC_OK;

    if (!look->seen.known)
        return VC_OK;
    if (seen->size > look->head.size) {
        return vc_fail(err, VC_UNTRUSTED,
                       "log: it has %" PRIu64 " entries, and had %" PRIu64 " before",
                       look->head.size, seen->size);
    }
    (void)snprintf(target, sizeof(target), "/v1/log/growth?from=%" PRIu64 "&to=%" PRIu64,
                   seen->size, look->head.size);
    code = get_member(look, target, "growth", &found, err);
    if (code == VC_OK)
        code = vc_log_proof_parse(&found.member, &proof, err);
    return code == VC_OK ? vc_log_check_growth(seen, &look->head, &proof, err) : code;
}

static enum vc_code remember(struct look *look, struct vc_err *err)
{
    bool changed = false;
    enum vc_code code = check_growth(look, err);

    if (code == VC_UNTRUSTED)
        vc_log_store_accuse(&look->store, &look->seen.memory.head, &look->head, err);
    if (code == VC_OK)
        code = vc_log_store_replace(&look->store, &look->seen, &look->head, &changed, err);
    if (code == VC_OK && changed)
        code = vc_fail(err, VC_STATE, "another command looked at the log meanwhile: try again");
    return code;
}

/* ---- entries ---- */

/* Proofs are not made here: no tile is ever asked for again. */
static enum vc_code load_none(void *, uint64_t, uint8_t (*)[VC_SHA256_SIZE], struct vc_err *err)
{
    return vc_fail(err, VC_STATE, "no tile");
}

static enum vc_code take_lines(struct look *look, struct vc_bytes lines, struct vc_err *err)
{
    const uint8_t *at = lines.data;
    const uint8_t *end = lines.data + lines.size;
    enum vc_code code = vc_log_tiles_reserve(look->tree, ENTRIES_AT_ONCE, err);

    for (size_t i = 0; code == VC_OK && at < end; i++) {
        const uint8_t *newline = memchr(at, '\n', (size_t)(end - at));
        uint8_t leaf[VC_SHA256_SIZE];

        if (newline == nullptr || newline - at > (ptrdiff_t)VC_LOG_ENTRY_SIZE_MAX ||
            i == ENTRIES_AT_ONCE || vc_log_tiles_size(look->tree) == look->head.size)
            return vc_fail(err, VC_MALFORMED, "log: entries out of form");
        vc_log_leaf((struct vc_bytes){at, (size_t)(newline - at)}, leaf);
        vc_log_tiles_append(look->tree, leaf);
        at = newline + 1;
    }
    return code == VC_OK ? vc_buffer_append(&look->entries, lines, err) : code;
}

/* Every entry under the head, and that they are what the head was signed over. */
static enum vc_code get_entries(struct look *look, struct vc_err *err)
{
    uint8_t root[VC_SHA256_SIZE];
    enum vc_code code = vc_log_tiles_new(load_none, nullptr, &look->tree, err);

    while (code == VC_OK && vc_log_tiles_size(look->tree) < look->head.size) {
        uint64_t before = vc_log_tiles_size(look->tree);
        struct vc_http_answer answer = {};
        char target[96];

        (void)snprintf(target, sizeof(target), "/v1/log/entries?first=%" PRIu64 "&count=%zu",
                       before, (size_t)ENTRIES_AT_ONCE);
        if (look->head.size - before < ENTRIES_AT_ONCE) {
            (void)snprintf(target, sizeof(target),
                           "/v1/log/entries?first=%" PRIu64 "&count=%" PRIu64, before,
                           look->head.size - before);
        }
        code = get(look, target, &answer, err);
        if (code == VC_OK)
            code = take_lines(look, vc_buffer_bytes(&answer.body), err);
        if (code == VC_OK && vc_log_tiles_size(look->tree) == before)
            code = vc_fail(err, VC_MALFORMED, "%s: no entries", target);
        vc_http_answer_done(&answer);
    }
    if (code != VC_OK)
        return code;
    vc_log_tiles_root(look->tree, root);
    if (memcmp(root, look->head.root, sizeof(root)) != 0)
        return vc_fail(err, VC_UNTRUSTED, "log: its entries are not those of its head");
    return VC_OK;
}

/* ---- the verb ---- */

static int print(struct vc_command *command, struct look *look)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    struct vc_json_writer writer = vc_json_writer_over(&text);
    const struct vc_log_head *seen = &look->seen.memory.head;
    char root[2 * VC_SHA256_SIZE + 1];
    char time[VC_INSTANT_TEXT_MAX];
    struct vc_err err = {};

    vc_hex_encode(VC_BYTES(look->head.root), root);
    vc_instant_format(look->head.time, time);
    if (!command->json && look->tree != nullptr)
        return vc_command_print(command, vc_buffer_bytes(&look->entries));
    if (!command->json) {
        enum vc_code code = vc_buffer_printf(
            &text, &err, "%" PRIu64 " entries, root %s, signed %s\n%s", look->head.size, root, time,
            look->seen.known ? "" : "not seen before: remembered from now on\n");

        if (code == VC_OK && look->seen.known) {
            code = vc_buffer_printf(&text, &err,
                                    "it grew out of the log of %" PRIu64 " entries seen before\n",
                                    seen->size);
        }
        return code == VC_OK ? vc_command_print(command, vc_buffer_bytes(&text))
                             : vc_command_fail_in(command, &err);
    }
    vc_json_open_object(&writer, nullptr);
    vc_log_head_write(&writer, "head", &look->head);
    if (look->seen.known)
        vc_log_head_write(&writer, "before", seen);
    vc_json_put_boolean(&writer, "entries_checked", look->tree != nullptr);
    vc_json_close_object(&writer);
    return vc_command_print_json(command, vc_json_write_end(&writer, &err), &text, &err);
}

static int run_log(struct vc_command *command)
{
    vc_cleanup(look_done) struct look look = {};
    const char *path = vc_option_value(&command->arguments, "policy");
    struct vc_err err = {};
    enum vc_code code;

    if (path == nullptr)
        return vc_command_fail_usage(command, "--policy FILE is wanted: whose service is it?");
    if (vc_policy_file_load(path, &look.policy, &err) != VC_OK)
        return vc_command_fail_input(command, &err);
    code = connect_service(&look, &err);
    if (code == VC_OK)
        code = vc_log_store_open(nullptr, look.policy->attestation.ca, &look.store, &err);
    if (code == VC_OK)
        code = vc_log_store_load(&look.store, &look.seen, &err);
    if (code == VC_OK)
        code = get_head(&look, &err);
    if (code == VC_OK)
        code = remember(&look, &err);
    if (code == VC_OK && vc_option_given(&command->arguments, "entries"))
        code = get_entries(&look, &err);
    return code == VC_OK ? print(command, &look) : vc_command_fail_in(command, &err);
}

static const struct vc_option log_options[] = {
    {.name = "policy",
     .value = "FILE",
     .environment = "VERACRUZ_POLICY",
     .help = "your copy of the policy, which names the service"},
    {.name = "entries", .help = "fetch every entry, check that the head is over these, print them"},
    {},
};

const struct vc_verb vc_verb_attestation_log = {
    .name = "attestation log",
    .operands = "",
    .operand_count = {0, 0},
    .options = log_options,
    .summary = "the service's log: is it the one that you saw before?",
    .examples = "  veracruz attestation log --policy policy.json\n"
                "  veracruz attestation log --policy policy.json --entries | grep refused\n",
    .run = run_log,
};
