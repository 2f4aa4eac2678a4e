#!/usr/bin/env python3
"""Narrowing, consent, journal and receipts by the command: what it says, what it refuses, and what is true in the container afterwards.
Receipts are altered, cut, compared and verified without any container."""

import json
import random
import re
import subprocess
import xml.etree.ElementTree

import harness
from tap import Suite, check, contains, equal

WASM = harness.GUESTS / "errand.wasm"
NOWHERE = "127.0.0.1:1"
STREAMS = {"prices": {"producer": {"principal": "alice"}, "consumers": [{"principal": "bob"}, {"principal": "carol"}], "partial": True}}
KEYS = {"ledger": {"owner": "alice", "id": 1, "type": "aes", "bits": 128, "usage": ["decrypt"], "algorithm": "gcm", "programs": ["mix", "audit"]}}
PROGRAMS = {
    "mix": ["copy", "/input/alice", "/output/mixed"],
    "spin": ["spin"],
    "audit": ["copy", "/output/mixed", "/output/audited"],
}
NARROWING = [
    {"principal": "alice", "may": ["take", "read_once"], "path": "/output/"},
    {"principal": "alice", "may": ["runs", "limits", "withdraw"], "programs": ["mix", "audit"]},
    {"principal": "alice", "may": ["expires", "freeze_inputs"]},
    {"principal": "bob", "may": ["withdraw"], "programs": ["spin"]},
]


class World(harness.Stage):
    def prepare(self):
        self.alice, self.bob, self.carol = self.parties = [self.party(name) for name in ("alice", "bob", "carol")]
        self.attestation  # starts it

    def rules(self, **changes):
        rights = ["alice: read,write /input/alice", "alice: read,list /output/", "bob: read,list /output/", "carol: read /output/mixed",
                  "mix: read /input/", "mix: write /output/", "spin: write /output/", "audit: read,write /output/"]
        for name in PROGRAMS:
            rights += [f"alice: write,execute /program/{name}.wasm", f"bob: execute /program/{name}.wasm"]
        entries = {name: (WASM, {"arguments": ["errand", *words]}) for name, words in PROGRAMS.items()}
        return self.policy(self.parties, entries, rights, narrowing=NARROWING, **changes)

    def ready(self, **changes):
        """A container with programs and alice's input."""
        container = self.serving(self.rules(**changes))
        for name in PROGRAMS:
            self.good(container, self.alice, "put", WASM, f"/program/{name}.wasm")
        self.good(container, self.alice, "put", self.file("input", "alice's\n"), "/input/alice")
        return container

    def good(self, container, party, *words):
        done = container.veracruz(party, *words)
        equal(done.returncode, 0, f"{words} by {party.name}: {done.stdout}{done.stderr}")
        return done.stdout

    def bad(self, container, party, code, says, *words):
        done = container.veracruz(party, *words)
        equal(done.returncode, code, f"{words} by {party.name}: {done.stdout}{done.stderr}")
        contains(done.stderr, says, f"{words}: says")

    def narrow(self, container, party, *words):
        return json.loads(self.good(container, party, "policy", "narrow", "--json", *words))

    def live(self, container, party):
        return json.loads(self.good(container, party, "policy", "explain", "--live", "--json"))

    def offline(self, code, *words):
        done = self.veracruz(*words)
        equal(done.returncode, code, f"{words}: {done.stdout}{done.stderr}")
        return done


suite = Suite(World)


# ---- what needs no container


