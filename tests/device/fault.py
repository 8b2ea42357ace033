#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fault injection: skip instructions of verify/, in QEMU, one at a time.

    fault.py --elf GUEST.elf --map GUEST.map --inputs DIR [options]

Every static instruction of every object of verify/ that is linked, except
those of LEFT_OUT, is skipped at its first, its last and one random execution,
by 2 bytes and by 4, in a run that judges a bad file. Whatever happens then, a
crash included, the file must not be accepted. Before that the good files are
judged without a fault and must be accepted, the bad ones refused; and the
caller's own code is swept for a file or two, which must find acceptances:
a sweep that cannot find one proves nothing.

How: a first run under -singlestep writes down which instruction is executed
when. In a second one gdb's remote protocol stops the machine at each chosen
execution, in the order of time; there the guest saves what a run may write
(fault_copy), and for each width is restored, sent on behind the instruction,
and runs to fault_end. A run that has had fifty times the processor time that
a whole one needs is stopped as one that hangs.
"""
import argparse
import atexit
import bisect
import collections
import multiprocessing
import os
import random
import re
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import time

# The arithmetic that the sweep leaves out, by object: it computes values and
# decides nothing. A wrong value there is a wrong digest or point.
LEFT_OUT = {
    "sha256": {"sha256_block"},
    "sha512": {"sha512_block"},
    "ed25519": {
        "accumulate", "carry_on", "sum", "fold", "combine", "add", "sub",
        "mul", "square", "reduce", "power", "number", "finish",
        "point_double", "point_add", "prepare", "recode", "rotate64",
    },
}
VERDICTS = {
    0x52454655: "refused", 0x41434350: "accepted", 0x43525348: "crashed",
    0: "stopped",
}
HUNG_S = 0.5  # of its processor time
ASLEEP_S = 20  # of ours: an instruction that waits for an interrupt
PREFIX = "arm-none-eabi-"


def tool(name, *arguments):
    return subprocess.run([PREFIX + name, *arguments], check=True,
                          stdout=subprocess.PIPE, text=True).stdout


class Program:
    """What the linker and the disassembler say of the guest."""

    def __init__(self, elf, link_map):
        self.elf = elf
        self.symbols = {}
        for line in tool("nm", elf).splitlines():
            value, kind, name = line.split()
            self.symbols[name] = int(value, 16)
        self.place = {}  # address: (object, function)
        spans = self.spans(link_map)
        starts = [s[0] for s in spans]
        self.length = {}
        self.text = {}
        row = re.compile(r"^\s*([0-9a-f]+):\t((?:[0-9a-f]{4} ?)+)\s*\t(.*)$")
        for line in tool("objdump", "-d", elf).splitlines():
            m = row.match(line)
            if not m or m[3].startswith((".word", ".short", ".byte", ".hword")):
                continue
            at = int(m[1], 16)
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
            where = "verify" if "/verify/" in m[4] else "test"
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
            elif folder == "test" and of == "mem" and name == "mem":
                out.append(at)
            elif folder == "test" and of == "caller" and name == "fault_guest" \
                    and function in ("judge", "payload_judge", "fault_main"):
                out.append(at)
        return out


class Lost(Exception):
    """The emulator gave up (a fault within a fault), or does not come back."""


class Machine:
    """QEMU with its gdb stub."""

    def __init__(self, program, blob, trace=None, ranges=()):
        self.dir = tempfile.mkdtemp()
        path = os.path.join(self.dir, "gdb")
        command = [
            "qemu-system-arm", "-M", "mps2-an386", "-nographic", "-monitor",
            "none", "-serial", "none", "-S",
            "-kernel", program.elf, "-device",
            "loader,file=%s,addr=0x%x,force-raw=on" %
            (blob, program.symbols["fault_input"]),
            "-chardev", "socket,id=gdb0,path=%s,server=on,wait=off" % path,
            "-gdb", "chardev:gdb0",
        ]
        if trace:
            command += ["-singlestep", "-d", "exec,nochain", "-D", trace,
                        "-dfilter", ",".join("0x%x+0x%x" % r for r in ranges)]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        atexit.register(self.process.kill)
        self.socket = socket.socket(socket.AF_UNIX)
        for _ in range(600):
            try:
                self.socket.connect(path)
                break
            except OSError:
                if self.process.poll() is not None:
                    raise SystemExit("QEMU did not start")
                time.sleep(0.05)
        self.socket.settimeout(40)
        self.buffer = b""

    def close(self):
        self.socket.close()
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.dir)

    def ask(self, packet):
        data = packet.encode()
        self.send(b"+$%s#%02x" % (data, sum(data) & 255))
        return self.answer()

    def answer(self):
        while True:
            m = re.search(rb"\$([^#]*)#..", self.buffer)
            if m:
                self.buffer = self.buffer[m.end():]
                return m[1].decode()
            try:
                more = self.socket.recv(65536)
            except OSError as error:
                raise Lost() from error
            if not more:
                raise Lost()
            self.buffer += more

    def send(self, data):
        try:
            self.socket.sendall(data)
        except OSError as error:
            raise Lost() from error

    def ok(self, packet):
        answer = self.ask(packet)
        if answer != "OK":
            raise SystemExit("%s: %s" % (packet, answer))

    def run_or_hang(self):
        """Continue; False when it had to be stopped."""
        self.send(b"$c#63")
        began, wall = self.spent(), time.monotonic()
        while True:
            ready, _, _ = select.select([self.socket], [], [], 0.1)
            if ready:
                break
            if self.spent() - began > HUNG_S or time.monotonic() - wall > ASLEEP_S:
                self.send(b"\x03")
                break
        answer = self.answer()
        if not answer.startswith(("T05", "T02")):
            raise SystemExit("stopped with %s" % answer)
        return answer.startswith("T05")

    def must_run(self):
        if not self.run_or_hang():
            raise Lost()

    def spent(self):
        """Processor time of QEMU, in seconds."""
        try:
            with open("/proc/%d/stat" % self.process.pid) as f:
                fields = f.read().rsplit(")", 1)[1].split()
        except OSError as error:
            raise Lost() from error
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def go(self, packet="c"):
        answer = self.ask(packet)
        if not answer.startswith(("T05", "S05")):
            raise SystemExit("stopped with %s" % answer)

    def word(self, at):
        return int.from_bytes(bytes.fromhex(self.ask("m%x,4" % at)), "little")

    def registers(self):
        return bytearray.fromhex(self.ask("g"))

    def breakpoint(self, at):
        self.ok("Z0,%x,2" % at)

    def remove(self, at):
        self.ok("z0,%x,2" % at)


def put(registers, index, value):
    registers[4 * index:4 * index + 4] = (value & 0xFFFFFFFF).to_bytes(4, "little")


def get(registers, index):
    return int.from_bytes(registers[4 * index:4 * index + 4], "little")


def passed(xpsr, steps):
    """The if-then state after `steps` instructions of a block, as on a core."""
    for _ in range(steps):
        it = (xpsr >> 25 & 3) | (xpsr >> 10 & 0x3F) << 2
        it = 0 if it & 7 == 0 else (it & 0xE0) | (it << 1 & 0x1F)
        xpsr = xpsr & ~0x0600FC00 | (it & 3) << 25 | (it >> 2) << 10
    return xpsr


def ranges(addresses, length):
    """The addresses as (start, size), neighbours joined."""
    out = []
    for at in addresses:
        if out and out[-1][0] + out[-1][1] == at:
            out[-1][1] += length[at]
        else:
            out.append([at, length[at]])
    return [tuple(r) for r in out]


def plain(program, blob, addresses):
    """Run without a fault: the verdict, and the addresses in their order."""
    log = tempfile.mktemp()
    machine = Machine(program, blob, log, ranges(addresses, program.length))
    machine.socket.settimeout(900)  # written down step by step
    machine.breakpoint(program.symbols["fault_end"] & ~1)
    machine.go()
    verdict = machine.word(program.symbols["fault_result"])
    machine.close()
    trace = []
    with open(log) as lines:
        for line in lines:
            if line.startswith("Trace"):
                trace.append(int(line.split("[", 1)[1].split("/")[1], 16))
            elif line.startswith("Stopped execution"):
                trace.pop()  # it had not begun; it comes again
    os.unlink(log)
    return verdict, trace


class Sweep:
    def __init__(self, program, blob, name, options):
        self.p, self.blob, self.name, self.o = program, blob, name, options
        self.tally = collections.Counter()
        self.accepted = []

    def points(self, addresses, trace):
        """(step, address, which execution), first, last and one between."""
        wanted = set(addresses)
        when = collections.defaultdict(list)
        for step, at in enumerate(trace):
            if at in wanted:
                when[at].append(step)
        found = []
        for at, steps in when.items():
            draw = random.Random("%d %x" % (self.o.seed, at))
            chosen = {0, len(steps) - 1, draw.randrange(len(steps))}
            found += [(steps[i], at, i + 1) for i in sorted(chosen)]
        self.reached = set(when)
        self.when = when
        if self.o.one_in > 1:
            draw = random.Random("%d %s" % (self.o.seed, self.name))
            found = [f for f in found if draw.randrange(self.o.one_in) == 0]
        return sorted(found)

    def skip(self, machine, before, at, width):
        """Run from the saved state on, `width` bytes behind `at`."""
        symbols = self.p.symbols
        self.copy(machine, symbols["fault_live"], symbols["fault_saved"])
        after = bytearray(before)
        put(after, 15, at + width)
        steps, end = 0, at
        while end < at + width:
            end += self.p.length.get(end, 2)
            steps += 1
        after[-4:] = passed(int.from_bytes(before[-4:], "little"),
                            steps).to_bytes(4, "little")
        machine.ok("G" + after.hex())
        verdict = "hung"
        if machine.run_or_hang():
            verdict = VERDICTS.get(machine.word(symbols["fault_result"]), "stopped")
        self.leave(machine)
        return verdict

    def leave(self, machine):
        """Where a fault ended the run, return from its handler."""
        symbols = self.p.symbols
        registers = machine.registers()
        for _ in range(3):
            if registers[-4] == 0 and registers[-3] & 1 == 0:
                return
            put(registers, 13, symbols["fault_frame"])
            put(registers, 14, 0xFFFFFFF9)
            put(registers, 15, symbols["fault_leave"] & ~1)
            registers[-4:] = (0x01000000).to_bytes(4, "little")
            machine.ok("G" + registers.hex())
            machine.must_run()
            registers = machine.registers()
        raise Lost()

    def copy(self, machine, to, source):
        registers = machine.registers()
        symbols = self.p.symbols
        put(registers, 0, to)
        put(registers, 1, source)
        put(registers, 13, symbols["fault_copy_stack"])
        put(registers, 15, symbols["fault_copy"] & ~1)
        registers[-4:] = (0x01000000).to_bytes(4, "little")
        machine.ok("G" + registers.hex())
        machine.must_run()

    def start(self):
        machine = Machine(self.p, self.blob)
        machine.breakpoint(self.p.symbols["fault_end"] & ~1)
        return machine

    def reach(self, machine, now, step, at):
        """From just before step `now` to just before `step`, at `at`."""
        if step == now:
            return
        steps = self.when[at]
        hits = bisect.bisect_right(steps, step) - bisect.bisect_right(steps, now)
        if now in steps:
            machine.go("s")
        machine.breakpoint(at)
        for i in range(hits):
            if i > 0:
                machine.go("s")
            machine.go()
        machine.remove(at)

    def run(self, addresses, trace):
        points = self.points(addresses, trace)
        symbols = self.p.symbols
        machine, now = None, -1
        for step, at, execution in points:
            for width in (2, 4):
                try:
                    if machine is None or now != step:
                        if machine is None:
                            machine, now = self.start(), -1
                        self.reach(machine, now, step, at)
                        now = step
                        before = machine.registers()
                        if get(before, 15) != at:
                            raise SystemExit("%s: at %x instead of %x (%s)" % (
                                self.name, get(before, 15), at, self.p.place[at][1]))
                        self.copy(machine, symbols["fault_saved"], symbols["fault_live"])
                    verdict = self.skip(machine, before, at, width)
                except Lost:
                    verdict = "lost"
                    machine.close()
                    machine = None
                self.tally[verdict] += 1
                if verdict == "accepted":
                    self.accepted.append((at, execution, len(self.when[at]), width))
            if machine is not None:
                try:
                    self.copy(machine, symbols["fault_live"], symbols["fault_saved"])
                    machine.ok("G" + before.hex())
                except Lost:
                    machine.close()
                    machine = None
        if machine is not None:
            machine.close()
        return len(points)


def judge(task):
    """One input, in a process of its own."""
    o, program, addresses, file = task
    name = file[:-len(".input")]
    blob = os.path.join(o.inputs, file)
    verdict, trace = plain(program, blob, addresses)
    want = "accepted" if name.startswith("good") else "refused"
    if VERDICTS.get(verdict) != want:
        return name, ["%s: without a fault: %s" % (name, VERDICTS.get(verdict, verdict))], None, 0
    if want == "accepted":
        return name, [], None, 0
    sweep = Sweep(program, blob, name, o)
    n = sweep.run(addresses, trace)
    lines = ["  %-16s %7d executed, %5d points, %s" % (
        name, len(trace), n, ", ".join("%s %d" % kv for kv in sorted(sweep.tally.items())))]
    for at, execution, of, width in sweep.accepted:
        obj, function = program.place[at]
        lines.append("    ACCEPTED with %d bytes skipped at %x, execution %d of %d: %s %s+%d: %s" % (
            width, at, execution, of, obj, function,
            at - (program.symbols.get(function, at) & ~1), program.text[at]))
    return name, lines, sweep, n


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--elf", required=True)
    parser.add_argument("--map", required=True)
    parser.add_argument("--inputs", required=True)
    parser.add_argument("--title", default="")
    parser.add_argument("--one-in", type=int, default=1, help="sweep a sample")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="inputs whose name matches")
    parser.add_argument("--of", default="verify", help="verify, ed25519 (of verify/), mem or caller")
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
    reached, total, skipped = set(), collections.Counter(), 0
    files = [f for f in sorted(os.listdir(o.inputs))
             if f.endswith(".input") and re.search(o.only, f)]
    with multiprocessing.Pool(o.jobs) as pool:
        tasks = [(o, program, addresses, f) for f in files]
        for name, lines, sweep, n in pool.imap(judge, tasks):
            if lines:
                print("\n".join(lines), flush=True)
            if sweep is None:
                failed = failed or bool(lines)
                continue
            inputs += 1
            reached |= sweep.reached
            total += sweep.tally
            skipped += n
    print("%s: %d bad inputs; %d of %d instructions executed by some; %d executions "
          "skipped, each by 2 and by 4 bytes: %s" % (
              o.title, inputs, len(reached), len(addresses), skipped,
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
