# SPDX-License-Identifier: Apache-2.0
"""Named files with the verdict that docs/formats.md gives them.

Every wrong one breaks one rule and is signed by the right keys all the same,
so that no reader can refuse it for a cheaper reason. selftest.py holds
verify.py to the verdicts, mutate.py the C program.
"""

import hashlib
import itertools

import verify
import writer
from writer import NOW, Authority, FIRMWARE, Log, Signer, join, note, raw_line

H1, H2, H3 = '11' * 32, '22' * 32, '33' * 32
A = Authority()
STRANGER = Signer('stranger.example/key')


class Case:
	"""A verdict (ok) for a call. Every field but name and ok is bytes, or
	a list; args are those that name no file."""

	def __init__(self, name, ok, trust, release, hops=(), args=(),
	    payload=FIRMWARE, owner=None, endorsement=None):
		self.owner, self.endorsement = owner, endorsement
		self.name, self.ok, self.trust, self.release = \
		    name, ok, trust, release
		self.hops, self.args, self.payload = list(hops), list(args), payload


def lines(text):
	return text.split('\n') if text else []


def altered(parts, changes):
	"""Parts with some slots replaced; a change is lines in one string, with
	`=` for what stood there."""
	parts = dict(parts)
	for slot, change in changes.items():
		slot = slot.replace('_', '-')
		old = '\n'.join(parts[slot])
		parts[slot] = lines(change.replace('=', old, 1)
		    if change[:1] == '=' or change[-1:] == '=' else change)
	return parts


TRUST_TEXT = join(A.parts())
TRUST = note(TRUST_TEXT, A.everybody())
TRUST_ID = verify.sha256(TRUST_TEXT).hex()


def release_text(**changes):
	return join(altered(writer.release_parts(), changes))


def release(name, ok, /, args=(), firmware=FIRMWARE, **changes):
	return text_case(name, ok, release_text(**changes), args, firmware)


def text_case(name, ok, text, args=(), payload=FIRMWARE):
	entry = note(text, A.signers[:2])
	return Case(name, ok, TRUST, A.log.file(entry), args=args,
	    payload=payload)


GOOD = release_text()
GOOD_NOTE = note(GOOD, A.signers[:2])
GOOD_FILE = A.log.file(GOOD_NOTE)
GOOD_ID = verify.sha256(GOOD).hex()
GOOD_PROOF = A.log.proof(GOOD_NOTE)


def numbered(count, form, start=0):
	return '\n'.join(form % i for i in range(start, start + count))


def release_grammar():
	r = release
	yield r('baseline', True)
	for slot in ('kind', 'authority', 'product', 'version', 'sequence',
	    'payload', 'about', 'proposed'):
		yield r(f'no {slot}', False, **{slot: ''})
		yield r(f'{slot} twice', False,
		    **{slot: '=\n' + writer.release_parts()[slot][0]})
	for slot in ('floor', 'from'):
		yield r(f'no {slot}', True, **{slot: ''})
		yield r(f'{slot} twice', False,
		    **{slot: '=\n' + writer.release_parts()[slot][0]})
	full = dict(delta=f'delta main {H1} 5 {H2}', requires='requires a 0',
	    expires='expires 1', roster='roster a 1\nroster b 2',
	    source=f'source https://x.example/~g?a=%20 v1 {"a1" * 20} {H1}',
	    attest=f'attest slsa {H1}', notes=f'notes {H2}',
	    sign='sign mcuboot main', extension='x-a\nx-b some thing\nx-a')
	yield r('every line', True, **full)
	parts = altered(writer.release_parts(), full)
	slots = list(parts)
	for left, right in zip(slots[1:], slots[2:]):
		order = [right if s == left else left if s == right else s
		    for s in slots]
		yield text_case(f'{right} before {left}', False,
		    join({s: parts[s] for s in order}))
	for kind in ('quorate/release@v2', 'quorate/Release@v1',
	    'quorate/release', 'quorate/release@v1 x', 'quorate/releases@v1',
	    'quorate/objection@v1', 'quorate/release@v01'):
		yield r(f'kind {kind}', False, kind=kind)
	yield r('second about', False, proposed='=\nabout')
	yield r('second about at the end', False, extension='about')
	yield r('about with a field', False, about='about it')
	yield r('unknown line above about', False, expires='urgent 1')
	yield r('unknown line below about', False, sign='urgent 1')
	yield r('extension above about', False, expires='x-a b')
	yield r('extension before proposed', False, about='=\nx-a b')
	yield r('extension between', False, proposed='=\nx-a',
	    notes=f'notes {H1}')
	yield r('8 extensions', True, extension=numbered(8, 'x-%d'))
	yield r('9 extensions', False, extension=numbered(9, 'x-%d'))
	yield r('extension of 256', True, extension='x-a ' + 'y' * 252)
	yield r('extension of 257', False, extension='x-a ' + 'y' * 253)
	yield r('extension name of 128', True, extension='x-' + 'a' * 128)
	yield r('extension name of 129', False, extension='x-' + 'a' * 129)
	yield r('extension without a name', False, extension='x-')
	yield r('extension with a bad name', False, extension='x-A b')
	yield r('extension with a name ending in -', False, extension='x-a- b')
	yield r('extension X', False, extension='X-a b')
	yield r('extension with two spaces', True, extension='x-a  b')
	yield r('extension with a space at the end', False, extension='x-a b ')
	yield r('extension name with a space at the end', False,
	    extension='x-a ')
	yield r('extension with a path for a name', True, extension='x-a/b.c_d')
	for byte in (0, 1, 9, 13, 27, 127, 128, 0xc3, 255):
		for where, old in (('version', b'1.4'), ('extension', b'some')):
			text = join(parts).replace(old, old + bytes([byte]), 1)
			yield text_case(f'byte {byte} in {where}', False, text)
	yield text_case('CR LF', False, GOOD.replace(b'\n', b'\r\n'))
	yield text_case('no last LF', False, GOOD[:-1])
	yield text_case('leading empty line', False, b'\n' + GOOD)
	yield text_case('empty line within', False,
	    GOOD.replace(b'about', b'\nabout'))
	yield text_case('two LF at the end', False, GOOD + b'\n')
	yield text_case('leading space', False, b' ' + GOOD)
	yield text_case('byte order mark', False, b'\xef\xbb\xbf' + GOOD)
	for slot in ('authority', 'sequence', 'payload', 'about', 'proposed'):
		row = writer.release_parts()[slot][0]
		yield r(f'{slot}: space at the end', False, **{slot: row + ' '})
		yield r(f'{slot}: space at the start', False, **{slot: ' ' + row})
		yield r(f'{slot}: two spaces', False,
		    **{slot: row.replace(' ', '  ', 1) if ' ' in row else 'about  x'})
		yield r(f'{slot}: one more field', False, **{slot: row + ' 1'})
		yield r(f'{slot}: one field less', False,
		    **{slot: row.rpartition(' ')[0] or 'about 1'})
		yield r(f'{slot}: key in capitals', False, **{slot: row.upper()})
	yield r('key alone', False, version='version')


