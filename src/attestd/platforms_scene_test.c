/* SPDX-License-Identifier: MIT */

#include "attestd/platforms_scene_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "codec/cose.h"
#include "evidence/process.h"

static_assert(VC_SNP_FIXTURE_NOW == SCENE_NOW);

static constexpr uint8_t DEVICE_BYTE = 0x01; /* all of the device's instance id */
static const char INSTANCE[] = "i-0123456789abcdef0";

static struct vc_bytes text_of(const char *text)
{
    return (struct vc_bytes){(const uint8_t *)text, strlen(text)};
}

static struct vc_octets filled(uint8_t byte, size_t size)
{
    struct vc_octets octets = {.size = size};

    memset(octets.bytes, byte, size);
    return octets;
}

/* ---- vendors ---- */

static struct vc_octets name_of(const struct vc_pki_key *ak)
{
    struct vc_tpm_fixture_order order = vc_tpm_fixture_order_of(ak, (struct vc_bytes){});
    vc_cleanup(vc_buffer_done) struct vc_buffer bytes = {};
    struct vc_tpm_public area;
    struct vc_octets name;

    vc_tpm_fixture_area(&order, &bytes);
    assert_int_equal(vc_tpm_parse_public(vc_buffer_bytes(&bytes), &area, nullptr), VC_OK);
    assert_int_equal(vc_tpm_name(&area, &name, nullptr), VC_OK);
    return name;
}

int vendors_setup(void **state)
{
    static struct vendors vendors;
    void *set = nullptr;

    vendors = (struct vendors){};
    assert_int_equal(attempt_make_set(&set), 0);
    vendors.set = set;
    vc_snp_fixture_init(&vendors.amd, false);
    vc_nitro_fixture_init(&vendors.aws, SCENE_NOW, nullptr, nullptr);
    vendors.device = vc_pki_key_new(VC_KEY_P256, 0);
    vendors.device_public = vc_pki_key_public(vendors.device);
    vendors.ak = vc_pki_key_new(VC_KEY_P256, 0);
    vendors.ak_public = vc_pki_key_public(vendors.ak);
    vendors.ak_name = name_of(vendors.ak);
    *state = &vendors;
    return 0;
}

int vendors_teardown(void **state)
{
    struct vendors *vendors = *state;
    void *set = vendors->set;

    vc_snp_fixture_done(&vendors->amd);
    vc_nitro_fixture_done(&vendors->aws);
    vc_pki_key_free(vendors->device);
    vc_pki_key_free(vendors->ak);
    vc_public_key_free(vendors->device_public);
    vc_public_key_free(vendors->ak_public);
    return attempt_free_set(&set);
}

static const struct vc_public_key *find_endorsed(void *user, enum vc_platform_kind platform,
                                                 struct vc_bytes id)
{
    const struct vendors *vendors = user;
    struct vc_octets own = vendors_machine(vendors, platform);

    if (id.size != own.size || memcmp(id.data, own.bytes, id.size) != 0)
        return nullptr;
    return platform == VC_PLATFORM_PROCESS ? vendors->set->machine
           : platform == VC_PLATFORM_PSA   ? vendors->device_public
                                           : vendors->ak_public;
}

static void add_roots(struct vc_anchors *anchors, const struct vc_anchors *more)
{
    for (size_t i = 0; i < more->root_count; i++)
        anchors->roots[anchors->root_count++] = more->roots[i];
}

/* ---- what evidence says when all is well ---- */

static struct vc_octets hash_of(const struct vc_buffer *buffer)
{
    return vc_hash_of(VC_HASH_SHA256, vc_buffer_bytes(buffer));
}

static void append(struct vc_buffer *out, struct vc_bytes bytes)
{
    assert_int_equal(vc_buffer_append(out, bytes, nullptr), VC_OK);
}

/* SHA-256 over the bank, the selection and the digest of the registers 0 to 9. */
static struct vc_octets tpm_measurement(void)
{
    static const uint8_t selection[] = {0x00, 0x0b, 0x00, 0x00, 0x03, 0xff};
    vc_cleanup(vc_buffer_done) struct vc_buffer registers = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer all = {};
    struct vc_octets digest;

    for (unsigned i = 0; i < 10; i++) {
        struct vc_octets value = vc_tpm_fixture_pcr(VC_HASH_SHA256, i);

        append(&registers, vc_octets_bytes(&value));
    }
    digest = hash_of(&registers);
    append(&all, VC_BYTES(selection));
    append(&all, vc_octets_bytes(&digest));
    return hash_of(&all);
}

struct vc_octets vendors_measurement(const struct vendors *vendors, enum vc_platform_kind platform)
{
    struct vc_snp_wish wish = vc_snp_wish_of(VC_SNP_MILAN, VC_SNP_VCEK);

