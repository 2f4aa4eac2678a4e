#!/usr/bin/env python3
"""What must fail does, with the right word, and without telling or changing anything."""

import re
import ssl

import certs
import curl
import h2
import harness
from tap import Failure, Suite, check, contains, equal

WASM = harness.GUESTS / "misdeeds.wasm"
FILE_QUOTA = 1 << 18
QUOTA = 4 * FILE_QUOTA - 1
RIGHTS = (
    "owner: read,write,append,list,delete /input/",
    "owner: read,write /both.txt",
    "owner: write,execute /program/copy.wasm",
    "owner: write /program/",
    "other: read /both.txt",
    "other: write /drop/",
    "copy: read,list /input/",
    "copy: write /output/",
)


class World(harness.Stage):
    def prepare(self):
        self.owner, self.other = self.party("owner"), self.party("other")
        self.container = self.serving(self.rules())

    def rules(self, **changes):
        entries = {"copy": (WASM, {"arguments": ["misdeeds", "copy"], "limits": {"output_bytes": 65536, "files": 2}})}
        storage = {"bytes": QUOTA, "file_bytes": FILE_QUOTA, "files": 32}
        return self.policy([self.owner, self.other], entries, RIGHTS, **{"storage": storage, **changes})

    def ask(self, method, target, *options, body=None, party=None, container=None):
        return curl.request(container or self.container, party or self.owner, method, target, *options, body=body)

    def names(self, directory):
        return [entry["name"] for entry in self.ask("GET", f"/v1/files{directory}").json()["entries"]]


suite = Suite(World)


def refused(answer, status, problem):
    equal((answer.status, answer.problem), (status, problem), f"answer {answer.body}")


# Who may come in at all.


def look_alike(world):
    """The owner's name under another key."""
    return certs.new(world, "owner")


@suite.rows([
    ("an unknown certificate", lambda world: certs.new(world, "stranger")),
    ("the owner's name with another key", look_alike),
    ("an unknown certificate that has expired", lambda world: certs.expired(world, "stranger")),
    ("an unknown CA", lambda world: certs.authority(world, "stranger")),
    ("no certificate", lambda world: None),
])
def session_ends_for(world, make):
    try:
        answer = curl.request(world.container, make(world), "GET", "/v1/policy")
    except curl.NoAnswer as error:
        check(error.code not in (7, 28), f"the container did not even refuse: {error}")
        return
    raise Failure(f"it answered {answer.status}: {answer.body}")


@suite.test
def tls_1_2_is_refused(world):
    context = ssl.create_default_context(cafile=world.attestation.ca)
    context.load_cert_chain(world.owner.certificate, world.owner.key)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    host, port = world.container.address.rsplit(":", 1)
    try:
        harness.connect(context, host, port, world.container.policy.host)
    except (ssl.SSLError, ConnectionError):
        return
    raise Failure("a TLS 1.2 session was accepted")


@suite.test
def sessions_are_not_resumed(world):
    context = ssl.create_default_context(cafile=world.attestation.ca)
    context.load_cert_chain(world.owner.certificate, world.owner.key)
    context.set_alpn_protocols(["h2"])
    host, port = world.container.address.rsplit(":", 1)
    with harness.connect(context, host, port, world.container.policy.host) as session:
        session.sendall(h2.PREFACE)
        session.recv(1)  # after this any ticket would have arrived
        check(session.session is None or not session.session.has_ticket, "the container gave a ticket")


@suite.rows([
    ("one that has expired", certs.expired, "principals.owner.certificate"),
    ("one that is not valid yet", certs.not_yet_valid, "principals.owner.certificate"),
    ("a CA", certs.authority, "principals.owner.certificate"),
    ("one with a weak key", certs.weak, "principals.owner.certificate"),
    ("one for servers only", certs.for_servers, "principals.owner.certificate"),
])
def policy_with_a_certificate_that_is(world, make, place):
    rules = world.policy([make(world, "owner")], {}, ())
    done = world.veracruz("policy", "check", rules.path)
    equal(done.returncode, 2, f"exit code of policy check: {done.stdout}{done.stderr}")
    contains(done.stderr, place, "what it says")
    container = world.serve(rules)
    equal(container.address, None, "address")
    check(container.service.wait() in (2, 4), f"exit code of serve: {container.service.log()}")
    contains(container.service.log(), place, "what serve says")


