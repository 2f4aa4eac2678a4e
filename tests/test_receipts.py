#!/usr/bin/env python3
"""Receipts, events and links over HTTP: checked by a verifier that knows nothing but docs/journal.md, followed by slow readers, and asked
for out of form."""

import json
import subprocess

import curl
import harness
import receipts
from tap import Suite, check, contains, equal

REFUSALS = 256  # of one principal that are written down one by one
WATCHERS = 16
HEX = "0123456789abcdef" * 4


class World(harness.Stage):
    """Each of two writes where the other sees nothing; each may read a common file."""

    def prepare(self):
        self.alice, self.bob = self.parties = [self.party(name) for name in ("alice", "bob")]
        self.rules = self.policy(self.parties, rights=[
            "alice: read,write /alice/", "bob: read,write /bob/", "alice: write /common", "bob: read /common"])
        self.container = self.lived()

    def lived(self):
        container = self.serving(self.rules)
        for name, party in (("alice/1", self.alice), ("bob/1", self.bob), ("bob/2", self.bob), ("bob/3", self.bob), ("bob/4", self.bob),
                            ("common", self.alice), ("alice/2", self.alice)):
            self.put(container, party, name)
        self.ask(container, self.bob, "GET", "/v1/files/common", 200)
        self.ask(container, self.bob, "GET", "/v1/files/alice/1", 403)
        return container

    def ask(self, container, party, method, target, status, *options, **rest):
        answer = curl.request(container, party, method, target, *options, **rest)
        equal(answer.status, status, f"{method} {target} by {party.name}: {answer.body[:300]}")
        return answer

    def put(self, container, party, name):
        self.ask(container, party, "PUT", "/v1/files/" + name, 201, body=name.encode())

    def receipt(self, container, party, since=None):
        target = "/v1/journal" + (f"/{since}" if since is not None else "")
        return receipts.Receipt(self.ask(container, party, "GET", target, 200).body)

    def events(self, container, party, *options):
        return subprocess.Popen([*curl.command(container, party, "/v1/events"), "--no-buffer", *options], stdout=subprocess.PIPE, text=True)


suite = Suite(World)


@suite.test
def each_receipt_verifies_by_the_documentation_alone(world):
    size = world.receipt(world.container, world.alice).head["size"]
    for party in world.parties:
        for since in range(size + 1):
            receipt = world.receipt(world.container, party, since)
            receipt.verify(world, world.rules)
            equal(receipt.head["size"], size, "size: reading is no entry")
            check(all(index >= since for index in receipt.entries), "shown before since")


@suite.test
def what_does_not_concern_one_is_a_number(world):
    alice, bob = (world.receipt(world.container, party) for party in world.parties)
    for own, name, other in ((alice, "alice", "bob"), (bob, "bob", "alice")):
        text = json.dumps(own.json)
        check(f"/{name}/1" in text and f"/{other}/2" not in text, f"what {name} sees")
        check(own.hidden > 0, "hidden")
    equal(alice.roots[alice.head["size"]], bob.roots[bob.head["size"]], "one tree")
    both = alice.entries.keys() & bob.entries.keys()
    check(len(both) >= 3 and all(alice.entries[i][0] == bob.entries[i][0] for i in both), "one story")


@suite.test
def a_hash_says_nothing_of_what_is_hidden(world):
    """The same deeds in another container have other hashes."""
    other = world.lived()
    one, two = (world.receipt(container, world.alice) for container in (world.container, other))
    hashes = [{element["hash"] for element in receipt.json["entries"] if "hash" in element} for receipt in (one, two)]
    check(hashes[0] and not hashes[0] & hashes[1], "no hash twice")


@suite.test
def the_later_receipt_grew_out_of_the_earlier(world):
    early = world.receipt(world.container, world.alice)
    size = early.head["size"]
    for i in range(5):
        world.put(world.container, world.bob, f"bob/more-{i}")
        later = world.receipt(world.container, world.alice, size)
        later.verify(world, world.rules)
        equal(later.roots[size].hex(), early.head["root"], "the root of then")
        equal(later.head["size"], size + i + 1, "size")


