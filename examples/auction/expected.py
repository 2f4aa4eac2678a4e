#!/usr/bin/env python3
"""What the result and the receipts must say, from all bids in one place."""

import argparse
import decimal
import hashlib
import pathlib


def receipt(title, bidder, bid):
    return f"auction: {title}\nbidder: {bidder}\nbid sha-256: {hashlib.sha256(bid).hexdigest()}\n"


def result(title, bids):
    """bids: (bidder, content of the file), in the order in which the policy names them."""
    amounts = [decimal.Decimal(bid.decode().splitlines()[1].split(",")[0]) for _, bid in bids]
    winner, price = "nobody", "none"
    if bids:
        winner = bids[amounts.index(max(amounts))][0]
        price = f"{sorted(amounts)[-2:][0]:.2f}"
    counted = "".join(f"counted sha-256: {hashlib.sha256(bid).hexdigest()}\n" for _, bid in bids)
    return f"auction: {title}\nwinner: {winner}\nprice: {price}\n{counted}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("title")
    parser.add_argument("bids", nargs="*", type=pathlib.Path, metavar="BIDDER.csv")
    parser.add_argument("--receipt", action="store_true", help="of the first, instead of the result")
    arguments = parser.parse_args()
    bids = [(path.stem, path.read_bytes()) for path in arguments.bids]
    print(receipt(arguments.title, *bids[0]) if arguments.receipt else result(arguments.title, bids), end="")


if __name__ == "__main__":
    main()
