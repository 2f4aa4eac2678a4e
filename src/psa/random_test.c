/* SPDX-License-Identifier: MIT */

/* Random bytes of programs. E11: a clone of the memory of this process, as of a machine, draws
 * other ones; that is so because none come from memory, but from the kernel when they are drawn. */

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "psa/fixture.h"

static constexpr psa_key_type_t PAIR = PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1);
static constexpr psa_algorithm_t ECDSA = PSA_ALG_ECDSA(PSA_ALG_SHA_256);
static constexpr psa_algorithm_t OAEP = PSA_ALG_RSA_OAEP(PSA_ALG_SHA_256);
static constexpr psa_algorithm_t PSS = PSA_ALG_RSA_PSS(PSA_ALG_SHA_256);
static constexpr size_t DRAWN_MAX = 160; /* bytes that are compared */

struct keys {
    struct vc_psa *psa;
    uint32_t aes, gcm, ecdsa, oaep, pss;
};

static struct keys make_keys(void)
{
    struct vc_psa *psa = vc_fixture_service(true);
    struct keys keys = {.psa = psa};

    keys.aes = vc_fixture_generate(
        psa, (struct vc_fixture_key){PSA_KEY_TYPE_AES, PSA_KEY_USAGE_ENCRYPT, PSA_ALG_CTR}, 128);
    keys.gcm = vc_fixture_generate(
        psa, (struct vc_fixture_key){PSA_KEY_TYPE_AES, PSA_KEY_USAGE_ENCRYPT, PSA_ALG_GCM}, 128);
    keys.ecdsa = vc_fixture_generate(
        psa, (struct vc_fixture_key){PAIR, PSA_KEY_USAGE_SIGN_HASH, ECDSA}, 256);
    keys.oaep = vc_fixture_generate(
        psa, (struct vc_fixture_key){PSA_KEY_TYPE_RSA_KEY_PAIR, PSA_KEY_USAGE_ENCRYPT, OAEP}, 1024);
    keys.pss = vc_fixture_again(
        psa, keys.oaep,
        (struct vc_fixture_key){PSA_KEY_TYPE_RSA_KEY_PAIR, PSA_KEY_USAGE_SIGN_HASH, PSS});
    return keys;
}

/* ---- what is random, one function each ---- */

static vc_psa_status draw_bytes(const struct keys *keys, struct vc_fixture_bytes *drawn)
{
    struct vc_psa_call call = {.function = VC_PSA_generate_random,
                               .outputs = {{.data = drawn->data, .room = 32}}};
    vc_psa_status status = vc_psa_answer(keys->psa, &call);

    drawn->size = call.outputs[0].size;
    return status;
}

static vc_psa_status export_new(const struct keys *keys, psa_key_type_t type, uint32_t bits,
                                struct vc_fixture_bytes *drawn)
{
    struct vc_psa_call call = {
        .function = VC_PSA_generate_key,
        .attributes = {.type = type, .bits = bits, .usage = PSA_KEY_USAGE_EXPORT}};
    vc_psa_status status = vc_psa_answer(keys->psa, &call);
    const struct vc_fixture_two given = {.values = {call.key}};

    return status == PSA_SUCCESS ? vc_fixture_do(keys->psa, VC_PSA_export_key, &given, drawn)
                                 : status;
}

static vc_psa_status draw_key(const struct keys *keys, struct vc_fixture_bytes *drawn)
{
    return export_new(keys, PSA_KEY_TYPE_AES, 256, drawn);
}

static vc_psa_status draw_pair(const struct keys *keys, struct vc_fixture_bytes *drawn)
{
    return export_new(keys, PAIR, 256, drawn);
}

static vc_psa_status begin(const struct keys *keys, enum vc_psa_function setup,
                           enum vc_psa_function generate, uint32_t key, psa_algorithm_t algorithm,
                           struct vc_fixture_bytes *drawn)
{
    struct vc_psa_call call = {.function = setup, .values = {key, algorithm}};
    struct vc_psa_call next = {.function = generate,
                               .outputs = {{.data = drawn->data, .room = sizeof(drawn->data)}}};
    vc_psa_status status = vc_psa_answer(keys->psa, &call);

