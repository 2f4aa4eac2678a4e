#!/usr/bin/env python3
"""What each bidder must be told, from all bids in one place.

  expected.py BIDDER-TO-BE-TOLD DIR BIDDER..."""

import decimal
import pathlib
import re
import sys

SIZE = 48
MOST = 10**12
AMOUNT = re.compile(rb"([0-9]{1,13}(\.[0-9]{1,2})?)\n")


def news(names, bids):
    """What everybody is told. bids: by name, what is in the file of each who has put one."""
    found = {name: AMOUNT.match(bids.get(name, b"")) for name in names}
    amounts = {name: decimal.Decimal(match[1].decode()) for name, match in found.items() if match}
    amounts = {name: amount for name, amount in amounts.items() if amount <= MOST}
    told = {name: "not won" if name in amounts else "no bid" for name in names}
    if amounts:
        winner = max(amounts, key=amounts.get)  # of equal ones the first
        told[winner] = f"won, and the price is {sorted(amounts.values())[-2:][0]:.2f}"
    return {name: text.ljust(SIZE - 1) + "\n" for name, text in told.items()}


def main():
    who, folder, *names = sys.argv[1:]
    files = {name: pathlib.Path(folder, name + ".txt") for name in names}
    print(news(names, {name: file.read_bytes() for name, file in files.items() if file.exists()})[who], end="")


if __name__ == "__main__":
    main()
