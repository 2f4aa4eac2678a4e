#!/usr/bin/env python3
"""Policies that nobody can have meant (C9): something leads in a circle or nowhere, nobody receives what is made, nothing is allowed of
something. Each is refused before anything starts, by the check and by the container, in one line with the place."""

import json

import harness
from tap import Suite, contains, equal

WASM = harness.GUESTS / "errand.wasm"
PRICES = {"producer": {"principal": "alice"}, "consumers": [{"program": "mix"}]}
LEDGER = {"owner": "alice", "id": 1, "type": "aes", "bits": 128, "usage": ["decrypt"], "algorithm": "gcm", "programs": ["mix"]}


def stages(*stages):
    return {"pipelines": {"p": {"principals": ["alice"], "stages": [dict(stage) for stage in stages]}}}


def stage(name, program="mix", **more):
    return {"name": name, "program": program, **more}


def stream(**changes):
    return {"streams": {"prices": {**PRICES, **changes}}}


def key(**changes):
    return {"keys": {"ledger": {**LEDGER, **changes}}}


def narrowing(**rule):
    return {"narrowing": [rule]}


def limit(**limits):
    return {"limits": limits}


# what is wrong, the policy's members, where it says so
ROWS = [
    ("a circle of stages", stages(stage("a", after=["b"]), stage("b", after=["a"])), 'pipelines.p.stages[0].after[0]: no stage "b" before'),
    ("a stage after itself", stages(stage("a", after=["a"])), "pipelines.p.stages[0].after[0]"),
    ("a condition on a later stage", stages(stage("a", **{"if": [{"stage": "b", "exit": [0]}]}), stage("b")), "pipelines.p.stages[0].if[0]"),
    ("a stage of no program", stages(stage("a", "nothing")), 'pipelines.p.stages[0].program: no program "nothing"'),
    ("a pipeline of no stages", stages(), "pipelines.p.stages: no elements"),
    ("a pipeline of nobody", {"pipelines": {"p": {"principals": [], "stages": [stage("a")]}}}, "pipelines.p.principals: no elements"),
    ("a stage with more than its program", stages(stage("a", rights=[{"may": ["read"], "path": "/bob/"}])), "pipelines.p.stages[0].rights[0]"),
    ("a stream from nobody", stream(producer={"principal": "nobody"}), "streams.prices.producer"),
    ("a stream to nobody", stream(consumers=[{"program": "nothing"}]), "streams.prices.consumers[0]"),
    ("a stream without receivers", stream(consumers=[]), "streams.prices.consumers: no elements"),
    ("a stream to itself", stream(consumers=[{"principal": "alice"}]), "streams.prices.consumers[0]"),
    ("a stream that is never used", stream(uses=0), "streams.prices.uses: 0, at least 1"),
    ("a stream without a window", stream(window_bytes=0), "streams.prices.window_bytes"),
    ("a right of nobody", {"last": {"principal": "nobody", "may": ["read"], "path": "/x"}}, "rights[6].principal"),
    ("a right to nothing", {"last": {"principal": "alice", "may": [], "path": "/x"}}, "rights[6].may: no elements"),
    ("a key of nobody", key(owner="nobody"), "keys.ledger.owner"),
    ("a key for nobody", key(programs=[]), "keys.ledger.programs: no elements"),
    ("a key for no program", key(programs=["nothing"]), "keys.ledger.programs[0]"),
    ("narrowing by nobody", narrowing(principal="nobody", may=["expires"]), "narrowing[0].principal"),
    ("narrowing of nothing", narrowing(principal="alice", may=[]), "narrowing[0].may: no elements"),
    ("narrowing where nobody may anything", narrowing(program="mix", may=["take"], path="/nowhere/"), "narrowing[0].path"),
    ("narrowing of streams that are not", narrowing(principal="alice", may=["take_stream"]), "narrowing[0].may: take_stream, but there are no streams"),
    ("reading once what nobody reads", narrowing(program="mix", may=["read_once"], path="/alice/"), "narrowing[0].may: read_once, but no principal"),
    ("no run", {"lifecycle": {"runs": [{"program": "mix", "at_most": 0}]}}, "lifecycle.runs[0].at_most: 0, at least 1"),
    ("runs of no program", {"lifecycle": {"runs": [{"program": "nothing", "at_most": 1}]}}, "lifecycle.runs[0].program"),
    ("a budget of no run", {"lifecycle": {"budgets": [{"path": "/alice/", "runs": 0}]}}, "lifecycle.budgets[0].runs: 0, at least 1"),
    ("a budget of what no program reads", {"lifecycle": {"budgets": [{"path": "/bob/", "runs": 1}]}}, "lifecycle.budgets[0]"),
    ("no parties", {"lifecycle": {"parties": {"at_least": 0, "of": ["alice"]}}}, "lifecycle.parties.at_least: 0, at least 1"),
    ("more parties than there are", {"lifecycle": {"parties": {"at_least": 2, "of": ["alice"]}}}, "lifecycle.parties.at_least: 2, at most 1"),
    ("a party that can give nothing", {"lifecycle": {"parties": {"at_least": 1, "of": ["bob"]}}}, "lifecycle.parties.of[0]"),
    ("consent of nobody", {"lifecycle": {"consent": ["nobody"]}}, "lifecycle.consent[0]"),
    ("no time", {"lifecycle": {"deadline_seconds": 0}}, "lifecycle.deadline_seconds: 0, at least 1"),
    ("an end when nobody reads", {"lifecycle": {"shutdown_when_read": ["/alice/x"]}}, "lifecycle.shutdown_when_read[0]"),
    ("an end by nobody", {"lifecycle": {"shutdown": ["nobody"]}}, "lifecycle.shutdown[0]"),
    ("an observer that is nobody", {"journal": {"observers": [{"principal": "nobody"}]}}, "journal.observers[0].principal"),
    ("a journal without room", {"journal": {"bytes": 0}}, "journal.bytes: 0, at least 65536"),
    ("no files", {"storage": {"files": 0}}, "storage.files: 0, at least 1"),
    ("no storage", {"storage": {"bytes": 0}}, "storage.bytes: 0, at least 1"),
    ("no memory", limit(memory_mib=0), "programs.mix.limits.memory_mib: 0, at least 1"),
    ("no processor", limit(cpu_seconds=0), "programs.mix.limits.cpu_seconds: 0, at least 1"),
    ("no time for a run", limit(wall_seconds=0), "programs.mix.limits.wall_seconds: 0, at least 1"),
    ("no process", limit(processes=0), "programs.mix.limits.processes: 0, at least 1"),
    ("no principals", {"principals": {}}, "principals: 0 members, at least 1"),
]


