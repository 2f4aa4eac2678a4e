#!/usr/bin/env python3
"""Ends of streams that are none, records and their bounds, lengths that are hidden, and requests that are refused."""

import concurrent.futures
import json
import random

import harness
from stream_world import CELL, STREAMS, TEXT, WINDOW, World, cells_of, gmac_field, put, sha256_field
from tap import Suite, check, contains, equal


suite = Suite(World)


# ---- the end ----


@suite.rows([
    ("D6: a longer one", lambda container, name: [("stream-length", str(len(TEXT) + 1))]),
    ("D6: a shorter one", lambda container, name: [("stream-length", str(len(TEXT) - 1))]),
    ("D1: a digest of less", lambda container, name: [("repr-digest", gmac_field(container, name, 1, TEXT[:-1]))]),
    ("D2: a digest of another order", lambda container, name: [("repr-digest", gmac_field(container, name, 1, TEXT[::-1]))]),
    ("D3: a digest of more", lambda container, name: [("repr-digest", gmac_field(container, name, 1, TEXT + TEXT[:1]))]),
    ("D5: a digest of another stream", lambda container, name: [("repr-digest", gmac_field(container, "usual", 1, TEXT))]),
    ("D5: a digest of another use", lambda container, name: [("repr-digest", gmac_field(container, name, 2, TEXT))]),
    ("a digest of another kind", lambda container, name: [("repr-digest", sha256_field(TEXT))]),
])
def an_end_that_is_not_proven_is_none(world, trailers):
    name = world.fresh()
    with world.line(world.maker) as line, world.line(world.taker) as far:
        got = far.get(name).await_head()
        wrong = put(line, name, TEXT, trailers=trailers(world.container, name))
        equal(json.loads(wrong.body)["status"], 422, "status")
        equal(wrong.problem[0], "mismatch", "problem")
        equal((got.await_end(), far.state(name)["state"]), ("broken", "lost"), "the consumer's end")
        contains(wrong.problem[1], far.state(name)["reason"], "the reason")


@suite.test
def D5_a_right_digest_is_accepted(world):
    name = world.fresh()
    with world.line(world.maker) as line:
        good = put(line, name, TEXT, trailers=[("stream-length", str(len(TEXT))), ("repr-digest", gmac_field(world.container, name, 1, TEXT))])
        equal((good.end, json.loads(good.body)["state"]), ("whole", "ended"), "end")


@suite.test
def before_the_end_is_proven_nothing_leaves(world):
    with world.line(world.maker) as line, world.line(world.taker) as far:
        got = far.get("held")
        source = line.put("held")
        source.send(TEXT)
        line.settle()
        got.await_head()
        far.settle()
        equal((bytes(got.body), far.state("held")["position"], line.state("held")["position"]), (b"", 0, len(TEXT)), "while it goes on")
        probes = [far.get("held", ("range", f"bytes={at}-")) for at in (1, len(TEXT), len(TEXT) + 1)]
        equal([probe.await_end() for probe in probes], ["whole"] * 3, "probes")
        equal(len({probe.problem for probe in probes}), 1, "what they tell apart")
        source.send(b"", end=True)
        equal((got.await_end(), bytes(got.body)), ("whole", TEXT), "at the end")


@suite.rows([
    ("a length that is wrong", "held3", TEXT, [("stream-length", "4711")]),
    ("a digest that is wrong", "held3", TEXT, [("repr-digest", "veracruz-gmac=:AAAAAAAAAAAAAAAAAAAAAA==:")]),
    ("a line that is not whole", "held4", TEXT + b"x" * 7, []),
    ("a line that is too long", "held4", TEXT + b"x" * 200, []),
    ("a cell out of form", "held5", cells_of([b"a"] * 8) + b"\0\0\x12\x67" + b"\0" * 100, []),
])
def what_was_lost_before_its_end_has_no_length_either(world, name, content, trailers):
    """Nor does the reason, which every party sees, have a number in it that the producer chose."""
    with world.line(world.maker) as line, world.line(world.taker) as far:
        wrong = put(line, name, content, trailers=trailers)
        check(wrong.problem[0] in ("limit", "mismatch"), f"problem {wrong.problem}")
        state = far.state(name)
        equal((state["state"], state["position"], [byte for byte in state["reason"] if byte.isdigit()]), ("lost", 0, []), state["reason"])


