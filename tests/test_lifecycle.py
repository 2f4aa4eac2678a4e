#!/usr/bin/env python3
"""What must be so before a run starts, and how long a container lives: parties that are present, consent, budgets of data, single use,
frozen inputs, a deadline. Many at once, and after every way in which what was given can go away."""

import concurrent.futures
import datetime
import hashlib
import json
import random

import curl
import harness
import wire
from stream_world import part
from tap import Suite, check, contains, equal

WASM = harness.GUESTS / "errand.wasm"
DIGEST = hashlib.sha256(WASM.read_bytes()).hexdigest()
AT_ONCE = 16

# program: its words, and its rights
PROGRAMS = {
    "psi": (["copy", "/input/alice/data", "/output/psi"], ["read /input/", "write /output/"]),
    "one": (["copy", "/input/alice/data", "/output/one"], ["read /input/alice/", "write /output/"]),
    "bobs": (["copy", "/input/bob/data", "/output/bobs"], ["read /input/bob/", "write /output/"]),
    "blind": (["exit", "0"], ["write /output/", "list /input/"]),
    "fail": (["fail", "/output"], ["read /input/", "write /output/"]),
    "spin": (["spin"], ["read /input/"]),
    "spoil": (["copy", "/input/bob/data", "/input/alice/data"], ["read /input/bob/", "write /input/alice/"]),
    "shift": (["move", "/input/alice/data", "/input/alice/moved"], ["read,write,delete /input/alice/"]),
    "wipe": (["remove", "/input/alice/data"], ["delete /input/alice/"]),
}
QUORUM = {"parties": {"at_least": 3, "of": ["alice", "bob", "carol", "dave"]}}
CONSENT = {"consent": ["alice", "bob"]}


class World(harness.Stage):
    def prepare(self):
        self.alice, self.bob, self.carol, self.dave, self.eve, self.fred = self.parties = [
            self.party(name) for name in ("alice", "bob", "carol", "dave", "eve", "fred")]
        self.container = None

    def rules(self, lifecycle, **changes):
        """Each of alice, bob, carol and dave has a folder; eve brings the programs and starts them; fred reads the output."""
        entries = {name: (WASM, {"arguments": ["errand", *words]}) for name, (words, _) in PROGRAMS.items()}
        rights = ["fred: read,list /output/", "bob: write /input/alice/shared", "carol: write /program/psi.wasm"]
        for who in ("alice", "bob", "carol", "dave"):
            rights.append(f"{who}: read,write,delete /input/{who}/")
        for name, (_, own) in PROGRAMS.items():
            rights += [f"eve: write,execute /program/{name}.wasm", *(f"{name}: {right}" for right in own)]
        return self.policy(self.parties, entries, rights, lifecycle=lifecycle, **changes)

    def ready(self, lifecycle, *gifts, programs=PROGRAMS, **changes):
        """A container with the programs, and a file of each of these, in the place of the one before."""
        if self.container is not None:
            self.container.service.stop()
        container = self.container = self.serving(self.rules(lifecycle, **changes))
        for name in programs:
            self.put(container, self.eve, f"/program/{name}.wasm", WASM.read_bytes())
        for party in gifts:
            self.put(container, party, f"/input/{party.name}/data", party.name.encode())
        return container

    def ask(self, container, party, method, target, *options, **rest):
        return curl.request(container, party, method, target, *options, **rest)

    def put(self, container, party, path, content=b"some"):
        answer = self.ask(container, party, "PUT", "/v1/files" + path, body=content)
        check(answer.status in (201, 204), f"PUT {path} by {party.name}: {answer.status} {answer.body}")

    def delete(self, container, party, path):
        equal(self.ask(container, party, "DELETE", "/v1/files" + path).status, 204, f"DELETE {path} by {party.name}")

    def begin(self, container, program, party=None, wait=60):
        return self.ask(container, party or self.eve, "POST", "/v1/runs", "--header", f"prefer: wait={wait}",
                        body=json.dumps({"program": program}).encode())

    def runs(self, container, program, code=0):
        """It starts, and ends with this code."""
        answer = self.begin(container, program)
        equal(answer.status, 200, f"{program}: {answer.body}")
        equal((answer.json()["state"], answer.json().get("exit_code")), ("exited", code), f"{program}: {answer.body}")

    def refused(self, container, program, status, problem, *sentences):
        """It does not start, and nothing of it is counted."""
        before = len(self.ask(container, self.eve, "GET", "/v1/runs").json()["runs"])
        answer = self.begin(container, program)
        equal((answer.status, answer.problem), (status, problem), f"{program}: {answer.body}")
        for sentence in sentences:
            contains(answer.json()["detail"], sentence, f"{program}: the detail")
        equal(len(self.ask(container, self.eve, "GET", "/v1/runs").json()["runs"]), before, "runs")

    def consent(self, container, party, program, digest=DIGEST):
        return self.ask(container, party, "POST", "/v1/consents", body=json.dumps({"program": program, "sha256": digest}).encode())

    def life(self, container, party):
        answer = self.ask(container, party, "GET", "/v1/lifecycle")
        equal(answer.status, 200, f"{answer.body}")
        return answer.json()

    def present(self, container, party=None):
        return self.life(container, party or self.alice)["parties"]["present"]


