/* SPDX-License-Identifier: MIT */

#include "crypto/envelope.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/cms.h>
#include <openssl/pem.h>

#include "base/file.h"
#include "crypto/library_internal.h"

static const uint8_t CONTENT[] = "material of a key, which nobody but its receiver can read";

enum kind { P256, P384, RSA_2048, RSA_4096, P521, ED25519, RSA_1024, KIND_COUNT };

/* Issued by an unlike name with its own serial, as each principal's certificate is. */
struct receiver {
    struct vc_cert *cert;
    struct vc_buffer pem; /* the private key */
};

struct world {
    struct receiver by_kind[KIND_COUNT], other[KIND_COUNT];
};

static EVP_PKEY *new_pair(enum kind kind)
{
    switch (kind) {
    case P256:
        return EVP_EC_gen("P-256");
    case P384:
        return EVP_EC_gen("P-384");
    case P521:
        return EVP_EC_gen("P-521");
    case RSA_1024:
        return EVP_RSA_gen(1024);
    case RSA_2048:
        return EVP_RSA_gen(2048);
    case RSA_4096:
        return EVP_RSA_gen(4096);
    case ED25519:
        return EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
    case KIND_COUNT:
        break;
    }
    return nullptr;
}

static struct vc_cert *certify(EVP_PKEY *pair, int serial)
{
    vc_cleanup(X509_freep) X509 *native = X509_new();
    vc_cleanup(ASN1_OCTET_STRING_freep) ASN1_OCTET_STRING *id = ASN1_OCTET_STRING_new();
    X509_NAME *name = X509_get_subject_name(native);
    const EVP_MD *hash = EVP_PKEY_is_a(pair, "ED25519") ? nullptr : EVP_sha256();
    struct vc_cert *cert = nullptr;
    unsigned char *der = nullptr;
    int size;

    assert_int_equal(X509_set_version(native, X509_VERSION_3), 1);
    assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(native), serial), 1);
    assert_int_equal(X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8,
                                                (const unsigned char *)"receiver", -1, -1, 0),
                     1);
    assert_int_equal(X509_set_issuer_name(native, name), 1);
    assert_non_null(X509_gmtime_adj(X509_getm_notBefore(native), -60));
    assert_non_null(X509_gmtime_adj(X509_getm_notAfter(native), 3600));
    assert_int_equal(X509_set_pubkey(native, pair), 1);
    assert_int_equal(ASN1_OCTET_STRING_set(id, (const unsigned char *)"id", 2), 1);
    assert_int_equal(X509_add1_ext_i2d(native, NID_subject_key_identifier, id, 0, 0), 1);
    assert_true(X509_sign(native, pair, hash) > 0);
    size = i2d_X509(native, &der);
    assert_true(size > 0);
    assert_int_equal(vc_cert_parse_der((struct vc_bytes){der, (size_t)size}, &cert, nullptr),
                     VC_OK);
    OPENSSL_free(der);
    return cert;
}

static void make_receiver(enum kind kind, int serial, struct receiver *receiver)
{
    vc_cleanup(EVP_PKEY_freep) EVP_PKEY *pair = new_pair(kind);
    BIO *out = BIO_new(BIO_s_mem());
    char *text;
    long size;

    assert_non_null(pair);
    receiver->cert = certify(pair, serial);
    assert_int_equal(PEM_write_bio_PrivateKey(out, pair, nullptr, nullptr, 0, nullptr, nullptr), 1);
    size = BIO_get_mem_data(out, &text);
    assert_int_equal(
        vc_buffer_append(&receiver->pem, (struct vc_bytes){(uint8_t *)text, (size_t)size}, nullptr),
        VC_OK);
    BIO_free(out);
}

static int make_world(void **state)
{
    static struct world world;

    vc_crypto_start();
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        make_receiver((enum kind)kind, 10 + kind, &world.by_kind[kind]);
        if (kind != RSA_4096)
            make_receiver((enum kind)kind, 50 + kind, &world.other[kind]);
    }
    *state = &world;
    return 0;
}

static int free_world(void **state)
{
    struct world *world = *state;

    for (int kind = 0; kind < KIND_COUNT; kind++) {
        vc_cert_free(world->by_kind[kind].cert);
        vc_cert_free(world->other[kind].cert);
        vc_buffer_done(&world->by_kind[kind].pem);
        vc_buffer_done(&world->other[kind].pem);
    }
    return 0;
}

static void seal(const struct receiver *receiver, struct vc_bytes content,
                 struct vc_buffer *envelope)
{
    struct vc_err err = {};

