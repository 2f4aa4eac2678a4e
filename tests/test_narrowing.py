#!/usr/bin/env python3
"""The policy in force, narrowed by principals while everything goes on: what was allowed a moment ago and is not any more does not
happen, whatever was under way (C4, C6); nothing ever widens; everybody sees what was narrowed, and who may not narrow does not."""

import concurrent.futures
import datetime
import hashlib
import json
import random

import curl
import harness
import wire
from tap import Suite, check, contains, equal

WASM = harness.GUESTS / "errand.wasm"
BIG = random.randbytes(1 << 20)
LONG = {"wall_seconds": 600, "cpu_seconds": 600}

# program: its words, and its rights
PROGRAMS = {
    "copy": (["copy", "/input/data", "/output/copy"], ["read /input/", "write /output/"]),
    "hold": (["hold", "/input/data", "/output/held"], ["read /input/", "write /output/"]),
    "other": (["copy", "/input/data", "/output/other"], ["read /input/", "write /output/"]),
    "spin": (["spin"], ["read /input/"]),
}
STREAMS = {
    "wait": {"producer": {"principal": "alice"}, "consumers": [{"program": "hold"}], "window_bytes": 65536, "uses": 100},
    "signs": {"producer": {"program": "hold"}, "consumers": [{"principal": "eve"}], "window_bytes": 65536, "partial": True, "uses": 100},
    "prices": {"producer": {"principal": "alice"}, "consumers": [{"principal": "bob"}, {"principal": "eve"}], "window_bytes": 65536,
               "partial": True, "uses": 100},
}
EVERYTHING = ["expires", "freeze_inputs", "runs", "limits", "take_stream"]
NARROWING = [
    {"principal": "alice", "may": ["take", "read_once"], "path": "/"},
    {"principal": "alice", "may": EVERYTHING},
    {"principal": "bob", "may": ["take"], "path": "/output/"},
]


def take(path, *subjects, may=("read",), kind="from"):
    return {"take": {"may": list(may), "path": path, kind: [dict([subject.split(" ")]) for subject in subjects]}}


class World(harness.Stage):
    def prepare(self):
        self.alice, self.bob, self.eve = self.parties = [self.party(name) for name in ("alice", "bob", "eve")]

    def rules(self, **changes):
        """alice gives the input and may narrow nearly everything; bob and eve read the output; eve starts programs."""
        entries = {}
        for name, (words, _) in PROGRAMS.items():
            entries[name] = (WASM, {"arguments": ["errand", *words], "limits": LONG})
            if name == "hold":
                entries[name][1].update(stdin="/stream/wait", stdout="/stream/signs")
        rights = ["alice: read,write,append,delete /input/", "alice: write /output/", "bob: read,list /output/", "eve: read,list /output/",
                  "bob: write /bob/"]
        for name, (_, own) in PROGRAMS.items():
            rights += [f"eve: write,execute /program/{name}.wasm", *(f"{name}: {right}" for right in own)]
        settings = {"streams": STREAMS, "narrowing": NARROWING, "lifecycle": {"consent": []}, **changes}
        if not settings["lifecycle"].get("consent", True):
            settings["lifecycle"].pop("consent")
        return self.policy(self.parties, entries, rights, **settings)

    def ready(self, **changes):
        container = self.serving(self.rules(**changes))
        for name in PROGRAMS:
            self.put(container, self.eve, f"/program/{name}.wasm", WASM.read_bytes())
        self.put(container, self.alice, "/input/data", b"secret")
        return container

    def ask(self, container, party, method, target, *options, **rest):
        return curl.request(container, party, method, target, *options, **rest)

    def put(self, container, party, path, content=b"some"):
        answer = self.ask(container, party, "PUT", "/v1/files" + path, body=content)
        check(answer.status in (201, 204), f"PUT {path} by {party.name}: {answer.status} {answer.body}")

    def get(self, container, party, path):
        return self.ask(container, party, "GET", "/v1/files" + path)

    def narrow(self, container, party, narrowing, changed=True):
        answer = self.try_to(container, party, narrowing)
        equal(answer.status, 200, f"{narrowing}: {answer.body}")
        equal(answer.json()["changed"], changed, f"{narrowing}: changed")
        return answer.json()

    def try_to(self, container, party, narrowing):
        body = narrowing if isinstance(narrowing, bytes) else json.dumps(narrowing).encode()
        return self.ask(container, party, "POST", "/v1/narrowings", body=body)

    def in_force(self, container):
        return self.ask(container, self.bob, "GET", "/v1/narrowings").json()

    def begin(self, container, program, wait=60, party=None):
        return self.ask(container, party or self.eve, "POST", "/v1/runs", "--header", f"prefer: wait={wait}",
                        body=json.dumps({"program": program}).encode())

    def state(self, container, number, wait=60):
        return self.ask(container, self.eve, "GET", f"/v1/runs/{number}", "--header", f"prefer: wait={wait}").json()

    def holding(self, container):
        """A run that has read its input and written its output, and waits for the end of the stream `wait`."""
        waiting = self.producing(container, "wait", b"go on\n")
        number = self.begin(container, "hold", wait=0).json()["id"]
        wire.Line(container, self.eve).get("signs").await_bytes(5)
        return number, waiting

    def producing(self, container, stream, content):
        """An exchange of alice that has produced this, and goes on."""
        line = wire.Line(container, self.alice)
        exchange = line.put(stream)
        exchange.send(content)
        line.settle()
        return exchange

    def refused(self, answer, *sentences):
        equal((answer.status, answer.problem), (403, "refused"), f"{answer.body}")
        for sentence in sentences:
            contains(answer.json()["detail"], sentence, "the detail")


