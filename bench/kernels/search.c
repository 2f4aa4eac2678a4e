/* SPDX-License-Identifier: MIT */

/* Words in a long text: how often each stands in it, and where first and last. Horspool's way: the
 * last byte under the word says how far it may jump. */

#include <string.h>

#include "kernel.h"

constexpr size_t TEXT_SIZE = 48 << 20;

static const char *const words[] = {"ab",     "cade",      "abacad",    "edabac",
                                    "fabbed", "decadedab", "gabbedfad", "cabbagefaced"};
constexpr size_t WORD_COUNT = sizeof words / sizeof words[0];

struct found {
    uint64_t count;
    uint64_t first;
    uint64_t last;
};

static char text[TEXT_SIZE];

/* Letters that language-like repeat: a few of them, some much more often than others. */
static void fill(void)
{
    static const char letters[] = "aaaabbbccddeefg";
    uint64_t seed = 1;

    for (size_t i = 0; i < TEXT_SIZE; i++)
        text[i] = letters[(kernel_random(&seed) >> 33) % (sizeof letters - 1)];
}

static void search(const char *word, struct found *found)
{
    size_t size = strlen(word);
    size_t jumps[256];

    for (size_t i = 0; i < 256; i++)
        jumps[i] = size;
    for (size_t i = 0; i + 1 < size; i++)
        jumps[(uint8_t)word[i]] = size - 1 - i;
    for (size_t at = 0; at + size <= TEXT_SIZE; at += jumps[(uint8_t)text[at + size - 1]]) {
        size_t matching = size;

        while (matching > 0 && text[at + matching - 1] == word[matching - 1])
            matching--;
        if (matching > 0)
            continue;
        if (found->count++ == 0)
            found->first = at;
        found->last = at;
    }
}

int main(void)
{
    struct found found[WORD_COUNT] = {};

    fill();
    for (size_t i = 0; i < WORD_COUNT; i++)
        search(words[i], &found[i]);
    return kernel_end(found, sizeof found);
}
