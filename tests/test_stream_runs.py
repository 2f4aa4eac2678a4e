#!/usr/bin/env python3
"""Programs with streams, in containers: filters between producers and receivers, chains that go on in parallel, and every way in which
one of those who take part can go away. Who waits, waits for an event."""

import concurrent.futures
import json
import os
import random
import signal
import subprocess

import curl
import harness
import wire
from stream_world import feed, streaming
from tap import Suite, check, contains, equal

WASM = harness.GUESTS / "streams.wasm"
WINDOW = 65536
BUSY_TICKS = 50 if harness.SANITIZED else 5
LINE = b"a line\n"

# program: words, and what else the policy says of it; standard input and output are streams NAME.i and NAME.o unless it says so
PROGRAMS = {
    "upper": (["upper"], {}),
    "sloppy": (["sloppy"], {}),
    "closing": (["closing"], {}),
    "filed": (["sloppy"], {"stdout": "/output/filed"}),
    "late": (["sloppy"], {}),
    "total": (["total", "/state/total"], {}),
    "head": (["copy"], {"stdout": "/stream/between"}),
    "tail": (["copy"], {"stdin": "/stream/between"}),
    "spread": (["copy"], {}),
    "merge": (["merge", "/stream/merge.a", "/stream/merge.b", "/stream/merge.c"], {"stdin": None}),
    "paths": (["between", "/stream/paths.i", "/stream/paths.o"], {"stdin": None, "stdout": None, "preopens": ["/stream"]}),
    "odd": (["oddities"], {"stdin": "/stream/in", "stdout": "/stream/out"}),
    "abort": (["line", "abort"], {}),
    "exit": (["line", "3"], {}),
    "spin": (["line", "spin"], {}),
    "spun": (["line", "spin"], {}),
    "write": (["line", "write"], {}),
    "slow": (["copy"], {"limits": {"wall_seconds": 1}}),
    "busy": (["line", "spin"], {"limits": {"cpu_seconds": 1}}),
    "last": (["copy"], {}),
    "held": (["copy"], {}),
    "once": (["copy"], {}),
}


def produced(name, *receivers, **terms):
    return {"producer": {"program": name}, "consumers": [{"principal": who} for who in receivers or ["taker"]], "partial": True,
            "window_bytes": WINDOW, "uses": 20, **terms}


def consumed(name, **terms):
    return {"producer": {"principal": "maker"}, "consumers": [{"program": name}], "window_bytes": WINDOW, "uses": 20, **terms}


STREAMS = {
    **{name + ".i": consumed(name) for name, (_, more) in PROGRAMS.items() if "stdin" not in more},
    **{name + ".o": produced(name) for name, (_, more) in PROGRAMS.items() if "stdout" not in more},
    "in": consumed("odd"), "out": produced("odd"),
    "merge.a": consumed("merge"), "merge.b": consumed("merge"), "merge.c": consumed("merge"),
    "paths.i": consumed("paths"), "paths.o": produced("paths"),
    "between": {"producer": {"program": "head"}, "consumers": [{"program": "tail"}], "window_bytes": WINDOW},
    "spread.o": produced("spread", "taker", "second"),
    "late.i": consumed("late", resume_seconds=0),
    "once.i": consumed("once", uses=1),
    "held.o": produced("held", partial=False),
}


