#!/usr/bin/env python3
"""Every operation of docs/http-api.md with curl and a client certificate, nothing of ours on the client's side."""

import random
import re
import ssl

import curl
import harness
from tap import Suite, check, contains, equal

WASM = harness.GUESTS / "misdeeds.wasm"
TEXT = b"what the owner put\n"
RIGHTS = (
    "owner: read,write,append,list,delete /input/",
    "owner: write,execute /program/copy.wasm",
    "owner: write,execute /program/spin.wasm",
    "reader: read,list /output/",
    "copy: read,list /input/",
    "copy: write,list /output/",
)


class World(harness.Stage):
    def prepare(self):
        self.owner, self.reader = self.party("owner"), self.party("reader")
        self.rules = self.policy([self.owner, self.reader],
                                 {"copy": (WASM, {"arguments": ["misdeeds", "copy"]}), "spin": (WASM, {"arguments": ["misdeeds", "spin"]})},
                                 RIGHTS, lifecycle={"shutdown": ["owner"]})
        self.container = self.serving(self.rules)

    def ask(self, method, target, *options, body=None, party=None):
        return curl.request(self.container, party or self.owner, method, target, *options, body=body)


suite = Suite(World)


def wait(seconds):
    return "--header", f"prefer: wait={seconds}"


def put_all(world):
    wasm = WASM.read_bytes()
    for target, content in (("/program/copy.wasm", wasm), ("/program/spin.wasm", wasm), ("/input/a.txt", TEXT)):
        check(world.ask("PUT", "/v1/files" + target, body=content).status in (201, 204), f"put of {target}")


@suite.test
def policy_comes_byte_for_byte_with_its_hash(world):
    answer = world.ask("GET", "/v1/policy")
    equal(answer.status, 200, "status")
    equal(answer.body, world.rules.path.read_bytes(), "body")
    equal(answer.fields.get("veracruz-policy-hash"), world.rules.hash.hex(), "hash")


@suite.test
def put_creates_then_replaces(world):
    equal(world.ask("PUT", "/v1/files/input/p.txt", body=b"one").status, 201, "first")
    equal(world.ask("PUT", "/v1/files/input/p.txt", body=b"two!").status, 204, "second")
    equal(world.ask("GET", "/v1/files/input/p.txt").body, b"two!", "content")


@suite.test
def put_of_an_empty_file(world):
    equal(world.ask("PUT", "/v1/files/input/empty", body=b"").status, 201, "status")
    answer = world.ask("GET", "/v1/files/input/empty")
    equal((answer.status, answer.body), (200, b""), "content")


@suite.test
def put_of_megabytes_comes_back_whole(world):
    content = random.randbytes(5_000_000 + random.randrange(100_000))
    equal(world.ask("PUT", "/v1/files/input/large", body=content).status, 201, "status")
    answer = world.ask("GET", "/v1/files/input/large")
    check(answer.body == content, f"{len(answer.body)} other bytes")


@suite.test
def etag_changes_with_the_content(world):
    world.ask("PUT", "/v1/files/input/tagged", body=b"one")
    tags = [world.ask("GET", "/v1/files/input/tagged").fields.get("etag", "") for _ in range(2)]
    world.ask("PUT", "/v1/files/input/tagged", body=b"two")
    tags.append(world.ask("HEAD", "/v1/files/input/tagged").fields.get("etag", ""))
    check(tags[0] == tags[1] != tags[2] and all(re.fullmatch('"[^"]+"', tag) for tag in tags), f"etags {tags}")


@suite.test
def post_creates_then_appends(world):
    equal(world.ask("POST", "/v1/files/input/log", body=b"one\n").status, 201, "first")
    equal(world.ask("POST", "/v1/files/input/log", body=b"two\n").status, 204, "second")
    equal(world.ask("GET", "/v1/files/input/log").body, b"one\ntwo\n", "content")


