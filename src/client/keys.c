/* SPDX-License-Identifier: MIT */

/* The keys of a container that a principal gives: put, remove, list. */

#include <stdio.h>

#include "client/key_list.h"
#include "client/receive.h"
#include "client/report.h"
#include "client/session_internal.h"
#include "policy/decide.h"
#include "policy/key_form.h"

static constexpr size_t TARGET_MAX = sizeof("/v1/keys/") + VC_POLICY_NAME_MAX;

static constexpr unsigned HTTP_CREATED = 201;
static constexpr unsigned HTTP_NO_CONTENT = 204;

/* The key of this name that the policy gives to this side's principal, and where it is. */
static enum vc_code find_own(const struct vcc_client *client, const char *name, size_t *key,
                             char target[TARGET_MAX], struct vc_err *err)
{
    size_t principal;
    enum vc_code code;

    if (!vc_policy_principal_by_certificate(client->policy, vc_cert_der(client->identity.cert),
                                            &principal))
        return vc_fail(err, VC_REFUSED, "principals: none has this identity's certificate");
    code = vc_policy_decide_key(client->policy, principal, name, key, err);
    if (code == VC_OK)
        (void)snprintf(target, TARGET_MAX, "/v1/keys/%s", client->policy->keys[*key].name);
    return code;
}

enum vcc_status vcc_key_put(vcc_client *client, const char *name, const void *data, size_t size,
                            struct vcc_error *error)
{
    vc_cleanup(vc_http_answer_done) struct vc_http_answer answer = {};
    static const struct vc_http_field fields[] = {{"content-type", "application/octet-stream"}};
    const struct vc_http_source source = {.bytes = {data, size}};
    char target[TARGET_MAX];
    size_t key = 0;
    struct vc_err err = {};
    enum vc_code code = find_own(client, name, &key, target, &err);

    if (code == VC_OK)
        code = vc_policy_key_check_form(&client->policy->keys[key], source.bytes, &err);
    if (code != VC_OK)
        return vc_report_code(error, code, &err);
    struct vc_client_call call = {
        .http = {.method = "PUT",
                 .target = target,
                 .fields = fields,
                 .field_count = VC_COUNT(fields),
                 .source = &source},
        .good = {HTTP_CREATED, HTTP_NO_CONTENT},
    };

    return vc_client_call(client, &call, &answer, error);
}

enum vcc_status vcc_key_remove(vcc_client *client, const char *name, struct vcc_error *error)
{
    vc_cleanup(vc_http_answer_done) struct vc_http_answer answer = {};
    char target[TARGET_MAX];
    size_t key;
    struct vc_err err = {};
    enum vc_code code = find_own(client, name, &key, target, &err);

    if (code != VC_OK)
        return vc_report_code(error, code, &err);
    struct vc_client_call call = {.http = {.method = "DELETE", .target = target},
                                  .good = {HTTP_NO_CONTENT}};

    return vc_client_call(client, &call, &answer, error);
}

static enum vc_code check_list(const struct vc_policy *, struct vc_bytes text, struct vc_err *err)
{
    return vc_key_list_check(text, err);
}

enum vcc_status vcc_keys_list(vcc_client *client, char **json, struct vcc_error *error)
{
    static const struct vc_question question = {
        .target = "/v1/keys",
        .about = "the container's list of keys",
        .size_max = VC_KEY_LIST_SIZE_MAX,
        .too_large = "more than a list of keys can have",
        .check = check_list,
    };

    return vc_receive_checked(client, &question, json, error);
}
