/* SPDX-License-Identifier: MIT */

#include "worker/payload.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "abi/worker.h"

/* Everything that runs in the worker is in the section "payload", in one function: no library, no
 * data, no address that is not relative. meson.build turns off what the compiler would add. */
#define PAYLOAD __attribute__((section("payload"), used))
#define INLINE  static inline __attribute__((always_inline))

/* The linker's names for the section's bounds. */
extern const uint8_t payload_first[] __asm__("__start_payload")
    __attribute__((visibility("hidden")));
extern const uint8_t payload_last[] __asm__("__stop_payload") __attribute__((visibility("hidden")));

struct room {
    struct {
        struct vc_worker_end head;
        struct payload_report report;
    } packet;
    uint8_t space[4096];
};

/* The way in: from the middle of a function, with its order behind the last byte. */
__asm__(".pushsection payload, \"ax\", @progbits\n"
        "lea __stop_payload(%rip), %rdi\n"
        "and $-16, %rsp\n"
        "cld\n"
        "call payload_main\n"
        "ud2\n"
        ".popsection\n");

INLINE int64_t call_64(uint64_t number, const uint64_t a[6])
{
    register uint64_t r10 __asm__("r10") = a[3];
    register uint64_t r8 __asm__("r8") = a[4];
    register uint64_t r9 __asm__("r9") = a[5];
    int64_t result;

    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a[0]), "S"(a[1]), "d"(a[2]), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
    return result;
}

/* Numbers and meanings of i386. */
INLINE int64_t call_32(uint64_t number, const uint64_t a[6])
{
    int64_t result;

    __asm__ volatile("push %%rbx\n"
                     "mov %[first], %%rbx\n"
                     "int $0x80\n"
                     "pop %%rbx\n"
                     : "=a"(result)
                     : "a"(number), [first] "r"(a[0]), "c"(a[1]), "d"(a[2]), "S"(a[3]), "D"(a[4])
                     : "r8", "r9", "r10", "r11", "memory");
    return result;
}

INLINE int64_t touch(const uint64_t a[6])
{
    volatile uint8_t *at = (volatile uint8_t *)(uintptr_t)a[0];

    for (uint64_t i = 0; i < a[1]; i += a[3])
        at[i] = (uint8_t)a[2];
    return 0;
}

INLINE int64_t time_stamp(void)
{
    uint32_t low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (int64_t)((uint64_t)high << 32 | low);
}

INLINE int64_t list(uint8_t bits[], uint64_t count, struct stat *stat)
{
    int64_t open = 0;

    for (uint64_t fd = 0; fd < count; fd++) {
        const uint64_t a[6] = {fd, (uintptr_t)stat};

        if (call_64(SYS_fstat, a) == 0) {
            bits[fd / 8] |= (uint8_t)(1U << fd % 8);
            open++;
        }
    }
    return open;
}

INLINE uint64_t meant(uint64_t argument, const struct room *room)
{
    uint64_t low = argument & ((UINT64_C(1) << 56) - 1);

    if (argument >> 56 == PAYLOAD_ROOM(0) >> 56)
        return (uintptr_t)room->space + low;
    if (argument >> 56 == PAYLOAD_RESULT(0) >> 56)
        return (uint64_t)room->packet.report.results[low % PAYLOAD_STEPS_MAX];
    return argument;
}

INLINE int64_t take_step(const struct payload_step *step, struct room *room)
{
    uint64_t a[6];

    for (unsigned i = 0; i < 6; i++)
        a[i] = meant(step->arguments[i], room);
    if (step->action == PAYLOAD_CALL)
        return call_64(step->call, a);
    if (step->action == PAYLOAD_CALL_32)
        return call_32(step->call, a);
    if (step->action == PAYLOAD_TOUCH)
        return touch(a);
    if (step->action == PAYLOAD_LOAD)
        return *(volatile int64_t *)(uintptr_t)a[0];
    if (step->action == PAYLOAD_TIME)
        return time_stamp();
    if (step->action == PAYLOAD_LIST)
        return list(room->space, a[0], (struct stat *)(uintptr_t)(room->space + 2048));
    ((void (*)(void))(uintptr_t)a[0])();
    return 0;
}

/* The descriptor becomes the lowest number that is free. */
INLINE void ask(const struct payload_order *order, struct room *room)
{
    uint8_t rights[64] __attribute__((aligned(16)));
    struct iovec part = {room->space, sizeof(room->space)};
    struct msghdr message;
    volatile uint8_t *bytes = (volatile uint8_t *)&message;

    for (unsigned i = 0; i < sizeof(message); i++)
        bytes[i] = 0;
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = rights;
    message.msg_controllen = sizeof(rights);
    const uint64_t question[6] = {VC_WORKER_CONTROL_FD, (uintptr_t)order->question,
                                  order->question_size};
    const uint64_t answer[6] = {VC_WORKER_CONTROL_FD, (uintptr_t)&message};

    (void)call_64(SYS_write, question);
    (void)call_64(SYS_recvmsg, answer);
}

INLINE void report(struct room *room)
{
    const uint64_t end[6] = {VC_WORKER_CONTROL_FD, (uintptr_t)&room->packet, sizeof(room->packet)};
    const uint64_t nothing[6] = {};

    room->packet.head.kind = VC_WORKER_END;
    room->packet.head.reason = VC_END_EXITED;
    room->packet.head.exit_code = PAYLOAD_SURVIVED;
    room->packet.head.text_size = sizeof(room->packet.report);
    for (unsigned i = 0; i < PAYLOAD_DATA_MAX; i++)
        room->packet.report.data[i] = room->space[i];
    (void)call_64(SYS_write, end);
    (void)call_64(SYS_exit_group, nothing);
}

PAYLOAD void payload_main(const struct payload_order *order);

PAYLOAD void payload_main(const struct payload_order *order)
{
    struct room room;
    volatile uint8_t *bytes = (volatile uint8_t *)&room;

    for (unsigned i = 0; i < sizeof(room); i++)
        bytes[i] = 0;
    if (order->question_size > 0)
        ask(order, &room);
    for (unsigned i = 0; i < PAYLOAD_DATA_MAX; i++)
        room.space[i] = order->data[i];
    for (unsigned i = 0; i < PAYLOAD_STEPS_MAX && order->steps[i].action != PAYLOAD_NOTHING; i++)
        room.packet.report.results[i] = take_step(&order->steps[i], &room);
    report(&room);
}

struct vc_bytes payload_code(void)
{
    return (struct vc_bytes){payload_first, (size_t)(payload_last - payload_first)};
}
