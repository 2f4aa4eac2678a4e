/* SPDX-License-Identifier: MIT */

/* F3: sources of randomness that are broken, and the kernel's. E11: no byte comes from memory that
 * a clone of the machine has, too. */

#include "crypto/random.h"

#include <errno.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "crypto/ecdsa.h"
#include "crypto/key.h"

static constexpr size_t BYTES_OF_A_DRAW = 512; /* of the check's */

/* What one source gives: byte `index` since its start, or since this draw's. */
struct tap {
    uint8_t (*byte)(uint64_t index);
    bool starts_again; /* at each draw */
    uint64_t given;
};

static uint8_t zero(uint64_t)
{
    return 0;
}

static uint8_t ones(uint64_t)
{
    return 0xff;
}

static uint8_t alternating(uint64_t index)
{
    return index % 2 == 0 ? 0x55 : 0xaa;
}

static uint8_t counting(uint64_t index)
{
    return (uint8_t)index;
}

/* splitmix64 of the index: as good as random to any such test. */
static uint8_t mixed(uint64_t index)
{
    uint64_t mix = (index + 1) * 0x9e3779b97f4a7c15;

    mix = (mix ^ (mix >> 30)) * 0xbf58476d1ce4e5b9;
    mix = (mix ^ (mix >> 27)) * 0x94d049bb133111eb;
    return (uint8_t)((mix ^ (mix >> 31)) >> 13);
}

static uint8_t period_three(uint64_t index)
{
    return mixed(index % 3);
}

static uint8_t period_of_256(uint64_t index)
{
    return mixed(index % 256);
}

/* A 64-bit number that goes up by one */
static uint8_t wide_counter(uint64_t index)
{
    return (uint8_t)((index / 8) >> (8 * (index % 8)));
}

static uint8_t stuck_in_the_middle(uint64_t index)
{
    return index >= 600 && index < 606 ? 0x5a : mixed(index);
}

static uint8_t letters(uint64_t index)
{
    return 'a' + mixed(index) % 16;
}

static uint8_t few_ones(uint64_t index)
{
    return mixed(index) & mixed(index + (1 << 20));
}

static ssize_t fill(void *user, uint8_t *bytes, size_t size)
{
    struct tap *tap = user;

    if (tap->starts_again)
        tap->given = 0;
    for (size_t i = 0; i < size; i++)
        bytes[i] = tap->byte(tap->given++);
    return (ssize_t)size;
}

static const struct row {
    const char *name;
    uint8_t (*byte)(uint64_t index);
    bool starts_again;
    enum vc_code code;
} ROWS[] = {
    {"zeros", zero, false, VC_UNTRUSTED},
    {"ones", ones, false, VC_UNTRUSTED},
    {"two bytes in turn", alternating, false, VC_UNTRUSTED},
    {"a counter of bytes", counting, false, VC_UNTRUSTED},
    {"three bytes in turn", period_three, false, VC_UNTRUSTED},
    {"256 bytes in turn", period_of_256, false, VC_UNTRUSTED},
    {"a counter of words", wide_counter, false, VC_UNTRUSTED},
    {"six times the same byte", stuck_in_the_middle, false, VC_UNTRUSTED},
    {"the same at each draw", mixed, true, VC_UNTRUSTED},
    {"a quarter of the bits set", few_ones, false, VC_UNTRUSTED},
    {"letters", letters, false, VC_OK}, /* all tests have their limits */
    {"as random", mixed, false, VC_OK},
};

static void test_rows(void **)
{
    for (size_t i = 0; i < VC_COUNT(ROWS); i++) {
        struct tap tap = {.byte = ROWS[i].byte, .starts_again = ROWS[i].starts_again};
        struct vc_random_source source = {fill, &tap};
        struct vc_err err = {};
        enum vc_code code = vc_random_check(&source, &err);

        if (code != ROWS[i].code)
            fail_msg("%s: %s %s", ROWS[i].name, vc_code_name(code), err.text);
        if (code != VC_OK)
            assert_string_equal(err.text, "random source: what it gives is not random");
    }
}

/* F1: what a kernel may answer beside bytes. */
struct moody {
    ssize_t answer; /* at every other call: so many bytes, or this and none */
    int error;
    bool always;
    unsigned calls;
    struct tap tap;
};

static ssize_t fill_moodily(void *user, uint8_t *bytes, size_t size)
{
    struct moody *moody = user;

    errno = moody->error;
    if (moody->always || moody->calls++ % 2 == 0) {
        size_t answer = (size_t)moody->answer;

        if (moody->answer <= 0 || answer > BYTES_OF_A_DRAW)
            return moody->answer;
        return fill(&moody->tap, bytes, answer < size ? answer : size);
    }
    return fill(&moody->tap, bytes, size > 7 ? 7 : size);
}

static const struct mood {
    const char *name;
    ssize_t answer;
    int error;
    bool always;
    enum vc_code code;
} MOODS[] = {
    {"a byte at a time", 1, 0, true, VC_OK},
    {"short", 3, 0, false, VC_OK},
    {"interrupted each time", -1, EINTR, false, VC_OK},
    {"interrupted for ever", -1, EINTR, true, VC_HOST},
    {"nothing each time", 0, 0, false, VC_OK},
    {"nothing for ever", 0, 0, true, VC_HOST},
    {"no such call", -1, ENOSYS, true, VC_HOST},
    {"a fault in between", -1, EFAULT, false, VC_HOST},
    {"beyond all measure", SSIZE_MAX, 0, true, VC_HOST},
    {"a byte too much", 513, 0, true, VC_HOST},
    {"a negative count", -SSIZE_MAX, ENOMEM, true, VC_HOST},
};

