/* SPDX-License-Identifier: MIT */

#include "crypto/envelope.h"

#include <string.h>

#include <openssl/cms.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>

#include "base/reader.h"
#include "crypto/library_internal.h"
#include "crypto/pem_internal.h"

/* The library's own ways through a message copy its content over the stack and through buffers that
 * nobody wipes: here it goes into the cipher and comes out of it directly. */

static constexpr int RSA_BITS_MIN = 2048;
static constexpr size_t KEY_PEM_MAX =
    32768; /* bytes of text; an RSA key of 16384 bits needs 13 K */
static constexpr size_t NONCE_SIZE = 12;
static constexpr size_t TAG_SIZE = 16;

VC_DEFINE_CLEANUP(CMS_ContentInfo, CMS_ContentInfo_free);
VC_DEFINE_CLEANUP(BIO, BIO_free_all);

/* How the key of the content comes to a receiver. */
struct transport {
    const char *curve;           /* null: RSA */
    const EVP_MD *(*hash)(void); /* of OAEP and its mask, or of the key derivation */
    int algorithm;               /* NID: RFC 4055 §4.1, RFC 5753 §7.1.4 */
};

static const struct transport OAEP = {nullptr, EVP_sha256, NID_rsaesOaep};
static const struct transport AGREEMENTS[] = {
    {SN_X9_62_prime256v1, EVP_sha256, NID_dhSinglePass_stdDH_sha256kdf_scheme},
    {SN_secp384r1, EVP_sha384, NID_dhSinglePass_stdDH_sha384kdf_scheme},
};

/* Null: nothing is encrypted to this key. */
static const struct transport *transport_for(const EVP_PKEY *key)
{
    char curve[64] = "";

    if (key == nullptr)
        return nullptr;
    if (EVP_PKEY_is_a(key, "RSA"))
        return EVP_PKEY_get_bits(key) >= RSA_BITS_MIN ? &OAEP : nullptr;
    if (!EVP_PKEY_is_a(key, "EC") ||
        EVP_PKEY_get_group_name(key, curve, sizeof(curve), nullptr) != 1)
        return nullptr;
    for (size_t i = 0; i < VC_COUNT(AGREEMENTS); i++) {
        if (OBJ_sn2nid(curve) == OBJ_sn2nid(AGREEMENTS[i].curve))
            return &AGREEMENTS[i];
    }
    return nullptr;
}

/* ---- sealing ---- */

static bool set_transport(EVP_PKEY_CTX *context, const struct transport *transport)
{
    if (context == nullptr)
        return false;
    if (transport->curve != nullptr)
        return EVP_PKEY_CTX_set_ecdh_kdf_md(context, transport->hash()) == 1;
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_oaep_md(context, transport->hash()) == 1 &&
           EVP_PKEY_CTX_set_rsa_mgf1_md(context, transport->hash()) == 1;
}

/* An empty message for one receiver, or null. */
static CMS_ContentInfo *address(X509 *receiver, const struct transport *transport)
{
    vc_cleanup(CMS_ContentInfo_freep) CMS_ContentInfo *message =
        CMS_AuthEnvelopedData_create(EVP_aes_256_gcm());
    CMS_RecipientInfo *info;

    if (message == nullptr || CMS_set_detached(message, 0) != 1)
        return nullptr;
    info = CMS_add1_recipient_cert(message, receiver, CMS_KEY_PARAM);
    if (info == nullptr || !set_transport(CMS_RecipientInfo_get0_pkey_ctx(info), transport))
        return nullptr;
    return vc_take(message);
}

static bool fill(CMS_ContentInfo *message, struct vc_bytes content)
{
    vc_cleanup(BIO_free_allp) BIO *chain = CMS_dataInit(message, nullptr);
    size_t written = 0;

    if (chain == nullptr)
        return false;
    if (content.size > 0 &&
        (BIO_write_ex(chain, content.data, content.size, &written) != 1 || written != content.size))
        return false;
    return BIO_flush(chain) == 1 && CMS_dataFinal(message, chain) == 1;
}

static enum vc_code put(CMS_ContentInfo *message, struct vc_buffer *envelope, struct vc_err *err)
{
    unsigned char *der = nullptr;
    int size = i2d_CMS_ContentInfo(message, &der);
    enum vc_code code;

