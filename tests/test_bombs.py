#!/usr/bin/env python3
"""Modules that no compiler makes, in both strategies: loops in every place, memory, recursion, and bombs for whoever loads them.
Names begin with the attack's number in docs/threat-model.md."""

import json
import pathlib
import time

import curl
import harness
import wasm
from tap import Skip, Suite, check, equal

MEMORY_MIB = 32
CPU_SECONDS = 1
GRACE_US = 250_000  # a processor's time is cut by ticks, and the end of a process is its own too
RESIDENT_SPARE = 96 << 20  # bytes of a worker beside its program's memory: engine, code, stack
COMPILE_SECONDS = 40  # until a bomb for the compiler is refused or compiled, on a machine with other work
LIMITS = {"memory_mib": MEMORY_MIB, "cpu_seconds": CPU_SECONDS, "wall_seconds": 20, "files": 8, "output_bytes": 1 << 20, "stack_kib": 256}
STRATEGIES = ("aot", "interpret")
WASI = "wasi_snapshot_preview1"
NOTHING = wasm.function_type()
THREE = wasm.function_type((wasm.I32,) * 3, (wasm.I32,))
FOUR = wasm.function_type((wasm.I32,) * 4, (wasm.I32,))
FIVE = wasm.function_type((wasm.I32,) * 5, (wasm.I32,))
TO_I32 = wasm.function_type((), (wasm.I32,))
c = wasm.const


def start(code, *others, **named):
    """A program whose _start is this code, with further functions of type 0."""
    return wasm.program([wasm.body(code), *map(wasm.body, others)], **named)


def doubling():
    """No loop: 40 functions, each calling the next one twice; the last one computes what nothing simpler does."""
    count = 40
    square = c(0) + (c(0) + b"\x28\x02\x00") * 2 + b"\x6c" + c(77777) + b"\x73" + b"\x36\x02\x00"
    return start(*[(wasm.CALL + wasm.leb(index + 1)) * 2 for index in range(count)], square)


def straight():
    """Some 100 000 instructions without a branch, over and over."""
    step = wasm.GET + b"\x00" + c(12345) + b"\x6c" + c(99) + b"\x73" + wasm.SET + b"\x00"
    code = wasm.LOOP + step * 16000 + wasm.BR + b"\x00" + wasm.END
    return wasm.program([wasm.body(code, [(1, wasm.I32)])])


def asking(function, kind, arguments):
    """Calls one import without end."""
    code = wasm.LOOP + b"".join(map(c, arguments)) + wasm.CALL + b"\x00" + wasm.DROP + wasm.BR + b"\x00" + wasm.END
    return start(code, types=(NOTHING, kind), imports=[(WASI, function, 1)])


def sleeping():
    """poll_oneoff with one subscription, to a relative time far away."""
    record = bytes(8) + b"\x00" + bytes(7) + (1).to_bytes(4, "little") + bytes(4) + (1 << 62).to_bytes(8, "little") + bytes(16)
    code = c(0) + c(64) + c(1) + c(128) + wasm.CALL + b"\x00" + wasm.DROP
    return start(code, types=(NOTHING, FOUR), imports=[(WASI, "poll_oneoff", 1)], data=[(0, record)])


def grow(pages):
    """Asks for memory until there is no more, and writes into each page it got; then stays, so that one can look."""
    code = (wasm.BLOCK + wasm.LOOP + c(pages) + wasm.GROW + b"\x22\x00" + c(-1) + wasm.EQ + wasm.BR_IF + b"\x01"
            + wasm.GET + b"\x00" + c(65536) + b"\x6c" + c(1) + c(pages * 65536) + wasm.FILL + wasm.BR + b"\x00" + wasm.END + wasm.END)
    return wasm.program([wasm.body(code + wasm.FOREVER, [(1, wasm.I32)])])


def grow_table(elements):
    """The same with a table."""
    code = wasm.BLOCK + wasm.LOOP + b"\xd0\x70" + c(elements) + b"\xfc\x0f\x00" + c(-1) + wasm.EQ + wasm.BR_IF + b"\x01" + wasm.BR + b"\x00" + wasm.END + wasm.END
    return start(code + wasm.FOREVER, tables=[wasm.limits(1)])


def recursing(locals_count=0):
    """With `locals_count` variables that live across the call."""
    if locals_count == 0:
        return wasm.program([wasm.body(wasm.CALL + b"\x00" + c(0) + c(1) + b"\x36\x02\x00")])
    before = b"".join(c(index) + b"\xfd\x00\x04\x00" + wasm.SET + wasm.leb(index) for index in range(locals_count))
    after = b"".join(c(index) + wasm.GET + wasm.leb(index) + b"\xfd\x0b\x04\x00" for index in range(locals_count))
    return wasm.program([wasm.body(before + wasm.CALL + b"\x00" + after, [(locals_count, wasm.V128)])])


