#!/usr/bin/env python3
"""A program that has taken over its worker, and by it the key store of its run: what both can say to the runtime. Whoever runs the test
plays them, which takes the right to another process's descriptors."""

import ctypes
import fcntl
import json
import mmap
import os
import signal
import socket
import struct

import harness
import test_captured_worker as worker_test
from tap import Skip, Suite, check, equal

WASM = harness.GUESTS / "keys.wasm"
KEYSTORE_CALL = 16
KEPT, FORGOT = 10, 11
EXITED, REFUSED, FAILED = worker_test.EXITED, worker_test.REFUSED, worker_test.FAILED
WINDOW_BYTES = 16 << 20  # abi/psa.h
F_GET_SEALS, SEALS = 1034, 1 | 2 | 4  # against further seals, shrinking, growing
HMAC, HMAC_SHA_256, SIGN_MESSAGE, PERSISTENT = 0x1100, 0x03800009, 0x400, 1
OWN = 100
SECRET = b"c4nary-of-a-key"


class World(harness.Stage):
    def prepare(self):
        self.owner = self.party("owner")
        limits = {"wall_seconds": 60, "cpu_seconds": 60, "memory_mib": 8, "processes": 4}
        entries = {name: (WASM, {"stdout": f"/output/{name}", "kept_keys": 2, "randomness": True, "limits": limits})
                   for name in ("first", "second")}
        rights = ["owner: write /input/", "owner: read /output/"]
        for name in entries:
            rights += [f"owner: write,execute /program/{name}.wasm", f"{name}: read /input/", f"{name}: write /output/"]
        key = {"owner": "owner", "type": "hmac", "bits": 256, "usage": ["sign-message"], "algorithm": "hmac-sha-256"}
        self.container = self.serving(self.policy([self.owner], entries, rights, keys={
            "data": {**key, "id": 7, "programs": ["first"]}, "far": {**key, "id": 9, "programs": ["second"]}}))
        for name in entries:
            equal(self.ask("PUT", f"/v1/files/program/{name}.wasm", body=WASM.read_bytes()).status, 201, name)
        equal(self.ask("PUT", "/v1/keys/data", body=b"k" * 32).status, 201, "key")

    ask = worker_test.World.ask
    ended = worker_test.World.ended
    busy_worker = worker_test.World.busy_worker

    def script(self, *lines):
        check(self.ask("PUT", "/v1/files/input/script", body="\n".join(lines).encode()).status in (201, 204), "script")

    def capture(self, program="first", others=()):
        """A worker at work, and its key store, which it has just got. `others` were captured before, and go on, but rest."""
        self.script("spin 0")
        number = self.ask("POST", "/v1/runs", body=json.dumps({"program": program}).encode()).json()["id"]
        while self.ask("GET", f"/v1/runs/{number}").json()["state"] != "running":
            pass
        for other in others:
            os.kill(other.worker.pid, signal.SIGSTOP)
        return Pair(worker_test.Captured(self, number, self.busy_worker()), others)

    def run(self, program, *lines):
        """What an honest run prints."""
        self.script(*lines)
        run = self.ask("POST", "/v1/runs", "--header", "prefer: wait=60", body=json.dumps({"program": program}).encode()).json()
        equal((run["state"], run.get("exit_code")), ("exited", 0), f"run {run}")
        return self.ask("GET", f"/v1/files/output/{program}").body.decode().split("\n")[:-1]


def call_key_store(worker):
    worker.socket.send(worker_test.call_head(KEYSTORE_CALL))
    return worker.answer()


class Pair:
    def __init__(self, worker, others=()):
        self.worker, self.world = worker, worker.world
        self.pid = self.spare({worker.pid, *(pid for other in others for pid in (other.pid, other.worker.pid))})
        result, fds = call_key_store(worker)
        equal((result, len(fds)), (0, 2), "answer to the call")
        self.line, self.window = socket.socket(fileno=fds[0]), fds[1]
        self.pidfd = os.pidfd_open(self.pid)
        fd = ctypes.CDLL(None, use_errno=True).syscall(worker_test.PIDFD_GETFD, self.pidfd, 3, 0)
        if fd < 0:
            raise Skip("no right to another process's descriptors")
        self.control = socket.socket(fileno=fd)

    def spare(self, busy):
        """The child that waits: it becomes the key store, since nobody else wants one."""
        while True:
            others = [pid for pid in self.world.container.service.children("veracruz-worker") if pid not in busy]
            if len(others) == 1:
                return others[0]

    def say(self, packet):
        self.control.send(packet)

    def keep(self, key_id, material=bytes(32), lifetime=PERSISTENT):
        self.say(struct.pack("=IIIIIIHHI", KEPT, len(material), lifetime, key_id, SIGN_MESSAGE, HMAC_SHA_256, HMAC, 0, 8 * len(material)) +
                 material)

    def forget(self, key_id):
        self.say(struct.pack("=II", FORGOT, key_id))

    def end_store(self, reason, text=b""):
        self.say(struct.pack("=IIIIQII", worker_test.END, reason, 0, len(text), 0, 0, 0) + text)

    def say_end(self):
        self.worker.socket.send(struct.pack("=IIIIQII", worker_test.END, EXITED, 0, 0, 0, 0, 0))

    def end(self, exit_code=0):
        return self.worker.end(EXITED, exit_code=exit_code)

    def ended(self):
        return self.world.ended(self.worker.number)

    def kill(self):
        signal.pidfd_send_signal(self.pidfd, signal.SIGKILL)


