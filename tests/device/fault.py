#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fault injection: skip instructions of verify/, one at a time.

    fault.py --run FAULT-RUN --cpu CPU --elf GUEST.elf --map GUEST.map
             --inputs DIR [options]

Every static instruction of every object of verify/ that is linked, except
those of LEFT_OUT, is skipped at its first, its last and one random execution,
by 2 bytes and by 4, in a run that judges a bad file. Whatever happens then, a
crash included, the file must not be accepted. Before that the good files are
judged without a fault and must be accepted, the bad ones refused; and the
caller's own code is swept for a file or two, which must find acceptances:
a sweep that cannot find one proves nothing.

The processor is fault_run.c's (QEMU's emulation, as a library). It says how
often each instruction is executed; we choose which executions to skip.
"""
import argparse
import bisect
import collections
import multiprocessing
import os
import random
import re
import subprocess
import sys

# The arithmetic that the sweep leaves out, by object: it computes values and
# decides nothing. A wrong value there is a wrong digest or point.
LEFT_OUT = {
    "sha256": {"sha256_block", "rotate32"},
    "sha512": {"sha512_block", "sigma", "mix"},
    "ed25519": {
        "accumulate", "carry_on", "sum", "fold", "combine", "mul", "reduce",
        "number",
    },
}
VERDICTS = {
    "52454655": "refused", "41434350": "accepted", "00000000": "stopped",
    "crashed": "crashed", "hung": "hung",
}
HARMS = ("another image started", "another record")
for bits in range(1, 4):
    VERDICTS["%08x" % (0x41434350 + bits)] = "accepted: " + ", ".join(
        harm for i, harm in enumerate(HARMS) if bits >> i & 1)
PREFIX = "arm-none-eabi-"


def tool(name, *arguments):
    return subprocess.run([PREFIX + name, *arguments], check=True,
                          stdout=subprocess.PIPE, text=True).stdout


class Program:
    """What the linker and the disassembler say of the guest."""

    def __init__(self, elf, link_map):
        self.code = elf + ".bin"
        tool("objcopy", "-O", "binary", elf, self.code)
        self.symbols = {}
        for line in tool("nm", elf).splitlines():
            value, kind, name = line.split()
            self.symbols[name] = int(value, 16)
        self.place = {}  # address: (object, function)
        spans = self.spans(link_map)
        starts = [s[0] for s in spans]
        self.length = {}
        self.text = {}
        self.itstate = {}  # before the instruction, as a core has it
        state = 0
        row = re.compile(r"^\s*([0-9a-f]+):\t((?:[0-9a-f]{4} ?)+)\s*\t(.*)$")
        for line in tool("objdump", "-d", elf).splitlines():
            m = row.match(line)
            if not m or m[3].startswith((".word", ".short", ".byte", ".hword")):
                continue
            at = int(m[1], 16)
            self.itstate[at] = state
            state = passed(state)
            if re.match(r"it[te]*\s", m[3]):
                state = int(m[2].strip(), 16) & 0xFF
            i = bisect.bisect_right(starts, at) - 1
            if i < 0 or at >= spans[i][0] + spans[i][1]:
                continue
            self.place[at] = spans[i][2:]
            self.length[at] = len(m[2].split()) * 2
            self.text[at] = " ".join(m[3].split())

    def spans(self, link_map):
        """(start, size, object, function) of every input section of code."""
        row = re.compile(r"^ \.text\.(\S+)\s+0x([0-9a-f]+)\s+0x([0-9a-f]+) (\S+)(?: .*)?$")
        text = re.sub(r"\n {10,}", " ", open(link_map).read())
        found = []
        for line in text.splitlines():
            m = row.match(line)
            if not m or int(m[3], 16) == 0:
                continue
            name = os.path.basename(m[4])
            where = ("verify" if "/verify/" in m[4] else
                     "boot" if "/boot/" in m[4] else "test")
            found.append((int(m[2], 16), int(m[3], 16),
                          where + "/" + name.split(".")[0], m[1]))
        return sorted(found)

    def chosen(self, of):
        """The addresses to sweep."""
        out = []
        for at, (obj, function) in sorted(self.place.items()):
            folder, name = obj.split("/")
            function = re.sub(r"\.(constprop|isra|part|cold)\.?\d*", "", function)
            if folder == "verify" and (of == "verify" or of == name == "ed25519"):
                if function not in LEFT_OUT.get(name, ()):
                    out.append(at)
            elif folder == of == "boot" or of == "boot" and name == "record":
                out.append(at)
            elif folder == "test" and of == "mem" and name == "mem":
                out.append(at)
            elif folder == "test" and of == "caller" and name == "fault_guest" \
                    and function in ("judge", "payload_judge", "fault_main"):
                out.append(at)
        return out


def passed(state):
    """The if-then state after one more instruction of a block."""
    return 0 if state & 7 == 0 else (state & 0xE0) | (state << 1 & 0x1F)


class Sweep:
    """One input."""

    def __init__(self, program, blob, name, options):
        self.p, self.name, self.o = program, name, options
        symbols = program.symbols
        self.run = subprocess.Popen(
            [options.run, options.cpu, program.code, blob] +
            ["%x" % symbols["fault_" + which]
             for which in ("main", "stack_top", "end", "result", "again", "judge")
             if "fault_" + which in symbols],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        first = self.run.stdout.readline().split()
        if len(first) != 2:
            raise RuntimeError("%s does not run" % name)
        self.verdict = VERDICTS.get(first[0], first[0]).split(":")[0]
        self.steps = int(first[1])
        self.times = {}
        for line in self.run.stdout:
            if line == "\n":
                break
            at, n = line.split()
            self.times[int(at, 16)] = int(n)

    def close(self):
        self.run.stdin.close()
        self.run.stdout.close()
        if self.run.wait() != 0:
            raise RuntimeError("%s: the run ended early" % self.name)

    def points(self, addresses):
        """(address, which execution): first, last and one between."""
        found = []
        for at in addresses:
            if at not in self.times:
                continue
            last = self.times[at]
            draw = random.Random("%d %x" % (self.o.seed, at))
            found += [(at, i) for i in sorted({1, last, 1 + draw.randrange(last)})]
        if self.o.one_in > 1:
            draw = random.Random("%d %s" % (self.o.seed, self.name))
            found = [f for f in found if draw.randrange(self.o.one_in) == 0]
        return found

    def behind(self, at, width):
        """The if-then state where the processor goes on."""
        state, end = self.p.itstate[at], at
        while end < at + width:
            end += self.p.length.get(end, 2)
            state = passed(state)
        return state

    def skip(self, addresses):
        """Skip them; count the verdicts and keep what was accepted."""
        self.reached = set(addresses) & set(self.times)
        self.tally = collections.Counter()
        self.accepted = []
        asked = [(at, i, width) for at, i in self.points(addresses) for width in (2, 4)]
        text = "".join("%x %d %x %x\n" % (at, i, at + width, self.behind(at, width))
                       for at, i, width in asked)
        answers = self.run.communicate(text)[0].split()
        if self.run.returncode != 0 or len(answers) != len(asked):
            raise RuntimeError("%s: %d answers to %d skips" % (
                self.name, len(answers), len(asked)))
        for (at, i, width), answer in zip(asked, answers):
            verdict = VERDICTS.get(answer, "stopped")
            self.tally[verdict.split(":")[0]] += 1
            if verdict.startswith("accepted"):
                self.accepted.append((at, i, width, verdict))
        return len(asked)


def judge(task):
    """One input, in a process of its own."""
    o, program, addresses, file = task
    name = file[:-len(".input")]
    sweep = Sweep(program, os.path.join(o.inputs, file), name, o)
    want = "accepted" if name.startswith("good") else "refused"
    if sweep.verdict != want:
        sweep.close()
        return ["%s: without a fault: %s" % (name, sweep.verdict)], None
    if want == "accepted":
        sweep.close()
        return [], None
    n = sweep.skip(addresses)
    lines = ["  %-20s %8d executed, %5d skips: %s" % (
        name, sweep.steps, n, ", ".join("%s %d" % kv for kv in sorted(sweep.tally.items())))]
    for at, execution, width, verdict in sweep.accepted:
        obj, function = program.place[at]
        lines.append("    %s with %d bytes skipped at %x, execution %d of %d: %s %s+%d: %s" % (
            verdict.upper(), width, at, execution, sweep.times[at], obj, function,
            at - (program.symbols.get(function, at) & ~1), program.text[at]))
    return lines, (sweep.reached, sweep.tally)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--run", required=True, help="fault-run")
    parser.add_argument("--cpu", required=True, help="m0 or m4")
    parser.add_argument("--elf", required=True)
    parser.add_argument("--map", required=True)
    parser.add_argument("--inputs", required=True)
    parser.add_argument("--title", default="")
    parser.add_argument("--one-in", type=int, default=1, help="sweep a sample")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="inputs whose name matches")
    parser.add_argument("--of", default="verify", help="verify, ed25519 (of verify/), boot (and the record), mem or caller")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--list", help="write the instructions to this file")
    o = parser.parse_args()
    program = Program(o.elf, o.map)
    addresses = program.chosen(o.of)
    if not addresses:
        raise SystemExit("nothing to sweep in %s" % o.elf)
    by_object = collections.Counter(program.place[a][0] for a in addresses)
    print("%s: %d instructions: %s" % (o.title, len(addresses), ", ".join(
        "%s %d" % kv for kv in sorted(by_object.items()))), flush=True)
    failed, inputs = False, 0
    reached, total = set(), collections.Counter()
    files = [f for f in sorted(os.listdir(o.inputs))
             if f.endswith(".input") and re.search(o.only, f)]
    with multiprocessing.Pool(o.jobs) as pool:
        for lines, found in pool.imap(judge, [(o, program, addresses, f) for f in files]):
            if lines:
                print("\n".join(lines), flush=True)
            if found is None:
                failed = failed or bool(lines)
                continue
            inputs += 1
            reached |= found[0]
            total += found[1]
    print("%s: %d bad inputs; %d of %d instructions executed by some; %d skips: %s" % (
        o.title, inputs, len(reached), len(addresses), sum(total.values()),
        ", ".join("%s %d" % kv for kv in sorted(total.items()))))
    if o.list:
        with open(o.list, "w") as out:
            for at in addresses:
                out.write("%x %s %s %s%s\n" % (at, *program.place[at], program.text[at],
                                             "" if at in reached else " (never executed)"))
    if inputs == 0:
        print("nothing was judged")
        failed = True
    elif o.of == "caller":
        if total["accepted"] == 0:
            print("the sweep finds nothing even in the caller")
            failed = True
    elif total["accepted"] > 0:
        failed = True
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
