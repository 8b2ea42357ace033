#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds verify.py to published vectors and to the verdicts of cases.py.

With the environment variable VECTORS, a folder of more Ed25519 vectors is
read, too.
"""

import base64
import collections
import hashlib
import json
import os
import sys
import tempfile
import unittest

import cases
import verify
import writer
from verify import Refused

# RFC 8032 section 7.1: seed, key, message, signature.
RFC_8032 = (
	('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
	    'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
	    '',
	    'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155'
	    '5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b'),
	('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
	    '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
	    '72',
	    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da'
	    '085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00'),
	('c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
	    'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
	    'af82',
	    '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac'
	    '18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a'),
)
# The same section, TEST SHA(abc): the message is SHA-512 of "abc".
RFC_8032_SHA = (
	'833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42',
	'ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf',
	'dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b589'
	'09351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704')

# A log of seven entries `release-0` ... `release-6`, computed once outside
# of this project's readers from RFC 6962 and C2SP tlog-proof: log key seed
# 20..3f, witness seeds 40..5f and 60..7f.
TLOG_VKEYS = (
	'example.test/log+b6e3f3c7+ASmsuuFBvMrwsi4alNNNC8c2HlJtC/4SyJeUvJMilm3X',
	'witness1.test/w+b8091962+BCVDuS/xCVURR2rcg2nbbdyTNmWhGXjdoUBO4QZsqVWd',
	'witness2.test/w+95684e5c+BBdFU7RW3d/GkI7KscEB/mqyHiuqBhd5W31DpjSCmT/V')
TLOG_ROOTS = (
	'47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=',
	'Wvo4+OWtrkJOKU4O3tXdmrDwcAGrUnRi+S7Hhcu06po=',
	'eAJ+BBWvOChuTQhajj1JVuj0DcyJlq83L2Bxl8fYU3M=',
	'PFUZmwGWAsPWLxstGr8grWHrxtaNFUdbF5CoKqPPsBc=',
	'FHaTD7iMi5N33Tp6iKDZdg3V4FMWeqFTvKSKCkHJjXk=',
	'v/7Zigl0w9wHDt2O4ARjg90yPI+15/i9Gg6+Fb38akc=',
	'DOmNFFi0LetKMGX48d8PhzbXSr4hqpP83sQjLtnWckg=',
	'7LtRAWPFYLiFC7WH4wQbKlEl4I4068uedFadelvsqkg=')
TLOG_PROOF_SHA256 = \
    '30a7e93ed12db0f592cdb1fde76b437742e0f66274a87545fd650bbf776b5303'
TLOG_PROOF = '''c2sp.org/tlog-proof@v1
index 5
NLk1LqX7HuF8FJlzlIwmNpbPAblifpOHfpqIOelRVDA=
r5iPIImgqNbmcf/ehQpUuSYIXj5TDl8aZwKhQGz+H1g=
FHaTD7iMi5N33Tp6iKDZdg3V4FMWeqFTvKSKCkHJjXk=

example.test/log
7
7LtRAWPFYLiFC7WH4wQbKlEl4I4068uedFadelvsqkg=

\u2014 example.test/log tuPzx6gCZS5Y+mYY2cXNibO0Hj5qPrfqep7blh4v0P71uyFDq81\
bctt3lSPU1QEv2gAiqQWXzNcqdU+Wn+RMUZbhAw4=
\u2014 witness1.test/w uAkZYgAAAABlU/EAEVZ+UlvJyXNPY0Q93X5J9hdlJ75Axl6DGdsb\
q/+EQfeNSJPeZLJe9sTs7TPPeTdO4NEgY0JeZg9OwLSooUC5Bw==
\u2014 witness2.test/w lWhOXAAAAABlU/EBp/ZinpByxPT7G0XCTVF8nOSuMPP1qSYNXC11\
Xokw61wPhSrht28yYyMkpjT//klsalBkfJHgO44eW+AmcC8jCg==
'''.encode()


def vkeys():
	return [verify.vkey(kind, False)(text)
	    for kind, text in zip((1, 4, 4), TLOG_VKEYS)]


class Curve(unittest.TestCase):
	def test_rfc_8032(self):
		sha = tuple(RFC_8032_SHA)
		rows = [tuple(map(bytes.fromhex, row)) for row in RFC_8032]
		seed, key, signature = map(bytes.fromhex, sha)
		rows.append((seed, key, hashlib.sha512(b'abc').digest(), signature))
		for seed, key, message, signature in rows:
			signer = writer.Signer('x', seed=seed)
			self.assertEqual(signer.key.raw, key)
			self.assertEqual(signer.sign(message), signature)
			self.assertTrue(verify.ed25519_verify(key, message, signature))
			for at in range(64):
				bad = bytearray(signature)
				bad[at] ^= 1 << at % 8
				self.assertFalse(
				    verify.ed25519_verify(key, message, bytes(bad)))
			self.assertFalse(
			    verify.ed25519_verify(key, message + b'x', signature))

	def test_scalar_range(self):
		"""S + L is the same scalar, and refused."""
		_, key, message, signature = map(bytes.fromhex, RFC_8032[0])
		s = int.from_bytes(signature[32:], 'little') + verify.ORDER
		self.assertFalse(verify.ed25519_verify(key, message,
		    signature[:32] + s.to_bytes(32, 'little')))

	def test_points_refused(self):
		"""Non-canonical, off the curve, x = 0 with a sign."""
		p = verify.FIELD
		for number in (p, p + 1, 2**255 - 1, 1 | 1 << 255, (p - 1) | 1 << 255,
		    2, p + 18):
			self.assertIsNone(
			    verify.point_decode(number.to_bytes(32, 'little')))

	def test_small_order(self):
		"""The eight points of small order verify nothing, neither as a key
		nor as R, though the equation holds with S = 0."""
		points, point = set(), None
		for y in range(2, 400):
			point = verify.point_decode(y.to_bytes(32, 'little'))
			if point is None:
				continue
			torsion = cases.multiply(point, verify.ORDER)
			for i in range(8):
				points.add(verify.point_encode(cases.multiply(torsion, i)))
		self.assertEqual(len(points), 8)
		for key in points:
			self.assertTrue(verify.point_order_small(
			    verify.point_decode(key)))
			for r in points:
				for message in (b'', b'a', b'b', b'c'):
					self.assertFalse(verify.ed25519_verify(key, message,
					    r + bytes(32)))

	def test_cofactorless(self):
		"""R with a component of small order: the cofactored equation would
		accept, ours must not. And A with one: ours accepts when its k is a
		multiple of 8."""
		signer = writer.Signer('x')
		torsion = self.torsion()
		base = verify.base_multiples()
		r = verify.point_encode(verify.point_add(base.times(5), torsion))
		k = self.challenge(r, signer.key.raw, b'm')
		s = (5 + k * signer.scalar) % verify.ORDER
		self.assertFalse(verify.ed25519_verify(signer.key.raw, b'm',
		    r + s.to_bytes(32, 'little')))
		mixed = verify.point_encode(verify.point_add(
		    base.times(signer.scalar), torsion))
		seen = collections.Counter()
		for i in range(64):
			message = b'%d' % i
			r = verify.point_encode(base.times(i + 1))
			k = self.challenge(r, mixed, message)
			s = (i + 1 + k * signer.scalar) % verify.ORDER
			ok = verify.ed25519_verify(mixed, message,
			    r + s.to_bytes(32, 'little'))
			self.assertEqual(ok, k % 8 == 0)
			seen[ok] += 1
		self.assertEqual(len(seen), 2)

	@staticmethod
	def challenge(r, key, message):
		return int.from_bytes(hashlib.sha512(r + key + message).digest(),
		    'little') % verify.ORDER

	def torsion(self):
		"""A point of order 8."""
		y = 2
		while True:
			point = verify.point_decode(y.to_bytes(32, 'little'))
			if point:
				point = cases.multiply(point, verify.ORDER)
				four = cases.multiply(point, 4)
				if verify.point_encode(four) != \
				    verify.point_encode(verify.NEUTRAL):
					return point
			y += 1


class Trees(unittest.TestCase):
	def test_roots(self):
		leaves = [verify.leaf_hash(b'release-%d' % i) for i in range(7)]
		for size, root in enumerate(TLOG_ROOTS):
			self.assertEqual(writer.b64(writer.merkle_root(leaves[:size])),
			    root)

	def test_paths(self):
		"""Every path of every small tree, by RFC 6962's recursion."""
		leaves = [verify.leaf_hash(b'%d' % i) for i in range(40)]
		for size in range(1, 41):
			tree, root = leaves[:size], writer.merkle_root(leaves[:size])
			for index in range(size):
				path = writer.merkle_path(index, tree)
				self.assertEqual(len(path), cases.path_length(index, size))
				self.assertEqual(root, verify.root_from_path(tree[index],
				    index, size, path))
				for wrong in (path + [root], path[:-1]):
					if wrong == path:
						continue
					with self.assertRaises(Refused):
						verify.root_from_path(tree[index], index, size,
						    wrong)
			with self.assertRaises(Refused):
				verify.root_from_path(leaves[0], size, size, [])

	def test_proof(self):
		self.assertEqual(hashlib.sha256(TLOG_PROOF).hexdigest(),
		    TLOG_PROOF_SHA256)
		proof = verify.parse_proof(TLOG_PROOF)
		checkpoint = proof.checkpoint
		stand = verify.check_lines(checkpoint.note, vkeys())
		self.assertEqual(sorted(stand.values()),
		    [0, 1700000000, 1700000001])
		self.assertEqual(verify.root_from_path(
		    verify.leaf_hash(b'release-5'), proof.index, checkpoint.size,
		    proof.path), checkpoint.root)

	def test_proof_written(self):
		"""The writer makes the vector byte for byte."""
		log, *witnesses = [writer.Signer(key.name, key.type,
		    bytes(range(start, start + 32)))
		    for key, start in zip(vkeys(), (0x20, 0x40, 0x60))]
		leaves = [verify.leaf_hash(b'release-%d' % i) for i in range(7)]
		text = writer.checkpoint_text('example.test/log', 7,
		    writer.merkle_root(leaves))
		made = writer.proof(5, writer.merkle_path(5, leaves),
		    text + b'\n' + log.line(text) + witnesses[0].line(text,
		    1700000000) + witnesses[1].line(text, 1700000001))
		self.assertEqual(made, TLOG_PROOF)


