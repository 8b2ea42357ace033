# SPDX-License-Identifier: Apache-2.0
"""Makes authorities, logs and files for the tests of the second reader.

Everything is derived from fixed labels, so that a run repeats. The point
arithmetic is verify.py's (held to RFC 8032 by selftest.py); nothing here is
constant-time, all keys are public knowledge.
"""

import base64
import hashlib

import verify

NOW = 1790000000


def b64(data):
	return base64.b64encode(data).decode()


class Signer:
	"""A private key with its vkey."""

	def __init__(self, name, kind=1, seed=None):
		self.seed = seed or verify.sha256(name.encode())
		wide = hashlib.sha512(self.seed).digest()
		scalar = int.from_bytes(wide[:32], 'little')
		self.scalar = scalar & (2**254 - 8) | 2**254
		self.prefix = wide[32:]
		raw = verify.point_encode(
		    verify.base_multiples().times(self.scalar))
		self.key = verify.Key(name, kind, raw)
		self.vkey = self.key.vkey

	def sign(self, message):
		def scalar(*parts):
			return int.from_bytes(hashlib.sha512(b''.join(parts)).digest(),
			    'little') % verify.ORDER
		r = scalar(self.prefix, message)
		point = verify.point_encode(verify.base_multiples().times(r))
		k = scalar(point, self.key.raw, message)
		s = (r + k * self.scalar) % verify.ORDER
		return point + s.to_bytes(32, 'little')

	def line(self, text, time=NOW):
		"""This key's signature line over a text."""
		if self.key.type == 4:
			head = b'cosignature/v1\ntime %d\n' % time
			data = time.to_bytes(8, 'big') + self.sign(head + text)
		else:
			data = self.sign(text)
		return raw_line(self.key.name, self.key.id + data)


def raw_line(name, data):
	return b'\xe2\x80\x94 %s %s\n' % (name.encode(), b64(data).encode())


def note(text, signers):
	return text + b'\n' + b''.join(signer.line(text) for signer in signers)


def merkle_root(leaves):
	"""RFC 6962 section 2.1, over leaf hashes."""
	if not leaves:
		return verify.sha256(b'')
	if len(leaves) == 1:
		return leaves[0]
	k = 1 << (len(leaves) - 1).bit_length() - 1
	return verify.node_hash(merkle_root(leaves[:k]), merkle_root(leaves[k:]))


def merkle_path(index, leaves):
	"""RFC 6962 section 2.1.1, leaf side first."""
	if len(leaves) == 1:
		return []
	k = 1 << (len(leaves) - 1).bit_length() - 1
	if index < k:
		return merkle_path(index, leaves[:k]) + [merkle_root(leaves[k:])]
	return merkle_path(index - k, leaves[k:]) + [merkle_root(leaves[:k])]


def proof(index, path, checkpoint):
	lines = ['c2sp.org/tlog-proof@v1', f'index {index}', *map(b64, path), '']
	return '\n'.join(lines).encode() + b'\n' + checkpoint


def checkpoint_text(origin, size, root):
	return f'{origin}\n{size}\n{b64(root)}\n'.encode()


class Log:
	"""A log that admits anything, with some entries around the one asked
	for. `times` gives each cosigner's time."""

	def __init__(self, key, cosigners, before=4, after=2):
		self.key, self.cosigners = key, cosigners
		self.before, self.after = before, after

	def tree(self, entry):
		others = [verify.leaf_hash(b'other %d' % i)
		    for i in range(self.before + self.after)]
		return others[:self.before] + [verify.leaf_hash(entry)] + \
		    others[self.before:]

	def checkpoint(self, text, cosigners=None, times=()):
		signers = self.cosigners if cosigners is None else cosigners
		times = dict(times)
		lines = [self.key.line(text)] + [
		    signer.line(text, times.get(signer.key.name, NOW))
		    for signer in signers]
		return text + b'\n' + b''.join(lines)

	def proof(self, entry, cosigners=None, times=()):
		tree = self.tree(entry)
		text = checkpoint_text(self.key.key.name, len(tree),
		    merkle_root(tree))
		return proof(self.before, merkle_path(self.before, tree),
		    self.checkpoint(text, cosigners, times))

	def file(self, entry, cosigners=None, times=()):
		return entry + b'\n' + self.proof(entry, cosigners, times)


