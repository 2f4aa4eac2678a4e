#!/usr/bin/env python3
"""The examples for the crypto ABI, performed whole: values against published ones, Python and openssl; and what altered input gets."""

import random
import subprocess
import sys

import harness
from perform import load, perform
from tap import Suite, check, contains, equal

HERE = harness.PROJECT / "examples"
sys.path.insert(0, str(HERE / "aes"))
import gcm  # noqa: E402


aes = load("aes", "expected")
auction, bids = load("auction", "expected"), load("auction", "generate")
letter = load("deniable", "expected")
statistics, records = load("owner-key", "expected"), load("owner-key", "generate")
suite = Suite(harness.Stage)


def draw_seed():
    seed = random.randrange(1 << 32)
    print(f"# seed {seed}")
    return seed


# AES

HEADER = "mode,direction,key,nonce,additional,input\n"


def questions(seed, count):
    """Rows of every size and direction; of what is to be decrypted, half is genuine."""
    source, rows = random.Random(seed), []
    for _ in range(count):
        key, data = source.randbytes(source.choice([16, 24, 32])), source.randbytes(source.choice([0, 1, 15, 16, 17, 64, source.randrange(300)]))
        encrypts = source.random() < 0.5
        if source.random() < 0.4:
            nonce, additional = source.choice([source.randbytes(16), b"\xff" * 15 + source.randbytes(1)]), b""
            mode = "ctr"
        else:
            nonce, additional = source.randbytes(source.choice([12, 12, 1, 8, 16, 60])), source.randbytes(source.choice([0, 1, 16, 33]))
            mode = "gcm"
            if not encrypts:
                data = gcm.Gcm(key).encrypt(nonce, additional, data)
                if source.random() < 0.5:
                    at = source.randrange(len(data))
                    data = data[:at] + bytes([data[at] ^ 1 << source.randrange(8)]) + data[at + 1:]
        rows.append(",".join([mode, "encrypt" if encrypts else "decrypt", *(part.hex() for part in (key, nonce, additional, data))]))
    return HEADER + "".join(row + "\n" for row in rows)


def natively(stage, table):
    """The same source over Debian's Mbed TLS."""
    answers = stage.path("answers")
    done = subprocess.run([harness.EXAMPLES / "example-aes", stage.file("table.csv", table), answers], capture_output=True, timeout=harness.PATIENCE)
    return done.returncode, answers.read_text() if answers.exists() else None


@suite.test
def the_published_vectors(stage):
    result = stage.path("answers")
    perform(stage, "aes", "--result", result)
    published = (HERE / "aes/published.txt").read_text()
    equal(result.read_text(), published, "answers")
    answers = published.splitlines()
    equal((answers[0], bytes.fromhex(answers[1])), ("a1205e157cf1b3", b"nesaispas"), "those of the Veracruz of before")


@suite.test
def drawn_questions(stage):
    table, result = questions(draw_seed(), 300), stage.path("answers")
    path = stage.file("table.csv", table)
    perform(stage, "aes", "--table", path, "--result", result)
    wanted = "".join(f"{answer}\n" for answer in aes.expected(path))
    equal(result.read_text(), wanted, "answers in the container")
    equal(natively(stage, table), (0, wanted), "answers natively")
    check("refused" in wanted, "some were refused")


KEY, COUNTER = "00" * 16, "00" * 16


@suite.rows([
    ("no mode", f"xts,encrypt,{KEY},{COUNTER},,", 2), ("no direction", f"ctr,sign,{KEY},{COUNTER},,", 2), ("half a digit", f"ctr,encrypt,{KEY},{COUNTER},,0", 2),
    ("upper case", f"ctr,encrypt,{KEY},{COUNTER},,AA", 2), ("a short counter", f"ctr,encrypt,{KEY},00,,", 2), ("additional data of ctr", f"ctr,encrypt,{KEY},{COUNTER},00,", 2),
    ("less than a tag", f"gcm,decrypt,{KEY},00,,{'00' * 15}", 2), ("a column too few", f"gcm,decrypt,{KEY},00,", 2), ("a key of 15 bytes", f"gcm,encrypt,{'00' * 15},00,,", 3),
    ("no key", "ctr,encrypt,,,,", 2), ("an empty nonce", f"gcm,encrypt,{KEY},,,", 3),
])
def questions_that_are_refused(stage, row, code):
    table = HEADER + row + "\n"
    equal(natively(stage, table)[0], code, "exit code natively")
    done = stage.veracruz("local", "run", "--folder", stage.folder, "--strategy", "interpret", harness.EXAMPLES / "aes.wasm", "--",
                          stage.file("table.csv", table), stage.path("answers"))
    equal(done.returncode, code, f"{done.stderr}exit code as WebAssembly")