def release_fields():
	r = release
	for spelling, ok in (('1', True), ('4294967295', True), ('0', False),
	    ('4294967296', False), ('07', False), ('+7', False), ('-7', False),
	    ('7.', False), ('0x7', False), ('18446744073709551623', False),
	    ('7' * 40, False), ('1e1', False), ('00', False)):
		yield r(f'sequence {spelling}', ok, sequence='sequence ' + spelling,
		    floor='')
	for spelling, ok in (('0', True), ('7', True), ('8', False),
	    ('00', False), ('07', False), ('4294967296', False),
	    ('4294967303', False)):
		yield r(f'floor {spelling}', ok, floor='floor ' + spelling)
	for spelling, ok in (('0', True), ('9007199254740991', True),
	    ('9007199254740992', False), ('01', False), ('', False),
	    ('18446744073709551616', False), ('99999999999999999', False)):
		yield r(f'proposed {spelling}', ok, proposed='proposed ' + spelling)
		yield r(f'delta size {spelling}', ok,
		    delta=f'delta main {H1} {spelling} {H2}')
	for spelling, ok in (('0', False), ('1', True),
	    ('9007199254740991', True), ('9007199254740992', False)):
		yield r(f'expires {spelling}', ok, expires='expires ' + spelling)
	for name, ok in (('a', True), ('0', True), ('7', True), ('a' * 128, True),
	    ('a' * 129, False), ('a-', False), ('-a', False), ('a.', False),
	    ('.a', False), ('a/', False), ('_a', False), ('A', False),
	    ('a+b', False), ('a..//--__b', True), ('a:b', False),
	    ('none', True), ('all', True), ('x@y', False), ('a\u00e9', False)):
		text = release_text().replace(b'product thermostat',
		    b'product ' + name.encode('latin-1'))
		yield text_case(f'product {name}', ok, text)
	for version, ok in (('~' * 128, True), ('v' * 129, False), ('!', True),
	    ('a b', False), ('-', True)):
		yield r(f'version {version}', ok, version='version ' + version)
	two = writer.payload_row('main', FIRMWARE)
	main = ['--component', 'main']
	rows = ['payload p%02d 1 %s' % (i, H1) for i in range(16)]
	yield r('16 payloads', True, main, payload='\n'.join([two] + rows[:15]))
	yield r('17 payloads', False, main, payload='\n'.join([two] + rows))
	yield r('several payloads, none wanted', False,
	    payload='\n'.join([two, rows[0]]))
	yield r('component without a payload', False, ['--component', 'mai'])
	yield r('component wanted', True, main)
	yield r('payloads unsorted', False, main,
	    payload='\n'.join([rows[0], two]))
	yield r('one payload line twice', False, main, payload='\n'.join([two, two]))
	yield r('payloads of one name', False, main,
	    payload='\n'.join(sorted([two, f'payload main 2 {H1}'])))
	yield r('payload names with a common beginning', True, main,
	    payload='\n'.join([two, f'payload main-b 5 {H1}',
	    f'payload main.a 5 {H1}', f'payload main0 5 {H1}',
	    f'payload main_a 5 {H1}', f'payload maina 5 {H1}']))
	yield r('payload names sorted as names only', False, main,
	    payload='\n'.join([two, f'payload main0 5 {H1}',
	    f'payload main-b 5 {H1}']))
	for size, ok in (('0', True), ('9007199254740991', True),
	    ('9007199254740992', False), ('007', False)):
		yield r(f'other payload of size {size}', ok, main,
		    payload=f'{two}\npayload p {size} {H1}')
	for digest in (H1[:-1], H1 + '1', H1[:-1] + 'g', 'AB' * 32, '-', ''):
		yield r(f'other payload with digest {digest}', False, main,
		    payload=f'{two}\npayload p 1 {digest}'.rstrip())
	d = 'delta main %s 5 %s'
	yield r('8 deltas', True,
	    delta='\n'.join(d % ('%064x' % i, H1) for i in range(8)))
	yield r('9 deltas', False,
	    delta='\n'.join(d % ('%064x' % i, H1) for i in range(9)))
	yield r('deltas unsorted', False,
	    delta='\n'.join([d % (H2, H1), d % (H1, H1)]))
	yield r('deltas of one base', False,
	    delta='\n'.join([d % (H1, H1), d % (H1, H2)]))
	yield r('delta without payload', False, delta=f'delta man {H1} 5 {H1}')
	for numbers, ok in (('0 0', True), ('7 7', True), ('7 6', False),
	    ('0 4294967295', True), ('0 4294967296', False), ('1', False),
	    ('1 2 3', False), ('01 2', False)):
		yield r(f'from {numbers}', ok, **{'from': 'from ' + numbers})
	yield r('8 requires', True, requires=numbered(8, 'requires p%d 1'))
	yield r('9 requires', False, requires=numbered(9, 'requires p%d 1'))
	yield r('requires unsorted', False, requires='requires b 1\nrequires a 1')
	yield r('requires one product twice', False,
	    requires='requires a 1\nrequires a 2')
	yield r('requires own product', True, requires='requires thermostat 1')
	yield r('requires -1', False, requires='requires a -1')
	yield r('32 rosters', True, roster='\n'.join(
	    'roster p%02d 1' % i for i in range(32)))
	yield r('33 rosters', False, roster='\n'.join(
	    'roster p%02d 1' % i for i in range(33)))
	yield r('roster twice', False, roster='roster a 1\nroster a 2')
	yield r('rosters unsorted', False, roster='roster b 1\nroster a 1')
	yield r('roster serial 0', False, roster='roster a 0')
	s = 'source %s v1 %s %s'
	yield r('4 sources', True, source='\n'.join(
	    s % (f'u{i}', 'a' * 40, H1) for i in range(4)))
	yield r('5 sources', False, source='\n'.join(
	    s % (f'u{i}', 'a' * 40, H1) for i in range(5)))
	yield r('sources of one URL', True, source='\n'.join(
	    s % ('u', c * 40, H1) for c in 'ab'))
	yield r('sources unsorted', False, source='\n'.join(
	    s % ('u', c * 40, H1) for c in 'ba'))
	yield r('source twice', False, source='\n'.join(
	    s % ('u', c * 40, H1) for c in 'aa'))
	for commit, ok in (('a' * 40, True), ('0' * 64, True), ('a' * 39, False),
	    ('a' * 41, False), ('A' * 40, False), ('a' * 63, False)):
		yield r(f'commit of {commit}', ok, source=s % ('u', commit, H1))
	yield r('URL of 512', True, source=s % ('u' * 512, 'a' * 40, H1))
	yield r('URL of 513', False, source=s % ('u' * 513, 'a' * 40, H1))
	yield r('ref of 129', False, source=s.replace('v1', 'v' * 129) %
	    ('u', 'a' * 40, H1))
	yield r('attests of one type', True,
	    attest=f'attest a {H1}\nattest a {H2}')
	yield r('attests unsorted', False,
	    attest=f'attest a {H2}\nattest a {H1}')
	yield r('9 attests', False, attest=numbered(9, f'attest a%d {H1}'))
	yield r('notes twice', False, notes=f'notes {H1}\nnotes {H2}')
	yield r('sign of no payload', False, sign='sign mcuboot boot')
	yield r('signs of one purpose', False, sign='sign a main\nsign a main')
	yield r('signs', True, sign='sign a main\nsign b main')
	yield r('signs unsorted', False, sign='sign b main\nsign a main')
	yield r('9 signs', False, sign=numbered(9, 'sign p%d main'))


def decision():
	def good(name, ok, /, *args, firmware=FIRMWARE, **changes):
		return release(name, ok, list(args), firmware, **changes)
	yield good('other authority', False, authority='authority example 1')
	yield good('other epoch', False, authority='authority example/firmware 2')
	for floor, ok in ((0, True), (7, True), (8, False), (2**32 - 1, False)):
		yield good(f'--floor {floor}', ok, '--floor', str(floor))
	for given, ok in (('3', True), ('2', False), ('9', False), ('10', False),
	    ('7', False), (f'7:{GOOD_ID}', True), (f'7:{H1}', False),
	    (f'6:{GOOD_ID}', True), (f'8:{H1}', False), ('8', False),
	    ('0', False), (f'2:{GOOD_ID}', False)):
		yield good(f'--installed {given}', ok, '--installed', given)
	yield good('installed 0, no from', True, '--installed', '0', **{'from': ''})
	down = dict(version='version 1', **{'from': ''})
	for floor, ok in (([], False), (['7'], True), (['8'], False)):
		yield good(f'installed 9, floor {floor}', ok, '--installed', '9',
		    *['--floor'][:len(floor)], *floor, **down)
	yield good('installed 9 and floor 0, within from', True, '--installed',
	    '9', '--floor', '0')
	yield good('another text of 7, floor 0', False, '--installed',
	    f'7:{H1}', '--floor', '0')
	r = {'requires': 'requires boot 4\nrequires radio 0'}
	have = lambda *pairs: [x for p in pairs for x in ('--have', p)]
	yield good('requires, not installed', True, **r)
	yield good('requires, nothing known', False, '--installed', '5', **r)
	yield good('requires, half known', False, '--installed', '5',
	    *have('boot=4'), **r)
	yield good('requires, all known', True, '--installed', '5',
	    *have('boot=4', 'radio=0'), **r)
	yield good('requires, one too low', False, '--installed', '5',
	    *have('boot=3', 'radio=0'), **r)
	r = {'requires': 'requires thermostat 5'}
	yield good('requires itself', True, '--installed', '5', **r)
	yield good('requires itself later', False, '--installed', '4', **r)
	for at, ok in ((NOW - 1100, True), (NOW - 1101, False)):
		yield good(f'proposed at {NOW - 500}, time {at}', ok, '--time',
		    str(at))
	for at, ok in ((NOW - 86400, True), (NOW - 86401, False)):
		yield good(f'proposed 0, time {at}', ok, '--time', str(at),
		    proposed='proposed 0')
	for age, at, ok in ((0, 1, False), (60, NOW + 60, True),
	    (60, NOW + 61, False),
	    (60, NOW - 5, True), (0, 2**53 - 1, True), (0, 0, True),
	    (1, 0, True)):
		yield good(f'time {at}, proof age {age}', ok, '--time', str(at),
		    '--max-proof-age', str(age))
	for at, ok in ((NOW - 1, True), (NOW, False), (NOW + 1, False),
	    (0, True)):
		yield good(f'expires at {NOW}, time {at}', ok, '--time', str(at),
		    expires=f'expires {NOW}')
	yield good('payload longer', False, firmware=FIRMWARE + b'\0')
	yield good('payload longer, --prefix', True, '--prefix',
	    firmware=FIRMWARE + b'\0')
	yield good('payload shorter', False, firmware=FIRMWARE[:-1])
	yield good('payload shorter, --prefix', False, '--prefix',
	    firmware=FIRMWARE[:-1])
	yield good('payload altered', False, firmware=b'\0' + FIRMWARE[1:])
	yield good('payload altered, --prefix', False, '--prefix',
	    firmware=FIRMWARE[:-1] + b'\0\0')
	yield good('payload empty', False, firmware=b'')
	empty = writer.payload_row('main', b'')
	nothing = A.log.file(note(release_text(payload=empty), A.signers[:2]))
	yield Case('payload of size 0', True, TRUST, nothing, payload=b'')
	yield Case('payload of size 0, but a file', False, TRUST, nothing)
	yield Case('payload of size 0, --prefix', True, TRUST, nothing,
	    args=['--prefix'])
	yield good('trust id', True, '--trust-id', TRUST_ID)
	yield good('other trust id', False, '--trust-id', H1)


def signed(name, ok, block):
	"""The good text with a block of signature lines."""
	return Case(name, ok, TRUST, A.log.file(GOOD + b'\n' + block))


def flipped(line, at=-8):
	"""A signature line with one bit of its signature turned."""
	head, _, data = line[:-1].rpartition(b' ')
	data = bytearray(verify.unbase64(data, 5, 4096))
	data[at] ^= 1
	return head + b' ' + writer.b64(bytes(data)).encode() + b'\n'


