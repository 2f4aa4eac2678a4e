/* SPDX-License-Identifier: MIT */

#include "evidence/quote.h"

#include <inttypes.h>
#include <string.h>

#include "base/base64.h"
#include "base/hex.h"
#include "base/reader.h"
#include "codec/json_span.h"

static constexpr size_t ENCLAVE_SIZE = 384;
static constexpr size_t TD10_SIZE = 584;
static constexpr size_t TD15_SIZE = 648;
static constexpr uint16_t KEY_P256 = 2;         /* ECDSA-256-with-P-256, the one that exists */
static constexpr uint16_t QE_CERTIFICATION = 6; /* wraps the QE's report since version 4 */

static const uint8_t intel_vendor[16] = {0x93, 0x9a, 0x72, 0x33, 0xf7, 0x9c, 0x4c, 0xa9,
                                         0x94, 0x0a, 0x0d, 0xb3, 0x95, 0x7f, 0x06, 0x07};

/* Of an enclave: INIT, DEBUG, MODE64BIT, PROVISIONKEY, EINITTOKENKEY, CET, KSS, AEXNOTIFY (Intel
 * SDM volume 3D, §35.7.1). */
static constexpr uint64_t SGX_KNOWN = 0x4f7;
/* Of a TD, beside the TUD bits: ICSSD, LASS, SEPT_VE_DISABLE, MIGRATABLE, PKS, KL, TPA, PERFMON
 * (Intel TDX Module ABI, ATTRIBUTES). */
static constexpr uint64_t TD_KNOWN = 1ull << 16 | 0xf8000000 | 3ull << 62;

/* -------------------------------------------------------------------------------------- parse */

static struct vc_enclave_report read_enclave(struct vc_reader *outer)
{
    struct vc_enclave_report report = {.whole = vc_read_run(outer, ENCLAVE_SIZE)};
    struct vc_reader reader = vc_reader_over(report.whole);
    struct vc_reader attributes;

    report.cpusvn = vc_read_run(&reader, VC_QUOTE_SVN_COUNT);
    report.miscselect = vc_read_u32_le(&reader);
    (void)vc_read_run(&reader, 12);
    report.isvextprodid = vc_read_run(&reader, 16);
    report.attributes = vc_read_run(&reader, 16);
    report.mrenclave = vc_read_run(&reader, 32);
    (void)vc_read_run(&reader, 32);
    report.mrsigner = vc_read_run(&reader, 32);
    (void)vc_read_run(&reader, 32);
    report.configid = vc_read_run(&reader, 64);
    report.isvprodid = vc_read_u16_le(&reader);
    report.isvsvn = vc_read_u16_le(&reader);
    report.configsvn = vc_read_u16_le(&reader);
    (void)vc_read_run(&reader, 42);
    report.isvfamilyid = vc_read_run(&reader, 16);
    report.report_data = vc_read_run(&reader, 64);
    attributes = vc_reader_over(report.attributes);
    report.flags = vc_read_u64_le(&attributes);
    report.xfrm = vc_read_u64_le(&attributes);
    return report;
}

static struct vc_td_report read_td(struct vc_reader *reader, bool later)
{
    struct vc_td_report report = {.tee_tcb_svn = vc_read_run(reader, VC_QUOTE_SVN_COUNT)};

    report.mrseam = vc_read_run(reader, 48);
    report.mrsignerseam = vc_read_run(reader, 48);
    report.seamattributes = vc_read_u64_le(reader);
    report.tdattributes = vc_read_u64_le(reader);
    report.xfam = vc_read_u64_le(reader);
    report.mrtd = vc_read_run(reader, 48);
    report.mrconfigid = vc_read_run(reader, 48);
    report.mrowner = vc_read_run(reader, 48);
    report.mrownerconfig = vc_read_run(reader, 48);
    for (size_t i = 0; i < VC_QUOTE_RTMR_COUNT; i++)
        report.rtmr[i] = vc_read_run(reader, 48);
    report.report_data = vc_read_run(reader, 64);
    if (later) {
        report.tee_tcb_svn2 = vc_read_run(reader, VC_QUOTE_SVN_COUNT);
        report.mrservicetd = vc_read_run(reader, 48);
    }
    return report;
}

