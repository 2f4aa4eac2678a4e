/* SPDX-License-Identifier: MIT */

#include "evidence/tcb_info.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/hex.h"

static constexpr int64_t VERSION_SGX_ALONE = 2;
static constexpr int64_t VERSION = 3;

/* In TEE_TCB_SVN. */
static constexpr size_t MODULE_SVN = 0;     /* within a version */
static constexpr size_t MODULE_VERSION = 1; /* of TDX modules: 0 is 1.0 */

void vc_tcb_info_free(struct vc_tcb_info *info)
{
    if (info == nullptr)
        return;
    free(info->modules);
    free(info->levels);
    free(info);
}

/* -------------------------------------------------------------------------------------- parse */

/* Sixteen components: [{"svn": 3, …}, …]. */
static enum vc_code read_components(const struct vc_json_place *tcb, const char *name,
                                    uint8_t svns[VC_QUOTE_SVN_COUNT], struct vc_err *err)
{
    struct vc_json_place list;
    enum vc_code code = vc_json_member(tcb, name, &list, err);

    if (code == VC_OK)
        code = vc_json_check_array(&list, VC_QUOTE_SVN_COUNT, err);
    if (code == VC_OK && vc_json_count(&list) != VC_QUOTE_SVN_COUNT)
        code = vc_fail(err, VC_MALFORMED, "%s: %zu components, %zu wanted", list.text,
                       vc_json_count(&list), VC_QUOTE_SVN_COUNT);
    for (size_t i = 0; code == VC_OK && i < VC_QUOTE_SVN_COUNT; i++) {
        struct vc_json_place component = vc_json_element(&list, i);
        int64_t svn;

        code = vc_pcs_read_integer(&component, "svn", UINT8_MAX, &svn, err);
        if (code == VC_OK)
            svns[i] = (uint8_t)svn;
    }
    return code;
}

/* Version 2: {"sgxtcbcomp01svn": 3, …}. */
static enum vc_code read_old_components(const struct vc_json_place *tcb,
                                        uint8_t svns[VC_QUOTE_SVN_COUNT], struct vc_err *err)
{
    enum vc_code code = VC_OK;

    for (unsigned i = 0; code == VC_OK && i < VC_QUOTE_SVN_COUNT; i++) {
        char name[sizeof("sgxtcbcomp01svn")];
        int64_t svn;

        (void)snprintf(name, sizeof(name), "sgxtcbcomp%02usvn", (i + 1) % 100);
        code = vc_pcs_read_integer(tcb, name, UINT8_MAX, &svn, err);
        if (code == VC_OK)
            svns[i] = (uint8_t)svn;
    }
    return code;
}

static enum vc_code read_level(const struct vc_tcb_info *info, const struct vc_json_place *place,
                               struct vc_tcb_level *level, struct vc_err *err)
{
    struct vc_json_place tcb;
    int64_t pcesvn;
    enum vc_code code = vc_json_member(place, "tcb", &tcb, err);

    if (code == VC_OK)
        code = vc_pcs_read_integer(&tcb, "pcesvn", UINT16_MAX, &pcesvn, err);
    if (code != VC_OK)
        return code;
    level->pcesvn = (uint16_t)pcesvn;
    if (info->head.version == VERSION_SGX_ALONE)
        code = read_old_components(&tcb, level->sgx, err);
    else
        code = read_components(&tcb, "sgxtcbcomponents", level->sgx, err);
    if (code == VC_OK && info->tdx)
        code = read_components(&tcb, "tdxtcbcomponents", level->tdx, err);
    return code == VC_OK ? vc_pcs_read_statement(place, &level->statement, err) : code;
}

static enum vc_code read_levels(const struct vc_json_place *root, struct vc_tcb_info *info,
                                struct vc_err *err)
{
    struct vc_json_place list;
    size_t count;
    enum vc_code code = vc_json_member(root, "tcbLevels", &list, err);

    if (code == VC_OK)
        code = vc_json_check_array(&list, VC_TCB_LEVELS_MAX, err);
    if (code != VC_OK)
        return code;
    count = vc_json_count(&list);
    if (count == 0)
        return vc_fail(err, VC_MALFORMED, "tcbLevels: empty");
    info->levels = calloc(count, sizeof(*info->levels));
    if (info->levels == nullptr)
        return vc_fail_memory(err);
    for (size_t i = 0; code == VC_OK && i < count; i++) {
        struct vc_json_place place = vc_json_element(&list, i);

        code = read_level(info, &place, &info->levels[i], err);
    }
    info->level_count = count;
    return code;
}

static enum vc_code read_module(const struct vc_json_place *place, struct vc_tdx_module *module,
                                struct vc_err *err)
{
    enum vc_code code =
        vc_pcs_read_hex(place, "mrsigner", module->mrsigner, sizeof(module->mrsigner), err);

