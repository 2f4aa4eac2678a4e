#!/usr/bin/env python3
"""A program that has taken over its worker: speaks for it on its socket, and holds on to what it was given. Whoever runs the test
plays it, which takes the right to another process's descriptors."""

import array
import ctypes
import fcntl
import json
import mmap
import os
import socket
import struct

import curl
import harness
import wire
from tap import Skip, Suite, check, equal

WASM = harness.GUESTS / "misdeeds.wasm"
PIDFD_GETFD = 438
CALL, END, PROGRESS, TRACE = 4, 6, 7, 8
OPEN, STAT, READDIR, MKDIR, UNLINK, RMDIR, RENAME, LINK, SYMLINK, READLINK, SET_TIMES, STAT_OPEN, TOUCH_OPEN = range(1, 14)
QUERY, NARROW = 14, 15
NARROW_RUN = 1 << 12
READ, WRITE, CREATE, EXCLUSIVE, TRUNCATE, DIRECTORY, APPEND, FOLLOW, SET_ACCESSED = (1 << bit for bit in range(9))
EXITED, TRAPPED, REFUSED, FAILED, RAISED = range(1, 6)
ACCES, BADF, LOOP, NOENT, NOTDIR, PERM, NOTCAPABLE = 2, 8, 32, 44, 54, 63, 76
REFUSALS = (ACCES, BADF, LOOP, NOENT, NOTDIR, PERM, NOTCAPABLE)
OUTPUT_BYTES = 1 << 20
STORAGE = 1 << 22
WINDOW = 65536
SLOT, SLOTS = 192, 256  # bytes of a struct vc_stream_slot, and how many there are
LIMIT, STATE, POSITION, CLOSED, WAKE_AT, WAITS = (0, "Q"), (8, "I"), (64, "Q"), (72, "I"), (128, "Q"), (136, "I")
NEVER = (1 << 64) - 1
F_ADD_SEALS, F_GET_SEALS, F_SEAL_GROW, F_SEAL_SEAL = 1033, 1034, 4, 1
BUSY_TICKS = 50 if harness.SANITIZED else 5  # of the processor: more than starting takes, and waiting takes none


class World(harness.Stage):
    def prepare(self):
        self.owner = self.party("owner")
        limits = {"wall_seconds": 60, "cpu_seconds": 60, "files": 8, "output_bytes": OUTPUT_BYTES, "memory_mib": 8}
        entries = {name: (WASM, {"arguments": ["misdeeds", name], "limits": limits}) for name in ("spin", "copy")}
        entries["flow"] = (WASM, {"arguments": ["misdeeds", "spin"], "limits": limits})
        entries["report"] = (WASM, {"arguments": ["misdeeds", "spin"], "limits": limits, "progress": True})
        rights = ["owner: read,write,list,delete /input/", "owner: write /secret/", "owner: read,list /output/",
                  "owner: write,execute /program/spin.wasm", "owner: write,execute /program/copy.wasm",
                  "owner: write,execute /program/report.wasm", "owner: write,execute /program/flow.wasm"]
        for name in entries:
            rights += [f"{name}: read,list /input/", f"{name}: read,write,delete /output/", f"{name}: append /log"]
        owner, flow = {"principal": "owner"}, {"program": "flow"}
        terms = {"window_bytes": WINDOW, "partial": True, "uses": 1000}
        streams = {"in": {"producer": owner, "consumers": [flow], **terms}, "out": {"producer": flow, "consumers": [owner], **terms},
                   "cells": {"producer": flow, "consumers": [owner], **terms, "records": "lines", "record_bytes": 100, "padded": True},
                   "theirs": {"producer": owner, "consumers": [{"program": "copy"}]}}
        self.container = self.serving(self.policy([self.owner], entries, rights, storage={"bytes": STORAGE, "files": 64}, streams=streams))
        for path, body in (("/input/a.txt", b"text"), ("/secret/s", b"secret"), ("/program/spin.wasm", WASM.read_bytes()),
                           ("/program/copy.wasm", WASM.read_bytes()), ("/program/report.wasm", WASM.read_bytes()),
                           ("/program/flow.wasm", WASM.read_bytes())):
            equal(self.ask("PUT", "/v1/files" + path, body=body).status, 201, path)

    def ask(self, method, target, *options, body=None):
        return curl.request(self.container, self.owner, method, target, *options, body=body)

    def capture(self, program="spin"):
        number = self.ask("POST", "/v1/runs", body=json.dumps({"program": program}).encode()).json()["id"]
        while self.ask("GET", f"/v1/runs/{number}").json()["state"] != "running":
            pass
        return Captured(self, number, self.busy_worker())

    def busy_worker(self):
        """The worker that runs a program that never rests; the other waits."""
        before = {}
        while True:
            for pid in self.container.service.children("worker"):
                ticks = processor_ticks(pid)
                if ticks - before.setdefault(pid, ticks) >= BUSY_TICKS:
                    return pid

    def ended(self, number):
        return self.ask("GET", f"/v1/runs/{number}", "--header", "prefer: wait=60").json()

    def still_serves(self):
        run = self.ask("POST", "/v1/runs", "--header", "prefer: wait=60", body=b'{"program":"copy"}').json()
        equal((run["state"], run.get("exit_code")), ("exited", 0), f"an honest run afterwards: {run}")


