/* SPDX-License-Identifier: MIT */

#include "evidence/snp_hcl.h"

#include <string.h>

#include "base/base64.h"
#include "base/hex.h"
#include "base/reader.h"
#include "codec/json.h"
#include "crypto/public_key.h"
#include "evidence/snp_report.h"

static const uint8_t MAGIC[] = {'H', 'C', 'L', 'A'};
static constexpr uint32_t VERSION_MAX = 2;
static constexpr uint32_t REPORT_SNP = 2;
static constexpr size_t HEADER_REST =
    24; /* sizes and status, which nobody signs and we do not need */
static constexpr size_t KEYS_MAX = 16;
static constexpr uint32_t DATA_VERSION = 1;

static const struct {
    uint32_t type;
    enum vc_hash hash;
} HASHES[] = {
    {1, VC_HASH_SHA256},
    {2, VC_HASH_SHA384},
    {3, VC_HASH_SHA512},
};

bool vc_snp_hcl_is(struct vc_bytes bytes)
{
    return bytes.size >= sizeof(MAGIC) && memcmp(bytes.data, MAGIC, sizeof(MAGIC)) == 0;
}

static bool find_hash(uint32_t type, enum vc_hash *hash)
{
    for (size_t i = 0; i < VC_COUNT(HASHES); i++) {
        if (HASHES[i].type == type) {
            *hash = HASHES[i].hash;
            return true;
        }
    }
    return false;
}

/* A vTPM's index is longer than what was written to it: the rest is as it was made. */
static bool is_padding(struct vc_bytes rest)
{
    for (size_t i = 0; i < rest.size; i++) {
        if (rest.data[i] != rest.data[0])
            return false;
    }
    return rest.size == 0 || rest.data[0] == 0 || rest.data[0] == 0xff;
}

static enum vc_code read_data(struct vc_reader *reader, struct vc_snp_hcl *hcl, struct vc_err *err)
{
    (void)vc_read_u32_le(reader); /* how much there is: nobody signs it, and the length says it */
    uint32_t version = vc_read_u32_le(reader);
    uint32_t type = vc_read_u32_le(reader);
    uint32_t hash = vc_read_u32_le(reader);
    uint32_t length = vc_read_u32_le(reader);

    hcl->runtime_data = vc_read_run(reader, length);
    if (reader->failed || length == 0 || version != DATA_VERSION)
        return vc_fail(err, VC_MALFORMED, "HCL report: malformed runtime data");
    if (type != REPORT_SNP)
        return vc_fail(err, VC_MALFORMED, "HCL report of type %u; 2 (SEV-SNP) wanted", type);
    if (!find_hash(hash, &hcl->hash))
        return vc_fail(err, VC_MALFORMED, "HCL report: hash type %u; 1 to 3 are known", hash);
    if (!is_padding(vc_read_run(reader, vc_reader_left(reader))))
        return vc_fail(err, VC_MALFORMED, "HCL report: bytes after the runtime data");
    return VC_OK;
}

static enum vc_code read_frame(struct vc_bytes bytes, struct vc_snp_hcl *hcl, struct vc_err *err)
{
    struct vc_reader reader = vc_reader_over(bytes);

    (void)vc_read_run(&reader, sizeof(MAGIC));
    hcl->version = vc_read_u32_le(&reader);
    (void)vc_read_run(&reader, HEADER_REST);
    hcl->report = vc_read_run(&reader, VC_SNP_REPORT_SIZE);
    if (reader.failed || hcl->version == 0 || hcl->version > VERSION_MAX)
        return vc_fail(err, VC_MALFORMED, "HCL report: malformed header");
    return read_data(&reader, hcl, err);
}

static enum vc_code read_base64url(const struct vc_json_place *key, const char *name,
                                   struct vc_buffer *bytes, struct vc_err *err)
{
    struct vc_json_place member;
    const char *text;
    enum vc_code code = vc_json_member(key, name, &member, err);

    if (code == VC_OK)
        code = vc_json_string(&member, &text, err);
    if (code == VC_OK)
        code =
            vc_base64url_parse((struct vc_bytes){(const uint8_t *)text, strlen(text)}, bytes, err);
    return code;
}

