"""A process whose getrandom is broken: a filter of system calls takes its place, set by the test before the process begins. Nothing in the
product knows of it."""

import ctypes
import fcntl
import os
import platform
import select
import socket
import struct
import subprocess
import threading

NUMBERS = {"x86_64": (317, 318), "aarch64": (277, 278)}  # seccomp, getrandom
PR_SET_NO_NEW_PRIVS = 38
SET_MODE_FILTER, NEW_LISTENER = 1, 8
ALLOW, ERRNO, USER_NOTIF = 0x7FFF0000, 0x00050000, 0x7FC00000
RECEIVE, SEND = 0xC0502100, 0xC0182101  # ioctls of a listener
REQUEST, ANSWER = struct.Struct("=QIIiIQ6Q"), struct.Struct("=QqiI")

ERROR = ERRNO | 5  # EIO
NOTHING = ERRNO | 0  # no error, and no byte
LIE = USER_NOTIF  # all bytes were given, it says, and none was


class Filter(ctypes.Structure):
    _fields_ = [("code", ctypes.c_uint16), ("jt", ctypes.c_uint8), ("jf", ctypes.c_uint8), ("k", ctypes.c_uint32)]


class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_uint16), ("filter", ctypes.POINTER(Filter))]


def impose(how, report):
    """In the child: getrandom is answered so from here on; the listener, if there is one, goes to the test."""
    libc = ctypes.CDLL(None, use_errno=True)
    seccomp, getrandom = NUMBERS[platform.machine()]
    lines = (Filter * 4)(Filter(0x20, 0, 0, 0), Filter(0x15, 0, 1, getrandom), Filter(0x06, 0, 0, how), Filter(0x06, 0, 0, ALLOW))
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "PR_SET_NO_NEW_PRIVS")
    listener = libc.syscall(seccomp, SET_MODE_FILTER, NEW_LISTENER if how == LIE else 0, ctypes.byref(Program(4, lines)))
    if listener < 0:
        raise OSError(ctypes.get_errno(), "seccomp")
    if how == LIE:
        socket.send_fds(report, [b"x"], [listener])


def lie(reports):
    """Says of each call that all bytes were given."""
    _, listeners, _, _ = socket.recv_fds(reports, 1, 1)
    if not listeners:
        return
    listener = listeners[0]
    poll = select.poll()
    poll.register(listener, select.POLLIN)
    while poll.poll()[0][1] & select.POLLIN:
        try:
            request = REQUEST.unpack(fcntl.ioctl(listener, RECEIVE, bytes(REQUEST.size)))
            fcntl.ioctl(listener, SEND, ANSWER.pack(request[0], request[7], 0, 0))  # argument 1: how many
        except FileNotFoundError:
            continue  # it died meanwhile
    os.close(listener)


def start(command, how, **options):
    """subprocess.Popen with a getrandom that is broken so, or with the kernel's (None)."""
    if how is None:
        return subprocess.Popen(command, **options)
    mine, theirs = socket.socketpair()
    liar = threading.Thread(target=lie, args=(mine,), daemon=True)
    liar.start()
    with theirs:
        process = subprocess.Popen(command, preexec_fn=lambda: impose(how, theirs), **options)
    return process