@suite.rows([
    ("first bytes", "0-3", b"0123", "bytes 0-3/10"),
    ("middle", "4-6", b"456", "bytes 4-6/10"),
    ("to the end", "7-", b"789", "bytes 7-9/10"),
    ("last bytes", "-2", b"89", "bytes 8-9/10"),
    ("beyond the end", "8-100", b"89", "bytes 8-9/10"),
])
def ranges(world, wanted, body, place):
    world.ask("PUT", "/v1/files/input/digits", body=b"0123456789")
    answer = world.ask("GET", "/v1/files/input/digits", "--header", f"range: bytes={wanted}")
    equal((answer.status, answer.body, answer.fields.get("content-range")), (206, body, place), "answer")


@suite.test
def range_past_the_end_is_not_satisfiable(world):
    world.ask("PUT", "/v1/files/input/digits", body=b"0123456789")
    answer = world.ask("GET", "/v1/files/input/digits", "--header", "range: bytes=10-12")
    equal((answer.status, answer.problem), (416, "range"), "answer")


@suite.test
def head_says_the_size_without_a_body(world):
    world.ask("PUT", "/v1/files/input/a.txt", body=TEXT)
    answer = world.ask("HEAD", "/v1/files/input/a.txt")
    equal((answer.status, answer.fields.get("content-length")), (200, str(len(TEXT))), "answer")


@suite.test
def directory_lists_files_and_directories(world):
    world.ask("PUT", "/v1/files/input/tree/leaf", body=b"leaf")
    world.ask("PUT", "/v1/files/input/tree/branch/leaf", body=b"far")
    answer = world.ask("GET", "/v1/files/input/tree/")
    equal(answer.status, 200, "status")
    listing = answer.json()
    equal(listing["path"], "/input/tree", "path")
    entries = {entry["name"]: (entry["kind"], entry.get("size")) for entry in listing["entries"]}
    equal(entries, {"branch": ("directory", None), "leaf": ("file", 4)}, "entries")


@suite.test
def delete_removes_a_file_once(world):
    world.ask("PUT", "/v1/files/input/gone", body=b"x")
    equal(world.ask("DELETE", "/v1/files/input/gone").status, 204, "first")
    answer = world.ask("DELETE", "/v1/files/input/gone")
    equal((answer.status, answer.problem), (404, "not-found"), "second")


@suite.test
def delete_of_a_directory_only_when_empty(world):
    world.ask("PUT", "/v1/files/input/box/thing", body=b"x")
    answer = world.ask("DELETE", "/v1/files/input/box")
    equal((answer.status, answer.problem), (409, "state"), "full")
    world.ask("DELETE", "/v1/files/input/box/thing")
    equal(world.ask("DELETE", "/v1/files/input/box").status, 204, "empty")


@suite.test
def run_waited_for_gives_its_output(world):
    put_all(world)
    answer = world.ask("POST", "/v1/runs", *wait(60), body=b'{"program":"copy"}')
    equal(answer.status, 200, f"status {answer.body}")
    run = answer.json()
    equal((run["program"], run["state"], run["exit_code"]), ("copy", "exited", 0), f"run {run}")
    check(run["wall_us"] > 0 and run["output_bytes"] == len(TEXT), f"run {run}")
    equal(world.ask("GET", "/v1/files/output/a.txt", party=world.reader).body, TEXT, "output")


@suite.test
def run_not_waited_for_is_watched_and_killed(world):
    put_all(world)
    answer = world.ask("POST", "/v1/runs", body=b'{"program":"spin"}')
    equal(answer.status, 201, f"status {answer.body}")
    run = answer.json()
    check(run["state"] in ("queued", "compiling", "running"), f"state {run['state']}")
    target = "/v1/runs/" + run["id"]
    equal(world.ask("GET", target).json()["id"], run["id"], "id")
    equal(world.ask("DELETE", target).status, 204, "kill")
    equal(world.ask("GET", target, *wait(60)).json()["state"], "killed", "state")


