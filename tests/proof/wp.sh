#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# wp.sh [DIR [GROUP...]]: Frama-C's WP over the functions of the line cursor, of
# checkpoints and of trees that are named below; in some of the groups, or in
# all. Eva (eva.sh) does not carry the relation of a slice's pointer and
# length out of a function; this proves of each function, for texts of any
# length, that it is free of runtime errors and writes nothing but what its
# contract says, if its caller keeps the contract, and that it keeps those of
# what it calls. Contracts and what loops keep are in *.acsl, and are put into
# copies of the sources by annotate.py. Assumed are the contracts of the hash
# (wp.c), whose body is Eva's, and of field_host, which is for hosts. That the
# rules of every kind are what `grammar` says is a test of check_line.
#
# A prover that may look at all of `grammar` gets lost in it. So it is two
# predicates, and where a function only hands one of them on, that one is
# `any` or `any2`, of which nothing is known: what is proven then holds for
# every predicate.
# Prints goals and functions; fails on a goal that no prover proves, and if
# there are not as many goals as are written down: none was lost. Provers stop
# after so many steps of their own, so that a slow machine proves the same;
# WP_TIMEOUT, in seconds by the clock, is for what takes no steps.
src=$(cd "$(dirname "$0")/../.." && pwd) || exit 3
cd "$src" || exit 3
dir=$(mktemp -d "${1:-${TMPDIR:-/tmp}}/wp.XXXXXX") || exit 3
trap 'rm -rf "$dir"' EXIT
[ $# -eq 0 ] || shift
groups=" $* " asked=$# ran=0 fail=0 all=0
export WHY3CONFIG="$dir/why3.conf"
why3 -C "$WHY3CONFIG" config detect >"$dir/log" 2>&1 || {
	tail -n 5 "$dir/log"
	exit 3
}
# one with and one without a heuristic that does not come to an end here
while read -r name option; do
	cat >>"$WHY3CONFIG" <<EOF

[prover]
name = "CVC4"
version = "1.8"
alternative = "$name"
command = "cvc4 --stats --tlimit-per=%t000 --lang=smt2 $option %f"
command_steps = "cvc4 --stats --rlimit-per=%S --lang=smt2 $option %f"
driver = "cvc4_17"
editor = ""
in_place = false
interactive = false
EOF
done <<'PROVERS'
full
plain --no-quant-cf
PROVERS
for file in tests/device/mem.c verify/line.c verify/checkpoint.c verify/policy.c; do
	name=${file##*/}
	python3 tests/proof/annotate.py "tests/proof/${name%.c}.acsl" "$dir" "$file" || exit 1
done

prove() { # GROUP GOALS SHAPE WORDS FUNCTION...
	group=$1 wanted=$2 shape=$3 words=$4
	shift 4
	case $groups in "  " | *" $group "*) ;; *) return ;; esac
	functions=$(echo "$*" | tr ' ' ,)
	# freestanding: then memcpy and its like are those of tests/device/mem.c
	# shellcheck disable=SC2086 # options
	frama-c -c11 -machdep gcc_x86_64 -cpp-extra-args="-I$src -I$dir -U__STDC_HOSTED__ -DSHAPE=$shape -DWORDS=$words" \
		-wp -wp-rte -rte-no-pointer-call -wp-model Typed+Cast -wp-literals $options \
		-wp-prover CVC4:1.8:plain,CVC4:1.8:full,z3 -wp-steps "${WP_STEPS:-5000000}" \
		-wp-timeout "${WP_TIMEOUT:-300}" -wp-par "${JOBS:-2}" \
		-wp-fct "$functions" tests/proof/wp.c >"$dir/log" 2>&1 || {
		tail -n 5 "$dir/log"
		exit 1
	}
	goals=$(sed -n 's/^\[wp\] Proved goals: *//p' "$dir/log" | tail -n 1)
	goals=${goals:-0 / 0}
	printf '%-12s %s goals proved\n' "$group" "$goals"
	echo "$*" | fold -s -w 76 | sed 's/^/    /'
	[ "${goals% / *}" = "${goals#* / }" ] || {
		grep '^\[wp\] \[.*\] Goal' "$dir/log" | grep -v ' : Valid'
		fail=1
	}
	[ "${goals#* / }" = "$wanted" ] || {
		echo "wp: $group: $wanted goals are written down" >&2
		fail=1
	}
	ran=$((ran + 1)) all=$((all + ${goals% / *}))
}

options=
prove mem 47 any any2 memcpy memset memcmp
prove line 660 any any2 slice_equal slice_is slice_compare decimal slice_decimal slice_number \
	digit base64_digit base64_feed slice_bytes slice_name slice_token slice_foreign slice_label \
	vkey_hash vkey_id vkey_read vkey_parse vkey_parse_signer field_count field_tree \
	line_is_extension field_check walk_take walk_device fields_read line_order line_next
prove place 123 shape any key_matches line_place
prove init 72 shape any walk_init
prove read 46 any words line_read
prove checkpoint 111 any any2 take is_extension checkpoint_plain checkpoint_parse
prove policy 249 any any2 policy_name policy_same word_find node_find group_read policy_node policy_close
options=-wp-no-filter # or the copy of a struct is forgotten
prove members 52 any any2 policy_members
echo "wp: $all goals proved"
[ "$asked" -eq 0 ] || [ "$ran" -eq "$asked" ] || {
	echo "wp: there is no such group" >&2
	fail=1
}
exit $fail
