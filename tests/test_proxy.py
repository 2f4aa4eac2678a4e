#!/usr/bin/env python3
"""`veracruz proxy`: clients of any language, on a local socket, get the same check as the command."""

import hashlib
import http.client
import json
import os
import pathlib
import select
import socket
import stat
import subprocess
import threading
import time

import harness
from tap import Suite, check, contains, equal

WASM = harness.GUESTS / "misdeeds.wasm"
RIGHTS = (
    "owner: read,write,append,list,delete /input/",
    "owner: read,list /output/",
    "owner: write,execute /program/copy.wasm",
    "copy: read,list /input/",
    "copy: write /output/",
)
LARGE = 24 << 20
WINDOW = 65536
MEMORY_MAX_KIB = 64 << 10


class World(harness.Stage):
    def prepare(self):
        self.owner, self.taker = self.party("owner"), self.party("taker")
        entries = {"copy": (WASM, {"arguments": ["misdeeds", "copy"]})}
        storage = {"bytes": 4 * LARGE, "file_bytes": LARGE, "files": 64}
        streams = {name: {"producer": {"principal": "owner"}, "consumers": [{"principal": "taker"}], "window_bytes": WINDOW,
                          "partial": True, "uses": 1000, "resume_seconds": 1} for name in ("flow", "broken")}
        self.rules = self.policy([self.owner, self.taker], entries, RIGHTS, storage=storage, streams=streams)
        self.container = self.serving(self.rules)
        self.proxy = self.proxying()
        self.far = self.proxying(party=self.taker)

    def proxying(self, listen="127.0.0.1:0", container=None, policy=None, party=None):
        return self.start("proxy", "proxy", "--policy", (policy or self.rules).path, "--identity", (party or self.owner).prefix,
                          "--container", container or self.container.address, "--listen", listen)

    def ask(self, method, target, body=None, fields=None, proxy=None):
        host, port = (proxy or self.proxy).address.rsplit(":", 1)
        connection = http.client.HTTPConnection(host, int(port), timeout=harness.PATIENCE)
        connection.request(method, target, body=body, headers=fields or {})
        answer = connection.getresponse()
        answer.content = answer.read()
        connection.close()
        return answer

    def raw(self, text, proxy=None):
        """What the proxy says to these bytes until it ends the connection."""
        host, port = (proxy or self.proxy).address.rsplit(":", 1)
        with socket.create_connection((host, int(port)), timeout=harness.PATIENCE) as session:
            session.sendall(text)
            session.shutdown(socket.SHUT_WR)
            said = b""
            while piece := session.recv(65536):
                said += piece
        return said

    def producing(self, name, fields=("Transfer-Encoding: chunked",), body=b""):
        return Line(self.proxy, "PUT", f"/v1/streams/{name}", fields, body)

    def consuming(self, name, fields=()):
        return Line(self.far, "GET", f"/v1/streams/{name}", fields)

    def state(self, name):
        streams = json.loads(self.ask("GET", "/v1/streams").content)["streams"]
        return next(stream for stream in streams if stream["name"] == name)

    def await_lost(self, name):
        """Why, as the consumer hears it who comes back; what it asks for after that is the next use."""
        until = time.monotonic() + harness.PATIENCE
        while (state := self.state(name))["state"] != "lost":
            check(time.monotonic() < until, f"it never was lost: {state}")
        told = self.ask("GET", f"/v1/streams/{name}", proxy=self.far)
        equal((told.status, json.loads(told.content)["type"]), (409, "urn:veracruz:problem:lost"), "what the consumer is told")
        contains(json.loads(told.content)["detail"], state["reason"], "what the consumer is told")
        return state["reason"]


class Line:
    """A connection with a proxy on which each byte is ours to send and to read."""

    def __init__(self, proxy, method, target, fields, body=b""):
        host, port = proxy.address.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), timeout=harness.PATIENCE)
        lines = [f"{method} {target} HTTP/1.1", f"Host: {proxy.address}", *fields]
        self.send(("\r\n".join(lines) + "\r\n\r\n").encode() + body)
        self.got = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def await_bytes(self, wanted):
        while wanted not in self.got:
            piece = self.socket.recv(65536)
            check(piece, f"{wanted} never came, but {self.got[-300:]}")
            self.got += piece

    def to_the_end(self):
        """All that comes until the proxy ends the connection."""
        while piece := self.socket.recv(65536):
            self.got += piece
        return self.got


def chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)