static enum vc_code read_header(struct vc_reader *reader, struct vc_quote *quote,
                                struct vc_err *err)
{
    uint16_t key_type;

    quote->version = vc_read_u16_le(reader);
    key_type = vc_read_u16_le(reader);
    quote->tee_type = vc_read_u32_le(reader);
    quote->qe_svn = vc_read_u16_le(reader);
    quote->pce_svn = vc_read_u16_le(reader);
    quote->qe_vendor = vc_read_run(reader, sizeof(intel_vendor));
    quote->user_data = vc_read_run(reader, 20);
    if (reader->failed)
        return vc_fail(err, VC_MALFORMED, "quote: %zu bytes, shorter than its header",
                       reader->input.size);
    if (quote->version < 3 || quote->version > 5)
        return vc_fail(err, VC_MALFORMED, "quote: version %u, 3 to 5 wanted", quote->version);
    if (key_type != KEY_P256)
        return vc_fail(err, VC_MALFORMED, "quote: attestation key of type %u, 2 (P-256) wanted",
                       key_type);
    if (memcmp(quote->qe_vendor.data, intel_vendor, sizeof(intel_vendor)) != 0)
        return vc_fail(err, VC_MALFORMED, "quote: the quoting enclave's vendor is not Intel");
    if (quote->tee_type != VC_QUOTE_TEE_SGX &&
        (quote->tee_type != VC_QUOTE_TEE_TDX || quote->version == 3))
        return vc_fail(err, VC_MALFORMED, "quote: TEE type 0x%" PRIx32 " in version %u",
                       quote->tee_type, quote->version);
    return VC_OK;
}

/* Since version 5 the body says itself what it is. */
static enum vc_code read_body_kind(struct vc_reader *reader, struct vc_quote *quote,
                                   struct vc_err *err)
{
    static const size_t sizes[] = {[VC_QUOTE_BODY_SGX] = ENCLAVE_SIZE,
                                   [VC_QUOTE_BODY_TD10] = TD10_SIZE,
                                   [VC_QUOTE_BODY_TD15] = TD15_SIZE};
    bool tdx = quote->tee_type == VC_QUOTE_TEE_TDX;
    uint16_t type;
    uint32_t size;

    quote->body = tdx ? VC_QUOTE_BODY_TD10 : VC_QUOTE_BODY_SGX;
    if (quote->version < 5)
        return VC_OK;
    type = vc_read_u16_le(reader);
    size = vc_read_u32_le(reader);
    if (type < VC_QUOTE_BODY_SGX || type > VC_QUOTE_BODY_TD15 || size != sizes[type] ||
        (type != VC_QUOTE_BODY_SGX) != tdx) {
        return vc_fail(err, VC_MALFORMED,
                       "quote: body of type %u with %" PRIu32 " bytes for TEE type 0x%" PRIx32,
                       type, size, quote->tee_type);
    }
    quote->body = (enum vc_quote_body)type;
    return VC_OK;
}

/* The QE's report and what vouches for it; the same bytes in every version. */
static enum vc_code read_certification(struct vc_reader *reader, struct vc_quote *quote,
                                       struct vc_err *err)
{
    uint16_t type;

    quote->qe = read_enclave(reader);
    quote->qe_signature = vc_read_run(reader, VC_QUOTE_SIGNATURE_SIZE);
    quote->auth_data = vc_read_run(reader, vc_read_u16_le(reader));
    type = vc_read_u16_le(reader);
    quote->certification_data = vc_read_run(reader, vc_read_u32_le(reader));
    if (!vc_reader_done(reader))
        return vc_fail(err, VC_MALFORMED, "quote: lengths within the signature data do not fit");
    if (type < VC_QUOTE_PPID_PLAIN || type > VC_QUOTE_PCK_CHAIN)
        return vc_fail(err, VC_MALFORMED, "quote: certification data of type %u, 1 to 5 wanted",
                       type);
    quote->certification = (enum vc_quote_certification)type;
    return VC_OK;
}

