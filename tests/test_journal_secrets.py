#!/usr/bin/env python3
"""One bit of a secret, by every channel that a program could try, against the journal (E8): the same in two containers whose secrets
differ, and then all that each party can see of the journal, compared. Nothing but details depends on what programs do with data."""

import json

import curl
import harness
from journal_seen import Journal
from tap import Suite, check, equal

WHISPER = harness.GUESTS / "whisper.wasm"


class Secrets(harness.Stage):
    """Two containers whose secrets differ, with every channel that a program could try; the same is done in both."""

    CHANNELS = ["stdout", "exit-code", "trap", "content", "name", "count", "length", "memory", "limit", "questions"]
    ASKED = ["/output/one", "/output/two", "/output/content", "/output/a", "/output/b", "/output/length", "/output/d", "/output/exact", "/output"]
    STREAMS = {"stdout": "said", "trap": "trapped"}  # where it is their standard output

    def prepare(self):
        self.owner, self.other, self.delegate, self.reader, self.stranger = self.parties = [
            self.party(name) for name in ("owner", "other", "delegate", "reader", "stranger")]
        limits = {"memory_mib": 32, "cpu_seconds": 5, "wall_seconds": 20, "files": 4, "output_bytes": 1 << 20}
        programs = {name: (WHISPER, {"arguments": ["whisper", name], "limits": limits,
                                     "stdout": f"/stream/{self.STREAMS[name]}" if name in self.STREAMS else "/output/log"})
                    for name in self.CHANNELS}
        rights = ["owner: read,write /secret/", "other: write /other/", "reader: read,list,delete /output/", "reader: read /output/exact"]
        for name in self.CHANNELS:
            rights += [f"owner: write /program/{name}.wasm", f"delegate: execute /program/{name}.wasm", f"{name}: read /secret/",
                       f"{name}: read /other/", f"{name}: read,write,list,delete /output/"]
        streams = {"said": {"producer": {"program": "stdout"}, "consumers": [{"principal": "reader"}]},
                   "trapped": {"producer": {"program": "trap"}, "consumers": [{"principal": "reader"}]}}
        policy = self.policy(self.parties, programs, rights, streams=streams, journal={"observers": [{"principal": "stranger"}]})  # which sees all kinds
        self.containers = [self.serving(policy), self.serving(policy)]
        for container, secret in zip(self.containers, (b"0", b"1")):
            self.live(container, secret)

    def live(self, container, secret):
        for party, path, body in [(self.owner, "/secret/s", secret), (self.other, "/other/x", b"x"),
                                  *((self.owner, f"/program/{name}.wasm", WHISPER.read_bytes()) for name in self.CHANNELS)]:
            equal(curl.request(container, party, "PUT", "/v1/files" + path, body=body).status, 201, path)
        for name in self.CHANNELS:
            answer = curl.request(container, self.delegate, "POST", "/v1/runs", "--header", "prefer: wait=60", body=json.dumps({"program": name}).encode())
            equal(answer.status, 200, f"{name}: {answer.body}")
            for path in self.ASKED:
                curl.request(container, self.reader, "GET", "/v1/files" + path)
            if name in self.STREAMS:  # what is lost has no answer that curl takes
                try:
                    curl.request(container, self.reader, "GET", f"/v1/streams/{self.STREAMS[name]}")
                except curl.NoAnswer:
                    pass
        for path in self.ASKED[:3]:
            curl.request(container, self.reader, "DELETE", "/v1/files" + path)
            curl.request(container, self.stranger, "GET", "/v1/files" + path)


FREE = ("salt", "details", "time", "certificate", "container")


def plain(entry):
    return {name: value for name, value in entry.items() if name not in FREE}


suite = Suite(Secrets)


@suite.rows([(name, name) for name in ("owner", "other", "delegate", "reader", "stranger")])
def entries_are_the_same_for(world, name):
    """Number, order, lengths and words of everything but details, also for who is told them."""
    party = getattr(world, name)
    first, second = (Journal(container, party) for container in world.containers)
    equal(second.size, first.size, "entries in the journal")
    equal(list(second.entries), list(first.entries), "indices of those that are shown")
    for index, (entry, _) in first.entries.items():
        equal(plain(second.entries[index][0]), plain(entry), f"entry {index}")
    lengths = [[(len(shown["entry"]) if "entry" in shown else shown["leaves"]) for shown in journal.receipt["entries"]] for journal in (first, second)]
    equal(lengths[1], lengths[0], "lengths")


@suite.rows([("owner", "owner", {"write"}), ("other", "other", {"write"}), ("stranger", "stranger", {"refusal"})])
def who_is_told_nothing_of_runs(world, name, kinds):
    """Details only of what it did itself; and these are the same."""
    party = getattr(world, name)
    first, second = (Journal(container, party) for container in world.containers)
    known = {entry["kind"] for entry, details in first.entries.values() if details is not None}
    equal(known, kinds, "kinds whose details it is told")


@suite.test
def who_may_execute_is_told_how_runs_ended(world):
    """Otherwise nothing here would be tested."""
    first, second = ([details for _, details in Journal(container, world.delegate).kinds("run_over")] for container in world.containers)
    differing = {name for one, other in zip(first, second) for name in one.keys() | other.keys() if one.get(name) != other.get(name)} - {"salt", "cpu_ms", "wall_ms"}
    equal(differing, {"exit_code", "reason", "output_bytes", "memory_bytes", "limits"}, "what differs for the delegate")


@suite.test
def who_may_read_is_told_what_was_there(world):
    first, second = ([(details["path"], details["there"]) for entry, details in Journal(container, world.reader).kinds("read")] for container in world.containers)
    equal([path for path, _ in first], [path for path, _ in second], "paths")
    check(("/output/one", True) in second and ("/output/one", True) not in first and ("/output/two", True) in first, "one and two")


if __name__ == "__main__":
    suite.main()
