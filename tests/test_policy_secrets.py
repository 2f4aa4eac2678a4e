#!/usr/bin/env python3
"""One bit of a secret, against what a container tells of its policy (E8, C8): the narrowings, the events, the answers to programs'
questions and the policy in force, in two containers whose secrets differ, as everybody but the receivers sees them, and the host. A
program whose narrowings do not depend on the secret tells nothing by them; of one that signals, everybody sees what it said."""

import json
import re
import subprocess

import curl
import harness
from journal_seen import Journal
from tap import Suite, check, contains, equal
from test_two_secrets import on_the_wire

GUEST = harness.GUESTS / "policy_user.wasm"
LIMITS = {"memory_mib": 32, "cpu_seconds": 30, "wall_seconds": 60, "files": 16, "output_bytes": 1 << 20}
SIGNAL = ["/output/zero", "/output/one"]

# What each program does. `steady` narrows always the same, and puts the secret wherever it may write; `curious` may not see the secret.
SCRIPTS = {
    "steady": ["copy /secret/s /output/shown", "if /secret/s 1 fill /output/length 5000", "if /secret/s 1 put /output/more x",
               "if /secret/s 1 narrow-run " + json.dumps({"take": {"may": ["write"], "path": "/output/x", "from": [{"program": "steady"}]}}),
               "only /output/shown receiver", "once /output/length", "from /output/ other", "ask receivers /output/shown", "ask inputs"],
    "curious": ["ask self", "ask policy", "ask principals", "ask inputs", "ask limits", "ask receivers /beside/in", "ask receivers /output/shown",
                "ask receivers /secret/s", "ask receivers /stream/told", "may receiver read /output/shown", "may other read /beside/out",
                "may owner write /secret/s", "may program:steady read /secret/s", "open /secret/s", "open /output/shown", "list /", "list /output",
                "list /beside", "list /veracruz", "cat /veracruz/policy.json", 'narrow {"withdraw":{"program":"steady"}}', "none /output/shown",
                "from /secret/ owner"],
    "signal": [f"if /secret/s {bit} from {path} other" for bit, path in enumerate(SIGNAL)],
}
NARROWING = [{"program": "steady", "may": ["take", "read_once"], "path": "/output/"},
             *({"program": "signal", "may": ["take"], "path": path} for path in SIGNAL)]
NAMES = ("owner", "receiver", "other", "delegate", "observer", "stranger")


class World(harness.Stage):
    """The owner gives the secret, the receiver reads the result. The other may read some output, and gives and gets what lies beside;
    the delegate starts programs; the observer sees all kinds of entries; the stranger is a principal and no more."""

    def prepare(self):
        self.people = {name: self.party(name) for name in NAMES}
        programs = {name: (GUEST, {"arguments": [name, f"/script/{name}"], "stdout": f"/{'beside' if name == 'curious' else 'output'}/{name}.txt",
                                   "limits": LIMITS}) for name in SCRIPTS}
        rights = ["owner: read,write,delete /secret/", "owner: write /script/", "receiver: read,list /output/", "other: read /output/zero",
                  "other: read /output/one", "other: read,list,delete /beside/", "other: write /beside/in",
                  "curious: read,list /beside/", "curious: write /beside/out", "curious: write /beside/curious.txt", "steady: read /secret/",
                  "signal: read /secret/", "steady: read,write,list,delete /output/", "signal: write /output/"]
        for name in SCRIPTS:
            rights += [f"owner: write /program/{name}.wasm", f"delegate: execute /program/{name}.wasm", f"{name}: read /script/{name}"]
        streams = {"told": {"producer": {"principal": "owner"}, "consumers": [{"principal": "receiver"}], "uses": 100, "partial": True}}
        self.rules = self.policy(list(self.people.values()), programs, rights, narrowing=NARROWING, streams=streams,
                                 journal={"observers": [{"principal": "observer"}]}, lifecycle={"runs": [{"program": "curious", "at_most": 9}]})
        self.containers = [self.serving(self.rules) for _ in range(2)]
        for container, secret in zip(self.containers, (b"0", b"1")):
            self.fill(container, secret)
            for name in ("steady", "curious"):
                self.run(container, name)

    def fill(self, container, secret):
        self.put(container, "owner", "/secret/s", secret)
        self.put(container, "other", "/beside/in", b"beside")
        for name, script in SCRIPTS.items():
            self.put(container, "owner", f"/program/{name}.wasm", GUEST.read_bytes())
            self.put(container, "owner", f"/script/{name}", "\n".join(script).encode())

    def ask(self, container, who, method, target, *options, body=None):
        return curl.request(container, self.people[who], method, target, *options, body=body)

    def put(self, container, who, path, body):
        answer = self.ask(container, who, "PUT", "/v1/files" + path, body=body)
        check(answer.status in (201, 204), f"PUT {path}: {answer.status} {answer.body}")

    def run(self, container, program):
        answer = self.ask(container, "delegate", "POST", "/v1/runs", "--header", "prefer: wait=60", body=json.dumps({"program": program}).encode())
        equal((answer.json()["state"], answer.json().get("exit_code")), ("exited", 0), f"{program}: {answer.body}")

    def said(self, container, program="curious"):
        """What came of its questions, by the principal that may read it."""
        path = "/beside/curious.txt" if program == "curious" else f"/output/{program}.txt"
        return self.ask(container, "other" if program == "curious" else "receiver", "GET", "/v1/files" + path).body.decode().splitlines()

    def events(self, container, who):
        """Everything since the beginning, to the last entry that it sees."""
        last = max(Journal(container, self.people[who]).entries)
        command = [*curl.command(container, self.people[who], "/v1/events"), "--no-buffer", "--header", "last-event-id: 0"]
        seen = []
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            for line in process.stdout:
                seen.append(line.rstrip("\n"))
                if line.startswith("data:") and json.loads(line[5:])["entry"]["index"] == last:
                    break
            process.kill()
        return [line for line in seen if line and not line.startswith(":")]


