/* SPDX-License-Identifier: MIT */

/* Sorting as qsort does it: elements of a size that it is told, an order that it is handed as a
 * function. Each comparison is an indirect call. The C libraries' own are different algorithms, so
 * it is a merge sort of its own; which of the orders is used is known only at run time (the number
 * of arguments decides), as a library would not know it. */

#include <string.h>

#include "kernel.h"

constexpr size_t COUNT = 4'000'000;
constexpr size_t RUN_MAX = 8; /* elements that are sorted by insertion */

struct record {
    uint64_t key;
    uint32_t group;
    uint32_t number;
};

typedef int compare_function(const void *one, const void *other);

static struct record records[COUNT];
static struct record room[COUNT];

static int compare_keys(const void *one, const void *other)
{
    const struct record *left = one;
    const struct record *right = other;

    return (left->key > right->key) - (left->key < right->key);
}

static int compare_groups(const void *one, const void *other)
{
    const struct record *left = one;
    const struct record *right = other;

    return (left->group > right->group) - (left->group < right->group);
}

static int compare_down(const void *one, const void *other)
{
    return compare_keys(other, one);
}

static void insert(uint8_t *items, size_t count, size_t size, compare_function *compare)
{
    uint8_t held[sizeof(struct record)];

    for (size_t i = 1; i < count; i++) {
        size_t place = i;

        memcpy(held, items + i * size, size);
        for (; place > 0 && compare(items + (place - 1) * size, held) > 0; place--)
            memcpy(items + place * size, items + (place - 1) * size, size);
        memcpy(items + place * size, held, size);
    }
}

/* Merges [0, middle) and [middle, count) of `items` by way of `spare`. */
static void merge(uint8_t *items, uint8_t *spare, size_t middle, size_t count,
                  compare_function *compare)
{
    constexpr size_t size = sizeof(struct record);
    size_t left = 0;
    size_t right = middle;

    memcpy(spare, items, middle * size);
    for (size_t to = 0; left < middle; to++) {
        if (right < count && compare(spare + left * size, items + right * size) > 0) {
            memcpy(items + to * size, items + right * size, size);
            right++;
        } else {
            memcpy(items + to * size, spare + left * size, size);
            left++;
        }
    }
}

static void sort(uint8_t *items, uint8_t *spare, size_t count,
                 compare_function *compare) /* NOLINT(misc-no-recursion) */
{
    constexpr size_t size = sizeof(struct record);

    if (count <= RUN_MAX) {
        insert(items, count, size, compare);
        return;
    }
    size_t middle = count / 2;

    sort(items, spare, middle, compare);
    sort(items + middle * size, spare, count - middle, compare);
    merge(items, spare, middle, count, compare);
}

int main(int argc, char **argv)
{
    static compare_function *const orders[] = {compare_groups, compare_keys, compare_down};
    uint64_t seed = 1;

    (void)argv;
    if (argc < 0 || (size_t)argc >= sizeof orders / sizeof orders[0])
        return EXIT_FAILURE;
    for (size_t i = 0; i < COUNT; i++) {
        records[i].key = kernel_random(&seed) >> 20;
        records[i].group = (uint32_t)(records[i].key % 100);
        records[i].number = (uint32_t)i;
    }
    sort((uint8_t *)records, (uint8_t *)room, COUNT, orders[argc]);
    return kernel_end(records, sizeof records);
}