    if (status != PSA_SUCCESS)
        return status;
    next.operation = call.operation;
    status = vc_psa_answer(keys->psa, &next);
    drawn->size = next.outputs[0].size;
    return status;
}

static vc_psa_status draw_vector(const struct keys *keys, struct vc_fixture_bytes *drawn)
{
    return begin(keys, VC_PSA_cipher_encrypt_setup, VC_PSA_cipher_generate_iv, keys->aes,
                 PSA_ALG_CTR, drawn);
}

static vc_psa_status draw_nonce(const struct keys *keys, struct vc_fixture_bytes *drawn)
{
    return begin(keys, VC_PSA_aead_encrypt_setup, VC_PSA_aead_generate_nonce, keys->gcm,
                 PSA_ALG_GCM, drawn);
}

static vc_psa_status apply(const struct keys *keys, enum vc_psa_function function, uint32_t key,
                           psa_algorithm_t algorithm, struct vc_fixture_bytes *drawn)
{
    static const uint8_t input[32] = {1};
    const struct vc_fixture_two given = {.values = {key, algorithm}, .first = VC_BYTES(input)};

    return vc_fixture_do(keys->psa, function, &given, drawn);
}

static vc_psa_status draw_ciphertext(const struct keys *keys, struct vc_fixture_bytes *drawn)
{
    return apply(keys, VC_PSA_cipher_encrypt, keys->aes, PSA_ALG_CTR, drawn);
}

static vc_psa_status draw_ecdsa(const struct keys *keys, struct vc_fixture_bytes *drawn)
{
    return apply(keys, VC_PSA_sign_hash, keys->ecdsa, ECDSA, drawn);
}

static vc_psa_status draw_pss(const struct keys *keys, struct vc_fixture_bytes *drawn)
{
    return apply(keys, VC_PSA_sign_hash, keys->pss, PSS, drawn);
}

static vc_psa_status draw_oaep(const struct keys *keys, struct vc_fixture_bytes *drawn)
{
    return apply(keys, VC_PSA_asymmetric_encrypt, keys->oaep, OAEP, drawn);
}

static const struct source {
    const char *name;
    vc_psa_status (*draw)(const struct keys *keys, struct vc_fixture_bytes *drawn);
} SOURCES[] = {
    {"psa_generate_random", draw_bytes},
    {"psa_generate_key, symmetric", draw_key},
    {"psa_generate_key, a pair", draw_pair},
    {"psa_cipher_generate_iv", draw_vector},
    {"psa_cipher_encrypt", draw_ciphertext},
    {"psa_aead_generate_nonce", draw_nonce},
    {"ECDSA", draw_ecdsa},
    {"RSA-PSS", draw_pss},
    {"RSA-OAEP", draw_oaep},
};

/* ---- clones ---- */

struct drawn {
    uint8_t bytes[VC_COUNT(SOURCES)][DRAWN_MAX];
};

static bool draw_all(const struct keys *keys, struct drawn *drawn)
{
    for (size_t i = 0; i < VC_COUNT(SOURCES); i++) {
        struct vc_fixture_bytes bytes = {};

        if (SOURCES[i].draw(keys, &bytes) != PSA_SUCCESS || bytes.size == 0 ||
            bytes.size > DRAWN_MAX)
            return false;
        memcpy(drawn->bytes[i], bytes.data, bytes.size);
    }
    return true;
}

