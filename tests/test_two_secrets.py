#!/usr/bin/env python3
"""One bit of a secret, by every channel that a program could try (E8): the same runs in two containers whose secrets differ, and then
everything that each party can see, compared. Who has no right sees no difference at all; who may execute the program, those that
docs/threat-model.md counts."""

import copy
import json
import re
import select
import socket
import threading

import curl
import harness
from tap import Suite, check, equal

WASM = harness.GUESTS / "whisper.wasm"
LIMITS = {"memory_mib": 32, "cpu_seconds": 5, "wall_seconds": 20, "files": 4, "output_bytes": 1 << 20}
FREE = {"wall_us", "cpu_us"}  # times differ from run to run; that they tell something is said in the table

# What differs for who may execute, beside times: nothing else may. Channel, keys of the run's object.
CHANNELS = [
    ("stdout", set()),
    ("stderr", set()),
    ("exit-code", {"exit_code"}),
    ("trap", {"reason"}),  # which of those that exist
    ("content", set()),
    ("name", set()),
    ("count", set()),
    ("length", {"output_bytes"}),
    ("memory", {"memory_bytes"}),
    ("time", set()),
    ("limit", {"limits", "output_bytes"}),
    ("questions", set()),
]
NAMES = [name for name, _ in CHANNELS]
PATHS = ["/output/", "/output/one", "/output/two", "/output/length", "/output/log", "/secret/s", "/"]


class World(harness.Stage):
    """Two containers of one policy. The owner gives the secret and reads results; the delegate may execute, and nothing else; the
    stranger is a principal without a right to any of it; the neighbour may list a folder beside."""

    def prepare(self):
        self.owner, self.delegate, self.stranger, self.neighbour = map(self.party, ("owner", "delegate", "stranger", "neighbour"))
        programs = {name: (WASM, {"arguments": ["whisper", name], "stdout": "/output/log", "stderr": "/output/err", "limits": LIMITS}) for name in NAMES}
        rights = ["owner: read,write,list /secret/", "owner: read,list,delete /output/", "neighbour: read,write,list /beside/", "stranger: write /drop/"]
        for name in NAMES:
            rights += [f"owner: write /program/{name}.wasm", f"delegate: execute /program/{name}.wasm", f"{name}: read,list /secret/",
                       f"{name}: read,write,list,delete /output/"]
        policy = self.policy([self.owner, self.delegate, self.stranger, self.neighbour], programs, rights)
        self.containers = [self.serving(policy), self.serving(policy)]
        self.runs = [self.fill(container, secret) for container, secret in zip(self.containers, (b"0", b"1"))]

    def fill(self, container, secret):
        """Every program once; the runs as the delegate sees them, by channel."""
        for path, body in [("/secret/s", secret)] + [(f"/program/{name}.wasm", WASM.read_bytes()) for name in NAMES]:
            equal(curl.request(container, self.owner, "PUT", "/v1/files" + path, body=body).status, 201, path)
        runs = {}
        for name in NAMES:
            answer = curl.request(container, self.delegate, "POST", "/v1/runs", "--header", "prefer: wait=60", body=json.dumps({"program": name}).encode())
            equal(answer.status, 200, f"{name}: {answer.body}")
            runs[name] = answer.json()
        return runs


def views(container, party):
    """Everything there is to ask, and what the party is answered, to the last field."""
    questions = [("GET", "/v1/policy", None), ("GET", "/v1/runs", None), ("GET", "/v1/nothing", None), ("POST", "/v1/shutdown", b"")]
    for number in (1, NAMES.index("trap") + 1, len(NAMES), len(NAMES) + 1):
        questions += [("GET", f"/v1/runs/{number}", None), ("DELETE", f"/v1/runs/{number}", None), ("GET", f"/v1/runs/{number}/events", None)]
    for path in PATHS:
        questions += [(method, "/v1/files" + path, None) for method in ("GET", "HEAD", "DELETE")]
        questions += [(method, "/v1/files" + path, b"x") for method in ("PUT", "POST")]
    seen = {}
    for method, target, body in questions:
        answer = curl.request(container, party, method, target, body=body)
        seen[method, target] = (answer.status, answer.fields, answer.body)
    return seen


suite = Suite(World)


@suite.test
def the_program_does_tell(world):
    """By what its owner may see: otherwise nothing here would be tested."""
    contents = [curl.request(container, world.owner, "GET", "/v1/files/output/content").body for container in world.containers]
    equal(contents, [b"0", b"1"], "contents")
    listings = [{entry["name"] for entry in curl.request(container, world.owner, "GET", "/v1/files/output/").json()["entries"]} for container in world.containers]
    check({"two"} == listings[0] & {"one", "two"} and {"one"} == listings[1] & {"one", "two"}, f"names {listings}")


@suite.rows([("a principal without rights", "stranger"), ("a principal with rights elsewhere", "neighbour")])
def nothing_differs_for(world, name):
    party = getattr(world, name)
    first, second = (views(container, party) for container in world.containers)
    equal(second, first, "what it sees")


