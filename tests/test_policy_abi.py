#!/usr/bin/env python3
"""What a program in a container asks about the policy, in calls and in /veracruz/policy.json, and how it narrows it: for all, and for its
run alone. Under `veracruz local run`, too. The program does what a script says (tests/guests/policy_user.c)."""

import json
import re
import subprocess
import time

import curl
import harness
from tap import Suite, check, contains, equal

GUEST = harness.GUESTS / "policy_user.wasm"
ACCES, INVAL, NOENT, NOTDIR = 2, 28, 44, 54  # of WASI
LIMITS = {"memory_mib": 16, "stack_kib": 512, "cpu_seconds": 40, "wall_seconds": 50, "files": 16, "open_files": 20, "processes": 4,
          "output_bytes": 1048576, "written_bytes": 2097152}
RIGHTS = [
    "eve: write,execute /program/split.wasm", "eve: write,execute /program/other.wasm", "eve: read,write,delete /input/script", "eve: read /output/split.txt", "eve: read /output/other.txt",
    "alice: read,write /input/alice/", "alice: read /shares/", "bob: read /shares/",
    "carol: write /private/in", "carol: read /private/", "dave: read /elsewhere/",
    "split: read,list /input/", "split: write,list,delete /shares/", "split: write /output/split.txt",
    "other: read /input/", "other: read /shares/", "other: write /output/other.txt",
    "third: read /private/in",
]
NARROWING = [{"program": "split", "may": ["take", "read_once"], "path": "/shares/"},
             {"program": "split", "may": ["freeze_inputs"]},
             {"program": "split", "may": ["take_stream"], "streams": ["prices"]}]
STREAMS = {"prices": {"producer": {"principal": "alice"}, "consumers": [{"program": "split"}, {"principal": "bob"}]},
           "secrets": {"producer": {"principal": "carol"}, "consumers": [{"principal": "dave"}]}}


def compact(value):
    return json.dumps(value, separators=(",", ":"))


def take(path, may=("read",), **who):
    return compact({"take": {"may": list(may), "path": path, **who}})


class World(harness.Stage):
    def prepare(self):
        names = ("alice", "bob", "carol", "dave", "eve")
        self.people = {name: self.party(name) for name in names}
        self.shared = self.fresh()

    def rules(self, **changes):
        settings = {"progress": True, "limits": LIMITS}
        programs = {name: (GUEST, {**settings, "arguments": [name, "/input/script"], "stdout": f"/output/{name}.txt"})
                    for name in ("split", "other")}
        programs["third"] = (GUEST, {})
        policy = {"streams": STREAMS, "narrowing": NARROWING, "lifecycle": {"runs": [{"program": "split", "at_most": 1000}]}, **changes}
        return self.policy(list(self.people.values()), programs, RIGHTS, **policy)

    def fresh(self, **changes):
        """A container of a test's own, with its programs, an input of alice's, and what splits write."""
        container = self.serving(self.rules(**changes))
        for name in ("split", "other"):
            self.put(container, "eve", f"/program/{name}.wasm", GUEST.read_bytes())
        self.put(container, "alice", "/input/alice/data", b"seven77")
        return container

    def ask(self, container, who, method, target, *options, body=None):
        return curl.request(container, self.people[who], method, target, *options, body=body)

    def put(self, container, who, path, body):
        answer = self.ask(container, who, "PUT", "/v1/files" + path, body=body)
        check(answer.status in (200, 201, 204), f"put of {path}: {answer.status} {answer.body}")

    def get(self, container, who, path):
        answer = self.ask(container, who, "GET", "/v1/files" + path)
        return answer.status, answer.body

    def begin(self, container, script, program="split"):
        self.put(container, "eve", "/input/script", "\n".join(script).encode())
        answer = self.ask(container, "eve", "POST", "/v1/runs", body=json.dumps({"program": program}).encode())
        check(answer.status in (200, 201), f"start: {answer.status} {answer.body}")
        return answer.json()["id"]

    def follow(self, container, run):
        while True:
            answer = self.ask(container, "eve", "GET", f"/v1/runs/{run}", "--header", "prefer: wait=30").json()
            if answer["state"] not in ("queued", "compiling", "running"):
                return answer

    def run(self, container, *script, program="split"):
        """What came of each line: errno and answer."""
        run = self.follow(container, self.begin(container, script, program))
        equal((run["state"], run.get("exit_code")), ("exited", 0), f"end of {run}")
        return self.results(self.get(container, "eve", f"/output/{program}.txt")[1].decode(), script)

    @staticmethod
    def results(text, script):
        lines = text.splitlines()
        equal(len(lines), len(script), f"lines of {text}")
        found = []
        for line, wanted in zip(lines, script):
            check(line.startswith(wanted + " -> "), f"{line} is not about {wanted}")
            error, answer = line[len(wanted) + 4:].split(" ", 1)
            found.append((int(error), answer))
        return found


