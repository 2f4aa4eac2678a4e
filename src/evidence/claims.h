/* SPDX-License-Identifier: MIT */

/* What evidence says, in one form for every platform (RFC 9334: claims). */

#ifndef VC_EVIDENCE_CLAIMS_H
#define VC_EVIDENCE_CLAIMS_H

#include "base/err.h"
#include "base/octets.h"
#include "crypto/digest.h"

constexpr size_t VC_INSTANCE_ID_SIZE = 33; /* UEID of kind RAND, RFC 9783 §4.2.1 */

/* What isolates. Numbers are those of the certificate extension. */
enum vc_platform_kind {
    VC_PLATFORM_PROCESS = 1, /* an ordinary process: protects from other users and from bugs, and
                                not from the operator of the machine */
    VC_PLATFORM_NITRO = 2,   /* an enclave of an AWS machine: its hypervisor isolates */
    VC_PLATFORM_SNP = 3,     /* a confidential machine of an AMD processor */
    VC_PLATFORM_TDX = 4,     /* a confidential machine of an Intel processor */
    VC_PLATFORM_SGX = 5,     /* an enclave of an Intel processor */
    VC_PLATFORM_PSA = 6,     /* a device with a PSA root of trust */
    VC_PLATFORM_TPM = 7,     /* a machine whose boot a TPM measured: nothing isolates */
};
constexpr size_t VC_PLATFORM_COUNT = 7;

/* How strongly, whatever the evidence says beside. */
enum vc_isolation {
    VC_ISOLATION_NONE = 1,       /* "none": the machine's operator sees everything */
    VC_ISOLATION_MEASURED = 2,   /* "measured-boot": what runs is known; memory is open */
    VC_ISOLATION_DEVICE = 3,     /* "device": as good as the device's maker says */
    VC_ISOLATION_HYPERVISOR = 4, /* "hypervisor": who runs the hypervisor must be trusted */
    VC_ISOLATION_HARDWARE = 5,   /* "hardware": the processor's maker must be trusted */
};

/* The name in policies: "process", "snp". */
const char *vc_platform_name(enum vc_platform_kind kind);
/* The kind with this name. False: there is none. */
[[nodiscard]] bool vc_platform_find(const char *name, enum vc_platform_kind *kind);
/* The kind with this number. False: there is none. */
[[nodiscard]] bool vc_platform_at(uint64_t number, enum vc_platform_kind *kind);
/* What people must be told: "process (emulated: no protection from the machine's operator)". */
const char *vc_platform_label(enum vc_platform_kind kind);
enum vc_isolation vc_platform_isolation(enum vc_platform_kind kind);
const char *vc_isolation_name(enum vc_isolation isolation);

/* What the vendor says of the platform's firmware and microcode. The words are Intel's, in the
 * order of their severity; the first three are ours. */
enum vc_tcb_status {
    VC_TCB_NOT_APPLICABLE, /* "not-applicable": the vendor says nothing of this platform */
    VC_TCB_NOT_JUDGED,     /* "not-judged": nobody has compared it yet */
    VC_TCB_AT_LEAST,       /* "at-least-minimum": no less than the minimum that a policy sets */
    VC_TCB_UP_TO_DATE,
    VC_TCB_SW_HARDENING_NEEDED,
    VC_TCB_CONFIGURATION_NEEDED,
    VC_TCB_CONFIGURATION_AND_SW_HARDENING_NEEDED,
    VC_TCB_OUT_OF_DATE,
    VC_TCB_OUT_OF_DATE_CONFIGURATION_NEEDED,
    VC_TCB_REVOKED,
};
constexpr size_t VC_TCB_STATUS_COUNT = 10;
constexpr size_t VC_TCB_STATUS_NAME_MAX = 48; /* bytes with the NUL */

constexpr size_t VC_TCB_DETAIL_MAX = 320; /* likewise */

/* "UpToDate", "SWHardeningNeeded" … */
const char *vc_tcb_status_name(enum vc_tcb_status status);
[[nodiscard]] bool vc_tcb_status_find(const char *name, enum vc_tcb_status *status);

/* A further value that the evidence vouches for, beside the measurement. */
struct vc_register {
    char name[24]; /* "rtmr0", "pcr4", "host_data", "id_key_digest", "mrsigner" */
    struct vc_octets value;
};

/* A version number of a part of the platform. Where a platform states one part several times (SNP:
 * reported, committed, launch), `which` tells them apart and a minimum is for all of them. */
struct vc_svn {
    char which[12]; /* "reported"; "" if it is stated once */
    char part[24];  /* "microcode", "snp", "pcesvn" */
    uint64_t value;
};

constexpr size_t VC_CLAIMS_REGISTERS_MAX = 48;
constexpr size_t VC_CLAIMS_SVNS_MAX = 48;

/* How far a verification came; each step needs the ones before. */
enum vc_stage {
    VC_STAGE_NOTHING,
    VC_STAGE_FORM,      /* it is well formed */
    VC_STAGE_AUTHENTIC, /* its signatures lead to a trust anchor: the vendor's, or an endorsed key
                         */
    VC_STAGE_JUDGED,    /* and what the vendor says about this platform does not speak against it */
};

struct vc_claims {
    enum vc_platform_kind platform;
    enum vc_stage passed;         /* filled in also when the verification fails */
    struct vc_octets measurement; /* process: digest of the manifest; snp: MEASUREMENT; tdx: MRTD;
                                     sgx: MRENCLAVE; nitro: PCR0; psa: the first component's; tpm:
                                     digest of the quoted PCRs and of which they are */
    struct vc_octets report_data; /* what the evidence is bound to: 64 bytes; psa: its nonce; nitro:
                                     user_data; tpm: extraData, which is vc_report_data_of's */
    struct vc_octets
        machine; /* which machine: snp: chip id; tdx, sgx: SHA-256 of the PCK
                    certificate's PPID and platform instance; nitro: SHA-256 of
                    module_id's instance part; process, psa: instance id; tpm: name
                    of the AK, or hash of its EK's key. Empty: the evidence does not say */
    enum vc_tcb_status tcb_status;
    char tcb_detail[VC_TCB_DETAIL_MAX]; /* what the vendor says of its parts, in words: "platform
                                           OutOfDate since 2023-08-09 (INTEL-SA-00837); …"; or "" */
    bool debug;      /* somebody outside can look in; a verification refuses it */
    uint32_t vmpl;   /* snp: privilege level of who asked, 0 the highest; others 0 */
    int64_t made_at; /* seconds since 1970, by the platform's clock; 0: it does not say */
    struct vc_register registers[VC_CLAIMS_REGISTERS_MAX];
    size_t register_count;
    struct vc_svn svns[VC_CLAIMS_SVNS_MAX];
    size_t svn_count;
};

/* Append; they assert that there is room, which each platform's constant number of them makes sure.
 */
void vc_claims_add_register(struct vc_claims *claims, const char *name, struct vc_bytes value);
void vc_claims_add_svn(struct vc_claims *claims, const char *which, const char *part,
                       uint64_t value);
/* Null: the evidence has no such register. */
const struct vc_octets *vc_claims_register(const struct vc_claims *claims, const char *name);

/* The data that a platform is asked to vouch for, for these 64 bytes (a binder): the bytes
 * themselves, or where a device takes at most 32 (tpm) their SHA-256. */
struct vc_octets vc_report_data_of(enum vc_platform_kind kind, const uint8_t data[VC_SHA512_SIZE]);

#endif
