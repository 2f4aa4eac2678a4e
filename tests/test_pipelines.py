#!/usr/bin/env python3
"""Pipelines of a policy: what follows what, what a stage may touch, who may start, see and end one; in containers and without."""

import json
import random
import signal
import subprocess
import xml.etree.ElementTree

import curl
import harness
from tap import Suite, check, contains, equal

WASM = harness.GUESTS / "stages.wasm"
WAIT = ["--header", f"prefer: wait={harness.PATIENCE}"]
EACCES, ENOENT, WRITING = 2, 44, 100  # as WASI numbers them; stages.c adds the last to what it may not write


def stage(name, *arguments, program="worker", **more):
    return {"name": name, "program": program, "arguments": ["stages", *map(str, arguments)], **more}


def right(path, *may):
    return {"may": list(may), "path": path}


def meeting(first, second, after):
    """Two stages of which neither ends before the other has begun."""
    return [stage(first, "meet", "/stream/ping", "/stream/pong", program="left", after=after),
            stage(second, "meet", "/stream/pong", "/stream/ping", program="right", after=after)]


# What each pipeline does, and what is to become of its stages: a status, or a state.
SCENARIOS = [
    ("a sequence that hands on a file",
     [stage("one", "copy", "/input/a", "/work/1"), stage("two", "copy", "/work/1", "/work/2"), stage("three", "copy", "/work/2", "/output/a")],
     "done", [0, 0, 0]),
    ("an end that is not good cancels what follows",
     [stage("one", "exit", 0), stage("two", "exit", 7), stage("three", "exit", 0), stage("four", "exit", 0)],
     "failed", [0, 7, "cancelled", "cancelled"]),
    ("a failure cancels what follows, and nothing beside it",
     [stage("bad", "fail", "/output/left"), stage("beside", "exit", 0, after=[]), stage("more", "exit", 0, after=["beside"]),
      stage("never", "exit", 0, after=["bad", "more"])],
     "failed", ["failed", 0, 0, "cancelled"]),
    ("a file that is there", [stage("one", "exit", 0, **{"if": [{"exists": "/input/a"}]})], "done", [0]),
    ("a file that is not there", [stage("one", "exit", 0, **{"if": [{"exists": "/input/none"}]}), stage("two", "exit", 0)], "done", ["skipped", 0]),
    ("a directory is there, too", [stage("one", "exit", 0, **{"if": [{"exists": "/input"}]})], "done", [0]),
    ("a file that must not be there",
     [stage("one", "exit", 0, **{"if": [{"missing": "/input/none"}]}), stage("two", "exit", 0, **{"if": [{"missing": "/input/a"}]})],
     "done", [0, "skipped"]),
    ("a file that an earlier stage makes",
     [stage("look", "exit", 0, **{"if": [{"exists": "/work/new"}]}), stage("make", "put", "x", "/work/new"),
      stage("again", "exit", 0, **{"if": [{"exists": "/work/new"}]})],
     "done", ["skipped", 0, 0]),
    ("what a bad end wrote is not there",
     [stage("make", "fail", "/work/left"), stage("look", "exit", 0, after=[]),
      stage("after", "exit", 0, after=["look"], **{"if": [{"exists": "/work/left"}]})],
     "failed", ["failed", 0, "skipped"]),
    ("a status that is asked about",
     [stage("one", "exit", 3), stage("three", "exit", 0, **{"if": [{"stage": "one", "exit": [3, 4]}]}),
      stage("five", "exit", 0, after=[], **{"if": [{"stage": "one", "exit": [5]}]})],
     "done", [3, 0, "skipped"]),
    ("a status that nobody foresaw",
     [stage("one", "exit", 6), stage("three", "exit", 0, **{"if": [{"stage": "one", "exit": [3, 4]}]})],
     "failed", [6, "cancelled"]),
    ("0 is a status, too",
     [stage("one", "exit", 0), stage("good", "exit", 0, **{"if": [{"stage": "one", "exit": [0]}]}),
      stage("bad", "exit", 0, after=[], **{"if": [{"stage": "one", "exit": [1]}]})],
     "done", [0, 0, "skipped"]),
    ("all conditions must hold",
     [stage("one", "exit", 3), stage("two", "exit", 0, **{"if": [{"stage": "one", "exit": [3]}, {"exists": "/input/none"}]})],
     "done", [3, "skipped"]),
    ("two at the same time", meeting("ping", "pong", []), "done", [0, 0]),
    ("two at the same time after one, and one after both",
     [stage("first", "exit", 0), *meeting("ping", "pong", ["first"]), stage("last", "exit", 0, after=["ping", "pong"])],
     "done", [0, 0, 0, 0]),
    ("two stages of one program, each with rights of its own",
     [stage("reads", "copy", "/input/a", "/work/r", rights=[right("/input/a", "read"), right("/work/r", "write")]),
      stage("other", "copy", "/input/b", "/output/b", after=[], rights=[right("/input/b", "read"), right("/output/", "write")])],
     "done", [0, 0]),
    ("what a program may read, its stage may not",
     [stage("one", "copy", "/input/b", "/work/b", rights=[right("/input/a", "read"), right("/work/", "write")])],
     "failed", [EACCES]),
    ("what a program may write, its stage may not",
     [stage("one", "copy", "/input/a", "/output/a", rights=[right("/input/", "read"), right("/work/", "write")])],
     "failed", [WRITING + EACCES]),
    ("a stage without rights", [stage("one", "copy", "/input/a", "/work/a", rights=[]), stage("two", "exit", 0, after=[], rights=[])],
     "failed", [EACCES, 0]),
    ("a start that a cap refuses",
     [stage("one", program="rare"), stage("two", program="rare"), stage("three", "exit", 0)],
     "failed", [0, "failed", "cancelled"]),
    ("the program's own arguments", [{"name": "one", "program": "rare"}], "done", [0]),
]