suite = Suite(World)


def moment(text):
    return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc)


# ---- G6: enough parties

@suite.test
def g6_no_run_below_the_minimum_of_parties(world):
    container = world.ready(QUORUM)
    world.refused(container, "psi", 409, "state", "lifecycle.parties: 0 of at least 3", "missing are alice, bob and 2 more")
    world.put(container, world.alice, "/input/alice/data", b"alice")
    world.put(container, world.alice, "/input/alice/more")
    world.put(container, world.bob, "/input/bob/data")
    world.refused(container, "psi", 409, "state", "lifecycle.parties: 2 of at least 3 have given a file, a key or a stream",
                  "missing are carol and dave")
    world.refused(container, "blind", 409, "state", "lifecycle.parties")  # whatever it may read
    equal(world.ask(container, world.fred, "GET", "/v1/files/output/psi").status, 404, "an output")
    world.put(container, world.dave, "/input/dave/data")
    wanted = {"at_least": 3, "present": ["alice", "bob", "dave"], "missing": ["carol"]}
    equal(world.life(container, world.alice)["parties"], wanted, "parties")
    world.runs(container, "psi")
    equal(world.ask(container, world.fred, "GET", "/v1/files/output/psi").body, b"alice", "the output")
    world.delete(container, world.bob, "/input/bob/data")
    world.refused(container, "psi", 409, "state", "missing are bob and carol")
    world.put(container, world.bob, "/input/bob/again")
    world.runs(container, "psi")


@suite.rows([("writes over", "spoil"), ("moves", "shift"), ("removes", "wipe")])
def g6_what_a_program(world, name):
    """... is not the party's any more, and the next run does not start."""
    container = world.ready(QUORUM, world.alice, world.bob, world.carol)
    world.runs(container, name)
    equal(world.present(container), ["bob", "carol"], "present")
    world.refused(container, "psi", 409, "state", "missing are alice and dave")
    world.put(container, world.alice, "/input/alice/data")
    world.runs(container, "psi")


@suite.test
def g6_who_wrote_last_has_given(world):
    container = world.ready(QUORUM, world.carol, world.dave)
    world.put(container, world.alice, "/input/alice/shared")
    equal(world.present(container), ["alice", "carol", "dave"], "present")
    world.put(container, world.bob, "/input/alice/shared")
    equal(world.present(container), ["bob", "carol", "dave"], "present")


@suite.test
def g6_bringing_a_program_gives_nothing(world):
    container = world.ready(QUORUM, world.alice, world.bob, programs=["blind"])
    world.put(container, world.carol, "/program/psi.wasm", WASM.read_bytes())
    equal(world.present(container), ["alice", "bob"], "present")
    world.refused(container, "psi", 409, "state", "lifecycle.parties: 2 of at least 3")


