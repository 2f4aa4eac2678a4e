/* SPDX-License-Identifier: MIT */

#include "evidence/psa_claims.h"

#include <assert.h>
#include <string.h>

#include "codec/cbor.h"

static constexpr uint8_t UEID_RAND = 0x01;
static constexpr size_t IMPLEMENTATION_ID_SIZE = 32;
static constexpr size_t BOOT_SEED_MIN = 8;
static constexpr size_t BOOT_SEED_MAX = 32;
static constexpr size_t EAN_DIGITS = 13; /* of a certification reference */
static constexpr size_t REVISION_DIGITS = 5;

/* Labels of a software component's map, RFC 9783 §4.4.1. */
static constexpr int64_t COMPONENT_TYPE = 1;
static constexpr int64_t COMPONENT_MEASUREMENT = 2;
static constexpr int64_t COMPONENT_VERSION = 4;
static constexpr int64_t COMPONENT_SIGNER = 5;
static constexpr int64_t COMPONENT_DESCRIPTION = 6;

static constexpr char OWN_PROFILE[] = "tag:psacertified.org,2023:psa#tfm"; /* RFC 9783 §5.2 */
const struct vc_bytes vc_psa_own_profile = {(const uint8_t *)OWN_PROFILE, sizeof(OWN_PROFILE) - 1};

static const struct profile_name {
    enum vc_psa_profile profile;
    const char *name;
} profile_names[] = {
    {VC_PSA_PROFILE_2, OWN_PROFILE},
    {VC_PSA_PROFILE_2, "http://arm.com/psa/2.0.0"},
    {VC_PSA_PROFILE_1, "PSA_IOT_PROFILE_1"},
};

static const struct lifecycle_name {
    enum vc_psa_lifecycle state;
    const char *name;
} lifecycle_names[] = {
    {VC_PSA_UNKNOWN, "unknown"},
    {VC_PSA_ASSEMBLY_AND_TEST, "assembly and test"},
    {VC_PSA_PROVISIONING, "PSA RoT provisioning"},
    {VC_PSA_SECURED, "secured"},
    {VC_PSA_NON_PSA_ROT_DEBUG, "non-PSA-RoT debug"},
    {VC_PSA_RECOVERABLE_DEBUG, "recoverable PSA RoT debug"},
    {VC_PSA_DECOMMISSIONED, "decommissioned"},
};

const char *vc_psa_lifecycle_name(uint16_t lifecycle)
{
    for (size_t i = 0; i < VC_COUNT(lifecycle_names); i++) {
        if ((unsigned)lifecycle_names[i].state == lifecycle >> 8)
            return lifecycle_names[i].name;
    }
    return nullptr;
}

static bool is_hash_size(size_t size)
{
    return size == 32 || size == 48 || size == 64;
}

/* A byte string that fits; else the reader has failed. */
static struct vc_octets read_octets(struct vc_reader *reader)
{
    struct vc_bytes bytes = vc_cbor_read_bytes(reader);

    if (bytes.size <= VC_OCTETS_MAX)
        return vc_octets_of(bytes);
    vc_reader_fail(reader);
    return (struct vc_octets){};
}

/* Each reads the value of one claim, and says what was wanted of one that is out of form; null:
 * nothing. A value of another kind fails the reader besides. */
typedef const char *read_claim(struct vc_reader *reader, struct vc_psa_claims *claims);

static const char *read_profile(struct vc_reader *reader, struct vc_psa_claims *claims)
{
    struct vc_bytes text = vc_cbor_read_text(reader);

    claims->profile_name = text;
    for (size_t i = 0; i < VC_COUNT(profile_names); i++) {
        const char *name = profile_names[i].name;

        if (profile_names[i].profile == claims->profile && text.size == strlen(name) &&
            memcmp(text.data, name, text.size) == 0)
            return nullptr;
    }
    return claims->profile == VC_PSA_PROFILE_1
               ? "\"PSA_IOT_PROFILE_1\" wanted"
               : "\"tag:psacertified.org,2023:psa#tfm\" or \"http://arm.com/psa/2.0.0\" wanted";
}

static const char *read_nonce(struct vc_reader *reader, struct vc_psa_claims *claims)
{
    claims->nonce = read_octets(reader);
    return is_hash_size(claims->nonce.size) ? nullptr : "one of 32, 48 or 64 bytes wanted";
}

