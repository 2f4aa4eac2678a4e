#!/usr/bin/env python3
"""`veracruz check`: what it says of programs, of files that are none, and of programs held against a policy."""

import hashlib
import json

import harness
from tap import Suite, check, contains, equal

GUEST = harness.GUESTS / "errand.wasm"
STRANGER = harness.GUESTS / "stranger.wasm"
REGRESSION = harness.EXAMPLES / "linear-regression.wasm"


class Checked(harness.Stage):
    def prepare(self):
        self.bank = self.party("bank")

    def document(self, *arguments, code):
        done = self.veracruz("check", "--json", *arguments)
        equal(done.returncode, code, f"exit code\n{done.stdout}{done.stderr}")
        return json.loads(done.stdout)

    def written(self, wasm, settings=None, rights=("bank: write,execute /program/errand.wasm",), **changes):
        return self.policy([self.bank], {"errand": (wasm, settings or {})}, rights, **changes).path


suite = Suite(Checked)


def number(value):
    """Unsigned LEB128."""
    out = b""
    while value >= 0x80:
        out, value = out + bytes([value & 0x7F | 0x80]), value >> 7
    return out + bytes([value])


def section(kind, body):
    return bytes([kind]) + number(len(body)) + body


def text(value):
    return number(len(value)) + value.encode()


def module(imports=(), pages=1, before=b"", after=b""):
    """A program that does nothing: imports are (module, name, parameters, results) with the bytes of value types."""
    types = [(b"", b"")] + [(parameters, results) for _, _, parameters, results in imports]
    parts = [section(1, number(len(types)) + b"".join(b"\x60" + number(len(a)) + a + number(len(b)) + b for a, b in types))]
    if imports:
        parts.append(section(2, number(len(imports)) + b"".join(text(where) + text(name) + b"\0" + number(i)
                                                                for i, (where, name, _, _) in enumerate(imports, 1))))
    parts += [section(3, b"\1\0"), section(5, b"\1\0" + number(pages)),
              section(7, b"\2" + text("_start") + b"\0" + number(len(imports)) + text("memory") + b"\2\0"), section(10, b"\1\2\0\x0b")]
    return b"\0asm\1\0\0\0" + before + b"".join(parts) + after


WASI = "wasi_snapshot_preview1"
I32 = b"\x7f"
I64 = b"\x7e"


@suite.test
def a_real_program(stage):
    found = stage.document(GUEST, code=0)
    equal((found["size"], found["sha256"]), (GUEST.stat().st_size, hashlib.sha256(GUEST.read_bytes()).hexdigest()), "size and digest")
    equal((found["would_run"], found["reasons"]), (True, []), "verdict")
    calls = {entry["name"]: entry for entry in found["imports"]}
    equal(calls["fd_write"], {"module": WASI, "name": "fd_write", "type": "(i32, i32, i32, i32) -> i32", "status": "provided"}, "fd_write")
    equal(calls["proc_exit"]["type"], "(i32)", "type of proc_exit")


@suite.test
def for_people(stage):
    done = stage.veracruz("check", GUEST)
    equal(done.returncode, 0, "exit code")
    for part in ("sha256      " + hashlib.sha256(GUEST.read_bytes()).hexdigest(), f"{WASI}.fd_write(i32, i32, i32, i32) -> i32\n", "would run\n"):
        contains(done.stdout, part, "standard output")


@suite.rows([
    ("none", [], []),
    ("all as provided", [(WASI, "fd_seek", I32 + I64 + I32 + I32, I32), (WASI, "proc_exit", I32, b"")], []),
    ("unknown call", [(WASI, "fd_explode", I32, I32)], [f"imports: {WASI}.fd_explode is not provided"]),
    ("unknown module", [("env", "fd_write", I32, I32)], ["imports: env.fd_write is not provided"]),
    ("an early form of fd_seek", [(WASI, "fd_seek", I32 + I64 + I32, I32)],
     [f"imports: {WASI}.fd_seek is declared (i32, i64, i32) -> i32, and is (i32, i64, i32, i32) -> i32"]),
    ("a result where none is", [(WASI, "proc_exit", I32, I32)], [f"imports: {WASI}.proc_exit is declared (i32) -> i32, and is (i32)"]),
    ("two at once", [("a", "b", b"", b""), (WASI, "sched_yield", b"", b"")], ["imports: a.b is not", f"imports: {WASI}.sched_yield is declared ()"]),
])
def imports(stage, wanted, reasons):
    found = stage.document(stage.file("program.wasm", module(wanted)), code=4 if reasons else 0)
    equal(len(found["reasons"]), len(reasons), f"number of reasons {found['reasons']}")
    for reason, part in zip(found["reasons"], reasons):
        contains(reason, part, "reason")
    check(found["would_run"] == (not reasons), "verdict")


@suite.rows([
    ("empty", b"", "module"),
    ("text", b"#!/bin/sh\n", "not WebAssembly version 1"),
    ("no _start", b"\0asm\1\0\0\0", "_start"),
    ("cut", module()[:-3], "module"),
    ("a later proposal", module(after=section(13, b"\0")), "module: section 13"),
])
def files_that_are_no_programs(stage, content, part):
    found = stage.document(stage.file("file", content), code=4)
    equal((found["is_program"], found["would_run"], len(found["reasons"])), (False, False, 1), "verdict")
    contains(found["reasons"][0], part, "reason")


