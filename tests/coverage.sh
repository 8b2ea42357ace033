#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# coverage.sh BUILD [DIR]: which lines and branches of verify/ the suites of
# verify/ reach. Built twice, as for a device and as for a host; a line or a
# branch counts when either build went there. BUILD is a dev build, for the
# hosts' library. Prints a table; DIR keeps the figures (default: a fresh one).
# Exits 1 below 95 % of lines or branches, taken together.
set -eu
src=$(cd "$(dirname "$0")/.." && pwd)
build=$(cd "$1" && pwd)
dir=${2:-$(mktemp -d "${TMPDIR:-/tmp}/quorate-coverage.XXXXXX")}
mkdir -p "$dir"
cd "$dir"
# always_inline: a copy of such a function that nobody calls would count too
flags="-std=gnu17 -O0 -g -Dalways_inline=unused -D_GNU_SOURCE -I$src -DQUORATE_SOURCE=\"$src\" -DQUORATE_VECTORS=\"${QUORATE_VECTORS:-$src/../shared/vectors}\""
device='-DVERIFY_TEXT_MAX=1536 -DVERIFY_PATH_MAX=32'
host='-DVERIFY_TEXT_MAX=61440 -DVERIFY_PATH_MAX=53 -DDEVICE_PRODUCTS_MAX=9 -DVERIFY_BIP340'
libraries='-lsodium -lcheck -lsubunit -ljansson -lm -lrt -lpthread -lsecp256k1'
crypto='(sha256|sha512|ed25519)$'

objects() { # SET FLAGS...
	set=$1
	shift
	mkdir -p "$set"
	for f in "$src"/verify/*.c; do
		# shellcheck disable=SC2086 # lists
		cc $flags --coverage "$@" -c "$f" -o "$set/$(basename "$f" .c).o"
	done
}
run() { # NAME: a suite that was linked; its verdict is not this script's
	CK_FORK=no "./$1" >"$1.log" 2>&1 || { tail -n 5 "$1.log"; echo "coverage: $1 fails"; exit 1; }
}
# shellcheck disable=SC2086 # lists
{
	objects device $device
	objects host $host
	for suite in verify verify_lines verify_proof verify_trust threats; do
		cc $flags $device -c "$src/tests/unit/check_$suite.c" -o "$suite.o"
		cc --coverage "$suite.o" device/*.o $libraries -o "$suite-device"
		run "$suite-device"
	done
	# the suites of single files, with the hosts' crypto
	pure=$(ls host/*.o | grep -Ev "/(sha256|sha512|ed25519)\.o$")
	for f in "$src"/verify/*.c; do
		name=$(basename "$f" .c)
		for suite in "$name" "${name}_world" "${name}_lines" "${name}_proof" "${name}_trust"; do
			[ -f "$src/tests/unit/check_$suite.c" ] || continue
			cc $flags $host -c "$src/tests/unit/check_$suite.c" -o "$suite.o"
			cc --coverage "$suite.o" $pure "$build/libquorate_cli.a" "$build/libquorate_host.a" \
				$libraries -lcurl -lsqlite3 -lmicrohttpd -lcrypto -o "$suite-host"
			run "$suite-host"
		done
	done
	for suite in decision decision_lines decision_trust; do
		cc $flags $host -c "$src/tests/unit/check_$suite.c" -o "$suite.o"
		cc --coverage "$suite.o" $pure "$build/libquorate_host.a" $libraries -lcurl -lsqlite3 -lmicrohttpd -lcrypto -o "$suite-host"
		run "$suite-host"
	done
	# arithmetic, of both kinds
	for suite in small_crypto small_crypto16; do
		cc $flags --coverage -c "$src/tests/unit/check_$suite.c" -o "$suite.o"
		cc --coverage "$suite.o" $libraries -o "$suite-device"
		run "$suite-device"
	done
}
find . -name '*.gcda' | while read -r f; do
	gcov --json-format --stdout --branch-probabilities "$f" 2>/dev/null
done >all.json
python3 - "$src" <<'PYTHON'
import json, os, sys

src = os.path.realpath(sys.argv[1]) + "/verify/"
lines, branches = {}, {}
decoder = json.JSONDecoder()
text = open("all.json").read()
at = 0
while at < len(text):
    if text[at].isspace():
        at += 1
        continue
    report, at = decoder.raw_decode(text, at)
    for f in report["files"]:
        path = os.path.realpath(os.path.join(report["current_working_directory"], f["file"]))
        if not path.startswith(src) or not path.endswith(".c"):
            continue
        name = path[len(src):]
        for l in f["lines"]:
            key = (name, l["line_number"])
            lines[key] = lines.get(key, 0) + l["count"]
            taken = [b["count"] for b in l["branches"]]
            before = branches.get(key, [])
            if len(before) != len(taken):  # another build's: the longer list
                taken = max(before, taken, key=len)
                branches[key] = taken
            else:
                branches[key] = [a + b for a, b in zip(before, taken)]
files = sorted({name for name, _ in lines})
total = [0, 0, 0, 0]
print("%-20s %18s %18s" % ("", "lines", "branches"))
def row(name, n):
    def of(a, b):
        return "%d/%d %5.1f %%" % (a, b, 100 * a / b if b else 100)
    print("%-20s %18s %18s" % (name, of(n[0], n[1]), of(n[2], n[3])))
missed = open("missed.txt", "w")
for name in files:
    n = [0, 0, 0, 0]
    for (f, number), count in sorted(lines.items()):
        if f != name:
            continue
        n[0] += count > 0
        n[1] += 1
        taken = branches[(f, number)]
        n[2] += sum(b > 0 for b in taken)
        n[3] += len(taken)
        if count == 0 or 0 in taken:
            missed.write("%s:%d %d %s\n" % (f, number, count, taken))
    row(name, n)
    total = [a + b for a, b in zip(total, n)]
row("verify/", total)
sys.exit(total[0] < 0.95 * total[1] or total[2] < 0.95 * total[3])
PYTHON
