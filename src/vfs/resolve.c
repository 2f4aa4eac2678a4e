/* SPDX-License-Identifier: MIT */

#include "vfs/resolve.h"

#include <string.h>

#include "base/utf8.h"
#include "vfs/tree_internal.h"

/* The text still to be walked: a link's text goes before what stood behind the link. */
static constexpr size_t REST_MAX = 4 * VC_PATH_MAX;

struct walk {
    const struct vc_tree *tree;
    const struct vc_resolve_query *query;
    struct vc_place *place; /* a directory, until the last component */
    char text[REST_MAX];
    size_t at;
    unsigned followed;
};

/* The next component, and what it is in the name. */
struct component {
    const char *text;
    size_t length;
    bool last;
    bool slash; /* behind it */
};

bool vc_resolve_well_formed(const char *text)
{
    for (size_t i = 0; text[i] != '\0'; i++) {
        if ((uint8_t)text[i] < 0x20 || text[i] == 0x7f)
            return false;
    }
    return vc_utf8_valid((struct vc_bytes){(const uint8_t *)text, strlen(text)});
}

static bool next_component(struct walk *walk, struct component *component)
{
    const char *text = walk->text + walk->at;
    const char *behind;

    text += strspn(text, "/");
    component->text = text;
    component->length = strcspn(text, "/");
    behind = text + component->length;
    component->slash = *behind == '/';
    behind += strspn(behind, "/");
    component->last = *behind == '\0';
    walk->at = (size_t)(text + component->length - walk->text);
    return component->length > 0;
}

static bool is_dot(const struct component *component, size_t count)
{
    return component->length == count && strncmp(component->text, "..", count) == 0;
}

static enum vc_resolve_end climb(struct walk *walk)
{
    struct vc_place *place = walk->place;

    if (strcmp(place->path, walk->query->directory) == 0)
        return VC_RESOLVE_OUTSIDE;
    vc_path_parent(place->path, place->path);
    place->node = vc_tree_find(walk->tree, place->path);
    return VC_RESOLVED;
}

/* The link's text takes the link's place in what is still to be walked. */
static enum vc_resolve_end follow(struct walk *walk, const struct vc_node *link)
{
    size_t length = strlen(link->target);
    const char *behind = walk->text + walk->at;
    size_t behind_size = strlen(behind) + 1;

    if (!walk->query->may_follow(walk->query->user, link))
        return VC_RESOLVE_REFUSED;
    if (++walk->followed > VC_RESOLVE_LINKS_MAX)
        return VC_RESOLVE_LOOP;
    if (link->target[0] == '/')
        return VC_RESOLVE_OUTSIDE;
    if (length + behind_size > sizeof(walk->text))
        return VC_RESOLVE_TOO_LONG;
    memmove(walk->text + length, behind, behind_size);
    memcpy(walk->text, link->target, length); /* its own slashes, and those behind it, stay */
    walk->at = 0;
    return VC_RESOLVED;
}

static enum vc_resolve_end join(const char *directory, const struct component *component,
                                char out[VC_PATH_MAX])
{
    size_t length = strcmp(directory, "/") == 0 ? 0 : strlen(directory);

    if (component->length > VC_PATH_NAME_MAX || length + 1 + component->length >= VC_PATH_MAX)
        return VC_RESOLVE_TOO_LONG;
    memcpy(out, directory, length);
    out[length] = '/';
    memcpy(out + length + 1, component->text, component->length);
    out[length + 1 + component->length] = '\0';
    return vc_tree_depth(out) > VC_PATH_DEPTH_MAX ? VC_RESOLVE_TOO_LONG : VC_RESOLVED;
}

static bool follows(const struct walk *walk, const struct component *component)
{
    return !component->last || walk->query->follow == VC_FOLLOW_ALWAYS ||
           (walk->query->follow == VC_FOLLOW_SLASH && component->slash);
}

static enum vc_resolve_end enter(struct walk *walk, const struct component *component)
{
    struct vc_place *place = walk->place;
    char path[VC_PATH_MAX];
    const struct vc_node *node;
    enum vc_resolve_end end = join(place->path, component, path);

    if (end != VC_RESOLVED)
        return end;
    node = vc_tree_find(walk->tree, path);
    if (node != nullptr && node->kind == VC_NODE_IS_LINK && follows(walk, component))
        return follow(walk, node);
    memcpy(place->path, path, strlen(path) + 1);
    place->node = node;
    if (node == nullptr)
        return component->last ? VC_RESOLVED : VC_RESOLVE_MISSING;
    if (node->kind != VC_NODE_IS_DIRECTORY && (!component->last || component->slash))
        return VC_RESOLVE_NOT_DIRECTORY;
    return VC_RESOLVED;
}

static enum vc_resolve_end step(struct walk *walk, const struct component *component)
{
    walk->place->slash = component->slash;
    walk->place->dot = is_dot(component, 1) || is_dot(component, 2);
    if (is_dot(component, 1))
        return VC_RESOLVED;
    return is_dot(component, 2) ? climb(walk) : enter(walk, component);
}

enum vc_resolve_end vc_tree_resolve(const struct vc_tree *tree,
                                    const struct vc_resolve_query *query, struct vc_place *place)
{
    struct walk walk = {.tree = tree, .query = query, .place = place};
    struct component component;
    enum vc_resolve_end end = VC_RESOLVED;

    *place = (struct vc_place){};
    if (strlen(query->directory) >= VC_PATH_MAX || strlen(query->name) >= VC_PATH_MAX)
        return VC_RESOLVE_TOO_LONG;
    memcpy(place->path, query->directory, strlen(query->directory) + 1);
    place->node = vc_tree_find(tree, place->path);
    if (!vc_resolve_well_formed(query->name))
        return VC_RESOLVE_ILL_FORMED;
    if (query->name[0] == '/')
        return VC_RESOLVE_OUTSIDE;
    if (place->node == nullptr)
        return VC_RESOLVE_MISSING;
    if (place->node->kind != VC_NODE_IS_DIRECTORY)
        return VC_RESOLVE_NOT_DIRECTORY;
    memcpy(walk.text, query->name, strlen(query->name) + 1);
    while (end == VC_RESOLVED && next_component(&walk, &component))
        end = step(&walk, &component);
    return end;
}
