#!/usr/bin/env python3
"""`veracruz local run`: programs with local folders and no container, under a policy and without one; what comes out, and refusals."""

import hashlib
import json
import os
import pathlib
import signal
import subprocess

import harness
from tap import Skip, Suite, check, contains, equal

GUEST = harness.GUESTS / "errand.wasm"
NOTE = "local run: no container, nothing is attested\n"
REGRESSION = harness.PROJECT / "examples/linear-regression"


class Local(harness.Stage):
    def prepare(self):
        self.people = {name: self.party(name) for name in ("bank", "shop")}

    def local(self, *arguments, data=None, timeout=harness.PATIENCE):
        """The command; standard input is `data`, or nothing."""
        more = {"input": data} if data is not None else {"stdin": subprocess.DEVNULL}
        return subprocess.run([harness.VERACRUZ, "local", "run", *map(str, arguments)], capture_output=True, env=self.environment,
                              timeout=timeout, **more)

    def folder_of(self, files, name="folder"):
        folder = self.path(name)
        folder.mkdir()
        for path, content in files.items():
            file = folder / path.lstrip("/")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return folder

    def written(self, settings=None, rights=(), **changes):
        """A policy with the program `errand`, which bank may start. No service stands behind it."""
        service = type("Service", (), {"url": "https://127.0.0.1:1", "ca": self.ca()})
        return self.policy(list(self.people.values()), {"errand": (GUEST, settings or {})},
                           ["bank: execute /program/errand.wasm", *rights], attestation=service, **changes).path

    def ca(self):
        """A CA certificate: a service makes its own on first use."""
        if not hasattr(self, "made_ca"):
            self.made_ca = self.start_attestation(endorse=False).ca
        return self.made_ca


suite = Suite(Local)


def files_of(folder):
    return {str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*")) if path.is_file()}


def ended(done, code, out=None, err=None):
    text = f"\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    equal(done.returncode, code, f"exit code{text}")
    if out is not None:
        equal(done.stdout, out if isinstance(out, bytes) else out.encode(), "standard output")
    if err is not None:
        contains(done.stderr.decode(), err, "standard error")


# ---- without a policy ----


@suite.test
def arguments_and_variables(stage):
    done = stage.local("--env", "A=1", "--env", "B=x=y z", GUEST, "--", "say", "--help", "", "tête")
    ended(done, 0, "[errand.wasm][say][--help][][tête]{A=1}{B=x=y z}\n")
    equal(done.stderr.decode(), NOTE + "to standard error\n", "standard error")


@suite.rows([("0", 0), ("1", 1), ("8", 8), ("255", 255)])
def exit_codes(stage, code):
    ended(stage.local(GUEST, "exit", code), code, "out\n")


@suite.rows([("nothing", b""), ("a line", b"line\n"), ("a mebibyte of all bytes", bytes(range(256)) * 4096)])
def standard_input_comes_out(stage, data):
    ended(stage.local(GUEST, "copy", "-", "-", data=data), 0, data)


@suite.test
def standard_input_from_a_file(stage):
    ended(stage.local("--stdin", stage.file("input", "from a file"), GUEST, "copy", "-", "-"), 0, "from a file")


@suite.rows([("compiled", "aot"), ("interpreted", "interpret")])
def folders_by_name(stage, strategy):
    folder = stage.folder_of({"same": "same\n", "changed": "old\n", "gone": "gone\n"})
    before = (folder / "same").stat().st_ino
    ended(stage.local("--strategy", strategy, "--folder", f"{folder}::fs.dir", GUEST, "tidy", "fs.dir"), 0, "")
    equal(files_of(folder), {"same": "same\n", "changed": "new\n", "made/file": "made\n"}, "the folder afterwards")
    equal((folder / "same").stat().st_ino, before, "inode of the file that nobody changed")


@suite.test
def two_folders_are_apart(stage):
    one, two = stage.folder_of({"a": "one"}), stage.folder_of({})
    ended(stage.local("--folder", f"{one}::/in", "--folder", f"{two}::out", GUEST, "copy", "/in/a", "out/b"), 0, "")
    equal((files_of(one), files_of(two)), ({"a": "one"}, {"b": "one"}), "the folders afterwards")


@suite.test
def no_folder_no_files(stage):
    done = stage.local(GUEST, "copy", "/program/program.wasm", "-")
    check(done.returncode not in (0, 134) and done.stdout == b"", f"a program without folders read something: {done}")


@suite.test
def a_folder_is_the_users_own_after_a_trap(stage):
    folder = stage.folder_of({})
    ended(stage.local("--folder", f"{folder}::f", GUEST, "fail", "f"), 134, "before\n", "veracruz: trap: unreachable")
    equal(files_of(folder), {"left": "left\n"}, "the folder afterwards")


@suite.rows([
    ("processor time", ["cpu_seconds=1"], "limits.cpu_seconds: more than 1"),
    ("duration", ["wall_seconds=1"], "limits.wall_seconds: more than 1"),
])
def limits_end_a_run(stage, limits, text):
    options = [word for limit in limits for word in ("--limit", limit)]
    ended(stage.local(*options, GUEST, "spin"), 134, "", "veracruz: " + text)


@suite.test
def output_is_limited(stage):
    done = stage.local("--limit", "output_bytes=1000", GUEST, "copy", "-", "-", data=bytes(100000))
    check(done.returncode != 0 and len(done.stdout) <= 1000, f"{done.returncode}, {len(done.stdout)} bytes")


@suite.rows([
    ("both", [], "time random\n"),
    ("no clock", ["--no-clock"], "no time random\n"),
    ("no randomness", ["--no-randomness"], "time not random\n"),
])
def clock_and_randomness(stage, options, wanted):
    ended(stage.local(*options, GUEST, "ask"), 0, wanted)


@suite.test
def a_person_interrupts(stage):
    process = subprocess.Popen([harness.VERACRUZ, "local", "run", "--strace", "--limit", "wall_seconds=60", str(GUEST), "spin"], stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=stage.environment)
    try:
        for line in process.stderr:  # the first call: the program runs
            if b"args_" in line:
                break
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=harness.PATIENCE)
    finally:
        process.kill()
    equal((process.returncode, out), (128 + signal.SIGINT, b""), "exit code and output")
    contains(err.decode(), "veracruz: interrupted", "standard error")


