#!/usr/bin/env python3
"""Opens a letter with a passphrase: PBKDF2 of Python's library, and an AES-GCM of its own (../aes/gcm.py).

    expected.py LETTER PASSPHRASE [COST]

Prints the message; exit code 1: there is none for this passphrase.
"""

import hashlib
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "aes"))
import gcm  # noqa: E402

SALT_SIZE, NONCE_SIZE, TEXT_SIZE = 16, 12, 1024
SLOT_SIZE = NONCE_SIZE + TEXT_SIZE + gcm.TAG_SIZE
LETTER_SIZE = SALT_SIZE + 2 * SLOT_SIZE
COST = 100000


def slots(letter):
    if len(letter) != LETTER_SIZE:
        raise ValueError(f"a letter has {LETTER_SIZE} bytes, this {len(letter)}")
    return [letter[start:start + SLOT_SIZE] for start in (SALT_SIZE, SALT_SIZE + SLOT_SIZE)]


def open_letter(letter, passphrase, cost=COST):
    """The message and the number of its slot; None: no slot opens."""
    salt = letter[:SALT_SIZE]
    cipher = gcm.Gcm(hashlib.pbkdf2_hmac("sha256", passphrase, salt, cost, 32))
    for number, slot in enumerate(slots(letter)):
        try:
            text = cipher.decrypt(slot[:NONCE_SIZE], salt, slot[NONCE_SIZE:])
        except gcm.NotGenuine:
            continue
        size = int.from_bytes(text[:2], "big")
        if text[2 + size:].strip(b"\0"):
            raise ValueError("what follows the message is not zeros")
        return text[2:2 + size], number
    return None


def main():
    found = open_letter(pathlib.Path(sys.argv[1]).read_bytes(), sys.argv[2].encode(), *map(int, sys.argv[3:4]))
    if found is None:
        print("nothing here for this passphrase", file=sys.stderr)
        sys.exit(1)
    sys.stdout.buffer.write(found[0] + b"\n")


if __name__ == "__main__":
    main()
