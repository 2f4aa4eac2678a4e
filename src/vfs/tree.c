/* SPDX-License-Identifier: MIT */

/* One node at a time: find, put, remove. */

#include "vfs/tree_internal.h"

#include <stdlib.h>
#include <string.h>

static constexpr size_t ENTRIES_FIRST = 16;
static constexpr uint64_t ROOT_INODE = 1;

static const struct vc_node root_node = {
    .path = "/", .kind = VC_NODE_IS_DIRECTORY, .inode = ROOT_INODE, .version = 0};

struct shared {
    unsigned references;
    char text[];
};

static struct shared *shared_of(const char *text)
{
    /* ours, and const for those who look */
    return (struct shared *)(uintptr_t)(text - offsetof(struct shared, text));
}

const char *vc_shared_new(const char *text)
{
    size_t size = strlen(text) + 1;
    struct shared *made = malloc(sizeof(*made) + size);

    if (made == nullptr)
        return nullptr;
    made->references = 1;
    memcpy(made->text, text, size);
    return made->text;
}

const char *vc_shared_ref(const char *text)
{
    if (text != nullptr)
        shared_of(text)->references++;
    return text;
}

void vc_shared_unref(const char *text)
{
    if (text != nullptr && --shared_of(text)->references == 0)
        free(shared_of(text));
}

enum vc_code vc_tree_new(const struct vc_tree_quota *quota, struct vc_tree **tree,
                         struct vc_err *err)
{
    struct vc_tree *made = calloc(1, sizeof(*made));

    if (made == nullptr)
        return vc_fail_memory(err);
    if (vc_ledger_new(&made->ledger, err) != VC_OK) {
        free(made);
        return VC_MEMORY;
    }
    made->quota = *quota;
    made->next_inode = ROOT_INODE + 1;
    made->next_serial = VC_TREE_SERIAL_FIRST;
    made->next_version = 1;
    *tree = made;
    return VC_OK;
}

void vc_tree_entry_free(struct vc_tree_entry *entry)
{
    vc_shared_unref(entry->node.path);
    vc_shared_unref(entry->node.target);
    vc_blob_unref(entry->node.blob);
    free(entry);
}

void vc_tree_forget(struct vc_tree *tree)
{
    for (size_t i = 0; i < tree->removed_count; i++)
        vc_shared_unref(tree->removed[i]);
    free(tree->removed);
    tree->removed = nullptr;
    tree->removed_count = 0;
    tree->removed_capacity = 0;
}

void vc_tree_free(struct vc_tree *tree)
{
    if (tree == nullptr)
        return;
    for (size_t i = 0; i < tree->count; i++)
        vc_tree_entry_free(tree->entries[i]);
    vc_tree_forget(tree);
    vc_ledger_unref(tree->ledger);
    free(tree->entries);
    free(tree);
}

void vc_tree_set_clock(struct vc_tree *tree, uint64_t (*now_ns)(void))
{
    tree->now_ns = now_ns;
}

uint64_t vc_tree_now(const struct vc_tree *tree)
{
    return tree->now_ns != nullptr ? tree->now_ns() : 0;
}

void vc_tree_set_origin(struct vc_tree *tree, uint64_t origin)
{
    tree->origin = origin;
}

static int rank(char byte)
{
    return byte == '/' ? 1 : (uint8_t)byte; /* no control character is in a path */
}

int vc_tree_order(const char *path, const char *other)
{
    while (*path != '\0' && *path == *other) {
        path++;
        other++;
    }
    return rank(*path) - rank(*other);
}