@suite.test
def g6_a_key_counts_while_it_is_held(world):
    keys = {"secret": {"owner": "carol", "id": 1, "type": "aes", "bits": 128, "usage": ["decrypt"], "algorithm": "gcm", "programs": ["psi"]}}
    container = world.ready(QUORUM, world.alice, world.bob, keys=keys)
    world.refused(container, "psi", 409, "state", "missing are carol and dave")
    equal(world.ask(container, world.carol, "PUT", "/v1/keys/secret", body=random.randbytes(16)).status, 201, "the key")
    world.runs(container, "psi")
    equal(world.ask(container, world.carol, "DELETE", "/v1/keys/secret").status, 204, "taken back")
    world.refused(container, "psi", 409, "state", "missing are carol and dave")


@suite.test
def g6_a_stream_counts_once_it_has_begun_until_it_is_lost(world):
    streams = {"prices": {"producer": {"principal": "carol"}, "consumers": [{"program": "psi"}], "window_bytes": 65536, "uses": 3}}
    container = world.ready(QUORUM, world.alice, world.bob, streams=streams)
    world.refused(container, "psi", 409, "state", "missing are carol and dave")
    part(wire.Line(container, world.carol), "prices", b"100\n")
    equal(world.present(container), ["alice", "bob", "carol"], "present")
    world.runs(container, "psi")
    equal(world.ask(container, world.carol, "DELETE", "/v1/streams/prices").status, 204, "given up")
    world.refused(container, "psi", 409, "state", "missing are carol and dave")


@suite.test
def a_start_that_was_refused_freezes_nothing(world):
    container = world.ready({**QUORUM, "freeze_inputs": True}, world.alice, world.bob)
    world.refused(container, "psi", 409, "state", "lifecycle.parties")
    equal(world.life(container, world.fred)["frozen"], False, "frozen")
    world.put(container, world.carol, "/input/carol/data")
    world.runs(container, "psi")
    equal(world.life(container, world.fred)["frozen"], True, "frozen")
    answer = world.ask(container, world.carol, "PUT", "/v1/files/input/carol/data", body=b"other")
    equal((answer.status, answer.problem), (409, "state"), f"{answer.body}")
    contains(answer.json()["detail"], "lifecycle.freeze_inputs", "the detail")


# ---- G7: budgets

@suite.test
def g7_the_run_after_the_last_is_refused_whatever_program_it_is(world):
    container = world.ready({"budgets": [{"path": "/input/alice/", "runs": 2}]}, world.alice, world.bob)
    world.runs(container, "blind")
    world.runs(container, "bobs")
    world.runs(container, "psi")
    world.runs(container, "one")
    spent = "lifecycle.budgets[0]: 2 runs could read what is at /input/alice/, and no more may"
    for name in ("psi", "one", "shift", "fail", "spin"):
        world.refused(container, name, 429, "quota", spent)
    world.put(container, world.alice, "/input/alice/data", b"other data")
    world.refused(container, "one", 429, "quota", spent)
    world.delete(container, world.alice, "/input/alice/data")
    world.put(container, world.alice, "/input/alice/elsewhere")
    world.refused(container, "psi", 429, "quota", spent)
    world.runs(container, "bobs")
    equal(world.life(container, world.alice)["budgets"], [{"path": "/input/alice/", "runs": 2, "spent": 2}], "budgets")


@suite.test
def g7_a_run_that_ends_badly_has_read_all_the_same(world):
    container = world.ready({"budgets": [{"path": "/input/bob/data", "runs": 2}]}, world.alice, world.bob)
    equal(world.begin(container, "fail").json()["state"], "failed", "the run that traps")
    number = world.begin(container, "spin", wait=0).json()["id"]
    equal(world.ask(container, world.eve, "DELETE", f"/v1/runs/{number}").status, 204, "killed")
    world.refused(container, "bobs", 429, "quota", "2 runs could read what is at /input/bob/data, and no more may")