@suite.test
def more_than_the_window_before_the_end_is_lost(world):
    with world.line(world.maker) as line, world.line(world.taker) as far:
        got = far.get("held2").await_head()
        wrong = put(line, "held2", random.randbytes(3 * WINDOW))
        equal((wrong.problem[0], got.await_end(), bytes(got.body)), ("limit", "broken", b""), "the ends")
        contains(far.state("held2")["reason"], "nothing may leave before the end", "reason")


@suite.test
def D4_a_use_is_spent_once(world):
    """A whole stream cannot be played again, nor its parts; what was said of one use is not said of another."""
    with world.line(world.maker) as line, world.line(world.taker) as far:
        for use in (1, 2):
            proof = [("repr-digest", gmac_field(world.container, "twice", use, TEXT))]
            equal(put(line, "twice", TEXT, ("stream-use", str(use)), trailers=proof).end, "whole", f"use {use}")
            got = far.get("twice")
            equal((got.await_end(), bytes(got.body)), ("whole", TEXT), f"use {use}")
            again = world.ask(world.maker, "PUT", "/v1/streams/twice", "--header", f"stream-use: {use}", body=TEXT)
            equal((again.status, again.problem), (409, "offset"), f"use {use} again")
        again = world.ask(world.maker, "PUT", "/v1/streams/twice", body=TEXT)
        equal((again.status, again.problem), (410, "gone"), "a third")
        contains(again.json()["detail"], "streams.twice.uses", "the rule")
        again = world.ask(world.taker, "GET", "/v1/streams/twice")
        equal((again.status, again.problem), (410, "gone"), "a third, of the consumer")


@suite.test
def D4_the_proof_of_one_use_is_none_of_the_next(world):
    with world.line(world.maker) as line, world.line(world.taker) as far:
        proof = [("repr-digest", gmac_field(world.container, "twice2", 1, TEXT))]
        equal(put(line, "twice2", TEXT, trailers=proof).end, "whole", "use 1")
        equal(far.get("twice2").await_end(), "whole", "use 1")
        equal(put(line, "twice2", TEXT, trailers=proof).problem[0], "mismatch", "use 2")


@suite.rows([
    ("a consumer that would produce", "taker", "PUT", "streams.plain0.producer"),
    ("a producer that would consume", "maker", "GET", "streams.plain0.consumers"),
    ("another that would produce", "second", "PUT", "streams.plain0.producer"),
    ("another that would consume", "second", "GET", "streams.plain0.consumers"),
    ("another that would look", "second", "HEAD", None),
    ("another that would lose it", "second", "DELETE", "streams.plain0.consumers"),
])
def D5_no_party_takes_the_place_of_another(world, who, method, rule):
    answer = world.ask(getattr(world, who), method, "/v1/streams/plain0", body=b"x" if method == "PUT" else None)
    equal(answer.status, 403, "status")
    if rule:
        equal(answer.problem, "refused", "problem")
        contains(answer.json()["detail"], rule, "the rule")


@suite.rows([
    ("lines", "lines", b"whole\nhalf"),
    ("a prefix", "length", b"\0\0\0\1x\0\0"),
    ("a record", "length", b"\0\0\0\5x"),
    ("a cell", "cells", b"\0" * (CELL - 1)),
])
def D6_an_end_in_the_middle_of_a_record(world, name, content):
    with world.line(world.maker) as line, world.line(world.taker) as far:
        use = far.state(name)["use"] + (far.state(name)["state"] != "idle")
        wrong = put(line, name, content, ("stream-use", str(use)))
        equal(wrong.problem[0], "mismatch", "problem")
        contains(wrong.problem[1], "in the middle of", "detail")
        equal(far.state(name)["state"], "lost", "state")


@suite.test
def consumers_see_whole_records_only(world):
    with world.line(world.maker) as line, world.line(world.taker) as far:
        source = line.put("lines")
        got = far.get("lines")
        if got.end or far.state("lines")["consumers"][0]["held"] is False:  # it was told of the use that was lost
            got.await_end()
            got = far.get("lines")
        source.send(b"one\ntw")
        equal(got.await_bytes(4), b"one\n", "the first line")
        line.settle()
        far.settle()
        equal(bytes(got.body), b"one\n", "and no more")
        source.send(b"o\n", end=True)
        equal((got.await_end(), bytes(got.body)), ("whole", b"one\ntwo\n"), "both")


