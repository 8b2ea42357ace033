#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The second reader of Quorate's files.

Written from docs/formats.md alone, with nothing but Python's standard
library, so that two readers who share no code can be held against each
other. It is slow, keeps no state and trusts nobody: bytes in, verdict out.

As a program it is `quorate verify` (exit 0 accepted, 1 refused, 2 usage,
3 a file cannot be read). As a module: parse_text, parse_note, parse_file,
parse_checkpoint, Tree, tree_satisfied, Trust, believe, decide, verify_file,
ed25519_verify, root_from_path. Whatever is wrong raises Refused.
"""

import argparse
import base64
import binascii
import functools
import hashlib
import os
import re
import sys

NOTE_MAX = 61440
LINES_MAX = 264
CHECKPOINT_LINES_MAX = 64
PATH_MAX = 53
GROUPS_MAX = 32
DEPTH_MAX = 4
U32 = 2**32 - 1
U53 = 2**53 - 1
AHEAD_MAX_S = 86400
PROPOSED_AHEAD_MAX_S = 600


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

# --- Texts, sections 3, 9 and 10 -------------------------------------------

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
	'party': '''
		name n
		vkey k
		label l
		contact r''',
	'owner': '''
		name n
		for n
		revision d
		previous H
		signer n k l * 1..32
		group n q m * 0..32
		quorum n
		about
		proposed D''',
	'approve': 'release h',
	'refuse': 'release h\ncode n\nreason r * 0..1',
	'commit': '''
		message h
		roster h
		boot i
		serial d
		nonces p p''',
	'share': '''
		message h
		roster h
		package h
		boot i
		nonces p p
		share b''',
	'blame': 'party k\nmessage h\npackage h\nshare h\ncode n',
	'package': '''
		message h
		roster H
		session d
		signer d p p * 0..128 number
		name n * 0..128 line''',
	'poll': 'authority n d\nboot i\ntime D\nafter n',
	'read': 'path u\ntime D',
	'inbox': 'cursor n\ntime D',
	'status': '''
		release h
		change d
		state n
		product n
		sequence z
		roster H * 0..1
		session z
		need r
		approved n * 0..128 line
		refused n n * 0..128 line
		said n r * 0..128 line
		blamed n n * 0..128 line
		awaited n * 0..128 line
		want h * 0..33 line
		reason r * 0..1''',
	'purpose': '''
		message h
		release h
		signer n
		purpose n
		component n''',
	'signature': '''
		message h
		release h
		signer n
		purpose n
		component n
		key b
		signature B''',
	'accept': 'ceremony h\nkey b',
	'deal': '''
		ceremony h
		commitment p * 1..128
		proof B
		ephemeral b
		share n C * 1..128''',
	'confirm': 'ceremony h\ntranscript h h\nsignature B',
	'complaint': '''
		ceremony h
		dealer n
		reason n
		opened b B * 0..2''',
	'reshare': '''
		ceremony h
		context h h
		commitment p * 1..128
		ephemeral b
		share n C * 1..128''',
	'choice': '''
		ceremony h
		number d
		context h h
		dealing n h * 1..128''',
	'birth': '''
		ceremony h
		change d
		state n
		code r
		accepted n * 0..128 line
		dealt n * 0..128 line
		confirmed n * 0..128 line
		signed n * 0..128 line
		blamed n n * 0..128 line
		roster H
		trust H
		awaited n * 0..128 line
		took n * 0..128 line
		step n z * 0..4
		reason r * 0..1''',
	'rehearsed': 'authority n d\nceremony h\nroster h',
	'ceremony': '''
		authority n d
		signer n
		key n * 0..1
		suite n * 0..1
		reshare d h * 0..1
		proposed D
		deadline D
		party n k l * 1..128
		group n q m * 0..32
		quorum n
		trust h * 0..1''',
}
# A rehearsal's have the same lines, and are of no live kind: section 10.
TABLES['rehearsal'] = TABLES['ceremony']
TABLES['rehearsal-roster'] = TABLES['roster']


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
	match = re.fullmatch('quorate/([a-z-]+)@v1', lines[0])
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
	CHECKS.get(kind, lambda text: None)(text)
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


def check_members(slot):
	def check(text):
		check_keys_distinct([key for _, key, _ in text[slot]])
		Tree([name for name, *_ in text[slot]], text['group'],
		    text.one('quorum')[0])
	return check


def check_owner(text):
	check_first(text, 'revision')
	check_members('signer')(text)


def check_package(text):
	demand(not (text['signer'] if text.one('roster') == ['-'] else
	    text['name']), 'lines signer and name do not fit the roster')


def check_draft(text):
	check_members('party')(text)
	demand((len(text['key']), len(text['trust']), len(text['reshare'])) in
	    ((1, 1, 0), (0, 0, 1)), 'neither a genesis nor a reshare')


def check_complaint(text):
	demand(len(text['opened']) != 1, 'one point opened')


def check_states(*states):
	def check(text):
		demand(text.one('state')[0] in states, 'no such state')
	return check


CHECKS = {'release': check_release, 'package': check_package,
    'status': check_states('open', 'signed', 'refused', 'expired',
    'superseded', 'aborted'),
    'birth': check_states('accepting', 'dealing', 'confirming', 'signing',
    'born', 'failed'), 'trust': check_trust,
    'roster': check_roster, 'owner': check_owner,
    'ceremony': check_draft, 'complaint': check_complaint,
    'rehearsal': check_draft, 'rehearsal-roster': check_roster}


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


def split_file(raw):
	"""(note bytes, proof bytes); the proof is None for a note alone."""
	separator = raw.find(b'\n\n')
	demand(separator >= 0, 'not a note')
	end = raw.find(b'\n\n', separator + 2)
	if end < 0:
		return raw, None
	return raw[:end + 1], raw[end + 2:]


def parse_file(raw):
	note, proof = split_file(raw)
	demand(len(note) <= NOTE_MAX, 'note is too long')
	return parse_note(note), proof


def check_lines(note, keys):
	"""Hold the lines to keys that may sign this text. The pairs (name,
	key id) whose lines stand, with the time of a cosignature or 0. The pair
	decides: one key under two names in two texts is two pairs."""
	known, stand = {key.pair: key for key in keys}, {}
	for name, key_id, signature in note.lines:
		key = known.get((name, key_id))
		if key is None:
			continue
		demand(key.pair not in stand, f'{name} signs twice')
		message, time = note.text, 0
		if key.type == 4:
			demand(len(signature) == 72, f'{name}: wrong length')
			time = int.from_bytes(signature[:8], 'big')
			demand(1 <= time <= U53, f'{name}: time is out of bounds')
			message = b'cosignature/v1\ntime %d\n' % time + note.text
			signature = signature[8:]
		demand(len(signature) == 64, f'{name}: wrong length')
		demand(key_verify(key, message, signature),
		    f'{name}: signature does not verify')
		stand[key.pair] = time
	return stand


def names_of(members, stand):
	return {name for name, key, _ in members if key.pair in stand}


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


def proof_time(trust, times):
	"""The largest time such that cosigners not before it satisfy the
	witness-quorum; times: leaf name -> time."""
	for time in sorted(set(times.values()), reverse=True):
		if tree_satisfied(trust.witness_tree,
		    {name for name in times if times[name] >= time}):
			return time
	raise Refused('cosigners do not satisfy the witness-quorum')


def check_proof(trust, note, raw):
	"""Rule 5 of section 6. The proof_time."""
	proof = parse_proof(raw)
	checkpoint = proof.checkpoint
	logs = [key for key in trust.logs if key.name == checkpoint.origin]
	stand = check_lines(checkpoint.note,
	    logs + [key for _, key, _ in trust.cosigners])
	demand(any(key.pair in stand for key in logs), 'no line by a log in force')
	time = proof_time(trust, {name: stand[key.pair]
	    for name, key, _ in trust.cosigners if key.pair in stand})
	root = root_from_path(leaf_hash(note.raw), proof.index, checkpoint.size,
	    proof.path)
	demand(root == checkpoint.root, 'path leads to another root')
	return time


# --- The decision, section 6 -----------------------------------------------

class Device:
	"""What a device, or its owner on the command line, says of itself.
	None is not said. have: other products' installed sequences."""

	def __init__(self, installed=None, installed_id=None, floor=0, have=None,
	    components=(), time=0, proof_age_max=0, person=False, product=None):
		self.installed, self.installed_id = installed, installed_id
		self.floor, self.have = floor, dict(have or {})
		self.components, self.time = list(components), time
		self.proof_age_max, self.person = proof_age_max, person
		self.product = product