static void test_moods(void **)
{
    for (size_t i = 0; i < VC_COUNT(MOODS); i++) {
        struct moody moody = {.answer = MOODS[i].answer,
                              .error = MOODS[i].error,
                              .always = MOODS[i].always,
                              .tap.byte = mixed};
        struct vc_random_source source = {fill_moodily, &moody};
        struct vc_err err = {};
        enum vc_code code = vc_random_check(&source, &err);

        if (code != MOODS[i].code)
            fail_msg("%s: %s %s", MOODS[i].name, vc_code_name(code), err.text);
    }
}

static void test_kernel(void **)
{
    struct vc_err err = {};

    for (int i = 0; i < 100; i++) {
        if (vc_random_check(&vc_random_kernel, &err) != VC_OK)
            fail_msg("%s", err.text);
    }
}

/* Runs `part` in a clone of this process's memory; its result is the status of exit. */
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

struct draws {
    uint8_t random[32];
    uint8_t signature[64]; /* of the same bytes by the same key: another nonce, or all is lost */
    uint8_t point[65];     /* of a new key */
};

static bool draw_all(struct vc_ecdsa *key, struct draws *draws)
{
    static const uint8_t digest[32] = {1};
    vc_cleanup(vc_key_freep) struct vc_key *fresh = nullptr;

    return vc_random(draws->random, sizeof(draws->random), nullptr) == VC_OK &&
           vc_ecdsa_sign(key, VC_BYTES(digest), draws->signature, nullptr) == VC_OK &&
           vc_key_new(&fresh, nullptr) == VC_OK &&
           vc_key_point(fresh, draws->point, nullptr) == VC_OK;
}

struct clone {
    struct vc_ecdsa *key;
    int pipe[2];
};

static int draw_in_clone(void *user)
{
    const struct clone *clone = user;
    struct draws draws = {};

    return draw_all(clone->key, &draws) &&
                   write(clone->pipe[1], &draws, sizeof(draws)) == (ssize_t)sizeof(draws)
               ? 0
               : 1;
}

static struct vc_ecdsa *some_key(void)
{
    static const uint8_t value[32] = {[31] = 7};
    struct vc_ecdsa *key = nullptr;

    assert_int_equal(vc_ecdsa_new_private(VC_CURVE_P256, VC_BYTES(value), &key, nullptr), VC_OK);
    return key;
}

/* fork() is such a clone but for the process's number. A library that notices the number would pass
 * this; the test after it does not let that count. */
static void test_clones_differ(void **)
{
    vc_cleanup(vc_ecdsa_freep) struct vc_ecdsa *key = some_key();
    struct clone clone = {.key = key};
    struct draws draws[4] = {};

    assert_true(draw_all(key, &draws[0])); /* whatever keeps state has some now */
    assert_int_equal(pipe(clone.pipe), 0);
    for (size_t i = 1; i < 3; i++) {
        assert_int_equal(in_clone(draw_in_clone, &clone), 0);
        assert_int_equal(read(clone.pipe[0], &draws[i], sizeof(draws[i])), sizeof(draws[i]));
    }
    assert_true(draw_all(key, &draws[3]));
    for (size_t i = 0; i < VC_COUNT(draws); i++) {
        for (size_t j = i + 1; j < VC_COUNT(draws); j++) {
            assert_memory_not_equal(draws[i].random, draws[j].random, sizeof(draws[i].random));
            assert_memory_not_equal(draws[i].signature, draws[j].signature, 32);
            assert_memory_not_equal(draws[i].point, draws[j].point, sizeof(draws[i].point));
        }
    }
    assert_int_equal(close(clone.pipe[0]), 0);
    assert_int_equal(close(clone.pipe[1]), 0);
}

/* From now on the kernel has no random bytes for this process. */
static bool refuse_randomness(void)
{
    static const struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getrandom, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_filter copy[VC_COUNT(code)];
    const struct sock_fprog program = {VC_COUNT(copy), copy};

    memcpy(copy, code, sizeof(copy));
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/* 0: nothing random came to be. */
static int draw_without_kernel(void *user)
{
    static const uint8_t digest[32] = {1};
    struct draws draws = {}, empty = {};
    struct vc_key *fresh = nullptr;

    if (!refuse_randomness())
        return 1;
    if (vc_random(draws.random, sizeof(draws.random), nullptr) != VC_HOST)
        return 2;
    if (vc_ecdsa_sign(user, VC_BYTES(digest), draws.signature, nullptr) == VC_OK)
        return 3;
    if (vc_key_new(&fresh, nullptr) == VC_OK)
        return 4;
    return memcmp(&draws, &empty, sizeof(draws)) == 0 ? 0 : 5;
}

/* All of it comes from the kernel, at that moment: with a generator of its own that has been seeded
 * the library would go on for long without it. */
static void test_no_randomness_is_kept(void **)
{
    vc_cleanup(vc_ecdsa_freep) struct vc_ecdsa *key = some_key();
    struct draws draws = {};

    assert_true(draw_all(key, &draws));
    assert_int_equal(in_clone(draw_without_kernel, key), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_moods),
        cmocka_unit_test(test_kernel),
        cmocka_unit_test(test_clones_differ),
        cmocka_unit_test(test_no_randomness_is_kept),
    };

    return cmocka_run_group_tests_name("random", tests, nullptr, nullptr);
}
