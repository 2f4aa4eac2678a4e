#!/usr/bin/env python3
"""Computes what the example must give: the line of each round, from the folders of the rounds, in each of which are files of numbers."""

import argparse
import pathlib


def expected(rounds):
    """rounds: for each, all its numbers."""
    lines, everything = [], []
    for i, numbers in enumerate(rounds, 1):
        everything += numbers
        lines.append(f"{i},{len(numbers)},{sum(numbers)},{len(everything)},{sum(everything)}")
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rounds", nargs="+", type=pathlib.Path)
    rounds = [[int(line) for file in folder.iterdir() for line in file.read_text().split()] for folder in parser.parse_args().rounds]
    print("\n".join(expected(rounds)))


if __name__ == "__main__":
    main()
