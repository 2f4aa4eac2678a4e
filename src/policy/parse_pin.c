/* SPDX-License-Identifier: MIT */

/* The block "pins" of a policy's text: files whose content the policy fixes. */

#include <stdlib.h>

#include "policy/parse_internal.h"
#include "policy/piece.h"

static enum vc_code parse_pin(const struct vc_json_place *place, const char *path,
                              struct vc_policy_pin *pin, struct vc_err *err)
{
    enum vc_code code = vc_piece_file(place, path, &pin->path, err);

    return code == VC_OK ? vc_piece_digest(place, pin->sha256, err) : code;
}

enum vc_code vc_policy_parse_pins(const struct vc_json_place *root, struct vc_policy *policy,
                                  struct vc_err *err)
{
    struct vc_json_place map;
    enum vc_code code;

    if (!vc_piece_find(root, "pins", &map))
        return VC_OK;
    code = vc_piece_check_map(&map, 0, VC_POLICY_PINS_MAX, err);
    if (code != VC_OK || vc_json_count(&map) == 0)
        return code;
    policy->pins = calloc(vc_json_count(&map), sizeof(*policy->pins));
    if (policy->pins == nullptr)
        return vc_fail_memory(err);
    policy->pin_count = vc_json_count(&map);
    for (size_t i = 0; code == VC_OK && i < policy->pin_count; i++) {
        const char *path;
        struct vc_json_place place = vc_json_entry(&map, i, &path);

        code = parse_pin(&place, path, &policy->pins[i], err);
    }
    return code;
}
