#!/usr/bin/env python3
"""Programs that misbehave, and processes that die: one run ends, the container goes on, and no output is left behind."""

import base64
import json
import os
import signal

import curl
import harness
from tap import Suite, check, contains, equal

WASM = harness.GUESTS / "misdeeds.wasm"
STRANGER = harness.GUESTS / "stranger.wasm"
TEXT = b"honest work\n"
LIMITS = {"memory_mib": 32, "cpu_seconds": 2, "wall_seconds": 30, "files": 8, "output_bytes": 1 << 20}
DEEDS = ("copy", "trap", "stray", "recurse", "spin", "wait", "eat", "flood", "litter", "half", "peek", "alter", "hoard", "sparse",
         "deepen", "lengthen", "link", "leave", "look", "draw")


class World(harness.Stage):
    """One container for all: each misdeed is also a test of what the ones before left behind."""

    def prepare(self):
        self.owner = self.party("owner")
        programs = {deed: (WASM, {"arguments": ["misdeeds", deed], "limits": LIMITS}) for deed in DEEDS}
        programs["wait"] = (WASM, {"arguments": ["misdeeds", "wait"], "clock": True, "limits": {**LIMITS, "wall_seconds": 1}})
        programs["draw"] = (WASM, {"arguments": ["misdeeds", "draw"], "randomness": True, "limits": LIMITS})
        programs["forever"] = (WASM, {"arguments": ["misdeeds", "spin"], "limits": {**LIMITS, "cpu_seconds": 600, "wall_seconds": 600}})
        programs["slow"] = (WASM, {"arguments": ["misdeeds", "copy"], "strategy": "interpret", "limits": LIMITS})
        programs["stranger"] = (STRANGER, {"limits": LIMITS})
        rights = ["owner: read,write,list /input/", "owner: write,list /secret/", "owner: read,list,delete /output/"]
        for name in programs:
            rights += [f"owner: write,execute /program/{name}.wasm", f"{name}: read,list /input/", f"{name}: read,write,list /output/"]
        self.container = self.serving(self.policy([self.owner], programs, rights))
        self.put("/input/a.txt", TEXT)
        self.put("/secret/b.txt", b"secret")
        for name, (wasm, _) in programs.items():
            self.put(f"/program/{name}.wasm", wasm.read_bytes())

    def ask(self, method, target, *options, body=None):
        return curl.request(self.container, self.owner, method, target, *options, body=body)

    def put(self, path, body):
        answer = self.ask("PUT", "/v1/files" + path, body=body)
        if answer.status not in (201, 204):
            raise RuntimeError(f"put of {path}: {answer.status} {answer.body}")

    def run(self, name):
        answer = self.ask("POST", "/v1/runs", "--header", "prefer: wait=60", body=json.dumps({"program": name}).encode())
        equal(answer.status, 200, f"status {answer.body}")
        return answer.json()

    def begin(self, name):
        """Starts a run and does not wait for it; returns its id."""
        answer = self.ask("POST", "/v1/runs", body=json.dumps({"program": name}).encode())
        equal(answer.status, 201, f"status {answer.body}")
        return answer.json()["id"]

    def outputs(self):
        answer = self.ask("GET", "/v1/files/output/")
        return [] if answer.status == 404 else [entry["name"] for entry in answer.json()["entries"]]

    def still_serves(self):
        run = self.run("copy")
        equal((run["state"], run["exit_code"]), ("exited", 0), f"an honest run afterwards: {run}")
        equal(self.ask("GET", "/v1/files/output/a.txt").body, TEXT, "its output")
        equal(self.ask("GET", "/v1/files/input/a.txt").body, TEXT, "its input")
        self.ask("DELETE", "/v1/files/output/a.txt")


suite = Suite(World)


@suite.rows([
    ("a trap", "trap", "failed", None),
    ("a read beyond its memory", "stray", "failed", None),
    ("a stack without end", "recurse", "failed", None),
    ("a loop without end", "spin", "failed", None),
    ("waiting without end", "wait", "failed", None),
    ("all memory and more", "eat", "exited", 0),
    ("more output than its quota", "flood", "exited", 28),
    ("more files than its quota", "litter", "exited", 14),
    ("an output, then failure", "half", "exited", 3),
    ("files that it has no right to", "peek", "exited", 0),
    ("changing its inputs", "alter", "exited", 0),
    ("an import that no container has", "stranger", "failed", None),
])
def program_that_tries(world, deed, state, exit_code):
    run = world.run(deed)
    equal(run["state"], state, f"run {run}")
    if state == "exited":
        equal(run["exit_code"], exit_code, f"run {run}")
    else:
        check(run["reason"], f"no reason in {run}")
    equal(world.outputs(), [], "outputs left behind")
    world.still_serves()


