/* SPDX-License-Identifier: MIT */

#include "platform/tpm.h"

#include <string.h>

#include <tss2/tss2_mu.h>

#include "evidence/claims.h"
#include "evidence/tpm_bundle.h"
#include "platform/tpm_link.h"

const char VC_TPM_PATH[] = "/dev/tpmrm0";
const char VC_TPM_LOG_PATH[] = "/sys/kernel/security/tpm0/binary_bios_measurements";

static constexpr uint32_t QUOTED_PCRS = 0x43ff; /* 0 to 9: firmware, loader, kernel; 14: its keys */
static constexpr unsigned QUOTES_MAX = 4;       /* until registers stand still */
static constexpr size_t READS_MAX = VC_TPM_PCRS;
static constexpr size_t NV_PIECE_MAX = 1024; /* bytes of one read */
static constexpr size_t LOG_SIZE_MAX = 96 * 1024;
static constexpr uint32_t AK_ATTRIBUTES = VC_TPM_FIXED_TPM | VC_TPM_FIXED_PARENT |
                                          VC_TPM_SENSITIVE_DATA_ORIGIN | VC_TPM_USER_WITH_AUTH |
                                          VC_TPM_RESTRICTED | VC_TPM_SIGN | 1u << 10 /* noDA */;

/* TCG EK Credential Profile 2.5 §B.3.3, PolicyA, and §B.6.3, PolicyB of SHA-384. */
#define POLICY_A                                                                                  \
    0x83, 0x71, 0x97, 0x67, 0x44, 0x84, 0xb3, 0xf8, 0x1a, 0x90, 0xcc, 0x8d, 0x46, 0xa5, 0xd7,     \
        0x24, 0xfd, 0x52, 0xd7, 0x6e, 0x06, 0x52, 0x0b, 0x64, 0xf2, 0xa1, 0xda, 0x1b, 0x33, 0x14, \
        0x69, 0xaa
#define POLICY_B                                                                                  \
    0xb2, 0x6e, 0x7d, 0x28, 0xd1, 0x1a, 0x50, 0xbc, 0x53, 0xd8, 0x82, 0xbc, 0xf5, 0xfd, 0x3a,     \
        0x1a, 0x07, 0x41, 0x48, 0xbb, 0x35, 0xd3, 0xb4, 0xe4, 0xcb, 0x1c, 0x0a, 0xd9, 0xbd, 0xe4, \
        0x19, 0xca, 0xcb, 0x47, 0xba, 0x09, 0x69, 0x96, 0x46, 0x15, 0x0f, 0x9f, 0xc0, 0x00, 0xf3, \
        0xf8, 0x0e, 0x12

/* The EKs that makers certify, and where their certificates are (§2.2.1.4, §2.2.1.5). */
static const struct ek_kind {
    TPM2_HANDLE certificate;
    uint32_t attributes;
    uint16_t hash;
    struct TPM2B_DIGEST policy;
    uint16_t aes_bits;
    uint16_t curve;       /* 0: RSA of 2048 bits */
    uint16_t unique_size; /* zeros in each part of `unique` */
    bool with_policy;     /* to use it takes PolicyA; the others have an empty password */
} ek_kinds[] = {
    {0x01c0000a, 0x000300b2, TPM2_ALG_SHA256, {32, {POLICY_A}}, 128, TPM2_ECC_NIST_P256, 32, true},
    {0x01c00002, 0x000300b2, TPM2_ALG_SHA256, {32, {POLICY_A}}, 128, 0, 256, true},
    {0x01c00016, 0x000300f2, TPM2_ALG_SHA384, {48, {POLICY_B}}, 256, TPM2_ECC_NIST_P384, 0, false},
};

/* A key in the TPM. */
struct loaded {
    TPM2_HANDLE handle;
    TPM2B_PUBLIC area;
};

/* Everything of the bundle, before it is one. */
struct parts {
    struct vc_buffer attest, signature, ak, ek, ek_cert, log;
    struct vc_octets pcrs[VC_TPM_PCRS]; /* by number */
};

static void parts_done(struct parts *parts)
{
    vc_buffer_done(&parts->attest);
    vc_buffer_done(&parts->signature);
    vc_buffer_done(&parts->ak);
    vc_buffer_done(&parts->ek);
    vc_buffer_done(&parts->ek_cert);
    vc_buffer_done(&parts->log);
}