def unchunk(body):
    """The content, and the trailers; None if the last chunk is missing."""
    content = b""
    while body:
        size, _, body = body.partition(b"\r\n")
        if int(size, 16) == 0:
            return content, dict(line.split(b": ", 1) for line in body.removesuffix(b"\r\n\r\n").split(b"\r\n") if line)
        content, body = content + body[:int(size, 16)], body[int(size, 16) + 2:]
    return content, None


suite = Suite(World)


@suite.test
def put_run_get(world):
    equal(world.ask("PUT", "/v1/files/program/copy.wasm", WASM.read_bytes()).status, 201, "the program")
    equal(world.ask("PUT", "/v1/files/input/a.txt", b"some text").status, 201, "the input")
    run = world.ask("POST", "/v1/runs", b'{"program":"copy"}', {"content-type": "application/json", "prefer": "wait=60"})
    equal((run.status, json.loads(run.content)["state"]), (200, "exited"), f"the run {run.content}")
    answer = world.ask("GET", "/v1/files/input/a.txt")
    equal((answer.status, answer.content), (200, b"some text"), "what was put")
    equal(answer.getheader("content-length"), "9", "its length")
    check(answer.getheader("etag"), "the entity tag comes through")


@suite.test
def ranges_and_heads(world):
    world.ask("PUT", "/v1/files/input/r", b"0123456789")
    part = world.ask("GET", "/v1/files/input/r", fields={"range": "bytes=2-4"})
    equal((part.status, part.content), (206, b"234"), "a part")
    head = world.ask("HEAD", "/v1/files/input/r")
    equal((head.status, head.getheader("content-length"), head.content), (200, "10", b""), "a HEAD")
    equal(world.ask("DELETE", "/v1/files/input/r").status, 204, "a DELETE")
    gone = world.ask("GET", "/v1/files/input/r")
    equal((gone.status, json.loads(gone.content)["type"]), (404, "urn:veracruz:problem:not-found"), "the container's own problem")


@suite.test
def several_requests_on_one_connection(world):
    host, port = world.proxy.address.rsplit(":", 1)
    connection = http.client.HTTPConnection(host, int(port), timeout=harness.PATIENCE)
    for number in range(20):
        connection.request("PUT", f"/v1/files/input/same{number % 3}", body=b"x" * number)
        answer = connection.getresponse()
        answer.read()
        check(answer.status in (201, 204), f"status {answer.status}")
    sock = connection.sock
    connection.request("GET", "/v1/policy")
    equal(connection.getresponse().read(), world.rules.path.read_bytes(), "the policy")
    check(connection.sock is sock, "it was one connection")
    connection.close()


@suite.test
def curl_uploads_and_downloads_much_in_little_memory(world):
    content = os.urandom(1 << 20) * (LARGE >> 20)
    path, back = world.file("large", content), world.path("back")
    url = f"http://{world.proxy.address}/v1/files/input/large"
    up = subprocess.run(["curl", "--silent", "--show-error", "--fail", "--http1.1", "--upload-file", path, url], capture_output=True,
                        timeout=harness.PATIENCE)
    equal(up.returncode, 0, f"curl: {up.stderr}")
    down = subprocess.run(["curl", "--silent", "--show-error", "--fail", "--http1.1", "--output", back, url], capture_output=True,
                          timeout=harness.PATIENCE)
    equal(down.returncode, 0, f"curl: {down.stderr}")
    equal(hashlib.sha256(back.read_bytes()).digest(), hashlib.sha256(content).digest(), "what came back")
    if not harness.SANITIZED:
        status = pathlib.Path(f"/proc/{world.proxy.process.pid}/status").read_text()
        peak = int(status.split("VmHWM:")[1].split()[0])
        check(peak < MEMORY_MAX_KIB, f"the proxy needed {peak} KiB")
    world.ask("DELETE", "/v1/files/input/large")


@suite.test
def events_come_as_they_happen(world):
    world.ask("PUT", "/v1/files/program/copy.wasm", WASM.read_bytes())
    run = json.loads(world.ask("POST", "/v1/runs", b'{"program":"copy"}', {"content-type": "application/json"}).content)
    events = world.ask("GET", f"/v1/runs/{run['id']}/events", fields={"accept": "text/event-stream"})
    equal(events.status, 200, f"events {events.content}")
    equal(events.getheader("transfer-encoding"), "chunked", "their length is not known before")
    contains(events.getheader("content-type"), "text/event-stream", "type")
    contains(events.content.decode(), '"exited"', "the last one")