DRY = [
    ("rights", ["--take", "read,list", "--path", "/output/", "--from", "alice"],
     {"take": {"may": ["read", "list"], "path": "/output/", "from": [{"principal": "alice"}]}}, "alice may not read or list /output"),
    ("two", ["--take", "read", "--path", "/output/x", "--from", "alice,bob"], None, "may not read /output/x"),
    ("twice", ["--take", "read", "--path", "/output/x", "--from", "alice", "--from", "program:audit"], None, "alice and the program audit may not"),
    ("all but", ["--take", "read", "--path", "/output/x", "--from-all-but", "bob"], None, "nobody but bob may read /output/x"),
    ("all", ["--take", "write", "--path", "/output/x", "--from-all"],
     {"take": {"may": ["write"], "path": "/output/x", "from_all_but": []}}, "nobody may write /output/x"),
    ("read once", ["--read-once", "/output/x"], {"read_once": {"path": "/output/x"}}, "once more"),
    ("time", ["--expires", "2027-01-01T00:00:00Z"], {"expires": "2027-01-01T00:00:00Z"}, "2027-01-01"),
    ("from now", ["--expires", "+2h"], None, "the container ends at"),
    ("runs", ["--runs", "mix=3"], {"runs": {"program": "mix", "at_most": 3}}, "3 times"),
    ("none", ["--runs", "mix=0"], {"runs": {"program": "mix", "at_most": 0}}, "mix"),
    ("limits", ["--limit", "mix.cpu_seconds=5", "--limit", "mix.memory_mib=64"],
     {"limits": {"program": "mix", "memory_mib": 64, "cpu_seconds": 5}}, "cpu_seconds 5"),
    ("inputs", ["--freeze-inputs"], {"freeze_inputs": True}, "inputs change no more"),
    ("program", ["--withdraw", "mix"], {"withdraw": {"program": "mix"}}, "withdrawn"),
    ("a stream", ["--stream", "prices", "--from", "bob"], {"take_stream": {"stream": "prices", "from": [{"principal": "bob"}]}}, "bob may not"),
    ("a key", ["--key", "ledger", "--from", "mix"], {"take_key": {"key": "ledger", "from": [{"program": "mix"}]}}, "the program mix may not"),
    ("JSON", ['{"withdraw": {"program": "mix"}}'], {"withdraw": {"program": "mix"}}, "withdrawn"),
]


@suite.rows(DRY)
def a_dry_run_says_what_it_would_be(world, words, narrowing, says):
    policy = world.rules(streams=STREAMS, keys=KEYS).path
    told = json.loads(world.offline(0, "policy", "narrow", "--dry-run", "--json", "--policy", policy, *words).stdout)
    contains(told["says"], says, "one sentence")
    if narrowing is not None:
        equal(told["narrowing"], narrowing, "the narrowing")
    printed = world.offline(0, "policy", "narrow", "--dry-run", "--policy", policy, *words).stdout
    if words[0] != "--expires" or not words[1].startswith("+"):  # the clock may have moved
        contains(printed, told["says"], "for people")
    file = world.file("narrowing.json", json.dumps(told["narrowing"]))
    again = json.loads(world.offline(0, "policy", "narrow", "--dry-run", "--json", "--policy", policy, "--file", file).stdout)
    equal(again, told, "the same from a file")
    piped = subprocess.run([harness.VERACRUZ, "policy", "narrow", "--dry-run", "--json", "--policy", policy, "--file", "-"],
                           input=json.dumps(told["narrowing"]), capture_output=True, text=True, env=world.environment)
    equal(json.loads(piped.stdout), told, "the same from standard input")


@suite.rows([
    ("nothing", [], "narrow what?"), ("a path alone", ["--path", "/x"], "narrow what?"),
    ("two things", ["--freeze-inputs", "--withdraw", "mix"], "narrow twice"),
    ("two ways", ["--freeze-inputs", "{}"], "use one"), ("no path", ["--take", "read", "--from", "bob"], "--path PATH is wanted"),
    ("from nobody", ["--take", "read", "--path", "/x"], "from whom?"),
    ("from two", ["--take", "read", "--path", "/x", "--from", "bob", "--from-all"], "from whom?"),
    ("from beside it", ["--withdraw", "mix", "--from", "bob"], "--from does not go with --withdraw"),
    ("a path beside it", ["--stream", "s", "--path", "/x", "--from", "bob"], "--path does not go with --stream"),
    ("nobody of this name", ["--take", "read", "--path", "/x", "--from", "dave"], "take.from[0].principal: no such principal"),
    ("no such program", ["--withdraw", "nothing"], "withdraw.program: no such program"),
    ("no such stream", ["--stream", "s", "--from", "bob"], "take_stream.stream: no such stream"),
    ("no such key", ["--key", "k", "--from", "mix"], "take_key.key: no such key"),
    ("no such right", ["--take", "see", "--path", "/x", "--from", "bob"], "take.may[0]"),
    ("empty names", ["--take", "read", "--path", "/x", "--from", "bob,,alice"], "--from: names with commas"),
    ("no such limit", ["--limit", "mix.colour=5"], "colour"), ("two programs", ["--limit", "mix.files=5", "--limit", "spin.files=5"], "about one program"),
    ("no number", ["--runs", "mix=many"], "NAME=NUMBER wanted"), ("below none", ["--runs", "mix=-1"], "NAME=NUMBER wanted"),
    ("no limit named", ["--limit", "mix=5"], "PROGRAM.LIMIT=NUMBER wanted"),
    ("no time", ["--expires", "soon"], "expires: "), ("no time from now", ["--expires", "+5y"], "+30d, +12h"),
    ("no kind", ["{}"], "one member wanted"), ("two kinds", ['{"freeze_inputs": true, "read_once": {"path": "/x"}}'], "narrowing"),
    ("no JSON", ["{"], "narrowing"), ("no file", ["--file", "/nothing/here"], "/nothing/here"),
])
def no_narrowing(world, words, says):
    code = 1 if words[:1] == ["--file"] else 2
    contains(world.offline(code, "policy", "narrow", "--dry-run", "--policy", world.rules().path, *words).stderr, says, "says")