@suite.test
def json_is_one_document(stage):
    done = stage.local("--json", GUEST, "exit", "3")
    ended(done, 3, err="out\n")
    run = json.loads(done.stdout)
    equal((run["state"], run["exit_code"], run["program"], run["output_bytes"]), ("exited", 3, "program", 4), "the document")
    check(run["wall_us"] > 0 and run["memory_bytes"] >= 65536, f"{run}")


@suite.test
def json_of_a_failure(stage):
    folder = stage.folder_of({})
    done = stage.local("--json", "--folder", f"{folder}::f", GUEST, "fail", "f")
    run = json.loads(done.stdout)
    equal((done.returncode, run["state"], run["reason"]), (134, "failed", "trap: unreachable"), "the document")


@suite.test
def json_of_an_error(stage):
    done = stage.local("--json", stage.path("none.wasm"))
    error = json.loads(done.stdout)["error"]
    equal((done.returncode, error["status"], error["exit_code"]), (5, "not-found", 5), "the document")


@suite.test
def calls_are_traced(stage):
    done = stage.local("--strace", GUEST, "exit", "3")
    ended(done, 3, "out\n")
    for call in ("args_get", "fd_write", "proc_exit"):
        contains(done.stderr.decode(), call + "(", "standard error")


@suite.test
def calls_are_traced_to_a_file(stage):
    trace = stage.path("trace")
    folder = stage.folder_of({"a": "a"})
    done = stage.local(f"--strace={trace}", "--folder", f"{folder}::f", GUEST, "copy", "f/a", "-")
    ended(done, 0, "a")
    equal(done.stderr.decode(), NOTE, "standard error")
    lines = trace.read_text().splitlines()
    check(any(line.startswith("path_open(") and '"a"' in line for line in lines), f"no path_open in {lines}")


