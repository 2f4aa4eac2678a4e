/* SPDX-License-Identifier: MIT */

/* First the path is chosen, by names and, where several certificates have a name, by signatures.
 * Then each certificate of it is looked at, and OpenSSL verifies the whole; whatever the two find
 * is refused. Nothing of this machine's own trust store takes part. */

#include "crypto/chain.h"

#include <stdio.h>
#include <string.h>

#include <openssl/rsa.h>

#include "base/instant.h"
#include "crypto/crl_internal.h"

static constexpr int RSA_BITS_MIN = 2048;
static constexpr int RSA_BITS_MAX = 8192; /* what a forged certificate may cost us */
static constexpr int SECURITY_LEVEL = 2;  /* OpenSSL's: 112 bits */
static constexpr size_t LABEL_MAX = 80;   /* bytes with the NUL */
static constexpr size_t WHY_MAX = 120;    /* likewise */
static constexpr size_t TRIES_MAX = 32;   /* signatures verified only to choose among issuers of one
                                             name: with keys that strangers made they are dear */

/* The path while it is looked for. */
struct search {
    const struct vc_chain *chain;
    struct vc_chain_path *path;
    size_t tries; /* of TRIES_MAX */
};

/* What the checks below, or OpenSSL's, look at. */
static const int CRITICAL_KNOWN[] = {NID_basic_constraints,      NID_key_usage,
                                     NID_ext_key_usage,          NID_subject_alt_name,
                                     NID_name_constraints,       NID_certificate_policies,
                                     NID_crl_distribution_points};

/* The name as text that fits on a line. */
static const char *label_of(const struct vc_cert *cert, char text[LABEL_MAX])
{
    const char *name = cert->common_name[0] != '\0' ? cert->common_name : "without a name";
    size_t size = 0;

    for (; name[size] != '\0' && size + 1 < LABEL_MAX; size++)
        text[size] = name[size] >= ' ' && name[size] <= '~' ? name[size] : '?';
    text[size] = '\0';
    return text;
}

static enum vc_code fail_at(struct vc_err *err, enum vc_code code, const struct vc_cert *cert)
{
    char label[LABEL_MAX];

    if (code == VC_REFUSED) {
        code = VC_UNTRUSTED;
        if (err != nullptr)
            err->code = VC_UNTRUSTED;
    }
    return vc_fail_in(err, code, "certificate %s", label_of(cert, label));
}

static bool is_same(const struct vc_cert *a, const struct vc_cert *b)
{
    struct vc_bytes der[2] = {vc_cert_der(a), vc_cert_der(b)};

    return a == b ||
           (der[0].size == der[1].size && memcmp(der[0].data, der[1].data, der[0].size) == 0);
}

static bool is_in(const struct vc_chain_path *path, const struct vc_cert *cert)
{
    for (size_t i = 0; i < path->count; i++) {
        if (is_same(path->certs[i], cert))
            return true;
    }
    return false;
}

static const struct vc_cert *candidate(const struct vc_chain *chain, size_t index)
{
    return index == 0 ? chain->anchor : chain->others[index - 1];
}

static enum vc_code check_key(const EVP_PKEY *key, struct vc_err *err)
{
    char group[64] = "";
    int bits;

    if (key == nullptr)
        return vc_crypto_fail(err, VC_UNTRUSTED, "an unknown kind of key");
    if (EVP_PKEY_is_a(key, "EC")) {
        int nid;

        if (EVP_PKEY_get_group_name(key, group, sizeof(group), nullptr) != 1)
            return vc_crypto_fail(err, VC_UNTRUSTED, "an elliptic curve without a name");
        nid = OBJ_sn2nid(group);
        if (nid == NID_X9_62_prime256v1 || nid == NID_secp384r1 || nid == NID_secp521r1)
            return VC_OK;
        return vc_fail(err, VC_UNTRUSTED, "a key on %s; P-256, P-384 and P-521 are known", group);
    }
    if (!EVP_PKEY_is_a(key, "RSA") && !EVP_PKEY_is_a(key, "RSA-PSS"))
        return vc_fail(err, VC_UNTRUSTED, "a key that is neither RSA nor ECDSA");
    bits = EVP_PKEY_get_bits(key);
    if (bits < RSA_BITS_MIN || bits > RSA_BITS_MAX) {
        return vc_fail(err, VC_UNTRUSTED, "an RSA key of %d bits, %d to %d wanted", bits,
                       RSA_BITS_MIN, RSA_BITS_MAX);
    }
    return VC_OK;
}

/* Only for a choice: whatever is chosen is verified with the whole path. */
static bool is_signed_by(struct search *search, const struct vc_cert *cert,
                         const struct vc_cert *issuer)
{
    const EVP_PKEY *key = X509_get0_pubkey(issuer->native);

    return check_key(key, nullptr) == VC_OK && search->tries++ < TRIES_MAX &&
           X509_verify(cert->native, X509_get0_pubkey(issuer->native)) == 1;
}

