#!/usr/bin/env python3
"""One program in the languages that people write programs in: the same words in, the same report out.

C++ is always there; Rust and Go if `make check-languages` has made them."""

import collections

import harness
from tap import Skip, Suite, contains, equal

MODULES = harness.BUILD / "tests/languages"
WORDS = "one two two three three three\nfour four\tfour four\n"


class Words(harness.Stage):
    def prepare(self):
        self.inputs, self.outputs = self.path("in"), self.path("out")
        self.inputs.mkdir()
        self.outputs.mkdir()
        (self.inputs / "words.txt").write_text(WORDS)
        (self.inputs / "other.txt").write_text("")

    def report(self):
        counts = collections.Counter(WORDS.split())
        lines = [f"{word} {counts[word]} pcs" for word in sorted(counts)] + ["file other.txt", "file words.txt"]
        return "".join(line + "\n" for line in lines)

    def run(self, module):
        (self.outputs / "report.txt").unlink(missing_ok=True)
        return self.veracruz("local", "run", "--folder", f"{self.inputs}::/in", "--folder", f"{self.outputs}::/out", "--env", "UNIT=pcs",
                             "--limit", "memory_mib=256", module, "--", "/in/words.txt", "/out/report.txt", timeout=4 * harness.PATIENCE)


suite = Suite(Words)


@suite.rows([("C++", "cpp"), ("Rust", "rust"), ("Go", "go")])
def a_census_in(world, language):
    module = MODULES / f"census-{language}.wasm"
    if not module.exists():
        raise Skip("not built: `make check-languages` builds it")
    done = world.run(module)
    equal(done.stdout, f"4 words, {len(world.report())} bytes\n", f"standard output (errors: {done.stderr})")
    equal(done.returncode, 3, f"exit status ({done.stderr})")
    equal((world.outputs / "report.txt").read_text(), world.report(), "report")
    equal([path.name for path in world.outputs.iterdir()], ["report.txt"], "what it left")


@suite.rows([("C++", "cpp"), ("Rust", "rust"), ("Go", "go")])
def its_own_words_when_something_is_missing_in(world, language):
    module = MODULES / f"census-{language}.wasm"
    if not module.exists():
        raise Skip("not built: `make check-languages` builds it")
    done = world.veracruz("local", "run", "--limit", "memory_mib=256", module, timeout=4 * harness.PATIENCE)
    equal((done.returncode, done.stdout), (1, ""), f"exit status and output ({done.stderr})")
    contains(done.stderr, "two arguments wanted", "errors")


suite.main()
