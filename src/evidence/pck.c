/* SPDX-License-Identifier: MIT */

#include "evidence/pck.h"

#include <string.h>

#include "codec/der.h"

static const char EXTENSION[] = "1.2.840.113741.1.13.1";
/* The content of that object identifier, below which the fields have theirs. */
static const uint8_t extension_oid[] = {0x2a, 0x86, 0x48, 0x86, 0xf8, 0x4d, 0x01, 0x0d, 0x01};

static constexpr uint8_t TAG_BOOLEAN = 0x01;
static constexpr uint8_t TAG_OID = 0x06;
static constexpr uint8_t TAG_ENUMERATED = 0x0a;

static constexpr uint8_t TCB_PCESVN = 17;
static constexpr uint8_t TCB_CPUSVN = 18;

enum {
    FIELD_PPID = 1,
    FIELD_TCB = 2,
    FIELD_PCEID = 3,
    FIELD_FMSPC = 4,
    FIELD_TYPE = 5,
    FIELD_INSTANCE = 6,
    FIELD_CONFIGURATION = 7,
};

/* A sequence of {identifier, value}: reads what `identifier` says of the content. */
typedef void read_field(struct vc_reader *reader, uint8_t identifier, struct vc_pck *pck);

/* The last part of an identifier below `prefix`; 0, which no field has, for any other. */
static uint8_t read_identifier(struct vc_reader *reader, struct vc_bytes prefix)
{
    struct vc_bytes oid = vc_der_read_value(reader, TAG_OID);

    if (oid.size != prefix.size + 1 || memcmp(oid.data, prefix.data, prefix.size) != 0)
        return 0;
    return oid.data[prefix.size];
}

static void read_octets(struct vc_reader *reader, uint8_t *bytes, size_t size)
{
    struct vc_bytes octets = vc_der_read_octets(reader);

    if (octets.size == size)
        memcpy(bytes, octets.data, size);
    else
        vc_reader_fail(reader);
}

static uint64_t read_at_most(struct vc_reader *reader, uint64_t most)
{
    uint64_t value = vc_der_read_uint(reader);

    if (value > most)
        vc_reader_fail(reader);
    return value;
}

static void read_boolean(struct vc_reader *reader, enum vc_pck_flag *flag)
{
    struct vc_bytes value = vc_der_read_value(reader, TAG_BOOLEAN);

    if (value.size != 1 || (value.data[0] != 0 && value.data[0] != 0xff))
        vc_reader_fail(reader);
    else
        *flag = value.data[0] == 0 ? VC_PCK_FALSE : VC_PCK_TRUE;
}

/* Reads the fields of one sequence into *pck; *seen has a bit for each of them. Identifiers that a
 * later profile may add are stepped over: Intel signed them. */
static void read_fields(struct vc_reader *outer, struct vc_bytes prefix, struct vc_pck *pck,
                        read_field *read, uint32_t *seen)
{
    struct vc_reader fields = vc_der_read_sequence(outer);

    while (vc_reader_left(&fields) > 0) {
        struct vc_reader field = vc_der_read_sequence(&fields);
        uint8_t identifier = read_identifier(&field, prefix);

        if (identifier == 0 || identifier > TCB_CPUSVN) {
            (void)vc_der_read_value(&field, vc_der_peek(&field));
        } else {
            if ((*seen & 1u << identifier) != 0)
                vc_reader_fail(&fields);
            *seen |= 1u << identifier;
            read(&field, identifier, pck);
        }
        if (!vc_reader_done(&field))
            vc_reader_fail(&fields);
    }
    if (!vc_reader_done(&fields))
        vc_reader_fail(outer);
}

static void read_tcb_field(struct vc_reader *reader, uint8_t identifier, struct vc_pck *pck)
{
    if (identifier == TCB_CPUSVN)
        read_octets(reader, pck->cpusvn, sizeof(pck->cpusvn));
    else if (identifier == TCB_PCESVN)
        pck->pcesvn = (uint16_t)read_at_most(reader, UINT16_MAX);
    else
        pck->svns[identifier - 1] = (uint8_t)read_at_most(reader, UINT8_MAX);
}