    if (code == VC_OK)
        code = vc_pcs_read_hex(place, "attributes", module->attributes, sizeof(module->attributes),
                               err);
    if (code == VC_OK)
        code = vc_pcs_read_hex(place, "attributesMask", module->attributes_mask,
                               sizeof(module->attributes_mask), err);
    return code;
}

static enum vc_code read_module_identity(const struct vc_json_place *place,
                                         struct vc_tdx_module *module, struct vc_err *err)
{
    const char *id;
    enum vc_code code = vc_pcs_read_string(place, "id", &id, err);

    if (code == VC_OK && strlen(id) >= sizeof(module->id))
        code = vc_fail(err, VC_MALFORMED, "%s.id: none of Intel's", place->text);
    if (code != VC_OK)
        return code;
    strcpy(module->id, id);
    code = read_module(place, module, err);
    return code == VC_OK ? vc_pcs_read_levels(place, module->levels, VC_TDX_MODULE_LEVELS_MAX,
                                              &module->level_count, err)
                         : code;
}

static enum vc_code read_modules(const struct vc_json_place *root, struct vc_tcb_info *info,
                                 struct vc_err *err)
{
    struct vc_json_place place;
    enum vc_code code = vc_json_member(root, "tdxModule", &place, err);

    if (code == VC_OK)
        code = read_module(&place, &info->module, err);
    if (code != VC_OK || !vc_json_has(root, "tdxModuleIdentities"))
        return code;
    code = vc_json_member(root, "tdxModuleIdentities", &place, err);
    if (code == VC_OK)
        code = vc_json_check_array(&place, VC_TDX_MODULES_MAX, err);
    if (code != VC_OK)
        return code;
    info->module_count = vc_json_count(&place);
    info->modules = calloc(info->module_count + 1, sizeof(*info->modules));
    if (info->modules == nullptr)
        return vc_fail_memory(err);
    for (size_t i = 0; code == VC_OK && i < info->module_count; i++) {
        struct vc_json_place one = vc_json_element(&place, i);

        code = read_module_identity(&one, &info->modules[i], err);
    }
    return code;
}

static enum vc_code read_kind(const struct vc_json_place *root, struct vc_tcb_info *info,
                              struct vc_err *err)
{
    const char *id;
    int64_t type;
    enum vc_code code;

    if (info->head.version != VERSION && info->head.version != VERSION_SGX_ALONE)
        return vc_fail(err, VC_MALFORMED, "version %lld, 2 or 3 wanted",
                       (long long)info->head.version);
    code = vc_pcs_read_integer(root, "tcbType", INT32_MAX, &type, err);
    if (code == VC_OK && type != 0)
        code = vc_fail(err, VC_MALFORMED, "tcbType %lld, 0 wanted", (long long)type);
    if (code != VC_OK || info->head.version == VERSION_SGX_ALONE)
        return code;
    code = vc_pcs_read_string(root, "id", &id, err);
    if (code != VC_OK)
        return code;
    info->tdx = strcmp(id, "TDX") == 0;
    if (!info->tdx && strcmp(id, "SGX") != 0)
        return vc_fail(err, VC_MALFORMED, "id: neither SGX nor TDX");
    return VC_OK;
}

static enum vc_code read_info(const struct vc_json_place *root, struct vc_tcb_info *info,
                              struct vc_err *err)
{
    enum vc_code code = vc_pcs_head_read(root, &info->head, err);

    if (code == VC_OK)
        code = read_kind(root, info, err);
    if (code == VC_OK)
        code = vc_pcs_read_hex(root, "fmspc", info->fmspc, sizeof(info->fmspc), err);
    if (code == VC_OK)
        code = vc_pcs_read_hex(root, "pceId", info->pceid, sizeof(info->pceid), err);
    if (code == VC_OK)
        code = read_levels(root, info, err);
    if (code == VC_OK && info->tdx)
        code = read_modules(root, info, err);
    return code;
}

enum vc_code vc_tcb_info_parse(struct vc_bytes body, struct vc_tcb_info **info, struct vc_err *err)
{
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    vc_cleanup(vc_tcb_info_freep) struct vc_tcb_info *made = nullptr;
    enum vc_code code = vc_json_parse(body, &json, err);
    struct vc_json_place root;

    if (code != VC_OK)
        return code;
    made = calloc(1, sizeof(*made));
    if (made == nullptr)
        return vc_fail_memory(err);
    root = vc_json_root(json);
    code = read_info(&root, made, err);
    if (code == VC_OK)
        *info = vc_take(made);
    return code;
}

/* -------------------------------------------------------------------------------------- judge */

/* The index of the first component below `wanted`, from `first` on; VC_QUOTE_SVN_COUNT: none. */
static size_t find_below(const uint8_t *svns, const uint8_t *wanted, size_t first)
{
    size_t i = first;

    while (i < VC_QUOTE_SVN_COUNT && svns[i] >= wanted[i])
        i++;
    return i;
}