    if (vc_envelope_seal(receiver->cert, content, envelope, &err) != VC_OK)
        fail_msg("%s", err.text);
}

static enum vc_code open_by(const struct receiver *receiver, struct vc_bytes envelope,
                            struct vc_buffer *content)
{
    return vc_envelope_open(receiver->cert, vc_buffer_bytes(&receiver->pem), envelope, content,
                            nullptr);
}

static const struct {
    const char *name;
    enum kind kind;
} GOOD[] = {{"P-256", P256}, {"P-384", P384}, {"RSA 2048", RSA_2048}, {"RSA 4096", RSA_4096}};

static void test_round_trips(void **state)
{
    const struct world *world = *state;
    static uint8_t large[VC_ENVELOPE_CONTENT_MAX];
    const size_t sizes[] = {0, 1, 32, 2400, sizeof(large)};

    for (size_t i = 0; i < sizeof(large); i++)
        large[i] = (uint8_t)(i * 7);
    for (size_t row = 0; row < VC_COUNT(GOOD) * VC_COUNT(sizes); row++) {
        const struct receiver *receiver = &world->by_kind[GOOD[row / VC_COUNT(sizes)].kind];
        struct vc_bytes content = {large, sizes[row % VC_COUNT(sizes)]};
        vc_cleanup(vc_buffer_done) struct vc_buffer envelope = {};
        vc_cleanup(vc_buffer_done) struct vc_buffer opened = {};

        print_message("# %s, %zu bytes\n", GOOD[row / VC_COUNT(sizes)].name, content.size);
        assert_int_equal(vc_buffer_append_text(&envelope, "before", nullptr), VC_OK);
        assert_int_equal(vc_buffer_append_text(&opened, "before", nullptr), VC_OK);
        seal(receiver, content, &envelope);
        assert_memory_equal(envelope.data, "before", 6);
        assert_int_equal(
            open_by(receiver, (struct vc_bytes){envelope.data + 6, envelope.size - 6}, &opened),
            VC_OK);
        assert_int_equal(opened.size, content.size + 6);
        assert_memory_equal(opened.data, "before", 6);
        if (content.size > 0)
            assert_memory_equal(opened.data + 6, content.data, content.size);
    }
}

/* Two envelopes of one content have nothing in common where it is encrypted. */
static void test_no_two_are_alike(void **state)
{
    const struct world *world = *state;

    for (size_t row = 0; row < VC_COUNT(GOOD); row++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer a = {};
        vc_cleanup(vc_buffer_done) struct vc_buffer b = {};
        size_t tail = sizeof(CONTENT) + 2 + 16; /* content, head of the tag, tag */

        seal(&world->by_kind[GOOD[row].kind], VC_BYTES(CONTENT), &a);
        seal(&world->by_kind[GOOD[row].kind], VC_BYTES(CONTENT), &b);
        assert_memory_not_equal(a.data + a.size - tail, b.data + b.size - tail, 16);
        assert_memory_not_equal(a.data + a.size - 16, b.data + b.size - 16, 16);
        assert_null(memmem(a.data, a.size, CONTENT, 8));
    }
}

static void test_refused_receivers(void **state)
{
    static const enum kind bad[] = {ED25519, P521, RSA_1024};
    const struct world *world = *state;

    for (size_t i = 0; i < VC_COUNT(bad); i++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer envelope = {};

        assert_int_equal(
            vc_envelope_seal(world->by_kind[bad[i]].cert, VC_BYTES(CONTENT), &envelope, nullptr),
            VC_REFUSED);
        assert_int_equal(envelope.size, 0);
    }
}

static void test_limits(void **state)
{
    const struct world *world = *state;
    const struct receiver *receiver = &world->by_kind[P256];
    vc_cleanup(vc_buffer_done) struct vc_buffer content = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer envelope = {};

    assert_int_equal(vc_buffer_reserve(&content, VC_ENVELOPE_SIZE_MAX + 1, nullptr), VC_OK);
    memset(content.data, 0x30, VC_ENVELOPE_SIZE_MAX + 1);
    assert_int_equal(vc_envelope_seal(receiver->cert,
                                      (struct vc_bytes){content.data, VC_ENVELOPE_CONTENT_MAX + 1},
                                      &envelope, nullptr),
                     VC_LIMIT);
    assert_int_equal(envelope.size, 0);
    assert_int_equal(
        open_by(receiver, (struct vc_bytes){content.data, VC_ENVELOPE_SIZE_MAX + 1}, &envelope),
        VC_LIMIT);
    assert_int_equal(
        open_by(receiver, (struct vc_bytes){content.data, VC_ENVELOPE_SIZE_MAX}, &envelope),
        VC_MALFORMED);
    assert_int_equal(envelope.size, 0);
}