    if (size <= 0)
        return vc_crypto_fail(err, VC_MEMORY, "envelope");
    code = vc_buffer_append(envelope, (struct vc_bytes){der, (size_t)size}, err);
    OPENSSL_free(der);
    return code;
}

enum vc_code vc_envelope_seal(const struct vc_cert *receiver, struct vc_bytes content,
                              struct vc_buffer *envelope, struct vc_err *err)
{
    vc_cleanup(CMS_ContentInfo_freep) CMS_ContentInfo *message = nullptr;
    const struct transport *transport;

    vc_crypto_start();
    if (content.size > VC_ENVELOPE_CONTENT_MAX) {
        return vc_fail(err, VC_LIMIT, "envelope: %zu bytes of content, at most %zu", content.size,
                       VC_ENVELOPE_CONTENT_MAX);
    }
    transport = transport_for(X509_get0_pubkey(receiver->native));
    if (transport == nullptr) {
        return vc_crypto_fail(err, VC_REFUSED,
                              "envelope: nothing can be encrypted to the receiver's key, which is "
                              "none of P-256, P-384 and RSA");
    }
    message = address(receiver->native, transport);
    if (message == nullptr || !fill(message, content))
        return vc_crypto_fail(err, VC_HOST, "envelope: not sealed");
    return put(message, envelope, err);
}

/* ---- opening ---- */

/* The content of the next element, which must have this tag; definite lengths alone. That they are
 * minimal is not looked at here: the whole message is compared with its own encoding. */
static struct vc_reader element(struct vc_reader *reader, uint8_t tag)
{
    size_t size;

    if (vc_read_u8(reader) != tag)
        vc_reader_fail(reader);
    size = vc_read_u8(reader);
    if (size == 0x81)
        size = vc_read_u8(reader);
    else if (size == 0x82)
        size = vc_read_u16(reader);
    else if (size == 0x83)
        size = (size_t)vc_read_u8(reader) << 16 | vc_read_u16(reader);
    else if (size >= 0x80)
        vc_reader_fail(reader);
    return vc_reader_over(vc_read_run(reader, size));
}

static bool is_exactly(struct vc_reader *reader, struct vc_bytes wanted)
{
    struct vc_bytes found = vc_read_run(reader, wanted.size);

    return !reader->failed && memcmp(found.data, wanted.data, wanted.size) == 0;
}

/* data (RFC 5652 §4) and aes256-GCM (RFC 5084 §3.2), with its nonce and the size of its tag. */
static bool is_content(struct vc_reader content)
{
    static const uint8_t data[] = {6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 7, 1};
    static const uint8_t gcm[] = {6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 1, 46};
    static const uint8_t tag_size[] = {2, 1, TAG_SIZE};
    bool is_data = is_exactly(&content, VC_BYTES(data));
    struct vc_reader algorithm = element(&content, 0x30);
    bool is_gcm = is_exactly(&algorithm, VC_BYTES(gcm));
    struct vc_reader parameters = element(&algorithm, 0x30);
    struct vc_reader nonce = element(&parameters, 4);
    bool is_whole_tag = is_exactly(&parameters, VC_BYTES(tag_size));

    (void)element(&content, 0x80);
    return is_data && is_gcm && nonce.input.size == NONCE_SIZE && is_whole_tag &&
           vc_reader_done(&parameters) && vc_reader_done(&algorithm) && vc_reader_done(&content);
}

/* KeyTransRecipientInfo or KeyAgreeRecipientInfo, with its version: check_address reads on. */
static bool is_receivers(struct vc_reader receivers)
{
    static const uint8_t versions[2][3] = {{2, 1, 0}, {2, 1, 3}};
    struct vc_reader peek = receivers;
    bool agreed = vc_read_u8(&peek) == 0xa1;
    struct vc_reader one = element(&receivers, agreed ? 0xa1 : 0x30);

    return is_exactly(&one, VC_BYTES(versions[agreed])) && vc_reader_done(&receivers);
}

/* One receiver, by its certificate's issuer and number; a content as above; a whole tag; and
 * nothing else: no attributes, no certificates. The library would take shorter tags, other ciphers.
 */
