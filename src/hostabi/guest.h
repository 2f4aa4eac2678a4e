/* SPDX-License-Identifier: MIT */

/* The program's memory, from outside: every access is checked here, in 64 bits.
 *
 * Results are WASI errno values: VC_WASI_FAULT for a range that is not all memory, and then nothing
 * was read or written. No alignment is asked for. A range of no bytes may lie at the very end.
 */

#ifndef VC_HOSTABI_GUEST_H
#define VC_HOSTABI_GUEST_H

#include "abi/wasi.h"
#include "engine/engine.h"

constexpr uint32_t VC_GUEST_IOVECS_MAX = 1024; /* of one call, as POSIX's IOV_MAX */

struct vc_guest_iovec {
    uint8_t *data;
    uint32_t size; /* bytes */
};

struct vc_guest_iovecs {
    uint32_t count;
    uint32_t size; /* bytes of all together */
    struct vc_guest_iovec items[VC_GUEST_IOVECS_MAX];
};

/* The bytes [at, at + size) themselves, until the program runs again. */
uint32_t vc_guest_range(const struct vc_engine_memory *memory, uint64_t at, uint64_t size,
                        uint8_t **bytes);

uint32_t vc_guest_store_u32(const struct vc_engine_memory *memory, uint64_t at, uint32_t value);
uint32_t vc_guest_store_u64(const struct vc_engine_memory *memory, uint64_t at, uint64_t value);

/* Numbers inside a structure that vc_guest_range found; little endian as WebAssembly is. */
void vc_guest_put_u16(uint8_t *bytes, uint16_t value);
void vc_guest_put_u32(uint8_t *bytes, uint32_t value);
void vc_guest_put_u64(uint8_t *bytes, uint64_t value);
uint32_t vc_guest_get_u32(const uint8_t *bytes);
uint64_t vc_guest_get_u64(const uint8_t *bytes);

/* Copies an array of WASI iovecs and checks what each points at. VC_WASI_INVAL: more than
 * VC_GUEST_IOVECS_MAX, or 4 GiB and more in all. */
uint32_t vc_guest_iovecs(const struct vc_engine_memory *memory, uint64_t at, uint64_t count,
                         struct vc_guest_iovecs *iovecs);

#endif
