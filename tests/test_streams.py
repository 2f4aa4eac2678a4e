#!/usr/bin/env python3
"""Streams between principals over HTTP: back-pressure to the byte, resumption, take-over, several consumers, and a container that ends. No
program takes part here."""

import concurrent.futures
import json
import random
import subprocess

import curl
import harness
import wire
from stream_world import MANY, PLAIN, TEXT, WINDOW, World, feed, fill, gmac_field, part, put, sha256_field, streaming
from tap import Suite, check, contains, equal


suite = Suite(World)


# ---- curl, and nothing of ours ----


@suite.test
def curl_streams_to_curl(world):
    """Bytes arrive while the producer still sends; 5 MB through a window of 1 MiB; the end comes with length and digest."""
    content = random.randbytes(5_000_000)
    head = world.path("head")
    out = world.path("out")
    with open(out, "wb") as file:
        get = streaming(world.container, world.taker, "usual", "--dump-header", str(head), stdout=file)
        make = streaming(world.container, world.maker, "usual", "--upload-file", "-", "--include", stdin=subprocess.PIPE)
        writing = feed(make, content)
        answer = make.stdout.read()
        writing.result(harness.PATIENCE)
        equal((make.wait(harness.PATIENCE), get.wait(harness.PATIENCE)), (0, 0), "exit codes")
    check(out.read_bytes() == content, "other bytes")
    fields = curl.parse_fields(head.read_text())
    equal(fields.get("stream-length"), str(len(content)), "trailer")
    equal(fields.get("repr-digest"), gmac_field(world.container, "usual", 1, content), "digest, as openssl computes it")
    for field in (b"upload-offset: 5000000", b"upload-complete: ?1", b"stream-use: 1", b'"state":"ended"'):
        check(field in answer, f"{field} in the producer's answer {answer}")


@suite.test
def bytes_arrive_while_the_producer_goes_on(world):
    name = world.fresh()
    get = streaming(world.container, world.taker, name)
    make = streaming(world.container, world.maker, name, "--upload-file", "-", stdin=subprocess.PIPE)
    for line in TEXT.splitlines(keepends=True):
        make.stdin.write(line)
        make.stdin.flush()
        equal(get.stdout.read(len(line)), line, "a line, before the next is sent")
    make.stdin.close()
    equal((get.stdout.read(), get.wait(harness.PATIENCE), make.wait(harness.PATIENCE)), (b"", 0, 0), "end")


@suite.test
def a_file_with_its_length_ends_at_once(world):
    name = world.fresh()
    answer = world.ask(world.maker, "PUT", f"/v1/streams/{name}", body=TEXT)
    equal((answer.status, answer.fields.get("upload-offset"), answer.json()["state"]), (200, str(len(TEXT)), "ended"), "answer")
    equal(answer.json()["mark"], gmac_field(world.container, name, 1, TEXT), "digest")
    equal(world.ask(world.taker, "GET", f"/v1/streams/{name}").body, TEXT, "a receiver that comes late")


@suite.test
def digest_by_sha_256_is_what_sha256sum_prints(world):
    answer = world.ask(world.maker, "PUT", "/v1/streams/hashed", body=TEXT)
    equal(answer.json()["mark"], sha256_field(TEXT), "digest")


@suite.test
def an_empty_stream_has_an_end_too(world):
    name = world.fresh()
    equal(world.ask(world.maker, "PUT", f"/v1/streams/{name}", body=b"").status, 200, "status")
    answer = world.ask(world.taker, "GET", f"/v1/streams/{name}")
    equal((answer.status, answer.body, answer.fields.get("stream-length")), (200, b"", "0"), "a receiver that comes late")


@suite.test
def D6_a_killed_curl_did_not_end(world):
    name = world.fresh()
    get = world.line(world.taker)
    got = get.get(name)
    make = streaming(world.container, world.maker, name, "--upload-file", "-", stdin=subprocess.PIPE)
    make.stdin.write(TEXT)
    make.stdin.flush()
    got.await_bytes(len(TEXT))
    make.kill()
    make.wait()
    while get.state(name)["producer"]["held"]:
        pass
    state = get.state(name)
    equal((state["state"], state["position"], got.end), ("open", len(TEXT), None), "state")
    with world.line(world.maker) as line:
        equal(put(line, name, b"rest\n", ("upload-offset", str(len(TEXT)))).end, "whole", "the rest")
    equal((got.await_end(), bytes(got.body)), ("whole", TEXT + b"rest\n"), "all of it")