def processor_ticks(pid):
    try:
        return sum(int(word) for word in open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[11:13])
    except OSError:  # it has ended meanwhile
        return 0


def call_head(call, flags=0, sizes=(0, 0, 0, 0), cookie=0, inode=0):
    """struct vc_worker_call; `sizes` are those of directory, name, second directory, second name"""
    return struct.pack("=IIIIIIIIQQQQ", CALL, call, flags, *sizes, 0, cookie, inode, 0, 0)


class Captured:
    def __init__(self, world, number, pid):
        self.world, self.number = world, number
        libc = ctypes.CDLL(None, use_errno=True)
        pidfd = os.pidfd_open(pid)
        fd = libc.syscall(PIDFD_GETFD, pidfd, 3, 0)
        os.close(pidfd)
        if fd < 0:
            raise Skip("no right to another process's descriptors")
        self.pid = pid
        self.socket = socket.socket(fileno=fd)
        self.socket.settimeout(20)

    def send_call(self, call, path, flags=0, path2=b"", cookie=0, directory=b"/", text=None):
        """Names count from the root, unless another directory is said; `text` is what a symbolic link is to say."""
        name, second = path.removeprefix(b"/"), path2.removeprefix(b"/") if text is None else text
        directory2 = b"/" if path2 else b""
        sizes = len(directory), len(name), len(directory2), len(second)
        self.socket.send(call_head(call, flags, sizes, cookie) + directory + name + directory2 + second)

    def call(self, *arguments, **named):
        self.send_call(*arguments, **named)
        return self.answer()

    def call_open(self, call, inode, flags=0):
        """A call about a file that is open, by its inode."""
        self.socket.send(call_head(call, flags, inode=inode))
        return self.answer()

    def answer(self):
        data, ancillary, _, _ = self.socket.recvmsg(65536, 1024)
        fds = array.array("i")
        for level, kind, content in ancillary:
            fds.frombytes(content)
        return struct.unpack_from("=IIIIQQQII", data)[1], list(fds)

    def end(self, reason, exit_code=0, text=b"", memory=0, limits=0):
        self.socket.send(struct.pack("=IIIIQII", END, reason, exit_code, len(text), memory, limits, 0) + text)
        return self.world.ended(self.number)