size_t vc_tree_position(const struct vc_tree *tree, const char *path, bool *found)
{
    size_t low = 0;
    size_t high = tree->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = vc_tree_order(tree->entries[middle]->node.path, path);

        if (order == 0) {
            *found = true;
            return middle;
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *found = false;
    return low;
}

size_t vc_tree_end(const struct vc_tree *tree, size_t first, const char *path)
{
    size_t low = first;
    size_t high = tree->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (vc_path_within(tree->entries[middle]->node.path, path)) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

struct vc_tree_entry *vc_tree_entry(const struct vc_tree *tree, const char *path)
{
    bool found;
    size_t at = vc_tree_position(tree, path, &found);

    return found ? tree->entries[at] : nullptr;
}

const struct vc_node *vc_tree_find(const struct vc_tree *tree, const char *path)
{
    const struct vc_tree_entry *entry;

    if (strcmp(path, "/") == 0)
        return &root_node;
    entry = vc_tree_entry(tree, path);
    return entry != nullptr ? &entry->node : nullptr;
}

uint64_t vc_tree_node_size(const struct vc_node *node)
{
    if (node->target != nullptr)
        return strlen(node->target);
    return node->blob != nullptr ? vc_blob_size(node->blob) : 0;
}

uint32_t vc_tree_depth(const char *path)
{
    uint32_t depth = 0;

    for (const char *slash = path; slash != nullptr && slash[1] != '\0';
         slash = strchr(slash + 1, '/'))
        depth++;
    return depth;
}

static enum vc_code check_depth(const struct vc_tree *tree, const char *path, struct vc_err *err)
{
    if (vc_tree_depth(path) > tree->quota.depth)
        return vc_fail(err, VC_LIMIT, "storage.depth: at most %u", tree->quota.depth);
    return VC_OK;
}

/* Directories above `path` that are missing; VC_STATE if something else is among them. */
static enum vc_code check_parents(const struct vc_tree *tree, const char *path, size_t *missing,
                                  struct vc_err *err)
{
    char parent[VC_PATH_MAX];

    *missing = 0;
    vc_path_parent(path, parent);
    while (strcmp(parent, "/") != 0) {
        const struct vc_node *node = vc_tree_find(tree, parent);

        if (node == nullptr) {
            ++*missing;
        } else if (node->kind != VC_NODE_IS_DIRECTORY) {
            return vc_fail(err, VC_STATE, "%s is not a directory", parent);
        } else {
            break; /* then those above it are there, too */
        }
        vc_path_parent(parent, parent);
    }
    return VC_OK;
}

enum vc_code vc_tree_check_count(const struct vc_tree *tree, size_t more, struct vc_err *err)
{
    size_t present = tree->count - tree->phantoms;

    if (more > tree->quota.files || present > tree->quota.files - more)
        return vc_fail(err, VC_LIMIT, "storage.files: at most %u", tree->quota.files);
    return VC_OK;
}

enum vc_code vc_tree_check_put(const struct vc_tree *tree, const char *path, uint64_t size,
                               struct vc_err *err)
{
    const struct vc_node *there = vc_tree_find(tree, path);
    uint64_t old = there != nullptr ? vc_tree_node_size(there) : 0;
    size_t missing;
    enum vc_code code = check_parents(tree, path, &missing, err);

    if (code == VC_OK)
        code = check_depth(tree, path, err);
    if (code != VC_OK)
        return code;
    if (there != nullptr && there->kind == VC_NODE_IS_DIRECTORY)
        return vc_fail(err, VC_STATE, "%s is a directory", path);
    if (there != nullptr && there->kind == VC_NODE_IS_STREAM)
        return vc_fail(err, VC_STATE, "%s is a stream", path);
    if (there != nullptr && there->kind == VC_NODE_IS_TOLD)
        return vc_fail(err, VC_STATE, "%s is no file of the tree", path);
    if (size > tree->quota.file_bytes) {
        return vc_fail(err, VC_LIMIT, "storage.file_bytes: at most %ju",
                       (uintmax_t)tree->quota.file_bytes);
    }
    if (size > tree->quota.bytes || tree->bytes - old > tree->quota.bytes - size)
        return vc_fail(err, VC_LIMIT, "storage.bytes: at most %ju", (uintmax_t)tree->quota.bytes);
    return vc_tree_check_count(tree, missing + (there == nullptr), err);
}

enum vc_code vc_tree_grow(struct vc_tree *tree, size_t more, struct vc_err *err)
{
    size_t capacity = tree->capacity > 0 ? tree->capacity : ENTRIES_FIRST;
    struct vc_tree_entry **grown;

    if (tree->count + more <= tree->capacity)
        return VC_OK;
    while (capacity < tree->count + more)
        capacity *= 2;
    grown = realloc(tree->entries, capacity * sizeof(*grown));
    if (grown == nullptr)
        return vc_fail_memory(err);
    tree->entries = grown;
    tree->capacity = capacity;
    return VC_OK;
}

enum vc_code vc_tree_grow_removed(struct vc_tree *tree, size_t more, struct vc_err *err)
{
    size_t capacity = tree->removed_capacity > 0 ? tree->removed_capacity : ENTRIES_FIRST;
    const char **grown;

    if (tree->removed_count + more <= tree->removed_capacity)
        return VC_OK;
    while (capacity < tree->removed_count + more)
        capacity *= 2;
    grown = realloc(tree->removed, capacity * sizeof(*grown));
    if (grown == nullptr)
        return vc_fail_memory(err);
    tree->removed = grown;
    tree->removed_capacity = capacity;
    return VC_OK;
}

void vc_tree_remember(struct vc_tree *tree, const struct vc_tree_entry *entry)
{
    if (!entry->node.made && !entry->phantom)
        tree->removed[tree->removed_count++] = vc_shared_ref(entry->node.path);
}

enum vc_code vc_tree_append(struct vc_tree *tree, const struct vc_node *node,
                            struct vc_tree_entry **entry, struct vc_err *err)
{
    struct vc_tree_entry *made = malloc(sizeof(*made));
    enum vc_code code = vc_tree_grow(tree, 1, err);

    if (made == nullptr)
        code = vc_fail_memory(err);
    if (code != VC_OK) {
        free(made);
        return code;
    }
    *made = (struct vc_tree_entry){.node = *node};
    (void)vc_shared_ref(node->path);
    (void)vc_shared_ref(node->target);
    (void)vc_blob_ref(node->blob);
    tree->entries[tree->count++] = made;
    tree->bytes += vc_tree_node_size(node);
    *entry = made;
    return VC_OK;
}

void vc_tree_touch_above(struct vc_tree *tree, const char *path)
{
    char parent[VC_PATH_MAX];
    struct vc_tree_entry *entry;

    tree->generation++;
    if (tree->now_ns == nullptr)
        return;
    vc_path_parent(path, parent);
    entry = vc_tree_entry(tree, parent);
    if (entry != nullptr)
        entry->node.times.modified_ns = entry->node.times.changed_ns = vc_tree_now(tree);
}

/* The node's path, target and blob are copied or counted; its numbers and times are given here. */
static enum vc_code insert(struct vc_tree *tree, const struct vc_node *node, struct vc_err *err)
{
    bool found;
    size_t at = vc_tree_position(tree, node->path, &found);
    uint64_t now = vc_tree_now(tree);
    const char *path = vc_shared_new(node->path);
    const char *target = node->target != nullptr ? vc_shared_new(node->target) : nullptr;
    struct vc_node made = {.path = path,
                           .kind = node->kind,
                           .made = true,
                           .blob = node->blob,
                           .target = target,
                           .times = {now, now, now}};
    struct vc_tree_entry *entry;
    enum vc_code code = VC_OK;

    if (path == nullptr || (node->target != nullptr && target == nullptr))
        code = vc_fail_memory(err);
    if (code == VC_OK)
        code = vc_tree_append(tree, &made, &entry, err);
    vc_shared_unref(path);
    vc_shared_unref(target);
    if (code != VC_OK)
        return code;
    entry->node.inode = node->inode != 0 ? node->inode : tree->next_inode++;
    entry->node.serial = tree->next_serial++;
    entry->node.version = tree->next_version++;
    entry->node.origin = tree->origin;
    entry->changed = true;
    memmove(&tree->entries[at + 1], &tree->entries[at],
            (tree->count - 1 - at) * sizeof(tree->entries[0]));
    tree->entries[at] = entry;
    if (node->blob != nullptr)
        vc_blob_charge(node->blob, tree->ledger);
    vc_tree_touch_above(tree, node->path);
    return VC_OK;
}

/* Makes the missing directories above `path`, topmost first; quotas were checked. */
static enum vc_code make_parents(struct vc_tree *tree, const char *path, struct vc_err *err)
{
    char parent[VC_PATH_MAX];

    for (const char *slash = strchr(path + 1, '/'); slash != nullptr;
         slash = strchr(slash + 1, '/')) {
        size_t length = (size_t)(slash - path);
        enum vc_code code;

        memcpy(parent, path, length);
        parent[length] = '\0';
        if (vc_tree_entry(tree, parent) != nullptr)
            continue;
        code = insert(tree, &(struct vc_node){.path = parent, .kind = VC_NODE_IS_DIRECTORY}, err);
        if (code != VC_OK)
            return code;
    }
    return VC_OK;
}

/* In the place of a file or link. What changes its kind is another thing, with another inode. */
static enum vc_code replace(struct vc_tree *tree, struct vc_tree_entry *entry,
                            const struct vc_node *node, struct vc_err *err)
{
    const char *target = node->target != nullptr ? vc_shared_new(node->target) : nullptr;

    if (node->target != nullptr && target == nullptr)
        return vc_fail_memory(err);
    if (entry->node.kind != node->kind)
        entry->node.inode = tree->next_inode++;
    tree->bytes -= vc_tree_node_size(&entry->node);
    vc_blob_unref(entry->node.blob);
    vc_shared_unref(entry->node.target);
    entry->node.kind = node->kind;
    entry->node.blob = vc_blob_ref(node->blob);
    entry->node.target = target;
    entry->node.version = tree->next_version++;
    entry->node.origin = tree->origin;
    entry->node.times.modified_ns = entry->node.times.changed_ns = vc_tree_now(tree);
    entry->changed = true;
    tree->bytes += vc_tree_node_size(&entry->node);
    tree->generation++;
    if (node->blob != nullptr)
        vc_blob_charge(node->blob, tree->ledger);
    return VC_OK;
}

static enum vc_code put(struct vc_tree *tree, const struct vc_node *node, struct vc_err *err)
{
    struct vc_tree_entry *there;
    enum vc_code code = vc_tree_check_put(tree, node->path, vc_tree_node_size(node), err);

    if (code == VC_OK)
        code = make_parents(tree, node->path, err);
    if (code != VC_OK)
        return code;
    there = vc_tree_entry(tree, node->path);
    return there == nullptr ? insert(tree, node, err) : replace(tree, there, node, err);
}

enum vc_code vc_tree_put(struct vc_tree *tree, const char *path, struct vc_blob *blob,
                         struct vc_err *err)
{
    return put(tree, &(struct vc_node){.path = path, .kind = VC_NODE_IS_FILE, .blob = blob}, err);
}

enum vc_code vc_tree_put_link(struct vc_tree *tree, const char *path, const char *target,
                              struct vc_err *err)
{
    if (strlen(target) > VC_TREE_TARGET_MAX)
        return vc_fail(err, VC_LIMIT, "a link of more than %zu bytes", VC_TREE_TARGET_MAX);
    return put(tree, &(struct vc_node){.path = path, .kind = VC_NODE_IS_LINK, .target = target},
               err);
}

enum vc_code vc_tree_link(struct vc_tree *tree, const char *from, const char *to,
                          struct vc_err *err)
{
    const struct vc_node *node = vc_tree_find(tree, from);
    struct vc_node name;
    enum vc_code code;

    if (node == nullptr)
        return vc_fail(err, VC_NOT_FOUND, "%s: nothing there", from);
    if (node->kind == VC_NODE_IS_DIRECTORY)
        return vc_fail(err, VC_STATE, "%s is a directory", from);
    if (vc_tree_find(tree, to) != nullptr)
        return vc_fail(err, VC_STATE, "%s is there already", to);
    name = *node;
    name.path = to;
    code = put(tree, &name, err);
    if (code == VC_OK)
        vc_tree_set_times(tree, to, &vc_tree_find(tree, from)->times);
    return code;
}

enum vc_code vc_tree_make_directory(struct vc_tree *tree, const char *path, struct vc_err *err)
{
    size_t missing;
    enum vc_code code;

    if (vc_tree_find(tree, path) != nullptr)
        return vc_fail(err, VC_STATE, "%s is there already", path);
    code = check_parents(tree, path, &missing, err);
    if (code == VC_OK)
        code = check_depth(tree, path, err);
    if (code == VC_OK)
        code = vc_tree_check_count(tree, missing + 1, err);
    if (code == VC_OK)
        code = make_parents(tree, path, err);
    if (code != VC_OK)
        return code;
    return insert(tree, &(struct vc_node){.path = path, .kind = VC_NODE_IS_DIRECTORY}, err);
}

void vc_tree_amend(struct vc_tree *tree, const char *path, struct vc_blob *blob)
{
    struct vc_tree_entry *entry = vc_tree_entry(tree, path);

    tree->bytes -= vc_tree_node_size(&entry->node);
    vc_blob_unref(entry->node.blob);
    entry->node.blob = vc_blob_ref(blob);
    entry->node.version = tree->next_version++;
    entry->node.origin = tree->origin;
    entry->changed = true;
    tree->bytes += vc_tree_node_size(&entry->node);
    if (blob != nullptr)
        vc_blob_charge(blob, tree->ledger);
}

void vc_tree_set_times(struct vc_tree *tree, const char *path, const struct vc_node_times *times)
{
    struct vc_tree_entry *entry = vc_tree_entry(tree, path);

    entry->node.times = *times;
    entry->touched = true;
}

enum vc_code vc_tree_remove(struct vc_tree *tree, const char *path, struct vc_err *err)
{
    bool found;
    size_t at = vc_tree_position(tree, path, &found);
    struct vc_tree_entry *entry;

    if (strcmp(path, "/") == 0)
        return vc_fail(err, VC_STATE, "the root cannot be removed");
    if (!found)
        return vc_fail(err, VC_NOT_FOUND, "%s: nothing there", path);
    if (at + 1 < tree->count && vc_path_within(tree->entries[at + 1]->node.path, path))
        return vc_fail(err, VC_STATE, "%s is not empty", path);
    if (vc_tree_grow_removed(tree, 1, err) != VC_OK)
        return VC_MEMORY;
    entry = tree->entries[at];
    vc_tree_remember(tree, entry);
    tree->bytes -= vc_tree_node_size(&entry->node);
    tree->phantoms -= entry->phantom;
    tree->count--;
    memmove(&tree->entries[at], &tree->entries[at + 1],
            (tree->count - at) * sizeof(tree->entries[0]));
    vc_tree_touch_above(tree, path);
    vc_tree_entry_free(entry);
    return VC_OK;
}

bool vc_tree_list(const struct vc_tree *tree, const char *directory, size_t index,
                  bool (*visit)(void *user, const struct vc_node *node), void *user)
{
    const struct vc_node *node = vc_tree_find(tree, directory);
    bool found;
    size_t at = vc_tree_position(tree, directory, &found);
    size_t end = vc_tree_end(tree, at, directory);

    if (node == nullptr || node->kind != VC_NODE_IS_DIRECTORY)
        return false;
    for (at += found; at < end; at = vc_tree_end(tree, at, tree->entries[at]->node.path)) {
        if (index > 0) {
            index--;
        } else if (!visit(user, &tree->entries[at]->node)) {
            break;
        }
    }
    return true;
}

bool vc_tree_walk(const struct vc_tree *tree, const char *path,
                  bool (*visit)(void *user, const struct vc_node *node), void *user)
{
    bool found;
    size_t at = vc_tree_position(tree, path, &found);
    size_t end = vc_tree_end(tree, at, path);

    if (!found && strcmp(path, "/") != 0)
        return false;
    while (at < end && visit(user, &tree->entries[at]->node))
        at++;
    return true;
}

bool vc_tree_is_empty(const struct vc_tree *tree, const char *directory)
{
    bool found;
    size_t at = vc_tree_position(tree, directory, &found);

    return vc_tree_end(tree, at, directory) == at + found;
}

uint64_t vc_tree_generation(const struct vc_tree *tree)
{
    return tree->generation;
}

uint32_t vc_tree_file_count(const struct vc_tree *tree)
{
    return (uint32_t)(tree->count - tree->phantoms);
}

uint64_t vc_tree_byte_count(const struct vc_tree *tree)
{
    return tree->bytes;
}

uint64_t vc_tree_held_bytes(const struct vc_tree *tree)
{
    return vc_ledger_bytes(tree->ledger);
}
