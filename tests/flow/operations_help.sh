# SPDX-License-Identifier: Apache-2.0
# docs/operations.md, run: the commands of a block between its marks, as they
# stand. Changed are only addresses, --fast for keys, and where a passphrase
# for a page comes from. Sourced with `fail` set.
page=$SRC/docs/operations.md
ran=0
[ "$(grep -c '^```$' "$page")" = $((2 * $(grep -c '^<!-- run ' "$page"))) ] || fail 'a block without marks'
run() { # NAME: what it says is in NAME.out and NAME.err
	sed -n "/^<!-- run $1 -->\$/,/^<!-- end -->\$/p" "$page" | sed '/^<!--/d; /^```/d' |
		sed "s|https://log.example|${log:-}|; s|https://coordinator.example|${coordinator:-}|
			s|https://w1.example|http://127.0.0.1:${port_w1:-}|
			s|https://m1.example|http://127.0.0.1:${port_m1:-}|
			s/^quorate key new/& --fast/; s/^quorate log \(init\|add-key\)/& --fast/
			s/^quorate signer \(backup\|restore\)/& --fast --page-passphrase-file page.pass/" >"$1.sh"
	grep -q '^quorate\|^cp' "$1.sh" || fail "$1: no commands on the page"
	sh -eu "$1.sh" >"$1.out" 2>"$1.err" </dev/null || fail "$1: $(cat "$1.sh" "$1.out" "$1.err")"
	ran=$((ran + 1))
}
all_run() { # PREFIX|PREFIX: whether every block of them was
	_blocks=$(grep -cE "^<!-- run ($1)-" "$page")
	[ "$ran" = "$_blocks" ] || fail "$ran blocks of $_blocks were run"
}
