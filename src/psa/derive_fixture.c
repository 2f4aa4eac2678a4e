/* SPDX-License-Identifier: MIT */

#include "psa/derive_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

const struct vc_derive_vector VC_DERIVE_VECTORS[VC_DERIVE_VECTOR_COUNT] = {
    {"RFC 5869, A.1",
     HKDF,
     {{SALT, "000102030405060708090a0b0c", 0},
      {SECRET, "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", 0},
      {INFO, "f0f1f2f3f4f5f6f7f8f9", 0}},
     "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"},
    {"RFC 5869, A.2",
     HKDF,
     {{SALT,
       "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f"
       "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"
       "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf",
       0},
      {SECRET,
       "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
       "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
       "404142434445464748494a4b4c4d4e4f",
       0},
      {INFO,
       "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecf"
       "d0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeef"
       "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
       0}},
     "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c"
     "59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71"
     "cc30c58179ec3e87c14c01d5c1f3434f1d87"},
    {"RFC 5869, A.3: no salt, no info",
     HKDF,
     {{SECRET, "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", 0}, {INFO, "", 0}},
     "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"},
    {"RFC 5869, A.4: SHA-1",
     PSA_ALG_HKDF(PSA_ALG_SHA_1),
     {{SALT, "000102030405060708090a0b0c", 0},
      {SECRET, "0b0b0b0b0b0b0b0b0b0b0b", 0},
      {INFO, "f0f1f2f3f4f5f6f7f8f9", 0}},
     "085a01ea1b10f36933068b56efa5ad81a4f14b822f5b091568a9cdd4f155fda2c22e422478d305f3f896"},
    {"RFC 5869, A.1: extract",
     PSA_ALG_HKDF_EXTRACT(PSA_ALG_SHA_256),
     {{SALT, "000102030405060708090a0b0c", 0},
      {SECRET, "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", 0}},
     "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5"},
    {"RFC 5869, A.1: expand",
     PSA_ALG_HKDF_EXPAND(PSA_ALG_SHA_256),
     {{SECRET, "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5", 0},
      {INFO, "f0f1f2f3f4f5f6f7f8f9", 0}},
     "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"},
    {"TLS 1.2 PRF, SHA-256: the IETF list's of 2009",
     PSA_ALG_TLS12_PRF(PSA_ALG_SHA_256),
     {{SEED, "a0ba9f936cda311827a6f796ffd5198c", 0},
      {SECRET, "9bbe436ba940f017b17652849a71db35", 0},
      {LABEL, "74657374206c6162656c", 0}},
     "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a"
     "6b301791e90d35c9c9a46b4e14baf9af0fa022f7077def17abfd3797c0564bab"
     "4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff701"
     "87347b66"},
    {"TLS 1.2 PRF, SHA-384: the IETF list's",
     PSA_ALG_TLS12_PRF(PSA_ALG_SHA_384),
     {{SEED, "cd665cf6a8447dd6ff8b27555edb7465", 0},
      {SECRET, "b80b733d6ceefcdc71566ea48e5567df", 0},
      {LABEL, "74657374206c6162656c", 0}},
     "7b0c18e9ced410ed1804f2cfa34a336a1c14dffb4900bb5fd7942107e81c83cd"
     "e9ca0faa60be9fe34f82b1233c9146a0e534cb400fed2700884f9dc236f80edd"
     "8bfa961144c9e8d792eca722a7b32fc3d416d473ebc2c5fd4abfdad05d918425"
     "9b5bf8cd4d90fa0d31e2dec479e4f1a26066f2eea9a69236a3e52655c9e9aee6"
     "91c8f3a26854308d5eaa3be85e0990703d73e56f"},
    {"TLS 1.2 PSK to master secret; computed by Python's hmac",
     PSA_ALG_TLS12_PSK_TO_MS(PSA_ALG_SHA_256),
     {{SEED,
       "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
       "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f",
       0},
      {SECRET, "61207072652d736861726564206b6579", 0},
      {LABEL, "6d617374657220736563726574", 0}},
     "c5d3387d289868cc3da10bd04699be6209545d56239dafb70f29c93c9a555baafcd0a443a363ca6ce7c6b0b058072"
     "b"
     "fd"},
    {"the same with another secret; computed by Python's hmac",
     PSA_ALG_TLS12_PSK_TO_MS(PSA_ALG_SHA_256),
     {{SEED,
       "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
       "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f",
       0},
      {OTHER, "6f7468657220736563726574", 0},
      {SECRET, "61207072652d736861726564206b6579", 0},
      {LABEL, "6d617374657220736563726574", 0}},
     "53e44db7de44aeffb369305b5d850e839f1f50a67b5619cd4fa6c10eafb33d4da872c25e00a084f530f3767c56f2a"
     "a"
     "18"},
    {"RFC 6070, 1",
     PSA_ALG_PBKDF2_HMAC(PSA_ALG_SHA_1),
     {{COST, nullptr, 1}, {SALT, "73616c74", 0}, {PASS, "70617373776f7264", 0}},
     "0c60c80f961f0e71f3a9b524af6012062fe037a6"},
    {"RFC 6070, 2",
     PSA_ALG_PBKDF2_HMAC(PSA_ALG_SHA_1),
     {{COST, nullptr, 2}, {SALT, "73616c74", 0}, {PASS, "70617373776f7264", 0}},
     "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957"},
    {"RFC 6070, 3",
     PSA_ALG_PBKDF2_HMAC(PSA_ALG_SHA_1),
     {{COST, nullptr, 4096}, {SALT, "73616c74", 0}, {PASS, "70617373776f7264", 0}},
     "4b007901b765489abead49d926f721d065a429c1"},
    {"RFC 6070, 5: the salt in three pieces",
     PSA_ALG_PBKDF2_HMAC(PSA_ALG_SHA_1),
     {{COST, nullptr, 4096},
      {SALT, "73616c7453414c5473616c7453414c5473616c74", 0},
      {SALT, "", 0},
      {SALT, "53414c5473616c7453414c5473616c74", 0},
      {PASS, "70617373776f726450415353574f524470617373776f7264", 0}},
     "3d2eec4fe41c849b80c8d83662c0e44a8b291a964cf2f07038"},
    {"RFC 6070, 6",
     PSA_ALG_PBKDF2_HMAC(PSA_ALG_SHA_1),
     {{COST, nullptr, 4096}, {SALT, "7361006c74", 0}, {PASS, "7061737300776f7264", 0}},
     "56fa6aa75548099dcc37d7f03425e0c3"},
    {"RFC 7914, 11, first",
     PBKDF2,
     {{COST, nullptr, 1}, {SALT, "73616c74", 0}, {PASS, "706173737764", 0}},
     "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
     "49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783"},
    {"RFC 7914, 11, second",
     PBKDF2,
     {{COST, nullptr, 80000}, {SALT, "4e61436c", 0}, {PASS, "50617373776f7264", 0}},
     "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56"
     "a1d425a1225833549adb841b51c9b3176a272bdebba1d078478f62b397f33c8d"},
    {"a password longer than a block; computed by Python's hashlib",
     PSA_ALG_PBKDF2_HMAC(PSA_ALG_SHA_512),
     {{COST, nullptr, 3},
      {SALT, "73616c74", 0},
      {PASS,
       "6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b"
       "6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b"
       "6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b"
       "6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b"
       "6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b",
       0}},
     "35af7cebd2e1c297550a8cdeae79788b876bbd859d95d49da98b89812d99542e35fe4c71ab53970bf637721774594"
     "169"
     "913c31b29e3a1f03b3d601d30215647f3598fddd65d8b2047454b00ab3cf6f920ac4e827ba51db47b4933d90f2471"
     "dd8"
     "de38d9db66558942d3173a387bf36830f06ff6fc76a21083215bb60b13a76115e0c434d3dea269165e367cbe7a575"
     "c87"
     "5d636cb749a4"},
    {"SHA3-256; computed by Python's hashlib",
     PSA_ALG_PBKDF2_HMAC(PSA_ALG_SHA3_256),
     {{COST, nullptr, 5}, {SALT, "73616c74", 0}, {PASS, "70617373776f7264", 0}},
     "3ff2e199c86569d228cfdea8ed66c3906721e5f1be10269cd3535a7409b2b79495bec14c58d16a74"},
    {"CMAC, a password of 8 bytes; computed by OpenSSL's CMAC",
     PSA_ALG_PBKDF2_AES_CMAC_PRF_128,
     {{COST, nullptr, 1}, {SALT, "73616c74", 0}, {PASS, "70617373776f7264", 0}},
     "1b72f6419173a06e27777606a315876ec71227de"},
    {"the same, thrice",
     PSA_ALG_PBKDF2_AES_CMAC_PRF_128,
     {{COST, nullptr, 3}, {SALT, "73616c74", 0}, {PASS, "70617373776f7264", 0}},
     "c931e3f45d8493327384557db7c32db3baf2f978"},
    {"CMAC, a password that is a key; computed by OpenSSL's CMAC",
     PSA_ALG_PBKDF2_AES_CMAC_PRF_128,
     {{COST, nullptr, 2},
      {SALT, "7369787465656e206279746573206f66206b6579", 0},
      {PASS, "000102030405060708090a0b0c0d0e0f", 0}},
     "86234af9489be500758c8f2129410fe9b4772205d4bd055d3af37e1b9c60746186"},
};