@suite.rows([
    ("a line", "lines", b"x" * 101),
    ("a line that ends", "lines", b"x" * 101 + b"\n"),
    ("after others", "lines", b"a\n" * 1000 + b"x" * 101 + b"\n"),
    ("a prefix that says more", "length", b"\0\0\0\x65" + b"x" * 101),
    ("a prefix that says 4 GiB", "length", b"\xff\xff\xff\xff"),
    ("a cell that says more", "cells", b"\0\0\0\x65" + b"x" * 100),
    ("a cell that says 4 GiB", "cells", b"\xff" * CELL),
    ("a cell with a newline in a line", "cells", b"\0\0\0\2a\n" + b"\0" * 98),
    ("a cell with bytes behind", "cells", b"\0\0\0\1ab" + b"\0" * 98),
])
def D11_an_oversize_record_is_refused(world, name, content):
    with world.line(world.maker) as line:
        wrong = put(line, name, content, trailers=[])
        check(wrong.problem[0] in ("limit", "mismatch"), f"problem {wrong.problem}")
        equal(line.state(name)["state"], "lost", "state")


@suite.rows([
    ("the longest line", "lines", b"x" * 100 + b"\n"),
    ("empty lines", "lines", b"\n" * 5000),
    ("the longest record", "length", b"\0\0\0\x64" + b"x" * 100),
    ("empty records", "length", b"\0\0\0\0" * 5000),
])
def D11_records_at_their_bounds(world, name, content):
    with world.line(world.maker) as line, world.line(world.taker) as far:
        equal(put(line, name, content, trailers=[]).end, "whole", "put")
        use = str(line.state(name)["use"])
        got = far.get(name, ("stream-use", use))
        equal((got.await_end(), bytes(got.body)), ("whole", content), "bytes")


@suite.test
def D11_empty_pieces_are_nothing(world):
    name = world.fresh()
    with world.line(world.maker) as line:
        source = line.put(name)
        for _ in range(200):
            line.data(source.number, b"")
        source.send(TEXT)
        for _ in range(200):
            line.data(source.number, b"")
        source.send(b"", end=True)
        equal(source.await_end(), "whole", "end")
        equal(line.state(name)["position"], len(TEXT), "taken")


# ---- hiding lengths ----


@suite.test
def D10_padded_records_look_alike(world):
    """The bodies of two contents with as many records are equally long, in both directions, and come back as they were."""
    lengths = []
    for lines in ([b""] * 700, [b"x" * 100] * 700, [random.randbytes(50).hex()[:random.randrange(101)].encode() for _ in range(700)]):
        wanted = cells_of(lines)
        with world.line(world.maker) as line, world.line(world.taker) as far:
            source = line.put("cells")
            rest = source.push(wanted)
            use = str(line.state("cells")["use"])
            got = far.get("cells", ("stream-use", use))
            got.grant(8 * WINDOW)
            writing = concurrent.futures.ThreadPoolExecutor(1).submit(source.send, rest, True)
            equal((got.await_end(), bytes(got.body) == wanted), ("whole", True), "cells")
            writing.result(harness.PATIENCE)
            equal((source.await_end(), json.loads(source.body)["position"]), ("whole", sum(len(one) + 1 for one in lines)), "positions")
        lengths.append((source.sent, len(got.body)))
    equal(len(set(lengths)), 1, f"lengths {lengths}")