@suite.test
def runs_are_listed_for_those_who_may_execute(world):
    put_all(world)
    answer = world.ask("POST", "/v1/runs", *wait(60), body=b'{"program":"copy"}')
    listed = world.ask("GET", "/v1/runs").json()["runs"]
    check(answer.json()["id"] in [run["id"] for run in listed], f"not in {listed}")
    equal(world.ask("GET", "/v1/runs", party=world.reader).json()["runs"], [], "those of the reader")


@suite.rows([
    ("a part of a file", "PUT", "/v1/files/input/file", "content-range: bytes 0-0/2"),
    ("a file in zlib's form", "PUT", "/v1/files/input/file", "content-encoding: gzip"),
    ("a part of a key", "PUT", "/v1/keys/none", "content-range: bytes 0-0/2"),
    ("a run in another form", "POST", "/v1/runs", "content-encoding: br"),
])
def bodies_that_are_not_what_they_are_taken_for(world, method, target, field):
    answer = world.ask(method, target, "--header", field, body=b"x")
    equal((answer.status, answer.problem), (400, "malformed"), f"answer {answer.body}")
    contains(answer.json()["detail"], field.split(":")[0], "the field that it names")


@suite.rows([
    ("no such file", "GET", "/v1/files/input/none", None, 404, "not-found"),
    ("no such run", "GET", "/v1/runs/12345", None, 404, "not-found"),
    ("no such resource", "GET", "/v1/nothing", None, 404, "not-found"),
    ("no such method", "PATCH", "/v1/policy", None, 405, "method"),
    ("runs out of form", "POST", "/v1/runs", b'{"program":', 400, "malformed"),
    ("runs with an unknown key", "POST", "/v1/runs", b'{"program":"copy","as":"root"}', 400, "malformed"),
    ("a NUL in a path", "PUT", "/v1/files/input/a%00b", b"x", 400, "malformed"),
    ("bytes that are not UTF-8 in a path", "PUT", "/v1/files/input/%ff", b"x", 400, "malformed"),
    ("a path cut in an escape", "PUT", "/v1/files/input/%4", b"x", 400, "malformed"),
    ("a file where a directory is needed", "PUT", "/v1/files/input/file/below", b"x", 409, "state"),
    ("a directory where a file is needed", "PUT", "/v1/files/input/full", b"x", 409, "state"),
])
def problems(world, method, target, body, status, problem):
    world.ask("PUT", "/v1/files/input/file", body=b"x")
    world.ask("PUT", "/v1/files/input/full/below", body=b"x")
    answer = world.ask(method, target, body=body)
    equal((answer.status, answer.problem), (status, problem), f"answer {answer.body}")
    check(answer.json()["status"] == status and answer.json()["detail"], "the document says status and detail")


@suite.test
def method_not_allowed_says_which_are(world):
    contains(world.ask("PATCH", "/v1/policy").fields.get("allow", ""), "GET", "allow")


@suite.test
def certificate_names_the_policy_and_is_short_lived(world):
    host, port = world.container.address.rsplit(":", 1)
    context = ssl.create_default_context(cafile=world.attestation.ca)
    context.load_cert_chain(world.owner.certificate, world.owner.key)
    with harness.connect(context, host, port, world.rules.host) as session:
        certificate = session.getpeercert()
        equal(session.version(), "TLSv1.3", "version")
    contains(certificate["subjectAltName"], ("DNS", world.rules.host), "names")
    life = ssl.cert_time_to_seconds(certificate["notAfter"]) - ssl.cert_time_to_seconds(certificate["notBefore"])
    check(0 < life <= 3600 + 600, f"valid for {life} seconds")


@suite.test
def shutdown_only_for_those_who_may_and_then_the_end(world):
    answer = world.ask("POST", "/v1/shutdown", body=b"", party=world.reader)
    equal((answer.status, answer.problem), (403, "refused"), "the reader")
    equal(world.ask("POST", "/v1/shutdown", body=b"").status, 202, "the owner")
    equal(world.container.service.wait(), 0, "exit code of serve")


if __name__ == "__main__":
    suite.main()