@suite.test
def policy_with_one_certificate_twice(world):
    twin = harness.Party("twin", world.owner.prefix)
    done = world.veracruz("policy", "check", world.policy([world.owner, twin], {}, ()).path)
    equal(done.returncode, 2, f"exit code: {done.stdout}{done.stderr}")


# Rights.


@suite.rows([
    ("reading what only another may", "GET", "/v1/files/input/a.txt", None),
    ("looking whether it is there", "HEAD", "/v1/files/input/a.txt", None),
    ("reading what is not there", "GET", "/v1/files/input/none", None),
    ("listing", "GET", "/v1/files/input/", None),
    ("replacing what it may only read", "PUT", "/v1/files/both.txt", b"x"),
    ("writing", "PUT", "/v1/files/input/a.txt", b"x"),
    ("writing by way of its own directory", "PUT", "/v1/files/drop/../input/a.txt", b"x"),
    ("writing by an escaped way", "PUT", "/v1/files/drop/%2e%2e/input/a.txt", b"x"),
    ("writing by an escaped slash", "PUT", "/v1/files/drop/..%2finput/a.txt", b"x"),
    ("writing a program", "PUT", "/v1/files/program/copy.wasm", b"x"),
    ("reading what it may write", "GET", "/v1/files/drop/a", None),
    ("appending", "POST", "/v1/files/both.txt", b"x"),
    ("deleting", "DELETE", "/v1/files/both.txt", None),
    ("running", "POST", "/v1/runs", b'{"program":"copy"}'),
    ("ending the container", "POST", "/v1/shutdown", b""),
])
def without_the_right(world, method, target, body):
    world.ask("PUT", "/v1/files/input/a.txt", body=b"secret")
    world.ask("PUT", "/v1/files/both.txt", body=b"shared")
    answer = world.ask(method, target, body=body, party=world.other)
    equal(answer.status, 403, f"status {answer.body}")
    if method != "HEAD":
        equal(answer.problem, "refused", "problem")
        check(b"secret" not in answer.body, "the answer tells")
    equal(world.ask("GET", "/v1/files/input/a.txt").body, b"secret", "what was there")
    equal(world.ask("GET", "/v1/files/both.txt").body, b"shared", "what both see")


@suite.test
def a_listing_shows_only_what_one_may_see(world):
    world.ask("PUT", "/v1/files/input/a.txt", body=b"secret")
    world.ask("PUT", "/v1/files/both.txt", body=b"shared")
    answer = world.ask("GET", "/v1/files/", party=world.other)
    check(answer.status == 403 or [entry["name"] for entry in answer.json()["entries"]] == ["both.txt"], f"answer {answer.body}")


@suite.test
def the_refusal_does_not_tell_what_is_there(world):
    world.ask("PUT", "/v1/files/input/here", body=b"secret")
    there = world.ask("GET", "/v1/files/input/here", party=world.other)
    absent = world.ask("GET", "/v1/files/input/gone", party=world.other)
    equal(there.body.replace(b"here", b"gone"), absent.body, "the two answers")


# Quotas and bodies.


@suite.rows([("one file too large", FILE_QUOTA + 1, 1), ("all files too large", FILE_QUOTA, 4)])
def over_the_quota(world, size, count):
    container = world.serving(world.rules())

    def put(name, body):
        return world.ask("PUT", f"/v1/files/input/{name}", body=body, container=container)

    equal(put("kept", b"old").status, 201, "a small file")
    answers = [put(str(number), b"x" * size) for number in range(count)]
    refused(answers[-1], 413, "limit")
    refused(put("kept", b"y" * size), 413, "limit")
    equal(world.ask("GET", "/v1/files/input/kept", container=container).body, b"old", "the old file")
    check(world.ask("GET", f"/v1/files/input/{count - 1}", container=container).status == 404, "the refused file is there")


@suite.test
def append_over_the_quota_leaves_the_old_file(world):
    world.ask("PUT", "/v1/files/input/grown", body=b"x" * (FILE_QUOTA - 1))
    refused(world.ask("POST", "/v1/files/input/grown", body=b"yz"), 413, "limit")
    equal(world.ask("HEAD", "/v1/files/input/grown").fields["content-length"], str(FILE_QUOTA - 1), "size")
    world.ask("DELETE", "/v1/files/input/grown")