@suite.test
def a_dry_run_asks_the_policy(world):
    policy = world.rules().path
    world.offline(0, "policy", "narrow", "--dry-run", "--policy", policy, "--identity", world.alice.prefix, "--withdraw", "mix")
    done = world.offline(4, "policy", "narrow", "--dry-run", "--policy", policy, "--identity", world.bob.prefix, "--withdraw", "mix")
    contains(done.stderr, "narrowing: bob may not", "says")
    contains(world.offline(2, "policy", "narrow", "--dry-run", "--freeze-inputs").stderr, "no policy", "says")


@suite.test
def nothing_is_sent_that_the_policy_refuses(world):
    policy = world.rules().path
    done = world.veracruz("policy", "narrow", "--withdraw", "mix", "--policy", policy, "--identity", world.bob.prefix, "--container", NOWHERE)
    equal(done.returncode, 1, "who narrows connects first, and there is nobody")
    contains(done.stderr, NOWHERE, "says")


# ---- in a container


@suite.test
def what_was_taken_is_taken_at_once(world):
    container = world.ready()
    world.good(container, world.alice, "run", "mix")
    world.good(container, world.bob, "get", "/output/mixed", world.path("before"))
    said = world.good(container, world.alice, "policy", "narrow", "--take", "read", "--path", "/output/mixed", "--from-all-but", "alice")
    contains(said, "from now on: nobody but alice may read /output/mixed", "says")
    world.bad(container, world.bob, 4, "narrowed: bob may not read /output/mixed any more", "get", "/output/mixed", world.path("after"))
    world.bad(container, world.carol, 4, "narrowed: carol", "get", "/output/mixed", world.path("after"))
    world.good(container, world.alice, "get", "/output/mixed", world.path("hers"))
    said = world.good(container, world.alice, "policy", "narrow", "--take", "read", "--path", "/output/mixed", "--from", "bob")
    contains(said, "was so before, and changes nothing: bob may not read /output/mixed", "again")
    world.bad(container, world.bob, 4, "narrowing: bob may not", "policy", "narrow", "--freeze-inputs")


@suite.test
def each_kind_is_in_force(world):
    container = world.ready()
    told = world.narrow(container, world.alice, "--runs", "mix=1")
    equal((told["changed"], told["narrowing"]), (True, {"runs": {"program": "mix", "at_most": 1}}), "what is told")
    check(re.fullmatch("[0-9a-f]{64}", told["in_force"]), "what is in force")
    world.good(container, world.alice, "run", "mix")
    world.bad(container, world.alice, 6, "", "run", "mix")
    world.narrow(container, world.alice, "--read-once", "/output/mixed")
    world.good(container, world.bob, "get", "/output/mixed", world.path("once"))
    world.bad(container, world.bob, 4, "narrowed: bob", "get", "/output/mixed", world.path("twice"))
    world.narrow(container, world.alice, "--freeze-inputs")
    world.bad(container, world.alice, 4, "", "put", world.file("more", "x"), "/input/alice")
    world.narrow(container, world.alice, "--withdraw", "audit")
    world.bad(container, world.alice, 4, "withdrawn", "run", "audit")
    world.narrow(container, world.alice, "--expires", "+1h")
    world.narrow(container, world.bob, "--withdraw", "spin")
    own = world.narrow(container, world.bob, "--take", "list", "--path", "/output/", "--from", "bob")  # its own right: always
    equal(own["changed"], True, "who has a right may give it up")
    check("mixed" not in world.good(container, world.bob, "ls", "/output"), "nothing is listed to him")


