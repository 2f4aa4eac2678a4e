/* SPDX-License-Identifier: MIT */

/* Evidence of a TPM as JSON: go-attestation's parameters and quotes, and Trustee's TPM attester. */

#include <string.h>

#include "base/base64.h"
#include "base/hex.h"
#include "codec/json.h"
#include "evidence/tpm_import_internal.h"

static constexpr size_t JSON_PCRS_MAX = 4 * VC_TPM_PCRS; /* several banks in one list */

/* crypto.Hash of Go: the numbers that go-attestation writes as "DigestAlg". */
static const struct {
    int64_t number;
    size_t size;
} go_hashes[] = {{3, 20}, {5, 32}, {6, 48}, {7, 64}};

/* The member's text, if it is there and not null. */
static bool has_text(const struct vc_json_place *object, const char *name, const char **text)
{
    struct vc_json_place member;

    return vc_json_member(object, name, &member, nullptr) == VC_OK &&
           vc_json_string(&member, text, nullptr) == VC_OK && (*text)[0] != '\0';
}

static struct vc_bytes bytes_of(const char *text)
{
    return (struct vc_bytes){(const uint8_t *)text, strlen(text)};
}

static enum vc_code gather_base64(struct vc_tpm_gathering *all, const struct vc_json_place *object,
                                  const char *name, enum vc_tpm_part part, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer bytes = {};
    const char *text;
    struct vc_tpm_public key;
    enum vc_code code;

    if (!has_text(object, name, &text))
        return VC_OK;
    code = vc_base64_parse(bytes_of(text), &bytes, err);
    if (code == VC_OK && part == VC_TPM_PART_AK_PUBLIC) {
        code = vc_tpm_parse_public(vc_buffer_bytes(&bytes), &key, err);
        if (code == VC_OK)
            code = vc_tpm_gather(all, part, key.whole, err);
    } else if (code == VC_OK) {
        code = vc_tpm_gather(all, part, vc_buffer_bytes(&bytes), err);
    }
    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "%s.%s", object->text, name);
}

static size_t go_size(int64_t number)
{
    for (size_t i = 0; i < VC_COUNT(go_hashes); i++) {
        if (go_hashes[i].number == number)
            return go_hashes[i].size;
    }
    return 0;
}

/* {"Index": 4, "Digest": base64, "DigestAlg": 5} */
static enum vc_code gather_go_pcr(struct vc_tpm_gathering *all, const struct vc_json_place *entry,
                                  struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer value = {};
    struct vc_json_place member;
    const char *text;
    int64_t index;
    int64_t hash;
    enum vc_code code = vc_json_member(entry, "Index", &member, err);

    if (code == VC_OK)
        code = vc_json_integer(&member, 0, VC_TPM_PCRS - 1, &index, err);
    if (code == VC_OK)
        code = vc_json_member(entry, "DigestAlg", &member, err);
    if (code == VC_OK)
        code = vc_json_integer(&member, 0, INT64_MAX, &hash, err);
    if (code == VC_OK)
        code = vc_json_member(entry, "Digest", &member, err);
    if (code == VC_OK)
        code = vc_json_string(&member, &text, err);
    if (code == VC_OK)
        code = vc_base64_parse(bytes_of(text), &value, err);
    if (code != VC_OK)
        return code;
    if (value.size == 0 || value.size != go_size(hash))
        return vc_fail(err, VC_MALFORMED, "%s: %zu bytes, and DigestAlg %lld", entry->text,
                       value.size, (long long)hash);
    all->pcrs[index] = vc_octets_of(vc_buffer_bytes(&value));
    return VC_OK;
}

static enum vc_code gather_hex_pcr(struct vc_tpm_gathering *all, const struct vc_json_place *entry,
                                   size_t index, struct vc_err *err)
{
    const char *text;
    enum vc_code code = vc_json_string(entry, &text, err);

    if (code == VC_OK && index >= VC_TPM_PCRS)
        return vc_fail(err, VC_LIMIT, "%s: at most %zu PCRs", entry->text, VC_TPM_PCRS);
    return code == VC_OK ? vc_octets_parse(text, &all->pcrs[index], err) : code;
}

