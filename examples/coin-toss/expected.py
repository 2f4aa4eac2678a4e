#!/usr/bin/env python3
"""Is this a toss? What a party asks when it has what was told, and trusts nothing else: exit code 1 and why, if not.

  expected.py COMMITTED TOSS"""

import hashlib
import pathlib
import re
import sys

COMMITTED = re.compile(r"(\S+) ([0-9a-f]{64})\n" * 2)
TOSS = re.compile(r"(\S+) ([01]) ([0-9a-f]{64})\n" * 2 + r"coin ([01])\n")


def fault(committed, toss):
    """Of the texts of both files; none: the coin is that of two bits to which both had committed."""
    before, after = COMMITTED.fullmatch(committed), TOSS.fullmatch(toss)
    if not before or not after or before.group(1, 3) != after.group(1, 4):
        return "no coin of these two"
    for name, digest, bit, nonce in ((*before.group(1, 2), *after.group(2, 3)), (*before.group(3, 4), *after.group(5, 6))):
        if hashlib.sha256(bytes.fromhex(nonce) + bit.encode()).hexdigest() != digest:
            return f"{name} has opened something else"
    if int(after[7]) != int(after[2]) ^ int(after[5]):
        return "the coin is another"
    return None


if __name__ == "__main__":
    sys.exit(fault(*(pathlib.Path(name).read_text() for name in sys.argv[1:])))