@suite.test
def ends_of_streams_and_keys_are_taken(world):
    container = world.ready(streams=STREAMS, keys=KEYS)
    world.good(container, world.alice, "policy", "narrow", "--key", "ledger", "--from", "mix")  # its owner always may
    world.bad(container, world.bob, 4, "narrowing: bob may not", "policy", "narrow", "--key", "ledger", "--from", "audit")
    world.good(container, world.bob, "policy", "narrow", "--stream", "prices", "--from", "bob")  # and who is at an end
    world.bad(container, world.bob, 4, "narrowed: bob", "stream", "get", "prices", world.path("prices"))
    text = world.good(container, world.carol, "policy", "explain", "--live")
    contains(text, "alice: the program mix may not use the key ledger", "the key")
    contains(text, "bob: bob may not use the stream prices", "the stream")


@suite.test
def a_withdrawn_program_goes_on_no_longer(world):
    container = world.ready()
    run = json.loads(world.good(container, world.alice, "run", "--no-wait", "--json", "spin"))["id"]
    world.good(container, world.bob, "policy", "narrow", "--withdraw", "spin")
    done = container.veracruz(world.alice, "watch", run, "--json")
    last = json.loads(done.stdout.splitlines()[-1])["run"]
    equal((done.returncode, last["state"] in ("failed", "killed")), (8, True), f"{last}")
    contains(last["reason"], "narrowed", "why")


# ---- explained


@suite.test
def what_is_in_force_is_explained(world):
    container = world.ready()
    before = world.live(container, world.bob)
    equal(before["narrowings"], [], "before")
    contains(world.good(container, world.bob, "policy", "explain", "--live"), "nothing was narrowed: all of the policy is in force", "before")
    world.good(container, world.alice, "policy", "narrow", "--take", "read", "--path", "/output/mixed", "--from", "bob,carol")
    world.good(container, world.alice, "policy", "narrow", "--limit", "mix.cpu_seconds=5")
    world.good(container, world.alice, "policy", "narrow", "--read-once", "/output/mixed")
    world.good(container, world.alice, "run", "mix")
    after = world.live(container, world.bob)
    check(after["in_force"] != before["in_force"] and after["policy"] == container.policy.hash.hex(), "digests")
    equal([item["by"] for item in after["narrowings"]], [{"principal": "alice"}] * 3, "by whom")
    first = after["narrowings"][0]
    equal(first["narrowing"], {"take": {"may": ["read"], "path": "/output/mixed", "from": [{"principal": "bob"}, {"principal": "carol"}]}}, "what")
    contains(first["says"], "bob and carol may not read /output/mixed", "says")
    rights = {(right.get("principal"), right["path"], right["below"]): right for right in after["rights"]}
    equal(rights["carol", "/output/mixed", False]["may"], [], "nothing is left of carol's")
    equal(rights["carol", "/output/mixed", False]["taken"],
          [{"may": ["read"], "path": "/output/mixed", "below": False, "index": first["index"]}], "why")
    equal(rights["bob", "/output", True]["may"], ["read", "list"], "bob's is less by one file")
    equal(rights["bob", "/output", True]["taken"][0]["path"], "/output/mixed", "which")
    equal(rights["alice", "/output", True]["taken"], [], "alice's is whole")
    once = after["narrowings"][2]["index"]
    equal(rights["alice", "/output", True]["read_once"], [{"path": "/output/mixed", "below": False, "index": once}], "and once for one file")
    text = world.good(container, world.alice, "policy", "explain", "--live")
    for sentence in ("alice: bob and carol may not read /output/mixed", f"taken: read ({first['index']})", f"not read /output/mixed ({first['index']})",
                     f"read once /output/mixed ({once})", "cpu_seconds 5, was", "started 1", "inputs frozen    no"):
        contains(text, sentence, "for people")
    equal(world.live(container, world.alice)["in_force"], after["in_force"], "the same for everybody")
    contains(world.offline(2, "policy", "explain").stderr, "which policy?", "no file")
    world.bad(container, world.alice, 2, "--live explains the container's policy", "policy", "explain", "--live", container.policy.path)