def stages_of(name):
    return next(row[1] for row in SCENARIOS if row[0] == name)


class World(harness.Stage):
    def prepare(self):
        self.alice, self.bob, self.carol = (self.party(name) for name in ("alice", "bob", "carol"))

    def rules(self, pipelines, **changes):
        """alice may start pipelines, and no program; carol a program, and no pipeline; bob nothing."""
        limits = {"processes": 1}
        programs = {"worker": (WASM, {"limits": limits}), "left": (WASM, {}), "right": (WASM, {}),
                    "rare": (WASM, {"arguments": ["stages", "exit", "0"]})}
        rights = ["alice: write /program/", "alice: write,read,list /input/", "alice: read,list /output/", "alice: read,list /work/",
                  "carol: execute /program/worker.wasm", "worker: read /input/", "worker: read,write /work/", "worker: write /output/"]
        streams = {name: {"producer": producer, "consumers": [consumer], "uses": 8} for name, producer, consumer in
                   (("ping", {"program": "left"}, {"program": "right"}), ("pong", {"program": "right"}, {"program": "left"}))}
        lifecycle = {"runs": [{"program": "rare", "at_most": 1}], "shutdown": ["alice"]}
        return self.policy([self.alice, self.bob, self.carol], programs, rights,
                           **{"streams": streams, "lifecycle": lifecycle, "pipelines": pipelines, **changes})

    def container(self, pipelines, **changes):
        container = self.serving(self.rules(pipelines, **changes))
        for name in ("worker", "left", "right", "rare"):
            equal(self.ask(container, "PUT", f"/v1/files/program/{name}.wasm", body=WASM.read_bytes()).status, 201, f"put {name}")
        for name in ("a", "b"):
            equal(self.ask(container, "PUT", f"/v1/files/input/{name}", body=f"content of {name}".encode()).status, 201, f"put {name}")
        return container

    def ask(self, container, method, target, *options, party=None, body=None):
        return curl.request(container, party or self.alice, method, target, *options, body=body)

    def begin(self, container, name, *options, party=None):
        return self.ask(container, "POST", "/v1/pipelines", *options, party=party, body=json.dumps({"pipeline": name}).encode())

    def whole(self, container, name):
        """Starts a pipeline and waits for its end."""
        answer = self.begin(container, name, *WAIT)
        equal(answer.status, 200, f"status {answer.body}")
        return answer.json()


