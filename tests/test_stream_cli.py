#!/usr/bin/env python3
"""Streams by the command, between two parties through a real container: pipes, files, terminals, lines that are cut, and what it says."""

import hashlib
import json
import os
import pty
import select
import signal
import subprocess
import threading

import harness
from relay import DOWN, UP, Relay
from tap import Skip, Suite, check, contains, equal

WINDOW = 65536
SMALL = bytes(range(256)) * 8  # a stream that is cut everywhere
CUT_PLACES = 24
HELLO, GOODBYE = 48, 40  # bytes by which handshakes, and ends of conversations, differ
BUSY = bytes((i * 7 + i // 251) % 256 for i in range(700_000))  # more than windows and sockets hold


def stream(producer, consumers, **settings):
    return {"producer": {"principal": producer}, "consumers": [{"principal": name} for name in consumers], "partial": True,
            "window_bytes": WINDOW, "uses": 100_000, **settings}


class World(harness.Stage):
    def prepare(self):
        self.processes = []
        self.alice, self.bob, self.carol = (self.party(name) for name in ("alice", "bob", "carol"))
        self.streams = {
            "plain": stream("alice", ["bob"]),
            "cut": stream("alice", ["bob"]),
            "hashed": stream("alice", ["bob"], digest="sha-256"),
            "padded": stream("alice", ["bob"], records="lines", record_bytes=100, padded=True),
            "both": stream("alice", ["bob", "carol"]),
            "whole": stream("alice", ["bob"], partial=False),
            "brief": stream("alice", ["bob"], resume_seconds=1),
            "once": stream("alice", ["bob"], uses=1),
            "left": stream("alice", ["bob"]),
        }
        self.rules = self.policy([self.alice, self.bob, self.carol], streams=self.streams, lifecycle={"shutdown": ["alice"]})
        self.container = self.serving(self.rules)

    def __exit__(self, *_):
        self.end_streams()
        super().__exit__()

    def end_streams(self):
        """Whatever a test that failed left behind."""
        for process in self.processes:
            if process.poll() is None:
                process.kill()
                process.wait()
        self.processes.clear()

    def start_stream(self, party, verb, *arguments, container=None, **pipes):
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **pipes}
        command = [harness.VERACRUZ, "stream", verb, *map(str, arguments), "--policy", str(self.rules.path), "--identity",
                   str(party.prefix), "--container", container or self.container.address]
        process = subprocess.Popen(command, env=self.environment, **pipes)
        self.processes.append(process)
        return process

    def start_get(self, party, name, *arguments, **more):
        """Somebody reads what it writes."""
        return Reading(self.start_stream(party, "get", name, *arguments, **more))

    def stream(self, party, verb, *arguments, input=b"", **more):
        process = self.start_stream(party, verb, *arguments, stdin=subprocess.PIPE, **more)
        try:
            out, err = process.communicate(input, timeout=harness.PATIENCE)
        except subprocess.TimeoutExpired:
            self.end_streams()
            raise
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def await_held(self, name, getter):
        while not all(consumer["held"] for consumer in self.status(name)["consumers"]):
            check(getter.poll() is None, "get ended before anything came")

    def await_open(self, name, position, putter, **more):
        """Its use has begun, and so much of it was taken."""
        while (status := self.status(name, **more))["state"] != "open" or status["position"] < position:
            check(putter.poll() is None, "put ended")

    def status(self, name, party=None, **more):
        done = self.stream(party or self.alice, "ls", "--json", **more)
        code(done, 0)
        return next(entry for entry in json.loads(done.stdout)["streams"] if entry["name"] == name)


class Reading(threading.Thread):
    def __init__(self, process):
        super().__init__(daemon=True)
        self.process = process
        self.said = (b"", b"")
        self.start()

    def run(self):
        self.said = self.process.communicate()

    def ended(self, wanted=0):
        self.join(harness.PATIENCE)
        check(not self.is_alive(), "get goes on")
        return code(subprocess.CompletedProcess(self.process.args, self.process.returncode, *self.said), wanted)


suite = Suite(World)


def code(done, wanted):
    equal(done.returncode, wanted, f"exit code\n{(done.stdout or b'')[-400:]}\n{done.stderr.decode(errors='replace')}")
    return done


def same(found, wanted, what="bytes"):
    place = next((i for i, (one, other) in enumerate(zip(found, wanted)) if one != other), min(len(found), len(wanted)))
    check(found == wanted, f"{what}: {len(found)} bytes, wanted {len(wanted)}; they differ from byte {place} on")


def ended(process, wanted=0):
    out, err = process.communicate(timeout=harness.PATIENCE)
    return code(subprocess.CompletedProcess(process.args, process.returncode, out, err), wanted)


def through(world, name, content, party=None):
    """Puts and gets at the same time; the result."""
    getter = world.start_get(party or world.bob, name)
    world.await_held(name, getter.process)  # an empty stream is over before anybody could come late
    code(world.stream(world.alice, "put", name, input=content), 0)
    return getter.ended().stdout


def read_some(process, until, source=None):
    """Reads what is there until it contains `until`."""
    descriptor = source if source is not None else process.stdout.fileno()
    got = b""
    while until not in got:
        check(select.select([descriptor], [], [], harness.PATIENCE)[0], f"{until} never came, but {got[-200:]}")
        piece = os.read(descriptor, 65536)
        check(piece, f"{until} never came, but {got[-200:]}")
        got += piece
    return got


@suite.rows([(f"{size} bytes of {name}", name, size) for name in ("plain", "hashed") for size in (0, 1, 65535, 65536, 65537, 700_000)])
def pipes_carry(world, name, size):
    same(through(world, name, BUSY[:size]), BUSY[:size])


@suite.rows([("nothing", 0), ("one line", 1), ("many", 5000)])
def padded_lines_come_as_they_were(world, count):
    content = b"".join(b"x" * (i % 101) + b"\n" for i in range(count))
    same(through(world, "padded", content), content)


@suite.test
def files_and_results(world):
    source, target = world.file("source", BUSY), world.path("target")
    getter = world.start_stream(world.bob, "get", "hashed", target, "--json")
    events = [json.loads(line) for line in code(world.stream(world.alice, "put", "hashed", source, "--json"), 0).stdout.splitlines()]
    got = [json.loads(line) for line in ended(getter).stdout.splitlines()]
    same(target.read_bytes(), BUSY)
    equal(target.stat().st_mode & 0o777, 0o600, "mode")
    for lines in (events, got):
        result = lines[-1]
        equal(sorted(result), ["bytes", "digest", "reconnects", "seconds", "stream", "use"], "result")
        equal((result["stream"], result["bytes"], result["reconnects"]), ("hashed", len(BUSY), 0), "result")
        check(result["seconds"] > 0 and all(line["event"] == "progress" for line in lines[:-1]), f"{lines}")
        equal(result["digest"], "sha-256=:" + harness.base64.b64encode(hashlib.sha256(BUSY).digest()).decode() + ":", "digest")
    check(any(line.get("total") == len(BUSY) for line in events), f"no event knows the file's size: {events}")
    equal(events[-1]["use"], got[-1]["use"], "use")


@suite.test
def what_is_there_is_sent_at_once(world):
    getter = world.start_stream(world.bob, "get", "plain")
    putter = world.start_stream(world.alice, "put", "plain", stdin=subprocess.PIPE)
    for line in (b"first\n", b"second\n", b"third\n"):
        putter.stdin.write(line)
        putter.stdin.flush()
        read_some(getter, line)
    putter.stdin.close()
    putter.stdin = None
    ended(putter)
    ended(getter)


@suite.test
def two_consumers_get_the_same(world):
    others = [world.start_get(party, "both") for party in (world.bob, world.carol)]
    code(world.stream(world.alice, "put", "both", input=BUSY), 0)
    for other in others:
        same(other.ended().stdout, BUSY)


@suite.test
def nothing_leaves_before_the_end_unless_the_policy_says_so(world):
    same(through(world, "whole", SMALL), SMALL)
    getter = world.start_stream(world.bob, "get", "whole")
    done = code(world.stream(world.alice, "put", "whole", input=BUSY), 9)
    contains(done.stderr.decode(), "nothing may leave before the end", "reason")
    done = ended(getter, 9)
    equal(done.stdout, b"", "what left")
    contains(done.stderr.decode(), "nothing may leave before the end", "reason")


# Attack D11 and the faults of the line: after every so many bytes of the whole conversation, wherever that is in it, the producer's
# or the consumer's connection is cut. What arrives is what was sent, once.
def cut_at_every_place(world, name, content, direction, party):
    first, last = conversation(world, name, content, direction, party)
    places = range(first, last, max(1, (last - first) // CUT_PLACES))
    check(len(places) >= CUT_PLACES, f"the conversation goes from byte {first} to {last}")
    for number, place in enumerate(places):
        relay = cut_at(world, name, content, party, (direction, place, number % 2 == 1))
        check(relay.cuts == 1, f"{direction} after {place} bytes: {relay.cuts} cuts")
    print(f"# cut at {len(places)} places, {direction} from byte {first} to {last}")


def cut_at(world, name, content, party, plan):
    what = f"cut {plan}"
    world.end_streams()
    with Relay(world.container.address) as relay:
        relay.cut_after(*plan)
        relayed = {"container": relay.address}
        getter = world.start_get(world.bob, name, **(relayed if party == "consumer" else {}))
        done = world.stream(world.alice, "put", name, world.file("source", content), **(relayed if party == "producer" else {}))
        equal(done.returncode, 0, f"{what}: put\n{done.stderr.decode()}")
        same(getter.ended().stdout, content, what)
        return relay


def conversation(world, name, content, direction, party):
    """Where in the bytes of this direction a stream is spoken of: after handshake and evidence, which are no matter of streams, and
    before its end."""
    with Relay(world.container.address) as relay:
        relay.cut_after(direction, 1 << 40)
        world.stream(world.alice if party == "producer" else world.bob, "leave", "nothing", container=relay.address)  # asks for evidence, and for nothing
        first = relay.passed[direction]
    whole = cut_at(world, name, content, party, (direction, 1 << 40, False)).passed[direction]
    return first + HELLO, whole - GOODBYE


@suite.rows([(f"{party}'s, {direction}", name, direction, party) for name in ("cut",) for direction in (UP, DOWN)
             for party in ("producer", "consumer")])
def cut_lines(world, name, direction, party):
    cut_at_every_place(world, name, SMALL, direction, party)


@suite.test
def cut_again_and_again(world):
    world.end_streams()
    with Relay(world.container.address) as relay:
        getter = world.start_stream(world.bob, "get", "cut", "--json", world.path("target"), container=relay.address)
        putter = world.start_stream(world.alice, "put", "cut", "--json", stdin=subprocess.PIPE, container=relay.address)
        for place in range(8):
            putter.stdin.write(BUSY[place * 50_000:(place + 1) * 50_000])
            putter.stdin.flush()
            world.await_open("cut", (place + 1) * 50_000, putter)
            relay.cut_now()
        putter.stdin.close()
        putter.stdin = None
        results = [json.loads(ended(process).stdout.splitlines()[-1]) for process in (putter, getter)]
        for result in results:
            equal(result["bytes"], 400_000, "bytes")
            check(result["reconnects"] >= 1, f"{result}")
        equal(results[0]["digest"], results[1]["digest"], "digest")


@suite.test
def a_file_goes_on_in_another_process(world):
    source, target = world.file("source", BUSY), world.path("target")
    putter = world.start_stream(world.alice, "put", "plain", source)
    world.await_open("plain", WINDOW, putter)
    putter.kill()  # it waits for a consumer with a full window
    putter.communicate()
    done = code(world.stream(world.alice, "put", "plain", input=BUSY), 1)
    contains(done.stderr.decode(), "only a regular file", "a pipe")
    getter = world.start_stream(world.bob, "get", "plain", target)
    while not target.exists() or target.stat().st_size < WINDOW:
        check(getter.poll() is None, "get ended")
    getter.kill()
    getter.communicate()
    done = code(world.stream(world.bob, "get", "plain"), 1)
    contains(done.stderr.decode(), "taken already", "elsewhere")
    getter = world.start_stream(world.bob, "get", "plain", target)
    code(world.stream(world.alice, "put", "plain", source), 0)
    ended(getter)
    same(target.read_bytes(), BUSY)


@suite.test
def a_producer_that_dies_is_no_end(world):
    getter = world.start_stream(world.bob, "get", "brief")
    putter = world.start_stream(world.alice, "put", "brief", stdin=subprocess.PIPE)
    putter.stdin.write(b"begun\n")
    putter.stdin.flush()
    read_some(getter, b"begun\n")
    putter.kill()
    putter.communicate()
    done = ended(getter, 9)
    contains(done.stderr.decode(), "alice was gone for more than 1 seconds", "reason")
    contains(world.stream(world.alice, "ls").stdout.decode(), "lost: alice was gone", "list")
    same(through(world, "brief", SMALL), SMALL, "the next use")


@suite.test
def leaving(world):
    getter = world.start_stream(world.bob, "get", "left")
    putter = world.start_stream(world.alice, "put", "left", stdin=subprocess.PIPE)
    putter.stdin.write(b"begun\n")
    putter.stdin.flush()
    read_some(getter, b"begun\n")
    equal(json.loads(code(world.stream(world.alice, "leave", "left", "--json"), 0).stdout), {"left": "left"}, "leave")
    contains(ended(getter, 9).stderr.decode(), "alice gave it up", "reason")
    putter.stdin.close()
    putter.stdin = None
    contains(ended(putter, 9).stderr.decode(), "alice gave it up", "reason")


@suite.test
def a_reader_that_goes_leaves(world):
    getter = world.start_stream(world.bob, "get", "left")
    putter = world.start_stream(world.alice, "put", "left", stdin=subprocess.PIPE)
    putter.stdin.write(b"begun\n")
    putter.stdin.flush()
    read_some(getter, b"begun\n")
    getter.stdout.close()
    getter.stdout = None
    try:
        putter.stdin.write(BUSY)
        putter.stdin.close()
    except BrokenPipeError:
        pass
    putter.stdin = None
    contains(ended(getter, 1).stderr.decode(), "Broken pipe", "reason")
    contains(ended(putter, 9).stderr.decode(), "last consumer left", "reason")


@suite.test
def the_list_says_who_is_where(world):
    putter = world.start_stream(world.alice, "put", "both", stdin=subprocess.PIPE)
    putter.stdin.write(b"12345")
    putter.stdin.flush()
    world.await_open("both", 5, putter)
    getter = world.start_stream(world.bob, "get", "both")
    read_some(getter, b"12345")
    table = code(world.stream(world.carol, "ls"), 0).stdout.decode()
    equal([line.split()[0] for line in table.splitlines()], ["STREAM", "both"], "what carol may know")
    contains(table, "alice* -> bob*", "who is there")
    contains(table, "carol 0 B", "who is not")
    code(world.stream(world.carol, "leave", "both"), 0)
    putter.stdin.close()
    putter.stdin = None
    ended(putter)
    ended(getter)
    contains(code(world.stream(world.carol, "ls"), 0).stdout.decode(), "alice -> bob all, carol left", "in the end")


@suite.rows([
    ("no such stream", "alice", ("put", "nothing"), 5, "none called"),
    ("not its producer", "bob", ("put", "plain"), 4, "alice"),
    ("not its consumer", "carol", ("get", "plain"), 4, "consumer"),
    ("no such file", "alice", ("put", "plain", "/nonexistent"), 1, "no such file"),
    ("a folder", "alice", ("put", "plain", "/tmp"), 2, "directory"),
    ("a folder to write", "bob", ("get", "plain", "/tmp"), 2, "directory"),
    ("leaving what is not ours", "carol", ("leave", "plain"), 4, ""),
    ("a wrong option", "alice", ("put", "plain", "--patience", "x"), 2, "--patience"),
    ("no operand", "alice", ("get",), 2, "usage"),
    ("JSON and the stream on one output", "bob", ("get", "plain", "--json"), 2, "share"),
])
def refusals(world, party, words, wanted, says):
    done = code(world.stream(getattr(world, party), *words), wanted)
    contains(done.stderr.decode(), says, "text")


@suite.test
def a_use_is_spent_once(world):
    same(through(world, "once", SMALL), SMALL)
    contains(code(world.stream(world.alice, "put", "once", input=SMALL), 6).stderr.decode(), "spent", "again")
    contains(code(world.stream(world.bob, "get", "once"), 6).stderr.decode(), "spent", "again")


@suite.test
def no_connection_and_no_patience(world):
    with Relay(world.container.address) as relay:
        putter = world.start_stream(world.alice, "put", "plain", "--patience", "1", stdin=subprocess.PIPE, container=relay.address)
        putter.stdin.write(b"begun\n")
        putter.stdin.flush()
        world.await_open("plain", 6, putter)
        relay.refuse()
        putter.stdin.close()
        putter.stdin = None
        contains(ended(putter, 1).stderr.decode(), "gave up after 1 s", "text")
    code(world.stream(world.alice, "leave", "plain"), 0)


@suite.test
def progress_is_for_terminals_and_says_whom_it_waits_for(world):
    leader, follower = pty.openpty()
    putter = world.start_stream(world.alice, "put", "plain", world.file("prices.csv", BUSY), stderr=follower)
    os.close(follower)
    said = read_some(putter, b"waiting for the container", source=leader)
    contains(said.decode(), "\r\x1b[K", "line")
    contains(said.decode(), "plain [", "bar")
    getter = world.start_stream(world.bob, "get", "plain")
    same(ended(getter).stdout, BUSY)
    said = read_some(putter, b"/s\r\n", source=leader)
    contains(said.decode(), "plain: 700.0 kB in", "end")
    equal(putter.wait(harness.PATIENCE), 0, "exit code")
    os.close(leader)
    getter = world.start_stream(world.bob, "get", "plain")
    equal(code(world.stream(world.alice, "put", "plain", input=SMALL), 0).stderr, b"", "without a terminal")
    equal(ended(getter).stderr, b"", "without a terminal")


@suite.test
def a_stop_by_signal_can_be_resumed(world):
    source = world.file("source", BUSY)
    putter = world.start_stream(world.alice, "put", "plain", source)
    world.await_open("plain", WINDOW, putter)
    putter.terminate()
    putter.communicate(timeout=harness.PATIENCE)
    check(putter.returncode != 0, "an interrupted put succeeded")
    getter = world.start_get(world.bob, "plain")
    code(world.stream(world.alice, "put", "plain", source), 0)
    same(getter.ended().stdout, BUSY)


@suite.test
def the_example_in_c(world):
    example = harness.EXAMPLES / "client-c/client-stream"
    if not example.exists():
        raise Skip("built without the shared library")

    def start(verb, party):
        words = [example, verb, world.rules.path, party.prefix, world.container.address, "plain"]
        process = subprocess.Popen(words, env=world.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        world.processes.append(process)
        return process

    getter, putter = start("get", world.bob), start("put", world.alice)
    said = putter.communicate("".join(f"{i}\n" for i in range(1, 1001)).encode(), timeout=harness.PATIENCE)[1].decode()
    equal(putter.returncode, 0, said)
    contains(said, ": 3893 bytes, veracruz-gmac=:", "what put says at last")
    equal(ended(getter).stdout, b"sum 500500\n", "sum")


@suite.test
def a_container_that_is_started_anew_is_another(world):
    """The same policy behind the same address: what the first had taken is gone, and neither end begins again as if it were not."""
    first = world.serving(world.rules)
    with Relay(first.address) as line:  # keeps the address, which nobody else can take meanwhile
        putter = world.start_stream(world.alice, "put", "plain", stdin=subprocess.PIPE, container=line.address)
        getter = world.start_get(world.bob, "plain", container=line.address)
        putter.stdin.write(BUSY)
        putter.stdin.flush()
        world.await_open("plain", len(BUSY), putter, container=line.address)
        os.killpg(first.service.process.pid, signal.SIGKILL)
        first.service.process.wait()
        again = world.serving(world.rules)
        line.lead_to(again.address)
        for done in (getter.ended(1), ended(putter, 1)):
            contains(done.stderr.decode(), "the container is another one than before", "reason")
        equal(world.status("plain", container=again.address)["position"], 0, "what the second has")


@suite.test
def a_container_that_ends_is_no_end_of_a_stream(world):  # the last: it ends the container
    getter = world.start_stream(world.bob, "get", "brief", "--patience", "1")
    putter = world.start_stream(world.alice, "put", "brief", "--patience", "1", stdin=subprocess.PIPE)
    putter.stdin.write(b"begun\n")
    putter.stdin.flush()
    read_some(getter, b"begun\n")
    world.container.veracruz(world.alice, "shutdown")
    for process in (getter, putter):
        contains(ended(process, 9).stderr.decode(), "stream brief was lost: the container is shutting down", "reason")


if __name__ == "__main__":
    suite.main()
