/* SPDX-License-Identifier: MIT */

#include "attestd/answer_tpm.h"

#include "base/base64.h"
#include "codec/der.h"

static constexpr uint8_t TAG_SEQUENCE = 0x30; /* X.690: what a certificate is */

/* What the body holds, decoded. */
struct request {
    struct vc_buffer certificates, ek_public, ak_public;
};

static void request_done(struct request *request)
{
    vc_buffer_done(&request->certificates);
    vc_buffer_done(&request->ek_public);
    vc_buffer_done(&request->ak_public);
}

static enum vc_code parse(struct vc_bytes body, struct request *request, struct vc_err *err)
{
    static const char *const keys[] = {"ek_certificates", "ek_public", "ak_public", nullptr};
    vc_cleanup(vc_json_freep) struct vc_json *json = nullptr;
    struct vc_json_place root;
    enum vc_code code = vc_json_parse(body, &json, err);

    if (code != VC_OK)
        return code;
    root = vc_json_root(json);
    code = vc_json_check_object(&root, keys, err);
    if (code == VC_OK) {
        code = vc_exhibit_bytes(&root, keys[0], VC_EXHIBIT_CERTIFICATES_MAX, &request->certificates,
                                err);
    }
    if (code == VC_OK)
        code = vc_exhibit_bytes(&root, keys[1], VC_TPM_STRUCT_MAX, &request->ek_public, err);
    if (code == VC_OK)
        code = vc_exhibit_bytes(&root, keys[2], VC_TPM_STRUCT_MAX, &request->ak_public, err);
    if (code == VC_OK && request->ek_public.size == 0)
        code = vc_fail(err, VC_MALFORMED, "ek_public: empty");
    return code;
}

/* The leaf first, its CAs behind it. */
static enum vc_code cut_chain(struct vc_bytes run, struct vc_tpm_chain *chain, struct vc_err *err)
{
    struct vc_reader reader = vc_reader_over(run);

    while (vc_reader_left(&reader) > 0) {
        size_t start = reader.offset;

        (void)vc_der_read_value(&reader, TAG_SEQUENCE);
        if (reader.failed || chain->count == VC_TPM_CHAIN_MAX)
            return vc_fail(err, VC_MALFORMED, "ek_certificates: out of form, or more than %zu",
                           VC_TPM_CHAIN_MAX);
        chain->certs[chain->count++] = (struct vc_bytes){run.data + start, reader.offset - start};
    }
    return VC_OK;
}

static enum vc_code challenge(const struct vc_occasion *occasion, const struct request *request,
                              struct vc_tpm_credential *credential, struct vc_err *err)
{
    struct vc_tpm_bundle bundle = {.ek_public = vc_buffer_bytes(&request->ek_public),
                                   .ak_public = vc_buffer_bytes(&request->ak_public)};
    struct vc_verification verification = {.anchors = occasion->appraiser.anchors,
                                           .collateral = occasion->appraiser.collateral,
                                           .now = occasion->appraiser.now,
                                           .depth = VC_DEPTH_JUDGED};
    struct vc_activation_session session = {occasion->exporter, occasion->now_ms};
    struct vc_octets ek_hash = {};
    const struct vc_activation_claim claim = {&bundle, &ek_hash};
    enum vc_code code = cut_chain(vc_buffer_bytes(&request->certificates), &bundle.ek_chain, err);

    if (code == VC_OK)
        code = vc_tpm_trust_ek(&bundle, &verification, &ek_hash, err);
    if (code != VC_OK)
        return code;
    return vc_activations_challenge(occasion->activations, &session, &claim, credential, err);
}

static enum vc_code put_credential(const struct vc_tpm_credential *credential,
                                   struct vc_buffer *body, struct vc_err *err)
{
    struct vc_json_writer writer = vc_json_writer_over(body);
    vc_cleanup(vc_buffer_done) struct vc_buffer blob = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer secret = {};
    enum vc_code code = vc_base64_encode(vc_buffer_bytes(&credential->blob), &blob, err);

    if (code == VC_OK)
        code = vc_base64_encode(vc_buffer_bytes(&credential->secret), &secret, err);
    if (code != VC_OK)
        return code;
    vc_json_open_object(&writer, nullptr);
    vc_json_put_bytes(&writer, "credential", vc_buffer_bytes(&blob));
    vc_json_put_bytes(&writer, "secret", vc_buffer_bytes(&secret));
    vc_json_close_object(&writer);
    return vc_json_write_end(&writer, err);
}

void vc_answer_tpm_credential(const struct vc_occasion *occasion, struct vc_bytes body,
                              struct vc_answer *answer)
{
    struct request request = {};
    struct vc_tpm_credential credential = {};
    struct vc_err err = {};
    enum vc_code code = parse(body, &request, &err);

    answer->status = 201;
    if (code == VC_OK)
        code = challenge(occasion, &request, &credential, &err);
    if (code == VC_OK)
        code = put_credential(&credential, &answer->body, &err);
    if (code != VC_OK)
        vc_answer_refuse(code, &err, 429, answer);
    vc_tpm_credential_done(&credential);
    request_done(&request);
}

/* ---- anchors ---- */

static const struct vc_public_key *find_endorsed(void *user, enum vc_platform_kind platform,
                                                 struct vc_bytes id)
{
    const struct vc_session_anchors *own = user;
    const struct vc_public_key *found = nullptr;

    if (platform == VC_PLATFORM_TPM)
        found = vc_activations_find(own->activations, &own->session, id);
    if (found == nullptr && own->all->endorsed != nullptr)
        found = own->all->endorsed(own->all->user, platform, id);
    return found;
}

void vc_session_anchors_set(struct vc_session_anchors *made, const struct vc_anchors *all,
                            const struct vc_activations *activations,
                            const struct vc_activation_session *session)
{
    *made = (struct vc_session_anchors){
        .anchors = *all, .all = all, .activations = activations, .session = *session};
    made->anchors.endorsed = find_endorsed;
    made->anchors.user = made;
}