@suite.test
def g7_a_file_that_was_never_there_is_counted_too(world):
    container = world.ready({"budgets": [{"path": "/input/alice/not-yet", "runs": 1}]}, world.alice, world.bob)
    world.runs(container, "psi")
    world.put(container, world.alice, "/input/alice/not-yet")
    world.refused(container, "one", 429, "quota", "/input/alice/not-yet")
    world.runs(container, "bobs")


@suite.rows([("one run", 1), ("three", 3)])
def g7_many_starts_at_once_for(world, budget):
    """Of all that come at once so many start, and not one more."""
    container = world.ready({"budgets": [{"path": "/input/", "runs": budget}]}, world.alice, world.bob)
    names = [random.choice(["psi", "one", "bobs", "fail"]) for _ in range(AT_ONCE)]
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(lambda name: world.begin(container, name, wait=0), names))
    equal(sorted(answer.status for answer in answers), [201] * budget + [429] * (AT_ONCE - budget), "statuses")
    equal(len(world.ask(container, world.eve, "GET", "/v1/runs").json()["runs"]), budget, "runs")
    equal(world.life(container, world.eve)["budgets"][0]["spent"], budget, "spent")


@suite.test
def g7_the_last_party_and_many_starts_at_once(world):
    """Starts race the input that they wait for: each is either refused, or sees it."""
    container = world.ready({**QUORUM, "budgets": [{"path": "/input/", "runs": 1}]}, world.bob, world.carol)
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        put = pool.submit(world.put, container, world.alice, "/input/alice/data", b"alice")
        answers = list(pool.map(lambda _: world.begin(container, "psi"), range(AT_ONCE)))
        put.result()
    check({answer.status for answer in answers} <= {200, 409, 429}, f"statuses {[answer.status for answer in answers]}")
    started = [answer.json() for answer in answers if answer.status == 200]
    check(len(started) <= 1, f"started {started}")
    if not started:
        world.runs(container, "psi")
    equal(world.ask(container, world.fred, "GET", "/v1/files/output/psi").body, b"alice", "the output")


@suite.test
def g7_a_fresh_container_begins_at_zero(world):
    """As the documents say: its owner decides whether to give it the data again."""
    rules = {"budgets": [{"path": "/input/", "runs": 1}]}
    for _ in range(2):
        container = world.ready(rules, world.alice)
        world.runs(container, "psi")
        world.refused(container, "psi", 429, "quota", "1 run could read")
        container.service.stop()


# ---- D4: single use

@suite.test
def d4_a_single_use_input_cannot_be_replayed(world):
    container = world.ready({"budgets": [{"path": "/input/alice/data", "runs": 1}]}, world.alice)
    world.runs(container, "psi")
    world.put(container, world.alice, "/input/alice/data", b"alice")  # the same once more
    for name in ("psi", "one"):
        world.refused(container, name, 429, "quota", "1 run could read what is at /input/alice/data, and no more may")


@suite.test
def d4_a_single_use_stream_cannot_be_replayed(world):
    streams = {"prices": {"producer": {"principal": "alice"}, "consumers": [{"program": "psi"}], "window_bytes": 65536, "uses": 1}}
    entry = {"psi": (WASM, {"arguments": ["errand", "copy", "-", "/output/psi"], "stdin": "/stream/prices"})}
    rights = ["eve: write,execute /program/psi.wasm", "psi: write /output/", "fred: read /output/"]
    container = world.serving(world.policy(world.parties, entry, rights, streams=streams))
    world.put(container, world.eve, "/program/psi.wasm", WASM.read_bytes())
    equal(world.ask(container, world.alice, "PUT", "/v1/streams/prices", body=b"100\n").status, 200, "the first use")
    world.runs(container, "psi")
    equal(world.ask(container, world.fred, "GET", "/v1/files/output/psi").body, b"100\n", "the output")
    again = world.ask(container, world.alice, "PUT", "/v1/streams/prices", body=b"100\n")
    equal((again.status, again.problem), (410, "gone"), f"the second use: {again.body}")
    contains(again.json()["detail"], "streams.prices.uses: 1, all spent", "the detail")
    world.refused(container, "psi", 410, "gone", "streams.prices.uses: 1, all spent")