/* Of several with the issuer's name: the anchor, else one in time, if their keys fit; else any, so
 * that somebody can say what is wrong with it. */
static const struct vc_cert *best_of(struct search *search, const struct vc_cert *cert,
                                     size_t named_count)
{
    const struct vc_chain *chain = search->chain;
    const struct vc_cert *best = nullptr;
    int best_rank = -1;

    for (size_t i = 0; i <= chain->other_count; i++) {
        const struct vc_cert *issuer = candidate(chain, i);
        int rank = 0;

        if (!vc_cert_is_named_by(issuer, cert) || is_in(search->path, issuer))
            continue;
        if (named_count == 1)
            return issuer;
        if (is_signed_by(search, cert, issuer))
            rank = i == 0 ? 3 : 1 + (vc_cert_check_time(issuer, chain->now, nullptr) == VC_OK);
        if (rank > best_rank) {
            best = issuer;
            best_rank = rank;
        }
        if (rank >= 2)
            break;
    }
    return best;
}

static const struct vc_cert *find_issuer(struct search *search, const struct vc_cert *cert)
{
    size_t count = 0;

    for (size_t i = 0; i <= search->chain->other_count; i++) {
        const struct vc_cert *issuer = candidate(search->chain, i);

        if (vc_cert_is_named_by(issuer, cert) && !is_in(search->path, issuer))
            count++;
    }
    return count == 0 ? nullptr : best_of(search, cert, count);
}

enum vc_code vc_chain_find(const struct vc_chain *chain, const struct vc_cert *leaf,
                           struct vc_chain_path *path, struct vc_err *err)
{
    struct search search = {.chain = chain, .path = path};
    const struct vc_cert *cert = leaf;
    char label[2][LABEL_MAX];

    vc_crypto_start();
    *path = (struct vc_chain_path){};
    path->certs[path->count++] = leaf;
    while (!is_same(cert, chain->anchor)) {
        const struct vc_cert *issuer = find_issuer(&search, cert);

        if (issuer == nullptr) {
            return vc_fail(err, VC_NOT_FOUND,
                           "certificate %s: no certificate of its issuer \"%.64s\" leads to %s",
                           label_of(cert, label[0]), cert->issuer_name,
                           label_of(chain->anchor, label[1]));
        }
        if (path->count == VC_CHAIN_LENGTH_MAX) {
            return vc_fail(err, VC_UNTRUSTED, "certificate %s: a path of more than %zu",
                           label_of(leaf, label[0]), VC_CHAIN_LENGTH_MAX);
        }
        path->certs[path->count++] = issuer;
        cert = issuer;
    }
    return VC_OK;
}

static enum vc_code check_time(const struct vc_cert *cert, int64_t now, struct vc_err *err)
{
    char edge[VC_INSTANT_TEXT_MAX];
    char present[VC_INSTANT_TEXT_MAX];

    vc_instant_format(now, present);
    if (now < cert->not_before) {
        vc_instant_format(cert->not_before, edge);
        return vc_fail(err, VC_UNTRUSTED, "not valid before %s, and the time is %s", edge, present);
    }
    if (now > cert->not_after) {
        vc_instant_format(cert->not_after, edge);
        return vc_fail(err, VC_UNTRUSTED, "expired at %s, and the time is %s", edge, present);
    }
    return VC_OK;
}

static enum vc_code check_hash(int nid, struct vc_err *err)
{
    if (nid == NID_sha256 || nid == NID_sha384 || nid == NID_sha512)
        return VC_OK;
    return vc_fail(err, VC_UNTRUSTED, "signed with %s; SHA-256, SHA-384 and SHA-512 are known",
                   nid == NID_undef ? "an unknown hash" : OBJ_nid2sn(nid));
}

static enum vc_code check_ca(X509 *native, struct vc_err *err)
{
    uint32_t flags = X509_get_extension_flags(native);

    if (!(flags & EXFLAG_BCONS) || !(flags & EXFLAG_CA))
        return vc_fail(err, VC_UNTRUSTED, "it issues, and its basicConstraints do not say CA:TRUE");
    if (!(flags & EXFLAG_KUSAGE) || !(X509_get_key_usage(native) & KU_KEY_CERT_SIGN))
        return vc_fail(err, VC_UNTRUSTED, "it issues, and its keyUsage has no keyCertSign");
    return VC_OK;
}

