#!/usr/bin/env python3
"""Each limit of the policy has its own reason; runs are watched, killed, side by side; partial outputs; pinned files; progress."""

import hashlib
import json
import subprocess

import curl
import harness
from tap import Failure, Skip, Suite, check, contains, equal

WASM = harness.GUESTS / "limits.wasm"
LIMITS = {"memory_mib": 16, "stack_kib": 256, "cpu_seconds": 60, "wall_seconds": 60, "files": 4, "open_files": 8, "output_bytes": 1 << 20}
ENOSPC, EFBIG, ENOMEM, ENFILE = 51, 22, 48, 41  # WASI's numbers
MODEL = b"model"


def program(act, **limits):
    return {"arguments": ["limits", act], "limits": {**LIMITS, **limits}}


PROGRAMS = {
    "memory": program("memory"),
    "memory-step": program("memory_step"),
    "memory-step-interpreted": {**program("memory_step"), "strategy": "interpret"},
    "memory-trap": program("memory_then_trap"),
    "stack": program("stack"),
    "stack-interpreted": {**program("stack"), "strategy": "interpret"},
    "cpu": program("spin", cpu_seconds=1),
    "wall": {**program("sleep", wall_seconds=1), "clock": True},
    "files": program("files"),
    "open-files": program("open_files"),
    "written": program("written", written_bytes=2 << 20),
    "output": program("output"),
    "large-output": program("output", output_bytes=8 << 20),
    "depth": program("depth", files=100),
    "abort": program("abort"),
    "spin": program("spin"),
    "alone": program("spin", processes=1),
    "nothing": program("nothing"),
    "report": {**program("report"), "progress": True},
    "report-spin": {**program("report_slowly"), "progress": True},
    "report-anyway": program("report"),
    "half-exit": program("result_then_exit"),
    "half-trap": program("result_then_trap"),
    "half-spin": program("result_then_spin"),
    "part-exit": {**program("result_then_exit"), "partial_outputs": True},
    "part-trap": {**program("result_then_trap"), "partial_outputs": True},
    "part-spin": {**program("result_then_spin"), "partial_outputs": True},
    "part-cpu": {**program("result_then_spin", cpu_seconds=1), "partial_outputs": True},
    "pinned": program("pinned"),
    "preopens": {**program("preopens"), "preopens": ["data", "/out"]},
}


class World(harness.Stage):
    def prepare(self):
        self.owner = self.party("owner")
        self.stranger = self.party("stranger")
        rights = ["owner: read,write,list,delete /", "stranger: read,write,append,delete /data/",
                  "preopens: read /data/", "preopens: write /out/", "pinned: read,write,append,delete,list /data/"]
        for name in PROGRAMS:
            rights += [f"owner: execute /program/{name}.wasm", f"{name}: read,list /input/", f"{name}: read,write,list /output/"]
        programs = {name: (WASM, settings) for name, settings in PROGRAMS.items()}
        self.policy_used = self.policy([self.owner, self.stranger], programs, rights,
                                       storage={"files": 500, "bytes": 1 << 28, "file_bytes": 4 << 20, "depth": 6},
                                       pins={"/data/model": hashlib.sha256(MODEL).hexdigest()})
        self.container = self.serving(self.policy_used)
        self.put("/input/a.txt", b"input")
        self.put("/data/a.txt", b"data")
        for name in PROGRAMS:
            self.put(f"/program/{name}.wasm", WASM.read_bytes())

    def ask(self, method, target, *options, body=None, party=None):
        return curl.request(self.container, party or self.owner, method, target, *options, body=body)

    def put(self, path, body):
        answer = self.ask("PUT", "/v1/files" + path, body=body)
        if answer.status not in (201, 204):
            raise RuntimeError(f"put of {path}: {answer.status} {answer.body}")

    def run(self, name):
        answer = self.ask("POST", "/v1/runs", "--header", "prefer: wait=60", body=json.dumps({"program": name}).encode())
        equal(answer.status, 200, f"status {answer.body}")
        return answer.json()

    def begin(self, name):
        answer = self.ask("POST", "/v1/runs", body=json.dumps({"program": name}).encode())
        equal(answer.status, 201, f"status {answer.body}")
        return answer.json()["id"]

    def status(self, run, wait=0):
        return self.ask("GET", f"/v1/runs/{run}", *(["--header", f"prefer: wait={wait}"] if wait else [])).json()

    def kill(self, run):
        equal(self.ask("DELETE", f"/v1/runs/{run}").status, 204, "kill")

    def result(self):
        answer = self.ask("GET", "/v1/files/output/result")
        if answer.status == 200:
            equal(self.ask("DELETE", "/v1/files/output/result").status, 204, "delete")
        return answer.body if answer.status == 200 else None


