"""AES, its counter mode and its Galois/counter mode, written from FIPS 197, SP 800-38A and SP 800-38D: short and slow, and without any
protection against who watches. What the examples compare with, and how their parties on this machine encrypt."""

import functools

TAG_SIZE = 16


class NotGenuine(Exception):
    """The tag is not that of this ciphertext."""


def double(byte):
    return byte << 1 ^ (0x11B if byte & 0x80 else 0)


def make_sbox():
    """Walks the field by powers of 3, the inverses by powers of its inverse, and applies FIPS 197 §5.1.1."""
    sbox, power, inverse = [0x63] * 256, 1, 1
    for _ in range(255):
        power = power ^ double(power)
        for shift in (1, 2, 4):
            inverse ^= inverse << shift & 0xFF
        inverse ^= 0x09 if inverse & 0x80 else 0
        sbox[power] = functools.reduce(lambda sum, turn: sum ^ (inverse << turn | inverse >> 8 - turn) & 0xFF, range(5), 0x63)
    return sbox


SBOX = make_sbox()
ROTATE = lambda word: (word << 8 | word >> 24) & 0xFFFFFFFF  # noqa: E731
# SubBytes and MixColumns of one byte, at each of the four places of a column.
FIRST = [double(s) << 24 | s << 16 | s << 8 | (double(s) ^ s) for s in SBOX]
TABLES = [[(word >> 8 * place | word << 32 - 8 * place) & 0xFFFFFFFF for word in FIRST] for place in range(4)]


def substitute(word):
    return int.from_bytes(bytes(SBOX[byte] for byte in word.to_bytes(4, "big")), "big")


class Aes:
    def __init__(self, key):
        words = [int.from_bytes(key[i:i + 4], "big") for i in range(0, len(key), 4)]
        count, constant = len(words), 1
        if count not in (4, 6, 8):
            raise ValueError(f"a key of {len(key)} bytes")
        for i in range(count, 4 * (count + 7)):
            word = words[-1]
            if i % count == 0:
                word = substitute(ROTATE(word)) ^ constant << 24
                constant = double(constant)
            elif count == 8 and i % 8 == 4:
                word = substitute(word)
            words.append(words[-count] ^ word)
        self.rounds = [words[i:i + 4] for i in range(0, len(words), 4)]

    def encrypt(self, block):
        """One block of 16 bytes, as a number; returns such."""
        state = [block >> 96 - 32 * i & 0xFFFFFFFF for i in range(4)]
        state = [word ^ key for word, key in zip(state, self.rounds[0])]
        for keys in self.rounds[1:-1]:
            state = [TABLES[0][state[i] >> 24] ^ TABLES[1][state[(i + 1) % 4] >> 16 & 255] ^ TABLES[2][state[(i + 2) % 4] >> 8 & 255]
                     ^ TABLES[3][state[(i + 3) % 4] & 255] ^ keys[i] for i in range(4)]
        last = [SBOX[state[i] >> 24] << 24 | SBOX[state[(i + 1) % 4] >> 16 & 255] << 16 | SBOX[state[(i + 2) % 4] >> 8 & 255] << 8
                | SBOX[state[(i + 3) % 4] & 255] for i in range(4)]
        return functools.reduce(lambda number, pair: number << 32 | pair[0] ^ pair[1], zip(last, self.rounds[-1]), 0)


def add_stream(data, counters, aes):
    stream = b"".join(aes.encrypt(counter).to_bytes(16, "big") for counter, _ in zip(counters, range(0, len(data), 16)))
    return bytes(left ^ right for left, right in zip(data, stream))


def ctr(key, counter, data):
    """Encrypts, or decrypts: SP 800-38A §6.5, with the whole block as counter."""
    start = int.from_bytes(counter, "big")
    return add_stream(data, ((start + i) % 2**128 for i in range(2**32)), Aes(key))


class Gcm:
    def __init__(self, key):
        self.aes = Aes(key)
        self.powers = [self.aes.encrypt(0)]  # the hash key times x^i
        for _ in range(127):
            last = self.powers[-1]
            self.powers.append(last >> 1 ^ (0xE1 << 120 if last & 1 else 0))

    def multiply(self, number):
        return functools.reduce(lambda sum, i: sum ^ self.powers[i] if number >> 127 - i & 1 else sum, range(128), 0)

    def hash(self, *parts):
        """GHASH over the parts, each filled up with zeros to whole blocks (SP 800-38D §6.4)."""
        state = 0
        for part in parts:
            for i in range(0, len(part), 16):
                state = self.multiply(state ^ int.from_bytes(part[i:i + 16].ljust(16, b"\0"), "big"))
        return state

    def first_counter(self, nonce):
        if len(nonce) == 12:
            return int.from_bytes(nonce, "big") << 32 | 1
        return self.hash(nonce, (8 * len(nonce)).to_bytes(16, "big"))

    def add_stream(self, nonce, data):
        first = self.first_counter(nonce)
        return add_stream(data, (first & ~0xFFFFFFFF | first + i & 0xFFFFFFFF for i in range(1, 2**32)), self.aes)

    def tag(self, nonce, additional, ciphertext):
        lengths = (8 * len(additional)).to_bytes(8, "big") + (8 * len(ciphertext)).to_bytes(8, "big")
        tag = self.hash(additional, ciphertext, lengths) ^ self.aes.encrypt(self.first_counter(nonce))
        return tag.to_bytes(TAG_SIZE, "big")

    def encrypt(self, nonce, additional, plaintext):
        ciphertext = self.add_stream(nonce, plaintext)
        return ciphertext + self.tag(nonce, additional, ciphertext)

    def decrypt(self, nonce, additional, ciphertext):
        content, tag = ciphertext[:-TAG_SIZE], ciphertext[-TAG_SIZE:]
        if self.tag(nonce, additional, content) != tag:
            raise NotGenuine
        return self.add_stream(nonce, content)