@suite.rows([
    ("no file", ["none.wasm"], 5, "none.wasm: no such file"),
    ("no module", [__file__], 134, "module"),
    ("no program", [], 2, "no program: give prog.wasm, or --policy FILE"),
    ("unknown limit", ["--limit", "memory=1", GUEST], 2, 'veracruz: limits: unknown key "memory"'),
    ("limit too high", ["--limit", "memory_mib=99999", GUEST], 2, "veracruz: limits.memory_mib: 99999, at most 4096"),
    ("limit without number", ["--limit", "memory_mib=x", GUEST], 2, "limits.memory_mib: x is no number"),
    ("unknown strategy", ["--strategy", "jit", GUEST], 2, 'veracruz: strategy: "aot" or "interpret" wanted'),
    ("limit twice", ["--limit", "files=1", "--limit", "files=2", GUEST], 2, "--limit: files: given twice"),
    ("variable without name", ["--env", "=x", GUEST], 2, "--env: =x: NAME=VALUE wanted"),
    ("variable twice", ["--env", "A=1", "--env", "A=2", GUEST], 2, "--env: A: given twice"),
    ("no folder", ["--folder", "/nonexistent::f", GUEST], 5, "/nonexistent: no such folder"),
    ("no input", ["--stdin", "/nonexistent", GUEST], 5, "/nonexistent: no such file"),
    ("option of policies", ["--program", "x", GUEST], 2, "--program: only with --policy"),
    ("unknown option", ["--dir", "x", GUEST], 2, "no option --dir"),
])
def refused(stage, words, code, text):
    ended(stage.local(*words), code, "", text)


def link_out(folder):
    (folder / "x").symlink_to("/etc/passwd")


def link_within(folder):
    (folder / "sub").mkdir()
    (folder / "sub/x").symlink_to("../../../x")


def pipe(folder):
    os.mkfifo(folder / "x")


def odd_name(folder):
    (folder / "x\n").write_text("")


@suite.rows([
    ("link to an absolute path", link_out, 4, "a link that leads out of the folder"),
    ("link above the folder", link_within, 4, "a link that leads out of the folder"),
    ("pipe", pipe, 4, "neither a file nor a directory"),
    ("control character", odd_name, 2, "control character"),
])
def folders_refused(stage, make, code, text):
    folder = stage.folder_of({"a": "a"})
    make(folder)
    before = sorted(path.name for path in folder.rglob("*"))
    ended(stage.local("--folder", f"{folder}::f", GUEST, "copy", "f/a", "f/b"), code, "", text)
    equal(sorted(path.name for path in folder.rglob("*")), before, "the folder afterwards")


# ---- under a policy ----

READS = ("errand: read,list /input/", "errand: write /output/", "bank: write /input/")
COPIES = {"arguments": ["errand", "copy", "/input/a", "/output/b"]}


def with_program(files):
    return {"/program/errand.wasm": GUEST.read_bytes(), **files}


@suite.test
def regression_gives_its_coefficients(stage):
    program = harness.EXAMPLES / "linear-regression.wasm"
    people = [stage.party(name) for name in ("hospital-a", "hospital-b", "researcher")]
    policy = stage.path("policy.json")
    subprocess.run([REGRESSION / "policy.sh", *(party.certificate for party in people), program, "https://127.0.0.1:1", stage.ca(), policy],
                   check=True, env={**stage.environment, "VERACRUZ": harness.VERACRUZ}, stdout=subprocess.DEVNULL, timeout=harness.PATIENCE)
    tables = [REGRESSION / "hospital-a.csv", REGRESSION / "hospital-b.csv"]
    folder = stage.folder_of({"/program/linear-regression.wasm": program.read_bytes(),
                              **{f"/input/{table.name}": table.read_bytes() for table in tables}})
    ended(stage.local("--policy", policy, "--folder", folder), 0, "", NOTE)
    compared = subprocess.run([REGRESSION / "expected.py", *tables, "--compare", folder / "output/coefficients.csv"], capture_output=True,
                              text=True, timeout=harness.PATIENCE)
    equal(compared.returncode, 0, f"comparison\n{compared.stdout}{compared.stderr}")


