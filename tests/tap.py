"""Test suites that speak TAP: functions and rows of tables, each one a subtest; a failure says what was found and wanted."""

import os
import random
import sys
import traceback


class Failure(Exception):
    """What was observed is not what must be."""


class Skip(Exception):
    """This machine does not let the test look."""


def check(condition, what):
    if not condition:
        raise Failure(what)


def equal(found, wanted, what):
    if found != wanted:
        raise Failure(f"{what}: {found!r}, wanted {wanted!r}")


def contains(text, part, what):
    if part not in text:
        raise Failure(f"{what}: {part!r} is not in {text!r}")


class Suite:
    """`setting` is a context manager: made once, handed to each test."""

    def __init__(self, setting):
        self.setting = setting
        self.tests = []
        self.seed = int(os.environ.get("VERACRUZ_TEST_SEED") or random.SystemRandom().randrange(1 << 32))

    def test(self, function):
        self.tests.append((function.__name__.replace("_", " "), function, ()))
        return function

    def rows(self, table):
        """The function runs once for each row; a row begins with its name."""

        def register(function):
            about = function.__name__.replace("_", " ")
            self.tests.extend((f"{about}: {row[0]}", function, row[1:]) for row in table)
            return function

        return register

    def main(self):
        print(f"TAP version 13\n1..{len(self.tests)}\n# seed {self.seed} (VERACRUZ_TEST_SEED repeats it)", flush=True)
        random.seed(self.seed)
        try:
            with self.setting() as setting:
                failed = sum([not self.run(number, setting, *test) for number, test in enumerate(self.tests, 1)])
        except Exception:
            say(traceback.format_exc())
            print("Bail out! the setting failed", flush=True)
            sys.exit(1)
        sys.exit(1 if failed else 0)

    def run(self, number, setting, name, function, row):
        try:
            function(setting, *row)
        except Skip as reason:
            print(f"ok {number} - {name} # SKIP {reason}", flush=True)
            return True
        except Exception as error:
            print(f"not ok {number} - {name}", flush=True)
            say(str(error) if isinstance(error, Failure) else traceback.format_exc())
            say(setting.logs())
            return False
        print(f"ok {number} - {name}", flush=True)
        return True


def say(text):
    for line in text.splitlines():
        print(f"# {line}", flush=True)
