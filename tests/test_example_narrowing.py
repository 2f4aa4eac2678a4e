#!/usr/bin/env python3
"""The examples that narrow the policy, performed whole: values against published ones and Python, and what everybody may not see."""

import random

import harness
from perform import load, perform
from tap import Suite, check, equal

sharing = load("secret-sharing", "expected")
suite = Suite(harness.Stage)

# As the Rust implementation of Veracruz publishes them.
SHARES = [bytes.fromhex(text) for text in ("01dc061a7bdaf77616dd5915f3b4", "027f38e27b5a02a288d064965364", "03eb5b946cefd583f17f51e781da")]
SECRET = b"Hello World!\n"


# Secret sharing

@suite.test
def the_published_shares_by_python(stage):
    equal(sharing.combine(SHARES), SECRET, "all of them")
    check(sharing.combine(SHARES[:2]) != SECRET, "two of them")


@suite.test
def the_published_shares_in_a_container(stage):
    """Put in by three parties, whoever made them."""
    parties = [stage.party(name) for name in ("ana", "ben", "cleo")]
    names = [party.name for party in parties]
    wasm = harness.EXAMPLES / "combine.wasm"
    rights = ["combine: read /input/", "combine: write /output/secret", "ana: write,execute /program/combine.wasm"]
    rights += [f"{name}: {right}" for name in names for right in (f"write /input/share-{name}", "read /output/secret")]
    policy = stage.policy(parties, {"combine": (wasm, {"arguments": ["combine", *names]})}, rights)
    container = stage.serving(policy)
    must(container, parties[0], "put", wasm, "/program/combine.wasm")
    for party, share in zip(parties, SHARES):
        must(container, party, "put", stage.file("share", share), f"/input/share-{party.name}")
    equal(container.run(parties[0], "combine")["exit_code"], 0, "the run")
    found = stage.path("secret")
    must(container, parties[2], "get", "/output/secret", found)
    equal(found.read_bytes(), SECRET, "the secret")


def must(container, party, *words):
    done = container.veracruz(party, *words)
    equal(done.returncode, 0, f"{words}: {done.stderr}")


@suite.rows([("of one byte", 1, 2), ("short", 13, 3), ("that all are needed for", 300, 5), ("of all bytes", 65536, 4)])
def secret_sharing(stage, size, threshold):
    """run.sh checks that no party can have another's share, and that one too few make something else."""
    source = random.Random(random.randrange(1 << 32))
    secret = stage.file("secret", source.randbytes(size))
    together = stage.path("together")
    perform(stage, "secret-sharing", "--secret", secret, "--threshold", threshold, "--result", together)
    equal(together.read_bytes(), secret.read_bytes(), "what the parties put together")


if __name__ == "__main__":
    suite.main()
