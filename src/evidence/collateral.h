/* SPDX-License-Identifier: MIT */

/* Collateral: what vendors publish about their platforms, as files: certificates (VCEK, VLEK, PCK,
 * EK, what lies between), revocation lists, TCB info and QE identities. Nothing of it is trusted:
 * verifiers check the signatures of what they use. */

#ifndef VC_EVIDENCE_COLLATERAL_H
#define VC_EVIDENCE_COLLATERAL_H

#include "base/buffer.h"
#include "crypto/certificate.h"
#include "crypto/crl.h"

constexpr size_t VC_COLLATERAL_FILES_MAX = 4096;
constexpr size_t VC_COLLATERAL_FILE_SIZE_MAX = 1 << 20; /* bytes */
constexpr size_t VC_COLLATERAL_CERTS_MAX = 8192;
constexpr size_t VC_COLLATERAL_CRLS_MAX = 256;
constexpr size_t VC_COLLATERAL_DOCUMENTS_MAX = 1024;

/* A signed JSON document of Intel's PCS: {"tcbInfo": {…}, "signature": "…"} and the like. */
enum vc_document_kind { VC_DOCUMENT_TCB_INFO, VC_DOCUMENT_QE_IDENTITY };

struct vc_document {
    enum vc_document_kind kind;
    struct vc_bytes body;      /* the exact bytes of the member's value, which are signed */
    struct vc_bytes signature; /* 64 bytes, r || s */
    const char *origin;        /* the file's name below the folder, for messages */
};

struct vc_collateral; /* immutable once it is used */

enum vc_code vc_collateral_new(struct vc_collateral **collateral, struct vc_err *err);
void vc_collateral_free(struct vc_collateral *collateral);
VC_DEFINE_CLEANUP(struct vc_collateral, vc_collateral_free);

/* Adds one file, whose kind its content tells: a certificate or list (DER, or PEM blocks, also
 * several, also percent-encoded as PCS sends them in headers), a CRL as hex, a PCS document, or a
 * JSON object that bundles them (keys as tcb_info, tcb_info_signature, qe_identity,
 * qe_identity_signature, pck_crl, root_ca_crl, *_issuer_chain, pck_certificate_chain, as quote
 * libraries write it). VC_MALFORMED: none of these; the text names `name`. VC_LIMIT. */
enum vc_code vc_collateral_add(struct vc_collateral *collateral, const char *name,
                               struct vc_bytes bytes, struct vc_err *err);
/* For one verification: all of `base` (null: nothing), which must outlive it unchanged, and
 * certificates (DER, one after the other, at most count_max) that came with evidence. Certificates
 * alone: whoever wants to be believed does not say what is revoked. VC_MALFORMED. */
enum vc_code vc_collateral_extend(const struct vc_collateral *base, struct vc_bytes certificates,
                                  size_t count_max, struct vc_collateral **extended,
                                  struct vc_err *err);
/* A file, or every regular file of a folder and of its folders (two deep; names that begin with a
 * dot are left out). A file of a folder that is not collateral is skipped, and `skipped`, if not
 * null, names the first. VC_NOT_FOUND, VC_HOST, VC_LIMIT; VC_MALFORMED for a single file. */
enum vc_code vc_collateral_load(struct vc_collateral *collateral, const char *path,
                                char skipped[256], struct vc_err *err);

/* All borrowed from the collateral. */
size_t vc_collateral_certs(const struct vc_collateral *collateral,
                           const struct vc_cert *const **certs);
size_t vc_collateral_crls(const struct vc_collateral *collateral,
                          const struct vc_crl *const **crls);
size_t vc_collateral_documents(const struct vc_collateral *collateral,
                               const struct vc_document **documents);

#endif
