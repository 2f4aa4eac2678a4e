/* SPDX-License-Identifier: MIT */

/* Keys of a program: lives, rights, limits. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "psa/service_internal.h"

static const uint8_t MATERIAL[16] = "0123456789abcde";
static constexpr uint32_t KEPT = 7;
static constexpr psa_key_lifetime_t READ_ONLY = PSA_KEY_PERSISTENCE_READ_ONLY;

/* Who keeps: what it was last told. */
struct keeper {
    struct vc_psa_attributes attributes;
    uint8_t material[64];
    size_t size;
    unsigned kept, forgotten;
    vc_psa_status status;
};

static vc_psa_status keep(void *user, const struct vc_psa_attributes *attributes,
                          struct vc_bytes material)
{
    struct keeper *keeper = user;

    if (keeper->status != PSA_SUCCESS)
        return keeper->status;
    assert_true(material.size <= sizeof(keeper->material));
    memcpy(keeper->material, material.data, material.size);
    keeper->size = material.size;
    keeper->attributes = *attributes;
    keeper->kept++;
    return PSA_SUCCESS;
}

static vc_psa_status forget(void *user, uint32_t id)
{
    struct keeper *keeper = user;

    assert_int_equal(id, KEPT);
    if (keeper->status == PSA_SUCCESS)
        keeper->forgotten++;
    return keeper->status;
}

static const struct vc_psa_keep_ops KEEP_OPS = {.keep = keep, .forget = forget};

static struct vc_psa *service(struct keeper *keeper)
{
    const struct vc_psa_options options = {.first_key = VC_PSA_KEY_STORED_MIN,
                                           .handle_flag = VC_PSA_HANDLE_STORED,
                                           .randomness = true,
                                           .keep = keeper != nullptr ? &KEEP_OPS : nullptr,
                                           .keep_user = keeper};
    struct vc_psa *psa;

    assert_int_equal(vc_psa_new(&options, &psa, nullptr), VC_OK);
    return psa;
}

static struct vc_psa_attributes aes(uint32_t usage)
{
    return (struct vc_psa_attributes){
        .usage = usage, .algorithm = PSA_ALG_CTR, .type = PSA_KEY_TYPE_AES};
}

static vc_psa_status import(struct vc_psa *psa, struct vc_psa_attributes attributes, uint32_t *id)
{
    struct vc_psa_call call = {.function = VC_PSA_import_key,
                               .attributes = attributes,
                               .inputs[0] = {MATERIAL, sizeof(MATERIAL)}};
    vc_psa_status status = vc_psa_do_import_key(psa, &call);

    *id = call.key;
    return status;
}

static vc_psa_status export(struct vc_psa *psa, uint32_t id, struct vc_bytes wanted)
{
    uint8_t bytes[64];
    struct vc_psa_call call = {.function = VC_PSA_export_key,
                               .values[0] = id,
                               .outputs[0] = {.data = bytes, .room = sizeof(bytes)}};
    vc_psa_status status = vc_psa_do_export_key(psa, &call);

    if (status == PSA_SUCCESS) {
        assert_int_equal(call.outputs[0].size, wanted.size);
        assert_memory_equal(bytes, wanted.data, wanted.size);
    }
    return status;
}

static vc_psa_status destroy(struct vc_psa *psa, uint32_t id)
{
    struct vc_psa_call call = {.function = VC_PSA_destroy_key, .values[0] = id};

    return vc_psa_do_destroy_key(psa, &call);
}

static struct vc_psa_attributes attributes_of(struct vc_psa *psa, uint32_t id)
{
    struct vc_psa_call call = {.function = VC_PSA_get_key_attributes, .values[0] = id};

    assert_int_equal(vc_psa_do_get_key_attributes(psa, &call), PSA_SUCCESS);
    return call.attributes;
}

