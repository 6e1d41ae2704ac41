# SPDX-License-Identifier: ISC
"""A name server for the test: python_dns.py ADDRESS NAME=ADDRESS... Says no to all other names; prints what it is asked."""
import socket
import struct
import sys

A, ANY_CLASS, NXDOMAIN = 1, 1, 3
names = dict(word.split("=") for word in sys.argv[2:])
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind((sys.argv[1], 53))
print("ready", flush=True)
while True:
    query, sender = server.recvfrom(512)
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1 : at + 1 + query[at]].decode())
        at += 1 + query[at]
    kind = struct.unpack_from(">H", query, at + 1)[0]
    name = ".".join(labels).lower()
    print(name, kind, flush=True)
    answer = b""
    if kind == A and name in names:
        answer = struct.pack(">HHHIH", 0xC00C, A, ANY_CLASS, 60, 4) + socket.inet_aton(names[name])
    flags = 0x8180 | (0 if name in names else NXDOMAIN)
    head = query[:2] + struct.pack(">HHHHH", flags, 1, 1 if answer else 0, 0, 0)
    server.sendto(head + query[12 : at + 5] + answer, sender)
