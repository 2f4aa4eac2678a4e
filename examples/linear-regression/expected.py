#!/usr/bin/env python3
"""Computes what the example must give, independently of it: the normal equations in exact fractions, rounded once at the end.

With --compare FILE it says how far FILE is from that, and fails if a coefficient differs by more than 1e-9 of its value.
"""

import argparse
import csv
import sys
from fractions import Fraction

TOLERANCE = 1e-9


def read_rows(paths):
    rows = []
    for path in paths:
        with open(path, newline="") as file:
            table = list(csv.reader(file))
        header = table[0]
        rows += [[Fraction(1)] + [Fraction(value) for value in row] for row in table[1:]]
    return ["intercept"] + header[:-1], rows


def solve(matrix):
    """Gauss-Jordan elimination; each row is the coefficients and, last, the right-hand side."""
    size = len(matrix)
    for i in range(size):
        pivot = next(j for j in range(i, size) if matrix[j][i] != 0)
        matrix[i], matrix[pivot] = matrix[pivot], matrix[i]
        matrix[i] = [value / matrix[i][i] for value in matrix[i]]
        for j in range(size):
            if j != i and matrix[j][i] != 0:
                factor = matrix[j][i]
                matrix[j] = [left - factor * right for left, right in zip(matrix[j], matrix[i])]
    return [row[-1] for row in matrix]


def expected(paths):
    terms, rows = read_rows(paths)
    size = len(terms)
    normal = [[sum(row[i] * row[j] for row in rows) for j in range(size + 1)] for i in range(size)]
    return dict(zip(terms, solve(normal)))


def compare(coefficients, path):
    with open(path, newline="") as file:
        found = {row["term"]: Fraction(row["coefficient"]) for row in csv.DictReader(file)}
    if list(found) != list(coefficients):
        sys.exit(f"{path}: terms {list(found)}, wanted {list(coefficients)}")
    worst = max(abs(found[term] / value - 1) for term, value in coefficients.items())
    print(f"largest relative difference: {float(worst):.1e}")
    if worst > TOLERANCE:
        sys.exit(f"{path}: differs by more than {TOLERANCE:g}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tables", nargs="+")
    parser.add_argument("--compare", metavar="FILE")
    arguments = parser.parse_args()
    coefficients = expected(arguments.tables)
    if arguments.compare:
        compare(coefficients, arguments.compare)
        return
    print("term,coefficient")
    for term, value in coefficients.items():
        print(f"{term},{float(value)!r}")


if __name__ == "__main__":
    main()
