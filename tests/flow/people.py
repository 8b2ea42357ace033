# SPDX-License-Identifier: Apache-2.0
"""One request at a signer's socket: people.py SOCKET WORDS."""
import socket
import sys

with socket.socket(socket.AF_UNIX) as s:
    s.settimeout(30)
    s.connect(sys.argv[1])
    s.sendall((sys.argv[2] + "\n").encode())
    data = b""
    while got := s.recv(65536):
        data += got
sys.stdout.write(data.decode())
