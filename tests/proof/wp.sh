#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# wp.sh [DIR]: Frama-C's WP over the functions of the line cursor that are named
# below. Eva (eva.sh) does not carry the relation of a slice's pointer and
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
# Prints goals and functions; fails on a goal that no prover proves.
src=$(cd "$(dirname "$0")/../.." && pwd) || exit 3
cd "$src" || exit 3
dir=$(mktemp -d "${1:-${TMPDIR:-/tmp}}/wp.XXXXXX") || exit 3
trap 'rm -rf "$dir"' EXIT
fail=0
export WHY3CONFIG="$dir/why3.conf"
why3 -C "$WHY3CONFIG" config detect >"$dir/log" 2>&1 || {
	tail -n 5 "$dir/log"
	exit 3
}
# also without a heuristic of the prover's that does not come to an end here
cat >>"$WHY3CONFIG" <<'EOF'

[prover]
name = "CVC4"
version = "1.8"
alternative = "plain"
command = "cvc4 --stats --tlimit-per=%t000 --lang=smt2 --no-quant-cf %f"
driver = "cvc4_17"
editor = ""
in_place = false
interactive = false
EOF
for file in tests/device/mem.c verify/line.c verify/checkpoint.c verify/policy.c; do
	name=${file##*/}
	python3 tests/proof/annotate.py "tests/proof/${name%.c}.acsl" "$dir" "$file" || exit 1
done

prove() { # FILE SHAPE WORDS FUNCTION...
	file=$1 shape=$2 words=$3
	shift 3
	functions=$(echo "$*" | tr ' ' ,)
	# freestanding: then memcpy and its like are those of tests/device/mem.c
	frama-c -c11 -machdep gcc_x86_64 -cpp-extra-args="-I$src -I$dir -U__STDC_HOSTED__ -DSHAPE=$shape -DWORDS=$words" \
		-wp -wp-rte -rte-no-pointer-call -wp-model Typed+Cast -wp-literals \
		-wp-prover CVC4:1.8:plain,cvc4,z3 -wp-timeout "${WP_TIMEOUT:-60}" -wp-par "${JOBS:-2}" \
		-wp-fct "$functions" tests/proof/wp.c >"$dir/log" 2>&1 || {
		tail -n 5 "$dir/log"
		exit 1
	}
	goals=$(sed -n 's/^\[wp\] Proved goals: *//p' "$dir/log" | tail -n 1)
	printf '%-14s %s goals proved\n' "$file" "${goals:-?}"
	echo "$*" | fold -s -w 76 | sed 's/^/    /'
	[ -n "$goals" ] && [ "${goals% / *}" = "${goals#* / }" ] && [ "${goals#* / }" -gt "$#" ] || {
		grep '\[Failed\]\|\[Timeout\]' "$dir/log"
		fail=1
	}
}

prove mem.c any any2 memcpy memset memcmp
prove line.c any any2 slice_equal slice_is slice_compare decimal slice_decimal slice_number \
	digit base64_digit base64_feed slice_bytes slice_name slice_token slice_foreign slice_label \
	vkey_hash vkey_id vkey_read vkey_parse vkey_parse_signer field_count field_tree \
	line_is_extension field_check walk_take walk_device fields_read line_order line_next
prove line.c shape any key_matches line_place
prove line.c any words line_read
prove checkpoint.c any any2 take is_extension checkpoint_plain checkpoint_parse
prove policy.c any any2 policy_same word_find node_find policy_close
exit $fail
