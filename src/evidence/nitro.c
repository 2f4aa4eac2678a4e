/* SPDX-License-Identifier: MIT */

#include "evidence/nitro.h"

#include <stdio.h>
#include <string.h>

#include "base/instant.h"
#include "crypto/chain.h"
#include "evidence/field.h"
#include "evidence/nitro_document.h"

static constexpr int64_t MS_PER_S = 1000;
static constexpr size_t DEBUG_PCRS = 3; /* an enclave in debug mode has zero in these */

static const char OID_KEY_USAGE[] = "2.5.29.15";
static constexpr uint8_t DIGITAL_SIGNATURE = 0x80; /* of the first byte of its bits */

/* The certificates beside the leaf. */
struct bundle {
    struct vc_cert *certs[VC_NITRO_BUNDLE_MAX];
    size_t count;
};

static void bundle_done(struct bundle *bundle)
{
    for (size_t i = 0; i < bundle->count; i++)
        vc_cert_free(bundle->certs[i]);
}

static enum vc_code parse_bundle(const struct vc_nitro_document *document, struct bundle *bundle,
                                 struct vc_err *err)
{
    for (size_t i = 0; i < document->bundle_count; i++) {
        enum vc_code code = vc_cert_parse_der(document->bundle[i], &bundle->certs[i], err);

        if (code != VC_OK)
            return vc_fail_in(err, code, "cabundle[%zu]", i);
        bundle->count = i + 1;
    }
    return VC_OK;
}

static enum vc_code find_root(const struct vc_anchors *anchors, struct vc_bytes first,
                              const struct vc_cert **root, struct vc_err *err)
{
    for (size_t i = 0; i < anchors->root_count; i++) {
        struct vc_bytes der;

        if (anchors->roots[i].platform != VC_PLATFORM_NITRO)
            continue;
        der = vc_cert_der(anchors->roots[i].cert);
        if (der.size == first.size && memcmp(der.data, first.data, der.size) == 0) {
            *root = anchors->roots[i].cert;
            return VC_OK;
        }
    }
    return vc_fail(err, VC_UNTRUSTED, "cabundle[0] is not a root that is trusted here");
}

/* RFC 5280 §4.2.1.3: the extension's content is a BIT STRING. */
static bool may_sign(const struct vc_cert *leaf)
{
    struct vc_bytes bits;

    return vc_cert_extension(leaf, OID_KEY_USAGE, &bits, nullptr) == VC_OK && bits.size >= 4 &&
           bits.data[0] == 0x03 && bits.data[1] == bits.size - 2 &&
           (bits.data[3] & DIGITAL_SIGNATURE) != 0;
}

/* Is the leaf for signatures, and is this document signed by it? */
static enum vc_code check_signature(const struct vc_nitro_document *document,
                                    const struct vc_cert *leaf, struct vc_err *err)
{
    vc_cleanup(vc_public_key_freep) struct vc_public_key *key = nullptr;
    vc_cleanup(vc_buffer_done) struct vc_buffer message = {};
    enum vc_code code = vc_cert_check_identity(leaf, err); /* no CA, extensions known */

    if (code == VC_OK && !may_sign(leaf))
        code = vc_fail(err, VC_UNTRUSTED, "its keyUsage has no digitalSignature");
    if (code == VC_OK)
        code = vc_public_key_of_cert(leaf, &key, err);
    if (code == VC_OK && vc_public_key_kind(key) != VC_KEY_P384)
        code = vc_fail(err, VC_UNTRUSTED, "its key is not on P-384");
    if (code != VC_OK)
        return vc_fail_in(err, code == VC_REFUSED ? VC_UNTRUSTED : code, "certificate");
    code = vc_cose_sign1_message(&document->envelope, &message, err);
    if (code != VC_OK)
        return code;
    return vc_public_key_verify(key, VC_SCHEME_ES384, vc_buffer_bytes(&message),
                                document->envelope.signature, err);
}

static enum vc_code check_path(const struct vc_nitro_document *document, const struct vc_cert *root,
                               const struct vc_cert *leaf, int64_t now, struct vc_err *err)
{
    vc_cleanup(bundle_done) struct bundle bundle = {};
    struct vc_chain chain = {.anchor = root, .now = now};
    enum vc_code code = parse_bundle(document, &bundle, err);

    if (code != VC_OK)
        return code;
    chain.others = (const struct vc_cert *const *)bundle.certs;
    chain.other_count = bundle.count;
    code = vc_chain_check(&chain, leaf, err);
    if (code == VC_NOT_FOUND) /* a document brings its whole path: there is nothing to fetch */
        return vc_fail_in(err, VC_UNTRUSTED, "cabundle");
    return code;
}