@suite.test
def set_intersection_gives_its_sum(stage):
    people = [stage.party(name) for name in ("insurer", "hospital", "regulator")]
    program = harness.EXAMPLES / "psi-sum.wasm"
    policy = stage.path("policy.json")
    subprocess.run([harness.PROJECT / "examples/psi-sum/policy.sh", *(party.certificate for party in people), program,
                    "https://127.0.0.1:1", stage.ca(), policy, "2"],
                   check=True, env={**stage.environment, "VERACRUZ": harness.VERACRUZ}, stdout=subprocess.DEVNULL, timeout=harness.PATIENCE)
    folder = stage.folder_of({"/input/insurer.csv": "customer\na\nb\nc\n", "/input/hospital.csv": "customer,amount\na,1.50\nc,2.25\nd,9\n"})
    ended(stage.local("--policy", policy, "--program", "psi-sum", "--module", program, "--folder", folder), 0, "")
    equal((folder / "output/result.csv").read_text(), "customers,sum\n2,3.75\n", "result")
    check(not (folder / "program").exists(), "the program's file was written into the folder")


@suite.test
def a_policys_standard_streams_are_files(stage):
    policy = stage.written({"arguments": ["errand", "say", "it"], "environment": {"A": "1"}, "stdout": "/output/log"}, READS)
    folder = stage.folder_of(with_program({}))
    ended(stage.local("--policy", policy, "--folder", folder), 0, "", NOTE)
    equal((folder / "output/log").read_text(), "[errand][say][it]{A=1}\n", "the log")


@suite.test
def only_what_the_policy_knows_is_read_and_written(stage):
    policy = stage.written(COPIES, READS)
    folder = stage.folder_of(with_program({"/input/a": "a", "/notes": "mine", "/output/old": "old"}))
    (folder / "link").symlink_to("/etc/passwd")
    ended(stage.local("--policy", policy, "--folder", folder), 0, "")
    equal((folder / "output/b").read_text(), "a", "the output")
    equal(((folder / "notes").read_text(), (folder / "output/old").read_text()), ("mine", "old"), "what was there")


@suite.test
def what_lies_where_streams_are_is_not_looked_at(stage):
    """No container can have files there, whatever tree of files the program may read and write."""
    policy = stage.written(COPIES, (*READS, "errand: read,write /"), storage={"bytes": 1 << 30, "file_bytes": 1 << 20})
    folder = stage.folder_of(with_program({"/input/a": "a", "/stream/large": "a" * (1 << 21)}))
    (folder / "stream/out").symlink_to("/etc/passwd")
    ended(stage.local("--policy", policy, "--folder", folder), 0, "")
    equal((folder / "output/b").read_text(), "a", "the output")
    reads = stage.written({"arguments": ["errand", "copy", "/stream/small", "/output/c"]}, (*READS, "errand: read,write /"))
    (folder / "stream/small").write_text("b")
    done = stage.local("--policy", reads, "--folder", folder)
    check(done.returncode not in (0, 134) and not (folder / "output/c").exists(), f"{done}")


@suite.test
def a_failed_run_publishes_nothing(stage):
    policy = stage.written({"arguments": ["errand", "fail", "/output"]}, READS)
    folder = stage.folder_of(with_program({}))
    ended(stage.local("--policy", policy, "--folder", folder, "--json"), 134, err="trap: unreachable")
    check(not (folder / "output").exists(), "outputs of a failed run")


@suite.test
def no_right_no_file(stage):
    policy = stage.written({"arguments": ["errand", "copy", "/secret/a", "/output/b"]}, (*READS, "shop: write,read /secret/"))
    folder = stage.folder_of(with_program({"/secret/a": "a"}))
    done = stage.local("--policy", policy, "--folder", folder)
    check(done.returncode not in (0, 134), f"{done}")
    check(not (folder / "output").exists(), "outputs without input")