class Flow:
    """A worker with a stream to read and one to write, both open, 100 bytes having come of the first."""

    def __init__(self, world):
        self.worker = world.capture("flow")
        self.line = wire.Line(world.container, world.owner)
        self.given = self.line.put("in")
        self.got = self.line.get("out")
        self.slots, self.memory, self.wake = self.shared()
        self.window, = self.open(b"/stream/in", READ, 0)
        self.fds = [self.memory, self.wake, self.window, *self.open(b"/stream/out", WRITE, 1)]
        self.given.send(b"x" * 100)
        self.line.settle()
        equal(self.get(0, LIMIT), 100, "what the runtime says that may be read")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.line.__exit__()
        for fd in self.fds:
            os.close(fd)

    def shared(self):
        """Where the slots are in the worker's memory, that memory, and the counter that wakes the runtime."""
        proc = f"/proc/{self.worker.pid}"
        slots = next(int(line.split("-")[0], 16) for line in open(f"{proc}/maps") if "memfd:slots" in line)
        _, wake = sorted(int(fd) for fd in os.listdir(f"{proc}/fd") if "eventfd" in os.readlink(f"{proc}/fd/{fd}"))
        pidfd = os.pidfd_open(self.worker.pid)
        wake = ctypes.CDLL(None, use_errno=True).syscall(PIDFD_GETFD, pidfd, wake, 0)
        os.close(pidfd)
        check(wake >= 0, "the worker's counter")
        return slots, os.open(f"{proc}/mem", os.O_RDWR), wake

    def open(self, path, flags, slot):
        self.worker.send_call(OPEN, path, flags)
        data, ancillary, _, _ = self.worker.socket.recvmsg(65536, 1024)
        equal(struct.unpack_from("=I", data, 4) + struct.unpack_from("=II", data, 72), (0, slot, WINDOW), f"answer for {path}")
        return struct.unpack("i", ancillary[0][2])

    def get(self, slot, field):
        size = struct.calcsize(field[1])
        return struct.unpack("=" + field[1], os.pread(self.memory, size, self.slots + slot * SLOT + field[0]))[0]

    def set(self, slot, field, value):
        os.pwrite(self.memory, struct.pack("=" + field[1], value), self.slots + slot * SLOT + field[0])

    def signal(self, count=1):
        os.write(self.wake, struct.pack("=Q", count))


suite = Suite(World)


@suite.test
def asking_for_what_the_program_has_no_right_to(world):
    worker = world.capture()
    for call, path, flags in ((OPEN, b"/secret/s", READ), (OPEN, b"/input/../secret/s", READ), (OPEN, b"/input/a.txt", READ | WRITE),
                              (OPEN, b"/program/spin.wasm", WRITE | CREATE | TRUNCATE), (STAT, b"/secret/s", 0), (STAT, b"/secret", 0),
                              (READDIR, b"/", 0), (READDIR, b"/secret", 0), (UNLINK, b"/input/a.txt", 0), (MKDIR, b"/secret/d", 0)):
        found, fds = worker.call(call, path, flags)
        equal((found in (ACCES, NOENT), fds), (True, []), f"call {call} of {path}: {found}")
    found, _ = worker.call(RENAME, b"/input/a.txt", 0, b"/output/a.txt")
    equal(found, ACCES, "renaming an input")
    equal(worker.end(EXITED)["state"], "exited", "state")
    world.still_serves()


@suite.rows([
    ("reading by a link to a secret", b"../secret/s", (OPEN, b"/output/l", READ | FOLLOW)),
    ("reading by a link and a name", b"../secret", (OPEN, b"/output/l/s", READ)),
    ("reading by a link above the root", b"../../../secret/s", (OPEN, b"/output/l", READ | FOLLOW)),
    ("stat of a secret by a link", b"../secret/s", (STAT, b"/output/l", FOLLOW)),
    ("listing by a link", b"../secret", (READDIR, b"/output/l/", 0)),
    ("writing an input by a link", b"../input/a.txt", (OPEN, b"/output/l", READ | WRITE | FOLLOW)),
    ("creating a secret by a link", b"../secret/new", (OPEN, b"/output/l", WRITE | CREATE | FOLLOW)),
    ("the time of an input by a link", b"../input/a.txt", (SET_TIMES, b"/output/l", FOLLOW | SET_ACCESSED)),
    ("the module by a link", b"../program/spin.wasm", (OPEN, b"/output/l", WRITE | TRUNCATE | FOLLOW)),
    ("removing an input by a link", b"../input", (UNLINK, b"/output/l/a.txt", 0)),
    ("a loop", b"l", (OPEN, b"/output/l", READ | FOLLOW)),
])
def leading_astray(world, text, question):
    worker = world.capture()
    equal(worker.call(SYMLINK, b"/output/l", text=text), (0, []), "making the link")
    found, fds = worker.call(*question)
    equal((found in REFUSALS, fds), (True, []), f"answer {found}")
    worker.end(EXITED, exit_code=1)
    equal(world.ask("GET", "/v1/files/input/a.txt").body, b"text", "the input")


