#!/usr/bin/env python3
"""The examples for streams: the same values natively, without a container, and in containers while the streams go by."""

import gzip
import hashlib
import importlib.util
import json
import os
import pathlib
import random
import socket
import subprocess
import threading

import harness
from tap import Skip, Suite, check, contains, equal

HERE = harness.PROJECT / "examples"
TABLES = pathlib.Path(os.environ.get("VERACRUZ_TABLES", harness.PROJECT.parent / "shared/data"))
MIB = 1 << 20
DATA_SIZE = 8 * MIB if harness.SANITIZED else 64 * MIB


def load(example, script):
    """A script of an example, as a module: several have the same name."""
    spec = importlib.util.spec_from_file_location(f"{example}_{script}", HERE / example / f"{script}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


macd, prices = load("macd", "expected"), load("macd", "generate")
sums, numbers = load("sum", "expected"), load("sum", "generate")
anomaly, generate = load("anomaly", "expected"), load("anomaly", "generate")


def draw_seed():
    seed = random.randrange(1 << 32)
    print(f"# seed {seed}")
    return seed


def lines(items):
    return "".join(f"{item}\n" for item in items).encode()


class Streaming(harness.Stage):
    def prepare(self):
        self.left, self.right, self.reader = (self.party(name) for name in ("left", "right", "reader"))

    def native(self, example, *arguments, data=b""):
        """Runs the native twin, its input coming in pieces of every size."""
        process = subprocess.Popen([harness.EXAMPLES / f"example-{example}", *map(str, arguments)], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        feeder = threading.Thread(target=feed, args=(process.stdin, data))
        feeder.start()
        out, err = process.stdout.read(), process.stderr.read()
        feeder.join()
        process.stdout.close()
        process.stderr.close()
        return process.wait(), out, err.decode()

    def local(self, example, *arguments, data=b""):
        """Runs the program without a container, its input being a file; native code is made for more than a few bytes."""
        strategy = "aot" if len(data) > 65536 else "interpret"
        done = subprocess.run([harness.VERACRUZ, "local", "run", "--stdin", self.file("input", data), "--limit", f"output_bytes={256 * MIB}",
                               "--strategy", strategy, "--folder", self.folder, wasm(example), "--", *map(str, arguments)],
                              stdin=subprocess.DEVNULL, capture_output=True, env=self.environment, timeout=2 * harness.PATIENCE)
        return done.returncode, done.stdout, done.stderr.decode()

    def container(self, example, streams, rights, **settings):
        """One that is ready to run an example; everybody's rights but those to the program are given."""
        path = f"/program/{example}.wasm"
        rights = [f"reader: write,execute {path}", *rights]
        policy = self.policy([self.left, self.right, self.reader], {example: (wasm(example), settings)}, rights, streams=streams)
        container = self.serving(policy)
        equal(container.veracruz(self.reader, "put", wasm(example), path).returncode, 0, "exit code of put")
        return container

    def act(self, container, party, *words, **files):
        """A party's command that goes on beside others."""
        return subprocess.Popen([harness.VERACRUZ, *map(str, words), "--policy", container.policy.path, "--identity", party.prefix,
                                 "--container", container.address],
                                **{"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **files},
                                env=self.environment)


def wasm(example):
    path = harness.EXAMPLES / f"{example}.wasm"
    if not path.exists():
        raise Skip(f"{example}.wasm was not built: its source is not here")
    return path


def feed(pipe, data):
    source, at = random.Random(len(data)), 0
    try:
        while at < len(data):
            size = source.choice([1, 7, 100, 4096, 65536, MIB])
            pipe.write(data[at:at + size])
            pipe.flush()
            at += size
        pipe.close()
    except BrokenPipeError:
        pass


def finish(what, process, wanted=0):
    """Waits for a command's end; returns its standard output."""
    out, err = process.communicate(timeout=2 * harness.PATIENCE)
    equal(process.returncode, wanted, f"{what}: {err.decode()}exit code")
    return out


def stream(producer, *consumers, **terms):
    """A stream of the policy; a party by its object, a program by its name."""
    name = lambda who: {"program": who} if isinstance(who, str) else {"principal": who.name}  # noqa: E731
    return {"producer": name(producer), "consumers": [name(consumer) for consumer in consumers], **terms}


def limits(**more):
    return {"memory_mib": 2, "wall_seconds": 600, "cpu_seconds": 300, **more}


suite = Suite(Streaming)


# Without a container: natively over a pipe, and as WebAssembly over a file.

def both(stage, example, *arguments, data, wanted):
    for where in (stage.native, stage.local):
        code, out, err = where(example, *arguments, data=data)
        equal((code, out), (0, wanted), f"{where.__name__}: {err}exit code and output")


@suite.rows([("none", 0), ("one", 1), ("few", 30), ("many", 20000)])
def moving_averages_to_the_last_digit(stage, count):
    walk = prices.make_prices(draw_seed(), count)
    both(stage, "macd", 12, 26, 9, data=lines(walk), wanted=lines(macd.expected(walk)))


@suite.rows([("other periods", (3, 10, 16)), ("all the same", (5, 5, 5)), ("of one", (1, 2, 1))])
def moving_averages_of_periods(stage, periods):
    walk = prices.make_prices(draw_seed(), 500)
    both(stage, "macd", *periods, data=lines(walk), wanted=lines(macd.expected(walk, *periods)))


@suite.rows([
    ("no number", b"1\nx\n"), ("a negative price", b"-1\n"), ("an empty line", b"1\n\n"), ("cut off", b"1\n2"),
    ("too long", b"1" * 65 + b"\n"), ("a NUL byte", b"1\x00\n"), ("infinite", b"1e999\n"),
])
def malformed_prices(stage, data):
    for where in (stage.native, stage.local):
        equal(where("macd", 12, 26, 9, data=data)[0], 2, f"{where.__name__}: exit code")


@suite.test
def sums_over_rounds(stage):
    seed = draw_seed()
    rounds = [[numbers.make_numbers(seed + 3 * i + j, 1000 * j) for j in range(3)] for i in range(3)]
    wanted = sums.expected([sum(round, []) for round in rounds])
    for where in (stage.native, stage.local):
        state = stage.path("state")
        for i, inputs in enumerate(rounds):
            files = [stage.file("numbers", lines(values)) for values in inputs]
            equal(where("sum", state, *files)[:2], (0, (wanted[i] + "\n").encode()), f"{where.__name__}: round {i + 1}")


@suite.rows([
    ("no number", [b"1\nx\n"], 2), ("a sign alone", [b"-\n"], 2), ("a plus", [b"+1\n"], 2), ("an empty line", [b"\n"], 2),
    ("beyond 64 bits", [b"9223372036854775808\n"], 2), ("cut off", [b"1"], 2), ("a sum beyond 64 bits", [b"9223372036854775807\n", b"1\n"], 6),
    ("no input", [], 4), ("seventeen inputs", [b""] * 17, 4),
])
def sums_that_are_refused(stage, inputs, code):
    files = [stage.file("numbers", data) for data in inputs]
    for where in (stage.native, stage.local):
        state = stage.path("state")
        equal(where("sum", state, *files)[0], code, f"{where.__name__}: exit code")
        check(not state.exists(), "nothing was counted")


@suite.rows([("largest", [b"9223372036854775807\n-1\n"], 2, 2**63 - 2), ("smallest", [b"-9223372036854775808\n", b""], 1, -2**63),
             ("zeros in front", [b"-007\n"], 1, -7), ("sixteen inputs", [b"1\n"] * 16, 16, 16)])
def sums_at_the_limits(stage, inputs, count, wanted):
    files = [stage.file("numbers", data) for data in inputs]
    for where in (stage.native, stage.local):
        code, out, err = where("sum", stage.path("state"), *files)
        equal((code, out.decode()), (0, f"1,{count},{wanted},{count},{wanted}\n"), f"{where.__name__}: {err}")


def compare_verdicts(table, rows, found):
    """Distances to a billionth of their value, and every verdict, against an independent computation."""
    wanted = anomaly.expected(*([[anomaly.Decimal(value) for value in row.split(",")] for row in part] for part in (table, rows)))
    equal(len(found), len(rows), "verdicts")
    for i, (line, (distance, odd)) in enumerate(zip(found, wanted), 1):
        number, value, verdict = line.split(",")
        equal((number, verdict), (str(i), "anomaly" if odd else "normal"), f"row {i}")
        check(abs(anomaly.Decimal(value) / distance - 1) < anomaly.TOLERANCE, f"row {i}: {value}, wanted {distance}")


@suite.test
def anomalies_of_made_rows(stage):
    normal, rows, odd = generate.make_tables(draw_seed(), 400)
    table = stage.file("normal.csv", lines([",".join(f"c{i}" for i in range(generate.COLUMNS)), *normal]))
    code, out, err = stage.native("anomaly", table, 50, data=lines(rows))
    equal(code, 0, f"{err}exit code")
    equal(stage.local("anomaly", table, 50, data=lines(rows))[:2], (0, out), "the same as WebAssembly")
    found = out.decode().splitlines()
    compare_verdicts(normal, rows, found)
    told = {i for i, line in enumerate(found, 1) if line.endswith(",anomaly")}
    check(len(told & set(odd)) >= 0.9 * len(odd), f"{len(told & set(odd))} of {len(odd)} odd rows were told")


@suite.rows([
    ("no table", None, b"", 1), ("an empty table", b"", b"", 6), ("fewer rows than columns", b"a,b\n1,2\n3,4\n", b"", 6),
    ("a column that never changes", b"a\n1\n1\n1\n", b"", 6), ("a row too short", b"a,b\n1\n", b"", 5), ("a row too long", b"a\n1,2\n", b"", 5),
    ("a table cut off", b"a\n1\n2\n3", b"", 5), ("33 columns", b"," * 32 + b"\n", b"", 5), ("no number in the stream", b"a\n1\n2\n3\n", b"x\n", 2),
    ("two numbers in the stream", b"a\n1\n2\n3\n", b"1,2\n", 2), ("cut off", b"a\n1\n2\n3\n", b"1", 2),
])
def tables_that_are_refused(stage, table, rows, code):
    path = stage.path("nowhere") if table is None else stage.file("normal.csv", table)
    for where in (stage.native, stage.local):
        equal(where("anomaly", path, 50, data=rows)[0], code, f"{where.__name__}: exit code")


@suite.rows([
    ("nothing", b"", "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"),
    ("abc", b"abc", "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"),
    ("a million", b"a" * 1000000, "e718483d0ce769644e2e42c7bc15b4638e1f98b13b2044285632a803afa973ebde0ff244877ea60a4cb0432ce577c31beb009c5c2c49aa2e4eadb217ad8cc09b"),
])
def digests_of_the_standard(stage, data, wanted):
    both(stage, "sha512", data=data, wanted=f"{wanted}  -\n".encode())


@suite.test
def digests_around_the_ends_of_blocks(stage):
    source = random.Random(draw_seed())
    for size in [*range(100, 150), *range(230, 260), 262143, 262144, 262145, MIB + 1]:
        data = source.randbytes(size)
        equal(stage.native("sha512", data=data)[1].decode(), hashlib.sha512(data).hexdigest() + "  -\n", f"{size} bytes")


def sample(kind):
    source = random.Random(7)
    text = "".join(path.read_text() for path in sorted((harness.PROJECT / "src/base").glob("*.c"))).encode()
    return {"empty": b"", "a byte": b"x", "text": text, "zeros": bytes(3 * MIB), "noise": source.randbytes(MIB + 17)}[kind]


@suite.rows([(f"{kind}, {option}", kind, option) for kind in ("empty", "a byte", "text", "zeros", "noise") for option in ("-1", "-6", "-9")])
def gzip_makes_what_gzip_reads(stage, kind, option):
    data = sample(kind)
    code, out, err = stage.local("gzip", option, data=data)
    equal(code, 0, f"{err}exit code")
    done = subprocess.run(["gzip", "-dc"], input=out, capture_output=True, timeout=harness.PATIENCE)
    equal((done.returncode, done.stdout == data), (0, True), f"gzip -d: {done.stderr}")


@suite.rows([("one member", 1), ("three members", 3)])
def gzip_reads_what_gzip_makes(stage, count):
    data = sample("text")
    code, out, err = stage.local("gzip", "-d", data=gzip.compress(data) * count)
    equal((code, out == data * count), (0, True), err)


@suite.rows([
    ("nothing", lambda packed: b""), ("cut off", lambda packed: packed[:-1]), ("the header alone", lambda packed: packed[:10]),
    ("text behind it", lambda packed: packed + b"text"), ("another length", lambda packed: packed[:-1] + bytes([packed[-1] ^ 1])),
    ("another checksum", lambda packed: packed[:-5] + bytes([packed[-5] ^ 1]) + packed[-4:]), ("text", lambda packed: b"no gzip at all"),
])
def gzip_refuses(stage, change):
    equal(stage.local("gzip", "-d", data=change(gzip.compress(b"something" * 100)))[0], 2, "exit code")


@suite.rows([("macd", ("macd", 12, 26, 9), b"1\n2\n"), ("sha512", ("sha512",), b"abc")])
def a_lost_input_is_no_end(stage, command, data):
    """A socket that is closed with something unread says ECONNRESET, as a lost stream does."""
    ours, theirs = socket.socketpair()
    theirs.send(b"never read")
    ours.send(data)
    process = subprocess.Popen([harness.EXAMPLES / f"example-{command[0]}", *map(str, command[1:])], stdin=theirs,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    theirs.close()
    ours.recv(1)
    ours.send(b"")
    ours.close()
    out = finish(command[0], process, wanted=1)
    check(hashlib.sha512(data).hexdigest().encode() not in out, "no digest of a part")


# In containers.

def perform(stage, example, *options):
    """The script that the README names; returns what it kept as the result."""
    wasm(example)
    result = stage.path("result")
    done = subprocess.run([HERE / example / "run.sh", *map(str, options), "--result", result], text=True, capture_output=True,
                          stdin=subprocess.DEVNULL, timeout=4 * harness.PATIENCE,
                          env={**stage.environment, "VERACRUZ_BUILD": str(harness.BUILD), "TMPDIR": str(stage.folder)})
    equal(done.returncode, 0, f"exit code of run.sh\n{done.stdout}{done.stderr}")
    return result.read_bytes()


@suite.test
def the_script_of_moving_averages(stage):
    walk = prices.make_prices(draw_seed(), 3000)
    equal(perform(stage, "macd", "--prices", stage.file("prices", lines(walk))), lines(macd.expected(walk)), "signals")


@suite.test
def the_script_of_sums(stage):
    seed = draw_seed() % 1000000
    made = [numbers.make_numbers(seed + 2 * i, 500) + numbers.make_numbers(seed + 2 * i + 1, 250) for i in range(1, 5)]
    equal(perform(stage, "sum", "--rounds", 4, "--count", 500, "--seed", seed), lines(sums.expected(made)), "lines")


@suite.test
def the_script_of_anomalies(stage):
    seed = draw_seed()
    normal, rows, _ = generate.make_tables(seed, 300)
    compare_verdicts(normal, rows, perform(stage, "anomaly", "--rows", 300, "--seed", seed).decode().splitlines())


@suite.test
def the_script_of_a_digest(stage):
    data = random.Random(draw_seed()).randbytes(3 * MIB + 5)
    equal(perform(stage, "sha512", "--file", stage.file("data", data)).decode(), hashlib.sha512(data).hexdigest() + "  -\n", "digest")


@suite.test
def the_script_of_gzip(stage):
    data = sample("text") + sample("noise") + sample("zeros")
    equal(gzip.decompress(perform(stage, "gzip", "--file", stage.file("plain", data))) == data, True, "decompressed")


def market(stage):
    return stage.container("macd", {"prices": stream(stage.left, "macd", records="lines", record_bytes=64),
                                    "signals": stream("macd", stage.reader, records="lines", partial=True)}, [],
                           arguments=["macd", "12", "26", "9"], stdin="/stream/prices", stdout="/stream/signals", limits=limits())


@suite.test
def each_signal_comes_before_the_next_price(stage):
    """Prices that wait for what the one before gave: nothing is held back on the way, in either direction."""
    container = market(stage)
    walk = prices.make_prices(draw_seed(), 200)
    wanted = macd.expected(walk)
    run = stage.act(container, stage.reader, "run", "macd", "--json")
    get = stage.act(container, stage.reader, "stream", "get", "signals", "-")
    put = stage.act(container, stage.left, "stream", "put", "prices", "-", stdin=subprocess.PIPE)
    for price, signal in zip(walk, wanted):
        put.stdin.write(f"{price}\n".encode())
        put.stdin.flush()
        equal(get.stdout.readline().decode(), signal + "\n", "signal")
    put.stdin.close()
    put.stdin = None
    finish("put", put)
    equal(finish("get", get), b"", "what follows the last signal")
    equal(json.loads(finish("run", run))["state"], "exited", "run")


@suite.test
def a_program_that_fails_says_so_at_both_ends(stage):
    """After some good prices comes one that is none: the program exits with 2, and no part is taken for the whole."""
    container = market(stage)
    walk = prices.make_prices(draw_seed(), 200000)
    bad = lines([*walk, "free", *walk, *walk, *walk])  # what follows does not fit into the window
    run = stage.act(container, stage.reader, "run", "macd", "--json")
    get = stage.act(container, stage.reader, "stream", "get", "signals", "-")
    put = stage.act(container, stage.left, "stream", "put", "prices", stage.file("prices", bad))
    part, told = get.communicate(timeout=2 * harness.PATIENCE)
    contains(told.decode(), "exited with 2", "what the receiver is told")
    check(get.returncode != 0, "the receiver's command fails")
    check(lines(macd.expected(walk)).startswith(part) and part, f"{len(part)} bytes of signals before it")
    told = put.communicate(timeout=2 * harness.PATIENCE)[1]
    check(put.returncode != 0, "the producer's command fails")
    contains(told.decode(), "exited with 2", "what the producer is told")
    equal(json.loads(finish("run", run, wanted=8))["exit_code"], 2, "exit code of the program")


@suite.test
def sums_take_whoever_is_ready_and_keep_their_state(stage):
    """In each round one producer waits, in the middle of a line, until the other has been taken whole; turn by turn."""
    terms = {"records": "lines", "record_bytes": 32, "uses": 3}
    container = stage.container("sum", {"north": stream(stage.left, "sum", **terms), "south": stream(stage.right, "sum", **terms),
                                        "total": stream("sum", stage.reader, records="lines", uses=3)},
                                ["sum: read,write /state/total"], arguments=["sum", "/state/total", "/stream/north", "/stream/south"],
                                stdout="/stream/total", limits=limits())
    seed, rounds, found = draw_seed(), [], []
    for i in range(3):
        early, late = numbers.make_numbers(seed + 2 * i, 3000), numbers.make_numbers(seed + 2 * i + 1, 1000)
        rounds.append(early + late)
        found.append(play_round(stage, container, [("north", stage.left), ("south", stage.right)][::1 if i % 2 else -1], early, late))
    equal(found, sums.expected(rounds), "lines")
    denied = container.veracruz(stage.reader, "get", "/state/total", stage.path("stolen"))
    equal(denied.returncode, 4, f"{denied.stderr}exit code of who asks for the state")


def play_round(stage, container, who, early, late):
    (first, first_party), (second, second_party) = who
    run = stage.act(container, stage.reader, "run", "sum", "--json")
    slow = stage.act(container, second_party, "stream", "put", second, "-", stdin=subprocess.PIPE)
    text = lines(late)
    slow.stdin.write(text[:1])
    slow.stdin.flush()
    fast = stage.act(container, first_party, "stream", "put", first, stage.file("numbers", lines(early)))
    finish(f"put {first}", fast)
    slow.stdin.write(text[1:])
    slow.stdin.close()
    slow.stdin = None
    finish(f"put {second}", slow)
    equal(json.loads(finish("run", run))["state"], "exited", "run")
    return finish("get", stage.act(container, stage.reader, "stream", "get", "total", "-")).decode().strip()


@suite.test
def anomalies_of_a_real_table(stage):
    """Learns from 200 benign cases; of the others, whatever they are, most malignant ones must be told, and few benign ones."""
    source = TABLES / "breast_cancer.csv"
    if not source.exists():
        raise Skip(f"{source} is not here")
    normal, rows, malignant = split_cases(source.read_text().splitlines()[1:], 200)
    table = stage.file("normal.csv", lines([",".join(f"c{i}" for i in range(30)), *normal]))
    container = stage.container("anomaly", {"rows": stream(stage.left, "anomaly", records="lines", record_bytes=1024),
                                            "verdicts": stream("anomaly", stage.reader, records="lines", partial=True)},
                                ["right: write /input/normal.csv", "anomaly: read /input/normal.csv"],
                                arguments=["anomaly", "/input/normal.csv", "50"], stdin="/stream/rows", stdout="/stream/verdicts",
                                limits=limits(memory_mib=16))
    equal(container.veracruz(stage.right, "put", table, "/input/normal.csv").returncode, 0, "put of the table")
    run = stage.act(container, stage.reader, "run", "anomaly", "--json")
    get = stage.act(container, stage.reader, "stream", "get", "verdicts", "-")
    finish("put", stage.act(container, stage.left, "stream", "put", "rows", stage.file("rows", lines(rows))))
    found = finish("get", get).decode().splitlines()
    equal(json.loads(finish("run", run))["state"], "exited", "run")
    compare_verdicts(normal, rows, found)
    equal("\n".join(found) + "\n", stage.native("anomaly", table, 50, data=lines(rows))[1].decode(), "the same as natively")
    odd = [line.endswith(",anomaly") for line in found]
    right = sum(told for told, ill in zip(odd, malignant) if ill)
    wrong = sum(told for told, ill in zip(odd, malignant) if not ill)
    print(f"# told: {right} of {sum(malignant)} malignant, {wrong} of {len(rows) - sum(malignant)} benign")
    check(right >= 0.8 * sum(malignant) and wrong <= 0.1 * (len(rows) - sum(malignant)), "most are told, few wrongly")


def split_cases(table, count):
    """The first `count` benign cases; all others in their order, and whether they are malignant."""
    normal, rows, malignant = [], [], []
    for line in table:
        values, benign = line.rsplit(",", 1)
        if benign == "1" and len(normal) < count:
            normal.append(values)
        else:
            rows.append(values)
            malignant.append(benign == "0")
    return normal, rows, malignant


@suite.test
def a_digest_in_a_fraction_of_the_memory(stage):
    container = stage.container("sha512", {"data": stream(stage.left, "sha512", digest="sha-256")},
                                ["sha512: write /output/sha512.txt", "reader: read /output/sha512.txt"],
                                stdin="/stream/data", stdout="/output/sha512.txt", limits=limits(memory_mib=1))
    data = random.Random(draw_seed()).randbytes(DATA_SIZE)
    run = stage.act(container, stage.reader, "run", "sha512", "--json")
    finish("put", stage.act(container, stage.left, "stream", "put", "data", stage.file("data", data)))
    usage = json.loads(finish("run", run))
    equal(usage["state"], "exited", f"{usage}: run")
    copy = stage.path("sha512.txt")
    equal(container.veracruz(stage.reader, "get", "/output/sha512.txt", copy).returncode, 0, "get")
    equal(copy.read_text(), hashlib.sha512(data).hexdigest() + "  -\n", "digest")
    memory = usage["memory_bytes"] + MIB  # and the window
    print(f"# {DATA_SIZE // MIB} MiB in {memory} bytes of guest and ring memory")
    check(memory <= 32 * MIB, f"{memory} bytes")


@suite.test
def gzip_between_producer_and_receiver(stage):
    terms = {"window_bytes": 65536}  # far less than what goes by
    container = stage.container("gzip", {"plain": stream(stage.left, "gzip", **terms),
                                         "packed": stream("gzip", stage.reader, partial=True, **terms)}, [],
                                arguments=["gzip", "-1"], stdin="/stream/plain", stdout="/stream/packed", limits=limits())
    data = sample("text") + sample("noise") * 3 + sample("zeros")
    run = stage.act(container, stage.reader, "run", "gzip", "--json")
    get = stage.act(container, stage.reader, "stream", "get", "packed", stage.path("packed.gz"))
    put = stage.act(container, stage.left, "stream", "put", "plain", stage.file("plain", data))
    finish("put", put)
    finish("get", get)
    equal(json.loads(finish("run", run))["state"], "exited", "run")
    packed = get.args[4]
    done = subprocess.run(["gzip", "-dc", packed], capture_output=True, timeout=harness.PATIENCE)
    equal((done.returncode, done.stdout == data), (0, True), f"gzip -d: {done.stderr}")


@suite.test
def a_producer_that_is_gone_is_no_end(stage):
    """The program fails, no digest appears, and every party is told why."""
    container = stage.container("sha512", {"data": stream(stage.left, "sha512", resume_seconds=0)},
                                ["sha512: write /output/sha512.txt", "reader: read /output/sha512.txt"],
                                stdin="/stream/data", stdout="/output/sha512.txt", limits=limits())
    run = stage.act(container, stage.reader, "run", "sha512", "--json")
    put = stage.act(container, stage.left, "stream", "put", "data", "-", stdin=subprocess.PIPE)
    put.stdin.write(b"a part")
    put.stdin.flush()
    await_position(stage, container, "data", 6)
    put.kill()
    put.communicate()
    lost = json.loads(finish("run", run, wanted=8))
    check(lost["state"] in ("exited", "failed"), f"{lost}")
    check(lost["state"] == "failed" or lost["exit_code"] != 0, f"{lost}")
    missing = container.veracruz(stage.reader, "get", "/output/sha512.txt", stage.path("none"))
    equal(missing.returncode, 5, f"{missing.stderr}exit code of get")


def await_position(stage, container, name, position):
    """Asks until the container has taken so much."""
    for _ in range(1000):
        known = json.loads(container.veracruz(stage.left, "stream", "ls", "--json").stdout)
        if any(entry["name"] == name and entry["position"] >= position for entry in known["streams"]):
            return
    raise TimeoutError(f"{name} never came to {position}")


if __name__ == "__main__":
    suite.main()