# The auction

BIDDERS = ("alice", "bob", "carol")


def bid(amount):
    return f"amount,salt\n{amount},{random.randbytes(8).hex()}\n"


def hold(stage, given, title="lot 7", code=0):
    """An auction of these bids (None: none); returns the folder of what all got."""
    folder, keep = stage.path("bids"), stage.path("kept")
    folder.mkdir()
    for name, content in given.items():
        if content is not None:
            (folder / f"{name}.csv").write_text(content)
    perform(stage, "auction", "--bids", folder, "--title", title, "--keep", keep, code=code)
    return keep


def verifies(key, signature, text):
    return subprocess.run(["openssl", "dgst", "-sha256", "-verify", key, "-keyform", "DER", "-signature", signature, text],
                          capture_output=True, timeout=harness.PATIENCE).returncode == 0


@suite.test
def an_auction_of_drawn_bids(stage):
    made = bids.make_bids(draw_seed(), BIDDERS)
    kept = hold(stage, made, "a clock")
    wanted = auction.result("a clock", [(name, made[name].encode()) for name in BIDDERS])
    equal((kept / "seller/result.txt").read_text(), wanted, "result")
    key = kept / "seller/key.der"
    for name in BIDDERS:
        mine = kept / name
        check(verifies(key, mine / f"{name}.sig", mine / f"{name}.txt"), f"the receipt of {name}")
        check(verifies(key, mine / "result.sig", mine / "result.txt"), f"the result that {name} got")
        check(not verifies(key, mine / f"{name}.sig", mine / "result.txt"), "a signature of another text")
        equal((mine / f"{name}.txt").read_text(), auction.receipt("a clock", name, made[name].encode()), f"the receipt of {name}")
    other = hold(stage, made, "a clock") / "seller/key.der"
    check(other.read_bytes() != key.read_bytes(), "another container has another key")
    check(not verifies(other, kept / "seller/result.sig", kept / "seller/result.txt"), "whose key does not verify this one's result")


@suite.rows([
    ("the price is the second-highest", ("10", "30.5", "20.25"), "bob", "20.25"), ("of equal bids the first wins", ("7", "7.00", "1"), "alice", "7.00"),
    ("one bid alone", (None, None, "5"), "carol", "5.00"), ("nobody bids", (None, None, None), "nobody", "none"), ("a bid of nothing", ("0", None, None), "alice", "0.00"),
])
def auctions(stage, amounts, winner, price):
    made = {name: amount and bid(amount) for name, amount in zip(BIDDERS, amounts)}
    kept = hold(stage, made)
    told = dict(line.split(": ", 1) for line in (kept / "seller/result.txt").read_text().splitlines())
    equal((told["winner"], told["price"]), (winner, price), "winner and price")


# Deniable encryption

@suite.test
def letters_with_two_messages_and_with_one(stage):
    words = [f"{word} {draw_seed()}" for word in ("first", "message", "second", "decoy")]
    result = stage.path("letter")
    perform(stage, "deniable", "--cost", 1000, "--messages", stage.file("messages", "".join(f"{word}\n" for word in words)), "--result", result)
    found = [letter.open_letter(result.read_bytes(), words[i].encode(), 1000) for i in (0, 2)]
    equal([message.decode() for message, _ in found], [words[1], words[3]], "messages")
    equal(sorted(slot for _, slot in found), [0, 1], "slots")


def seal(stage, messages, cost=1):
    path = stage.path("letter")
    done = stage.veracruz("local", "run", "--folder", stage.folder, "--strategy", "interpret", harness.EXAMPLES / "deniable.wasm", "--",
                          stage.file("messages", messages), path, cost)
    return done, path.read_bytes() if path.exists() else None


@suite.test
def which_message_lies_where_is_drawn(stage):
    """Of 24 letters all would lie alike once in 8 million times; none has anything in common with another."""
    letters = [seal(stage, b"one\nfirst\ntwo\nsecond\n")[1] for _ in range(24)]
    places = [letter.open_letter(content, b"one", 1) for content in letters]
    equal({message for message, _ in places}, {b"first"}, "messages")
    equal({slot for _, slot in places}, {0, 1}, "slots")
    blocks = [content[at:at + 16] for content in letters for at in range(0, len(content) - 15, 4)]
    equal(len(set(blocks)), len(blocks), "different pieces of 16 bytes")


