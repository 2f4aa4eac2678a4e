/* SPDX-License-Identifier: MIT */

#include "evidence/collateral.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/base64.h"
#include "base/file.h"
#include "base/hex.h"
#include "evidence/dcap_fixture.h"

static constexpr int64_t NOW = 1763800000;

/* The pieces, in the forms in which they come. */
struct set {
    struct vc_dcap_fixture fixture;
    struct vc_buffer chain;                     /* PEM: TCB signing, root */
    struct vc_buffer chain_json, chain_percent; /* the same as a JSON string's text; encoded */
    struct vc_buffer list, list_hex, list_pem, list_array;
    struct vc_buffer cert_base64, document_base64, chain_hex;
    struct vc_buffer tcb, identity;           /* bodies */
    struct vc_buffer tcb_json, identity_json; /* the same as a JSON string's text */
    struct vc_buffer tcb_document, identity_document, tcb_document_json;
    struct vc_buffer signature_der; /* of tcb, as an array of numbers */
    char tcb_signature[129], identity_signature[129];
};

static void put(struct vc_buffer *out, const char *text)
{
    assert_int_equal(vc_buffer_append_text(out, text, nullptr), VC_OK);
}

static void put_char(struct vc_buffer *out, uint8_t byte)
{
    assert_int_equal(vc_buffer_append(out, (struct vc_bytes){&byte, 1}, nullptr), VC_OK);
}

static void escape(const struct vc_buffer *text, struct vc_buffer *out)
{
    for (size_t i = 0; i < text->size; i++) {
        if (text->data[i] == '\n') {
            put(out, "\\n");
            continue;
        }
        if (text->data[i] == '"' || text->data[i] == '\\')
            put(out, "\\");
        put_char(out, text->data[i]);
    }
}

static void percent(const struct vc_buffer *text, struct vc_buffer *out)
{
    for (size_t i = 0; i < text->size; i++) {
        if (strchr(" \n+/=", text->data[i]) != nullptr)
            assert_int_equal(vc_buffer_printf(out, nullptr, "%%%02X", text->data[i]), VC_OK);
        else
            put_char(out, text->data[i]);
    }
}

static void array(struct vc_bytes bytes, struct vc_buffer *out)
{
    put(out, "[");
    for (size_t i = 0; i < bytes.size; i++)
        assert_int_equal(vc_buffer_printf(out, nullptr, "%s%u", i == 0 ? "" : ", ", bytes.data[i]),
                         VC_OK);
    put(out, "]");
}

static void base64_lines(struct vc_bytes bytes, const char *line_end, struct vc_buffer *out)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};

    assert_int_equal(vc_base64_encode(bytes, &text, nullptr), VC_OK);
    for (size_t i = 0; i < text.size; i++) {
        if (i > 0 && i % 64 == 0)
            put(out, line_end);
        put_char(out, text.data[i]);
    }
}

/* r || s as a serialiser of DER keeps it. */
static void der_signature(const char *hex, struct vc_buffer *out)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer raw = {};
    uint8_t der[72] = {0x30, 0};
    size_t size = 2;

    assert_int_equal(vc_hex_decode((struct vc_bytes){(const uint8_t *)hex, 128}, &raw, nullptr),
                     VC_OK);
    for (size_t half = 0; half < 2; half++) {
        const uint8_t *number = raw.data + 32 * half;
        size_t skip = 0;

        while (number[skip] == 0)
            skip++;
        der[size++] = 2;
        der[size++] = (uint8_t)(32 - skip + (number[skip] >= 0x80));
        if (number[skip] >= 0x80)
            der[size++] = 0;
        memcpy(der + size, number + skip, 32 - skip);
        size += 32 - skip;
    }
    der[1] = (uint8_t)(size - 2);
    array((struct vc_bytes){der, size}, out);
}

static void put_document(struct vc_buffer *out, const char *name, const struct vc_buffer *body,
                         const char *signature)
{
    assert_int_equal(vc_buffer_printf(out, nullptr, "{\"%s\":%.*s,\"signature\":\"%s\"}", name,
                                      (int)body->size, (const char *)body->data, signature),
                     VC_OK);
}