class World(harness.Stage):
    def prepare(self):
        self.maker, self.taker, self.second = (self.party(name) for name in ("maker", "taker", "second"))
        self.container = self.started()

    def started(self):
        entries, rights = {}, ["maker: read,list /output/", "maker: read /state/", "taker: execute /program/upper.wasm"]
        for name, (words, more) in PROGRAMS.items():
            settings = {"arguments": ["streams", *words], "stdin": f"/stream/{name}.i", "stdout": f"/stream/{name}.o", **more}
            entries[name] = (WASM, {key: value for key, value in settings.items() if value is not None})
            rights += [f"maker: write,execute /program/{name}.wasm", f"{name}: write /output/", f"{name}: read,write /state/"]
        policy = self.policy([self.maker, self.taker, self.second], entries, rights, streams=STREAMS, lifecycle={"shutdown": ["maker"]})
        container = self.serving(policy)
        for name in PROGRAMS:
            answer = curl.request(container, self.maker, "PUT", f"/v1/files/program/{name}.wasm", body=WASM.read_bytes())
            equal(answer.status, 201, name)
        return container

    def ask(self, party, method, target, *options, container=None, **rest):
        return curl.request(container or self.container, party, method, target, *options, **rest)

    def line(self, party, container=None):
        return wire.Line(container or self.container, party)

    def post(self, program, container=None):
        return self.ask(self.maker, "POST", "/v1/runs", body=json.dumps({"program": program}).encode(), container=container)

    def begin(self, program, container=None):
        answer = self.post(program, container)
        equal(answer.status, 201, f"starting {program}: {answer.body}")
        return answer.json()["id"]

    def ended(self, number):
        return self.ask(self.maker, "GET", f"/v1/runs/{number}", "--header", "prefer: wait=60").json()

    def well(self, number):
        run = self.ended(number)
        equal((run["state"], run.get("exit_code")), ("exited", 0), f"the run: {run}")

    def put(self, name):
        return streaming(self.container, self.maker, name, "--upload-file", "-", stdin=subprocess.PIPE)

    def get(self, party, name):
        return streaming(self.container, party, name)


suite = Suite(World)


# ---- what goes well ----


@suite.rows([
    ("standard input and output", "upper", "upper.i", "upper.o", bytes.upper),
    ("paths", "paths", "paths.i", "paths.o", bytes),
    ("what streams are not", "odd", "in", "out", bytes),
    ("nothing before the end", "held", "held.i", "held.o", bytes),
])
def a_filter_between_producer_and_receiver(world, program, source, target, change):
    size = 60_000 if program == "held" else 3_000_000
    data = bytes(random.choices(b"abcdefghij \n", k=size))
    number = world.begin(program)
    got, given = world.get(world.taker, target), world.put(source)
    writing = feed(given, data)
    found, _ = got.communicate(timeout=harness.PATIENCE)
    writing.result(harness.PATIENCE)
    equal((got.returncode, given.wait(harness.PATIENCE)), (0, 0), "exit codes of curl")
    check(found == change(data), f"{len(found)} bytes came out of {len(data)}")
    world.well(number)


@suite.test
def nothing_is_an_end_too(world):
    number = world.begin("upper")
    with world.line(world.maker) as near, world.line(world.taker) as far:
        got = far.get("upper.o")
        given = near.put("upper.i")
        given.send(b"", end=True)
        equal((given.await_end(), got.await_end(), bytes(got.body)), ("whole", "whole", b""), "ends")
    world.well(number)


@suite.test
def a_program_that_polls_hears_of_what_comes_first(world):
    number = world.begin("merge")
    with world.line(world.maker) as near, world.line(world.taker) as far:
        got = far.get("merge.o")
        sources = {name: near.put("merge." + name) for name in "abc"}
        wanted = b""
        for turn in range(40):
            name = random.choice("abc")
            wanted += b"%s %d\n" % (name.encode(), turn)
            sources[name].send(b"%s %d\n" % (name.encode(), turn))
            equal(got.await_bytes(len(wanted)), wanted, "what came before the next was sent")
        for name in "bca":
            sources[name].send(b"", end=True)
            equal(sources[name].await_end(), "whole", f"end of {name}")
        equal((got.await_end(), bytes(got.body)), ("whole", wanted), "the end")
    world.well(number)


@suite.test
def programs_in_a_chain_go_on_in_parallel(world):
    numbers = [world.begin("tail"), world.begin("head")]
    with world.line(world.maker) as near, world.line(world.taker) as far:
        got, given = far.get("tail.o"), near.put("head.i")
        for turn in range(1, 30):
            given.send(LINE)
            equal(got.await_bytes(turn * len(LINE)), turn * LINE, "through both, while the first has no end")
        states = [world.ask(world.maker, "GET", f"/v1/runs/{number}").json()["state"] for number in numbers]
        equal(states, ["running", "running"], "the runs meanwhile")
        given.send(b"", end=True)
        equal(got.await_end(), "whole", "the end")
    for number in numbers:
        world.well(number)


