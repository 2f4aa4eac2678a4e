#!/usr/bin/env python3
"""Sessions: certificates in another's place (B1), older and weaker TLS (B2), connections cut in the middle (B3), resumption (B5), and
where the container's key is not (A3)."""

import os
import pathlib
import re
import select
import socket
import ssl
import subprocess
import threading

import certs
import curl
import h2
import harness
from tap import Failure, Suite, check, contains, equal

OID = "2.25.50279523548716018722795473075133921337"
SIZE = 4 << 20
RIGHTS = ("owner: read,write,list /input/",)


def told(*arguments):
    """What openssl says."""
    return subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, text=True).stdout


class World(harness.Stage):
    def prepare(self):
        self.owner, self.other = self.party("owner"), self.party("other")
        self.rules = self.policy([self.owner, self.other], {}, RIGHTS)
        self.container = self.serving(self.rules)

    def shown(self):
        """The certificate that the container shows, as PEM."""
        context = ssl.create_default_context(cafile=self.attestation.ca)
        context.load_cert_chain(self.owner.certificate, self.owner.key)
        host, port = self.container.address.rsplit(":", 1)
        with harness.connect(context, host, port, self.rules.host) as session:
            return ssl.DER_cert_to_PEM_cert(session.getpeercert(binary_form=True))

    def forged(self, name="veracruz container", attested=True):
        """What only a thief of a container's key would have: a certificate of the service's CA with a real container's extension and
        name, and its key. The test has it because it has the CA's key."""
        extension = ""
        if attested:
            text = told("asn1parse", "-in", self.file("shown.pem", self.shown()))
            lines = text.splitlines()
            at = next(i for i, line in enumerate(lines) if OID in line)
            extension = f"{OID}=DER:{re.search(r'HEX DUMP.:([0-9A-F]+)', lines[at + 1]).group(1)}\n"
        key, request, certificate = self.path("forged.key"), self.path("forged.csr"), self.path("forged.crt")
        section = self.file("forged.cnf", f"subjectAltName=DNS:{self.rules.host}\nextendedKeyUsage=serverAuth,clientAuth\n{extension}")
        certs.openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}", "-keyout", key,
                      "-out", request)
        certs.openssl("x509", "-req", "-in", request, "-CA", self.attestation.ca, "-CAkey", self.attestation.state / "ca.key", "-days", "1",
                      "-extfile", section, "-out", certificate)
        return certificate, key

    def as_party(self, certificate, key):
        prefix = self.path("impostor")
        prefix.with_name(prefix.name + ".crt").write_bytes(pathlib.Path(certificate).read_bytes())
        prefix.with_name(prefix.name + ".key").write_bytes(pathlib.Path(key).read_bytes())
        prefix.with_name(prefix.name + ".key").chmod(0o600)
        return harness.Party("impostor", prefix)


suite = Suite(World)


class Impostor:
    """A TLS server that shows this certificate and keeps what it is told after the handshake."""

    def __init__(self, certificate, key):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_3
        self.context.load_cert_chain(certificate, key)
        self.context.set_alpn_protocols(["h2"])
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        self.told = b""
        self.changed = threading.Condition()
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        try:
            session, _ = self.listener.accept()
            with self.context.wrap_socket(session, server_side=True) as session:
                self.session = session
                session.sendall(bytes([0, 0, 0, h2.SETTINGS, 0, 0, 0, 0, 0]))
                while piece := session.recv(65536):
                    with self.changed:
                        self.told += piece
                        self.changed.notify()
        except OSError:
            pass

    def await_words(self, words):
        with self.changed:
            check(self.changed.wait_for(lambda: words in self.told, harness.PATIENCE), f"it was told {self.told}")

    def end_session(self):
        self.session.shutdown(socket.SHUT_RDWR)

    def stop(self):
        self.listener.close()
        self.thread.join(harness.PATIENCE)


# B1: certificates in another's place.


@suite.rows([
    ("a principal's certificate", lambda world: (world.owner.certificate, world.owner.key)),
    ("a certificate of the service's CA that nobody attested", lambda world: world.forged(attested=False)),
])
def as_a_container(world, make):
    impostor = Impostor(*make(world))
    done = world.veracruz("ls", "/", "--policy", world.rules.path, "--identity", world.owner.prefix, "--container", impostor.address)
    impostor.stop()
    equal(done.returncode, 3, f"exit code {done.stdout}{done.stderr}")
    equal(impostor.told, b"", "what it was told")


