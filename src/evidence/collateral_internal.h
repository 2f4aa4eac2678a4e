/* SPDX-License-Identifier: MIT */

/* What the files of the collateral share: its content, and how pieces of it come in. */

#ifndef VC_EVIDENCE_COLLATERAL_INTERNAL_H
#define VC_EVIDENCE_COLLATERAL_INTERNAL_H

#include "evidence/collateral.h"

constexpr size_t VC_COLLATERAL_SIGNATURE_SIZE = 64; /* bytes, r || s */
constexpr unsigned VC_COLLATERAL_NESTING_MAX = 4;   /* objects and texts within a text */

struct vc_collateral {
    /* Null, or whose lists and documents these are, and the first of the certificates. */
    const struct vc_collateral *base;
    struct vc_cert **certs;
    struct vc_crl **crls;
    struct vc_document *documents;
    uint8_t **document_bytes; /* of each document, what it points into */
    size_t cert_count, cert_room;
    size_t crl_count, crl_room;
    size_t document_count, document_room;
    size_t file_count;
};

/* Where a piece goes, and what it belongs to. */
struct vc_collateral_sink {
    struct vc_collateral *collateral;
    const char *origin; /* the file's name */
    unsigned nesting;   /* texts and objects around the piece */
};

/* Adds what these bytes are: DER, PEM, hex, base 64, JSON. VC_MALFORMED: none of these. */
enum vc_code vc_collateral_put_piece(const struct vc_collateral_sink *sink, struct vc_bytes bytes,
                                     struct vc_err *err);
/* Adds what a JSON object holds. VC_MALFORMED: not strict JSON, or nothing in it is collateral. */
enum vc_code vc_collateral_put_json(const struct vc_collateral_sink *sink, struct vc_bytes text,
                                    struct vc_err *err);
/* Copies the body. The signature has VC_COLLATERAL_SIGNATURE_SIZE bytes. */
enum vc_code vc_collateral_put_document(const struct vc_collateral_sink *sink,
                                        enum vc_document_kind kind, struct vc_bytes body,
                                        struct vc_bytes signature, struct vc_err *err);

#endif