@suite.test
def many_clients_at_once(world):
    faults = []

    def use(number):
        content = bytes([number]) * (10000 + number)
        try:
            for _ in range(3):
                put = world.ask("PUT", f"/v1/files/input/many{number}", content).status
                got = world.ask("GET", f"/v1/files/input/many{number}")
                if put not in (201, 204) or got.content != content:
                    faults.append((number, put, got.status))
        except OSError as error:
            faults.append((number, error))

    threads = [threading.Thread(target=use, args=(number,)) for number in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    equal(faults, [], "what went wrong")


@suite.test
def on_a_socket_in_the_file_system(world):
    path = world.path("socket")
    proxy = world.proxying(f"unix:{path}")
    equal(stat.S_IMODE(path.stat().st_mode), 0o600, "who may use it")
    done = subprocess.run(["curl", "--silent", "--unix-socket", path, "http://localhost/v1/policy"], capture_output=True,
                          timeout=harness.PATIENCE)
    equal(done.stdout, world.rules.path.read_bytes(), "the policy")
    proxy.stop()
    check(not path.exists(), "it is gone")


@suite.rows([
    ("anybody", "0.0.0.0:0"),
    ("any address of IPv6", "[::]:0"),
    ("a name", "localhost:0"),
    ("nothing", ":0"),
])
def does_not_listen_for(world, listen):
    done = world.veracruz("proxy", "--policy", world.rules.path, "--identity", world.owner.prefix, "--container", world.container.address,
                          "--listen", listen)
    equal(done.returncode, 2, f"exit code {done.stdout}{done.stderr}")
    contains(done.stderr, "127.0.0.1:PORT", "what it says")


@suite.rows([
    ("a page's name, rebound", "Host: evil.example", 421),
    ("a page", "Host: {}\r\nOrigin: http://evil.example", 403),
    ("a page's image", "Host: {}\r\nSec-Fetch-Site: cross-site", 403),
    ("a coding of two", "Host: {}\r\nTransfer-Encoding: gzip, chunked", 501),
    ("a body of two lengths", "Host: {}\r\nContent-Length: 1\r\nContent-Length: 2", 400),
    ("a length and a coding", "Host: {}\r\nContent-Length: 1\r\nTransfer-Encoding: chunked", 400),
    ("another protocol", "Host: {}\r\nConnection: upgrade\r\nUpgrade: websocket", 400),
])
def does_not_forward(world, fields, status):
    head = "PUT /v1/files/input/forwarded HTTP/1.1\r\n" + fields.format(world.proxy.address) + "\r\n\r\n"
    said = world.raw(head.encode() + b"0\r\n\r\nPUT /v1/files/input/smuggled HTTP/1.1\r\n")
    equal(said.split(b"\r\n")[0].split(b" ")[1], str(status).encode(), f"{said}")
    equal(said.count(b"HTTP/1.1 "), 1, "answers")
    for name in ("forwarded", "smuggled"):
        equal(world.ask("GET", f"/v1/files/input/{name}").status, 404, name)


@suite.test
def a_truncated_upload_is_no_file(world):
    said = world.raw(f"PUT /v1/files/input/cut HTTP/1.1\r\nHost: {world.proxy.address}\r\nContent-Length: 100\r\n\r\nonly this".encode())
    check(b" 20" not in said.split(b"\r\n")[0], f"{said}")
    equal(world.ask("GET", "/v1/files/input/cut").status, 404, "the file")


@suite.test
def a_file_in_pieces_is_the_containers_matter(world):
    """It wants to know how long a file is; the answer comes although nobody sends the rest, and no other request is read out of it."""
    with Line(world.proxy, "PUT", "/v1/files/input/pieces", ["Transfer-Encoding: chunked"], chunk(b"some of it")) as near:
        said = near.to_the_end()
    equal((said.split(b"\r\n")[0].split(b" ")[1], said.count(b"HTTP/1.1 ")), (b"411", 1), f"{said}")
    contains(said.decode(), "urn:veracruz:problem:length-required", "the container's own problem")
    equal(world.ask("GET", "/v1/files/input/pieces").status, 404, "the file")


# ---- streams ----


@suite.test
def streams_pass_piece_by_piece_and_end_whole(world):
    """What is sent comes at once, in both directions, however slowly; the end has its proof, and the connection goes on."""
    with world.consuming("flow", ["TE: trailers"]) as far, world.producing("flow") as near:
        for piece in (b"first;", b"second;", b"third;"):
            near.send(chunk(piece))
            far.await_bytes(piece)
        near.send(b"0\r\nStream-Length: 19\r\n\r\n")
        near.await_bytes(b'"state":')
        equal(near.got.split(b"\r\n")[0], b"HTTP/1.1 200 OK", "the producer's answer")
        far.await_bytes(b"\r\n0\r\n")
        far.await_bytes(b":\r\n\r\n")
        head, _, body = far.got.partition(b"\r\n\r\n")
        content, trailers = unchunk(body)
        equal(content, b"first;second;third;", "what came")
        equal((trailers[b"stream-length"], trailers[b"repr-digest"][:15]), (b"19", b"veracruz-gmac=:"), "the proof")
        contains(head.decode(), "stream-offset: 0", "head")
        near.got = b""
        near.send(f"GET /v1/policy HTTP/1.1\r\nHost: {world.proxy.address}\r\n\r\n".encode())
        near.await_bytes(b"HTTP/1.1 200 OK")


@suite.test
def trailers_are_for_those_who_take_them(world):
    with world.consuming("flow", ["Connection: close"]) as far, world.producing("flow", body=chunk(b"text") + b"0\r\n\r\n"):
        equal(unchunk(far.to_the_end().partition(b"\r\n\r\n")[2]), (b"text", {}), "what came")


@suite.rows([
    ("a wrong length", b"0\r\nStream-Length: 5\r\n\r\n", 422),
    ("a wrong digest", b"0\r\nRepr-Digest: veracruz-gmac=:AAAAAAAAAAAAAAAAAAAAAA==:\r\n\r\n", 422),
])
def the_producers_trailers_are_checked(world, end, status):
    with world.consuming("flow") as far:
        far.await_bytes(b"\r\n\r\n")
        with world.producing("flow", ["Transfer-Encoding: chunked", "Connection: close"], chunk(b"text") + end) as near:
            contains(near.to_the_end().split(b"\r\n")[0].decode(), str(status), "the producer's answer")
        equal(unchunk(far.to_the_end().partition(b"\r\n\r\n")[2])[1], None, "the consumer's end")
    world.await_lost("flow")


@suite.test
def a_length_is_a_proof_too(world):
    with world.consuming("flow", ["Connection: close"]) as far:
        with world.producing("flow", ["Content-Length: 4", "Connection: close"], b"text") as near:
            contains(near.to_the_end().decode(), " 200 OK", "the producer's answer")
        equal(unchunk(far.to_the_end().partition(b"\r\n\r\n")[2]), (b"text", {}), "what came")


@suite.rows([
    ("in the middle of a chunk", "Transfer-Encoding: chunked", b"a\r\nonly this", b""),
    ("between two chunks", "Transfer-Encoding: chunked", chunk(b"only this"), b""),
    ("before the end of the last", "Transfer-Encoding: chunked", chunk(b"only this"), b"0\r\n"),
    ("with a size that is none", "Transfer-Encoding: chunked", chunk(b"only this"), b"x\r\n"),
    ("with a length as a trailer", "Transfer-Encoding: chunked", chunk(b"only this"), b"0\r\nContent-Length: 9\r\n\r\n"),
    ("in the middle of its length", "Content-Length: 10", b"only this", b""),
])
def a_producer_that_breaks_off_ends_nothing(world, field, body, rest):
    """Never the end, at neither side: the stream is lost when the producer does not come back, and the consumer's answer has no last chunk."""
    with world.consuming("broken", ["TE: trailers"]) as far:
        with world.producing("broken", [field], body) as near:
            far.await_bytes(b"only this")
            near.send(rest)
            near.socket.shutdown(socket.SHUT_WR)
        content, trailers = unchunk(far.to_the_end().partition(b"\r\n\r\n")[2])
        equal((content, trailers), (b"only this", None), "the consumer's end")
    equal(world.await_lost("broken"), "owner was gone for more than 1 seconds", "why")


@suite.test
def a_stream_that_is_given_up_is_broken(world):
    with world.consuming("broken") as far, world.producing("broken", body=chunk(b"only this")) as near:
        far.await_bytes(b"only this")
        equal(world.ask("DELETE", "/v1/streams/broken").status, 204, "giving up")
        equal(unchunk(far.to_the_end().partition(b"\r\n\r\n")[2]), (b"only this", None), "the consumer's end")
        near.await_bytes(b"owner gave it up")
        contains(near.got.split(b"\r\n")[0].decode(), "409", "the producer's answer, in the middle of its upload")
    equal(world.await_lost("broken"), "owner gave it up", "why")


@suite.test
def a_consumer_sets_the_pace_through_both(world):
    """What nobody takes waits at the producer: more than sockets and windows hold does not leave it. Then all comes, and as it was."""
    content = os.urandom(1 << 20) * 32
    sent = []
    with world.consuming("flow", ["TE: trailers", "Connection: close"]) as far, world.producing("flow") as near:
        far.await_bytes(b"\r\n\r\n")
        near.socket.setblocking(False)
        pushed, quiet = memoryview(b"%x\r\n%s\r\n0\r\n\r\n" % (len(content), content)), time.monotonic()
        while time.monotonic() - quiet < 1:
            if select.select([], [near.socket], [], 0.2)[1]:
                count = near.socket.send(pushed[:65536])
                pushed, quiet = pushed[count:], time.monotonic()
        check(len(pushed) > 0, "all of it left, and nobody took it")
        print(f"# {len(content) - len(pushed)} bytes left before anybody took one")
        near.socket.settimeout(harness.PATIENCE)
        sender = threading.Thread(target=lambda: sent.append(near.socket.sendall(pushed)))
        sender.start()
        body, trailers = unchunk(far.to_the_end().partition(b"\r\n\r\n")[2])
        sender.join()
        equal(hashlib.sha256(body).digest(), hashlib.sha256(content).digest(), "what came")
        equal(trailers[b"stream-length"], str(len(content)).encode(), "its length")
        near.await_bytes(b'"state":')


@suite.test
def curl_streams_from_a_pipe(world):
    taking = subprocess.Popen(["curl", "--silent", "--show-error", "--fail", "--no-buffer", "--http1.1", f"http://{world.far.address}/v1/streams/flow"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    giving = subprocess.Popen(["curl", "--silent", "--show-error", "--fail", "--http1.1", "-T", "-", f"http://{world.proxy.address}/v1/streams/flow"],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    giving.stdin.write(b"one line\n")
    giving.stdin.flush()
    equal(taking.stdout.readline(), b"one line\n", "what came while it went on")
    giving.communicate(b"and another\n", timeout=harness.PATIENCE)
    equal(giving.returncode, 0, "the producer's exit code")
    equal(taking.communicate(timeout=harness.PATIENCE)[0], b"and another\n", "what came at its end")
    equal(taking.returncode, 0, "the consumer's exit code")


@suite.test
def resuming_takes_what_arrived(world):
    """More than the stream's window, with `prefer: resumable`: what the local client has been given is granted anew."""
    content = os.urandom(20 * WINDOW)
    sender = threading.Thread(target=lambda: world.ask("PUT", "/v1/streams/flow", content))
    with world.consuming("flow", ["Prefer: resumable", "TE: trailers"]) as far:
        far.await_bytes(b"\r\n\r\n")
        sender.start()
        far.await_bytes(b"\r\nrepr-digest: ")
        content_back, trailers = unchunk(far.got.partition(b"\r\n\r\n")[2] + b"\r\n\r\n")
        equal(content_back, content, "what came")
    length = trailers[b"stream-length"].decode()
    equal(world.ask("DELETE", "/v1/streams/flow", fields={"stream-offset": length}, proxy=world.far).status, 204, "what was taken")
    sender.join()


@suite.test
def a_container_of_another_policy_gets_nothing(world):
    """It refuses to start, and says why; no byte of any request is ever sent."""
    other = world.policy([world.owner], {}, ("owner: read,write /input/",))
    container = world.serving(other)
    done = world.veracruz("proxy", "--policy", world.rules.path, "--identity", world.owner.prefix, "--container", container.address,
                          "--listen", "127.0.0.1:0")
    equal(done.returncode, 3, f"exit code {done.stdout}{done.stderr}")
    contains(done.stderr, "policy differs", "what it says")


@suite.test
def a_container_that_takes_the_place_of_another_gets_nothing(world):
    """The proxy runs; then something else answers at the container's address."""
    container = world.serving(world.rules)
    proxy = world.proxying(container=container.address)
    equal(world.ask("GET", "/v1/policy", proxy=proxy).status, 200, "at first")
    container.service.stop()
    other = world.policy([world.owner], {}, ("owner: read,write /input/",))
    impostor = world.start("container", "serve", "--json", "--policy", other.path, "--listen", container.address)
    check(impostor.address is not None, f"the impostor serves {impostor.log()}")
    answer = world.ask("GET", "/v1/policy", proxy=proxy)
    equal((answer.status, json.loads(answer.content)["type"]), (503, "urn:veracruz:problem:no-session"), f"answer {answer.content}")
    contains(json.loads(answer.content)["detail"], "policy differs", "the reason")
    put = world.ask("PUT", "/v1/files/input/a", b"secret", proxy=proxy)
    check(put.status in (502, 503), f"status {put.status}")


@suite.test
def no_container_is_502(world):
    container = world.serving(world.rules)
    proxy = world.proxying(container=container.address)
    container.service.stop()
    answer = world.ask("GET", "/v1/policy", proxy=proxy)
    equal((answer.status, json.loads(answer.content)["type"]), (502, "urn:veracruz:problem:no-container"), f"answer {answer.content}")


if __name__ == "__main__":
    suite.main()
