#!/usr/bin/env python3
"""Computes what the example must give, independently of it and to the last digit: prices from a file, one per line."""

import argparse


def averages(values, period):
    """Exponential moving averages; the first value begins them."""
    weight, average, result = 2 / (period + 1), None, []
    for value in values:
        average = value if average is None else average + weight * (value - average)
        result.append(average)
    return result


def expected(prices, fast=12, slow=26, signal=9):
    values = [float(price) for price in prices]
    macd = [a - b for a, b in zip(averages(values, fast), averages(values, slow))]
    points = zip(macd, averages(macd, signal))
    return [f"{i},{m:.17g},{s:.17g},{m - s:.17g}" for i, (m, s) in enumerate(points, 1)]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("prices")
    with open(parser.parse_args().prices) as file:
        for line in expected(file.read().split()):
            print(line)


if __name__ == "__main__":
    main()