# ---- consent

@suite.test
def no_program_runs_that_owners_have_not_consented_to(world):
    container = world.ready(CONSENT, world.alice, world.bob)
    world.refused(container, "psi", 409, "state", "lifecycle.consent: alice and bob have not consented to the program psi",
                  "veracruz consent give")
    answer = world.consent(container, world.alice, "psi")
    equal(answer.status, 201, f"{answer.body}")
    equal(answer.json(), {"program": "psi", "sha256": DIGEST, "consented": ["alice"], "missing": ["bob"]}, "the answer")
    world.refused(container, "psi", 409, "state", "lifecycle.consent: bob has not consented to the program psi")
    equal(world.consent(container, world.alice, "psi").status, 200, "again")
    equal(world.consent(container, world.bob, "one").status, 201, "to another")
    world.refused(container, "psi", 409, "state", "bob has not consented to the program psi")
    equal(world.consent(container, world.bob, "psi").status, 201, "the last")
    world.runs(container, "psi")
    world.runs(container, "psi")
    world.refused(container, "one", 409, "state", "alice has not consented to the program one")


@suite.test
def the_command_says_what_is_missing(world):
    container = world.ready({**CONSENT, "budgets": [{"path": "/input/", "runs": 1}]}, world.alice)
    said = container.veracruz(world.eve, "run", "psi")
    equal(said.returncode, 4, f"exit code: {said.stderr}")
    contains(said.stderr, "alice and bob have not consented to the program psi (`veracruz consent give`)", "what it says")
    world.consent(container, world.alice, "psi")
    world.consent(container, world.bob, "psi")
    equal(container.run(world.eve, "psi")["state"], "exited", "the run")
    said = container.veracruz(world.eve, "run", "psi")
    contains(said.stderr, "1 run could read what is at /input/, and no more may", "what it says")


FLIPPED = ("0" if DIGEST[0] != "0" else "1") + DIGEST[1:]


@suite.rows([
    ("another digest", "alice", {"program": "psi", "sha256": FLIPPED}, 422, "digest", "programs.psi.sha256"),
    ("one who is not asked", "carol", {"program": "psi", "sha256": DIGEST}, 403, "refused", "lifecycle.consent: carol is not among"),
    ("who starts it and is not asked", "eve", {"program": "psi", "sha256": DIGEST}, 403, "refused", "lifecycle.consent: eve"),
    ("one who is not asked, with another digest", "carol", {"program": "psi", "sha256": FLIPPED}, 403, "refused", "lifecycle.consent"),
    ("no such program", "alice", {"program": "none", "sha256": DIGEST}, 404, "not-found", "programs"),
    ("capital digits", "alice", {"program": "psi", "sha256": DIGEST.upper()}, 400, "malformed", "sha256"),
    ("half a digest", "alice", {"program": "psi", "sha256": DIGEST[:32]}, 400, "malformed", "sha256"),
    ("no digest", "alice", {"program": "psi"}, 400, "malformed", "sha256"),
    ("more than is asked", "alice", {"program": "psi", "sha256": DIGEST, "for": "ever"}, 400, "malformed", "for"),
    ("too much", "alice", {"program": "p" * 5000, "sha256": DIGEST}, 413, "limit", "4096"),
])
def a_consent_is_refused(world, who, body, status, problem, part_of_detail):
    container = world.ready(CONSENT, world.alice, programs=["psi"])
    party = next(party for party in world.parties if party.name == who)
    answer = world.ask(container, party, "POST", "/v1/consents", body=json.dumps(body).encode())
    equal((answer.status, answer.problem), (status, problem), f"{answer.body}")
    contains(answer.json()["detail"], part_of_detail, "the detail")
    equal(world.ask(container, world.alice, "GET", "/v1/consents").json()["consents"][0]["consented"], [], "who has consented")