/* Authorization by an empty password, or by a policy session. */
static TSS2L_SYS_AUTH_COMMAND authorize(TPM2_HANDLE session)
{
    return (TSS2L_SYS_AUTH_COMMAND){.count = 1,
                                    .auths = {{.sessionHandle = session, .sessionAttributes = 0}}};
}

static void flush(struct vc_tpm_link *link, TPM2_HANDLE handle)
{
    (void)Tss2_Sys_FlushContext(vc_tpm_link_context(link), handle); /* closing would do it too */
}

static enum vc_code create(struct vc_tpm_link *link, const TPM2B_PUBLIC *template,
                           struct loaded *key, struct vc_err *err)
{
    const TSS2L_SYS_AUTH_COMMAND auth = authorize(TPM2_RS_PW);
    const TPM2B_SENSITIVE_CREATE sensitive = {};
    const TPM2B_DATA outside = {};
    const TPML_PCR_SELECTION pcrs = {};
    TPM2B_CREATION_DATA data = {};
    TPM2B_DIGEST hash = {};
    TPMT_TK_CREATION ticket = {};
    TPM2B_NAME name = {};
    TSS2L_SYS_AUTH_RESPONSE answer = {};

    key->area = (TPM2B_PUBLIC){};
    return vc_tpm_link_tell(link, "TPM2_CreatePrimary",
                            Tss2_Sys_CreatePrimary(vc_tpm_link_context(link), TPM2_RH_ENDORSEMENT,
                                                   &auth, &sensitive, template, &outside, &pcrs,
                                                   &key->handle, &key->area, &data, &hash, &ticket,
                                                   &name, &answer),
                            err);
}

static enum vc_code create_ak(struct vc_tpm_link *link, struct loaded *ak, struct vc_err *err)
{
    static const char purpose[] = "veracruz attestation key"; /* a key of our own, by `unique` */
    TPM2B_PUBLIC template = {
        .publicArea = {
            .type = TPM2_ALG_ECC,
            .nameAlg = TPM2_ALG_SHA256,
            .objectAttributes = AK_ATTRIBUTES,
            .parameters.eccDetail = {
                .symmetric.algorithm = TPM2_ALG_NULL,
                .scheme = {.scheme = TPM2_ALG_ECDSA, .details.ecdsa.hashAlg = TPM2_ALG_SHA256},
                .curveID = TPM2_ECC_NIST_P256,
                .kdf.scheme = TPM2_ALG_NULL}}};
    TPM2B_ECC_PARAMETER *unique = &template.publicArea.unique.ecc.x;

    unique->size = sizeof(purpose) - 1;
    memcpy(unique->buffer, purpose, unique->size);
    return create(link, &template, ak, err);
}

static enum vc_code create_ek(struct vc_tpm_link *link, const struct ek_kind *kind,
                              struct loaded *ek, struct vc_err *err)
{
    const TPMT_SYM_DEF_OBJECT cipher = {
        .algorithm = TPM2_ALG_AES, .keyBits.aes = kind->aes_bits, .mode.aes = TPM2_ALG_CFB};
    TPM2B_PUBLIC template = {.publicArea = {.type = kind->curve == 0 ? TPM2_ALG_RSA : TPM2_ALG_ECC,
                                            .nameAlg = kind->hash,
                                            .objectAttributes = kind->attributes,
                                            .authPolicy = kind->policy}};
    TPMT_PUBLIC *area = &template.publicArea;

    if (kind->curve == 0) {
        area->parameters.rsaDetail =
            (TPMS_RSA_PARMS){.symmetric = cipher, .scheme.scheme = TPM2_ALG_NULL, .keyBits = 2048};
        area->unique.rsa.size = kind->unique_size;
    } else {
        area->parameters.eccDetail = (TPMS_ECC_PARMS){.symmetric = cipher,
                                                      .scheme.scheme = TPM2_ALG_NULL,
                                                      .curveID = kind->curve,
                                                      .kdf.scheme = TPM2_ALG_NULL};
        area->unique.ecc.x.size = kind->unique_size;
        area->unique.ecc.y.size = kind->unique_size;
    }
    return create(link, &template, ek, err);
}

/* Certificates of EKs. */

/* Size of what an NV index holds; 0: there is none. */
static size_t nv_size(struct vc_tpm_link *link, TPM2_HANDLE index)
{
    TPM2B_NV_PUBLIC area = {};
    TPM2B_NAME name = {};

    if (Tss2_Sys_NV_ReadPublic(vc_tpm_link_context(link), index, nullptr, &area, &name, nullptr) !=
        TSS2_RC_SUCCESS)
        return 0;
    return area.nvPublic.dataSize;
}