@suite.test
def the_service_as_a_container(world):
    done = world.veracruz("ls", "/", "--policy", world.rules.path, "--identity", world.owner.prefix, "--container",
                          world.attestation.address.removeprefix("https://"))
    equal(done.returncode, 3, f"exit code {done.stdout}{done.stderr}")
    contains(done.stderr, "it does not say that anybody verified a container", "what it says")


@suite.test
def another_key_with_a_container_s_own_words(world):
    """The CA's key makes the certificate genuine, and yet: it is asked for evidence of this session, and told nothing else."""
    impostor = Impostor(*world.forged())
    client = subprocess.Popen([harness.VERACRUZ, "put", world.file("secret", b"a secret" * 100), "/input/a", "--policy", world.rules.path,
                               "--identity", world.owner.prefix, "--container", impostor.address], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, env=world.environment)
    impostor.await_words(b"log_size")
    impostor.end_session()
    output = client.communicate(timeout=harness.PATIENCE)[0]
    impostor.stop()
    check(client.returncode != 0, f"it went on: {output}")
    check(b"a secret" not in impostor.told, "it was told the secret")


@suite.test
def a_container_as_the_service(world):
    class There:
        url, ca = "https://" + world.container.address, world.attestation.ca

    container = world.serve(world.policy([world.owner], {}, RIGHTS, attestation=There))
    equal(container.address, None, "address")
    equal(container.service.wait(), 3, f"exit code {container.service.log()}")
    contains(container.service.log(), "it is a container, not the attestation service", "what it says")


@suite.test
def a_principal_as_the_service(world):
    impostor = Impostor(world.owner.certificate, world.owner.key)

    class There:
        url, ca = "https://" + impostor.address, world.attestation.ca

    container = world.serve(world.policy([world.owner], {}, RIGHTS, attestation=There))
    impostor.stop()
    equal((container.address, impostor.told), (None, b""), f"address, and what it was told {container.service.log()}")
    equal(container.service.wait(), 3, "exit code")


@suite.rows([
    ("a container's certificate", lambda world: world.forged()),
    ("one of the service's CA with a principal's name", lambda world: world.forged(name="owner", attested=False)),
    ("the CA itself", lambda world: (world.attestation.ca, world.attestation.state / "ca.key")),
])
def as_a_client(world, make):
    party = world.as_party(*make(world))
    try:
        answer = curl.request(world.container, party, "GET", "/v1/policy")
    except curl.NoAnswer as error:
        check(error.code not in (7, 28), f"the container did not even refuse: {error}")
        return
    raise Failure(f"it answered {answer.status}: {answer.body}")


# B2: older and weaker TLS.


def handshake(world, *options):
    """openssl's client with the container, as the owner: exit code and text."""
    done = subprocess.run(["openssl", "s_client", "-connect", world.container.address, "-servername", world.rules.host, "-alpn", "h2", "-CAfile",
                           world.attestation.ca, "-cert", world.owner.certificate, "-key", world.owner.key, "-verify_return_error", *options],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=harness.PATIENCE)
    return done.returncode, done.stdout + done.stderr


@suite.rows([
    ("TLS 1.2", ["-tls1_2"]),
    ("TLS 1.1", ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"]),
    ("a group that is not offered", ["-groups", "secp256r1"]),
    ("an old group", ["-groups", "ffdhe2048"]),
    ("a suite that is not offered", ["-ciphersuites", "TLS_AES_128_CCM_8_SHA256"]),
    ("no protocol above", ["-alpn", "http/1.1"]),
])
def no_session_with(world, options):
    code, text = handshake(world, *options)
    check(code != 0 and "Cipher is (NONE)" in text, f"{code} {text[-600:]}")


@suite.test
def a_session_is_tls_1_3_with_a_group_of_both_kinds(world):
    code, text = handshake(world)
    contains(text, "TLSv1.3", "version")
    contains(text, "X25519MLKEM768", "group")
    contains(text, "This TLS version forbids renegotiation", "renegotiation")
    contains(text, "Compression: NONE", "compression")
    contains(text, "Early data was not sent", "early data")
    equal(code, 0, "exit code")


@suite.test
def nothing_to_resume_with_and_so_no_early_data(world):
    """B5, and 0-RTT of B2: a session that ends leaves nothing that a later one could begin with."""
    kept = world.path("kept")
    code, text = handshake(world, "-sess_out", kept)
    check("New, TLSv1.3" in text, f"{text[-600:]}")
    check(not kept.exists() or "Max Early Data: 0" in told("sess_id", "-in", kept, "-text", "-noout"), "early data may be sent")
    if kept.exists():
        _, again = handshake(world, "-sess_in", kept)
        check("Reused" not in again, f"{again[-600:]}")


@suite.test
def renegotiation_ends_the_session(world):
    """A second ClientHello inside a session of TLS 1.3 is an unexpected message."""
    context = ssl.create_default_context(cafile=world.attestation.ca)
    context.load_cert_chain(world.owner.certificate, world.owner.key)
    context.set_alpn_protocols(["h2"])
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_hostname=world.rules.host)
    host, port = world.container.address.rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=harness.PATIENCE) as raw:
        hello = b""
        while True:
            try:
                tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                flight = outgoing.read()
                hello = hello or flight
                raw.sendall(flight)
                incoming.write(raw.recv(65536))
        raw.sendall(outgoing.read() + hello)  # in the clear, where only protected records may come
        try:
            while raw.recv(65536):
                pass
        except ConnectionError:
            pass
    equal(curl.request(world.container, world.owner, "GET", "/v1/policy").status, 200, "others are served")