@suite.test
def another_receipt_is_not_made_of_parts(world):
    text = json.dumps(world.receipt(world.container, world.bob).json)
    for change in (lambda value: value["entries"].pop(), lambda value: value["entries"].reverse(),
                   lambda value: value["head"].update(root=HEX), lambda value: value["head"].update(time="2026-01-01T00:00:00Z"),
                   lambda value: value["entries"][-1].update(details="{}")):
        value = json.loads(text)
        change(value)
        try:
            receipts.Receipt(json.dumps(value)).verify(world, world.rules)
        except (receipts.Wrong, KeyError):
            continue
        raise AssertionError("taken")


@suite.rows([
    ("the next", "9007199254740992", 416, "range"), ("too many", "9007199254740993", 416, "range"), ("a word", "all", 400, "malformed"),
    ("two spellings", "01", 400, "malformed"), ("a sign", "-1", 400, "malformed"), ("nothing", "", 400, "malformed"),
    ("two", "1/2", 400, "malformed")])
def since_has_to_be_a_number_of_the_journal(world, since, status, problem):
    equal(world.ask(world.container, world.alice, "GET", f"/v1/journal/{since}", status).problem, problem, "problem")


def parse(block):
    """The fields of one event."""
    return dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))


def read_events(process, count):
    events = []
    block = ""
    while len(events) < count:
        line = process.stdout.readline()
        check(line, "the events ended")
        block += line
        if line == "\n":
            if parse(block.strip()):
                events.append(parse(block.strip()))
            block = ""
    return events


@suite.test
def events_are_the_entries_of_the_receipt(world):
    receipt = world.receipt(world.container, world.bob)
    events = world.events(world.container, world.bob, "--header", "last-event-id: 0")
    try:
        for index, event in zip(sorted(receipt.entries)[1:], read_events(events, len(receipt.entries) - 1)):
            text, details = receipt.entries[index]
            equal(int(event["id"]), index, "id")
            equal(event["event"], json.loads(text)["kind"], "event")
            wanted = f'{{"entry":{text},"details":{details}}}' if details else f'{{"entry":{text}}}'
            equal(event["data"], wanted, "data")
        world.put(world.container, world.alice, "alice/unseen")
        world.put(world.container, world.bob, "bob/seen")
        fresh = read_events(events, 1)[0]
        equal(json.loads(fresh["data"])["entry"]["path"], "/bob/seen", "what is new")
    finally:
        events.kill()
        events.wait()


@suite.rows([("nowhere", "1000000", 416, "range"), ("a word", "last", 400, "malformed"), ("two spellings", "00", 400, "malformed")])
def events_go_on_somewhere(world, number, status, problem):
    answer = world.ask(world.container, world.alice, "GET", "/v1/events", status, "--header", f"last-event-id: {number}")
    equal(answer.problem, problem, "problem")


@suite.test
def a_slow_reader_misses_nothing_and_holds_up_nobody(world):
    """More events than pipes and windows hold, while nobody reads: one refused request for each, in one connection."""
    container = world.lived()
    before = world.receipt(container, world.bob).head["size"]
    events = world.events(container, world.bob, "--header", "last-event-id: 0", "--limit-rate", "1k")
    long_name = "x" * 200
    subprocess.run([*curl.command(container, world.bob, f"/v1/files/secret/{long_name}[1-{REFUSALS + 50}]"), "--output", "/dev/null"],
                   check=True, timeout=harness.PATIENCE)
    receipt = world.receipt(container, world.bob)
    receipt.verify(world, world.rules)
    refusals = [json.loads(text) for text, _ in receipt.entries.values() if json.loads(text)["kind"] == "refusal"]
    equal(len(refusals), REFUSALS + 1, "refusals")
    equal(refusals[-1].get("more"), True, "there were more")
    check(receipt.head["size"] - before <= REFUSALS, "entries")
    events.kill()
    events.wait()
    again = world.events(container, world.bob, "--header", f"last-event-id: {min(receipt.entries)}")
    try:
        ids = [int(event["id"]) for event in read_events(again, len(receipt.entries) - 1)]
    finally:
        again.kill()
        again.wait()
    equal(ids, sorted(receipt.entries)[1:], "ids")


@suite.test
def so_many_read_at_once_and_no_more(world):
    container = world.lived()
    readers = [world.events(container, world.bob, "--header", "last-event-id: 0") for _ in range(WATCHERS)]
    try:
        for reader in readers:
            read_events(reader, 1)
        for target in ("/v1/events", "/v1/journal"):
            equal(world.ask(container, world.bob, "GET", target, 429).problem, "quota", target)
        world.ask(container, world.alice, "GET", "/v1/journal", 200)
    finally:
        for reader in readers:
            reader.kill()
            reader.wait()