# ---- consent


@suite.test
def a_program_runs_with_consent(world):
    container = world.ready(lifecycle={"consent": ["alice", "bob"]})
    world.bad(container, world.alice, 4, "veracruz consent give", "run", "mix")
    other = world.file("other.wasm", WASM.read_bytes() + b"\0")
    world.bad(container, world.bob, 7, "but the policy's mix has", "consent", "give", "mix", "--program-file", other)
    said = world.good(container, world.bob, "consent", "give", "mix", "--program-file", WASM)
    contains(said, "consented to mix, SHA-256 ", "says")
    told = json.loads(world.good(container, world.alice, "consent", "ls", "--json"))["consents"]
    mix = next(consent for consent in told if consent["program"] == "mix")
    equal((mix["consented"], mix["missing"]), (["bob"], ["alice"]), "who has")
    contains(world.good(container, world.alice, "consent", "ls"), "consented: bob  missing: alice", "for people")
    equal(json.loads(world.good(container, world.alice, "consent", "give", "--json", "mix"))["consented"], "mix", "what is told")
    world.good(container, world.alice, "run", "mix")
    world.bad(container, world.carol, 4, "lifecycle.consent", "consent", "give", "mix")
    world.bad(container, world.alice, 2, "nothing: the policy has no such program", "consent", "give", "nothing")
    world.bad(container, world.alice, 1, "/nothing/here", "consent", "give", "mix", "--program-file", "/nothing/here")


# ---- journal


def follow(world, container, party, *words):
    return subprocess.Popen([harness.VERACRUZ, "journal", "--follow", *words, "--policy", container.policy.path, "--identity", party.prefix,
                             "--container", container.address], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=world.environment)


@suite.test
def the_journal_tells_what_happened(world):
    container = world.ready()
    world.good(container, world.alice, "run", "mix")
    world.good(container, world.bob, "get", "/output/mixed", world.path("mixed"))
    told = json.loads(world.good(container, world.alice, "journal", "--json"))
    kinds = [item["entry"]["kind"] for item in told["entries"]]
    for kind in ("began", "session", "write", "run", "run_over", "read"):
        check(kind in kinds, f"{kind} in {kinds}")
    table = world.good(container, world.alice, "journal")
    for sentence in ("the container     began as", "alice             wrote /input/alice: 8 bytes, SHA-256", "started mix as run 1", "exited with 0",
                     "bob               was given /output/mixed"):
        contains(table, sentence, "for people")
    equal(len(table.splitlines()) >= len(kinds), True, "a line for each")
    part = json.loads(world.good(container, world.alice, "journal", "--json", "--since", told["size"] - 1))
    equal(part["since"], told["size"] - 1, "since")
    check(len(part["entries"]) < len(kinds), "only what came after")
    world.bad(container, world.alice, 2, "since 100000", "journal", "--since", "100000")
    world.bad(container, world.alice, 2, "--since", "journal", "--since", "x")


@suite.test
def the_journal_is_followed(world):
    container = world.ready(lifecycle={"shutdown": ["alice"]})
    with follow(world, container, world.alice, "--json") as follower, follow(world, container, world.alice) as reader:
        first = json.loads(follower.stdout.readline())
        equal((first["entry"]["index"], first["entry"]["kind"]), (0, "began"), "what there was")
        contains(reader.stdout.readline(), "began as", "for people")
        world.good(container, world.alice, "policy", "narrow", "--freeze-inputs")
        seen = []
        for line in follower.stdout:
            seen.append(json.loads(line))
            if seen[-1]["entry"]["kind"] == "narrowing":
                break
        equal(seen[-1]["details"]["narrowing"], {"freeze_inputs": True}, "what was narrowed")
        indexes = [item["entry"]["index"] for item in seen]
        equal(indexes, sorted(set(indexes)), "in order, each once")
        world.good(container, world.alice, "shutdown")
        rest = [json.loads(line) for line in follower.stdout]
        equal((rest[-1]["entry"]["kind"], follower.wait(harness.PATIENCE)), ("ended", 0), "the end")
        contains(reader.stdout.read(), "ended", "for people")
        equal(reader.wait(harness.PATIENCE), 0, "exit code")


