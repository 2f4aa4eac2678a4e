/* SPDX-License-Identifier: MIT */

/* The library's own objects, for `net` alone, which hands them to libssl. */

#ifndef VC_CRYPTO_NATIVE_H
#define VC_CRYPTO_NATIVE_H

#include <openssl/types.h>

#include "crypto/certificate.h"
#include "crypto/key.h"

X509 *vc_cert_native(const struct vc_cert *cert);  /* borrowed; not to be changed */
EVP_PKEY *vc_key_native(const struct vc_key *key); /* borrowed; not to be changed */

#endif
