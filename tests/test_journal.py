#!/usr/bin/env python3
"""What a container writes down of what happens in it, who sees it, and who is told what it was about: with real runs, streams and keys.
That nothing but details depends on what programs do with data (E8). That a journal grows by facts and not by requests, and that one
that is full stops who has filled it, and nobody else. Entries are taken by plain HTTP, and receipts are checked by `veracruz`."""

import hashlib
import json
import os
import re
import subprocess

import curl
import harness
from journal_seen import Journal
from tap import Suite, check, equal

STAGES = harness.GUESTS / "stages.wasm"
STREAMS = harness.GUESTS / "streams.wasm"
WHISPER = harness.GUESTS / "whisper.wasm"
LINES = b"one\ntwo\n"
LARGE = 3 << 20  # more than is hashed at once

# program: its module, its words, its rights
PROGRAMS = {
    "mix": (STAGES, ["stages", "copy", "/input/alice/data", "/output/mixed"], ["read /input/alice/", "read /input/bob/", "write /output/"]),
    "fail": (STAGES, ["stages", "fail", "/output/left"], ["read /input/alice/", "write /output/"]),
    "spin": (STAGES, ["stages", "spin"], ["read /input/alice/"]),
    "loud": (STREAMS, ["streams", "upper"], []),
}


class World(harness.Stage):
    """Two who own data, one who starts programs and reads their results, an auditor, and one with a folder of its own."""

    def prepare(self):
        self.alice, self.bob, self.carol, self.dave, self.mallory = self.parties = [
            self.party(name) for name in ("alice", "bob", "carol", "dave", "mallory")]

    def rules(self, also=(), **changes):
        entries = {name: (module, {"arguments": words}) for name, (module, words, _) in PROGRAMS.items()}
        entries["loud"][1].update(stdin="/stream/feed", stdout="/stream/loud")
        rights = ["alice: read,write,delete /input/alice/", "bob: read,write,delete /input/bob/", "carol: read,list /output/",
                  "mallory: read,write,append,delete /drop/", *also]
        for name, (_, _, own) in PROGRAMS.items():
            rights += [f"carol: write,execute /program/{name}.wasm", *(f"{name}: {right}" for right in own)]
        settings = {
            "streams": {"feed": {"producer": {"principal": "alice"}, "consumers": [{"program": "loud"}]},
                        "loud": {"producer": {"program": "loud"}, "consumers": [{"principal": "carol"}]}},
            "keys": {"ledger": {"owner": "alice", "id": 5, "type": "hmac", "bits": 256, "usage": ["sign-message"],
                                "algorithm": "hmac-sha-256", "programs": ["mix"]}},
            "journal": {"observers": [{"principal": "dave", "kinds": ["run", "run_over", "read"]}]},
            "lifecycle": {"shutdown": ["alice"]},
            **changes,
        }
        return self.policy(self.parties, entries, rights, **settings)

    def ask(self, container, party, method, target, status, *options, **rest):
        answer = curl.request(container, party, method, target, *options, **rest)
        equal(answer.status, status, f"{method} {target} by {party.name}: {answer.body[:300]}")
        return answer

    def put(self, container, party, path, content, status=201):
        return self.ask(container, party, "PUT", "/v1/files" + path, status, body=content)

    def run(self, container, program, wait=True):
        return self.ask(container, self.carol, "POST", "/v1/runs", 200 if wait else 201, *(["--header", "prefer: wait=60"] if wait else []),
                        body=json.dumps({"program": program}).encode()).json()

    def lived(self):
        """The container in which everything has happened, once; and what there is of it to compare."""
        if not hasattr(self, "living"):
            self.living = self.serving(self.rules())
            self.data = os.urandom(LARGE)
            self.live(self.living)
        return self.living

    def live(self, container):
        self.put(container, self.alice, "/input/alice/data", self.data)
        self.put(container, self.bob, "/input/bob/data", b"bob's")
        self.ask(container, self.alice, "PUT", "/v1/keys/ledger", 201, body=bytes(range(32)))
        for name, (module, _, _) in PROGRAMS.items():
            self.put(container, self.carol, f"/program/{name}.wasm", module.read_bytes())
        equal(self.run(container, "mix")["exit_code"], 0, "mix")
        for _ in range(2):
            equal(self.ask(container, self.carol, "GET", "/v1/files/output/mixed", 200).body, self.data, "what was mixed")
        equal(self.run(container, "fail")["state"], "failed", "fail")
        spinning = self.run(container, "spin", wait=False)
        self.ask(container, self.carol, "DELETE", f"/v1/runs/{spinning['id']}", 204)
        for _ in range(2):
            self.ask(container, self.mallory, "GET", "/v1/files/input/alice/data", 403)
        self.ask(container, self.bob, "POST", "/v1/runs", 403, body=b'{"program": "mix"}')
        self.ask(container, self.alice, "PUT", "/v1/streams/feed", 200, body=LINES)
        equal(self.run(container, "loud")["exit_code"], 0, "loud")
        equal(self.ask(container, self.carol, "GET", "/v1/streams/loud", 200).body, LINES.upper(), "what was loud")
        self.ask(container, self.carol, "GET", "/v1/files/output/nothing", 404)
        self.put(container, self.alice, "/input/alice/more", b"more")
        self.ask(container, self.alice, "DELETE", "/v1/files/input/alice/more", 204)
        self.ask(container, self.dave, "GET", "/v1/policy", 200)