@suite.rows([
    ("E4 descriptors without end", "hoard"),
    ("E4 a byte far beyond any file", "sparse"),
    ("E4 directories within directories", "deepen"),
    ("E4 names beyond measure", "lengthen"),
    ("E4 symbolic links: many, in circles, to the outside", "link"),
])
def flood_of(world, deed):
    run = world.run(deed)
    equal((run["state"], run.get("exit_code")), ("exited", 0), f"run {run}")
    for name in world.outputs():
        remove_all(world, "/output/" + name)
    world.still_serves()


def remove_all(world, path):
    """A file, or a directory with all that is in it."""
    answer = world.ask("DELETE", "/v1/files" + path)
    if answer.status == 409:
        for entry in world.ask("GET", f"/v1/files{path}/").json()["entries"]:
            remove_all(world, f"{path}/{entry['name']}")
        answer = world.ask("DELETE", "/v1/files" + path)
    equal(answer.status, 204, f"removing {path}")


@suite.test
def e9_a_second_run_sees_nothing_of_the_first(world):
    first = world.run("leave")
    equal((first["state"], first.get("exit_code")), ("exited", 3), f"run {first}")
    second = world.run("look")
    equal((second["state"], second.get("exit_code")), ("exited", 0), f"run {second}")


@suite.test
def e11_two_runs_draw_different_random_bytes(world):
    drawn = set()
    for _ in range(3):
        equal(world.run("draw")["state"], "exited", "state")
        drawn.add(world.ask("GET", "/v1/files/output/draw").body)
        world.ask("DELETE", "/v1/files/output/draw")
    equal((len(drawn), {len(bytes_drawn) for bytes_drawn in drawn}), (3, {32}), "different draws, of 32 bytes")


@suite.test
def e13_each_run_is_a_process_that_shares_nothing_it_can_write(world):
    numbers = [world.begin("forever"), world.begin("forever")]
    for number in numbers:
        busy_worker(world, number)
    workers = world.container.service.children("worker")
    check(len(workers) >= 2, f"workers {workers}")
    for pid in workers:
        maps = open(f"/proc/{pid}/maps").read()
        rights = {line.split()[1] for line in maps.splitlines()}
        check(maps and not any("w" in right and ("s" in right or "x" in right) for right in rights), f"mappings {rights}")
    for number in numbers:
        world.ask("DELETE", f"/v1/runs/{number}")


@suite.test
def a_worker_holds_no_more_than_its_walls_say(world):
    """From outside: what the kernel says of it, and what its memory does not have in it."""
    canary = os.urandom(24).hex().encode()
    equal(world.ask("PUT", "/v1/files/secret/canary", body=canary).status, 201, "status")
    text = (world.folder / "machine/veracruz/machine.key").read_bytes().split(b"\n")[1]
    machine = base64.b64decode(text)[-16:]
    equal(len(text), 64, "the machine's key was read")
    number = world.begin("forever")
    busy_worker(world, number)
    for pid in world.container.service.children("worker"):
        status = dict(line.split(":\t", 1) for line in open(f"/proc/{pid}/status").read().splitlines() if ":\t" in line)
        equal((status["NoNewPrivs"], status["Seccomp"], int(status["CapEff"], 16), int(status["CapPrm"], 16), status["Threads"]),
              ("1", "2", 0, 0, "1"), "no_new_privs, filter, capabilities, threads")
        equal(open(f"/proc/{pid}/environ", "rb").read(), b"", "environment")
        memory = memory_of(pid)
        check(harness.SANITIZED or b"WasmEdge" in memory, "its memory was not read")
        # Of keys the bytes: the words around them are in the library that reads them.
        for what, words in (("a file that its program may not read", canary), ("the machine's key", machine), ("its text", text),
                            ("the owner's name in a certificate", world.owner.certificate.read_bytes()[100:160])):
            check(words not in memory, f"{what} is in the memory of worker {pid}")
    world.ask("DELETE", f"/v1/runs/{number}")
    world.ask("DELETE", "/v1/files/secret/canary")


def memory_of(pid):
    """All that is mapped and can be read; reserved address space reads as nothing."""
    pieces = []
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            bounds, right = line.split()[:2]
            first, last = (int(word, 16) for word in bounds.split("-"))
            if "r" in right and last - first < 1 << 30 and "[v" not in line:
                memory.seek(first)
                pieces.append(memory.read(last - first))
    return b"".join(pieces)


@suite.rows([("the processor", "spin", "cpu"), ("waiting", "wait", "wall")])
def limit_is_named_for(world, deed, word):
    contains(world.run(deed)["reason"].lower(), word, "reason")


