/* SPDX-License-Identifier: MIT */

#include "hostabi/budget.h"

#include <stdckdint.h>

static uint64_t beyond(uint64_t end, uint64_t file_size)
{
    return end > file_size ? end - file_size : 0;
}

static uint64_t smaller(uint64_t left, uint64_t right)
{
    return left < right ? left : right;
}

/* How many bytes may be written at `offset` before the file has grown by all that is left. */
static uint64_t room_to_grow(const struct vc_host *host, uint64_t file_size, uint64_t offset)
{
    uint64_t room;
    uint64_t hole = beyond(offset, file_size);

    if (hole > host->output_left)
        return 0;
    if (ckd_add(&room, beyond(file_size, offset), host->output_left - hole))
        return UINT64_MAX;
    return room;
}

uint32_t vc_budget_cover(struct vc_host *host, uint64_t file_size, uint64_t offset, uint64_t size,
                         uint64_t *covered)
{
    uint64_t room = room_to_grow(host, file_size, offset);
    uint64_t most = smaller(size, smaller(room, host->written_left));

    if (room < size)
        host->limits_met |= VC_MET_OUTPUT;
    if (host->written_left < size)
        host->limits_met |= VC_MET_WRITTEN;
    if (most == 0 && size > 0)
        return VC_WASI_NOSPC;
    *covered = most;
    return VC_WASI_SUCCESS;
}

void vc_budget_charge(struct vc_host *host, uint64_t file_size, uint64_t offset, uint64_t written)
{
    uint64_t end;

    if (written == 0)
        return;
    if (ckd_add(&end, offset, written))
        end = UINT64_MAX;
    host->output_left -= smaller(beyond(end, file_size), host->output_left);
    host->written_left -= smaller(written, host->written_left);
}

uint32_t vc_budget_grow(struct vc_host *host, uint64_t file_size, uint64_t size)
{
    uint64_t growth = beyond(size, file_size);

    if (growth > host->output_left) {
        host->limits_met |= VC_MET_OUTPUT;
        return VC_WASI_NOSPC;
    }
    host->output_left -= growth;
    return VC_WASI_SUCCESS;
}
