/* SPDX-License-Identifier: MIT */

#include "evidence/snp_leaf.h"

#include <stdio.h>
#include <string.h>

#include "base/hex.h"
#include "codec/der.h"
#include "crypto/public_key.h"

#define OID_PREFIX "1.3.6.1.4.1.3704.1."

static const char OID_STRUCTURE[] = OID_PREFIX "1";
static const char OID_PRODUCT[] = OID_PREFIX "2";
static const char OID_CHIP[] = OID_PREFIX "4";
static const char OID_CLOUD[] = OID_PREFIX "5";

static constexpr uint8_t TAG_OCTETS = 0x04;
static constexpr uint8_t TAG_IA5 = 0x16;
static constexpr uint64_t STRUCTURE_MAX = 1;   /* 0: Milan, Genoa; 1: Turin */
static constexpr size_t MASKED_TRIES_MAX = 64; /* signatures verified to find a masked chip's key */
static constexpr size_t SCALAR_SIZE = VC_SNP_SIGNATURE_SIZE / 2;
static constexpr size_t URL_MAX = 256; /* bytes, with the NUL */
static constexpr size_t PARTS_TEXT_MAX = 80;

/* "Milan", or "Milan-B0"; Bergamo and Siena have Genoa's keys. */
static bool names_product(struct vc_bytes text, enum vc_snp_product product)
{
    static const struct {
        enum vc_snp_product product;
        const char *name;
    } rows[] = {
        {VC_SNP_MILAN, "Milan"}, {VC_SNP_GENOA, "Genoa"}, {VC_SNP_GENOA, "Bergamo"},
        {VC_SNP_GENOA, "Siena"}, {VC_SNP_TURIN, "Turin"},
    };

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        size_t size = strlen(rows[i].name);

        if (rows[i].product == product && text.size >= size &&
            memcmp(text.data, rows[i].name, size) == 0 &&
            (text.size == size || text.data[size] == '-' || text.data[size] == ' '))
            return true;
    }
    return false;
}

/* "SEV-VCEK" of "SEV-Milan", or "SEV-VLEK" of "SEV-VLEK-Milan". */
static bool read_names(const struct vc_cert *cert, struct vc_snp_leaf *leaf)
{
    static const char vcek_issuer[] = "SEV-";
    static const char vlek_issuer[] = "SEV-VLEK-";
    const char *name = vc_cert_common_name(cert);
    const char *issuer = vc_cert_issuer_name(cert);
    const char *prefix;

    if (strcmp(name, "SEV-VCEK") == 0) {
        leaf->kind = VC_SNP_VCEK;
        prefix = vcek_issuer;
    } else if (strcmp(name, "SEV-VLEK") == 0) {
        leaf->kind = VC_SNP_VLEK;
        prefix = vlek_issuer;
    } else {
        return false;
    }
    if (strncmp(issuer, prefix, strlen(prefix)) != 0)
        return false;
    leaf->product = vc_snp_product_find(issuer + strlen(prefix));
    return leaf->product != VC_SNP_UNKNOWN;
}

static enum vc_code read_number(const struct vc_cert *cert, const char *oid, uint64_t most,
                                uint64_t *value, struct vc_err *err)
{
    struct vc_bytes der;
    struct vc_reader reader;
    enum vc_code code = vc_cert_extension(cert, oid, &der, err);

    if (code != VC_OK)
        return code;
    reader = vc_reader_over(der);
    *value = vc_der_read_uint(&reader);
    if (!vc_reader_done(&reader) || *value > most)
        return vc_fail(err, VC_MALFORMED, "extension %s: not a number up to %llu", oid,
                       (unsigned long long)most);
    return VC_OK;
}

static enum vc_code read_tcb(const struct vc_cert *cert, struct vc_snp_leaf *leaf,
                             struct vc_err *err)
{
    struct vc_snp_layout layout = vc_snp_layout_of(leaf->product);

    for (size_t i = 0; i < layout.part_count; i++) {
        const struct vc_snp_part *part = &layout.parts[i];
        uint64_t value = 0;
        enum vc_code code = read_number(cert, part->oid, UINT8_MAX, &value, err);

        if (code == VC_NOT_FOUND && part->name == nullptr)
            code = VC_OK; /* reserved: zero if nobody says so */
        if (code != VC_OK)
            return code == VC_NOT_FOUND ? vc_fail(err, VC_MALFORMED, "no extension %s", part->oid)
                                        : code;
        leaf->tcb[part->index] = (uint8_t)value;
    }
    return VC_OK;
}

