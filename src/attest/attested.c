/* SPDX-License-Identifier: MIT */

#include "attest/attested.h"

#include <inttypes.h>
#include <stdckdint.h>
#include <string.h>

#include "attest/reference.h"
#include "base/hex.h"
#include "base/instant.h"
#include "codec/der.h"

/* UUID 25d37be7-5f1d-4bd2-a814-96b98306b839. */
const char VC_ATTESTED_OID[] = "2.25.50279523548716018722795473075133921337";

static constexpr uint64_t VERSION = 2;
static constexpr int64_t SKEW_S = 60; /* how far ahead the service's clock may be */

/*  Attested ::= SEQUENCE {
 *      version       INTEGER (2),
 *      platform      INTEGER,
 *      label         UTF8String,      -- the platform's, for people who look
 *      level         UTF8String,      -- of isolation: "none", "hardware"
 *      measurement   OCTET STRING (SIZE(1..64)),
 *      machine       OCTET STRING (SIZE(0..64)),
 *      tcbStatus     UTF8String,
 *      policyHash    OCTET STRING (SIZE(32)),
 *      node          UTF8String,
 *      incarnation   INTEGER,
 *      evidenceHash  OCTET STRING (SIZE(32)),
 *      verifiedAt    INTEGER          -- seconds since 1970
 *  } */

static const char *level_of(enum vc_platform_kind platform)
{
    return vc_isolation_name(vc_platform_isolation(platform));
}

static enum vc_code put_who(const struct vc_attested *attested, struct vc_buffer *content,
                            struct vc_err *err)
{
    enum vc_code code = vc_der_put_uint(content, VERSION, err);

    if (code == VC_OK)
        code = vc_der_put_uint(content, attested->platform, err);
    if (code == VC_OK)
        code = vc_der_put_text(content, vc_platform_label(attested->platform), err);
    if (code == VC_OK)
        code = vc_der_put_text(content, level_of(attested->platform), err);
    if (code == VC_OK)
        code = vc_der_put_octets(content, vc_octets_bytes(&attested->measurement), err);
    if (code == VC_OK)
        code = vc_der_put_octets(content, vc_octets_bytes(&attested->machine), err);
    if (code == VC_OK)
        code = vc_der_put_text(content, vc_tcb_status_name(attested->tcb_status), err);
    return code;
}

static enum vc_code put_what(const struct vc_attested *attested, struct vc_buffer *content,
                             struct vc_err *err)
{
    enum vc_code code = vc_der_put_octets(content, VC_BYTES(attested->policy_hash), err);

    if (code == VC_OK)
        code = vc_der_put_text(content, attested->node, err);
    if (code == VC_OK)
        code = vc_der_put_uint(content, attested->incarnation, err);
    if (code == VC_OK)
        code = vc_der_put_octets(content, VC_BYTES(attested->evidence_hash), err);
    if (code == VC_OK)
        code = vc_der_put_uint(content, (uint64_t)attested->verified_at, err);
    return code;
}

enum vc_code vc_attested_encode(const struct vc_attested *attested, struct vc_buffer *der,
                                struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer content = {};
    enum vc_code code;

    if (attested->verified_at < 0)
        return vc_fail(err, VC_MALFORMED, "attested: verified before 1970");
    code = put_who(attested, &content, err);
    if (code == VC_OK)
        code = put_what(attested, &content, err);
    return code == VC_OK ? vc_der_put_sequence(der, vc_buffer_bytes(&content), err) : code;
}

static void read_digest(struct vc_reader *reader, uint8_t digest[VC_SHA256_SIZE])
{
    struct vc_bytes bytes = vc_der_read_octets(reader);

    if (bytes.size == VC_SHA256_SIZE) {
        memcpy(digest, bytes.data, VC_SHA256_SIZE);
    } else {
        vc_reader_fail(reader);
    }
}

static struct vc_octets read_octets(struct vc_reader *reader, size_t least)
{
    struct vc_bytes bytes = vc_der_read_octets(reader);

    if (bytes.size >= least && bytes.size <= VC_OCTETS_MAX)
        return vc_octets_of(bytes);
    vc_reader_fail(reader);
    return (struct vc_octets){};
}

static void read_text(struct vc_reader *reader, char *out, size_t size)
{
    struct vc_bytes text = vc_der_read_text(reader);

    if (text.size >= size) {
        vc_reader_fail(reader);
        return;
    }
    if (text.size > 0)
        memcpy(out, text.data, text.size);
    out[text.size] = '\0';
}

/* The number, and the label and level that belong to it: none can be shown without the others. */
static enum vc_platform_kind read_platform(struct vc_reader *reader)
{
    enum vc_platform_kind kind = VC_PLATFORM_PROCESS;
    uint64_t number = vc_der_read_uint(reader);
    char label[128] = "";
    char level[32] = "";