@suite.test
def several_receivers_have_all_of_it(world):
    data = random.randbytes(500_000)
    number = world.begin("spread")
    got = [world.get(party, "spread.o") for party in (world.taker, world.second)]
    given = world.put("spread.i")
    writing = feed(given, data)
    waiting = [feed_out(process) for process in got]
    for found in waiting:
        check(found.result(harness.PATIENCE) == data, "what one of them has")
    writing.result(harness.PATIENCE)
    for process in (*got, given):
        equal(process.wait(harness.PATIENCE), 0, "exit code of curl")
    world.well(number)


def feed_out(process):
    return concurrent.futures.ThreadPoolExecutor(1).submit(process.stdout.read)


@suite.test
def rounds_with_a_state_that_the_program_keeps(world):
    for data, wanted in ((b"1\n2\n3\n", b"6\n"), (b"40\n", b"46\n"), (b"-6\n", b"40\n")):
        number = world.begin("total")
        with world.line(world.maker) as near, world.line(world.taker) as far:
            got, given = far.get("total.o"), near.put("total.i")
            given.send(data, end=True)
            equal((got.await_end(), bytes(got.body)), ("whole", wanted), "sum so far")
        world.well(number)
        equal(world.ask(world.maker, "GET", "/v1/files/state/total").body, wanted, "the file")


# ---- who goes away ----


def begun(world, name, near, far):
    """A run that has read a line and written it; its receiver has it."""
    number = world.begin(name)
    got = far.get(name + ".o").await_head()  # before there is anything that could end it
    given = near.put(name + ".i")
    given.send(LINE)
    if name not in ("abort", "exit"):  # whose end may overtake what they wrote
        got.await_bytes(len(LINE))
    return number, got, given


def all_see(world, name, near, far, got, given, reason):
    """Receiver and producer, on the wire and in words."""
    equal(got.await_end(), "broken", "what the receiver sees")
    equal(given.await_end(), "whole", "what the producer has is an answer")
    equal(given.problem[0], "lost", "the producer's problem")
    contains(given.problem[1], reason, "the producer's reason")
    out, source = far.state(name + ".o"), near.state(name + ".i")
    equal((out["state"], out["reason"]), ("lost", reason), "the output")
    equal((source["state"], source["reason"]), ("lost", "its last consumer left: " + reason), "the input")


@suite.rows([
    ("trap", "abort", "run {} of abort: trap: unreachable"),
    ("exit code", "exit", "run {} of exit: exited with 3"),
    ("wall", "slow", "run {} of slow: limits.wall_seconds: more than 1"),
    ("processor time", "busy", "run {} of busy: limits.cpu_seconds: more than 1"),
])
def a_run_that_fails(world, name, reason):
    with world.line(world.maker) as near, world.line(world.taker) as far:
        number, got, given = begun(world, name, near, far)
        world.ended(number)
        all_see(world, name, near, far, got, given, reason.format(number))


@suite.test
def a_run_that_is_killed(world):
    with world.line(world.maker) as near, world.line(world.taker) as far:
        number, got, given = begun(world, "spin", near, far)
        equal(world.ask(world.maker, "DELETE", f"/v1/runs/{number}").status, 204, "killing it")
        all_see(world, "spin", near, far, got, given, f"run {number} of spin: killed by maker")


@suite.test
def a_worker_that_is_killed(world):
    with world.line(world.maker) as near, world.line(world.taker) as far:
        number, got, given = begun(world, "spun", near, far)
        os.kill(busy_worker(world), signal.SIGKILL)
        all_see(world, "spun", near, far, got, given, f"run {number} of spun: the worker was ended by signal 9")


def busy_worker(world):
    before = {}
    while True:
        for pid in world.container.service.children("worker"):
            try:
                ticks = sum(int(word) for word in open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[11:13])
            except OSError:
                continue
            if ticks - before.setdefault(pid, ticks) >= BUSY_TICKS:
                return pid


