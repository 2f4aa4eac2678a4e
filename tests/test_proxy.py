#!/usr/bin/env python3
"""`veracruz proxy`: clients of any language, on a local socket, get the same check as the command."""

import hashlib
import http.client
import json
import os
import pathlib
import socket
import stat
import subprocess
import threading

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
MEMORY_MAX_KIB = 64 << 10


class World(harness.Stage):
    def prepare(self):
        self.owner = self.party("owner")
        entries = {"copy": (WASM, {"arguments": ["misdeeds", "copy"]})}
        storage = {"bytes": 4 * LARGE, "file_bytes": LARGE, "files": 64}
        self.rules = self.policy([self.owner], entries, RIGHTS, storage=storage)
        self.container = self.serving(self.rules)
        self.proxy = self.proxying()

    def proxying(self, listen="127.0.0.1:0", container=None, policy=None):
        return self.start("proxy", "proxy", "--policy", (policy or self.rules).path, "--identity", self.owner.prefix, "--container",
                          container or self.container.address, "--listen", listen)

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
    ("a body in pieces", "Host: {}\r\nTransfer-Encoding: chunked", 411),
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