@suite.test
def D6_a_curl_that_ran_out_of_time_did_not_end(world):
    """At the end of --max-time curl says that this was all, and closes: the container waits a moment for the second."""
    name = world.fresh()
    make = streaming(world.container, world.maker, name, "--upload-file", "-", "--max-time", "1", stdin=subprocess.PIPE)
    make.stdin.write(TEXT)
    make.stdin.flush()
    equal(make.wait(harness.PATIENCE), 28, "curl's exit code")
    with world.line(world.taker) as line:
        while line.state(name)["producer"]["held"]:
            pass
        equal(line.state(name)["state"], "open", "state")


@suite.test
def D6_an_end_that_is_taken_back_at_once(world):
    """END_STREAM without length or digest, and RST_STREAM behind it, is no end; with its proof it is one."""
    name = world.fresh()
    with world.line(world.maker) as line:
        source = line.put(name)
        source.send(TEXT, end=True)
        source.stop()
        line.settle()
        equal(line.state(name)["state"], "open", "state")
        proven = line.put(name, ("upload-offset", str(len(TEXT))))
        proven.send(b"rest")
        proven.trail([("stream-length", str(len(TEXT) + 4))])
        proven.stop()
        line.settle()
        equal(line.state(name)["state"], "ended", "one that was proven stays")


# ---- back-pressure ----


