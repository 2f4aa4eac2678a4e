/* SPDX-License-Identifier: MIT */

#include "evidence/psa.h"

#include <string.h>

#include "codec/cbor.h"

static const char PROFILE[] = "tag:psacertified.org,2023:psa#tfm"; /* RFC 9783 §5.2 */

/* Labels of software component claims, RFC 9783 §4.4.1. */
static constexpr int64_t COMPONENT_TYPE = 1;
static constexpr int64_t COMPONENT_MEASUREMENT = 2;
static constexpr int64_t COMPONENT_SIGNER = 5;
static constexpr size_t COMPONENT_CLAIMS = 3;

static constexpr uint8_t UEID_RAND = 0x01;

static void read_exactly(struct vc_reader *reader, uint8_t *out, size_t size)
{
    struct vc_bytes bytes = vc_cbor_read_bytes(reader);

    if (bytes.size == size) {
        memcpy(out, bytes.data, size);
    } else {
        vc_reader_fail(reader);
    }
}

static void read_nonce(struct vc_reader *reader, struct vc_psa_claims *claims)
{
    read_exactly(reader, claims->nonce, sizeof(claims->nonce));
}

static void read_instance_id(struct vc_reader *reader, struct vc_psa_claims *claims)
{
    read_exactly(reader, claims->instance_id, sizeof(claims->instance_id));
    if (claims->instance_id[0] != UEID_RAND)
        vc_reader_fail(reader);
}

static void read_profile(struct vc_reader *reader, struct vc_psa_claims *)
{
    struct vc_bytes text = vc_cbor_read_text(reader);

    if (text.size != sizeof(PROFILE) - 1 || memcmp(text.data, PROFILE, text.size) != 0)
        vc_reader_fail(reader);
}

static void read_client_id(struct vc_reader *reader, struct vc_psa_claims *claims)
{
    int64_t value = vc_cbor_read_int(reader);

    if (value < INT32_MIN || value > INT32_MAX)
        vc_reader_fail(reader);
    claims->client_id = (int32_t)value;
}

static void read_lifecycle(struct vc_reader *reader, struct vc_psa_claims *claims)
{
    uint64_t value = vc_cbor_read_uint(reader);

    if (value > UINT16_MAX)
        vc_reader_fail(reader);
    claims->lifecycle = (uint16_t)value;
}

static void read_implementation_id(struct vc_reader *reader, struct vc_psa_claims *claims)
{
    read_exactly(reader, claims->implementation_id, sizeof(claims->implementation_id));
}

static void read_boot_seed(struct vc_reader *reader, struct vc_psa_claims *claims)
{
    read_exactly(reader, claims->boot_seed, sizeof(claims->boot_seed));
}

static void expect_key(struct vc_reader *reader, struct vc_cbor_map *map, int64_t key)
{
    if (!vc_cbor_next_key(reader, map) || vc_cbor_read_int(reader) != key)
        vc_reader_fail(reader);
}

static void read_type(struct vc_reader *reader, char type[VC_PSA_TYPE_MAX])
{
    struct vc_bytes text = vc_cbor_read_text(reader);

    if (text.size == 0 || text.size >= VC_PSA_TYPE_MAX ||
        memchr(text.data, '\0', text.size) != nullptr) {
        vc_reader_fail(reader);
        return;
    }
    memcpy(type, text.data, text.size);
    type[text.size] = '\0';
}

static void read_components(struct vc_reader *reader, struct vc_psa_claims *claims)
{
    struct vc_cbor_map map;

    if (vc_cbor_read_array(reader) != 1)
        vc_reader_fail(reader);
    map = vc_cbor_read_map(reader);
    if (map.left != COMPONENT_CLAIMS)
        vc_reader_fail(reader);
    expect_key(reader, &map, COMPONENT_TYPE);
    read_type(reader, claims->component.type);
    expect_key(reader, &map, COMPONENT_MEASUREMENT);
    read_exactly(reader, claims->component.measurement, sizeof(claims->component.measurement));
    expect_key(reader, &map, COMPONENT_SIGNER);
    read_exactly(reader, claims->component.signer_id, sizeof(claims->component.signer_id));
}