# ---- receipts


class Kept:
    """A story with receipts of two of its parties, of which the container is gone."""

    def __init__(self, world):
        self.world = world
        container = world.ready(lifecycle={"shutdown": ["alice"]})
        self.policy = container.policy.path
        world.good(container, world.alice, "run", "mix")
        self.early = self.save(container, world.alice, "early")
        world.good(container, world.bob, "get", "/output/mixed", world.path("mixed"))
        world.good(container, world.alice, "policy", "narrow", "--take", "read", "--path", "/output/mixed", "--from", "carol")
        world.bad(container, world.carol, 4, "narrowed", "get", "/output/mixed", world.path("never"))
        self.alice = self.save(container, world.alice, "alice")
        self.bob = self.save(container, world.bob, "bob")
        self.since = self.save(container, world.alice, "since", "--since", self.early)
        world.good(container, world.alice, "shutdown")
        container.service.wait()

    def save(self, container, party, name, *options):
        path = self.world.path(name + ".receipt")
        equal(json.loads(self.world.good(container, party, "receipt", "save", "--json", path, *options)), {"saved": str(path)}, "what is told")
        equal(path.stat().st_mode & 0o777, 0o600, "mode")
        return path

    def verify(self, code, *receipts, policy=None):
        """Without the services and the folder of any log."""
        environment = {**self.world.environment, "HOME": "/nonexistent", "XDG_STATE_HOME": "/nonexistent"}
        done = subprocess.run([harness.VERACRUZ, "receipt", "verify", "--policy", policy or self.policy, *receipts], capture_output=True,
                              text=True, env=environment)
        equal(done.returncode, code, f"{receipts}: {done.stdout}{done.stderr}")
        return done


def kept(world):
    if not hasattr(world, "kept"):
        world.kept = Kept(world)
    return world.kept


@suite.test
def a_receipt_says_who_what_and_whom(world):
    story = kept(world)
    text = story.verify(0, story.alice).stdout
    for sentence in (": genuine", "isolation    WEAK: process", "evidence     ", "container    ", "who gave what\n", "wrote /input/alice: 8 bytes, SHA-256 ",
                     "what ran\n", "started mix as run 1, SHA-256 ", "exited with 0", "who got what\n", "was given /output/mixed",
                     "what was narrowed\n", "carol may not read /output/mixed", "signed at"):
        contains(text, sentence, "for people")
    check(text.index("who gave what") < text.index("what ran") < text.index("who got what"), "in this order")
    told = json.loads(story.verify(0, story.alice, "--json").stdout)["receipts"][0]
    equal((told["platform"], told["isolation"], told["since"]), ("process", "none", 0), "what it was")
    equal(told["measurement"], world.measurement(), "measurement")
    for member in ("container", "policy", "root", "in_force", "evidence"):
        check(re.fullmatch("[0-9a-f]{64}", told[member]), f"{member}: {told[member]}")


@suite.test
def a_receipt_is_drawn(world):
    story = kept(world)
    drawn = xml.etree.ElementTree.fromstring(world.offline(0, "receipt", "picture", "--policy", story.policy, story.alice).stdout)
    texts = ["".join(element.itertext()) for element in drawn.iter("{http://www.w3.org/2000/svg}text")]
    for words in ("alice", "bob", "mix", "container"):
        check(words in texts, f"a line for {words} in {texts}")
    told = json.loads(story.verify(0, story.alice, "--json").stdout)["receipts"][0]["entries"]
    equal(len(list(drawn.iter("{http://www.w3.org/2000/svg}circle"))), len(told), "a point for each entry")
    equal(len(list(drawn.iter("{http://www.w3.org/2000/svg}rect"))), 1, "a bar for the run")
    check(any(text.startswith("wrote /input/alice: 8 bytes") for text in texts), f"sentences in {texts}")
    altered = world.file("altered.receipt", story.alice.read_bytes().replace(b"input", b"imput", 1))
    world.offline(3, "receipt", "picture", "--policy", story.policy, altered)


