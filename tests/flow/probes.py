#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Raw sockets against a daemon that faces the internet.

probes.py ADDRESS:PORT PID POST-PATH BODY-MAX
	every probe by name; exits 1 when one does not end as it should.
Slow probes run beside each other; what they wait for is the server's own
deadline (15 s for a request, 30 s for an answer to be read).
"""
import os
import re
import resource
import select
import socket
import sys
import threading
import time

address, pid, post, body_max = sys.argv[1:5]
host, port = address.rsplit(':', 1)
port, body_max = int(port), int(body_max)
H = b'Host: x\r\n'
resource.setrlimit(resource.RLIMIT_NOFILE, (
    min(4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]),
    resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
failures = []
names = []


def probe(f):
	names.append(f.__name__)
	try:
		f()
		print('ok', f.__name__)
	except Exception as e:
		failures.append(f.__name__)
		print('FAILED', f.__name__, repr(e))


def connect(source='127.0.0.1', timeout=60):
	s = socket.socket()
	s.settimeout(timeout)
	s.bind((source, 0))
	s.connect((host, port))
	return s


def everything(s):
	"""Until the server closes; a reset counts as closed."""
	got = b''
	try:
		while True:
			b = s.recv(65536)
			if not b:
				return got
			got += b
	except ConnectionError:
		return got


def one(s):
	"""One answer: status, headers, body."""
	f = s.makefile('rb')
	line = f.readline()
	headers = {}
	while True:
		h = f.readline()
		if h in (b'\r\n', b''):
			break
		k, v = h.split(b':', 1)
		headers[k.lower()] = v.strip()
	body = f.read(int(headers.get(b'content-length', 0)))
	return (int(line.split()[1]) if line else 0), headers, body


def ask(request, source='127.0.0.1'):
	with connect(source) as s:
		s.sendall(request)
		return one(s)


def refused(request, *status):
	"""Answered so, and the connection closed: what follows is not read."""
	with connect() as s:
		try:
			s.sendall(request)
			s.shutdown(socket.SHUT_WR)
		except OSError:
			pass
		got = everything(s)
	if not got:
		assert 0 in status, 'no answer'
		return
	assert got.count(b'HTTP/1.1 ') == 1, got[:300]
	assert int(got.split()[1]) in status, got[:100]


def well(source='127.0.0.1'):
	status, _, body = ask(b'GET /healthz HTTP/1.1\r\n' + H + b'Connection: close\r\n\r\n', source)
	assert status == 200 and body == b'ok\n', (status, body)


def request(headers, body=b'', path=None, method=b'POST'):
	return method + b' ' + (path or post.encode()) + b' HTTP/1.1\r\n' + H + headers + b'\r\n' + body


GET = b'GET /metrics HTTP/1.1\r\n' + H + b'\r\n'
SECOND = b'GET /healthz HTTP/1.1\r\n' + H + b'\r\n'

# ---- two readings of one request ------------------------------------------


def two_lengths():
	for a, b in ((3, 4), (3, 3)):
		refused(request(b'Content-Length: %d\r\nContent-Length: %d\r\n' % (a, b), b'abcd' + SECOND), 400)


def length_and_encoding():
	for h in (b'Content-Length: 3\r\nTransfer-Encoding: chunked\r\n',
	    b'Transfer-Encoding: chunked\r\nContent-Length: 3\r\n',
	    b'transfer-encoding:\tchunked\r\nCONTENT-LENGTH: 3\r\n'):
		refused(request(h, b'0\r\n\r\n' + SECOND), 400)


def chunked():
	refused(request(b'Transfer-Encoding: chunked\r\n', b'3\r\nabc\r\n0\r\n\r\n'), 411)


def odd_lengths():
	"""Some of these the library refuses by itself, and says so twice; nothing that follows is read as a request."""
	for n in (b'+3', b'03', b'-1', b'3,3', b'0x3', b'3 3', b'99999999999999999999'):
		with connect() as s:
			s.sendall(request(b'Content-Length: ' + n + b'\r\n', b'abc' + SECOND))
			got = everything(s)
		said = [l.split()[1] for l in got.split(b'\r\n') if l.startswith(b'HTTP/1.1 ')]
		assert all(status in (b'400', b'413') for status in said), (n, got[:300])


def bare_line_feeds():
	"""Taken as line ends, and then everywhere: one reading only."""
	status, _, body = ask(b'GET /healthz HTTP/1.1\nHost: x\nConnection: close\n\n')
	assert status in (200, 400), status


def pipelined():
	with connect() as s:
		s.sendall(SECOND + request(b'Content-Length: 3\r\n', b'abc') + SECOND)
		f = [one_of(s) for _ in range(3)]
	assert f[0] == 200 and f[2] == 200 and f[1] >= 400, f


def one_of(s):
	"""As one(), byte by byte, so that the next answer stays in the socket."""
	head = b''
	while not head.endswith(b'\r\n\r\n'):
		b = s.recv(1)
		assert b, head
		head += b
	length = [l for l in head.split(b'\r\n') if l.lower().startswith(b'content-length:')]
	left = int(length[0].split(b':')[1]) if length else 0
	while left:
		left -= len(s.recv(left))
	return int(head.split()[1])


# ---- what is too much, or none ---------------------------------------------


def malformed():
	for r in (b'GARBAGE\r\n\r\n', b'\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n', b'\0' * 64 + b'\r\n\r\n',
	    b'GET\r\n\r\n', b'GET /healthz\r\n\r\n', b'GET /healthz HTTP/9.9\r\n\r\n', b'\r\n\r\n\r\n',
	    b'GET /healthz HTTP/1.1\r\n\r\n', b'GET /healthz HTTP/1.1\r\nno colon\r\nHost: x\r\n\r\n'):
		with connect() as s:
			try:
				s.sendall(r)
				s.shutdown(socket.SHUT_WR)
			except OSError:
				pass
			got = everything(s)
		assert b' 200 ' not in got.split(b'\r\n')[0] or r.startswith(b'GET /healthz'), (r, got[:80])
	well()


def paths():
	for p in (b'/%2e%2e/x', b'/a%2fb', b'/../x', b'/./x', b'//x', b'/x/', b'/tile/../../log.db', b'http://x/healthz',
	    b'healthz', b'/a\x01', b'/a?x=1&x=2', b'/a?x=%41'):
		refused(request(b'', path=p, method=b'GET'), 400)
	refused(request(b'', path=b'/' + b'a' * 8000, method=b'GET'), 400, 404, 414, 431)


def methods():
	status, headers, _ = ask(request(b'Content-Length: 0\r\nConnection: close\r\n', path=b'/healthz', method=b'DELETE'))
	assert status == 405 and b'GET' in headers[b'allow'], (status, headers)
	status, _, _ = ask(request(b'Connection: close\r\n', path=b'/nothing.here', method=b'PATCH'))
	assert status in (404, 405), status
	with connect() as s:
		s.sendall(request(b'Connection: close\r\n', path=b'/healthz', method=b'HEAD'))
		got = everything(s)
	assert got.startswith(b'HTTP/1.1 200') and got.endswith(b'\r\n\r\n'), got


def large_headers():
	refused(request(b'X: ' + b'a' * 60000 + b'\r\n', path=b'/healthz', method=b'GET'), 431, 0)
	refused(request(b''.join(b'X-%d: a\r\n' % i for i in range(5000)), path=b'/healthz', method=b'GET'), 431, 0)


def large_body():
	refused(request(b'Content-Length: %d\r\n' % (body_max + 1), b'a' * 4096), 413, 0)
	with connect() as s:
		try:
			s.sendall(request(b'Content-Length: %d\r\n' % (body_max + 1)) + b'a' * (body_max + 1))
			status, _, _ = one(s)
		except OSError: # too long to be heard out
			status = 0
	assert status == 413 or (status == 0 and body_max > 8388608), status


def hoard():
	"""Announces more than all bodies together may have, and sends none: nobody
	else is refused for it."""
	held = []
	try:
		for i in range(90):
			s = connect('127.0.2.1')
			s.sendall(request(b'Content-Length: %d\r\n' % body_max, b'a'))
			held.append(s)
		for _ in range(10):
			status, _, _ = ask(request(b'Content-Length: 3\r\nConnection: close\r\n', b'abc'))
			assert 400 <= status < 500, status
	finally:
		for s in held:
			s.close()


def given_up():
	"""Clients that leave in the middle cost nothing that stays."""
	for i in range(200):
		with connect() as s:
			s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b'\1\0\0\0\0\0\0\0')
			try:
				s.sendall((request(b'Content-Length: 1000\r\n', b'abc'), GET, b'GET /he')[i % 3])
			except OSError:
				pass # faster than the server closes: one too many
	settled()


# ---- floods ----------------------------------------------------------------


def gone(s):
	"""Whether the server has closed it; it has sent nothing."""
	p = select.poll()
	p.register(s, select.POLLIN)
	return bool(p.poll(0))


def hold(held, n):
	"""So many of one address at once, each with half a request. What came
	before may still count for a while: those that are refused are replaced."""
	for s in [s for s in held if gone(s)]:
		held.remove(s)
		s.close()
	while len(held) < n:
		s = connect()
		held.append(s)
		try:
			s.sendall(b'GET /healthz HTTP/1.1\r\n' + H)
		except OSError:
			pass


def per_address():
	held = []
	end = time.time() + 30
	try:
		while True:
			hold(held, int(os.environ.get('PER_ADDRESS', 100)))
			time.sleep(0.3)
			with connect() as s: # one too many: closed, with no answer
				try:
					s.sendall(b'GET /healthz HTTP/1.1\r\n' + H + b'Connection: close\r\n\r\n')
				except OSError:
					pass
				got = everything(s)
			fewer = sum(gone(s) for s in held) # a log has a connection, too
			if b' 200 ' not in got and fewer <= 2:
				break
			assert time.time() < end, (got, fewer)
		well('127.0.0.2') # somebody else
	finally:
		for s in held:
			s.close()
	settled()


def settled():
	for _ in range(100):
		try:
			well()
			return
		except (AssertionError, OSError, IndexError):
			time.sleep(0.1)
	raise AssertionError('does not recover')


def connections():
	held = []
	try:
		for i in range(1000):
			held.append(connect('127.0.1.%d' % (i // 90 + 1)))
		for s in held[::10]:
			try:
				s.sendall(b'GET /healthz HTTP/1.1\r\n')
			except OSError:
				pass # there were others still
	finally:
		for s in held:
			s.close()
	settled()


def requests():
	"""As many as one connection gives for two seconds."""
	end = time.time() + 2
	n = 0
	with connect() as s:
		while time.time() < end:
			s.sendall(SECOND * 50)
			for _ in range(50):
				assert one_of(s) == 200
			n += 50
	assert n > 100, n
	well()


# ---- slow ones -------------------------------------------------------------


def cut_off(first, rest, limit, every=0.5):
	"""Sends first, then rest byte by byte: closed within the limit."""
	begun = time.time()
	with connect(timeout=1) as s:
		s.sendall(first)
		s.setblocking(False)
		i = 0
		while time.time() - begun < limit:
			try:
				s.send(rest[i % len(rest):][:1])
				i += 1
			except BlockingIOError:
				pass
			except OSError:
				return time.time() - begun
			try:
				if s.recv(65536) == b'':
					return time.time() - begun
			except BlockingIOError:
				pass
			except OSError:
				return time.time() - begun
			time.sleep(every)
	raise AssertionError('still there after %d s' % limit)


def slow_line():
	cut_off(b'GET /he', b'a', 60)


def slow_header():
	cut_off(b'GET /healthz HTTP/1.1\r\nHost: x\r\n', b'X: a\r\n', 60)


def slow_body():
	cut_off(request(b'Content-Length: 1000\r\n'), b'a', 60)


def stops_in_body():
	"""What came fast buys no time: the longest body, half of it at once."""
	begun = time.time()
	with connect(timeout=60) as s:
		s.sendall(request(b'Content-Length: %d\r\n' % body_max, b'a' * (body_max // 2)))
		everything(s)
	assert time.time() - begun < 60, time.time() - begun


def silent():
	with connect(timeout=120) as s:
		everything(s)


def slow_reader():
	"""Asks for more than the buffers between hold, and reads nothing."""
	s = socket.socket()
	s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
	s.settimeout(2)
	s.connect((host, port))
	begun = time.time()
	try:
		while time.time() - begun < 20:
			s.sendall(GET * 100)
	except socket.timeout:
		pass
	except OSError:
		return # cut off already
	s.settimeout(120)
	while time.time() - begun < 100:
		time.sleep(1)
		try:
			s.send(b'a')
		except socket.timeout:
			continue
		except OSError:
			s.close()
			return
	raise AssertionError('still there')


def memory():
	with open('/proc/%s/status' % pid) as f:
		return int([l for l in f if l.startswith('VmRSS')][0].split()[1])


for f in (two_lengths, length_and_encoding, chunked, odd_lengths, bare_line_feeds, pipelined, malformed, paths, methods,
    large_headers, large_body, hoard, given_up):
	probe(f)
before = memory()
for f in (per_address, connections, requests):
	probe(f)
slow = [threading.Thread(target=probe, args=(f,)) for f in (slow_line, slow_header, slow_body, stops_in_body, silent, slow_reader)]
for t in slow:
	t.start()
while any(t.is_alive() for t in slow):
	well() # meanwhile others are served
	time.sleep(0.5)
for t in slow:
	t.join()
status, headers, body = ask(b'GET /metrics HTTP/1.1\r\n' + H + b'Connection: close\r\n\r\n')
if status != 200 or not re.search(rb'^quorate_\w+ \d+$', body, re.M) or not headers[b'content-type'].startswith(b'text/plain'):
	failures.append('metrics')
if memory() > before + int(os.environ.get('MEMORY_KIB', 65536)):
	failures.append('memory: %d KiB, then %d' % (before, memory()))
print('# %d probes, %d failed, %d KiB resident' % (len(names), len(failures), memory()))
os._exit(1 if failures else 0)
