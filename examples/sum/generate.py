#!/usr/bin/env python3
"""Prints integers, one per line, that a seed decides."""

import argparse
import random

LARGEST = 10**12


def make_numbers(seed, count):
    source = random.Random(seed)
    return [source.randint(-LARGEST, LARGEST) for _ in range(count)]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    for number in make_numbers(arguments.seed, arguments.count):
        print(number)


if __name__ == "__main__":
    main()
