#!/usr/bin/env python3
"""The same statistics, from the amounts themselves; with --thief, what a program that wants the key must be told."""

import argparse
import pathlib

NOT_PERMITTED, INVALID_ARGUMENT, INVALID_HANDLE = -133, -135, -136
ATTEMPTS = {  # call: what it gives a program that may only decrypt
    "crypto_init": 0,
    "export_key": NOT_PERMITTED,
    "export_public_key": INVALID_ARGUMENT,
    "copy_key": NOT_PERMITTED,
    "key_wrap": NOT_PERMITTED,
    "aead_encrypt": NOT_PERMITTED,
    "aead_decrypt with ccm": NOT_PERMITTED,
    "aead_decrypt with a short tag": NOT_PERMITTED,
    "cipher_decrypt_setup": NOT_PERMITTED,
    "cipher_decrypt with ecb": NOT_PERMITTED,
    "mac_compute": NOT_PERMITTED,
    "sign_message": NOT_PERMITTED,
    "key_derivation_input_key": NOT_PERMITTED,
    "destroy_key": NOT_PERMITTED,
    "exported others": 0,
}


def hundredths(text):
    whole, _, part = text.partition(".")
    return int(whole) * 100 + int(part.ljust(2, "0") if part else 0)


def expected(amounts, minimum):
    values = [hundredths(amount) for amount in amounts]
    if len(values) < max(minimum, 1):
        return f"count,sum,least,largest,mean\nfewer than {max(minimum, 1)},withheld,withheld,withheld,withheld\n"
    numbers = [sum(values), min(values), max(values), sum(values) // len(values)]
    return f"count,sum,least,largest,mean\n{len(values)}," + ",".join(f"{n // 100}.{n % 100:02d}" for n in numbers) + "\n"


def thief(may_use):
    """To a program that the policy does not name for it, the key is as good as not there."""
    return "".join(f"{call},{status if may_use or status == 0 else INVALID_HANDLE}\n" for call, status in ATTEMPTS.items())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("amounts", nargs="?", type=pathlib.Path)
    parser.add_argument("--minimum", type=int, default=10)
    parser.add_argument("--thief", choices=["named", "unnamed"])
    arguments = parser.parse_args()
    if arguments.thief:
        print(thief(arguments.thief == "named"), end="")
    else:
        print(expected(arguments.amounts.read_text().split(), arguments.minimum), end="")


if __name__ == "__main__":
    main()
