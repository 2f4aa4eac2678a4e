/* SPDX-License-Identifier: MIT */

/* A principal's identity on this machine: PREFIX.crt and PREFIX.key. */

#ifndef VC_CLIENT_IDENTITY_H
#define VC_CLIENT_IDENTITY_H

#include "crypto/certificate.h"
#include "crypto/key.h"

struct vc_identity {
    struct vc_cert *cert;
    struct vc_key *key;
};

/* Loads both files and checks that they belong together. VC_NOT_FOUND, VC_MALFORMED, VC_REFUSED
 * (a key on another curve than P-256, or a certificate that is no identity); the text names the
 * file. The memory that held the key's file is wiped. */
enum vc_code vc_identity_load(const char *prefix, struct vc_identity *identity, struct vc_err *err);
/* The same files with a key of any kind that an identity can have, not checked against each other:
 * the certificate, and the private key's PEM, appended. */
enum vc_code vc_identity_load_parts(const char *prefix, struct vc_cert **cert,
                                    struct vc_buffer *key_pem, struct vc_err *err);
void vc_identity_done(struct vc_identity *identity);

#endif
