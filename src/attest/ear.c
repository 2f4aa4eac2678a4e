/* SPDX-License-Identifier: MIT */

#include "attest/ear.h"

#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "base/hex.h"
#include "codec/json.h"

static const char PROFILE[] = "tag:ietf.org,2026:rats/ear#04";
static const char POLICY_URN[] = "urn:veracruz:policy:";
static const char SUBMODULE[] = "container";
static constexpr int64_t SKEW_S = 60;

static const char *const statuses[] = {
    [VC_EAR_NONE] = "none",
    [VC_EAR_AFFIRMING] = "affirming",
    [VC_EAR_WARNING] = "warning",
    [VC_EAR_CONTRAINDICATED] = "contraindicated",
};

static const char *const stages[] = {
    [VC_STAGE_NOTHING] = "nothing",
    [VC_STAGE_FORM] = "form",
    [VC_STAGE_AUTHENTIC] = "authentic",
    [VC_STAGE_JUDGED] = "judged",
};

const char *vc_ear_status_name(enum vc_ear_status status)
{
    return statuses[status];
}

/* Categories of draft-ietf-rats-ar4si and their values: 0 says nothing, 2 and 3 affirm, 32 warns,
 * from 96 on it is bad. */
struct vector {
    int identity, configuration, executables, hardware, opaque;
};

static int hardware_of(const struct vc_ear *ear)
{
    if (vc_platform_isolation(ear->platform) == VC_ISOLATION_NONE)
        return 0;
    return ear->tcb_status == VC_TCB_UP_TO_DATE || ear->tcb_status == VC_TCB_AT_LEAST ||
                   ear->tcb_status == VC_TCB_NOT_APPLICABLE
               ? 2
               : 32;
}

static struct vector vector_of(const struct vc_ear *ear)
{
    if (ear->reason[0] != '\0') {
        if (ear->passed < VC_STAGE_AUTHENTIC)
            return (struct vector){.identity = 99}; /* the evidence did not verify */
        if (ear->passed < VC_STAGE_JUDGED)
            return (struct vector){.identity = 2, .hardware = 96};
        return (struct vector){.identity = 2, .configuration = 96}; /* not what the policy wants */
    }
    return (struct vector){
        .identity = 2,
        .configuration = 2,
        .executables = 3,
        .hardware = hardware_of(ear),
        .opaque = vc_platform_isolation(ear->platform) == VC_ISOLATION_HARDWARE ? 2 : 32,
    };
}

enum vc_ear_status vc_ear_status_of(const struct vc_ear *ear)
{
    struct vector vector = vector_of(ear);

    if (ear->reason[0] != '\0')
        return VC_EAR_CONTRAINDICATED;
    return vector.hardware > 3 || vector.opaque > 3 ? VC_EAR_WARNING : VC_EAR_AFFIRMING;
}

void vc_ear_key_id(const struct vc_cert *ca, char id[VC_EAR_KEY_ID_MAX])
{
    uint8_t hash[VC_SHA256_SIZE];

    vc_cert_spki_hash(ca, hash);
    vc_hex_encode(VC_BYTES(hash), id);
}

/* ---- writing ---- */

static void put_hex(struct vc_json_writer *writer, const char *key, const struct vc_octets *octets)
{
    char hex[VC_OCTETS_HEX_MAX];

    if (octets->size == 0)
        return;
    vc_octets_hex(octets, hex);
    vc_json_put_string(writer, key, hex);
}

static void put_base64url(struct vc_json_writer *writer, const char *key, struct vc_bytes bytes)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};

    if (vc_base64url_encode(bytes, &text, nullptr) != VC_OK)
        writer->failed = true;
    vc_json_put_bytes(writer, key, vc_buffer_bytes(&text));
}

static void put_value(struct vc_json_writer *writer, const char *key, int value)
{
    if (value != 0)
        vc_json_put_integer(writer, key, value);
}