suite = Suite(World)

# ---- questions ----

EXPIRES = "2030-01-02T03:04:05Z"


def self_of(run, program="split"):
    return {"program": program, "run": run, "node": "", "incarnation": 0, "started_by": "eve"}


QUESTIONS = [
    ("principals", {"principals": ["alice", "bob", "eve"]}),
    ("receivers /shares/1", {"path": "/shares/1", "principals": ["alice", "bob"], "programs": ["other"]}),
    ("receivers /shares/../shares//2/", {"path": "/shares/2", "principals": ["alice", "bob"], "programs": ["other"]}),
    ("receivers /input/alice/data", {"path": "/input/alice/data", "principals": ["alice"], "programs": ["split", "other"]}),
    ("receivers /stream/prices", {"path": "/stream/prices", "principals": ["bob"], "programs": ["split"]}),
    ("receivers /private/in", ACCES),
    ("receivers /private/none", ACCES),
    ("receivers /stream/secrets", ACCES),
    ("receivers /stream/none", ACCES),
    ("may bob read /shares/1", {"may": True}),
    ("may bob write /shares/1", {"may": False}),
    ("may program:other read /shares/1", {"may": True}),
    ("may program:split delete /shares/1", {"may": True}),
    ("may alice write /stream/prices", {"may": True}),
    ("may eve execute /program/split.wasm", {"may": True}),
    ("may alice execute /program/split.wasm", {"may": False}),
    ("may carol read /shares/1", NOENT),
    ("may dave read /shares/1", NOENT),
    ("may nobody read /shares/1", NOENT),
    ("may program:third read /shares/1", NOENT),
    ("may program:nothing read /shares/1", NOENT),
    ("may carol read /private/in", ACCES),
    ("may nobody read /private/in", ACCES),
    ("may bob eat /shares/1", INVAL),
    ("may bob read shares/1", INVAL),
    ("receivers", INVAL),
    ("who", INVAL),
    ("self ", INVAL),
]


@suite.test
def questions(world):
    lines = [f"ask {question}" for question, _ in QUESTIONS]
    for (question, wanted), (error, answer) in zip(QUESTIONS, world.run(world.shared, *lines)):
        if isinstance(wanted, int):
            equal((error, answer), (wanted, ""), question)
        else:
            equal((error, answer), (0, compact(wanted)), question)


@suite.test
def what_the_container_knows(world):
    container = world.fresh(expires=EXPIRES)
    script = ["ask self", "ask policy", "ask inputs", "ask limits"]
    world.run(container, *script)
    (_, who), (_, policy), (_, inputs), (_, limits) = world.run(container, *script)
    equal(who, compact(self_of(2)), "self")
    told = json.loads(policy)
    equal(policy, compact({"name": "test", "sha256": container.policy.hash.hex(), "expires": EXPIRES, "in_force": told["in_force"]}), "policy")
    check(re.fullmatch("[0-9a-f]{64}", told["in_force"]), policy)
    size = len("\n".join(script))
    equal(inputs, compact({"inputs": [{"path": "/input/alice/data", "bytes": 7, "given_by": {"principal": "alice"}},
                                      {"path": "/input/script", "bytes": size, "given_by": {"principal": "eve"}}]}), "inputs")
    equal(limits, compact({"limits": LIMITS, "runs_left": 998, "expires": EXPIRES}), "limits")


