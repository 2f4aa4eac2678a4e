/* SPDX-License-Identifier: MIT */

#include "evidence/event_log.h"
#include "evidence/field.h"
#include "evidence/tpm.h"

#include <stdio.h>
#include <string.h>

#include "base/instant.h"

static constexpr size_t TEXT_MAX = 256;

static void put_algorithm(struct vc_fields *fields, const char *name, uint16_t algorithm,
                          const char *meaning)
{
    vc_field_put(fields, name, meaning, "0x%04x %s", algorithm, vc_tpm_algorithm_name(algorithm));
}

/* "0-7, 9". */
static void list_pcrs(uint32_t pcrs, char text[TEXT_MAX])
{
    size_t used = 0;

    (void)snprintf(text, TEXT_MAX, "none");
    for (unsigned i = 0; i < VC_TPM_PCRS; i++) {
        unsigned last = i;

        if ((pcrs >> i & 1) == 0)
            continue;
        while (last + 1 < VC_TPM_PCRS && (pcrs >> (last + 1) & 1) != 0)
            last++;
        used += (size_t)snprintf(text + used, TEXT_MAX - used, last > i ? "%s%u-%u" : "%s%u",
                                 used > 0 ? ", " : "", i, last);
        i = last;
    }
}

static void show_clock(const struct vc_tpm_attest *attest, struct vc_fields *fields)
{
    vc_field_put(fields, "clock", "time for which the TPM was powered, in ms", "%llu",
                 (unsigned long long)attest->clock);
    vc_field_put(fields, "resetCount",
                 "how often the machine was started: another value, "
                 "another boot",
                 "%u", attest->reset_count);
    vc_field_put(fields, "restartCount", "how often it woke from suspension since", "%u",
                 attest->restart_count);
    vc_field_put(fields, "safe",
                 attest->safe ? "the clock was never higher before"
                              : "the clock may have been higher before an orderless stop",
                 "%u", attest->safe);
    vc_field_put(fields, "firmwareVersion", "of the TPM, in its maker's form", "0x%016llx",
                 (unsigned long long)attest->firmware_version);
}

static void show_banks(const struct vc_tpm_attest *attest, struct vc_fields *fields)
{
    for (size_t i = 0; i < attest->bank_count; i++) {
        char pcrs[TEXT_MAX];
        enum vc_hash hash;

        list_pcrs(attest->banks[i].pcrs, pcrs);
        vc_field_put(fields, "pcrSelect",
                     vc_tpm_hash(attest->banks[i].hash, &hash)
                         ? "which registers are quoted, of which bank"
                         : "which registers are quoted, of a bank that is not trusted",
                     "%s: %s", vc_tpm_algorithm_name(attest->banks[i].hash), pcrs);
    }
}

static enum vc_code show_attest(struct vc_bytes bytes, struct vc_tpm_attest *attest,
                                struct vc_fields *fields)
{
    enum vc_code code = vc_tpm_parse_attest(bytes, attest, fields->err);

    fields->section = "quote (TPMS_ATTEST)";
    vc_field_put(fields, "magic",
                 attest->magic == VC_TPM_MAGIC
                     ? "made by a TPM, if the key that signs is restricted"
                     : "NOT made by a TPM",
                 "0x%08x", attest->magic);
    vc_field_put(fields, "type",
                 attest->type == VC_TPM_ATTEST_QUOTE ? "a quote of registers" : "not a quote",
                 "0x%04x", attest->type);
    if (code != VC_OK)
        return code;
    vc_field_put_hex(fields, "qualifiedSigner", attest->qualified_signer,
                     "name of the key that signs, with the hierarchy above it");
    vc_field_put_hex(fields, "extraData", attest->extra_data,
                     attest->extra_data.size > 0 ? "what the quote is bound to"
                                                 : "bound to nothing: may be old");
    show_clock(attest, fields);
    show_banks(attest, fields);
    vc_field_put_hex(fields, "pcrDigest", attest->pcr_digest,
                     "digest of the quoted registers, in ascending order");
    return VC_OK;
}

static enum vc_code show_signature(struct vc_bytes bytes, struct vc_fields *fields)
{
    struct vc_tpm_signature signature;
    enum vc_code code = vc_tpm_parse_signature(bytes, &signature, fields->err);
    enum vc_hash hash;