suite = Suite(World)


@suite.test
def the_window_is_as_large_as_it_is(world):
    pair = world.capture()
    equal(os.fstat(pair.window).st_size, WINDOW_BYTES, "bytes of the window")
    equal(fcntl.fcntl(pair.window, F_GET_SEALS) & SEALS, SEALS, "seals")
    for size in (0, WINDOW_BYTES - 1, WINDOW_BYTES + 1, 1 << 40):
        try:
            os.ftruncate(pair.window, size)
        except PermissionError:
            continue
        check(False, f"the window can be made {size} bytes")
    with mmap.mmap(pair.window, WINDOW_BYTES) as memory:
        memory[WINDOW_BYTES - 1] = 1
    equal(pair.end()["state"], "exited", "state")


@suite.test
def there_is_one_key_store_for_a_run(world):
    pair = world.capture()
    pair.worker.socket.send(worker_test.call_head(KEYSTORE_CALL))
    run = pair.ended()
    equal((run["state"], run.get("reason")), ("failed", "worker: call out of form"), f"run {run}")
    equal(world.run("first", "mac 7")[0].split()[2], "0", "an honest run afterwards")


@suite.rows([
    ("with a flag", worker_test.call_head(KEYSTORE_CALL, 1)),
    ("with a place", worker_test.call_head(KEYSTORE_CALL, 0, (1, 0, 0, 0)) + b"/"),
    ("with bytes behind", worker_test.call_head(KEYSTORE_CALL) + b"x"),
    ("with an inode", worker_test.call_head(KEYSTORE_CALL, inode=1)),
])
def a_call_for_it_has_nothing_else(world, packet):
    world.script("spin 0")
    number = world.ask("POST", "/v1/runs", body=b'{"program":"first"}').json()["id"]
    while world.ask("GET", f"/v1/runs/{number}").json()["state"] != "running":
        pass
    worker = worker_test.Captured(world, number, world.busy_worker())
    worker.socket.send(packet)
    run = world.ended(number)
    equal((run["state"], run.get("reason")), ("failed", "worker: call out of form"), f"run {run}")


WORDS = [
    ("a key of this program", REFUSED, b"key data: " + SECRET,
     "key data: what was given is no key of the type and size that the policy says"),
    ("a key of another program", REFUSED, b"key far: " + SECRET, "key store: it refuses its keys"),
    ("no key at all", REFUSED, SECRET, "key store: it refuses its keys"),
    ("nothing", REFUSED, b"", "key store: it refuses its keys"),
    ("a name and no colon", REFUSED, b"key data", "key store: it refuses its keys"),
    ("that it failed", FAILED, SECRET, "key store: it cannot work"),
    ("a trap", worker_test.TRAPPED, SECRET, "key store: it cannot work"),
    ("a reason that is none", 77, SECRET, "key store: it cannot work"),
]


@suite.rows(WORDS)
def what_it_says_at_its_end_is_never_repeated(world, reason, text, told):
    pair = world.capture()
    pair.end_store(reason, text)
    run = pair.ended()
    equal((run["state"], run.get("reason")), ("failed", told), f"run {run}")
    check(SECRET.decode() not in json.dumps(run), "its words are in the run's report")