static void make_documents(struct set *set, const struct vc_dcap_order *order)
{
    const struct vc_pki_key *key = set->fixture.signing_key;

    vc_dcap_fixture_tcb_info(order, &set->tcb);
    vc_dcap_fixture_identity(order, &set->identity);
    vc_dcap_fixture_signature(key, vc_buffer_bytes(&set->tcb), set->tcb_signature);
    vc_dcap_fixture_signature(key, vc_buffer_bytes(&set->identity), set->identity_signature);
    put_document(&set->tcb_document, "tcbInfo", &set->tcb, set->tcb_signature);
    put_document(&set->identity_document, "enclaveIdentity", &set->identity,
                 set->identity_signature);
    escape(&set->tcb, &set->tcb_json);
    escape(&set->identity, &set->identity_json);
    escape(&set->tcb_document, &set->tcb_document_json);
    der_signature(set->tcb_signature, &set->signature_der);
}

static int make_set(void **state)
{
    static struct set set;
    struct vc_dcap_order order = vc_dcap_fixture_order(NOW);
    char hex[4096];

    set = (struct set){};
    vc_dcap_fixture_init(&set.fixture, &order);
    assert_int_equal(vc_cert_encode_pem(set.fixture.signing, &set.chain, nullptr), VC_OK);
    assert_int_equal(vc_cert_encode_pem(set.fixture.root, &set.chain, nullptr), VC_OK);
    escape(&set.chain, &set.chain_json);
    percent(&set.chain, &set.chain_percent);
    vc_dcap_fixture_list(&set.fixture, true, NOW, nullptr, &set.list);
    assert_in_range(set.list.size, 1, sizeof(hex) / 2 - 1);
    vc_hex_encode(vc_buffer_bytes(&set.list), hex);
    put(&set.list_hex, hex);
    put(&set.list_pem, "-----BEGIN X509 CRL-----\n");
    base64_lines(vc_buffer_bytes(&set.list), "\n", &set.list_pem);
    put(&set.list_pem, "\n-----END X509 CRL-----\n");
    array(vc_buffer_bytes(&set.list), &set.list_array);
    base64_lines(vc_cert_der(set.fixture.ca), "\r\n", &set.cert_base64);
    make_documents(&set, &order);
    base64_lines(vc_buffer_bytes(&set.tcb_document), "", &set.document_base64);
    assert_in_range(set.chain.size, 1, sizeof(hex) / 2 - 1);
    vc_hex_encode(vc_buffer_bytes(&set.chain), hex);
    put(&set.chain_hex, hex);
    *state = &set;
    return 0;
}

static int free_set(void **state)
{
    struct set *set = *state;
    struct vc_buffer *const buffers[] = {
        &set->chain,         &set->chain_json,        &set->chain_percent,
        &set->list,          &set->list_hex,          &set->list_pem,
        &set->list_array,    &set->cert_base64,       &set->tcb,
        &set->identity,      &set->tcb_json,          &set->identity_json,
        &set->tcb_document,  &set->identity_document, &set->tcb_document_json,
        &set->signature_der, &set->document_base64,   &set->chain_hex};

    for (size_t i = 0; i < VC_COUNT(buffers); i++)
        vc_buffer_done(buffers[i]);
    vc_dcap_fixture_done(&set->fixture);
    return 0;
}

/* `text` with the pieces in place of $C (chain in JSON), $P (chain in percents), $M (chain as it
 * is), $H, $L, $A (list in hex, PEM, as an array), $B (certificate in base 64), $b (D in base 64),
 * $h (chain in hex), $T, $Q (bodies), $t, $q (the same within a string), $D, $E (documents), $d
 * (within a string), $S, $s (signatures), $R (of T, in DER as an array). */
static const struct {
    char letter;
    size_t offset; /* of the buffer in a set */
} letters[] = {
    {'C', offsetof(struct set, chain_json)},
    {'P', offsetof(struct set, chain_percent)},
    {'M', offsetof(struct set, chain)},
    {'H', offsetof(struct set, list_hex)},
    {'L', offsetof(struct set, list_pem)},
    {'A', offsetof(struct set, list_array)},
    {'B', offsetof(struct set, cert_base64)},
    {'b', offsetof(struct set, document_base64)},
    {'h', offsetof(struct set, chain_hex)},
    {'T', offsetof(struct set, tcb)},
    {'Q', offsetof(struct set, identity)},
    {'t', offsetof(struct set, tcb_json)},
    {'q', offsetof(struct set, identity_json)},
    {'D', offsetof(struct set, tcb_document)},
    {'E', offsetof(struct set, identity_document)},
    {'d', offsetof(struct set, tcb_document_json)},
    {'R', offsetof(struct set, signature_der)},
};