class Authority:
	"""Signers a, b, c (2 of 3), roots r1..r3 (2 of 3), a log, witnesses
	w1..w3 of which 2, and a mirror. Names and trees may be replaced before
	trust_text is called: .parts maps a slot to its lines."""

	def __init__(self, name='example/firmware', tag=''):
		self.name = name
		self.signers = [Signer(f'{tag}{x}.example/key') for x in 'abc']
		self.roots = [Signer(f'{tag}root{x}.example/key') for x in '123']
		self.log_key = Signer(f'{tag}log.example/home')
		self.witnesses = [Signer(f'{tag}witness{x}.example/w', 4)
		    for x in '123']
		self.mirror = Signer(f'{tag}mirror.example/m', 4)
		self.cosigners = self.witnesses + [self.mirror]
		self.log = Log(self.log_key, self.cosigners)

	def parts(self, revision=1, epoch=1, previous='-'):
		"""Lines of the trust text, in groups that tests may replace."""
		return {
			'kind': ['quorate/trust@v1'],
			'name': [f'name {self.name}'],
			'epoch': [f'epoch {epoch}'],
			'revision': [f'revision {revision}'],
			'previous': [f'previous {previous}'],
			'signer': [f'signer {leaf} {signer.vkey} {label}'
			    for leaf, signer, label in
			    zip('abc', self.signers, ('CH', 'DE', '-'))],
			'group': ['group team 2 a b c'],
			'quorum': ['quorum team'],
			'root': [f'root r{i + 1} {root.vkey} -'
			    for i, root in enumerate(self.roots)],
			'root-group': ['group board 2 r1 r2 r3'],
			'root-quorum': ['root-quorum board'],
			'recover': ['recover 3'],
			'log': [f'log {self.log_key.vkey} -'],
			'witness': [f'witness w{i + 1} {witness.vkey} SE'
			    for i, witness in enumerate(self.witnesses)],
			'mirror': [f'mirror m {self.mirror.vkey} -'],
			'witness-group': ['group seers 2 w1 w2 w3',
			    'group both all seers m'],
			'witness-quorum': ['witness-quorum both'],
			'about': ['about'],
			'proposed': [f'proposed {NOW - 1000}'],
			'shared': [],
			'text-max': ['text-max 1536'],
			'extension': [],
		}

	def everybody(self):
		return self.roots + self.signers


def join(parts):
	return '\n'.join(line for lines in parts.values()
	    for line in lines).encode() + b'\n'


def payload_row(component, data):
	return 'payload %s %d %s' % (component, len(data),
	    hashlib.sha256(data).hexdigest())


FIRMWARE = b'\x7fFIRM' + bytes(range(256)) * 4


def release_parts(authority='example/firmware', epoch=1, sequence=7,
    payloads=(('main', FIRMWARE),)):
	return {
		'kind': ['quorate/release@v1'],
		'authority': [f'authority {authority} {epoch}'],
		'product': ['product thermostat'],
		'version': ['version 1.4.2+g1f'],
		'sequence': [f'sequence {sequence}'],
		'floor': ['floor 5'],
		'payload': sorted(payload_row(*row) for row in payloads),
		'delta': [],
		'from': ['from 3 9'],
		'requires': [],
		'expires': [],
		'about': ['about'],
		'proposed': [f'proposed {NOW - 500}'],
		'roster': [],
		'source': [],
		'attest': [],
		'notes': [],
		'sign': [],
		'extension': [],
	}


def withdraw_parts(authority='example/firmware', epoch=1, floor=8):
	return {
		'kind': ['quorate/withdraw@v1'],
		'authority': [f'authority {authority} {epoch}'],
		'product': ['product thermostat'],
		'floor': [f'floor {floor}'],
		'about': ['about'],
		'proposed': [f'proposed {NOW - 500}'],
		'roster': [],
		'release': ['release ' + '5a' * 32],
		'reason': ['reason  the flash is erased twice'.replace('  ', ' ')],
		'extension': [],
	}