/* Anything but the anchor, which is trusted as it is. */
static enum vc_code check_form(const struct vc_chain *chain, const struct vc_cert *cert, bool leaf,
                               struct vc_err *err)
{
    const struct vc_extension_rule rule = {CRITICAL_KNOWN, VC_COUNT(CRITICAL_KNOWN),
                                           leaf && chain->any_critical};
    int hash = NID_undef;
    enum vc_code code = vc_cert_check_extensions(cert->native, &rule, err);

    if (code == VC_OK && !leaf)
        code = check_ca(cert->native, err);
    if (code == VC_OK)
        code = check_key(X509_get0_pubkey(cert->native), err);
    if (code != VC_OK)
        return code;
    if (X509_get_signature_info(cert->native, &hash, nullptr, nullptr, nullptr) != 1)
        return vc_crypto_fail(err, VC_UNTRUSTED, "an unknown signature algorithm");
    return check_hash(hash, err);
}

static enum vc_code check_certs(const struct vc_chain *chain, const struct vc_chain_path *path,
                                struct vc_err *err)
{
    for (size_t i = path->count; i-- > 0;) {
        const struct vc_cert *cert = path->certs[i];
        enum vc_code code = VC_OK;

        if (i + 1 < path->count || path->count == 1)
            code = check_form(chain, cert, i == 0, err);
        if (code == VC_OK)
            code = check_time(cert, chain->now, err);
        if (code != VC_OK)
            return fail_at(err, code, cert);
    }
    return VC_OK;
}

static enum vc_code tell(const struct vc_chain_path *path, X509_STORE_CTX *context,
                         struct vc_err *err)
{
    int error = X509_STORE_CTX_get_error(context);
    int depth = X509_STORE_CTX_get_error_depth(context);
    size_t at = depth >= 0 && (size_t)depth < path->count ? (size_t)depth : 0;
    const char *words;

    switch (error) {
    case X509_V_ERR_OUT_OF_MEM:
        return vc_fail_memory(err);
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
        words = "its issuer's signature does not verify";
        break;
    case X509_V_ERR_PATH_LENGTH_EXCEEDED:
        words = "more certificates below it than its pathLen allows";
        break;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        words = "self-signed, and not the trust anchor of its name";
        break;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        words = "its key identifiers name another issuer";
        break;
    default:
        words = X509_verify_cert_error_string(error);
    }
    (void)vc_fail(err, VC_UNTRUSTED, "%s", words);
    return fail_at(err, VC_UNTRUSTED, path->certs[at]);
}

static bool prepare(X509_STORE_CTX *context, X509_STORE *store, const struct vc_chain *chain,
                    const struct vc_chain_path *path, STACK_OF(X509) * between)
{
    X509_VERIFY_PARAM *rules;

    for (size_t i = 1; i + 1 < path->count; i++) {
        if (sk_X509_push(between, path->certs[i]->native) <= 0)
            return false;
    }
    if (X509_STORE_add_cert(store, chain->anchor->native) != 1 ||
        X509_STORE_CTX_init(context, store, path->certs[0]->native, between) != 1)
        return false;
    rules = X509_STORE_CTX_get0_param(context);
    X509_VERIFY_PARAM_set_depth(rules, (int)VC_CHAIN_LENGTH_MAX);
    X509_VERIFY_PARAM_set_auth_level(rules, SECURITY_LEVEL);
    /* check_certs has compared the times with `now`; OpenSSL would end validity a second early. An
     * anchor need not be self-signed. */
    return X509_VERIFY_PARAM_set_flags(
               rules, X509_V_FLAG_NO_CHECK_TIME | X509_V_FLAG_PARTIAL_CHAIN |
                          (chain->any_critical ? X509_V_FLAG_IGNORE_CRITICAL : 0)) == 1;
}

static enum vc_code check_path(const struct vc_chain *chain, const struct vc_chain_path *path,
                               struct vc_err *err)
{
    vc_cleanup(X509_STORE_freep) X509_STORE *store = X509_STORE_new();
    vc_cleanup(X509_STORE_CTX_freep) X509_STORE_CTX *context = X509_STORE_CTX_new();
    STACK_OF(X509) *between = sk_X509_new_null();
    enum vc_code code;

    if (store == nullptr || context == nullptr || between == nullptr ||
        !prepare(context, store, chain, path, between))
        code = vc_crypto_fail(err, VC_MEMORY, "certificate path");
    else if (X509_verify_cert(context) != 1)
        code = tell(path, context, err);
    else
        code = VC_OK;
    sk_X509_free(between); /* the certificates stay their owners' */
    return code;
}

