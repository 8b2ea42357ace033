#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Evidence against a party, from docs/formats.md section 9 and docs/crypto.md
alone: whether a blame bundle convicts whom it names. Of a release's or
another whole text, for a key of Ed25519; a `sign` line's is left to others.

  blame.py FILE...  print who did what; exit 1 if one of them proves nothing
"""
import sys

import frost_tree as frost
import verify
from verify import Refused, demand, sha256


def items(raw):
	"""The notes and bare texts of a bundle, one empty line between two."""
	demand(raw.endswith(b'\n'), 'the bundle does not end in LF')
	found = []
	for piece in raw[:-1].split(b'\n\n'):
		if piece.startswith(verify.DASH) and found:
			found[-1] += b'\n' + piece + b'\n'
		else:
			found.append(piece + b'\n')
	return found


def tree_of(roster):
	"""A frost_tree.Tree of a roster's text, and leaf id by party."""
	leaves = {name: frost.Leaf(name) for name, *_ in roster['party']}
	nodes = dict(leaves)
	for name, k, members in roster['group']:
		k = {'any': 1, 'all': len(members)}.get(k, k)
		nodes[name] = frost.Group(k, *(nodes[member] for member in members))
	tree = frost.Tree(nodes[roster.one('quorum')[0]])
	return tree, {name: leaf.id for name, leaf in leaves.items()}


def share_holds(share, package, roster, tree, leaf, message):
	"""RFC 9591 section 5.4, along the tree: section 3 of docs/crypto.md."""
	ids = {name: n for name, n in leaf.items()}
	key = {ids[name]: point for name, point in roster['share']}
	pk = roster.one('key')[0].raw
	listed = b''.join(frost.scalar_encode(i) + d + e
	    for i, d, e in package['signer'])
	prefix = pk + frost.sha512(frost.CTX, b'msg', message) + \
	    frost.sha512(frost.CTX, b'com', listed)
	rho = {i: frost.hash_scalar(frost.CTX, b'rho', prefix,
	    frost.scalar_encode(i)) for i, _, _ in package['signer']}
	nonce = {i: frost.point_add(frost.point_decode(d),
	    frost.point_mul(rho[i], frost.point_decode(e)))
	    for i, d, e in package['signer']}
	challenge = frost.hash_scalar(
	    frost.point_encode(frost.points_sum(nonce.values())), pk, message)
	coefficient = tree.coefficients(list(nonce))
	who, z = share
	right = frost.point_add(nonce[who], frost.point_mul(
	    challenge * coefficient[who] % frost.Q, frost.point_decode(key[who])))
	return frost.base_mul(frost.scalar_decode(z)) == right


def check(raw):
	"""(party's name, code) that the bundle proves, or Refused."""
	found = items(raw)
	demand(len(found) == 5, 'not five items')
	blame, package, roster = (verify.parse_text(found[i]) for i in (0, 1, 4))
	note = verify.parse_note(found[2], 1)
	share, message = verify.parse_text(note.text), found[3]
	demand([t.kind for t in (blame, package, share, roster)] ==
	    ['blame', 'package', 'share', 'roster'], 'items of other kinds')
	key, code = blame.one('party')[0], blame.one('code')[0]
	demand(package.id == blame.one('package')[0] and
	    share.id == blame.one('share')[0], 'not the items that it names')
	demand(sha256(message).hex() == blame.one('message')[0] ==
	    package.one('message')[0] == share.one('message')[0],
	    'about another text')
	demand(package.one('roster')[0] == roster.id and
	    share.one('package')[0] == package.id, 'of another package or roster')
	demand(key.pair in verify.check_lines(note, [key]), 'not signed by it')
	tree, leaf = tree_of(roster)
	named = [name for name, k, _ in roster['party'] if k.pair == key.pair]
	demand(len(named) == 1, 'no party of the roster')
	entry = [row for row in package['signer'] if row[0] == leaf[named[0]]]
	demand(len(entry) == 1, 'not asked by the package')
	if code == 'roster':
		wrong = share.one('roster')[0] != roster.id
	elif code == 'nonces':
		wrong = share.one('nonces') != entry[0][1:]
	else:
		demand(code == 'share', 'no such code')
		wrong = not share_holds((entry[0][0], share.one('share')[0]),
		    package, roster, tree, leaf, message)
	demand(wrong, 'it did what it was asked')
	return named[0], code


def main(argv):
	if len(argv) < 2:
		print(__doc__, file=sys.stderr)
		return 2
	status = 0
	for name in argv[1:]:
		with open(name, 'rb') as f:
			raw = f.read()
		try:
			print('%s: %s' % check(raw))
		except (Refused, ValueError, AssertionError) as why:
			print('nothing is proven: %s' % why, file=sys.stderr)
			status = 1
	return status


if __name__ == '__main__':
	sys.exit(main(sys.argv))
