/* SPDX-License-Identifier: MIT */

#include "local/order.h"

#include <stdlib.h>
#include <string.h>

/* A key, and where its value goes. */
struct row {
    const char *key;
    enum vc_code (*take)(struct vc_order *order, size_t offset, const char *value,
                         struct vc_err *err);
    size_t offset; /* of the member */
};

static enum vc_code take_text(struct vc_order *order, size_t offset, const char *value,
                              struct vc_err *)
{
    *(const char **)((char *)order + offset) = value;
    return VC_OK;
}

static enum vc_code take_item(struct vc_order *order, size_t offset, const char *value,
                              struct vc_err *)
{
    struct vc_order_texts *texts = (struct vc_order_texts *)((char *)order + offset);

    texts->items[texts->count++] = value; /* there is room for every word */
    return VC_OK;
}

static enum vc_code take_flag(struct vc_order *order, size_t offset, const char *value,
                              struct vc_err *err)
{
    if (strcmp(value, "yes") != 0)
        return vc_fail(err, VC_MALFORMED, "%.32s: \"yes\" wanted", value);
    *(bool *)((char *)order + offset) = true;
    return VC_OK;
}

static enum vc_code take_folder(struct vc_order *order, size_t, const char *value,
                                struct vc_err *err)
{
    if (order->folder_count == VC_ORDER_FOLDERS_MAX)
        return vc_fail(err, VC_LIMIT, "more than %zu folders", VC_ORDER_FOLDERS_MAX);
    order->folders[order->folder_count++] = (struct vc_order_folder){.host = value};
    return VC_OK;
}

static enum vc_code take_guest(struct vc_order *order, size_t, const char *value,
                               struct vc_err *err)
{
    if (order->folder_count == 0 || order->folders[order->folder_count - 1].guest != nullptr)
        return vc_fail(err, VC_MALFORMED, "guest=%.64s: of no folder", value);
    order->folders[order->folder_count - 1].guest = value;
    return VC_OK;
}

static const struct row rows[] = {
    {"policy", take_text, offsetof(struct vc_order, policy)},
    {"program", take_text, offsetof(struct vc_order, program)},
    {"pipeline", take_text, offsetof(struct vc_order, pipeline)},
    {"as", take_text, offsetof(struct vc_order, principal)},
    {"module", take_text, offsetof(struct vc_order, module)},
    {"stdin", take_text, offsetof(struct vc_order, input)},
    {"strategy", take_text, offsetof(struct vc_order, strategy)},
    {"trace", take_text, offsetof(struct vc_order, trace)},
    {"folder", take_folder, 0},
    {"guest", take_guest, 0},
    {"argument", take_item, offsetof(struct vc_order, arguments)},
    {"variable", take_item, offsetof(struct vc_order, variables)},
    {"limit", take_item, offsetof(struct vc_order, limits)},
    {"stream", take_item, offsetof(struct vc_order, streams)},
    {"key", take_item, offsetof(struct vc_order, keys)},
    {"clock", take_flag, offsetof(struct vc_order, clock)},
    {"randomness", take_flag, offsetof(struct vc_order, randomness)},
    {"json", take_flag, offsetof(struct vc_order, json)},
    {"progress", take_flag, offsetof(struct vc_order, progress)},
};

static enum vc_code take_word(struct vc_order *order, const char *word, struct vc_err *err)
{
    size_t size = strcspn(word, "=");

    for (size_t i = 0; word[size] == '=' && i < VC_COUNT(rows); i++) {
        if (strlen(rows[i].key) == size && memcmp(rows[i].key, word, size) == 0)
            return rows[i].take(order, rows[i].offset, word + size + 1, err);
    }
    return vc_fail(err, VC_MALFORMED, "%.64s: this program is started by `veracruz local run`",
                   word);
}

/* What goes together. */
static enum vc_code check(const struct vc_order *order, struct vc_err *err)
{
    bool guests = order->folder_count > 0 && order->folders[0].guest != nullptr;

    if (order->policy == nullptr && order->module == nullptr)
        return vc_fail(err, VC_MALFORMED, "neither a policy nor a program");
    if (order->policy != nullptr && (order->folder_count != 1 || guests))
        return vc_fail(err, VC_MALFORMED, "a policy needs one folder, without a name of its own");
    if (order->pipeline != nullptr &&
        (order->policy == nullptr || order->program != nullptr || order->module != nullptr))
        return vc_fail(err, VC_MALFORMED, "a pipeline is of a policy, and no program");
    if (order->policy == nullptr && order->streams.count > 0)
        return vc_fail(err, VC_MALFORMED, "a stream, and no policy");
    if (order->policy == nullptr && order->keys.count > 0)
        return vc_fail(err, VC_MALFORMED, "a key, and no policy");
    for (size_t i = 0; order->policy == nullptr && i < order->folder_count; i++) {
        if (order->folders[i].guest == nullptr)
            return vc_fail(err, VC_MALFORMED, "%.64s: a folder without a name for the program",
                           order->folders[i].host);
    }
    return VC_OK;
}

enum vc_code vc_order_parse(const char *const *words, size_t count, struct vc_order *order,
                            struct vc_err *err)
{
    struct vc_order_texts *const lists[] = {&order->arguments, &order->variables, &order->limits,
                                            &order->streams, &order->keys};
    enum vc_code code = VC_OK;

    *order = (struct vc_order){};
    if (count > VC_ORDER_WORDS_MAX)
        return vc_fail(err, VC_LIMIT, "more than %zu words", VC_ORDER_WORDS_MAX);
    for (size_t i = 0; i < VC_COUNT(lists); i++) {
        lists[i]->items = (const char **)calloc(count + 1, sizeof(*lists[i]->items));
        if (lists[i]->items == nullptr)
            return vc_fail_memory(err);
    }
    for (size_t i = 0; code == VC_OK && i < count; i++)
        code = take_word(order, words[i], err);
    return code == VC_OK ? check(order, err) : code;
}

void vc_order_done(struct vc_order *order)
{
    free((void *)order->arguments.items);
    free((void *)order->variables.items);
    free((void *)order->limits.items);
    free((void *)order->streams.items);
    free((void *)order->keys.items);
    *order = (struct vc_order){};
}
