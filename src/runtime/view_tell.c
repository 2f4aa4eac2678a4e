/* SPDX-License-Identifier: MIT */

/* Calls that only ask: STAT, READDIR, READLINK, STAT_OPEN. */

#include <stdlib.h>
#include <string.h>

#include "runtime/view_internal.h"

/* What READDIR answers at most at once; the worker asks again from the last cookie. */
static constexpr size_t ENTRIES_SIZE_MAX = VC_WORKER_MESSAGE_MAX - 4096;
static constexpr uint64_t CLOCK_GRAIN_NS = 1000000;

/* Cookies of the two entries that are in every directory; then come serials. */
enum { COOKIE_SELF = 1, COOKIE_ABOVE = 2 };
static_assert(COOKIE_ABOVE < VC_TREE_SERIAL_FIRST);

static uint32_t kind_of(enum vc_node_kind kind)
{
    switch (kind) {
    case VC_NODE_IS_FILE:
    case VC_NODE_IS_TOLD:
        return VC_NODE_FILE;
    case VC_NODE_IS_DIRECTORY:
        return VC_NODE_DIRECTORY;
    case VC_NODE_IS_LINK:
        return VC_NODE_SYMLINK;
    case VC_NODE_IS_STREAM:
        return VC_NODE_STREAM;
    }
    return VC_NODE_FILE;
}

/* A time as the program may see it: its own words exactly, and otherwise nothing without a clock,
 * and no more than a clock would tell with one. */
static uint64_t shown(const struct vc_view *view, uint64_t time_ns, bool set, uint64_t set_ns)
{
    bool clock = vc_view_program(view)->clock;

    if (set && (!clock || time_ns == set_ns))
        return set_ns;
    return clock ? time_ns - time_ns % CLOCK_GRAIN_NS : 0;
}

void vc_view_describe(const struct vc_view *view, const struct vc_node *node,
                      const struct vc_view_file *file, struct vc_view_reply *reply)
{
    struct vc_worker_answer *head = &reply->head;
    struct vc_node_times times;

    if (file == nullptr)
        file = vc_view_file_find(view, node->inode);
    times = file != nullptr ? vc_view_file_times(file) : node->times;
    head->node_kind = kind_of(file != nullptr ? file->kind : node->kind);
    head->inode = file != nullptr ? file->inode : node->inode;
    head->links = file != nullptr ? file->links : 1;
    head->accessed_ns = shown(view, times.accessed_ns, file != nullptr && file->accessed_set,
                              file != nullptr ? file->times.accessed_ns : 0);
    head->modified_ns = shown(view, times.modified_ns, file != nullptr && file->modified_set,
                              file != nullptr ? file->times.modified_ns : 0);
    head->changed_ns = shown(view, times.changed_ns, false, 0);
    if (file != nullptr) {
        head->size = vc_view_file_size(file);
    } else if (node->blob != nullptr) {
        head->size = vc_blob_size(node->blob);
    }
    if (node != nullptr && node->target != nullptr)
        head->size = strlen(node->target);
}

uint32_t vc_view_stat(struct vc_view *view, const struct vc_view_call *call,
                      struct vc_view_reply *reply)
{
    bool follow = (call->head.flags & VC_CALL_FOLLOW) != 0;
    struct vc_place place;
    uint32_t failure = vc_view_resolve(view, call->directory, call->name,
                                       follow ? VC_FOLLOW_ALWAYS : VC_FOLLOW_SLASH, &place);
    bool directory;

    if (failure != VC_WASI_SUCCESS)
        return failure;
    directory = place.node != nullptr && place.node->kind == VC_NODE_IS_DIRECTORY;
    if (!vc_view_may_know(view, place.path, directory))
        return VC_WASI_ACCES;
    if (place.node == nullptr)
        return VC_WASI_NOENT;
    if (place.node->kind == VC_NODE_IS_TOLD)
        return vc_view_describe_policy(view, place.node, reply);
    vc_view_describe(view, place.node, nullptr, reply);
    return VC_WASI_SUCCESS;
}

uint32_t vc_view_stat_open(struct vc_view *view, const struct vc_view_call *call,
                           struct vc_view_reply *reply)
{
    const struct vc_view_file *file = vc_view_file_find(view, call->head.inode);
    const struct vc_node *policy = vc_view_find_policy(view, call->head.inode);

    if (policy != nullptr) {
        vc_view_describe(view, policy, nullptr, reply); /* how long it is, its descriptor says */
        return VC_WASI_SUCCESS;
    }
    if (file == nullptr || file->kind != VC_NODE_IS_FILE)
        return VC_WASI_BADF;
    vc_view_describe(view, nullptr, file, reply);
    return VC_WASI_SUCCESS;
}

/* What is in a link is content: seeing it needs `read`, but for what this run itself made. */
uint32_t vc_view_readlink(struct vc_view *view, const struct vc_view_call *call,
                          struct vc_view_reply *reply)
{
    struct vc_place place;
    uint32_t failure = vc_view_resolve(view, call->directory, call->name, VC_FOLLOW_SLASH, &place);

    if (failure != VC_WASI_SUCCESS)
        return failure;
    if (!vc_view_may(view, VC_RIGHT_READ, place.path) &&
        (place.node == nullptr || !place.node->made))
        return VC_WASI_ACCES;
    if (place.node == nullptr)
        return VC_WASI_NOENT;
    if (place.node->kind != VC_NODE_IS_LINK)
        return VC_WASI_INVAL;
    if (!place.node->made)
        failure = vc_view_note(view, VC_RIGHT_READ, place.path);
    if (failure != VC_WASI_SUCCESS)
        return failure;
    reply->head.text_size = (uint32_t)strlen(place.node->target);
    return vc_view_errno(vc_buffer_append_text(&reply->tail, place.node->target, nullptr));
}