static void test_the_life_of_a_key(void **state)
{
    struct vc_psa *psa = service(nullptr);
    uint32_t id;

    (void)state;
    assert_int_equal(import(psa, aes(PSA_KEY_USAGE_ENCRYPT | PSA_KEY_USAGE_EXPORT), &id),
                     PSA_SUCCESS);
    assert_int_equal(id, VC_PSA_KEY_STORED_MIN);
    assert_int_equal(attributes_of(psa, id).bits, 128);
    assert_int_equal(attributes_of(psa, id).id, id);
    assert_int_equal(attributes_of(psa, id).usage, PSA_KEY_USAGE_ENCRYPT | PSA_KEY_USAGE_EXPORT);
    assert_int_equal(export(psa, id, (struct vc_bytes){MATERIAL, 16}), PSA_SUCCESS);
    assert_int_equal(destroy(psa, id), PSA_SUCCESS);
    assert_int_equal(destroy(psa, id), PSA_ERROR_INVALID_HANDLE);
    assert_int_equal(export(psa, id, (struct vc_bytes){}), PSA_ERROR_INVALID_HANDLE);
    assert_int_equal(destroy(psa, PSA_KEY_ID_NULL), PSA_SUCCESS);
    /* an id is nobody else's afterwards */
    assert_int_equal(import(psa, aes(PSA_KEY_USAGE_ENCRYPT), &id), PSA_SUCCESS);
    assert_int_equal(id, VC_PSA_KEY_STORED_MIN + 1);
    assert_int_equal(attributes_of(psa, id).usage, PSA_KEY_USAGE_ENCRYPT);
    assert_int_equal(export(psa, id, (struct vc_bytes){}), PSA_ERROR_NOT_PERMITTED);
    vc_psa_free(psa);
}

static void test_lifetimes(void **state)
{
    static const struct {
        const char *name;
        uint32_t lifetime, id;
        bool keeps;
        vc_psa_status status;
    } rows[] = {
        {"volatile", 0, 0, false, PSA_SUCCESS},
        {"volatile with an id", 0, 5, true, PSA_ERROR_INVALID_ARGUMENT},
        {"persistent", 1, KEPT, true, PSA_SUCCESS},
        {"persistent, nobody keeps", 1, KEPT, false, PSA_ERROR_NOT_PERMITTED},
        {"persistent without an id", 1, 0, true, PSA_ERROR_INVALID_ARGUMENT},
        {"the last id", 1, VC_PSA_KEY_USER_MAX, true, PSA_SUCCESS},
        {"one more", 1, VC_PSA_KEY_USER_MAX + 1, true, PSA_ERROR_INVALID_ARGUMENT},
        {"of the worker", 1, VC_PSA_KEY_LOCAL_MIN, true, PSA_ERROR_INVALID_ARGUMENT},
        {"read-only", READ_ONLY, KEPT, true, PSA_ERROR_INVALID_ARGUMENT},
        {"another level", 0x80, KEPT, true, PSA_SUCCESS},
        {"another place", 0x101, KEPT, true, PSA_ERROR_INVALID_ARGUMENT},
        {"a secure element", 0x80000000, 0, true, PSA_ERROR_INVALID_ARGUMENT},
    };

    (void)state;
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct keeper keeper = {};
        struct vc_psa *psa = service(rows[i].keeps ? &keeper : nullptr);
        struct vc_psa_attributes attributes = aes(PSA_KEY_USAGE_ENCRYPT);
        uint32_t id;

        attributes.lifetime = rows[i].lifetime;
        attributes.id = rows[i].id;
        print_message("# %s\n", rows[i].name);
        assert_int_equal(import(psa, attributes, &id), rows[i].status);
        assert_int_equal(psa->key_count, rows[i].status == PSA_SUCCESS);
        vc_psa_free(psa);
    }
}