static void put_vector(struct vc_json_writer *writer, const struct vc_ear *ear)
{
    struct vector vector = vector_of(ear);

    vc_json_open_object(writer, "ear_trustworthiness_vector");
    put_value(writer, "instance-identity", vector.identity);
    put_value(writer, "configuration", vector.configuration);
    put_value(writer, "executables", vector.executables);
    put_value(writer, "hardware", vector.hardware);
    put_value(writer, "runtime-opaque", vector.opaque);
    vc_json_close_object(writer);
}

static void put_policy(struct vc_json_writer *writer, const uint8_t hash[VC_SHA256_SIZE])
{
    char urn[sizeof(POLICY_URN) + 2 * VC_SHA256_SIZE];

    memcpy(urn, POLICY_URN, sizeof(POLICY_URN) - 1);
    vc_hex_encode((struct vc_bytes){hash, VC_SHA256_SIZE}, urn + sizeof(POLICY_URN) - 1);
    vc_json_open_array(writer, "ear_appraisal_policy_ids");
    vc_json_put_string(writer, nullptr, urn);
    vc_json_close_array(writer);
}

static void put_appraisal(struct vc_json_writer *writer, const struct vc_ear *ear)
{
    vc_json_open_object(writer, SUBMODULE);
    vc_json_put_string(writer, "ear_status", statuses[vc_ear_status_of(ear)]);
    put_vector(writer, ear);
    put_policy(writer, ear->policy_hash);
    if (ear->report_data.size > 0)
        put_base64url(writer, "eat_nonce", vc_octets_bytes(&ear->report_data));
    vc_json_open_object(writer, "ear_attester_claims");
    vc_json_put_string(writer, "veracruz.platform", vc_platform_name(ear->platform));
    put_hex(writer, "veracruz.measurement", &ear->measurement);
    put_hex(writer, "veracruz.machine", &ear->machine);
    vc_json_close_object(writer);
    vc_json_open_object(writer, "ear_verifier_claims");
    vc_json_put_string(writer, "veracruz.passed", stages[ear->passed]);
    vc_json_put_string(writer, "veracruz.tcb_status", vc_tcb_status_name(ear->tcb_status));
    vc_json_put_string(writer, "veracruz.isolation",
                       vc_isolation_name(vc_platform_isolation(ear->platform)));
    put_hex(writer, "veracruz.certificate", &ear->certificate);
    if (ear->reason[0] != '\0')
        vc_json_put_string(writer, "veracruz.reason", ear->reason);
    vc_json_close_object(writer);
    vc_json_close_object(writer);
}

static enum vc_code write_claims(const struct vc_ear *ear, struct vc_buffer *json,
                                 struct vc_err *err)
{
    struct vc_json_writer writer = vc_json_writer_over(json);

    vc_json_open_object(&writer, nullptr);
    vc_json_put_string(&writer, "eat_profile", PROFILE);
    vc_json_put_integer(&writer, "iat", ear->issued_at);
    vc_json_put_integer(&writer, "exp", ear->expires);
    vc_json_open_object(&writer, "ear_verifier_id");
    vc_json_put_string(&writer, "developer", "veracruz");
    vc_json_put_string(&writer, "build", "veracruz " VERACRUZ_VERSION);
    vc_json_close_object(&writer);
    vc_json_open_object(&writer, "submods");
    put_appraisal(&writer, ear);
    vc_json_close_object(&writer);
    vc_json_close_object(&writer);
    return vc_json_write_end(&writer, err);
}

static enum vc_code write_header(const struct vc_cert *ca, struct vc_buffer *json,
                                 struct vc_err *err)
{
    struct vc_json_writer writer = vc_json_writer_over(json);
    char id[VC_EAR_KEY_ID_MAX];

    vc_ear_key_id(ca, id);
    vc_json_open_object(&writer, nullptr);
    vc_json_put_string(&writer, "alg", "ES256");
    vc_json_put_string(&writer, "typ", "JWT");
    vc_json_put_string(&writer, "kid", id);
    vc_json_close_object(&writer);
    return vc_json_write_end(&writer, err);
}

