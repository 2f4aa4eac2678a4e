#!/usr/bin/env python3
"""Attacks on the policy of a container that runs, and on what is narrowed of it (C1 to C9): an older and wider policy, two policies at once,
programs that widen, that lead another astray, that signal and spoil; policies that cannot be meant. Programs do what a script says
(tests/guests/policy_user.c). What else shows C3 to C6 stands in docs/threat-model.md."""

import json
import random
import time

import curl
import harness
import wire
from journal_seen import Journal
from relay import Relay
from tap import Failure, Suite, check, contains, equal

GUEST = harness.GUESTS / "policy_user.wasm"
ACCES, INVAL, NOENT = 2, 28, 44  # of WASI
SECRET = "thesecret"
LIMITS = {"cpu_seconds": 300, "wall_seconds": 300, "output_bytes": 8 << 20}
RIGHTS = [
    "alice: read /shares/", "bob: read,list /shares/", "carol: read,write,delete /private/", "alice: write /input/",
    "maker: read /input/", "maker: read,write,list,delete /shares/", "maker: write /output/maker.txt",
    "rival: read /input/script", "rival: read,write,list,delete /shares/", "rival: write /output/rival.txt",
    "third: read /private/", "third: write /private/out",
]
NARROWING = [{"program": "maker", "may": ["take", "read_once"], "path": "/shares/"}]


def compact(value):
    return json.dumps(value, separators=(",", ":"))


def take(path, *subjects, may=("read",), kind="from"):
    return {"take": {"may": list(may), "path": path, kind: [dict([subject.split(" ")]) for subject in subjects]}}


class World(harness.Stage):
    """maker makes shares and narrows them; rival has the same rights, and no rule. Alice and bob read shares; carol and third have
    a place of their own; dave has nothing; eve brings programs and starts them."""

    def prepare(self):
        self.people = {name: self.party(name) for name in ("alice", "bob", "carol", "dave", "eve")}

    def rules(self, rights=(), narrowing=NARROWING, **changes):
        programs = {name: (GUEST, {"arguments": [name, "/input/script"], "stdout": f"/output/{name}.txt", "progress": True, "limits": LIMITS})
                    for name in ("maker", "rival")}
        programs["third"] = (GUEST, {})
        ours = [f"eve: write,execute /program/{name}.wasm" for name in programs] + ["eve: read,write,delete /input/script", "eve: read /output/"]
        return self.policy(list(self.people.values()), programs, [*RIGHTS, *ours, *rights], narrowing=narrowing, **changes)

    def ready(self, policy=None, **changes):
        container = self.serving(policy or self.rules(**changes))
        for name in ("maker", "rival"):
            self.put(container, "eve", f"/program/{name}.wasm", GUEST.read_bytes())
        return container

    def ask(self, container, who, method, target, *options, body=None):
        return curl.request(container, self.people[who], method, target, *options, body=body)

    def put(self, container, who, path, body):
        answer = self.ask(container, who, "PUT", "/v1/files" + path, body=body)
        check(answer.status in (201, 204), f"PUT {path}: {answer.status} {answer.body}")

    def get(self, container, who, path):
        answer = self.ask(container, who, "GET", "/v1/files" + path)
        return answer.status, answer.body

    def begin(self, container, program, script):
        self.put(container, "eve", "/input/script", "\n".join(script).encode())
        answer = self.ask(container, "eve", "POST", "/v1/runs", body=json.dumps({"program": program}).encode())
        check(answer.status in (200, 201), f"start of {program}: {answer.status} {answer.body}")
        return answer.json()["id"]

    def state(self, container, run, wait=60):
        return self.ask(container, "eve", "GET", f"/v1/runs/{run}", "--header", f"prefer: wait={wait}").json()

    def await_progress(self, container, run):
        while not (state := self.state(container, run, wait=0)).get("percent"):
            check(state["state"] in ("queued", "compiling", "running"), f"{state}")
            time.sleep(0.02)  # between looks

    def run(self, container, program, *script):
        """What came of each line: errno and answer."""
        run = self.state(container, self.begin(container, program, script))
        equal((run["state"], run.get("exit_code")), ("exited", 0), f"end of {run}")
        lines = self.get(container, "eve", f"/output/{program}.txt")[1].decode().splitlines()
        equal(len(lines), len(script), f"lines of {lines}")
        found = [line[len(asked) + 4:].split(" ", 1) for line, asked in zip(lines, script)]
        return [(int(error), answer) for error, answer in found]

    def good(self, container, program, *script):
        found = self.run(container, program, *script)
        equal([error for error, _ in found], [0] * len(script), f"{list(zip(script, found))}")
        return [answer for _, answer in found]

    def in_force(self, container):
        return self.ask(container, "dave", "GET", "/v1/narrowings").json()