/* The exit code of a child that does this. */
static int in_clone(int (*part)(void *user), void *user)
{
    pid_t child = fork();
    int status = 0;

    if (child == 0)
        _exit(part(user));
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

struct clone {
    const struct keys *keys;
    int pipe[2];
};

static int draw_in_clone(void *user)
{
    const struct clone *clone = user;
    struct drawn drawn = {};

    return draw_all(clone->keys, &drawn) &&
                   write(clone->pipe[1], &drawn, sizeof(drawn)) == (ssize_t)sizeof(drawn)
               ? 0
               : 1;
}

static void test_clones_differ(void **)
{
    struct keys keys = make_keys();
    struct clone clone = {.keys = &keys};
    struct drawn drawn[4] = {};

    assert_true(draw_all(&keys, &drawn[0])); /* whatever keeps state has some now */
    assert_int_equal(pipe(clone.pipe), 0);
    for (size_t i = 1; i < 3; i++) {
        assert_int_equal(in_clone(draw_in_clone, &clone), 0);
        assert_int_equal(read(clone.pipe[0], &drawn[i], sizeof(drawn[i])), sizeof(drawn[i]));
    }
    assert_true(draw_all(&keys, &drawn[3]));
    for (size_t i = 0; i < VC_COUNT(SOURCES); i++) {
        for (size_t a = 0; a < VC_COUNT(drawn); a++) {
            for (size_t b = a + 1; b < VC_COUNT(drawn); b++) {
                if (memcmp(drawn[a].bytes[i], drawn[b].bytes[i], DRAWN_MAX) == 0)
                    fail_msg("%s: %zu and %zu", SOURCES[i].name, a, b);
            }
        }
    }
    assert_int_equal(close(clone.pipe[0]), 0);
    assert_int_equal(close(clone.pipe[1]), 0);
    vc_psa_free(keys.psa);
}

/* From now on the kernel has no random bytes for this process. */
static bool refuse_randomness(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getrandom, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {VC_COUNT(code), code};

    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/* 0: nothing random came to be; otherwise what did, or 100. */
static int draw_without_kernel(void *user)
{
    static const uint8_t nothing[sizeof((struct vc_fixture_bytes){}.data)];

    if (!refuse_randomness())
        return 100;
    for (size_t i = 0; i < VC_COUNT(SOURCES); i++) {
        struct vc_fixture_bytes bytes = {};
        vc_psa_status status = SOURCES[i].draw(user, &bytes);

        /* a ciphertext may have been begun, but only with a vector that is none */
        if (status == PSA_SUCCESS || bytes.size != 0 ||
            (i == 0 && memcmp(bytes.data, nothing, sizeof(nothing)) != 0))
            return 1 + (int)i;
    }
    return 0;
}

/* fork() gives the clone another number, which a generator with a state might notice. Nothing goes
 * on here without the kernel, so there is no such state. */
static void test_no_randomness_is_kept(void **)
{
    struct keys keys = make_keys();
    struct drawn drawn = {};
    int last;

    assert_true(draw_all(&keys, &drawn));
    last = in_clone(draw_without_kernel, &keys);
    if (last != 0)
        fail_msg("without the kernel: %s", last < 100 ? SOURCES[last - 1].name : "no filter");
    vc_psa_free(keys.psa);
}

static void test_off(void **)
{
    struct keys keys = make_keys();

    keys.psa->options.randomness = false;
    for (size_t i = 0; i < VC_COUNT(SOURCES); i++) {
        struct vc_fixture_bytes bytes = {};
        vc_psa_status status = SOURCES[i].draw(&keys, &bytes);

        if (status != PSA_ERROR_NOT_PERMITTED)
            fail_msg("%s: %d", SOURCES[i].name, status);
        assert_int_equal(bytes.size, 0);
    }
    vc_psa_free(keys.psa);
}

/* All of the room and no more: each size leaves the byte behind it, and fills its last one soon. */
static void test_sizes(void **)
{
    struct vc_psa *psa = vc_fixture_service(true);
    uint8_t room[300];

    for (size_t size = 0; size < sizeof(room); size++) {
        struct vc_psa_call call = {.function = VC_PSA_generate_random,
                                   .outputs = {{.data = room, .room = size}}};
        bool filled = size == 0;

        for (size_t round = 0; round < 64 && !filled; round++) {
            memset(room, 0, sizeof(room));
            assert_int_equal(vc_fixture_ask(psa, &call), PSA_SUCCESS);
            assert_int_equal(call.outputs[0].size, size);
            assert_int_equal(room[size], 0);
            filled = room[size - 1] != 0;
        }
        assert_true(filled);
    }
    vc_psa_free(psa);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clones_differ),
        cmocka_unit_test(test_no_randomness_is_kept),
        cmocka_unit_test(test_off),
        cmocka_unit_test(test_sizes),
    };

    return cmocka_run_group_tests_name("psa-random", tests, nullptr, nullptr);
}
