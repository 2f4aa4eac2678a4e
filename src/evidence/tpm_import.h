/* SPDX-License-Identifier: MIT */

/* What other tools write about a TPM's quote, as one bundle (evidence/tpm_bundle.h): the loose
 * files of tpm2-tools, or the JSON of go-attestation and of Trustee's attester. Pure: named blobs
 * in, bundle out. Nothing is checked beyond what it takes to tell the parts from one another. */

#ifndef VC_EVIDENCE_TPM_IMPORT_H
#define VC_EVIDENCE_TPM_IMPORT_H

#include "evidence/tpm_bundle.h"

constexpr size_t VC_TPM_IMPORT_BLOBS_MAX = 64;

struct vc_tpm_blob {
    const char *name; /* of the file, without folders */
    struct vc_bytes bytes;
};

/* Appends the bundle. The content tells what a blob is:
 *   TPMS_ATTEST of a quote; TPMT_SIGNATURE; TPMT_PUBLIC or TPM2B_PUBLIC (AK if it signs, EK if it
 *   decrypts); a public key in PEM (AK); the AK's name, from which with its PEM key the public area
 *   is made again; register values as `tpm2_quote --pcr` writes them; a crypto-agile event log;
 *   certificates in DER or PEM (EK by its purpose 2.23.133.8.1, AK by its key, the rest CAs);
 *   a JSON object with members as go-attestation ("AK", "Quote", "Log") or Trustee ("ak_public",
 *   "tpm_quote") write them; a bundle.
 * The name alone tells a signature without TPMT_SIGNATURE around it ("sig" in it). Other blobs are
 * skipped. VC_NOT_FOUND: no quote, signature or AK, and which. VC_MALFORMED: two of what there can
 * be one, or a JSON member of another form. */
enum vc_code vc_tpm_import(const struct vc_tpm_blob *blobs, size_t count, struct vc_buffer *bundle,
                           struct vc_err *err);

#endif
