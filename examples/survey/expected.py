#!/usr/bin/env python3
"""What a survey must say, from all answers in one place.

  expected.py LEAST average|median ANSWER-FILE..."""

import decimal
import pathlib
import re
import statistics
import sys

ANSWER = re.compile(rb"([0-9]{1,3})\n")


def result(least, what, texts):
    """None: too few have answered. texts: what is in the files that are there."""
    answers = [int(match[1]) for match in map(ANSWER.fullmatch, texts) if match and int(match[1]) <= 100]
    if len(answers) < least:
        return None
    value = {"average": statistics.mean, "median": statistics.median}[what]([decimal.Decimal(answer) for answer in answers])
    return f"{value.quantize(decimal.Decimal('0.01'), decimal.ROUND_HALF_UP)} of {len(answers)} answers\n"


if __name__ == "__main__":
    said = result(int(sys.argv[1]), sys.argv[2], [pathlib.Path(name).read_bytes() for name in sys.argv[3:]])
    sys.exit("too few have answered") if said is None else print(said, end="")