static enum vc_code read_ak(const struct vc_json_place *place, struct vc_snp_hcl *hcl,
                            struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer modulus = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer exponent = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer spki = {};
    vc_cleanup(vc_public_key_freep) struct vc_public_key *key = nullptr;
    enum vc_code code = read_base64url(place, "n", &modulus, err);

    if (code == VC_OK)
        code = read_base64url(place, "e", &exponent, err);
    if (code == VC_OK)
        code =
            vc_public_key_of_rsa(vc_buffer_bytes(&modulus), vc_buffer_bytes(&exponent), &key, err);
    if (code == VC_OK)
        code = vc_public_key_encode_der(key, &spki, err);
    if (code == VC_OK)
        hcl->ak = vc_hash_of(VC_HASH_SHA256, vc_buffer_bytes(&spki));
    return code;
}

/* The one key named HCLAkPub. */
static enum vc_code read_keys(const struct vc_json_place *keys, struct vc_snp_hcl *hcl,
                              struct vc_err *err)
{
    enum vc_code code = vc_json_check_array(keys, KEYS_MAX, err);

    for (size_t i = 0; code == VC_OK && i < vc_json_count(keys); i++) {
        struct vc_json_place key = vc_json_element(keys, i);
        struct vc_json_place member;
        const char *name;

        code = vc_json_member(&key, "kid", &member, err);
        if (code == VC_OK)
            code = vc_json_string(&member, &name, err);
        if (code != VC_OK || strcmp(name, "HCLAkPub") != 0)
            continue;
        if (hcl->ak.size > 0)
            return vc_fail(err, VC_MALFORMED, "%s: HCLAkPub twice", keys->text);
        code = read_ak(&key, hcl, err);
    }
    if (code == VC_OK && hcl->ak.size == 0)
        return vc_fail(err, VC_MALFORMED, "%s: no HCLAkPub", keys->text);
    return code;
}

static enum vc_code read_user_data(const struct vc_json_place *root, struct vc_snp_hcl *hcl,
                                   struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer bytes = {};
    struct vc_json_place member;
    const char *text;
    enum vc_code code;

    if (!vc_json_has(root, "user-data"))
        return VC_OK;
    code = vc_json_member(root, "user-data", &member, err);
    if (code == VC_OK)
        code = vc_json_string(&member, &text, err);
    if (code != VC_OK || text[0] == '\0')
        return code;
    code = vc_hex_decode((struct vc_bytes){(const uint8_t *)text, strlen(text)}, &bytes, err);
    if (code == VC_OK && bytes.size > VC_OCTETS_MAX)
        code = vc_fail(err, VC_MALFORMED, "user-data of %zu bytes", bytes.size);
    if (code == VC_OK)
        hcl->user_data = vc_octets_of(vc_buffer_bytes(&bytes));
    return code;
}

static enum vc_code read_json(struct vc_snp_hcl *hcl, struct vc_err *err)
{
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    struct vc_json_place root;
    struct vc_json_place keys;
    enum vc_code code = vc_json_parse(hcl->runtime_data, &json, err);

    if (code != VC_OK)
        return code;
    root = vc_json_root(json);
    code = vc_json_member(&root, "keys", &keys, err);
    if (code == VC_OK)
        code = read_keys(&keys, hcl, err);
    if (code == VC_OK)
        code = read_user_data(&root, hcl, err);
    return code;
}

enum vc_code vc_snp_hcl_parse(struct vc_bytes bytes, struct vc_snp_hcl *hcl, struct vc_err *err)
{
    struct vc_snp_hcl made = {};
    enum vc_code code = read_frame(bytes, &made, err);

    if (code != VC_OK)
        return code;
    code = read_json(&made, err);
    if (code == VC_MEMORY)
        return code;
    if (code != VC_OK) {
        code = VC_MALFORMED;
        if (err != nullptr)
            err->code = VC_MALFORMED;
        return vc_fail_in(err, code, "HCL report: runtime data");
    }
    *hcl = made;
    return VC_OK;
}

enum vc_code vc_snp_hcl_check(const struct vc_snp_hcl *hcl, struct vc_bytes report_data,
                              struct vc_err *err)
{
    struct vc_octets digest = vc_hash_of(hcl->hash, hcl->runtime_data);
    struct vc_bytes rest = {report_data.data + digest.size, report_data.size - digest.size};

    if (memcmp(report_data.data, digest.bytes, digest.size) == 0 && vc_snp_is_zero(rest))
        return VC_OK;
    return vc_fail(err, VC_UNTRUSTED,
                   "HCL report: the report's data are not the %s of the runtime data",
                   vc_hash_name(hcl->hash));
}