suite = Suite(World)


def pipeline(*stages, principals=("alice",)):
    return {"principals": list(principals), "stages": list(stages)}


def ends(document):
    return [entry.get("exit_code", entry["state"]) for entry in document["stages"]]


@suite.rows(SCENARIOS)
def what_becomes_of_it(world, stages, state, wanted):
    container = world.container({"p": pipeline(*stages)})
    document = world.whole(container, "p")
    equal((document["state"], ends(document)), (state, wanted), f"{document}")
    equal([entry["name"] for entry in document["stages"]], [entry["name"] for entry in stages], "names")
    runs = {run["id"]: run for run in world.ask(container, "GET", "/v1/runs").json()["runs"]}
    for entry in document["stages"]:
        started = entry["state"] in ("exited", "failed") and "run" in entry
        equal(started, "run" in entry, f"{entry}")
        if started:
            run = runs.pop(entry["run"])
            equal((run["pipeline"], run["stage"], run["state"]), ("p", entry["name"], entry["state"]), f"{run}")
    equal(runs, {}, "runs of no stage")
    container.service.stop()


@suite.test
def what_is_handed_on_is_what_was_put(world):
    container = world.container({"p": pipeline(*stages_of("a sequence that hands on a file"))})
    world.whole(container, "p")
    equal(world.ask(container, "GET", "/v1/files/output/a").body, b"content of a", "the last file")
    container.service.stop()


@suite.test
def a_stage_that_failed_left_nothing(world):
    container = world.container({"p": pipeline(*stages_of("a failure cancels what follows, and nothing beside it"))})
    document = world.whole(container, "p")
    contains(document["stages"][0]["reason"], "trap", "reason")
    equal(document["stages"][3]["reason"], "stage bad failed", "reason")
    equal(world.ask(container, "GET", "/v1/files/output/left").status, 404, "what it wrote")
    container.service.stop()


@suite.test
def reasons_say_why(world):
    container = world.container({"p": pipeline(*stages_of("a start that a cap refuses")),
                                 "q": pipeline(*stages_of("a file that is not there"))})
    document = world.whole(container, "p")
    equal(document["stages"][1]["reason"], "lifecycle.runs: the program rare may be started 1 time", "refused by a cap")
    check("run" not in document["stages"][1], "a run that never was")
    equal(document["stages"][2]["reason"], "stage two failed", "cancelled")
    equal(world.whole(container, "q")["stages"][0]["reason"], "/input/none is not there", "skipped")
    container.service.stop()


@suite.test
def a_program_that_is_not_there_fails_its_stage(world):
    container = world.serving(world.rules({"p": pipeline(stage("one", "exit", 0), stage("two", "exit", 0))}))
    document = world.whole(container, "p")
    equal((document["state"], ends(document)), ("failed", ["failed", "cancelled"]), "states")
    equal(document["stages"][0]["reason"], "/program/worker.wasm: the program is not there yet", "reason")
    container.service.stop()


@suite.test
def who_may_start_and_see(world):
    container = world.container({"p": pipeline(stage("one", "exit", 0))})
    refused = world.begin(container, "p", party=world.bob)
    equal((refused.status, refused.problem), (403, "refused"), "bob starts")
    equal(refused.json()["detail"], "pipelines.p.principals: bob is not among them", "why")
    equal(world.begin(container, "p", party=world.carol).status, 403, "carol starts")
    equal(world.ask(container, "POST", "/v1/runs", body=b'{"program":"worker"}').status, 403, "alice starts the program alone")
    document = world.whole(container, "p")
    equal(document["principal"], "alice", "who")
    place, run = f"/v1/pipelines/{document['id']}", f"/v1/runs/{document['stages'][0]['run']}"
    equal(world.ask(container, "GET", place).json(), document, "again")
    equal(world.ask(container, "GET", "/v1/pipelines").json(), {"pipelines": [document]}, "list")
    for party, statuses in ((world.alice, (200, 200)), (world.bob, (404, 404)), (world.carol, (404, 200))):
        found = tuple(world.ask(container, "GET", target, party=party).status for target in (place, run))
        equal(found, statuses, f"what {party.name} sees")
        equal(world.ask(container, "DELETE", place, party=party).status, 409 if party is world.alice else 404, f"{party.name} kills")
        listed = world.ask(container, "GET", "/v1/pipelines", party=party).json()["pipelines"]
        equal(len(listed), 1 if party is world.alice else 0, f"list of {party.name}")
    events = world.ask(container, "GET", run + "/events")
    contains(events.body.decode(), '"stage":"one"', "events")
    container.service.stop()