static void read_configuration_field(struct vc_reader *reader, uint8_t identifier,
                                     struct vc_pck *pck)
{
    enum vc_pck_flag *const flags[] = {&pck->dynamic_platform, &pck->cached_keys, &pck->smt};

    if (identifier <= VC_COUNT(flags))
        read_boolean(reader, flags[identifier - 1]);
    else
        (void)vc_der_read_value(reader, vc_der_peek(reader));
}

/* The sequence of a field that has fields of its own. */
static void read_inner(struct vc_reader *reader, uint8_t identifier, struct vc_pck *pck)
{
    uint8_t prefix[sizeof(extension_oid) + 1];
    uint32_t seen = 0;

    memcpy(prefix, extension_oid, sizeof(extension_oid));
    prefix[sizeof(extension_oid)] = identifier;
    if (identifier == FIELD_CONFIGURATION) {
        read_fields(reader, VC_BYTES(prefix), pck, read_configuration_field, &seen);
        return;
    }
    read_fields(reader, VC_BYTES(prefix), pck, read_tcb_field, &seen);
    if (seen != ((1u << (TCB_CPUSVN + 1)) - 2)) /* all of 1 to 18 */
        vc_reader_fail(reader);
}

static void read_top_field(struct vc_reader *reader, uint8_t identifier, struct vc_pck *pck)
{
    struct vc_bytes number;

    switch (identifier) {
    case FIELD_PPID:
        read_octets(reader, pck->ppid, sizeof(pck->ppid));
        break;
    case FIELD_TCB:
    case FIELD_CONFIGURATION:
        read_inner(reader, identifier, pck);
        break;
    case FIELD_PCEID:
        read_octets(reader, pck->pceid, sizeof(pck->pceid));
        break;
    case FIELD_FMSPC:
        read_octets(reader, pck->fmspc, sizeof(pck->fmspc));
        break;
    case FIELD_TYPE:
        number = vc_der_read_value(reader, TAG_ENUMERATED);
        if (number.size == 1 && number.data[0] < 0x80)
            pck->type = number.data[0];
        else
            vc_reader_fail(reader);
        break;
    case FIELD_INSTANCE:
        read_octets(reader, pck->instance, sizeof(pck->instance));
        pck->has_instance = true;
        break;
    default:
        (void)vc_der_read_value(reader, vc_der_peek(reader));
        break;
    }
}

enum vc_code vc_pck_parse_extension(struct vc_bytes value, struct vc_pck *pck, struct vc_err *err)
{
    static constexpr uint32_t REQUIRED = 1u << FIELD_PPID | 1u << FIELD_TCB | 1u << FIELD_PCEID |
                                         1u << FIELD_FMSPC | 1u << FIELD_TYPE;
    struct vc_reader reader = vc_reader_over(value);
    struct vc_pck made = {};
    uint32_t seen = 0;

    read_fields(&reader, VC_BYTES(extension_oid), &made, read_top_field, &seen);
    if (!vc_reader_done(&reader))
        return vc_fail(err, VC_MALFORMED, "the SGX extension is out of form");
    if ((seen & REQUIRED) != REQUIRED)
        return vc_fail(err, VC_MALFORMED,
                       "the SGX extension lacks PPID, TCB, PCEID, FMSPC or type");
    *pck = made;
    return VC_OK;
}

enum vc_code vc_pck_parse(const struct vc_cert *cert, struct vc_pck *pck, struct vc_err *err)
{
    struct vc_bytes value;
    enum vc_code code = vc_cert_extension(cert, EXTENSION, &value, err);

    if (code == VC_OK)
        code = vc_pck_parse_extension(value, pck, err);
    return code == VC_OK ? VC_OK
                         : vc_fail_in(err, code, "certificate %s", vc_cert_common_name(cert));
}