/* ---- READDIR ---- */

static bool add_to_listing(void *user, const struct vc_node *node)
{
    struct vc_view_listing *listing = user;

    if (listing->count == listing->capacity) {
        size_t capacity = 2 * listing->capacity + 64;
        const struct vc_node **nodes = realloc(listing->nodes, capacity * sizeof(*nodes));

        if (nodes == nullptr) {
            listing->directory = 0;
            return false;
        }
        listing->nodes = nodes;
        listing->capacity = capacity;
    }
    listing->nodes[listing->count++] = node;
    return true;
}

static int by_serial(const void *left, const void *right)
{
    const struct vc_node *const *a = left;
    const struct vc_node *const *b = right;

    return ((*a)->serial > (*b)->serial) - ((*a)->serial < (*b)->serial);
}

/* What is in the directory, in the order in which it came there. A program that reads a large
 * directory in small pieces asks often: the answer is kept while nothing changes. */
static uint32_t list(struct vc_view *view, const struct vc_place *place)
{
    struct vc_view_listing *listing = &view->listing;
    uint64_t generation = vc_tree_generation(view->tree);

    if (listing->directory == place->node->inode && listing->generation == generation)
        return VC_WASI_SUCCESS;
    listing->directory = place->node->inode;
    listing->generation = generation;
    listing->count = 0;
    (void)vc_tree_list(view->tree, place->path, 0, add_to_listing, listing);
    if (listing->directory == 0)
        return VC_WASI_NOMEM;
    if (listing->count > 0)
        qsort(listing->nodes, listing->count, sizeof(*listing->nodes), by_serial);
    return VC_WASI_SUCCESS;
}

/* The first that comes after this cookie. */
static size_t behind(const struct vc_view_listing *listing, uint64_t cookie)
{
    size_t low = 0;
    size_t high = listing->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (listing->nodes[middle]->serial <= cookie) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* False in *fits: not into this packet any more. */
static uint32_t add_entry(struct vc_view_reply *reply, const char *name,
                          struct vc_worker_entry entry, bool *fits)
{
    enum vc_code code;

    entry.name_size = (uint32_t)strlen(name);
    *fits = reply->tail.size + sizeof(entry) + entry.name_size <= ENTRIES_SIZE_MAX;
    if (!*fits)
        return VC_WASI_SUCCESS;
    code = vc_buffer_append(&reply->tail, VC_BYTES_OF(entry), nullptr);
    if (code == VC_OK)
        code = vc_buffer_append_text(&reply->tail, name, nullptr);
    reply->head.entry_count++;
    return vc_view_errno(code);
}

/* Above a directory that the program finds open when it starts is nothing but itself. */
static uint64_t inode_above(const struct vc_view *view, const struct vc_place *place)
{
    const struct vc_policy_program *program = vc_view_program(view);
    char parent[VC_PATH_MAX];
    const struct vc_node *node;

    for (size_t i = 0; i < program->preopen_count; i++) {
        if (strcmp(program->preopens[i].path, place->path) == 0)
            return place->node->inode;
    }
    vc_path_parent(place->path, parent);
    node = vc_tree_find(view->tree, parent);
    return node != nullptr ? node->inode : place->node->inode;
}

static uint32_t add_dots(const struct vc_view *view, const struct vc_place *place, uint64_t cookie,
                         struct vc_view_reply *reply)
{
    struct vc_worker_entry self = {
        .cookie = COOKIE_SELF, .inode = place->node->inode, .node_kind = VC_NODE_DIRECTORY};
    struct vc_worker_entry above = {
        .cookie = COOKIE_ABOVE, .inode = inode_above(view, place), .node_kind = VC_NODE_DIRECTORY};
    bool fits;
    uint32_t failure = VC_WASI_SUCCESS;

    if (cookie < COOKIE_SELF)
        failure = add_entry(reply, ".", self, &fits);
    if (failure == VC_WASI_SUCCESS && cookie < COOKIE_ABOVE)
        failure = add_entry(reply, "..", above, &fits);
    return failure;
}

uint32_t vc_view_readdir(struct vc_view *view, const struct vc_view_call *call,
                         struct vc_view_reply *reply)
{
    const struct vc_view_listing *listing = &view->listing;
    uint64_t cookie = call->head.cookie;
    struct vc_place place;
    bool fits = true;
    uint32_t failure = vc_view_resolve(view, call->directory, call->name, VC_FOLLOW_NEVER, &place);

    if (failure == VC_WASI_SUCCESS && !vc_view_may_list(view, place.path))
        failure = VC_WASI_ACCES;
    if (failure == VC_WASI_SUCCESS && place.node == nullptr)
        failure = VC_WASI_NOENT;
    if (failure == VC_WASI_SUCCESS && place.node->kind != VC_NODE_IS_DIRECTORY)
        failure = VC_WASI_NOTDIR;
    if (failure == VC_WASI_SUCCESS)
        failure = list(view, &place);
    if (failure == VC_WASI_SUCCESS)
        failure = add_dots(view, &place, cookie, reply);
    for (size_t i = behind(listing, cookie);
         failure == VC_WASI_SUCCESS && fits && i < listing->count; i++) {
        const struct vc_node *node = listing->nodes[i];
        struct vc_worker_entry entry = {
            .cookie = node->serial, .inode = node->inode, .node_kind = kind_of(node->kind)};

        failure = add_entry(reply, vc_path_name(node->path), entry, &fits);
    }
    return failure;
}