/* The first kind of which the maker left a certificate, else the first of all. */
static const struct ek_kind *find_ek(struct vc_tpm_link *link, size_t *cert_size)
{
    for (size_t i = 0; i < VC_COUNT(ek_kinds); i++) {
        *cert_size = nv_size(link, ek_kinds[i].certificate);
        if (*cert_size > 0)
            return &ek_kinds[i];
    }
    return &ek_kinds[0];
}

/* Leaves what fills up the index behind the certificate. */
static void trim(struct vc_buffer *der)
{
    if (der->size >= 4 && der->data[0] == 0x30 && der->data[1] == 0x82) {
        size_t size = 4 + (size_t)(der->data[2] << 8 | der->data[3]);

        der->size = size < der->size ? size : der->size;
    }
}

static enum vc_code read_cert(struct vc_tpm_link *link, TPM2_HANDLE index, size_t size,
                              struct vc_buffer *der, struct vc_err *err)
{
    const TSS2L_SYS_AUTH_COMMAND auth = authorize(TPM2_RS_PW);

    if (size > VC_CERT_SIZE_MAX)
        return vc_fail(err, VC_LIMIT, "EK certificate: %zu bytes, at most %zu", size,
                       VC_CERT_SIZE_MAX);
    while (der->size < size) {
        size_t left = size - der->size;
        TPM2B_MAX_NV_BUFFER piece = {};
        TSS2L_SYS_AUTH_RESPONSE answer = {};
        TSS2_RC code = Tss2_Sys_NV_Read(vc_tpm_link_context(link), index, index, &auth,
                                        (UINT16)(left < NV_PIECE_MAX ? left : NV_PIECE_MAX),
                                        (UINT16)der->size, &piece, &answer);
        enum vc_code told = vc_tpm_link_tell(link, "TPM2_NV_Read", code, err);

        if (told == VC_OK && (piece.size == 0 || piece.size > left))
            told = vc_fail(err, VC_MALFORMED, "TPM2_NV_Read: %u bytes, at most %zu wanted",
                           piece.size, left);
        if (told == VC_OK)
            told = vc_buffer_append(der, (struct vc_bytes){piece.buffer, piece.size}, err);
        if (told != VC_OK)
            return told;
    }
    trim(der);
    return VC_OK;
}

/* Quotes. */

static TPML_PCR_SELECTION select_pcrs(uint32_t pcrs)
{
    return (TPML_PCR_SELECTION){
        .count = 1,
        .pcrSelections = {
            {.hash = TPM2_ALG_SHA256,
             .sizeofSelect = 3,
             .pcrSelect = {(uint8_t)pcrs, (uint8_t)(pcrs >> 8), (uint8_t)(pcrs >> 16)}}}};
}

/* Takes what one answer holds; returns which PCRs that were. */
static uint32_t take_pcrs(const TPML_PCR_SELECTION *selected, const TPML_DIGEST *digests,
                          struct vc_octets pcrs[VC_TPM_PCRS])
{
    const TPMS_PCR_SELECTION *bank = &selected->pcrSelections[0];
    uint32_t bits = 0;
    size_t next = 0;

    if (selected->count != 1 || bank->hash != TPM2_ALG_SHA256 || bank->sizeofSelect < 3)
        return 0;
    for (size_t i = 0; i < VC_TPM_PCRS; i++) {
        if ((bank->pcrSelect[i / 8] >> i % 8 & 1) == 0)
            continue;
        if (next == digests->count || digests->digests[next].size != VC_SHA256_SIZE)
            return 0;
        pcrs[i] = vc_octets_of((struct vc_bytes){digests->digests[next++].buffer, VC_SHA256_SIZE});
        bits |= 1u << i;
    }
    return bits;
}

/* A TPM gives eight at a time or so. */
static enum vc_code read_pcrs(struct vc_tpm_link *link, struct vc_octets pcrs[VC_TPM_PCRS],
                              struct vc_err *err)
{
    uint32_t left = QUOTED_PCRS;

