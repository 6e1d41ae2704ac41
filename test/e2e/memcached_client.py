# SPDX-License-Identifier: ISC
"""Clients of memcached: HOST COUNT. A line for each thing, "ok NAME" or "not NAME"; "ok done" in the end."""
import socket
import struct
import sys
import threading
import time

host, count = sys.argv[1], int(sys.argv[2])


def ok(name, good):
    print("ok" if good else "not", name, flush=True)


def connect():
    for _ in range(300):
        try:
            return socket.create_connection((host, 11211), 60)
        except OSError:
            time.sleep(0.1)
    sys.exit("not a connection")


class Client:
    def __init__(self):
        self.socket = connect()
        self.file = self.socket.makefile("rb")

    def ask(self, line, data=None):
        self.socket.sendall(line + b"\r\n" + (data + b"\r\n" if data is not None else b""))
        return self.file.readline().strip()

    def set(self, key, value, seconds=0):
        return self.ask(b"set %s 0 %d %d" % (key, seconds, len(value)), value)

    def get(self, key):
        head = self.ask(b"get " + key)
        if head == b"END":
            return None
        value = self.file.read(int(head.split()[3]) + 2)[:-2]
        self.file.readline()
        return value

    def stats(self):
        self.socket.sendall(b"stats\r\n")
        found = {}
        while (line := self.file.readline().strip()) != b"END":
            _, name, value = line.split(b" ", 2)
            found[name.decode()] = value.decode()
        return found


c = Client()
ok("set and get", c.set(b"a", b"one") == b"STORED" and c.get(b"a") == b"one")
ok("a number", c.set(b"n", b"41") == b"STORED" and c.ask(b"incr n 1") == b"42")
ok("gone", c.ask(b"delete a") == b"DELETED" and c.get(b"a") is None)
ok("too large", c.set(b"large", b"x" * 2000000).startswith(b"SERVER_ERROR"))
c = Client()
ok("expired", c.set(b"short", b"x", 1) == b"STORED" and any(c.get(b"short") is None or time.sleep(0.2) for _ in range(300)))
b = connect()
b.sendall(struct.pack(">BBHBBHIIQ", 0x80, 0x0b, 0, 0, 0, 0, 0, 7, 0))
ok("the binary protocol", b.recv(24)[:2] == b"\x81\x0b")

wrong = []


def work(k):
    client = Client()
    for i in range(count):
        key = b"k%d.%d" % (k, i)
        value = key * 50
        if client.set(key, value) != b"STORED" or client.get(key) != value:
            wrong.append(key)
    if client.ask(b"incr n 1")[:2] == b"NO":
        wrong.append("n")


threads = [threading.Thread(target=work, args=(k,)) for k in range(16)]
for t in threads:
    t.start()
for t in threads:
    t.join()
ok("16 clients at once: what was set is got", not wrong)
ok("none of their additions is lost", c.get(b"n") == b"58")
block = b"v" * 500000
stored = [c.set(b"big%d" % i, block) for i in range(100)]
ok("more than it may keep", all(s == b"STORED" for s in stored) and c.get(b"big99") == block)
s = c.stats()
ok("old ones went", int(s["evictions"]) > 0 and c.get(b"big0") is None)
ok("four threads", s["threads"] == "4")
print("ok done")
