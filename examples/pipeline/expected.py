#!/usr/bin/env python3
"""Says what the pipelines must have left: compares what is in a folder with what Python makes of it. Exit code 1: it is something else."""

import argparse
import pathlib
import sys


def numbers(path):
    """Comma between, perhaps a line feed at the end; each an unsigned number of 32 bits."""
    found = [int(word) for word in path.read_text().rstrip("\n").split(",")]
    if not all(0 <= number < 1 << 32 for number in found):
        raise ValueError(f"{path}: more than 32 bits")
    return found


def primes(limit):
    """Those up to the limit, by the sieve of Eratosthenes."""
    composite = set()
    for number in range(2, limit + 1):
        if number not in composite:
            composite.update(range(number * number, limit + 1, number))
    return [number for number in range(2, limit + 1) if number not in composite]


def mistakes(folder, limit):
    unsorted, result = folder / "unsorted.txt", folder / "sorted.txt"
    if len(numbers(unsorted)) != 32:
        yield f"{unsorted}: {len(numbers(unsorted))} numbers, wanted 32"
    if result.read_text() != ",".join(map(str, sorted(numbers(unsorted)))) + "\n":
        yield f"{result}: not {unsorted} in order"
    if numbers(folder / "number-set.txt") != primes(limit):
        yield f"number-set.txt: not the primes up to {limit}"
    streamed = numbers(folder / "streamed.txt")
    if len(streamed) != 10000 or streamed != sorted(streamed) or len(set(streamed)) < 9900:
        yield "streamed.txt: not 10000 random numbers in order"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--limit", type=int, default=1000)
    parser.add_argument("folder", type=pathlib.Path)
    arguments = parser.parse_args()
    found = list(mistakes(arguments.folder, arguments.limit))
    print("\n".join(found) or "as Python has it")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