suite = Suite(World)


# ---- who may narrow, and what is seen of it

@suite.test
def what_was_narrowed_is_refused_and_shown(world):
    container = world.ready()
    before = world.in_force(container)
    equal(before["narrowings"], [], "narrowings")
    world.put(container, world.alice, "/output/result", b"42")
    equal(world.get(container, world.bob, "/output/result").body, b"42", "before")
    said = world.narrow(container, world.alice, take("/output/result", "principal bob"))
    check(said["in_force"] != before["in_force"], "another policy is in force")
    world.refused(world.get(container, world.bob, "/output/result"), "narrowed: bob may not read /output/result any more")
    equal(world.get(container, world.eve, "/output/result").body, b"42", "others")
    shown = world.in_force(container)
    equal(shown["in_force"], said["in_force"], "in force")
    equal([(one["by"], one["narrowing"]) for one in shown["narrowings"]],
          [({"principal": "alice"}, take("/output/result", "principal bob"))], "narrowings")
    equal(world.narrow(container, world.alice, take("/output//./result", "principal bob"), changed=False)["in_force"], said["in_force"],
          "said otherwise")
    equal(len(world.in_force(container)["narrowings"]), 1, "what changes nothing is not kept")


@suite.rows([
    ("without a rule", "eve", take("/output/result", "principal bob")),
    ("elsewhere", "bob", take("/input/data", "program copy")),
    ("all of the root", "bob", take("/", "principal eve")),
    ("beside", "bob", take("/output.d/", "principal eve")),
    ("another kind", "bob", {"freeze_inputs": True}),
    ("read_once", "bob", {"read_once": {"path": "/output/result"}}),
    ("expires", "eve", {"expires": "2026-12-01T00:00:00Z"}),
    ("of a program", "eve", {"runs": {"program": "copy", "at_most": 0}}),
    ("withdraw", "eve", {"withdraw": {"program": "copy"}}),
])
def nobody_narrows(world, who, narrowing):
    container = world.ready()
    before = world.in_force(container)
    world.refused(world.try_to(container, getattr(world, who), narrowing), "narrowing: ")
    equal(world.in_force(container), before, "in force")