static void put_piece(const struct set *set, char letter, struct vc_buffer *out)
{
    if (letter == 'S' || letter == 's') {
        put(out, letter == 'S' ? set->tcb_signature : set->identity_signature);
        return;
    }
    for (size_t i = 0; i < VC_COUNT(letters); i++) {
        const void *buffer = (const char *)set + letters[i].offset;

        if (letters[i].letter != letter)
            continue;
        assert_int_equal(vc_buffer_append(out, vc_buffer_bytes(buffer), nullptr), VC_OK);
        return;
    }
    fail_msg("$%c", letter);
}

static void fill(const struct set *set, const char *text, struct vc_buffer *out)
{
    for (; *text != '\0'; text++) {
        if (*text == '$')
            put_piece(set, *++text, out);
        else
            put_char(out, (uint8_t)*text);
    }
}

static const struct row {
    const char *name, *text;
    size_t certs, crls, documents; /* accepted with so many; all 0: refused */
    const char *reason;
} rows[] = {
    {"PEM, a chain", "$M", 2, 0, 0, ""},
    {"PEM with text around", "chain:\n$M\nand a list\n$L\n", 2, 1, 0, ""},
    {"a certificate twice", "$M$M", 2, 0, 0, ""},
    {"PEM in percents", "$P", 2, 0, 0, ""},
    {"PEM, a list", "$L", 0, 1, 0, ""},
    {"hex, a list", "$H\n", 0, 1, 0, ""},
    {"base 64 in lines, a certificate", "$B", 1, 0, 0, ""},
    {"hex, a chain", "$h", 2, 0, 0, ""},
    {"base 64, TCB info", "$b", 0, 0, 1, ""},
    {"a bundle of these", "{\"tcb_info\":\"$b\",\"tcb_info_issuer_chain\":\"$h\"}", 2, 0, 1, ""},
    {"PCS, TCB info", "$D\n", 0, 0, 1, ""},
    {"PCS, QE identity", "$E", 0, 0, 1, ""},
    {"PCS, in another order", "{\"signature\": \"$S\", \"tcbInfo\" : $T }", 0, 0, 1, ""},
    {"within a string", "{\"tcbInfo\":\"$t\",\"signature\":\"$S\"}", 0, 0, 1, ""},
    {"a document within a string", "{\"tcb_info\":\"$d\"}", 0, 0, 1, ""},
    {"a document within", "{\"tcb_info\":$D,\"qe_identity\":$E}", 0, 0, 2, ""},
    {"a bundle",
     "{\"pck_crl_issuer_chain\":\"$C\",\"root_ca_crl\":\"$H\",\"pck_crl\":\"$H\","
     "\"tcb_info_issuer_chain\":\"$C\",\"tcb_info\":\"$t\",\"tcb_info_signature\":\"$S\","
     "\"qe_identity_issuer_chain\":\"$C\",\"qe_identity\":\"$q\",\"qe_identity_signature\":\"$s\","
     "\"pck_certificate_chain\":null}",
     2, 2, 2, ""},
    {"a bundle in camel case",
     "{\"tcbInfoIssuerChain\":\"$C\",\"tcbInfo\":\"$t\",\"tcbInfoSignature\":\"$S\","
     "\"rootCaCrl\":$A,\"version\":3,\"quote\":\"030002\",\"pckCrl\":\"\"}",
     2, 1, 1, ""},
    {"raw names, DER, arrays", "{\"raw_tcb_info\":\"$t\",\"signature\":$R,\"ca_chain\":[\"$C\"]}",
     2, 0, 1, ""},
    {"bundles in a bundle", "{\"collateral\":{\"inner\":{\"tcb_info\":$D,\"crl\":\"$H\"}}}", 0, 1,
     1, ""},

    {"nothing", "", 0, 0, 0, "empty"},
    {"white space", " \r\n", 0, 0, 0, "empty"},
    {"prose", "hello, world", 0, 0, 0, "neither a certificate"},
    {"hex of something", "0102030405", 0, 0, 0, "neither a certificate"},
    {"hex of DER of something", "3003020100", 0, 0, 0, "in DER, neither"},
    {"a list with an end too many", "$H00", 0, 0, 0, "in DER, neither"},
    {"a list cut", "-----BEGIN X509 CRL-----\nMIIB\n", 0, 0, 0, "has no end"},
    {"another PEM block", "$M-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----\n", 0, 0,
     0, "neither CERTIFICATE nor"},
    {"a percent too many", "-----BEGIN%20CERT%2", 0, 0, 0, "percent"},
    {"JSON of something", "{\"hello\":\"world\"}", 0, 0, 0, "nothing is collateral"},
    {"JSON cut", "{\"tcbInfo\":$T,\"signature\":\"$S\"", 0, 0, 0, "line"},
    {"no signature", "{\"tcbInfo\":$T}", 0, 0, 0, "TCB info without its signature"},
    {"a signature cut", "{\"tcbInfo\":$T,\"signature\":\"00\"}", 0, 0, 0,
     "signature of the TCB info"},
    {"one signature for two", "{\"tcbInfo\":$T,\"enclaveIdentity\":$Q,\"signature\":\"$S\"}", 0, 0,
     0, "one signature beside two"},
    {"a key twice", "{\"tcbInfo\":$T,\"tcbInfo\":$T,\"signature\":\"$S\"}", 0, 0, 0, "line"},
    {"a key in two spellings", "{\"tcbInfo\":$T,\"tcb_info\":$T,\"signature\":\"$S\"}", 0, 0, 0,
     "stands twice"},
    {"a key with an escape", "{\"tcbInf\\u006f\":$T,\"signature\":\"$S\"}", 0, 0, 0, "escape"},
    {"a list that is none", "{\"tcb_info\":$D,\"pck_crl\":\"00\"}", 0, 0, 0, "pckcrl: empty"},
    {"a list with 256 in it", "{\"tcb_info\":$D,\"pck_crl\":[48,256]}", 0, 0, 0, "array of bytes"},
    {"too deep", "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"tcb_info\":$D}}}}}}", 0, 0, 0,
     "nothing is collateral"},
};

