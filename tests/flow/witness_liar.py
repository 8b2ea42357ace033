#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Stands before a witness, and is what the file MODE says.

witness_liar.py UPSTREAM PORT-FILE MODE-FILE
"""
import http.server
import socket
import sys
import time
import urllib.error
import urllib.request

upstream, port_file, mode_file = sys.argv[1:4]
seen = {} # answers given before, by nobody's size: for replays


def ask(path, body):
	try:
		with urllib.request.urlopen(urllib.request.Request(upstream + path, body), timeout=30) as r:
			return r.status, r.headers.get('Content-Type'), r.read()
	except urllib.error.HTTPError as e:
		return e.code, e.headers.get('Content-Type'), e.read()


class Handler(http.server.BaseHTTPRequestHandler):
	protocol_version = 'HTTP/1.1'

	def log_message(self, *args):
		pass

	def say(self, status, body, kind='text/plain', headers=()):
		self.send_response(status)
		self.send_header('Content-Type', kind or 'text/plain')
		self.send_header('Content-Length', str(len(body)))
		for h in headers:
			self.send_header(*h)
		self.end_headers()
		self.wfile.write(body)

	def do_GET(self): # what a monitor is shown
		mode = open(mode_file).read().strip()
		if mode == 'hides' or mode.startswith('says '):
			try: # what it shows is in a file, or it shows nothing
				return self.say(200, open(mode_file + '.shows', 'rb').read())
			except FileNotFoundError:
				return self.say(404, b'nothing\n')
		self.say(*[ask(self.path, None)[i] for i in (0, 2, 1)])

	def do_POST(self):
		body = self.rfile.read(int(self.headers['Content-Length']))
		mode = open(mode_file).read().strip()
		if mode == 'dead': # the connection stands, and nothing comes
			time.sleep(60)
			return
		if mode == 'hangs-up':
			self.close_connection = True
			self.connection.shutdown(socket.SHUT_RDWR)
			return
		if mode == 'slow':
			time.sleep(0.4)
		if mode == 'unwell':
			return self.say(500, b'oh\n')
		if mode == 'busy':
			return self.say(429, b'later\n', headers=[('Retry-After', '1')])
		if mode == 'elsewhere':
			return self.say(302, b'', headers=[('Location', 'http://127.0.0.1:1/')])
		if mode == 'denies':
			return self.say(422, b'no\n')
		if mode == 'unknown':
			return self.say(404, b'who\n')
		if mode.startswith('says '):
			return self.say(409, mode[5:].encode() + b'\n', 'text/x.tlog.size')
		if mode == 'ahead':
			return self.say(409, b'9007199254740991\n', 'text/x.tlog.size')
		if mode == 'behind': # and again, whatever it is told
			return self.say(409, b'0\n', 'text/x.tlog.size')
		if mode == 'no-size':
			return self.say(409, b'-1\n', 'text/x.tlog.size')
		if mode == 'endless':
			self.send_response(200)
			self.end_headers()
			try:
				while True:
					self.wfile.write(b'a' * 65536)
			except OSError:
				return
		if mode == 'trickle':
			self.send_response(200)
			self.send_header('Content-Length', '1000')
			self.end_headers()
			try:
				for _ in range(1000):
					self.wfile.write(b'a')
					time.sleep(0.1)
			except OSError:
				return
		if mode == 'noise':
			return self.say(200, bytes(range(256)))
		status, kind, answer = ask(self.path, body)
		if mode == 'replay' and status == 200:
			answer = seen.get('line', answer) # of an earlier tree
		elif status == 200:
			seen['line'] = answer
		if mode == 'forged' and status == 200: # its own line, one character off
			answer = answer[:-20] + (b'A' if answer[-20:-19] != b'A' else b'B') + answer[-19:]
		if mode == 'renamed' and status == 200:
			answer = answer.replace(b'w2.test', b'w1.test')
		if mode == 'twice' and status == 200:
			answer += answer
		self.say(status, answer, kind)


server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
server.daemon_threads = True
with open(port_file, 'w') as f:
	f.write('%d\n' % server.server_address[1])
server.serve_forever()
