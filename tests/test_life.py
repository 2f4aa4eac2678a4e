#!/usr/bin/env python3
"""Containers as processes on somebody's machine: how they end, what they leave, and that they serve many at once."""

import concurrent.futures
import datetime
import json
import os
import random
import select
import signal
import socket

import curl
import harness
from tap import Skip, Suite, check, contains, equal

WASM = harness.GUESTS / "misdeeds.wasm"
CANARY = "canary-7d1f3a"
CLIENTS = 16
IDLE = 64  # connections that say nothing


class World(harness.Stage):
    def prepare(self):
        self.owner = self.party("owner")

    def rules(self, **changes):
        programs = {name: (WASM, {"arguments": ["misdeeds", name]}) for name in ("copy", "spin", "trap")}
        rights = ["owner: read,write,list /input/", "owner: read /output/"]
        for name in programs:
            rights += [f"owner: write,execute /program/{name}.wasm", f"{name}: read /input/", f"{name}: write /output/"]
        return self.policy([self.owner], programs, rights, **{"lifecycle": {"shutdown": ["owner"]}, **changes})

    def ask(self, container, method, target, *options, body=None):
        return curl.request(container, self.owner, method, target, *options, body=body)

    def busy(self):
        """A container with a run that goes on."""
        container = self.serving(self.rules())
        equal(self.ask(container, "PUT", "/v1/files/program/spin.wasm", body=WASM.read_bytes()).status, 201, "put")
        number = self.begin(container, "spin")
        while self.ask(container, "GET", f"/v1/runs/{number}").json()["state"] != "running":
            pass
        return container

    def begin(self, container, name):
        answer = self.ask(container, "POST", "/v1/runs", body=json.dumps({"program": name}).encode())
        equal(answer.status, 201, f"status {answer.body}")
        return answer.json()["id"]


suite = Suite(World)


class Watch:
    """Processes of a container, held by descriptors: their numbers may be used again, these not."""

    def __init__(self, service):
        self.pids = service.children("veracruz-")
        self.files = [os.pidfd_open(pid) for pid in self.pids]

    def all_end(self):
        for pid, file in zip(self.pids, self.files):
            ended = select.select([file], [], [], harness.PATIENCE)[0]
            os.close(file)
            check(ended, f"process {pid} goes on")


@suite.test
def a_module_is_compiled_once_whatever_program_it_is(world):
    """The policy's programs are one module under three names: once one of them runs, no other waits for the compiler."""
    container = world.busy()
    equal(world.ask(container, "PUT", "/v1/files/program/trap.wasm", body=WASM.read_bytes()).status, 201, "put")
    state = world.ask(container, "POST", "/v1/runs", body=b'{"program":"trap"}').json()["state"]
    check(state != "compiling", f"state {state}")
    container.service.stop()


@suite.test
def a_container_is_a_runtime_and_a_worker_for_each_run(world):
    container = world.busy()
    check(len(container.service.children("veracruz-runtime")) == 1, "one runtime")
    check(len(container.service.children("veracruz-worker")) >= 1, "a worker")
    container.service.stop()


@suite.rows([("killed", signal.SIGKILL), ("asked to end", signal.SIGTERM), ("interrupted", signal.SIGINT)])
def everything_ends_when_the_launcher_is(world, number):
    container = world.busy()
    watch = Watch(container.service)
    check(len(watch.pids) >= 2, f"processes {watch.pids}")
    container.service.process.send_signal(number)
    code = container.service.wait()
    equal(code, -9 if number == signal.SIGKILL else 0, f"exit code of serve: {container.service.log()}")
    watch.all_end()


@suite.test
def everything_ends_when_the_runtime_is_killed(world):
    container = world.busy()
    watch = Watch(container.service)
    os.kill(container.service.children("veracruz-runtime")[0], signal.SIGKILL)
    check(container.service.wait() != 0, "serve says that this was no good end")
    contains(container.service.log(), "runtime", "what serve says")
    watch.all_end()


@suite.test
def shutdown_ends_runs_that_go_on(world):
    container = world.busy()
    watch = Watch(container.service)
    equal(world.ask(container, "POST", "/v1/shutdown", body=b"").status, 202, "status")
    equal(container.service.wait(), 0, f"exit code of serve: {container.service.log()}")
    watch.all_end()


@suite.test
def container_ends_when_its_policy_expires(world):
    soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=4)
    container = world.serving(world.rules(expires=soon.strftime("%Y-%m-%dT%H:%M:%SZ")))
    container.service.wait()
    contains(container.service.log(), "expire", "what serve says")
    check(datetime.datetime.now(datetime.timezone.utc) >= soon.replace(microsecond=0), "it ended before")