@suite.test
def a_full_window_stops_the_producer_to_the_byte(world):
    """Nobody consumes: what the producer may send in all is never more than the window, and other streams flow."""
    name, other = world.fresh(), world.fresh()
    with world.line(world.maker) as line, world.line(world.taker, initial=0) as far:
        full = line.put(name)
        content = random.randbytes(3 * WINDOW)
        rest = fill(line, full, content)
        equal((full.sent, line.state(name)["position"]), (WINDOW, WINDOW), "sent, and taken")
        equal(put(line, other, TEXT).end, "whole", "another stream on the same connection")
        got = far.get(name)
        got.await_head()
        line.settle()
        equal((full.window, full.granted), (0, WINDOW), "a consumer that takes nothing frees nothing")
        got.grant(WINDOW // 2)
        got.await_bytes(WINDOW // 2)
        line.until(lambda: full.window > 0)
        check(full.granted <= WINDOW + WINDOW // 2, f"{full.granted} bytes granted after {WINDOW // 2} were taken")
        got.grant(4 * WINDOW)
        writer = concurrent.futures.ThreadPoolExecutor(1).submit(full.send, rest, True)
        equal(got.await_bytes(len(content)), content, "bytes")
        writer.result(harness.PATIENCE)
        equal((full.await_end(), got.await_end()), ("whole", "whole"), "ends")


@suite.test
def what_does_not_fit_at_first_waits(world):
    """A window is full, and another connection may send its first bytes before anybody can stop it."""
    name = world.fresh()
    content = random.randbytes(2 * WINDOW - 2)
    with world.line(world.maker) as line, world.line(world.taker) as far:
        part(line, name, content[:WINDOW - 1])
        late = line.put(name, ("upload-offset", str(WINDOW - 1)))
        equal(late.push(content[WINDOW - 1:], end=True), b"", "not sent")
        line.settle()
        equal(line.state(name)["position"], WINDOW, "taken: the window and no more")
        got = far.get(name)
        got.grant(4 * WINDOW)
        equal((got.await_end(), bytes(got.body) == content, late.await_end()), ("whole", True, "whole"), "all of it, in order")


@suite.rows([
    ("more", "plain", b"b" * 1000, False, None),
    ("the end", "plain", b"b" * 1000, True, "whole"),
    ("a loss", "lines", b"b" * 1000, False, "broken"),
])
def what_waited_comes_when_the_consumer_takes(world, kind, late, ends, far_end):
    """A client that has all there is makes room by its flow control alone; what comes by that is not told to it otherwise."""
    name = world.fresh() if kind == "plain" else kind
    with world.line(world.maker) as line, world.line(world.taker, initial=0) as far:
        part(line, name, b"a\n" * (WINDOW // 2))
        got = far.get(name, ("prefer", "resumable")).await_head()
        got.grant(2 * WINDOW)
        got.await_bytes(WINDOW)
        source = line.put(name, ("upload-offset", str(WINDOW)), *([("content-length", str(len(late)))] if ends else []))
        equal(source.push(late, end=ends), b"", "not sent")
        line.settle()
        equal(line.state(name)["position"], WINDOW, "taken: the window")
        got.grant(WINDOW)
        if far_end:
            equal(got.await_end(), far_end, "end")
        if far_end != "broken":
            equal(got.await_bytes(WINDOW + len(late))[WINDOW:], late, "what waited")


@suite.test
def what_waited_and_was_not_taken_is_sent_again(world):
    """The connection breaks while bytes wait for room: the producer is told what is in the window, and goes on there."""
    name = world.fresh()
    content = random.randbytes(3 * WINDOW)
    with world.line(world.taker) as far:
        with world.line(world.maker) as line:
            fill(line, line.put(name), content)
        with world.line(world.maker) as line:
            late = line.put(name, ("upload-offset", str(WINDOW)))
            late.push(content[WINDOW:])
            line.settle()
            equal((late.sent, line.state(name)["position"]), (WINDOW - 1, WINDOW), "sent, and taken")
        with world.line(world.maker) as line:
            last = line.put(name, ("upload-offset", str(WINDOW)))
            got = far.get(name)
            got.grant(4 * WINDOW)
            writing = concurrent.futures.ThreadPoolExecutor(1).submit(last.send, content[WINDOW:], True)
            equal((got.await_end(), bytes(got.body) == content), ("whole", True), "bytes")
            writing.result(harness.PATIENCE)
            equal(last.await_end(), "whole", "end")


@suite.test
def many_streams_share_one_connection(world):
    """256 at once, each stopped at its own place; then they end in any order."""
    streams = {f"s{i}": PLAIN for i in range(MANY)}
    container = world.serving(world.rules(streams))
    order = random.sample(sorted(streams), MANY)
    with wire.Line(container, world.maker) as line, wire.Line(container, world.taker) as far:
        puts = {name: line.put(name) for name in streams}
        gets = {name: far.get(name) for name in streams}
        for name, exchange in puts.items():
            exchange.send(name.encode() * 20)
        for name, exchange in gets.items():
            equal(exchange.await_bytes(20 * len(name)), name.encode() * 20, f"bytes of {name}")
        for name in order:
            puts[name].trail([("stream-length", str(20 * len(name)))])
        equal({exchange.await_end() for exchange in (*puts.values(), *gets.values())}, {"whole"}, "ends")
    container.service.stop()


@suite.test
def two_ends_of_one_connection_each(world):
    """A principal that produces one stream and consumes another does both on one connection."""
    name = world.fresh()
    with world.line(world.taker) as line, world.line(world.maker) as first, world.line(world.second) as last:
        got = line.get(name)
        makes = line.put("theirs")
        comes = last.get("theirs")
        source = first.put(name)
        for piece in TEXT.splitlines(keepends=True):
            before = len(got.body)
            source.send(piece)
            got.await_bytes(before + len(piece))
            makes.send(piece.upper())
            comes.await_bytes(before + len(piece))
        source.trail([])
        got.await_end()
        makes.trail([("stream-length", str(len(TEXT)))])
        equal((comes.await_end(), bytes(comes.body)), ("whole", TEXT.upper()), "what came out")


# ---- resuming ----


@suite.rows([("at the start", 0), ("after one byte", 1), ("in the middle", 13), ("at the end", len(TEXT))])
def D7_a_broken_producer_goes_on_at_the_byte(world, cut):
    name = world.fresh()
    with world.line(world.maker) as line:
        broken = line.put(name)
        broken.send(TEXT[:cut])
        line.settle()
        broken.stop()
        line.settle()
        head = world.ask(world.maker, "HEAD", f"/v1/streams/{name}")
        equal((head.fields["upload-offset"], head.fields["upload-complete"], head.fields["stream-use"]), (str(cut), "?0", "1"), "HEAD")
        again = put(line, name, TEXT[cut:], ("upload-offset", str(cut)), ("stream-use", "1"), trailers=[("stream-length", str(len(TEXT)))])
        equal((again.end, json.loads(again.body)["mark"]), ("whole", gmac_field(world.container, name, 1, TEXT)), "the rest")
    equal(world.ask(world.taker, "GET", f"/v1/streams/{name}").body, TEXT, "bytes")


@suite.test
def D7_a_producer_killed_at_every_boundary(world):
    """The connection breaks after each of the frames of a small stream in turn; the result is the same, byte for byte."""
    pieces = [random.randbytes(random.randrange(1, 3000)) for _ in range(12)]
    content = b"".join(pieces)
    for cut in range(len(pieces) + 1):
        use = str(cut + 1)
        with world.line(world.taker) as far:
            got = far.get("often", ("stream-use", use)) if cut % 2 else None
            with world.line(world.maker) as line:
                broken = line.put("often")
                for piece in pieces[:cut]:
                    broken.send(piece)
                line.settle()
            with world.line(world.maker) as line:  # the old one may not be noticed dead yet
                taken = len(b"".join(pieces[:cut]))
                again = put(line, "often", content[taken:], ("upload-offset", str(taken)), ("stream-use", use),
                            trailers=[("stream-length", str(len(content)))])
                equal(again.end, "whole", f"use {use}")
            got = got or far.get("often", ("stream-use", use))
            equal((got.await_end(), bytes(got.body) == content), ("whole", True), f"use {use}, cut after frame {cut}")


@suite.rows([
    ("D1: less came than it thinks", 17),
    ("D2: what is to come first", len(TEXT)),
    ("D3: again from the start", 0),
    ("D3: the last byte again", 15),
])
def a_wrong_offset_changes_nothing(world, offset):
    name = world.fresh()
    with world.line(world.maker) as line:
        part(line, name, TEXT[:16])
        wrong = world.ask(world.maker, "PUT", f"/v1/streams/{name}", "--header", f"upload-offset: {offset}", body=TEXT[:4])
        equal((wrong.status, wrong.problem, wrong.fields["upload-offset"], wrong.fields["stream-use"]), (409, "offset", "16", "1"), "answer")
        equal(put(line, name, TEXT[16:], ("upload-offset", "16")).end, "whole", "the right one")
    equal(world.ask(world.taker, "GET", f"/v1/streams/{name}").body, TEXT, "bytes")


@suite.test
def a_second_put_takes_over(world):
    """On another connection, while the first one still looks alive; what the first one sends then goes nowhere."""
    name = world.fresh()
    with world.line(world.maker) as first, world.line(world.maker) as second:
        old = first.put(name)
        old.send(TEXT[:9])
        first.settle()
        new = second.put(name, ("upload-offset", "9"))
        second.settle()
        equal(old.await_end(), "broken", "the first")
        old.push(b"nothing of this", end=True)
        first.settle()
        new.send(TEXT[9:], end=True)
        equal(new.await_end(), "whole", "the second")
    equal(world.ask(world.taker, "GET", f"/v1/streams/{name}").body, TEXT, "bytes")


@suite.test
def a_second_get_takes_over(world):
    name = world.fresh()
    with world.line(world.maker) as line, world.line(world.taker) as first, world.line(world.taker) as second:
        old = first.get(name)
        source = line.put(name)
        source.send(TEXT[:9])
        old.await_bytes(9)
        new = second.get(name)
        equal(old.await_end(), "broken", "the first")
        source.send(TEXT[9:], end=True)
        equal((new.await_end(), bytes(new.body)), ("whole", TEXT[9:]), "the second goes on where the first was")


@suite.test
def D7_a_resumable_consumer_gets_each_byte_once(world):
    """It breaks off again and again, at any place of what it was sent, and says how far it got; what it has not granted anew is still there."""
    content = random.randbytes(3 * WINDOW)
    mine = b""
    with world.line(world.maker) as line:
        source = line.put("often2")
        rest = source.push(content)
        while True:
            with world.line(world.taker, initial=20000) as far:
                got = far.get("often2", ("prefer", "resumable"), ("stream-use", "1"), ("range", f"bytes={len(mine)}-"))
                got.await_bytes(min(20000, len(content) - len(mine)))
                keep = random.randrange(1, len(got.body) + 1)
                got.grant(keep)  # says that so much is consumed
                far.settle()
                mine += bytes(got.body[:keep])
                if len(mine) == len(content):
                    break
            line.settle()
            rest = source.push(rest, end=True)
        check(mine == content, "other bytes")
        equal(source.await_end(), "whole", "the producer's end")
        with world.line(world.taker) as far:
            taken = far.state("often2")["consumers"][0]["position"]
            check(taken < len(content), f"{taken} bytes are taken, before the client says that it knows the end")
            again = far.get("often2", ("prefer", "resumable"), ("stream-use", "1"), ("range", f"bytes={len(content)}-"))
            equal((again.await_end(), bytes(again.body), len(again.blocks)), ("whole", b"", 2), "the proof of the end, once more")
            equal(far.delete("often2", ("stream-offset", str(len(content) - 1))).problem[0], "offset", "not the end")
            equal(far.delete("often2", ("stream-offset", str(len(content)))).end, "whole", "confirmed")
            equal(far.delete("often2", ("stream-offset", str(len(content)))).end, "whole", "confirmed twice")
        equal(part(line, "often2", b"x")["use"], 2, "the next use")


@suite.test
def without_resumption_what_was_sent_is_gone(world):
    name = world.fresh()
    with world.line(world.maker) as line, world.line(world.taker) as far:
        part(line, name, TEXT)
        far.get(name).await_bytes(len(TEXT))
        answer = world.ask(world.taker, "GET", f"/v1/streams/{name}", "--header", "range: bytes=3-")
        equal((answer.status, answer.problem, answer.fields["stream-offset"]), (409, "offset", str(len(TEXT))), "what is gone")
        answer = world.ask(world.taker, "GET", f"/v1/streams/{name}", "--header", f"range: bytes={len(TEXT) + 1}-")
        equal((answer.status, answer.problem), (409, "offset"), "what is not there")
        head = world.ask(world.taker, "HEAD", f"/v1/streams/{name}")
        equal((head.fields["stream-offset"], head.fields["stream-use"]), (str(len(TEXT)), "1"), "HEAD")


@suite.test
def a_producer_that_stays_away_loses_the_stream(world):
    """After resume_seconds, here 0; the consumer learns why. The next use begins anew."""
    with world.line(world.taker) as far:
        got = far.get("often3")
        with world.line(world.maker) as line:
            line.put("often3").send(TEXT)
            got.await_bytes(len(TEXT))
        equal(got.await_end(), "broken", "the consumer's end")
        equal(far.state("often3")["reason"], "maker was gone for more than 0 seconds", "reason")
        answer = world.ask(world.taker, "GET", "/v1/streams/often3")
        equal((answer.status, answer.problem), (409, "lost"), "the reason, asked for")
        contains(answer.json()["detail"], "maker was gone", "the reason, asked for")
        late = world.ask(world.maker, "PUT", "/v1/streams/often3", "--header", f"upload-offset: {len(TEXT)}", body=b"x")
        equal((late.status, late.problem), (409, "lost"), "who comes back too late")
        equal(world.ask(world.maker, "PUT", "/v1/streams/often3", body=TEXT).json()["use"], 2, "the next use")


# ---- several consumers ----


@suite.test
def the_slowest_consumer_sets_the_pace(world):
    content = random.randbytes(4 * WINDOW)
    with world.line(world.maker) as line, world.line(world.taker) as fast, world.line(world.second, initial=0) as slow:
        quick, lazy = fast.get("both"), slow.get("both")
        source = line.put("both")
        quick.grant(8 * WINDOW)
        rest = fill(line, source, content)
        equal(quick.await_bytes(source.sent), content[:WINDOW], "the fast one's, so far")
        line.settle()
        equal((source.window, source.sent), (0, WINDOW), "what may be sent, and was, while one takes nothing")
        lazy.grant(8 * WINDOW)
        writing = concurrent.futures.ThreadPoolExecutor(1).submit(source.send, rest, True)
        equal(lazy.await_bytes(len(content)), content, "the slow one's")
        writing.result(harness.PATIENCE)
        equal((quick.await_bytes(len(content)) == content, quick.await_end(), lazy.await_end(), source.await_end()),
              (True, "whole", "whole", "whole"), "the fast one's, and the ends")


@suite.test
def who_leaves_holds_nobody_back(world):
    content = random.randbytes(3 * WINDOW)
    with world.line(world.maker) as line, world.line(world.taker) as far, world.line(world.second) as gone:
        source = line.put("both")
        rest = source.push(content)
        line.settle()  # the use has begun
        equal(gone.delete("both").end, "whole", "leaving")
        got = far.get("both")
        got.grant(8 * WINDOW)
        writing = concurrent.futures.ThreadPoolExecutor(1).submit(source.send, rest, True)
        equal((got.await_bytes(len(content)) == content, got.await_end()), (True, "whole"), "who stayed")
        writing.result(harness.PATIENCE)
        equal(source.await_end(), "whole", "the producer's end")
        equal([one["left"] for one in far.state("both")["consumers"]], [False, True], "who left")


@suite.test
def when_the_last_leaves_the_producer_is_told_at_once(world):
    with world.line(world.maker) as line, world.line(world.taker) as first, world.line(world.second) as last:
        source = line.put("both")
        source.send(TEXT)
        line.settle()
        got = last.get("both")
        got.await_bytes(len(TEXT))
        equal(first.delete("both").end, "whole", "the first leaves")
        equal(last.delete("both").end, "whole", "the last leaves")
        equal(got.await_end(), "broken", "what it still had open")
        source.await_end()
        equal(source.problem, ("lost", "stream both was lost: its last consumer left: second"), "in the middle of the upload")


@suite.test
def a_producer_that_gives_up(world):
    name = world.fresh()
    with world.line(world.maker) as line, world.line(world.taker) as far:
        equal(line.delete(name).problem[0], "state", "before it began")
        got = far.get(name)
        part(line, name, TEXT)
        got.await_bytes(len(TEXT))
        equal(line.delete(name).end, "whole", "giving up")
        equal((got.await_end(), far.state(name)["reason"]), ("broken", "maker gave it up"), "the consumer's end")
        equal(line.delete(name).problem[0], "lost", "again")


# ---- the container ends ----


@suite.test
def a_container_that_ends_tells_every_party(world):
    """In the middle of an upload and of a download, with a receiver that waits and a producer that is away: all are told, and nobody is waited for."""
    streams = {"going": PLAIN, "waiting": PLAIN, "away": PLAIN, "full": PLAIN}
    container = world.serving(world.rules(streams))
    with wire.Line(container, world.maker) as line, wire.Line(container, world.taker) as far:
        going = line.put("going")
        going.send(TEXT)
        full = line.put("full")
        full.push(random.randbytes(3 * WINDOW))
        part(line, "away", TEXT)
        gets = [far.get("going"), far.get("waiting"), far.get("away")]
        gets[0].await_bytes(len(TEXT))
        gets[1].await_head()
        equal(curl.request(container, world.stranger, "POST", "/v1/shutdown").status, 202, "shutdown")
        for name, source in (("going", going), ("full", full)):
            source.await_end()
            equal(source.problem, ("lost", f"stream {name} was lost: the container is shutting down"), f"the producer of {name}")
        equal([got.await_end() for got in gets], ["broken"] * 3, "the consumers' ends")
        equal([far.state(name)["reason"] for name in ("going", "waiting", "away")], ["the container is shutting down"] * 3, "what they are told who ask why")
    equal(container.service.wait(), 0, "the container's exit code")


suite.main()