/* Each bit of it altered: it does not open. No bit is of no consequence. */
static void test_altered(void **state)
{
    const struct world *world = *state;

    for (size_t row = 0; row < 3; row++) { /* 4096 bits: the same, slowly */
        const struct receiver *receiver = &world->by_kind[GOOD[row].kind];
        vc_cleanup(vc_buffer_done) struct vc_buffer envelope = {};

        seal(receiver, VC_BYTES(CONTENT), &envelope);
        for (size_t bit = 0; bit < envelope.size * 8; bit++) {
            vc_cleanup(vc_buffer_done) struct vc_buffer content = {};
            enum vc_code code;

            envelope.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
            code = open_by(receiver, vc_buffer_bytes(&envelope), &content);
            envelope.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
            assert_true(code == VC_MALFORMED || code == VC_UNTRUSTED);
            assert_int_equal(content.size, 0);
        }
        print_message("# %s: %zu bits altered\n", GOOD[row].name, envelope.size * 8);
    }
}

static void test_cut_and_extended(void **state)
{
    const struct world *world = *state;

    for (size_t row = 0; row < VC_COUNT(GOOD); row++) {
        const struct receiver *receiver = &world->by_kind[GOOD[row].kind];
        vc_cleanup(vc_buffer_done) struct vc_buffer envelope = {};
        vc_cleanup(vc_buffer_done) struct vc_buffer content = {};

        seal(receiver, VC_BYTES(CONTENT), &envelope);
        for (size_t size = 0; size < envelope.size; size++) {
            uint8_t *copy = malloc(size + 1); /* for a sanitizer to see the end */

            memcpy(copy, envelope.data, size);
            assert_int_equal(open_by(receiver, (struct vc_bytes){copy, size}, &content),
                             VC_MALFORMED);
            free(copy);
        }
        assert_int_equal(vc_buffer_append_text(&envelope, "x", nullptr), VC_OK);
        assert_int_equal(open_by(receiver, vc_buffer_bytes(&envelope), &content), VC_MALFORMED);
        assert_int_equal(content.size, 0);
    }
}

/* Nobody of this kind but `right` opens it. */
static void assert_foreign(const struct world *world, int kind, const struct receiver *right,
                           struct vc_bytes envelope)
{
    const struct receiver *others[] = {&world->by_kind[kind], &world->other[kind]};
    vc_cleanup(vc_buffer_done) struct vc_buffer content = {};

    for (size_t i = 0; i < VC_COUNT(others); i++) {
        if (others[i]->cert != nullptr && others[i] != right)
            assert_int_equal(open_by(others[i], envelope, &content), VC_UNTRUSTED);
    }
    assert_int_equal(content.size, 0);
}

/* Every kind of receiver is handed an envelope for every other one, and for another of its own. */
static void test_foreign_receivers(void **state)
{
    const struct world *world = *state;

    for (size_t row = 0; row < VC_COUNT(GOOD); row++) {
        const struct receiver *right = &world->by_kind[GOOD[row].kind];
        vc_cleanup(vc_buffer_done) struct vc_buffer envelope = {};

        seal(right, VC_BYTES(CONTENT), &envelope);
        for (int kind = 0; kind < KIND_COUNT; kind++)
            assert_foreign(world, kind, right, vc_buffer_bytes(&envelope));
    }
}

static void test_private_keys(void **state)
{
    const struct world *world = *state;
    const struct receiver *right = &world->by_kind[P256];
    vc_cleanup(vc_buffer_done) struct vc_buffer envelope = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer content = {};
    struct vc_bytes pem = vc_buffer_bytes(&right->pem);

    seal(right, VC_BYTES(CONTENT), &envelope);
    for (int kind = 0; kind < KIND_COUNT; kind++) { /* not the certificate's */
        const struct receiver mixed = {right->cert, world->other[kind].pem};

        if (mixed.pem.size > 0)
            assert_int_equal(open_by(&mixed, vc_buffer_bytes(&envelope), &content), VC_MALFORMED);
    }
    for (size_t size = 0; size + 1 < pem.size; size++) {
        assert_int_equal(vc_envelope_open(right->cert, (struct vc_bytes){pem.data, size},
                                          vc_buffer_bytes(&envelope), &content, nullptr),
                         VC_MALFORMED);
    }
    assert_int_equal(content.size, 0);
}