@suite.test
def a_stage_has_no_more_than_its_program(world):
    """Such a policy is refused before there is a container."""
    stages = [stage("one", "copy", "/secret/s", "/work/s", rights=[right("/secret/", "read"), right("/work/", "write")])]
    done = world.veracruz("policy", "check", world.rules({"p": pipeline(*stages)}).path)
    equal(done.returncode, 2, "exit code")
    contains(done.stderr, "pipelines.p.stages[0].rights[0]: more than the program worker may do under /secret/", "why")


@suite.test
def requests_out_of_form(world):
    container = world.container({"p": pipeline(stage("one", "exit", 0))})
    for body, status in ((b"", 400), (b"{}", 400), (b'{"pipeline":1}', 400), (b'{"pipeline":"p","stage":"one"}', 400), (b'{"pipeline":"q"}', 404)):
        equal(world.ask(container, "POST", "/v1/pipelines", body=body).status, status, f"{body}")
    for method, target, status in (("GET", "/v1/pipelines/1", 404), ("GET", "/v1/pipelines/0", 404), ("GET", "/v1/pipelines/x", 404),
                                   ("DELETE", "/v1/pipelines/1", 404), ("PUT", "/v1/pipelines/1", 405), ("DELETE", "/v1/pipelines", 405)):
        equal(world.ask(container, method, target).status, status, f"{method} {target}")
    equal(world.ask(container, "GET", "/v1/pipelines").json(), {"pipelines": []}, "none was started")
    container.service.stop()


def await_running(world, container, place, name):
    """Until this stage's run has a process that works."""
    while True:
        document = world.ask(container, "GET", place).json()
        entry = next(entry for entry in document["stages"] if entry["name"] == name)
        equal(document["state"], "running", f"{document}")
        if "run" in entry and world.ask(container, "GET", f"/v1/runs/{entry['run']}").json()["state"] == "running":
            return entry["run"]


@suite.test
def a_kill_ends_what_runs_and_what_waits(world):
    container = world.container({"p": pipeline(stage("one", "exit", 0), stage("two", "spin"), stage("wait", "exit", 0),
                                               stage("queued", "exit", 0, after=["one"]))})
    answer = world.begin(container, "p")
    equal(answer.status, 201, "started")
    place = f"/v1/pipelines/{answer.json()['id']}"
    run = await_running(world, container, place, "two")
    equal(world.ask(container, "DELETE", place).status, 204, "killed")
    document = world.ask(container, "GET", place).json()
    equal((document["state"], ends(document)), ("killed", [0, "failed", "cancelled", "failed"]), f"{document}")
    equal(document["stages"][1]["reason"], "killed by alice", "reason")
    equal(document["stages"][2]["reason"], "the pipeline was killed", "reason")
    equal(world.ask(container, "GET", f"/v1/runs/{run}").json()["state"], "killed", "its run")
    equal(world.ask(container, "DELETE", place).status, 409, "killed again")
    container.service.stop()


@suite.test
def who_waits_hears_of_a_kill(world):
    container = world.container({"p": pipeline(stage("one", "spin"), stage("two", "exit", 0))})
    place = f"/v1/pipelines/{world.begin(container, 'p').json()['id']}"
    await_running(world, container, place, "one")
    waiter = subprocess.Popen([*curl.command(container, world.alice, place), *WAIT], stdout=subprocess.PIPE, text=True)
    equal(world.ask(container, "DELETE", place).status, 204, "killed")
    equal(json.loads(waiter.communicate(timeout=harness.PATIENCE)[0])["state"], "killed", "what the waiting hears")
    container.service.stop()


