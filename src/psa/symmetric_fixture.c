/* SPDX-License-Identifier: MIT */

#include "psa/symmetric_fixture.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

struct vc_psa *vc_symmetric_service(bool randomness)
{
    const struct vc_psa_options options = {.first_key = VC_PSA_KEY_LOCAL_MIN,
                                           .randomness = randomness};
    struct vc_psa *psa = nullptr;

    assert_int_equal(vc_psa_new(&options, &psa, nullptr), VC_OK);
    return psa;
}

uint32_t vc_symmetric_key(struct vc_psa *psa, const struct vc_psa_attributes *attributes,
                          struct vc_bytes material)
{
    struct vc_psa_call call = {
        .function = VC_PSA_import_key, .attributes = *attributes, .inputs[0] = material};

    assert_int_equal(vc_psa_do_import_key(psa, &call), PSA_SUCCESS);
    return call.key;
}

static vc_psa_status take(struct vc_psa *psa, const struct vc_symmetric_step *steps, char letter,
                          const void *user, uint32_t *handle)
{
    while (steps->letter != letter) {
        assert_int_not_equal(steps->letter, 0);
        steps++;
    }
    return steps->take(psa, user, handle);
}

void vc_symmetric_run(struct vc_psa *psa, const struct vc_symmetric_script *script,
                      const struct vc_symmetric_step *steps, const void *user)
{
    size_t count = strlen(script->steps);
    uint32_t handle = 0;

    for (size_t i = 0; i < count; i++) {
        vc_psa_status wanted = i + 1 < count ? PSA_SUCCESS : script->last;
        vc_psa_status status = take(psa, steps, script->steps[i], user, &handle);

        if (status != wanted)
            fail_msg("%s: step %zu of %s: %d, %d wanted", script->name, i + 1, script->steps,
                     status, wanted);
        if (status != PSA_SUCCESS && handle != 0)
            fail_msg("%s: active after a failure", script->name);
    }
    assert_int_equal(take(psa, steps, 'x', user, &handle), PSA_SUCCESS);
    assert_int_equal(handle, 0);
    assert_int_equal(psa->operation_count, 0);
}

uint64_t vc_symmetric_random(uint64_t *state, uint64_t below)
{
    if (*state == 0) {
        *state = (uint64_t)time(nullptr) | 1;
        print_message("# seed %" PRIu64 "\n", *state);
    }
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state % below;
}

void vc_symmetric_fill(uint64_t *state, uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)vc_symmetric_random(state, 256);
}