    for (size_t i = 0; i < READS_MAX && left != 0; i++) {
        const TPML_PCR_SELECTION wanted = select_pcrs(left);
        TPML_PCR_SELECTION got = {};
        TPML_DIGEST digests = {};
        UINT32 counter;
        uint32_t taken;
        enum vc_code code =
            vc_tpm_link_tell(link, "TPM2_PCR_Read",
                             Tss2_Sys_PCR_Read(vc_tpm_link_context(link), nullptr, &wanted,
                                               &counter, &got, &digests, nullptr),
                             err);

        if (code != VC_OK)
            return code;
        taken = take_pcrs(&got, &digests, pcrs);
        if (taken == 0 || (taken & ~left) != 0)
            return vc_fail(err, VC_REFUSED, "TPM2_PCR_Read: the TPM keeps no registers of SHA-256");
        left &= ~taken;
    }
    return left == 0 ? VC_OK
                     : vc_fail(err, VC_MALFORMED, "TPM2_PCR_Read: registers 0x%x are left", left);
}

static enum vc_code take_signature(const TPMT_SIGNATURE *signature, struct vc_buffer *out,
                                   struct vc_err *err)
{
    uint8_t bytes[sizeof(*signature)];
    size_t size = 0;

    if (Tss2_MU_TPMT_SIGNATURE_Marshal(signature, bytes, sizeof(bytes), &size) != TSS2_RC_SUCCESS)
        return vc_fail(err, VC_MALFORMED, "TPM2_Quote: a signature out of form");
    out->size = 0;
    return vc_buffer_append(out, (struct vc_bytes){bytes, size}, err);
}

static enum vc_code quote(struct vc_tpm_link *link, const struct loaded *ak,
                          const struct vc_octets *report_data, struct parts *parts,
                          struct vc_err *err)
{
    const TSS2L_SYS_AUTH_COMMAND auth = authorize(TPM2_RS_PW);
    const TPMT_SIG_SCHEME scheme = {.scheme = TPM2_ALG_NULL};
    const TPML_PCR_SELECTION pcrs = select_pcrs(QUOTED_PCRS);
    TPM2B_DATA nonce = {.size = (UINT16)report_data->size};
    TPM2B_ATTEST attest = {};
    TPMT_SIGNATURE signature = {};
    TSS2L_SYS_AUTH_RESPONSE answer = {};
    enum vc_code code;

    static_assert(sizeof(nonce.buffer) >= VC_OCTETS_MAX);
    memcpy(nonce.buffer, report_data->bytes, report_data->size);
    code = vc_tpm_link_tell(link, "TPM2_Quote",
                            Tss2_Sys_Quote(vc_tpm_link_context(link), ak->handle, &auth, &nonce,
                                           &scheme, &pcrs, &attest, &signature, &answer),
                            err);
    if (code != VC_OK)
        return code;
    parts->attest.size = 0;
    code = vc_buffer_append(&parts->attest, (struct vc_bytes){attest.attestationData, attest.size},
                            err);
    return code == VC_OK ? take_signature(&signature, &parts->signature, err) : code;
}

/* Whether the values that were read are those that were quoted. */
static bool fits(const struct parts *parts)
{
    struct vc_tpm_attest attest;
    uint8_t all[VC_TPM_PCRS * VC_SHA256_SIZE];
    struct vc_octets digest;
    size_t size = 0;

    if (vc_tpm_parse_attest(vc_buffer_bytes(&parts->attest), &attest, nullptr) != VC_OK)
        return false;
    for (size_t i = 0; i < VC_TPM_PCRS; i++) {
        memcpy(all + size, parts->pcrs[i].bytes, parts->pcrs[i].size);
        size += parts->pcrs[i].size;
    }
    digest = vc_hash_of(VC_HASH_SHA256, (struct vc_bytes){all, size});
    return attest.pcr_digest.size == digest.size &&
           memcmp(attest.pcr_digest.data, digest.bytes, digest.size) == 0;
}

static enum vc_code quote_at_rest(struct vc_tpm_link *link, const struct loaded *ak,
                                  const struct vc_octets *report_data, struct parts *parts,
                                  struct vc_err *err)
{
    for (unsigned i = 0; i < QUOTES_MAX; i++) {
        enum vc_code code = read_pcrs(link, parts->pcrs, err);

        if (code == VC_OK)
            code = quote(link, ak, report_data, parts, err);
        if (code != VC_OK || fits(parts))
            return code;
    }
    return vc_fail(err, VC_STATE, "registers of the TPM change faster than they can be quoted");
}

/* The TPMT_PUBLIC of a key. */
static enum vc_code take_area(const struct loaded *key, struct vc_buffer *out, struct vc_err *err)
{
    uint8_t bytes[sizeof(key->area)];
    size_t size = 0;

