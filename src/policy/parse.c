/* SPDX-License-Identifier: MIT */

/* The text of a policy becomes the model, block by block in the order of the table in
 * docs/policy.md; whether the whole makes sense is policy/check.c's question. */

#include <stdlib.h>
#include <string.h>

#include "base/instant.h"
#include "policy/check.h"
#include "policy/parse_internal.h"
#include "policy/piece.h"

static constexpr size_t URL_MAX = 300; /* bytes: a DNS name and what surrounds it */

/* ------------------------------------------------------------------------------- attestation */

static size_t host_size(const char *text)
{
    static const char name[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";
    static const char address[] = "0123456789abcdefABCDEF:.";
    size_t size;

    if (text[0] == '.' || text[0] == '-')
        return 0;
    if (text[0] != '[')
        return strspn(text, name);
    size = strspn(text + 1, address);
    return size > 0 && text[1 + size] == ']' ? size + 2 : 0;
}

/* A decimal port without leading zeros and nothing behind it. */
static bool is_port(const char *text)
{
    size_t size = strspn(text, "0123456789");

    return size >= 1 && size <= 5 && text[size] == '\0' && text[0] != '0' &&
           strtoul(text, nullptr, 10) <= UINT16_MAX;
}

static enum vc_code parse_url(const struct vc_json_place *place, char **url, struct vc_err *err)
{
    static const char scheme[] = "https://";
    struct vc_json_place member;
    const char *text;
    size_t host;
    enum vc_code code = vc_piece_string(place, "url", &member, &text, err);

    if (code != VC_OK)
        return code;
    if (strlen(text) > URL_MAX || strncmp(text, scheme, strlen(scheme)) != 0)
        return vc_fail(err, VC_MALFORMED, "%s: https://host:port wanted", member.text);
    host = host_size(text + strlen(scheme));
    if (host == 0 || text[strlen(scheme) + host] != ':' ||
        !is_port(text + strlen(scheme) + host + 1))
        return vc_fail(err, VC_MALFORMED, "%s: https://host:port wanted", member.text);
    return vc_piece_copy(text, url, err);
}

static enum vc_code parse_attestation(const struct vc_json_place *root, struct vc_policy *policy,
                                      struct vc_err *err)
{
    static const char *const known[] = {"url", "ca", "max_age_seconds", "platforms", nullptr};
    static const struct vc_piece_number age = {"max_age_seconds", 60, 86400, 3600};
    struct vc_json_place place;
    int64_t seconds = 0;
    enum vc_code code = vc_json_member(root, "attestation", &place, err);

    if (code == VC_OK)
        code = vc_json_check_object(&place, known, err);
    if (code == VC_OK)
        code = parse_url(&place, &policy->attestation.url, err);
    if (code == VC_OK)
        code = vc_piece_certificate(&place, "ca", &policy->attestation.ca, err);
    if (code == VC_OK)
        code = vc_piece_numbers(&place, &age, 1, &seconds, err);
    policy->attestation.max_age_s = (uint32_t)seconds;
    if (code == VC_OK)
        code = vc_policy_parse_platforms(&place, &policy->attestation, err);
    return code;
}

/* -------------------------------------------------------------------------------- principals */

static enum vc_code parse_principal(const struct vc_json_place *place, const char *name,
                                    struct vc_policy_principal *principal, struct vc_err *err)
{
    static const char *const known[] = {"certificate", nullptr};
    enum vc_code code = vc_piece_name(place, name, &principal->name, err);

    if (code == VC_OK)
        code = vc_json_check_object(place, known, err);
    if (code == VC_OK)
        code = vc_piece_certificate(place, "certificate", &principal->certificate, err);
    return code;
}

static enum vc_code parse_principals(const struct vc_json_place *root, struct vc_policy *policy,
                                     struct vc_err *err)
{
    struct vc_json_place map;
    enum vc_code code = vc_json_member(root, "principals", &map, err);

    if (code == VC_OK)
        code = vc_piece_check_map(&map, 1, VC_POLICY_PRINCIPALS_MAX, err);
    if (code != VC_OK)
        return code;
    policy->principals = calloc(vc_json_count(&map), sizeof(*policy->principals));
    if (policy->principals == nullptr)
        return vc_fail_memory(err);
    policy->principal_count = vc_json_count(&map);
    for (size_t i = 0; code == VC_OK && i < policy->principal_count; i++) {
        const char *name;
        struct vc_json_place place = vc_json_entry(&map, i, &name);

        code = parse_principal(&place, name, &policy->principals[i], err);
    }
    return code;
}

/* ----------------------------------------------------------------------------------- storage */

static enum vc_code parse_storage(const struct vc_json_place *root, struct vc_policy *policy,
                                  struct vc_err *err)
{
    static const char *const known[] = {"files", "bytes", "file_bytes", "depth", nullptr};
    static const struct vc_piece_number rows[] = {{"files", 1, 65536, 4096},
                                                  {"bytes", 1, VC_POLICY_BYTES_MAX, 1 << 30},
                                                  {"depth", 1, VC_PATH_DEPTH_MAX, 32}};
    struct vc_json_place place;
    bool given = vc_piece_find(root, "storage", &place);
    int64_t values[VC_COUNT(rows)] = {};
    int64_t file_bytes = 0;
    enum vc_code code = given ? vc_json_check_object(&place, known, err) : VC_OK;

    if (code == VC_OK)
        code = vc_piece_numbers(given ? &place : nullptr, rows, VC_COUNT(rows), values, err);
    if (code == VC_OK) {
        const struct vc_piece_number row = {"file_bytes", 1, values[1], values[1]};

        code = vc_piece_numbers(given ? &place : nullptr, &row, 1, &file_bytes, err);
    }
    policy->storage = (struct vc_policy_storage){
        .files = (uint32_t)values[0],
        .bytes = (uint64_t)values[1],
        .file_bytes = (uint64_t)file_bytes,
        .depth = (uint32_t)values[2],
    };
    return code;
}

/* --------------------------------------------------------------------------------- the whole */

/* Asked first, so that a policy of a later format is refused for that. */
static enum vc_code check_version(const struct vc_json_place *root, struct vc_err *err)
{
    struct vc_json_place place;
    int64_t version;
    enum vc_code code = vc_json_member(root, "version", &place, err);

    if (code == VC_OK)
        code = vc_json_integer(&place, VC_POLICY_VERSION, VC_POLICY_VERSION, &version, err);
    return code;
}

static enum vc_code parse_head(const struct vc_json_place *root, struct vc_policy *policy,
                               struct vc_err *err)
{
    static const char *const known[] = {"version",    "name",      "expires", "attestation",
                                        "principals", "programs",  "rights",  "storage",
                                        "lifecycle",  "pins",      "streams", "keys",
                                        "narrowing",  "pipelines", "journal", nullptr};
    struct vc_json_place place;
    const char *text;
    enum vc_code code = check_version(root, err);

    if (code == VC_OK)
        code = vc_json_check_object(root, known, err);
    if (code == VC_OK)
        code = vc_piece_string(root, "name", &place, &text, err);
    if (code == VC_OK)
        code = vc_piece_name(&place, text, &policy->name, err);
    if (code == VC_OK)
        code = vc_piece_string(root, "expires", &place, &text, err);
    if (code != VC_OK)
        return code;
    code = vc_instant_parse(text, &policy->expires, err);
    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "%s", place.text);
}

