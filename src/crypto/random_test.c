/* SPDX-License-Identifier: MIT */

/* F3: sources of randomness that are broken, and the kernel's. */

#include "crypto/random.h"

#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

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

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_moods),
        cmocka_unit_test(test_kernel),
    };

    return cmocka_run_group_tests_name("random", tests, nullptr, nullptr);
}
