/* SPDX-License-Identifier: MIT */

/* The real compiler: what it refuses, and how it ends on a module that takes long. Arguments: the
 * executable, and a module that is a program. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "worker/fake_runtime.h"

/* Where things are; set once by main, before any test. */
static const char *compiler_path;
static const char *program_path;

static void test_compiler_refuses(void **state)
{
    static const uint8_t garbage[] = "\0asm\1\0\0\0\1\1";
    vc_cleanup(vc_fd_closep) int module = fake_sealed(VC_BYTES(garbage));
    vc_cleanup(vc_fd_closep) int native = -1;
    struct fake_end end;

    (void)state;
    fake_compile(compiler_path, module, 64, &native, &end);
    assert_true(end.said);
    assert_int_equal(end.end.reason, VC_END_REFUSED);
    assert_int_equal(lseek(native, 0, SEEK_END), 0);
}

/* No time is no order to do without limits. */
static void test_compiler_wants_time(void **state)
{
    static const struct vc_worker_compile orders[] = {{.memory_mib = 64, .best_seconds = 1},
                                                      {.memory_mib = 64, .quick_seconds = 1}};

    (void)state;
    for (size_t i = 0; i < VC_COUNT(orders); i++) {
        vc_cleanup(vc_buffer_done) struct vc_buffer wasm = {};
        vc_cleanup(vc_fd_closep) int native = -1;
        struct fake_end end;

        assert_int_equal(vc_file_load(program_path, 64 << 20, &wasm, nullptr), VC_OK);
        vc_cleanup(vc_fd_closep) int module = fake_sealed(vc_buffer_bytes(&wasm));

        fake_compile_by(compiler_path, module, orders[i], &native, &end);
        assert_true(end.said);
        assert_int_equal(end.end.reason, VC_END_FAILED);
        assert_string_equal(end.text, "compile: no time to do it in");
        assert_int_equal(lseek(native, 0, SEEK_END), 0);
    }
}

static void put(struct vc_buffer *buffer, const char *bytes, size_t size)
{
    assert_int_equal(
        vc_buffer_append(buffer, (struct vc_bytes){(const uint8_t *)bytes, size}, nullptr), VC_OK);
}

static void put_padded(struct vc_buffer *buffer, size_t value)
{
    char bytes[5];

    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (char)((value >> (7 * i) & 0x7f) | (i < 4 ? 0x80 : 0));
    put(buffer, bytes, sizeof(bytes));
}

/* A program of one function with this body. */
static void wrap_body(struct vc_bytes body, struct vc_buffer *wasm)
{
    static const char head[] = "\0asm\1\0\0\0"
                               "\x01\x04\x01\x60\x00\x00"
                               "\x03\x02\x01\x00"
                               "\x05\x03\x01\x00\x01"
                               "\x07\x13\x02\x06memory\x02\x00\x06_start\x00\x00\x0a";

    put(wasm, head, sizeof(head) - 1);
    put_padded(wasm, body.size + 6);
    put(wasm, "\x01", 1);
    put_padded(wasm, body.size);
    put(wasm, (const char *)body.data, body.size);
}

/* Loops within loops over the same hundred variables: five kilobytes that keep an optimiser busy
 * for a quarter of a minute. */
static void put_loops(struct vc_buffer *body)
{
    static constexpr int DEPTH = 300;

    put(body, "\x01\x64\x7f", 3);
    for (int i = 0; i < DEPTH; i++) {
        char loop[] = {0x03, 0x40, 0x20, (char)(i % 100), 0x41, 1, 0x6a, 0x21, (char)(i * 7 % 100)};

        put(body, loop, sizeof(loop));
    }
    for (int i = 0; i < DEPTH; i++) {
        char branch[] = {0x20, (char)(i * 3 % 100), 0x28, 2, 0, 0x0d, 0, 0x0b};

        put(body, branch, sizeof(branch));
    }
    put(body, "\x0b", 1);
}

/* So many loads and stores that even a compiler that does not optimise takes seconds. */
static void put_accesses(struct vc_buffer *body)
{
    static const char access[] = {0x20, 0, 0x20, 1, 0x28, 2, 0, 0x36, 2, 4};

    put(body, "\x01\x02\x7f", 3);
    for (int i = 0; i < 150000; i++)
        put(body, access, sizeof(access));
    put(body, "\x0b", 1);
}

static void compile_slow(void (*fill)(struct vc_buffer *body), uint32_t quick_seconds,
                         struct fake_end *end, int *native)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer body = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer wasm = {};
    struct vc_worker_compile order = {
        .memory_mib = 64, .best_seconds = 1, .quick_seconds = quick_seconds};

    fill(&body);
    wrap_body(vc_buffer_bytes(&body), &wasm);
    vc_cleanup(vc_fd_closep) int module = fake_sealed(vc_buffer_bytes(&wasm));

    fake_compile_by(compiler_path, module, order, native, end);
    assert_true(end->said);
}

static void test_slow_to_optimise(void **state)
{
    vc_cleanup(vc_fd_closep) int native = -1;
    struct fake_end end;

    (void)state;
    compile_slow(put_loops, 20, &end, &native);
    assert_int_equal(end.end.reason, VC_END_EXITED);
    assert_true(lseek(native, 0, SEEK_END) > 0);
}

static void test_slow_even_so(void **state)
{
    vc_cleanup(vc_fd_closep) int native = -1;
    struct fake_end end;

    (void)state;
    compile_slow(put_accesses, 1, &end, &native);
    assert_int_equal(end.end.reason, VC_END_REFUSED);
    assert_string_equal(end.text, "module: takes too long to compile");
    assert_int_equal(lseek(native, 0, SEEK_END), 0);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compiler_refuses),
        cmocka_unit_test(test_compiler_wants_time),
        cmocka_unit_test(test_slow_to_optimise),
        cmocka_unit_test(test_slow_even_so),
    };

    if (argc != 3)
        return 2;
    compiler_path = argv[1];
    program_path = argv[2];
    return cmocka_run_group_tests(tests, nullptr, nullptr);
}