static bool is_our_form(struct vc_bytes der)
{
    static const uint8_t type[] = {6, 11, 0x2a, 0x86, 0x48, 0x86, 0xf7, 13, 1, 9, 16, 1, 23};
    static const uint8_t version[] = {2, 1, 0};
    struct vc_reader whole = vc_reader_over(der);
    struct vc_reader info = element(&whole, 0x30);
    bool is_type = is_exactly(&info, VC_BYTES(type));
    struct vc_reader tagged = element(&info, 0xa0);
    struct vc_reader message = element(&tagged, 0x30);
    bool is_version = is_exactly(&message, VC_BYTES(version));
    struct vc_reader tag;

    if (!is_type || !is_version || !is_receivers(element(&message, 0x31)) ||
        !is_content(element(&message, 0x30)))
        return false;
    tag = element(&message, 4);
    return tag.input.size == TAG_SIZE && vc_reader_done(&message) && vc_reader_done(&tagged) &&
           vc_reader_done(&info) && vc_reader_done(&whole);
}

static enum vc_code parse(struct vc_bytes envelope, CMS_ContentInfo **message, struct vc_err *err)
{
    vc_cleanup(CMS_ContentInfo_freep) CMS_ContentInfo *made = nullptr;
    vc_cleanup(vc_buffer_done) struct vc_buffer again = {};
    const unsigned char *at = envelope.data;
    enum vc_code code;

    if (envelope.size > VC_ENVELOPE_SIZE_MAX) {
        return vc_fail(err, VC_LIMIT, "envelope: %zu bytes, at most %zu", envelope.size,
                       VC_ENVELOPE_SIZE_MAX);
    }
    if (!is_our_form(envelope))
        return vc_fail(err, VC_MALFORMED, "not an envelope");
    made = d2i_CMS_ContentInfo(nullptr, &at, (long)envelope.size);
    if (made == nullptr)
        return vc_crypto_fail(err, VC_MALFORMED, "not an envelope");
    code = put(made, &again, err);
    if (code != VC_OK)
        return code;
    if (again.size != envelope.size || memcmp(again.data, envelope.data, again.size) != 0)
        return vc_fail(err, VC_MALFORMED, "envelope: not in DER");
    *message = vc_take(made);
    return VC_OK;
}

/* Who is to open it, and what it needs besides a private key: as `info` says it. */
struct address {
    X509_NAME *issuer;
    ASN1_INTEGER *serial;
    X509_ALGOR *algorithm;
    ASN1_BIT_STRING *point; /* the sender's, of a key agreement */
};

static bool read_agreement(CMS_RecipientInfo *info, struct address *address)
{
    STACK_OF(CMS_RecipientEncryptedKey) *keys = CMS_RecipientInfo_kari_get0_reks(info);

    return sk_CMS_RecipientEncryptedKey_num(keys) == 1 &&
           CMS_RecipientEncryptedKey_get0_id(sk_CMS_RecipientEncryptedKey_value(keys, 0), nullptr,
                                             nullptr, nullptr, &address->issuer,
                                             &address->serial) == 1 &&
           CMS_RecipientInfo_kari_get0_alg(info, &address->algorithm, nullptr) == 1 &&
           CMS_RecipientInfo_kari_get0_orig_id(info, nullptr, &address->point, nullptr, nullptr,
                                               nullptr) == 1;
}

static bool read_address(CMS_RecipientInfo *info, struct address *address)
{
    if (CMS_RecipientInfo_type(info) == CMS_RECIPINFO_AGREE)
        return read_agreement(info, address);
    return CMS_RecipientInfo_type(info) == CMS_RECIPINFO_TRANS &&
           CMS_RecipientInfo_ktri_get0_algs(info, nullptr, nullptr, &address->algorithm) == 1 &&
           CMS_RecipientInfo_ktri_get0_signer_id(info, nullptr, &address->issuer,
                                                 &address->serial) == 1;
}

/* Uncompressed (SEC 1 §2.3.3), and no unused bits: a point has other forms, too. */
static bool is_plain_point(const ASN1_BIT_STRING *point)
{
    return point != nullptr && ASN1_STRING_length(point) > 0 &&
           ASN1_STRING_get0_data(point)[0] == 4 && (point->flags & 7) == 0;
}

/* Names are compared as bytes: the library takes "A" for "a". */
static bool is_for(const struct address *address, X509 *receiver)
{
    return address->issuer != nullptr && address->serial != nullptr &&
           vc_asn1_same_name(address->issuer, X509_get_issuer_name(receiver)) &&
           ASN1_INTEGER_cmp(address->serial, X509_get0_serialNumber(receiver)) == 0;
}