    switch (platform) {
    case VC_PLATFORM_PROCESS:
        return vc_octets_of(VC_BYTES(vendors->set->scene.measurement));
    case VC_PLATFORM_NITRO:
        return filled(0x50, 48);
    case VC_PLATFORM_SNP:
        return vc_octets_of(VC_BYTES(wish.measurement));
    case VC_PLATFORM_TDX:
        return filled(0x3d, 48);
    case VC_PLATFORM_SGX:
        return filled(0x5e, 32);
    case VC_PLATFORM_PSA:
        return filled(0x44, 32);
    case VC_PLATFORM_TPM:
        break;
    }
    return tpm_measurement();
}

/* SHA-256 of PPID and platform instance. */
static struct vc_octets intel_machine(void)
{
    uint8_t both[32];

    memset(both, 0xa1, 16);
    memset(both + 16, 0xa2, 16);
    return vc_hash_of(VC_HASH_SHA256, VC_BYTES(both));
}

struct vc_octets vendors_machine(const struct vendors *vendors, enum vc_platform_kind platform)
{
    struct vc_snp_wish wish = vc_snp_wish_of(VC_SNP_MILAN, VC_SNP_VCEK);
    uint8_t id[VC_INSTANCE_ID_SIZE];

    switch (platform) {
    case VC_PLATFORM_PROCESS:
        assert_int_equal(vc_process_instance_id(vendors->set->scene.machine, id, nullptr), VC_OK);
        return vc_octets_of(VC_BYTES(id));
    case VC_PLATFORM_NITRO:
        return vc_hash_of(VC_HASH_SHA256, text_of(INSTANCE));
    case VC_PLATFORM_SNP:
        return vc_octets_of(VC_BYTES(wish.chip));
    case VC_PLATFORM_TDX:
    case VC_PLATFORM_SGX:
        return intel_machine();
    case VC_PLATFORM_PSA:
        return filled(DEVICE_BYTE, VC_INSTANCE_ID_SIZE);
    case VC_PLATFORM_TPM:
        break;
    }
    return vendors->ak_name;
}

static struct vc_psa_claims device_claims(void)
{
    struct vc_psa_claims claims = {
        .profile = VC_PSA_PROFILE_2,
        .profile_name = vc_psa_own_profile,
        .instance_id = filled(DEVICE_BYTE, VC_INSTANCE_ID_SIZE),
        .implementation_id = filled(0x22, 32),
        .boot_seed = filled(0x33, 8),
        .client_id = -1,
        .lifecycle = 0x3003,
        .component_count = 1,
    };

    claims.components[0] =
        (struct vc_psa_component){.measurement = filled(0x44, 32), .signer_id = filled(0x55, 32)};
    return claims;
}

/* RTMR0 to 3 are 0x60 to 0x63 throughout. */
static struct vc_dcap_order intel_order(enum vc_platform_kind platform)
{
    struct vc_dcap_order order = platform == VC_PLATFORM_SGX ? vc_dcap_fixture_order_sgx(SCENE_NOW)
                                                             : vc_dcap_fixture_order(SCENE_NOW);

    for (int i = 0; i < 4; i++)
        memset(order.td + VC_DCAP_TD_RTMR0 + (size_t)i * 48, 0x60 + i, 48);
    memset(order.enclave + VC_DCAP_ENCLAVE_MRSIGNER, 0x51, 32);
    return order;
}

void enrolment_begin(const struct vendors *vendors, enum vc_platform_kind platform,
                     struct enrolment *enrolment)
{
    struct saying *saying = &enrolment->saying;

    *enrolment = (struct enrolment){.vendors = vendors, .platform = platform};
    attempt_begin(vendors->set, &enrolment->attempt);
    saying->snp = vc_snp_wish_of(VC_SNP_MILAN, VC_SNP_VCEK);
    saying->dcap = intel_order(platform);
    saying->nitro = vc_nitro_fixture_order_of(SCENE_NOW, (struct vc_bytes){});
    saying->psa = device_claims();
    saying->tpm = vc_tpm_fixture_order_of(vendors->ak, (struct vc_bytes){});
    memset(saying->boot_seed, 0x77, sizeof(saying->boot_seed));
}

void enrolment_end(struct enrolment *enrolment)
{
    attempt_end(&enrolment->attempt);
}

/* ---- the policy ---- */

static void put_hex(struct vc_buffer *out, struct vc_octets octets, uint8_t change)
{
    char hex[VC_OCTETS_HEX_MAX];

    octets.bytes[octets.size - 1] ^= change;
    vc_octets_hex(&octets, hex);
    assert_int_equal(vc_buffer_append_text(out, hex, nullptr), VC_OK);
}

