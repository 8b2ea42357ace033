#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A second auditor of Quorate's logs: one file, Python's standard library,
written from docs/formats.md alone (section 7, "Audit"). It shares no code
with `quorate audit` and says the same of the same log, in the same lines.

	audit.py URL|DIR --trust NOTE [--trust NOTE...] --state DIR
	    [--witness URL...] [--against FILE...] [--max-age 24h]

It reads everything every time, slowly, and keeps only the last head and the
hashes of its entries. Exit codes: 0 ok, 1 not verified, 3 nothing can be
said, 6 the log is inconsistent or holds what admission forbids.
"""

import argparse
import base64
import binascii
import functools
import gzip
import hashlib
import json
import os
import re
import sys
import time
import urllib.error
import urllib.request

NOTE_MAX = 61440
LINES_MAX = 264
CHECKPOINT_LINES_MAX = 64
PATH_MAX = 53
GROUPS_MAX = 32
DEPTH_MAX = 4
U32 = 2**32 - 1
U53 = 2**53 - 1
AHEAD_S = 600
OBJECTIONS_MAX = 8


class Refused(Exception):
	"""The world is not as the formats demand; the text says how."""


def demand(condition, reason):
	if not condition:
		raise Refused(reason)


def sha256(data):
	return hashlib.sha256(data).digest()


# --- Ed25519, RFC 8032, with the accept set of formats.md section 4 --------

FIELD = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
CURVE_D = -121665 * pow(121666, -1, FIELD) % FIELD
SQRT_M1 = pow(2, (FIELD - 1) // 4, FIELD)
NEUTRAL = (0, 1, 1, 0)  # X, Y, Z, T with x = X/Z, y = Y/Z, T = XY/Z


def point_add(p, q):
	a = (p[1] - p[0]) * (q[1] - q[0])
	b = (p[1] + p[0]) * (q[1] + q[0])
	c = 2 * CURVE_D * p[3] * q[3] % FIELD
	d = 2 * p[2] * q[2]
	e, f, g, h = (b - a) % FIELD, (d - c) % FIELD, (d + c) % FIELD, \
	    (b + a) % FIELD
	return e * f % FIELD, g * h % FIELD, f * g % FIELD, e * h % FIELD


def point_negate(p):
	return -p[0] % FIELD, p[1], p[2], -p[3] % FIELD


def point_encode(p):
	inverse = pow(p[2], -1, FIELD)
	x, y = p[0] * inverse % FIELD, p[1] * inverse % FIELD
	return (y | (x & 1) << 255).to_bytes(32, 'little')


def point_decode(data):
	"""The point of a canonical encoding, None of any other 32 bytes."""
	number = int.from_bytes(data, 'little')
	sign, y = number >> 255, number & (2**255 - 1)
	if len(data) != 32 or y >= FIELD:
		return None
	u, v = (y * y - 1) % FIELD, (CURVE_D * y * y + 1) % FIELD
	square = u * pow(v, -1, FIELD) % FIELD
	x = pow(square, (FIELD + 3) // 8, FIELD)
	if x * x % FIELD != square:
		x = x * SQRT_M1 % FIELD
	if x * x % FIELD != square or (x == 0 and sign):
		return None
	if x & 1 != sign:
		x = FIELD - x
	return x, y, 1, x * y % FIELD


def point_order_small(p):
	for _ in range(3):
		p = point_add(p, p)
	return p[0] == 0 and p[1] == p[2]


class Multiples:
	"""A point's multiples j * 16^i, so that a product is 64 additions."""

	def __init__(self, point):
		self.rows = []
		for _ in range(64):
			row = [NEUTRAL]
			for _ in range(15):
				row.append(point_add(row[-1], point))
			self.rows.append(row)
			point = point_add(row[-1], point)

	def times(self, scalar):
		total = NEUTRAL
		for row in self.rows:
			if scalar & 15:
				total = point_add(total, row[scalar & 15])
			scalar >>= 4
		return total


@functools.lru_cache(maxsize=None)
def base_multiples():
	y = 4 * pow(5, -1, FIELD) % FIELD
	return Multiples(point_decode(y.to_bytes(32, 'little')))


@functools.lru_cache(maxsize=512)
def key_multiples(key):
	"""Multiples of -A, or None where A may verify nothing."""
	point = point_decode(key)
	if point is None or point_order_small(point):
		return None
	return Multiples(point_negate(point))


@functools.lru_cache(maxsize=65536)
def ed25519_verify(key, message, signature):
	"""Whether the 64 bytes are a signature that everybody here accepts."""
	if len(key) != 32 or len(signature) != 64:
		return False
	s = int.from_bytes(signature[32:], 'little')
	minus_a = key_multiples(key)
	if s >= ORDER or minus_a is None:
		return False
	hashed = hashlib.sha512(signature[:32] + key + message).digest()
	k = int.from_bytes(hashed, 'little') % ORDER
	r = point_add(base_multiples().times(s), minus_a.times(k))
	# Equal bytes also mean that R is canonical and on the curve.
	return point_encode(r) == signature[:32] and not point_order_small(r)


# --- BIP 340: keys of type 0xff --------------------------------------------

FIELD_K = 2**256 - 2**32 - 977
ORDER_K = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141
BASE_K = (0x79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798,
    0x483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8)


def secp_add(p, q):
	if p is None or q is None:
		return p or q
	if p[0] == q[0] and (p[1] + q[1]) % FIELD_K == 0:
		return None
	if p == q:
		slope = 3 * p[0] * p[0] * pow(2 * p[1], -1, FIELD_K)
	else:
		slope = (q[1] - p[1]) * pow(q[0] - p[0], -1, FIELD_K)
	x = (slope * slope - p[0] - q[0]) % FIELD_K
	return x, (slope * (p[0] - x) - p[1]) % FIELD_K


def secp_times(k, p):
	total = None
	while k:
		if k & 1:
			total = secp_add(total, p)
		p, k = secp_add(p, p), k >> 1
	return total


