/* SPDX-License-Identifier: MIT */

#include "policy/path_list.h"

#include <stdlib.h>
#include <string.h>

#include "base/path.h"

static int compare_entries(const void *a, const void *b)
{
    const struct vc_path_entry *left = a;
    const struct vc_path_entry *right = b;
    int order = strcmp(left->path, right->path);

    return order != 0 ? order : (left->value > right->value) - (left->value < right->value);
}

void vc_path_list_sort(struct vc_path_list list)
{
    if (list.count > 0)
        qsort(list.entries, list.count, sizeof(*list.entries), compare_entries);
}

/* Where these bytes stand beside a path: below 0 before it, 0 the same. */
static int compare(struct vc_bytes bytes, const char *path)
{
    int order = strncmp((const char *)bytes.data, path, bytes.size);

    return order != 0 ? order : path[bytes.size] == '\0' ? 0 : -1;
}

/* The first entry that does not stand before these bytes. */
static size_t lower_bound(struct vc_path_list list, struct vc_bytes bytes)
{
    size_t low = 0;
    size_t high = list.count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (compare(bytes, list.entries[middle].path) > 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

size_t vc_path_list_at(struct vc_path_list list, struct vc_bytes path, size_t *first)
{
    size_t next = lower_bound(list, path);

    *first = next;
    while (next < list.count && compare(path, list.entries[next].path) == 0)
        next++;
    return next - *first;
}

bool vc_path_list_below(struct vc_path_list list, const char *directory, size_t *first)
{
    char start[VC_PATH_MAX + 1]; /* what paths below it begin with */
    size_t size = strlen(directory);
    bool is_root = strcmp(directory, "/") == 0;

    memcpy(start, directory, size);
    if (!is_root)
        start[size++] = '/';
    *first = lower_bound(list, (struct vc_bytes){(const uint8_t *)start, size});
    while (is_root && *first < list.count && strcmp(list.entries[*first].path, "/") == 0)
        (*first)++;
    return *first < list.count && strncmp(list.entries[*first].path, start, size) == 0;
}

bool vc_path_step(const char *path, struct vc_bytes *place)
{
    const char *slash;

    if (place->size == 0) { /* the root is on every way */
        *place = (struct vc_bytes){(const uint8_t *)path, 1};
        return true;
    }
    if (path[place->size] == '\0')
        return false;
    slash = strchr(path + place->size + 1, '/');
    place->size = slash != nullptr ? (size_t)(slash - path) : strlen(path);
    return true;
}
