/* SPDX-License-Identifier: MIT */

/* One computation by each kind of instruction that compilers emit when asked to, its value compared
 * with the plain one. The exit code is the first that differs. */

#include <stdint.h>
#include <string.h>
#include <wasm_simd128.h>

#define USES(feature) __attribute__((noinline, target(feature)))

USES("simd128") static int add_lanes(const int32_t *numbers)
{
    v128_t sum = wasm_i32x4_add(wasm_v128_load(numbers), wasm_v128_load(numbers + 4));
    v128_t turned = wasm_i32x4_shuffle(sum, sum, 2, 3, 0, 1);

    sum = wasm_i32x4_mul(wasm_i32x4_add(sum, turned), wasm_i32x4_splat(3));
    return wasm_i32x4_extract_lane(sum, 0) + wasm_i32x4_extract_lane(sum, 1);
}

USES("bulk-memory") static void move(char *to, const char *from, size_t size)
{
    memmove(to, from, size);
    memset(to + size, 'z', size);
}

USES("sign-ext") static int64_t extend(int32_t value)
{
    return (int64_t)(int8_t)value * 1000 + (int16_t)value;
}

USES("nontrapping-fptoint") static int32_t convert(double value)
{
    return (int32_t)value;
}

int main(int argc, char **argv)
{
    static int32_t numbers[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    static char text[5000] = "bulk";
    volatile double huge = 1e300;
    volatile int32_t bits = 0x1234f0ff;

    (void)argv;
    numbers[0] += argc;
    if (add_lanes(numbers) != 3 * (36 + argc))
        return 1;
    move(text + 100, text, 2000);
    if (memcmp(text + 100, "bulk", 5) != 0 || text[2099] != 0 || text[2100] != 'z')
        return 2;
    if (extend(bits) != -1000 + (int16_t)0xf0ff)
        return 3;
    if (convert(-3.9) != -3 || convert(huge) != INT32_MAX || convert(-huge) != INT32_MIN)
        return 4;
    return 42;
}