@suite.rows([
    ("a link that is absolute", lambda worker: worker.call(SYMLINK, b"/output/l", text=b"/secret/s")),
    ("a link among inputs", lambda worker: worker.call(SYMLINK, b"/input/l", text=b"a.txt")),
    ("a link for the module", lambda worker: worker.call(SYMLINK, b"/program/spin.wasm", text=b"x")),
    ("a second name for an input", lambda worker: worker.call(LINK, b"/input/a.txt", 0, b"/output/a")),
    ("a second name for a secret", lambda worker: worker.call(LINK, b"/secret/s", 0, b"/output/s")),
    ("a second name for what may only be appended", lambda worker: worker.call(LINK, b"/log", 0, b"/output/log")),
    ("an output for an input", lambda worker: worker.call(RENAME, b"/output", 0, b"/input/o")),
    ("all inputs as outputs", lambda worker: worker.call(RENAME, b"/input", 0, b"/output/i")),
    ("another directory to count from", lambda worker: worker.call(OPEN, b"s", READ, directory=b"/secret")),
    ("the time of an input", lambda worker: worker.call(SET_TIMES, b"/input/a.txt", SET_ACCESSED)),
    ("a file that nobody opened", lambda worker: worker.call_open(STAT_OPEN, 2)),
    ("the time of one", lambda worker: worker.call_open(TOUCH_OPEN, 2, SET_ACCESSED)),
])
def asking_in_vain_for(world, ask):
    worker = world.capture()
    found, fds = ask(worker)
    equal((found in REFUSALS, fds), (True, []), f"answer {found}")
    worker.end(EXITED, exit_code=1)


@suite.test
def a_link_that_was_left_behind_leads_nobody(world):
    worker = world.capture()
    equal(worker.call(SYMLINK, b"/output/left", text=b"../secret/s")[0], 0, "making the link")
    equal(worker.end(EXITED)["state"], "exited", "state")
    entry, = (entry for entry in world.ask("GET", "/v1/files/output/").json()["entries"] if entry["name"] == "left")
    equal(entry, {"name": "left", "kind": "link", "target": "../secret/s"}, "its entry")
    for method in ("GET", "HEAD"):
        equal(world.ask(method, "/v1/files/output/left").status, 409, method)
    worker = world.capture()
    found, fds = worker.call(OPEN, b"/output/left", READ | FOLLOW)
    equal((found in REFUSALS, fds), (True, []), "opening by it, in another run")
    equal(worker.call(UNLINK, b"/output/left")[0], 0, "removing it")
    equal(worker.end(EXITED)["state"], "exited", "state")
    equal(world.ask("GET", "/v1/files/output/left").status, 404, "status afterwards")


@suite.test
def an_input_cannot_be_changed_through_its_descriptor(world):
    worker = world.capture()
    _, (fd,) = worker.call(OPEN, b"/input/a.txt", READ)
    for change in (lambda: os.pwrite(fd, b"x", 0), lambda: os.ftruncate(fd, 0), lambda: fcntl.fcntl(fd, F_ADD_SEALS, F_SEAL_GROW),
                   lambda: mmap.mmap(fd, 4)):
        try:
            change()
        except OSError:
            continue
        check(False, "a sealed input was changed")
    os.close(fd)
    worker.end(EXITED)
    equal(world.ask("GET", "/v1/files/input/a.txt").body, b"text", "the input")