@suite.test
def too_many_files(world):
    container = world.serving(world.rules(storage={"files": 4}))
    answers = [world.ask("PUT", f"/v1/files/input/{number}", body=b"", container=container) for number in range(6)]
    refused(answers[-1], 413, "limit")
    check(answers[0].status == 201, "the first is there")


@suite.rows([(spelling, spelling) for spelling in (
    "/program/copy.wasm", "/program/../program/copy.wasm", "//program//copy.wasm", "/program/./copy.wasm", "/program/copy.wasm/",
    "/program/%63opy.wasm", "/program%2fcopy.wasm", "/x/..//program/copy.wasm", "/program/copy.wasm/.", "/../program/copy.wasm")])
def another_program_by_the_path(world, spelling):
    answer = world.ask("PUT", "/v1/files" + spelling, body=WASM.read_bytes() + b"\0")
    check((answer.status, answer.problem) in ((422, "digest"), (400, "malformed")), f"answer {answer.status} {answer.body}")
    run = world.ask("POST", "/v1/runs", "--header", "prefer: wait=60", body=b'{"program":"copy"}')
    check(run.status != 200 or run.json()["state"] != "exited", f"it ran: {run.body}")


@suite.test
def program_by_append_is_refused(world):
    answer = world.ask("POST", "/v1/files/program/copy.wasm", body=WASM.read_bytes())
    check(answer.status in (403, 422), f"answer {answer.status} {answer.body}")


@suite.rows([("cancelled", lambda link: (link.cancel(1), link.settle())), ("by a lost connection", lambda link: link.socket.close())])
def upload_cut_short(world, cut):
    world.ask("PUT", "/v1/files/input/whole", body=b"old")
    for target in ("/v1/files/input/whole", "/v1/files/input/cut"):
        with h2.Connection(world.container, world.owner) as link:
            link.request(1, "PUT", target, [("content-length", "10000")])
            link.data(1, b"x" * 5000)
            link.settle()
            cut(link)
    equal(world.ask("GET", "/v1/files/input/whole").body, b"old", "the old file")
    check("cut" not in world.names("/input/"), "the new file is there")


@suite.rows([("fewer", 5000), ("more", 15000)])
def upload_of_another_length_than_said(world, size):
    with h2.Connection(world.container, world.owner) as link:
        link.request(1, "PUT", "/v1/files/input/liar", [("content-length", "10000")])
        link.data(1, b"x" * size, end=True)
        contains((h2.RST_STREAM, h2.GOAWAY), link.closing(1), "how the stream ended")
    check("liar" not in world.names("/input/"), "the file is there")


@suite.rows([("PUT", "PUT"), ("POST", "POST")])
def upload_without_a_length(world, method):
    answer = curl.request(world.container, world.owner, method, "/v1/files/input/unsaid", body=b"x", sized=False)
    refused(answer, 411, "length-required")
    check("unsaid" not in world.names("/input/"), "the file is there")


# Life of a container.


def put_all(world, container):
    for target, body in (("/program/copy.wasm", WASM.read_bytes()), ("/input/a.txt", b"text")):
        equal(world.ask("PUT", "/v1/files" + target, body=body, container=container).status, 201, target)


def run_copy(world, container):
    return world.ask("POST", "/v1/runs", "--header", "prefer: wait=60", body=b'{"program":"copy"}', container=container)


@suite.test
def inputs_freeze_when_the_first_run_starts(world):
    container = world.serving(world.rules(lifecycle={"freeze_inputs": True}))
    put_all(world, container)
    equal(run_copy(world, container).status, 200, "run")
    for method, body in (("PUT", b"new"), ("POST", b"new"), ("DELETE", None)):
        refused(world.ask(method, "/v1/files/input/a.txt", body=body, container=container), 409, "state")
    equal(world.ask("GET", "/v1/files/input/a.txt", container=container).body, b"text", "the input")
    equal(run_copy(world, container).status, 200, "another run")


@suite.test
def runs_are_counted(world):
    container = world.serving(world.rules(lifecycle={"runs": [{"program": "copy", "at_most": 2}]}))
    put_all(world, container)
    equal([run_copy(world, container).status for _ in range(2)], [200, 200], "two runs")
    refused(run_copy(world, container), 429, "quota")