static void test_wrong_attributes(void **state)
{
    static const struct {
        const char *name;
        struct vc_psa_attributes attributes;
        vc_psa_status status;
    } rows[] = {
        {"no type", {.usage = 1}, PSA_ERROR_NOT_SUPPORTED},
        {"other bits", {.type = PSA_KEY_TYPE_AES, .bits = 256}, PSA_ERROR_INVALID_ARGUMENT},
        {"more bits than there are",
         {.type = PSA_KEY_TYPE_AES, .bits = 65536 + 128},
         PSA_ERROR_NOT_SUPPORTED},
        {"a size that no key has",
         {.type = PSA_KEY_TYPE_DES, .bits = 56},
         PSA_ERROR_INVALID_ARGUMENT},
        {"reserved", {.type = PSA_KEY_TYPE_AES, .reserved = 1}, PSA_ERROR_INVALID_ARGUMENT},
        {"no usage of the standard",
         {.type = PSA_KEY_TYPE_AES, .usage = 0x80000000},
         PSA_ERROR_INVALID_ARGUMENT},
    };
    struct vc_psa *psa = service(nullptr);
    uint32_t id;

    (void)state;
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        print_message("# %s\n", rows[i].name);
        assert_int_equal(import(psa, rows[i].attributes, &id), rows[i].status);
    }
    assert_int_equal(psa->key_count, 0);
    vc_psa_free(psa);
}

/* What the specification has and a container has not is told from what nobody has. */
static void test_missing_curves(void **state)
{
    static constexpr psa_ecc_family_t EDWARDS = 0x42;
    static const struct {
        const char *name;
        psa_ecc_family_t family;
        bool public;
        uint32_t bits;
        size_t size;
        vc_psa_status status;
    } rows[] = {
        {"Ed25519", EDWARDS, false, 0, 32, PSA_ERROR_NOT_SUPPORTED},
        {"Ed25519, with its bits", EDWARDS, false, 255, 32, PSA_ERROR_NOT_SUPPORTED},
        {"Ed25519, public", EDWARDS, true, 0, 32, PSA_ERROR_NOT_SUPPORTED},
        {"Ed448", EDWARDS, false, 448, 57, PSA_ERROR_NOT_SUPPORTED},
        {"secp224k1", PSA_ECC_FAMILY_SECP_K1, false, 0, 29, PSA_ERROR_NOT_SUPPORTED},
        {"secp224k1, with its bits", PSA_ECC_FAMILY_SECP_K1, false, 225, 29,
         PSA_ERROR_NOT_SUPPORTED},
        {"secp224k1, public", PSA_ECC_FAMILY_SECP_K1, true, 0, 57, PSA_ERROR_NOT_SUPPORTED},
        {"secp256k1", PSA_ECC_FAMILY_SECP_K1, false, 0, 32, PSA_SUCCESS},
        {"of the family of secp256k1, 30 bytes", PSA_ECC_FAMILY_SECP_K1, false, 0, 30,
         PSA_ERROR_INVALID_ARGUMENT},
        {"of that family, no bytes", PSA_ECC_FAMILY_SECP_K1, true, 0, 0,
         PSA_ERROR_INVALID_ARGUMENT},
        {"P-256", PSA_ECC_FAMILY_SECP_R1, false, 0, 32, PSA_SUCCESS},
        {"P-256, not a point", PSA_ECC_FAMILY_SECP_R1, true, 0, 65, PSA_ERROR_INVALID_ARGUMENT},
        {"of the family of P-256, 33 bytes", PSA_ECC_FAMILY_SECP_R1, false, 0, 33,
         PSA_ERROR_INVALID_ARGUMENT},
        {"X25519, 33 bytes", PSA_ECC_FAMILY_MONTGOMERY, false, 0, 33, PSA_ERROR_INVALID_ARGUMENT},
        {"brainpoolP256r1", PSA_ECC_FAMILY_BRAINPOOL_P_R1, false, 0, 32, PSA_SUCCESS},
        {"brainpoolP224r1", PSA_ECC_FAMILY_BRAINPOOL_P_R1, false, 0, 28, PSA_ERROR_NOT_SUPPORTED},
        {"brainpoolP320r1, public", PSA_ECC_FAMILY_BRAINPOOL_P_R1, true, 0, 81,
         PSA_ERROR_NOT_SUPPORTED},
        {"of that family, 31 bytes", PSA_ECC_FAMILY_BRAINPOOL_P_R1, false, 0, 31,
         PSA_ERROR_INVALID_ARGUMENT},
        {"sect233k1", PSA_ECC_FAMILY_SECT_K1, false, 0, 29, PSA_ERROR_NOT_SUPPORTED},
        {"FRP256v1", 0x33, false, 256, 32, PSA_ERROR_NOT_SUPPORTED},
    };
    struct vc_psa *psa = service(nullptr);

    (void)state;
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        uint8_t material[96] = {[28] = 1};
        struct vc_psa_call call = {.inputs[0] = {material, rows[i].size},
                                   .attributes = {.bits = rows[i].bits}};

        call.attributes.type = rows[i].public ? PSA_KEY_TYPE_ECC_PUBLIC_KEY(rows[i].family)
                                              : PSA_KEY_TYPE_ECC_KEY_PAIR(rows[i].family);
        print_message("# %s\n", rows[i].name);
        assert_int_equal(vc_psa_do_import_key(psa, &call), rows[i].status);
    }
    vc_psa_free(psa);
}

