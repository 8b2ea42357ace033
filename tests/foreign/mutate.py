#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mutate.py BIN SEED COUNT: two readers, one verdict.

Shows the files of cases.py, then COUNT random ones, to BIN/quorate verify and
to verify.py, and demands that both accept or both refuse. Random files are
good ones (of cases.py and of tests/vectors/golden) with something altered:
bytes as they are; or one layer (text, signature lines, path, checkpoint,
trust, hop), with everything above it signed and logged anew, so that only
the altered layer can be a reason to refuse; or texts and trees made up from
scratch. Each file that divides the readers is kept in ./differences.
"""

import collections
import concurrent.futures
import copy
import os
import random
import re
import shutil
import subprocess
import sys

import cases
import verify
import writer
from cases import A, Case, FIRMWARE, GOOD, GOOD_FILE, GOOD_NOTE, TRUST
from writer import NOW, Signer, join, note

HERE = os.path.dirname(os.path.abspath(__file__))
GOLDEN = os.path.join(HERE, '..', 'vectors', 'golden')
TOGETHER = 4

# --- Alterations of bytes --------------------------------------------------

NUMBERS = ('0', '1', '2', '00', '01', '-1', '+1', '4294967295', '4294967296',
    '9007199254740991', '9007199254740992', '18446744073709551615',
    '18446744073709551616', '99999999999999999999999999', '0x1', '1.', '')
BYTES = b'\0\t\n\r !+-./09=@AZ_az~\x7f\x80\x94\xc3\xe2\xff'


def flip(pick, data):
	at = pick.randrange(len(data))
	return data[:at] + bytes([data[at] ^ 1 << pick.randrange(8)]) + \
	    data[at + 1:]


def put_byte(pick, data):
	at = pick.randrange(len(data) + 1)
	return data[:at] + bytes([pick.choice(BYTES)]) + \
	    data[at + pick.randrange(2):]


def cut(pick, data):
	at = pick.randrange(len(data))
	return data[:at] + data[at + pick.choice((1, 1, 2, 8, 60)):]


def truncate(pick, data):
	return data[:pick.randrange(len(data))]


def append(pick, data):
	return data + pick.choice((b'\n', b'\n\n', b'\0', b' ', b'x\n',
	    b'x-a b\n', data[-80:], data))


def repeat(pick, data):
	at, size = pick.randrange(len(data)), pick.choice((1, 2, 30, 200))
	return data[:at + size] + data[at:]


def by_line(change):
	def alter(pick, data):
		rows = data.split(b'\n')
		at, to = (pick.randrange(len(rows)) for _ in range(2))
		change(pick, rows, at, to)
		return b'\n'.join(rows)
	return alter


def swap(pick, rows, at, to):
	rows[at], rows[to] = rows[to], rows[at]


def swap_next(pick, rows, at, to):
	swap(pick, rows, at, (at + 1) % len(rows))


def move(pick, rows, at, to):
	rows.insert(to, rows.pop(at))


def drop(pick, rows, at, to):
	del rows[at]


def double(pick, rows, at, to):
	rows.insert(pick.choice((at, to)), rows[at])


def foreign(pick, rows, at, to):
	other = pick.choice(LINES)
	if pick.randrange(2):
		rows[at] = other
	else:
		rows.insert(at, other)


def respace(pick, rows, at, to):
	words = rows[at].split(b' ')
	rows[at] = pick.choice((b'%s ', b' %s', b'%s  ')) % rows[at]
	if pick.randrange(2):
		rows[at] = pick.choice((b'  ', b'\t', b'')).join(words)


def drop_word(pick, rows, at, to):
	words = rows[at].split(b' ')
	del words[pick.randrange(len(words))]
	rows[at] = b' '.join(words)


def swap_words(pick, rows, at, to):
	words = rows[at].split(b' ')
	words[-1], words[pick.randrange(len(words))] = \
	    words[pick.randrange(len(words))], words[-1]
	rows[at] = b' '.join(words)


def word_from(pick, rows, at, to):
	words, others = rows[at].split(b' '), rows[to].split(b' ')
	words[pick.randrange(len(words))] = pick.choice(others)
	rows[at] = b' '.join(words)


def by_match(expression, change):
	compiled = re.compile(expression)

	def alter(pick, data):
		found = list(compiled.finditer(data))
		if not found:
			return flip(pick, data)
		one = pick.choice(found)
		return data[:one.start()] + change(pick, one[0]) + data[one.end():]
	return alter


def renumber(pick, old):
	new = pick.choice(NUMBERS + (f'{int(old) + 1}', f'{int(old) - 1}',
	    f'0{int(old)}', f'{int(old)}0', f'{int(old) + 2**32}',
	    f'{int(old) + 2**64}'))
	return new.encode()


def rebase(pick, old):
	alphabet = b'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz' \
	    b'0123456789+/'
	body = old.rstrip(b'=')
	pad = old[len(body):]
	last = alphabet[(alphabet.index(body[-1:]) + 1) % 64:][:1]
	return pick.choice((body, body + b'=', body + b'==', old + b'=',
	    body[:-1] + last + pad, body[:-1] + pad, body + b'A' + pad,
	    body[:-4] + pad, body.replace(b'+', b'-') + pad, body + b'AAAA' +
	    pad, b'', b'====', body[:8] + b'=' + body[9:] + pad))


def recase(pick, old):
	return pick.choice((old.upper(), old.lower(), old.swapcase(),
	    old[:1].swapcase() + old[1:]))


def rename(pick, old):
	return pick.choice((b'a', b'b', b'c', b'm', b'w1', b'r1', b'team', b'all',
	    b'any', b'none', b'7', b'-', old + b'-', old + b'.x', old + b'+',
	    b'.' + old, old[:-1], old * 20, old + old))


ALTERATIONS = (flip, flip, put_byte, put_byte, cut, truncate, append, repeat,
    by_line(swap), by_line(swap_next), by_line(move), by_line(drop),
    by_line(drop), by_line(double), by_line(double), by_line(foreign),
    by_line(foreign), by_line(respace), by_line(drop_word),
    by_line(swap_words), by_line(word_from), by_line(word_from),
    by_match(rb'\b\d{1,16}\b', renumber), by_match(rb'\b\d{1,16}\b', renumber),
    by_match(rb'[A-Za-z0-9+/]{40,}={0,2}', rebase),
    by_match(rb'[A-Za-z]+', recase), by_match(rb'[a-z0-9.-]+', rename))


def alter(pick, data, most=2):
	for _ in range(pick.choice((1, 1, 1, most))):
		data = pick.choice(ALTERATIONS)(pick, data or b'\n')
	return data


# --- Random files ----------------------------------------------------------

def material():
	"""Good files, and lines to splice in."""
	good = [case for case in cases.everything() if case.ok]
	lines = set()
	for case in good:
		for raw in (case.release, case.trust, *case.hops):
			if len(raw) < 8000:
				lines.update(raw.split(b'\n'))
	return [case for case in good if len(case.release) < 20000], \
	    sorted(lines)


def arguments(pick):
	"""Random things that a device says of itself; mostly none."""
	args, maybe = [], lambda: pick.randrange(12) == 0
	if maybe():
		args += ['--floor', str(pick.choice((0, 5, 6, 7, 8, 2**32 - 1)))]
	if maybe():
		args += ['--installed', pick.choice(('0', '3', '5', '7', '9',
		    f'7:{cases.GOOD_ID}', f'7:{cases.H1}'))]
		for product in ('a', 'boot', 'p0', 'p1'):
			if pick.randrange(3) == 0:
				args += ['--have', f'{product}={pick.randrange(4)}']
	if maybe():
		args += ['--time', str(NOW + pick.choice((0, 1, 59, 60, 61,
		    -400, 86400, 10**7)))]
	if maybe():
		args += ['--max-proof-age', str(pick.choice((1, 60, 61, 10**7)))]
	if maybe():
		args += ['--component', pick.choice(('main', 'p00', 'x'))]
	if maybe():
		args += ['--prefix']
	if maybe():
		args += ['--person']
	return args


def raw_bytes(pick):
	"""Any file of any good case, altered as it is."""
	case = pick.choice(GOODS)
	parts = [case.release, case.trust, case.payload, *case.hops]
	at = pick.choice((0, 0, 0, 1, 1, 2, *range(3, len(parts))))
	if parts[at] is None:
		at = 0
	parts[at] = alter(pick, parts[at])
	return Case('', None, parts[1], parts[0], parts[3:], case.args, parts[2])


def spliced(pick):
	"""Head of one good file, tail of another."""
	one, two = pick.choice(GOODS), pick.choice(GOODS)
	cuts = [[m.end() for m in re.finditer(rb'\n', raw)]
	    for raw in (one.release, two.release)]
	release = one.release[:pick.choice(cuts[0])] + \
	    two.release[pick.choice(cuts[1]):]
	return Case('', None, pick.choice((one, two)).trust, release, one.hops,
	    one.args, one.payload)


def split(case):
	raw, _ = verify.split_file(case.release)
	text, _, block = raw.partition(b'\n\n')
	return text + b'\n', block


def release_text(pick):
	"""An altered text, signed and logged by those who may."""
	case = pick.choice(GOODS)
	text = alter(pick, split(case)[0])
	return Case('', None, TRUST, A.log.file(note(text, A.signers[:2])),
	    args=case.args + arguments(pick), payload=case.payload)


def signature_block(pick):
	"""Altered signature lines, logged."""
	lines = [signer.line(GOOD) for signer in pick.sample(
	    A.signers + A.roots + [cases.STRANGER], pick.randrange(1, 7))]
	block = b''.join(lines)
	if pick.randrange(4):
		block = alter(pick, block)
	return Case('', None, TRUST, A.log.file(GOOD + b'\n' + block))


def proof_head(pick):
	"""An altered index or path over a good checkpoint."""
	head, _, checkpoint = cases.GOOD_PROOF.partition(b'\n\n')
	return Case('', None, TRUST, GOOD_NOTE + b'\n' +
	    alter(pick, head) + b'\n\n' + checkpoint)


def proof_random(pick):
	"""Any index, size and number of siblings; a root to fit or not."""
	size = pick.choice((pick.randrange(1, 40), 2**pick.randrange(54) +
	    pick.randrange(-1, 2), 2**53 - 1))
	size = max(1, min(size, 2**53))
	index = pick.choice((0, size - 1, pick.randrange(size), size))
	count = cases.path_length(min(index, size - 1), size) + \
	    pick.choice((0, 0, 0, 1, -1, 5))
	path = [bytes([i]) * 32 for i in range(max(0, count))]
	root = cases.lenient_root(verify.leaf_hash(GOOD_NOTE), index, size, path)
	return Case('', None, TRUST, GOOD_NOTE + b'\n' + writer.proof(index, path,
	    A.log.checkpoint(writer.checkpoint_text(A.log_key.key.name, size,
	    root))))


def checkpoint_text(pick):
	"""An altered checkpoint, signed by everybody who may."""
	text = alter(pick, cases.CHECKPOINT_TEXT)
	return Case('', None, TRUST, GOOD_NOTE + b'\n' + writer.proof(4,
	    cases.PATH, A.log.checkpoint(text)))


def checkpoint_lines(pick):
	"""Random lines at random times; sometimes altered."""
	text, block = cases.CHECKPOINT_TEXT, b''
	strangers = [cases.STRANGER, Signer('s.example', 4), A.signers[0]]
	for signer in [A.log_key] + pick.sample(A.cosigners + strangers,
	    pick.randrange(1, 7)):
		block += signer.line(text, NOW + pick.choice((0, 0, 0, -60, -61, -59,
		    86400, 86401, 200000, -NOW + 1)))
	if pick.randrange(3) == 0:
		block = alter(pick, block)
	return Case('', None, TRUST, GOOD_NOTE + b'\n' + writer.proof(4,
	    cases.PATH, text + b'\n' + block), args=arguments(pick) +
	    pick.choice(([], ['--time', str(NOW), '--max-proof-age', '60'])))


def trust_text(pick):
	"""An altered trust text, signed by everybody."""
	base = pick.choice(TRUST_TEXTS)
	text = alter(pick, base)
	return Case('', None, note(text, A.everybody()), GOOD_FILE)


def hop_text(pick):
	"""An altered second revision, signed by everybody, logged or not."""
	text = cases.Next(epoch=pick.choice(('epoch 1', 'epoch 1', 'epoch 2')),
	    **pick.choice(({}, {'shared': 'shared c'}, {'recover': ''}))).text
	if pick.randrange(4):
		text = alter(pick, text)
	signers = pick.choice((A.roots, A.everybody(),
	    pick.sample(A.everybody(), 4)))
	entry = note(text, signers)
	release = pick.choice((GOOD_FILE, GOOD_FILE, EPOCH_2_FILE))
	if pick.randrange(4) == 0:
		return Case('', None, TRUST, release, [entry], ['--person'])
	return Case('', None, TRUST, release, [A.log.file(entry)],
	    arguments(pick))


def random_tree(pick, leaves, slips=True):
	"""Group lines over leaf names, and the root: mostly a good tree."""
	rows, loose, count = [], list(leaves), 0
	pick.shuffle(loose)
	while len(loose) > 1 or (not rows and pick.randrange(3)) or \
	    (loose and pick.randrange(12) == 0 and count < 6):
		size = min(len(loose), pick.choice((1, 2, 2, 3, 3, 5, 9)))
		members = [loose.pop(pick.randrange(len(loose)))
		    for _ in range(size)]
		k = pick.choice(('any', 'all', *range(1, size + 1)))
		if slips and pick.randrange(60) == 0:
			k = pick.choice((0, size + 1, 'none', '01', 128, 129))
		if slips and pick.randrange(60) == 0:
			members.append(pick.choice(list(leaves) + ['g0', 'ghost']))
		rows.append(f'group g{count} {k} {" ".join(members)}')
		loose.append(f'g{count}')
		count += 1
	root = loose[0]
	if slips and pick.randrange(40) == 0:
		root = pick.choice(list(leaves) + ['g0', 'ghost'])
	if slips and rows and pick.randrange(40) == 0:
		pick.shuffle(rows)
	return rows, root


def trees(pick):
	"""Three random trees and random sets of those who signed."""
	counts = [pick.choice((1, 2, 3, 4, 6, 9)) for _ in range(3)]
	signers, roots, seers = (POOLS[i][:count]
	    for i, count in enumerate(counts))
	parts = A.parts()
	named = [[f's{i}' for i in range(counts[0])],
	    [f'r{i}' for i in range(counts[1])],
	    [f'w{i}' for i in range(counts[2])]]
	for names, slot, pool in zip(named, ('signer', 'root', 'witness'),
	    (signers, roots, seers)):
		parts[slot] = [f'{slot} {name} {key.vkey} -'
		    for name, key in zip(names, pool)]
	if counts[2] > 1:
		parts['mirror'] = [parts['witness'].pop().replace(
		    'witness', 'mirror', 1)]
	else:
		parts['mirror'] = []
	for names, slot, quorum in zip(named,
	    ('group', 'root-group', 'witness-group'),
	    ('quorum', 'root-quorum', 'witness-quorum')):
		parts[slot], root = random_tree(pick, names)
		parts[quorum] = [f'{quorum} {root}']
	parts['recover'] = pick.choice(([], [],
	    [f'recover {pick.randrange(1, counts[1] + 1)}']))
	text = join(parts)
	trust = note(text, roots + signers)
	some = lambda pool: pick.sample(pool,
	    min(len(pool), pick.choice((len(pool), len(pool),
	    max(1, len(pool) - 1), max(1, len(pool) // 2)))))
	entry = note(GOOD, some(signers))
	if pick.randrange(4) == 0:
		trust = note(text, some(roots) + signers)
	log = writer.Log(A.log_key, some(seers))
	return Case('', None, trust, log.file(entry, times={
	    key.key.name: NOW - pick.choice((0, 0, 60, 61)) for key in seers}),
	    args=pick.choice(([], ['--time', str(NOW), '--max-proof-age',
	    '60'])))


def rows(pick, most, form, width, ordered=True):
	"""Some lines of one key; mostly sorted, no two with the same first
	`width` fields, not too many."""
	made = [form() for _ in range(pick.choice((0, 0, 1, 2, 3, most)))]
	if ordered and pick.randrange(40):
		first = {tuple(row.split(' ')[1:1 + width]): row for row in made}
		made = sorted(first.values())
	return made[:most] if pick.randrange(40) else made + made[:1]


def made_up(pick):
	"""A release text from its table, with rare slips."""
	slip = lambda bad, good: bad if pick.randrange(80) == 0 else good
	digest = lambda: pick.choice((cases.H1, cases.H2, '%064x' %
	    pick.getrandbits(256)))
	name = lambda: slip('z' * 129, pick.choice(('a', 'a-b', 'a.b', 'a0',
	    'ab', 'a_b', 'aa', 'b', 'a/b', 'p0', 'p1', 'boot', 'z' * 127,
	    'z' * 128)))
	small = lambda low=0: slip(2**32, pick.choice((low, 1, 3, 7, 9,
	    2**32 - 1)))
	sequence = pick.choice((7, 7, 8, 2**32 - 1))
	own = writer.payload_row('main', FIRMWARE)
	parts = writer.release_parts(sequence=sequence)
	parts['floor'] = [] if pick.randrange(2) else \
	    [f'floor {slip(sequence + 1, pick.choice((0, 7, sequence)))}']
	parts['payload'] = [own] if pick.randrange(3) else rows(pick, 15,
	    lambda: f'payload {name()} {small()} {digest()}', 1)
	if own not in parts['payload']:
		parts['payload'] = sorted(parts['payload'] + [own])
	args = arguments(pick) if pick.randrange(2) else []
	if len(parts['payload']) > 1 and '--component' not in args:
		args += ['--component', 'main']
	known = [row.split(' ')[1] for row in parts['payload']]
	component = lambda: slip('ghost', pick.choice(known))
	parts['delta'] = rows(pick, 8, lambda: 'delta %s %s %d %s' % (
	    component(), digest(), small(), digest()), 2)
	low, high = sorted((small(), small()))
	parts['from'] = [] if pick.randrange(2) else [slip(
	    f'from {high} {low}', f'from {low} {high}')]
	parts['requires'] = rows(pick, 8,
	    lambda: f'requires {name()} {small()}', 1)
	parts['expires'] = [] if pick.randrange(2) else \
	    [f'expires {slip(0, pick.choice((1, NOW, NOW + 1)))}']
	parts['roster'] = rows(pick, 32,
	    lambda: f'roster {name()} {slip(0, small(1))}', 1)
	parts['source'] = rows(pick, 4, lambda: 'source %s %s %s %s' % (
	    'u' * slip(513, pick.choice((1, 5, 512))), name(),
	    digest()[:slip(39, pick.choice((40, 64)))], digest()), 4)
	parts['attest'] = rows(pick, 8, lambda: f'attest {name()} {digest()}', 2)
	parts['notes'] = pick.choice(([], [f'notes {digest()}']))
	parts['sign'] = rows(pick, 8, lambda: f'sign {name()} {component()}', 2)
	parts['extension'] = rows(pick, 8, lambda: 'x-' + name() + pick.choice(
	    ('', ' y', '  y z', ' ' + 'y' * slip(256, pick.choice((1, 100,
	    125))))), 1, False)
	text = join(parts)
	if pick.randrange(6) == 0:
		text = alter(pick, text)
	return Case('', None, TRUST, A.log.file(note(text, A.signers[1:])),
	    args=args)


def golden_cases():
	"""The lines of verdicts.txt: exit code, result, arguments of quorate
	verify."""
	if not os.path.exists(f'{GOLDEN}/verdicts.txt'):
		return
	read = lambda name: verify.read(f'{GOLDEN}/{name}')
	with open(f'{GOLDEN}/verdicts.txt', encoding='ascii') as file:
		verdicts = [line.split() for line in file]
	for i, (code, result, first, *rest) in enumerate(verdicts):
		files, hops, args = {}, [], []
		while rest:
			option, value = rest.pop(0), []
			if option not in ('--prefix', '--person'):
				value = [rest.pop(0)]
			if option == '--hop':
				hops.append(read(value[0]))
			elif option[2:] in ('release', 'trust', 'owner', 'endorsement'):
				files[option[2:]] = read(value[0])
			else:
				args += [option, *value]
		payload = read(first)
		if 'release' not in files:
			if os.path.exists(f'{GOLDEN}/{first}.release'):
				files['release'] = read(first + '.release')
			else:
				files['release'], payload = payload, None
		yield Case(f'golden {i + 1} {result}', code == '0', hops=hops,
		    args=args, payload=payload, **files)


def golden(pick):
	"""One file of a golden case, altered as it is."""
	case = pick.choice(GOLDENS)
	fields = [field for field in ('release', 'release', 'release', 'trust',
	    'payload', 'owner', 'endorsement') if getattr(case, field)]
	field = pick.choice(fields)
	changed = copy.copy(case)
	changed.ok = None
	setattr(changed, field, alter(pick, getattr(case, field)))
	return changed


# --- Texts of other kinds, by `quorate show` -------------------------------

class Shown:
	"""A bare text that both readers only parse."""

	def __init__(self, name, ok, text):
		self.name, self.ok, self.text = name, ok, text


KINDS = ('release', 'withdraw', 'trust', 'roster', 'objection', 'party',
    'owner')


def roster_parts(pick, count):
	parties = [(f'p{i}', POOLS[0][i]) for i in range(count)]
	rows, root = random_tree(pick, [name for name, _ in parties])
	serial = pick.choice((1, 1, 2))
	return {
		'head': ['quorate/roster@v1', 'authority example/firmware 1',
		    'signer fleet', f'serial {serial}', 'previous ' +
		    ('-' if serial == 1 else cases.H1), f'proposed {NOW}'],
		'key': [f'key {pick.choice(POOLS[1]).vkey}'],
		'party': [f'party {name} {key.vkey} {pick.choice(("CH", "-"))}'
		    for name, key in parties],
		'group': rows,
		'quorum': [f'quorum {root}'],
		'share': [f'share {name} {writer.b64(key.key.raw)}'
		    for name, key in parties],
		'ceremony': [f'ceremony {cases.H2}'],
	}


def other_text(pick):
	"""A text of a kind that devices do not see."""
	vkey = pick.choice(POOLS[0]).vkey
	kind = pick.choice(('roster', 'roster', 'objection', 'party', 'owner',
	    'any'))
	if kind == 'roster':
		text = join(roster_parts(pick, pick.choice((1, 2, 3, 6, 9))))
	elif kind == 'objection':
		text = (f'quorate/objection@v1\nauthority a/b 1\nabout\n'
		    f'proposed {NOW}\nrelease {cases.H1}\nreason it  calls '
		    f'{"r" * pick.choice((1, 246, 247))}\nx-a b\n').encode()
	elif kind == 'party':
		text = (f'quorate/party@v1\nname ann\nvkey {vkey}\nlabel CH\n'
		    f'contact ann at example\n').encode()
	elif kind == 'owner':
		count = pick.choice((1, 2, 3, 6))
		names = [f'o{i}' for i in range(count)]
		rows, root = random_tree(pick, names)
		text = '\n'.join(['quorate/owner@v1', 'name clinic', 'for a/b',
		    'revision 1', 'previous -', *(f'signer {name} {key.vkey} -'
		    for name, key in zip(names, POOLS[0])), *rows,
		    f'quorum {root}', 'about', f'proposed {NOW}', '']).encode()
	else:
		text = split(pick.choice(GOODS))[0]
	if pick.randrange(4):
		text = alter(pick, text)
	# Neither a note nor a text of a kind that is only shown.
	if b'\n\n' in text or text.partition(b'\n')[0:2] not in [
	    (b'quorate/%s@v1' % kind.encode(), b'\n') for kind in KINDS]:
		return other_text(pick)
	return Shown('', None, text)


MAKERS = [raw_bytes, raw_bytes, spliced, release_text, release_text,
    release_text, signature_block, proof_head, proof_random, checkpoint_text,
    checkpoint_lines, trust_text, trust_text, trust_text, hop_text, hop_text,
    trees, trees, trees, made_up, made_up, made_up, golden, golden,
    other_text, other_text, other_text]

# --- Two readers -----------------------------------------------------------


def parsed(text):
	try:
		return 0, verify.parse_text(text).kind
	except verify.Refused as error:
		return 1, str(error)


class Readers:
	"""Shows cases to both; counts; keeps what divides them."""

	def __init__(self, program):
		self.program = program
		self.counts = collections.Counter()
		self.divided = 0

	def other(self, argv):
		"""Exit code and line of the C program."""
		done = subprocess.run([self.program, *argv],
		    stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
		    stderr=subprocess.STDOUT, timeout=60, check=False)
		return done.returncode, done.stdout.decode('latin-1').strip()

	def show(self, many):
		"""many: (label, Case); a few at a time, both readers at once."""
		os.makedirs('work', exist_ok=True)
		folders = [f'work/{i}' for i in range(TOGETHER)]
		for folder in folders:
			os.makedirs(folder, exist_ok=True)
		with concurrent.futures.ThreadPoolExecutor(TOGETHER) as pool:
			waiting = collections.deque()
			for i, (label, case) in enumerate(many):
				folder = folders[i % TOGETHER]
				if len(waiting) == TOGETHER:
					self.compare(*waiting.popleft())
				argv, mine = self.ask(case, folder)
				other = pool.submit(self.other, argv)
				waiting.append((label, case, folder, argv, mine(), other))
			for row in waiting:
				self.compare(*row)

	@staticmethod
	def ask(case, folder):
		"""Arguments for the C program, and a call of the second reader."""
		if isinstance(case, Shown):
			path = f'{folder}/text'
			with open(path, 'wb') as file:
				file.write(case.text)
			return ['show', path], lambda: parsed(case.text)
		argv = cases.put(case, folder)
		return ['verify', *argv], lambda: verify.run(argv)

	def compare(self, label, case, folder, argv, mine, other):
		theirs = other.result()
		kind = label.split(' ')[0]
		self.counts[kind, mine[0] == 0] += 1
		# A file alone whose kind is no known one may be taken for a payload
		# whose release is not there.
		none = (1, 3) if getattr(case, 'payload', b'') is None else (1,)
		if mine[0] in (0, *none) and theirs[0] in (0, *none) and \
		    (mine[0] == 0) == (theirs[0] == 0) and \
		    case.ok in (None, mine[0] == 0):
			return
		self.divided += 1
		keep = f'differences/{self.divided:03}'
		shutil.copytree(folder, keep, dirs_exist_ok=True)
		report = f'{label}\nverify.py: {mine[0]} {mine[1]}\n' \
		    f'quorate:   {theirs[0]} {theirs[1]}\nexpected:  {case.ok}\n' \
		    f'arguments: {" ".join(argv).replace(folder + "/", "")}\n'
		with open(f'{keep}/report', 'w', encoding='utf-8') as file:
			file.write(report)
		print(f'--- {keep}: {report}', end='')


def random_cases(seed, count):
	for i in range(count):
		pick = random.Random(f'{seed}/{i}')
		maker = pick.choice(MAKERS)
		yield f'{maker.__name__} seed {seed}/{i}', maker(pick)


def main(argv):
	global GOODS, LINES, TRUST_TEXTS, EPOCH_2_FILE, POOLS, GOLDENS
	if len(argv) != 3 or not argv[1].isdigit() or not argv[2].isdigit():
		print('usage: mutate.py BIN SEED COUNT', file=sys.stderr)
		return 2
	GOODS, LINES = material()
	TRUST_TEXTS = [case.trust.partition(b'\n\n')[0] + b'\n'
	    for case in GOODS if len(case.trust) < 6000]
	EPOCH_2_FILE = A.log.file(note(cases.release_text(
	    authority='authority example/firmware 2'), A.signers[:2]))
	POOLS = [[Signer(f'{role}{i}.example/pool', kind) for i in range(9)]
	    for role, kind in (('s', 1), ('r', 1), ('w', 4))]
	GOLDENS = list(golden_cases())
	if not GOLDENS:
		MAKERS[:] = [maker for maker in MAKERS if maker != golden]
		print(f'SKIPPED: golden files, there is no {GOLDEN}')
	readers = Readers(os.path.join(argv[0], 'quorate'))
	readers.show(('cases ' + case.name, case) for case in cases.everything())
	readers.show((case.name, case) for case in GOLDENS)
	readers.show(random_cases(argv[1], int(argv[2])))
	kinds = sorted({kind for kind, _ in readers.counts})
	for kind in kinds:
		print(f'{kind:16} {readers.counts[kind, True]:6} accepted '
		    f'{readers.counts[kind, False]:6} refused')
	print(f'{sum(readers.counts.values())} files, '
	    f'{readers.divided} divide the readers')
	return 1 if readers.divided else 0


if __name__ == '__main__':
	sys.exit(main(sys.argv[1:]))