@suite.test
def a_killed_run_is_a_failed_stage(world):
    container = world.container({"p": pipeline(stage("one", "spin"), stage("two", "exit", 0))})
    place = f"/v1/pipelines/{world.begin(container, 'p').json()['id']}"
    run = await_running(world, container, place, "one")
    equal(world.ask(container, "DELETE", f"/v1/runs/{run}").status, 204, "killed")
    document = world.ask(container, "GET", place, *WAIT).json()
    equal((document["state"], ends(document)), ("failed", ["failed", "cancelled"]), f"{document}")
    container.service.stop()


@suite.test
def a_limit_fails_a_stage(world):
    programs = {"worker": (WASM, {"limits": {"cpu_seconds": 1}})}
    policy = world.policy([world.alice], programs, ["alice: write /program/"],
                          pipelines={"p": pipeline(stage("one", "spin"), stage("two", "exit", 0))})
    container = world.serving(policy)
    equal(world.ask(container, "PUT", "/v1/files/program/worker.wasm", body=WASM.read_bytes()).status, 201, "put")
    document = world.whole(container, "p")
    equal((document["state"], ends(document)), ("failed", ["failed", "cancelled"]), f"{document}")
    contains(document["stages"][0]["reason"], "limits.cpu_seconds", "reason")
    container.service.stop()


@suite.test
def a_program_that_is_withdrawn_stops_its_stage(world):
    """Whether it goes on, or is still to come."""
    container = world.container({"p": pipeline(stage("one", "exit", 0, program="left"), stage("two", "spin", program="right"),
                                               stage("three", "exit", 0, program="left"))},
                                narrowing=[{"principal": "carol", "may": ["withdraw"]}])
    place = f"/v1/pipelines/{world.begin(container, 'p').json()['id']}"
    await_running(world, container, place, "two")
    narrowed = world.ask(container, "POST", "/v1/narrowings", party=world.carol, body=b'{"withdraw":{"program":"right"}}')
    equal(narrowed.status, 200, f"narrowed {narrowed.body}")
    document = world.ask(container, "GET", place, *WAIT).json()
    equal((document["state"], ends(document)), ("failed", [0, "failed", "cancelled"]), f"{document}")
    contains(document["stages"][1]["reason"], "narrowed: ", "reason of the one that went on")
    narrowed = world.ask(container, "POST", "/v1/narrowings", party=world.carol, body=b'{"withdraw":{"program":"left"}}')
    equal(narrowed.status, 200, f"narrowed {narrowed.body}")
    document = world.whole(container, "p")
    equal((document["state"], ends(document)), ("failed", ["failed", "cancelled", "cancelled"]), f"{document}")
    contains(document["stages"][0]["reason"], "left", "reason of the one that was to come")
    check("run" not in document["stages"][0], "it was started")
    container.service.stop()


@suite.test
def two_at_once_do_not_wait_for_one_another(world):
    container = world.container({"long": pipeline(stage("one", "spin", program="left"), stage("two", "exit", 0, program="left")),
                                 "short": pipeline(stage("one", "exit", 0), stage("two", "exit", 0), principals=("alice", "bob"))})
    place = f"/v1/pipelines/{world.begin(container, 'long').json()['id']}"
    await_running(world, container, place, "one")
    first = world.begin(container, "short", *WAIT, party=world.bob).json()
    second = world.whole(container, "short")
    equal((first["state"], first["principal"], second["state"], second["principal"]), ("done", "bob", "done", "alice"), "the short ones")
    equal(len(world.ask(container, "GET", "/v1/pipelines", party=world.bob).json()["pipelines"]), 2, "what bob sees")
    equal(world.ask(container, "GET", place).json()["state"], "running", "the long one")
    equal(world.ask(container, "DELETE", place).status, 204, "killed")
    container.service.stop()


@suite.test
def sixteen_go_on_at_once_and_twelve_of_one(world):
    container = world.container({"p": pipeline(stage("one", "spin"), principals=("alice", "bob"))})
    ids = []
    for party, most in ((world.alice, 12), (world.bob, 4)):
        for _ in range(most):
            answer = world.begin(container, "p", party=party)
            equal(answer.status, 201, "started")
            ids.append(answer.json()["id"])
        more = world.begin(container, "p", party=party)
        equal((more.status, more.problem), (429, "quota"), f"one more {more.body}")
    equal(world.ask(container, "DELETE", f"/v1/pipelines/{ids[7]}").status, 204, "killed")
    equal(world.begin(container, "p").status, 201, "its place is free")
    equal(world.ask(container, "POST", "/v1/shutdown").status, 202, "an end with all of them under way")
    equal(container.service.wait(), 0, "exit code of the container")