@suite.test
def who_gave_what_was_made(world):
    container = world.fresh()
    world.run(container, "write /shares/1")
    (error, answer), = world.run(container, "cat /veracruz/policy.json", program="other")
    equal(error, 0, "the document")
    files = {file["path"]: file.get("given_by") for file in json.loads(answer)["inputs"]}
    equal(files["/shares/1"], {"program": "split"}, f"{files}")


@suite.test
def helpers(world):
    found = world.run(world.shared, "may bob read /shares/1", "may bob write /shares/1", "may carol read /shares/1", "may bob read /private/in",
                      f"may bob read /{'x' * 3000}")
    equal(found, [(0, "1"), (0, "0"), (NOENT, "-1"), (ACCES, "-1"), (INVAL, "-1")], "vz_may")


@suite.test
def pointers_out_of_memory(world):
    container = world.fresh()
    (found,) = world.run(container, "bad")
    equal(found, (0, "10 faults, 7"), "pointers")
    world.put(container, "alice", "/input/alice/data", b"nothing was frozen")


# ---- the file ----


@suite.test
def the_document(world):
    script = ["ask self", "ask policy", "ask principals", "ask inputs", "ask limits", "cat /veracruz/policy.json"]
    found = world.run(world.shared, *script)
    equal([error for error, _ in found], [0] * 6, "errors")
    who, policy, principals, inputs, limits, document = [json.loads(answer) for _, answer in found]
    readers = {"principals": ["alice", "bob"], "programs": ["other"]}
    nobody = {"principals": [], "programs": []}
    wanted = {"self": who, "policy": policy, **principals,
              "rights": [{"may": ["read", "list"], "path": "/input/", "receivers": {"principals": [], "programs": ["split", "other"]}},
                         {"may": ["write", "list", "delete"], "path": "/shares/", "receivers": readers},
                         {"may": ["write"], "path": "/output/split.txt", "receivers": {**nobody, "principals": ["eve"]}}],
              "streams": [{"may": ["read"], "path": "/stream/prices", "receivers": {"principals": ["bob"], "programs": ["split"]}}],
              **inputs, **limits}
    equal(found[5][1], compact(wanted), "document")
    for stranger in ("carol", "dave", "third", "secrets", "private"):
        check(stranger not in found[5][1], f"{stranger} is in {document}")


@suite.test
def nothing_else_is_there(world):
    found = world.run(world.shared, "list /veracruz", "write /veracruz/policy.json", "write /veracruz/other", "remove /veracruz/policy.json",
                      "open /veracruz/other", "open /veracruz/policy.json/", "open /veracruz/policy.json")
    equal(found, [(0, ". .. policy.json "), (ACCES, ""), (ACCES, ""), (ACCES, ""), (ACCES, ""), (NOTDIR, ""), (0, "")], "what can be done")
    for method in ("GET", "PUT", "DELETE"):
        status = world.ask(world.shared, "eve", method, "/v1/files/veracruz/policy.json", body=b"x" if method == "PUT" else None).status
        equal(status, 403, f"{method} by a principal")