@suite.test
def receipts_of_several_tell_one_story(world):
    story = kept(world)
    contains(story.verify(0, story.alice, story.bob).stdout, f"{story.alice} and {story.bob}: one story", "two parties")
    contains(story.verify(0, story.early, story.since).stdout, f"{story.early} and {story.since}: one story", "before and after")
    since = json.loads(story.verify(0, story.since, "--json").stdout)["receipts"][0]
    check(since["since"] > 0 and all(item["entry"]["index"] >= since["since"] for item in since["entries"]), "only what came after")
    told = json.loads(story.verify(0, story.alice, story.bob, story.early, "--json").stdout)
    equal([pair["told"] for pair in told["comparisons"]], [True] * 3, "each with each")
    equal(len({receipt["container"] for receipt in told["receipts"]}), 1, "one container")


@suite.test
def an_altered_receipt_is_none(world):
    story = kept(world)
    content = story.alice.read_bytes()
    for _ in range(40):
        at = random.randrange(len(content))
        altered = world.file("altered.receipt", content[:at] + bytes([content[at] ^ 1 << random.randrange(7)]) + content[at + 1:])
        done = world.veracruz("receipt", "verify", "--policy", story.policy, altered)
        check(done.returncode in (2, 3), f"byte {at}: {done.returncode} {done.stdout}{done.stderr}")
        contains(done.stderr, str(altered), "which")
    for size in (0, 1, len(content) // 2, len(content) - 1):
        check(world.veracruz("receipt", "verify", "--policy", story.policy, world.file("cut", content[:size])).returncode in (2, 3), f"{size} bytes")
    story.verify(2, world.file("longer", content + b"x"))
    story.verify(1, "/nothing/here")
    contains(world.offline(2, "receipt", "verify", story.alice).stderr, "no policy", "no policy")


@suite.test
def a_policy_of_one_byte_more_is_another(world):
    story = kept(world)
    other = world.file("other.json", story.policy.read_bytes() + b"\n")
    contains(story.verify(3, story.alice, policy=other).stderr, "policy", "says")
    both = world.veracruz("receipt", "verify", "--policy", other, "--policy", story.policy, story.alice, story.bob)
    equal(both.returncode, 0, f"each finds its own: {both.stderr}")
    story.verify(2, story.alice, policy=world.file("broken.json", "{}"))


@suite.test
def a_receipt_goes_on_from_its_own_container_only(world):
    story = kept(world)
    container = world.serving(harness.Policy(story.policy))
    path = world.path("never.receipt")
    world.bad(container, world.alice, 1, "the older receipt is of another container", "receipt", "save", path, "--since", story.early)
    check(not path.exists(), "nothing is written")
    other = story.save(container, world.alice, "other")
    contains(story.verify(0, story.alice, other).stdout, "too little of the same to tell", "another container")
    world.bad(container, world.alice, 2, "--json and the receipt cannot share", "receipt", "save", "-", "--json")
    printed = world.good(container, world.alice, "receipt", "save", "-")
    story.verify(0, world.file("printed.receipt", printed))


@suite.test
def receipts_of_two_containers_chain(world):
    story = kept(world)
    container = world.ready(name="second")  # of another policy
    said = json.loads(world.good(container, world.alice, "receipt", "link", story.alice, "--of", story.policy, "--json"))
    equal(said, {"linked": str(story.alice)}, "what is told")
    altered = world.file("altered.receipt", story.bob.read_bytes().replace(b"input", b"imput", 1))
    world.bad(container, world.alice, 3, str(altered), "receipt", "link", altered, "--of", story.policy)
    world.bad(container, world.alice, 3, "policy", "receipt", "link", story.bob, "--of", container.policy.path)
    second = story.save(container, world.bob, "second")
    both = world.offline(0, "receipt", "verify", "--policy", story.policy, "--policy", container.policy.path, story.alice, second).stdout
    contains(both, f"{story.alice} and {second}: one story", "the link is true")
    contains(both, "linked container ", "and told")
    apart = world.offline(0, "receipt", "verify", "--policy", story.policy, "--policy", container.policy.path, story.early, second).stdout
    contains(apart, "too little of the same to tell", "a receipt of another time")


if __name__ == "__main__":
    suite.main()