def digest(content):
    return hashlib.sha256(content).hexdigest()


def expected(world):
    """kind, by, who sees it (first letters), what it says; who is told, and what. In order. A session comes before the first deed of
    each, a program's module is named by its path."""
    modules = [("write", "carol", {"mix": "abc", "fail": "ac", "spin": "ac", "loud": "ac"}[name], {"path": f"/program/{name}.wasm"},
                "c", {"bytes": module.stat().st_size, "sha256": digest(module.read_bytes())}) for name, (module, _, _) in PROGRAMS.items()]

    def run(number, name, seen, **end):
        """With what comes between its beginning and its end."""
        sha256 = digest(PROGRAMS[name][0].read_bytes())
        return [("run", "carol", seen, {"run": number, "program": name, "sha256": sha256, "arguments": arguments(PROGRAMS[name][1])}, "", None),
                ("run_over", None, seen, {"run": number, "program": name}, "c", end)]

    loud = run(4, "loud", "acd", state="exited", exit_code=0)
    return [
        ("began", None, "abcdm", {"policy": world.living.policy.hash.hex(), "node": "", "incarnation": 0}, "", None),
        ("session", "alice", "a", {}, "", None),
        ("write", "alice", "abc", {"path": "/input/alice/data"}, "a", {"bytes": LARGE, "sha256": digest(world.data)}),
        ("session", "bob", "b", {}, "", None),
        ("write", "bob", "abc", {"path": "/input/bob/data"}, "b", {"bytes": 5, "sha256": digest(b"bob's")}),
        ("key", "alice", "abc", {"key": "ledger", "given": True}, "", None),
        ("session", "carol", "c", {}, "", None),
        *modules,
        *run(1, "mix", "abcd", state="exited", exit_code=0, published=True, limits=[]),
        ("read", "carol", "abcd", {"path": "/output/"}, "c",
         {"path": "/output/mixed", "there": True, "bytes": LARGE, "sha256": digest(world.data), "run": 1}),
        *run(2, "fail", "acd", state="failed", reason="trap: unreachable", published=False),
        *run(3, "spin", "acd", state="killed", reason="killed by carol"),
        ("session", "mallory", "m", {}, "", None),
        ("refusal", "mallory", "am", {"deed": "GET", "place": "/v1/files/input/alice/data"}, "m",
         {"reason": "rights: the mallory has no right to read /input/alice/data"}),
        ("refusal", "bob", "b", {"deed": "POST", "place": "/v1/runs"}, "b", {"reason": "rights: the bob has no right to execute /program/mix.wasm"}),
        ("stream", "alice", "ac", {"stream": "feed", "end": "producer", "over": False}, "ac", {"use": 1}),
        ("stream", "alice", "ac", {"stream": "feed", "end": "producer", "over": True}, "ac", {"use": 1, "whole": True, "bytes": len(LINES)}),
        loud[0],
        ("stream", "loud", "ac", {"stream": "loud", "end": "producer", "over": True, "run": 4}, "c",
         {"uses": 1, "use": 1, "whole": True, "bytes": len(LINES)}),
        loud[1],
        ("stream", "carol", "ac", {"stream": "loud", "end": "consumer", "over": False}, "c", {"use": 1}),
        ("read", "carol", "abcd", {"path": "/output/"}, "c", {"path": "/output/nothing", "there": False}),
        ("write", "alice", "abc", {"path": "/input/alice/more"}, "a", {"bytes": 4, "sha256": digest(b"more")}),
        ("delete", "alice", "abc", {"path": "/input/alice/more"}, "a", {"there": True}),
        ("session", "dave", "d", {}, "", None),
    ]