/* The bytes themselves stand in the extension; a later issue wraps them in an OCTET STRING. The
 * length tells, since an id may begin with any byte. */
static enum vc_code read_chip(const struct vc_cert *cert, struct vc_snp_leaf *leaf,
                              struct vc_err *err)
{
    size_t wanted = leaf->product == VC_SNP_TURIN ? VC_SNP_SHORT_ID_SIZE : VC_SNP_CHIP_ID_SIZE;
    struct vc_bytes value;
    enum vc_code code = vc_cert_extension(cert, OID_CHIP, &value, err);

    if (code != VC_OK)
        return code == VC_NOT_FOUND ? vc_fail(err, VC_MALFORMED, "no hwID") : code;
    if (value.size == wanted + 2 && value.data[0] == TAG_OCTETS && value.data[1] == wanted)
        value = (struct vc_bytes){value.data + 2, wanted};
    if (value.size != wanted)
        return vc_fail(err, VC_MALFORMED, "hwID of %zu bytes, %zu wanted", value.size, wanted);
    leaf->chip = value;
    return VC_OK;
}

/* A VLEK belongs to a cloud and to no chip, a VCEK the other way round. */
static enum vc_code read_owner(const struct vc_cert *cert, struct vc_snp_leaf *leaf,
                               struct vc_err *err)
{
    bool is_vcek = leaf->kind == VC_SNP_VCEK;
    struct vc_bytes value;

    if (vc_cert_extension(cert, is_vcek ? OID_CLOUD : OID_CHIP, &value, nullptr) != VC_NOT_FOUND)
        return vc_fail(err, VC_MALFORMED, is_vcek ? "a VCEK with a cspID" : "a VLEK with a hwID");
    if (is_vcek)
        return read_chip(cert, leaf, err);
    if (vc_cert_extension(cert, OID_CLOUD, &value, err) != VC_OK)
        return vc_fail(err, VC_MALFORMED, "a VLEK without a cspID");
    return VC_OK;
}

static enum vc_code read_product(const struct vc_cert *cert, const struct vc_snp_leaf *leaf,
                                 struct vc_err *err)
{
    struct vc_bytes der;
    struct vc_bytes text;
    struct vc_reader reader;
    enum vc_code code = vc_cert_extension(cert, OID_PRODUCT, &der, err);

    if (code != VC_OK)
        return code == VC_NOT_FOUND ? vc_fail(err, VC_MALFORMED, "no productName") : code;
    reader = vc_reader_over(der);
    text = vc_der_read_value(&reader, TAG_IA5);
    if (!vc_reader_done(&reader))
        return vc_fail(err, VC_MALFORMED, "productName is no IA5String");
    if (!names_product(text, leaf->product))
        return vc_fail(err, VC_MALFORMED, "its productName is not %s, as its issuer's",
                       vc_snp_product_name(leaf->product));
    return VC_OK;
}

enum vc_code vc_snp_leaf_parse(const struct vc_cert *cert, struct vc_snp_leaf *leaf,
                               struct vc_err *err)
{
    struct vc_snp_leaf made = {.cert = cert};
    uint64_t structure;
    enum vc_code code;

    if (!read_names(cert, &made))
        return vc_fail(err, VC_NOT_FOUND, "not a VCEK or VLEK by its name");
    code = read_number(cert, OID_STRUCTURE, STRUCTURE_MAX, &structure, err);
    if (code == VC_NOT_FOUND)
        code = vc_fail(err, VC_MALFORMED, "no structVersion");
    if (code == VC_OK)
        code = read_product(cert, &made, err);
    if (code == VC_OK)
        code = read_tcb(cert, &made, err);
    if (code == VC_OK)
        code = read_owner(cert, &made, err);
    if (code != VC_OK)
        return vc_fail_in(err, code, "certificate %s", vc_cert_common_name(cert));
    *leaf = made;
    return VC_OK;
}

static void reverse(struct vc_bytes scalar, uint8_t *out)
{
    for (size_t i = 0; i < SCALAR_SIZE; i++)
        out[i] = scalar.data[SCALAR_SIZE - 1 - i];
}