static enum vc_code read_signature_data(struct vc_bytes data, struct vc_quote *quote,
                                        struct vc_err *err)
{
    struct vc_reader reader = vc_reader_over(data);
    struct vc_reader inner;
    uint16_t type;

    quote->signature = vc_read_run(&reader, VC_QUOTE_SIGNATURE_SIZE);
    quote->attestation_key = vc_read_run(&reader, VC_QUOTE_KEY_SIZE);
    if (quote->version == 3)
        return read_certification(&reader, quote, err);
    type = vc_read_u16_le(&reader);
    inner = vc_reader_over(vc_read_run(&reader, vc_read_u32_le(&reader)));
    if (!vc_reader_done(&reader))
        return vc_fail(err, VC_MALFORMED, "quote: lengths within the signature data do not fit");
    if (type != QE_CERTIFICATION)
        return vc_fail(err, VC_MALFORMED, "quote: certification data of type %u, 6 wanted", type);
    return read_certification(&inner, quote, err);
}

static enum vc_code check_padding(struct vc_bytes padding, struct vc_quote *quote,
                                  struct vc_err *err)
{
    for (size_t i = 0; i < padding.size; i++) {
        if (padding.data[i] != 0)
            return vc_fail(err, VC_MALFORMED, "quote: bytes behind its end that are not zero");
    }
    quote->padding = padding.size;
    return VC_OK;
}

static enum vc_code parse(struct vc_bytes bytes, struct vc_quote *quote, struct vc_err *err)
{
    struct vc_reader reader = vc_reader_over(bytes);
    enum vc_code code = read_header(&reader, quote, err);
    struct vc_bytes data;
    uint32_t size;

    if (code == VC_OK)
        code = read_body_kind(&reader, quote, err);
    if (code != VC_OK)
        return code;
    if (quote->body == VC_QUOTE_BODY_SGX)
        quote->enclave = read_enclave(&reader);
    else
        quote->td = read_td(&reader, quote->body == VC_QUOTE_BODY_TD15);
    quote->signed_part = (struct vc_bytes){bytes.data, reader.offset};
    size = vc_read_u32_le(&reader);
    data = vc_read_run(&reader, size);
    if (reader.failed)
        return vc_fail(err, VC_MALFORMED, "quote: ends at byte %zu, before its signature does",
                       bytes.size);
    code = read_signature_data(data, quote, err);
    if (code != VC_OK)
        return code;
    return check_padding(vc_read_run(&reader, vc_reader_left(&reader)), quote, err);
}

/* A quote begins with its version, which no text begins with. */
static bool is_binary(struct vc_bytes evidence)
{
    return evidence.size == 0 || evidence.data[0] <= 5;
}

static struct vc_bytes trimmed(struct vc_bytes text)
{
    static const char space[] = {' ', '\t', '\r', '\n'};

    while (text.size > 0 && memchr(space, text.data[0], sizeof(space)) != nullptr)
        text = (struct vc_bytes){text.data + 1, text.size - 1};
    while (text.size > 0 && memchr(space, text.data[text.size - 1], sizeof(space)) != nullptr)
        text.size--;
    return text;
}

/* Hex, or base 64 of either alphabet. */
static enum vc_code decode(struct vc_bytes text, struct vc_buffer *room, struct vc_err *err)
{
    enum vc_code code = vc_hex_decode(text, room, nullptr);

    if (code == VC_MALFORMED)
        code = vc_base64_parse(text, room, nullptr);
    if (code == VC_MALFORMED)
        code = vc_base64url_parse(text, room, nullptr);
    if (code == VC_MEMORY)
        return vc_fail_memory(err);
    return code == VC_OK ? VC_OK
                         : vc_fail(err, code, "quote: neither binary, nor hex, nor base 64");
}

