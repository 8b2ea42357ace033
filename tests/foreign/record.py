#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A second reader of exports of a party's record, from docs/formats.md
section 11 alone, standard library only.

	record.py FILE [--since OLD] [--key VKEY]

Prints what `quorate signer record verify` prints and exits 0, or says the
rule and the row at fault and exits 1.
"""
import argparse
import collections
import sys
sys.dont_write_bytecode = True  # no rubbish beside the sources
import verify
from verify import Refused, demand, sha256

verify.ROWS['row'] = [verify.Row(line) for line in (
    'number d', 'previous H', 'at D', 'what n', 'which n * 0..1',
    'key k * 0..1', 'message h * 0..1', 'code n * 0..1', 'package h * 0..1',
    'slot n d d r * 0..1', 'of n f * 0..1', 'head D h * 0..1',
    'ceremony h * 0..1', 'digest h * 0..1', 'by r * 0..1', 'says r * 0..1',
    'evidence r * 0..200', 'bytes n D h n * 0..1')]
verify.ROWS['record'] = [verify.Row(line) for line in (
    'party k', 'rows d', 'last h', 'time D')]

# What a row must and may have besides number, previous, at and what.
WHATS = {
	'party': ('key', ''),
	'migrated': ('says', ''),
	'restored': ('of says', 'message'),
	'asked': ('message bytes', ''),
	'decision': ('which message code by says bytes', 'evidence'),
	'assent': ('message by', 'bytes'),
	'freeze': ('which by', ''),
	'bound': ('message slot', ''),
	'left': ('which message bytes', 'package'),
	'log': ('of head', ''),
	'alarm': ('of says', 'bytes'),
	'calmed': ('of by', ''),
	'lifted': ('of by', ''),
	'ceremony': ('which ceremony', 'of by digest'),
}
ROW_MAX, BYTES_MAX = 49152, 65536


class Rule(Refused):
	"""A rule of the record, by the name that docs/formats.md gives it."""

	def __init__(self, name):
		super().__init__(name)


def rule(condition, name):
	if not condition:
		raise Rule(name)


def parse_row(raw):
	demand(len(raw) <= ROW_MAX, 'row is too long')
	row = verify.parse_text(raw)
	demand(row.kind == 'row', 'not a row')
	what = row.one('what')[0]
	demand(what in WHATS, f'no such row: {what}')
	has = {slot for slot, lines in row.slots.items() if lines} - \
	    {'number', 'previous', 'at', 'what'}
	must, may = (set(names.split()) for names in WHATS[what])
	rule(must <= has <= must | may, 'row')
	if row.one('bytes'):
		demand(row.one('bytes')[1] <= BYTES_MAX, 'bytes are too many')
		demand(row.one('bytes')[3] in ('here', 'before'), 'bytes: where?')
	return row


class Record:
	def __init__(self, raw, watch=0):
		self.raw, self.at, self.watch = raw, 0, watch
		self.counts = collections.Counter()
		self.row, self.last, self.watched = 0, None, None
		self.key, self.seen = None, set()
		self.texts, self.stands = {}, {}  # message -> text; its verdict
		self.slots, self.taken = {}, set()

	def text(self):
		end = self.raw.find(b'\n\n', self.at)
		demand(end >= 0, 'the file ends too early')
		raw, self.at = self.raw[self.at:end + 1], end + 2
		return raw

	def read(self):
		text = self.text()
		note = verify.parse_note(text + b'\n' + self.text())
		self.head = verify.parse_text(note.text)
		demand(self.head.kind == 'record', 'not a record')
		self.party = self.head.one('party')[0]
		demand(len(note.lines) == 1, 'not one line over the record')
		demand(self.signed(note, self.party), 'the head: not signed')
		while self.at < len(self.raw):
			self.row += 1
			self.read_row()
		rule(self.row == self.head.one('rows')[0] and
		    self.last == self.head.one('last')[0], 'head')
		rule(self.key and self.key.vkey == self.party.vkey, 'party')

	@staticmethod
	def signed(note, key):
		return key.pair in verify.check_lines(note, [key])

	def read_row(self):
		raw = self.text()
		row = parse_row(raw)
		rule(row.one('number')[0] == self.row and
		    row.one('previous')[0] == (self.last or '-'), 'chain')
		self.last = row.id
		if self.row == self.watch:
			self.watched = row.id
		data = self.bytes(row)
		what = row.one('what')[0]
		rule(self.key or what == 'party', 'party')
		self.counts[what] += 1
		getattr(self, 'check_' + what, lambda row, data: None)(row, data)

	def bytes(self, row):
		if not row.one('bytes'):
			return None
		_, size, digest, where = row.one('bytes')
		rule((digest in self.seen) == (where == 'before'), 'bytes')
		if where == 'before':
			return None
		data = self.raw[self.at:self.at + size]
		end = self.raw[self.at + size:self.at + size + 1]
		rule(len(data) == size and end == b'\n', 'bytes')
		self.at += size + 1
		rule(sha256(data).hex() == digest, 'bytes')
		self.seen.add(digest)
		return data

	def check_party(self, row, _):
		self.key = row.one('key')[0]

	def check_decision(self, row, data):
		message, which = row.one('message')[0], row.one('which')[0]
		rule(row.one('bytes')[2] == message, 'bytes')
		if data is not None:
			self.texts[message] = data
		rule(message in self.texts, 'bytes')
		rule(which in ('ask', 'approve', 'refuse'), 'row')
		if which != 'ask':
			self.stands[message] = which
			self.counts[which] += 1

	def check_bound(self, row, _):
		slot, message = tuple(row.one('slot')), row.one('message')[0]
		holder = self.slots.setdefault(slot, message)
		rule(holder == message, 'bound')
		rule((slot, True) not in self.taken, 'row')
		self.taken |= {(slot, True), message}

	def check_left(self, row, data):
		which, message = row.one('which')[0], row.one('message')[0]
		package = row.one('package')
		rule(data is not None, 'row')
		try:
			note = verify.parse_note(data)
			sound = len(note.lines) == 1 and self.signed(note, self.key)
		except Refused:
			sound = False
		rule(sound, 'left')
		kinds = {'approve': 'release', 'refuse': 'release',
		    'objection': 'release', 'commit': 'message',
		    'share': 'message'}
		if which in kinds:
			rule(which == 'share' or package is None, 'row')
			try:
				text = verify.parse_text(note.text)
				sound = text.kind == which and \
				    text.one(kinds[which])[0] == message
				if which == 'share':
					sound = sound and package is not None and \
					    text.one('package')[0] == package[0]
			except Refused:
				sound = False
			rule(sound, 'left')
		else:
			rule(which == 'line' and package is None, 'row')
			rule(sha256(note.text).hex() == message, 'left')
		if which in ('approve', 'refuse'):
			rule(self.stands.get(message) == which, 'left')
		if which in ('share', 'line'):
			rule(self.stands.get(message) == 'approve', 'left')
			release = self.texts[message].startswith(
			    b'quorate/release@v1\n')
			rule(not release or message in self.taken, 'left')


def read(path, watch=0):
	with open(path, 'rb') as file:
		record = Record(file.read(), watch)
	try:
		record.read()
	except Rule as refused:
		raise Refused(f'{path}: {refused} (row {record.row})')
	except Refused as refused:
		raise Refused(f'{path}: format: {refused} (row {record.row})')
	return record


def main():
	parser = argparse.ArgumentParser()
	parser.add_argument('file')
	parser.add_argument('--since')
	parser.add_argument('--key')
	options = parser.parse_args()
	try:
		old = read(options.since) if options.since else None
		record = read(options.file, old.row if old else 0)
		if options.key:
			demand(record.party.vkey == options.key,
			    f'{options.file}: party')
		if old:
			demand(record.watched == old.last, f'{options.file}: since')
	except Refused as refused:
		print(refused, file=sys.stderr)
		return 1
	print(f'party {record.party.vkey}')
	print(f'rows {record.row}')
	print(f'last {record.last}')
	print(f'time {record.head.one("time")[0]}')
	for word, name in (('asked', 'asked'), ('approved', 'approve'),
	    ('refused', 'refuse'), ('bound', 'bound'), ('left', 'left'),
	    ('alarms', 'alarm'), ('restored', 'restored')):
		print(f'{word} {record.counts[name]}')
	if old:
		print(f'since {old.row}')
	return 0


if __name__ == '__main__':
	sys.exit(main())