@suite.test
def without_the_rule_nobody_is_asked(world):
    container = world.ready({}, world.alice)
    equal(world.consent(container, world.alice, "psi").status, 403, "status")
    equal(world.ask(container, world.alice, "GET", "/v1/consents").json(), {"consents": []}, "consents")
    world.runs(container, "psi")


@suite.test
def a_consent_is_to_one_container(world):
    rules = {**CONSENT, "freeze_inputs": True}
    first = world.ready(rules, world.alice)
    for party in (world.alice, world.bob):
        world.consent(first, party, "psi")
    world.runs(first, "psi")
    equal(world.consent(first, world.alice, "one").status, 201, "also when inputs are frozen")
    first.service.stop()
    world.refused(world.ready(rules, world.alice), "psi", 409, "state", "alice and bob have not consented")


@suite.test
def consents_are_in_the_journal(world):
    """Each once, and for those whom the program concerns."""
    container = world.ready(CONSENT, world.alice, programs=["psi"])
    for party in (world.alice, world.alice, world.bob, world.carol):
        world.consent(container, party, "psi")
    world.consent(container, world.alice, "psi", FLIPPED)

    def consents(party):
        receipt = world.ask(container, party, "GET", "/v1/journal").json()
        entries = [json.loads(entry["entry"]) for entry in receipt["entries"] if "entry" in entry]
        return [(entry["by"]["principal"], entry["program"], entry["sha256"]) for entry in entries if entry["kind"] == "consent"]

    wanted = [("alice", "psi", DIGEST), ("bob", "psi", DIGEST)]
    for party in (world.alice, world.bob, world.eve, world.fred):
        equal(consents(party), wanted, f"consents, to {party.name}")


@suite.test
def what_keeps_a_run_from_starting_is_in_the_journal(world):
    container = world.ready({**QUORUM, **CONSENT, "runs": [{"program": "blind", "at_most": 1}], "budgets": [{"path": "/input/", "runs": 1}]},
                            world.alice, world.bob)
    for party in (world.alice, world.bob):
        for name in ("psi", "blind"):
            world.refused(container, name, 409, "state", "lifecycle.consent")
            world.consent(container, party, name)
    world.refused(container, "psi", 409, "state", "lifecycle.parties")
    world.put(container, world.carol, "/input/carol/data")
    world.runs(container, "psi")
    world.runs(container, "blind")
    world.refused(container, "psi", 429, "quota", "lifecycle.budgets[0]")
    world.refused(container, "blind", 429, "quota", "lifecycle.runs")
    receipt = world.ask(container, world.eve, "GET", "/v1/journal").json()
    entries = [(json.loads(entry["entry"]), json.loads(entry["details"])) for entry in receipt["entries"] if "details" in entry]
    told = [details["reason"] for entry, details in entries if (entry["kind"], entry.get("place")) == ("refusal", "/v1/runs")]
    equal([reason.split(":")[0] for reason in told],
          ["lifecycle.consent"] * 4 + ["lifecycle.parties", "lifecycle.budgets[0]", "lifecycle.runs"], f"refusals {told}")
    saved = container.veracruz(world.eve, "receipt", "save", world.path("receipt"))
    equal(saved.returncode, 0, f"the receipt: {saved.stderr}")


# ---- narrowings