def check_facts_release(text, device):
	sequence = text.one('sequence')[0]
	demand(sequence >= device.floor, 'sequence is below the floor')
	for component in device.components:
		demand(any(row[0] == component for row in text['payload']),
		    f'no payload for component {component}')
	if device.installed is None:
		return
	demand(sequence != device.installed or text.id == device.installed_id,
	    'another text of the installed sequence')
	if text['from']:
		low, high = text.one('from')
		demand(low <= device.installed <= high,
		    'installed sequence is outside from')
	have = {**device.have, text.one('product')[0]: device.installed}
	for product, lowest in text['requires']:
		demand(product in have and have[product] >= lowest,
		    f'requires {product} {lowest}')


def check_facts_trust(trust, new):
	demand(new.name == trust.name, 'trust of another authority')
	demand(new.epoch in (trust.epoch, trust.epoch + 1),
	    'epoch does not follow')
	demand(new.revision == trust.revision + 1, 'revision does not follow')
	demand(new.previous == trust.id, 'previous is not the text in force')


def check_lines_trust(note, new, before):
	"""Rule 4 for a trust text; before is None for one that is believed."""
	introduced = []
	if new.revision == 1:
		introduced = new.signers
	elif before is not None:
		known = {key.vkey for _, key, _ in before.signers}
		introduced = [signer for signer in new.signers
		    if signer[1].vkey not in known]
	roots = before.roots if before is not None else []
	stand = check_lines(note,
	    [key for _, key, _ in roots + new.roots + introduced])
	if before is not None:
		demand(tree_satisfied(before.root_tree, names_of(roots, stand)),
		    'roots in force do not satisfy their quorum')
	demand(tree_satisfied(new.root_tree, names_of(new.roots, stand)),
	    'new roots do not satisfy their quorum')
	for name, key, _ in introduced:
		demand(key.pair in stand, f'introduced signer did not sign: {name}')
	return stand


