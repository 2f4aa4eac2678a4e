#!/usr/bin/env python3
"""The examples that narrow the policy, performed whole: values against published ones and Python, and what everybody may not see."""

import hashlib
import json
import random

import harness
from perform import load, perform
from tap import Suite, check, equal

sharing = load("secret-sharing", "expected")
bidding = load("sealed-bid", "expected")
tossing = load("coin-toss", "expected")
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


# Sealed bids

BIDDERS = ["ana", "ben", "cleo", "dora"]


@suite.rows([
    ("a clear winner", ["87.50\n", "101.37\nsalt", "0.99\n", "3\n"], "ben", "87.50"),
    ("another one, with one who did not bid", ["87.50\n", None, "1000000000000\n", "3\n"], "cleo", "87.50"),
    ("a tie, which the first wins", ["7\n", "19.9\n", "19.90\n", "19.90\n"], "ben", "19.90"),
    ("one alone", [None, None, None, "12.34\n"], "dora", "12.34"),
    ("what is no amount", ["1e9\n", "-5\n", "999", "4\n"], "dora", "4.00"),
    ("nobody", [None, "", "12.345\n", "1000000000001\n"], None, None),
])
def sealed_bids(stage, bids, winner, price):
    """run.sh checks that no bidder can read twice, or what another is told, or bid again."""
    folder, kept = stage.path("bids"), stage.path("kept")
    folder.mkdir()
    for name, bid in zip(BIDDERS, bids):
        if bid is not None:
            (folder / f"{name}.txt").write_text(bid)
    perform(stage, "sealed-bid", "--bids", folder, "--keep", kept)
    told = {name: (kept / f"{name}.txt").read_text() for name in BIDDERS}
    winners = [name for name, text in told.items() if text.startswith("won")]
    equal(winners, [winner] if winner else [], "who won")
    equal({len(text) for text in told.values()}, {bidding.SIZE}, "sizes")
    if winner:
        equal(told[winner].strip(), f"won, and the price is {price}", "what the winner is told")
    check({text.strip() for name, text in told.items() if name != winner} <= {"not won", "no bid"}, f"what the others are told: {told}")
    same_narrowings(json.loads((kept / "journal.json").read_text())["entries"])


def same_narrowings(entries):
    """The same whatever was bid: they say nothing of it."""
    made = [entry["details"]["narrowing"] for entry in entries if entry["entry"]["kind"] == "narrowing"]
    wanted = []
    for name in BIDDERS:
        path = f"/output/{name}.txt"
        wanted += [{"take": {"may": ["read"], "path": path, "from_all_but": [{"principal": name}]}}, {"read_once": {"path": path}}]
    equal(made, wanted, "narrowings")


# A survey

ASKED = ["ana", "ben", "cleo", "dora", "emil"]


@suite.rows([
    ("as many as it takes", "average", 3, ["7\n", None, "42\n", "10\n", None], "19.67 of 3 answers"),
    ("one too few", "average", 3, ["7\n", None, "42\n", None, None], None),
    ("all of them", "average", 5, ["100\n", "0\n", "3\n", "007\n", "2\n"], "22.40 of 5 answers"),
    ("all but one of all", "median", 5, ["100\n", "0\n", "3\n", "7\n", None], None),
    ("the middle of four", "median", 2, ["100\n", "0\n", "8\n", None, "7\n"], "7.50 of 4 answers"),
    ("the middle of five", "median", 4, ["100\n", "0\n", "8\n", "9\n", "7\n"], "8.00 of 5 answers"),
    ("what is no answer beside answers", "average", 2, ["101\n", "4\n", "-1\n", "5\n", "1.5\n"], "4.50 of 2 answers"),
    ("too much that is no answer", "average", 3, ["101\n", "4\n", "7\n7\n", "5\n", "6"], None),
    ("nobody", "average", 2, [None] * 5, None),
])
def surveys(stage, what, least, answers, told):
    """run.sh checks that nothing is told before, and that afterwards neither program has anything to read."""
    folder, result = stage.path("answers"), stage.path("result")
    folder.mkdir()
    for name, answer in zip(ASKED, answers):
        if answer is not None:
            (folder / f"{name}.txt").write_text(answer)
    perform(stage, "survey", "--answers", folder, "--least", least, "--what", what, "--result", result)
    equal(result.read_text().strip() if result.exists() else None, told, "what is told")


@suite.test
def a_survey_ends_whoever_has_read_answers(stage):
    """Another program of the policy, which has one and goes on."""
    asker = stage.party("asker")
    wasm, other = harness.EXAMPLES / "survey.wasm", harness.GUESTS / "policy_user.wasm"
    programs = {"average": (wasm, {"arguments": ["survey", "2", "average", "ana", "ben"]}),
                "slow": (other, {"arguments": ["slow", "/script"], "progress": True})}
    rights = ["asker: write /input/", "asker: write /script", "asker: read /output/", "average: read /input/", "average: write /output/", "slow: read /input/",
              "slow: read /script", *(f"asker: write,execute /program/{name}.wasm" for name in programs)]
    container = stage.serving(stage.policy([asker], programs, rights, narrowing=[{"program": "average", "may": ["take"], "path": "/input/"}]))
    for name, program in (("average", wasm), ("slow", other)):
        must(container, asker, "put", program, f"/program/{name}.wasm")
    for path, text in (("/input/ana.txt", "7\n"), ("/input/ben.txt", "10\n"), ("/script", "cat /input/ana.txt\nprogress 50\nspin\n")):
        must(container, asker, "put", stage.file("text", text), path)
    must(container, asker, "run", "slow", "--no-wait")
    while (run := status(container, asker, 1))["state"] != "running" or run.get("percent") != 50:
        check(run["state"] in ("queued", "compiling", "running"), f"it ended too early: {run}")
    equal(container.run(asker, "average")["exit_code"], 0, "the survey")
    told = stage.path("told")
    must(container, asker, "get", "/output/average.txt", told)
    equal(told.read_text(), "8.50 of 2 answers\n", "what is told")
    container.veracruz(asker, "watch", "1")
    run = status(container, asker, 1)
    check(run["state"] not in ("running", "exited") and "narrowed" in run["reason"], f"the other run: {run}")