@suite.test
def memory_stays_within_the_limit(world):
    run = world.run("eat")
    limit = LIMITS["memory_mib"] << 20
    check(limit // 4 < run["memory_bytes"] <= limit + (32 << 20), f"memory {run['memory_bytes']} of {limit}")


@suite.test
def interpreted_programs_work_too(world):
    run = world.run("slow")
    equal((run["state"], run["exit_code"]), ("exited", 0), f"run {run}")
    equal(world.ask("GET", "/v1/files/output/a.txt").body, TEXT, "output")
    world.ask("DELETE", "/v1/files/output/a.txt")


@suite.test
def killed_worker_ends_one_run(world):
    number = world.begin("forever")
    for pid in busy_worker(world, number):
        os.kill(pid, signal.SIGKILL)
    run = world.ask("GET", f"/v1/runs/{number}", "--header", "prefer: wait=60").json()
    equal(run["state"], "failed", f"run {run}")
    world.still_serves()


@suite.rows([(name, getattr(signal, name)) for name in ("SIGUSR1", "SIGTERM", "SIGSEGV", "SIGFPE", "SIGBUS")])
def f5_a_false(world, number):
    """A signal from outside to one of two workers: its run ends and says of what, and nothing else. What the engine's own handlers make
    of a signal that no program caused ends the worker by its filter."""
    run = world.begin("forever")
    other = world.begin("forever")
    busy_worker(world, run)
    victim = computing(busy_worker(world, other))
    os.kill(victim, number)
    while all(world.ask("GET", f"/v1/runs/{each}").json()["state"] == "running" for each in (run, other)):
        pass
    states = [world.ask("GET", f"/v1/runs/{each}").json() for each in (run, other)]
    equal(sorted(state["state"] for state in states), ["failed", "running"], f"states of {states}")
    ended, = (state for state in states if state["state"] == "failed")
    # Where a sanitizer may report, the engine's complaint of a signal without a fault gets as far as its abort.
    words = [f"signal {int(number)}", "memory", "system call"] + ["signal 6"] * harness.SANITIZED
    check(any(word in ended["reason"] for word in words), f"reason {ended['reason']}")
    for each in (run, other):
        world.ask("DELETE", f"/v1/runs/{each}")
    world.still_serves()


def computing(pids):
    """One that uses the processor: the first that has used some of it since it was asked for."""
    def ticks(pid):
        try:
            return int(open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[11])
        except FileNotFoundError:
            return 0
    before = {pid: ticks(pid) for pid in pids}
    while True:
        for pid in pids:
            if ticks(pid) >= before[pid] + 5:
                return pid


def busy_worker(world, number):
    """The workers there are once the run goes on; one may be waiting for the next run, and is killed with it."""
    while world.ask("GET", f"/v1/runs/{number}").json()["state"] in ("queued", "compiling"):
        pass
    return world.container.service.children("worker")


@suite.test
def killed_by_its_owner(world):
    number = world.begin("forever")
    busy_worker(world, number)
    equal(world.ask("DELETE", f"/v1/runs/{number}").status, 204, "kill")
    run = world.ask("GET", f"/v1/runs/{number}", "--header", "prefer: wait=60").json()
    equal(run["state"], "killed", f"run {run}")
    world.still_serves()


@suite.test
def killed_compiler_ends_one_run(world):
    """In a container of its own, where nothing is compiled yet; several times, since a compiler may be killed before its order came."""
    rules = world.policy([world.owner], {"copy": (WASM, {"arguments": ["misdeeds", "copy"]})},
                         ["owner: write,execute /program/copy.wasm", "owner: write /input/", "copy: read /input/", "copy: write /output/"])
    container = world.serving(rules)
    curl.request(container, world.owner, "PUT", "/v1/files/input/a.txt", body=TEXT)
    curl.request(container, world.owner, "PUT", "/v1/files/program/copy.wasm", body=WASM.read_bytes())
    for _ in range(5):
        answer = curl.request(container, world.owner, "POST", "/v1/runs", body=b'{"program":"copy"}')
        os.kill(container.service.await_child("compiler"), signal.SIGKILL)
        target = f"/v1/runs/{answer.json()['id']}"
        run = curl.request(container, world.owner, "GET", target, "--header", "prefer: wait=60").json()
        equal(run["state"], "failed", f"run {run}")
    again = curl.request(container, world.owner, "POST", "/v1/runs", "--header", "prefer: wait=60", body=b'{"program":"copy"}').json()
    equal((again["state"], again.get("exit_code")), ("exited", 0), f"another run {again}")


@suite.test
def runs_side_by_side_do_not_meet(world):
    numbers = [world.begin("forever"), world.begin("spin")]
    world.still_serves()
    for number in numbers:
        world.ask("DELETE", f"/v1/runs/{number}")
        check(world.ask("GET", f"/v1/runs/{number}", "--header", "prefer: wait=60").json()["state"] in ("killed", "failed"), "ended")
    world.still_serves()


@suite.test
def nothing_of_it_is_left_running(world):
    for pid in world.container.service.children("worker"):
        usage = open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()
        check(int(usage[11]) < 100, f"process {pid} has used {usage[11]} ticks and goes on")


if __name__ == "__main__":
    suite.main()
