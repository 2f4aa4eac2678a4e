/* SPDX-License-Identifier: MIT */

/* J-PAKE (RFC 8236 2 and 3, RFC 8235 for the proofs). Names as there: this party has x1 and x2, the
 * other x3 and x4, and both the password s. */

#include "psa/jpake.h"

#include <psa/crypto.h>
#include <stdlib.h>
#include <string.h>

#include <mbedtls/ecp.h>
#include <mbedtls/platform_util.h>
#include <mbedtls/psa_util.h>
#include <mbedtls/sha256.h>

enum { ROUND_ONE = 6, ALL = 9, SHARES = 3, STEPS = 3, HASH_SIZE = 32, BLIND_SIZE = 16 };

struct party {
    uint8_t name[VC_JPAKE_NAME_MAX];
    size_t name_size;                 /* 0: not said yet */
    mbedtls_ecp_point shares[SHARES]; /* two of round one, and that of round two */
    mbedtls_ecp_point public;         /* of the proof that is under way */
    size_t done;                      /* steps */
};

struct vc_jpake {
    mbedtls_ecp_group group;
    mbedtls_mpi password;        /* s */
    mbedtls_mpi secrets[SHARES]; /* x1, x2, x2*s */
    mbedtls_mpi nonce;           /* of the proof that is under way */
    struct party user, peer;
};

/* Whatever is wrong with numbers and points of others is their sender's fault. */
static vc_psa_status status_of(int code)
{
    switch (code) {
    case 0:
        return PSA_SUCCESS;
    case MBEDTLS_ERR_MPI_ALLOC_FAILED:
    case MBEDTLS_ERR_ECP_ALLOC_FAILED:
        return PSA_ERROR_INSUFFICIENT_MEMORY;
    case MBEDTLS_ERR_ECP_VERIFY_FAILED:
        return PSA_ERROR_INVALID_SIGNATURE;
    case MBEDTLS_ERR_ECP_INVALID_KEY:
    case MBEDTLS_ERR_ECP_BAD_INPUT_DATA:
    case MBEDTLS_ERR_ECP_FEATURE_UNAVAILABLE:
        return PSA_ERROR_INVALID_ARGUMENT;
    default:
        return PSA_ERROR_GENERIC_ERROR;
    }
}

/* ---- numbers and points ---- */

static int multiply(struct vc_jpake *jpake, mbedtls_ecp_point *product, const mbedtls_mpi *number,
                    const mbedtls_ecp_point *point)
{
    return mbedtls_ecp_mul(&jpake->group, product, number, point, mbedtls_psa_get_random,
                           MBEDTLS_PSA_RANDOM_STATE);
}

/* a * b of the group, where b is secret: what is multiplied and divided is another number of the
 * same class each time, since numbers are not divided in constant time. */
static int multiply_numbers(struct vc_jpake *jpake, mbedtls_mpi *product, const mbedtls_mpi *a,
                            const mbedtls_mpi *b)
{
    mbedtls_mpi blind;
    int code;

    mbedtls_mpi_init(&blind);
    code = mbedtls_mpi_fill_random(&blind, BLIND_SIZE, mbedtls_psa_get_random,
                                   MBEDTLS_PSA_RANDOM_STATE);
    if (code == 0)
        code = mbedtls_mpi_mul_mpi(&blind, &blind, &jpake->group.N);
    if (code == 0)
        code = mbedtls_mpi_add_mpi(&blind, &blind, b);
    if (code == 0)
        code = mbedtls_mpi_mul_mpi(product, a, &blind);
    if (code == 0)
        code = mbedtls_mpi_mod_mpi(product, product, &jpake->group.N);
    mbedtls_mpi_free(&blind);
    return code;
}

/* The sum of two points or three; `c` may be null. */
static int add(struct vc_jpake *jpake, mbedtls_ecp_point *sum, const mbedtls_ecp_point *a,
               const mbedtls_ecp_point *b, const mbedtls_ecp_point *c)
{
    mbedtls_mpi one;
    int code;

    mbedtls_mpi_init(&one);
    code = mbedtls_mpi_lset(&one, 1);
    if (code == 0)
        code = mbedtls_ecp_muladd(&jpake->group, sum, &one, a, &one, b);
    if (code == 0 && c != nullptr)
        code = mbedtls_ecp_muladd(&jpake->group, sum, &one, sum, &one, c);
    mbedtls_mpi_free(&one);
    return code;
}