@suite.rows([
    ("an empty message", b"one\n\ntwo\nx\n", b"one", b""), ("the longest", b"one\n" + b"x" * 1022 + b"\ntwo\n\n", b"one", b"x" * 1022),
    ("one message", b"one\nfirst\n\n\n", b"one", b"first"), ("nothing for nobody", b"one\nfirst\n\n\n", b"", None),
    ("not text", b"one\n\xff\x01\n\n\n", b"one", b"\xff\x01"), ("the longest passphrase", b"p" * 128 + b"\nx\n\n\n", b"p" * 128, b"x"),
])
def letters(stage, messages, passphrase, wanted):
    done, content = seal(stage, messages)
    equal(done.returncode, 0, f"{done.stderr}exit code")
    found = letter.open_letter(content, passphrase, 1)
    equal(found and found[0], wanted, "message")


@suite.rows([
    ("nothing", b""), ("three lines", b"one\nx\ntwo\n"), ("five lines", b"one\nx\ntwo\ny\n\n"), ("no end of line", b"one\nx\ntwo\ny"), ("no passphrase", b"\nx\ntwo\ny\n"),
    ("the same passphrase twice", b"one\nx\none\ny\n"), ("a message without its passphrase", b"one\nx\n\ny\n"), ("a message too long", b"one\n" + b"x" * 1023 + b"\n\n\n"),
    ("a passphrase too long", b"p" * 129 + b"\nx\n\n\n"), ("a NUL byte", b"one\n\0\n\n\n"),
])
def messages_that_are_refused(stage, messages):
    done, content = seal(stage, messages)
    equal((done.returncode, content), (2, None), "exit code and letter")


# The owner's key

@suite.test
def statistics_of_what_only_the_owner_can_read(stage):
    seed, result = draw_seed(), stage.path("statistics")
    perform(stage, "owner-key", "--count", 500, "--seed", seed, "--result", result)
    source = random.Random(seed)
    source.randbytes(32)
    equal(result.read_text(), statistics.expected(records.make_amounts(source, 500), 10), "statistics")


@suite.test
def of_few_nothing_is_told(stage):
    result = stage.path("statistics")
    perform(stage, "owner-key", "--count", 9, "--seed", draw_seed(), "--result", result)
    equal(result.read_text().splitlines()[1], "fewer than 10" + ",withheld" * 4, "statistics")


CODES = {"not genuine": 4, "malformed": 2}


def altered(change):
    key = random.randbytes(32)
    cipher = gcm.Gcm(key)
    sealed = [records.seal(cipher, i, f"{i}.5") for i in range(20)]
    return key, change(sealed, cipher)


def flip(record, at):
    at %= len(record)
    return record[:at] + bytes([record[at] ^ 1]) + record[at + 1:]


@suite.rows([
    ("a bit of a nonce", lambda sealed, _: [*sealed[:5], flip(sealed[5], 3), *sealed[6:]], "not genuine"),
    ("a bit of a ciphertext", lambda sealed, _: [*sealed[:5], flip(sealed[5], 12), *sealed[6:]], "not genuine"),
    ("a bit of a tag", lambda sealed, _: [*sealed[:5], flip(sealed[5], -1), *sealed[6:]], "not genuine"),
    ("one left out", lambda sealed, _: [*sealed[:5], *sealed[6:]], "not genuine"),
    ("one twice", lambda sealed, _: [*sealed[:5], sealed[4], *sealed[5:]], "not genuine"),
    ("two in each other's place", lambda sealed, _: [*sealed[:5], sealed[6], sealed[5], *sealed[7:]], "not genuine"),
    ("under another key", lambda sealed, _: [*sealed[:-1], records.seal(gcm.Gcm(bytes(32)), 19, "1")], "not genuine"),
    ("too short", lambda sealed, _: [*sealed, b"x" * 27], "malformed"), ("no amount", lambda sealed, cipher: [*sealed, records.seal(cipher, 20, "much")], "malformed"),
    ("a NUL byte", lambda sealed, cipher: [*sealed, records.seal(cipher, 20, "1\0")], "malformed"),
])
def records_that_end_the_run(stage, change, why):
    key, sealed = altered(change)
    data = stage.path("data")
    data.mkdir()
    (data / "key").write_bytes(key)
    (data / "amounts").write_text("1\n" * 20)
    (data / "records").write_bytes(b"".join(map(records.frame, sealed)))
    result = stage.path("statistics")
    done = perform(stage, "owner-key", "--data", data, "--result", result, code=1)
    contains(done.stderr, f"exited with code {CODES[why]} ", "what run.sh says")
    check(not result.exists(), "there is no result")


if __name__ == "__main__":
    suite.main()