@suite.test
def a_link_left_by_one_run_opens_nothing_to_the_next(stage):
    rights = ("errand: read,write /output/", "shop: write,read /secret/")
    folder = stage.folder_of(with_program({"/secret/a": "secret", "/notes": "mine"}))
    for target, end in ("../secret/a", 1), ("../notes", 2):
        leaves = stage.written({"arguments": ["errand", "link", target, f"/output/{end}"]}, rights)
        ended(stage.local("--policy", leaves, "--folder", folder), 0, "")
        equal((folder / f"output/{end}").readlink(), pathlib.Path(target), "the link")
        copies = stage.written({"arguments": ["errand", "copy", f"/output/{end}", "/output/stolen"]}, rights)
        done = stage.local("--policy", copies, "--folder", folder)
        check(done.returncode not in (0, 134), f"{done}")
        check(not (folder / "output/stolen").exists(), f"what lies at {target} came out")


@suite.test
def of_several_programs_one_is_named(stage):
    service = type("Service", (), {"url": "https://127.0.0.1:1", "ca": stage.ca()})
    policy = stage.policy(list(stage.people.values()), {"one": (GUEST, COPIES), "two": (GUEST, COPIES)},
                          ["bank: execute /program/one.wasm"], attestation=service).path
    folder = stage.folder_of({})
    ended(stage.local("--policy", policy, "--folder", folder), 2, "", "the policy has 2 programs: say --program NAME")
    ended(stage.local("--policy", policy, "--folder", folder, "--program", "three"), 5, "", "programs: none is named three")
    ended(stage.local("--policy", policy, "--folder", folder, "--program", "two"), 4, "", "rights: nobody may execute /program/two.wasm")


def wrong_program(folder):
    (folder / "program/errand.wasm").write_bytes(GUEST.read_bytes() + b"\0")


def no_program(folder):
    (folder / "program/errand.wasm").unlink()


def no_input(folder):
    (folder / "input/a").unlink()


def large_file(folder):
    (folder / "input/large").write_bytes(bytes(2 << 20))


def outward_link(folder):
    (folder / "input/a").unlink()
    (folder / "input/a").symlink_to("/etc/hostname")


@suite.rows([
    ("program of another digest", wrong_program, 7, "program/errand.wasm: its SHA-256 is"),
    ("program not there", no_program, 5, "give --module FILE"),
    ("file too large", large_file, 6, "input/large: storage.file_bytes"),
    ("link out of the folder", outward_link, 4, "input/a: a link that leads out of the folder"),
])
def folders_refused_under_a_policy(stage, make, code, text):
    policy = stage.written(COPIES, READS, storage={"bytes": 1 << 30, "file_bytes": 1 << 20})
    folder = stage.folder_of(with_program({"/input/a": "a"}))
    make(folder)
    ended(stage.local("--policy", policy, "--folder", folder), code, "", text)
    check(not (folder / "output").exists(), "outputs of a refused run")


@suite.test
def a_program_without_its_input_ends_as_it_likes(stage):
    policy = stage.written(COPIES, READS)
    folder = stage.folder_of(with_program({"/input/a": "a"}))
    no_input(folder)
    done = stage.local("--policy", policy, "--folder", folder)
    check(done.returncode not in (0, 134), f"{done}")


@suite.test
def standard_input_that_is_not_there(stage):
    policy = stage.written({**COPIES, "stdin": "/input/query"}, READS)
    folder = stage.folder_of(with_program({"/input/a": "a"}))
    ended(stage.local("--policy", policy, "--folder", folder), 134, "", "stdin: /input/query")


@suite.test
def a_pinned_file_has_its_digest(stage):
    policy = stage.written(COPIES, READS, pins={"/input/a": "1" * 64})
    folder = stage.folder_of(with_program({"/input/a": "a"}))
    ended(stage.local("--policy", policy, "--folder", folder), 7, "", "input/a: its SHA-256 is")


@suite.test
def an_expired_policy_is_refused(stage):
    policy = stage.written(COPIES, READS, expires=harness.in_days(-1))
    folder = stage.folder_of(with_program({"/input/a": "a"}))
    ended(stage.local("--policy", policy, "--folder", folder), 4, "", "expires: the policy ended at")