    if (Tss2_MU_TPMT_PUBLIC_Marshal(&key->area.publicArea, bytes, sizeof(bytes), &size) !=
        TSS2_RC_SUCCESS)
        return vc_fail(err, VC_MALFORMED, "TPM2_CreatePrimary: a key out of form");
    return vc_buffer_append(out, (struct vc_bytes){bytes, size}, err);
}

static enum vc_code gather_ak(struct vc_tpm_link *link, const struct vc_octets *report_data,
                              struct parts *parts, struct vc_err *err)
{
    struct loaded ak;
    enum vc_code code = create_ak(link, &ak, err);

    if (code != VC_OK)
        return code;
    code = take_area(&ak, &parts->ak, err);
    if (code == VC_OK)
        code = quote_at_rest(link, &ak, report_data, parts, err);
    flush(link, ak.handle);
    return code;
}

static enum vc_code gather_ek(struct vc_tpm_link *link, struct parts *parts, struct vc_err *err)
{
    size_t size;
    const struct ek_kind *kind = find_ek(link, &size);
    struct loaded ek;
    enum vc_code code = create_ek(link, kind, &ek, err);

    if (code != VC_OK)
        return code;
    flush(link, ek.handle);
    code = take_area(&ek, &parts->ek, err);
    return code == VC_OK ? read_cert(link, kind->certificate, size, &parts->ek_cert, err) : code;
}

/* Without a log the quote is as good: it only explains less. */
static enum vc_code gather_log(const struct vc_device *device, struct parts *parts,
                               struct vc_err *err)
{
    enum vc_code code = vc_device_load(device, VC_TPM_LOG_PATH, LOG_SIZE_MAX, &parts->log, err);

    return code == VC_MEMORY ? code : VC_OK;
}

static enum vc_code bundle(const struct parts *parts, struct vc_buffer *evidence,
                           struct vc_err *err)
{
    struct vc_tpm_bundle made = {
        .attest = vc_buffer_bytes(&parts->attest),
        .signature = vc_buffer_bytes(&parts->signature),
        .ak_public = vc_buffer_bytes(&parts->ak),
        .event_log = vc_buffer_bytes(&parts->log),
        .ek_public = vc_buffer_bytes(&parts->ek),
    };

    for (size_t i = 0; i < VC_TPM_PCRS; i++) {
        if (parts->pcrs[i].size > 0)
            made.pcrs[made.pcr_count++] = vc_octets_bytes(&parts->pcrs[i]);
    }
    if (parts->ek_cert.size > 0)
        made.ek_chain.certs[made.ek_chain.count++] = vc_buffer_bytes(&parts->ek_cert);
    return vc_tpm_bundle_encode(&made, evidence, err);
}

enum vc_code vc_tpm_produce(const struct vc_device *device, const uint8_t data[VC_SHA512_SIZE],
                            struct vc_buffer *evidence, struct vc_err *err)
{
    const struct vc_octets report_data = vc_report_data_of(VC_PLATFORM_TPM, data);
    vc_cleanup(vc_tpm_link_closep) struct vc_tpm_link *link = nullptr;
    vc_cleanup(parts_done) struct parts parts = {};
    enum vc_code code = vc_tpm_link_open(device, VC_TPM_PATH, &link, err);

    if (code == VC_OK)
        code = gather_ek(link, &parts, err);
    if (code == VC_OK)
        code = gather_ak(link, &report_data, &parts, err);
    if (code == VC_OK)
        code = gather_log(device, &parts, err);
    return code == VC_OK ? bundle(&parts, evidence, err) : code;
}

/* Activation. */

struct activation {
    struct vc_tpm_link *link;
    const struct ek_kind *kind;
    struct loaded ak, ek;
};

