#!/usr/bin/env python3
"""Computes what the example must give, independently of it: sets and exact decimals, all data in one place."""

import argparse
import csv
import decimal


def expected(insurer, hospital, minimum):
    with open(insurer, newline="") as file:
        customers = {row["customer"] for row in csv.DictReader(file)}
    with open(hospital, newline="") as file:
        treatments = [row for row in csv.DictReader(file) if row["customer"] in customers]
    count = len({row["customer"] for row in treatments})
    total = sum((decimal.Decimal(row["amount"]) for row in treatments), decimal.Decimal(0))
    if count < minimum:
        return f"customers,sum\nfewer than {minimum},withheld\n"
    return f"customers,sum\n{count},{total:.2f}\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("insurer")
    parser.add_argument("hospital")
    parser.add_argument("--minimum", type=int, default=10)
    arguments = parser.parse_args()
    print(expected(arguments.insurer, arguments.hospital, arguments.minimum), end="")


if __name__ == "__main__":
    main()
