/* SPDX-License-Identifier: MIT */

#include "evidence/snp_envelope.h"

#include <string.h>

#include "base/hex.h"
#include "base/reader.h"
#include "evidence/snp_report.h"

static constexpr size_t GUID_SIZE = 16;

/* As their text is read, from left to right. */
static const uint8_t GUIDS[][GUID_SIZE] = {
    {0x63, 0xda, 0x75, 0x8d, 0xe6, 0x64, 0x45, 0x64, 0xad, 0xc5, 0xf4, 0xb9, 0x3b, 0xe8, 0xac,
     0xcd}, /* VCEK */
    {0xa8, 0x07, 0x4b, 0xc2, 0xa2, 0x5a, 0x48, 0x3e, 0xaa, 0xe6, 0x39, 0xc0, 0x45, 0xa0, 0xb8,
     0xa1}, /* VLEK */
    {0x4a, 0xb7, 0xb3, 0x79, 0xbb, 0xac, 0x4f, 0xe4, 0xa0, 0x2f, 0x05, 0xae, 0xf3, 0x27, 0xc7,
     0x82}, /* ASK, ASVK */
    {0xc0, 0xb4, 0x06, 0xa4, 0xa8, 0x03, 0x49, 0x52, 0x97, 0x43, 0x3f, 0xb6, 0x01, 0x4c, 0xd0,
     0xae}, /* ARK */
};

/* Hosts that keep GUIDs as numbers turn the first three groups around. */
static bool is_guid(struct vc_bytes bytes, const uint8_t guid[GUID_SIZE])
{
    static const uint8_t turned[] = {3, 2, 1, 0, 5, 4, 7, 6};
    bool same = memcmp(bytes.data, guid, GUID_SIZE) == 0;
    bool same_turned = memcmp(bytes.data + 8, guid + 8, 8) == 0;

    for (size_t i = 0; i < VC_COUNT(turned); i++)
        same_turned = same_turned && bytes.data[i] == guid[turned[i]];
    return same || same_turned;
}

static bool is_known(struct vc_bytes guid)
{
    for (size_t i = 0; i < VC_COUNT(GUIDS); i++) {
        if (is_guid(guid, GUIDS[i]))
            return true;
    }
    return false;
}

static enum vc_code keep(void *user, struct vc_cert *cert, struct vc_err *err)
{
    struct vc_snp_envelope *envelope = user;

    if (envelope->cert_count == VC_SNP_TABLE_MAX) {
        vc_cert_free(cert);
        return vc_fail(err, VC_MALFORMED, "more than %zu certificates", VC_SNP_TABLE_MAX);
    }
    envelope->certs[envelope->cert_count++] = cert;
    return VC_OK;
}

/* DER as a rule; some hosts put PEM there. */
static enum vc_code take_cert(struct vc_bytes bytes, struct vc_snp_envelope *envelope,
                              struct vc_err *err)
{
    struct vc_cert *cert = nullptr;
    enum vc_code code;

    if (bytes.size > 0 && bytes.data[0] == '-')
        return vc_cert_parse_bundle(bytes, VC_SNP_TABLE_MAX, keep, envelope, err);
    code = vc_cert_parse_der(bytes, &cert, err);
    return code == VC_OK ? keep(envelope, cert, err) : code;
}

/* One row; `last` for the row of zeros that ends the table. */
static enum vc_code read_row(struct vc_reader *rows, struct vc_bytes table,
                             struct vc_snp_envelope *envelope, bool *last, struct vc_err *err)
{
    struct vc_bytes guid = vc_read_run(rows, GUID_SIZE);
    uint32_t offset = vc_read_u32_le(rows);
    uint32_t length = vc_read_u32_le(rows);

    *last = false;
    if (rows->failed)
        return vc_fail(err, VC_MALFORMED, "the table does not end");
    if (vc_snp_is_zero(guid)) {
        *last = true;
        return offset == 0 && length == 0 ? VC_OK
                                          : vc_fail(err, VC_MALFORMED, "a row without GUID");
    }
    if (offset > table.size || length > table.size - offset)
        return vc_fail(err, VC_MALFORMED, "a certificate of %u bytes at %u, of %zu in all", length,
                       offset, table.size);
    if (!is_known(guid) || length == 0) /* a host that has none may say so */
        return VC_OK;
    return take_cert((struct vc_bytes){table.data + offset, length}, envelope, err);
}

static enum vc_code read_table(struct vc_bytes table, struct vc_snp_envelope *envelope,
                               struct vc_err *err)
{
    struct vc_reader rows = vc_reader_over(table);
    enum vc_code code = VC_OK;
    bool last = false;

    for (size_t i = 0; code == VC_OK && !last; i++) {
        if (i > VC_SNP_TABLE_MAX)
            code = vc_fail(err, VC_MALFORMED, "more than %zu rows", VC_SNP_TABLE_MAX);
        else
            code = read_row(&rows, table, envelope, &last, err);
    }
    if (code == VC_OK || code == VC_MEMORY)
        return code;
    if (err != nullptr)
        err->code = VC_MALFORMED;
    return vc_fail_in(err, VC_MALFORMED, "certificate table");
}

static enum vc_code open_binary(struct vc_bytes bytes, struct vc_snp_envelope *envelope,
                                struct vc_err *err)
{
    enum vc_code code;

    if (vc_snp_hcl_is(bytes)) {
        code = vc_snp_hcl_parse(bytes, &envelope->hcl, err);
        envelope->is_hcl = code == VC_OK;
        envelope->report = envelope->hcl.report;
        return code;
    }
    if (bytes.size < VC_SNP_REPORT_SIZE) {
        return vc_fail(err, VC_MALFORMED, "an attestation report of %zu bytes, %zu wanted",
                       bytes.size, VC_SNP_REPORT_SIZE);
    }
    envelope->report = (struct vc_bytes){bytes.data, VC_SNP_REPORT_SIZE};
    if (bytes.size == VC_SNP_REPORT_SIZE)
        return VC_OK;
    return read_table(
        (struct vc_bytes){bytes.data + VC_SNP_REPORT_SIZE, bytes.size - VC_SNP_REPORT_SIZE},
        envelope, err);
}

/* A report begins with a small number in four bytes, an HCL report with capitals that are no hex
 * digits. */
static bool looks_like_text(struct vc_bytes bytes)
{
    for (size_t i = 0; i < bytes.size && i < 4; i++) {
        if (memchr("0123456789abcdefABCDEFxX \t\r\n", bytes.data[i], 28) == nullptr)
            return false;
    }
    return bytes.size >= 4;
}

enum vc_code vc_snp_envelope_open(struct vc_bytes bytes, struct vc_snp_envelope *envelope,
                                  struct vc_err *err)
{
    enum vc_code code;

    if (!looks_like_text(bytes))
        return open_binary(bytes, envelope, err);
    code = vc_hex_decode(bytes, &envelope->decoded, err);
    return code == VC_OK ? open_binary(vc_buffer_bytes(&envelope->decoded), envelope, err) : code;
}

void vc_snp_envelope_done(struct vc_snp_envelope *envelope)
{
    for (size_t i = 0; i < envelope->cert_count; i++)
        vc_cert_free(envelope->certs[i]);
    envelope->cert_count = 0;
    vc_buffer_done(&envelope->decoded);
}
