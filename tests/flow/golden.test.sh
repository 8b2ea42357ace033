#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The golden files: that they are what make_golden makes today, byte for byte,
# and that `quorate verify` answers to each as verdicts.txt says. The second
# reader (tests/foreign/) must take and refuse the same ones; it knows no
# owners and leaves the 600 s of `proposed` to the log.
set -u
golden=$SRC/tests/vectors/golden
dir=$(mktemp -d "${TMPDIR:-/tmp}/quorate-golden.XXXXXX") || exit 3
trap 'rm -rf "$dir"' EXIT
fail=0
"$BIN/make_golden" "$dir/made" || exit 3
diff -r "$golden" "$dir/made" || {
	echo 'golden: the files have changed: if that is meant, say why in NEWS'
	echo "  and run: make_golden tests/vectors/golden"
	fail=1
}
cd "$golden" || exit 3
count=0
while read -r line; do
	args=${line% -> *}
	want=${line##* -> }
	# shellcheck disable=SC2086 # words without spaces
	if "$BIN/quorate" verify $args >"$dir/said" 2>&1; then
		got=RC_OK
	else
		code=$?
		got=$(sed -n '1s/.*: \(RC_[A-Z_0-9]*\):.*/\1/p' "$dir/said")
		[ $code = 1 ] || got="$got, exit $code"
	fi
	[ "$got" = "$want" ] || {
		echo "golden: verify $args: $got, not $want"
		cat "$dir/said"
		fail=1
	}
	case "$args -> $want" in
	*--owner* | *RC_LOG_AGE) ;;
	*)
		second=refused
		# shellcheck disable=SC2086
		python3 -B "$SRC/tests/foreign/verify.py" $args >"$dir/said" 2>&1 &&
			second=RC_OK
		case $want-$second in
		RC_OK-RC_OK) ;;
		RC_OK-refused | *-RC_OK)
			echo "golden: verify.py $args: $second, not $want"
			cat "$dir/said"
			fail=1
			;;
		esac
		;;
	esac
	count=$((count + 1))
done <verdicts.txt
[ $count -gt 50 ] || { echo "golden: only $count verdicts"; fail=1; }
for f in trust.note trust.file app.bin.release withdraw.file owner.note \
	endorsement.note objection.note alice.party checkpoint; do
	"$BIN/quorate" show --trust trust.note $f >"$dir/said" 2>&1 &&
		! grep -q 'NOT VERIFY' "$dir/said" || {
		echo "golden: show $f"
		cat "$dir/said"
		fail=1
	}
done
[ $fail = 0 ] && echo "golden: $count verdicts"
exit $fail