class World(harness.Stage):
    def prepare(self):
        self.alice, self.bob = self.parties = [self.party(name) for name in ("alice", "bob")]

    def rules(self, limits=None, last=None, **changes):
        rights = ["alice: write /alice/", "alice: write,execute /program/mix.wasm", "bob: read /output/", "bob: read /bob/",
                  "mix: read /alice/", "mix: write /output/"]
        rules = self.policy(self.parties, {"mix": (WASM, {"limits": limits} if limits else {})}, rights, **changes)
        if last:
            value = json.loads(rules.path.read_text())
            rules.path.write_text(json.dumps({**value, "rights": [*value["rights"], last]}))
        return rules


suite = Suite(World)


@suite.test
def c9_without_what_is_wrong_all_of_it_is_a_policy(world):
    """Otherwise the rows would show nothing."""
    good = {**stages(stage("a"), stage("b", after=["a"])), **stream(), **key(),
            **narrowing(program="mix", may=["take", "read_once"], path="/output/"), "journal": {"observers": [{"principal": "bob"}]},
            "lifecycle": {"runs": [{"program": "mix", "at_most": 1}], "budgets": [{"path": "/alice/", "runs": 1}], "consent": ["bob"],
                          "parties": {"at_least": 1, "of": ["alice"]}, "shutdown_when_read": ["/output/x"], "shutdown": ["alice"]}}
    world.must("policy", "check", world.rules(limits={"memory_mib": 1}, **good).path)


@suite.rows(ROWS)
def c9_a_policy_is_refused_with(world, changes, place):
    policy = world.rules(**changes)
    done = world.veracruz("policy", "check", policy.path)
    equal(done.returncode, 2, f"exit code of check: {done.stdout}{done.stderr}")
    equal(done.stderr.count("\n"), 1, f"lines of {done.stderr}")
    contains(done.stderr, place, "what check says")
    container = world.serve(policy)
    equal((container.address, container.service.wait()), (None, 2), f"serve: {container.service.log()}")
    log = [line for line in container.service.log().splitlines() if not line.startswith("{")]
    equal(len(log), 1, f"lines of {container.service.log()}")
    contains(log[0], place, "what serve says")


@suite.test
def c9_what_nobody_receives_is_announced(world):
    """An output that no principal may read can be meant, and is said before anybody agrees."""
    told = world.must("policy", "explain", world.policy(world.parties, {"mix": (WASM, {})}, ["alice: write /alice/", "mix: read /bob/"]).path)
    for sentence in ("Nobody may write everything under /bob/, which rights[", "Nobody may start the program mix"):
        contains(told, sentence, "what is to be noticed")


if __name__ == "__main__":
    suite.main()
