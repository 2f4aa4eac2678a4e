/* SPDX-License-Identifier: MIT */

#include "attestd/activations.h"

#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "crypto/random.h"

struct activation {
    uint8_t exporter[VC_SHA256_SIZE];
    uint8_t secret[VC_ACTIVATION_SECRET_SIZE];
    uint64_t at_ms;
    struct vc_octets pair;
    struct vc_public_key *key; /* the AK; owned */
    bool redeemed;
};

struct vc_activations {
    size_t count;
    struct activation items[VC_ACTIVATIONS_MAX]; /* the first `count`, oldest first */
};

enum vc_code vc_activations_new(struct vc_activations **activations, struct vc_err *err)
{
    struct vc_activations *made = calloc(1, sizeof(*made));

    if (made == nullptr)
        return vc_fail_memory(err);
    *activations = made;
    return VC_OK;
}

static void forget(struct vc_activations *activations, size_t index)
{
    vc_public_key_free(activations->items[index].key);
    activations->count--;
    memmove(&activations->items[index], &activations->items[index + 1],
            (activations->count - index) * sizeof(activations->items[0]));
}

void vc_activations_free(struct vc_activations *activations)
{
    if (activations == nullptr)
        return;
    while (activations->count > 0)
        forget(activations, activations->count - 1);
    explicit_bzero(activations, sizeof(*activations));
    free(activations);
}

static bool is_old(const struct activation *activation, uint64_t now_ms)
{
    return now_ms < activation->at_ms || now_ms - activation->at_ms > VC_ACTIVATION_LIFE_MS;
}

static bool is_of(const struct activation *activation, const struct vc_activation_session *session)
{
    return !is_old(activation, session->now_ms) &&
           memcmp(activation->exporter, session->exporter, VC_SHA256_SIZE) == 0;
}

/* Room for one more of this session. */
static enum vc_code make_room(struct vc_activations *activations,
                              const struct vc_activation_session *session, struct vc_err *err)
{
    size_t own = 0;

    for (size_t i = activations->count; i-- > 0;) {
        if (is_old(&activations->items[i], session->now_ms))
            forget(activations, i);
    }
    for (size_t i = 0; i < activations->count; i++)
        own += is_of(&activations->items[i], session);
    if (own >= VC_ACTIVATIONS_PER_SESSION_MAX)
        return vc_fail(err, VC_LIMIT, "%zu credentials on this connection", own);
    if (activations->count == VC_ACTIVATIONS_MAX)
        forget(activations, 0);
    return VC_OK;
}

/* What an AK must be, its name with the EK's hash, and the key itself. */
static enum vc_code open_ak(const struct vc_activation_claim *claim, struct activation *fresh,
                            struct vc_octets *name, struct vc_err *err)
{
    struct vc_tpm_public ak;
    enum vc_code code = vc_tpm_parse_public(claim->bundle->ak_public, &ak, err);

    if (code == VC_OK)
        code = vc_tpm_check_ak(&ak, err);
    if (code == VC_OK)
        code = vc_tpm_name(&ak, name, err);
    if (code != VC_OK)
        return vc_fail_in(err, code, "ak_public");
    fresh->pair = vc_tpm_pair_id(name, vc_octets_bytes(claim->ek_hash));
    return vc_tpm_public_key(&ak, &fresh->key, err);
}

enum vc_code vc_activations_challenge(struct vc_activations *activations,
                                      const struct vc_activation_session *session,
                                      const struct vc_activation_claim *claim,
                                      struct vc_tpm_credential *credential, struct vc_err *err)
{
    struct activation fresh = {.at_ms = session->now_ms};
    struct vc_octets name = {};
    struct vc_tpm_public ek;
    enum vc_code code = make_room(activations, session, err);

    if (code == VC_OK)
        code = vc_tpm_parse_public(claim->bundle->ek_public, &ek, err);
    if (code == VC_OK)
        code = vc_random(fresh.secret, sizeof(fresh.secret), err);
    if (code == VC_OK)
        code = open_ak(claim, &fresh, &name, err);
    if (code == VC_OK)
        code = vc_tpm_credential_make(&ek, &name, VC_BYTES(fresh.secret), credential, err);
    if (code != VC_OK) {
        vc_public_key_free(fresh.key);
        return code;
    }
    memcpy(fresh.exporter, session->exporter, sizeof(fresh.exporter));
    activations->items[activations->count++] = fresh;
    return VC_OK;
}

enum vc_code vc_activations_redeem(struct vc_activations *activations,
                                   const struct vc_activation_session *session,
                                   struct vc_bytes secret, struct vc_err *err)
{
    for (size_t i = 0; i < activations->count; i++) {
        struct activation *activation = &activations->items[i];

        if (is_of(activation, session) && vc_secret_equal(VC_BYTES(activation->secret), secret)) {
            activation->redeemed = true;
            return VC_OK;
        }
    }
    return vc_fail(err, VC_UNTRUSTED, "tpm_secret: not what a credential of this connection hides");
}

const struct vc_public_key *vc_activations_find(const struct vc_activations *activations,
                                                const struct vc_activation_session *session,
                                                struct vc_bytes pair)
{
    for (size_t i = 0; i < activations->count; i++) {
        const struct activation *activation = &activations->items[i];
        struct vc_bytes own = vc_octets_bytes(&activation->pair);

        if (activation->redeemed && is_of(activation, session) && own.size == pair.size &&
            memcmp(own.data, pair.data, own.size) == 0)
            return activation->key;
    }
    return nullptr;
}