enum vc_code vc_snp_leaf_verify(const struct vc_snp_leaf *leaf, const struct vc_snp_report *report,
                                struct vc_err *err)
{
    vc_cleanup(vc_public_key_freep) struct vc_public_key *key = nullptr;
    uint8_t signature[VC_SNP_SIGNATURE_SIZE];
    enum vc_code code = vc_public_key_of_cert(leaf->cert, &key, err);

    if (code != VC_OK || vc_public_key_kind(key) != VC_KEY_P384)
        return vc_fail(err, VC_UNTRUSTED, "the certificate's key is not on P-384");
    reverse(report->signature_r, signature);
    reverse(report->signature_s, signature + SCALAR_SIZE);
    code =
        vc_public_key_verify(key, VC_SCHEME_ES384, report->signed_part, VC_BYTES(signature), err);
    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "attestation report");
}

/* The search for the one leaf, and what came closest. */
struct search {
    const struct vc_snp_report *report;
    enum vc_snp_signer kind;
    enum vc_snp_product product; /* unknown: any */
    bool is_masked;
    size_t tries;
    struct vc_snp_leaf found;     /* cert null: none yet */
    struct vc_snp_leaf other_tcb; /* the right chip's; cert null: none */
    struct vc_snp_leaf other_chip;
    struct vc_err malformed; /* of the first that is not as it should be; code VC_OK: none */
};

static bool is_chip(const struct search *search, const struct vc_snp_leaf *leaf)
{
    if (leaf->kind == VC_SNP_VLEK || search->is_masked)
        return true;
    return memcmp(leaf->chip.data, search->report->chip_id.data, leaf->chip.size) == 0;
}

static bool is_signer(struct search *search, const struct vc_snp_leaf *leaf)
{
    return search->tries++ < MASKED_TRIES_MAX &&
           vc_snp_leaf_verify(leaf, search->report, nullptr) == VC_OK;
}

static void consider(struct search *search, const struct vc_snp_leaf *leaf)
{
    if (leaf->kind != search->kind)
        return;
    if ((search->product != VC_SNP_UNKNOWN && leaf->product != search->product) ||
        !is_chip(search, leaf))
        search->other_chip = *leaf;
    else if (memcmp(leaf->tcb, search->report->reported_tcb.data, VC_SNP_TCB_SIZE) != 0)
        search->other_tcb = *leaf;
    else if (!search->is_masked || leaf->kind == VC_SNP_VLEK || is_signer(search, leaf))
        search->found = *leaf;
    else
        search->other_chip = *leaf;
}

static bool look_at(struct search *search, const struct vc_cert *cert, int64_t now)
{
    struct vc_snp_leaf leaf;
    struct vc_err err = {};
    enum vc_code code = vc_snp_leaf_parse(cert, &leaf, &err);

    if (code == VC_OK)
        consider(search, &leaf);
    else if (code != VC_NOT_FOUND && search->malformed.code == VC_OK)
        search->malformed = err;
    return search->found.cert == cert && vc_cert_check_time(cert, now, nullptr) == VC_OK;
}

static void write_parts(const struct vc_snp_report *report, enum vc_snp_product product,
                        char text[PARTS_TEXT_MAX])
{
    struct vc_snp_layout layout = vc_snp_layout_of(product);
    size_t at = 0;

    for (size_t i = 0; i < layout.part_count; i++) {
        const struct vc_snp_part *part = &layout.parts[i];

        if (part->name == nullptr || at >= PARTS_TEXT_MAX)
            continue;
        at += (size_t)snprintf(text + at, PARTS_TEXT_MAX - at, "%s%s %u", at > 0 ? ", " : "",
                               part->name, report->reported_tcb.data[part->index]);
    }
}

/* AMD 57230 §4.1 */
static void write_url(const struct vc_snp_report *report, enum vc_snp_product product,
                      char text[URL_MAX])
{
    struct vc_snp_layout layout = vc_snp_layout_of(product);
    size_t size = product == VC_SNP_TURIN ? VC_SNP_SHORT_ID_SIZE : VC_SNP_CHIP_ID_SIZE;
    char chip[2 * VC_SNP_CHIP_ID_SIZE + 1];
    char mark = '?';
    size_t at;

    vc_hex_encode((struct vc_bytes){report->chip_id.data, size}, chip);
    at = (size_t)snprintf(text, URL_MAX, "https://kdsintf.amd.com/vcek/v1/%s/%s",
                          vc_snp_product_name(product), chip);
    for (size_t i = 0; i < layout.part_count && at < URL_MAX; i++) {
        const struct vc_snp_part *part = &layout.parts[i];

        if (part->name == nullptr)
            continue;
        at += (size_t)snprintf(text + at, URL_MAX - at, "%c%s=%u", mark, part->parameter,
                               report->reported_tcb.data[part->index]);
        mark = '&';
    }
}