@suite.test
def a_stage_of_a_pipeline(world):
    rights = [{"may": ["read"], "path": "/input/script"}, {"may": ["write"], "path": "/output/split.txt"}]
    container = world.fresh(pipelines={"nightly": {"principals": ["bob"], "stages": [{"name": "only", "program": "split", "rights": rights}]}})
    script = ["ask self", "cat /veracruz/policy.json", "open /input/alice/data", "write /shares/1", "ask principals"]
    world.put(container, "eve", "/input/script", "\n".join(script).encode())
    answer = world.ask(container, "bob", "POST", "/v1/pipelines", "--header", "prefer: wait=30", body=b'{"pipeline":"nightly"}')
    check(answer.status in (200, 201), f"{answer.status} {answer.body}")
    found = world.results(world.get(container, "eve", "/output/split.txt")[1].decode(), script)
    equal(found[0], (0, compact({**self_of(1), "started_by": "bob", "pipeline": "nightly", "stage": "only"})), "self")
    document = json.loads(found[1][1])
    equal([(right["may"], right["path"]) for right in document["rights"]], [(["read"], "/input/script"), (["write"], "/output/split.txt")], "rights")
    equal([file["path"] for file in document["inputs"]], ["/input/script"], "inputs")
    equal([error for error, _ in found], [0, 0, ACCES, ACCES, 0], f"{found}")


# ---- narrowing, for everybody ----


@suite.test
def shares_are_for_one(world):
    container = world.fresh()
    script = ["write /shares/1", "write /shares/2", "keep /veracruz/policy.json", "ask policy", "only /shares/1 alice", "only /shares/2 bob",
              "only /shares/2 bob", "ask receivers /shares/1", "ask receivers /shares/2", "may bob read /shares/1", "ask policy", "kept",
              "cat /veracruz/policy.json"]
    found = world.run(container, *script)
    equal([error for error, _ in found], [0] * len(script), f"{found}")
    by = dict(zip(script, (answer for _, answer in found)))
    equal(by["ask receivers /shares/1"], compact({"path": "/shares/1", "principals": ["alice"], "programs": []}), "who reads 1")
    equal(by["ask receivers /shares/2"], compact({"path": "/shares/2", "principals": ["bob"], "programs": []}), "who reads 2")
    equal(by["may bob read /shares/1"], "0", "bob")
    before, after = json.loads(found[3][1]), json.loads(found[10][1])
    check(before["in_force"] != after["in_force"], f"{before} {after}")
    equal(json.loads(by["kept"])["policy"], before, "the file as it was opened")
    equal(json.loads(by["cat /veracruz/policy.json"])["policy"], after, "the file as it is opened then")
    for who, share, status in (("alice", 1, 200), ("bob", 1, 403), ("alice", 2, 403), ("bob", 2, 200)):
        equal(world.get(container, who, f"/shares/{share}")[0], status, f"{who}, share {share}")
    (other,) = world.run(container, "open /shares/1", program="other")
    equal(other, (ACCES, ""), "another program")


@suite.test
def read_once(world):
    container = world.fresh()
    found = world.run(container, "write /shares/1", "write /shares/2", "once /shares/1")
    equal([error for error, _ in found], [0] * 3, f"{found}")
    for who in ("alice", "bob"):
        equal([world.get(container, who, "/shares/1") for _ in range(2)][0], (200, b"x"), f"{who}'s first time")
        equal(world.get(container, who, "/shares/1")[0], 403, f"{who} again")
        equal([world.get(container, who, "/shares/2")[0] for _ in range(2)], [200, 200], f"{who}, another file")


@suite.test
def answers_of_narrowings(world):
    container = world.fresh()
    lines = [(take("/shares/3", **{"from": [{"principal": "bob"}]}), {"changed": True}),
             (take("/shares/3", **{"from": [{"principal": "bob"}]}), {"changed": False}),
             (take("/shares//./3", ("read",), from_all_but=[{"principal": "alice"}, {"program": "other"}]), {"changed": False}),
             (compact({"take_stream": {"stream": "prices", "from": [{"principal": "bob"}]}}), {"changed": True}),
             (compact({"freeze_inputs": True}), {"changed": True}),
             (compact({"freeze_inputs": True}), {"changed": False})]
    for (line, wanted), found in zip(lines, world.run(container, *[f"narrow {line}" for line, _ in lines])):
        equal(found, (0, compact(wanted)), line)
    equal(world.ask(container, "alice", "PUT", "/v1/files/input/alice/data", body=b"late").status, 409, "inputs are frozen")