static bool is_secret(uint32_t step)
{
    return step == SECRET || step == PASS || step == OTHER;
}

uint32_t vc_derive_setup(struct vc_psa *psa, psa_algorithm_t algorithm)
{
    struct vc_psa_call call = {.function = VC_PSA_key_derivation_setup, .values = {algorithm}};

    assert_int_equal(vc_fixture_ask(psa, &call), PSA_SUCCESS);
    assert_true((call.operation & VC_PSA_HANDLE_STORED) != 0);
    return call.operation;
}

/* One call on an operation; *operation as the program then has it. */
vc_psa_status vc_derive_step(struct vc_psa *psa, struct vc_psa_call call, uint32_t *operation)
{
    vc_psa_status status;

    call.operation = *operation;
    status = vc_fixture_ask(psa, &call);
    *operation = call.operation;
    return status;
}

vc_psa_status vc_derive_input_bytes(struct vc_psa *psa, uint32_t *operation, uint32_t at,
                                    struct vc_bytes bytes)
{
    return vc_derive_step(psa,
                          (struct vc_psa_call){.function = VC_PSA_key_derivation_input_bytes,
                                               .values = {at},
                                               .inputs = {bytes}},
                          operation);
}

vc_psa_status vc_derive_input_number(struct vc_psa *psa, uint32_t *operation, uint32_t at,
                                     uint64_t number)
{
    return vc_derive_step(psa,
                          (struct vc_psa_call){.function = VC_PSA_key_derivation_input_integer,
                                               .values = {at},
                                               .wide = number},
                          operation);
}