static enum vc_code check_address(CMS_ContentInfo *message, X509 *receiver, struct vc_err *err)
{
    STACK_OF(CMS_RecipientInfo) *infos = CMS_get0_RecipientInfos(message);
    const struct transport *transport = transport_for(X509_get0_pubkey(receiver));
    const ASN1_OBJECT *algorithm = nullptr;
    struct address address = {};

    if (infos == nullptr || sk_CMS_RecipientInfo_num(infos) != 1)
        return vc_crypto_fail(err, VC_MALFORMED, "envelope: not for exactly one receiver");
    if (!read_address(sk_CMS_RecipientInfo_value(infos, 0), &address) ||
        !is_for(&address, receiver))
        return vc_crypto_fail(err, VC_UNTRUSTED, "envelope: for somebody else");
    X509_ALGOR_get0(&algorithm, nullptr, nullptr, address.algorithm);
    if (transport == nullptr || OBJ_obj2nid(algorithm) != transport->algorithm ||
        (transport->curve != nullptr && !is_plain_point(address.point)))
        return vc_crypto_fail(err, VC_UNTRUSTED, "envelope: not for this kind of key");
    return VC_OK;
}

/* Nothing of it is the caller's before the tag has been compared. */
static enum vc_code drain(CMS_ContentInfo *message, struct vc_buffer *content, struct vc_err *err)
{
    vc_cleanup(BIO_free_allp) BIO *chain = CMS_dataInit(message, nullptr);
    vc_cleanup(vc_buffer_done) struct vc_buffer plain = {};
    enum vc_code code = vc_buffer_reserve(&plain, VC_ENVELOPE_SIZE_MAX, err);
    size_t got = 0;

    if (code != VC_OK)
        return code;
    /* The tag is compared by the read that finds no more; there is room for it, since a content is
     * shorter than its envelope. */
    while (chain != nullptr && BIO_read_ex(chain, plain.data + plain.size,
                                           VC_ENVELOPE_SIZE_MAX - plain.size, &got) == 1)
        plain.size += got;
    if (chain == nullptr || plain.size == VC_ENVELOPE_SIZE_MAX || BIO_get_cipher_status(chain) != 1)
        return vc_crypto_fail(err, VC_UNTRUSTED, "envelope: altered, or for another key");
    return vc_buffer_append(content, vc_buffer_bytes(&plain), err);
}

static enum vc_code parse_private_key(struct vc_bytes pem, EVP_PKEY **key, struct vc_err *err)
{
    static const char *const labels[] = {"PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY"};
    vc_cleanup(vc_buffer_done) struct vc_buffer der = {};
    enum vc_code code = VC_MALFORMED;
    const unsigned char *at;

    for (size_t i = 0; code == VC_MALFORMED && i < VC_COUNT(labels); i++)
        code = vc_pem_parse(pem, labels[i], KEY_PEM_MAX, &der, err);
    if (code != VC_OK)
        return vc_fail_in(err, code, "private key");
    at = der.data;
    *key = d2i_AutoPrivateKey(nullptr, &at, (long)der.size);
    if (*key == nullptr || at != der.data + der.size)
        return vc_crypto_fail(err, VC_MALFORMED, "not a private key");
    return VC_OK;
}

enum vc_code vc_envelope_open(const struct vc_cert *receiver, struct vc_bytes private_key,
                              struct vc_bytes envelope, struct vc_buffer *content,
                              struct vc_err *err)
{
    vc_cleanup(CMS_ContentInfo_freep) CMS_ContentInfo *message = nullptr;
    vc_cleanup(EVP_PKEY_freep) EVP_PKEY *key = nullptr;
    enum vc_code code;

    vc_crypto_start();
    code = parse_private_key(private_key, &key, err);
    if (code != VC_OK)
        return code;
    if (X509_check_private_key(receiver->native, key) != 1)
        return vc_crypto_fail(err, VC_MALFORMED, "the private key is not the certificate's");
    code = parse(envelope, &message, err);
    if (code == VC_OK)
        code = check_address(message, receiver->native, err);
    if (code != VC_OK)
        return code;
    if (CMS_decrypt_set1_pkey(message, key, receiver->native) != 1)
        return vc_crypto_fail(err, VC_UNTRUSTED, "envelope: altered, or for somebody else");
    return drain(message, content, err);
}