/* The hash that a list's signature is made with; PSS names it among its parameters. */
static int hash_of(const X509_CRL *native)
{
    const X509_ALGOR *algorithm = nullptr;
    RSA_PSS_PARAMS *parameters = nullptr;
    int hash = NID_undef;

    X509_CRL_get0_signature(native, nullptr, &algorithm);
    if (X509_CRL_get_signature_nid(native) != NID_rsassaPss) {
        (void)OBJ_find_sigid_algs(X509_CRL_get_signature_nid(native), &hash, nullptr);
        return hash;
    }
    if (algorithm->parameter != nullptr && algorithm->parameter->type == V_ASN1_SEQUENCE) {
        parameters =
            ASN1_item_unpack(algorithm->parameter->value.sequence, ASN1_ITEM_rptr(RSA_PSS_PARAMS));
    }
    if (parameters != nullptr && parameters->hashAlgorithm != nullptr)
        hash = OBJ_obj2nid(parameters->hashAlgorithm->algorithm);
    RSA_PSS_PARAMS_free(parameters);
    return hash;
}

/* "the one there begins at 2027-01-15T08:00:00Z, and the time is …" */
static void say_later(const struct vc_crl *crl, int64_t now, char why[WHY_MAX])
{
    char edge[VC_INSTANT_TEXT_MAX];
    char present[VC_INSTANT_TEXT_MAX];

    vc_instant_format(crl->this_update, edge);
    vc_instant_format(now, present);
    (void)snprintf(why, WHY_MAX, "the one there begins at %s, and the time is %s", edge, present);
}

/* Null, or why this list cannot be this issuer's. */
static const char *objection(const struct vc_crl *crl, const struct vc_cert *issuer)
{
    bool may_sign = !(X509_get_extension_flags(issuer->native) & EXFLAG_KUSAGE) ||
                    (X509_get_key_usage(issuer->native) & KU_CRL_SIGN) != 0;

    if (crl->is_opaque)
        return "the one there covers a part only, or has a critical extension that is not known";
    if (!may_sign)
        return "the one there is of an issuer whose keyUsage has no cRLSign";
    if (check_hash(hash_of(crl->native), nullptr) != VC_OK)
        return "the one there is signed with a hash that is not known";
    if (X509_CRL_verify(crl->native, X509_get0_pubkey(issuer->native)) != 1)
        return "the one there does not bear its signature";
    return nullptr;
}

/* The issuer's latest list; null, and why. */
static const struct vc_crl *find_crl(const struct vc_chain *chain, const struct vc_cert *issuer,
                                     char why[WHY_MAX])
{
    const struct vc_crl *latest = nullptr;

    (void)snprintf(why, WHY_MAX, "there is none");
    for (size_t i = 0; i < chain->crl_count; i++) {
        const struct vc_crl *crl = chain->crls[i];
        const char *reason;

        if (!vc_crl_is_by(crl, X509_get_subject_name(issuer->native)) ||
            (latest != nullptr && crl->this_update <= latest->this_update))
            continue;
        reason = objection(crl, issuer);
        if (reason != nullptr)
            (void)snprintf(why, WHY_MAX, "%s", reason);
        else if (crl->this_update > chain->now)
            say_later(crl, chain->now, why);
        else
            latest = crl;
    }
    return latest;
}

static enum vc_code check_revocation(const struct vc_chain *chain, const struct vc_cert *cert,
                                     const struct vc_cert *issuer, struct vc_err *err)
{
    char label[LABEL_MAX];
    char edge[VC_INSTANT_TEXT_MAX];
    char present[VC_INSTANT_TEXT_MAX];
    char why[WHY_MAX];
    const struct vc_crl *crl = find_crl(chain, issuer, why);

    if (crl == nullptr && !chain->wants_crls)
        return VC_OK;
    if (crl == nullptr) {
        return vc_fail(err, VC_NOT_FOUND, "no revocation list of %s: %s", label_of(issuer, label),
                       why);
    }
    /* What was revoked stays revoked, also if the list is no longer in time. */
    if (vc_crl_lists(crl, cert->native)) {
        (void)vc_fail(err, VC_UNTRUSTED, "revoked by its issuer %s", label_of(issuer, label));
        return fail_at(err, VC_UNTRUSTED, cert);
    }
    if (chain->now <= crl->next_update || !chain->wants_crls)
        return VC_OK;
    vc_instant_format(crl->next_update, edge);
    vc_instant_format(chain->now, present);
    return vc_fail(err, VC_UNTRUSTED, "revocation list of %s: expired at %s, and the time is %s",
                   label_of(issuer, label), edge, present);
}

enum vc_code vc_chain_check(const struct vc_chain *chain, const struct vc_cert *leaf,
                            struct vc_err *err)
{
    struct vc_chain_path path;
    enum vc_code code = vc_chain_find(chain, leaf, &path, err);

    if (code == VC_OK)
        code = check_certs(chain, &path, err);
    if (code == VC_OK)
        code = check_path(chain, &path, err);
    for (size_t i = 0; code == VC_OK && i + 1 < path.count; i++)
        code = check_revocation(chain, path.certs[i], path.certs[i + 1], err);
    return code;
}