@suite.rows([
    ("no JSON", b"take", 400), ("nothing", b"{}", 400), ("two", b'{"freeze_inputs": true, "freeze_inputs": true}', 400),
    ("two kinds", b'{"freeze_inputs": true, "expires": "2026-12-01T00:00:00Z"}', 400), ("unfreeze", b'{"freeze_inputs": false}', 400),
    ("give", b'{"give": {"may": ["read"], "path": "/output/", "to": [{"principal": "bob"}]}}', 400),
    ("nobody", json.dumps(take("/output/x")).encode(), 400),
    ("a stranger", json.dumps(take("/output/x", "principal mallory")).encode(), 404),
    ("no right", json.dumps(take("/output/x", "principal bob", may=["own"])).encode(), 400),
    ("too long", b'{"take": {"path": "' + b"x" * 200000 + b'"}}', 413),
])
def no_narrowing_is(world, body, status):
    container = world.ready()
    before = world.in_force(container)
    answer = world.try_to(container, world.alice, body)
    equal(answer.status, status, f"{answer.body}")
    equal(world.in_force(container), before, "in force")


@suite.test
def everybody_may_give_up_what_is_its_own(world):
    container = world.ready()
    world.put(container, world.bob, "/bob/notes")
    world.narrow(container, world.bob, take("/bob/", "principal bob", may=["write"]))
    answer = world.ask(container, world.bob, "PUT", "/v1/files/bob/notes", body=b"more")
    world.refused(answer, "narrowed: bob may not write")
    world.refused(world.try_to(container, world.bob, take("/bob/", "principal bob", "principal eve", may=["write"])), "narrowing: ")


# ---- C4: nothing widens

@suite.test
def c4_no_order_no_race_and_no_spelling_widens(world):
    """Many narrowings at once, some by two: whatever was refused stays refused, and the same is in force in the end."""
    container = world.ready()
    ends = set()
    narrowings = [take(f"/output/{name}", f"principal {who}") for name in ("a", "b", "c/d") for who in ("bob", "eve")]
    narrowings += [take("/output/c/", "principal bob"), take("/output/c/d", kind="from_all_but", *["principal eve"])]
    for name in ("a", "b", "c/d", "e"):
        world.put(container, world.alice, f"/output/{name}")
    for _ in range(3):
        fresh = world.serving(container.policy)
        order = narrowings * 2
        random.shuffle(order)
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda one: world.try_to(fresh, world.alice, one), order))
        equal({answer.status for answer in answers}, {200}, "statuses")
        ends.add(world.in_force(fresh)["in_force"])
    equal(len(ends), 1, "policies in force")


@suite.test
def c4_a_name_of_another_file_leads_to_it_no_more_than_its_own(world):
    container = world.ready()
    world.put(container, world.alice, "/output/result")
    world.narrow(container, world.alice, take("/output/", "principal bob"))
    for path in ("/output/result", "/output/./result", "/output//result", "/output/x/../result", "/output/%72esult"):
        equal(world.get(container, world.bob, path).status, 403, path)
    world.narrow(container, world.alice, take("/output/", "principal bob", may=["list"]))
    equal(world.get(container, world.bob, "/output").json()["entries"], [], "its list")


# ---- C6: what is under way

@suite.test
def c6_a_download_is_broken_off_in_the_middle(world):
    container = world.ready()
    world.put(container, world.alice, "/output/big", BIG)
    bob, eve = wire.Line(container, world.bob), wire.Line(container, world.eve)
    theirs, ours = bob.ask("GET", "/v1/files/output/big"), eve.ask("GET", "/v1/files/output/big")
    for exchange in (theirs, ours):
        exchange.await_bytes(wire.WINDOW)
    world.narrow(container, world.alice, take("/output/big", "principal bob"))
    theirs.grant(len(BIG))
    equal(theirs.await_end(), "broken", "what bob was getting")
    check(len(theirs.body) <= wire.WINDOW, f"{len(theirs.body)} bytes came")
    check(BIG.startswith(bytes(theirs.body)), "what had come is of the file")
    ours.grant(len(BIG))
    equal(ours.await_end(), "whole", "what eve was getting")
    equal(bytes(ours.body), BIG, "what eve got")


