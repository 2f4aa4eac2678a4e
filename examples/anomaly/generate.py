#!/usr/bin/env python3
"""Makes a table of normal rows and rows to be watched, of which one in ten is odd; a seed decides.

DIR/normal.csv has a header; DIR/rows.csv has none; DIR/odd.txt has the numbers of the rows that were made odd.
"""

import argparse
import pathlib
import random

COLUMNS = 8
CAUSES = 3  # that all columns follow from


def make_row(source, mixture, odd):
    causes = [source.gauss(0, 1) for _ in range(CAUSES)]
    values = [10 + sum(weight * cause for weight, cause in zip(weights, causes)) + source.gauss(0, 0.2) for weights in mixture]
    if odd:  # within the range of its column, and against the others
        values[source.randrange(COLUMNS)] += source.choice([-3, 3])
    return ",".join(f"{value:.4f}" for value in values)


def make_tables(seed, count):
    source = random.Random(seed)
    mixture = [[source.uniform(-1, 1) for _ in range(CAUSES)] for _ in range(COLUMNS)]
    normal = [make_row(source, mixture, False) for _ in range(count)]
    odd = [source.random() < 0.1 for _ in range(count)]
    return normal, [make_row(source, mixture, is_odd) for is_odd in odd], [i for i, is_odd in enumerate(odd, 1) if is_odd]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=pathlib.Path, required=True, metavar="DIR")
    arguments = parser.parse_args()
    normal, rows, odd = make_tables(arguments.seed, arguments.rows)
    arguments.out.mkdir(parents=True, exist_ok=True)
    header = ",".join(f"c{i}" for i in range(1, COLUMNS + 1))
    for name, lines in (("normal.csv", [header, *normal]), ("rows.csv", rows), ("odd.txt", map(str, odd))):
        (arguments.out / name).write_text("".join(line + "\n" for line in lines))


if __name__ == "__main__":
    main()
