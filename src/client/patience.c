/* SPDX-License-Identifier: MIT */

#include "client/patience.h"

#include <poll.h>

#include "net/loop.h"

static constexpr uint32_t PAUSE_FIRST_MS = 50;
static constexpr uint32_t PAUSE_MAX_MS = 2000;

static void wait_ms(uint64_t duration_ms)
{
    uint64_t until_ms = vc_loop_now_ms() + duration_ms;

    for (uint64_t now_ms = vc_loop_now_ms(); now_ms < until_ms; now_ms = vc_loop_now_ms())
        (void)poll(nullptr, 0, (int)(until_ms - now_ms));
}

bool vc_patience_lasts(struct vc_patience *patience, uint64_t longest_ms)
{
    uint64_t now_ms = vc_loop_now_ms();

    if (patience->trouble_ms == 0) {
        patience->trouble_ms = now_ms;
        patience->pause_ms = PAUSE_FIRST_MS;
        return true;
    }
    if (now_ms - patience->trouble_ms + patience->pause_ms > longest_ms)
        return false;
    wait_ms(patience->pause_ms);
    patience->pause_ms =
        patience->pause_ms * 2 < PAUSE_MAX_MS ? patience->pause_ms * 2 : PAUSE_MAX_MS;
    return true;
}
