"""Somebody on the way between a client and a container, who can only cut the line: after so many bytes, wherever that is."""

import socket
import struct
import threading

UP, DOWN = "up", "down"  # towards the container, and from it


class Relay:
    """Listens on a port of its own. Every connection passes until `cut` says otherwise."""

    def __init__(self, target):
        self.lead_to(target)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.listener.getsockname()[1]}"
        self.lock = threading.Lock()
        self.passed = {UP: 0, DOWN: 0}
        self.plan = None
        self.cuts = self.connections = 0
        self.pairs = []
        threading.Thread(target=self.serve, daemon=True).start()

    def lead_to(self, target):
        """Where connections go from now on."""
        host, port = target.rsplit(":", 1)
        self.target = (host, int(port))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.refuse()

    def refuse(self):
        """Nobody gets through any more."""
        try:
            self.listener.shutdown(socket.SHUT_RDWR)  # closing alone would not end a wait for the next
        except OSError:
            pass
        self.listener.close()
        self.cut_now()

    def cut_after(self, direction, count, hard=False):
        """Counts from now on, over all connections; then cuts the one that is under way, once."""
        with self.lock:
            self.passed = {UP: 0, DOWN: 0}
            self.plan = (direction, count, hard)

    def cut_now(self):
        with self.lock:
            pairs, self.pairs = self.pairs, []
        for pair in pairs:
            close(pair, False)

    def serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            try:
                pair = (client, socket.create_connection(self.target))
            except OSError:
                client.close()
                continue
            with self.lock:
                self.connections += 1
                self.pairs.append(pair)
            for direction, source, sink in ((UP, *pair), (DOWN, *reversed(pair))):
                threading.Thread(target=self.carry, args=(direction, source, sink, pair), daemon=True).start()

    def allow(self, direction, size):
        """How many of these bytes may pass, and whether the line is cut behind them."""
        with self.lock:
            if self.plan is None or self.plan[0] != direction:
                return size, False
            left = self.plan[1] - self.passed[direction]
            self.passed[direction] += size
            if size <= left:
                return size, False
            self.cuts += 1
            hard, self.plan = self.plan[2], None
            return left, "hard" if hard else "soft"

    def carry(self, direction, source, sink, pair):
        try:
            while content := source.recv(16384):
                count, cut = self.allow(direction, len(content))
                sink.sendall(content[:count])
                if cut:
                    break
            else:
                cut = "soft"
        except OSError:
            cut = "soft"
        close(pair, cut == "hard")


def close(pair, hard):
    """Ends both sides: in order, or by a reset."""
    for end in pair:
        try:
            if hard:
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                end.shutdown(socket.SHUT_RD)  # the other thread's wait would keep it open
                end.close()
            else:
                end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