/* Services that make quotes answer {"quote": "…"}. */
static enum vc_code unwrap(struct vc_bytes text, struct vc_buffer *room, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer inner = {};
    struct vc_bytes value;
    enum vc_code code;

    if (text.size == 0 || text.data[0] != '{')
        return decode(text, room, err);
    code = vc_json_span_find(text, "quote", &value, err);
    if (code == VC_OK)
        code = vc_json_span_string(value, &inner, err);
    return code == VC_OK ? decode(vc_buffer_bytes(&inner), room, err)
                         : vc_fail_in(err, VC_MALFORMED, "quote in JSON");
}

enum vc_code vc_quote_parse(struct vc_bytes evidence, struct vc_buffer *room,
                            struct vc_quote *quote, struct vc_err *err)
{
    struct vc_quote made = {};
    struct vc_bytes bytes = evidence;
    enum vc_code code = VC_OK;

    if (!is_binary(evidence)) {
        code = unwrap(trimmed(evidence), room, err);
        if (code != VC_OK)
            return code;
        bytes = vc_buffer_bytes(room);
    }
    code = parse(bytes, &made, err);
    if (code == VC_OK)
        *quote = made;
    return code;
}

/* --------------------------------------------------------------------------------- attributes */

bool vc_quote_is_debug(const struct vc_quote *quote)
{
    if (quote->body == VC_QUOTE_BODY_SGX)
        return (quote->enclave.flags & VC_SGX_DEBUG) != 0;
    return (quote->td.tdattributes & VC_TD_TUD) != 0;
}

enum vc_code vc_enclave_check_attributes(const struct vc_enclave_report *report, const char *who,
                                         struct vc_err *err)
{
    if ((report->flags & VC_SGX_DEBUG) != 0)
        return vc_fail(err, VC_UNTRUSTED, "debug %s: ATTRIBUTES bit 1 set", who);
    if ((report->flags & VC_SGX_INIT) == 0)
        return vc_fail(err, VC_UNTRUSTED, "%s: ATTRIBUTES bit 0 (INIT) not set", who);
    if ((report->flags & ~SGX_KNOWN) != 0)
        return vc_fail(err, VC_UNTRUSTED, "%s: reserved bits in ATTRIBUTES 0x%016" PRIx64, who,
                       report->flags);
    return VC_OK;
}

static enum vc_code check_td(const struct vc_td_report *td, struct vc_err *err)
{
    if ((td->tdattributes & VC_TD_DEBUG) != 0)
        return vc_fail(err, VC_UNTRUSTED, "debug guest: TDATTRIBUTES bit 0 set");
    if ((td->tdattributes & VC_TD_TUD) != 0)
        return vc_fail(err, VC_UNTRUSTED,
                       "guest under debug: TDATTRIBUTES 0x%016" PRIx64 ", bits 7 to 0 must be 0",
                       td->tdattributes);
    if ((td->tdattributes & ~TD_KNOWN) != 0)
        return vc_fail(err, VC_UNTRUSTED, "reserved bits in TDATTRIBUTES 0x%016" PRIx64,
                       td->tdattributes);
    if ((td->tdattributes & VC_TD_MIGRATABLE) != 0)
        return vc_fail(err, VC_UNTRUSTED,
                       "migratable guest: TDATTRIBUTES bit 29 set, so a service TD may carry its "
                       "memory elsewhere");
    if (td->seamattributes != 0)
        return vc_fail(err, VC_UNTRUSTED, "TDX module: SEAMATTRIBUTES 0x%016" PRIx64 ", 0 wanted",
                       td->seamattributes);
    return VC_OK;
}

enum vc_code vc_quote_check_attributes(const struct vc_quote *quote, struct vc_err *err)
{
    if (quote->body == VC_QUOTE_BODY_SGX)
        return vc_enclave_check_attributes(&quote->enclave, "enclave", err);
    return check_td(&quote->td, err);
}