static int write_point(const struct vc_jpake *jpake, const mbedtls_ecp_point *point,
                       uint8_t bytes[VC_JPAKE_POINT_SIZE])
{
    size_t size;
    int code = mbedtls_ecp_point_write_binary(&jpake->group, point, MBEDTLS_ECP_PF_UNCOMPRESSED,
                                              &size, bytes, VC_JPAKE_POINT_SIZE);

    return code == 0 && size != VC_JPAKE_POINT_SIZE ? MBEDTLS_ERR_ECP_INVALID_KEY : code;
}

static int read_point(const struct vc_jpake *jpake, struct vc_bytes bytes, mbedtls_ecp_point *point)
{
    int code = mbedtls_ecp_point_read_binary(&jpake->group, point, bytes.data, bytes.size);

    return code == 0 ? mbedtls_ecp_check_pubkey(&jpake->group, point) : code;
}

/* How many shares of a party there are. */
static size_t shares_of(const struct party *party)
{
    return (party->done + STEPS - 1) / STEPS;
}

/* A share that was there before, of either party, is no random one: an echo. */
static bool is_echo(const struct vc_jpake *jpake, const mbedtls_ecp_point *share)
{
    const struct party *parties[] = {&jpake->user, &jpake->peer};

    for (size_t i = 0; i < VC_COUNT(parties); i++) {
        for (size_t j = 0; j < shares_of(parties[i]); j++) {
            if (mbedtls_ecp_point_cmp(&parties[i]->shares[j], share) == 0)
                return true;
        }
    }
    return false;
}

static int read_share(const struct vc_jpake *jpake, struct vc_bytes bytes, mbedtls_ecp_point *share)
{
    int code = read_point(jpake, bytes, share);

    return code == 0 && is_echo(jpake, share) ? MBEDTLS_ERR_ECP_INVALID_KEY : code;
}

/* What a party's share is a multiple of: in round two the sum of three others. */
static int base_of(struct vc_jpake *jpake, const struct party *party, size_t share,
                   mbedtls_ecp_point *base)
{
    const struct party *other = party == &jpake->user ? &jpake->peer : &jpake->user;

    if (share < 2)
        return mbedtls_ecp_copy(base, &jpake->group.G);
    return add(jpake, base, &party->shares[0], &other->shares[0], &other->shares[1]);
}

/* ---- proofs ---- */

static int hash_part(mbedtls_sha256_context *hash, const uint8_t *bytes, size_t size)
{
    const uint8_t head[] = {(uint8_t)(size >> 24), (uint8_t)(size >> 16), (uint8_t)(size >> 8),
                            (uint8_t)size};
    int code = mbedtls_sha256_update(hash, head, sizeof(head));

    return code == 0 ? mbedtls_sha256_update(hash, bytes, size) : code;
}

/* The challenge: of base, public value, share and name. */
static int challenge(struct vc_jpake *jpake, const struct party *party, size_t share,
                     const mbedtls_ecp_point *base, mbedtls_mpi *number)
{
    const mbedtls_ecp_point *points[] = {base, &party->public, &party->shares[share]};
    uint8_t bytes[VC_JPAKE_POINT_SIZE], digest[HASH_SIZE];
    mbedtls_sha256_context hash;
    int code;

    mbedtls_sha256_init(&hash);
    code = mbedtls_sha256_starts(&hash, 0);
    for (size_t i = 0; i < VC_COUNT(points) && code == 0; i++) {
        code = write_point(jpake, points[i], bytes);
        if (code == 0)
            code = hash_part(&hash, bytes, sizeof(bytes));
    }
    if (code == 0)
        code = hash_part(&hash, party->name, party->name_size);
    if (code == 0)
        code = mbedtls_sha256_finish(&hash, digest);
    if (code == 0)
        code = mbedtls_mpi_read_binary(number, digest, sizeof(digest));
    if (code == 0)
        code = mbedtls_mpi_mod_mpi(number, number, &jpake->group.N);
    mbedtls_sha256_free(&hash);
    return code;
}