enum vc_code vc_ear_encode(const struct vc_ear *ear, const struct vc_cert *ca,
                           const struct vc_key *key, struct vc_buffer *token, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer header = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer claims = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer made = {};
    uint8_t signature[VC_ES256_SIZE];
    enum vc_code code = write_header(ca, &header, err);

    if (code == VC_OK)
        code = write_claims(ear, &claims, err);
    if (code == VC_OK)
        code = vc_base64url_encode(vc_buffer_bytes(&header), &made, err);
    if (code == VC_OK)
        code = vc_buffer_append_text(&made, ".", err);
    if (code == VC_OK)
        code = vc_base64url_encode(vc_buffer_bytes(&claims), &made, err);
    if (code == VC_OK)
        code = vc_key_sign(key, vc_buffer_bytes(&made), signature, err);
    if (code == VC_OK)
        code = vc_buffer_append_text(&made, ".", err);
    if (code == VC_OK)
        code = vc_base64url_encode(VC_BYTES(signature), &made, err);
    return code == VC_OK ? vc_buffer_append(token, vc_buffer_bytes(&made), err) : code;
}

enum vc_code vc_ear_write_keys(const struct vc_cert *ca, struct vc_buffer *json, struct vc_err *err)
{
    vc_cleanup(vc_key_freep) struct vc_key *key = nullptr;
    struct vc_json_writer writer = vc_json_writer_over(json);
    uint8_t point[1 + 2 * 32];
    char id[VC_EAR_KEY_ID_MAX];
    enum vc_code code = vc_cert_key(ca, &key, err);

    if (code == VC_OK)
        code = vc_key_point(key, point, err);
    if (code != VC_OK)
        return code;
    vc_ear_key_id(ca, id);
    vc_json_open_object(&writer, nullptr);
    vc_json_open_array(&writer, "keys");
    vc_json_open_object(&writer, nullptr);
    vc_json_put_string(&writer, "kty", "EC");
    vc_json_put_string(&writer, "crv", "P-256");
    put_base64url(&writer, "x", (struct vc_bytes){point + 1, 32});
    put_base64url(&writer, "y", (struct vc_bytes){point + 33, 32});
    vc_json_put_string(&writer, "use", "sig");
    vc_json_put_string(&writer, "alg", "ES256");
    vc_json_put_string(&writer, "kid", id);
    vc_json_close_object(&writer);
    vc_json_close_array(&writer);
    vc_json_close_object(&writer);
    return vc_json_write_end(&writer, err);
}

/* ---- reading ---- */

/* The three parts of a token in compact form (RFC 7515 §3.1). */
struct parts {
    struct vc_bytes header, claims, signature;
    struct vc_bytes signed_text; /* header and claims with the point between them */
};

static bool split(struct vc_bytes token, struct parts *parts)
{
    const uint8_t *end = token.data + token.size;
    const uint8_t *first = token.size > 0 ? memchr(token.data, '.', token.size) : nullptr;
    const uint8_t *second =
        first == nullptr ? nullptr : memchr(first + 1, '.', (size_t)(end - first - 1));

    if (second == nullptr)
        return false;
    parts->header = (struct vc_bytes){token.data, (size_t)(first - token.data)};
    parts->claims = (struct vc_bytes){first + 1, (size_t)(second - first - 1)};
    parts->signature = (struct vc_bytes){second + 1, (size_t)(end - second - 1)};
    parts->signed_text = (struct vc_bytes){token.data, (size_t)(second - token.data)};
    return true;
}

static enum vc_code open_json(struct vc_bytes text, struct vc_json **json, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer bytes = {};
    enum vc_code code = vc_base64url_parse(text, &bytes, err);

    return code == VC_OK ? vc_json_parse(vc_buffer_bytes(&bytes), json, err) : code;
}