@suite.rows([
    ("a mapping that can still write", lambda fd: mmap.mmap(fd, 4096)),
    ("a seal against sealing", lambda fd: fcntl.fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL)),
])
def output_with(world, hold):
    worker = world.capture()
    found, (fd,) = worker.call(OPEN, b"/output/held", READ | WRITE | CREATE)
    os.ftruncate(fd, 4096)
    held = hold(fd)
    run = worker.end(EXITED)
    equal(run["state"], "failed", f"run {run}")
    equal(world.ask("GET", "/v1/files/output/held").status, 404, "status of the output")
    os.close(fd)
    del held
    world.still_serves()


@suite.test
def an_output_far_beyond_its_limit(world):
    worker = world.capture()
    found, (fd,) = worker.call(OPEN, b"/output/huge", WRITE | CREATE)
    os.ftruncate(fd, (1 << 63) - 4096)
    run = world.ended(worker.number)
    equal(run["state"], "failed", f"run {run}")
    check("output_bytes" in run["reason"], f"reason of {run}")
    os.close(fd)
    world.still_serves()


@suite.test
def an_output_without_a_name_far_beyond_its_limit(world):
    worker = world.capture()
    found, (fd,) = worker.call(OPEN, b"/output/nameless", WRITE | CREATE)
    equal(worker.call(UNLINK, b"/output/nameless")[0], 0, "removing it")
    os.ftruncate(fd, 1 << 40)
    run = world.ended(worker.number)
    equal(run["state"], "failed", f"run {run}")
    check("output_bytes" in run["reason"], f"reason of {run}")
    os.close(fd)
    world.still_serves()


@suite.test
def an_output_beyond_its_limit_at_the_end(world):
    worker = world.capture()
    found, (fd,) = worker.call(OPEN, b"/output/large", WRITE | CREATE)
    os.ftruncate(fd, OUTPUT_BYTES + 1)
    run = worker.end(EXITED)
    equal(run["state"], "failed", f"run {run}")
    os.close(fd)


@suite.test
def more_files_than_its_limit(world):
    worker = world.capture()
    answers = [worker.call(OPEN, b"/output/%d" % index, WRITE | CREATE)[0] for index in range(9)]
    equal((answers[:8], answers[8] != 0), ([0] * 8, True), "answers")
    equal(worker.call(UNLINK, b"/output/1")[0], 0, "removing one")
    check(worker.call(OPEN, b"/output/again", WRITE | CREATE)[0] != 0, "a place that is free again was used")
    worker.end(EXITED, exit_code=1)


@suite.rows([
    ("for files", call_head(OPEN, READ, sizes=(1, 11, 0, 0)) + b"/input/a.txt"),
    ("about the policy", call_head(QUERY, sizes=(0, 6, 0, 0)) + b"policy"),
    ("to narrow it", call_head(NARROW, sizes=(0, 22, 0, 0)) + b'{"freeze_inputs":true}'),
])
def questions_without_end_and_no_ear_for_answers(world, packet):
    worker = world.capture()
    worker.socket.settimeout(5)
    try:
        while True:
            worker.socket.send(packet)
    except OSError:
        pass
    equal(world.ended(worker.number)["state"], "failed", "state")
    world.still_serves()


