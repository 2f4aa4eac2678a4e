/* SPDX-License-Identifier: MIT */

#include "hostabi/budget.h"

#include <stdckdint.h>

static uint64_t hole_before(uint64_t file_size, uint64_t offset)
{
    return offset > file_size ? offset - file_size : 0;
}

uint32_t vc_budget_cover(const struct vc_host *host, uint64_t file_size, uint64_t offset,
                         uint64_t size, uint64_t *covered)
{
    uint64_t hole = hole_before(file_size, offset);

    if (size == 0) {
        *covered = 0;
        return VC_WASI_SUCCESS;
    }
    if (hole >= host->output_left)
        return VC_WASI_NOSPC;
    *covered = size < host->output_left - hole ? size : host->output_left - hole;
    return VC_WASI_SUCCESS;
}

void vc_budget_charge(struct vc_host *host, uint64_t file_size, uint64_t offset, uint64_t written)
{
    uint64_t cost;

    if (written == 0)
        return;
    if (ckd_add(&cost, hole_before(file_size, offset), written) || cost > host->output_left)
        cost = host->output_left;
    host->output_left -= cost;
}

uint32_t vc_budget_grow(struct vc_host *host, uint64_t file_size, uint64_t size)
{
    uint64_t growth = hole_before(file_size, size);

    if (growth > host->output_left)
        return VC_WASI_NOSPC;
    host->output_left -= growth;
    return VC_WASI_SUCCESS;
}