UNKNOWN = "narrowing: no such name among those that the program may know"
REFUSALS = [
    (take("/input/alice/", **{"from": [{"principal": "alice"}]}), ACCES, "narrowing: "),
    (take("/shares/", **{"from": [{"principal": "carol"}]}), NOENT, UNKNOWN),
    (take("/shares/", **{"from": [{"principal": "nobody"}]}), NOENT, UNKNOWN),
    (take("/shares/", from_all_but=[{"program": "third"}]), NOENT, UNKNOWN),
    (take("/shares/", from_all_but=[{"program": "nothing"}]), NOENT, UNKNOWN),
    (compact({"take_stream": {"stream": "secrets", "from": [{"program": "split"}]}}), NOENT, UNKNOWN),
    (compact({"take_stream": {"stream": "nothing", "from": [{"program": "split"}]}}), NOENT, UNKNOWN),
    (compact({"withdraw": {"program": "split"}}), ACCES, "narrowing: "),
    (compact({"withdraw": {"program": "third"}}), NOENT, UNKNOWN),
    (compact({"expires": "2027-01-01T00:00:00Z"}), ACCES, "narrowing: "),
    (compact({"runs": {"program": "split", "at_most": 0}}), ACCES, "narrowing: "),
    (compact({"give": {}}), INVAL, ""),
    ("{}", INVAL, ""),
    ("nothing", INVAL, ""),
    (take("/shares/", ()), INVAL, "take.may"),
    (take("/shares/", ("eat",), **{"from": [{"principal": "bob"}]}), INVAL, "take.may"),
    (take("/shares/", ("read",), **{"from": []}), INVAL, "take.from"),
    ('{"freeze_inputs":true,"freeze_inputs":true}', INVAL, ""),
    ('{"freeze_inputs":false}', INVAL, ""),
]
REFUSED_TO_RUNS = [
    (take("/shares/", **{"from": [{"principal": "bob"}]}), ACCES, "narrowing: "),
    (take("/shares/", from_all_but=[]), ACCES, "narrowing: "),
    (compact({"freeze_inputs": True}), ACCES, "narrowing: "),
    (compact({"read_once": {"path": "/shares/1"}}), ACCES, "narrowing: "),
    (compact({"limits": {"program": "third", "cpu_seconds": 1}}), NOENT, UNKNOWN),
    ("{}", INVAL, ""),
]


@suite.test
def refusals_change_nothing(world):
    script = ["ask policy", *[f"narrow {line}" for line, _, _ in REFUSALS], *[f"narrow-run {line}" for line, _, _ in REFUSED_TO_RUNS],
              "ask policy"]
    found = world.run(world.shared, *script)
    equal(found[0], found[-1], "what is in force")
    for (line, error, why), (got, answer) in zip(REFUSALS + REFUSED_TO_RUNS, found[1:-1]):
        equal(got, error, f"{line}: {answer}")
        reason = json.loads(answer)
        equal(list(reason), ["refused"], line)
        contains(reason["refused"], why, line)


# ---- narrowing, for one run ----


def await_percent(world, container, run):
    """Looks at a run until it reports something; a run that ends first has failed the test."""
    while True:
        state = world.ask(container, "eve", "GET", f"/v1/runs/{run}").json()
        if state.get("percent"):
            return
        check(state["state"] in ("queued", "compiling", "running"), f"{state}")
        time.sleep(0.02)  # between looks


@suite.test
def a_run_gives_up_for_itself(world):
    container = world.fresh(lifecycle={})
    script = ["cat /input/alice/data", "keep /input/alice/data", "give /input/alice/", "open /input/alice/data", "kept", "open /input/script",
              "ask receivers /input/alice/data", "ask policy"]
    found = world.run(container, *script)
    equal(found[:6], [(0, "seven77"), (0, ""), (0, ""), (ACCES, ""), (0, "seven77"), (0, "")], f"{found}")
    equal(found[6][1], compact({"path": "/input/alice/data", "principals": ["alice"], "programs": ["other"]}), "who reads it")
    again = world.run(container, "cat /input/alice/data", "ask policy")
    equal(again[0], (0, "seven77"), "the next run")
    equal(again[1], found[7], "what is in force in the container")