@suite.test
def a_link_names_another_container(world):
    other = world.lived()
    head = world.receipt(other, world.bob).head
    body = {"container": head["container"], "policy": world.rules.hash.hex(), "root": head["root"], "size": head["size"]}
    answer = world.ask(world.container, world.alice, "POST", "/v1/journal/links", 201, body=json.dumps(body).encode())
    receipt = world.receipt(world.container, world.bob)
    receipt.verify(world, world.rules)
    entry = json.loads(receipt.entries[answer.json()["index"]][0])
    equal((entry["kind"], entry["by"]), ("link", {"principal": "alice"}), "who")
    equal({name: entry[name] for name in body}, body, "what")


@suite.rows([
    ("nothing", b"", 400), ("no object", b"[]", 400), ("a member less", {"size": None}, 400), ("a member more", {"node": ""}, 400),
    ("upper case", {"root": HEX.upper()}, 400), ("short", {"container": "00"}, 400), ("of no entries", {"size": 0}, 413),
    ("too long", b" " * 5000, 413)])
def a_link_has_one_form(world, change, status):
    body = {"container": HEX, "policy": HEX, "root": HEX, "size": 1}
    if isinstance(change, dict):
        body.update(change)
        body = json.dumps({name: value for name, value in body.items() if value is not None}).encode()
    else:
        body = change
    world.ask(world.container, world.alice, "POST", "/v1/journal/links", status, body=body)


@suite.test
def narrowings_make_what_is_in_force(world):
    """By a principal; by the container itself, when what is read once was read; one that changes nothing. The journal tells all
    that did, and whoever puts them in force has what the head says."""
    rules = world.policy(world.parties, rights=["alice: read,write /common", "bob: read /common", "bob: read,write /bob/"], narrowing=[
        {"principal": "alice", "may": ["take", "read_once"], "path": "/common"}, {"principal": "alice", "may": ["expires", "freeze_inputs"]}])
    container = world.serving(rules)
    world.put(container, world.alice, "common")
    forces = [world.receipt(container, world.bob).head["in_force"]]

    def narrow(narrowing):
        world.ask(container, world.alice, "POST", "/v1/narrowings", 200, body=json.dumps(narrowing).encode())
        forces.append(world.receipt(container, world.bob).head["in_force"])

    narrow({"read_once": {"path": "/common"}})
    world.ask(container, world.bob, "GET", "/v1/files/common", 200)
    forces.append(world.receipt(container, world.bob).head["in_force"])
    world.ask(container, world.bob, "GET", "/v1/files/common", 403)
    narrow({"freeze_inputs": True})
    narrow({"freeze_inputs": True})
    equal(len(set(forces)), 4, "what was in force")
    equal(forces[-1], forces[-2], "nothing new")
    equal(forces[-1], world.ask(container, world.alice, "GET", "/v1/narrowings", 200).json()["in_force"], "what is said to be in force")
    for party in world.parties:
        receipt = world.receipt(container, party)
        receipt.verify(world, rules)
        told = [(json.loads(text).get("by"), json.loads(details)["narrowing"]) for text, details in receipt.entries.values()
                if json.loads(text)["kind"] == "narrowing"]
        once = {"take": {"may": ["read"], "path": "/common", "from": [{"principal": "bob"}]}}
        equal(told, [({"principal": "alice"}, {"read_once": {"path": "/common"}}), (None, once)]
              + [({"principal": "alice"}, {"freeze_inputs": True})], f"narrowings that {party.name} is told")
        for since in ("", "/3"):
            path = world.file("receipt", world.ask(container, party, "GET", f"/v1/journal{since}", 200).body)
            done = world.veracruz("receipt", "verify", "--policy", rules.path, path)
            equal(done.returncode, 0, f"receipt of {party.name}: {done.stdout}{done.stderr}")


@suite.test
def other_methods_are_refused(world):
    for method, target in (("PUT", "/v1/journal"), ("DELETE", "/v1/journal/1"), ("POST", "/v1/events"), ("PUT", "/v1/journal/links")):
        answer = world.ask(world.container, world.alice, method, target, 405)
        contains(answer.fields.get("allow", ""), "POST" if target.endswith("links") else "GET", "allow")


if __name__ == "__main__":
    suite.main()