static void put_mark(const struct enrolment *enrolment, char mark, struct vc_buffer *out)
{
    const struct vendors *vendors = enrolment->vendors;

    switch (mark) {
    case 'M':
    case 'X':
        put_hex(out, vendors_measurement(vendors, enrolment->platform), mark == 'X');
        return;
    case 'I':
    case 'Y':
        put_hex(out, vendors_machine(vendors, enrolment->platform), mark == 'Y');
        return;
    default:
        assert_true(mark == '4' || mark == '9');
        put_hex(out, vc_tpm_fixture_pcr(VC_HASH_SHA256, (unsigned)(mark - '0')), 0);
    }
}

static void put_block(const struct enrolment *enrolment, struct vc_buffer *out)
{
    assert_int_equal(
        vc_buffer_printf(out, nullptr, "{\"%s\":", vc_platform_name(enrolment->platform)), VC_OK);
    for (const char *at = enrolment->block; *at != '\0'; at++) {
        if (*at == '@')
            put_mark(enrolment, *++at, out);
        else
            append(out, (struct vc_bytes){(const uint8_t *)at, 1});
    }
    append(out, text_of("}"));
}

/* Of a platform whose evidence nobody shows here. */
static void put_other_block(const struct enrolment *enrolment, struct vc_buffer *out)
{
    bool process = enrolment->platform == VC_PLATFORM_PROCESS;

    assert_int_equal(vc_buffer_printf(out, nullptr, "{\"%s\":{\"measurements\":[\"",
                                      process ? "nitro" : "process"),
                     VC_OK);
    put_hex(out, filled(0x12, process ? 48 : 32), 0);
    append(out, text_of("\"]}}"));
}

/* The scene's policy with these platforms in place of its own. */
static void make_policy(const struct enrolment *enrolment, struct vc_buffer *out)
{
    static const char before[] = "\"platforms\":", after[] = "},\"principals\":";
    const struct vc_buffer *base = &enrolment->vendors->set->scene.policy;
    const uint8_t *from = memmem(base->data, base->size, before, sizeof(before) - 1);
    const uint8_t *to = memmem(base->data, base->size, after, sizeof(after) - 1);

    assert_true(from != nullptr && to > from);
    from += sizeof(before) - 1;
    append(out, (struct vc_bytes){base->data, (size_t)(from - base->data)});
    if (enrolment->block == nullptr)
        put_other_block(enrolment, out);
    else
        put_block(enrolment, out);
    append(out, (struct vc_bytes){to, (size_t)(base->data + base->size - to)});
}

/* ---- the evidence ---- */

/* What only one enrolment has: collateral and anchors. */
struct proof {
    struct vc_dcap_scene intel; /* of its own keys */
    bool is_intel;
    struct vc_collateral *amd;
    struct vc_anchors anchors;
};

static void proof_done(struct proof *proof)
{
    if (proof->is_intel)
        vc_dcap_scene_unmake(&proof->intel);
    vc_collateral_free(proof->amd);
}

static void make_snp(struct enrolment *enrolment, const struct vc_octets *bound,
                     struct proof *proof, struct vc_buffer *evidence)
{
    struct vc_snp_wish *wish = &enrolment->saying.snp;
    uint8_t report[VC_SNP_REPORT_SIZE];

    memcpy(wish->report_data, bound->bytes, sizeof(wish->report_data));
    vc_snp_fixture_report(&enrolment->vendors->amd, wish, report);
    append(evidence, VC_BYTES(report));
    proof->amd = vc_snp_fixture_collateral(&enrolment->vendors->amd, wish);
}

static void make_intel(struct enrolment *enrolment, const struct vc_octets *bound,
                       struct proof *proof, struct vc_buffer *evidence)
{
    struct saying *saying = &enrolment->saying;

    memcpy(saying->dcap.td + VC_DCAP_TD_REPORT_DATA, bound->bytes, 64);
    memcpy(saying->dcap.enclave + VC_DCAP_ENCLAVE_REPORT_DATA, bound->bytes, 64);
    vc_dcap_scene_make(&proof->intel, &saying->dcap, saying->dcap_fault);
    proof->is_intel = true;
    append(evidence, vc_buffer_bytes(&proof->intel.quote));
}