/* nonce - secret * challenge */
static int prove(struct vc_jpake *jpake, size_t share, uint8_t proof[VC_JPAKE_PROOF_SIZE])
{
    mbedtls_ecp_point base;
    mbedtls_mpi number;
    int code;

    mbedtls_ecp_point_init(&base);
    mbedtls_mpi_init(&number);
    code = base_of(jpake, &jpake->user, share, &base);
    if (code == 0)
        code = challenge(jpake, &jpake->user, share, &base, &number);
    if (code == 0)
        code = multiply_numbers(jpake, &number, &number, &jpake->secrets[share]);
    if (code == 0)
        code = mbedtls_mpi_sub_mpi(&number, &jpake->nonce, &number);
    if (code == 0)
        code = mbedtls_mpi_mod_mpi(&number, &number, &jpake->group.N);
    if (code == 0)
        code = mbedtls_mpi_write_binary(&number, proof, VC_JPAKE_PROOF_SIZE);
    mbedtls_mpi_free(&number);
    mbedtls_ecp_point_free(&base);
    return code;
}

/* public = proof * base + challenge * share? */
static int verify(struct vc_jpake *jpake, size_t share, struct vc_bytes proof)
{
    struct party *peer = &jpake->peer;
    mbedtls_ecp_point base, found;
    mbedtls_mpi answer, number;
    int code;

    mbedtls_ecp_point_init(&base);
    mbedtls_ecp_point_init(&found);
    mbedtls_mpi_init(&answer);
    mbedtls_mpi_init(&number);
    code = mbedtls_mpi_read_binary(&answer, proof.data, proof.size);
    if (code == 0 && mbedtls_mpi_cmp_mpi(&answer, &jpake->group.N) >= 0)
        code = MBEDTLS_ERR_ECP_VERIFY_FAILED;
    if (code == 0)
        code = base_of(jpake, peer, share, &base);
    if (code == 0)
        code = challenge(jpake, peer, share, &base, &number);
    if (code == 0)
        code = mbedtls_ecp_muladd(&jpake->group, &found, &answer, &base, &number,
                                  &peer->shares[share]);
    if (code == 0 && mbedtls_ecp_point_cmp(&found, &peer->public) != 0)
        code = MBEDTLS_ERR_ECP_VERIFY_FAILED;
    mbedtls_mpi_free(&number);
    mbedtls_mpi_free(&answer);
    mbedtls_ecp_point_free(&found);
    mbedtls_ecp_point_free(&base);
    return code;
}

/* ---- steps ---- */

/* A secret, and what it makes of the base. */
static int make_share(struct vc_jpake *jpake, size_t share)
{
    mbedtls_mpi *secret = &jpake->secrets[share];
    mbedtls_ecp_point base;
    int code = 0;

    mbedtls_ecp_point_init(&base);
    if (share < 2) {
        code = mbedtls_ecp_gen_privkey(&jpake->group, secret, mbedtls_psa_get_random,
                                       MBEDTLS_PSA_RANDOM_STATE);
    } else {
        code = multiply_numbers(jpake, secret, &jpake->secrets[1], &jpake->password);
    }
    if (code == 0)
        code = base_of(jpake, &jpake->user, share, &base);
    if (code == 0)
        code = multiply(jpake, &jpake->user.shares[share], secret, &base);
    mbedtls_ecp_point_free(&base);
    return code;
}

static int make_public(struct vc_jpake *jpake, size_t share)
{
    mbedtls_ecp_point base;
    int code;

    mbedtls_ecp_point_init(&base);
    code = base_of(jpake, &jpake->user, share, &base);
    if (code == 0)
        code = mbedtls_ecp_gen_privkey(&jpake->group, &jpake->nonce, mbedtls_psa_get_random,
                                       MBEDTLS_PSA_RANDOM_STATE);
    if (code == 0)
        code = multiply(jpake, &jpake->user.public, &jpake->nonce, &base);
    mbedtls_ecp_point_free(&base);
    return code;
}