@suite.rows([
    ("nothing", b""),
    ("a packet of another kind", struct.pack("=I", 77)),
    ("a call that does not exist", call_head(4242424242)),
    ("a path that is not there", call_head(OPEN, sizes=(0, 1000, 0, 0))),
    ("a path beyond measure", call_head(OPEN, sizes=(0xFFFFFFFF,) * 4)),
    ("a directory that is none", call_head(OPEN, sizes=(9, 1, 0, 0)) + b"/input/..s"),
    ("a directory in other words", call_head(STAT, sizes=(7, 1, 0, 0)) + b"/input/a"),
    ("no directory", call_head(STAT, sizes=(0, 1, 0, 0)) + b"."),
    ("a question with a place", call_head(QUERY, sizes=(1, 4, 0, 0)) + b"/self"),
    ("a question with a flag", call_head(QUERY, NARROW_RUN, sizes=(0, 4, 0, 0)) + b"self"),
    ("a question with an inode", call_head(QUERY, sizes=(0, 4, 0, 0), inode=42424) + b"self"),
    ("a question that asks nothing", call_head(QUERY)),
    ("a question beyond measure", call_head(QUERY, sizes=(0, 2049, 0, 0)) + b"x" * 2049),
    ("a narrowing with another flag", call_head(NARROW, 1, sizes=(0, 2, 0, 0)) + b"{}"),
    ("a narrowing beyond measure", call_head(NARROW, sizes=(0, 32769, 0, 0)) + b"x" * 32769),
    ("a narrowing with bytes behind", call_head(NARROW, sizes=(0, 2, 0, 0)) + b"{}x"),
    ("a packet too large", bytes(100000)),
    ("progress, which the policy does not let it report", struct.pack("=II", PROGRESS, 42)),
    ("a trace, which no container asks for", struct.pack("=I", TRACE) + b"42424"),
])
def words_out_of_form(world, packet):
    worker = world.capture()
    worker.socket.send(packet)
    run = world.ended(worker.number)
    equal(run["state"], "failed", f"run {run}")
    check("42424" not in run["reason"], f"its own number is in {run}")
    world.still_serves()


# F4: what a worker may say, in any order. A call is answered and leaves everything as it was; so an order of messages that begins
# with calls is the order without them, and any other message is the last that counts. The policy here gives no progress.
MESSAGES = {
    "call": call_head(STAT, sizes=(1, 1, 0, 0)) + b"/.",
    "end": struct.pack("=IIIIQII", END, EXITED, 5, 0, 0, 0, 0),
    "ready": struct.pack("=IIII", 1, 0, 0, 0),
    "run": struct.pack("=I", 2) + bytes(100),
    "compile": struct.pack("=II", 3, 64),
    "answer": struct.pack("=I", 5) + bytes(84),
    "progress": struct.pack("=II", 7, 50),
    "trace": struct.pack("=I", 8) + b"path_open",
}
LATER = [("nothing", ()), ("each other message", tuple(MESSAGES))]


@suite.rows([(f"{count} calls, {word}, then {what}", count, word, later) for word in MESSAGES if word != "call" for count, (what, later) in zip((0, 5), LATER)])
def messages_in_the_order(world, calls, word, later):
    worker = world.capture()
    for _ in range(calls):
        worker.socket.send(MESSAGES["call"])
    for each in (word, *later):
        try:
            worker.socket.send(MESSAGES[each])
        except OSError:
            check(each != word, "the message could not be sent")
    run = world.ended(worker.number)
    equal((run["state"], run.get("exit_code")), ("exited", 5) if word == "end" else ("failed", None), f"run {run}")
    world.still_serves()


@suite.rows([("a trap", TRAPPED), ("a refused module", REFUSED), ("a failure", FAILED)])
def what_it_read_told_as(world, reason):
    worker = world.capture()
    equal(worker.call(OPEN, b"/input/a.txt", READ)[0], 0, "open")
    run = worker.end(reason, text=b"secret", memory=(1 << 63) + 12345)
    equal((run["state"], "secret" in json.dumps(run)), ("failed", False), f"run {run}")
    check(0 <= run["memory_bytes"] <= 8 << 20 and run["memory_bytes"] % 65536 == 0, f"memory of {run}")


@suite.rows([
    ("beyond all", struct.pack("=II", PROGRESS, 101)),
    ("beyond measure", struct.pack("=II", PROGRESS, 4242424242)),
    ("less than before", struct.pack("=II", PROGRESS, 49)),
    ("as much as before", struct.pack("=II", PROGRESS, 50)),
    ("cut short", struct.pack("=I", PROGRESS)),
    ("and more", struct.pack("=III", PROGRESS, 60, 0)),
])
def progress(world, packet):
    worker = world.capture("report")
    worker.socket.send(struct.pack("=II", PROGRESS, 50))
    worker.socket.send(packet)
    run = world.ended(worker.number)
    equal((run["state"], run["reason"], run["percent"]), ("failed", "worker: progress out of form", 50), f"{run}")