suite = Suite(World)


# ---- C1, C2: another policy than the one that was agreed to

def changed(world, policy, change):
    return harness.Policy(world.file("policy.json", change(policy.path.read_text())))


COMMANDS = [
    ("a file", ["put", "FILE", "/input/secret"]), ("what is there", ["ls", "/shares/"]), ("a run", ["run", "maker"]),
    ("a narrowing", ["policy", "narrow", "--take", "read", "--path", "/shares/", "--from", "alice"]),
    ("what is in force", ["policy", "explain", "--live"]), ("the journal", ["journal"]), ("a receipt", ["receipt", "save", "NEW"]),
]


def detects(world, container, who, policy, command):
    """The command ends with 3 and says why; the container has not even seen a session."""
    before = Journal(container, world.people["eve"]).size
    words = [world.file("secret", SECRET) if word == "FILE" else world.path("never") if word == "NEW" else word for word in command]
    done = container.veracruz(world.people[who], *words, policy=policy)
    equal(done.returncode, 3, f"{command}: {done.stdout}{done.stderr}")
    contains(done.stderr, "policy", f"{command}: what it says")
    equal(Journal(container, world.people["eve"]).size, before, f"{command}: entries")


@suite.rows(COMMANDS)
def c1_an_older_policy_is_refused_before_it_gets(world, command):
    """It is wider, was signed and agreed to once, and everything about the container is genuine."""
    if not hasattr(world, "older"):
        world.older = world.serving(world.rules(rights=["dave: read /shares/", "dave: read /input/"]))
        world.newer = world.rules()
    detects(world, world.older, "alice", world.newer, command)


@suite.test
def c1_a_receipt_of_the_older_policy_is_none_of_the_newer(world):
    older, newer = world.rules(rights=["dave: read /shares/"]), world.rules()
    path = world.file("receipt", Journal(world.serving(older), world.people["alice"]).text)
    for policy, code in ((older, 0), (newer, 3)):
        done = world.veracruz("receipt", "verify", "--policy", policy.path, path)
        equal(done.returncode, code, f"{done.stdout}{done.stderr}")


@suite.rows([("a byte more", lambda text: text + "\n"), ("a byte changed", lambda text: text.replace('"name": "test"', '"name": "tesu"')),
             ("a right for another", lambda text: text.replace('"principal": "bob"', '"principal": "dave"', 1))])
def c2_two_policies_at_once_with(world, change):
    """Whoever starts containers shows alice one and bob another, both under the name that they agreed on: each of them that is not
    the agreed one is found out before anything is sent, by whoever is led there, and by curl as well."""
    agreed = world.rules()
    containers = [world.serving(policy) for policy in (agreed, changed(world, agreed, change))]
    for first in (0, 1):
        with Relay(containers[first].address) as relay:
            address, containers[first].address = containers[first].address, relay.address
            if first == 0:
                equal(containers[0].veracruz(world.people["alice"], "put", world.file("secret", SECRET), "/input/secret").returncode, 0, "alice")
                relay.lead_to(containers[1].address)
            for who in ("alice", "bob"):
                before = Journal(containers[1], world.people["eve"]).size
                led = harness.Container(world, agreed, containers[first].service)
                led.address = relay.address
                done = led.veracruz(world.people[who], "put", world.file("secret", SECRET), "/input/other")
                equal(done.returncode, 3, f"{who}: {done.stdout}{done.stderr}")
                equal(Journal(containers[1], world.people["eve"]).size, before, f"{who}: entries of the other container")
                try:
                    answer = curl.request(led, world.people[who], "PUT", "/v1/files/input/other", body=SECRET.encode())
                except curl.NoAnswer as error:
                    equal(error.code, 60, f"{error}")
                else:
                    raise Failure(f"curl was answered {answer.status}")
            containers[first].address = address


