/* SPDX-License-Identifier: MIT */

#include "hostabi/guest.h"

#include <stdckdint.h>
#include <string.h>

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "numbers are copied as they are");

uint32_t vc_guest_range(const struct vc_engine_memory *memory, uint64_t at, uint64_t size,
                        uint8_t **bytes)
{
    uint64_t end;

    if (memory->data == nullptr || ckd_add(&end, at, size) || end > memory->size)
        return VC_WASI_FAULT;
    *bytes = memory->data + at;
    return VC_WASI_SUCCESS;
}

uint32_t vc_guest_store_u32(const struct vc_engine_memory *memory, uint64_t at, uint32_t value)
{
    uint8_t *bytes;
    uint32_t failure = vc_guest_range(memory, at, sizeof(value), &bytes);

    if (failure == VC_WASI_SUCCESS)
        vc_guest_put_u32(bytes, value);
    return failure;
}

uint32_t vc_guest_store_u64(const struct vc_engine_memory *memory, uint64_t at, uint64_t value)
{
    uint8_t *bytes;
    uint32_t failure = vc_guest_range(memory, at, sizeof(value), &bytes);

    if (failure == VC_WASI_SUCCESS)
        vc_guest_put_u64(bytes, value);
    return failure;
}

void vc_guest_put_u16(uint8_t *bytes, uint16_t value)
{
    memcpy(bytes, &value, sizeof(value));
}

void vc_guest_put_u32(uint8_t *bytes, uint32_t value)
{
    memcpy(bytes, &value, sizeof(value));
}

void vc_guest_put_u64(uint8_t *bytes, uint64_t value)
{
    memcpy(bytes, &value, sizeof(value));
}

uint32_t vc_guest_get_u32(const uint8_t *bytes)
{
    uint32_t value;

    memcpy(&value, bytes, sizeof(value));
    return value;
}

uint64_t vc_guest_get_u64(const uint8_t *bytes)
{
    uint64_t value;

    memcpy(&value, bytes, sizeof(value));
    return value;
}

uint32_t vc_guest_iovecs(const struct vc_engine_memory *memory, uint64_t at, uint64_t count,
                         struct vc_guest_iovecs *iovecs)
{
    uint8_t *array;

    if (count > VC_GUEST_IOVECS_MAX)
        return VC_WASI_INVAL;
    uint32_t failure = vc_guest_range(memory, at, count * VC_WASI_IOVEC_SIZE, &array);

    if (failure != VC_WASI_SUCCESS)
        return failure;
    iovecs->count = (uint32_t)count;
    iovecs->size = 0;
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *item = array + (size_t)i * VC_WASI_IOVEC_SIZE;

        iovecs->items[i].size = vc_guest_get_u32(item + 4);
        failure = vc_guest_range(memory, vc_guest_get_u32(item), iovecs->items[i].size,
                                 &iovecs->items[i].data);
        if (failure != VC_WASI_SUCCESS)
            return failure;
        if (ckd_add(&iovecs->size, iovecs->size, iovecs->items[i].size))
            return VC_WASI_INVAL;
    }
    return VC_WASI_SUCCESS;
}
