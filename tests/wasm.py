"""WebAssembly modules byte by byte, for programs that no compiler would make."""

I32, I64, V128, FUNCREF = 0x7F, 0x7E, 0x7B, 0x70
EMPTY = b"\x40"  # a block's type
END, LOOP, BLOCK, BR, CALL, DROP, RETURN = b"\x0b", b"\x03" + EMPTY, b"\x02" + EMPTY, b"\x0c", b"\x10", b"\x1a", b"\x0f"
GET, SET, GROW, ADD, EQ, BR_IF, UNREACHABLE = b"\x20", b"\x21", b"\x40\x00", b"\x6a", b"\x46", b"\x0d", b"\x00"
FOREVER = LOOP + BR + b"\x00" + END
FILL = b"\xfc\x0b\x00"
INDIRECT = b"\x11\x00\x00"  # of type 0, in table 0


def leb(number):
    out = bytearray()
    while True:
        number, low = number >> 7, number & 0x7F
        out.append(low | (0x80 if number else 0))
        if not number:
            return bytes(out)


def const(number):
    """i32.const"""
    out = bytearray(b"\x41")
    while True:
        low, number = number & 0x7F, number >> 7
        if number in (0, -1) and (low & 0x40 != 0) == (number == -1):
            out.append(low)
            return bytes(out)
        out.append(low | 0x80)


def vector(items):
    return leb(len(items)) + b"".join(items)


def name(text):
    return leb(len(text)) + text.encode()


def section(number, body):
    return bytes([number]) + leb(len(body)) + body if body else b""


def function_type(parameters=(), results=()):
    return b"\x60" + leb(len(parameters)) + bytes(parameters) + leb(len(results)) + bytes(results)


def body(code, local_groups=()):
    """A function: its instructions without the last `end`; locals as (count, type)."""
    whole = vector([leb(count) + bytes([kind]) for count, kind in local_groups]) + code + END
    return leb(len(whole)) + whole


def limits(least, most=None, shared=False):
    return bytes([(most is not None) | shared << 1]) + leb(least) + (b"" if most is None else leb(most))


def program(bodies, types=(function_type(),), kinds=None, imports=(), memory=limits(1), tables=(), elements=(), start=None, data=(),
            custom=b"", code_custom=b""):
    """Type 0 is () -> (), unless said otherwise; `_start` is the first function of `bodies`. imports: (module, name, type)."""
    kinds = kinds or [0] * len(bodies)
    first = len(imports)
    parts = [
        section(1, vector(types)),
        section(2, vector([name(module) + name(field) + b"\x00" + leb(kind) for module, field, kind in imports]) if imports else b""),
        section(3, vector([leb(kind) for kind in kinds])),
        section(4, vector([bytes([FUNCREF]) + table for table in tables]) if tables else b""),
        section(5, vector([memory])),
        section(7, vector([name("memory") + b"\x02\x00", name("_start") + b"\x00" + leb(first)])),
        section(8, leb(start) if start is not None else b""),
        section(9, vector([b"\x00" + const(0) + END + vector([leb(index) for index in elements])]) if elements else b""),
        code_custom,
        section(10, vector(bodies)),
        section(11, vector([b"\x00" + const(offset) + END + leb(len(content)) + content for offset, content in data]) if data else b""),
        custom,
    ]
    return b"\x00asm\x01\x00\x00\x00" + b"".join(parts)
