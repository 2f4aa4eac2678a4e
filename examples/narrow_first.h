/* SPDX-License-Identifier: MIT */

/* For examples of which one run alone may go on: narrowings are put in force one after the other,
 * and each says whether it has changed anything. */

#ifndef EXAMPLES_NARROW_FIRST_H
#define EXAMPLES_NARROW_FIRST_H

#include "veracruz.h"

/* Narrows for the container's life. 1: that was this run; 0: all of it was so before; -1: errno. */
[[nodiscard]] static inline int narrow_first(const char *narrowing)
{
    char answer[64];

    if (vz_narrow(narrowing, VZ_CONTAINER, answer, sizeof answer) != 0)
        return -1;
    return strcmp(answer, "{\"changed\":true}") == 0;
}

#endif