class Signers(unittest.TestCase):
	def test_satisfied(self):
		tree = verify.Tree(list('abcde'), [('x', 2, list('abc')),
		    ('y', 'any', list('d')), ('z', 'all', ['x', 'y', 'e'])], 'z')
		for text, ok in (('abde', True), ('acde', True), ('ade', False),
		    ('abcd', False), ('abce', False), ('', False),
		    ('abcde', True)):
			self.assertEqual(verify.tree_satisfied(tree, set(text)), ok)
		self.assertEqual(tree.minimal_max(), 4)

	def test_single(self):
		tree = verify.Tree(['a'], [], 'a')
		self.assertTrue(verify.tree_satisfied(tree, {'a'}))
		self.assertFalse(verify.tree_satisfied(tree, {'b'}))


class OtherTexts(unittest.TestCase):
	"""Kinds that the decision does not read, for an auditor."""

	@staticmethod
	def key(name):
		return writer.Signer(name).vkey

	def hold(self, text, *wrong):
		raw = text.encode()
		self.assertEqual(verify.parse_text(raw).raw, raw)
		for old, new in wrong:
			self.assertIn(old, text)
			with self.assertRaises(Refused, msg=f'{old} -> {new}'):
				verify.parse_text(text.replace(old, new, 1).encode())

	def test_lines(self):
		for text in (b'', b'quorate/approve@v1', b'\n', b'x' * 70000 + b'\n',
		    b'quorate/approve@v1\nrelease %s' % cases.H1.encode()):
			with self.assertRaises(Refused):
				verify.parse_text(text)

	def test_roster(self):
		point = base64.b64encode(bytes(32)).decode()
		self.hold(f'''quorate/roster@v1
authority example/firmware 1
signer fleet
serial 1
previous -
proposed 5
key {self.key('fleet/key')}
party ann {self.key('ann')} CH
party bob {self.key('bob')} -
group both 2 ann bob
quorum both
share ann {point}
share bob {point}
ceremony {cases.H1}
''', ('serial 1', 'serial 2'), ('previous -', f'previous {cases.H1}'),
		    (f'share ann {point}\n', ''), ('share ann', 'share eve'),
		    ('both 2', 'both 3'), (self.key('bob'), self.key('ann')),
		    (self.key('bob'), self.key('fleet/key')),
		    ('ceremony', 'about\nceremony'),
		    (f'ceremony {cases.H1}', f'ceremony {cases.H1}\nx-a b'),
		    (point, point[:-2] + 'B='))

	def test_small_kinds(self):
		h, b = cases.H1, base64.b64encode(bytes(32)).decode()
		self.hold(f'''quorate/objection@v1
authority a 1
about
proposed 1
release {h}
reason it phones home
x-a
''', ('about\n', ''), ('reason it', 'reason  it'))
		self.hold(f'''quorate/party@v1
name ann
vkey {self.key('ann')}
label CH
contact ann at example
''', ('contact', 'about\ncontact'), ('label CH', 'label C'))
		self.hold(f'''quorate/owner@v1
name o
for v
revision 1
previous -
signer a {self.key('a')} -
quorum a
about
proposed 1
''', ('quorum a', 'quorum b'))
		self.hold(f'''quorate/commit@v1
message {h}
roster {h}
boot {h[:32]}
serial 1
nonces {b} {b}
''', ('serial 1', 'serial 0'), (f'boot {h[:32]}', f'boot {h}'))
		self.hold(f'quorate/approve@v1\nrelease {h}\n',
		    (f'release {h}', f'release {h}\nx-a'))


	def test_coordination(self):
		h, b = cases.H1, base64.b64encode(bytes(32)).decode()
		self.hold(f'''quorate/package@v1
message {h}
roster {h}
session 1
signer 2 {b} {b}
signer 10 {b} {b}
''', ('signer 2', 'signer 10'), ('signer 2', 'signer 11'),
		    ('signer 2', 'signer 02'), (f'roster {h}', 'roster -'),
		    (f'signer 10 {b} {b}', 'name ann'))
		self.hold(f'quorate/package@v1\nmessage {h}\nroster -\nsession 1\n'
		    'name a/x\nname b\n', ('roster -', f'roster {h}'),
		    ('name a/x', 'name c'))
		self.hold(f'''quorate/status@v1
release {h}
change 1
state open
product p
sequence 0
session 0
need 2 of 3
approved ann
refused bob policy
said bob on Friday the board is "not" shipped
''', ('bob on Friday the board is "not" shipped', 'bob'), ('open', 'opened'), ('change 1', 'change 0'), ('need 2 of 3\n', ''))
		self.hold(f'''quorate/deal@v1
ceremony {h}
commitment {b}
proof {base64.b64encode(bytes(64)).decode()}
ephemeral {b}
share ann {base64.b64encode(bytes(48)).decode()}
''', (f'commitment {b}\n', ''), ('proof ', 'proof A'))