static void test_generated(void **state)
{
    struct vc_psa *psa = service(nullptr);
    struct vc_psa_call call = {.function = VC_PSA_generate_key, .attributes = aes(0)};

    (void)state;
    call.attributes.bits = 256;
    assert_int_equal(vc_psa_do_generate_key(psa, &call), PSA_SUCCESS);
    assert_int_equal(attributes_of(psa, call.key).bits, 256);
    assert_int_equal(export(psa, call.key, (struct vc_bytes){}), PSA_ERROR_NOT_PERMITTED);
    call.attributes.bits = 100;
    assert_int_equal(vc_psa_do_generate_key(psa, &call), PSA_ERROR_INVALID_ARGUMENT);
    psa->options.randomness = false;
    call.attributes.bits = 256;
    assert_int_equal(vc_psa_do_generate_key(psa, &call), PSA_ERROR_NOT_PERMITTED);
    assert_int_equal(psa->key_count, 1);
    vc_psa_free(psa);
}

/* ---- copies ---- */

static void test_copies(void **state)
{
    static constexpr uint32_t COPY = PSA_KEY_USAGE_COPY;
    static constexpr uint32_t EXPORT = PSA_KEY_USAGE_EXPORT;
    static constexpr uint32_t ENCRYPT = PSA_KEY_USAGE_ENCRYPT;
    static const struct {
        const char *name;
        uint32_t source, wanted, made;
        vc_psa_status status;
    } rows[] = {
        {"less", COPY | ENCRYPT | EXPORT, ENCRYPT, ENCRYPT, PSA_SUCCESS},
        {"more", COPY | ENCRYPT, ENCRYPT | PSA_KEY_USAGE_DECRYPT, ENCRYPT, PSA_SUCCESS},
        {"export that was", COPY | EXPORT, EXPORT, EXPORT, PSA_SUCCESS},
        {"export that was not", COPY | ENCRYPT, ENCRYPT | EXPORT, ENCRYPT, PSA_SUCCESS},
        {"not to be copied", ENCRYPT | EXPORT, ENCRYPT, 0, PSA_ERROR_NOT_PERMITTED},
    };

    (void)state;
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct vc_psa *psa = service(nullptr);
        struct vc_psa_call call = {.function = VC_PSA_copy_key, .attributes = aes(rows[i].wanted)};

        print_message("# %s\n", rows[i].name);
        assert_int_equal(import(psa, aes(rows[i].source), &call.values[0]), PSA_SUCCESS);
        assert_int_equal(vc_psa_do_copy_key(psa, &call), rows[i].status);
        if (rows[i].status == PSA_SUCCESS) {
            bool exports = (rows[i].made & EXPORT) != 0;

            assert_int_equal(attributes_of(psa, call.key).usage, rows[i].made);
            assert_int_equal(export(psa, call.key, (struct vc_bytes){MATERIAL, 16}),
                             exports ? PSA_SUCCESS : PSA_ERROR_NOT_PERMITTED);
        }
        vc_psa_free(psa);
    }
}