static const char *read_instance_id(struct vc_reader *reader, struct vc_psa_claims *claims)
{
    claims->instance_id = read_octets(reader);
    if (claims->instance_id.size == VC_INSTANCE_ID_SIZE &&
        claims->instance_id.bytes[0] == UEID_RAND)
        return nullptr;
    return "33 bytes wanted, the first 01";
}

static const char *read_implementation_id(struct vc_reader *reader, struct vc_psa_claims *claims)
{
    claims->implementation_id = read_octets(reader);
    return claims->implementation_id.size == IMPLEMENTATION_ID_SIZE ? nullptr : "32 bytes wanted";
}

static const char *read_boot_seed(struct vc_reader *reader, struct vc_psa_claims *claims)
{
    size_t size;

    claims->boot_seed = read_octets(reader);
    size = claims->boot_seed.size;
    if (claims->profile == VC_PSA_PROFILE_1)
        return size == BOOT_SEED_MAX ? nullptr : "32 bytes wanted";
    return size >= BOOT_SEED_MIN && size <= BOOT_SEED_MAX ? nullptr : "8 to 32 bytes wanted";
}

static const char *read_client_id(struct vc_reader *reader, struct vc_psa_claims *claims)
{
    int64_t value = vc_cbor_read_int(reader);

    if (value < INT32_MIN || value > INT32_MAX)
        return "a number of 32 bits wanted";
    claims->client_id = (int32_t)value;
    return nullptr;
}

static const char *read_lifecycle(struct vc_reader *reader, struct vc_psa_claims *claims)
{
    uint64_t value = vc_cbor_read_uint(reader);

    if (value > UINT16_MAX || vc_psa_lifecycle_name((uint16_t)value) == nullptr)
        return "there is no such state";
    claims->lifecycle = (uint16_t)value;
    return nullptr;
}

static bool are_digits(struct vc_bytes text, size_t begin, size_t count)
{
    if (text.size < begin + count)
        return false;
    for (size_t i = begin; i < begin + count; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
    }
    return true;
}

static const char *read_certification(struct vc_reader *reader, struct vc_psa_claims *claims)
{
    struct vc_bytes text = vc_cbor_read_text(reader);

    claims->certification = text;
    if (!are_digits(text, 0, EAN_DIGITS))
        return "13 digits wanted";
    if (text.size == EAN_DIGITS && claims->profile == VC_PSA_PROFILE_1)
        return nullptr;
    if (text.size == EAN_DIGITS + 1 + REVISION_DIGITS && text.data[EAN_DIGITS] == '-' &&
        are_digits(text, EAN_DIGITS + 1, REVISION_DIGITS))
        return nullptr;
    return "a hyphen and 5 digits wanted after the 13";
}

static const char *read_verification_service(struct vc_reader *reader, struct vc_psa_claims *claims)
{
    claims->verification_service = vc_cbor_read_text(reader);
    return claims->verification_service.size > 0 ? nullptr : "it is empty";
}

static const char *read_no_measurements(struct vc_reader *reader, struct vc_psa_claims *)
{
    return vc_cbor_read_uint(reader) == 1 ? nullptr : "1 wanted";
}

static bool next_is_int(const struct vc_reader *reader)
{
    return vc_cbor_next_is(reader, VC_CBOR_UINT) || vc_cbor_next_is(reader, VC_CBOR_NEGATIVE);
}

/* The entry whose key is next; unknown ones are passed over, as a token's are. */
static void read_component_entry(struct vc_reader *reader, struct vc_psa_component *component)
{
    int64_t label = 0; /* which no entry has */

    if (next_is_int(reader))
        label = vc_cbor_read_int(reader);
    else
        vc_cbor_skip_any(reader);
    if (label == COMPONENT_TYPE)
        component->type = vc_cbor_read_text(reader);
    else if (label == COMPONENT_MEASUREMENT)
        component->measurement = read_octets(reader);
    else if (label == COMPONENT_VERSION)
        component->version = vc_cbor_read_text(reader);
    else if (label == COMPONENT_SIGNER)
        component->signer_id = read_octets(reader);
    else if (label == COMPONENT_DESCRIPTION)
        component->description = vc_cbor_read_text(reader);
    else
        vc_cbor_skip_any(reader);
}