@suite.test
def what_it_read_told_as_limits(world):
    run = world.capture().end(EXITED, exit_code=1, limits=0xFFFFFFFF)
    equal(run["limits"], ["memory_mib", "stack_kib", "open_files", "output_bytes", "written_bytes", "file_bytes"], "those that exist")


@suite.rows([("no such signal", 31), ("none", 0), ("a number", 4242424242)])
def what_it_read_told_as_a_signal(world, number):
    run = world.capture().end(RAISED, exit_code=number)
    equal((run["state"], run["reason"]), ("failed", "worker: end out of form"), f"{run}")


@suite.test
def what_it_read_told_as_exit_code(world):
    equal(world.capture().end(EXITED, exit_code=0xDEADBEEF)["exit_code"], 255, "exit code")


@suite.test
def descriptors_sent_to_the_runtime_are_closed(world):
    runtime = world.container.service.children("veracruz-runtime")[0]
    worker = world.capture()
    before = len(os.listdir(f"/proc/{runtime}/fd"))
    for _ in range(20):
        packet = call_head(STAT, sizes=(1, 1, 0, 0)) + b"/."
        socket.send_fds(worker.socket, [packet], [0] * 60)
        worker.socket.recv(65536)
    equal(len(os.listdir(f"/proc/{runtime}/fd")), before, "descriptors of the runtime")
    worker.end(EXITED)


@suite.test
def renaming_for_long_costs_nothing(world):
    if harness.SANITIZED:
        raise Skip("a sanitizer keeps freed memory")
    runtime = world.container.service.children("veracruz-runtime")[0]
    worker = world.capture()
    names = [b"/output/" + letter * 200 + b"/" + letter * 200 for letter in (b"a", b"b", b"c")]
    worker.call(MKDIR, b"/output")
    for name in names:
        equal(worker.call(MKDIR, name.rsplit(b"/", 1)[0])[0], 0, "directory")
    worker.call(OPEN, names[0], WRITE | CREATE)

    def resident():
        return next(int(line.split()[1]) for line in open(f"/proc/{runtime}/status") if line.startswith("VmRSS"))

    before = resident()
    for turn in range(9000):
        equal(worker.call(RENAME, names[turn % 3], 0, names[(turn + 1) % 3])[0], 0, "rename")
    check(resident() - before < 1500, f"{resident() - before} KiB more")
    worker.end(EXITED)


# ---- streams: what the worker writes into its slots ----


@suite.rows([
    ("past what there is to read", [(0, POSITION, 101)]),
    ("past the window to write", [(1, POSITION, WINDOW + 1)]),
    ("the largest", [(1, POSITION, NEVER)]),
    ("around 2^63", [(0, POSITION, 1 << 63)]),
    ("a limit of its own", [(1, LIMIT, NEVER), (1, POSITION, 2 * WINDOW)]),
    ("an end of its own", [(0, STATE, 2), (0, LIMIT, 1000), (0, POSITION, 1000)]),
    ("closed in a way that there is not", [(1, CLOSED, 2)]),
    ("closed behind the end", [(0, POSITION, 101), (0, CLOSED, 1)]),
    ("back", [(1, POSITION, 50), None, (1, POSITION, 49)]),
])
def a_position_out_of_form_ends_the_run(world, changes):
    with Flow(world) as flow:
        for change in changes:
            if change is None:  # the runtime has seen it when the bytes have come
                flow.signal()
                flow.got.await_bytes(50)
            else:
                flow.set(*change)
        flow.signal()
        run = world.ended(flow.worker.number)
        equal((run["state"], run["reason"]), ("failed", "worker: stream position out of form"), "the run")
        if flow.got.await_end() != "broken":  # it is told so before the first byte
            equal(flow.got.problem[0], "lost", "what the receiver sees")
        equal((flow.given.await_end(), flow.given.problem[0]), ("whole", "lost"), "what the producer sees")
        why = f"run {flow.worker.number} of flow: {run['reason']}"
        equal(flow.line.state("out")["reason"], why, "the reason")
    world.still_serves()