@suite.test
def program_that_nobody_put_does_not_run(world):
    answer = run_copy(world, world.serving(world.rules()))
    check(answer.status == 404 or answer.json()["state"] == "failed", f"answer {answer.status} {answer.body}")


@suite.test
def container_ends_when_the_readers_have_read(world):
    container = world.serving(world.rules(lifecycle={"shutdown_when_read": ["/both.txt"]}))
    world.ask("PUT", "/v1/files/both.txt", body=b"shared", container=container)
    for party in (world.owner, world.other):
        equal(world.ask("GET", "/v1/files/both.txt", party=party, container=container).status, 200, party.name)
    equal(container.service.wait(), 0, "exit code of serve")


# What a party's own policy is for.


def one_byte_more(text):
    return text + "\n"


def one_byte_other(text):
    return text.replace('"name": "test"', '"name": "tesu"')


@suite.rows([("with one byte more", one_byte_more), ("with one byte changed", one_byte_other)])
def client_refuses_a_container_whose_policy_comes(world, change):
    mine = harness.Policy(world.file("mine.json", change(world.container.policy.path.read_text())))
    local = world.file("secret.txt", "secret")
    done = world.container.veracruz(world.owner, "put", local, "/input/never", policy=mine)
    equal(done.returncode, 3, f"exit code: {done.stdout}{done.stderr}")
    contains(done.stderr, "policy", "what it says")
    check("never" not in world.names("/input/"), "it sent the file")


@suite.test
def curl_refuses_a_container_of_another_policy(world):
    other = world.rules(name="another")
    try:
        answer = curl.request(world.container, world.owner, "PUT", "/v1/files/input/never", body=b"secret", policy=other)
    except curl.NoAnswer as error:
        equal(error.code, 60, f"exit code of curl: {error}")
        check("never" not in world.names("/input/"), "it sent the file")
        return
    raise Failure(f"curl sent to a container of another policy: {answer.status}")


MALFORMED = [
    ("no JSON", lambda text: "{", ""),
    ("empty", lambda text: "", ""),
    ("an unknown key", lambda text: text.replace('"version"', '"extra": 1, "version"'), "extra"),
    ("a key twice", lambda text: text.replace('"version": 1', '"version": 1, "version": 1'), "version"),
    ("a wrong type", lambda text: text.replace('"name": "test"', '"name": 1'), "name"),
    ("another version", lambda text: text.replace('"version": 1', '"version": 2'), "version"),
    ("bytes after the end", lambda text: text + "x", ""),
    ("an impossible date", lambda text: text.replace('"expires": "', '"expires": "x'), "expires"),
    ("a digest of 65 digits", lambda text: text.replace('"sha256": "', '"sha256": "0'), "programs.copy.sha256"),
    ("no measurement", lambda text: re.sub(r'("measurements": )\[[^]]*', r"\1[", text), "measurements"),
    ("a platform that is none", lambda text: text.replace('"process": {', '"magic": {'), "platforms"),
    ("rights of nobody", lambda text: text.replace('"principal": "other"', '"principal": "nobody"'), "rights"),
    ("a right that is none", lambda text: text.replace('"execute"', '"obey"'), "rights"),
    ("too much output", lambda text: text.replace('"output_bytes": 65536', '"output_bytes": 2000000'), "output_bytes"),
]


@suite.rows(MALFORMED)
def malformed_policy_with(world, change, place):
    text = world.container.policy.path.read_text()
    rules = harness.Policy(world.file("malformed.json", change(text)))
    check(rules.path.read_text() != text, "the row changes nothing")
    done = world.veracruz("policy", "check", rules.path)
    equal(done.returncode, 2, f"exit code of check: {done.stdout}{done.stderr}")
    contains(done.stderr, place, "the place")
    container = world.serve(rules)
    equal((container.address, container.service.wait()), (None, 2), f"serve: {container.service.log()}")


@suite.test
def expired_policy_is_refused(world):
    container = world.serve(world.rules(expires=harness.in_days(-1)))
    equal(container.address, None, "address")
    check(container.service.wait() in (2, 3, 4), "exit code of serve")
    contains(container.service.log(), "expire", "what serve says")


if __name__ == "__main__":
    suite.main()
