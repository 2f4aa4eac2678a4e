#!/usr/bin/env python3
"""The example of linear regression, performed whole: each coefficient against an exact computation."""

import csv
import subprocess
import sys

import harness
from tap import Suite, check, equal

HERE = harness.PROJECT / "examples/linear-regression"
sys.path.insert(0, str(HERE))
import expected  # noqa: E402

TABLES = [HERE / "hospital-a.csv", HERE / "hospital-b.csv"]


class Performance(harness.Stage):
    """The example, performed once."""

    def prepare(self):
        self.result = self.path("coefficients.csv")
        self.done = subprocess.run([HERE / "run.sh", "--result", self.result], text=True, capture_output=True, stdin=subprocess.DEVNULL,
                                   timeout=4 * harness.PATIENCE,
                                   env={**self.environment, "VERACRUZ_BUILD": str(harness.BUILD), "TMPDIR": str(self.folder)})


suite = Suite(Performance)


@suite.test
def the_example_ends_well(stage):
    equal(stage.done.returncode, 0, f"exit code of run.sh\n{stage.done.stdout}{stage.done.stderr}")


@suite.test
def the_tables_are_the_ones_that_are_described(_):
    rows = [len(path.read_text().splitlines()) - 1 for path in TABLES]
    equal(rows, [221, 221], "rows")


@suite.test
def every_coefficient_is_right_to_a_billionth(stage):
    wanted = expected.expected(TABLES)
    with open(stage.result, newline="") as file:
        found = {row["term"]: float(row["coefficient"]) for row in csv.DictReader(file)}
    equal(list(found), list(wanted), "terms")
    for term, value in wanted.items():
        check(abs(found[term] - value) <= 1e-9 * abs(value), f"{term}: {found[term]!r}, wanted {float(value)!r}")


@suite.test
def known_coefficients(_):
    """What every textbook's fit of this table begins with: an anchor for the exact computation itself."""
    exact = expected.expected(TABLES)
    equal([round(float(exact[term]), 2) for term in ("age", "sex", "bmi", "bp")], [-0.04, -22.86, 5.60, 1.12], "coefficients")


if __name__ == "__main__":
    suite.main()
