#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Looks for bytes in the memory of a process and of all that it started.

memory.py PID find LABEL=HEX...
	a line each: LABEL secret N other M: how often in pages that are
	locked, kept out of dumps and wiped by a fork, and how often elsewhere
memory.py PID nonces HEX
	the pair whose hiding commitment this is, from the secret pages, and
	checked: `d HEX` and `e HEX`, or exit code 1
memory.py PID family
	its id and those of its descendants
memory.py PID pages
	the secret mappings: permissions, those of the pages around, bytes

The processes are stopped while they are read. For root: what hardens itself
is not readable for its own user.
"""
import os
import re
import signal
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'foreign'))
import verify  # noqa: E402

MAPPING_MAX = 1 << 30


def family(pid):
	"""The process and its descendants."""
	parents = {}
	for name in filter(str.isdigit, os.listdir('/proc')):
		try:
			with open(f'/proc/{name}/stat') as file:
				fields = file.read().rpartition(')')[2].split()
		except OSError:
			continue
		if fields[0] != 'Z':
			parents[int(name)] = int(fields[1])
	found = [pid]
	for one in found:
		found += [child for child, of in parents.items() if of == one]
	return found


class Mapping:
	def __init__(self, pid, start, end, permissions, name):
		self.pid, self.start, self.end = pid, start, end
		self.permissions, self.name, self.flags = permissions, name, set()

	def is_secret(self):
		return {'lo', 'dd', 'wf'} <= self.flags

	def read(self):
		"""What can be read of it, page by page if need be."""
		fd = os.open(f'/proc/{self.pid}/mem', os.O_RDONLY)
		try:
			at, out = self.start, b''
			while at < self.end:
				try:
					part = os.pread(fd, min(self.end - at, 1 << 24), at)
				except OSError:
					part = b''
				if not part:
					try:
						part = os.pread(fd, 4096, at)
					except OSError:
						part = b'\0' * 4096
				out += part
				at += len(part)
			return out
		finally:
			os.close(fd)


def mappings(pid):
	out = []
	with open(f'/proc/{pid}/smaps') as file:
		for line in file:
			head = re.match(r'([0-9a-f]+)-([0-9a-f]+) (....) \S+ \S+ \S+\s*(.*)',
			    line)
			if head:
				out.append(Mapping(pid, int(head[1], 16), int(head[2], 16),
				    head[3], head[4]))
			elif line.startswith('VmFlags:'):
				out[-1].flags = set(line.split()[1:])
	return [m for m in out if not m.name.startswith('[v')]


def count(data, pattern):
	n = at = 0
	while True:
		at = data.find(pattern, at)
		if at < 0:
			return n
		n, at = n + 1, at + 1


def find(pids, patterns):
	hits = {label: [0, 0] for label, _ in patterns}
	for pid in pids:
		for m in mappings(pid):
			if m.end - m.start > MAPPING_MAX:
				continue
			data = m.read()
			for label, pattern in patterns:
				hits[label][not m.is_secret()] += count(data, pattern)
	for label, (secret, other) in hits.items():
		print(label, 'secret', secret, 'other', other)


def nonces(pids, commitment):
	"""The scalars lie behind both points; the order in memory is not relied
	on, the equation is."""
	for pid in pids:
		for m in filter(Mapping.is_secret, mappings(pid)):
			data = m.read()
			at = data.find(commitment)
			if at < 0:
				continue
			for i in range(at + 32, min(at + 256, len(data) - 64)):
				d = int.from_bytes(data[i:i + 32], 'little')
				if d < verify.ORDER and d and verify.point_encode(
				    verify.base_multiples().times(d)) == commitment:
					print('d', data[i:i + 32].hex())
					print('e', data[i + 32:i + 64].hex())
					return 0
	return 1


def pages(pids):
	for pid in pids:
		all_of = mappings(pid)
		for i, m in enumerate(all_of):
			if not m.is_secret():
				continue
			around = [
			    all_of[i - 1].permissions
			    if all_of[i - 1].end == m.start else 'none',
			    all_of[i + 1].permissions
			    if i + 1 < len(all_of) and all_of[i + 1].start == m.end
			    else 'none']
			print(m.permissions, *around, m.end - m.start)


def main(argv):
	pids = family(int(argv[0]))
	if argv[1] == 'family':
		print(*pids)
		return 0
	for pid in pids:
		os.kill(pid, signal.SIGSTOP)
	time.sleep(0.05)
	try:
		if argv[1] == 'find':
			find(pids, [(label, bytes.fromhex(pattern)) for label, pattern in
			    (word.split('=') for word in argv[2:])])
		elif argv[1] == 'nonces':
			return nonces(pids, bytes.fromhex(argv[2]))
		else:
			pages(pids)
	finally:
		for pid in pids:
			os.kill(pid, signal.SIGCONT)
	return 0


if __name__ == '__main__':
	sys.exit(main(sys.argv[1:]))