MARK = c(0) + c(1) + b"\x36\x02\x00"  # a store, so that a call is none at the end of its function
MUTUAL = start(wasm.CALL + b"\x01" + MARK, wasm.CALL + b"\x02" + MARK, wasm.CALL + b"\x01" + MARK)
BY_TABLE = start(c(0) + wasm.INDIRECT + MARK, tables=[wasm.limits(1)], elements=[0])

# E1. A loop while it is loaded there cannot be: what is evaluated then are constant expressions, which have no branch and no call;
# the start function is called with _start, when all walls are up. Name, module, further settings of the program, limit that ends it.
LOOPS = [
    ("in _start", start(wasm.FOREVER), {}, "cpu_seconds"),
    ("in the start function", start(b"", wasm.FOREVER, start=1), {}, "cpu_seconds"),
    ("in a function called by a table", start(c(0) + wasm.INDIRECT, wasm.FOREVER, tables=[wasm.limits(1)], elements=[1]), {}, "cpu_seconds"),
    ("of calls by a table", start(wasm.LOOP + c(0) + wasm.INDIRECT + wasm.BR + b"\x00" + wasm.END, MARK, tables=[wasm.limits(1)], elements=[1]), {}, "cpu_seconds"),
    ("without a loop: calls that double", doubling(), {}, "cpu_seconds"),
    ("of 100 000 instructions in a row", straight(), {}, "cpu_seconds"),
    ("of memory.fill", start(wasm.LOOP + c(0) + c(1) + c(1 << 20) + wasm.FILL + wasm.BR + b"\x00" + wasm.END, memory=wasm.limits(16)), {}, "cpu_seconds"),
    ("of memory.grow", start(wasm.LOOP + c(60000) + wasm.GROW + wasm.DROP + wasm.BR + b"\x00" + wasm.END), {}, "cpu_seconds"),
    ("of host calls", asking("args_sizes_get", wasm.function_type((wasm.I32,) * 2, (wasm.I32,)), (0, 4)), {}, "cpu_seconds"),
    ("of questions to the runtime", asking("path_filestat_get", FIVE, (3, 0, 0, 1, 64)), {"limits": {**LIMITS, "wall_seconds": 1}}, "_seconds"),
    ("inside a host call that sleeps", sleeping(), {"clock": True, "limits": {**LIMITS, "wall_seconds": 1}}, "wall_seconds"),
]

# E2. What is refused before anything runs, and what runs within its memory: name, module, words of the refusal (None: it runs).
MEMORY = [
    ("4 GiB declared", start(b"", memory=wasm.limits(65536)), "memory"),
    ("a page more than its limit", start(b"", memory=wasm.limits(MEMORY_MIB * 16 + 1)), "memory"),
    ("more than 4 GiB", start(b"", memory=wasm.limits(65537)), ""),
    ("many tables", start(b"", tables=[wasm.limits(1)] * 100), ""),
    ("a large table", start(b"", tables=[wasm.limits(0xFFFFFFFF)]), ""),
    ("many functions", start(*[b""] * 100_001), ""),
    ("data beyond its memory", start(b"", data=[(65530, b"x" * 100)]), ""),
    ("a memory in shared use (E7)", start(b"", memory=wasm.limits(1, 2, shared=True)), ""),
    ("an atomic instruction (E7)", start(c(0) + c(1) + b"\xfe\x1e\x02\x00" + wasm.DROP), ""),
    ("threads by import (E7)", start(b"", types=(NOTHING, wasm.function_type((wasm.I32,), (wasm.I32,))), imports=[("wasi", "thread-spawn", 1)]), ""),
    ("two memories", start(b"").replace(wasm.section(5, wasm.vector([wasm.limits(1)])), wasm.section(5, wasm.vector([wasm.limits(1)] * 2))), ""),
]

EATERS = [
    ("page by page", grow(1)),
    ("all at once", grow(MEMORY_MIB * 16 - 1)),
    ("a GiB at once", grow(16384)),
    ("a table, piece by piece", grow_table(4096)),
    ("a table at once", grow_table(1 << 30)),
]

DEPTHS = [
    ("direct", recursing()),
    ("mutual", MUTUAL),
    ("through a table", BY_TABLE),
    ("with frames of 16 KB", recursing(1000)),
    ("with frames of 64 KB", recursing(4000)),
]

