#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A coordinator that means no good: flood.py PORT-FILE MODE-FILE MANY.

What a poll is answered with is the word in MODE-FILE, read at every poll:

  quiet   nothing, after two seconds, as an honest one
  many    the bundle in the file MANY (an inbox text and proposals), at once,
          to whoever polls from the beginning; then nothing
  junk    megabytes of proposals that nobody signed, at once, every time
  replay  the same bundle MANY, at once, every time
  lie     no inbox at all: bytes, HTML, status 500, an answer without an end,
          one that is announced and never sent
  stall   a byte a second, for ever

What the signer posts is counted: GET /count answers `POLLS POSTS BYTES-SENT`.
"""
import http.server
import os
import random
import sys
import threading
import time

port_file, mode_file, many_file = sys.argv[1:]
lock = threading.RLock()
count = {'polls': 0, 'posts': 0, 'bytes': 0}
serial = 0


def mode():
	with open(mode_file) as file:
		return file.read().strip()


def head():
	global serial
	serial += 1
	return b'quorate/inbox@v1\ncursor flood.%d\ntime %d\n' % (
	    serial, int(time.time()))


made = []


def junk():
	"""About four megabytes of texts that are proper in every way but one."""
	with lock:
		if not made:
			made.append(junk_make())
	return head() + b'\n' + made[0]


def junk_make():
	items = []
	line = b'\xe2\x80\x94 nobody.example ' + b'A' * 92 + b'\n'
	for _ in range(7000):
		n = random.getrandbits(60)
		items.append(b'quorate/release@v1\nauthority example/release/test 1\n'
		    b'product example/junk%d\nversion 1\nsequence 1\n'
		    b'payload app 1 %064x\nabout\nproposed %d\n\n%s' % (
			n, n, int(time.time()), line))
	return b'\n'.join(items)[:4000000].rsplit(b'\nquorate/', 1)[0]


class Handler(http.server.BaseHTTPRequestHandler):
	protocol_version = 'HTTP/1.1'

	def answer(self, body, status=200):
		with lock:
			count['bytes'] += len(body)
		self.send_response(status)
		self.send_header('Content-Type', 'text/plain; charset=utf-8')
		self.send_header('Content-Length', str(len(body)))
		self.end_headers()
		self.wfile.write(body)

	def quiet(self):
		time.sleep(2)
		self.answer(b'')

	def lie(self):
		which = random.randrange(6)
		if which == 0:
			self.answer(os.urandom(100000))
		elif which == 1:
			self.answer(b'<html>busy</html>', 500)
		elif which == 2:
			self.answer(head().replace(b'cursor', b'cursed'))
		elif which == 3:
			self.answer(head() + b'\nquorate/release@v9\nx y\n')
		elif which == 4:  # more than a poll may bring, without an end
			self.send_response(200)
			self.end_headers()
			for _ in range(64):
				self.wfile.write(b'x' * 1000000)
			self.close_connection = True
		else:
			self.send_response(200)
			self.send_header('Content-Length', '1000')
			self.end_headers()
			self.close_connection = True

	def stall(self):
		self.send_response(200)
		self.send_header('Content-Length', '100000')
		self.end_headers()
		for _ in range(300):
			self.wfile.write(b'q')
			self.wfile.flush()
			time.sleep(1)
			if mode() != 'stall':
				break
		self.close_connection = True

	def do_POST(self):
		body = self.rfile.read(int(self.headers['Content-Length']))
		if not self.path.startswith('/v1/poll'):
			with lock:
				count['posts'] += 1
			self.answer(b'')
			return
		with lock:
			count['polls'] += 1
		what = mode()
		try:
			if what == 'junk':
				self.answer(junk())
			elif what == 'replay' or (what == 'many' and b'\nafter 0\n' in body):
				with open(many_file, 'rb') as file:
					self.answer(head() + b'\n' + file.read())
			elif what == 'lie':
				self.lie()
			elif what == 'stall':
				self.stall()
			else:
				self.quiet()
		except OSError:
			self.close_connection = True

	def do_GET(self):
		with lock:
			self.answer(b'%d %d %d\n' % (
			    count['polls'], count['posts'], count['bytes']))

	def log_message(self, *a):
		pass


server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
server.daemon_threads = True
with open(port_file + '.new', 'w') as file:
	file.write(str(server.server_address[1]))
os.rename(port_file + '.new', port_file)
server.serve_forever()