class Files(unittest.TestCase):
	"""Every case through the program's front door."""

	def test_cases(self):
		counts, wrong = collections.Counter(), []
		with tempfile.TemporaryDirectory() as folder:
			for case in cases.everything():
				argv = cases.put(case, folder)
				code, line = verify.run(argv)
				counts[code] += 1
				if (code == 0) != case.ok or code > 1:
					wrong.append(f'{case.name}: {line}')
			self.assertEqual(wrong, [])
		self.assertGreater(counts[0], 150)
		self.assertGreater(counts[1], 400)
		print(f'cases: {counts[0]} accepted, {counts[1]} refused')

	def test_names_unique(self):
		counts = collections.Counter(c.name for c in cases.everything())
		self.assertEqual([n for n, count in counts.items() if count > 1], [])

	def test_usage(self):
		with open(os.devnull, 'w') as null:
			sys.stderr, stderr = null, sys.stderr
			try:
				for argv in ([], ['f'], ['f', '--trust'],
				    ['f', '--trust', 't', '--floor', '01'],
				    ['f', '--trust', 't', '--wat']):
					with self.assertRaises(SystemExit) as caught:
						verify.run(argv)
					self.assertEqual(caught.exception.code, 2)
			finally:
				sys.stderr = stderr


class MoreVectors(unittest.TestCase):
	"""Ed25519 cases of others; the verdict is what the accept set says."""

	def read(self, *path):
		folder = os.environ.get('VECTORS', '')
		name = os.path.join(folder, *path)
		if not folder or not os.path.exists(name):
			self.skipTest('no VECTORS')
		with open(name) as file:
			return json.load(file)

	def test_wycheproof(self):
		data = self.read('wycheproof', 'ed25519_test.json')
		for group in data['testGroups']:
			key = bytes.fromhex(group['publicKey']['pk'])
			for test in group['tests']:
				ok = verify.ed25519_verify(key, bytes.fromhex(test['msg']),
				    bytes.fromhex(test['sig']))
				self.assertEqual(ok, test['result'] == 'valid', test)

	def test_speccheck(self):
		"""The twelve of ed25519-speccheck: of them only number 3 (both of
		mixed order, cofactorless holds) is in the accept set."""
		ok = [verify.ed25519_verify(*(bytes.fromhex(case[name])
		    for name in ('pub_key', 'message', 'signature')))
		    for case in self.read('speccheck', 'cases.json')]
		self.assertEqual([i for i, good in enumerate(ok) if good], [3])

	def test_cctv(self):
		"""Every flag of a vector is a reason for or against."""
		against = {'low_order_A', 'low_order_R', 'non_canonical_A',
		    'non_canonical_R', 'reencoded_k', 'low_order_residue'}
		for case in self.read('cctv', 'ed25519vectors.json'):
			ok = verify.ed25519_verify(bytes.fromhex(case['key']),
			    case['msg'].encode(), bytes.fromhex(case['sig']))
			self.assertEqual(ok, not against & set(case['flags'] or ()),
			    case)

	def test_bip340(self):
		"""The published table; both readers have a verifier of their own."""
		import audit
		import csv
		name = os.path.join(os.environ.get('VECTORS', ''), 'bip340',
		    'test-vectors.csv')
		if not os.path.exists(name):
			self.skipTest('no VECTORS')
		with open(name) as file:
			rows = list(csv.DictReader(file))
		self.assertGreaterEqual(len(rows), 19)
		for row in rows:
			key, message, signature = (bytes.fromhex(row[column])
			    for column in ('public key', 'message', 'signature'))
			for reader in (verify, audit):
				self.assertEqual(reader.bip340_verify(key, message,
				    signature), row['verification result'] == 'TRUE', row)


if __name__ == '__main__':
	unittest.main()
