/* SPDX-License-Identifier: MIT */

/* Compiler vocabulary of the whole tree: the only file that names attributes. */

#ifndef VC_BASE_DEFS_H
#define VC_BASE_DEFS_H

#include <stddef.h>
#include <stdint.h>

#define vc_cleanup(fn)  __attribute__((cleanup(fn)))
#define vc_printf(f, a) __attribute__((format(printf, f, a)))

/* Number of elements of a true array. */
#define VC_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Moves a pointer out of an owning local; its cleanup then finds nullptr. */
#define vc_take(owner)                  \
    (__extension__({                    \
        typeof(owner) moved_ = (owner); \
        (owner) = nullptr;              \
        moved_;                         \
    }))

/* Moves a descriptor out of an owning local; its cleanup then finds -1. */
#define vc_take_fd(owner)     \
    (__extension__({          \
        int moved_ = (owner); \
        (owner) = -1;         \
        moved_;               \
    }))

/* Gives a release function its cleanup twin: vc_key_free -> vc_key_freep. */
#define VC_DEFINE_CLEANUP(type, release)       \
    static inline void release##p(type **slot) \
    {                                          \
        release(*slot);                        \
        *slot = nullptr;                       \
    }                                          \
    static_assert(sizeof(type *) != 0)

/* A borrowed, read-only run of bytes. `data` may be null only if `size` is 0. */
struct vc_bytes {
    const uint8_t *data;
    size_t size; /* bytes */
};

/* The bytes of an object, its padding included: for messages between processes of one build. */
#define VC_BYTES_OF(object) ((struct vc_bytes){(const uint8_t *)&(object), sizeof(object)})

/* The bytes of a string literal or array, without a terminating NUL. */
#define VC_BYTES(array) ((struct vc_bytes){(const uint8_t *)(array), sizeof(array)})

#endif
