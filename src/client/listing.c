/* SPDX-License-Identifier: MIT */

/* Checks listings. */

#include "client/listing.h"

#include <string.h>

#include "client/member.h"

static enum vc_code check_size(const struct vc_json_place *entry, struct vc_err *err)
{
    struct vc_json_place member;
    int64_t size;
    enum vc_code code = vc_json_member(entry, "size", &member, err);

    if (code == VC_NOT_FOUND)
        return vc_fail(err, VC_MALFORMED, "%s: a file without size", entry->text);
    return code == VC_OK ? vc_json_integer(&member, 0, INT64_MAX, &size, err) : code;
}

static enum vc_code check_entry(const struct vc_json_place *entry, struct vc_err *err)
{
    const char *name = "";
    const char *kind = "";
    enum vc_code code = vc_json_check_object(entry, nullptr, err);

    if (code == VC_OK)
        code = vc_member_text(entry, "name", &name, err);
    if (code == VC_OK)
        code = vc_member_text(entry, "kind", &kind, err);
    if (code != VC_OK)
        return code;
    /* Whoever copies a listing to a disk must not be led out of its directory by a name. */
    if (name[0] == '\0' || strchr(name, '/') != nullptr || strcmp(name, ".") == 0 ||
        strcmp(name, "..") == 0)
        return vc_fail(err, VC_MALFORMED, "%s: not the name of a file", entry->text);
    if (strcmp(kind, "file") == 0)
        return check_size(entry, err);
    if (strcmp(kind, "directory") == 0 || strcmp(kind, "link") == 0)
        return VC_OK;
    return vc_fail(err, VC_MALFORMED, "%s: neither file, directory nor link", entry->text);
}

enum vc_code vc_listing_check(struct vc_bytes text, struct vc_err *err)
{
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    struct vc_json_place entries;
    const char *path;
    enum vc_code code = vc_json_parse(text, &json, err);

    if (code != VC_OK)
        return code;
    struct vc_json_place root = vc_json_root(json);

    code = vc_member_text(&root, "path", &path, err);
    if (code == VC_OK)
        code = vc_json_member(&root, "entries", &entries, err);
    if (code == VC_NOT_FOUND)
        return vc_fail(err, VC_MALFORMED, "no entries in the answer");
    if (code == VC_OK)
        code = vc_json_check_array(&entries, VC_LISTING_ENTRIES_MAX, err);
    for (size_t i = 0; code == VC_OK && i < vc_json_count(&entries); i++) {
        struct vc_json_place entry = vc_json_element(&entries, i);

        code = check_entry(&entry, err);
    }
    return code;
}