@suite.test
def c2_two_containers_are_not_one_story(world):
    """One policy, two containers: each party has a good receipt, of another container; a link to a story that the other's receipt
    does not confirm shows that they differ."""
    policy = world.rules()
    one, two = world.serving(policy), world.serving(policy)
    world.put(one, "carol", "/private/x", b"x")
    world.put(two, "carol", "/private/y", b"y")
    receipts = [Journal(container, world.people["alice"]) for container in (one, two)]
    told = json.loads(world.must("receipt", "verify", "--json", "--policy", policy.path, *(world.file("receipt", each.text) for each in receipts)))
    check(len({each["container"] for each in told["receipts"]}) == 2 and not told["comparisons"][0]["told"], f"{told['comparisons']}")
    head = receipts[1].receipt["head"]
    for root, code in ((head["root"], 0), (receipts[0].receipt["head"]["root"], 3)):
        linking = world.serving(policy)
        body = {"container": head["container"], "policy": policy.hash.hex(), "root": root, "size": head["size"]}
        equal(world.ask(linking, "alice", "POST", "/v1/journal/links", body=json.dumps(body).encode()).status, 201, "link")
        paths = [world.file("receipt", text) for text in (Journal(linking, world.people["bob"]).text, receipts[1].text)]
        done = world.veracruz("receipt", "verify", "--policy", policy.path, *paths)
        equal(done.returncode, code, f"a link to {root}: {done.stdout}{done.stderr}")
        check(code == 0 or "differ" in done.stderr, f"what it says: {done.stderr}")


# ---- C4: a program widens

def narrowings_of(count):
    """Drawn at random: of a program, for all, some of them so that they would give back if they could."""
    subjects = ["principal alice", "principal bob", "program rival", "program maker"]
    paths = ["/shares/", "/shares/1", "/shares/2", "/shares//./1", "/shares/x/../2", "/shares/1/", "/shares/*", "/SHARES/1"]
    for _ in range(count):
        chosen = random.sample(subjects[:3], random.randrange(1, 4))
        kind = random.choice(("from", "from_all_but"))
        if kind == "from_all_but":
            chosen.append("program maker")
        if random.random() < 0.1:
            yield {"read_once": {"path": random.choice(paths[:5])}}
        else:
            yield take(random.choice(paths), *chosen, may=random.sample(["read", "write", "list"], random.randrange(1, 4)), kind=kind)


@suite.test
def c4_no_sequence_of_a_program_widens(world):
    """After each narrowing: who may read, and who may do what, is a part of who could before."""
    container = world.ready()
    narrowings = list(narrowings_of(40))
    questions = ["ask receivers /shares/1", "ask receivers /shares/2", *(f"may {who} {verb} /shares/{path}" for who in ("alice", "bob", "program:rival")
                 for verb in ("read", "write", "list") for path in (1, 2))]
    script = list(questions)
    for narrowing in narrowings:
        script += [f"narrow {compact(narrowing)}", *questions]
    found = world.run(container, "maker", *script)
    rounds = [found[i:i + len(questions)] for i in range(0, len(found), len(questions) + 1)]
    for (before, after), narrowing in zip(zip(rounds, rounds[1:]), narrowings):
        for question, (_, old), (error, new) in zip(questions, before, after):
            equal(error, 0, f"{question} after {narrowing}")
            if question.startswith("may"):
                check(int(new) <= int(old), f"{question} after {narrowing}: {old}, {new}")
            else:
                old, new = json.loads(old), json.loads(new)
                check(all(set(new[kind]) <= set(old[kind]) for kind in ("principals", "programs")), f"{question} after {narrowing}: {old}, {new}")
    check(rounds[0] != rounds[-1], "something was narrowed")