static enum vc_code read_text(const struct vc_json_place *object, const char *name,
                              const char **text, struct vc_err *err)
{
    struct vc_json_place place;
    enum vc_code code = vc_json_member(object, name, &place, err);

    return code == VC_OK ? vc_json_string(&place, text, err) : code;
}

static enum vc_code want_text(const struct vc_json_place *object, const char *name,
                              const char *wanted, struct vc_err *err)
{
    const char *text = "";
    enum vc_code code = read_text(object, name, &text, err);

    if (code == VC_OK && strcmp(text, wanted) != 0)
        code =
            vc_fail(err, VC_UNTRUSTED, "token: %s is \"%.80s\", \"%s\" wanted", name, text, wanted);
    return code;
}

/* The algorithm is ours to say: what the header says must be that, and chooses nothing. */
static enum vc_code check_header(struct vc_bytes text, const struct vc_cert *ca, struct vc_err *err)
{
    static const char *const keys[] = {"alg", "typ", "kid", nullptr};
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    struct vc_json_place root;
    char id[VC_EAR_KEY_ID_MAX];
    enum vc_code code = open_json(text, &json, err);

    if (code != VC_OK)
        return code;
    root = vc_json_root(json);
    vc_ear_key_id(ca, id);
    code = vc_json_check_object(&root, keys, err);
    if (code == VC_OK)
        code = want_text(&root, "alg", "ES256", err);
    if (code == VC_OK)
        code = want_text(&root, "typ", "JWT", err);
    if (code == VC_OK)
        code = want_text(&root, "kid", id, err);
    return code;
}

static enum vc_code check_signature(const struct parts *parts, const struct vc_cert *ca,
                                    struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer signature = {};
    vc_cleanup(vc_key_freep) struct vc_key *key = nullptr;
    enum vc_code code = vc_base64url_parse(parts->signature, &signature, err);

    if (code == VC_OK)
        code = vc_cert_key(ca, &key, err);
    if (code == VC_OK)
        code = vc_key_verify(key, parts->signed_text, vc_buffer_bytes(&signature), err);
    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "token");
}

static enum vc_code read_octets(const struct vc_json_place *object, const char *name,
                                struct vc_octets *octets, struct vc_err *err)
{
    const char *text = "";
    enum vc_code code;

    if (!vc_json_has(object, name))
        return VC_OK;
    code = read_text(object, name, &text, err);
    return code == VC_OK ? vc_octets_parse(text, octets, err) : code;
}

static enum vc_code read_nonce(const struct vc_json_place *object, struct vc_octets *octets,
                               struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer bytes = {};
    const char *text = "";
    enum vc_code code;

    if (!vc_json_has(object, "eat_nonce"))
        return VC_OK;
    code = read_text(object, "eat_nonce", &text, err);
    if (code == VC_OK) {
        code =
            vc_base64url_parse((struct vc_bytes){(const uint8_t *)text, strlen(text)}, &bytes, err);
    }
    if (code == VC_OK && bytes.size > VC_OCTETS_MAX)
        code = vc_fail(err, VC_MALFORMED, "token: eat_nonce of %zu bytes", bytes.size);
    if (code == VC_OK)
        *octets = vc_octets_of(vc_buffer_bytes(&bytes));
    return code;
}

struct names {
    const char *const *items;
    size_t count;
};

static enum vc_code read_choice(const struct vc_json_place *object, const char *name,
                                struct names names, size_t *index, struct vc_err *err)
{
    const char *text = "";
    enum vc_code code = read_text(object, name, &text, err);

    for (size_t i = 0; code == VC_OK && i < names.count; i++) {
        if (strcmp(names.items[i], text) == 0) {
            *index = i;
            return VC_OK;
        }
    }
    return code == VC_OK ? vc_fail(err, VC_MALFORMED, "token: %s is none that is known", name)
                         : code;
}

