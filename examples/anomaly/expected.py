#!/usr/bin/env python3
"""Computes what the example must give, independently of it: Gauss-Jordan elimination with 60 digits.

expected.py TABLE ROWS prints it; with --compare FILE it says how far the distances in FILE are from it, and fails if one differs by more
than 1e-9 of its value, or a verdict differs.
"""

import argparse
import decimal
import sys
from decimal import Decimal

decimal.getcontext().prec = 60
SHRINKAGE = Decimal("0.01")
TOLERANCE = Decimal("1e-9")


def invert(matrix):
    size = len(matrix)
    rows = [row + [Decimal(int(i == j)) for j in range(size)] for i, row in enumerate(matrix)]
    for i in range(size):
        pivot = max(range(i, size), key=lambda j: abs(rows[j][i]))
        rows[i], rows[pivot] = rows[pivot], rows[i]
        rows[i] = [value / rows[i][i] for value in rows[i]]
        for j in range(size):
            if j != i and rows[j][i] != 0:
                factor = rows[j][i]
                rows[j] = [left - factor * right for left, right in zip(rows[j], rows[i])]
    return [row[size:] for row in rows]


def dot(left, right):
    return sum((a * b for a, b in zip(left, right)), Decimal(0))


def expected(table, rows, permille=50):
    """table: rows of numbers to learn from. Returns (distance, is it an anomaly) of each row."""
    count, columns = len(table), list(zip(*table))
    mean = [sum(column) / count for column in columns]
    centred = [[value - mean[j] for value in column] for j, column in enumerate(columns)]
    covariance = [[dot(a, b) / (count - 1) for b in centred] for a in centred]
    for j, row in enumerate(covariance):
        row[j] *= 1 + SHRINKAGE
    inverse = invert(covariance)

    def measure(row):
        away = [value - middle for value, middle in zip(row, mean)]
        return dot(away, [dot(line, away) for line in inverse])

    learnt = sorted(measure(row) for row in table)
    threshold = learnt[count - 1 - count * permille // 1000]
    return [(distance, distance > threshold) for distance in map(measure, rows)]


def read_rows(path, skip):
    with open(path) as file:
        return [[Decimal(value) for value in line.strip().split(",")] for line in list(file)[skip:]]


def compare(wanted, path):
    with open(path) as file:
        found = [line.strip().split(",") for line in file]
    if [line[0] for line in found] != [str(i) for i in range(1, len(wanted) + 1)]:
        sys.exit(f"{path}: not a line for each of {len(wanted)} rows")
    worst = max(abs(Decimal(line[1]) / distance - 1) for line, (distance, _) in zip(found, wanted))
    print(f"largest relative difference: {worst:.1e}")
    if worst > TOLERANCE:
        sys.exit(f"{path}: differs by more than {TOLERANCE}")
    for line, (distance, odd) in zip(found, wanted):
        if (line[2] == "anomaly") != odd:
            sys.exit(f"{path}: row {line[0]} is told as {line[2]}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("table")
    parser.add_argument("rows")
    parser.add_argument("--permille", type=int, default=50)
    parser.add_argument("--compare", metavar="FILE")
    arguments = parser.parse_args()
    wanted = expected(read_rows(arguments.table, 1), read_rows(arguments.rows, 0), arguments.permille)
    if arguments.compare:
        compare(wanted, arguments.compare)
        return
    for i, (distance, odd) in enumerate(wanted, 1):
        print(f"{i},{float(distance)!r},{'anomaly' if odd else 'normal'}")


if __name__ == "__main__":
    main()