@suite.test
def c4_runs_that_narrow_at_once_end_where_one_after_the_other_does(world):
    """Three runs side by side, and principals meanwhile; the same one by one, in another order."""
    names = ("one", "two", "three")
    scripts = {name: "\n".join(f"narrow {compact(narrowing)}" for narrowing in narrowings_of(60)).encode() for name in names}
    own = [take(f"/shares/{path}", f"principal {who}") for who in ("alice", "bob") for path in (1, 2, "x/")]
    pipelines = {called: {"principals": ["eve"], "stages": [
        {"name": name, "program": "maker", "arguments": ["maker", f"/input/{name}"], **after} for name in order]}
        for called, order, after in (("at-once", names, {"after": []}), ("in-turn", names[::-1], {}))}
    policy = world.rules(pipelines=pipelines)
    ends = {}
    for called in pipelines:
        container = world.ready(policy)
        for name, script in scripts.items():
            world.put(container, "alice", f"/input/{name}", script)
        started = world.ask(container, "eve", "POST", "/v1/pipelines", body=json.dumps({"pipeline": called}).encode()).json()
        for narrowing in random.sample(own, len(own)):
            who = narrowing["take"]["from"][0]["principal"]
            equal(world.ask(container, who, "POST", "/v1/narrowings", body=json.dumps(narrowing).encode()).status, 200, f"{narrowing}")
        over = world.ask(container, "eve", "GET", f"/v1/pipelines/{started['id']}", "--header", "prefer: wait=60").json()
        equal([(stage["state"], stage["exit_code"]) for stage in over["stages"]], [("exited", 0)] * 3, f"{over}")
        ends[called] = world.in_force(container)["in_force"]
    equal(ends["at-once"], ends["in-turn"], "in force")


@suite.test
def c4_no_way_around_by_another_name(world):
    """Wildcards are names, case matters, and what is put at the same path later is as narrowed."""
    container = world.ready()
    world.good(container, "maker", "put /shares/1 " + SECRET, "only /shares/1 alice", f"narrow {compact(take('/shares/*', 'principal alice'))}")
    equal(world.get(container, "alice", "/shares/1"), (200, SECRET.encode()), "alice")
    for path in ("/shares/1", "/shares/./1", "/shares//1", "/shares/x/../1", "/shares/%31"):
        equal(world.get(container, "bob", path)[0], 403, path)
    world.good(container, "rival", "put /shares/1 other")
    equal(world.get(container, "alice", "/shares/1"), (200, b"other"), "alice, what came later")
    equal(world.get(container, "bob", "/shares/1")[0], 403, "bob, what came later")


# ---- C5: sabotage and signals are seen by all, and announced

@suite.test
def c5_everybody_is_told_who_shut_out_whom(world):
    container = world.ready()
    world.good(container, "maker", "put /shares/1 x", "from /shares/1 bob", "once /shares/1")
    wanted = [take("/shares/1", "principal bob", may=["read", "write"]), {"read_once": {"path": "/shares/1"}}]
    equal(world.get(container, "bob", "/shares/1")[0], 403, "bob")
    for name, party in world.people.items():
        entries = Journal(container, party).kinds("narrowing")
        equal([(entry["by"], entry["run"], details["narrowing"]) for entry, details in entries],
              [({"program": "maker"}, 1, narrowing) for narrowing in wanted], f"the journal of {name}")
        listed = world.ask(container, name, "GET", "/v1/narrowings").json()["narrowings"]
        equal([(one["by"], one["narrowing"]) for one in listed], [({"program": "maker"}, narrowing) for narrowing in wanted], f"what {name} is told")
        path = world.file("receipt", Journal(container, party).text)
        contains(world.must("receipt", "verify", "--policy", container.policy.path, path), "bob may not read", f"the receipt of {name}")