    if (code != VC_OK)
        return code;
    fields->section = "signature (TPMT_SIGNATURE)";
    put_algorithm(fields, "sigAlg", signature.scheme, "how the AK signed");
    put_algorithm(fields, "hash", signature.hash,
                  vc_tpm_hash(signature.hash, &hash) ? "of what was signed, and of the registers"
                                                     : "too weak to be trusted");
    if (signature.scheme == VC_TPM_ECDSA) {
        vc_field_put_hex(fields, "signatureR", signature.r, "r of the signature");
        vc_field_put_hex(fields, "signatureS", signature.s, "s of the signature");
    } else {
        vc_field_put_hex(fields, "sig", signature.rsa, "the signature");
    }
    return VC_OK;
}

static void show_attributes(const struct vc_tpm_public *key, struct vc_fields *fields)
{
    static const struct {
        uint32_t bit;
        const char *name;
        const char *set;
    } known[] = {
        {VC_TPM_FIXED_TPM, "fixedTPM", "it cannot leave this TPM"},
        {1 << 2, "stClear", "it is gone after a restart"},
        {VC_TPM_FIXED_PARENT, "fixedParent", "it cannot be moved to another parent"},
        {VC_TPM_SENSITIVE_DATA_ORIGIN, "sensitiveDataOrigin", "the TPM itself made it"},
        {VC_TPM_USER_WITH_AUTH, "userWithAuth", "a password is enough to use it"},
        {VC_TPM_ADMIN_WITH_POLICY, "adminWithPolicy", "to administer it takes its policy"},
        {1 << 10, "noDA", "wrong passwords do not lock it"},
        {1 << 11, "encryptedDuplication", "copies are encrypted"},
        {VC_TPM_RESTRICTED, "restricted", "it signs or decrypts only what the TPM made"},
        {VC_TPM_DECRYPT, "decrypt", "it decrypts"},
        {VC_TPM_SIGN, "sign", "it signs"},
        {1 << 19, "x509sign", "it signs certificates"},
    };

    vc_field_put(fields, "objectAttributes",
                 vc_tpm_check_ak(key, nullptr) == VC_OK ? "as an attestation key has to be"
                                                        : "not those of an attestation key",
                 "0x%08x", key->attributes);
    for (size_t i = 0; i < VC_COUNT(known); i++) {
        if ((key->attributes & known[i].bit) != 0)
            vc_field_put(fields, known[i].name, known[i].set, "1");
    }
}

static void show_key(const struct vc_tpm_public *key, struct vc_fields *fields)
{
    if (key->type == VC_TPM_RSA) {
        vc_field_put(fields, "keyBits", "size of the modulus", "%u", key->bits);
        vc_field_put(fields, "exponent", "the RSA exponent", "%u", key->exponent);
        vc_field_put_hex(fields, "modulus", key->modulus, "the key");
        return;
    }
    vc_field_put(fields, "curveID", "3 is P-256, 4 is P-384, 5 is P-521", "%u", key->curve);
    vc_field_put_hex(fields, "x", key->x, "the key");
    vc_field_put_hex(fields, "y", key->y, "the key");
}

static enum vc_code show_public(const char *section, struct vc_bytes bytes,
                                struct vc_fields *fields)
{
    struct vc_tpm_public key;
    struct vc_octets name;
    enum vc_code code = vc_tpm_parse_public(bytes, &key, fields->err);

    if (code != VC_OK)
        return code;
    fields->section = section;
    put_algorithm(fields, "type", key.type, "kind of key");
    put_algorithm(fields, "nameAlg", key.name_hash, "hash that makes its name");
    if (vc_tpm_name(&key, &name, nullptr) == VC_OK)
        vc_field_put_hex(fields, "name", vc_octets_bytes(&name),
                         "the key's name: what an operator endorses");
    show_attributes(&key, fields);
    vc_field_put_hex(fields, "authPolicy", key.policy, "policy to use it; empty: none");
    put_algorithm(fields, "symmetric", key.symmetric, "cipher under which it stores others");
    put_algorithm(fields, "scheme", key.scheme, "how it signs");
    if (key.scheme != VC_TPM_NULL)
        put_algorithm(fields, "hashAlg", key.scheme_hash, "hash of that scheme");
    show_key(&key, fields);
    return VC_OK;
}

static void show_spki(struct vc_bytes spki, struct vc_fields *fields)
{
    struct vc_octets id = vc_hash_of(VC_HASH_SHA256, spki);

    fields->section = "AK (SubjectPublicKeyInfo)";
    vc_field_put_hex(fields, "key", spki, "the key alone: what it may sign is not known");
    vc_field_put_hex(fields, "id", vc_octets_bytes(&id),
                     "SHA-256 of it: what an operator endorses");
}

