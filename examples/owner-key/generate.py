#!/usr/bin/env python3
"""Makes a key, amounts, and the records that an owner's machine would have written under that key; a seed decides.

DIR/key has 32 bytes; DIR/amounts one amount per line, for comparison; DIR/records is the stream: of each record the size (4 bytes,
big endian), then nonce, ciphertext and tag.
"""

import argparse
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "aes"))
import gcm  # noqa: E402


def make_amounts(source, count):
    return [f"{source.randrange(100000)}.{source.randrange(100):02d}" for _ in range(count)]


def seal(cipher, number, amount):
    """Nonces count: the same never comes twice under one key."""
    nonce = number.to_bytes(12, "big")
    return nonce + cipher.encrypt(nonce, number.to_bytes(8, "big"), amount.encode())


def frame(record):
    return len(record).to_bytes(4, "big") + record


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=pathlib.Path, required=True, metavar="DIR")
    arguments = parser.parse_args()
    source = random.Random(arguments.seed)
    key = source.randbytes(32)
    cipher, amounts = gcm.Gcm(key), make_amounts(source, arguments.count)
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "key").write_bytes(key)
    (arguments.out / "amounts").write_text("".join(f"{amount}\n" for amount in amounts))
    (arguments.out / "records").write_bytes(b"".join(frame(seal(cipher, i, amount)) for i, amount in enumerate(amounts)))


if __name__ == "__main__":
    main()