def status(container, party, run):
    return json.loads(container.veracruz(party, "status", str(run), "--json").stdout)


# A coin toss

@suite.rows([(f"{ana} and {ben}", ana, ben) for ana in (0, 1) for ben in (0, 1)])
def tosses(stage, ana, ben):
    """run.sh checks what is too early, what cannot be changed any more, and the openings by Python."""
    result = stage.path("toss")
    perform(stage, "coin-toss", "--ana", ana, "--ben", ben, "--result", result)
    lines = [line.split() for line in result.read_text().splitlines()]
    equal([line[:2] for line in lines], [["ana", str(ana)], ["ben", str(ben)], ["coin", str(ana ^ ben)]], "what is told")


@suite.rows([("one", "ana"), ("the other", "ben"), ("both", "ana ben")])
def cheats_are_named(stage, who):
    result = stage.path("toss")
    perform(stage, "coin-toss", "--cheat", who, "--result", result)
    equal(result.read_text(), "".join(f"{name} has opened no bit that it had committed to\n" for name in who.split()), "what is told")


@suite.test
def tosses_that_python_does_not_believe(_):
    nonces = {"ana": "11" * 32, "ben": "22" * 32}
    committed = "".join(f"{name} {hashlib.sha256(bytes.fromhex(nonce) + bit).hexdigest()}\n" for (name, nonce), bit in zip(nonces.items(), (b"1", b"0")))
    good = f"ana 1 {nonces['ana']}\nben 0 {nonces['ben']}\ncoin 1\n"
    equal(tossing.fault(committed, good), None, "a toss")
    for name, other in (("the coin", good.replace("coin 1", "coin 0")), ("a bit", good.replace("ben 0", "ben 1")), ("a nonce", good.replace("2222", "2223", 1)),
                        ("no coin", good.replace("coin 1\n", "")), ("one alone", good[good.index("ben"):]), ("names", good.replace("ana", "eve"))):
        check(tossing.fault(committed, other) is not None, f"{name} is another, and it is believed")


def sha256(bit):
    return hashlib.sha256(bytes(32) + bit).digest()


def toss_of(stage, narrowing):
    """A container for a test's own toss, and who takes part."""
    parties = [stage.party(name) for name in ("ana", "ben")]
    wasm = harness.EXAMPLES / "toss.wasm"
    rights = ["toss: read /input/", "toss: read,write /output/", "ana: write,execute /program/toss.wasm"]
    rights += [f"{name}: {right}" for name in ("ana", "ben") for right in ("read /output/", f"write /input/commit/{name}", f"write /input/open/{name}")]
    container = stage.serving(stage.policy(parties, {"toss": (wasm, {"arguments": ["toss", "ana", "ben"]})}, rights, narrowing=narrowing))
    must(container, parties[0], "put", wasm, "/program/toss.wasm")
    return container, parties


@suite.test
def what_is_no_commitment(stage):
    """Then nothing is told, and another can be put. To what is neither 0 nor 1 one can commit, but not open it."""
    container, parties = toss_of(stage, [{"program": "toss", "may": ["take"], "path": "/input/"}])

    def put(party, where, content):
        must(container, party, "put", stage.file("content", content), f"/input/{where}/{party.name}")

    def ends(code, what):
        equal(container.run(parties[0], "toss")["exit_code"], code, what)

    ends(1, "nobody")
    put(parties[0], "commit", sha256(b"1"))
    ends(1, "one alone")
    for code, what, content in ((2, "the same", sha256(b"1")), (1, "too short", sha256(b"0")[1:]), (1, "too long", sha256(b"0") + b"0"), (1, "nothing", b"")):
        put(parties[1], "commit", content)
        ends(code, what)
        equal(container.veracruz(parties[1], "get", "/output/committed", stage.path("committed")).returncode, 5, f"{what}: what is told")
    put(parties[1], "commit", sha256(b"2"))
    ends(0, "two commitments")
    put(parties[0], "open", bytes(32) + b"1")
    put(parties[1], "open", bytes(32) + b"2")
    ends(0, "an opening that is neither 0 nor 1")
    told = stage.path("toss")
    must(container, parties[0], "get", "/output/toss", told)
    equal(told.read_text(), "ben has opened no bit that it had committed to\n", "what is told")


@suite.test
def a_toss_that_another_has_fixed(stage):
    """As a run beside it would have: what this one has found may not be what is fixed."""
    container, parties = toss_of(stage, [{"program": "toss", "may": ["take"], "path": "/input/"}, {"principal": "ben", "may": ["take"], "path": "/input/"}])
    for party, bit in zip(parties, (b"0", b"1")):
        must(container, party, "put", stage.file("commitment", sha256(bit)), f"/input/commit/{party.name}")
    must(container, parties[1], "policy", "narrow", "--take", "write,append,delete", "--path", "/input/commit/", "--from-all")
    equal(container.run(parties[0], "toss")["exit_code"], 3, "the run")
    equal(container.veracruz(parties[1], "get", "/output/committed", stage.path("committed")).returncode, 5, "what is told")


if __name__ == "__main__":
    suite.main()
