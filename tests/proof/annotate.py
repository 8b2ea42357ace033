#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""annotate.py NOTES OUT SOURCE...: the sources with what has to be proven of them.

NOTES holds ACSL, apart from the code so that the code stays readable: a line
`@ FUNCTION` begins a contract, `@ FUNCTION N` what its N-th loop keeps,
`@ FUNCTION = TEXT` what holds just before the line that begins with TEXT;
`@ FILE.c` goes before everything. A place that is not found is an error.
"""
import os
import re
import sys

notes, found, place = {}, set(), None
for line in open(sys.argv[1]):
    if line.startswith("@ "):
        place = line[2:].strip()
        notes[place] = ""
    elif place and not line.startswith("#"):
        notes[place] += line
for path in sys.argv[3:]:
    name = os.path.basename(path)
    lines = open(path).readlines()
    head = max(i for i, line in enumerate(lines) if line.startswith("#include"))
    before = {}  # line: what goes there

    def note(key, i):
        if key in notes:
            before.setdefault(i, []).append(notes.pop(key).strip())
    note(name, head + 1)
    function, loops = None, 0
    for i, line in enumerate(lines):
        m = re.match(r"([a-z]\w*)\(", line)
        if m:
            function, loops = m[1], 0
            note(function, i - 1)
        elif line.startswith("}"):
            function = None
        elif function and re.match(r"\t+(for|while|do)\b", line):
            loops += 1
            note("%s %d" % (function, loops), i)
        for key in [k for k in notes if k.startswith("%s = " % function)]:
            if line.strip().startswith(key.split(" = ", 1)[1]):
                before.setdefault(i, []).append(notes[key].strip())
                found.add(key)
    with open(os.path.join(sys.argv[2], name), "w") as out:
        for i, line in enumerate(lines):
            for text in before.get(i, ()):
                out.write("/*@ %s */\n" % text.replace("\nassert", " */\n/*@ assert"))
            if i in before or i == 0:
                out.write('#line %d "%s"\n' % (i + 1, path))
            out.write(line)
if set(notes) - found:
    sys.exit("annotate.py: no such place: " + ", ".join(set(notes) - found))