@suite.test
def the_longest_pipeline(world):
    """64 stages in a random order of dependence, each of which adds its part: whatever ran at the same time, all of it is there."""
    stages = [stage(f"s{i}", "put", i, f"/work/{i}", after=[f"s{j}" for j in range(max(0, i - 6), i) if random.random() < 0.5]) for i in range(64)]
    container = world.container({"p": pipeline(*stages)})
    document = world.whole(container, "p")
    equal((document["state"], set(ends(document))), ("done", {0}), f"{document}")
    for i in range(64):
        equal(world.ask(container, "GET", f"/v1/files/work/{i}").body, str(i).encode(), f"part {i}")
    container.service.stop()


# ---- the command

@suite.test
def the_command_runs_one(world):
    container = world.container({"p": pipeline(*stages_of("a status that is asked about")),
                                 "bad": pipeline(*stages_of("an end that is not good cancels what follows"))})
    done = container.veracruz(world.alice, "run", "--pipeline", "p")
    equal(done.returncode, 0, f"exit code {done.stderr}")
    equal([line.split() for line in done.stdout.splitlines()],
          ["pipeline 1 of p: done".split(), "one worker run 1 exited with code 3".split(), "three worker run 2 exited with code 0".split(),
           "five worker - skipped: stage one exited with 3".split()], "table")
    failed = container.veracruz(world.alice, "run", "--pipeline", "bad", "--json")
    equal(failed.returncode, 8, f"exit code {failed.stderr}")
    document = json.loads(failed.stdout)
    equal(document, world.ask(container, "GET", "/v1/pipelines/2").json(), "document")
    contains(failed.stderr, "pipeline 2 did not succeed: stage two exited with code 7", "why")
    status = json.loads(container.veracruz(world.alice, "status", "--json").stdout)
    equal([entry["state"] for entry in status["pipelines"]], ["done", "failed"], "status of all")
    equal({run["pipeline"] for run in status["runs"]}, {"p", "bad"}, "runs of all")
    text = container.veracruz(world.alice, "status").stdout
    contains(text, "run 1 of worker as stage one of p: exited with code 3", "status for people")
    contains(text, "pipeline 2 of bad: failed", "status for people")
    equal(json.loads(container.veracruz(world.alice, "status", "--pipeline", "2", "--json").stdout), document, "status of one")
    container.service.stop()


@suite.test
def the_command_does_not_wait_and_kills(world):
    container = world.container({"p": pipeline(stage("one", "spin"), stage("two", "exit", 0))})
    started = container.veracruz(world.alice, "run", "--pipeline", "p", "--no-wait", "--json")
    equal((started.returncode, json.loads(started.stdout)["state"]), (0, "running"), "started")
    equal(container.veracruz(world.alice, "kill", "--pipeline", "1").returncode, 0, "killed")
    again = container.veracruz(world.alice, "kill", "--pipeline", "1")
    check(again.returncode != 0, "killed twice")
    document = json.loads(container.veracruz(world.alice, "status", "--pipeline", "1", "--json").stdout)
    equal((document["state"], ends(document)), ("killed", ["failed", "cancelled"]), "what became of it")
    container.service.stop()