static bool is_debug(const struct vc_nitro_document *document)
{
    for (size_t i = 0; i < DEBUG_PCRS; i++) {
        if (document->pcrs[i].size > 0 && vc_octets_is_zero(&document->pcrs[i]))
            return true;
    }
    return false;
}

static enum vc_code check_measured(const struct vc_nitro_document *document, struct vc_err *err)
{
    for (size_t i = 0; i < DEBUG_PCRS; i++) {
        if (document->pcrs[i].size == 0)
            return vc_fail(err, VC_MALFORMED, "no PCR%zu, which each enclave has", i);
        if (vc_octets_is_zero(&document->pcrs[i]))
            return vc_fail(err, VC_UNTRUSTED, "debug mode: PCR%zu is zero", i);
    }
    return VC_OK;
}

/* "i-0123456789abcdef0-enc0123456789abcdef": the part before "-enc" is the parent instance. */
static struct vc_bytes instance_of(struct vc_bytes module_id)
{
    const uint8_t *end = memmem(module_id.data, module_id.size, "-enc", 4);

    if (end == nullptr)
        return (struct vc_bytes){};
    return (struct vc_bytes){module_id.data, (size_t)(end - module_id.data)};
}

static void take_hash(struct vc_bytes bytes, struct vc_octets *octets)
{
    uint8_t digest[VC_SHA256_SIZE];

    vc_sha256(bytes, digest);
    *octets = vc_octets_of(VC_BYTES(digest));
}

static void take_registers(const struct vc_nitro_document *document, struct vc_claims *claims)
{
    struct vc_octets key_hash;

    for (unsigned i = 0; i < VC_NITRO_PCRS_MAX; i++) {
        char name[24];

        (void)snprintf(name, sizeof(name), "pcr%u", i);
        if (document->pcrs[i].size > 0)
            vc_claims_add_register(claims, name, vc_octets_bytes(&document->pcrs[i]));
    }
    if (document->nonce.size > 0 && document->nonce.size <= VC_OCTETS_MAX)
        vc_claims_add_register(claims, "nonce", document->nonce);
    if (document->user_data.size > 0 && document->user_data.size <= VC_OCTETS_MAX)
        vc_claims_add_register(claims, "user_data", document->user_data);
    if (document->public_key.size > 0) {
        take_hash(document->public_key, &key_hash);
        vc_claims_add_register(claims, "public_key_sha256", vc_octets_bytes(&key_hash));
    }
}

static void take_claims(const struct vc_nitro_document *document, struct vc_claims *claims)
{
    struct vc_bytes instance = instance_of(document->module_id);

    claims->passed = VC_STAGE_FORM;
    claims->measurement = document->pcrs[0];
    if (document->user_data.size <= VC_OCTETS_MAX)
        claims->report_data = vc_octets_of(document->user_data);
    if (instance.size > 0)
        take_hash(instance, &claims->machine);
    claims->made_at = (int64_t)document->timestamp / MS_PER_S;
    claims->debug = is_debug(document);
    take_registers(document, claims);
}

/* The signature comes before the path: it is one check, and the path several. Neither says anything
 * without the other. */
static enum vc_code check_authentic(const struct vc_nitro_document *document,
                                    const struct vc_verification *verification, struct vc_err *err)
{
    vc_cleanup(vc_cert_freep) struct vc_cert *leaf = nullptr;
    const struct vc_cert *root = nullptr;
    enum vc_code code = find_root(verification->anchors, document->bundle[0], &root, err);

    if (code != VC_OK)
        return code;
    code = vc_cert_parse_der(document->certificate, &leaf, err);
    if (code != VC_OK)
        return vc_fail_in(err, code, "certificate");
    code = check_signature(document, leaf, err);
    return code == VC_OK ? check_path(document, root, leaf, verification->now, err) : code;
}

enum vc_code vc_nitro_verify(const struct vc_evidence *evidence,
                             const struct vc_verification *verification, struct vc_claims *claims,
                             struct vc_err *err)
{
    struct vc_nitro_document document;
    enum vc_code code = vc_nitro_document_parse(evidence->bytes, &document, err);

    if (code != VC_OK)
        return code;
    take_claims(&document, claims);
    code = check_authentic(&document, verification, err);
    if (code == VC_OK) {
        claims->passed = VC_STAGE_AUTHENTIC;
        code = check_measured(&document, err);
    }
    if (code != VC_OK)
        return vc_fail_in(err, code, "nitro document");
    claims->tcb_status = VC_TCB_NOT_APPLICABLE; /* AWS says nothing of its machines' versions */
    if (verification->depth == VC_DEPTH_JUDGED)
        claims->passed = VC_STAGE_JUDGED;
    return VC_OK;
}

