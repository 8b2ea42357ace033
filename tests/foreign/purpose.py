#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Signatures under a purpose, read a second time: docs/formats.md section 9,
"Purposes", with nothing but Python's standard library.

    purpose.py key TRUST SIGNER PURPOSE            the key, in hex
    purpose.py id RELEASE PURPOSE COMPONENT        the message id
    purpose.py region APP OUT                      an unsigned MCUboot region
    purpose.py check TRUST SIGNER RELEASE PURPOSE COMPONENT FILE
                      FILE is what `quorate sign` wrote: a signed image, an
                      armoured SSHSIG, or one line of base64

Exit code 0 or 1; check says what it found on one line.
"""
import base64
import hashlib
import re
import struct
import sys

import verify
from verify import Refused, demand, sha256


def purpose_key(group, purpose):
	"""The group key moved by the purpose's delta."""
	delta = int.from_bytes(hashlib.sha512(b'quorate/purpose@v1\n' + group +
	    b'\n' + purpose.encode() + b'\n').digest(), 'little') % verify.ORDER
	demand(delta != 0, 'delta is zero')
	point = verify.point_decode(group)
	demand(point is not None, 'the group key is no point')
	return verify.point_encode(
	    verify.point_add(point, verify.base_multiples().times(delta)))


def key_of(trust_raw, signer, purpose):
	trust = verify.believe(trust_raw)
	demand([signer] in trust.text['shared'], 'no shared signer of that name')
	[group] = [key for name, key, _ in trust.signers if name == signer]
	return purpose_key(group.raw, purpose)


def message_id(release, purpose, component):
	return sha256(bytes.fromhex(release.id) +
	    f'\n{purpose}\n{component}\n'.encode())


def message(release, purpose, component):
	"""What is signed, from the release's text alone."""
	demand([purpose, component] in release['sign'], 'no such sign line')
	[digest] = [bytes.fromhex(row[2]) for row in release['payload']
	    if row[0] == component]
	if purpose == 'mcuboot':
		return digest
	demand(purpose == 'sshsig', 'an unknown purpose')
	strings = b'file', b'', b'sha256', digest
	return b'SSHSIG' + b''.join(
	    struct.pack('>I', len(s)) + s for s in strings)


def of_image(image, key):
	"""The signature of an MCUboot image in hash mode, all of it checked but
	the signature itself."""
	magic, _, header, protected, size = struct.unpack_from('<IIHHI', image)
	demand(magic == 0x96f3b83d, 'no MCUboot image')
	region = image[:header + size + protected]
	area = image[len(region):]
	info, total = struct.unpack_from('<HH', area)
	demand(info == 0x6907 and total == len(area), 'no TLV area')
	at, found = 4, []
	while at < total:
		kind, length = struct.unpack_from('<HH', area, at)
		found.append((kind, area[at + 4:at + 4 + length]))
		at += 4 + length
	spki = bytes.fromhex('302a300506032b6570032100') + key
	demand([kind for kind, _ in found] == [0x10, 0x01, 0x24],
	    'not digest, key hash, signature')
	demand(found[0][1] == sha256(region), 'another digest')
	demand(found[1][1] == sha256(spki), 'another key')
	return found[2][1], sha256(region)


def of_armour(text, key):
	lines = text.decode('ascii').split('\n')
	demand(lines[0] == '-----BEGIN SSH SIGNATURE-----' and lines[-2:] ==
	    ['-----END SSH SIGNATURE-----', ''], 'no armour')
	demand(all(0 < len(line) <= 76 for line in lines[1:-2]), 'a long line')
	blob = base64.b64decode(''.join(lines[1:-2]), validate=True)
	demand(blob[:10] == b'SSHSIG\0\0\0\1', 'no SSHSIG')

	def strings(data):
		while data:
			n, = struct.unpack_from('>I', data)
			demand(4 + n <= len(data), 'a string is cut')
			yield data[4:4 + n]
			data = data[4 + n:]
	public, namespace, reserved, name, signature = strings(blob[10:])
	demand(list(strings(public)) == [b'ssh-ed25519', key], 'another key')
	demand((namespace, reserved, name) == (b'file', b'', b'sha256'),
	    'another namespace or hash')
	kind, raw = strings(signature)
	demand(kind == b'ssh-ed25519', 'another kind of signature')
	return raw


def check(trust_raw, signer, release_raw, purpose, component, made):
	note, _ = verify.split_file(release_raw)
	release = verify.parse_text(verify.parse_note(note).text)
	key = key_of(trust_raw, signer, purpose)
	wanted = message(release, purpose, component)
	if made.startswith(b'-----BEGIN SSH'):
		demand(purpose == 'sshsig', 'an SSHSIG for another purpose')
		signature = of_armour(made, key)
	elif made[:4] == b'\x3d\xb8\xf3\x96':
		demand(purpose == 'mcuboot', 'an image for another purpose')
		signature, digest = of_image(made, key)
		demand(digest == wanted, 'not the released image')
	else:
		signature = base64.b64decode(made.strip(), validate=True)
	demand(verify.ed25519_verify(key, wanted, signature),
	    'the signature does not verify')
	group = [k.raw for n, k, _ in verify.believe(trust_raw).signers
	    if n == signer][0]
	demand(not verify.ed25519_verify(group, wanted, signature),
	    'the release key itself signs this')
	return key


def region(app):
	"""Header, padded to 512 bytes, and image: what MCUboot's digest covers
	when there are no protected TLVs."""
	header = struct.pack('<IIHHIIBBHII', 0x96f3b83d, 0, 512, 0, len(app), 0,
	    1, 2, 3, 4, 0)
	return header.ljust(512, b'\0') + app


def main(argv):
	read = verify.read
	try:
		if argv[0] == 'key':
			print(key_of(read(argv[1]), *argv[2:]).hex())
		elif argv[0] == 'id':
			note, _ = verify.split_file(read(argv[1]))
			text = verify.parse_text(verify.parse_note(note).text)
			print(message_id(text, *argv[2:]).hex())
		elif argv[0] == 'region':
			with open(argv[2], 'wb') as file:
				file.write(region(read(argv[1])))
		else:
			key = check(read(argv[1]), argv[2], read(argv[3]), argv[4],
			    argv[5], read(argv[6]))
			print('accepted', argv[4], argv[5], key.hex())
	except (Refused, ValueError, struct.error) as error:
		print('refused:', error)
		return 1
	return 0


if __name__ == '__main__':
	sys.exit(main(sys.argv[1:]))