@suite.rows([
    ("not a policy", "{}", [], 2, "version"),
    ("limits", None, ["--limit", "memory_mib=1"], 2, "--limit: with --policy, the policy says that"),
    ("a program's file", None, [GUEST], 2, "say --program NAME"),
    ("a folder with a name", None, ["--folder", ".::x"], 2, "--folder: with --policy there is one"),
    ("somebody unknown", None, ["--as", "nobody"], 5, "principals: none is named nobody"),
    ("somebody who may not", None, ["--as", "shop"], 4, "rights: the shop has no right to execute"),
])
def refused_under_a_policy(stage, text_of_policy, words, code, text):
    policy = stage.file("policy.json", text_of_policy) if text_of_policy else stage.written(COPIES, READS)
    folder = stage.folder_of(with_program({"/input/a": "a"}))
    folders = [] if "--folder" in words else ["--folder", folder]
    ended(stage.local("--policy", policy, *folders, *words), code, "", text)


@suite.test
def as_anybody_else_too(stage):
    """Not as root: what root can do anybody can, who may start containers."""
    if os.geteuid() != 0:
        return
    if os.stat("/dev/null").st_mode & 0o006 != 0o006:
        raise Skip("/dev/null is root's alone here, and no worker of anybody else starts")
    folder = stage.folder_of({"a": "a"})
    for path in (stage.folder, folder, folder / "a"):
        os.chown(path, 65534, 65534)
    command = [harness.VERACRUZ, "local", "run", "--folder", f"{folder}::f", str(GUEST), "copy", "f/a", "f/b"]
    done = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, env=stage.environment, user=65534, group=65534,
                          extra_groups=[], timeout=harness.PATIENCE)
    ended(done, 0, "")
    equal((folder / "b").stat().st_uid, 65534, "owner of the file that was made")


STREAMS = harness.GUESTS / "streams.wasm"


def streaming(stage, words, settings=None, more=None, **streams):
    """A policy with one program, which reads `in` and writes `out`; the shop has the other ends."""
    shop = {"principal": "shop"}
    ends = {"in": {"producer": shop, "consumers": [{"program": "errand"}], **streams.get("input", {})},
            "out": {"producer": {"program": "errand"}, "consumers": [shop], "partial": True, **streams.get("output", {})}, **(more or {})}
    policy = stage.written({"arguments": ["streams", *words], **(settings or {})}, ["errand: read,write /state/"], streams=ends)
    text = policy.read_text().replace(hashlib.sha256(GUEST.read_bytes()).hexdigest(), hashlib.sha256(STREAMS.read_bytes()).hexdigest())
    policy.write_text(text)
    return policy


BOUND = {"stdin": "/stream/in", "stdout": "/stream/out"}
LINES = b"".join(b"line %d\n" % number for number in range(50_000))


@suite.rows([
    ("standard streams", ["upper"], BOUND, [], {}),
    ("standard streams, said", ["upper"], BOUND, ["--stream", "in=-", "--stream", "out=-"], {}),
    ("interpreted", ["copy"], {**BOUND, "strategy": "interpret"}, [], {}),
    ("not before the end is proven", ["copy"], BOUND, [], {"output": {"partial": False}}),
    ("records", ["copy"], BOUND, [], {"input": {"records": "lines"}, "output": {"records": "lines", "partial": True}}),
    ("by their paths", ["between", "/stream/in", "/stream/out"], {}, ["--stream", "in=-", "--stream", "out=-"], {}),
])
def a_filter_under_a_policy(stage, words, settings, options, ends):
    policy = streaming(stage, words, settings, **ends)
    done = stage.local("--policy", policy, "--folder", stage.folder_of({}), "--module", STREAMS, *options, data=LINES)
    ended(done, 0)
    equal(done.stdout, LINES.upper() if words == ["upper"] else LINES, "what came out")