vc_psa_status vc_derive_input_key(struct vc_psa *psa, uint32_t *operation, uint32_t at,
                                  uint32_t key)
{
    return vc_derive_step(
        psa, (struct vc_psa_call){.function = VC_PSA_key_derivation_input_key, .values = {at, key}},
        operation);
}

vc_psa_status vc_derive_output(struct vc_psa *psa, uint32_t *operation, uint8_t *bytes, size_t size)
{
    return vc_derive_step(psa,
                          (struct vc_psa_call){.function = VC_PSA_key_derivation_output_bytes,
                                               .outputs = {{.data = bytes, .room = size}}},
                          operation);
}

vc_psa_status vc_derive_verify(struct vc_psa *psa, uint32_t *operation, struct vc_bytes expected)
{
    return vc_derive_step(
        psa,
        (struct vc_psa_call){.function = VC_PSA_key_derivation_verify_bytes, .inputs = {expected}},
        operation);
}

vc_psa_status vc_derive_verify_key(struct vc_psa *psa, uint32_t *operation, uint32_t key)
{
    return vc_derive_step(
        psa, (struct vc_psa_call){.function = VC_PSA_key_derivation_verify_key, .values = {key}},
        operation);
}

vc_psa_status vc_derive_set_capacity(struct vc_psa *psa, uint32_t *operation, uint32_t capacity)
{
    return vc_derive_step(
        psa,
        (struct vc_psa_call){.function = VC_PSA_key_derivation_set_capacity, .values = {capacity}},
        operation);
}

uint32_t vc_derive_capacity(struct vc_psa *psa, uint32_t operation)
{
    struct vc_psa_call call = {.function = VC_PSA_key_derivation_get_capacity,
                               .operation = operation};

    assert_int_equal(vc_fixture_ask(psa, &call), PSA_SUCCESS);
    return call.number;
}

vc_psa_status vc_derive_output_key(struct vc_psa *psa, uint32_t *operation,
                                   struct vc_psa_attributes attributes, uint32_t *key)
{
    struct vc_psa_call call = {.function = VC_PSA_key_derivation_output_key,
                               .operation = *operation,
                               .attributes = attributes};
    vc_psa_status status = vc_fixture_ask(psa, &call);

    *operation = call.operation;
    *key = call.key;
    return status;
}

void vc_derive_abort(struct vc_psa *psa, uint32_t *operation)
{
    assert_int_equal(vc_derive_step(psa,
                                    (struct vc_psa_call){.function = VC_PSA_key_derivation_abort},
                                    operation),
                     PSA_SUCCESS);
    assert_int_equal(*operation, 0);
}

/* All inputs of a vector; secrets as keys if `usage` is not 0. */
uint32_t vc_derive_feed(struct vc_psa *psa, const struct vc_derive_vector *vector,
                        psa_key_usage_t usage)
{
    uint32_t operation = vc_derive_setup(psa, vector->algorithm);

    for (const struct vc_derive_input *input = vector->inputs;
         input < vector->inputs + INPUTS_MAX && input->step != 0; input++) {
        struct vc_fixture_bytes bytes = vc_fixture_hex(input->hex == nullptr ? "" : input->hex);
        const struct vc_fixture_key form = {input->step == PASS ? PSA_KEY_TYPE_PASSWORD
                                                                : PSA_KEY_TYPE_DERIVE,
                                            usage, vector->algorithm};

        if (input->hex == nullptr) {
            assert_int_equal(vc_derive_input_number(psa, &operation, input->step, input->number),
                             PSA_SUCCESS);
        } else if (usage != 0 && is_secret(input->step)) {
            uint32_t key = vc_fixture_import(psa, form, vc_fixture_view(&bytes));

            assert_int_equal(vc_derive_input_key(psa, &operation, input->step, key), PSA_SUCCESS);
            vc_fixture_destroy(psa, key); /* the operation has what it needs */
        } else {
            assert_int_equal(
                vc_derive_input_bytes(psa, &operation, input->step, vc_fixture_view(&bytes)),
                PSA_SUCCESS);
        }
    }
    return operation;
}
