#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A coordinator that says what a test wants said: inbox.py PORT-FILE IN OUT.

Each poll is answered with the files of the folder IN, in order of their
names, which are then gone; what a signer says is kept in OUT, a file an
item, whole when it is there. Nothing is checked: that is what the signer is
for. IN/.polls says how many polls have come, how many of them are not answered
yet, and which was the last that was told something: a signer that polls again
has said all that it has to say to that.
"""
import http.server
import os
import select
import socket
import sys
import threading
import time

port_file, folder_in, folder_out = sys.argv[1:]
lock = threading.Lock()
said = 0
polls = waiting = answered = 0


def write(folder, name, data):
	with open(os.path.join(folder, '.part'), 'wb') as file:
		file.write(data)
	os.rename(os.path.join(folder, '.part'), os.path.join(folder, name))


def polled(come):
	"""One more has come, or one that had come goes."""
	global polls, waiting
	polls += come
	waiting += 1 if come else -1
	write(folder_in, '.polls', b'%d %d %d\n' % (polls, waiting, answered))


def told(poll):
	"""The items that wait, as a bundle behind an inbox text."""
	global said, answered
	items, taken = [], []
	for name in sorted(os.listdir(folder_in)):
		path = os.path.join(folder_in, name)
		if name.startswith('.'):
			continue
		with open(path, 'rb') as file:
			items.append(file.read())
		taken.append(path)
	if not items:
		return b''
	said += 1
	answered = poll
	polled(False)
	for path in taken:
		os.remove(path)
	head = b'quorate/inbox@v1\ncursor test.%d\ntime %d\n' % (
	    said, int(time.time()))
	return b'\n'.join([head] + items)


def heard(body):
	"""A file an item; a note's signature section begins with a dash."""
	items = []
	for part in body.split(b'\n\n'):
		if items and part.startswith(b'\xe2\x80\x94'):
			items[-1] += b'\n\n' + part
		elif part.strip():
			items.append(part)
	for item in items:
		count = len(os.listdir(folder_out))
		kind = item.split(b'\n', 1)[0].decode('latin-1')
		kind = kind.removeprefix('quorate/').removesuffix('@v1')
		write(folder_out, f'{count:04d}.{kind}',
		    item if item.endswith(b'\n') else item + b'\n')


class Handler(http.server.BaseHTTPRequestHandler):
	protocol_version = 'HTTP/1.1'

	def answer(self, body):
		self.send_response(200)
		self.send_header('Content-Type', 'text/plain; charset=utf-8')
		self.send_header('Content-Length', str(len(body)))
		self.end_headers()
		self.wfile.write(body)

	def is_gone(self):
		"""Who is gone must not be told what another is to hear."""
		if not select.select([self.connection], [], [], 0)[0]:
			return False
		try:
			return not self.connection.recv(1, socket.MSG_PEEK)
		except OSError:
			return True

	def do_POST(self):
		body = self.rfile.read(int(self.headers['Content-Length']))
		if self.path.startswith('/v1/poll'):
			until, answer = time.time() + 2, b''
			with lock:
				polled(True)
				poll = polls
			while not answer and time.time() < until:
				with lock:
					if self.is_gone():
						polled(False)
						return
					answer = told(poll)
				if not answer:
					time.sleep(0.05)
			if not answer:
				with lock:
					polled(False)
			self.answer(answer)
			return
		with lock:
			heard(body)
		self.answer(b'')

	def log_message(self, *args):
		pass


class Server(http.server.ThreadingHTTPServer):
	def handle_error(self, request, address):
		pass  # signers are killed while they wait


server = Server(('127.0.0.1', 0), Handler)
with open(port_file + '.part', 'w') as file:
	file.write(str(server.server_port))
os.rename(port_file + '.part', port_file)
server.serve_forever()