@suite.test
def memory_in_whole_mebibytes(stage):
    for pages, least in ((1, 1), (16, 1), (17, 2), (1600, 100)):
        found = stage.document(stage.file("program.wasm", module(pages=pages)), code=0)
        equal((found["memory"]["minimum_pages"], found["memory"]["memory_mib_at_least"]), (pages, least), f"memory of {pages} pages")


@suite.test
def custom_sections_are_told(stage):
    file = stage.file("program.wasm", module(before=section(0, text("first") + b"xyz"), after=section(0, text("na\x1bme"))))
    equal(stage.document(file, code=0)["dropped_sections"], [{"name": "first", "size": 9}, {"name": "na\x1bme", "size": 6}], "dropped")
    check("\x1b" not in stage.veracruz("check", file).stdout, "a control character reached the terminal")


@suite.test
def what_check_promises_local_run_keeps(stage):
    """The verdict is the engine's: what would run runs, what would not does not."""
    for wasm, code in ((module(), 0), (module([("a", "b", b"", b"")]), 4), (module([(WASI, "sched_yield", b"", b"")]), 4)):
        file = stage.file("program.wasm", wasm)
        stage.document(file, code=code)
        equal(stage.veracruz("local", "run", file).returncode, 0 if code == 0 else 134, "exit code of the run")


# ---- under a policy ----


@suite.test
def the_program_that_is_meant(stage):
    policy = stage.written(GUEST, {"clock": True, "randomness": True})
    found = stage.document(GUEST, "--policy", policy, code=0)
    equal((found["program"], found["would_run"], found["notes"]), ("errand", True, []), "verdict")
    equal(stage.document(GUEST, "--policy", policy, "--program", "errand", code=0)["program"], "errand", "program")


@suite.test
def another_file(stage):
    policy = stage.written(GUEST)
    found = stage.document(REGRESSION, "--policy", policy, code=7)
    contains(found["reasons"][0], "programs: none has this file's digest", "reason")
    found = stage.document(REGRESSION, "--policy", policy, "--program", "errand", code=7)
    contains(found["reasons"][0], "programs.errand.sha256: " + hashlib.sha256(GUEST.read_bytes()).hexdigest(), "reason")


@suite.test
def what_fails_quietly_is_noted(stage):
    found = stage.document(GUEST, "--policy", stage.written(GUEST), code=0)
    equal([note.split(";")[0] for note in found["notes"]], ["programs.errand.clock: false", "programs.errand.randomness: false"], "notes")


@suite.test
def a_stream_that_is_never_opened_is_noted(stage):
    """`errand` opens files; this module imports nothing, so that only a standard file can be its stream."""
    def streams(*names):
        return {name: {"producer": {"principal": "bank"}, "consumers": [{"program": "errand"}]} for name in names}
    file = stage.file("still.wasm", module())
    for wasm, settings, names, wanted in ((file, {}, ["ticks", "news"], ["streams.ticks", "streams.news"]), (file, {}, [], []),
                                          (file, {"stdin": "/stream/ticks"}, ["ticks", "news"], ["streams.news"]),
                                          (GUEST, {"clock": True, "randomness": True}, ["ticks"], [])):
        found = stage.document(wasm, "--policy", stage.written(wasm, settings, streams=streams(*names)), code=0)
        equal(sorted(note.split(":")[0] for note in found["notes"]), sorted(wanted), f"notes with {settings} and {names}")


@suite.test
def every_reason_at_once(stage):
    file = stage.file("large.wasm", module([("a", "b", b"", b"")], pages=64))
    policy = stage.written(file, {"limits": {"memory_mib": 3, "output_bytes": 1}}, rights=(), expires=harness.in_days(-1),
                           storage={"bytes": 20})
    found = stage.document(file, "--policy", policy, code=4)
    wanted = ["imports: a.b is not provided", "expires: the policy ended at", "rights: nobody may write /program/errand.wasm",
              "rights: nobody may execute /program/errand.wasm", "storage.file_bytes: 20, the program has",
              "programs.errand.limits.memory_mib: 3, the program needs at least 4"]
    equal(len(found["reasons"]), len(wanted), f"number of reasons {found['reasons']}")
    for reason, part in zip(found["reasons"], wanted):
        contains(reason, part, "reason")


@suite.rows([
    ("no file", ["/nonexistent.wasm"], 1, "/nonexistent.wasm"),
    ("no policy", [GUEST, "--policy", "/nonexistent.json"], 1, "/nonexistent.json"),
    ("a program of no policy", [GUEST, "--program", "x"], 2, "--program: only with --policy"),
    ("nothing", [], 2, "usage: veracruz check"),
])
def errors(stage, words, code, part):
    done = stage.veracruz("check", *words)
    equal((done.returncode, done.stdout), (code, ""), f"exit code and output\n{done.stderr}")
    contains(done.stderr, part, "standard error")


if __name__ == "__main__":
    suite.main()