/* ---- persistent keys ---- */

static void test_kept(void **state)
{
    struct keeper keeper = {};
    struct vc_psa *psa = service(&keeper);
    struct vc_psa_attributes attributes = aes(PSA_KEY_USAGE_ENCRYPT);
    uint32_t id;

    (void)state;
    attributes.lifetime = PSA_KEY_LIFETIME_PERSISTENT;
    attributes.id = KEPT;
    keeper.status = PSA_ERROR_INSUFFICIENT_STORAGE;
    assert_int_equal(import(psa, attributes, &id), PSA_ERROR_INSUFFICIENT_STORAGE);
    assert_int_equal(psa->key_count, 0);
    keeper.status = PSA_SUCCESS;
    assert_int_equal(import(psa, attributes, &id), PSA_SUCCESS);
    assert_int_equal(id, KEPT);
    assert_int_equal(keeper.kept, 1);
    assert_int_equal(keeper.size, sizeof(MATERIAL));
    assert_memory_equal(keeper.material, MATERIAL, sizeof(MATERIAL));
    assert_int_equal(keeper.attributes.bits, 128);
    assert_int_equal(keeper.attributes.usage, PSA_KEY_USAGE_ENCRYPT); /* as the program's */
    assert_int_equal(import(psa, attributes, &id), PSA_ERROR_ALREADY_EXISTS);
    keeper.status = PSA_ERROR_STORAGE_FAILURE;
    assert_int_equal(destroy(psa, KEPT), PSA_ERROR_STORAGE_FAILURE);
    assert_int_equal(attributes_of(psa, KEPT).lifetime, PSA_KEY_LIFETIME_PERSISTENT);
    keeper.status = PSA_SUCCESS;
    assert_int_equal(destroy(psa, KEPT), PSA_SUCCESS);
    assert_int_equal(keeper.forgotten, 1);
    vc_psa_free(psa);
}

static struct vc_psa_given policy_key(void)
{
    struct vc_psa_given given = {.attributes = aes(PSA_KEY_USAGE_DECRYPT | PSA_KEY_USAGE_COPY),
                                 .material = {MATERIAL, sizeof(MATERIAL)}};

    given.attributes.lifetime = READ_ONLY;
    given.attributes.id = 1;
    given.attributes.bits = 128;
    return given;
}

static void test_keys_of_the_policy(void **state)
{
    struct keeper keeper = {};
    struct vc_psa *psa = service(&keeper);
    const struct vc_psa_given given = policy_key();
    struct vc_psa_call copy = {.function = VC_PSA_copy_key,
                               .values[0] = 1,
                               .attributes = aes(PSA_KEY_USAGE_DECRYPT | PSA_KEY_USAGE_EXPORT)};
    struct vc_psa_call purge = {.function = VC_PSA_purge_key, .values[0] = 1};

    (void)state;
    assert_int_equal(vc_psa_give(psa, &given, nullptr), VC_OK);
    assert_int_equal(vc_psa_give(psa, &given, nullptr), VC_STATE);
    assert_int_equal(attributes_of(psa, 1).lifetime, READ_ONLY);
    assert_int_equal(destroy(psa, 1), PSA_ERROR_NOT_PERMITTED);
    assert_int_equal(vc_psa_do_purge_key(psa, &purge), PSA_SUCCESS);
    assert_int_equal(export(psa, 1, (struct vc_bytes){}), PSA_ERROR_NOT_PERMITTED);
    assert_int_equal(vc_psa_do_copy_key(psa, &copy), PSA_SUCCESS);
    assert_int_equal(export(psa, copy.key, (struct vc_bytes){}), PSA_ERROR_NOT_PERMITTED);
    /* no copy of it outlives the run: the next could be somebody else's */
    copy.attributes.lifetime = PSA_KEY_LIFETIME_PERSISTENT;
    copy.attributes.id = KEPT;
    assert_int_equal(vc_psa_do_copy_key(psa, &copy), PSA_ERROR_NOT_PERMITTED);
    assert_int_equal(keeper.kept, 0);
    vc_psa_free(psa);
}

