#!/usr/bin/env python3
"""The example of set intersection with sum, performed whole: the values that the regulator gets, and what bad tables do."""

import decimal
import os
import pathlib
import random
import subprocess
import sys

import harness
from tap import Suite, contains, equal

HERE = harness.PROJECT / "examples/psi-sum"
sys.path.insert(0, str(HERE))
import generate  # noqa: E402

suite = Suite(harness.Stage)


def perform(stage, customers, treatments, minimum):
    """Runs run.sh on these rows; returns its process and the regulator's result (None if there is none)."""
    tables = stage.path("tables")
    tables.mkdir()
    (tables / "insurer.csv").write_text("".join(f"{row}\n" for row in ["customer", *customers]))
    (tables / "hospital.csv").write_text("".join(f"{row}\n" for row in ["customer,amount", *treatments]))
    result = stage.path("result.csv")
    done = subprocess.run([HERE / "run.sh", "--tables", tables, "--minimum", str(minimum), "--result", result], text=True,
                          capture_output=True, stdin=subprocess.DEVNULL, timeout=4 * harness.PATIENCE,
                          env={**stage.environment, "VERACRUZ_BUILD": str(harness.BUILD), "TMPDIR": str(stage.folder)})
    return done, pathlib.Path(result).read_text() if os.path.exists(result) else None


def honest(stage, customers, treatments, minimum, wanted):
    done, result = perform(stage, customers, [",".join(row) for row in treatments], minimum)
    equal(done.returncode, 0, f"exit code of run.sh\n{done.stdout}{done.stderr}")
    equal(result, "customers,sum\n" + wanted + "\n", "result")


@suite.rows([("few rows", 40), ("thousands of rows", 5000)])
def random_tables(stage, rows):
    seed = random.randrange(1 << 32)
    print(f"# tables of seed {seed}")
    customers, treatments = generate.make_tables(seed, rows)
    common = set(customers) & {customer for customer, _ in treatments}
    total = decimal.Decimal(0)
    for customer, amount in treatments:
        total += decimal.Decimal(amount) if customer in common else 0
    honest(stage, customers, treatments, 1, f"{len(common)},{total:.2f}")


LARGEST = "1000000000000"


@suite.rows([
    ("nobody in common", ["a", "b"], [("c", "1")], 0, "0,0.00"),
    ("empty tables", [], [], 0, "0,0.00"),
    ("empty tables, and a minimum", [], [], 1, "fewer than 1,withheld"),
    ("a customer twice, a treatment twice", ["a", "a", "b"], [("a", "1.5"), ("a", "1.50"), ("c", "7")], 1, "1,3.00"),
    ("as many as the minimum", ["a", "b"], [("a", "1"), ("b", "2")], 2, "2,3.00"),
    ("one below the minimum", ["a", "b"], [("a", "1"), ("b", "2")], 3, "fewer than 3,withheld"),
    ("largest amounts", ["a"], [("a", LARGEST)] * 3, 1, "1,3000000000000.00"),
    ("ids that are prefixes", ["a", "aa", "aaa"], [("aa", "0.01"), ("aaaa", "5")], 1, "1,0.01"),
])
def known_tables(stage, customers, treatments, minimum, wanted):
    honest(stage, customers, treatments, minimum, wanted)


@suite.rows([
    ("an empty id", ["a", ""], ["a,1"]),
    ("a row with a comma too many", ["a,b"], ["a,1"]),
    ("an id that is too long", ["a" * 65], ["a,1"]),
    ("a negative amount", ["a"], ["a,-1"]),
    ("an amount with three decimals", ["a"], ["a,1.001"]),
    ("no amount", ["a"], ["a"]),
])
def malformed_tables(stage, customers, treatments):
    done, result = perform(stage, customers, treatments, 1)
    equal(done.returncode, 1, "exit code of run.sh")
    contains(done.stderr, "exit code 8", "what run.sh says")
    equal(result, None, "result")


if __name__ == "__main__":
    suite.main()