@suite.test
def streams_from_and_to_files(stage):
    source, target = stage.file("source", LINES), stage.path("target")
    policy = streaming(stage, ["copy"], BOUND)
    ended(stage.local("--policy", policy, "--folder", stage.folder_of({}), "--module", STREAMS, "--stream", f"in={source}",
                      "--stream", f"out={target}"), 0, b"")
    equal(target.read_bytes(), LINES, "the file")


@suite.test
def bytes_go_through_while_more_may_come(stage):
    policy = streaming(stage, ["copy"], BOUND)
    command = [harness.VERACRUZ, "local", "run", "--policy", policy, "--folder", stage.folder_of({}), "--module", STREAMS]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=stage.environment) as process:
        for number in range(100):
            line = b"line %d\n" % number
            process.stdin.write(line)
            process.stdin.flush()
            equal(process.stdout.readline(), line, "what came before the next was given")
        process.stdin.close()
        equal(process.stdout.read(), b"", "the rest")
        equal(process.wait(harness.PATIENCE), 0, "exit code")


@suite.rows([
    ("neither given nor a standard stream", ["between", "/stream/in", "/stream/out"], {}, [], 2, "say --stream in=FILE"),
    ("of no stream", ["copy"], BOUND, ["--stream", "none=-"], 2, "of a stream of the program"),
    ("given twice", ["copy"], BOUND, ["--stream", "in=-", "--stream", "in=-"], 2, "given twice"),
    ("a file that is not there", ["copy"], BOUND, ["--stream", "in=/nowhere/at-all"], 5, "no such file"),
    ("a line that is too long", ["sloppy"], BOUND, [], 134, "stream in was lost: "),
    ("an output that ends in a record", ["copy"], BOUND, [], 134, "in the middle of the record"),
    ("more than may wait for the end", ["copy"], BOUND, [], 10, "exited with code 10"),
])
def streams_refused(stage, words, settings, options, code, text):
    ends, data = {}, LINES
    if words == ["sloppy"]:
        ends, data = {"input": {"records": "lines", "record_bytes": 100}}, b"x" * 200
    elif code == 134 and "middle" in text:
        ends, data = {"output": {"records": "lines", "partial": True}}, b"no newline"
    elif code == 10:
        ends, data = {"output": {"partial": False, "window_bytes": 65536}}, LINES
    policy = streaming(stage, words, settings, **ends)
    done = stage.local("--policy", policy, "--folder", stage.folder_of({}), "--module", STREAMS, *options, data=data)
    ended(done, code)
    contains(done.stderr.decode(), text, "why")


@suite.test
def a_reader_that_goes_away(stage):
    policy = streaming(stage, ["line", "write"], BOUND)
    command = [harness.VERACRUZ, "local", "run", "--policy", policy, "--folder", stage.folder_of({}), "--module", STREAMS]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=stage.environment) as process:
        process.stdin.write(b"again\n")
        process.stdin.flush()
        equal(process.stdout.readline(), b"again\n", "the first line")
        process.stdout.close()
        process.stdin.close()
        contains(process.stderr.read().decode(), "standard output", "what is said of it")
        equal(process.wait(harness.PATIENCE), 1, "exit code")


@suite.test
def interrupted_in_a_stream(stage):
    policy = streaming(stage, ["copy"], BOUND)
    command = [harness.VERACRUZ, "local", "run", "--policy", policy, "--folder", stage.folder_of({}), "--module", STREAMS]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=stage.environment) as process:
        process.stdin.write(b"first\n")
        process.stdin.flush()
        equal(process.stdout.readline(), b"first\n", "the first line")
        process.send_signal(signal.SIGINT)
        contains(process.stderr.read().decode(), "interrupted", "why")
        equal(process.wait(harness.PATIENCE), 128 + signal.SIGINT, "exit code")


@suite.test
def a_state_that_is_kept_between_runs(stage):
    folder = stage.folder_of({})
    policy = streaming(stage, ["total", "/state/total"], BOUND)
    for data, wanted in ((b"1\n2\n", b"3\n"), (b"10\n", b"13\n"), (b"", b"13\n")):
        ended(stage.local("--policy", policy, "--folder", folder, "--module", STREAMS, data=data), 0, wanted)

if __name__ == "__main__":
    suite.main()