def plain(text):
    """Without what differs from one container to the next: salts, hashes, times."""
    text = re.sub(r'[0-9a-f]{64}|[0-9a-f]{32}', "#", text)
    return re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "T", text)


def told(world, who):
    """For each container all that it tells this principal of its policy and its life, to the last field."""
    seen = []
    for container in world.containers:
        answers = {}
        for target in ("/v1/narrowings", "/v1/policy", "/v1/lifecycle", "/v1/consents", "/v1/pipelines", "/v1/files/veracruz/policy.json", "/v1/journal/0"):
            answer = world.ask(container, who, "GET", target)
            body = answer.body.decode() if target != "/v1/journal/0" else shown(answer.json())
            answers[target] = (answer.status, {name: plain(value) for name, value in answer.fields.items() if name not in ("date", "etag")}, plain(body))
        answers["events"] = [plain(line) for line in world.events(container, who)] if who in ("observer", "stranger", "other") else []
        seen.append(answers)
    return seen


def shown(receipt):
    return json.dumps(receipt["entries"])


suite = Suite(World)


# ---- C8: what a program is told depends on nothing that is not its own

@suite.test
def c8_answers_are_the_same_whatever_the_secret_is(world):
    first, second = (world.said(container) for container in world.containers)
    equal(len(first), len(SCRIPTS["curious"]), f"lines of {first}")
    for one, other in zip(first, second):
        equal(other, one, "an answer")
    for word in ("steady", "secret", "shown", "receiver", "observer", "stranger", "told"):
        answers = [line.split(" -> ", 1)[1] for line in first]
        check(not any(re.search(rf"\b{word}\b", answer) for answer in answers), f"{word} is told: {answers}")


@suite.test
def c8_answers_are_the_same_whatever_others_do(world):
    """Files, sessions, streams and runs of others: the same questions again, in one of the two containers after all of it."""
    busy, calm = world.containers
    for number in range(5):
        world.put(busy, "owner", f"/secret/{number}", b"x" * number)
    world.ask(busy, "owner", "DELETE", "/v1/files/secret/3")
    equal(world.ask(busy, "owner", "PUT", "/v1/streams/told", body=b"told").status, 200, "the stream")
    equal(world.ask(busy, "receiver", "GET", "/v1/streams/told").body, b"told", "what was told")
    world.ask(busy, "stranger", "GET", "/v1/policy")
    for container in (busy, calm):
        world.run(container, "curious")
    lines = [[re.sub(r'"run":\d+', "", line) for line in world.said(container)] for container in (busy, calm)]
    equal(lines[0], lines[1], "answers")


# ---- E8: what everybody is told of narrowings and of the life of the container

