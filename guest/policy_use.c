/* SPDX-License-Identifier: MIT */

/* All that veracruz.h has for the policy, used once: compiled as C11 and as C++, by the compilers
 * of programs. */

#include <veracruz.h>

int ask(char *answer, size_t room, size_t *size);
int allow_less(const char *path, const char *receiver);

int ask(char *answer, size_t room, size_t *size)
{
    if (vz_query("self", answer, room, size) != 0)
        return errno;
    return vz_may("program:other", "read", "/output/sum.txt");
}

int allow_less(const char *path, const char *receiver)
{
    char answer[256];

    if (vz_narrow("{\"freeze_inputs\":true}", VZ_CONTAINER, answer, sizeof(answer)) != 0)
        return errno;
    if (vz_take_read_from_all_but(path, receiver) != 0 ||
        vz_take_read_from_all_but(path, NULL) != 0)
        return errno;
    if (vz_take_from(path, VZ_WRITE | VZ_APPEND | VZ_DELETE, receiver) != 0)
        return errno;
    if (vz_read_once(path) != 0 || vz_give_up(path, VZ_READ | VZ_LIST | VZ_EXECUTE) != 0)
        return errno;
    return 0;
}
