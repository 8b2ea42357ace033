#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Stands between signers and their coordinator, and lies.

hostile.py UPSTREAM PORT-FILE coordinator COUNT
	alters what signers are told: every field of every kind in turn, COUNT
	times; then it is honest. Each lie is a line on stdout.
hostile.py UPSTREAM PORT-FILE every SWITCH-FILE
	alters what signers are told, while SWITCH-FILE says so: before each
	item it tells the same one with another field wrong, as many times as
	it has fields that no lie was told about yet; one without a signature
	(kinds in UNSIGNED) is told wrong alone, and right at the next poll.
hostile.py UPSTREAM PORT-FILE watcher SWITCH-FILE
	alters what pipelines and watchers are told: one field an answer.
hostile.py - TOLD every|watcher
	whether TOLD, the output of one, has a lie about every field of every
	kind that it should: those that tests/foreign/verify.py reads, all
	lines that must be there. Those that never were are named.
hostile.py BUNDLE FOLDER variants
	writes the bundle with one field wrong, for each field, and one for
	each item that is away.
hostile.py UPSTREAM PORT-FILE party FAULT-FILE RESIGN...
	alters what one signer says, and signs it with that signer's key by
	running RESIGN: the fault that FAULT-FILE names.
"""
import base64
import http.server
import os
import re
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


def other_bytes(field):
	"""The same for any base64 and any hex."""
	if re.fullmatch(b'([0-9a-f]{2}){16,}', field):
		return os.urandom(len(field) // 2).hex().encode()
	try:
		was = base64.b64decode(field, validate=True)
	except ValueError:
		was = b''
	if len(was) > 16 and not re.fullmatch(b'[a-z0-9./-]*', field):
		return base64.b64encode(os.urandom(len(was)))
	return other(field)


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


# ---- every field: who says what

# What a party is told, what a pipeline or a watcher is, and the rest, which no
# coordinator says to either.
TO_PARTIES = {'inbox', 'release', 'withdraw', 'package', 'purpose', 'ceremony',
    'party', 'trust', 'roster', 'accept', 'deal', 'confirm', 'complaint',
    'reshare', 'choice'}
TO_WATCHERS = {'status', 'release', 'signature', 'birth', 'roster', 'trust'}
# Nor evidence, which convicts or not whoever says it: mode variants.
NEVER = {'blame', 'approve', 'refuse', 'commit', 'share', 'poll', 'read', 'objection',
    'owner'}
# Of a rehearsal, which nobody holds here: flow/rehearse, unit/check_rehearsal.
NEVER |= {'rehearsal', 'rehearsal-roster', 'rehearsed'}
UNSIGNED = ('inbox', 'package', 'choice')

DASH = '\u2014'
told = set()	# (kind, key, field), field 0 is the key itself
owed = {}	# by client: what it was told wrong, as it is
told_of = {}	# by what it is about: how often it was told wrong


def kind_name(item):
	found = re.match('quorate/([a-z]+)@v1$', kind(item))
	return found[1] if found else kind(item).split('/')[0][:20]


def places(item):
	"""(line, field, what it is) of everything in it that can be another.
	The dash of a signature line is left: without it there is no bundle."""
	for i, line in enumerate(item.split(b'\n')):
		words = line.split(b' ')
		key = '@' if i == 0 else words[0].decode()
		for f in range(key == DASH, len(words) if line else 0):
			yield i, f, (kind_name(item), key, f)


def lie_at(item, i, f):
	lines = item.split(b'\n')
	words = lines[i].split(b' ')
	words[f] = other_bytes(words[f]) if words[f] else b'x'
	lines[i] = b' '.join(words)
	return b'\n'.join(lines)


def lies_of(group):
	"""The group again and again, each time with one thing wrong that was
	right in everything so far."""
	for at, item in enumerate(group):
		# the number of a choice last: what has a lower one is then old
		for i, f, what in sorted(places(item),
		    key=lambda place: place[2] == ('choice', 'number', 1)):
			if what not in told:
				yield what, group[:at] + [lie_at(item, i, f)] + \
				    group[at + 1:]


def tell(what):
	told.add(what)
	print('told: %s %s %d' % what, flush=True)


def groups_of(items):
	"""What is read together: a draft and what follows it up to the next kind
	that stands for itself, a request and its file."""
	out, open_ = [], 0
	for item in items:
		name = kind_name(item)
		if name == 'purpose':
			out.append([item])
			open_ = 3
		elif name == 'ceremony':
			out.append([item])
			open_ = -1
		elif open_ > 0:
			out[-1].append(item)
			open_ -= 1
		elif open_ < 0 and name in ('party', 'trust', 'roster'):
			out[-1].append(item)
		else:
			out.append([item])
			open_ = 0
	return out


def is_on():
	with open(rest[0]) as f:
		return f.read().strip() == 'on'


LIES_OF_ONE = 2	# about one message, or ceremony, without a signature


def tell_wrong(item, client):
	"""An item that nobody signed: wrong in one field, and owed."""
	about = item.split(b'\n', 2)[:2]
	for what, lied in lies_of([item]):
		times = told_of.get(bundle(about), 0)
		if times >= LIES_OF_ONE:
			return [item]
		told_of[bundle(about)] = times + 1
		tell(what)
		if kind_name(item) != 'inbox':
			owed.setdefault(client, []).append(item)
		return lied
	return [item]


def mislead_all(body, client):
	items = items_of(body)
	if not items:
		return body
	out = tell_wrong(items[0], client)
	for item in owed.pop(client, []):
		out.append(item)
	for group in groups_of(items[1:]):
		if kind_name(group[0]) in UNSIGNED:
			out += tell_wrong(group[0], client)
			continue
		for what, lied in lies_of(group):
			if what not in told:
				tell(what)
				out += lied
		out += group
	return bundle(out)


def mislead_watcher(body):
	items = items_of(body)
	for what, lied in lies_of(items):
		tell(what)
		return bundle(lied)
	return body


def coverage():
	os.environ['PYTHONDONTWRITEBYTECODE'] = '1'
	sys.dont_write_bytecode = True
	sys.path.insert(0, os.path.join(os.path.dirname(__file__), '../foreign'))
	import verify
	kinds = TO_PARTIES if mode == 'every' else TO_WATCHERS
	if set(verify.ROWS) != TO_PARTIES | TO_WATCHERS | NEVER:
		sys.exit('kinds of nobody: %s' % (set(verify.ROWS) ^
		    (TO_PARTIES | TO_WATCHERS | NEVER)))
	with open(port_file, encoding='utf-8') as f:
		for line in f:
			word, *what = line.split(' ')
			if word == 'told:' and len(what) == 3:
				told.add((what[0], what[1], int(what[2])))
	missing, away = [], []
	for name in sorted(kinds):
		for row in verify.ROWS[name]:
			fields = [(name, row.key, f)
			    for f in range(len(row.fields) + 1)]
			if row.low == 0 and not told.intersection(fields):
				away.append(f'{name}.{row.key}')
			else:
				missing += [x for x in fields if x not in told]
		if (name, '@', 0) not in told:
			missing.append((name, '@', 0))
	print('# lies about %d fields of %d kinds; lines that were not there: %s' %
	    (len(told), len({x[0] for x in told}), ' '.join(away) or 'none'))
	if missing:
		sys.exit('no lie about: %s' % missing)
	sys.exit(0)


def variants():
	with open(upstream, 'rb') as f:
		items = items_of(f.read())
	lies = [(what, lied) for at, item in enumerate(items)
	    for i, f, what in places(item)
	    for lied in [items[:at] + [lie_at(item, i, f)] + items[at + 1:]]]
	lies += [((kind_name(item), 'away', 0), items[:at] + items[at + 1:])
	    for at, item in enumerate(items)]
	for n, (what, lied) in enumerate(lies):
		name = '%03d-%s-%s-%d' % (n, *what)
		with open(os.path.join(port_file, name), 'wb') as f:
			f.write(bundle(lied))
	sys.exit(0)


if upstream == '-':
	coverage()
if mode == 'variants':
	variants()


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
		if fault == 'sealed' and kind(item) == 'quorate/reshare@v1':
			# what the last leaf is given opens to something else
			line = text.rstrip(b'\n').rsplit(b'\n', 1)[1].split(b' ')
			line[2] = other_bytes(line[2])
			text = text.rstrip(b'\n').rsplit(b'\n', 1)[0] + b'\n' + \
			    b' '.join(line) + b'\n'
			print('lied: sealed', flush=True)
			out.append(resign(text))
			continue
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


last_inbox = {}


class Proxy(http.server.BaseHTTPRequestHandler):
	protocol_version = 'HTTP/1.1'

	def log_message(self, *a):
		pass

	def pass_on(self, body):
		path = self.path
		if mode == 'every' and self.client() in owed:
			path = re.sub('wait=[0-9]+', 'wait=1', path)
		request = urllib.request.Request(upstream + path, data=body,
		    method=self.command)
		for k, v in self.headers.items():
			if k.lower() in ('content-type', 'quorate-read'):
				request.add_header(k, v)
		try:
			with urllib.request.urlopen(request, timeout=90) as a:
				return a.status, a.read()
		except urllib.error.HTTPError as e:
			return e.code, e.read()

	def client(self):
		"""Who polls: the name in its note's line."""
		return getattr(self, 'polls', None)

	def do_POST(self):
		body = self.rfile.read(int(self.headers.get('Content-Length', 0)))
		if mode == 'party' and self.path == '/v1/messages':
			body = deceive(body)
		self.polls = None
		if mode == 'every' and self.path.startswith('/v1/poll'):
			self.polls = re.search(rb'\n\xe2\x80\x94 (\S+) ', body)[1]
		code, answer = self.pass_on(body) if body else (200, b'')
		if mode == 'every' and self.polls and code == 200:
			with lock:
				answer = self.told(answer)
		if mode == 'watcher' and code == 200 and answer and is_on():
			with lock:
				answer = mislead_watcher(answer)
		if mode == 'coordinator' and self.path.startswith('/v1/poll'):
			heard.extend(items_of(answer)[1:])
			answer = mislead(answer)
		self.send_response(code)
		self.send_header('Content-Type', 'text/plain; charset=utf-8')
		self.send_header('Content-Length', str(len(answer)))
		self.end_headers()
		self.wfile.write(answer)

	def told(self, answer):
		if answer:
			last_inbox[self.polls] = items_of(answer)[0]
		elif self.polls in owed and self.polls in last_inbox:
			answer = last_inbox[self.polls]
		if not is_on():
			return bundle([*items_of(answer),
			    *owed.pop(self.polls, [])]) if answer else answer
		return mislead_all(answer, self.polls)

	def do_GET(self):
		self.polls = None
		code, answer = self.pass_on(None)
		if mode == 'watcher' and code == 200 and answer and is_on():
			with lock:
				answer = mislead_watcher(answer)
		self.send_response(code)
		self.send_header('Content-Length', str(len(answer)))
		self.end_headers()
		self.wfile.write(answer)


sys.stdout.reconfigure(encoding='utf-8')
server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Proxy)
server.daemon_threads = True
with open(port_file + '.new', 'w') as f:
	f.write(str(server.server_port))
os.rename(port_file + '.new', port_file)
server.serve_forever()