static void make_psa(struct enrolment *enrolment, const struct vc_octets *bound,
                     struct vc_buffer *evidence)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer payload = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer message = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer signature = {};
    struct vc_cose_sign1 token = {.algorithm = VC_COSE_ES256};

    enrolment->saying.psa.nonce = *bound;
    assert_int_equal(vc_psa_claims_encode(&enrolment->saying.psa, &payload, nullptr), VC_OK);
    token.payload = vc_buffer_bytes(&payload);
    assert_int_equal(vc_cose_sign1_message(&token, &message, nullptr), VC_OK);
    vc_pki_sign(enrolment->vendors->device, VC_SCHEME_ES256, vc_buffer_bytes(&message), &signature);
    token.signature = vc_buffer_bytes(&signature);
    assert_int_equal(vc_cose_sign1_encode(&token, evidence, nullptr), VC_OK);
}

static void make_process(const struct enrolment *enrolment, const uint8_t binder[VC_BINDER_SIZE],
                         struct vc_buffer *evidence)
{
    const struct scene *scene = &enrolment->vendors->set->scene;

    const struct vc_process_statement statement = {scene->measurement, binder,
                                                   enrolment->saying.boot_seed};

    assert_int_equal(vc_process_produce(scene->machine, &statement, evidence, nullptr), VC_OK);
}

static void make_evidence(struct enrolment *enrolment, const uint8_t binder[VC_BINDER_SIZE],
                          struct proof *proof, struct vc_buffer *evidence)
{
    struct vc_octets bound = vc_report_data_of(enrolment->platform, binder);
    struct saying *saying = &enrolment->saying;

    switch (enrolment->platform) {
    case VC_PLATFORM_PROCESS:
        make_process(enrolment, binder, evidence);
        return;
    case VC_PLATFORM_NITRO:
        saying->nitro.user_data = vc_octets_bytes(&bound);
        vc_nitro_fixture_document(&enrolment->vendors->aws, &saying->nitro, evidence);
        return;
    case VC_PLATFORM_SNP:
        make_snp(enrolment, &bound, proof, evidence);
        return;
    case VC_PLATFORM_TDX:
    case VC_PLATFORM_SGX:
        make_intel(enrolment, &bound, proof, evidence);
        return;
    case VC_PLATFORM_PSA:
        make_psa(enrolment, &bound, evidence);
        return;
    case VC_PLATFORM_TPM:
        saying->tpm.nonce = vc_octets_bytes(&bound);
        vc_tpm_fixture_bundle(&saying->tpm, evidence);
    }
}

/* Of all vendors, whatever the evidence. */
static void make_anchors(const struct enrolment *enrolment, struct proof *proof)
{
    struct vc_anchors *anchors = &proof->anchors;

    if (enrolment->foreign)
        return;
    add_roots(anchors, &enrolment->vendors->amd.anchors);
    add_roots(anchors, &enrolment->vendors->aws.anchors);
    if (proof->is_intel)
        add_roots(anchors, &proof->intel.fixture.anchors);
    anchors->endorsed = find_endorsed;
    anchors->user = (void *)(uintptr_t)enrolment->vendors; /* find_endorsed only reads it */
}

/* What the container asked its platform to vouch for. */
static void make_binder(const struct enrolment *enrolment, uint8_t binder[VC_BINDER_SIZE])
{
    const struct attempt *attempt = &enrolment->attempt;
    struct scene scene = enrolment->vendors->set->scene; /* a shallow copy */
    uint8_t nonce[VC_NONCE_SIZE];

    memcpy(nonce, attempt->parts.nonce, sizeof(nonce));
    if (enrolment->other_nonce)
        nonce[VC_NONCE_SIZE - 1] ^= 1;
    if (!enrolment->other_policy)
        scene.policy = attempt->parts.policy;
    scene_binder(&scene, &attempt->made_for, nonce, binder);
}

void enrolment_ask(struct enrolment *enrolment, struct vc_answer *answer)
{
    vc_cleanup(proof_done) struct proof proof = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer body = {};
    struct attempt *attempt = &enrolment->attempt;
    struct parts *parts = &attempt->parts;
    uint8_t binder[VC_BINDER_SIZE];

    make_policy(enrolment, &parts->policy);
    make_binder(enrolment, binder);
    make_evidence(enrolment, binder, &proof, &parts->evidence);
    make_anchors(enrolment, &proof);
    assert_int_equal(
        vc_csr_new(enrolment->vendors->set->scene.container, "container", &parts->csr, nullptr),
        VC_OK);
    parts->platform =
        vc_platform_name(enrolment->claimed != 0 ? enrolment->claimed : enrolment->platform);
    scene_body(parts, &body);
    attempt->occasion.appraiser.anchors = &proof.anchors;
    attempt->occasion.appraiser.collateral = proof.is_intel ? proof.intel.collateral : proof.amd;
    attempt_certify(enrolment->vendors->set, &attempt->occasion, vc_buffer_bytes(&body), answer);
}