    read_text(reader, label, sizeof(label));
    read_text(reader, level, sizeof(level));
    if (!vc_platform_at(number, &kind) || strcmp(label, vc_platform_label(kind)) != 0 ||
        strcmp(level, level_of(kind)) != 0)
        vc_reader_fail(reader);
    return kind;
}

static enum vc_tcb_status read_status(struct vc_reader *reader)
{
    enum vc_tcb_status status = VC_TCB_NOT_JUDGED;
    char name[VC_TCB_STATUS_NAME_MAX] = "";

    read_text(reader, name, sizeof(name));
    if (!vc_tcb_status_find(name, &status))
        vc_reader_fail(reader);
    return status;
}

enum vc_code vc_attested_parse(struct vc_bytes der, struct vc_attested *attested,
                               struct vc_err *err)
{
    struct vc_reader outer = vc_reader_over(der);
    struct vc_reader reader = vc_der_read_sequence(&outer);
    struct vc_attested parsed = {};
    uint64_t verified_at;

    if (vc_der_read_uint(&reader) != VERSION)
        vc_reader_fail(&reader);
    parsed.platform = read_platform(&reader);
    parsed.measurement = read_octets(&reader, 1);
    parsed.machine = read_octets(&reader, 0);
    parsed.tcb_status = read_status(&reader);
    read_digest(&reader, parsed.policy_hash);
    read_text(&reader, parsed.node, sizeof(parsed.node));
    parsed.incarnation = vc_der_read_uint(&reader);
    read_digest(&reader, parsed.evidence_hash);
    verified_at = vc_der_read_uint(&reader);
    if (verified_at > INT64_MAX)
        vc_reader_fail(&reader);
    if (!vc_reader_done(&reader) || !vc_reader_done(&outer)) {
        return vc_fail(err, VC_MALFORMED, "attested extension: out of form at byte %zu",
                       reader.offset);
    }
    parsed.verified_at = (int64_t)verified_at;
    *attested = parsed;
    return VC_OK;
}

void vc_attested_name(const uint8_t policy_hash[VC_SHA256_SIZE], char name[VC_ATTESTED_NAME_MAX])
{
    static const char suffix[] = ".veracruz";

    vc_base32_encode((struct vc_bytes){policy_hash, VC_SHA256_SIZE}, name);
    memcpy(name + VC_BASE32_LENGTH(VC_SHA256_SIZE), suffix, sizeof(suffix));
}

static constexpr size_t PREFIX_SIZE = 8; /* bytes of a digest that a message shows */

struct prefix {
    char text[2 * PREFIX_SIZE + 1];
};

static struct prefix prefix_of(const uint8_t *digest)
{
    struct prefix prefix;

    vc_hex_encode((struct vc_bytes){digest, PREFIX_SIZE}, prefix.text);
    return prefix;
}

static enum vc_code check_policy(const struct vc_cert *leaf, const struct vc_attested *attested,
                                 const uint8_t *policy_hash, struct vc_err *err)
{
    char name[VC_ATTESTED_NAME_MAX];

    if (memcmp(attested->policy_hash, policy_hash, VC_SHA256_SIZE) != 0) {
        return vc_fail(err, VC_UNTRUSTED,
                       "policy differs: this copy is %s…, the container runs %s…; compare with "
                       "`veracruz policy hash`",
                       prefix_of(policy_hash).text, prefix_of(attested->policy_hash).text);
    }
    vc_attested_name(policy_hash, name);
    if (!vc_cert_has_dns_name(leaf, name))
        return vc_fail(err, VC_UNTRUSTED, "certificate: its DNS names lack the policy's, %s", name);
    return VC_OK;
}

static bool is_among(const struct vc_octets *values, size_t count, const struct vc_octets *value)
{
    for (size_t i = 0; i < count; i++) {
        if (vc_octets_equal(&values[i], value))
            return true;
    }
    return false;
}

static enum vc_code check_measurement(const struct vc_attested *attested,
                                      const struct vc_policy_platform *accepted, struct vc_err *err)
{
    size_t count = accepted->measurement_count;

    if (is_among(accepted->measurements, count, &attested->measurement))
        return VC_OK;
    return vc_fail(err, VC_UNTRUSTED,
                   "measurement differs: the policy accepts %s… (%zu value%s), this container is "
                   "%s…%s",
                   count == 0 ? "nothing" : prefix_of(accepted->measurements[0].bytes).text, count,
                   count == 1 ? "" : "s", prefix_of(attested->measurement.bytes).text,
                   vc_reference_measurement_hint(attested->platform));
}

