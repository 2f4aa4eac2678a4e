/* SPDX-License-Identifier: MIT */

/* Structures of TPM 2.0 (TCG TPM 2.0 Library Part 2, 1.83), as bytes become values. Form only: what
 * the values must be is for whoever verifies. Numbers are big endian. All runs borrow the input. */

#ifndef VC_EVIDENCE_TPM_STRUCTURES_H
#define VC_EVIDENCE_TPM_STRUCTURES_H

#include "base/buffer.h"
#include "crypto/digest.h"
#include "crypto/public_key.h"

constexpr size_t VC_TPM_PCRS = 24;         /* of a bank */
constexpr size_t VC_TPM_BANKS_MAX = 16;    /* HASH_COUNT of the largest implementations */
constexpr size_t VC_TPM_STRUCT_MAX = 2048; /* bytes of any one structure here */
constexpr size_t VC_TPM_NAME_MAX = 2 + 48; /* bytes: with a digest of SHA-384 at most */

constexpr uint32_t VC_TPM_MAGIC = 0xff544347;    /* TPM_GENERATED_VALUE */
constexpr uint16_t VC_TPM_ATTEST_QUOTE = 0x8018; /* TPM_ST_ATTEST_QUOTE */

enum { /* TPM_ALG_ID */
       VC_TPM_RSA = 0x0001,
       VC_TPM_SHA1 = 0x0004,
       VC_TPM_AES = 0x0006,
       VC_TPM_SHA256 = 0x000b,
       VC_TPM_SHA384 = 0x000c,
       VC_TPM_SHA512 = 0x000d,
       VC_TPM_NULL = 0x0010,
       VC_TPM_RSASSA = 0x0014,
       VC_TPM_RSAPSS = 0x0016,
       VC_TPM_ECDSA = 0x0018,
       VC_TPM_ECC = 0x0023,
       VC_TPM_CFB = 0x0043,
};

enum { /* TPMA_OBJECT */
       VC_TPM_FIXED_TPM = 1 << 1,
       VC_TPM_FIXED_PARENT = 1 << 4,
       VC_TPM_SENSITIVE_DATA_ORIGIN = 1 << 5,
       VC_TPM_USER_WITH_AUTH = 1 << 6,
       VC_TPM_ADMIN_WITH_POLICY = 1 << 7,
       VC_TPM_RESTRICTED = 1 << 16,
       VC_TPM_DECRYPT = 1 << 17,
       VC_TPM_SIGN = 1 << 18,
};

/* "SHA-256", "RSASSA"; "unknown". */
const char *vc_tpm_algorithm_name(uint16_t algorithm);
/* False: not one of the three. */
[[nodiscard]] bool vc_tpm_hash(uint16_t algorithm, enum vc_hash *hash);
uint16_t vc_tpm_algorithm_of(enum vc_hash hash);

struct vc_tpm_selection { /* TPMS_PCR_SELECTION */
    uint16_t hash;
    uint32_t pcrs; /* bit n: PCR n */
};

struct vc_tpm_attest { /* TPMS_ATTEST with a TPMS_QUOTE_INFO */
    uint32_t magic;
    uint16_t type;
    struct vc_bytes qualified_signer;
    struct vc_bytes extra_data;
    uint64_t clock; /* ms that the TPM was on */
    uint32_t reset_count;
    uint32_t restart_count;
    uint8_t safe;
    uint64_t firmware_version;
    struct vc_tpm_selection banks[VC_TPM_BANKS_MAX];
    size_t bank_count;
    struct vc_bytes pcr_digest;
};

/* VC_MALFORMED also for another magic or type: *attest then holds these two. */
enum vc_code vc_tpm_parse_attest(struct vc_bytes bytes, struct vc_tpm_attest *attest,
                                 struct vc_err *err);

struct vc_tpm_signature { /* TPMT_SIGNATURE */
    uint16_t scheme;      /* VC_TPM_RSASSA, VC_TPM_RSAPSS, VC_TPM_ECDSA */
    uint16_t hash;
    struct vc_bytes rsa;
    struct vc_bytes r, s; /* without leading zeros perhaps */
};

enum vc_code vc_tpm_parse_signature(struct vc_bytes bytes, struct vc_tpm_signature *signature,
                                    struct vc_err *err);

struct vc_tpm_public { /* TPMT_PUBLIC of an RSA or ECC key */
    struct vc_bytes whole;
    uint16_t type; /* VC_TPM_RSA, VC_TPM_ECC */
    uint16_t name_hash;
    uint32_t attributes; /* bits VC_TPM_RESTRICTED and the like */
    struct vc_bytes policy;
    uint16_t symmetric; /* VC_TPM_NULL, VC_TPM_AES; that of a storage key */
    uint16_t symmetric_bits;
    uint16_t symmetric_mode;
    uint16_t scheme; /* VC_TPM_NULL: chosen when it signs */
    uint16_t scheme_hash;
    uint16_t bits; /* rsa */
    uint32_t exponent;
    struct vc_bytes modulus;
    uint16_t curve; /* TPM_ECC_CURVE: 3 P-256, 4 P-384, 5 P-521 */
    struct vc_bytes x, y;
};

/* Of a TPMT_PUBLIC, or a TPM2B_PUBLIC, which is one behind its size. */
enum vc_code vc_tpm_parse_public(struct vc_bytes bytes, struct vc_tpm_public *key,
                                 struct vc_err *err);
/* nameAlg || H(TPMT_PUBLIC), Part 1 §16. VC_REFUSED: nameAlg is neither SHA-256 nor SHA-384. */
enum vc_code vc_tpm_name(const struct vc_tpm_public *key, struct vc_octets *name,
                         struct vc_err *err);
/* The key itself. VC_REFUSED: a curve that we do not know; VC_MALFORMED. */
enum vc_code vc_tpm_public_key(const struct vc_tpm_public *key, struct vc_public_key **made,
                               struct vc_err *err);

/* How many PCRs a selection has. */
size_t vc_tpm_pcr_count(uint32_t pcrs);

/* Numbers and runs of structures that we make. */
enum vc_code vc_tpm_put_number(struct vc_buffer *out, uint64_t value, size_t size,
                               struct vc_err *err);
/* A TPM2B: 16-bit size, then the bytes. VC_LIMIT. */
enum vc_code vc_tpm_put_sized(struct vc_buffer *out, struct vc_bytes bytes, struct vc_err *err);

#endif