@suite.test
def two_containers_do_not_meet(world):
    first, second = world.serving(world.rules()), world.serving(world.rules(name="other"))
    equal(world.ask(first, "PUT", "/v1/files/input/mine", body=b"first").status, 201, "put")
    equal(world.ask(second, "GET", "/v1/files/input/mine").status, 404, "in the second")
    first.service.stop()
    equal(world.ask(second, "PUT", "/v1/files/input/mine", body=b"second").status, 201, "after the end of the first")


@suite.test
def a_new_container_under_the_same_policy_is_empty(world):
    rules = world.rules()
    first = world.serving(rules)
    equal(world.ask(first, "PUT", "/v1/files/input/mine", body=b"first").status, 201, "put")
    first.service.stop()
    equal(world.ask(world.serving(rules), "GET", "/v1/files/input/mine").status, 404, "in the next")


@suite.test
def nothing_that_was_put_is_in_the_logs(world):
    container = world.serving(world.rules())
    name = f"/v1/files/input/{CANARY}-name"
    equal(world.ask(container, "PUT", name, body=f"{CANARY}-content".encode()).status, 201, "put")
    world.ask(container, "GET", name + "-none")
    world.ask(container, "PUT", "/v1/files/program/trap.wasm", body=CANARY.encode())
    world.ask(container, "PUT", "/v1/files/program/trap.wasm", body=WASM.read_bytes())
    world.ask(container, "POST", "/v1/runs", "--header", "prefer: wait=60", body=b'{"program":"trap"}')
    world.ask(container, "POST", "/v1/runs", body=CANARY.encode())
    container.service.stop()
    for service in (container.service, world.attestation):
        check(CANARY not in service.log(), f"in the log of {service.name}: {service.log()}")


def files_for_writing(pid):
    """Paths of what a process may write, but for memory and devices."""
    for entry in os.scandir(f"/proc/{pid}/fd"):
        try:
            target = os.readlink(entry.path)
            with open(f"/proc/{pid}/fdinfo/{entry.name}", encoding="utf-8") as info:
                flags = int(dict(line.split(":", 1) for line in info if ":" in line)["flags"], 8)
        except FileNotFoundError:
            continue  # closed since it was listed
        if flags & os.O_ACCMODE != os.O_RDONLY and target.startswith("/") and not target.startswith(("/memfd:", "/dev/")):
            yield target


@suite.test
def nothing_is_written_on_the_machine(world):
    """All of a container is memory: what its processes may write is the launcher's log, and no other file."""
    container = world.busy()
    world.ask(container, "PUT", "/v1/files/input/a", body=b"text")
    try:
        for pid in container.service.children("veracruz-"):
            equal(set(files_for_writing(pid)) - {str(container.service.log_path)}, set(), f"files of process {pid}")
    except PermissionError as error:
        raise Skip("only root may look into the processes of a container") from error
    container.service.stop()


@suite.test
def many_clients_at_once(world):
    container = world.serving(world.rules())
    contents = [random.randbytes(random.randrange(1, 300_000)) for _ in range(CLIENTS)]

    def round_trip(number):
        target = f"/v1/files/input/{number}"
        put = world.ask(container, "PUT", target, body=contents[number])
        return put.status == 201 and world.ask(container, "GET", target).body == contents[number]

    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        good = list(pool.map(round_trip, range(CLIENTS)))
    equal(good, [True] * CLIENTS, "round trips")


@suite.test
def clients_who_race_for_one_file_leave_one_of_theirs(world):
    container = world.serving(world.rules())
    contents = [bytes([number]) * 100_000 for number in range(CLIENTS)]
    with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
        statuses = list(pool.map(lambda body: world.ask(container, "PUT", "/v1/files/input/one", body=body).status, contents))
    check(set(statuses) <= {201, 204, 409}, f"statuses {statuses}")
    check(world.ask(container, "GET", "/v1/files/input/one").body in contents, "a mixture")


@suite.test
def silent_connections_do_not_keep_others_out(world):
    container = world.serving(world.rules())
    host, port = container.address.rsplit(":", 1)
    silent = [socket.create_connection((host, int(port)), timeout=harness.PATIENCE) for _ in range(IDLE)]
    try:
        equal(world.ask(container, "PUT", "/v1/files/input/a", body=b"text").status, 201, "status")
    finally:
        for connection in silent:
            connection.close()


@suite.rows([("nothing but zeros", b"\0" * 4096), ("plain HTTP", b"GET /v1/policy HTTP/1.1\r\nhost: x\r\n\r\n"),
             ("a TLS record that never ends", b"\x16\x03\x01\xff\xff" + b"\x01" * 2000), ("random bytes", None)])
def who_sends(world, data):
    container = world.serving(world.rules())
    host, port = container.address.rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=harness.PATIENCE) as connection:
        connection.sendall(random.randbytes(5000) if data is None else data)
        connection.shutdown(socket.SHUT_WR)
        try:
            while connection.recv(4096):
                pass
        except ConnectionResetError:
            pass
    equal(world.ask(container, "GET", "/v1/policy").status, 200, "the next client")


if __name__ == "__main__":
    suite.main()