class Events:
    """The event stream of a run, by curl, as it comes."""

    def __init__(self, world, run, party=None):
        self.process = subprocess.Popen([*curl.command(world.container, party or world.owner, f"/v1/runs/{run}/events"), "--no-buffer"],
                                        stdout=subprocess.PIPE, text=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def __iter__(self):
        name = None
        for line in self.process.stdout:
            line = line.rstrip("\n")
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                yield name, json.loads(line.removeprefix("data: "))

    def until(self, name, fits=lambda value: True):
        """The first event of this name that fits; those before are dropped."""
        for event, value in self:
            if event == name and fits(value):
                return value
        raise Failure(f"the events ended without such a {name}")


suite = Suite(World)


@suite.rows([
    ("memory", "memory", "exited", ENOMEM, "limits.memory_mib: more than 16", ["memory_mib"]),
    ("memory, in one step", "memory-step", "exited", ENOMEM, "limits.memory_mib: more than 16", ["memory_mib"]),
    ("memory, in one step, interpreted", "memory-step-interpreted", "exited", ENOMEM, "limits.memory_mib: more than 16", ["memory_mib"]),
    ("memory, then a trap", "memory-trap", "failed", None, "limits.memory_mib: more than 16; trap: unreachable", ["memory_mib"]),
    ("stack", "stack", "failed", None, "limits.stack_kib: stack overflow (256)", ["stack_kib"]),
    ("stack, interpreted", "stack-interpreted", "failed", None, "limits.stack_kib: stack overflow (256)", ["stack_kib"]),
    ("processor time", "cpu", "failed", None, "limits.cpu_seconds: more than 1", ["cpu_seconds"]),
    ("wall time", "wall", "failed", None, "limits.wall_seconds: more than 1", ["wall_seconds"]),
    ("files", "files", "exited", ENOSPC, "limits.files: more than 4", ["files"]),
    ("open files", "open-files", "exited", ENFILE, "limits.open_files: more than 8", ["open_files"]),
    ("bytes written", "written", "exited", ENOSPC, "limits.written_bytes: more than 2097152", ["written_bytes"]),
    ("output", "output", "exited", ENOSPC, "limits.output_bytes: more than 1048576", ["output_bytes"]),
    ("file size", "large-output", "exited", EFBIG, "storage.file_bytes: more than 4194304", ["file_bytes"]),
    ("depth", "depth", "exited", ENOSPC, "storage: more than 268435456 bytes, too many files, or a path too deep", ["storage"]),
])
def limit(world, name, state, code, reason, limits):
    if harness.SANITIZED and limits == ["stack_kib"]:
        raise Skip("a sanitizer has frames of its own size, and its own word about their end")
    run = world.run(name)
    equal((run["state"], run.get("exit_code")), (state, code), f"end of {run}")
    equal((run["reason"], run["limits"], run["published"]), (reason, limits, False), "reason, limits, published")
    equal(world.ask("GET", "/v1/files/output/").status, 404, "nothing of it appeared")


@suite.test
def a_run_that_meets_no_limit_names_none(world):
    run = world.run("nothing")
    equal((run["state"], run["exit_code"], run["limits"], run["published"]), ("exited", 0, [], True), f"{run}")
    check("reason" not in run and "percent" not in run, f"no reason, no percent: {run}")


@suite.test
def abort_says_so(world):
    run = world.run("abort")
    equal(run["state"], "failed", f"{run}")
    check(run["reason"] in ("trap: unreachable", "raised signal 6 (abort)"), f"{run}")


@suite.test
def one_process_at_once(world):
    first = world.begin("alone")
    with Events(world, first) as events:
        events.until("state", lambda run: run["state"] == "running")
    second = world.begin("alone")
    other = world.begin("spin")
    with Events(world, other) as events:  # another program's run passes it
        events.until("state", lambda run: run["state"] == "running")
    waiting = world.status(second)
    equal((waiting["state"], waiting["limits"]), ("queued", ["processes"]), f"{waiting}")
    with Events(world, second) as events:
        equal(events.until("state")["state"], "queued", "the first event")
        world.kill(first)
        events.until("state", lambda run: run["state"] == "running")
        world.kill(second)
        end = events.until("state", lambda run: run["state"] == "killed")
    equal((end["limits"], end["reason"]), (["processes"], "killed by owner"), f"{end}")
    world.kill(other)


@suite.test
def events_tell_state_usage_progress_and_the_end(world):
    run = world.begin("report-spin")
    with Events(world, run) as events:
        check(events.until("state")["id"] == run, "the first event is a state")
        first = events.until("progress")["percent"]
        second = events.until("progress")["percent"]
        check(0 < first < second <= 100, f"progress {first}, then {second}")
        usage = events.until("usage", lambda usage: usage["cpu_us"] >= 100000)
        check(usage["wall_us"] > 0 and set(usage) == {"wall_us", "cpu_us", "memory_bytes", "output_bytes"}, f"{usage}")
        world.kill(run)
        end = events.until("state", lambda status: status["state"] == "killed")
        equal(list(events), [], "nothing after the end")
        equal(events.process.wait(harness.PATIENCE), 0, "curl saw a whole answer")
    equal((end["reason"], end["published"]), ("killed by owner", False), f"{end}")
    check(end["percent"] >= second, f"{end}")
    equal(world.status(run), end, "the last event is what GET tells")


@suite.test
def events_of_a_run_that_is_over(world):
    run = world.run("nothing")
    with Events(world, run["id"]) as events:
        equal(list(events), [("state", run)], "its last state alone")


@suite.test
def who_may_not_execute_may_not_watch(world):
    run = world.run("nothing")["id"]
    equal(world.ask("GET", f"/v1/runs/{run}/events", party=world.stranger).status, 404, "another's run")
    equal(world.ask("GET", "/v1/runs/999999/events").status, 404, "no run")
    equal(world.ask("GET", f"/v1/runs/{run}/event").status, 404, "no such resource")
    equal(world.ask("DELETE", f"/v1/runs/{run}/events").status, 404, "events are not killed")


@suite.test
def watchers_are_bounded_and_leave(world):
    run = world.begin("spin")
    open_streams = [Events(world, run) for _ in range(16)]
    try:
        for events in open_streams:
            events.until("state")
        answer = world.ask("GET", f"/v1/runs/{run}/events")
        equal((answer.status, answer.problem), (429, "quota"), "one too many")
    finally:
        for events in open_streams:
            events.__exit__()
    world.kill(run)
    equal(world.status(run)["state"], "killed", "the run whose watchers went away")
    world.run("nothing")


@suite.test
def several_side_by_side(world):
    runs = [world.begin("spin") for _ in range(4)]
    streams = [Events(world, run) for run in runs]
    try:
        for events in streams:
            events.until("state", lambda run: run["state"] == "running")
        equal([world.status(run)["state"] for run in runs], ["running"] * 4, "all at once")
        for run, events in zip(runs, streams):
            world.kill(run)
            events.until("state", lambda status: status["state"] == "killed")
    finally:
        for events in streams:
            events.__exit__()


@suite.rows([
    ("an exit with 3, off", "half-exit", "exited", False),
    ("a trap, off", "half-trap", "failed", False),
    ("an exit with 3, on", "part-exit", "exited", True),
    ("a trap, on", "part-trap", "failed", True),
    ("a limit, on", "part-cpu", "failed", True),
])
def partial_outputs(world, name, state, published):
    run = world.run(name)
    equal((run["state"], run["published"]), (state, published), f"{run}")
    equal(world.result(), b"half" if published else None, "the result")


@suite.rows([("off", "half-spin", False), ("on", "part-spin", True)])
def partial_outputs_of_a_killed_run(world, name, published):
    run = world.begin(name)
    with Events(world, run) as events:
        events.until("usage", lambda usage: usage["cpu_us"] >= 300000)  # it has written by then
        world.kill(run)
        end = events.until("state", lambda status: status["state"] == "killed")
    equal((end["reason"], end["published"]), ("killed by owner", published), f"{end}")
    equal(world.result(), b"half" if published else None, "the result")


@suite.test
def progress_is_reported_if_the_policy_lets_it(world):
    run = world.run("report")
    equal((run["state"], run["exit_code"], run["percent"]), ("exited", 0, 100), f"{run}")
    run = world.run("report-anyway")
    equal((run["state"], run["exit_code"]), ("exited", 2), f"EACCES: {run}")
    check("percent" not in run, f"{run}")


@suite.test
def pinned_at_write(world):
    answer = world.ask("PUT", "/v1/files/data/model", body=b"another", party=world.stranger)
    equal((answer.status, answer.problem), (422, "digest"), "another content")
    contains(answer.json()["detail"], "pins./data/model", "the rule")
    equal(world.ask("PUT", "/v1/files/data/model/x", body=b"x", party=world.stranger).status, 403, "in its way")
    equal(world.ask("PUT", "/v1/files/data/model", body=MODEL, party=world.stranger).status, 201, "the content")
    answer = world.ask("POST", "/v1/files/data/model", body=b"x", party=world.stranger)
    equal((answer.status, answer.problem), (422, "digest"), "append")
    equal(world.ask("DELETE", "/v1/files/data/model", party=world.stranger).status, 204, "delete, by who may")


@suite.test
def pinned_at_execution(world):
    world.ask("PUT", "/v1/files/data/model", body=MODEL, party=world.stranger)
    for _ in range(2):  # hashed the first time, remembered the second
        run = world.run("pinned")
        equal((run["state"], run["exit_code"]), ("exited", 0), f"{run}")
    equal(world.ask("GET", "/v1/files/data/model").body, MODEL, "still the same")


@suite.test
def preopened_directories(world):
    run = world.run("preopens")
    equal((run["state"], run["exit_code"]), ("exited", 0), f"{run}")
    equal(world.ask("GET", "/v1/files/out/names").body, b"seen", "what it wrote")


@suite.test
def the_command_watches(world):
    done = world.container.veracruz(world.owner, "run", "--watch", "--json", "report")
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    equal(done.returncode, 0, done.stderr)
    check(all(set(line) == {"event", "run"} for line in lines), f"{lines}")
    equal((lines[-1]["event"], lines[-1]["run"]["state"], lines[-1]["run"]["percent"]), ("state", "exited", 100), "the last line")
    done = world.container.veracruz(world.owner, "watch", lines[-1]["run"]["id"])
    equal(done.returncode, 0, done.stderr)
    contains(done.stdout, "of report: exited with code 0", "a run that is over")
    done = world.container.veracruz(world.owner, "run", "--watch", "files")
    equal(done.returncode, 8, "the exit code of a run that did not succeed")
    contains(done.stdout, "limits.files: more than 4", "the reason")
    equal(world.container.veracruz(world.owner, "watch", "99999").returncode, 5, "no such run")
    equal(world.container.veracruz(world.owner, "run", "--watch", "--no-wait", "files").returncode, 2, "not both")


@suite.test
def versions_that_waiting_runs_hold_are_bounded(world):
    """Each run that waits holds the files as they were: beside a program that rewrites them, that has an end."""
    module = harness.GUESTS / "misdeeds.wasm"
    rules = world.policy([world.owner], {"copy": (module, {"arguments": ["misdeeds", "copy"]}),
                                         "spin": (module, {"arguments": ["misdeeds", "spin"], "limits": {"processes": 1}})},
                         ["owner: write,execute /program/copy.wasm", "owner: write,execute /program/spin.wasm", "owner: write /input/", "copy: read /input/", "copy: write /output/", "spin: read /output/"],
                         storage={"files": 20, "bytes": 1 << 18, "file_bytes": 1 << 17})
    container = world.serving(rules)

    def ask(method, target, *options, body=None):
        return curl.request(container, world.owner, method, target, *options, body=body)

    for path, body in (("/program/copy.wasm", module.read_bytes()), ("/program/spin.wasm", module.read_bytes()), ("/input/a.txt", bytes(60000))):
        check(ask("PUT", "/v1/files" + path, body=body).status in (201, 204), f"put of {path}")
    waiting = []
    while (answer := ask("POST", "/v1/runs", body=b'{"program":"spin"}')).status == 201 and len(waiting) < 40:
        waiting.append(answer.json()["id"])
        copied = ask("POST", "/v1/runs", "--header", "prefer: wait=60", body=b'{"program":"copy"}')
        if copied.status == 429:
            break
        equal(copied.json().get("exit_code"), 0, f"copy {copied.body}")
    else:
        copied = answer
    equal(copied.status, 429, f"after {len(waiting)} runs: {copied.body}")
    check(3 <= len(waiting) <= 10, f"{len(waiting)} runs hold a version of 60000 bytes each, beside storage of 262144")
    for run in reversed(waiting):
        equal(ask("DELETE", f"/v1/runs/{run}").status, 204, "kill")
    copied = ask("POST", "/v1/runs", "--header", "prefer: wait=60", body=b'{"program":"copy"}')
    equal((copied.status, copied.json().get("exit_code")), (200, 0), f"afterwards: {copied.body}")


if __name__ == "__main__":
    suite.main()
