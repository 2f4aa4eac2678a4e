/* SPDX-License-Identifier: MIT */

/* Target: the walk over a JSON object's members. Property: of a text that the parser accepts it
 * finds the parser's members, in their order, and each value is a JSON text of its own; it stops
 * short only at a key with an escape. */

#include <stdlib.h>
#include <string.h>

#include "codec/json.h"
#include "codec/json_span.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_member(const struct vc_json_place *root, size_t index,
                         const struct vc_json_member_span *member)
{
    vc_cleanup(vc_json_freep) struct vc_json *inner = nullptr;
    vc_cleanup(vc_buffer_done) struct vc_buffer text = {};
    const char *key;
    const char *says;
    struct vc_json_place place;

    if (index >= vc_json_count(root))
        abort();
    place = vc_json_entry(root, index, &key);
    if (strlen(key) != member->key.size || memcmp(key, member->key.data, member->key.size) != 0)
        abort();
    if (vc_json_string(&place, &says, nullptr) == VC_OK) {
        if (vc_json_span_string(member->value, &text, nullptr) != VC_OK ||
            text.size != strlen(says) || (text.size > 0 && memcmp(text.data, says, text.size) != 0))
            abort();
    } else if (vc_json_check_object(&place, nullptr, nullptr) == VC_OK &&
               vc_json_parse(member->value, &inner, nullptr) != VC_OK) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vc_json_spans spans = vc_json_spans_over((struct vc_bytes){data, size});
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    struct vc_json_member_span member;
    struct vc_json_place root;
    bool parsed = vc_json_parse((struct vc_bytes){data, size}, &json, nullptr) == VC_OK;
    size_t count = 0;

    if (parsed)
        root = vc_json_root(json);
    for (; vc_json_spans_next(&spans, &member); count++) {
        if (parsed)
            check_member(&root, count, &member);
    }
    if (!parsed)
        return 0;
    if (vc_json_spans_done(&spans) ? count != vc_json_count(&root)
                                   : memchr(data, '\\', size) == nullptr)
        abort();
    return 0;
}