@suite.test
def c5_the_policy_says_so_before(world):
    policy = world.rules(narrowing=[*NARROWING, {"principal": "carol", "may": ["expires", "withdraw"]}])
    told = world.must("policy", "explain", policy.path)
    contains(told, "The program maker may shut the alice and the bob out of everything under /shares/, knowing the data", "explain")
    contains(told, "carol may keep others from going on, by narrowing expires and withdraw", "explain")
    silent = world.must("policy", "explain", world.rules(narrowing=[]).path)
    check("may shut" not in silent and "going on, by narrowing" not in silent, silent)


@suite.test
def c5_without_a_rule_nobody_is_shut_out(world):
    container = world.ready()
    before = world.in_force(container)
    found = world.run(container, "rival", "put /shares/1 x", "from /shares/1 bob", "only /shares/1 alice", "none /shares/1", "once /shares/1",
                      f"narrow {compact(take('/shares/', 'principal bob', 'program rival'))}")
    equal([error for error, _ in found], [0] + [ACCES] * 5, f"{found}")
    equal(world.in_force(container), before, "in force")
    equal(world.get(container, "bob", "/shares/1")[0], 200, "bob")


# ---- C6: what is under way when a program narrows

@suite.test
def c6_a_program_narrows_while_its_result_is_sent(world):
    """An earlier run's output is on its way to bob, and to alice; a run narrows it; bob gets no more, alice all."""
    container = world.ready()
    size = 4 << 20
    world.good(container, "maker", f"fill /shares/1 {size}")
    theirs, ours = (wire.Line(container, world.people[name]).ask("GET", "/v1/files/shares/1") for name in ("bob", "alice"))
    for exchange in (theirs, ours):
        exchange.await_bytes(wire.WINDOW)
    world.good(container, "maker", "only /shares/1 alice")
    for exchange in (theirs, ours):
        exchange.grant(size)
    equal(theirs.await_end(), "broken", "bob's")
    check(len(theirs.body) <= wire.WINDOW, f"{len(theirs.body)} bytes came to bob")
    equal((ours.await_end(), len(ours.body)), ("whole", size), "alice's")


@suite.rows([("has read it", ["keep /shares/1"], "failed"), ("has made a copy", ["copy /shares/1 /shares/2"], "failed"),
             ("has another name for it", ["hard /shares/1 /shares/2"], "failed"), ("has moved it", ["rename /shares/1 /shares/2"], "failed"),
             ("has looked at what is beside it", ["keep /shares/3"], "running")])
def c6_a_program_narrows_what_another_run(world, script, state):
    """... is at: that one ends, and nothing of it appears."""
    container = world.ready()
    world.good(container, "maker", "put /shares/1 " + SECRET, "put /shares/3 open")
    rival = world.begin(container, "rival", [*script, "progress 50", "spin"])
    world.await_progress(container, rival)
    world.good(container, "maker", "only /shares/1 alice")
    found = world.state(container, rival, wait=60 if state == "failed" else 0)
    equal(found["state"], state, f"{found}")
    if state == "failed":
        contains(found["reason"], "narrowed: ", "the reason")
    else:
        equal(world.ask(container, "eve", "DELETE", f"/v1/runs/{rival}").status, 204, "its end")
    equal(world.get(container, "bob", "/shares/2")[0], 404, "what it made")
    equal(world.get(container, "alice", "/shares/1"), (200, SECRET.encode()), "the file")


# ---- C7: another program as a deputy

DEPUTY = [
    ("its name", "open /shares/1"), ("a dot", "open /shares/./1"), ("its parent", "open /shares/../shares/1"), ("two slashes", "open //shares//1"),
    ("a link", "open /shares/link"), ("a link to its directory", "open /shares/dir/1"), ("a copy", "copy /shares/1 /shares/copy"),
    ("a copy by a link", "copy /shares/link /shares/copy"), ("moving it", "rename /shares/1 /shares/copy"),
    ("a second name", "hard /shares/1 /shares/copy"), ("a second name of a link", "hard /shares/link/. /shares/copy"),
    ("moving what it is in", "rename /shares/d /shares/copy"), ("in its directory", "open /shares/d/1"),
]