# E5. Name, module: it is compiled or refused soon, and others are served meanwhile.
COMPILES = [
    ("50 000 locals", wasm.program([wasm.body(b"", [(50_000, wasm.I64)])])),
    ("4 billion locals", wasm.program([wasm.body(b"", [(0xFFFFFFFF, wasm.I64)])])),
    ("locals of many functions", wasm.program([wasm.body(b"", [(50_000, wasm.I64)])] * 1000)),
    ("100 000 blocks within one another", start(wasm.BLOCK * 100_000 + wasm.END * 100_000)),
    ("16 000 blocks within one another", start(wasm.BLOCK * 16_000 + wasm.END * 16_000)),
    ("a table of 65 000 branches", start(wasm.BLOCK + c(0) + b"\x0e" + wasm.vector([b"\x00"] * 65_000) + b"\x00" + wasm.END)),
    ("a table of a million branches", start(wasm.BLOCK + c(0) + b"\x0e" + wasm.vector([b"\x00"] * 1_000_000) + b"\x00" + wasm.END)),
    ("a section of names that says it is 4 GiB", start(b"", custom=b"\x00" + wasm.leb(0xFFFFFFFF) + wasm.name("name"))),
    ("a million names", start(b"", custom=wasm.section(0, wasm.name("name") + b"\x01" + wasm.leb(4_000_000) + b"\x80\x80\x04" + b"\x00\x01x" * 1_000_000))),
    ("1000 functions that call one another", start(*[(wasm.CALL + wasm.leb((index * 7919 + 1) % 1000)) * 3 for index in range(1000)])),
]


# E6, from within: every call that a program has (but those that end it) with the same hostile number for each argument, and once more
# with a descriptor that there is. What each pointer of each call is good for in detail is the unit test host-pointer.
CALLS = (
    "args_get:ii args_sizes_get:ii clock_res_get:ii clock_time_get:iIi environ_get:ii environ_sizes_get:ii fd_advise:iIIi "
    "fd_allocate:iII fd_datasync:i fd_fdstat_get:ii fd_fdstat_set_flags:ii fd_fdstat_set_rights:iII fd_filestat_get:ii "
    "fd_filestat_set_size:iI fd_filestat_set_times:iIIi fd_pread:iiiIi fd_prestat_dir_name:iii fd_prestat_get:ii "
    "fd_pwrite:iiiIi fd_read:iiii fd_readdir:iiiIi fd_renumber:ii fd_seek:iIii fd_sync:i fd_tell:ii fd_write:iiii "
    "path_create_directory:iii path_filestat_get:iiiii path_filestat_set_times:iiiiIIi path_link:iiiiiii "
    "path_open:iiiiiIIii path_readlink:iiiiii path_remove_directory:iii path_rename:iiiiii path_symlink:iiiii "
    "path_unlink_file:iii poll_oneoff:iiii random_get:ii sched_yield: sock_accept:iii sock_recv:iiiiii sock_send:iiiii "
    "sock_shutdown:ii fd_close:i"
)
NUMBERS = (0, 3, 16, 65532, 65535, 65536, 0x7FFFFFFF, -1, -4, -65536, -0x80000000)


def every_call():
    calls = [word.split(":") for word in CALLS.split()]
    types = [NOTHING] + [wasm.function_type([wasm.I64 if kind == "I" else wasm.I32 for kind in kinds], (wasm.I32,)) for _, kinds in calls]
    imports = [("wasi_snapshot_preview1", call, index + 1) for index, (call, _) in enumerate(calls)]
    code = b""
    for index, (_, kinds) in enumerate(calls):
        for number in NUMBERS:
            for first in {number, 3}:
                arguments = [b"\x42" + wasm.const(number)[1:] if kind == "I" else wasm.const(number) for kind in kinds]
                code += b"".join([wasm.const(first), *arguments[1:]] if arguments else []) + wasm.CALL + wasm.leb(index) + wasm.DROP
    return wasm.program([wasm.body(code)], types=types, imports=imports)


HOSTILE = [("every call with hostile numbers", every_call())]


def file_name(*words):
    return "".join(letter if letter.isalnum() else "-" for letter in "-".join(words).lower())[:60]