static const char *read_components(struct vc_reader *reader, struct vc_psa_claims *claims)
{
    size_t count = vc_cbor_read_array(reader);

    if (count == 0 || count > VC_PSA_COMPONENTS_MAX)
        return "an array of 1 to 16 components wanted";
    for (size_t i = 0; i < count; i++) {
        struct vc_psa_component *component = &claims->components[i];
        struct vc_cbor_map map = vc_cbor_read_any_map(reader);

        while (vc_cbor_next_key(reader, &map))
            read_component_entry(reader, component);
        if (reader->failed)
            return "a component is not a map of its claims";
        if (!is_hash_size(component->measurement.size))
            return "a component has no measurement of 32, 48 or 64 bytes";
        if (!is_hash_size(component->signer_id.size))
            return "a component has no signer id of 32, 48 or 64 bytes";
    }
    claims->component_count = count;
    return nullptr;
}

static constexpr size_t PROFILES = 2;

/* RFC 9783 §4, and the labels of profile 1 (its appendix). */
static const struct claim {
    int64_t keys[PROFILES]; /* by profile; 0: it has none such */
    const char *name;
    bool required[PROFILES];
    read_claim *read;
} table[] = {
    {{-75000, 265}, "profile", {false, true}, read_profile},
    {{-75001, 2394}, "client-id", {true, true}, read_client_id},
    {{-75002, 2395}, "security-lifecycle", {true, true}, read_lifecycle},
    {{-75003, 2396}, "implementation-id", {true, true}, read_implementation_id},
    {{-75004, 2397}, "boot-seed", {true, false}, read_boot_seed},
    {{-75005, 2398}, "certification-reference", {false, false}, read_certification},
    {{-75006, 2399}, "software-components", {false, true}, read_components},
    {{-75007, 0}, "no-software-measurement", {false, false}, read_no_measurements},
    {{-75008, 10}, "nonce", {true, true}, read_nonce},
    {{-75009, 256}, "instance-id", {true, true}, read_instance_id},
    {{-75010, 2400}, "verification-service-indicator", {false, false}, read_verification_service},
};

struct reading {
    struct vc_psa_claims claims;
    bool has_profile; /* a key has told it */
    bool seen[VC_COUNT(table)];
};

/* The row with this key, and whose profile's it is. */
static bool find(int64_t key, size_t *row, enum vc_psa_profile *profile)
{
    for (size_t i = 0; i < VC_COUNT(table); i++) {
        for (size_t p = 0; p < PROFILES; p++) {
            if (table[i].keys[p] == key && key != 0) {
                *row = i;
                *profile = (enum vc_psa_profile)p;
                return true;
            }
        }
    }
    return false;
}

static enum vc_code read_known(struct vc_reader *reader, struct reading *reading, size_t row,
                               enum vc_psa_profile profile, struct vc_err *err)
{
    const char *wanted;

    if (reading->has_profile && profile != reading->claims.profile)
        return vc_fail(err, VC_MALFORMED, "PSA token: claims of both profiles");
    reading->has_profile = true;
    reading->claims.profile = profile;
    reading->seen[row] = true;
    wanted = table[row].read(reader, &reading->claims);
    if (reader->failed && wanted == nullptr)
        wanted = "it is of another kind";
    if (wanted != nullptr)
        return vc_fail(err, VC_MALFORMED, "PSA token: claim %s: %s", table[row].name, wanted);
    return VC_OK;
}

static enum vc_code read_entry(struct vc_reader *reader, struct reading *reading,
                               struct vc_err *err)
{
    enum vc_psa_profile profile;
    size_t row;

    if (!next_is_int(reader)) {
        vc_cbor_skip_any(reader);
    } else if (find(vc_cbor_read_int(reader), &row, &profile)) {
        return read_known(reader, reading, row, profile, err);
    }
    vc_cbor_skip_any(reader);
    reading->claims.unknown_count++;
    return VC_OK;
}

static bool has(const struct reading *reading, read_claim *read)
{
    for (size_t i = 0; i < VC_COUNT(table); i++) {
        if (table[i].read == read)
            return reading->seen[i];
    }
    return false;
}

static enum vc_code check_complete(const struct reading *reading, struct vc_err *err)
{
    enum vc_psa_profile profile = reading->claims.profile;

