/* SPDX-License-Identifier: MIT */

int main(void)
{
    __builtin_trap();
}