/* ---- what others make ---- */

enum {
    SHORT_TAG = 1,
    OTHER_CIPHER = 2,
    TWO_RECEIVERS = 4,
    BY_KEY_ID = 8,
    PKCS1 = 16,
    ENVELOPED = 32,
    WEAK_HASH = 64,
};

static void to_buffer(CMS_ContentInfo *message, struct vc_buffer *out)
{
    unsigned char *der = nullptr;
    int size = i2d_CMS_ContentInfo(message, &der);

    assert_true(size > 0);
    assert_int_equal(vc_buffer_append(out, (struct vc_bytes){der, (size_t)size}, nullptr), VC_OK);
    OPENSSL_free(der);
    CMS_ContentInfo_free(message);
}

/* A message of the library's own making, with one thing else than ours have. */
static void make_other(const struct receiver *receiver, unsigned how, struct vc_buffer *out)
{
    const EVP_CIPHER *cipher = how & ENVELOPED      ? EVP_aes_256_cbc()
                               : how & OTHER_CIPHER ? EVP_aes_128_gcm()
                                                    : EVP_aes_256_gcm();
    BIO *in = BIO_new_mem_buf(CONTENT, sizeof(CONTENT));
    CMS_ContentInfo *message = CMS_encrypt(nullptr, nullptr, cipher, CMS_BINARY | CMS_PARTIAL);
    bool is_rsa = EVP_PKEY_is_a(X509_get0_pubkey(receiver->cert->native), "RSA");

    for (int i = 0; i < (how & TWO_RECEIVERS ? 2 : 1); i++) {
        CMS_RecipientInfo *info = CMS_add1_recipient_cert(
            message, receiver->cert->native,
            CMS_KEY_PARAM | (how & BY_KEY_ID ? (unsigned)CMS_USE_KEYID : 0));
        EVP_PKEY_CTX *context;

        assert_non_null(info);
        context = CMS_RecipientInfo_get0_pkey_ctx(info);
        if (is_rsa && !(how & PKCS1)) {
            assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING), 1);
            assert_int_equal(EVP_PKEY_CTX_set_rsa_oaep_md(context, EVP_sha256()), 1);
        }
        if (!is_rsa) {
            assert_int_equal(
                EVP_PKEY_CTX_set_ecdh_kdf_md(context, how & WEAK_HASH ? EVP_sha1() : EVP_sha256()),
                1);
        }
    }
    assert_int_equal(CMS_final(message, in, nullptr, CMS_BINARY), 1);
    BIO_free(in);
    to_buffer(message, out);
}

/* The last element is the tag: makes it shorter, with all lengths around it. The content's is in
 * two bytes at each level for messages of 256 to 65535 bytes. */
static void cut_tag(struct vc_buffer *der, unsigned by)
{
    size_t heads[] = {2, 0, 0}; /* where lengths are: of the whole, of [0], of the message */

    assert_int_equal(der->data[1], 0x82);
    heads[1] = 4 + 13 + 2;
    assert_int_equal(der->data[heads[1] - 1], 0x82);
    heads[2] = heads[1] + 4;
    assert_int_equal(der->data[heads[2] - 1], 0x82);
    for (size_t i = 0; i < VC_COUNT(heads); i++) {
        unsigned size = (unsigned)der->data[heads[i]] << 8 | der->data[heads[i] + 1];

        der->data[heads[i]] = (uint8_t)((size - by) >> 8);
        der->data[heads[i] + 1] = (uint8_t)(size - by);
    }
    assert_int_equal(der->data[der->size - 17], 16);
    der->data[der->size - 17] = (uint8_t)(16 - by);
    der->size -= by;
}

static const struct {
    const char *name;
    enum kind kind;
    unsigned how;
    enum vc_code code;
} OTHERS[] = {
    {"the same, of P-256", P256, 0, VC_OK},
    {"the same, of RSA", RSA_2048, 0, VC_OK},
    {"a tag of 15 bytes", P256, SHORT_TAG, VC_MALFORMED},
    {"AES-128-GCM", P256, OTHER_CIPHER, VC_MALFORMED},
    {"no authentication: AES-CBC", P256, ENVELOPED, VC_MALFORMED},
    {"no authentication, of RSA", RSA_2048, ENVELOPED, VC_MALFORMED},
    {"two receivers", P256, TWO_RECEIVERS, VC_MALFORMED},
    {"two receivers, of RSA", RSA_2048, TWO_RECEIVERS, VC_MALFORMED},
    {"named by its key, of P-256", P256, BY_KEY_ID, VC_UNTRUSTED},
    {"named by its key, of RSA", RSA_2048, BY_KEY_ID, VC_MALFORMED},
    {"PKCS #1 v1.5", RSA_2048, PKCS1, VC_UNTRUSTED},
    {"SHA-1 in the key derivation", P256, WEAK_HASH, VC_UNTRUSTED},
    {"SHA-256 with P-384", P384, 0, VC_UNTRUSTED},
};

