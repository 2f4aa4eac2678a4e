/* SPDX-License-Identifier: MIT */

#include "attest/attested.h"

#include <inttypes.h>
#include <stdckdint.h>
#include <string.h>

#include "base/hex.h"
#include "base/instant.h"
#include "codec/der.h"

/* UUID 25d37be7-5f1d-4bd2-a814-96b98306b839. */
const char VC_ATTESTED_OID[] = "2.25.50279523548716018722795473075133921337";

static constexpr uint64_t VERSION = 1;
static constexpr int64_t SKEW_S = 60; /* how far ahead the service's clock may be */

/*  Attested ::= SEQUENCE {
 *      version       INTEGER (1),
 *      platform      INTEGER,
 *      isolation     UTF8String,      -- the platform's label, for people who look
 *      measurement   OCTET STRING (SIZE(32)),
 *      tcbStatus     UTF8String,
 *      policyHash    OCTET STRING (SIZE(32)),
 *      node          UTF8String,
 *      incarnation   INTEGER,
 *      evidenceHash  OCTET STRING (SIZE(32)),
 *      verifiedAt    INTEGER          -- seconds since 1970
 *  } */

static enum vc_code put_who(const struct vc_attested *attested, struct vc_buffer *content,
                            struct vc_err *err)
{
    enum vc_code code = vc_der_put_uint(content, VERSION, err);

    if (code == VC_OK)
        code = vc_der_put_uint(content, attested->platform, err);
    if (code == VC_OK)
        code = vc_der_put_text(content, vc_platform_label(attested->platform), err);
    if (code == VC_OK)
        code = vc_der_put_octets(content, VC_BYTES(attested->measurement), err);
    if (code == VC_OK)
        code = vc_der_put_text(content, attested->tcb_status, err);
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

/* The number, and the label that belongs to it: neither can be shown without the other. */
static enum vc_platform_kind read_platform(struct vc_reader *reader)
{
    enum vc_platform_kind kinds[] = {VC_PLATFORM_PROCESS};
    uint64_t number = vc_der_read_uint(reader);
    char label[128] = "";

    read_text(reader, label, sizeof(label));
    for (size_t i = 0; i < VC_COUNT(kinds); i++) {
        if (number == (uint64_t)kinds[i] && strcmp(label, vc_platform_label(kinds[i])) == 0)
            return kinds[i];
    }
    vc_reader_fail(reader);
    return VC_PLATFORM_PROCESS;
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
    read_digest(&reader, parsed.measurement);
    read_text(&reader, parsed.tcb_status, sizeof(parsed.tcb_status));
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

static struct prefix prefix_of(const uint8_t digest[VC_SHA256_SIZE])
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

static enum vc_code check_measurement(const struct vc_attested *attested,
                                      const struct vc_expectations *expectations,
                                      struct vc_err *err)
{
    for (size_t i = 0; i < expectations->accepted_count; i++) {
        const uint8_t(*accepted)[VC_SHA256_SIZE] = expectations->accepted[i].measurements;
        size_t count = expectations->accepted[i].count;

        if (expectations->accepted[i].platform != attested->platform)
            continue;
        for (size_t k = 0; k < count; k++) {
            if (memcmp(accepted[k], attested->measurement, VC_SHA256_SIZE) == 0)
                return VC_OK;
        }
        return vc_fail(err, VC_UNTRUSTED,
                       "measurement differs: the policy accepts %s… (%zu value%s), this container "
                       "is %s…; compare with `veracruz measure`",
                       count == 0 ? "nothing" : prefix_of(accepted[0]).text, count,
                       count == 1 ? "" : "s", prefix_of(attested->measurement).text);
    }
    return vc_fail(err, VC_UNTRUSTED,
                   "platform differs: the container runs on %s, and the policy does not name "
                   "`%s` under attestation.platforms",
                   vc_platform_label(attested->platform), vc_platform_name(attested->platform));
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
        code = check_measurement(&parsed, expectations, err);
    if (code == VC_OK)
        code = check_age(&parsed, expectations->max_age_s, now, err);
    if (code == VC_OK)
        *attested = parsed;
    return untrusted(code, err);
}
