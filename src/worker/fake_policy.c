/* SPDX-License-Identifier: MIT */

#include "worker/fake_policy.h"

#include <stdlib.h>

#include "abi/wasi.h"
#include "base/buffer.h"
#include "worker/fake_runtime.h"

static void need(bool condition)
{
    if (!condition)
        abort();
}

static void give(struct vc_buffer *answer, int *fd, uint64_t *size)
{
    *fd = fake_sealed(vc_buffer_bytes(answer));
    *size = answer->size;
    vc_buffer_done(answer);
}

uint32_t fake_policy_answer(const struct vc_worker_call *call, struct vc_bytes text, int *fd,
                            uint64_t *size)
{
    struct vc_buffer answer = {};

    need(text.size > 0 && call->directory_size == 0 && call->directory2_size == 0 &&
         call->name2_size == 0);
    if (call->call == VC_CALL_QUERY) {
        need(call->flags == 0 && text.size <= VC_WORKER_QUERY_MAX);
        if (text.data[0] == '?')
            return VC_WASI_ACCES;
        need(vc_buffer_append(&answer, text, nullptr) == VC_OK);
        give(&answer, fd, size);
        return VC_WASI_SUCCESS;
    }
    need((call->flags & ~(uint32_t)VC_NARROW_RUN) == 0 && text.size <= VC_WORKER_NARROW_MAX);
    need(vc_buffer_append_text(&answer, call->flags != 0 ? "run:" : "all:", nullptr) == VC_OK &&
         vc_buffer_append(&answer, text, nullptr) == VC_OK);
    give(&answer, fd, size);
    return text.data[0] == '!' ? VC_WASI_NOSPC : VC_WASI_SUCCESS;
}
