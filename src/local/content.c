/* SPDX-License-Identifier: MIT */

#include "local/content.h"

#include <errno.h>
#include <unistd.h>

static constexpr size_t CHUNK_SIZE = 1 << 16; /* read at once */

enum vc_code vc_content_read(int fd, uint64_t size_max, struct vc_blob **blob, struct vc_err *err)
{
    vc_cleanup(vc_draft_freep) struct vc_draft *draft = nullptr;
    uint8_t chunk[CHUNK_SIZE];
    enum vc_code code = vc_draft_new(size_max, &draft, err);

    while (code == VC_OK) {
        ssize_t got = read(fd, chunk, sizeof(chunk));

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return vc_fail_host(err, "reading");
        if (got == 0)
            return vc_draft_finish(vc_take(draft), blob, err);
        code = vc_draft_add(draft, (struct vc_bytes){chunk, (size_t)got}, err);
    }
    return code;
}