@suite.test
def siblings_keep_what_a_run_gave_up(world):
    container = world.fresh()
    first = world.begin(container, ["give /input/alice/", "open /input/alice/data", "progress 50", "spin"])
    await_percent(world, container, first)
    found = world.run(container, "cat /input/alice/data")
    equal(found, [(0, "seven77")], "a sibling")
    equal(world.ask(container, "eve", "GET", f"/v1/runs/{first}").json()["state"], "running", "the one that gave it up")
    equal(world.ask(container, "eve", "DELETE", f"/v1/runs/{first}").status, 204, "its end")
    equal(world.run(container, "cat /input/alice/data"), [(0, "seven77")], "after its end")


@suite.test
def limits_of_a_run(world):
    lower = compact({"limits": {"program": "split", "cpu_seconds": 3}})
    higher = compact({"limits": {"program": "split", "cpu_seconds": 30}})
    found = world.run(world.shared, f"narrow-run {lower}", f"narrow-run {higher}", "ask limits")
    equal(found[:2], [(0, compact({"changed": True})), (0, compact({"changed": False}))], "limits of the run")
    equal(json.loads(found[2][1])["limits"], {**LIMITS, "cpu_seconds": 3}, "limits")
    equal(json.loads(world.run(world.shared, "ask limits")[0][1])["limits"], LIMITS, "of the next run")


# ---- without a container ----




@suite.test
def outside_of_a_container(world):
    script = ["ask self", "ask principals", "ask receivers /shares/1", "none /shares/1", "ask receivers /shares/1", "give /input/alice/",
              "open /input/alice/data", "open /veracruz/policy.json"]
    folder = world.path("folder")
    (folder / "input/alice").mkdir(parents=True)
    (folder / "input/alice/data").write_bytes(b"seven77")
    (folder / "input/script").write_text("\n".join(script))
    (folder / "program").mkdir()
    (folder / "program/split.wasm").write_bytes(GUEST.read_bytes())
    done = subprocess.run([harness.VERACRUZ, "local", "run", "--policy", world.shared.policy.path, "--program", "split", "--as", "eve", "--folder", folder,
                           "--stream", f"prices={world.file('prices', '')}"],
                          capture_output=True, stdin=subprocess.DEVNULL, env=world.environment, timeout=harness.PATIENCE)
    equal(done.returncode, 0, f"{done.stdout} {done.stderr}")
    found = world.results((folder / "output/split.txt").read_text(), script)
    equal(found[0], (0, compact(self_of(1))), "self")
    equal(found[1], (0, compact({"principals": ["alice", "bob", "eve"]})), "principals")
    equal(found[3], (0, ""), "narrowing, which no journal writes down")
    equal(json.loads(found[4][1]), {"path": "/shares/1", "principals": [], "programs": []}, "then")
    equal(found[5:], [(0, ""), (ACCES, ""), (0, "")], "given up")


@suite.test
def without_a_policy_of_ones_own(world):
    script = ["ask self", "ask principals", "ask policy", "ask receivers /elsewhere", "narrow-run {}", "open /veracruz/policy.json"]
    done = subprocess.run([harness.VERACRUZ, "local", "run", "--stdin", world.file("script", "\n".join(script)), GUEST, "--", "/dev/stdin"],
                          capture_output=True, text=True, env=world.environment, timeout=harness.PATIENCE)
    equal(done.returncode, 0, done.stderr)
    found = world.results(done.stdout, script)
    equal([error for error, _ in found], [0, 0, 0, ACCES, INVAL, NOENT], f"{found}: it has no directory that leads there")
    equal(found[0][1], compact({**self_of(1, "program"), "started_by": "local"}), "self")
    equal(found[1][1], compact({"principals": ["local"]}), "principals")


if __name__ == "__main__":
    suite.main()