@suite.test
def what_was_narrowed_shows_in_the_life(world):
    rules = [{"principal": "alice", "may": ["expires", "freeze_inputs"]}, {"principal": "alice", "may": ["runs"], "programs": ["psi"]}]
    container = world.ready({**CONSENT, "deadline_seconds": 3600, "runs": [{"program": "psi", "at_most": 9}]}, world.alice, world.bob,
                            narrowing=rules)
    before = world.life(container, world.eve)
    equal((before["frozen"], {run["program"]: run.get("at_most") for run in before["runs"]}["psi"]), (False, 9), "before")
    ends = moment(before["ends"]) - datetime.timedelta(seconds=600)
    for narrowing in ({"expires": ends.strftime("%Y-%m-%dT%H:%M:%SZ")}, {"freeze_inputs": True}, {"runs": {"program": "psi", "at_most": 4}},
                      {"withdraw": {"program": "one"}}):
        answer = world.ask(container, world.alice, "POST", "/v1/narrowings", body=json.dumps(narrowing).encode())
        equal(answer.status, 200, f"{narrowing}: {answer.body}")
    after = world.life(container, world.eve)
    runs = {run["program"]: run.get("at_most") for run in after["runs"]}
    equal((after["frozen"], moment(after["ends"]), runs["psi"], runs["one"]), (True, ends, 4, 0), "after")
    answer = world.consent(container, world.bob, "one")
    equal((answer.status, answer.problem), (409, "state"), f"consent to what was withdrawn: {answer.body}")
    contains(answer.json()["detail"], "the program one was withdrawn", "the detail")
    for party in (world.alice, world.bob):
        world.consent(container, party, "psi")
    world.runs(container, "psi")


@suite.test
def a_narrowed_end_ends_the_container(world):
    container = world.ready({"deadline_seconds": 3600}, programs=[], narrowing=[{"principal": "alice", "may": ["expires"]}])
    soon = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0) + datetime.timedelta(seconds=3)
    body = json.dumps({"expires": soon.strftime("%Y-%m-%dT%H:%M:%SZ")}).encode()
    equal(world.ask(container, world.alice, "POST", "/v1/narrowings", body=body).status, 200, "narrowing")
    container.service.wait()
    contains(container.service.log(), "expires: narrowed, and over", "what serve says")
    check(datetime.datetime.now(datetime.timezone.utc) >= soon, "it ended before")


# ---- who is told what

def names(container, world, party):
    return [entry["program"] for entry in world.ask(container, party, "GET", "/v1/consents").json()["consents"]]


@suite.test
def the_life_is_told_to_those_whom_it_concerns(world):
    rules = {**QUORUM, **CONSENT, "runs": [{"program": "psi", "at_most": 2}],
             "budgets": [{"path": "/input/alice/", "runs": 5}, {"path": "/input/bob/data", "runs": 1}]}
    container = world.ready(rules, world.alice, world.bob, world.carol)
    for party in (world.alice, world.bob):
        world.consent(container, party, "psi")
    world.runs(container, "psi")
    told = {party.name: world.life(container, party) for party in world.parties}
    for name, life in told.items():
        equal("parties" in life, name != "fred", f"the parties, to {name}")
        equal(bool(life["runs"]), name == "eve", f"runs, to {name}")
        equal(life["frozen"], False, f"frozen, to {name}")
    equal({name: [budget["path"] for budget in life["budgets"]] for name, life in told.items()},
          {"alice": ["/input/alice/"], "bob": ["/input/alice/", "/input/bob/data"], "carol": [], "dave": [],
           "eve": ["/input/alice/", "/input/bob/data"], "fred": []}, "budgets")
    equal([(budget["runs"], budget["spent"]) for budget in told["eve"]["budgets"]], [(5, 1), (1, 1)], "runs, and those that were spent")
    runs = {run.pop("program"): run for run in told["eve"]["runs"]}
    equal(set(runs), set(PROGRAMS), "programs")
    equal((runs["psi"], runs["one"]), ({"started": 1, "at_most": 2}, {"started": 0}), "runs")
    equal(names(container, world, world.alice), list(PROGRAMS), "consents, to one who is asked")
    equal(names(container, world, world.eve), list(PROGRAMS), "consents, to who starts them")
    equal(names(container, world, world.carol), [], "consents, to one who is not asked")


# ---- stages of pipelines

