"""A stage for system tests: a temporary folder, an attestation service, containers and parties, all real processes.

Services announce themselves on a descriptor, so nothing here waits by time alone; whatever was started is ended, and nothing else.
"""

import base64
import datetime
import hashlib
import json
import os
import pathlib
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

PROJECT = pathlib.Path(__file__).resolve().parent.parent
BUILD = pathlib.Path(os.environ.get("VERACRUZ_BUILD", PROJECT / "build"))
VERACRUZ = os.environ.get("VERACRUZ", str(BUILD / "src/cli/veracruz"))
GUESTS = pathlib.Path(os.environ.get("VERACRUZ_GUESTS", BUILD / "tests/guests"))
EXAMPLES = BUILD / "examples"
SANITIZED = os.environ.get("VERACRUZ_SANITIZED") == "1"  # a sanitizer's runtime keeps standard error and a store of freed memory
PATIENCE = 60  # seconds until a thing that must happen is called missing
LOG_LINES = 20


class Service:
    """A process that announces its address when it is ready. Its own session: ending it ends its children."""

    def __init__(self, name, command, log_path, environment):
        self.name = name
        self.log_path = log_path
        ready, announce = os.pipe()
        with open(log_path, "wb") as log:
            self.process = subprocess.Popen([*command, "--ready-fd", str(announce)], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            pass_fds=[announce], env=environment, start_new_session=True)
        os.close(announce)
        try:
            self.address = read_address(ready)
        finally:
            os.close(ready)

    def log(self):
        return self.log_path.read_text(errors="replace")

    def announced(self):
        """What it printed when it became ready, if it was started with --json."""
        return json.loads(self.log().splitlines()[0])

    def wait(self):
        """Exit code, once it ends by itself."""
        return self.process.wait(PATIENCE)

    def stop(self):
        for number in (signal.SIGTERM, signal.SIGKILL):
            if self.process.poll() is None:
                self.process.send_signal(number)
                try:
                    self.process.wait(10)
                except subprocess.TimeoutExpired:
                    continue
        try:
            os.killpg(self.process.pid, signal.SIGKILL)  # what it left behind, if anything
        except ProcessLookupError:
            pass

    def children(self, word):
        """Process ids below this one whose name has `word`."""
        parents = {}
        for entry in pathlib.Path("/proc").iterdir():
            if entry.name.isdigit():
                name, parent = process_status(entry)
                parents[int(entry.name)] = (name, parent)
        return [pid for pid, (name, _) in parents.items() if word in name and descends(pid, self.process.pid, parents)]

    def await_child(self, word):
        """The first child with this name: looks until there is one."""
        deadline = datetime.datetime.now() + datetime.timedelta(seconds=PATIENCE)
        while datetime.datetime.now() < deadline:
            if pids := self.children(word):
                return pids[0]
        raise TimeoutError(f"{self.name} never had a process named {word}")


def read_address(ready):
    """The address from the announcing descriptor, or None if the process ended without one."""
    text = b""
    while not text.endswith(b"\n"):
        if not select.select([ready], [], [], PATIENCE)[0]:
            raise TimeoutError("a service neither became ready nor ended")
        piece = os.read(ready, 4096)
        if not piece:
            return None
        text += piece
    return text.decode().strip()


