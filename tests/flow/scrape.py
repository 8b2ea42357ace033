#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a scraper makes of /metrics: scrape.py URL [NAME=VALUE...].

Holds the page to Prometheus' text format 0.0.4, strictly: a TYPE line before
the samples of its family, all of them together, none twice; label values
quoted; a counter ends in _total and nothing else does. Prints every sample,
labels as they mean. NAME=VALUE must be among them; exits 1 otherwise.
"""
import re
import sys
import urllib.request

page = urllib.request.urlopen(sys.argv[1] + '/metrics', timeout=60)
assert page.headers['Content-Type'] == 'text/plain; version=0.0.4', page.headers
text = page.read().decode('ascii')
assert text.endswith('\n') and '\n\n' not in text, 'lines'
NAME = '[a-z_][a-z0-9_]*'
LABEL = r'(%s)="((?:[^"\\\n]|\\[\\"n])*)"' % NAME
family, families, samples = None, set(), {}
for line in text.splitlines():
	m = re.fullmatch('# TYPE (%s) (counter|gauge)' % NAME, line)
	if m:
		family = m[1]
		assert family not in families, 'twice: ' + line
		assert (m[2] == 'counter') == family.endswith('_total'), line
		families.add(family)
		continue
	m = re.fullmatch(r'(%s)(?:\{(%s(?:,%s)*)\})? (\d+)' % (NAME, LABEL, LABEL), line)
	assert m, 'no sample: ' + line
	assert m[1] == family, 'without its TYPE: ' + line
	labels = [(k, re.sub(r'\\(.)', lambda e: '\n' if e[1] == 'n' else e[1], v))
	    for k, v in re.findall(LABEL, m[2] or '')]
	key = m[1] + ''.join('{%s=%s}' % l for l in labels)
	assert key not in samples, 'twice: ' + line
	samples[key] = line.rsplit(' ', 1)[1]
assert samples, 'an empty page'
for key in samples:
	print('%s=%s' % (key, samples[key]))
for wanted in sys.argv[2:]:
	name, value = wanted.rsplit('=', 1)
	assert samples.get(name) == value, 'wanted %s' % wanted