@suite.rows([
    ("not among its principals", "bob", ["run", "--pipeline", "p"], 4, "pipelines.p.principals: bob is not among them"),
    ("no such pipeline", "alice", ["run", "--pipeline", "q"], 5, "the policy has no pipeline q"),
    ("no such run of one", "alice", ["status", "--pipeline", "9"], 5, "no such run of a pipeline"),
    ("an id that is none", "alice", ["kill", "--pipeline", "../x"], 2, "is no id of a pipeline"),
    ("a program and a pipeline", "alice", ["run", "worker", "--pipeline", "p"], 2, "no program besides"),
    ("neither", "alice", ["run"], 2, "give PROGRAM, or --pipeline NAME"),
    ("nothing to kill", "alice", ["kill"], 2, "give RUN, or --pipeline ID"),
    ("nothing to watch", "alice", ["run", "--watch", "--pipeline", "p"], 2, "--watch is for one run"),
])
def what_the_command_refuses(world, name, words, code, text):
    container = world.container({"p": pipeline(stage("one", "exit", 0))})
    done = container.veracruz(getattr(world, name), *words)
    equal(done.returncode, code, f"exit code {done.stderr}")
    contains(done.stderr, text, "why")
    container.service.stop()


@suite.test
def a_picture_has_every_stage_and_arrow(world):
    policy = world.rules({f"p{i}": pipeline(*row[1]) for i, row in enumerate(SCENARIOS)})
    done = world.veracruz("policy", "picture", policy.path)
    equal(done.returncode, 0, f"exit code {done.stderr}")
    picture = xml.etree.ElementTree.fromstring(done.stdout)
    space = "{http://www.w3.org/2000/svg}"
    groups = picture.findall(f"{space}g")
    equal(len(groups), len(SCENARIOS), "pipelines")
    for group, (name, stages, *_) in zip(groups, SCENARIOS):
        words = [text.text for text in group.findall(f"{space}text")]
        check({entry["name"] for entry in stages} <= set(words), f"{name}: {words}")
        equal(len(group.findall(f"{space}rect")), len(stages), f"{name}: boxes")
        arrows = 0
        for i, entry in enumerate(stages):
            after = entry.get("after", [stages[i - 1]["name"]] if i > 0 else [])
            arrows += len({*after, *(condition["stage"] for condition in entry.get("if", []) if "stage" in condition)})
        equal(len(group.findall(f"{space}path")), arrows, f"{name}: arrows")


# ---- without a container

def folder_for(world):
    folder = world.path("folder")
    for name in ("input", "program"):
        (folder / name).mkdir(parents=True)
    for name in ("a", "b"):
        (folder / "input" / name).write_text(f"content of {name}")
    for name in ("worker", "left", "right", "rare"):
        (folder / "program" / f"{name}.wasm").write_bytes(WASM.read_bytes())
    return folder


@suite.rows(SCENARIOS)
def the_same_without_a_container(world, stages, state, wanted):
    policy, folder = world.rules({"p": pipeline(*stages)}), folder_for(world)
    done = world.veracruz("local", "run", "--policy", policy.path, "--pipeline", "p", "--folder", folder, "--json")
    document = json.loads(done.stdout)
    equal((document["state"], ends(document)), (state, wanted), f"{document}")
    equal(done.returncode, 0 if state == "done" else 8, f"exit code {done.stderr}")
    contains(done.stderr, f"pipeline p: {state}", "what a person is told")


@suite.test
def a_local_pipeline_leaves_its_files_in_the_folder(world):
    policy, folder = world.rules({"p": pipeline(*stages_of("a sequence that hands on a file"))}), folder_for(world)
    done = world.veracruz("local", "run", "--policy", policy.path, "--pipeline", "p", "--folder", folder)
    equal((done.returncode, done.stdout), (0, ""), f"{done.stderr}")
    equal((folder / "output/a").read_text(), "content of a", "the last file")
    equal((folder / "work/1").read_text(), "content of a", "the first")
    equal((folder / "input/a").read_text(), "content of a", "the input")