def process_status(entry):
    """What a process calls itself (argument 0: it runs from memory and has no file's name), and its parent."""
    try:
        words = (entry / "cmdline").read_text(errors="replace").split("\0")
        status = (entry / "stat").read_text(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return "", 0
    return words[0], int(status.rsplit(")", 1)[1].split()[1])


def descends(pid, ancestor, parents):
    while pid in parents:
        pid = parents[pid][1]
        if pid == ancestor:
            return True
    return False


class Party:
    """One who has a certificate and key: files PREFIX.crt and PREFIX.key."""

    def __init__(self, name, prefix):
        self.name = name
        self.prefix = pathlib.Path(prefix)

    @property
    def certificate(self):
        return self.prefix.with_name(self.prefix.name + ".crt")

    @property
    def key(self):
        return self.prefix.with_name(self.prefix.name + ".key")


class Policy:
    def __init__(self, path):
        self.path = path

    @property
    def hash(self):
        return hashlib.sha256(self.path.read_bytes()).digest()

    @property
    def host(self):
        return base64.b32encode(self.hash).decode().lower().rstrip("=") + ".veracruz"


class Container:
    """A container that serves, or one that did not start: then address is None and exit_code and log() tell."""

    def __init__(self, stage, policy, service):
        self.stage = stage
        self.policy = policy
        self.service = service
        self.address = service.address

    def veracruz(self, party, *arguments, policy=None, timeout=PATIENCE):
        """A party uses the command with its copy of the policy."""
        return self.stage.veracruz(*arguments, "--policy", (policy or self.policy).path, "--identity", party.prefix,
                                   "--container", self.address, timeout=timeout)

    def run(self, party, program, timeout=PATIENCE):
        """Runs a program to its end; returns the run object."""
        done = self.veracruz(party, "run", program, "--json", timeout=timeout)
        return json.loads(done.stdout)


class Stage:
    """Suites derive from it and say in prepare() what their tests share."""

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="veracruz-test."))
        self.environment = {**os.environ, "XDG_DATA_HOME": str(self.folder / "machine"),
                            "XDG_STATE_HOME": str(self.folder / "state"), "LC_ALL": "C.UTF-8", "NO_COLOR": "1"}
        for name in ("VERACRUZ_POLICY", "VERACRUZ_IDENTITY", "VERACRUZ_CONTAINER"):
            self.environment.pop(name, None)
        self.services = []
        self.count = 0
        self.attestation_service = None
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # a test that takes too long cleans up too
        try:
            self.prepare()
        except BaseException:
            self.__exit__()
            raise
        return self

    def prepare(self):
        """What a suite's tests have in common."""

    def __exit__(self, *_):
        for service in reversed(self.services):
            service.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def logs(self):
        """The last lines of those who still run."""
        live = [service for service in self.services if service.process.poll() is None]
        return "\n".join(f"{service.name}: {line}" for service in live for line in service.log().splitlines()[-LOG_LINES:])

    def path(self, name):
        """A name in the stage's folder that nobody used before."""
        self.count += 1
        return self.folder / f"{self.count}-{name}"

    def file(self, name, content):
        path = self.path(name)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def veracruz(self, *arguments, timeout=PATIENCE):
        return subprocess.run([VERACRUZ, *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              env=self.environment, timeout=timeout)

    def must(self, *arguments):
        """As veracruz(), for steps that only prepare: failing them fails the test."""
        done = self.veracruz(*arguments)
        if done.returncode != 0:
            raise RuntimeError(f"veracruz {' '.join(map(str, arguments))}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def start(self, name, *command):
        service = Service(name, [VERACRUZ, *map(str, command)], self.path(name + ".log"), self.environment)
        self.services.append(service)
        return service

    def start_attestation(self, endorse=True, state=None, listen="127.0.0.1:0"):
        """An attestation service that knows this machine; returns it, with its state folder and CA."""
        state = state or self.path("service")
        service = self.start("attestation", "attestation", "serve", "--state", state, "--listen", listen)
        if service.address is None:
            raise RuntimeError(f"the attestation service did not start\n{service.log()}")
        service.state = state
        service.url = "https://" + service.address
        service.ca = state / "ca.crt"
        if endorse:
            machine = self.path("machine.pem")
            self.must("machine", "show", "--out", machine)
            self.must("attestation", "endorse", machine, "--state", state)
        return service

    @property
    def attestation(self):
        """The one that containers use if a test says nothing else."""
        if self.attestation_service is None:
            self.attestation_service = self.start_attestation()
        return self.attestation_service

    def party(self, name, days=2):
        folder = self.path("party")
        self.must("identity", "new", name, "--out", folder, "--days", days)
        return Party(name, folder / name)

    def measurement(self):
        return json.loads(self.must("measure", "--json"))["measurement"]

    def policy(self, parties, programs=None, rights=(), attestation=None, measurements=None, **changes):
        """Writes a policy. programs: name -> (FILE.wasm, settings); rights: "WHO: may,may PATH". Made here and not by `veracruz
        policy new`, so that it can also be wrong."""
        service = attestation or self.attestation
        programs = programs or {}
        names = [party.name for party in parties]
        value = {
            "version": 1,
            "name": "test",
            "expires": in_days(1),
            "attestation": {
                "url": service.url,
                "ca": service.ca.read_text(),
                "platforms": {"process": {"measurements": measurements or [self.measurement()]}},
            },
            "principals": {party.name: {"certificate": party.certificate.read_text()} for party in parties},
            "programs": {name: program(name, *entry) for name, entry in programs.items()},
            "rights": [right(text, names) for text in rights],
        }
        value.update(changes)
        return Policy(self.file("policy.json", json.dumps(value, indent=2)))

    def serve(self, policy):
        """Starts a container; look at .address for whether it serves."""
        service = self.start("container", "serve", "--json", "--policy", policy.path, "--listen", "127.0.0.1:0")
        return Container(self, policy, service)

    def serving(self, policy):
        container = self.serve(policy)
        if container.address is None:
            code = container.service.wait()
            raise RuntimeError(f"the container did not start: exit code {code}\n{container.service.log()}")
        return container


def connect(context, host, port, name):
    """A TLS session of the standard library with the container behind a name."""
    context.set_alpn_protocols(["h2"])
    return context.wrap_socket(socket.create_connection((host, int(port)), timeout=PATIENCE), server_hostname=name)


def in_days(days):
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def program(name, wasm, settings=None):
    return {"path": f"/program/{name}.wasm", "sha256": hashlib.sha256(pathlib.Path(wasm).read_bytes()).hexdigest(), **(settings or {})}


def right(text, principals):
    who, rest = text.split(": ")
    may, path = rest.split(" ")
    return {"principal" if who in principals else "program": who, "may": may.split(","), "path": path}
