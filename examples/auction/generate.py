#!/usr/bin/env python3
"""Makes bids from a seed, one file each: an amount, and a salt that keeps it from being guessed by its digest."""

import argparse
import pathlib
import random


def make_bid(source):
    return f"amount,salt\n{source.randrange(10000, 100000)}.{source.randrange(100):02d},{source.randbytes(16).hex()}\n"


def make_bids(seed, names):
    source = random.Random(seed)
    return {name: make_bid(source) for name in names}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="+", metavar="BIDDER")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=pathlib.Path, required=True, metavar="DIR")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name, bid in make_bids(arguments.seed, arguments.names).items():
        (arguments.out / f"{name}.csv").write_text(bid)


if __name__ == "__main__":
    main()