@suite.test
def streams_of_a_local_pipeline_come_from_files_and_go_to_files(world):
    streams = {"in": {"producer": {"principal": "alice"}, "consumers": [{"program": "left"}]},
               "out": {"producer": {"program": "right"}, "consumers": [{"principal": "bob"}], "partial": True},
               "ping": {"producer": {"program": "left"}, "consumers": [{"program": "right"}, {"principal": "bob"}], "partial": True}}
    stages = [stage("one", "copy", "/stream/in", "/stream/ping", program="left"),
              stage("two", "copy", "/stream/ping", "/stream/out", program="right", after=[])]
    policy, folder = world.rules({"p": pipeline(*stages)}, streams=streams), folder_for(world)
    content = random.randbytes(random.randrange(1, 3_000_000))
    source, sink, copy = world.file("source", content), world.path("sink"), world.path("copy")
    words = ["local", "run", "--policy", policy.path, "--pipeline", "p", "--folder", folder, "--stream", f"out={sink}"]
    missing = world.veracruz(*words)
    equal(missing.returncode, 2, "exit code")
    contains(missing.stderr, "say --stream in=FILE", "what is missing")
    for more in ([], ["--stream", f"ping={copy}"]):
        done = world.veracruz(*words, "--stream", f"in={source}", *more)
        equal(done.returncode, 0, f"exit code {done.stderr}")
        check(sink.read_bytes() == content, "what came out is not what went in")
        check(copy.exists() == bool(more), "a copy for bob")
    check(copy.read_bytes() == content, "what bob has is not what went in")


@suite.rows([
    ("no such pipeline", ["--pipeline", "q"], 5, "pipelines: none is named q"),
    ("who may not", ["--pipeline", "p", "--as", "bob"], 4, "pipelines.p.principals: bob is not among them"),
    ("a program besides", ["--pipeline", "p", "--program", "worker"], 2, "its stages name their programs"),
    ("a stream of nobody", ["--pipeline", "p", "--stream", "ping=x"], 2, "NAME=FILE wanted, of a stream of the program"),
])
def what_a_local_run_refuses(world, words, code, text):
    policy, folder = world.rules({"p": pipeline(stage("one", "exit", 0))}), folder_for(world)
    done = world.veracruz("local", "run", "--policy", policy.path, "--folder", folder, *words)
    equal(done.returncode, code, f"exit code {done.stderr}")
    contains(done.stderr, text, "why")


@suite.test
def a_local_pipeline_whose_program_is_not_there(world):
    policy, folder = world.rules({"p": pipeline(stage("one", "exit", 0), stage("two", "exit", 0, program="left"))}), folder_for(world)
    (folder / "program/left.wasm").unlink()
    done = world.veracruz("local", "run", "--policy", policy.path, "--pipeline", "p", "--folder", folder)
    equal(done.returncode, 5, f"exit code {done.stderr}")
    contains(done.stderr, "/program/left.wasm: the program is not there", "why")


@suite.test
def a_signal_ends_a_local_pipeline(world):
    policy, folder = world.rules({"p": pipeline(stage("one", "exit", 0), stage("two", "spin"), stage("three", "exit", 0))}), folder_for(world)
    command = [harness.VERACRUZ, "local", "run", "--policy", policy.path, "--pipeline", "p", "--folder", folder, "--json", "--strace"]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               env=world.environment)
    try:
        for line in process.stderr:  # a program runs
            if "args_" in line:
                break
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=harness.PATIENCE)
    finally:
        process.kill()
    document = json.loads(out)
    equal((process.returncode, document["state"]), (128 + signal.SIGINT, "killed"), f"{err}")
    equal(document["stages"][2]["state"], "cancelled", "the last stage")


# ---- the example

@suite.test
def the_example_ends_well(world):
    results = world.path("results")
    results.mkdir()
    limit = random.randrange(10, 5000)
    done = subprocess.run([harness.PROJECT / "examples/pipeline/run.sh", "--limit", str(limit), "--result", results], text=True,
                          capture_output=True, stdin=subprocess.DEVNULL, timeout=4 * harness.PATIENCE,
                          env={**world.environment, "VERACRUZ_BUILD": str(harness.BUILD), "TMPDIR": str(world.folder)})
    equal(done.returncode, 0, f"exit code of run.sh\n{done.stdout}{done.stderr}")
    unsorted = [int(word) for word in (results / "unsorted.txt").read_text().split(",")]
    equal((results / "sorted.txt").read_text(), ",".join(map(str, sorted(unsorted))) + "\n", "in order")
    primes = [n for n in range(2, limit + 1) if all(n % d for d in range(2, int(n**0.5) + 1))]
    equal((results / "number-set.txt").read_text(), ",".join(map(str, primes)) + "\n", "primes")


if __name__ == "__main__":
    suite.main()