/* Blocks name what stands before them; limits depend on the storage. */
static enum vc_code parse_blocks(const struct vc_json_place *root, struct vc_policy *policy,
                                 struct vc_err *err)
{
    static enum vc_code (*const blocks[])(const struct vc_json_place *, struct vc_policy *,
                                          struct vc_err *) = {
        parse_head,
        parse_attestation,
        parse_principals,
        parse_storage,
        vc_policy_parse_programs,
        vc_policy_parse_rights,
        vc_policy_parse_pins,
        vc_policy_parse_streams,
        vc_policy_parse_keys,
        vc_policy_parse_lifecycle,
        vc_policy_parse_narrowing,
        vc_policy_parse_pipelines,
        vc_policy_parse_journal,
    };
    enum vc_code code = VC_OK;

    for (size_t i = 0; code == VC_OK && i < VC_COUNT(blocks); i++)
        code = blocks[i](root, policy, err);
    if (code != VC_NOT_FOUND)
        return code;
    if (err != nullptr) /* to the caller, an absent member is a malformed policy */
        err->code = VC_MALFORMED;
    return VC_MALFORMED;
}

enum vc_code vc_policy_parse(struct vc_bytes text, struct vc_policy **policy, struct vc_err *err)
{
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    vc_cleanup(vc_policy_freep) struct vc_policy *made = nullptr;
    struct vc_json_place root;
    enum vc_code code;

    if (text.size > VC_POLICY_SIZE_MAX) {
        return vc_fail(err, VC_LIMIT, "the policy: %zu bytes, at most %zu", text.size,
                       VC_POLICY_SIZE_MAX);
    }
    code = vc_json_parse(text, &json, err);
    if (code != VC_OK)
        return code;
    made = calloc(1, sizeof(*made));
    if (made == nullptr)
        return vc_fail_memory(err);
    root = vc_json_root(json);
    code = parse_blocks(&root, made, err);
    if (code == VC_OK)
        code = vc_policy_index_init(&made->index, made, err);
    if (code == VC_OK)
        code = vc_policy_check(made, err);
    if (code == VC_OK)
        code = vc_buffer_append(&made->text, text, err);
    if (code != VC_OK)
        return code;
    vc_sha256(text, made->hash);
    *policy = vc_take(made);
    return VC_OK;
}
