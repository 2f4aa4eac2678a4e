/* SPDX-License-Identifier: MIT */

/* A program that asks for what no container offers. */

__attribute__((import_module("somewhere"), import_name("else"))) int elsewhere(int value);

int main(void)
{
    return elsewhere(1);
}
