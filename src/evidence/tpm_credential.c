/* SPDX-License-Identifier: MIT */

#include "evidence/tpm_credential.h"

#include <string.h>

#include "crypto/random.h"
#include "crypto/wrap.h"

static const char LABEL[] = "IDENTITY"; /* its NUL counts */

void vc_tpm_credential_done(struct vc_tpm_credential *credential)
{
    vc_buffer_done(&credential->blob);
    vc_buffer_done(&credential->secret);
}

static enum vc_code check_ek(const struct vc_tpm_public *ek, enum vc_hash *hash, struct vc_err *err)
{
    static constexpr uint32_t WANTED =
        VC_TPM_FIXED_TPM | VC_TPM_FIXED_PARENT | VC_TPM_RESTRICTED | VC_TPM_DECRYPT;

    if ((ek->attributes & WANTED) != WANTED || (ek->attributes & VC_TPM_SIGN) != 0)
        return vc_fail(err, VC_REFUSED, "EK: attributes 0x%08x, 0x%08x wanted", ek->attributes,
                       WANTED);
    if (ek->symmetric != VC_TPM_AES || ek->symmetric_mode != VC_TPM_CFB ||
        (ek->symmetric_bits != 128 && ek->symmetric_bits != 256))
        return vc_fail(err, VC_REFUSED, "EK: stores under %s of %u bits, AES in CFB mode wanted",
                       vc_tpm_algorithm_name(ek->symmetric), ek->symmetric_bits);
    if (!vc_tpm_hash(ek->name_hash, hash))
        return vc_fail(err, VC_REFUSED, "EK: named with %s", vc_tpm_algorithm_name(ek->name_hash));
    return VC_OK;
}

static enum vc_code make_seed_rsa(const struct vc_public_key *key, enum vc_hash hash,
                                  struct vc_octets *seed, struct vc_buffer *secret,
                                  struct vc_err *err)
{
    const struct vc_wrap_padding padding = {hash, VC_BYTES(LABEL)};
    enum vc_code code;

    seed->size = vc_hash_size(hash);
    code = vc_random(seed->bytes, seed->size, err);
    return code == VC_OK ? vc_wrap_oaep(key, &padding, vc_octets_bytes(seed), secret, err) : code;
}

static enum vc_code make_seed_ecc(const struct vc_public_key *key, enum vc_hash hash,
                                  struct vc_octets *seed, struct vc_buffer *secret,
                                  struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer own = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer shared = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer peer = {};
    struct vc_wrap_context context = {.label = LABEL, .size = vc_hash_size(hash)};
    enum vc_code code = vc_wrap_ecdh(key, &own, &shared, err);

    if (code == VC_OK)
        code = vc_public_key_point(key, &peer, err);
    if (code != VC_OK)
        return code;
    context.u = (struct vc_bytes){own.data, own.size / 2};
    context.v = (struct vc_bytes){peer.data, peer.size / 2};
    code = vc_wrap_kdfe(hash, vc_buffer_bytes(&shared), &context, seed, err);
    if (code == VC_OK)
        code = vc_tpm_put_sized(secret, context.u, err);
    return code == VC_OK
               ? vc_tpm_put_sized(secret, (struct vc_bytes){own.data + own.size / 2, own.size / 2},
                                  err)
               : code;
}

static enum vc_code make_seed(const struct vc_tpm_public *ek, enum vc_hash hash,
                              struct vc_octets *seed, struct vc_buffer *secret, struct vc_err *err)
{
    vc_cleanup(vc_public_key_freep) struct vc_public_key *key = nullptr;
    enum vc_code code = vc_tpm_public_key(ek, &key, err);

    if (code != VC_OK)
        return code;
    return ek->type == VC_TPM_RSA ? make_seed_rsa(key, hash, seed, secret, err)
                                  : make_seed_ecc(key, hash, seed, secret, err);
}

/* Who is to open it. */
struct sealing {
    const struct vc_tpm_public *ek;
    struct vc_bytes ak_name;
    enum vc_hash hash; /* the EK's */
    struct vc_octets seed;
};

/* The value, encrypted under a key that only who has the seed and names this AK derives. */
static enum vc_code encrypt(const struct sealing *sealing, struct vc_buffer *value,
                            struct vc_err *err)
{
    const struct vc_wrap_context context = {
        .label = "STORAGE", .u = sealing->ak_name, .size = sealing->ek->symmetric_bits / 8};
    struct vc_octets key = {};
    enum vc_code code =
        vc_wrap_kdfa(sealing->hash, vc_octets_bytes(&sealing->seed), &context, &key, err);

    if (code == VC_OK)
        code = vc_wrap_cfb(vc_octets_bytes(&key), value->data, value->size, err);
    explicit_bzero(&key, sizeof(key));
    return code;
}

static enum vc_code protect(const struct sealing *sealing, const struct vc_buffer *encrypted,
                            struct vc_octets *mac, struct vc_err *err)
{
    const struct vc_wrap_context context = {.label = "INTEGRITY",
                                            .size = vc_hash_size(sealing->hash)};
    vc_cleanup(vc_buffer_done) struct vc_buffer message = {};
    struct vc_octets key = {};
    enum vc_code code =
        vc_wrap_kdfa(sealing->hash, vc_octets_bytes(&sealing->seed), &context, &key, err);

    if (code == VC_OK)
        code = vc_buffer_append(&message, vc_buffer_bytes(encrypted), err);
    if (code == VC_OK)
        code = vc_buffer_append(&message, sealing->ak_name, err);
    if (code == VC_OK)
        code =
            vc_wrap_hmac(sealing->hash, vc_octets_bytes(&key), vc_buffer_bytes(&message), mac, err);
    explicit_bzero(&key, sizeof(key));
    return code;
}

static enum vc_code seal(struct sealing *sealing, struct vc_bytes value,
                         struct vc_tpm_credential *credential, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer encrypted = {};
    struct vc_octets mac = {};
    enum vc_code code =
        make_seed(sealing->ek, sealing->hash, &sealing->seed, &credential->secret, err);

    if (code == VC_OK)
        code = vc_tpm_put_sized(&encrypted, value, err);
    if (code == VC_OK)
        code = encrypt(sealing, &encrypted, err);
    if (code == VC_OK)
        code = protect(sealing, &encrypted, &mac, err);
    if (code == VC_OK)
        code = vc_tpm_put_sized(&credential->blob, vc_octets_bytes(&mac), err);
    return code == VC_OK ? vc_buffer_append(&credential->blob, vc_buffer_bytes(&encrypted), err)
                         : code;
}

enum vc_code vc_tpm_credential_make(const struct vc_tpm_public *ek, const struct vc_octets *ak_name,
                                    struct vc_bytes value, struct vc_tpm_credential *credential,
                                    struct vc_err *err)
{
    vc_cleanup(vc_tpm_credential_done) struct vc_tpm_credential made = {};
    struct sealing sealing = {.ek = ek, .ak_name = vc_octets_bytes(ak_name)};
    enum vc_code code = check_ek(ek, &sealing.hash, err);

    if (code != VC_OK)
        return code;
    if (value.size == 0 || value.size > vc_hash_size(sealing.hash))
        return vc_fail(err, VC_LIMIT, "credential: %zu bytes, 1 to %zu wanted", value.size,
                       vc_hash_size(sealing.hash));
    code = seal(&sealing, value, &made, err);
    explicit_bzero(&sealing.seed, sizeof(sealing.seed));
    if (code != VC_OK)
        return code;
    *credential = made;
    made = (struct vc_tpm_credential){};
    return VC_OK;
}