static void test_what_is_no_key_of_the_policy(void **state)
{
    static const uint32_t NOBODY[] = {0};
    static const struct {
        const char *name;
        uint32_t id, bits, receivers;
        size_t size;
        enum vc_code code;
    } rows[] = {{"no id", 0, 128, 0, 16, VC_STATE},
                {"an id of the key store", VC_PSA_KEY_STORED_MIN, 128, 0, 16, VC_STATE},
                {"too short", 1, 128, 0, 15, VC_MALFORMED},
                {"empty", 1, 128, 0, 0, VC_MALFORMED},
                {"of other bits", 1, 256, 0, 16, VC_MALFORMED},
                {"without bits", 1, 0, 0, 16, VC_MALFORMED},
                {"for nobody that is known", 1, 128, 1, 16, VC_MALFORMED}};
    struct vc_psa *psa = service(nullptr);

    (void)state;
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        struct vc_psa_given given = policy_key();

        given.attributes.id = rows[i].id;
        given.attributes.bits = rows[i].bits;
        given.material.size = rows[i].size;
        given.receivers = NOBODY;
        given.receiver_count = rows[i].receivers;
        print_message("# %s\n", rows[i].name);
        assert_int_equal(vc_psa_give(psa, &given, nullptr), rows[i].code);
    }
    assert_int_equal(psa->key_count, 0);
    vc_psa_free(psa);
}

/* ---- limits ---- */

static void test_no_more_keys(void **state)
{
    struct vc_psa *psa = service(nullptr);
    uint32_t first;
    uint32_t id;

    (void)state;
    assert_int_equal(import(psa, aes(0), &first), PSA_SUCCESS);
    for (size_t i = 1; i < VC_PSA_KEYS_MAX; i++)
        assert_int_equal(import(psa, aes(0), &id), PSA_SUCCESS);
    assert_int_equal(import(psa, aes(0), &id), PSA_ERROR_INSUFFICIENT_MEMORY);
    assert_int_equal(destroy(psa, first), PSA_SUCCESS);
    assert_int_equal(import(psa, aes(0), &id), PSA_SUCCESS);
    vc_psa_free(psa);
}

static unsigned freed; /* states of the operations below */

static void count_free(void *state)
{
    freed += state != nullptr;
}

static void test_operations(void **state)
{
    struct vc_psa *psa = service(nullptr);
    uint32_t handles[VC_PSA_OPERATIONS_MAX + 1] = {};
    uint32_t stale;
    int something;

    (void)state;
    freed = 0;
    for (size_t i = 0; i < VC_PSA_OPERATIONS_MAX; i++) {
        assert_int_equal(
            vc_psa_operation_begin(psa, VC_PSA_MAC, count_free, &something, &handles[i]),
            PSA_SUCCESS);
        assert_true((handles[i] & VC_PSA_HANDLE_STORED) != 0);
    }
    assert_int_equal(vc_psa_operation_begin(psa, VC_PSA_MAC, count_free, &something,
                                            &handles[VC_PSA_OPERATIONS_MAX]),
                     PSA_ERROR_INSUFFICIENT_MEMORY);
    assert_int_equal(vc_psa_operation_begin(psa, VC_PSA_MAC, count_free, &something, &handles[3]),
                     PSA_ERROR_BAD_STATE);
    assert_int_equal(freed, 2); /* both were taken over */
    assert_ptr_equal(vc_psa_operation_state(psa, handles[3], VC_PSA_MAC), &something);
    assert_null(vc_psa_operation_state(psa, handles[3], VC_PSA_HASH)); /* of another family */
    assert_null(vc_psa_operation_state(psa, handles[3] & ~VC_PSA_HANDLE_STORED, VC_PSA_MAC));
    assert_null(vc_psa_operation_state(psa, 0, VC_PSA_MAC));
    stale = handles[3];
    vc_psa_operation_end(psa, VC_PSA_HASH,
                         &handles[3]); /* not one of these: forgotten, not ended */
    assert_int_equal(handles[3], 0);
    assert_ptr_equal(vc_psa_operation_state(psa, stale, VC_PSA_MAC), &something);
    handles[3] = stale;
    vc_psa_operation_end(psa, VC_PSA_MAC, &handles[3]);
    assert_int_equal(freed, 3);
    assert_null(vc_psa_operation_state(psa, stale, VC_PSA_MAC));
    vc_psa_operation_end(psa, VC_PSA_MAC, &stale);
    assert_int_equal(freed, 3);
    vc_psa_free(psa);
    assert_int_equal(freed, 2 + VC_PSA_OPERATIONS_MAX);
}