static void test_rows(void **state)
{
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        const struct row *row = &rows[i];
        vc_cleanup(vc_buffer_done) struct vc_buffer bytes = {};
        vc_cleanup(vc_collateral_freep) struct vc_collateral *collateral = nullptr;
        const struct vc_cert *const *certs;
        const struct vc_crl *const *crls;
        const struct vc_document *documents;
        struct vc_err err = {};
        bool accepted = row->certs + row->crls + row->documents > 0;
        enum vc_code code;

        fill(*state, row->text, &bytes);
        assert_int_equal(vc_collateral_new(&collateral, nullptr), VC_OK);
        code = vc_collateral_add(collateral, "file", vc_buffer_bytes(&bytes), &err);
        if (code != (accepted ? VC_OK : VC_MALFORMED) || strstr(err.text, row->reason) == nullptr)
            fail_msg("%s: %s, %s", row->name, vc_code_name(code), err.text);
        if (vc_collateral_certs(collateral, &certs) != row->certs ||
            vc_collateral_crls(collateral, &crls) != row->crls ||
            vc_collateral_documents(collateral, &documents) != row->documents)
            fail_msg("%s: another number of pieces", row->name);
        assert_true(accepted || memcmp(err.text, "file: ", 6) == 0);
    }
    (void)printf("# %zu rows\n", VC_COUNT(rows));
}

/* Whatever form a document comes in, its body and signature are the bytes that were signed. */
static void test_bodies(void **state)
{
    const struct set *set = *state;
    size_t count = 0;

    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer bytes = {};
        vc_cleanup(vc_collateral_freep) struct vc_collateral *collateral = nullptr;
        const struct vc_document *documents;
        size_t document_count;

        fill(set, rows[i].text, &bytes);
        assert_int_equal(vc_collateral_new(&collateral, nullptr), VC_OK);
        if (vc_collateral_add(collateral, "file", vc_buffer_bytes(&bytes), nullptr) != VC_OK)
            continue;
        document_count = vc_collateral_documents(collateral, &documents);
        for (size_t j = 0; j < document_count; j++, count++) {
            bool tcb = documents[j].kind == VC_DOCUMENT_TCB_INFO;
            const struct vc_buffer *body = tcb ? &set->tcb : &set->identity;
            char hex[129];

            assert_int_equal(documents[j].body.size, body->size);
            assert_memory_equal(documents[j].body.data, body->data, body->size);
            assert_int_equal(documents[j].signature.size, 64);
            vc_hex_encode(documents[j].signature, hex);
            assert_string_equal(hex, tcb ? set->tcb_signature : set->identity_signature);
            assert_string_equal(documents[j].origin, "file");
        }
    }
    assert_in_range(count, 10, 100);
}

