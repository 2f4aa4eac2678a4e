/* SPDX-License-Identifier: MIT */

/* Target: vc_session_request_parse and vc_session_answer_parse; the first byte says which.
 * Property: what parses is written as a text that parses to what is written alike. */

#include <stdlib.h>
#include <string.h>

#include "attest/session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_request(struct vc_bytes text)
{
    vc_cleanup(vc_buffer_done) struct vc_buffer json = {};
    struct vc_session_request request;
    struct vc_session_request again;

    if (vc_session_request_parse(text, &request, nullptr) != VC_OK)
        return;
    if (vc_session_request_encode(&request, &json, nullptr) != VC_OK ||
        vc_session_request_parse(vc_buffer_bytes(&json), &again, nullptr) != VC_OK ||
        memcmp(request.nonce, again.nonce, sizeof(again.nonce)) != 0 ||
        request.log_size != again.log_size)
        abort();
}

static void try_answer(struct vc_bytes text)
{
    vc_cleanup(vc_session_answer_done) struct vc_session_answer answer = {};
    vc_cleanup(vc_session_answer_done) struct vc_session_answer again = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer json = {};
    vc_cleanup(vc_buffer_done) struct vc_buffer twice = {};

    if (vc_session_answer_parse(text, &answer, nullptr) != VC_OK)
        return;
    if (vc_session_answer_encode(&answer, &json, nullptr) != VC_OK ||
        vc_session_answer_parse(vc_buffer_bytes(&json), &again, nullptr) != VC_OK ||
        vc_session_answer_encode(&again, &twice, nullptr) != VC_OK || json.size != twice.size ||
        memcmp(json.data, twice.data, json.size) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    if (data[0] == 'r') {
        try_request((struct vc_bytes){data + 1, size - 1});
    } else {
        try_answer((struct vc_bytes){data + 1, size - 1});
    }
    return 0;
}