static enum vc_code read_attester(const struct vc_json_place *module, struct vc_ear *ear,
                                  struct vc_err *err)
{
    static const char *const keys[] = {"veracruz.platform", "veracruz.measurement",
                                       "veracruz.machine", nullptr};
    struct vc_json_place claims;
    const char *platform = "";
    enum vc_code code = vc_json_member(module, "ear_attester_claims", &claims, err);

    if (code == VC_OK)
        code = vc_json_check_object(&claims, keys, err);
    if (code == VC_OK)
        code = read_text(&claims, keys[0], &platform, err);
    if (code == VC_OK && !vc_platform_find(platform, &ear->platform))
        code = vc_fail(err, VC_MALFORMED, "token: no such platform");
    if (code == VC_OK)
        code = read_octets(&claims, keys[1], &ear->measurement, err);
    return code == VC_OK ? read_octets(&claims, keys[2], &ear->machine, err) : code;
}

static enum vc_code read_reason(const struct vc_json_place *claims, struct vc_ear *ear,
                                struct vc_err *err)
{
    const char *text = "";
    enum vc_code code;

    if (!vc_json_has(claims, "veracruz.reason"))
        return VC_OK;
    code = read_text(claims, "veracruz.reason", &text, err);
    if (code != VC_OK)
        return code;
    if (text[0] == '\0' || strlen(text) >= sizeof(ear->reason))
        return vc_fail(err, VC_MALFORMED, "token: veracruz.reason is empty or too long");
    memcpy(ear->reason, text, strlen(text) + 1);
    return VC_OK;
}

static enum vc_code read_verifier(const struct vc_json_place *module, struct vc_ear *ear,
                                  struct vc_err *err)
{
    static const char *const keys[] = {"veracruz.passed",    "veracruz.tcb_status",
                                       "veracruz.isolation", "veracruz.certificate",
                                       "veracruz.reason",    nullptr};
    static const struct names known_stages = {stages, VC_COUNT(stages)};
    struct vc_json_place claims;
    const char *status = "";
    size_t stage = 0;
    enum vc_code code = vc_json_member(module, "ear_verifier_claims", &claims, err);

    if (code == VC_OK)
        code = vc_json_check_object(&claims, keys, err);
    if (code == VC_OK)
        code = read_choice(&claims, keys[0], known_stages, &stage, err);
    ear->passed = (enum vc_stage)stage;
    if (code == VC_OK)
        code = read_text(&claims, keys[1], &status, err);
    if (code == VC_OK && !vc_tcb_status_find(status, &ear->tcb_status))
        code = vc_fail(err, VC_MALFORMED, "token: no such TCB status");
    if (code == VC_OK)
        code = want_text(&claims, keys[2], vc_isolation_name(vc_platform_isolation(ear->platform)),
                         err);
    if (code == VC_OK)
        code = read_octets(&claims, keys[3], &ear->certificate, err);
    return code == VC_OK ? read_reason(&claims, ear, err) : code;
}

static enum vc_code read_policy(const struct vc_json_place *module, struct vc_ear *ear,
                                struct vc_err *err)
{
    static constexpr size_t prefix = sizeof(POLICY_URN) - 1;
    struct vc_json_place ids;
    struct vc_json_place id;
    const char *text = "";
    enum vc_code code = vc_json_member(module, "ear_appraisal_policy_ids", &ids, err);

    if (code == VC_OK)
        code = vc_json_check_array(&ids, 1, err);
    if (code == VC_OK && vc_json_count(&ids) != 1)
        code = vc_fail(err, VC_MALFORMED, "token: one policy wanted");
    if (code != VC_OK)
        return code;
    id = vc_json_element(&ids, 0);
    code = vc_json_string(&id, &text, err);
    if (code == VC_OK && strncmp(text, POLICY_URN, prefix) != 0)
        code = vc_fail(err, VC_MALFORMED, "token: a policy of another kind");
    return code == VC_OK ? vc_hex_parse(text + prefix, ear->policy_hash, VC_SHA256_SIZE, err)
                         : code;
}