static void test_binary(void **state)
{
    const struct set *set = *state;
    vc_cleanup(vc_collateral_freep) struct vc_collateral *collateral = nullptr;
    vc_cleanup(vc_buffer_done) struct vc_buffer longer = {};
    const struct vc_cert *const *certs;
    const struct vc_crl *const *crls;

    assert_int_equal(vc_collateral_new(&collateral, nullptr), VC_OK);
    assert_int_equal(vc_collateral_add(collateral, "ca.der", vc_cert_der(set->fixture.ca), nullptr),
                     VC_OK);
    assert_int_equal(vc_collateral_add(collateral, "a.crl", vc_buffer_bytes(&set->list), nullptr),
                     VC_OK);
    assert_int_equal(vc_buffer_append(&longer, vc_buffer_bytes(&set->list), nullptr), VC_OK);
    put_char(&longer, 1);
    assert_int_equal(vc_collateral_add(collateral, "b.crl", vc_buffer_bytes(&longer), nullptr),
                     VC_MALFORMED);
    assert_int_equal(vc_collateral_certs(collateral, &certs), 1);
    assert_int_equal(vc_collateral_crls(collateral, &crls), 1);
    assert_string_equal(vc_crl_issuer(crls[0]), "Intel SGX Root CA");
}

static void test_size(void **)
{
    vc_cleanup(vc_collateral_freep) struct vc_collateral *collateral = nullptr;
    uint8_t *bytes = calloc(1, VC_COLLATERAL_FILE_SIZE_MAX + 1);
    struct vc_err err;

    assert_non_null(bytes);
    assert_int_equal(vc_collateral_new(&collateral, nullptr), VC_OK);
    assert_int_equal(vc_collateral_add(collateral, "file",
                                       (struct vc_bytes){bytes, VC_COLLATERAL_FILE_SIZE_MAX}, &err),
                     VC_MALFORMED);
    assert_int_equal(vc_collateral_add(collateral, "file",
                                       (struct vc_bytes){bytes, VC_COLLATERAL_FILE_SIZE_MAX + 1},
                                       &err),
                     VC_LIMIT);
    free(bytes);
}

/* ------------------------------------------------------------------------------------- folders */

static void store(const char *folder, const char *name, const struct vc_buffer *bytes)
{
    char path[512];

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    assert_int_equal(vc_file_store(path, vc_buffer_bytes(bytes), 0600, nullptr), VC_OK);
}

static void make_folder(const char *folder, const char *name)
{
    char path[512];

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    assert_int_equal(mkdir(path, 0700), 0);
}

static size_t count_all(const struct vc_collateral *collateral, size_t counts[3])
{
    const struct vc_cert *const *certs;
    const struct vc_crl *const *crls;
    const struct vc_document *documents;

    counts[0] = vc_collateral_certs(collateral, &certs);
    counts[1] = vc_collateral_crls(collateral, &crls);
    counts[2] = vc_collateral_documents(collateral, &documents);
    return counts[0] + counts[1] + counts[2];
}

/* A6, seen from the other side: whoever brings evidence brings certificates with it, and nothing
 * that says which of them are revoked or how good a processor is. */