/* A status that nobody judged never gets into a certificate; should one, it counts for nothing. */
static enum vc_code check_status(const struct vc_attested *attested,
                                 const struct vc_policy_platform *accepted, struct vc_err *err)
{
    enum vc_tcb_status status = attested->tcb_status;

    if (status == VC_TCB_NOT_APPLICABLE || status == VC_TCB_AT_LEAST)
        return VC_OK;
    if (status != VC_TCB_NOT_JUDGED && (accepted->tcb_accepted & 1u << status) != 0)
        return VC_OK;
    return vc_fail(err, VC_UNTRUSTED, "TCB status %s: the policy does not accept it",
                   vc_tcb_status_name(status));
}

static enum vc_code check_machine(const struct vc_attested *attested,
                                  const struct vc_policy_platform *accepted, struct vc_err *err)
{
    if (accepted->machine_count == 0 ||
        (attested->machine.size > 0 &&
         is_among(accepted->machines, accepted->machine_count, &attested->machine)))
        return VC_OK;
    return vc_fail(err, VC_UNTRUSTED, "machine %s… is none of the policy's %zu",
                   prefix_of(attested->machine.bytes).text, accepted->machine_count);
}

static enum vc_code check_platform(const struct vc_attested *attested,
                                   const struct vc_expectations *expectations, struct vc_err *err)
{
    for (size_t i = 0; i < expectations->platform_count; i++) {
        const struct vc_policy_platform *accepted = &expectations->platforms[i];
        enum vc_code code;

        if (accepted->kind != attested->platform)
            continue;
        code = check_measurement(attested, accepted, err);
        if (code == VC_OK)
            code = check_status(attested, accepted, err);
        return code == VC_OK ? check_machine(attested, accepted, err) : code;
    }
    return vc_fail(err, VC_UNTRUSTED,
                   "platform differs: the container runs on %s, and the policy does not name "
                   "`%s` under attestation.platforms",
                   vc_platform_label(attested->platform), vc_platform_name(attested->platform));
}

struct vc_expectations vc_expectations_of(const struct vc_policy *policy)
{
    return (struct vc_expectations){
        .ca = policy->attestation.ca,
        .policy_hash = policy->hash,
        .platforms = policy->attestation.platforms,
        .platform_count = policy->attestation.platform_count,
        .max_age_s = policy->attestation.max_age_s,
    };
}

static enum vc_code check_age(const struct vc_attested *attested, uint32_t max_age_s, int64_t now,
                              struct vc_err *err)
{
    char then[VC_INSTANT_TEXT_MAX];
    char present[VC_INSTANT_TEXT_MAX];
    int64_t age;

    vc_instant_format(attested->verified_at, then);
    vc_instant_format(now, present);
    if (ckd_sub(&age, now, attested->verified_at) || age < -SKEW_S) {
        return vc_fail(err, VC_UNTRUSTED,
                       "verified in the future: at %s, and now is %s; set this machine's clock",
                       then, present);
    }
    if (age > (int64_t)max_age_s) {
        return vc_fail(err, VC_UNTRUSTED,
                       "verified too long ago: at %s, and now is %s; the policy allows %" PRIu32
                       " seconds, and the container should have renewed its certificate",
                       then, present, max_age_s);
    }
    return VC_OK;
}

static enum vc_code read_extension(const struct vc_cert *leaf, struct vc_attested *attested,
                                   struct vc_err *err)
{
    struct vc_bytes value = {};
    enum vc_code code = vc_cert_extension(leaf, VC_ATTESTED_OID, &value, err);

    if (code == VC_NOT_FOUND) {
        return vc_fail(err, VC_UNTRUSTED,
                       "certificate: it does not say that anybody verified a container "
                       "(no extension %s)",
                       VC_ATTESTED_OID);
    }
    if (code == VC_OK)
        code = vc_attested_parse(value, attested, err);
    return code;
}

/* A refusal is a refusal to the one who asks, whatever the part that found it calls it. */
static enum vc_code untrusted(enum vc_code code, struct vc_err *err)
{
    if (code == VC_OK || code == VC_MEMORY || code == VC_UNTRUSTED)
        return code;
    if (err != nullptr)
        err->code = VC_UNTRUSTED;
    return VC_UNTRUSTED;
}

enum vc_code vc_attested_check(const struct vc_cert *leaf,
                               const struct vc_expectations *expectations, int64_t now,
                               struct vc_attested *attested, struct vc_err *err)
{
    struct vc_attested parsed = {};
    enum vc_code code = vc_cert_check_issued(leaf, expectations->ca, now, err);

    if (code == VC_OK)
        code = read_extension(leaf, &parsed, err);
    if (code == VC_OK)
        code = check_policy(leaf, &parsed, expectations->policy_hash, err);
    if (code == VC_OK)
        code = check_platform(&parsed, expectations, err);
    if (code == VC_OK)
        code = check_age(&parsed, expectations->max_age_s, now, err);
    if (code == VC_OK)
        *attested = parsed;
    return untrusted(code, err);
}
