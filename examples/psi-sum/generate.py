#!/usr/bin/env python3
"""Makes the two tables of the example: the same seed gives the same bytes.

The insurer lists customers, the hospital treatments; some customers were treated more than once, some rows are there twice,
some patients are no customers. Ids are SHA-256 of a number, as two owners would agree on to avoid names.
"""

import argparse
import hashlib
import pathlib
import random


def customer_id(number):
    return hashlib.sha256(b"customer %d" % number).hexdigest()


def amount(random_source):
    cents = random_source.randrange(0, 1_000_000)
    forms = [f"{cents // 100}.{cents % 100:02d}"]
    if cents % 10 == 0:
        forms.append(f"{cents // 100}.{cents % 100 // 10}")
    if cents % 100 == 0:
        forms.append(str(cents // 100))
    return random_source.choice(forms)


def make_tables(seed, rows):
    random_source = random.Random(seed)
    people = range(2 * rows)
    customers = [customer_id(number) for number in random_source.sample(people, rows)]
    customers += random_source.choices(customers, k=rows // 50)
    random_source.shuffle(customers)
    treatments = [(customer_id(random_source.choice(people)), amount(random_source)) for _ in range(rows)]
    return customers, treatments


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rows", type=int, default=1000, help="of each table")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("."))
    arguments = parser.parse_args()
    customers, treatments = make_tables(arguments.seed, arguments.rows)
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / "insurer.csv").write_text("customer\n" + "".join(f"{row}\n" for row in customers))
    (arguments.out / "hospital.csv").write_text("customer,amount\n" + "".join(f"{row},{sum}\n" for row, sum in treatments))


if __name__ == "__main__":
    main()
