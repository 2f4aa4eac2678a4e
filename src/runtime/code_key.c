/* SPDX-License-Identifier: MIT */

#include "runtime/code_key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#if defined(__x86_64__)
/* CPUID's words about instructions; the one with the number of the core is not among them. */
static size_t add_features(char *text, size_t size)
{
    static const struct {
        unsigned leaf, subleaf;
    } leaves[] = {{1, 0}, {7, 0}, {7, 1}, {0x80000001, 0}};
    size_t used = 0;

    for (size_t i = 0; i < VC_COUNT(leaves); i++) {
        unsigned a = 0;
        unsigned b = 0;
        unsigned c = 0;
        unsigned d = 0;

        if (__get_cpuid_count(leaves[i].leaf, leaves[i].subleaf, &a, &b, &c, &d) == 0)
            a = b = c = d = 0;
        used += (size_t)snprintf(text + used, size - used, "%x.%x:%x:%x:%x:%x ", leaves[i].leaf,
                                 leaves[i].subleaf, a, leaves[i].leaf == 1 ? 0 : b, c, d);
    }
    return used;
}
#else
static size_t add_features(char *, size_t)
{
    return 0;
}
#endif

/* The kernel's word counts too: what it does not let programs use is not there. */
void vc_code_features(char features[VC_CODE_FEATURES_MAX])
{
    size_t used = add_features(features, VC_CODE_FEATURES_MAX);

    (void)snprintf(features + used, VC_CODE_FEATURES_MAX - used, "%lx:%lx", getauxval(AT_HWCAP),
                   getauxval(AT_HWCAP2));
}

/* The engine has no version that says more than its bytes do. */
static void digest_engine(const struct vc_manifest *manifest, uint8_t digest[VC_SHA256_SIZE])
{
    uint8_t digests[VC_LAUNCHER_OBJECTS_MAX][VC_SHA256_SIZE];
    size_t first;
    size_t count = vc_manifest_image(manifest, VC_IMAGE_COMPILER, &first);

    for (size_t i = 0; i < count; i++)
        memcpy(digests[i], manifest->objects[first + i].sha256, VC_SHA256_SIZE);
    vc_sha256((struct vc_bytes){digests[0], count * VC_SHA256_SIZE}, digest);
}

void vc_code_parts_of(const struct vc_policy_program *program, const uint8_t module[VC_SHA256_SIZE],
                      const struct vc_manifest *manifest, struct vc_code_parts *parts)
{
    *parts = (struct vc_code_parts){.strategy = (uint32_t)program->strategy,
                                    .memory_mib = program->limits.memory_mib};
    memcpy(parts->module, module, VC_SHA256_SIZE);
    digest_engine(manifest, parts->engine);
    vc_code_features(parts->features);
}

void vc_code_key(const struct vc_code_parts *parts, uint8_t key[VC_SHA256_SIZE])
{
    char options[64];
    struct vc_bytes pieces[] = {
        VC_BYTES(parts->module),
        {(const uint8_t *)options, 0},
        VC_BYTES(parts->engine),
        {(const uint8_t *)parts->features, strnlen(parts->features, VC_CODE_FEATURES_MAX)},
    };
    uint8_t text[VC_COUNT(pieces) * sizeof(uint32_t) + 2 * VC_SHA256_SIZE + sizeof(options) +
                 VC_CODE_FEATURES_MAX];
    size_t used = 0;

    pieces[1].size = (size_t)snprintf(options, sizeof(options), "strategy %u memory_mib %u",
                                      parts->strategy, parts->memory_mib);
    for (size_t i = 0; i < VC_COUNT(pieces); i++) {
        uint32_t size = (uint32_t)pieces[i].size;

        memcpy(text + used, &size, sizeof(size));
        used += sizeof(size);
        memcpy(text + used, pieces[i].data, pieces[i].size);
        used += pieces[i].size;
    }
    vc_sha256((struct vc_bytes){text, used}, key);
}
