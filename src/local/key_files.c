/* SPDX-License-Identifier: MIT */

#include "local/key_files.h"

#include <string.h>

#include "base/file.h"
#include "policy/key_form.h"
#include "policy/key_pem.h"

static constexpr size_t KEY_FILE_MAX = 32768; /* bytes, PEM or not */

/* Of a key that one of the programs may use. */
static enum vc_code find_key(const struct vc_cast *cast, const char *text, size_t *key,
                             struct vc_err *err)
{
    size_t size = strcspn(text, "=");

    for (size_t i = 0; text[size] == '=' && i < cast->policy->key_count; i++) {
        const struct vc_policy_key *found = &cast->policy->keys[i];

        if (strlen(found->name) == size && memcmp(found->name, text, size) == 0 &&
            vc_cast_has_key(cast, i)) {
            *key = i;
            return VC_OK;
        }
    }
    return vc_fail(err, VC_MALFORMED, "--key %.64s: NAME=FILE wanted, of a key of the program",
                   text);
}

static enum vc_code load_material(const struct vc_policy_key *key, const char *file,
                                  struct vc_buffer *material, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer bytes = {}; /* wipes */
    enum vc_code code = vc_file_load(file, KEY_FILE_MAX, &bytes, err);

    if (code != VC_OK)
        return code;
    if (vc_policy_key_is_pem(key, vc_buffer_bytes(&bytes)))
        code = vc_policy_key_from_pem(key, vc_buffer_bytes(&bytes), material, err);
    else
        code = vc_buffer_append(material, vc_buffer_bytes(&bytes), err);
    if (code == VC_OK)
        code = vc_policy_key_check_form(key, vc_buffer_bytes(material), err);
    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "%s", file);
}

static enum vc_code give(const struct vc_policy *policy, size_t key, const char *file,
                         struct vc_keys *keys, struct vc_err *err)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer material = {}; /* wipes */
    const char *name = policy->keys[key].name;
    enum vc_code code;

    if (vc_keys_has(keys, key))
        return vc_fail(err, VC_MALFORMED, "--key %s: given twice", name);
    code = load_material(&policy->keys[key], file, &material, err);
    if (code == VC_OK)
        code = vc_keys_put(keys, key, vc_buffer_bytes(&material), err);
    return code == VC_OK ? VC_OK : vc_fail_in(err, code, "--key %s", name);
}

enum vc_code vc_key_files_give(const struct vc_cast *cast, const struct vc_order_texts *given,
                               struct vc_keys *keys, struct vc_err *err)
{
    enum vc_code code = VC_OK;

    for (size_t i = 0; code == VC_OK && i < given->count; i++) {
        const char *text = given->items[i];
        size_t key = 0;

        code = find_key(cast, text, &key, err);
        if (code == VC_OK)
            code = give(cast->policy, key, strchr(text, '=') + 1, keys, err);
    }
    return code;
}
