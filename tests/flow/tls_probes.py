#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Peers that die, or dawdle, under TLS: tls_probes.py ADDRESS:PORT PID CA.

Each in the middle of something: before a hello, within it, in the handshake,
in a request, while an answer is read. None of them keeps others from being
served, stays for longer than the server allows, or leaves memory behind.
"""
import os
import socket
import ssl
import struct
import sys
import threading
import time

address, pid, ca = sys.argv[1:4]
host, port = address.rsplit(':', 1)
port = int(port)
trusting = ssl.create_default_context(cafile=ca)
failures = []
REQUEST = b'GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n'


def connect(source='127.0.0.1', timeout=120):
	s = socket.socket()
	s.settimeout(timeout)
	s.bind((source, 0))
	s.connect((host, port))
	return s


def hello():
	"""The first flight of a client, as bytes."""
	out = ssl.MemoryBIO()
	try:
		trusting.wrap_bio(ssl.MemoryBIO(), out, server_hostname='127.0.0.1').do_handshake()
	except ssl.SSLWantReadError:
		pass
	return out.read()


HELLO = hello()


def secure(s):
	return trusting.wrap_socket(s, server_hostname='127.0.0.1')


def reset(s):
	s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
	s.close()


def well(source='127.0.0.2'):
	"""Somebody else is served."""
	with secure(connect(source)) as s:
		s.sendall(b'GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
		got = b''
		while True:
			b = s.recv(65536)
			if not b:
				break
			got += b
	assert got.startswith(b'HTTP/1.1 200 ') and got.endswith(b'\r\n\r\nok\n'), got


def closed(s):
	"""Waits until the server closes; whatever it says before."""
	try:
		while s.recv(65536):
			pass
	except OSError as e:
		assert not isinstance(e, socket.timeout), 'still there'
	s.close()


def silent():
	closed(connect())


def half_a_hello():
	s = connect()
	s.sendall(HELLO[:len(HELLO) // 2])
	closed(s)


def hello_alone():
	s = connect()
	s.sendall(HELLO)
	closed(s)


def trickle():
	"""A hello byte by byte is cut off all the same."""
	s = connect(timeout=1)
	begun = time.time()
	try:
		for b in HELLO * 100:
			s.sendall(bytes([b]))
			time.sleep(0.3)
			assert time.time() - begun < 90, 'still there'
	except OSError:
		pass
	s.close()


def half_a_request():
	s = secure(connect())
	s.sendall(REQUEST[:10])
	closed(s)


def dawdles_over_the_answer():
	"""Asks on and on and reads nothing."""
	raw = socket.socket()
	raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
	raw.settimeout(120)
	raw.connect((host, port))
	s = secure(raw)
	s.settimeout(2)
	try:
		while True:
			s.sendall(REQUEST * 20)
	except socket.timeout:
		pass # all buffers between are full
	except OSError:
		s.close()
		return # cut off already
	begun = time.time()
	while time.time() - begun < 100:
		time.sleep(0.5)
		try:
			os.write(s.fileno(), b'a') # is anybody there?
		except BlockingIOError:
			continue
		except OSError:
			s.close()
			return
	raise AssertionError('still there')


def dies():
	"""Two hundred times, at each place in turn."""
	for i in range(200):
		# from five addresses: none of them ever has too many
		s = connect('127.0.3.%d' % (i // 40 + 1))
		if i % 5 == 1:
			s.sendall(HELLO[:20])
		elif i % 5 == 2:
			s.sendall(HELLO)
		elif i % 5 == 3:
			s = secure(s)
			s.sendall(REQUEST[:10])
		elif i % 5 == 4:
			s = secure(s)
			s.sendall(REQUEST * 20)
		reset(s)
	well()


def speaks_otherwise():
	for said in (REQUEST, b'\0' * 64, HELLO[:5] + b'\xff' * 512, HELLO[:-3] + b'abc', b'\x16\x03\x01\xff\xff' + b'a' * 70000):
		s = connect()
		try:
			s.sendall(said)
			s.shutdown(socket.SHUT_WR)
		except OSError:
			pass
		closed(s)
	well()


def crowd():
	"""As many as one address may have, all silent: others are served."""
	held = [connect('127.0.4.1') for _ in range(90)]
	for s in held[::2]:
		s.sendall(HELLO[:30])
	for _ in range(5):
		well()
	for s in held:
		s.close()


def probe(f):
	try:
		f()
		print('ok', f.__name__)
	except Exception as e:
		failures.append(f.__name__)
		print('FAILED', f.__name__, repr(e))


def memory():
	with open('/proc/%s/status' % pid) as f:
		return int([l for l in f if l.startswith('VmRSS')][0].split()[1])


well()
for f in (dies, speaks_otherwise, crowd):
	probe(f)
before = memory()
probe(dies)
slow = [threading.Thread(target=probe, args=(f,)) for f in (
    silent, half_a_hello, hello_alone, trickle, half_a_request, dawdles_over_the_answer)]
for t in slow:
	t.start()
while any(t.is_alive() for t in slow):
	well() # meanwhile
	time.sleep(0.5)
if memory() > before + int(os.environ.get('MEMORY_KIB', 32768)):
	failures.append('memory: %d KiB, then %d' % (before, memory()))
print('#', len(failures), 'failed,', memory(), 'KiB resident', *failures)
os._exit(1 if failures else 0)