/* RFC 9783 §4, in the order that deterministic CBOR gives them. */
static const struct claim {
    int64_t key;
    const char *name;
    void (*read)(struct vc_reader *reader, struct vc_psa_claims *claims);
} table[] = {
    {10, "nonce", read_nonce},           {256, "instance-id", read_instance_id},
    {265, "profile", read_profile},      {2394, "client-id", read_client_id},
    {2395, "lifecycle", read_lifecycle}, {2396, "implementation-id", read_implementation_id},
    {2397, "boot-seed", read_boot_seed}, {2399, "software-components", read_components},
};

enum vc_code vc_psa_parse(struct vc_bytes payload, struct vc_psa_claims *claims, struct vc_err *err)
{
    struct vc_reader reader = vc_reader_over(payload);
    struct vc_cbor_map map = vc_cbor_read_map(&reader);
    struct vc_psa_claims parsed = {};

    if (reader.failed || map.left != VC_COUNT(table))
        return vc_fail(err, VC_MALFORMED, "PSA token: not a map of %zu claims", VC_COUNT(table));
    for (size_t i = 0; i < VC_COUNT(table); i++) {
        expect_key(&reader, &map, table[i].key);
        if (reader.failed) {
            return vc_fail(err, VC_MALFORMED, "PSA token: no claim %s where it belongs",
                           table[i].name);
        }
        table[i].read(&reader, &parsed);
        if (reader.failed)
            return vc_fail(err, VC_MALFORMED, "PSA token: claim %s out of form", table[i].name);
    }
    if (!vc_reader_done(&reader))
        return vc_fail(err, VC_MALFORMED, "PSA token: bytes after its claims");
    *claims = parsed;
    return VC_OK;
}

static void put_component(struct vc_cbor_writer *writer, const struct vc_psa_claims *claims)
{
    vc_cbor_open_array(writer, 1);
    vc_cbor_open_map(writer, COMPONENT_CLAIMS);
    vc_cbor_put_int(writer, COMPONENT_TYPE);
    vc_cbor_put_text(writer, claims->component.type);
    vc_cbor_put_int(writer, COMPONENT_MEASUREMENT);
    vc_cbor_put_bytes(writer, VC_BYTES(claims->component.measurement));
    vc_cbor_put_int(writer, COMPONENT_SIGNER);
    vc_cbor_put_bytes(writer, VC_BYTES(claims->component.signer_id));
}

enum vc_code vc_psa_encode(const struct vc_psa_claims *claims, struct vc_buffer *payload,
                           struct vc_err *err)
{
    struct vc_cbor_writer writer = vc_cbor_writer_over(payload);

    vc_cbor_open_map(&writer, VC_COUNT(table));
    vc_cbor_put_int(&writer, 10);
    vc_cbor_put_bytes(&writer, VC_BYTES(claims->nonce));
    vc_cbor_put_int(&writer, 256);
    vc_cbor_put_bytes(&writer, VC_BYTES(claims->instance_id));
    vc_cbor_put_int(&writer, 265);
    vc_cbor_put_text(&writer, PROFILE);
    vc_cbor_put_int(&writer, 2394);
    vc_cbor_put_int(&writer, claims->client_id);
    vc_cbor_put_int(&writer, 2395);
    vc_cbor_put_uint(&writer, claims->lifecycle);
    vc_cbor_put_int(&writer, 2396);
    vc_cbor_put_bytes(&writer, VC_BYTES(claims->implementation_id));
    vc_cbor_put_int(&writer, 2397);
    vc_cbor_put_bytes(&writer, VC_BYTES(claims->boot_seed));
    vc_cbor_put_int(&writer, 2399);
    put_component(&writer, claims);
    return vc_cbor_write_end(&writer, err);
}