@suite.test
def D7_padded_streams_resume_between_records(world):
    records = [random.randbytes(random.randrange(101)) for _ in range(900)]
    plain = [len(one).to_bytes(4, "big") + one for one in records]
    wanted = cells_of(records)
    at, seen = 0, b""  # records that the consumer has
    with world.line(world.maker) as line:
        source = line.put("cells2")
        rest = source.push(wanted[:5 * CELL + 17])
        while at < len(records):
            with world.line(world.taker, initial=100 * CELL) as far:
                offset = sum(map(len, plain[:at]))
                got = far.get("cells2", ("prefer", "resumable"), ("stream-use", "1"), ("range", f"bytes={offset}-"))
                rest = source.push(rest + wanted[5 * CELL + 17:] if at == 0 else rest, end=True)
                got.await_bytes(CELL)
                line.settle()
                keep = random.randrange(1, len(got.body) // CELL + 1)
                got.grant(keep * CELL)
                far.settle()
                seen += bytes(got.body[:keep * CELL])
                at += keep
        check(seen == wanted, "other cells")
        equal(source.await_end(), "whole", "end")
        wrong = world.ask(world.taker, "GET", "/v1/streams/cells2", "--header", f"range: bytes={sum(map(len, plain)) - 1}-")
        equal((wrong.status, wrong.problem), (409, "offset"), "in the middle of a record")
        with world.line(world.taker) as far:
            equal(far.delete("cells2", ("stream-offset", str(sum(map(len, plain))))).end, "whole", "confirmed")


@suite.test
def D7_a_cell_that_was_cut_is_sent_again(world):
    records = [random.randbytes(random.randrange(101)) for _ in range(20)]
    plain = [len(one).to_bytes(4, "big") + one for one in records]
    wanted = cells_of(records)
    with world.line(world.maker) as line, world.line(world.taker, initial=5 * CELL + 10) as far:
        source = line.put("cells2")
        source.send(wanted)
        use = str(line.state("cells2")["use"])
        got = far.get("cells2", ("stream-use", use))
        equal(got.await_bytes(5 * CELL + 10), wanted[:5 * CELL + 10], "five cells and a part")
        got.stop()
        far.settle()
        equal(line.state("cells2")["consumers"][0]["position"], sum(map(len, plain[:5])), "taken")
        source.send(b"", end=True)
        rest = far.get("cells2", ("stream-use", use))
        rest.grant(WINDOW)
        equal((rest.await_end(), bytes(rest.body) == wanted[5 * CELL:]), ("whole", True), "from the sixth")


# ---- requests ----


@suite.rows([
    ("a sign", "PUT", "upload-offset: +1"),
    ("zeros before", "PUT", "upload-offset: 00"),
    ("too large", "PUT", "upload-offset: 9999999999999999999"),
    ("no boolean", "PUT", "upload-complete: true"),
    ("no use", "PUT", "stream-use: 0"),
    ("an end", "GET", "range: bytes=0-5"),
    ("from the end", "GET", "range: bytes=-5"),
    ("another unit", "GET", "range: records=1-"),
    ("no use, of a get", "GET", "stream-use: x"),
    ("no use, of a delete", "DELETE", "stream-use: -1"),
])
def malformed_fields(world, method, field):
    party = world.maker if method == "PUT" else world.taker
    answer = world.ask(party, method, "/v1/streams/plain31", "--header", field, body=b"x" if method == "PUT" else None)
    equal((answer.status, answer.problem), (400, "malformed"), "answer")
    contains(answer.json()["detail"], field.split(":")[0], "the field is named")


@suite.rows([
    ("too many streams in the path", "GET", "/v1/streams/plain0/plain1", 404),
    ("no such stream", "GET", "/v1/streams/nothing", 404),
    ("no such method", "POST", "/v1/streams/plain0", 405),
    ("no such method of all", "PUT", "/v1/streams", 405),
])
def unrouted(world, method, target, status):
    equal(world.ask(world.taker, method, target, body=b"x" if method in ("PUT", "POST") else None).status, status, "status")


@suite.test
def each_sees_its_own_streams(world):
    for party, wanted in ((world.maker, set(STREAMS) - {"theirs"}), (world.taker, set(STREAMS)), (world.second, {"both", "theirs"}),
                          (world.stranger, set())):
        found = world.ask(party, "GET", "/v1/streams").json()["streams"]
        equal({stream["name"] for stream in found}, wanted, party.name)


@suite.test
def use_numbers_are_checked(world):
    for party, method in ((world.maker, "PUT"), (world.taker, "GET"), (world.taker, "DELETE"), (world.maker, "DELETE")):
        answer = world.ask(party, method, "/v1/streams/plain31", "--header", "stream-use: 2", body=b"x" if method == "PUT" else None)
        equal((answer.status, answer.problem, answer.fields["stream-use"]), (409, "offset", "1"), f"{method} of {party.name}")


suite.main()