static void test_a6_only_certificates_come_with_evidence(void **state)
{
    const struct set *set = *state;
    static const uint8_t hex_in_a_sequence[2 + 0x42] = "0B7b7d";
    const struct vc_bytes refused[] = {
        vc_buffer_bytes(&set->list),         vc_buffer_bytes(&set->list_pem),
        vc_buffer_bytes(&set->tcb_document), vc_buffer_bytes(&set->chain),
        VC_BYTES(hex_in_a_sequence),         {vc_cert_der(set->fixture.pck).data, 40},
        {(const uint8_t *)"\x30\x00", 2},
    };
    struct vc_bytes pck = vc_cert_der(set->fixture.pck);
    vc_cleanup(vc_collateral_freep) struct vc_collateral *base = nullptr;
    size_t before[3], after[3];

    assert_int_equal(vc_collateral_new(&base, nullptr), VC_OK);
    assert_int_equal(vc_collateral_add(base, "chain", vc_buffer_bytes(&set->chain), nullptr),
                     VC_OK);
    assert_int_equal(vc_collateral_add(base, "list", vc_buffer_bytes(&set->list), nullptr), VC_OK);
    assert_int_equal(vc_collateral_add(base, "tcb", vc_buffer_bytes(&set->tcb_document), nullptr),
                     VC_OK);
    for (size_t i = 0; i < VC_COUNT(refused); i++) {
        struct vc_collateral *extended = nullptr;
        struct vc_err err = {};

        assert_int_equal(vc_collateral_extend(base, refused[i], 4, &extended, &err), VC_MALFORMED);
        assert_int_equal(strncmp(err.text, "certificates", strlen("certificates")), 0);
        assert_null(extended);
    }
    for (size_t i = 0; i < 2; i++) {
        vc_cleanup(vc_collateral_freep) struct vc_collateral *extended = nullptr;
        size_t total = count_all(base, before);

        assert_int_equal(vc_collateral_extend(base, pck, 1, &extended, nullptr), VC_OK);
        assert_int_equal(count_all(extended, after), total + 1);
        assert_int_equal(after[0], before[0] + 1);
        assert_int_equal(vc_collateral_extend(base, pck, 0, &(struct vc_collateral *){}, nullptr),
                         VC_MALFORMED);
        assert_int_equal(count_all(base, before), total); /* nothing of it stays */
    }
    {
        vc_cleanup(vc_collateral_freep) struct vc_collateral *alone = nullptr;

        assert_int_equal(vc_collateral_extend(nullptr, pck, 1, &alone, nullptr), VC_OK);
        assert_int_equal(count_all(alone, after), 1);
    }
}

static void test_folder(void **state)
{
    static const char *const files[] = {"a/b/deep.pem", "a/list.crl", "a/notes", ".hidden",
                                        "a/tcb.json"};
    static const char *const folders[] = {"a/b", "a"};
    const struct set *set = *state;
    vc_cleanup(vc_collateral_freep) struct vc_collateral *collateral = nullptr;
    vc_cleanup(vc_buffer_done) struct vc_buffer notes = {};
    char folder[] = "/tmp/collateral.XXXXXX", skipped[256], path[512];
    const struct vc_cert *const *certs;
    const struct vc_crl *const *crls;
    const struct vc_document *documents;
    struct vc_err err;

    assert_non_null(mkdtemp(folder));
    put(&notes, "nothing of the kind");
    make_folder(folder, "a");
    make_folder(folder, "a/b");
    store(folder, "a/b/deep.pem", &set->chain);
    store(folder, "a/list.crl", &set->list);
    store(folder, "a/notes", &notes);
    store(folder, ".hidden", &set->chain);
    store(folder, "a/tcb.json", &set->tcb_document);
    assert_int_equal(vc_collateral_new(&collateral, nullptr), VC_OK);
    assert_int_equal(vc_collateral_load(collateral, folder, skipped, &err), VC_OK);
    assert_int_equal(vc_collateral_certs(collateral, &certs), 0);
    assert_int_equal(vc_collateral_crls(collateral, &crls), 1);
    assert_int_equal(vc_collateral_documents(collateral, &documents), 1);
    assert_string_equal(documents[0].origin, "a/tcb.json"); /* refusals quote no more of the path */
    (void)snprintf(path, sizeof(path), "%s/a/notes", folder);
    assert_string_equal(skipped, path);
    assert_int_equal(vc_collateral_load(collateral, path, skipped, &err), VC_MALFORMED);
    assert_int_equal(strncmp(err.text, "notes: ", strlen("notes: ")), 0);
    (void)snprintf(path, sizeof(path), "%s/a/b", folder);
    assert_int_equal(vc_collateral_load(collateral, path, nullptr, &err), VC_OK);
    assert_int_equal(vc_collateral_certs(collateral, &certs), 2);
    for (size_t i = 0; i < VC_COUNT(files); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", folder, files[i]);
        assert_int_equal(unlink(path), 0);
    }
    for (size_t i = 0; i < VC_COUNT(folders); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", folder, folders[i]);
        assert_int_equal(rmdir(path), 0);
    }
    assert_int_equal(rmdir(folder), 0);
    assert_int_equal(vc_collateral_load(collateral, folder, skipped, &err), VC_NOT_FOUND);
    assert_int_equal(vc_collateral_load(collateral, "/dev/null", skipped, &err), VC_MALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_bodies),
        cmocka_unit_test(test_binary),
        cmocka_unit_test(test_size),
        cmocka_unit_test(test_folder),
        cmocka_unit_test(test_a6_only_certificates_come_with_evidence),
    };

    return cmocka_run_group_tests_name("collateral", tests, make_set, free_set);
}
