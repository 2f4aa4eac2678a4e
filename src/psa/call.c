/* SPDX-License-Identifier: MIT */

#include "psa/call.h"

struct function {
    const char *name;
    const char *shape;
};

static const struct function FUNCTIONS[VC_PSA_FUNCTION_COUNT] = {
#define STANDARD(name, shape) [VC_PSA_##name] = {"psa_" #name, shape},
    VC_PSA_FUNCTIONS(STANDARD)
#undef STANDARD
#define EXTENSION(name, shape) [VC_PSA_##name] = {#name, shape},
        VC_PSA_EXTENSIONS(EXTENSION)
#undef EXTENSION
};

const char *vc_psa_shape(enum vc_psa_function function)
{
    return FUNCTIONS[function].shape;
}

const char *vc_psa_name(enum vc_psa_function function)
{
    return FUNCTIONS[function].name;
}

size_t vc_psa_count(enum vc_psa_function function, char letter)
{
    size_t count = 0;

    for (const char *at = FUNCTIONS[function].shape; *at != '\0'; at++)
        count += *at == letter;
    return count;
}