@suite.test
def c6_a_result_that_is_ready_and_not_sent_is_not_sent(world):
    """The run is over, its output has appeared; the narrowing comes before the request for it."""
    container = world.ready()
    world.narrow(container, world.alice, take("/output/copy", kind="from_all_but", *["principal eve"]))
    equal(world.begin(container, "copy").json()["state"], "exited", "the run")
    equal(world.get(container, world.bob, "/output/copy").status, 403, "bob")
    equal(world.get(container, world.eve, "/output/copy").body, b"secret", "eve")


@suite.test
def c6_an_upload_is_refused_when_the_right_goes(world):
    container = world.ready()
    line = wire.Line(container, world.alice)
    exchange = line.ask("PUT", "/v1/files/input/more", [("content-length", "10")], end=False)
    exchange.send(b"01234")
    line.settle()
    world.narrow(container, world.alice, {"freeze_inputs": True})
    exchange.await_end()
    equal(exchange.problem[0], "state", "the upload")
    equal(world.get(container, world.alice, "/input/more").status, 404, "the file")


@suite.rows([
    ("its input", take("/input/data", "program hold"), "failed"),
    ("its output", take("/output/", "program hold", may=["write"]), "failed"),
    ("its stream", {"take_stream": {"stream": "wait", "from": [{"program": "hold"}]}}, "failed"),
    ("another's input", take("/input/data", "program other"), "exited"),
    ("what it has not opened", take("/input/else", "program hold"), "exited"),
])
def c6_a_run_that_has_used(world, narrowing, state):
    """... ends, and nothing of it appears; what does not concern it does not."""
    container = world.ready()
    number, waiting = world.holding(container)
    world.narrow(container, world.alice, narrowing)
    if state == "exited":
        waiting.send(b"", end=True)
    run = world.state(container, number)
    equal(run["state"], state, f"{run}")
    if state == "failed":
        contains(run["reason"], "narrowed: ", "the reason")
        equal(world.get(container, world.eve, "/output/held").status, 404, "its output")
    else:
        equal(world.get(container, world.eve, "/output/held").body, b"secret", "its output")


@suite.test
def c6_consent_withdrawn_ends_the_run_and_every_other(world):
    container = world.ready(lifecycle={"consent": ["alice"]})
    digest = hashlib.sha256(WASM.read_bytes()).hexdigest()
    for name in ("hold", "other"):
        answer = world.ask(container, world.alice, "POST", "/v1/consents", body=json.dumps({"program": name, "sha256": digest}).encode())
        equal(answer.status, 201, f"{answer.body}")
    number, _ = world.holding(container)
    world.narrow(container, world.alice, {"withdraw": {"program": "hold"}})
    run = world.state(container, number)
    equal(run["state"], "failed", f"{run}")
    equal(world.get(container, world.eve, "/output/held").status, 404, "its output")
    world.refused(world.begin(container, "hold"), "narrowed: ")
    equal(world.begin(container, "other").json()["state"], "exited", "the other program")


@suite.test
def c6_a_consumer_gets_no_more_and_the_others_go_on(world):
    container = world.ready()
    source = world.producing(container, "prices", b"1\n")
    bob = wire.Line(container, world.bob).get("prices")
    eve = wire.Line(container, world.eve).get("prices")
    for exchange in (bob, eve):
        exchange.await_bytes(2)
    world.narrow(container, world.alice, {"take_stream": {"stream": "prices", "from": [{"principal": "bob"}]}})
    source.send(b"2\n", end=True)
    equal((bob.await_end(), bytes(bob.body)), ("broken", b"1\n"), "bob's")
    equal((eve.await_end(), bytes(eve.body)), ("whole", b"1\n2\n"), "eve's")
    world.refused(world.ask(container, world.bob, "GET", "/v1/streams/prices"), "narrowed: ")
    equal([stream["name"] for stream in world.ask(container, world.bob, "GET", "/v1/streams").json()["streams"]], [], "bob knows of")
    ends = {}
    for party in (world.bob, world.eve):
        elements = world.ask(container, party, "GET", "/v1/journal").json()["entries"]
        entries = [(json.loads(element["entry"]), element.get("details")) for element in elements if "entry" in element]
        ends[party.name] = [details for entry, details in entries if entry["kind"] == "stream" and entry["over"]]
    equal(ends["bob"], [None], "what bob is told of the end")
    contains(ends["eve"][0], '"bytes":4', "what eve is told")