static enum vc_code fail_vcek(const struct search *search, struct vc_err *err)
{
    enum vc_snp_product product = search->product;
    char chip[9];
    char parts[PARTS_TEXT_MAX] = "";
    char url[URL_MAX];

    if (product == VC_SNP_UNKNOWN) /* version 2, which Milan's firmware began with */
        product = VC_SNP_MILAN;
    write_parts(search->report, product, parts);
    if (search->is_masked) {
        return vc_fail(err, VC_NOT_FOUND,
                       "no VCEK for this chip, whose id is masked, at TCB %s: whoever runs it "
                       "must give its certificate",
                       parts);
    }
    vc_hex_encode((struct vc_bytes){search->report->chip_id.data, 4}, chip);
    write_url(search->report, product, url);
    return vc_fail(err, VC_NOT_FOUND, "no VCEK for chip %s at TCB %s: %s", chip, parts, url);
}

/* "reported TCB microcode 115, the certificate there says 114; wanted: https://…" */
static enum vc_code fail_other_tcb(const struct search *search, struct vc_err *err)
{
    const struct vc_snp_leaf *near = &search->other_tcb;
    struct vc_snp_layout layout = vc_snp_layout_of(near->product);
    const struct vc_snp_part *part = layout.parts;
    char url[URL_MAX] = "a VLEK from the cloud that runs the machine";

    for (size_t i = 0; i < layout.part_count; i++) {
        if (search->report->reported_tcb.data[layout.parts[i].index] !=
            near->tcb[layout.parts[i].index])
            part = &layout.parts[i];
    }
    if (near->kind == VC_SNP_VCEK && !search->is_masked)
        write_url(search->report, near->product, url);
    else if (near->kind == VC_SNP_VCEK)
        (void)snprintf(url, sizeof(url), "the VCEK for it");
    return vc_fail(err, VC_NOT_FOUND,
                   "reported TCB %s %u, the certificate there says %u; wanted: %s",
                   part->name == nullptr ? "reserved byte" : part->name,
                   search->report->reported_tcb.data[part->index], near->tcb[part->index], url);
}

static enum vc_code fail_vlek(const struct search *search, struct vc_err *err)
{
    char parts[PARTS_TEXT_MAX] = "";

    write_parts(search->report, search->product, parts);
    return vc_fail(err, VC_NOT_FOUND,
                   "no VLEK%s%s at TCB %s: the cloud that runs the machine hands it out",
                   search->product == VC_SNP_UNKNOWN ? "" : " of ",
                   vc_snp_product_name(search->product), parts);
}

static enum vc_code fail_missing(const struct search *search, struct vc_err *err)
{
    if (search->other_tcb.cert != nullptr)
        return fail_other_tcb(search, err);
    if (search->other_chip.cert == nullptr && search->malformed.code != VC_OK) {
        if (err != nullptr)
            *err = search->malformed;
        return search->malformed.code;
    }
    return search->kind == VC_SNP_VCEK ? fail_vcek(search, err) : fail_vlek(search, err);
}

enum vc_code vc_snp_leaf_choose(const struct vc_snp_report *report,
                                const struct vc_snp_sources *sources, struct vc_snp_leaf *leaf,
                                struct vc_err *err)
{
    struct search search = {
        .report = report,
        .kind = vc_snp_report_signer(report),
        .product = vc_snp_report_product(report),
        .is_masked = vc_snp_is_zero(report->chip_id),
    };

    for (size_t p = 0; p < sources->pile_count; p++) {
        const struct vc_certs *pile = &sources->piles[p];

        for (size_t i = 0; i < pile->count; i++) {
            if (look_at(&search, pile->items[i], sources->now)) {
                *leaf = search.found;
                return VC_OK;
            }
        }
    }
    if (search.found.cert == nullptr)
        return fail_missing(&search, err);
    *leaf = search.found; /* out of time, as the path's check will say */
    return VC_OK;
}