@suite.rows([(name, name) for name in ("other", "stranger", "observer")])
def e8_nothing_differs_for(world, name):
    """A program that put the secret into what it wrote, and narrowed: told in journal, events, narrowings and life are the same."""
    fresh = [world.serving(world.rules) for _ in range(2)]
    kept, world.containers = world.containers, fresh
    try:
        for container, secret in zip(fresh, (b"0", b"1")):
            world.fill(container, secret)
            world.run(container, "steady")
            world.run(container, "curious")
        first, second = told(world, name)
    finally:
        world.containers = kept
    for what, answer in first.items():
        equal(second[what], answer, what)
    contains(str(first["/v1/narrowings"]), "read_once", "otherwise nothing here would be tested")
    in_force = {world.ask(container, name, "GET", "/v1/narrowings").json()["in_force"] for container in fresh}
    equal(len(in_force), 1, "policies in force")


@suite.rows([(target, target) for target in ("/v1/narrowings", "/v1/lifecycle", "/v1/consents")])
def e8_the_host_sees_the_same_sizes(world, target):
    """Of what a stranger asks; signatures, of the certificate and of the handshake, are of 70 to 72 bytes, as it happens."""
    fresh = [world.serving(world.rules) for _ in range(2)]
    for container, secret in zip(fresh, (b"0", b"1")):
        world.fill(container, secret)
        world.run(container, "steady")
    first, second = (on_the_wire(world, container, world.people["stranger"], "GET", target) for container in fresh)
    check(first > 500 and abs(first - second) <= 4, f"{first} and {second} bytes")


# ---- C5: a program that signals

@suite.test
def e8_a_signal_is_seen_by_everybody(world):
    """Which of two it narrows is one bit, in everybody's journal, with the program's name and run; nothing but that differs."""
    fresh = [world.serving(world.rules) for _ in range(2)]
    for bit, container in enumerate(fresh):
        world.fill(container, b"01"[bit:bit + 1])
        world.run(container, "signal")
        wanted = {"take": {"may": ["read", "write"], "path": SIGNAL[bit], "from": [{"principal": "other"}]}}
        for name, party in world.people.items():
            entries = [(entry["by"], entry["run"], details["narrowing"]) for entry, details in Journal(container, party).kinds("narrowing")]
            equal(entries, [({"program": "signal"}, 1, wanted)], f"journal of {name}")
    for name in ("stranger", "other"):
        entries = [[entry["kind"] for entry, _ in Journal(container, world.people[name]).entries.values()] for container in fresh]
        equal(entries[0], entries[1], f"kinds of entries that {name} sees")


@suite.test
def e8_without_a_rule_a_program_says_nothing(world):
    """Not by what it gives up itself, either, of which it might choose the name: that is for its run alone, and nobody is told."""
    container = world.serving(world.rules)
    world.fill(container, b"1")
    before = world.ask(container, "stranger", "GET", "/v1/narrowings").json()
    takes = [json.dumps({"take": {"may": ["read"], "path": "/beside/the-secret-is-1", "from": [{"program": "curious"}]}}),
             json.dumps({"take": {"may": ["write"], "path": "/beside/1", "from": [{"program": "curious"}]}})]
    world.put(container, "owner", "/script/curious", "\n".join([*(f"narrow {one}" for one in takes), *(f"narrow-run {one}" for one in takes)]).encode())
    world.run(container, "curious")
    equal([line.split(" -> ")[1].split(" ")[0] for line in world.said(container)], ["2", "2", "0", "0"], "what the program was told")
    equal(world.ask(container, "stranger", "GET", "/v1/narrowings").json(), before, "what a stranger is told")
    for name in ("stranger", "observer"):
        equal(Journal(container, world.people[name]).kinds("narrowing"), [], f"journal of {name}")


@suite.test
def e8_a_rule_for_one_file_bounds_what_can_be_signalled(world):
    """A rule of a directory lets a program choose names: as wide as they are. One of a file leaves only what can be taken, once."""
    container = world.serving(world.rules)
    world.fill(container, b"1")
    letters = "a-message-of-the-program-that-is-as-long-as-a-name-can-be"
    world.put(container, "owner", "/script/steady", f"from /output/{letters} receiver\nfrom /output/{letters} receiver".encode())
    world.run(container, "steady")
    rights = ["from /output/one other", "from /output/one receiver", "none /output/one", "from /output/one other", "none /output/one"]
    world.put(container, "owner", "/script/signal", "\n".join([f"from /output/{letters}2 receiver", "none /output/", *rights]).encode())
    world.run(container, "signal")
    entries = [json.dumps(details["narrowing"]) for _, details in Journal(container, world.people["stranger"]).kinds("narrowing")]
    check(len(entries) >= 1 and letters in entries[0], f"a stranger reads the message: {entries}")
    check(all('"path": "/output/one"' in entry for entry in entries[1:]) and 2 <= len(entries) <= 4, f"the rest: {entries}")


if __name__ == "__main__":
    suite.main()