@suite.test
def c6_a_producer_that_may_not_loses_the_use(world):
    container = world.ready()
    source = world.producing(container, "prices", b"1\n")
    eve = wire.Line(container, world.eve).get("prices")
    eve.await_bytes(2)
    world.narrow(container, world.alice, {"take_stream": {"stream": "prices", "from": [{"principal": "alice"}]}})
    equal(eve.await_end(), "broken", "eve's")
    source.await_end()
    check(source.problem[0] in ("refused", "lost"), f"the producer hears {source.problem}")
    world.refused(world.ask(container, world.alice, "PUT", "/v1/streams/prices", body=b"x"), "narrowed: ")


@suite.test
def c6_who_waits_for_a_run_it_may_not_know_of_any_more_hears_so(world):
    container = world.ready()
    number, waiting = world.holding(container)
    line = wire.Line(container, world.eve)
    answer = line.ask("GET", f"/v1/runs/{number}", [("prefer", "wait=600")])
    events = line.ask("GET", f"/v1/runs/{number}/events")
    events.await_bytes(1)
    world.narrow(container, world.alice, take("/program/hold.wasm", "principal eve", may=["execute"]))
    answer.await_end()
    equal(answer.problem[0], "refused", "the answer")
    equal(events.await_end(), "broken", "the events")
    waiting.send(b"", end=True)


# ---- the other kinds

@suite.test
def a_file_that_is_read_once_is_read_once_by_each(world):
    container = world.ready()
    world.put(container, world.alice, "/output/result", BIG)
    world.narrow(container, world.alice, {"read_once": {"path": "/output/result"}})
    # a connection that broke in the middle is no reading
    line = wire.Line(container, world.bob)
    exchange = line.ask("GET", "/v1/files/output/result")
    exchange.await_bytes(wire.WINDOW)
    exchange.stop()
    line.settle()
    again = world.ask(container, world.bob, "GET", "/v1/files/output/result", "--header", "range: bytes=0-9")
    equal((again.status, again.body), (200, BIG), "bob, once; of a range, the whole")
    for _ in range(2):
        world.refused(world.get(container, world.bob, "/output/result"), "narrowed: bob may not read /output/result any more")
    equal(world.get(container, world.eve, "/output/result").body, BIG, "eve")
    world.refused(world.get(container, world.eve, "/output/result"), "narrowed: ")
    kinds = [next(iter(one["narrowing"])) for one in world.in_force(container)["narrowings"]]
    equal(kinds, ["read_once", "take", "take"], "narrowings")


@suite.test
def what_is_read_once_is_one_version(world):
    container = world.ready()
    world.put(container, world.alice, "/output/result", BIG)
    world.narrow(container, world.alice, {"read_once": {"path": "/output/result"}})
    line = wire.Line(container, world.bob)
    exchange = line.ask("GET", "/v1/files/output/result")
    exchange.await_bytes(wire.WINDOW)
    exchange.stop()
    line.settle()
    world.put(container, world.alice, "/output/result", b"another")
    answer = world.get(container, world.bob, "/output/result")
    equal((answer.status, answer.problem), (409, "state"), f"{answer.body}")
    equal(world.get(container, world.eve, "/output/result").body, b"another", "eve")


@suite.test
def readers_at_once_of_what_is_read_once_have_it_once(world):
    container = world.ready()
    world.put(container, world.alice, "/output/result", b"42")
    world.narrow(container, world.alice, {"read_once": {"path": "/output/result"}})
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: world.get(container, world.bob, "/output/result"), range(8)))
    check({answer.status for answer in answers} <= {200, 403}, "statuses")
    equal({answer.body for answer in answers if answer.status == 200}, {b"42"}, "contents")
    world.refused(world.get(container, world.bob, "/output/result"), "narrowed: ")


