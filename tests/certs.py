"""Certificates that must not work, made by the openssl command; no key of them outlives a test."""

import subprocess

import harness


def openssl(*arguments):
    done = subprocess.run(["openssl", *map(str, arguments)], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=harness.PATIENCE)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {arguments[0]}: {done.stderr}")


def new(stage, name, kind=("ec", "ec_paramgen_curve:P-256"), period=("-days", "2"), extensions=()):
    """A self-signed certificate; extensions in openssl's words replace the usual ones of an identity."""
    folder = stage.path("certificate")
    folder.mkdir()
    party = harness.Party(name, folder / name)
    usual = ("basicConstraints=critical,CA:FALSE", "keyUsage=critical,digitalSignature", "extendedKeyUsage=clientAuth")
    added = [word for extension in extensions or usual for word in ("-addext", extension)]
    openssl("req", "-x509", "-newkey", kind[0], "-pkeyopt", kind[1], "-noenc", "-subj", f"/CN={name}", "-out", party.certificate,
            "-keyout", party.key, *period, *added)
    return party


def expired(stage, name):
    return new(stage, name, period=("-not_before", "20200101000000Z", "-not_after", "20210101000000Z"))


def not_yet_valid(stage, name):
    return new(stage, name, period=("-not_before", "20900101000000Z", "-not_after", "20910101000000Z"))


def authority(stage, name):
    return new(stage, name, extensions=("basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,digitalSignature"))


def weak(stage, name):
    return new(stage, name, kind=("rsa", "rsa_keygen_bits:1024"))


def for_servers(stage, name):
    return new(stage, name, extensions=("basicConstraints=critical,CA:FALSE", "extendedKeyUsage=serverAuth"))