@suite.rows([(name, name, allowed) for name, allowed in CHANNELS])
def who_may_execute_sees_by(world, name, allowed):
    first, second = (runs[name] for runs in world.runs)
    differing = {key for key in first.keys() | second.keys() if first.get(key) != second.get(key)} - FREE
    equal(differing, allowed, f"what differs between {first} and {second}")


@suite.test
def who_may_execute_sees_no_more_than_its_runs(world):
    """Files, listings, the policy: nothing differs, as for who has no rights; of its runs, what they ended with."""
    first, second = (views(container, world.delegate) for container in world.containers)
    for question, (status, fields, body) in first.items():
        if not question[1].startswith("/v1/runs"):
            equal(second[question], (status, fields, body), f"answer to {question}")
        equal(second[question][0], status, f"status of {question}")


def documented():
    """Keys of the table in docs/threat-model.md."""
    text = (harness.PROJECT / "docs/threat-model.md").read_text()
    table = text.split("| of a run's object |")[1].split("\n\n")[0]
    return {key for line in table.splitlines()[2:] for key in re.findall(r"`([a-z_]+)`", line.split("|")[1])}


@suite.test
def what_a_run_can_tell_is_what_the_threat_model_counts(world):
    keys = {key for runs in world.runs for run in runs.values() for key in run}
    equal(keys - {"id", "program"} - documented(), set(), "keys of runs that are not counted")
    for name, allowed in CHANNELS:
        check(allowed <= documented(), f"{name} differs by {allowed}")


@suite.rows([("exit code", "exit-code", "exit_code", lambda value: 0 <= value <= 255),
             ("memory", "memory", "memory_bytes", lambda value: value % 65536 == 0 and value <= LIMITS["memory_mib"] << 20),
             ("reason", "trap", "reason", lambda value: re.fullmatch(r"trap: [a-z ,]+", value) is not None),
             ("limits", "limit", "limits", lambda value: set(value) <= {"memory_mib", "stack_kib", "cpu_seconds", "wall_seconds", "files", "open_files", "output_bytes", "written_bytes", "file_bytes", "storage", "processes"})])
def bits_are_bounded_of(world, channel, key, holds):
    for runs in world.runs:
        check(holds(runs[channel][key]), f"{key} of {runs[channel]}")


class Tap:
    """Stands between a client and a container, as the host does: lengths of the records of TLS, by direction."""

    def __init__(self, address):
        host, port = address.rsplit(":", 1)
        self.target = (host, int(port))
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        self.bytes = {"up": bytearray(), "down": bytearray()}
        self.listener.settimeout(harness.PATIENCE)
        self.thread = threading.Thread(target=self.carry, daemon=True)
        self.thread.start()

    def carry(self):
        client, _ = self.listener.accept()
        server = socket.create_connection(self.target)
        ways = {client: (server, "up"), server: (client, "down")}
        while True:
            ready = select.select(list(ways), [], [], harness.PATIENCE)[0]
            for end in ready or [None]:
                data = end.recv(65536) if end else b""
                if not data:
                    for each in (client, server, self.listener):
                        each.close()
                    return
                to, way = ways[end]
                self.bytes[way] += data
                to.sendall(data)

    def received(self):
        """Bytes of plain text that came down, as their records tell: each is 17 larger. Without alerts, which may come too late."""
        self.thread.join(harness.PATIENCE)
        total, at, down = 0, 0, self.bytes["down"]
        while at + 5 <= len(down):
            length = int.from_bytes(down[at + 3:at + 5], "big")
            total += length - 17 if down[at] == 23 and length != 19 else 0
            at += 5 + length
        return total


def on_the_wire(world, container, party, method, target):
    tap = Tap(container.address)
    by_tap = copy.copy(container)
    by_tap.address = tap.address
    curl.request(by_tap, party, method, target)
    return tap.received()


@suite.rows([("of a list of runs", "GET", "/v1/runs"), ("of a run", "GET", "/v1/runs/1"), ("of a file", "GET", "/v1/files/output/length"),
             ("of a listing", "GET", "/v1/files/output/"), ("of a head", "HEAD", "/v1/files/output/length")])
def host_sees_the_same_sizes_when_a_stranger_asks(world, method, target):
    first, second = (on_the_wire(world, container, world.stranger, method, target) for container in world.containers)
    # signatures, of the certificate and of the handshake, are of 70 to 72 bytes, as it happens
    check(first > 500 and abs(first - second) <= 4, f"{first} and {second} bytes")


@suite.test
def logs_say_nothing_of_it(world):
    def lines(container):
        return [re.sub(r"[0-9a-f]{64}|\d+", "#", line) for line in container.service.log().splitlines()]
    equal(lines(world.containers[1]), lines(world.containers[0]), "what the containers printed")


if __name__ == "__main__":
    suite.main()