    if (!reading->has_profile)
        return vc_fail(err, VC_MALFORMED, "PSA token: no claim that a PSA token has");
    for (size_t i = 0; i < VC_COUNT(table); i++) {
        if (table[i].required[profile] && !reading->seen[i]) {
            return vc_fail(err, VC_MALFORMED, "PSA token: no claim %s (%lld)", table[i].name,
                           (long long)table[i].keys[profile]);
        }
    }
    if (profile == VC_PSA_PROFILE_1 &&
        has(reading, read_components) == has(reading, read_no_measurements)) {
        return vc_fail(err, VC_MALFORMED,
                       "PSA token: one of software-components and no-software-measurement wanted");
    }
    return VC_OK;
}

enum vc_code vc_psa_claims_parse(struct vc_bytes payload, struct vc_psa_claims *claims,
                                 struct vc_err *err)
{
    struct vc_reader reader = vc_reader_over(payload);
    struct vc_cbor_map map = vc_cbor_read_any_map(&reader);
    struct reading reading = {};
    enum vc_code code = VC_OK;

    if (reader.failed)
        return vc_fail(err, VC_MALFORMED, "PSA token: its payload is not a map of claims");
    while (code == VC_OK && vc_cbor_next_key(&reader, &map))
        code = read_entry(&reader, &reading, err);
    if (code == VC_OK && !vc_reader_done(&reader)) {
        code = vc_fail(err, VC_MALFORMED, "PSA token: claims out of form at byte %zu of them",
                       reader.offset);
    }
    if (code == VC_OK)
        code = check_complete(&reading, err);
    if (code == VC_OK)
        *claims = reading.claims;
    return code;
}

static void put_text(struct vc_cbor_writer *writer, int64_t key, struct vc_bytes text)
{
    vc_cbor_put_int(writer, key);
    vc_cbor_put_text_run(writer, text);
}

static void put_octets(struct vc_cbor_writer *writer, int64_t key, const struct vc_octets *octets)
{
    vc_cbor_put_int(writer, key);
    vc_cbor_put_bytes(writer, vc_octets_bytes(octets));
}

static void put_component(struct vc_cbor_writer *writer, const struct vc_psa_component *component)
{
    bool has_type = component->type.size > 0;
    bool has_version = component->version.size > 0;
    bool has_description = component->description.size > 0;

    vc_cbor_open_map(writer, 2u + has_type + has_version + has_description);
    if (has_type)
        put_text(writer, COMPONENT_TYPE, component->type);
    put_octets(writer, COMPONENT_MEASUREMENT, &component->measurement);
    if (has_version)
        put_text(writer, COMPONENT_VERSION, component->version);
    put_octets(writer, COMPONENT_SIGNER, &component->signer_id);
    if (has_description)
        put_text(writer, COMPONENT_DESCRIPTION, component->description);
}

enum vc_code vc_psa_claims_encode(const struct vc_psa_claims *claims, struct vc_buffer *payload,
                                  struct vc_err *err)
{
    struct vc_cbor_writer writer = vc_cbor_writer_over(payload);
    bool has_seed = claims->boot_seed.size > 0;
    bool has_certification = claims->certification.size > 0;
    bool has_service = claims->verification_service.size > 0;

    assert(claims->profile == VC_PSA_PROFILE_2);
    vc_cbor_open_map(&writer, 7u + has_seed + has_certification + has_service);
    put_octets(&writer, 10, &claims->nonce);
    put_octets(&writer, 256, &claims->instance_id);
    put_text(&writer, 265, claims->profile_name);
    vc_cbor_put_int(&writer, 2394);
    vc_cbor_put_int(&writer, claims->client_id);
    vc_cbor_put_int(&writer, 2395);
    vc_cbor_put_uint(&writer, claims->lifecycle);
    put_octets(&writer, 2396, &claims->implementation_id);
    if (has_seed)
        put_octets(&writer, 2397, &claims->boot_seed);
    if (has_certification)
        put_text(&writer, 2398, claims->certification);
    vc_cbor_put_int(&writer, 2399);
    vc_cbor_open_array(&writer, claims->component_count);
    for (size_t i = 0; i < claims->component_count; i++)
        put_component(&writer, &claims->components[i]);
    if (has_service)
        put_text(&writer, 2400, claims->verification_service);
    return vc_cbor_write_end(&writer, err);
}
