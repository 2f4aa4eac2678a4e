/* SPDX-License-Identifier: MIT */

/* Target: what clients send about runs. Property: a program that is found exists, a wait is
 * bounded, an id is written in one way only. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/run_request.h"
#include "runtime/view_fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[256] = "";
    char back[32];
    size_t program = 99;
    uint64_t id = 0;

    if (vc_run_request_parse((struct vc_bytes){data, size}, vc_view_fixture(), &program, nullptr) ==
            VC_OK &&
        program != 0)
        abort();
    memcpy(text, data, size < sizeof(text) ? size : sizeof(text) - 1);
    if (vc_run_wait_parse(text) > VC_RUN_WAIT_MAX)
        abort();
    if (vc_run_id_parse(text, &id)) {
        (void)snprintf(back, sizeof(back), "/%ju", (uintmax_t)id);
        if (strcmp(back, text) != 0)
            abort();
    }
    return 0;
}