def signature_lines():
	s = [signer.line(GOOD) for signer in A.signers]
	two = s[0] + s[1]
	other = STRANGER.line(GOOD)
	yield signed('three signers', True, s[0] + s[1] + s[2])
	yield signed('another order', True, s[2] + s[0])
	yield signed('one signer', False, s[0])
	yield signed('one signer twice', False, s[0] + s[0])
	yield signed('a third line twice', False, two + s[1])
	yield signed('a stranger', True, two + other)
	yield signed('a stranger first', True, other + two)
	yield signed('a stranger twice', True, two + other + other)
	yield signed('a stranger with a bad signature', True,
	    two + flipped(other))
	yield signed('one signer and a stranger', False, s[0] + other)
	yield signed('a known bad line beside enough', False,
	    two + flipped(s[2]))
	yield signed('R altered', False, s[0] + flipped(s[1], 10))
	yield signed('a root signs', True, two + A.roots[0].line(GOOD))
	yield signed('a root signs wrongly', True,
	    two + flipped(A.roots[0].line(GOOD)))
	yield signed('signers replaced by roots', False,
	    b''.join(root.line(GOOD) for root in A.roots))
	c = A.signers[2]
	yield signed('known name, other id', True,
	    two + raw_line(c.key.name, b'\1\2\3\4' + c.sign(GOOD)))
	yield signed('known id, other name', True,
	    two + raw_line('other', c.key.id + c.sign(GOOD)))
	yield signed('signature over the note, not the text', False,
	    s[0] + A.signers[1].line(GOOD + b'\n'))
	yield signed('signature over the text without its LF', False,
	    s[0] + A.signers[1].line(GOOD[:-1]))
	for name, data in (('short', c.sign(GOOD)[:63]),
	    ('long', c.sign(GOOD) + b'\0'), ('one byte', b'\0'),
	    ('timed', bytes(8) + c.sign(GOOD))):
		yield signed(f'known pair, {name}', False,
		    two + raw_line(c.key.name, c.key.id + data))
	for size, ok in ((4, False), (5, True), (68, True), (4096, True),
	    (4097, False)):
		yield signed(f'unknown line of {size} bytes', ok,
		    two + raw_line('u', bytes(range(1, 5)) + bytes(size - 4)))
	for name, ok in (('u' * 128, True), ('u' * 129, False), ('U~!', True),
	    ('a+b', False), ('a b', False), ('', False), ('\u00e9', False),
	    ('a\tb', False), ('quorate/x', True)):
		yield signed(f'unknown line by {name!r}', ok,
		    two + raw_line(name, bytes(68)))
	u = raw_line('u', bytes(68))
	for name, line in (('hyphen', u.replace(b'\xe2\x80\x94', b'-')),
	    ('en dash', u.replace(b'\x94', b'\x93')),
	    ('no space', u.replace(b' ', b'', 1)),
	    ('two spaces', u.replace(b' ', b'  ', 1)),
	    ('two spaces within', u.replace(b'u ', b'u  ')),
	    ('a space at the end', u[:-1] + b' \n'),
	    ('CR', u[:-1] + b'\r\n'),
	    ('a third field', u[:-1] + b' x\n'),
	    ('no base64', b'\xe2\x80\x94 u\n'),
	    ('an empty field', b'\xe2\x80\x94 u \n'),
	    ('no padding', u.replace(b'=', b'')),
	    ('one padding too many', u.replace(b'=', b'==')),
	    ('unused bits', u.replace(b'A=', b'B=')),
	    ('URL alphabet', raw_line('u', b'\xff' * 68).replace(b'/', b'_')),
	    ('a blank in base64', u[:20] + b' ' + u[20:]),
	    ('a text line', b'x-a b\n')):
		yield signed(f'unknown line with {name}', False, two + line)
		yield signed(f'unknown first line with {name}', False, line + two)
	last = bytes([s[1][-3] + 1])
	yield signed('known line with unused bits', False,
	    s[0] + s[1][:-3] + last + s[1][-2:])
	yield signed('264 lines', True, two + u * 262)
	yield signed('265 lines', False, two + u * 263)
	yield signed('no line', False, b'')
	yield signed('lines with an empty one within', False, s[0] + b'\n' + s[1])
	big = raw_line('u', bytes(4096))
	room = 61440 - len(GOOD + b'\n' + two)
	fill = big * (room // len(big) - 1)
	for over in (0, 1):
		yield signed(f'note of {61440 + over}', over == 0, two + fill +
		    filler(room - len(fill) + over))


def filler(size):
	"""Unknown signature lines of exactly size bytes, some hundreds."""
	block = b''
	while size > 1000:
		block += raw_line('fill', bytes(300))
		size -= len(raw_line('fill', bytes(300)))
	while size > 300:
		block += raw_line('fill', bytes(68))
		size -= len(raw_line('fill', bytes(68)))
	half = size // 2
	for part in (half, size - half):
		for data in (60, 63, 66, 69, 72, 90):
			rest = part - len(raw_line('', bytes(data)))
			if 1 <= rest <= 128:
				block += raw_line('f' * rest, bytes(data))
				break
		else:
			raise AssertionError(part)
	return block


def proven(name, ok, proof, args=()):
	return Case(name, ok, TRUST, GOOD_NOTE + b'\n' + proof, args=args)


TREE = A.log.tree(GOOD_NOTE)
ROOT = writer.merkle_root(TREE)
PATH = writer.merkle_path(4, TREE)
CHECKPOINT_TEXT = writer.checkpoint_text(A.log_key.key.name, 7, ROOT)


def checkpointed(name, ok, checkpoint, index=4, path=tuple(PATH), args=()):
	return proven(name, ok, writer.proof(index, path, checkpoint), args)


def proofs():
	cp = A.log.checkpoint(CHECKPOINT_TEXT)
	good = writer.proof(4, PATH, cp)
	assert good == GOOD_PROOF
	yield proven('proof', True, good)
	yield Case('note alone', False, TRUST, GOOD_NOTE)
	yield Case('note alone with a person', False, TRUST, GOOD_NOTE,
	    args=['--person'])
	yield proven('note and an empty line', False, b'')
	yield proven('two empty lines', False, b'\n' + good)
	yield proven('a byte after', False, good + b'\n')
	yield proven('a line after', False, good + A.log_key.line(GOOD) + b'x')
	yield proven('proof without its last LF', False, good[:-1])
	yield proven('proof twice', False, good + b'\n' + good)
	for old, new in (('tlog-proof@v1', 'tlog-proof@v2'),
	    ('c2sp.org/', 'C2SP.org/'), ('@v1\n', '@v1 \n'),
	    ('@v1\n', '@v1\r\n'), ('@v1\n', '@v1\nextra AA==\n'),
	    ('index 4', 'index 04'), ('index 4', 'index +4'),
	    ('index 4', 'index  4'), ('index 4', 'index 4 '),
	    ('index 4', 'Index 4'), ('index 4\n', ''), ('index 4', 'index'),
	    ('index 4', 'index 3'), ('index 4', 'index 5'),
	    ('index 4', 'index 6'), ('index 4', 'index 7'),
	    ('index 4', 'index 18446744073709551620'),
	    ('index 4', 'index 4294967300'), ('index 4', 'index -1'),
	    ('index 4', 'index 9007199254740992'), ('index 4', 'index 0'),
	    ('index 4\n', 'index 4\nindex 4\n')):
		changed = good.replace(old.encode(), new.encode(), 1)
		assert changed != good
		yield proven(f'{old!r} for {new!r}', False, changed)
	c = checkpointed
	yield c('path too short', False, cp, path=PATH[:-1])
	yield c('path too long', False, cp, path=PATH + [PATH[0]])
	yield c('path swapped', False, cp, path=[PATH[1], PATH[0], *PATH[2:]])
	yield c('path empty', False, cp, path=[])
	yield c('54 path lines', False, cp, path=[PATH[0]] * 54)
	yield c('path line of 31', False, cp, path=[PATH[0][:31], *PATH[1:]])
	yield c('path line of 33', False, cp, path=[PATH[0] + b'x', *PATH[1:]])
	first = writer.b64(PATH[0]).encode()
	for name, line in (('without padding', first[:-1]),
	    ('with a space', first + b' '), ('with CR', first + b'\r'),
	    ('with unused bits', first[:-2] + bytes([first[-2] + 1]) + b'=')):
		yield proven(f'path line {name}', False,
		    good.replace(first, line, 1))
	leaf = verify.leaf_hash(GOOD_NOTE)
	for index, size in ((0, 1), (0, 2), (1, 2), (2, 3), (0, 2**53 - 1),
	    (2**53 - 2, 2**53 - 1), (2**52 - 1, 2**53 - 1), (2**31, 2**32),
	    (2**32 + 5, 2**40 + 17)):
		for extra in (0, 1, -1):
			siblings = path_length(index, size) + extra
			if siblings < 0:
				continue
			path = [verify.sha256(b'%d' % i) for i in range(siblings)]
			root = lenient_root(leaf, index, size, path)
			text = writer.checkpoint_text(A.log_key.key.name, size, root)
			yield c(f'index {index} of {size}, path {extra:+}',
			    extra == 0, A.log.checkpoint(text), index, path)
	over = path_length(0, 2**53)
	path = [verify.sha256(b'%d' % i) for i in range(over)]
	yield c('size 2^53', False, A.log.checkpoint(writer.checkpoint_text(
	    A.log_key.key.name, 2**53, lenient_root(leaf, 0, 2**53, path))),
	    0, path)
	yield c('index is the size', False, A.log.checkpoint(
	    writer.checkpoint_text(A.log_key.key.name, 1, leaf)), 1, [])
	yield c('size 0', False, A.log.checkpoint(writer.checkpoint_text(
	    A.log_key.key.name, 0, leaf)), 0, [])
	plain = writer.merkle_root([verify.sha256(GOOD_NOTE)])
	yield c('leaf without 0x00', False, A.log.checkpoint(
	    writer.checkpoint_text(A.log_key.key.name, 1, plain)), 0, [])
	text_leaf = verify.leaf_hash(GOOD)
	yield c('leaf of the text', False, A.log.checkpoint(
	    writer.checkpoint_text(A.log_key.key.name, 1, text_leaf)), 0, [])
	long_leaf = verify.leaf_hash(GOOD_NOTE + b'\n')
	yield c('leaf with the LF', False, A.log.checkpoint(
	    writer.checkpoint_text(A.log_key.key.name, 1, long_leaf)), 0, [])


def path_length(index, size):
	"""Length of an inclusion path by RFC 6962's recursion."""
	length = 0
	while size > 1:
		k = 1 << (size - 1).bit_length() - 1
		index, size = (index, k) if index < k else (index - k, size - k)
		length += 1
	return length


def lenient_root(leaf, index, size, path):
	"""The root of a path by RFC 6962's recursion, however long it is."""
	if size <= 1 or not path:
		for sibling in path:
			leaf = verify.node_hash(leaf, sibling)
		return leaf
	k = 1 << (size - 1).bit_length() - 1
	if index < k:
		return verify.node_hash(
		    lenient_root(leaf, index, k, path[:-1]), path[-1])
	return verify.node_hash(path[-1],
	    lenient_root(leaf, index - k, size - k, path[:-1]))


def checkpoints():
	c, text = checkpointed, CHECKPOINT_TEXT
	log, (w1, w2, w3), m = A.log_key, A.witnesses, A.mirror
	two = [w1, w2, m]

	def by(signers, text=text, extra=b'', head=b''):
		return text + b'\n' + head + b''.join(
		    signer.line(text) for signer in signers) + extra
	yield c('two witnesses and the mirror', True, by([log, *two]))
	yield c('lines in another order', True, by([m, w2, log, w1]))
	yield c('no log line', False, by(two))
	yield c('no mirror', False, by([log, w1, w2, w3]))
	yield c('one witness and the mirror', False, by([log, w1, m]))
	yield c('log alone', False, by([log]))
	yield c('log twice', False, by([log, log, *two]))
	yield c('witness twice', False, by([log, w1, *two]))
	yield c('witness twice at two times', False,
	    by([log, *two], extra=w1.line(text, NOW + 1)))
	yield c('bad log line', False, by(two, head=flipped(log.line(text))))
	yield c('bad witness line beside enough', False,
	    by([log, *two], extra=flipped(w3.line(text))))
	yield c('witness time altered', False,
	    by([log, *two], extra=flipped(w3.line(text), 11)))
	for time, ok in ((0, False), (1, True), (2**53 - 1, True),
	    (2**53, False), (2**63, False)):
		yield c(f'witness at {time}', ok,
		    by([log, w1, w2, m], extra=w3.line(text, time)))
	plain = Signer(w3.key.name, 4)
	yield c('witness line without a time', False, by([log, *two], extra=
	    raw_line(w3.key.name, w3.key.id + plain.sign(text))))
	yield c('log line with a time', False, by(two, extra=raw_line(
	    log.key.name, log.key.id + bytes(8) + log.sign(text))))
	yield c('stranger', True, by([log, *two, STRANGER]))
	yield c('strange witness', True, by([log, *two, Signer('s.example', 4)]))
	yield c('strange witness twice', True,
	    by([log, *two] + [Signer('s.example', 4)] * 2))
	yield c('strange witness for a missing one', False,
	    by([log, w1, m, Signer('s.example', 4)]))
	yield c('64 lines', True, by([log, *two],
	    extra=raw_line('u', bytes(68)) * 60))
	yield c('65 lines', False, by([log, *two],
	    extra=raw_line('u', bytes(68)) * 61))
	yield c('unknown line of 4096', True,
	    by([log, *two], extra=raw_line('u', bytes(4096))))
	yield c('unknown line of 4097', False,
	    by([log, *two], extra=raw_line('u', bytes(4097))))
	yield c('no line at all', False, text + b'\n')
	yield c('checkpoint text alone', False, text)
	yield c('log by a signer', False, by([A.signers[0], *two]))
	times = lambda *t: by([log], extra=b''.join(
	    signer.line(text, time) for signer, time in
	    zip((w1, w2, w3, m), t)))
	late = ['--time', str(NOW), '--max-proof-age', '100']
	for t, ok in (((NOW, NOW, NOW, NOW), True),
	    ((NOW, NOW, 1, NOW), True), ((NOW, 1, 1, NOW), False),
	    ((NOW, NOW, NOW, 1), False), ((NOW - 100,) * 4, True),
	    ((NOW - 101,) * 4, False),
	    ((NOW - 100, NOW - 101, NOW, NOW - 100), True),
	    ((NOW - 101, NOW - 101, NOW, NOW - 100), False),
	    ((NOW + 99999, NOW + 99999, NOW, NOW), True),
	    ((NOW + 99999, NOW + 99999, NOW, NOW + 99999), False)):
		yield c(f'proof time of {t}', ok, times(*t), args=late)
	name, root = A.log_key.key.name, writer.b64(ROOT)
	for label, other in (
	    ('extension line', f'{name}\n7\n{root}\nx\n'),
	    ('two lines', f'{name}\n7\n'), ('size 07', f'{name}\n07\n{root}\n'),
	    ('size 9', f'{name}\n9\n{root}\n'),
	    ('size 6', f'{name}\n6\n{root}\n'),
	    ('size -7', f'{name}\n-7\n{root}\n'),
	    ('size +7', f'{name}\n+7\n{root}\n'),
	    ('size with space', f'{name}\n7 \n{root}\n'),
	    ('root of 31', f'{name}\n7\n{writer.b64(ROOT[:31])}\n'),
	    ('root of 33', f'{name}\n7\n{writer.b64(ROOT + b"x")}\n'),
	    ('other root', f'{name}\n7\n{writer.b64(ROOT[::-1])}\n'),
	    ('root with unused bits', f'{name}\n7\n{root[:-2]}' +
	    chr(ord(root[-2]) + 1) + '=\n'),
	    ('root without padding', f'{name}\n7\n{root[:-1]}\n'),
	    ('other origin', f'{name}x\n7\n{root}\n'),
	    ('CR', f'{name}\r\n7\r\n{root}\r\n'),
	    ('origin with a space', f'{name} x\n7\n{root}\n'),
	    ('empty origin', f'\n7\n{root}\n'),
	    ('origin with +', f'{name}+\n7\n{root}\n')):
		yield c(f'checkpoint with {label}', False,
		    by([log, *two], other.encode()))
	yield c('a size whose path looks the same', True,
	    by([log, *two], f'{name}\n8\n{root}\n'.encode()))
	note_of = CHECKPOINT_TEXT.replace(b'\n', b'\n\n', 1)
	yield c('checkpoint with an early empty line', False,
	    by([log, *two], note_of))
	other = A.log_key.line(CHECKPOINT_TEXT.replace(b'7', b'8'))
	yield c('log line of another checkpoint', False, by(two, head=other))


def withdraws():
	def w(name, ok, /, args=(), signers=A.signers[:2], **changes):
		text = join(altered(writer.withdraw_parts(), changes))
		return Case('withdraw: ' + name, ok, TRUST,
		    A.log.file(note(text, signers)), args=args, payload=None)
	yield w('baseline', True)
	yield w('one signer', False, signers=A.signers[:1])
	for slot in writer.withdraw_parts():
		if slot in ('roster', 'release', 'extension'):
			yield w(f'no {slot}', True, **{slot: ''})
			continue
		yield w(f'no {slot}', False, **{slot: ''})
		yield w(f'{slot} twice', False,
		    **{slot: '=\n' + writer.withdraw_parts()[slot][0]})
	yield w('floor 0', True, floor='floor 0')
	yield w('other authority', False, authority='authority other 1')
	yield w('other epoch', False, authority='authority example/firmware 3')
	yield w('8 releases', True, release=numbered(8, 'release %064x'))
	yield w('9 releases', False, release=numbered(9, 'release %064x'))
	yield w('releases unsorted', False,
	    release=f'release {H2}\nrelease {H1}')
	yield w('release twice', False, release=f'release {H1}\nrelease {H1}')
	yield w('reason of 256', True, reason='reason ' + 'r' * 256)
	yield w('reason of 257', False, reason='reason ' + 'r' * 257)
	yield w('reason with two spaces within', True, reason='reason a  b')
	yield w('reason empty', False, reason='reason')
	yield w('extension', True, extension='x-a b')
	yield w('old proof', False, ['--time', str(NOW + 61), '--max-proof-age',
	    '60'])
	yield w('young proof', True, ['--time', str(NOW + 60),
	    '--max-proof-age', '60'])
	yield w('sequence line', False, floor='=\nsequence 4')
	yield Case('withdraw: with a payload', False, TRUST, A.log.file(note(
	    join(writer.withdraw_parts()), A.signers[:2])))
	objection = '\n'.join(['quorate/objection@v1',
	    'authority example/firmware 1', 'about', f'proposed {NOW}',
	    f'release {H1}', 'reason none', '']).encode()
	yield Case('objection', False, TRUST,
	    A.log.file(note(objection, A.signers)))
	yield Case('objection alone', False, TRUST,
	    A.log.file(note(objection, A.signers)), payload=None)
	yield Case('release alone', True, TRUST, GOOD_FILE, payload=None)
	yield Case('trust alone', False, TRUST,
	    A.log.file(Next().note(A.roots)), payload=None)


def trusting(name, ok, /, args=(), signers=None, text=None, **changes):
	"""A trust text of revision 1 with the good release below it."""
	text = text or join(altered(A.parts(), changes))
	signers = A.everybody() if signers is None else signers
	return Case('trust: ' + name, ok, note(text, signers), GOOD_FILE,
	    args=args)


def leaves(form, keys, count, kind=1):
	"""Lines of `count` leaves with keys of their own."""
	return '\n'.join(form % (i, Signer(f'{keys}{i}.example', kind).vkey)
	    for i in range(count))


def trust_grammar():
	t = trusting
	yield t('baseline', True)
	for slot in ('kind', 'name', 'epoch', 'revision', 'previous', 'signer',
	    'quorum', 'root', 'root-quorum', 'log', 'witness', 'witness-quorum',
	    'group', 'root-group', 'witness-group', 'about', 'proposed'):
		yield t(f'no {slot}', False, **{slot: ''})
	for slot in ('recover', 'text-max'):
		yield t(f'no {slot}', True, **{slot: ''})
	parts = altered(A.parts(), {'shared': 'shared c'})
	slots = list(parts)
	yield t('shared', True, shared='shared c')
	for left, right in zip(slots[1:], slots[2:]):
		if not (parts[left] and parts[right]) or \
		    {left, right} == {'witness-group', 'mirror'}:
			continue
		order = [right if s == left else left if s == right else s
		    for s in slots]
		yield t(f'{right} before {left}', False,
		    text=join({s: parts[s] for s in order}))
	for slot in slots:
		if slot.endswith('group') or not parts[slot]:
			continue
		yield t(f'{slot} twice', False,
		    **{slot: parts[slot][0] + '\n='})
	yield t('epoch 2 in revision 1', False, epoch='epoch 2')
	yield Case('trust: epoch 2 in revision 1, its release', False, note(
	    join(altered(A.parts(), dict(epoch='epoch 2'))), A.everybody()),
	    A.log.file(note(release_text(
	    authority='authority example/firmware 2'), A.signers)))
	yield t('previous in revision 1', False, previous=f'previous {H1}')
	yield t('no previous in revision 2', False, revision='revision 2')
	yield t('revision 0', False, revision='revision 0')
	yield t('other name', False, name='name other')
	yield t('signed by no signer', False, signers=A.roots)
	yield t('signed by some signers', False,
	    signers=A.roots + A.signers[:2])
	yield t('signed by two roots', True, signers=A.roots[:2] + A.signers)
	yield t('signed by one root', False, signers=A.roots[:1] + A.signers)
	yield t('signed twice', False, signers=A.everybody() + A.roots[:1])
	yield t('signed by a witness', True,
	    signers=A.everybody() + A.witnesses[:1])
	yield t('signed by the log', True, signers=A.everybody() + [A.log_key])
	yield t('x line', True, extension='x-y z')
	yield t('x line above about', False, about='x-y z\nabout')
	yield t('shared unknown', False, shared='shared d')
	yield t('shared with a label', False, shared='shared a')
	yield t('one shared line twice', False, shared='shared c\nshared c')
	yield t('text-max 0', False, text_max='text-max 0')
	c = A.signers[2].vkey
	for label, ok in (('AA', True), ('-', True), ('A', False),
	    ('AAA', False), ('aa', False), ('A1', False), ('--', False)):
		yield t(f'label {label}', ok, log=f'log {A.log_key.vkey} {label}')
	yield t('no label', False, log=f'log {A.log_key.vkey}')
	a, b = A.parts()['signer'][:2]
	name, key_id, data = c.split('+', 2)
	raw = A.signers[2].key.raw
	own = lambda vkey: f'{a}\n{b}\nsigner c {vkey} -'
	four = verify.Key(name, 4, raw).vkey
	for label, vkey in (
	    ('another id', f'{name}+00000000+{data}'),
	    ('short id', f'{name}+{key_id[1:]}+{data}'),
	    ('no id', f'{name}+{data}'),
	    ('type 4', four), ('type 2', verify.Key(name, 2, raw).vkey),
	    ('type 255', verify.Key(name, 255, raw).vkey),
	    ('foreign name', verify.Key('Foreign', 1, raw).vkey),
	    ('31 bytes', verify.Key(name, 1, raw[:31]).vkey),
	    ('33 bytes', verify.Key(name, 1, raw + b'x').vkey),
	    ('no name', verify.Key('', 1, raw).vkey),
	    ('name of 129', verify.Key('n' * 129, 1, raw).vkey)):
		yield t(f'signer vkey with {label}', False, signer=own(vkey))
	six = key_id.upper() if key_id.upper() != key_id else 'ABCDEF01'
	yield t('signer vkey with capital hex', False,
	    signer=own(f'{name}+{six}+{data}'))
	yield t('signer vkey with unused bits', False, signer=own(
	    c[:-1] + 'AB'))
	w = lambda vkey: '=\nwitness w4 %s -' % vkey
	yield t('witness of type 1', False, witness=w(c))
	yield t('witness nowhere', False, witness=w(Signer('w4.example', 4).vkey))
	yield t('foreign witness name', True,
	    witness=w(Signer('W4!~', 4).vkey),
	    witness_group='group seers 2 w1 w2 w3 w4\ngroup both all seers m')
	no_point = verify.Key('w4', 4, b'\2' + bytes(31)).vkey
	assert verify.point_decode(b'\2' + bytes(31)) is None
	yield t('witness key that is no point', True, witness=w(no_point),
	    witness_group='group seers 2 w1 w2 w3 w4\ngroup both all seers m')
	logs = lambda *keys: '=' + ''.join(f'\nlog {k} -' for k in keys)
	more = [Signer(f'log{i}.example') for i in range(5)]
	yield t('4 logs', True, log=logs(*[k.vkey for k in more[:3]]))
	yield t('5 logs', False, log=logs(*[k.vkey for k in more[:4]]))
	yield t('two logs of one name', True, log=logs(
	    Signer(A.log_key.key.name, 1, b'2' * 32).vkey))
	ours = Signer('quorate/log')
	both = join(altered(A.parts(), dict(log=f'log {A.log_key.vkey} -\n'
	    f'log {ours.vkey} -')))
	yield Case('trust: a log of an origin that none may have', False,
	    note(both, A.everybody()), Log(ours, A.cosigners).file(GOOD_NOTE))
	for count, ok in ((1, True), (2, False)):
		pair = collision()[:count]
		yield t(f'{count} of two keys of one name and id', ok, witness='=' +
		    ''.join(f'\nwitness v{i} {key.vkey} -'
		    for i, key in enumerate(pair)),
		    witness_group='group seers 2 w1 w2 w3 ' + ' '.join(
		    f'v{i}' for i in range(count)) + '\ngroup both all seers m')
	# Keys that are two things.
	same = lambda signer, name, kind=1: verify.Key(name, kind,
	    signer.key.raw).vkey
	r = A.parts()['root']
	yield t('signer is a root', False, signer=own(r[0].split(' ')[2]))
	yield t('signer is a root under another name', False,
	    root='\n'.join([r[0], r[1],
	    'root r3 %s -' % same(A.signers[0], 'n')]))
	yield t('signer key twice', False, signer=own(A.signers[0].vkey))
	yield t('log is a witness', False,
	    log=logs(same(A.witnesses[0], 'n')))
	yield t('log is a signer', False, log=logs(same(A.signers[0], 'n')))
	yield t('log key twice', False, log=logs(same(A.log_key, 'n')))
	yield t('mirror is a witness', False,
	    mirror='mirror m %s -' % same(A.witnesses[1], 'n', 4))


def collision():
	"""Two keys of one name and key id; neither verifies anything."""
	seen = {}
	for i in itertools.count():
		key = verify.Key('collide', 4, verify.sha256(b'key %d' % i))
		if key.id in seen:
			return [seen[key.id], key]
		seen[key.id] = key


def trees():
	t = trusting
	a, b, c = A.parts()['signer']
	team = lambda text: dict(group=text)
	for name, ok, text in (
	    ('any', True, 'group team any a b c'),
	    ('2', True, 'group team 2 a b c'),
	    ('3', False, 'group team 3 a b c'),
	    ('4', False, 'group team 4 a b c'),
	    ('0', False, 'group team 0 a b c'),
	    ('02', False, 'group team 02 a b c'),
	    ('129', False, 'group team 129 a b c'),
	    ('none', False, 'group team none a b c'),
	    ('Any', False, 'group team Any a b c'),
	    ('no members', False, 'group team 1'),
	    ('member missing', False, 'group team 2 a b'),
	    ('member twice', False, 'group team 2 a b c c'),
	    ('unknown member', False, 'group team 2 a b c d'),
	    ('itself', False, 'group team 2 a b c team'),
	    ('two spaces', False, 'group team 2 a b  c'),
	    ('groups in a chain', True,
	    'group x 2 a b\ngroup team 1 x c'),
	    ('groups out of order', False,
	    'group team 1 x c\ngroup x 1 a b'),
	    ('above its members, not needed', False,
	    'group x 2 c\ngroup team 2 a b x'),
	    ('of one member, not needed', True,
	    'group x 1 c\ngroup team 2 a b x'),
	    ('group twice', False, 'group x 1 a b\ngroup x 1 c\n'
	    'group team 1 x'),
	    ('member of two groups', False,
	    'group x 1 a b\ngroup y 1 b c\ngroup team all x y'),
	    ('group nowhere', False,
	    'group x 1 a b\ngroup y 1 c\ngroup team 1 x'),
	    ('group with a leaf name', False,
	    'group a 1 b c\ngroup team 1 a'),
	    ('root is a member', False,
	    'group team 2 a b c\ngroup x 1 team'),
	    ('root of another tree', False, 'group team 2 a b c r1'),
	    ('4 edges', True, 'group w any a b\ngroup x any w\n'
	    'group y any x\ngroup team 1 y c'),
	    ('5 edges', False, 'group v any a b\ngroup w any v\n'
	    'group x any w\ngroup y any x\ngroup team 1 y c'),
	    ('name none', False, 'group none 1 a b\ngroup team 1 none c'),
	    ('name any', False, 'group any 1 a b\ngroup team 1 any c'),
	    ('name all', False, 'group all 1 a b\ngroup team 1 all c'),
	    ('name 12', False, 'group 12 1 a b\ngroup team 1 12 c'),
	    ('name 1a', True, 'group 1a 1 a b\ngroup team 1 1a c'),
	    ('name with capitals', False, 'group X 1 a b\ngroup team 1 X c')):
		yield t(f'group {name}', ok, **team(text))
	yield t('root leaf', True, signer=a, group='', quorum='quorum a')
	yield t('root leaf among others', False, group='', quorum='quorum a')
	yield t('root unknown', False, quorum='quorum teem')
	yield t('root leaf with a group', False, quorum='quorum a')
	yield t('root is an inner group', False,
	    group='group x 1 a b\ngroup team 1 x c', quorum='quorum x')
	for leaf in ('none', 'any', 'all', '7'):
		yield t(f'leaf {leaf}', False, signer=f'{a}\n{b}\n' +
		    c.replace('signer c', f'signer {leaf}'),
		    group=f'group team 2 a b {leaf}')
	yield t('leaf 7a', True, signer=f'{a}\n{b}\n' +
	    c.replace('signer c', 'signer 7a'), group='group team 2 a b 7a')
	yield t('two leaves of one name', False, signer=f'{a}\n{b}\n' +
	    c.replace('signer c', 'signer b'), group='group team 2 a b')
	yield t('witness and mirror of one name', False,
	    mirror='mirror w1 %s -' % A.mirror.vkey,
	    witness_group='group both 2 w1 w2 w3')
	yield t('signer and root of one leaf name', True,
	    root='\n'.join(line.replace('root r1', 'root a')
	    for line in A.parts()['root']),
	    root_group='group board 2 a r2 r3')
	yield t('groups of one name in two trees', True,
	    root_group='group team 2 r1 r2 r3', root_quorum='root-quorum team')
	yield t('groups of one member', True, group='group x 1 a\n'
	    'group y 1 b\ngroup z all c\ngroup team 2 x y z')
	yield t('all of three, two signed', False, group='group team all a b c')
	for recover, ok in ((1, False), (2, True), (3, True), (4, False)):
		yield t(f'recover {recover} of 2 of 3', ok,
		    recover=f'recover {recover}')
	nested = 'group x 1 r1 r2\ngroup board all x r3'
	yield t('recover above nested minimum', True, root_group=nested,
	    recover='recover 2')
	uneven = 'group x all r1 r2\ngroup board any x r3'
	yield t('recover below the largest minimal set', False,
	    root_group=uneven, recover='recover 1')
	yield t('recover at the largest minimal set', True,
	    root_group=uneven, recover='recover 2')
	# 32 leaves and groups at their ceilings.
	signers = [Signer(f'many{i}.example/key') for i in range(33)]
	for count in (32, 33):
		rows = '\n'.join(f'signer s{i} {signer.vkey} -'
		    for i, signer in enumerate(signers[:count]))
		group = 'group team any ' + ' '.join(
		    f's{i}' for i in range(count))
		text = join(altered(A.parts(), dict(signer=rows, group=group)))
		entry = note(GOOD, signers[:1])
		yield Case(f'trust: {count} signers', count == 32,
		    note(text, A.roots + signers[:count]), A.log.file(entry))
	for count in (28, 29):
		# The root tree has 1 group, the witness tree 2.
		extra = [f's{i}' for i in range(count)]
		rows = '\n'.join(f'signer s{i} {signer.vkey} -'
		    for i, signer in enumerate(signers[:count]))
		group = '\n'.join(f'group g{i} 1 {leaf}'
		    for i, leaf in enumerate(extra)) + '\ngroup team 1 ' + \
		    ' '.join(f'g{i}' for i in range(count))
		text = join(altered(A.parts(), dict(signer=rows, group=group)))
		entry = note(GOOD, signers[:1])
		yield Case(f'trust: {count + 4} groups', count == 28,
		    note(text, A.roots + signers[:count]), A.log.file(entry))
	many = [Signer(f'manyw{i}.example', 4) for i in range(33)]
	for count in (31, 32):
		rows = '\n'.join(f'witness v{i} {w.vkey} -'
		    for i, w in enumerate(many[:count]))
		group = 'group both any m ' + ' '.join(
		    f'v{i}' for i in range(count))
		yield t(f'{count + 1} cosigners', count == 31, witness=rows,
		    witness_group=group)
	yield t('mirror alone', True, witness='', witness_group='',
	    witness_quorum='witness-quorum m')
	yield t('no cosigner', False, witness='', mirror='', witness_group='',
	    witness_quorum='witness-quorum m')


class Next:
	"""A second revision of A's trust and what signs it."""

	def __init__(self, parts=None, **changes):
		base = parts or A.parts(2, 1, TRUST_ID)
		self.text = join(altered(base, changes))

	def note(self, signers):
		return note(self.text, signers)


def hopping(name, ok, hop, release=GOOD_FILE, args=(), trust=TRUST):
	return Case('hop: ' + name, ok, trust, release,
	    [hop] if isinstance(hop, bytes) else hop, args)


def hops():
	roots, h = A.roots, hopping
	plain = Next()
	full = A.log.file(plain.note(roots[:2]))
	yield h('revision 2', True, full)
	yield h('signed by all roots', True, A.log.file(plain.note(roots)))
	yield h('one root', False, A.log.file(plain.note(roots[:1])))
	yield h('signers only', False, A.log.file(plain.note(A.signers)))
	yield h('without proof', False, plain.note(roots))
	yield h('the same text', False, A.log.file(TRUST))
	yield h('twice', False, [full, full])
	yield h('a release', False, GOOD_FILE)
	yield h('with a witness short', False,
	    A.log.file(plain.note(roots), A.witnesses[:1] + [A.mirror]))
	yield h('a known signer signs, too', True,
	    A.log.file(plain.note(roots) + A.signers[0].line(plain.text)))
	yield h('a known signer signs wrongly', True, A.log.file(
	    plain.note(roots) + flipped(A.signers[0].line(plain.text))))
	yield h('a root signs wrongly', False, A.log.file(
	    plain.note(roots[:2]) + flipped(roots[2].line(plain.text))))
	for name, changes in (('other name', dict(name='name other')),
	    ('revision 3', dict(revision='revision 3')),
	    ('revision 1', dict(revision='revision 1')),
	    ('other previous', dict(previous=f'previous {H1}')),
	    ('no previous', dict(previous='previous -')),
	    ('epoch 3', dict(epoch='epoch 3')),
	    ('epoch 0', dict(epoch='epoch 0')),
	    ('bad tree', dict(group='group team 4 a b c')),
	    ('bad recover', dict(recover='recover 1')),
	    ('second about', dict(proposed='=\nabout')),
	    ('unknown line below about', dict(extension='y z'))):
		yield h(name, False, A.log.file(Next(**changes).note(roots)))
	yield h('epoch 2', False,
	    A.log.file(Next(epoch='epoch 2').note(roots)))
	moved = note(release_text(authority='authority example/firmware 2'),
	    A.signers[:2])
	yield h('epoch 2, its release', True,
	    A.log.file(Next(epoch='epoch 2').note(roots)), A.log.file(moved))
	def authority(name, epoch):
		return A.log.file(note(release_text(
		    authority=f'authority {name} {epoch}'), A.signers))
	yield h('other name, its release', False, A.log.file(
	    Next(name='name other').note(roots)), authority('other', 1))
	yield h('epoch 3, its release', False, A.log.file(
	    Next(epoch='epoch 3').note(roots)),
	    authority('example/firmware', 3))
	second = Next(epoch='epoch 2')
	for epoch, ok in ((1, False), (2, True), (3, True), (4, False)):
		yield h(f'epoch {epoch} after 2, its release', ok, [A.log.file(
		    second.note(roots)), A.log.file(Next(A.parts(3, epoch,
		    verify.sha256(second.text).hex())).note(roots))],
		    authority('example/firmware', epoch))
	third = Next(A.parts(3, 1, verify.sha256(plain.text).hex()))
	thirds = A.log.file(third.note(roots))
	yield h('two hops', True, [full, thirds])
	yield h('two hops, swapped', False, [thirds, full])
	yield h('second hop alone', False, thirds)
	# A new signer d in the place of c.
	d = Signer('d.example/key')
	a, b, c = A.parts()['signer']
	new = Next(signer=f'{a}\n{b}\nsigner d {d.vkey} -',
	    group='group team 2 a b d')
	by_d = A.log.file(note(GOOD, [A.signers[0], d]))
	by_c = A.log.file(note(GOOD, [A.signers[0], A.signers[2]]))
	yield h('new signer signed', True, A.log.file(new.note(roots + [d])),
	    by_d)
	yield h('new signer did not sign', False,
	    A.log.file(new.note(roots)), by_d)
	yield h('new signer signed wrongly', False, A.log.file(
	    new.note(roots) + flipped(d.line(new.text))), by_d)
	yield h('old signer is out', False, A.log.file(new.note(roots + [d])),
	    by_c)
	yield h('old signer before the hop', False, [], by_d)
	yield h('signer renamed', True, A.log.file(Next(
	    signer=f'{a}\n{b}\n' + c.replace('signer c', 'signer e'),
	    group='group team 2 a b e').note(roots)), by_c)
	renamed = verify.Key('c2', 1, A.signers[2].key.raw)
	other = Next(signer=f'{a}\n{b}\nsigner c {renamed.vkey} -')
	yield h('signer with another vkey name, unsigned', False,
	    A.log.file(other.note(roots)))
	yield h('signer with another vkey name, signed', True,
	    A.log.file(other.note(roots) + raw_line('c2', renamed.id +
	    A.signers[2].sign(other.text))))
	# New roots.
	fresh = [Signer(f'fresh{i}.example') for i in range(3)]
	rows = [f'root n{i} {root.vkey} -' for i, root in enumerate(fresh)]
	new = Next(root='\n'.join(rows), root_group='group board 2 n0 n1 n2')
	yield h('new roots', True, A.log.file(new.note(roots[:2] + fresh[:2])))
	yield h('new roots, mixed order', True,
	    A.log.file(new.note(fresh[1:] + roots[1:])))
	yield h('new roots did not sign', False, A.log.file(new.note(roots)))
	yield h('new roots alone', False, A.log.file(new.note(fresh)))
	yield h('one new root', False, A.log.file(new.note(roots + fresh[:1])))
	yield h('one old root', False, A.log.file(new.note(roots[:1] + fresh)))
	old = A.parts()['root']
	half = Next(root='\n'.join(old[:2] + rows[:1]),
	    root_group='group board 2 r1 r2 n0')
	yield h('one root replaced, the others sign', True,
	    A.log.file(half.note(roots[:2])))
	yield h('one root replaced, old and new sign', True,
	    A.log.file(half.note([roots[0], roots[2], fresh[0]])))
	yield h('one root replaced, too few of the old', False,
	    A.log.file(half.note([roots[0], fresh[0]])))
	yield h('one root replaced, too few of the new', False,
	    A.log.file(half.note([roots[0], roots[2]])))
	alias = verify.Key('alias', 1, roots[0].key.raw)
	named = Next(root='\n'.join([f'root r1 {alias.vkey} -'] + old[1:]))
	line = raw_line('alias', alias.id + roots[0].sign(named.text))
	yield h('root with another vkey name counts for its own text', False,
	    A.log.file(named.note(roots[1:2]) + line))
	yield h('root under both vkey names', True,
	    A.log.file(named.note(roots[:2]) + line))
	yield h('root with another vkey name: the others sign', True,
	    A.log.file(named.note(roots[1:])))
	# A new log and new witnesses: proofs are by the old until the hop.
	log = Signer('newlog.example')
	wits = [Signer(f'newwit{i}.example', 4) for i in range(4)]
	new = Next(log=f'log {log.vkey} -',
	    witness='\n'.join(f'witness w{i + 1} {w.vkey} -'
	    for i, w in enumerate(wits[:3])),
	    mirror=f'mirror m {wits[3].vkey} -')
	there = Log(log, wits)
	entry = new.note(roots)
	yield h('new log, hop by the old', True, A.log.file(entry),
	    there.file(GOOD_NOTE))
	yield h('new log, hop by the new', False, there.file(entry),
	    there.file(GOOD_NOTE))
	yield h('new log, release by the old', False, A.log.file(entry))
	yield h('hop with a time too far ahead', False, A.log.file(
	    plain.note(roots), times={w.key.name: NOW + 90000
	    for w in A.cosigners}), args=['--time', str(NOW)])
	for at, ok in ((NOW - 1600, True), (NOW - 1601, False)):
		early = altered(writer.release_parts(), dict(proposed='proposed 0'))
		yield h(f'proposed at {NOW - 1000}, time {at}', ok, full,
		    A.log.file(note(join(early), A.signers)),
		    args=['--time', str(at)])
		yield h(f'recovery proposed at {NOW - 1000}, time {at}', ok,
		    plain.note(roots), A.log.file(note(join(early), A.signers)),
		    args=['--time', str(at), '--person'])
		yield Case(f'believed, proposed at {NOW - 1000}, time {at}', True,
		    TRUST, A.log.file(note(join(early), A.signers)),
		    args=['--time', str(at)])
	yield h('hop with an old proof', True, A.log.file(
	    plain.note(roots), times={w.key.name: 5 for w in A.cosigners}),
	    args=['--time', str(NOW), '--max-proof-age', '60'])
	# Recovery.
	person = ['--person']
	yield h('recovery', True, plain.note(roots), args=person)
	yield h('recovery, nobody there', False, plain.note(roots))
	yield h('recovery by too few roots', False, plain.note(roots[:2]),
	    args=person)
	yield h('recovery, LF after', False, plain.note(roots) + b'\n',
	    args=person)
	yield h('recovery without recover', False, Next(
	    A.parts(2, 1, verify.sha256(join(altered(A.parts(),
	    dict(recover='')))).hex())).note(roots), args=person,
	    trust=note(join(altered(A.parts(), dict(recover=''))),
	    A.everybody()))
	yield h('recovery that drops recover', True,
	    Next(recover='').note(roots), args=person)
	yield h('recovery by new roots', False, Next(
	    root='\n'.join(old[:2] + rows[:1]),
	    root_group='group board 2 r1 r2 n0').note(
	    [roots[0], roots[1], fresh[0]]), args=person)
	yield h('recovery, the proof bad', False, full[:-1], args=person)
	yield h('a file with a person', True, full, args=person)


def believed():
	"""--trust: files, later revisions, lines of theirs."""
	t = trusting
	second = Next()
	for name, ok, raw in (
	    ('revision 2, roots', True, second.note(A.roots)),
	    ('revision 2, two roots', True, second.note(A.roots[:2])),
	    ('revision 2, one root', False, second.note(A.roots[:1])),
	    ('a file', True, A.log.file(TRUST)),
	    ('a release', False, GOOD_FILE),
	    ('a text', False, TRUST_TEXT),
	    ('nothing', False, b''),
	    ('a LF after', False, TRUST + b'\n'),
	    ('a stranger signs', True, TRUST + STRANGER.line(TRUST_TEXT)),
	    ('a root signs wrongly', False, note(TRUST_TEXT,
	    A.roots[:2] + A.signers) + flipped(A.roots[2].line(TRUST_TEXT))),
	    ('a signer signs wrongly', False, note(TRUST_TEXT,
	    A.roots + A.signers[:2]) + flipped(A.signers[2].line(TRUST_TEXT)))):
		yield Case(f'--trust: {name}', ok, raw, GOOD_FILE)
	yield t('pinned', True, ['--trust-id', TRUST_ID])


def borders():
	"""Places where a reader might well think otherwise."""
	t, h, roots = trusting, hopping, A.roots
	# A signer that was no signer before is introduced, whatever else its
	# key was.
	a, b, c = A.parts()['signer']
	old = A.parts()['root']
	fresh, log = Signer('fresh.example'), Signer('freshlog.example')
	by_root = Next(signer=f'{a}\n{b}\nsigner c {roots[2].vkey} -',
	    root='\n'.join(old[:2] + [f'root r3 {fresh.vkey} -']))
	by_log = Next(signer=f'{a}\n{b}\nsigner c {A.log_key.vkey} -',
	    log=f'log {log.vkey} -')
	for who, key, new, file in (('root', roots[2], by_root, GOOD_FILE),
	    ('log', A.log_key, by_log, Log(log, A.cosigners).file(GOOD_NOTE))):
		for signers, ok in (([], False), ([key], True)):
			yield h(f'a {who} becomes a signer, its lines: {len(signers)}',
			    ok, A.log.file(new.note(roots[:2] + signers)), file)
	ours = Signer('quorate/log')
	yield t('a log of an origin that none may have, not used', True,
	    log=f'=\nlog {ours.vkey} -')
	proof = A.log.proof(TRUST)
	bad = proof.replace(b'index 4', b'index 5')
	short = A.log.proof(TRUST, A.witnesses[:1])
	for name, ok, raw in (('another index', True, bad),
	    ('a witness short', True, short),
	    ('malformed', False, proof[:-1]),
	    ('index spelled 04', False, proof.replace(b'index 4', b'index 04')),
	    ('a text line', False, b'x-a b\n'),
	    ('log of another', True, A.log.proof(GOOD_NOTE))):
		yield Case(f'--trust: a file, its proof {name}', ok,
		    TRUST + b'\n' + raw, GOOD_FILE)
	second = Next()
	yield Case('--trust: revision 2, a signer signs wrongly', True,
	    second.note(roots) + flipped(A.signers[0].line(second.text)),
	    GOOD_FILE)
	yield release('roster of a signer that is not shared', True,
	    roster='roster a 1')
	yield release('roster of nobody', True, roster='roster nobody 1')
	yield release('requires, --have without --installed', True,
	    ['--have', 'boot=1'], requires='requires boot 2')
	yield release('--have of the product itself', True,
	    ['--installed', '5', '--have', 'thermostat=1'],
	    requires='requires thermostat 5')
	moved = A.log.file(note(release_text(
	    authority='authority example/firmware 2'), A.signers[:2]))
	hop = A.log.file(Next(epoch='epoch 2').note(roots))
	yield h('epoch 2, installed above', False, hop, moved,
	    ['--installed', '9'])
	yield h('epoch 2, installed within', True, hop, moved,
	    ['--installed', '5'])
	yield h('epoch 2, floor above', False, hop, moved, ['--floor', '8'])
	big = raw_line('u', bytes(4096))
	cp = A.log.checkpoint(CHECKPOINT_TEXT)
	for count in (7, 20, 59):
		yield checkpointed(f'checkpoint with {count} lines of 4096', True,
		    cp + big * count)
	yield t('labels of roots', True, root='\n'.join(
	    row[:-1] + 'ZZ' for row in old))
	for product, ok in (('thermostat', True), ('thermosta', False)):
		yield release(f'--product {product}', ok, ['--product', product])
	# Everything as long as it may be.
	long = lambda i: ('%02d' % i).ljust(128, 'x')
	pools = [[Signer(f'{kind}{i}/'.ljust(128, 'k'), kind) for i in range(32)]
	    for kind in (1, 4)]
	signers, seers = pools
	names = ' '.join(map(long, range(32)))
	parts = altered(A.parts(), {
	    'name': 'name example/firmware',
	    'signer': '\n'.join(f'signer {long(i)} {key.vkey} CH'
	    for i, key in enumerate(signers)), 'mirror': '',
	    'group': f'group team 2 {names}',
	    'witness': '\n'.join(f'witness {long(i)} {key.vkey} CH'
	    for i, key in enumerate(seers)),
	    'witness-group': f'group seers all {names}',
	    'witness-quorum': 'witness-quorum seers'})
	yield Case('trust: long names', True,
	    note(join(parts), A.roots + signers),
	    Log(A.log_key, seers).file(note(GOOD, signers)))


def odd_points():
	"""Keys and signatures at the border of the accept set of section 4, as
	a fourth witness whose line nobody needs: it stands or refuses all."""
	base, add = verify.base_multiples(), verify.point_add
	secret, time = 0x123456789abcdef << 60, NOW
	torsion = next(point for point in (multiply(verify.point_decode(
	    y.to_bytes(32, 'little')), verify.ORDER) for y in range(2, 99)
	    if verify.point_decode(y.to_bytes(32, 'little')))
	    if multiply(point, 4)[0] or multiply(point, 4)[1] !=
	    multiply(point, 4)[2])
	text = CHECKPOINT_TEXT
	message = b'cosignature/v1\ntime %d\n' % time + text
	some = [A.log_key, *A.witnesses[:2], A.mirror]
	checkpoint = text + b'\n' + b''.join(s.line(text) for s in some)

	def case(name, ok, key, r, s):
		vkey = verify.Key('odd.example/w', 4, key)
		trust = join(altered(A.parts(), {
		    'witness': f'=\nwitness w4 {vkey.vkey} -',
		    'witness-group': 'group seers 2 w1 w2 w3 w4\n'
		    'group both all seers m'}))
		line = raw_line(vkey.name, vkey.id + time.to_bytes(8, 'big') + r +
		    s.to_bytes(32, 'little'))
		return Case('points: ' + name, ok, note(trust, A.everybody()),
		    GOOD_NOTE + b'\n' + writer.proof(4, PATH, checkpoint + line))

	def challenge(key, r):
		return int.from_bytes(hashlib.sha512(r + key + message).digest(),
		    'little') % verify.ORDER

	def signature(key, want, times=0):
		"""r, s, k by the secret with R = rB + times T, for a k that
		`want` likes."""
		for nonce in itertools.count(1):
			r = verify.point_encode(add(base.times(nonce),
			    multiply(torsion, times)))
			k = challenge(key, r)
			if want(k):
				return r, (nonce + k * secret) % verify.ORDER
	pure = verify.point_encode(base.times(secret))
	mixed = verify.point_encode(add(base.times(secret), torsion))
	yield case('pure', True, pure, *signature(pure, lambda k: True))
	r, s = signature(pure, lambda k: True)
	for i in range(1, 16):
		yield case(f's + {i}L', False, pure, r, s + i * verify.ORDER)
	yield case('s altered', False, pure, r, s ^ 1)
	yield case('R with the other sign', False, pure,
	    r[:31] + bytes([r[31] ^ 128]), s)
	for i in range(1, 8):
		yield case(f'pure key, R + {i}T', False, pure,
		    *signature(pure, lambda k: True, i))
		yield case(f'pure key, R + {i}T, k = 0 mod 8', False, pure,
		    *signature(pure, lambda k: k % 8 == 0, i))
	for i in range(8):
		for j in range(8):
			yield case(f'mixed key, R + {i}T, k = {j} mod 8',
			    (i + j) % 8 == 0, mixed,
			    *signature(mixed, lambda k: k % 8 == j, i))
	for i in range(8):
		small = verify.point_encode(multiply(torsion, i))
		k = challenge(small, r)
		yield case(f'key {i}T', False, small,
		    verify.point_encode(base.times(5)), 5)
		for nonce in range(1, 40):
			again = verify.point_encode(base.times(nonce))
			if challenge(small, again) % 8 == 0:
				yield case(f'key {i}T, k = 0 mod 8', False, small, again,
				    nonce)
				break
		k = challenge(pure, small)
		yield case(f'pure key, R = {i}T', False, pure, small,
		    k * secret % verify.ORDER)
		k = challenge(mixed, small)
		yield case(f'mixed key, R = {i}T, k = {k % 8} mod 8', False, mixed,
		    small, k * secret % verify.ORDER)
	p = verify.FIELD
	for name, number in (('p', p), ('p + 1', p + 1), ('-1', p - 1),
	    ('1 with a sign', 1 | 1 << 255), ('-1 with a sign', p - 1 | 1 << 255),
	    ('p with a sign', p | 1 << 255), ('2^255 - 1', 2**255 - 1),
	    ('p + 3', p + 3), ('2', 2), ('0', 0)):
		odd = number.to_bytes(32, 'little')
		yield case(f'key of y {name}', False, odd,
		    verify.point_encode(base.times(5)), 5)
		yield case(f'R of y {name}', False, pure, odd,
		    challenge(pure, odd) * secret % verify.ORDER)
	yield case('s 0', False, pure, pure, 0)


def multiply(point, scalar):
	total = verify.NEUTRAL
	for bit in bin(scalar)[2:]:
		total = verify.point_add(total, total)
		if bit == '1':
			total = verify.point_add(total, point)
	return total


def owners():
	signers = [Signer(f'owner{x}.example') for x in 'ab']
	parts = {'kind': ['quorate/owner@v1'], 'name': ['name clinic'],
	    'for': ['for example/firmware'], 'revision': ['revision 1'],
	    'previous': ['previous -'], 'signer': [f'signer {leaf} {key.vkey} -'
	    for leaf, key in zip('ab', signers)], 'group': ['group both all a b'],
	    'quorum': ['quorum both'], 'about': ['about'],
	    'proposed': [f'proposed {NOW}'], 'extension': []}

	def owned(name, ok, endorsement=note(GOOD, signers), by=None, raw=None,
	    release=GOOD_FILE, **changes):
		by = signers if by is None else by
		return Case('owner: ' + name, ok, TRUST, release, owner=raw or note(
		    join(altered(parts, changes)), by), endorsement=endorsement)
	yield owned('endorsed', True)
	yield owned('no endorsement', False, None)
	yield owned('endorsed by one', False, note(GOOD, signers[:1]))
	yield owned('endorsed wrongly', False,
	    note(GOOD, signers[:1]) + flipped(signers[1].line(GOOD)))
	yield owned('endorsed twice', False, note(GOOD, signers + signers[:1]))
	yield owned('endorsed by a stranger, too', True,
	    note(GOOD, signers + [STRANGER]))
	yield owned('endorsed with the vendor', True,
	    note(GOOD, signers + A.signers))
	other = release_text(version='version 2')
	yield owned('another text endorsed', False, note(other, signers))
	yield owned('another release', False, release=A.log.file(
	    note(other, A.signers)))
	yield owned('other lines of the same text', True, release=A.log.file(
	    note(GOOD, A.signers[1:])))
	yield owned('something after the endorsement', False,
	    note(GOOD, signers) + b'\n' + GOOD_PROOF)
	yield owned('a line by one owner', False, by=signers[:1])
	yield owned('nobody signed the owner text', False, by=[STRANGER])
	yield owned('for another authority', False, **{'for': 'for example'})
	yield owned('any', True, note(GOOD, signers[1:]), signers[1:],
	    group='group both any a b')
	yield owned('a bad tree', False, group='group both 3 a b')
	yield owned('no about', False, about='')
	yield owned('an extension line', True, extension='x-a b')
	yield owned('previous in revision 1', False, previous=f'previous {H1}')
	yield owned('no previous in revision 2', False, revision='revision 2')
	yield owned('revision 2', True, revision='revision 2',
	    previous=f'previous {H1}')
	yield owned('one key twice', False, signer='\n'.join(
	    f'signer {leaf} {signers[0].vkey} -' for leaf in 'ab'))
	yield owned('a trust text', False, raw=TRUST)
	file = A.log.file(note(join(parts), signers))
	yield owned('a file', True, raw=file)
	yield owned('a file cut off', False, raw=file[:-1])
	yield Case('owner: withdraw', True, TRUST, A.log.file(note(join(
	    writer.withdraw_parts()), A.signers)), payload=None,
	    owner=note(join(parts), signers))
	yield Case('owner: endorsement without an owner', True, TRUST, GOOD_FILE,
	    endorsement=note(GOOD, signers))


ALL = (owners, odd_points, borders, release_grammar, release_fields, decision, signature_lines, proofs,
    checkpoints, withdraws, trust_grammar, trees, hops, believed)


def everything():
	return itertools.chain.from_iterable(group() for group in ALL)


def put(case, folder):
	"""Write a case's files into a folder. The arguments that name them. A
	case without a payload is a release or withdraw file alone. An option
	that comes again is left away."""
	def write(name, data):
		path = f'{folder}/{name}'
		with open(path, 'wb') as file:
			file.write(data)
		return path
	argv = [write('alone', case.release)] if case.payload is None else [
	    write('firmware', case.payload), '--release',
	    write('firmware.release', case.release)]
	argv += ['--trust', write('trust.note', case.trust)]
	for i, hop in enumerate(case.hops):
		argv += ['--hop', write(f'hop{i + 1}', hop)]
	for option in ('owner', 'endorsement'):
		if getattr(case, option) is not None:
			argv += ['--' + option, write(option, getattr(case, option))]
	args = list(case.args)
	while args:
		option, value = args.pop(0), []
		if option not in ('--prefix', '--person'):
			value = [args.pop(0)]
		if option == '--max-proof-age' and value[0].isdigit():
			value[0] += 's'
		if option == '--have' or option not in argv:
			argv += [option, *value]
	if '--time' not in argv:
		argv += ['--time', '0']
	return argv
