/* SPDX-License-Identifier: MIT */

/* Edit distance (optimal string alignment) between short words. */

#include "cli/nearest.h"

#include <string.h>

struct rows {
    size_t before[VC_NEAREST_LENGTH_MAX + 1]; /* two rows up */
    size_t above[VC_NEAREST_LENGTH_MAX + 1];
    size_t current[VC_NEAREST_LENGTH_MAX + 1];
};

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void fill_row(struct rows *rows, const char *a, const char *b, size_t i)
{
    size_t width = strlen(b);

    rows->current[0] = i;
    for (size_t j = 1; j <= width; j++) {
        bool same = a[i - 1] == b[j - 1];
        size_t cost = least(rows->above[j] + 1, rows->current[j - 1] + 1);

        cost = least(cost, rows->above[j - 1] + (same ? 0 : 1));
        if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
            cost = least(cost, rows->before[j - 2] + 1);
        rows->current[j] = cost;
    }
}

size_t vc_word_distance(const char *a, const char *b)
{
    struct rows rows = {};
    size_t height = strlen(a);
    size_t width = strlen(b);

    if (height > VC_NEAREST_LENGTH_MAX || width > VC_NEAREST_LENGTH_MAX)
        return SIZE_MAX;
    for (size_t j = 0; j <= width; j++)
        rows.current[j] = j;
    for (size_t i = 1; i <= height; i++) {
        memcpy(rows.before, rows.above, sizeof(rows.before));
        memcpy(rows.above, rows.current, sizeof(rows.above));
        fill_row(&rows, a, b, i);
    }
    return rows.current[width];
}

void vc_nearest_offer(const char *word, const char *candidate, const char **best, size_t *distance)
{
    size_t found = vc_word_distance(word, candidate);

    if (found > strlen(word) / 3 + 1 || found >= *distance)
        return;
    *best = candidate;
    *distance = found;
}