/* Is this party's next step this one, now? */
static vc_psa_status check_step(const struct vc_jpake *jpake, const struct party *party,
                                const struct party *other, uint32_t step)
{
    bool waits = party->done >= ROUND_ONE && (party->done == ALL || other->done < ROUND_ONE);

    if (step < PSA_PAKE_STEP_KEY_SHARE || step > PSA_PAKE_STEP_ZK_PROOF)
        return PSA_ERROR_INVALID_ARGUMENT;
    if (jpake->user.name_size == 0 || jpake->peer.name_size == 0 || waits ||
        other->done % STEPS != 0 || step != party->done % STEPS + PSA_PAKE_STEP_KEY_SHARE)
        return PSA_ERROR_BAD_STATE;
    return PSA_SUCCESS;
}

static size_t size_of(uint32_t step)
{
    return step == PSA_PAKE_STEP_ZK_PROOF ? VC_JPAKE_PROOF_SIZE : VC_JPAKE_POINT_SIZE;
}

/* A proof is a number, which others write without zeros before it. */
static bool has_size(uint32_t step, size_t size)
{
    return step == PSA_PAKE_STEP_ZK_PROOF ? size > 0 && size <= VC_JPAKE_PROOF_SIZE
                                          : size == VC_JPAKE_POINT_SIZE;
}

vc_psa_status vc_jpake_output(struct vc_jpake *jpake, uint32_t step, struct vc_psa_output *output)
{
    struct party *user = &jpake->user;
    size_t share = user->done / STEPS;
    vc_psa_status status = check_step(jpake, user, &jpake->peer, step);
    int code;

    if (status == PSA_SUCCESS && output->room < size_of(step))
        status = PSA_ERROR_BUFFER_TOO_SMALL;
    if (status != PSA_SUCCESS)
        return status;
    if (step == PSA_PAKE_STEP_ZK_PROOF) {
        code = prove(jpake, share, output->data);
    } else {
        bool is_share = step == PSA_PAKE_STEP_KEY_SHARE;

        code = is_share ? make_share(jpake, share) : make_public(jpake, share);
        if (code == 0)
            code =
                write_point(jpake, is_share ? &user->shares[share] : &user->public, output->data);
    }
    if (code != 0)
        return status_of(code);
    output->size = size_of(step);
    user->done++;
    return PSA_SUCCESS;
}

vc_psa_status vc_jpake_input(struct vc_jpake *jpake, uint32_t step, struct vc_bytes input)
{
    struct party *peer = &jpake->peer;
    size_t share = peer->done / STEPS;
    vc_psa_status status = check_step(jpake, peer, &jpake->user, step);
    int code;

    if (status == PSA_SUCCESS && !has_size(step, input.size))
        status = PSA_ERROR_INVALID_ARGUMENT;
    if (status != PSA_SUCCESS)
        return status;
    if (step == PSA_PAKE_STEP_ZK_PROOF)
        code = verify(jpake, share, input);
    else if (step == PSA_PAKE_STEP_KEY_SHARE)
        code = read_share(jpake, input, &peer->shares[share]);
    else
        code = read_point(jpake, input, &peer->public);
    if (code != 0)
        return status_of(code);
    peer->done++;
    return PSA_SUCCESS;
}

bool vc_jpake_is_over(const struct vc_jpake *jpake)
{
    return jpake->user.done == ALL && jpake->peer.done == ALL;
}

/* x2 * (their share of round two - x2 * s * their second share of round one) */
vc_psa_status vc_jpake_secret(struct vc_jpake *jpake, uint8_t secret[VC_JPAKE_POINT_SIZE])
{
    mbedtls_ecp_point point, sum;
    mbedtls_mpi negative;
    int code;

    if (!vc_jpake_is_over(jpake))
        return PSA_ERROR_BAD_STATE;
    mbedtls_ecp_point_init(&sum);
    mbedtls_ecp_point_init(&point);
    mbedtls_mpi_init(&negative);
    code = mbedtls_mpi_sub_mpi(&negative, &jpake->group.N, &jpake->secrets[2]);
    if (code == 0)
        code = multiply(jpake, &point, &negative, &jpake->peer.shares[1]);
    if (code == 0)
        code = add(jpake, &sum, &jpake->peer.shares[2], &point, nullptr);
    if (code == 0)
        code = multiply(jpake, &point, &jpake->secrets[1], &sum);
    if (code == 0)
        code = write_point(jpake, &point, secret);
    mbedtls_mpi_free(&negative);
    mbedtls_ecp_point_free(&sum);
    mbedtls_ecp_point_free(&point);
    return status_of(code);
}