/* A session that PolicyA lets use the EK: whoever may use the endorsement hierarchy. */
static enum vc_code open_policy(struct vc_tpm_link *link, TPM2_HANDLE *session, struct vc_err *err)
{
    const TSS2L_SYS_AUTH_COMMAND auth = authorize(TPM2_RS_PW);
    const TPM2B_NONCE nonce = {.size = 16}; /* of zeros: nothing of this session is secret */
    const TPM2B_ENCRYPTED_SECRET salt = {};
    const TPMT_SYM_DEF symmetric = {.algorithm = TPM2_ALG_NULL};
    const TPM2B_DIGEST none = {};
    TPM2B_NONCE theirs = {};
    TPM2B_TIMEOUT timeout = {};
    TPMT_TK_AUTH ticket = {};
    TSS2L_SYS_AUTH_RESPONSE answer = {};
    TSS2_SYS_CONTEXT *context = vc_tpm_link_context(link);
    enum vc_code code =
        vc_tpm_link_tell(link, "TPM2_StartAuthSession",
                         Tss2_Sys_StartAuthSession(context, TPM2_RH_NULL, TPM2_RH_NULL, nullptr,
                                                   &nonce, &salt, TPM2_SE_POLICY, &symmetric,
                                                   TPM2_ALG_SHA256, session, &theirs, nullptr),
                         err);

    if (code != VC_OK)
        return code;
    code =
        vc_tpm_link_tell(link, "TPM2_PolicySecret",
                         Tss2_Sys_PolicySecret(context, TPM2_RH_ENDORSEMENT, *session, &auth, &none,
                                               &none, &none, 0, &timeout, &ticket, &answer),
                         err);
    if (code != VC_OK)
        flush(link, *session);
    return code;
}

static enum vc_code fill(UINT16 *size, uint8_t *room, size_t room_size,
                         const struct vc_buffer *from, struct vc_err *err)
{
    if (from->size > room_size)
        return vc_fail(err, VC_LIMIT, "credential: a part of %zu bytes, at most %zu", from->size,
                       room_size);
    *size = (UINT16)from->size;
    if (from->size > 0)
        memcpy(room, from->data, from->size);
    return VC_OK;
}

static enum vc_code activate(struct activation *work, TPM2_HANDLE session,
                             const struct vc_tpm_credential *credential, struct vc_buffer *value,
                             struct vc_err *err)
{
    TSS2L_SYS_AUTH_COMMAND auth = authorize(TPM2_RS_PW); /* of the AK, then of the EK */
    TPM2B_ID_OBJECT blob = {};
    TPM2B_ENCRYPTED_SECRET secret = {};
    TPM2B_DIGEST found = {};
    TSS2L_SYS_AUTH_RESPONSE answer = {};
    enum vc_code code =
        fill(&blob.size, blob.credential, sizeof(blob.credential), &credential->blob, err);

    if (code == VC_OK)
        code = fill(&secret.size, secret.secret, sizeof(secret.secret), &credential->secret, err);
    if (code != VC_OK)
        return code;
    auth.count = 2;
    auth.auths[1].sessionHandle = session;
    code = vc_tpm_link_tell(work->link, "TPM2_ActivateCredential",
                            Tss2_Sys_ActivateCredential(vc_tpm_link_context(work->link),
                                                        work->ak.handle, work->ek.handle, &auth,
                                                        &blob, &secret, &found, &answer),
                            err);
    if (code == VC_OK)
        code = vc_buffer_append(value, (struct vc_bytes){found.buffer, found.size}, err);
    explicit_bzero(&found, sizeof(found));
    return code;
}

/* With both keys loaded. A policy session ends with the command that it authorizes. */
static enum vc_code activate_loaded(struct activation *work,
                                    const struct vc_tpm_credential *credential,
                                    struct vc_buffer *value, struct vc_err *err)
{
    bool with_policy = work->kind->with_policy;
    TPM2_HANDLE session = TPM2_RS_PW;
    enum vc_code code = with_policy ? open_policy(work->link, &session, err) : VC_OK;

    if (code != VC_OK)
        return code;
    code = activate(work, session, credential, value, err);
    if (code != VC_OK && with_policy)
        flush(work->link, session);
    return code;
}

enum vc_code vc_tpm_activate(const struct vc_device *device,
                             const struct vc_tpm_credential *credential, struct vc_buffer *value,
                             struct vc_err *err)
{
    vc_cleanup(vc_tpm_link_closep) struct vc_tpm_link *link = nullptr;
    struct activation work = {};
    size_t size;
    enum vc_code code = vc_tpm_link_open(device, VC_TPM_PATH, &link, err);

    work.link = link;
    if (code == VC_OK)
        code = create_ak(link, &work.ak, err);
    if (code != VC_OK)
        return code;
    work.kind = find_ek(link, &size);
    code = create_ek(link, work.kind, &work.ek, err);
    if (code == VC_OK) {
        code = activate_loaded(&work, credential, value, err);
        flush(link, work.ek.handle);
    }
    flush(link, work.ak.handle);
    return code;
}