static const char *pcr_meaning(unsigned number)
{
    static const char *const meanings[] = {
        "code of the firmware",
        "configuration of the firmware",
        "drivers of adapters",
        "configuration of adapters",
        "boot loader",
        "partition table and configuration of the loader",
        "of the machine's maker",
        "Secure Boot: its state and keys",
        "commands of the loader (GRUB)",
        "files that the loader read, and the kernel's initial disk",
        "files that the kernel measured (IMA)",
        "unified kernel image",
        "kernel command line (systemd)",
        "system extensions (systemd)",
        "keys of the loader's owner (MOK)",
        "of the running system",
        "for debugging: anybody can reset it",
    };

    if (number < VC_COUNT(meanings))
        return meanings[number];
    return number < 23 ? "of a dynamic launch" : "of applications: anybody can reset it";
}

static void show_pcrs(const struct vc_tpm_bundle *bundle, const struct vc_tpm_attest *attest,
                      struct vc_fields *fields)
{
    uint32_t pcrs = 0;
    size_t next = 0;

    for (size_t i = 0; i < attest->bank_count && pcrs == 0; i++)
        pcrs = attest->banks[i].pcrs;
    fields->section = "registers";
    for (unsigned i = 0; i < VC_TPM_PCRS && next < bundle->pcr_count; i++) {
        char name[16];

        if ((pcrs >> i & 1) == 0)
            continue;
        (void)snprintf(name, sizeof(name), "PCR %u", i);
        vc_field_put_hex(fields, name, bundle->pcrs[next++], pcr_meaning(i));
    }
}

static enum vc_code show_chain(const char *section, const struct vc_tpm_chain *chain,
                               struct vc_fields *fields)
{
    fields->section = section;
    for (size_t i = 0; i < chain->count; i++) {
        vc_cleanup(vc_cert_freep) struct vc_cert *cert = nullptr;
        const char *text;
        char edges[2][VC_INSTANT_TEXT_MAX];
        enum vc_code code = vc_cert_parse_der(chain->certs[i], &cert, fields->err);

        if (code != VC_OK)
            return code;
        text = vc_cert_common_name(cert);
        vc_field_put_text(fields, "subject", (struct vc_bytes){(const uint8_t *)text, strlen(text)},
                          i == 0 ? "common name of the key's certificate" : "of a CA above it");
        text = vc_cert_issuer_name(cert);
        vc_field_put_text(fields, "issuer", (struct vc_bytes){(const uint8_t *)text, strlen(text)},
                          "who signed it");
        vc_instant_format(vc_cert_not_before(cert), edges[0]);
        vc_instant_format(vc_cert_not_after(cert), edges[1]);
        vc_field_put(fields, "validity", "from and until", "%s to %s", edges[0], edges[1]);
    }
    return VC_OK;
}

static enum vc_code show_keys(const struct vc_tpm_bundle *bundle, struct vc_fields *fields)
{
    enum vc_code code = VC_OK;

    if (bundle->ak_public.size > 0)
        code = show_public("AK (TPMT_PUBLIC)", bundle->ak_public, fields);
    else
        show_spki(bundle->ak_key, fields);
    if (code == VC_OK)
        code = show_chain("AK certificates", &bundle->ak_chain, fields);
    if (code == VC_OK && bundle->ek_public.size > 0)
        code = show_public("EK (TPMT_PUBLIC)", bundle->ek_public, fields);
    return code == VC_OK ? show_chain("EK certificates", &bundle->ek_chain, fields) : code;
}

static enum vc_code show_logs(const struct vc_tpm_bundle *bundle, struct vc_bytes log,
                              const struct vc_field_sink *sink, struct vc_err *err)
{
    enum vc_code code = VC_OK;

    if (bundle->event_log.size > 0)
        code = vc_event_log_show(bundle->event_log, VC_EVENT_TPM, sink, err);
    if (code == VC_OK && log.size > 0)
        code = vc_event_log_show(log, VC_EVENT_TPM, sink, err);
    return code;
}

enum vc_code vc_tpm_show(const struct vc_evidence *evidence, const struct vc_field_sink *sink,
                         struct vc_err *err)
{
    struct vc_fields fields = vc_fields_over(sink, err);
    struct vc_tpm_bundle bundle;
    struct vc_tpm_attest attest;
    enum vc_code code = vc_tpm_bundle_parse(evidence->bytes, &bundle, err);

    if (code == VC_OK)
        code = show_attest(bundle.attest, &attest, &fields);
    if (code == VC_OK)
        code = show_signature(bundle.signature, &fields);
    if (code == VC_OK)
        code = show_keys(&bundle, &fields);
    if (code != VC_OK)
        return code;
    show_pcrs(&bundle, &attest, &fields);
    code = vc_field_end(&fields);
    return code == VC_OK ? show_logs(&bundle, evidence->event_log, sink, err) : code;
}