/* ---- what a key may be used for ---- */

static void test_uses(void **state)
{
    static const struct {
        const char *name;
        uint32_t usage, algorithm;
        vc_psa_status status;
    } rows[] = {
        {"as it is", PSA_KEY_USAGE_ENCRYPT, PSA_ALG_CTR, PSA_SUCCESS},
        {"again, from memory", PSA_KEY_USAGE_ENCRYPT, PSA_ALG_CTR, PSA_SUCCESS},
        {"for another use", PSA_KEY_USAGE_DECRYPT, PSA_ALG_CTR, PSA_ERROR_NOT_PERMITTED},
        {"by another algorithm", PSA_KEY_USAGE_ENCRYPT, PSA_ALG_OFB, PSA_ERROR_NOT_PERMITTED},
        {"by one of another kind", PSA_KEY_USAGE_ENCRYPT, PSA_ALG_GCM, PSA_ERROR_NOT_PERMITTED},
        {"to sign", PSA_KEY_USAGE_SIGN_HASH, PSA_ALG_ECDSA(PSA_ALG_SHA_256),
         PSA_ERROR_NOT_PERMITTED},
        {"by nothing", PSA_KEY_USAGE_ENCRYPT, 0, PSA_ERROR_NOT_SUPPORTED}};
    struct vc_psa *psa = service(nullptr);
    struct vc_psa_key *key = nullptr;
    uint32_t id;

    (void)state;
    assert_int_equal(import(psa, aes(PSA_KEY_USAGE_ENCRYPT), &id), PSA_SUCCESS);
    for (size_t i = 0; i < VC_COUNT(rows); i++) {
        print_message("# %s\n", rows[i].name);
        assert_int_equal(vc_psa_key_for(psa, id, rows[i].usage, rows[i].algorithm, &key),
                         rows[i].status);
    }
    assert_int_equal(key->id, id);
    assert_int_equal(key->memo_count, 1);
    assert_int_equal(vc_psa_key_for(psa, id + 1, PSA_KEY_USAGE_ENCRYPT, PSA_ALG_CTR, &key),
                     PSA_ERROR_INVALID_HANDLE);
    vc_psa_free(psa);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_life_of_a_key),
        cmocka_unit_test(test_lifetimes),
        cmocka_unit_test(test_wrong_attributes),
        cmocka_unit_test(test_missing_curves),
        cmocka_unit_test(test_generated),
        cmocka_unit_test(test_copies),
        cmocka_unit_test(test_kept),
        cmocka_unit_test(test_keys_of_the_policy),
        cmocka_unit_test(test_what_is_no_key_of_the_policy),
        cmocka_unit_test(test_no_more_keys),
        cmocka_unit_test(test_operations),
        cmocka_unit_test(test_uses),
    };

    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
