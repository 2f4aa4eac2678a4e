/* SPDX-License-Identifier: MIT */

/* Loads an identity. */

#include "client/identity.h"

#include <limits.h>
#include <stdio.h>

#include "base/file.h"
#include "base/secret.h"

static constexpr size_t IDENTITY_FILE_MAX = 65536; /* bytes */

static enum vc_code load(const char *prefix, const char *suffix, struct vc_buffer *out,
                         struct vc_err *err)
{
    char path[PATH_MAX];
    int size = snprintf(path, sizeof(path), "%s%s", prefix, suffix);

    if (size < 0 || (size_t)size >= sizeof(path))
        return vc_fail(err, VC_MALFORMED, "the path of the identity is too long");
    return vc_file_load(path, IDENTITY_FILE_MAX, out, err);
}

static enum vc_code load_certificate(const char *prefix, struct vc_cert **cert, struct vc_err *err)
{
    vc_cleanup(vc_cert_freep) struct vc_cert *parsed = nullptr;
    vc_cleanup(vc_buffer_done) struct vc_buffer pem = {};
    enum vc_code code = load(prefix, ".crt", &pem, err);

    if (code != VC_OK)
        return code;
    code = vc_cert_parse_pem(vc_buffer_bytes(&pem), &parsed, err);
    if (code == VC_OK)
        code = vc_cert_check_identity(parsed, err);
    if (code != VC_OK)
        return vc_fail_in(err, code, "%s.crt", prefix);
    *cert = vc_take(parsed);
    return VC_OK;
}

static enum vc_code load_key(const char *prefix, struct vc_key **key, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer pem = {}; /* wipes */
    enum vc_code code = load(prefix, ".key", &pem, err);

    if (code != VC_OK)
        return code;
    code = vc_key_parse_private_pem(vc_buffer_bytes(&pem), key, err);
    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "%s.key", prefix);
}

static enum vc_code check_pair(const char *prefix, const struct vc_cert *cert,
                               const struct vc_key *key, struct vc_err *err)
{
    vc_cleanup(vc_key_freep) struct vc_key *public_key = nullptr;
    vc_cleanup(vc_buffer_done) struct vc_buffer of_cert = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer of_key = {};
    enum vc_code code = vc_cert_key(cert, &public_key, err);

    if (code != VC_OK)
        return vc_fail_in(err, code, "%s.crt", prefix);
    code = vc_key_encode_public_der(public_key, &of_cert, err);
    if (code == VC_OK)
        code = vc_key_encode_public_der(key, &of_key, err);
    if (code != VC_OK)
        return code;
    if (!vc_secret_equal(vc_buffer_bytes(&of_cert), vc_buffer_bytes(&of_key)))
        return vc_fail(err, VC_MALFORMED, "%s.key is not the key of %s.crt", prefix, prefix);
    return VC_OK;
}

enum vc_code vc_identity_load(const char *prefix, struct vc_identity *identity, struct vc_err *err)
{
    vc_cleanup(vc_cert_freep) struct vc_cert *cert = nullptr;
    vc_cleanup(vc_key_freep) struct vc_key *key = nullptr;
    enum vc_code code = load_certificate(prefix, &cert, err);

    if (code == VC_OK)
        code = load_key(prefix, &key, err);
    if (code == VC_OK)
        code = check_pair(prefix, cert, key, err);
    if (code != VC_OK)
        return code;
    *identity = (struct vc_identity){.cert = vc_take(cert), .key = vc_take(key)};
    return VC_OK;
}

enum vc_code vc_identity_load_parts(const char *prefix, struct vc_cert **cert,
                                    struct vc_buffer *key_pem, struct vc_err *err)
{
    vc_cleanup(vc_cert_freep) struct vc_cert *loaded = nullptr;
    enum vc_code code = load_certificate(prefix, &loaded, err);

    if (code == VC_OK)
        code = load(prefix, ".key", key_pem, err);
    if (code == VC_OK)
        *cert = vc_take(loaded);
    return code;
}

void vc_identity_done(struct vc_identity *identity)
{
    vc_cert_free(identity->cert);
    vc_key_free(identity->key);
    *identity = (struct vc_identity){};
}