/* ---- names ---- */

vc_psa_status vc_jpake_check_open(const struct vc_jpake *jpake)
{
    return jpake->user.done == 0 && jpake->peer.done == 0 ? PSA_SUCCESS : PSA_ERROR_BAD_STATE;
}

static vc_psa_status set_name(struct vc_jpake *jpake, struct party *party,
                              const struct party *other, struct vc_bytes name)
{
    if (party->name_size != 0 || vc_jpake_check_open(jpake) != PSA_SUCCESS)
        return PSA_ERROR_BAD_STATE;
    if (name.size == 0)
        return PSA_ERROR_INVALID_ARGUMENT;
    if (name.size > VC_JPAKE_NAME_MAX)
        return PSA_ERROR_NOT_SUPPORTED;
    /* of one who speaks to itself, proofs would be good for both */
    if (name.size == other->name_size && memcmp(name.data, other->name, name.size) == 0)
        return PSA_ERROR_INVALID_ARGUMENT;
    memcpy(party->name, name.data, name.size);
    party->name_size = name.size;
    return PSA_SUCCESS;
}

vc_psa_status vc_jpake_set_user(struct vc_jpake *jpake, struct vc_bytes name)
{
    return set_name(jpake, &jpake->user, &jpake->peer, name);
}

vc_psa_status vc_jpake_set_peer(struct vc_jpake *jpake, struct vc_bytes name)
{
    return set_name(jpake, &jpake->peer, &jpake->user, name);
}

/* ---- the object ---- */

static void party_init(struct party *party)
{
    for (size_t i = 0; i < SHARES; i++)
        mbedtls_ecp_point_init(&party->shares[i]);
    mbedtls_ecp_point_init(&party->public);
}

static void party_free(struct party *party)
{
    for (size_t i = 0; i < SHARES; i++)
        mbedtls_ecp_point_free(&party->shares[i]);
    mbedtls_ecp_point_free(&party->public);
}

vc_psa_status vc_jpake_new(struct vc_bytes password, struct vc_jpake **jpake)
{
    vc_cleanup(vc_jpake_freep) struct vc_jpake *made = calloc(1, sizeof(*made));
    int code;

    if (made == nullptr)
        return PSA_ERROR_INSUFFICIENT_MEMORY;
    mbedtls_ecp_group_init(&made->group);
    mbedtls_mpi_init(&made->password);
    mbedtls_mpi_init(&made->nonce);
    for (size_t i = 0; i < SHARES; i++)
        mbedtls_mpi_init(&made->secrets[i]);
    party_init(&made->user);
    party_init(&made->peer);
    code = mbedtls_ecp_group_load(&made->group, MBEDTLS_ECP_DP_SECP256R1);
    if (code == 0)
        code = mbedtls_mpi_read_binary(&made->password, password.data, password.size);
    if (code == 0)
        code = mbedtls_mpi_mod_mpi(&made->password, &made->password, &made->group.N);
    if (code != 0)
        return status_of(code);
    if (mbedtls_mpi_cmp_int(&made->password, 0) == 0)
        return PSA_ERROR_INVALID_ARGUMENT;
    *jpake = vc_take(made);
    return PSA_SUCCESS;
}

void vc_jpake_free(struct vc_jpake *jpake)
{
    if (jpake == nullptr)
        return;
    for (size_t i = 0; i < SHARES; i++)
        mbedtls_mpi_free(&jpake->secrets[i]);
    mbedtls_mpi_free(&jpake->nonce);
    mbedtls_mpi_free(&jpake->password);
    party_free(&jpake->user);
    party_free(&jpake->peer);
    mbedtls_ecp_group_free(&jpake->group);
    mbedtls_platform_zeroize(jpake, sizeof(*jpake));
    free(jpake);
}