static enum vc_code read_appraisal(const struct vc_json_place *root, struct vc_ear *ear,
                                   struct vc_err *err)
{
    static const char *const modules[] = {SUBMODULE, nullptr};
    static const char *const keys[] = {
        "ear_status", "ear_trustworthiness_vector", "ear_appraisal_policy_ids",
        "eat_nonce",  "ear_attester_claims",        "ear_verifier_claims",
        nullptr};
    static const struct names known_statuses = {statuses, VC_COUNT(statuses)};
    struct vc_json_place submodules;
    struct vc_json_place module;
    size_t status = 0;
    enum vc_code code = vc_json_member(root, "submods", &submodules, err);

    if (code == VC_OK)
        code = vc_json_check_object(&submodules, modules, err);
    if (code == VC_OK)
        code = vc_json_member(&submodules, SUBMODULE, &module, err);
    if (code == VC_OK)
        code = vc_json_check_object(&module, keys, err);
    if (code == VC_OK)
        code = read_choice(&module, keys[0], known_statuses, &status, err);
    ear->status = (enum vc_ear_status)status;
    if (code == VC_OK)
        code = read_policy(&module, ear, err);
    if (code == VC_OK)
        code = read_nonce(&module, &ear->report_data, err);
    if (code == VC_OK)
        code = read_attester(&module, ear, err);
    return code == VC_OK ? read_verifier(&module, ear, err) : code;
}

static enum vc_code read_time(const struct vc_json_place *root, const char *name, int64_t *time,
                              struct vc_err *err)
{
    struct vc_json_place place;
    enum vc_code code = vc_json_member(root, name, &place, err);

    return code == VC_OK ? vc_json_integer(&place, 0, INT64_MAX / 2, time, err) : code;
}

static enum vc_code check_times(const struct vc_ear *ear, int64_t now, struct vc_err *err)
{
    if (ear->issued_at > now + SKEW_S)
        return vc_fail(err, VC_UNTRUSTED, "token: issued in the future");
    if (now >= ear->expires)
        return vc_fail(err, VC_UNTRUSTED, "token: expired");
    return VC_OK;
}

static enum vc_code read_claims(struct vc_bytes text, struct vc_ear *ear, struct vc_err *err)
{
    static const char *const keys[] = {"eat_profile",     "iat",     "exp",
                                       "ear_verifier_id", "submods", nullptr};
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    struct vc_json_place root;
    enum vc_code code = open_json(text, &json, err);

    if (code != VC_OK)
        return code;
    root = vc_json_root(json);
    code = vc_json_check_object(&root, keys, err);
    if (code == VC_OK)
        code = want_text(&root, keys[0], PROFILE, err);
    if (code == VC_OK)
        code = read_time(&root, keys[1], &ear->issued_at, err);
    if (code == VC_OK)
        code = read_time(&root, keys[2], &ear->expires, err);
    return code == VC_OK ? read_appraisal(&root, ear, err) : code;
}

enum vc_code vc_ear_verify(struct vc_bytes token, const struct vc_cert *ca, int64_t now,
                           struct vc_ear *ear, struct vc_err *err)
{
    struct vc_ear parsed = {};
    struct parts parts;
    enum vc_code code;

    if (token.size > VC_EAR_SIZE_MAX || !split(token, &parts))
        return vc_fail(err, VC_MALFORMED, "token: not three parts, or too long");
    code = check_header(parts.header, ca, err);
    if (code == VC_OK)
        code = check_signature(&parts, ca, err);
    if (code == VC_OK)
        code = read_claims(parts.claims, &parsed, err);
    if (code == VC_OK)
        code = check_times(&parsed, now, err);
    if (code == VC_OK)
        *ear = parsed;
    return code == VC_NOT_FOUND ? vc_fail_in(err, VC_MALFORMED, "token") : code;
}