/* Since module version 1, the first two of TEE_TCB_SVN are judged by the module's own levels. */
static size_t first_tdx_component(const struct vc_td_report *td)
{
    return td->tee_tcb_svn.data[MODULE_VERSION] > 0 ? 2 : 0;
}

static bool reaches(const struct vc_tcb_level *level, const struct vc_pck *pck,
                    const struct vc_td_report *td)
{
    if (find_below(pck->svns, level->sgx, 0) < VC_QUOTE_SVN_COUNT || pck->pcesvn < level->pcesvn)
        return false;
    return td == nullptr || find_below(td->tee_tcb_svn.data, level->tdx, first_tdx_component(td)) ==
                                VC_QUOTE_SVN_COUNT;
}

static enum vc_code no_match(const struct vc_tcb_level *last, const struct vc_pck *pck,
                             const struct vc_td_report *td, struct vc_err *err)
{
    static const char text[] = "the platform's TCB matches no level that Intel publishes (NoMatch)";
    size_t i = find_below(pck->svns, last->sgx, 0);

    if (i < VC_QUOTE_SVN_COUNT)
        return vc_fail(err, VC_UNTRUSTED, "%s: SGX component %zu is %u, even the lowest wants %u",
                       text, i + 1, pck->svns[i], last->sgx[i]);
    if (pck->pcesvn < last->pcesvn)
        return vc_fail(err, VC_UNTRUSTED, "%s: PCESVN is %u, even the lowest wants %u", text,
                       pck->pcesvn, last->pcesvn);
    i = td == nullptr ? VC_QUOTE_SVN_COUNT
                      : find_below(td->tee_tcb_svn.data, last->tdx, first_tdx_component(td));
    if (i < VC_QUOTE_SVN_COUNT)
        return vc_fail(err, VC_UNTRUSTED,
                       "%s: TEE_TCB_SVN component %zu is %u, even the lowest wants %u", text, i + 1,
                       td->tee_tcb_svn.data[i], last->tdx[i]);
    return vc_fail(err, VC_UNTRUSTED, "%s", text);
}

enum vc_code vc_tcb_info_find_level(const struct vc_tcb_info *info, const struct vc_pck *pck,
                                    const struct vc_td_report *td,
                                    const struct vc_tcb_level **level, struct vc_err *err)
{
    for (size_t i = 0; i < info->level_count; i++) {
        if (reaches(&info->levels[i], pck, td)) {
            *level = &info->levels[i];
            return VC_OK;
        }
    }
    return no_match(&info->levels[info->level_count - 1], pck, td, err);
}

static const struct vc_tdx_module *find_module(const struct vc_tcb_info *info, const char *id)
{
    for (size_t i = 0; i < info->module_count; i++) {
        if (strcasecmp(info->modules[i].id, id) == 0)
            return &info->modules[i];
    }
    return nullptr;
}

static enum vc_code check_signer(const struct vc_tdx_module *module, const struct vc_td_report *td,
                                 struct vc_err *err)
{
    char seam[97], wanted[97];

    if (memcmp(td->mrsignerseam.data, module->mrsigner, sizeof(module->mrsigner)) != 0) {
        vc_hex_encode(td->mrsignerseam, seam);
        vc_hex_encode(VC_BYTES(module->mrsigner), wanted);
        return vc_fail(err, VC_UNTRUSTED, "TDX module: MRSIGNERSEAM is %s, its identity says %s",
                       seam, wanted);
    }
    for (size_t i = 0; i < sizeof(module->attributes); i++) {
        uint8_t byte = (uint8_t)(td->seamattributes >> 8 * i);

        if ((byte & module->attributes_mask[i]) != module->attributes[i])
            return vc_fail(err, VC_UNTRUSTED,
                           "TDX module: byte %zu of SEAMATTRIBUTES is 0x%02x, its identity says "
                           "0x%02x",
                           i, byte, module->attributes[i]);
    }
    return VC_OK;
}

enum vc_code vc_tcb_info_check_module(const struct vc_tcb_info *info, const struct vc_td_report *td,
                                      const struct vc_pcs_level **level, struct vc_err *err)
{
    uint8_t version = td->tee_tcb_svn.data[MODULE_VERSION];
    uint8_t svn = td->tee_tcb_svn.data[MODULE_SVN];
    const struct vc_tdx_module *module;
    char id[sizeof("TDX_01")];
    enum vc_code code;

    *level = nullptr;
    if (version == 0)
        return check_signer(&info->module, td, err);
    (void)snprintf(id, sizeof(id), "TDX_%02X", version);
    module = find_module(info, id);
    if (module == nullptr)
        return vc_fail(err, VC_UNTRUSTED, "TDX module: Intel publishes no identity %s", id);
    code = check_signer(module, td, err);
    if (code != VC_OK)
        return code;
    *level = vc_pcs_find_level(module->levels, module->level_count, svn);
    if (*level == nullptr)
        return vc_fail(err, VC_UNTRUSTED, "TDX module: ISVSVN %u is below every level of %s", svn,
                       id);
    return VC_OK;
}