@suite.test
def what_a_worker_writes_of_the_runtimes_is_nothing(world):
    """Also in slots that it does not have, and with a counter that never rests."""
    with Flow(world) as flow:
        for slot in range(2, SLOTS):
            for field, value in ((POSITION, NEVER), (CLOSED, 9), (STATE, 1), (LIMIT, NEVER), (WAITS, 1), (WAKE_AT, 0)):
                flow.set(slot, field, value)
        for slot in (0, 1):
            for field, value in ((LIMIT, NEVER), (STATE, 3), (WAKE_AT, 0), (WAITS, 0xFFFFFFFF)):
                flow.set(slot, field, value)
        for turn in range(200):
            flow.signal(1 << 32)
            flow.set(1, POSITION, turn + 1)
            flow.signal()
            flow.got.await_bytes(turn + 1)
        equal(world.ask("GET", f"/v1/runs/{flow.worker.number}").json()["state"], "running", "the run")
        flow.set(0, POSITION, 100)
        flow.set(0, CLOSED, 1)
        flow.set(1, CLOSED, 1)
        flow.signal()
        equal((flow.got.await_end(), len(flow.got.body)), ("whole", 200), "its end")
        equal(flow.worker.end(EXITED)["state"], "exited", "state")
    world.still_serves()


@suite.rows([
    ("to none", b"x" * 200),
    ("to larger ones", b"xxx\n" * 50),
    ("to one beyond what was sent", b"x" * 203 + b"\n"),
])
def records_that_are_changed_when_they_have_been_sent(world, content):
    """Who takes them slowly is not counted by the new ones."""
    with Flow(world) as flow, wire.Line(world.container, world.owner) as far:
        window, = flow.open(b"/stream/cells", WRITE, 2)
        flow.fds.append(window)
        with mmap.mmap(window, WINDOW) as memory:
            memory[:204] = b"a\n" * 102
            flow.set(2, POSITION, 204)
            flow.signal()
            got = far.get("cells", ("prefer", "resumable"))
            got.await_bytes(102 * 104)
            memory[:len(content)] = content
        got.grant(102 * 104)
        equal(got.await_end(), "broken", "what the receiver sees")
        equal(flow.line.state("cells")["reason"], "its producer changed a record that was there", "the reason")
        flow.worker.end(EXITED, exit_code=1)
    world.still_serves()


@suite.test
def streams_that_are_not_the_programs(world):
    with Flow(world) as flow:
        for path, flags, wanted in ((b"/stream/theirs", READ, ACCES), (b"/stream/out", READ, 10), (b"/stream/in", WRITE, ACCES),
                                    (b"/stream/in", READ, 10), (b"/stream/none", WRITE | CREATE, ACCES)):
            found, fds = flow.worker.call(OPEN, path, flags)
            equal((found in (wanted, ACCES), fds), (True, []), f"{path} for {flags}: {found}")
        for call, path, path2 in ((UNLINK, b"/stream/in", b""), (RENAME, b"/stream/in", b"/output/in"), (MKDIR, b"/stream/x", b""),
                                  (RENAME, b"/output", b"/stream/x"), (LINK, b"/stream/in", b"/output/in")):
            equal(flow.worker.call(call, path, 0, path2), (ACCES, []), f"call {call} of {path}")
        try:
            mmap.mmap(flow.window, WINDOW, prot=mmap.PROT_READ | mmap.PROT_WRITE)
            raise AssertionError("the window of a consumer can be written")
        except PermissionError:
            pass
        flow.worker.end(EXITED, exit_code=1)
    world.still_serves()


if __name__ == "__main__":
    suite.main()