@suite.test
def c7_another_program_gets_at_nothing_that_was_narrowed(world):
    """rival may read, write, move and remove everything there, but for what was narrowed; it tries each way, and bob then takes what it
    finds."""
    container = world.ready()
    world.good(container, "rival", "soft 1 /shares/link", "soft . /shares/dir", "put /shares/decoy decoy")
    world.good(container, "maker", "put /shares/1 " + SECRET, "only /shares/1 alice")
    world.put(container, "alice", "/input/x", b"")
    found = world.run(container, "rival", *(line for _, line in DEPUTY[:-2]))
    for (name, line), (error, answer) in zip(DEPUTY, found):
        check(error != 0 and SECRET not in answer, f"{name}: {line}: {error} {answer}")
    (other,) = world.run(container, "rival", "open /SHARES/1")
    equal(other[0], ACCES, "another case")
    # over it, and away from there: what is at the path is what was narrowed
    world.good(container, "rival", "rename /shares/decoy /shares/1")
    equal(world.get(container, "alice", "/shares/1"), (200, b"decoy"), "alice")
    equal(world.get(container, "bob", "/shares/1")[0], 403, "bob")
    for entry in world.ask(container, "bob", "GET", "/v1/files/shares").json()["entries"]:
        check(SECRET.encode() not in world.get(container, "bob", "/shares/" + entry["name"])[1], f"{entry}")


@suite.test
def c7_a_directory_with_something_narrowed_in_it_stays(world):
    container = world.ready(rights=["rival: write /elsewhere/", "bob: read /elsewhere/"])
    mine = world.begin(container, "maker", ["put /shares/d/1 x", "put /shares/1 " + SECRET])
    world.state(container, mine)
    world.good(container, "maker", "narrow " + compact(take("/shares/1", "principal bob", "program rival")))
    found = world.run(container, "rival", "rename /shares /elsewhere", "rename /shares /shares2", "hard /shares/1 /elsewhere/1", "copy /shares/1 /elsewhere/1")
    check(all(error != 0 for error, _ in found), f"{found}")
    equal(world.get(container, "bob", "/elsewhere/1")[0], 404, "elsewhere")


@suite.rows([("a link in its place", "soft trap /shares/1", "/shares/1"), ("a link above it", "soft trap /shares/d", "/shares/d/1")])
def c7_who_narrows_hears_of(world, link, path):
    """... that rival left where maker's share is to be, before it is written or after: the narrowing is refused, instead of being in
    force where nothing is."""
    container = world.ready(rights=["alice: write /shares/"])
    if path == "/shares/d/1":
        world.put(container, "alice", "/shares/trap/x", b"x")
    world.good(container, "rival", link)
    before = world.in_force(container)
    found = world.run(container, "maker", f"only {path} alice", f"put {path} x", f"only {path} alice", f"once {path}", f"from {path} bob")
    equal([error for error, _ in found], [ACCES, 0, ACCES, ACCES, ACCES], f"{found}")
    equal(world.in_force(container), before, "in force")
    equal([error for error, _ in world.run(container, "maker", f"remove {link.split(' ')[2]}", f"only {path} alice")], [0, 0], "without the link")


@suite.test
def c7_two_names_of_one_file_part_when_the_run_is_over(world):
    """A second name that rival leaves is no way to what maker writes at the first one later."""
    container = world.ready()
    world.good(container, "maker", "put /shares/1 old")
    world.good(container, "rival", "hard /shares/1 /shares/second")
    world.good(container, "maker", "put /shares/1 " + SECRET, "only /shares/1 alice")
    equal(world.get(container, "bob", "/shares/second"), (200, b"old"), "the second name")


if __name__ == "__main__":
    suite.main()
