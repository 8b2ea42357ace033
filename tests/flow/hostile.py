#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Stands between signers and their coordinator, and lies.

hostile.py UPSTREAM PORT-FILE coordinator COUNT
	alters what signers are told: every field of every kind in turn, COUNT
	times; then it is honest. Each lie is a line on stdout.
hostile.py UPSTREAM PORT-FILE party FAULT-FILE RESIGN...
	alters what one signer says, and signs it with that signer's key by
	running RESIGN: the fault that FAULT-FILE names.
"""
import base64
import http.server
import os
import subprocess
import sys
import threading
import urllib.request

upstream, port_file, mode, *rest = sys.argv[1:]
lock = threading.Lock()
heard = []	# items told before, for replays
said = []	# share notes said before
turn = 0


def items_of(body):
	"""The items of a bundle: a note's signature section begins with a dash."""
	out = []
	for part in body.split(b'\n\n'):
		if out and part.startswith(b'\xe2\x80\x94'):
			out[-1] += b'\n\n' + part
		else:
			out.append(part)
	return [i if i.endswith(b'\n') else i + b'\n' for i in out if i.strip()]


def bundle(items):
	return b'\n'.join(items)


def kind(item):
	return item.split(b'\n', 1)[0].decode('latin-1')


def other(field):
	"""Another value of the same form."""
	if len(field) == 64 and all(c in b'0123456789abcdef' for c in field):
		return os.urandom(32).hex().encode()
	if field.isdigit():
		return str(int(field) + 1).encode()
	if len(field) == 44 and field.endswith(b'='):
		return base64.b64encode(os.urandom(32))
	return field[:-1] + (b'a' if field[-1:] != b'a' else b'b')


def lie_in(item, n):
	"""Alter the n-th field of an item; None when there are not so many."""
	lines = item.split(b'\n')
	for i, line in enumerate(lines):
		fields = line.split(b' ')
		if n < len(fields) and line:
			was = fields[n]
			fields[n] = other(was) if was else b'x'
			lines[i] = b' '.join(fields)
			return b'\n'.join(lines), f'{i}: {was[:20].decode("latin-1")}'
		n -= len(fields)
	return None


fields_done = {}
lies_left = int(rest[0]) if mode == 'coordinator' else 0


def mislead(body):
	"""One lie for every answer that has something in it."""
	global lies_left, turn
	items = items_of(body)
	with lock:
		if lies_left == 0 or len(items) < 2:
			return body
		turn += 1
		at = 1 + turn % (len(items) - 1)
		k = kind(items[at])
		n = fields_done.get(k, 0)
		told = 'field'
		if turn % 7 == 3 and heard:
			items[at] = heard[turn % len(heard)]
			told = 'replay'
		elif turn % 7 == 5:
			del items[at]
			told = 'silence'
		elif turn % 7 == 6:
			items[at] = base64.b64encode(os.urandom(60)) + b'\n'
			told = 'noise'
		else:
			lied = lie_in(items[at], n)
			if lied is None:
				fields_done[k] = 0
				return body
			items[at], where = lied
			fields_done[k] = n + 1
			told = f'field {n} line {where}'
		lies_left -= 1
		print(f'lied: {k}: {told}', flush=True)
	return bundle(items)


def note_text(item):
	return item.split(b'\n\n\xe2\x80\x94')[0] + b'\n' \
	    if b'\n\n\xe2\x80\x94' in item else item


def set_field(text, key, index, value):
	lines = text.split(b'\n')
	for i, line in enumerate(lines):
		fields = line.split(b' ')
		if fields[0] == key:
			fields[index] = value
			lines[i] = b' '.join(fields)
	return b'\n'.join(lines)


def get_field(text, key, index):
	for line in text.split(b'\n'):
		fields = line.split(b' ')
		if fields[0] == key:
			return fields[index]


def resign(text):
	return subprocess.run(rest[1:], input=text, stdout=subprocess.PIPE,
	    check=True).stdout


def deceive(body):
	with open(rest[0]) as f:
		fault = f.read().strip()
	out = []
	for item in items_of(body):
		text = note_text(item)
		if kind(item) != 'quorate/share@v1' or fault == 'honest':
			out.append(item)
			continue
		said.append(text)
		z = b'A' * 42 + b'E='
		if fault == 'silent':
			print('lied: silent', flush=True)
			continue
		if fault == 'share':
			text = set_field(text, b'share', 1, z)
		elif fault == 'nonces':
			text = set_field(text, b'nonces', 2,
			    get_field(text, b'nonces', 1))
		elif fault == 'roster':
			text = set_field(text, b'roster', 1, b'0' * 64)
		elif fault == 'replay':
			text = said[0]
		elif fault == 'other-session':
			text = set_field(text, b'package', 1,
			    get_field(said[0], b'package', 1))
		elif fault == 'boot':
			text = set_field(text, b'boot', 1, b'0' * 32)
		elif fault == 'noise':
			out.append(b'noise\n')
			print('lied: noise', flush=True)
			continue
		elif fault == 'broken-line':
			out.append(item[:-6] + b'AAAA=\n')
			print('lied: broken-line', flush=True)
			continue
		print(f'lied: {fault}', flush=True)
		out.append(resign(text))
	return bundle(out)


class Proxy(http.server.BaseHTTPRequestHandler):
	protocol_version = 'HTTP/1.1'

	def log_message(self, *a):
		pass

	def pass_on(self, body):
		request = urllib.request.Request(upstream + self.path, data=body,
		    method=self.command)
		for k, v in self.headers.items():
			if k.lower() in ('content-type', 'quorate-read'):
				request.add_header(k, v)
		try:
			with urllib.request.urlopen(request, timeout=90) as a:
				return a.status, a.read()
		except urllib.error.HTTPError as e:
			return e.code, e.read()

	def do_POST(self):
		body = self.rfile.read(int(self.headers.get('Content-Length', 0)))
		if mode == 'party' and self.path == '/v1/messages':
			body = deceive(body)
		code, answer = self.pass_on(body) if body else (200, b'')
		if mode == 'coordinator' and self.path.startswith('/v1/poll'):
			heard.extend(items_of(answer)[1:])
			answer = mislead(answer)
		self.send_response(code)
		self.send_header('Content-Type', 'text/plain; charset=utf-8')
		self.send_header('Content-Length', str(len(answer)))
		self.end_headers()
		self.wfile.write(answer)

	def do_GET(self):
		code, answer = self.pass_on(None)
		self.send_response(code)
		self.send_header('Content-Length', str(len(answer)))
		self.end_headers()
		self.wfile.write(answer)


server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Proxy)
server.daemon_threads = True
with open(port_file + '.new', 'w') as f:
	f.write(str(server.server_port))
os.rename(port_file + '.new', port_file)
server.serve_forever()
