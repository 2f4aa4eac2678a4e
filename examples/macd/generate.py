#!/usr/bin/env python3
"""Prints prices, one per line: a walk from 100 that a seed decides."""

import argparse
import random


def make_prices(seed, count):
    source = random.Random(seed)
    price, prices = 10000, []
    for _ in range(count):
        price = max(1, price + source.randint(-80, 81))
        prices.append(f"{price // 100}.{price % 100:02d}")
    return prices


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    print("\n".join(make_prices(arguments.seed, arguments.count)))


if __name__ == "__main__":
    main()