@suite.test
def a_stage_is_charged_for_what_it_may_read_itself(world):
    stages = [{"name": "first", "program": "psi"},
              {"name": "second", "program": "fail", "rights": [{"may": ["write"], "path": "/output/"}]},
              {"name": "third", "program": "one"}]
    flows = {"one": {"principals": ["alice"], "stages": [stages[0], {**stages[1], "program": "blind"}]},
             "two": {"principals": ["alice"], "stages": [stages[0], stages[2]]}}
    for name, state, spent in (("one", "done", 1), ("two", "failed", 1)):
        container = world.ready({"budgets": [{"path": "/input/", "runs": 1}]}, world.alice, pipelines=flows)
        answer = world.ask(container, world.alice, "POST", "/v1/pipelines", "--header", "prefer: wait=60",
                           body=json.dumps({"pipeline": name}).encode())
        equal((answer.status, answer.json().get("state")), (200, state), f"pipeline {name}: {answer.body}")
        equal(world.life(container, world.alice)["budgets"][0]["spent"], spent, "spent")
        if state == "failed":
            contains(answer.json()["stages"][1].get("reason", ""), "lifecycle.budgets[0]: 1 run could read", "why the stage failed")
        container.service.stop()


@suite.test
def without_a_container_budgets_count_and_nobody_is_asked(world):
    """Who tries a pipeline at home hears what a container would say; nobody else is there to give or to consent."""
    flows = {"fits": {"principals": ["alice"], "stages": [{"name": "first", "program": "psi"}, {"name": "second", "program": "blind"}]},
             "twice": {"principals": ["alice"], "stages": [{"name": "first", "program": "psi"}, {"name": "second", "program": "one"}]}}
    rules = world.rules({**QUORUM, **CONSENT, "budgets": [{"path": "/input/", "runs": 1}]}, pipelines=flows)
    folder = world.path("folder")
    for name, content in (("input/alice/data", b"alice"), *((f"program/{name}.wasm", WASM.read_bytes()) for name in ("psi", "one", "blind"))):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    fits = world.veracruz("local", "run", "--policy", rules.path, "--folder", folder, "--pipeline", "fits")
    equal(fits.returncode, 0, f"exit code: {fits.stderr}")
    twice = world.veracruz("local", "run", "--policy", rules.path, "--folder", folder, "--pipeline", "twice")
    check(twice.returncode != 0, f"exit code {twice.returncode}")
    contains(twice.stdout + twice.stderr, "lifecycle.budgets[0]: 1 run could read what is at /input/, and no more may", "what it says")


# ---- the end

@suite.test
def a_container_ends_at_its_deadline(world):
    container = world.ready({"deadline_seconds": 4}, world.alice, programs=["spin"])
    life = world.life(container, world.fred)
    equal(moment(life["ends"]) - moment(life["started"]), datetime.timedelta(seconds=4), "from start to end")
    equal(world.begin(container, "spin", wait=0).status, 201, "a run that would go on")
    container.service.wait()
    contains(container.service.log(), "lifecycle.deadline_seconds: 4 since the container's start", "what serve says")
    check(datetime.datetime.now(datetime.timezone.utc) >= moment(life["ends"]), "it ended before")


@suite.rows([("the policy's end before the deadline", 3600, 5), ("the deadline before the policy's end", 5, 3600)])
def what_comes_first_ends_a_container(world, deadline, expires):
    soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=expires)
    container = world.ready({"deadline_seconds": deadline}, programs=[], expires=soon.strftime("%Y-%m-%dT%H:%M:%SZ"))
    life = world.life(container, world.fred)
    first = min(moment(life["started"]) + datetime.timedelta(seconds=deadline), soon.replace(microsecond=0))
    equal(moment(life["ends"]), first, "ends")
    container.service.wait()
    contains(container.service.log(), "deadline_seconds" if deadline < expires else "expires", "what serve says")
    check(datetime.datetime.now(datetime.timezone.utc) >= first, "it ended before")


if __name__ == "__main__":
    suite.main()