def secp_lift(data):
	"""The even point with this x, or None."""
	x = int.from_bytes(data, 'big')
	y = pow(x**3 + 7, (FIELD_K + 1) // 4, FIELD_K)
	if x >= FIELD_K or (y * y - x**3 - 7) % FIELD_K:
		return None
	return x, y if y % 2 == 0 else FIELD_K - y


def bip340_verify(key, message, signature):
	point, s = secp_lift(key), int.from_bytes(signature[32:], 'big')
	if point is None or len(signature) != 64 or s >= ORDER_K:
		return False
	tag = sha256(b'BIP0340/challenge')
	e = int.from_bytes(sha256(tag + tag + signature[:32] + key + message),
	    'big') % ORDER_K
	r = secp_add(secp_times(s, BASE_K),
	    secp_times(ORDER_K - e, point) if e else None)
	return r is not None and r[1] % 2 == 0 and \
	    r[0].to_bytes(32, 'big') == signature[:32]


def key_verify(key, message, signature):
	verify = bip340_verify if key.type == 0xff else ed25519_verify
	return verify(key.raw, message, signature)


# --- Merkle trees, RFC 6962 ------------------------------------------------

def leaf_hash(data):
	return sha256(b'\0' + data)


def node_hash(left, right):
	return sha256(b'\1' + left + right)


def root_from_path(leaf, index, size, path):
	"""The root that a path leads to, RFC 9162 section 2.1.3.2."""
	demand(index < size, 'index is not below size')
	node, last = index, size - 1
	for sibling in path:
		demand(last > 0, 'path is too long')
		if node & 1 or node == last:
			leaf = node_hash(sibling, leaf)
			while node and not node & 1:
				node, last = node >> 1, last >> 1
		else:
			leaf = node_hash(leaf, sibling)
		node, last = node >> 1, last >> 1
	demand(last == 0, 'path is too short')
	return leaf


# --- Fields, section 1 -----------------------------------------------------

NAME = re.compile(r'[a-z0-9]([a-z0-9._/-]*[a-z0-9])?')
FOREIGN = re.compile(r'[!-*,-~]{1,128}')
DECIMAL = re.compile(r'0|[1-9][0-9]{0,15}')


def decimal(text, low, high):
	demand(DECIMAL.fullmatch(text) and low <= int(text) <= high,
	    f'not a number from {low} to {high}: {text!r}')
	return int(text)


def unbase64(text, low, high=None):
	"""Bytes of canonical, padded base64 with `low` to `high` bytes."""
	try:
		data = base64.b64decode(text, validate=True)
	except (binascii.Error, ValueError):
		raise Refused('not base64') from None
	if isinstance(text, str):
		text = text.encode()
	demand(base64.b64encode(data) == text, 'base64 is not canonical')
	demand(low <= len(data) <= (high or low), 'base64 of a wrong length')
	return data


def name_ours(text):
	demand(len(text) <= 128 and NAME.fullmatch(text), f'not a name: {text!r}')
	return text


def pattern(expression, low=1, high=128):
	compiled = re.compile(expression)

	def field(text):
		demand(low <= len(text) <= high and compiled.fullmatch(text),
		    f'malformed field: {text[:80]!r}')
		return text
	return field


BIP340 = b'quorate/bip340'


class Key:
	"""A C2SP vkey: .name, .id (4 bytes), .type, .raw (32 bytes)."""

	def __init__(self, name, kind, raw):
		self.name, self.type, self.raw = name, kind, raw
		data = bytes([kind]) + (BIP340 if kind == 0xff else b'') + raw
		self.id = sha256(name.encode() + b'\n' + data)[:4]
		self.pair = (name, self.id)
		self.vkey = '%s+%s+%s' % (name, self.id.hex(),
		    base64.b64encode(data).decode())


def vkey(kind, ours, bip340=False):
	def field(text):
		name, _, rest = text.partition('+')
		demand(FOREIGN.fullmatch(name), f'vkey has no name: {text!r}')
		if ours:
			name_ours(name)
		other = bip340 and len(rest) == 9 + 64
		demand(re.fullmatch(r'[0-9a-f]{8}\+.{%d}' % (64 if other else 44),
		    rest), f'malformed vkey: {text!r}')
		data = unbase64(rest[9:], 47 if other else 33)
		demand(data.startswith(b'\xff' + BIP340 if other else
		    bytes([kind])), f'vkey of another type: {text!r}')
		key = Key(name, 0xff if other else kind, data[-32:])
		demand(key.vkey == text, f'vkey has another key id: {text!r}')
		return key
	return field


def threshold(text):
	return text if text in ('any', 'all') else decimal(text, 1, 128)


FIELDS = {
	'n': name_ours,
	'f': pattern(FOREIGN.pattern),
	'v': pattern('[!-~]+'),
	'u': pattern('[!-~]+', 1, 512),
	# Inner spaces only: the first byte is not a space (nor the last, by
	# the rule of lines).
	'r': pattern('[!-~]([ -~]*[!-~])?', 1, 256),
	'd': lambda text: decimal(text, 1, U32),
	'z': lambda text: decimal(text, 0, U32),
	'D': lambda text: decimal(text, 0, U53),
	'h': pattern('[0-9a-f]{64}'),
	'H': pattern('[0-9a-f]{64}|-'),
	'c': pattern('[0-9a-f]{40}|[0-9a-f]{64}'),
	'i': pattern('[0-9a-f]{32}'),
	'b': lambda text: unbase64(text, 32),
	'p': lambda text: unbase64(text, 32, 33),
	'B': lambda text: unbase64(text, 64),
	'C': lambda text: unbase64(text, 48),
	'k': vkey(1, True, True),
	'K': vkey(1, False),
	'W': vkey(4, False),
	'l': pattern('[A-Z]{2}|-'),
	'q': threshold,
	'm': lambda text: [name_ours(name) for name in text.split(' ')],
}
# --- Texts, section 3 -------------------------------------------

# A row: [slot:]key, fields, then * for a count and an order: `0..8 name`.
TABLES = {
	'release': '''
		authority n d
		product n
		version v
		sequence d
		floor z * 0..1
		payload n D h * 1..16 name
		delta n h D h * 0..8 base
		from z z * 0..1
		requires n z * 0..8 name
		expires D * 0..1
		about
		proposed D
		roster n d * 0..32 name
		source u v c h * 0..4 line
		attest n h * 0..8 line
		notes h * 0..1
		sign n n * 0..8 line''',
	'withdraw': '''
		authority n d
		product n
		floor z
		about
		proposed D
		roster n d * 0..32 name
		release h * 0..8 line
		reason r''',
	'trust': '''
		name n
		epoch d
		revision d
		previous H
		signer n k l * 1..32
		group n q m * 0..32
		quorum n
		root n k l * 1..32
		root-group:group n q m * 0..32
		root-quorum n
		recover d * 0..1
		log K l * 1..4
		witness n W l * 0..32
		mirror n W l * 0..32
		witness-group:group n q m * 0..32
		witness-quorum n
		about
		proposed D
		shared n * 0..32 line
		text-max d * 0..1''',
	'roster': '''
		authority n d
		signer n
		serial d
		previous H
		proposed D
		key k
		party n k l * 1..128
		group n q m * 0..32
		quorum n
		share n p * 1..128
		ceremony h''',
	'objection': '''
		authority n d
		about
		proposed D
		release h
		reason r''',
}


class Row:
	def __init__(self, line):
		head, _, rules = line.partition(' * ')
		name, *self.fields = head.split(' ')
		self.slot, _, self.key = name.rpartition(':')
		self.slot = self.slot or self.key
		count, _, self.order = rules.partition(' ')
		low, _, high = (count or '1..1').partition('..')
		self.low, self.high = int(low), int(high)

	def read(self, line):
		"""The values of a line's fields."""
		values = line.split(' ', len(self.fields))[1:] \
		    if self.fields else []
		demand(len(values) == len(self.fields) and
		    (values or line == self.key), f'wrong fields: {line[:80]!r}')
		return [FIELDS[letter](value)
		    for letter, value in zip(self.fields, values)]

	def check_order(self, lines, values):
		if not self.order:
			return
		if self.order == 'number':
			firsts = [row[0] for row in values]
			demand(firsts == sorted(set(firsts)),
			    f'lines {self.key} do not ascend')
			return
		demand(all(a < b for a, b in zip(lines, lines[1:])),
		    f'lines {self.key} are not sorted')
		width = {'line': len(self.fields), 'name': 1, 'base': 2}[self.order]
		firsts = [tuple(row[:width]) for row in values]
		demand(len(set(firsts)) == len(firsts),
		    f'lines {self.key} name one thing twice')


ROWS = {kind: [Row(line.strip()) for line in table.strip().split('\n')]
    for kind, table in TABLES.items()}


class Text:
	"""A text that obeys its table. text[slot] is the list of a slot's
	lines, each a list of values; text.one(slot) the values of a line that
	comes once, None if it does not; text.id its id in hex."""

	def __init__(self, raw, kind, slots):
		self.raw, self.kind, self.slots = raw, kind, slots
		self.id = sha256(raw).hex()

	def __getitem__(self, slot):
		return self.slots[slot]

	def one(self, slot):
		return self.slots[slot][0] if self.slots[slot] else None


def text_lines(raw):
	"""Lines of a text, by the first two rules of section 1."""
	demand(raw.endswith(b'\n'), 'text does not end in LF')
	demand(re.fullmatch(rb'[\n -~]*', raw), 'text holds a forbidden byte')
	lines = raw[:-1].decode('ascii').split('\n')
	for line in lines:
		demand(line, 'text holds an empty line')
		demand(line[0] != ' ' and line[-1] != ' ',
		    'line begins or ends with a space')
	return lines


def check_extensions(lines):
	demand(len(lines) <= 8, 'more than 8 extension lines')
	for line in lines:
		demand(len(line) <= 256, 'extension line is too long')
		demand(line.startswith('x-'), f'unexpected line: {line[:80]!r}')
		name_ours(line[2:].split(' ', 1)[0])


def parse_text(raw):
	"""A Text of raw bytes by its table, with all rules of section 3 that a
	text can break alone."""
	demand(len(raw) <= NOTE_MAX, 'text is too long')
	lines = text_lines(raw)
	match = re.fullmatch('quorate/([a-z]+)@v1', lines[0])
	demand(match and match[1] in ROWS, f'no such kind: {lines[0][:80]!r}')
	kind, at, slots = match[1], 1, {}
	for row in ROWS[kind]:
		end = at
		while end < len(lines) and end - at < row.high and \
		    lines[end].split(' ', 1)[0] == row.key:
			end += 1
		demand(end - at >= row.low, f'missing line: {row.key}')
		slots[row.slot] = [row.read(line) for line in lines[at:end]]
		row.check_order(lines[at:end], slots[row.slot])
		at = end
	if 'about' in slots:
		check_extensions(lines[at:])
	else:
		demand(at == len(lines), f'unexpected line: {lines[at:][:1]!r}')
	text = Text(raw, kind, slots)
	demand(sum(len(rows) for slot, rows in slots.items()
	    if slot.endswith('group')) <= GROUPS_MAX, 'too many groups')
	if kind in CHECKS:
		CHECKS[kind](text)
	return text


# --- Trees, section 2 ------------------------------------------------------

class Tree:
	"""leaves in text order, groups: name -> (threshold, members)."""

	def __init__(self, leaves, groups, root):
		self.leaves, self.root, self.groups = leaves, root, {}
		names, used = set(), set()
		for leaf in leaves:
			self.claim(names, leaf)
		for name, k, members in groups:
			self.claim(names, name)
			k = {'any': 1, 'all': len(members)}.get(k, k)
			demand(k <= len(members), f'{name}: threshold above members')
			for member in members:
				demand(member in names and member != name,
				    f'{name}: unknown member {member}')
				demand(member not in used, f'{member} is a member twice')
				used.add(member)
			self.groups[name] = (k, members)
		demand(root in names, f'unknown root {root}')
		demand(root not in used, f'the root {root} is a member')
		demand(names - used == {root}, 'somebody is a member nowhere')
		demand(self.depth(root) <= DEPTH_MAX, 'tree is too deep')

	@staticmethod
	def claim(names, name):
		demand(name not in names, f'two are called {name}')
		demand(name not in ('none', 'any', 'all') and not name.isdigit(),
		    f'nobody may be called {name}')
		names.add(name)

	def depth(self, name):
		_, members = self.groups.get(name, (0, []))
		return max((1 + self.depth(member) for member in members), default=0)

	def minimal_max(self, name=None):
		"""Size of the largest minimal satisfying set."""
		name = name or self.root
		if name not in self.groups:
			return 1
		k, members = self.groups[name]
		return sum(sorted(map(self.minimal_max, members))[-k:])


def tree_satisfied(tree, leaves, name=None):
	"""Whether a set of leaf names satisfies a Tree."""
	name = name or tree.root
	if name not in tree.groups:
		return name in leaves
	k, members = tree.groups[name]
	return sum(tree_satisfied(tree, leaves, m) for m in members) >= k


# --- Rules of single kinds, section 3 --------------------------------------

def check_release(text):
	sequence = text.one('sequence')[0]
	payloads = {row[0] for row in text['payload']}
	demand((text.one('floor') or [0])[0] <= sequence,
	    'floor is above the sequence')
	for component, *_ in text['delta']:
		demand(component in payloads, f'delta without payload: {component}')
	for _, component in text['sign']:
		demand(component in payloads, f'sign without payload: {component}')
	low, high = text.one('from') or (0, 0)
	demand(low <= high, 'from is upside down')
	demand(text.one('expires') != [0], 'expires is 0')


def check_first(text, counter):
	demand((text.one('previous')[0] == '-') == (text.one(counter)[0] == 1),
	    f'previous does not fit the {counter}')


def check_keys_distinct(keys):
	demand(len({key.raw for key in keys}) == len(keys), 'one key twice')
	demand(len({key.pair for key in keys}) == len(keys), 'one key id twice')


def check_trust(text):
	check_first(text, 'revision')
	demand(text.one('revision') != [1] or text.one('epoch') == [1],
	    'revision 1 is not of epoch 1')
	Trust(text)


def check_roster(text):
	check_first(text, 'serial')
	parties = [name for name, *_ in text['party']]
	check_keys_distinct([key for _, key, _ in text['party']] +
	    text.one('key'))
	Tree(parties, text['group'], text.one('quorum')[0])
	demand([name for name, _ in text['share']] == parties,
	    'shares are not one a party, in order')
	length = 33 if text.one('key')[0].type == 0xff else 32
	demand(all(len(share) == length for _, share in text['share']),
	    'a share is not of the key\'s group')


CHECKS = {'release': check_release, 'trust': check_trust,
    'roster': check_roster}


class Trust:
	"""A trust text made useful. Members of a role: (name, Key, label)."""

	def __init__(self, text):
		self.text, self.id = text, text.id
		self.name, self.epoch, self.revision, self.previous = (
		    text.one(slot)[0]
		    for slot in ('name', 'epoch', 'revision', 'previous'))
		self.signers, self.roots = text['signer'], text['root']
		self.cosigners = text['witness'] + text['mirror']
		self.logs = [key for key, _ in text['log']]
		demand(1 <= len(self.cosigners) <= 32, 'none or too many cosigners')
		check_keys_distinct(self.keys())
		self.signer_tree = self.tree(self.signers, 'group', 'quorum')
		self.root_tree = self.tree(self.roots, 'root-group', 'root-quorum')
		self.witness_tree = self.tree(self.cosigners, 'witness-group',
		    'witness-quorum')
		self.recover = (text.one('recover') or [None])[0]
		if self.recover is not None:
			demand(self.root_tree.minimal_max() <= self.recover <=
			    len(self.roots), 'recover is out of its bounds')
		labels = {name: label for name, _, label in self.signers}
		for shared, in text['shared']:
			demand(labels.get(shared) == '-',
			    f'shared is no signer without label: {shared}')

	def keys(self):
		return [key for _, key, _ in
		    self.signers + self.roots + self.cosigners] + self.logs

	def tree(self, members, groups, quorum):
		return Tree([name for name, *_ in members], self.text[groups],
		    self.text.one(quorum)[0])


# --- Notes and signature lines, sections 4 and 5 ---------------------------

DASH = b'\xe2\x80\x94 '


class Note:
	"""raw; text (bytes); lines: (name, key id, signature bytes)."""

	def __init__(self, raw, text, lines):
		self.raw, self.text, self.lines = raw, text, lines


def parse_signature_line(line):
	demand(line.startswith(DASH), 'malformed signature line')
	fields = line[len(DASH):].split(b' ')
	demand(len(fields) == 2, 'malformed signature line')
	name = fields[0].decode('latin-1')
	demand(FOREIGN.fullmatch(name), 'malformed name in a signature line')
	data = unbase64(fields[1], 5, 4096)
	return name, data[:4], data[4:]


def parse_note(raw, lines_max=LINES_MAX):
	"""Text and signature lines of bytes that are exactly one note."""
	text, empty, block = raw.partition(b'\n\n')
	demand(empty and block.endswith(b'\n'), 'not a note')
	lines = block[:-1].split(b'\n')
	demand(len(lines) <= lines_max, 'too many signature lines')
	return Note(raw, text + b'\n', [parse_signature_line(l) for l in lines])


# --- Proofs, section 5 -----------------------------------------------------

class Checkpoint:
	def __init__(self, note, origin, size, root):
		self.note, self.origin, self.size, self.root = \
		    note, origin, size, root


def parse_checkpoint(raw):
	note = parse_note(raw, CHECKPOINT_LINES_MAX)
	lines = note.text[:-1].split(b'\n')
	demand(len(lines) == 3, 'checkpoint has not three lines')
	origin, size, root = (line.decode('latin-1') for line in lines)
	demand(FOREIGN.fullmatch(origin) and not origin.startswith('quorate/'),
	    'malformed origin')
	return Checkpoint(note, origin, decimal(size, 0, U53),
	    unbase64(lines[2], 32))


class Proof:
	def __init__(self, index, path, checkpoint):
		self.index, self.path, self.checkpoint = index, path, checkpoint


def parse_proof(raw):
	head, empty, checkpoint = raw.partition(b'\n\n')
	demand(empty, 'proof has no checkpoint')
	lines = head.decode('latin-1').split('\n')
	demand(lines[0] == 'c2sp.org/tlog-proof@v1', 'not a tlog-proof')
	demand(len(lines) > 1 and lines[1].startswith('index '),
	    'proof has no index')
	index = decimal(lines[1][6:], 0, U53)
	demand(len(lines) - 2 <= PATH_MAX, 'path is too long')
	path = [unbase64(line.encode('latin-1'), 32) for line in lines[2:]]
	return Proof(index, path, parse_checkpoint(checkpoint))


NO_QUORUM = 'cosigners do not satisfy the witness-quorum'


def proof_time(trust, times):
	"""The largest time such that cosigners not before it satisfy the
	witness-quorum; times: leaf name -> time."""
	for time in sorted(set(times.values()), reverse=True):
		if tree_satisfied(trust.witness_tree,
		    {name for name in times if times[name] >= time}):
			return time
	raise Refused(NO_QUORUM)



# --- Judging entries, section 7 --------------------------------------------

class Roster:
	def __init__(self, text):
		self.text, self.id = text, text.id
		self.serial, self.previous = text.one('serial')[0], \
		    text.one('previous')[0]
		self.key, self.parties = text.one('key')[0], text['party']
		self.tree = Tree([name for name, *_ in self.parties],
		    text['group'], text.one('quorum')[0])

	def leaf_order(self):
		"""Keys in depth-first order, with local names."""
		keys = {name: key for name, key, _ in self.parties}
		found = []

		def descend(name):
			if name in keys:
				found.append((name, keys[name]))
			else:
				for member in self.tree.groups[name][1]:
					descend(member)
		descend(self.tree.root)
		return found


class Lines:
	"""The signature lines of a note, claimed by keys that may sign."""

	def __init__(self, note):
		self.note, self.places = note, [None] * len(note.lines)
		self.keys = [None] * len(note.lines)

	def claim(self, key, place):
		"""Whether the key has a line: good, and alone."""
		mine = [i for i, (name, key_id, _) in enumerate(self.note.lines)
		    if (name, key_id) == key.pair]
		demand(len(mine) <= 1, f'{key.name} signs twice')
		if not mine:
			return False
		signature = self.note.lines[mine[0]][2]
		demand(len(signature) == 64 and key_verify(key,
		    self.note.text, signature), f'{key.name}: bad signature')
		if self.places[mine[0]] is None:
			self.places[mine[0]] = place
			self.keys[mine[0]] = key
		return True

	def members(self, members, place):
		"""Local names of those (name, key, ...) who have a line."""
		return {member[0] for i, member in enumerate(members)
		    if self.claim(member[1], place + i)}


RELEASES, CHAINED = ('release', 'withdraw'), ('trust', 'roster')
ALL = RELEASES + CHAINED + ('objection',)


class Log:
	"""What is in force, and what was logged, entry by entry."""

	def __init__(self, firsts):
		self.first = {trust.name: trust.id for trust in firsts}
		self.trusts = {name: [] for name in self.first}
		self.rosters, self.texts = {}, set()
		self.products, self.objections, self.strangers = {}, {}, {}
		self.broken = []

	# the entry at hand: text, lines, name, epoch, held, shared

	def judge(self, index, entry, now):
		try:
			demand(len(entry) <= NOTE_MAX, 'note is too long')
			note = parse_note(entry)
		except Refused as error:
			self.broken.append((index, 'note', str(error)))
			return
		text_id = sha256(note.text).hex()
		rule = 'once'
		try:
			demand(text_id not in self.texts, 'a text comes twice')
			self.start(note)
			for rule, kinds, check in RULES:
				if self.kind is None or self.kind in kinds:
					check(self)
					if rule == 'authority' and self.stranger:
						break
			else:
				rule = 'ahead'
				demand(self.text.one('proposed')[0] <= now + AHEAD_S,
				    'proposed in the future')
				self.apply()
		except Refused as error:
			self.broken.append((index, rule, str(error)))
		self.texts.add(text_id)

	def start(self, note):
		self.note, self.lines, self.kind = note, Lines(note), None
		self.stranger, self.held, self.signed = False, None, set()

	def rule_kind(self):
		first = self.note.text.split(b'\n')[0].decode('latin-1')
		match = re.fullmatch('quorate/([a-z]+)@v1', first)
		demand(match and match[1] in ALL, 'no kind of a log')
		self.kind = match[1]

	def rule_grammar(self):
		self.text = parse_text(self.note.text)
		if self.kind == 'trust':
			self.new = Trust(self.text)
			self.name, self.epoch = self.new.name, self.new.epoch
		else:
			self.name, self.epoch = self.text.one('authority')
		if self.kind == 'roster':
			self.new = Roster(self.text)

	def rule_keys(self):
		keys = self.new.keys() if self.kind == 'trust' else \
		    [self.new.key] + [key for _, key, _ in self.new.parties]
		for key in keys:
			demand((secp_lift(key.raw) if key.type == 0xff else
			    key_multiples(key.raw)) is not None,
			    f'{key.name}: not a usable key')

	def rule_authority(self):
		if self.name not in self.first:
			self.stranger = True
			self.strangers[self.name] = \
			    self.strangers.get(self.name, 0) + 1
			return
		if self.trusts[self.name]:
			self.held = self.trusts[self.name][-1]
			self.shared = {name for name, in self.held.text['shared']}
			return
		demand(self.kind == 'trust', 'no trust text was logged before')
		demand(self.new.id == self.first[self.name],
		    'another first trust text')

	def rule_epoch(self):
		held = self.held.epoch if self.held else self.epoch
		demand(self.epoch == held or (self.kind == 'trust' and
		    self.epoch == held + 1), 'another epoch')

	def rule_chain(self):
		if self.kind == 'roster':
			signer, new = self.text.one('signer')[0], self.new
			keys = {name: key for name, key, _ in self.held.signers}
			demand(signer in self.shared and signer in keys and
			    keys[signer].vkey == new.key.vkey, 'no such shared signer')
			before = self.newest(new.key)
			number = new.serial
			newest = before.serial if before else 0
		else:
			new, before = self.new, self.held
			number = new.revision
			newest = before.revision if before else 0
		demand(number == newest + 1, 'not the next number')
		demand(before is None or new.previous == before.id,
		    'does not follow the newest')

	def newest(self, key):
		return (self.rosters.get(key.raw) or [None])[-1]

	def rule_text_max(self):
		limit = self.held.text.one('text-max')
		demand(not limit or len(self.note.text) <= limit[0],
		    'longer than text-max')

	def rule_signers(self):
		self.signed = self.lines.members(self.held.signers, 0)
		demand(tree_satisfied(self.held.signer_tree, self.signed),
		    'quorum is not satisfied')

	def shared_signed(self):
		for i, (name, key, _) in enumerate(self.held.signers):
			if name in self.shared and name in self.signed:
				yield i, name, self.newest(key)

	def rule_rosters(self):
		named = dict(self.text['roster'])
		for _, name, roster in self.shared_signed():
			demand(roster and named.get(name) == roster.serial,
			    f'not the newest roster of {name}')

	def rule_parties(self):
		for i, name, roster in self.shared_signed():
			demand(tree_satisfied(roster.tree, self.lines.members(
			    roster.leaf_order(), 32 + 128 * i)),
			    f'parties of {name} do not satisfy their quorum')

	def rule_roots_before(self):
		if self.held:
			demand(tree_satisfied(self.held.root_tree,
			    self.lines.members(self.held.roots, 0)),
			    'roots in force do not satisfy their quorum')

	def rule_roots_own(self):
		demand(tree_satisfied(self.new.root_tree,
		    self.lines.members(self.new.roots, 32)),
		    'its own roots do not satisfy their quorum')

	def rule_introduced(self):
		before = {key.vkey for _, key, _ in self.held.signers} \
		    if self.held else set()
		for i, (name, key, _) in enumerate(self.new.signers):
			if key.vkey not in before:
				demand(self.lines.claim(key, 64 + i),
				    f'introduced signer did not sign: {name}')

	def rule_roster_lines(self):
		demand(self.lines.claim(self.new.key, 0), 'the key did not sign')
		signed = self.lines.members(self.new.leaf_order(), 1)
		demand(len(signed) == len(self.new.parties),
		    'a party did not sign')

	def rule_roster_before(self):
		before = self.newest(self.new.key)
		if before:
			demand(tree_satisfied(before.tree, self.lines.members(
			    before.leaf_order(), 129)),
			    'parties before do not satisfy their quorum')

	def rule_objector(self):
		for i, (name, key, _) in enumerate(self.held.signers):
			if name not in self.shared:
				self.lines.claim(key, i)
		for name, key, _ in self.held.signers:
			roster = self.newest(key) if name in self.shared else None
			if roster:
				self.lines.members(roster.leaf_order(), 1)
		demand(len(self.note.lines) == 1 and
		    self.lines.places[0] is not None, 'not by one party')

	def rule_strangers(self):
		for (name, *_), place in zip(self.note.lines, self.lines.places):
			demand(place is not None, f'{name} may not sign this')

	def rule_order(self):
		places = self.lines.places
		demand(all(a < b for a, b in zip(places, places[1:])),
		    'lines are not in canonical order')

	def product(self):
		return self.products.get((self.name, self.epoch,
		    self.text.one('product')[0]))

	def rule_sequence(self):
		product = self.product()
		demand(not product or
		    self.text.one('sequence')[0] > product[0],
		    'sequence is not above the last')

	def rule_floor(self):
		product, floor = self.product(), self.text.one('floor')[0]
		demand(product, 'no release of the product')
		demand(floor <= product[0] + 1, 'floor is too high')
		demand(product[1] is None or floor > product[1],
		    'floor is not above the last')

	def rule_same_epoch(self):
		def fixed(trust):
			return ([(name, key.vkey) for name, key, _ in trust.signers],
			    trust.text['group'], trust.text.one('quorum'),
			    trust.text['shared'])
		if self.held and self.held.epoch == self.new.epoch:
			demand(fixed(self.held) == fixed(self.new),
			    'this change needs a new epoch')

	def rule_roles(self):
		def roles(trust):
			lists = [[key for _, key, _ in trust.signers],
			    [key for _, key, _ in trust.roots], trust.logs,
			    [key for _, key, _ in trust.text['witness']],
			    [key for _, key, _ in trust.text['mirror']]]
			return {key.raw: i for i, keys in enumerate(lists)
			    for key in keys}
		if self.kind == 'roster':
			taken = roles(self.held)
			for name, key, _ in self.new.parties:
				demand(key.raw not in taken, f'{name} has another role')
			return
		mine = roles(self.new)
		for raw, role in (roles(self.held) if self.held else {}).items():
			demand(mine.get(raw, role) == role, 'a key changes its role')
		for _, key, _ in self.new.signers:
			roster = self.newest(key)
			for name, party, _ in roster.parties if roster else []:
				demand(party.raw not in mine, f'{name} has another role')

	def rule_mirror(self):
		witnesses = {name for name, *_ in self.text['witness']}
		demand(self.name.endswith('/test') or not tree_satisfied(
		    self.new.witness_tree, witnesses),
		    'witnesses suffice without a mirror')

	def rule_many(self):
		demand(self.objections.get(self.dissent(), 0) < OBJECTIONS_MAX,
		    'too many objections')

	def dissent(self):
		return self.lines.keys[0].raw, self.text.one('release')[0]

	def apply(self):
		if self.kind == 'trust':
			self.trusts[self.name].append(self.new)
		elif self.kind == 'roster':
			self.rosters.setdefault(self.new.key.raw, []).append(self.new)
		elif self.kind == 'objection':
			key = self.dissent()
			self.objections[key] = self.objections.get(key, 0) + 1
		else:
			key = self.name, self.epoch, self.text.one('product')[0]
			if self.kind == 'release':
				floor = self.products.get(key, (0, None))[1]
				self.products[key] = self.text.one('sequence')[0], floor
			else:
				self.products[key] = (self.products[key][0],
				    self.text.one('floor')[0])


# In this order; the first that an entry breaks is the one that is named.
RULES = [
	('kind', ALL, Log.rule_kind),
	('grammar', ALL, Log.rule_grammar),
	('keys', CHAINED, Log.rule_keys),
	('authority', ALL, Log.rule_authority),
	('epoch', ALL, Log.rule_epoch),
	('chain', CHAINED, Log.rule_chain),
	('text-max', RELEASES, Log.rule_text_max),
	('signers', RELEASES, Log.rule_signers),
	('rosters', RELEASES, Log.rule_rosters),
	('parties', RELEASES, Log.rule_parties),
	('roots-before', ('trust',), Log.rule_roots_before),
	('roots-own', ('trust',), Log.rule_roots_own),
	('introduced', ('trust',), Log.rule_introduced),
	('roster-lines', ('roster',), Log.rule_roster_lines),
	('roster-before', ('roster',), Log.rule_roster_before),
	('objector', ('objection',), Log.rule_objector),
	('strangers', ALL, Log.rule_strangers),
	('order', ALL, Log.rule_order),
	('sequence', ('release',), Log.rule_sequence),
	('floor', ('withdraw',), Log.rule_floor),
	('same-epoch', ('trust',), Log.rule_same_epoch),
	('roles', CHAINED, Log.rule_roles),
	('mirror', ('trust',), Log.rule_mirror),
	('many', ('objection',), Log.rule_many),
]


# --- Heads and trees -------------------------------------------------------

def checkpoint_keys(checkpoint, trust):
	return [key for key in trust.logs if key.name == checkpoint.origin]


def line_stands(note, key):
	"""Whether a key has its line; a known line that fails refuses."""
	lines = [line for line in note.lines if (line[0], line[1]) == key.pair]
	demand(len(lines) <= 1, f'{key.name} signs twice')
	if not lines:
		return None
	message, signature, when = note.text, lines[0][2], 0
	if key.type == 4:
		demand(len(signature) == 72, f'{key.name}: wrong length')
		when = int.from_bytes(signature[:8], 'big')
		demand(1 <= when <= U53, f'{key.name}: time is out of bounds')
		message = b'cosignature/v1\ntime %d\n' % when + note.text
		signature = signature[8:]
	demand(len(signature) == 64 and ed25519_verify(key.raw, message,
	    signature), f'{key.name}: bad signature')
	return when


def signed_by_log(checkpoint, trust):
	try:
		return any([line_stands(checkpoint.note, key) is not None
		    for key in checkpoint_keys(checkpoint, trust)])
	except Refused:
		return False


def head_time(checkpoint, trust):
	"""proof_time of a head that the trust text believes."""
	demand(signed_by_log(checkpoint, trust), 'not signed by a log in force')
	times = {}
	for name, key, _ in trust.cosigners:
		when = line_stands(checkpoint.note, key)
		if when is not None:
			times[name] = when
	return proof_time(trust, times)


def root_of(leaves):
	"""RFC 6962 section 2.1."""
	if not leaves:
		return sha256(b'')
	if len(leaves) == 1:
		return leaves[0]
	k = 1 << (len(leaves) - 1).bit_length() - 1
	return node_hash(root_of(leaves[:k]), root_of(leaves[k:]))


def tile_path(level, number, width, entries=False):
	groups = ['%03d' % (number % 1000)]
	while number >= 1000:
		number //= 1000
		groups.insert(0, 'x%03d' % (number % 1000))
	return 'tile/%s/%s%s' % ('entries' if entries else level,
	    '/'.join(groups), '' if width == 256 else '.p/%d' % width)


# --- One look --------------------------------------------------------------

class Fault(Exception):
	"""The whole is wrong; args: what, and a sentence."""


class Unknown(Exception):
	"""Nothing can be said."""


class Absent(Exception):
	pass


class Source:
	"""A log behind a URL or in a folder."""

	def __init__(self, place):
		self.place = place

	def get(self, path):
		if not self.place.startswith(('http://', 'https://')):
			try:
				with open(os.path.join(self.place, path), 'rb') as file:
					return file.read()
			except OSError:
				raise Absent(path) from None
		request = urllib.request.Request(self.place + '/' + path,
		    headers={'User-Agent': 'quorate-audit.py',
		    'Accept-Encoding': 'gzip, identity'})
		try:
			with urllib.request.urlopen(request, timeout=30) as answer:
				body = answer.read(20 << 20)
				if answer.headers.get('Content-Encoding') == 'gzip':
					body = gzip.decompress(body)
				return body
		except urllib.error.HTTPError as error:
			if error.code == 404:
				raise Absent(path) from None
			raise Unknown(f'{path}: {error}') from None
		except OSError as error:
			raise Unknown(f'{path}: {error}') from None

	def tile(self, level, number, width, entries=False):
		try:
			return self.get(tile_path(level, number, width, entries))
		except Absent:
			if width == 256:
				raise
			return self.get(tile_path(level, number, 256, entries))


class Auditor:
	def __init__(self, options):
		self.source, self.options = Source(options.log), options
		self.firsts, self.faults, self.time = [], [], 0
		self.head, self.log, self.leaves = None, None, []
		self.held = {'size': 0, 'leaves': '', 'checkpoint': None}
		self.path = os.path.join(options.state, 'audit.json')

	def load(self):
		for path in self.options.trust:
			with open(path, 'rb') as file:
				raw = file.read()
			end = raw.find(b'\n\n', raw.find(b'\n\n') + 2)
			note = parse_note(raw if end < 0 else raw[:end + 1])
			text = parse_text(note.text)
			demand(text.kind == 'trust', 'not a trust text')
			trust = Trust(text)
			demand(trust.revision == 1, 'not a first trust text')
			stand = Lines(note)
			demand(tree_satisfied(trust.root_tree,
			    stand.members(trust.roots, 0)), 'roots did not sign')
			demand(len(stand.members(trust.signers, 32)) ==
			    len(trust.signers), 'a signer did not sign')
			self.firsts.append(trust)
			print('trust', trust.name, trust.id)
		os.makedirs(self.options.state, exist_ok=True)
		if os.path.exists(self.path):
			with open(self.path) as file:
				self.held = json.load(file)
			ids = sorted(trust.id for trust in self.firsts)
			demand(self.held['first'] == ids,
			    'this folder audits from other first texts on')

	def believers(self, log):
		"""For each authority, the texts by which a head may be judged."""
		for first in sorted(self.firsts, key=lambda trust: trust.name):
			yield (log.trusts[first.name] or [first])[-2:][::-1]

	def by_log(self, checkpoint, log):
		return any(signed_by_log(checkpoint, trust)
		    for texts in self.believers(log) for trust in texts)

	def held_leaves(self):
		raw = bytes.fromhex(self.held['leaves'])
		return [raw[i:i + 32] for i in range(0, len(raw), 32)]

	def known_log(self):
		"""The log as far as it was believed at the last look."""
		log = Log(self.firsts)
		for i, entry in enumerate(self.held.get('entries', [])):
			log.judge(i, base64.b64decode(entry), int(time.time()))
		return log

	def evidence(self, name, **files):
		folder = os.path.join(self.options.state, 'evidence', name)
		os.makedirs(folder, exist_ok=True)
		for file, data in files.items():
			with open(os.path.join(folder, file), 'wb') as out:
				out.write(data)

	def tree_read(self, size, by_log):
		"""All leaf hashes of the head, and all entries."""
		def wrong(what, why):
			raise Fault(what if by_log else 'log', why)
		leaves, entries, path = [], [], ''
		try:
			level, count = 0, size
			while count:
				hashes = b''
				for number in range((count + 255) // 256):
					width = min(256, count - number * 256)
					path = tile_path(level, number, width)
					data = self.source.tile(level, number, width)
					if len(data) not in (32 * width, 8192):
						wrong('tiles', f'{path} has a wrong size')
					hashes += data[:32 * width]
				hashes = [hashes[i:i + 32]
				    for i in range(0, len(hashes), 32)]
				if level == 0:
					leaves = hashes
				else:
					full = [root_of(below[i:i + 256]) for i in
					    range(0, len(below) - 255, 256)]
					if hashes != full:
						wrong('tiles', f'level {level} is not above the other')
				below, level, count = hashes, level + 1, count // 256
			if root_of(leaves) != self.head.root:
				wrong('tiles', 'tiles do not lead to the root')
			held = self.held['size']
			if root_of(leaves[:held]) != root_of(self.held_leaves()):
				wrong('fork', 'does not continue what is known')
			for number in range((size + 255) // 256):
				width = min(256, size - number * 256)
				path = tile_path(0, number, width, True)
				data, at = self.source.tile(0, number, width, True), 0
				for i in range(width):
					length = int.from_bytes(data[at:at + 2], 'big')
					entry = data[at + 2:at + 2 + length]
					if len(data) < at + 2 + length or leaf_hash(entry) != \
					    leaves[number * 256 + i]:
						wrong('entries', f'{path} is not what the tree says')
					entries.append(entry)
					at += 2 + length
		except Absent:
			wrong('withheld', f'{path} is not there')
		return leaves, entries

	def look(self):
		try:
			raw = self.source.get('checkpoint')
		except Absent:
			raise Unknown('no checkpoint there') from None
		known, held = self.known_log(), self.held
		try:
			self.head = parse_checkpoint(raw)
		except Refused as error:
			raise Fault('log', str(error)) from None
		size, by_log = self.head.size, self.by_log(self.head, known)
		self.log = known
		if held['checkpoint'] and parse_checkpoint(base64.b64decode(
		    held['checkpoint'])).origin != self.head.origin:
			raise Fault('log', 'another log than before')
		if size < held['size']:
			if not by_log:
				raise Fault('log', 'not signed by a log in force')
			if root_of(self.held_leaves()[:size]) != self.head.root:
				raise Fault('fork', 'another history')
			raise Fault('rollback', 'less than had been signed')
		leaves, entries = self.tree_read(size, by_log)
		log, now = Log(self.firsts), int(time.time())
		for index, entry in enumerate(entries):
			log.judge(index, entry, now)
		try:
			self.check_head(log)
		except Fault as fault:
			if fault.args[0] != 'quorum' or not self.options.witness:
				raise
			raw = self.gathered(log, raw)
			self.check_head(log)
		self.log, self.leaves = log, leaves
		held.update(size=size, leaves=b''.join(leaves).hex(),
		    checkpoint=base64.b64encode(raw).decode(),
		    entries=[base64.b64encode(e).decode() for e in entries],
		    first=sorted(trust.id for trust in self.firsts))
		with open(self.path + '.new', 'w') as file:
			json.dump(held, file)
		os.replace(self.path + '.new', self.path)
		for index, rule, why in log.broken:
			self.evidence(f'{index}-{rule}', entry=entries[index],
			    shown=raw, why=why.encode())

	def gathered(self, log, raw):
		"""With the lines of witnesses that show the same checkpoint."""
		text_n = raw.find(b'\n\n') + 2
		origin = sha256(self.head.origin.encode()).hex()
		for url in self.options.witness:
			try:
				other = Source(url).get(origin + '/checkpoint')
				if other[:text_n] != raw[:text_n]:
					continue
				more = raw + b''.join(line for line in
				    other[text_n:].splitlines(True) if line not in raw)
				self.head = parse_checkpoint(more)
				self.check_head(log)
				return more
			except (Absent, Unknown, Refused) as error:
				print(f'{url}: {error}', file=sys.stderr)
			except Fault as fault:
				if fault.args[1] == NO_QUORUM: # but it adds to one
					raw = more
				else:
					print(f'{url}: {fault.args[1]}', file=sys.stderr)
		self.head = parse_checkpoint(raw)
		return raw

	def check_head(self, log):
		times, refusal = [], None
		for texts in self.believers(log):
			for trust in texts:
				try:
					times.append(head_time(self.head, trust))
					break
				except Refused as error:
					reason = str(error)
			else:
				refusal = refusal or reason
		if refusal:
			self.time = min(times, default=0)
			raise Fault('quorum' if self.by_log(self.head, log) else 'log',
			    refusal)
		self.time = min(times)

	def compare(self, what, who, raw):
		"""Is what others have seen a part of the same tree?"""
		try:
			end = raw.find(b'\n\n', raw.find(b'\n\n') + 2)
			if end < 0:
				seen = parse_checkpoint(raw)
			else:
				proof = parse_proof(raw[end + 2:])
				seen = proof.checkpoint
				demand(root_from_path(leaf_hash(raw[:end + 1]), proof.index,
				    seen.size, proof.path) == seen.root, 'not in its tree')
			demand(seen.origin == self.head.origin, 'another log')
			demand(self.by_log(seen, self.log), 'not signed by the log')
		except Refused as error:
			self.faults.append(('log', f'{who}: {error}'))
			return
		if seen.size > len(self.leaves) or \
		    root_of(self.leaves[:seen.size]) != seen.root:
			self.faults.append((what, f'{who}: another history, or more'))
			self.evidence(f'{what}-{seen.size}', held=seen.note.raw,
			    shown=self.head.note.raw)

	def others(self):
		if self.options.max_age and \
		    time.time() - self.time > self.options.max_age:
			self.faults.append(('stale', 'the head is old'))
		origin = sha256(self.head.origin.encode()).hex()
		for url in self.options.witness:
			try:
				raw = Source(url).get(origin + '/checkpoint')
			except (Absent, Unknown) as error:
				print(f'{url}: {error}', file=sys.stderr)
				continue
			self.compare('witness', url, raw)
		for path in self.options.against:
			with open(path, 'rb') as file:
				self.compare('against', path, file.read())

	def run(self):
		try:
			self.look()
			self.others()
		except Fault as fault:
			self.faults.append(fault.args)
			if self.head and self.held['checkpoint']:
				self.evidence('%s-%d-%d' % (fault.args[0],
				    self.held['size'], self.head.size),
				    held=base64.b64decode(self.held['checkpoint']),
				    shown=self.head.note.raw)
		if self.head:
			print('log', self.head.origin, self.head.size,
			    base64.b64encode(self.head.root).decode())
		if self.time:
			print('time', self.time)
		log = self.log or Log(self.firsts)
		for name in sorted(log.strangers):
			print('stranger', name, log.strangers[name])
		for index, rule, why in log.broken:
			print('broken', index, rule)
			print(f'entry {index}: {rule}: {why}', file=sys.stderr)
		for what, why in self.faults:
			print('fault', what)
			print(f'{what}: {why}', file=sys.stderr)
		others = ('log', 'stale', 'payload', 'source')
		if log.broken or any(w not in others for w, _ in self.faults):
			print('verdict inconsistent')
			return 6
		print('verdict', 'refused' if self.faults else 'ok')
		return 1 if self.faults else 0


def seconds(text):
	match = re.fullmatch('([0-9]+)([smhd])', text)
	if not match:
		raise argparse.ArgumentTypeError('not a time such as 30s or 20m')
	return int(match[1]) * {'s': 1, 'm': 60, 'h': 3600, 'd': 86400}[match[2]]


def main(argv):
	parser = argparse.ArgumentParser(prog='audit.py', allow_abbrev=False)
	parser.add_argument('log')
	parser.add_argument('--trust', action='append', required=True)
	parser.add_argument('--state', required=True)
	parser.add_argument('--witness', action='append', default=[])
	parser.add_argument('--against', action='append', default=[])
	parser.add_argument('--max-age', type=seconds, default=86400)
	auditor = Auditor(parser.parse_args(argv))
	try:
		auditor.load()
		return auditor.run()
	except Refused as error:
		print(f'refused: {error}', file=sys.stderr)
		return 2
	except (OSError, Unknown) as error:
		print(f'nothing can be said: {error}', file=sys.stderr)
		print('verdict unknown')
		return 3


if __name__ == '__main__':
	sys.exit(main(sys.argv[1:]))
