/* SPDX-License-Identifier: MIT */

#include "policy/force_places.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* A set of subjects. In reduced places it is never empty. */
struct row {
    struct row *next; /* in the order of slots, files before directories */
    unsigned slot;
    bool tree; /* the directory and all below it */
    uint64_t words[];
};

struct vc_place_node {
    struct vc_place_node **children; /* in the order of their names */
    uint32_t child_count, child_room;
    struct row *rows;
    uint8_t name_size;
    char name[]; /* "" for the root */
};

unsigned vc_place_slot_of(enum vc_right right)
{
    return (unsigned)__builtin_ctz((unsigned)right);
}

/* -------------------------------------------------------------------------------------- nodes */

/* The next name of a canonical path, without its slash; empty at the end. */
static struct vc_bytes next_name(const char **path)
{
    const char *name = *path + (**path == '/');
    const char *end = strchrnul(name, '/');

    *path = end;
    return (struct vc_bytes){(const uint8_t *)name, (size_t)(end - name)};
}

static int compare(struct vc_bytes name, const struct vc_place_node *node)
{
    size_t size = name.size < node->name_size ? name.size : node->name_size;
    int order = memcmp(name.data, node->name, size);

    return order != 0 ? order : (name.size > node->name_size) - (name.size < node->name_size);
}