def arguments(words):
    return digest(len(words).to_bytes(8, "big") + b"".join(word.encode() + b"\0" for word in words))


def who(entry):
    return next(iter(entry["by"].values())) if "by" in entry else None


suite = Suite(World)


@suite.test
def what_happened_is_there_for_whom_it_concerns(world):
    """Entry by entry: who sees it, what it says, who is told what it was about, and with what words."""
    container = world.lived()
    journals = {party.name[0]: Journal(container, party) for party in world.parties}
    wanted = expected(world)
    sizes = {journal.size for journal in journals.values()}
    equal(sizes, {len(wanted)}, "sizes of the journal")
    for index, (kind, by, seen, fields, told_to, details) in enumerate(wanted):
        shown = {letter: journal.entries[index] for letter, journal in journals.items() if index in journal.entries}
        place = f"entry {index}, {kind} by {by}"
        equal("".join(shown), seen, f"who sees {place}: {list(shown.values())[:1]}")
        equal(len({json.dumps(entry) for entry, _ in shown.values()}), 1, f"texts of {place}")
        entry = next(entry for entry, _ in shown.values())
        equal((entry["kind"], who(entry)), (kind, by), place)
        equal({name: entry[name] for name in fields if name in entry}, fields, f"fields of {place}")
        equal("".join(letter for letter, (_, known) in shown.items() if known is not None), told_to, f"who is told {place}")
        for _, known in shown.values():
            if known is not None:
                equal({name: known[name] for name in details if name in known}, details, f"details of {place}")


