/* SPDX-License-Identifier: MIT */

/* Reads beyond its memory. */

int main(void)
{
    return *(volatile unsigned char *)0xfffffff0U;
}