/* Where the child of this name is, or would be. */
static bool find_child(const struct vc_place_node *node, struct vc_bytes name, size_t *index)
{
    size_t low = 0;
    size_t high = node->child_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare(name, node->children[middle]);

        if (order == 0) {
            *index = middle;
            return true;
        }
        if (order > 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *index = low;
    return false;
}

static struct vc_bytes name_of(const struct vc_place_node *node)
{
    return (struct vc_bytes){(const uint8_t *)node->name, node->name_size};
}

static struct vc_place_node *child_like(const struct vc_place_node *node,
                                        const struct vc_place_node *child)
{
    size_t index;

    return node != nullptr && find_child(node, name_of(child), &index) ? node->children[index]
                                                                       : nullptr;
}

static bool node_new(struct vc_bytes name, struct vc_place_node **node)
{
    struct vc_place_node *made = calloc(1, sizeof(*made) + name.size + 1);

    if (made == nullptr)
        return false;
    made->name_size = (uint8_t)name.size;
    memcpy(made->name, name.data, name.size);
    *node = made;
    return true;
}

static void node_free(struct vc_place_node *node)
{
    if (node == nullptr)
        return;
    for (size_t i = 0; i < node->child_count; i++)
        node_free(node->children[i]);
    while (node->rows != nullptr) {
        struct row *next = node->rows->next;

        free(node->rows);
        node->rows = next;
    }
    free((void *)node->children);
    free(node);
}

static bool reserve_children(struct vc_place_node *node, size_t more)
{
    size_t wanted = node->child_count + more;
    size_t room = wanted > 2 * (size_t)node->child_room ? wanted : 2 * (size_t)node->child_room;
    struct vc_place_node **grown;

    if (wanted <= node->child_room)
        return true;
    grown = (struct vc_place_node **)reallocarray((void *)node->children, room,
                                                  sizeof(*node->children));
    if (grown == nullptr)
        return false;
    node->children = grown;
    node->child_room = (uint32_t)room;
    return true;
}

/* There is room. */
static void insert_child(struct vc_place_node *node, size_t index, struct vc_place_node *child)
{
    assert(node->child_count < node->child_room);
    memmove((void *)&node->children[index + 1], (void *)&node->children[index],
            (node->child_count - index) * sizeof(*node->children));
    node->children[index] = child;
    node->child_count++;
}

/* --------------------------------------------------------------------------------------- rows */

static int row_order(unsigned slot, bool tree, const struct row *row)
{
    unsigned left = slot * 2 + tree;
    unsigned right = row->slot * 2 + row->tree;

    return (left > right) - (left < right);
}

/* Where the row is linked, or would be. */
static struct row **row_link(struct vc_place_node *node, unsigned slot, bool tree)
{
    struct row **link = &node->rows;

    while (*link != nullptr && row_order(slot, tree, *link) > 0)
        link = &(*link)->next;
    return link;
}

static const struct row *row_find(const struct vc_place_node *node, unsigned slot, bool tree)
{
    for (const struct row *row = node == nullptr ? nullptr : node->rows; row != nullptr;
         row = row->next) {
        if (row->slot == slot && row->tree == tree)
            return row;
    }
    return nullptr;
}

static bool row_has(const struct row *row, size_t subject)
{
    return row != nullptr && (row->words[subject / 64] >> subject % 64 & 1) != 0;
}

static bool row_empty(const struct row *row, size_t word_count)
{
    for (size_t i = 0; i < word_count; i++) {
        if (row->words[i] != 0)
            return false;
    }
    return true;
}

static void drop_empty_rows(struct vc_place_node *node, size_t word_count)
{
    struct row **link = &node->rows;

    while (*link != nullptr) {
        struct row *row = *link;

        if (row_empty(row, word_count)) {
            *link = row->next;
            free(row);
        } else {
            link = &row->next;
        }
    }
}

/* -------------------------------------------------------------------------------------- asking */

void vc_places_done(struct vc_places *places)
{
    node_free(places->root);
    *places = (struct vc_places){.word_count = places->word_count};
}

bool vc_places_empty(const struct vc_places *places)
{
    return places->count == 0;
}

/* The next node on the way to the rest of the path. */
static const struct vc_place_node *step(const struct vc_place_node *node, const char **path)
{
    struct vc_bytes name = next_name(path);
    size_t index;

    return find_child(node, name, &index) ? node->children[index] : nullptr;
}

static bool is_end(const char *path)
{
    return path[0] == '\0' || (path[0] == '/' && path[1] == '\0');
}

bool vc_places_have(const struct vc_places *places, const char *path, unsigned slot, size_t subject)
{
    const struct vc_place_node *node = places->root;

    for (; node != nullptr; node = step(node, &path)) {
        if (row_has(row_find(node, slot, true), subject))
            return true;
        if (is_end(path))
            return row_has(row_find(node, slot, false), subject);
    }
    return false;
}

bool vc_places_have_some(const struct vc_places *places, const char *path, unsigned slot)
{
    const struct vc_place_node *node = places->root;

    for (; node != nullptr; node = step(node, &path)) {
        if (row_find(node, slot, true) != nullptr)
            return true;
        if (is_end(path))
            return row_find(node, slot, false) != nullptr;
    }
    return false;
}

/* -------------------------------------------------------------------------------------- adding */

static enum vc_code add_node(struct vc_places *places, struct vc_place_node *parent,
                             struct vc_bytes name, struct vc_place_node **node, struct vc_err *err)
{
    size_t index = 0;

    if (parent != nullptr && find_child(parent, name, &index)) {
        *node = parent->children[index];
        return VC_OK;
    }
    if (places->name_count == VC_PLACES_NAMES_MAX)
        return vc_fail(err, VC_LIMIT, "narrowing: more than %zu names in paths",
                       VC_PLACES_NAMES_MAX);
    if ((parent != nullptr && !reserve_children(parent, 1)) || !node_new(name, node))
        return vc_fail_memory(err);
    if (parent != nullptr)
        insert_child(parent, index, *node);
    places->name_count++;
    return VC_OK;
}

static enum vc_code make_node(struct vc_places *places, const char *path,
                              struct vc_place_node **node, struct vc_err *err)
{
    enum vc_code code = VC_OK;

    if (places->root == nullptr) {
        code = add_node(places, nullptr, (struct vc_bytes){(const uint8_t *)"", 0}, &places->root,
                        err);
    }
    *node = places->root;
    while (code == VC_OK && !is_end(path)) {
        struct vc_bytes name = next_name(&path);

        code = add_node(places, *node, name, node, err);
    }
    return code;
}

enum vc_code vc_places_add(struct vc_places *places, struct vc_spot spot, unsigned slot,
                           size_t subject, struct vc_err *err)
{
    struct vc_place_node *node = nullptr;
    enum vc_code code = make_node(places, spot.path, &node, err);
    struct row **link;

    if (code != VC_OK)
        return code;
    link = row_link(node, slot, spot.tree);
    if (*link == nullptr || row_order(slot, spot.tree, *link) != 0) {
        struct row *row = calloc(1, sizeof(*row) + places->word_count * sizeof(*row->words));

        if (row == nullptr)
            return vc_fail_memory(err);
        row->next = *link;
        row->slot = slot;
        row->tree = spot.tree;
        places->count += node->rows == nullptr;
        *link = row;
    }
    (*link)->words[subject / 64] |= UINT64_C(1) << subject % 64;
    return VC_OK;
}

/* ------------------------------------------------------------------------------------ covering */

/* Nodes above the one in hand, of whichever places. */
struct trail {
    const struct vc_place_node *node; /* or null */
    const struct trail *up;
};

/* A word of all who have lost what the row says, by a directory above it. */
static uint64_t covered_above(const struct trail *trail, const struct row *row, size_t word)
{
    uint64_t covered = 0;

    for (; trail != nullptr; trail = trail->up) {
        const struct row *above = row_find(trail->node, row->slot, true);

        covered |= above == nullptr ? 0 : above->words[word];
    }
    return covered;
}

/* The same, by what stands at the same place. */
static uint64_t covered_at(const struct vc_place_node *node, const struct row *row, size_t word)
{
    const struct row *tree = row_find(node, row->slot, true);
    const struct row *file = row->tree ? nullptr : row_find(node, row->slot, false);
    uint64_t covered = tree == nullptr || tree == row ? 0 : tree->words[word];

    return covered | (file == nullptr || file == row ? 0 : file->words[word]);
}

/* Takes out what stands in `others` (which may be null), or in a directory of one of them. */
static void reduce_rows(struct vc_place_node *node, const struct vc_place_node *others,
                        const struct trail *trail, size_t word_count)
{
    for (struct row *row = node->rows; row != nullptr; row = row->next) {
        for (size_t i = 0; i < word_count; i++) {
            row->words[i] &= ~(covered_above(trail, row, i) | covered_at(others, row, i) |
                               covered_at(node, row, i));
        }
    }
}

/* Frees what has become empty; false: the node has. */
static bool prune(struct vc_places *places, struct vc_place_node *node)
{
    bool had = node->rows != nullptr;
    uint32_t kept = 0;

    drop_empty_rows(node, places->word_count);
    places->count -= had && node->rows == nullptr;
    for (uint32_t i = 0; i < node->child_count; i++) {
        if (prune(places, node->children[i])) {
            node->children[kept++] = node->children[i];
        } else {
            node_free(node->children[i]);
            places->name_count--;
        }
    }
    node->child_count = kept;
    return kept > 0 || node->rows != nullptr;
}

static void reduce(struct vc_place_node *node, const struct vc_place_node *others,
                   const struct trail *trail, size_t word_count)
{
    const struct trail with_others = {others, trail};
    const struct trail with_both = {node, &with_others};

    reduce_rows(node, others, trail, word_count);
    for (size_t i = 0; i < node->child_count; i++) {
        reduce(node->children[i], child_like(others, node->children[i]), &with_both, word_count);
    }
}

static void prune_all(struct vc_places *places)
{
    if (places->root != nullptr && !prune(places, places->root))
        vc_places_done(places);
}

void vc_places_reduce(struct vc_places *places, const struct vc_places *others)
{
    if (places->root != nullptr)
        reduce(places->root, others->root, nullptr, places->word_count);
    prune_all(places);
}

static bool rows_within(const struct vc_place_node *node, const struct vc_place_node *others,
                        const struct trail *trail, size_t word_count)
{
    for (const struct row *row = node->rows; row != nullptr; row = row->next) {
        for (size_t i = 0; i < word_count; i++) {
            if ((row->words[i] & ~(covered_above(trail, row, i) | covered_at(others, row, i))) != 0)
                return false;
        }
    }
    return true;
}

static bool within(const struct vc_place_node *node, const struct vc_place_node *others,
                   const struct trail *trail, size_t word_count)
{
    const struct trail below = {others, trail};

    if (!rows_within(node, others, trail, word_count))
        return false;
    for (size_t i = 0; i < node->child_count; i++) {
        if (!within(node->children[i], child_like(others, node->children[i]), &below, word_count))
            return false;
    }
    return true;
}

bool vc_places_within(const struct vc_places *places, const struct vc_places *others)
{
    return places->root == nullptr ||
           within(places->root, others->root, nullptr, places->word_count);
}

/* ------------------------------------------------------------------------------------- joining */

/* Places of `more` that are none of `node` yet. */
static size_t count_new(const struct vc_place_node *more, const struct vc_place_node *node)
{
    size_t count = more->rows != nullptr && (node == nullptr || node->rows == nullptr);

    for (size_t i = 0; i < more->child_count; i++)
        count += count_new(more->children[i], child_like(node, more->children[i]));
    return count;
}

/* Places of `node` that `more` leaves nothing of. */
static size_t count_emptied(const struct vc_place_node *node, const struct vc_place_node *more,
                            const struct trail *trail, size_t word_count)
{
    const struct trail below = {more, trail};
    size_t count = node->rows != nullptr && (more == nullptr || more->rows == nullptr) &&
                   rows_within(node, more, trail, word_count);

    for (size_t i = 0; i < node->child_count; i++) {
        count += count_emptied(node->children[i], child_like(more, node->children[i]), &below,
                               word_count);
    }
    return count;
}

static enum vc_code check_room(const struct vc_places *places, const struct vc_places *more,
                               size_t count_max, struct vc_err *err)
{
    size_t count = places->count + count_new(more->root, places->root);

    if (count > count_max && places->root != nullptr)
        count -= count_emptied(places->root, more->root, nullptr, places->word_count);
    if (count > count_max)
        return vc_fail(err, VC_LIMIT, "narrowing: more than %zu places", count_max);
    if (places->name_count + more->name_count > VC_PLACES_NAMES_EACH * count_max) {
        return vc_fail(err, VC_LIMIT, "narrowing: more than %zu names in paths",
                       VC_PLACES_NAMES_EACH * count_max);
    }
    return VC_OK;
}

static bool reserve_all(struct vc_place_node *node, const struct vc_place_node *more)
{
    if (!reserve_children(node, more->child_count))
        return false;
    for (size_t i = 0; i < more->child_count; i++) {
        struct vc_place_node *child = child_like(node, more->children[i]);

        if (child != nullptr && !reserve_all(child, more->children[i]))
            return false;
    }
    return true;
}

/* Takes out of all below the node what its new row, of a directory, says. */
static void strip(struct vc_place_node *node, const struct row *by, size_t word_count)
{
    for (size_t i = 0; i < node->child_count; i++) {
        struct vc_place_node *child = node->children[i];

        for (struct row *row = child->rows; row != nullptr; row = row->next) {
            for (size_t k = 0; row->slot == by->slot && k < word_count; k++)
                row->words[k] &= ~by->words[k];
        }
        strip(child, by, word_count);
    }
}

/* The same at the node itself: a file there is in the directory. */
static void strip_file(struct vc_place_node *node, const struct row *by, size_t word_count)
{
    struct row **link = row_link(node, by->slot, false);

    if (*link == nullptr || row_order(by->slot, false, *link) != 0)
        return;
    for (size_t i = 0; i < word_count; i++)
        (*link)->words[i] &= ~by->words[i];
}

static void join_row(struct vc_place_node *node, struct row *row, size_t word_count)
{
    struct row **link = row_link(node, row->slot, row->tree);

    if (*link == nullptr || row_order(row->slot, row->tree, *link) != 0) {
        row->next = *link;
        *link = row;
        return;
    }
    for (size_t i = 0; i < word_count; i++)
        (*link)->words[i] |= row->words[i];
    free(row);
}

/* True: something that was there may have become empty. */
static bool join_rows(struct vc_place_node *node, struct vc_place_node *more, size_t word_count)
{
    bool stripped = false;

    while (more->rows != nullptr) {
        struct row *row = more->rows;

        more->rows = row->next;
        if (row->tree) {
            strip(node, row, word_count);
            strip_file(node, row, word_count);
            stripped = true;
        }
        join_row(node, row, word_count);
    }
    return stripped;
}

static void count_nodes(struct vc_places *places, const struct vc_place_node *node)
{
    places->name_count++;
    places->count += node->rows != nullptr;
    for (size_t i = 0; i < node->child_count; i++)
        count_nodes(places, node->children[i]);
}

/* Cannot fail any more: there is room. Frees `more`. */
static void join(struct vc_places *places, struct vc_place_node *node, struct vc_place_node *more)
{
    bool had = node->rows != nullptr;
    bool stripped = join_rows(node, more, places->word_count);

    places->count += !had && node->rows != nullptr;
    for (size_t i = 0; i < more->child_count; i++) {
        struct vc_place_node *child = more->children[i];
        size_t index;

        if (find_child(node, name_of(child), &index)) {
            join(places, node->children[index], child);
        } else {
            insert_child(node, index, child);
            count_nodes(places, child);
        }
    }
    more->child_count = 0;
    node_free(more);
    if (stripped)
        (void)prune(places, node);
}

enum vc_code vc_places_join(struct vc_places *places, struct vc_places *more, size_t count_max,
                            struct vc_err *err)
{
    enum vc_code code;

    if (more->root == nullptr)
        return VC_OK;
    code = check_room(places, more, count_max, err);
    if (code != VC_OK)
        return code;
    if (places->root == nullptr) {
        *places = *more;
        *more = (struct vc_places){.word_count = more->word_count};
        return VC_OK;
    }
    if (!reserve_all(places->root, more->root))
        return vc_fail_memory(err);
    join(places, places->root, vc_take(more->root));
    *more = (struct vc_places){.word_count = more->word_count};
    return VC_OK;
}

/* ------------------------------------------------------------------------------------- hashing */

/* A place's path under construction: "" is the root. */
struct path {
    char text[VC_PATH_MAX];
    size_t size;
};

/* Each row: the path and a NUL, what is taken, and the set, lowest word and byte first. */
static void hash_row(const struct row *row, const struct path *path, size_t word_count,
                     struct vc_sha256_stream *stream)
{
    const uint8_t head[] = {0, (uint8_t)row->slot, row->tree};
    const char *text = path->size == 0 ? "/" : path->text;

    vc_sha256_stream_add(
        stream, (struct vc_bytes){(const uint8_t *)text, path->size == 0 ? 1 : path->size});
    vc_sha256_stream_add(stream, VC_BYTES(head));
    for (size_t i = 0; i < word_count; i++) {
        uint8_t bytes[8];

        for (size_t k = 0; k < sizeof(bytes); k++)
            bytes[k] = (uint8_t)(row->words[i] >> 8 * k);
        vc_sha256_stream_add(stream, VC_BYTES(bytes));
    }
}

static void hash_node(const struct vc_place_node *node, struct path *path, size_t word_count,
                      struct vc_sha256_stream *stream)
{
    for (const struct row *row = node->rows; row != nullptr; row = row->next)
        hash_row(row, path, word_count, stream);
    for (size_t i = 0; i < node->child_count; i++) {
        const struct vc_place_node *child = node->children[i];
        size_t size = path->size;

        path->text[path->size++] = '/';
        memcpy(path->text + path->size, child->name, child->name_size);
        path->size += child->name_size;
        hash_node(child, path, word_count, stream);
        path->size = size;
    }
}

void vc_places_hash(const struct vc_places *places, struct vc_sha256_stream *stream)
{
    struct path path = {};

    if (places->root != nullptr)
        hash_node(places->root, &path, places->word_count, stream);
}