/* AWS Nitro Enclaves user guide, "Where to get an enclave's measurements". */
static const char *meaning_of_pcr(size_t index)
{
    static const char *const meanings[] = {
        "the whole enclave image: what a policy compares; zero: debug mode",
        "the image's kernel and first ramdisk: how it boots",
        "the image's other ramdisks: the application",
        "SHA-384 of the ARN of the parent instance's IAM role; zero: it has none",
        "SHA-384 of the parent instance's id",
        "not assigned",
        "not assigned",
        "not assigned",
        "the certificate that signed the image; zero: nobody did",
    };

    return index < VC_COUNT(meanings) ? meanings[index]
                                      : "the application's own, zero until it extends it";
}

static void show_pcrs(struct vc_fields *fields, const struct vc_nitro_document *document)
{
    for (unsigned i = 0; i < VC_NITRO_PCRS_MAX; i++) {
        char name[24];

        (void)snprintf(name, sizeof(name), "PCR%u", i);
        if (document->pcrs[i].size > 0) {
            vc_field_put_hex(fields, name, vc_octets_bytes(&document->pcrs[i]), meaning_of_pcr(i));
        }
    }
}

static void show_optional(struct vc_fields *fields, const char *name, struct vc_bytes value,
                          const char *meaning)
{
    if (value.data == nullptr)
        vc_field_put(fields, name, meaning, "null");
    else
        vc_field_put_hex(fields, name, value, meaning);
}

static void show_time(struct vc_fields *fields, const struct vc_nitro_document *document)
{
    char text[VC_INSTANT_TEXT_MAX];

    vc_instant_format((int64_t)document->timestamp / MS_PER_S, text);
    vc_field_put(fields, "timestamp", "when the document was made, by the machine's clock",
                 "%llu (%s)", (unsigned long long)document->timestamp, text);
}

/* One certificate; what does not parse is shown as bytes. */
static void show_cert(struct vc_fields *fields, const char *name, struct vc_bytes der,
                      const char *meaning)
{
    vc_cleanup(vc_cert_freep) struct vc_cert *cert = nullptr;
    char times[2][VC_INSTANT_TEXT_MAX];
    struct vc_octets hash;
    char hex[VC_OCTETS_HEX_MAX];
    const char *subject;

    take_hash(der, &hash);
    vc_octets_hex(&hash, hex);
    vc_field_put(fields, name, meaning, "%zu bytes, SHA-256 %s", der.size, hex);
    if (vc_cert_parse_der(der, &cert, nullptr) != VC_OK) {
        vc_field_put_hex(fields, name, der, "the same bytes: they are no certificate");
        return;
    }
    subject = vc_cert_common_name(cert);
    vc_instant_format(vc_cert_not_before(cert), times[0]);
    vc_instant_format(vc_cert_not_after(cert), times[1]);
    vc_field_put_text(fields, "subject",
                      (struct vc_bytes){(const uint8_t *)subject, strlen(subject)},
                      "its subject's common name");
    vc_field_put(fields, "validity", "from when until when it counts", "%s to %s", times[0],
                 times[1]);
}

static void show_certs(struct vc_fields *fields, const struct vc_nitro_document *document)
{
    char name[24];

    fields->section = "certificates";
    for (size_t i = 0; i < document->bundle_count; i++) {
        (void)snprintf(name, sizeof(name), "cabundle[%u]", (uint8_t)i);
        show_cert(fields, name, document->bundle[i],
                  i == 0 ? "the root: it must be the one that AWS publishes"
                         : "between the root and the leaf");
    }
    show_cert(fields, "certificate", document->certificate,
              "the leaf, whose key signed the document; of a few hours");
}

enum vc_code vc_nitro_show(const struct vc_evidence *evidence, const struct vc_field_sink *sink,
                           struct vc_err *err)
{
    struct vc_fields fields = vc_fields_over(sink, err);
    struct vc_nitro_document document;
    enum vc_code code = vc_nitro_document_parse(evidence->bytes, &document, err);

    if (code != VC_OK)
        return code;
    fields.section = "COSE_Sign1";
    vc_field_put(&fields, "alg", "the algorithm of the signature", "-35 (ES384)");
    vc_field_put_hex(&fields, "signature", document.envelope.signature,
                     "by the leaf's key: r, then s");
    fields.section = "document";
    vc_field_put_text(&fields, "module_id", document.module_id,
                      "the parent instance's id, and the enclave's after \"-enc\"");
    vc_field_put(&fields, "digest", "the digest that the registers are made with", "SHA384");
    show_time(&fields, &document);
    show_pcrs(&fields, &document);
    show_optional(&fields, "public_key", document.public_key,
                  "a key that the enclave gave, for whoever would encrypt to it");
    show_optional(&fields, "user_data", document.user_data,
                  "what the evidence is bound to: the enclave gave it");
    show_optional(&fields, "nonce", document.nonce, "the enclave gave it: a verifier's challenge");
    show_certs(&fields, &document);
    return vc_field_end(&fields);
}