# B3: cut in the middle.


class Cutter:
    """Passes bytes on both ways, and after so many in one of them ends both without a word."""

    def __init__(self, address, limit, upwards):
        self.target, self.limit, self.upwards = address, limit, upwards
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        try:
            client, _ = self.listener.accept()
            host, port = self.target.rsplit(":", 1)
            with client, socket.create_connection((host, int(port))) as server:
                passed = 0
                while True:
                    for side in select.select([client, server], [], [])[0]:
                        data = side.recv(16384)
                        if not data:
                            return
                        if (side is client) == self.upwards:
                            passed += len(data)
                            if passed > self.limit:
                                return
                        (server if side is client else client).sendall(data)
        except OSError:
            pass

    def stop(self):
        self.listener.close()
        self.thread.join(harness.PATIENCE)


@suite.rows([("early", SIZE // 16), ("late", SIZE - 1000)])
def cut_while_sending(world, limit):
    data = world.file("data", os.urandom(SIZE))
    cutter = Cutter(world.container.address, limit, True)
    done = world.veracruz("put", data, "/input/cut", "--policy", world.rules.path, "--identity", world.owner.prefix, "--container", cutter.address)
    cutter.stop()
    equal(done.returncode, 1, f"exit code {done.stdout}{done.stderr}")
    answer = curl.request(world.container, world.owner, "GET", "/v1/files/input/")
    check(b'"cut"' not in answer.body, f"a part is there: {answer.body}")


@suite.rows([("early", SIZE // 16), ("late", SIZE - 1000)])
def cut_while_receiving(world, limit):
    data, back = world.file("data", os.urandom(SIZE)), world.path("back")
    world.must("put", data, "/input/whole", "--policy", world.rules.path, "--identity", world.owner.prefix, "--container", world.container.address)
    cutter = Cutter(world.container.address, limit, False)
    done = world.veracruz("get", "/input/whole", back, "--policy", world.rules.path, "--identity", world.owner.prefix, "--container",
                          cutter.address)
    cutter.stop()
    equal(done.returncode, 1, f"exit code {done.stdout}{done.stderr}")
    check(not back.exists(), "a part is there")


# A3: where the key is not.


@suite.test
def the_container_s_key_is_in_no_file_and_no_environment(world):
    """Private keys have a form; none is in the folder of any process here but those of principals, service and machine."""
    known = {path.resolve() for path in (world.owner.key, world.other.key, world.attestation.state / "ca.key")}
    world.shown()
    for path in world.folder.rglob("*"):
        if path.is_file() and path.resolve() not in known and path.name != "machine.key" and not path.name.endswith((".key",)):
            check(b"PRIVATE KEY" not in path.read_bytes(), f"a private key in {path}")
    for pid in world.container.service.children("veracruz-runtime"):
        for name in ("environ", "cmdline"):
            check(b"PRIVATE KEY" not in pathlib.Path(f"/proc/{pid}/{name}").read_bytes(), f"a private key in {name}")
        limits = pathlib.Path(f"/proc/{pid}/limits").read_text()
        contains(re.search(r"Max core file size +(\S+) +(\S+)", limits).group(0), "0 ", "what a crash may leave behind")
        if os.geteuid() != 0:  # who may look into every process
            try:
                pathlib.Path(f"/proc/{pid}/mem").open("rb").close()
            except PermissionError:
                continue
            raise Failure("another process of the same user may read the container's memory")


# The file that remembers.


@suite.test
def the_log_is_remembered_and_a_changed_memory_is_found_out(world):
    arguments = ("put", world.file("small", b"x"), "/input/a", "--policy", world.rules.path, "--identity", world.owner.prefix, "--container",
                 world.container.address)
    world.must(*arguments)
    folder = world.folder / "state" / "veracruz" / "log"
    [memory] = [path for path in folder.glob("*.json") if "two-worlds" not in path.name]
    equal(memory.stat().st_mode & 0o777, 0o600, "who may read it")
    text = memory.read_text()
    root = re.search(r'"root": "([0-9a-f]{64})"', text).group(1)
    memory.write_text(text.replace(root, root[::-1]))
    done = world.veracruz(*arguments)
    memory.write_text(text)
    equal(done.returncode, 3, f"exit code {done.stdout}{done.stderr}")
    contains(done.stderr, "another log", "what it says")
    check(list(folder.glob("*.two-worlds.json")), "both heads are kept")
    world.must(*arguments)


@suite.test
def a_log_that_grew_is_followed(world):
    """Another container enrols: the service's log grows, and the first container proves that it did."""
    arguments = ("put", world.file("small", b"x"), "/input/a", "--policy", world.rules.path, "--identity", world.owner.prefix, "--container")
    world.must(*arguments, world.container.address)
    second = world.serving(world.rules)
    world.must(*arguments, second.address)
    world.must(*arguments, world.container.address)
    second.service.stop()


@suite.test
def growth_that_nobody_proves_is_refused(world):
    """The service is gone, so the first container cannot show that the log which the second one is in grew out of its own."""
    service = world.start_attestation()
    rules = world.policy([world.owner], {}, RIGHTS, attestation=service)
    first, second = world.serving(rules), world.serving(rules)
    arguments = ("put", world.file("small", b"x"), "/input/a", "--policy", rules.path, "--identity", world.owner.prefix, "--container")
    world.must(*arguments, second.address)
    service.stop()
    done = world.veracruz(*arguments, first.address)
    equal(done.returncode, 3, f"exit code {done.stdout}{done.stderr}")
    contains(done.stderr, "proof of growth", "what it says")
    world.must(*arguments, second.address)  # whose log is the one that was seen


@suite.test
def growth_of_a_log_that_never_was_is_nobody_else_s_loss(world):
    """A principal names a size that the log never had, and the service says so; the next one gets the proof that there is."""
    rules = world.policy([world.owner, world.other], {}, RIGHTS)
    first, second = world.serving(rules), world.serving(rules)
    arguments = ("put", world.file("small", b"x"), "/input/a", "--policy", rules.path, "--identity", world.owner.prefix, "--container")
    world.must(*arguments, second.address)
    answer = curl.request(first, world.other, "POST", "/v1/attestation", body=b'{"nonce":"%s=","log_size":123456789}' % (b"A" * 43))
    equal(answer.status, 200, f"evidence {answer.body}")
    world.must(*arguments, first.address)
    for container in (first, second):
        container.service.stop()


# The request for evidence itself.


@suite.rows([
    ("no JSON", b"evidence", 400),
    ("no nonce", b'{"log_size":0}', 400),
    ("a short nonce", b'{"nonce":"AAAA","log_size":0}', 400),
    ("more than it wants to know", b'{"nonce":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","log_size":0,"x":1}', 400),
    ("a size below zero", b'{"nonce":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","log_size":-1}', 413),
    ("too much", b" " * 5000, 413),
])
def no_evidence_for(world, body, status):
    equal(curl.request(world.container, world.owner, "POST", "/v1/attestation", body=body).status, status, "status")


@suite.test
def evidence_names_what_it_is_of(world):
    answer = curl.request(world.container, world.owner, "POST", "/v1/attestation",
                          body=b'{"nonce":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","log_size":0}')
    equal(answer.status, 200, f"answer {answer.body}")
    value = answer.json()
    equal(sorted(value), ["certificate", "endorsement", "evidence", "platform", "receipt"], "members")
    equal(value["platform"], "process", "platform")
    equal(value["certificate"].strip(), world.shown().strip(), "the certificate in force")


@suite.test
def requests_for_evidence_are_bounded(world):
    with h2.Connection(world.container, world.other) as crowd:
        for number in range(64):
            crowd.request(2 * number + 1, "POST", "/v1/attestation")
        crowd.settle()
        body = b'{"nonce":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=","log_size":0}'
        answer = curl.request(world.container, world.other, "POST", "/v1/attestation", body=body)
        equal((answer.status, answer.problem), (429, "quota"), f"answer {answer.body}")
        equal(curl.request(world.container, world.owner, "POST", "/v1/attestation", body=body).status, 200, "another principal's")


if __name__ == "__main__":
    suite.main()
