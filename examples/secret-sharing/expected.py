#!/usr/bin/env python3
"""Puts a secret together from shares, independently: by logarithms to the base 3, which generates the field.

  expected.py SHARE-FILE..."""

import pathlib
import sys

EXP = [1]
for _ in range(254):  # times 3: x + 1
    doubled = EXP[-1] << 1
    EXP.append(EXP[-1] ^ (doubled ^ 0x11B if doubled > 255 else doubled))
LOG = {value: power for power, value in enumerate(EXP)}


def combine(shares):
    """The value at 0 of the polynomials through the shares: each a number, then values."""
    secret = bytearray(len(shares[0]) - 1)
    for share in shares:
        weight = sum(LOG[other[0]] - LOG[other[0] ^ share[0]] for other in shares if other[0] != share[0])
        for at, value in enumerate(share[1:]):
            if value:
                secret[at] ^= EXP[(LOG[value] + weight) % 255]
    return bytes(secret)


if __name__ == "__main__":
    sys.stdout.buffer.write(combine([pathlib.Path(name).read_bytes() for name in sys.argv[1:]]))
