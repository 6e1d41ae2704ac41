# SPDX-License-Identifier: ISC
"""echoes.py ADDRESS NUMBER WINDOW SIZE: sends so many ICMP echo requests of so many bytes, WINDOW of them ahead of the replies,
and says how many came back unharmed. ping(8) counts as lost what is late; here a reply has a minute."""
import os
import socket
import struct
import sys

address, number, window, size = sys.argv[1], *map(int, sys.argv[2:])
ident, data = os.getpid() & 0xFFFF, os.urandom(size)


def checksum(b):
    n = sum(struct.unpack(f">{len(b) // 2}H", b))
    n = (n >> 16) + (n & 0xFFFF)
    return ~(n + (n >> 16)) & 0xFFFF


def request(sequence):
    head = struct.pack(">BBHHH", 8, 0, 0, ident, sequence)
    return struct.pack(">BBHHH", 8, 0, checksum(head + data), ident, sequence) + data


s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
s.settimeout(60)
sent, back = 0, set()
try:
    while len(back) < number:
        while sent < number and sent - len(back) < window:
            s.sendto(request(sent), (address, 0))
            sent += 1
        packet = s.recv(65536)
        reply = packet[(packet[0] & 15) * 4 :]
        kind, _, _, who, sequence = struct.unpack_from(">BBHHH", reply)
        if kind == 0 and who == ident and reply[8:] == data:
            back.add(sequence)
except TimeoutError:
    pass
print(len(back), "of", number)