class World(harness.Stage):
    """One container for all rows; each is a program of its policy, once per strategy."""

    def prepare(self):
        self.owner = self.party("owner")
        self.modules = {}
        entries, rights = {}, []
        for group, rows in (("e1", LOOPS), ("e2", MEMORY), ("e2x", EATERS), ("e3", DEPTHS), ("e5", COMPILES), ("e6", HOSTILE)):
            for row in rows:
                for strategy in STRATEGIES:
                    name = file_name(group, strategy[0], row[0])
                    more = row[2] if group == "e1" else {}
                    self.modules[name] = row[1]
                    entries[name] = (self.file(name, row[1]), {"strategy": strategy, "limits": LIMITS, **more})
                    rights += [f"owner: write,execute /program/{name}.wasm", f"{name}: read,write,list /output/"]
        self.modules["honest"] = start(b"")
        entries["honest"] = (self.file("honest", self.modules["honest"]), {"limits": LIMITS})
        rights += ["owner: write,execute /program/honest.wasm"]
        self.container = self.serving(self.policy([self.owner], entries, rights))
        self.put("honest")

    def ask(self, method, target, *options, body=None):
        return curl.request(self.container, self.owner, method, target, *options, body=body)

    def put(self, name):
        answer = self.ask("PUT", f"/v1/files/program/{name}.wasm", body=self.modules[name])
        check(answer.status in (201, 204), f"put of {name}: {answer.status} {answer.body}")

    def begin(self, name):
        self.put(name)
        answer = self.ask("POST", "/v1/runs", body=json.dumps({"program": name}).encode())
        equal(answer.status, 201, f"status {answer.body}")
        return answer.json()["id"]

    def end(self, number):
        return self.ask("GET", f"/v1/runs/{number}", "--header", "prefer: wait=60").json()

    def still_serves(self):
        run = self.ask("POST", "/v1/runs", "--header", "prefer: wait=60", body=b'{"program":"honest"}').json()
        equal((run["state"], run.get("exit_code")), ("exited", 0), f"an honest run afterwards: {run}")

    def watched(self, numbers):
        """The runs' ends, and the most memory that any worker was seen to hold until then."""
        peak = 0
        while any(self.ask("GET", f"/v1/runs/{number}").json()["state"] in ("queued", "compiling", "running") for number in numbers):
            peak = max([peak, *(high_water(pid) for pid in self.container.service.children("worker"))])
        return [self.end(number) for number in numbers], peak


def high_water(pid):
    try:
        lines = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM")), 0)


suite = Suite(World)


def named(rows, group):
    """Rows for the suite: with the attack's number, the module's names per strategy, and what the row has beside the module."""
    return [(f"{group[:2].upper()} {row[0]}", [file_name(group, strategy[0], row[0]) for strategy in STRATEGIES], *row[2:]) for row in rows]


def side_by_side(world, names):
    """Both strategies at once: the ends of their runs."""
    return [world.end(number) for number in [world.begin(name) for name in names]]


@suite.rows(named(LOOPS, "e1"))
def loop(world, names, _, limit):
    for run in side_by_side(world, names):
        equal(run["state"], "failed", f"run {run}")
        check(limit in run["reason"], f"{limit} is not the reason of {run}")
        check(run["cpu_us"] <= CPU_SECONDS * 1_100_000 + GRACE_US, f"processor time of {run}")
        if limit == "cpu_seconds":
            check(run["cpu_us"] >= CPU_SECONDS * 500_000, f"ended early: {run}")
    world.still_serves()


@suite.rows(named(MEMORY, "e2"))
def refused(world, names, words):
    for run in side_by_side(world, names):
        equal(run["state"], "failed", f"run {run}")
        check(words in run["reason"] and run["reason"], f"reason of {run}")
        check(run["cpu_us"] < 500_000, f"it ran: {run}")


@suite.rows(named(EATERS, "e2x"))
def eater(world, names):
    runs, peak = world.watched([world.begin(name) for name in names])
    for run in runs:
        equal(run["state"], "failed", f"run {run}")
        check("cpu_seconds" in run["reason"] or "memory_mib" in run["reason"], f"it did not stay to be looked at: {run}")
        check(run["memory_bytes"] <= MEMORY_MIB << 20, f"memory of {run}")
    if harness.SANITIZED:
        raise Skip("a sanitizer's memory is the worker's, too")
    check(0 < peak <= (MEMORY_MIB << 20) + RESIDENT_SPARE, f"{peak >> 20} MiB resident, runs {runs}")


@suite.rows(named(DEPTHS, "e3"))
def recursion(world, names):
    runs, peak = world.watched([world.begin(name) for name in names])
    for run in runs:
        equal(run["state"], "failed", f"run {run}")
        check(run["reason"], f"no reason in {run}")
    if not harness.SANITIZED:
        check(peak <= (MEMORY_MIB << 20) + RESIDENT_SPARE, f"{peak >> 20} MiB resident, runs {runs}")
    world.still_serves()


@suite.rows(named(HOSTILE, "e6"))
def program_that_makes(world, names):
    for run in side_by_side(world, names):
        equal((run["state"], run.get("exit_code")), ("exited", 0), f"run {run}")
    world.still_serves()


@suite.rows(named(COMPILES, "e5"))
def module_to_compile(world, names):
    begun = time.monotonic()
    numbers = [world.begin(name) for name in names]
    world.still_serves()
    for run in map(world.end, numbers):
        check(run["state"] in ("exited", "failed"), f"run {run}")
    check(time.monotonic() - begun < COMPILE_SECONDS, f"{time.monotonic() - begun:.0f} seconds")
    world.still_serves()


if __name__ == "__main__":
    suite.main()