@suite.rows([
    ("nothing is published", "filed"),
    ("what it produced is lost", "sloppy"),
    ("what it closed is lost", "closing"),
])
def an_input_that_is_given_up_is_no_end(world, name):
    """The program takes the error for the end, and exits with 0."""
    number = world.begin(name)
    with world.line(world.maker) as near, world.line(world.taker) as far:
        given = near.put(name + ".i")
        given.send(LINE)
        if name != "filed":
            got = far.get(name + ".o")
            got.await_bytes(len(LINE))
        equal(near.delete(name + ".i").end, "whole", "giving it up")
        run = world.ended(number)
        why = near.state(name + ".i")["reason"]
        equal((run["state"], run["reason"], run["published"]), ("failed", f"stream {name}.i was lost: {why}", False), "the run")
        if name != "filed":
            who = f"run {number} of sloppy" if name == "sloppy" else "closing"
            equal((got.await_end(), far.state(name + ".o")["reason"]), ("broken", f"{who}: {run['reason']}"), "its output")
    equal(world.ask(world.maker, "GET", "/v1/files/output/filed").status, 404, "the file")


@suite.test
def a_producer_whose_connection_broke_and_who_stays_away(world):
    number = world.begin("late")
    with world.line(world.taker) as far:
        got = far.get("late.o")
        with world.line(world.maker) as near:
            given = near.put("late.i")
            given.send(LINE)
            got.await_bytes(len(LINE))
        run = world.ended(number)
        equal((run["state"], run["published"]), ("failed", False), f"the run: {run}")
        contains(run["reason"], "stream late.i was lost: maker was gone for more than 0 seconds", "its reason")
        equal(got.await_end(), "broken", "what the receiver sees")


@suite.test
def a_receiver_that_leaves(world):
    with world.line(world.maker) as near, world.line(world.taker) as far:
        number, got, given = begun(world, "write", near, far)
        equal(far.delete("write.o").end, "whole", "leaving")
        run = world.ended(number)
        equal((run["state"], run.get("exit_code")), ("exited", 20), f"a write that nobody will read: {run}")
        equal(far.state("write.o")["state"], "lost", "the output")


@suite.test
def a_stream_that_another_run_holds(world):
    with world.line(world.maker) as near, world.line(world.taker) as far:
        number, got, given = begun(world, "last", near, far)
        answer = world.post("last")
        equal((answer.status, answer.problem), (409, "state"), f"starting it again: {answer.body}")
        contains(answer.json()["detail"], "stream last.i: another run holds it", "why")
        given.send(b"", end=True)
        equal(got.await_end(), "whole", "the first, which is not disturbed")
    world.well(number)
    number = world.begin("last")
    equal(world.ask(world.maker, "DELETE", f"/v1/runs/{number}").status, 204, "when it is over")


@suite.test
def a_stream_whose_uses_are_spent(world):
    """Whether a run or a principal asks for it: it is gone, in the same words."""
    with world.line(world.maker) as near, world.line(world.taker) as far:
        number, got, given = begun(world, "once", near, far)
        given.send(b"", end=True)
        equal(got.await_end(), "whole", "the only use")
    world.well(number)
    again, more = world.post("once"), world.ask(world.maker, "PUT", "/v1/streams/once.i", body=LINE)
    equal((again.status, again.problem), (410, "gone"), f"starting it again: {again.body}")
    contains(again.json()["detail"], "streams.once.i.uses: 1, all spent", "why")
    equal(again.json(), more.json(), "what its producer hears")


@suite.test
def a_container_that_ends(world):
    container = world.started()
    with world.line(world.maker, container) as near, world.line(world.taker, container) as far:
        world.begin("last", container)
        got, given = far.get("last.o"), near.put("last.i")
        given.send(LINE)
        got.await_bytes(len(LINE))
        equal(near.ask("POST", "/v1/shutdown").await_end(), "whole", "asking it to end")
        equal(got.await_end(), "broken", "what the receiver sees")
        equal(given.await_end(), "whole", "what the producer has is an answer")
        contains(given.problem[1], "the container is shutting down", "its reason")
    equal(container.service.wait(), 0, "exit code")


if __name__ == "__main__":
    suite.main()