def decide(raw, trust, device):
	"""Section 6 for the bytes of a file, with host limits. The Text that is
	accepted."""
	note, proof = parse_file(raw)
	text = parse_text(note.text)
	demand(text.kind in ('release', 'withdraw', 'trust'),
	    f'kind {text.kind} is not decided')
	demand(not device.time or text.one('proposed')[0] <=
	    device.time + PROPOSED_AHEAD_MAX_S, 'proposed in the future')
	new = None
	if text.kind == 'trust':
		new = Trust(text)
		check_facts_trust(trust, new)
		stand = check_lines_trust(note, new, trust)
	else:
		demand(text.one('authority') == [trust.name, trust.epoch],
		    'another authority or epoch')
		demand(device.product in (None, text.one('product')[0]),
		    'another product')
		if text.kind == 'release':
			check_facts_release(text, device)
		stand = check_lines(note, [key for _, key, _ in trust.signers])
		demand(tree_satisfied(trust.signer_tree,
		    names_of(trust.signers, stand)), 'quorum is not satisfied')
	if proof is None:
		demand(new is not None, 'no proof')
		demand(device.person, 'recovery without a person')
		demand(trust.recover is not None and
		    len(names_of(trust.roots, stand)) >= trust.recover,
		    'too few roots for a recovery')
		return text
	when = check_proof(trust, note, proof)
	if device.time:
		check_times(text, when, device)
	return text


def check_times(text, when, device):
	if text.kind == 'release' and text['expires']:
		demand(device.time < text.one('expires')[0], 'expired')
	if text.kind != 'trust' and device.proof_age_max:
		demand(device.time - when <= device.proof_age_max,
		    'proof is too old')
	demand(when <= device.time + AHEAD_MAX_S, 'proof is from the future')


def believe(raw, pin=None):
	"""A trust text that is believed because it was named."""
	note, proof = parse_file(raw)
	text = parse_text(note.text)
	demand(text.kind == 'trust', 'not a trust text')
	if proof is not None:
		parse_proof(proof)
	trust = Trust(text)
	check_lines_trust(note, trust, None)
	demand(pin is None or pin == trust.id, 'trust has another id')
	return trust


def check_endorsed(text, trust, owner_raw, endorsement_raw):
	"""That the owner's lines stand under this release text. The owner's
	note is believed because it is named, with its own quorum's lines."""
	note, proof = parse_file(owner_raw)
	owner = parse_text(note.text)
	demand(owner.kind == 'owner', 'not an owner text')
	if proof is not None:
		parse_proof(proof)
	demand(owner.one('for')[0] == trust.name, 'owner of something else')
	check_owner_lines(note, owner)
	demand(endorsement_raw is not None, 'no endorsement')
	note, proof = parse_file(endorsement_raw)
	demand(proof is None and note.text == text.raw,
	    'endorsement of another text')
	check_owner_lines(note, owner)


def check_owner_lines(note, owner):
	signers = owner['signer']
	stand = check_lines(note, [key for _, key, _ in signers])
	tree = Tree([name for name, *_ in signers], owner['group'],
	    owner.one('quorum')[0])
	demand(tree_satisfied(tree, names_of(signers, stand)),
	    'the owner\'s quorum is not satisfied')


def hop(raw, trust, device):
	text = decide(raw, trust, device)
	demand(text.kind == 'trust', 'a hop that is no trust text')
	return Trust(text)


def check_payload(payload, row, prefix):
	"""payload: bytes; row: component, size, digest of a payload line."""
	_, size, digest = row
	demand(len(payload) == size or (prefix and len(payload) > size),
	    'payload has another size')
	demand(sha256(payload[:size]).hex() == digest,
	    'payload has another digest')