static void test_other_makers(void **state)
{
    const struct world *world = *state;

    for (size_t row = 0; row < VC_COUNT(OTHERS); row++) {
        const struct receiver *receiver = &world->by_kind[OTHERS[row].kind];
        vc_cleanup(vc_buffer_done) struct vc_buffer envelope = {};
        vc_cleanup(vc_buffer_done) struct vc_buffer content = {};

        print_message("# %s\n", OTHERS[row].name);
        make_other(receiver, OTHERS[row].how, &envelope);
        if (OTHERS[row].how & SHORT_TAG)
            cut_tag(&envelope, 1);
        assert_int_equal(open_by(receiver, vc_buffer_bytes(&envelope), &content), OTHERS[row].code);
        if (OTHERS[row].code == VC_OK)
            assert_memory_equal(content.data, CONTENT, sizeof(CONTENT));
        else
            assert_int_equal(content.size, 0);
    }
}

/* ---- what others open ---- */

static void write_file(const char *folder, const char *name, struct vc_bytes bytes)
{
    char path[128];
    FILE *file;

    assert_true((size_t)snprintf(path, sizeof(path), "%s/%s", folder, name) < sizeof(path));
    file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes.data, 1, bytes.size, file), bytes.size);
    assert_int_equal(fclose(file), 0);
}

static int run_openssl(const char *folder)
{
    pid_t child = fork();
    int status = -1;

    assert_true(child >= 0);
    if (child == 0) {
        if (chdir(folder) == 0) {
            execlp("openssl", "openssl", "cms", "-decrypt", "-inform", "DER", "-in", "envelope",
                   "-recip", "cert.pem", "-inkey", "key.pem", "-binary", "-out", "content",
                   nullptr);
        }
        _exit(127);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void test_openssl_opens(void **state)
{
    static const char *const files[] = {"envelope", "cert.pem", "key.pem", "content"};
    const struct world *world = *state;
    char folder[] = "/tmp/vc_envelope_test.XXXXXX";

    assert_non_null(mkdtemp(folder));
    for (size_t row = 0; row < VC_COUNT(GOOD); row++) {
        const struct receiver *receiver = &world->by_kind[GOOD[row].kind];
        vc_cleanup(vc_buffer_done) struct vc_buffer envelope = {};
        vc_cleanup(vc_buffer_done) struct vc_buffer cert = {};
        uint8_t found[sizeof(CONTENT) + 1];
        char path[128];
        FILE *file;

        seal(receiver, VC_BYTES(CONTENT), &envelope);
        assert_int_equal(vc_cert_encode_pem(receiver->cert, &cert, nullptr), VC_OK);
        write_file(folder, "envelope", vc_buffer_bytes(&envelope));
        write_file(folder, "cert.pem", vc_buffer_bytes(&cert));
        write_file(folder, "key.pem", vc_buffer_bytes(&receiver->pem));
        assert_int_equal(run_openssl(folder), 0);
        (void)snprintf(path, sizeof(path), "%s/content", folder);
        file = fopen(path, "rb");
        assert_non_null(file);
        assert_int_equal(fread(found, 1, sizeof(found), file), sizeof(CONTENT));
        assert_memory_equal(found, CONTENT, sizeof(CONTENT));
        (void)fclose(file);
        for (size_t i = 0; i < VC_COUNT(files); i++) {
            (void)snprintf(path, sizeof(path), "%s/%s", folder, files[i]);
            assert_int_equal(unlink(path), 0);
        }
    }
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trips),       cmocka_unit_test(test_no_two_are_alike),
        cmocka_unit_test(test_refused_receivers), cmocka_unit_test(test_limits),
        cmocka_unit_test(test_altered),           cmocka_unit_test(test_cut_and_extended),
        cmocka_unit_test(test_foreign_receivers), cmocka_unit_test(test_private_keys),
        cmocka_unit_test(test_other_makers),      cmocka_unit_test(test_openssl_opens),
    };

    return cmocka_run_group_tests(tests, make_world, free_world);
}