static enum vc_code gather_pcrs(struct vc_tpm_gathering *all, const struct vc_json_place *object,
                                const char *name, bool hex, struct vc_err *err)
{
    struct vc_json_place list;
    enum vc_code code;

    if (vc_json_member(object, name, &list, nullptr) != VC_OK)
        return VC_OK;
    code = vc_json_check_array(&list, JSON_PCRS_MAX, err);
    for (size_t i = 0; code == VC_OK && i < vc_json_count(&list); i++) {
        struct vc_json_place entry = vc_json_element(&list, i);

        code = hex ? gather_hex_pcr(all, &entry, i, err) : gather_go_pcr(all, &entry, err);
    }
    return code;
}

static enum vc_code gather_ek(struct vc_tpm_gathering *all, const struct vc_json_place *object,
                              struct vc_err *err)
{
    struct vc_cert *cert = nullptr;
    const char *text;
    enum vc_code code;

    if (!has_text(object, "EKPem", &text) || strstr(text, "BEGIN CERTIFICATE") == nullptr)
        return VC_OK;
    code = vc_cert_parse_pem(bytes_of(text), &cert, err);
    return code == VC_OK ? vc_tpm_gather_cert(all, cert, err) : code;
}

static enum vc_code gather_go(struct vc_tpm_gathering *all, const struct vc_json_place *root,
                              struct vc_err *err)
{
    struct vc_json_place part;
    enum vc_code code = vc_json_member(root, "AK", &part, err);

    if (code == VC_OK)
        code = gather_base64(all, &part, "Public", VC_TPM_PART_AK_PUBLIC, err);
    if (code == VC_OK)
        code = vc_json_member(root, "Quote", &part, err);
    if (code == VC_OK)
        code = gather_base64(all, &part, "Quote", VC_TPM_PART_ATTEST, err);
    if (code == VC_OK)
        code = gather_base64(all, &part, "Signature", VC_TPM_PART_SIGNATURE, err);
    if (code == VC_OK && vc_json_member(root, "Log", &part, nullptr) == VC_OK) {
        code = gather_pcrs(all, &part, "PCRs", false, err);
        if (code == VC_OK)
            code = gather_base64(all, &part, "Raw", VC_TPM_PART_EVENT_LOG, err);
    }
    if (code == VC_OK && vc_json_member(root, "Static", &part, nullptr) == VC_OK)
        code = gather_ek(all, &part, err);
    return code;
}

static enum vc_code gather_trustee(struct vc_tpm_gathering *all, const struct vc_json_place *root,
                                   struct vc_err *err)
{
    struct vc_json_place quote;
    enum vc_code code = vc_json_member(root, "tpm_quote", &quote, err);

    if (code == VC_OK)
        code = gather_base64(all, root, "ak_public", VC_TPM_PART_AK_KEY, err);
    if (code == VC_OK)
        code = gather_base64(all, &quote, "message", VC_TPM_PART_ATTEST, err);
    if (code == VC_OK)
        code = gather_base64(all, &quote, "signature", VC_TPM_PART_SIGNATURE, err);
    return code == VC_OK ? gather_pcrs(all, &quote, "pcrs", true, err) : code;
}

enum vc_code vc_tpm_gather_json(struct vc_tpm_gathering *all, struct vc_bytes text,
                                struct vc_err *err)
{
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    struct vc_json_place root;

    if (vc_json_parse(text, &json, nullptr) != VC_OK)
        return vc_fail(err, VC_NOT_FOUND, "not JSON");
    root = vc_json_root(json);
    if (vc_json_has(&root, "AK") && vc_json_has(&root, "Quote"))
        return gather_go(all, &root, err);
    if (vc_json_has(&root, "ak_public") && vc_json_has(&root, "tpm_quote"))
        return gather_trustee(all, &root, err);
    return vc_fail(err, VC_NOT_FOUND, "JSON of another kind");
}