@suite.test
def fields_are_those_of_the_documentation(world):
    """Every member of every entry and of its details stands in the table of docs/journal.md, by kind."""
    text = (harness.PROJECT / "docs/journal.md").read_text()
    rows = {kind: cells[1:] for cells in ([cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("| `"))
            for kind in re.findall(r"`([a-z_]+)`", cells[0])}
    for party in world.parties:
        for entry, details in Journal(world.lived(), party).entries.values():
            check(entry["kind"] in rows, f"no row {entry['kind']}")
            fields = set(re.findall(r"`([a-z0-9_]+)`", rows[entry["kind"]][0]))
            of_details = set(re.findall(r"`([a-z0-9_]+)`", rows[entry["kind"]][1]))
            equal(set(entry) - {"index", "kind", "time", "by", "details", "salt"} - fields, set(), f"fields of {entry}")
            if details is not None:
                equal(set(details) - {"salt"} - of_details, set(), f"details of {entry}: {details}")


@suite.rows([(name, name) for name in ("alice", "bob", "carol", "dave", "mallory")])
def a_receipt_verifies_for(world, name):
    container = world.lived()
    party = getattr(world, name)
    path = world.file(f"{name}.receipt", Journal(container, party).text)
    done = world.veracruz("receipt", "verify", "--policy", container.policy.path, path)
    equal(done.returncode, 0, done.stdout + done.stderr)
    broken = Journal(container, party).text.replace(b'\\"kind\\":\\"session\\"', b'\\"kind\\":\\"attested\\"', 1)
    done = world.veracruz("receipt", "verify", "--policy", container.policy.path, world.file("broken", broken))
    check(done.returncode != 0, "a receipt with an entry changed")


@suite.test
def two_receipts_tell_one_story(world):
    container = world.lived()
    paths = [world.file(f"{party.name}.receipt", Journal(container, party).text) for party in (world.alice, world.carol)]
    done = world.veracruz("receipt", "verify", "--policy", container.policy.path, *paths)
    equal(done.returncode, 0, done.stdout + done.stderr)


@suite.test
def repetition_adds_nothing(world):
    """Reads, refusals, deletions of nothing, and connections: each is a process and a connection of its own here."""
    container = world.lived()
    targets = [(world.carol, "GET", "/v1/files/output/mixed", 200), (world.carol, "GET", "/v1/files/output/never", 404),
               (world.mallory, "GET", "/v1/files/input/alice/data", 403), (world.mallory, "DELETE", "/v1/files/drop/none", 404),
               (world.dave, "POST", "/v1/shutdown", 403)]
    for party, method, target, status in targets:
        world.ask(container, party, method, target, status)
    before = Journal(container, world.dave).size
    for _ in range(3):
        for party, method, target, status in targets:
            world.ask(container, party, method, target, status)
    equal(Journal(container, world.dave).size, before, "entries after asking again")
    # what has changed is another fact
    world.put(container, world.alice, "/input/alice/data", b"new", status=204)
    world.ask(container, world.alice, "GET", "/v1/files/input/alice/data", 200)
    equal([entry["kind"] for entry, _ in Journal(container, world.alice).entries.values()][-2:], ["write", "read"], "what is new")


@suite.test
def what_is_added_is_told_by_itself(world):
    container = world.serving(world.rules())
    world.put(container, world.mallory, "/drop/log", b"one")
    world.ask(container, world.mallory, "POST", "/v1/files/drop/log", 204, body=b"two!")
    world.ask(container, world.mallory, "GET", "/v1/files/drop/log", 200)
    entries = [(entry["kind"], entry["path"], details["bytes"], details["sha256"]) for entry, details in Journal(container, world.mallory).kinds("write", "append", "read")]
    equal(entries, [("write", "/drop/log", 3, digest(b"one")), ("append", "/drop/log", 4, digest(b"two!")), ("read", "/drop/log", 7, digest(b"onetwo!"))], "entries")


@suite.test
def who_may_read_no_more_is_told_no_more(world):
    """Sizes and digests are for those who may read as it is in force, of what was before, too: by them one would know what one came too
    late to read. That somebody read still shows."""
    container = world.serving(world.rules(also=["dave: read /output/"]))
    world.put(container, world.alice, "/input/alice/data", b"a")
    world.put(container, world.carol, "/program/mix.wasm", PROGRAMS["mix"][0].read_bytes())
    before = []
    for _ in range(2):
        equal(world.run(container, "mix")["exit_code"], 0, "mix")
        world.ask(container, world.carol, "GET", "/v1/files/output/mixed", 200)
        before.append([(who(entry), details is not None) for entry, details in Journal(container, world.dave).kinds("read")])
        world.ask(container, world.dave, "POST", "/v1/narrowings", 200,
                  body=json.dumps({"take": {"may": ["read"], "path": "/output/", "from": [{"principal": "dave"}]}}).encode())
    reads = Journal(container, world.dave).kinds("read")
    equal(before, [[("carol", True)], [("carol", False), ("carol", False)]], "what dave saw of reads")
    equal([(who(entry), details is not None) for entry, details in reads], [("carol", False), ("carol", False)], "what dave sees of reads")
    world.ask(container, world.dave, "GET", "/v1/files/output/mixed", 403)
    reasons = [details["reason"] for _, details in Journal(container, world.dave).kinds("refusal")]
    equal(reasons, ["narrowed: dave may not read /output/mixed any more"], "refusals")


@suite.test
def without_contents_there_are_no_digests(world):
    container = world.serving(world.rules(journal={"contents": False}))
    world.put(container, world.alice, "/input/alice/data", b"some")
    world.ask(container, world.alice, "GET", "/v1/files/input/alice/data", 200)
    (write, sent), (read, got) = Journal(container, world.alice).kinds("write", "read")
    equal(sent["bytes"], 4, "bytes of the write")
    equal((got["bytes"], got["from"]), (4, "alice"), "of the read")
    check("sha256" not in sent and "sha256" not in got, f"{sent} {got}")


@suite.test
def who_has_filled_its_share_is_stopped_and_nobody_else(world):
    """429, naming the limit, for whatever would be written down; the journal can still be read, and the others are served."""
    container = world.serving(world.rules(journal={"bytes": 65536}))
    world.put(container, world.alice, "/input/alice/data", b"a")
    statuses = []
    while not statuses or statuses[-1] in (201, 204):
        check(len(statuses) < 60, f"{len(statuses)} writes fit")
        answer = curl.request(container, world.mallory, "PUT", f"/v1/files/drop/{len(statuses)}", body=b"x")
        statuses.append(answer.status)
    check(len(statuses) > 3, f"only {len(statuses)} writes")
    equal((answer.status, answer.problem), (429, "quota"), "the last write")
    equal(answer.json()["detail"], "journal.bytes: mallory has filled its share", "why")
    for method, target, body in [("PUT", "/v1/files/drop/0", b"y"), ("POST", "/v1/files/drop/0", b"y"), ("DELETE", "/v1/files/drop/0", None),
                                 ("GET", "/v1/files/drop/0", None)]:
        world.ask(container, world.mallory, method, target, 429, body=body)
    size = Journal(container, world.mallory).size
    for number in range(100):  # of no use
        world.ask(container, world.mallory, "GET", f"/v1/files/input/alice/{number}", 403)
    check(Journal(container, world.mallory).size <= size + 12, "refusals fill what others have")
    for name in ("mix", "spin"):
        world.put(container, world.carol, f"/program/{name}.wasm", PROGRAMS[name][0].read_bytes())
    equal(world.run(container, "mix")["exit_code"], 0, "mix")
    world.ask(container, world.carol, "GET", "/v1/files/output/mixed", 200)
    world.put(container, world.bob, "/input/bob/data", b"b")
    equal([who(entry) for entry, _ in Journal(container, world.bob).kinds("write")], ["alice", "carol", "bob"], "writes that bob sees")


@suite.test
def what_began_can_be_written_to_its_end(world):
    """The share of who has started runs is filled meanwhile; all of their ends are there."""
    container = world.serving(world.rules(journal={"bytes": 65536}))
    world.put(container, world.alice, "/input/alice/data", b"a")
    world.put(container, world.carol, "/program/spin.wasm", PROGRAMS["spin"][0].read_bytes())
    started = []
    while True:
        answer = curl.request(container, world.carol, "POST", "/v1/runs", body=b'{"program": "spin"}')
        if answer.status != 201:
            break
        started.append(answer.json()["id"])
        check(len(started) < 20, "runs without end")
    equal((answer.status, answer.json()["detail"]), (429, "journal.bytes: carol has filled its share"), "one run too many")
    check(started, "no run")
    for number in range(40):
        world.ask(container, world.carol, "GET", f"/v1/files/input/alice/{number}", 403)
    for run in started:
        world.ask(container, world.carol, "DELETE", f"/v1/runs/{run}", 204)
    over = Journal(container, world.carol).kinds("run_over")
    equal([str(entry["run"]) for entry, _ in over], started, "runs that are over")
    equal({details["state"] for _, details in over}, {"killed"}, "how")


@suite.test
def an_end_is_the_last_entry(world):
    container = world.serving(world.rules())
    command = curl.command(container, world.bob, "/v1/events")
    events = subprocess.Popen([*command, "--no-buffer", "--header", "last-event-id: 0"], stdout=subprocess.PIPE, text=True)
    world.put(container, world.alice, "/input/alice/data", b"a")
    seen = []
    for line in events.stdout:
        seen.append(line)
        if line.startswith("event: write"):
            break
    check(seen and seen[-1].startswith("event: write"), f"no write among {seen}")
    world.ask(container, world.alice, "POST", "/v1/shutdown", 202)
    ended = [json.loads(line.removeprefix("data:")) for line in events.communicate(timeout=harness.PATIENCE)[0].splitlines() if line.startswith("data:")][-1]
    equal((ended["entry"]["kind"], ended["entry"]["reason"]), ("ended", "shut down by alice"), "the last event")
    container.service.wait()


if __name__ == "__main__":
    suite.main()