def verify_file(raw, trust_raw, device, payload=None, prefix=False, hops=(),
    pin=None, owner=None, endorsement=None):
	"""All that `quorate verify` does, on bytes. payload: None for a release
	or withdraw file alone, bytes, or a function that reads them. The Text
	that is accepted, or Refused."""
	trust = believe(trust_raw, pin)
	for one in hops:
		trust = hop(one, trust, device)
	text = decide(raw, trust, device)
	demand(text.kind != 'trust', 'a trust file is followed, not installed')
	demand(text.kind == 'release' or payload is None,
	    f'a payload under a {text.kind} text')
	if text.kind == 'release' and owner is not None:
		check_endorsed(text, trust, owner, endorsement)
	if text.kind == 'release':
		rows = {row[0]: row for row in text['payload']}
		wanted = device.components
		if not wanted:
			demand(len(rows) == 1, 'several payloads and no --component')
			wanted = list(rows)
		if callable(payload):
			payload = payload()
		if payload is not None:
			check_payload(payload, rows[wanted[0]], prefix)
	return text


# --- The program -----------------------------------------------------------

def number(low, high):
	def read(text):
		try:
			return decimal(text, low, high)
		except Refused as error:
			raise argparse.ArgumentTypeError(str(error)) from None
	return read


def installed(text):
	sequence, colon, text_id = text.partition(':')
	if colon and not re.fullmatch('[0-9a-f]{64}', text_id):
		raise argparse.ArgumentTypeError('not an id')
	return number(0, U32)(sequence), text_id or None


def having(text):
	product, equals, sequence = text.partition('=')
	if not equals or not NAME.fullmatch(product):
		raise argparse.ArgumentTypeError('not PRODUCT=SEQ')
	return product, number(0, U32)(sequence)


def seconds(text):
	match = re.fullmatch('([0-9]+)([smhd]?)', text)
	if not match:
		raise argparse.ArgumentTypeError('not a time such as 30s or 20m')
	unit = {'': 1, 's': 1, 'm': 60, 'h': 3600, 'd': 86400}[match[2]]
	return number(0, U53)(match[1]) * unit


def arguments(argv):
	parser = argparse.ArgumentParser(prog='verify.py', allow_abbrev=False)
	parser.add_argument('file')
	parser.add_argument('--release')
	parser.add_argument('--trust', required=True)
	parser.add_argument('--trust-id')
	parser.add_argument('--hop', action='append', default=[])
	parser.add_argument('--installed', type=installed, default=(None, None))
	parser.add_argument('--floor', type=number(0, U32))
	parser.add_argument('--have', type=having, action='append', default=[])
	parser.add_argument('--product')
	parser.add_argument('--component')
	parser.add_argument('--prefix', action='store_true')
	parser.add_argument('--time', type=number(0, U53), default=0)
	parser.add_argument('--max-proof-age', type=seconds, default=0)
	parser.add_argument('--owner')
	parser.add_argument('--endorsement')
	parser.add_argument('--person', action='store_true')
	return parser.parse_args(argv)


def read(path):
	with open(path, 'rb') as file:
		return file.read()


def describe(text, device):
	if text.kind == 'trust':
		return 'accepted trust %s revision %d epoch %d %s' % (
		    text.one('name')[0], text.one('revision')[0],
		    text.one('epoch')[0], text.id)
	line = 'accepted %s %s ' % (text.kind, text.one('product')[0])
	if text.kind == 'withdraw':
		return line + 'floor %d %s' % (text.one('floor')[0], text.id)
	line += 'sequence %d %s' % (text.one('sequence')[0], text.id)
	if device.installed is None:
		line += ' (not checked: order, from, requires)'
	return line


def run(argv):
	"""What the program does: its exit code and its line."""
	options = arguments(argv)
	floor = options.floor
	if floor is None:  # what an installed release without a floor line sets
		floor = options.installed[0] or 0
	device = Device(*options.installed, floor, options.have,
	    [options.component] if options.component else [], options.time,
	    options.max_proof_age, options.person, options.product)
	release = options.release or options.file + '.release'
	alone = not options.release and not os.path.exists(release)
	try:
		text = verify_file(read(options.file if alone else release),
		    read(options.trust), device,
		    None if alone else lambda: read(options.file), options.prefix,
		    [read(path) for path in options.hop],
		    options.trust_id,
		    *[read(path) if path else None
		    for path in (options.owner, options.endorsement)])
	except OSError as error:
		return 3, f'cannot read: {error}'
	except Refused as error:
		return 1, f'refused: {error}'
	return 0, describe(text, device)


def main(argv):
	code, line = run(argv)
	print(line, file=sys.stderr if code == 3 else sys.stdout)
	return code


if __name__ == '__main__':
	sys.exit(main(sys.argv[1:]))