FORMS = [
    ("a key of no bytes", lambda pair: pair.keep(OWN, b""), "key store: out of form"),
    ("a key of too many", lambda pair: pair.keep(OWN, bytes(8193)), "key store: out of form"),
    ("a volatile key", lambda pair: pair.keep(OWN, lifetime=0), "key store: out of form"),
    ("a key of the policy's lifetime", lambda pair: pair.keep(OWN, lifetime=0xFF), "key store: out of form"),
    ("an id that no key can have", lambda pair: pair.keep(0x60000000), "key store: out of form"),
    ("the id of a key of the policy", lambda pair: pair.keep(7), "kept keys: an id that the policy gives to a key"),
    ("a key twice", lambda pair: [pair.keep(OWN), pair.keep(OWN)], "key store: a key is kept twice"),
    ("one key too many", lambda pair: [pair.keep(OWN + i) for i in range(3)], "kept_keys: more than 2"),
    ("that it forgets what was not there", lambda pair: pair.forget(OWN), "key store: it forgets what is not there"),
    ("that it forgets a key of the policy", lambda pair: pair.forget(7), "key store: it forgets what is not there"),
    ("a message of a worker", lambda pair: pair.say(worker_test.call_head(KEYSTORE_CALL)), "key store: out of form"),
    ("one byte", lambda pair: pair.say(b"x"), "key store: out of form"),
]


@suite.rows(FORMS)
def a_key_store_that_says_what_no_honest_one_does(world, act, reason):
    pair = world.capture()
    act(pair)
    run = pair.ended()
    equal((run["state"], run.get("reason")), ("failed", reason), f"run {run}")


@suite.test
def what_it_said_before_the_worker_ended_counts(world):
    """Both sockets are full when the runtime looks at the worker's: the key store's is heard first."""
    pair = world.capture()
    for round in range(50):
        pair.keep(OWN, bytes([round]) * 32)
        pair.keep(OWN + 1)
        pair.forget(OWN)
        pair.forget(OWN + 1)
    pair.keep(OWN, b"m" * 32)
    equal(pair.end()["state"], "exited", "state")
    equal(world.run("first", f"mac {OWN}", f"mac {OWN + 1}")[0].split()[2], "0", "the key in a later run")
    equal(world.run("second", f"mac {OWN}")[0].split()[2], "-136", "the key in another program")
    equal(world.run("first", f"destroy {OWN}")[0].split()[2], "0", "destroyed")


@suite.test
def one_that_is_dead_ends_no_run(world):
    pair = world.capture()
    pair.keep(OWN)
    pair.kill()
    equal(pair.line.recv(1), b"", "the worker sees that it is gone")
    run = pair.end()
    equal((run["state"], run.get("exit_code")), ("exited", 0), f"run {run}")
    equal(world.run("first", f"destroy {OWN}")[0].split()[2], "0", "what it had said before counts")


@suite.rows([("exits with 1", lambda pair: pair.end(exit_code=1)), ("is killed", lambda pair: pair.world.ask(
    "DELETE", f"/v1/runs/{pair.worker.number}"))])
def keys_of_a_run_are_lost_if_it(world, act):
    pair = world.capture()
    pair.keep(OWN)
    act(pair)
    pair.ended()
    equal(world.run("first", f"mac {OWN}")[0].split()[2], "-136", "the key in a later run")


@suite.test
def a_key_that_another_run_has_made_meanwhile(world):
    """All of the later run is lost, its files, too."""
    pair = world.capture()
    pair.keep(OWN)
    world.script(f"make {OWN}")  # an honest run, while the captured one goes on
    run = world.ask("POST", "/v1/runs", "--header", "prefer: wait=60", body=b'{"program":"first"}').json()
    equal((run["state"], run["published"]), ("exited", True), f"the honest run {run}")
    run = pair.end()
    equal((run["state"], run["published"], run.get("reason")),
          ("failed", False, "kept keys: another run has made a key of the same id"), f"run {run}")
    equal(world.run("first", f"destroy {OWN}")[0].split()[2], "0", "the honest one's key")


@suite.test
def two_that_end_at_the_same_moment_with_a_key_of_one_id(world):
    """The runtime hears of both ends before it has seen either worker dead, which it waits for before files appear."""
    first = world.capture()
    second = world.capture(others=[first])
    first.keep(OWN, b"1" * 32)
    second.keep(OWN, b"2" * 32)
    runtime = world.container.service.children("veracruz-runtime")[0]
    os.kill(runtime, signal.SIGSTOP)
    first.say_end()
    second.say_end()
    os.kill(runtime, signal.SIGCONT)
    runs = [pair.ended() for pair in (first, second)]
    equal(sorted((run["state"], run["published"], run.get("reason")) for run in runs),
          [("exited", True, None), ("failed", False, "kept keys: another run has made a key of the same id")], f"runs {runs}")
    equal(world.run("first", f"destroy {OWN}")[0].split()[2], "0", "the key of the one that ended well")


if __name__ == "__main__":
    suite.main()