@suite.test
def runs_are_fewer_and_never_more(world):
    container = world.ready(lifecycle={"runs": [{"program": "copy", "at_most": 5}]})
    equal(world.begin(container, "copy").json()["state"], "exited", "the first")
    world.narrow(container, world.alice, {"runs": {"program": "copy", "at_most": 2}})
    world.narrow(container, world.alice, {"runs": {"program": "copy", "at_most": 4}}, changed=False)
    equal(world.begin(container, "copy").json()["state"], "exited", "the second")
    answer = world.begin(container, "copy")
    equal((answer.status, answer.problem), (429, "quota"), f"{answer.body}")
    world.narrow(container, world.alice, {"runs": {"program": "other", "at_most": 0}})
    equal(world.begin(container, "other").status, 429, "none at all")


@suite.test
def a_run_under_way_gets_less_time(world):
    container = world.ready()
    number = world.begin(container, "spin", wait=0).json()["id"]
    world.narrow(container, world.alice, {"limits": {"program": "spin", "cpu_seconds": 1}})
    run = world.state(container, number, wait=300)
    equal(run["state"], "failed", f"{run}")
    contains(run["reason"], "limits.cpu_seconds: more than 1", "the reason")


@suite.test
def the_container_ends_sooner(world):
    container = world.ready()
    soon = (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
    world.narrow(container, world.alice, {"expires": soon})
    container.service.wait()
    contains(container.service.log(), "expires", "why it ended")


@suite.test
def inputs_freeze_before_a_run(world):
    container = world.ready()
    world.narrow(container, world.alice, {"freeze_inputs": True})
    answer = world.ask(container, world.alice, "PUT", "/v1/files/input/data", body=b"other")
    equal((answer.status, answer.problem), (409, "state"), f"{answer.body}")
    equal(world.begin(container, "copy").json()["state"], "exited", "a run")


@suite.test
def the_container_ends_when_those_who_are_left_have_read(world):
    container = world.ready(lifecycle={"shutdown_when_read": ["/output/result"]})
    world.put(container, world.alice, "/output/result", b"42")
    equal(world.get(container, world.eve, "/output/result").body, b"42", "eve")
    world.narrow(container, world.alice, take("/output/result", "principal bob"))
    container.service.wait()


# ---- what it costs

@suite.test
def who_asks_much_and_takes_nothing_gets_no_more(world):
    """Each list is composed when it is asked for, and stays in the container's memory until its client has taken it."""
    container = world.ready()
    for number in range(200):
        world.narrow(container, world.bob, take("/output/" + "/".join([f"{number:0200}"] * 4), "principal bob"))
    size = len(world.ask(container, world.bob, "GET", "/v1/narrowings").body)
    line = wire.Line(container, world.bob, initial=0)
    asked = [line.ask("GET", "/v1/narrowings") for _ in range(150)]
    for exchange in asked:
        exchange.await_head()
        exchange.grant(4096)
    line.until(lambda: all(exchange.end or len(exchange.body) == 4096 for exchange in asked))
    held = [exchange for exchange in asked if exchange.end is None]
    check(0 < len(held) * size <= 16 << 20, f"{len(held)} lists of {size} bytes are held")
    for exchange in asked:
        if exchange not in held:
            equal(exchange.problem, ("quota", "answers that you have asked for and not taken have filled their room"), "the others")
    equal(world.ask(container, world.alice, "GET", "/v1/narrowings").status, 200, "another principal")
    equal(world.narrow(container, world.bob, take("/output/x", "principal bob"))["changed"], True, "what is done is told")
    for exchange in held:
        exchange.stop()
    line.settle()
    equal(world.ask(container, world.bob, "GET", "/v1/narrowings").status, 200, "afterwards")


if __name__ == "__main__":
    suite.main()
