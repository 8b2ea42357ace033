# SPDX-License-Identifier: Apache-2.0
# What the flows about reshares share: an authority `example/release/test`
# with one group key, its log, and ceremonies in a few words. Sourced behind
# party_help.sh; `all` names everybody who ever takes part.
authority=example/release/test
free_address() { echo "127.0.0.1:$(free_port)"; }
world_keys() { # of `all`, their log, a pipeline and a root
	for p in $all; do
		# of one who takes another key: another name in rosters, the same on notes
		key $p "${p%-new}.example" party
		quorate party new --name $p --key $p.key --label CH --contact nobody -o $p.card 2>>said
	done
	key ci ci.example proposer
	key anna anna.example/root root
	log_keys
}
group_draft() { # LINE...: of a key yet to be made, and of `plain_signers`
	{
		printf '%s\n' 'quorate/trust@v1' "name $authority" 'signer release @ -'
		for p in ${plain_signers:-}; do echo "signer $p @$p.pub BR"; done
		if [ -n "${plain_signers:-}" ]; then
			printf '%s\n' "group both all release $plain_signers" 'quorum both'
		else
			echo 'quorum release'
		fi
		printf '%s\n' 'root anna @anna.pub CH' 'root-quorum anna'
		seen_draft
		printf '%s\n' about 'shared release' "$@"
	} >trust.draft
}
parts() { # a coordinator's configuration: everybody may take part
	printf '[proposer ci]\nvkey = %s\nproducts = example/*\n' "$(cat ci.pub)"
	for p in $all; do printf '[party %s]\nvkey = %s\n' $p "$(cat $p.pub)"; done
}
world_start() { # PARTY...: those who run from the start
	world_keys
	[ -s trust.draft ] || group_draft
	quorate trust new --draft trust.draft -o template.txt 2>>said
	log_listen=$(free_address)
	log=http://$log_listen
	coordinator_listen=${coordinator_listen:-$(free_address)}
	parts >parts.ini
	coordinator_start <parts.ini
	for p in "$@"; do
		signer_config $p $p.example automatic
		signer_start $p
	done
	genesis_parties=$*
}
cards() { # PARTY...: sets `options`
	options=
	for p in "$@"; do options="$options --party $p.card"; done
}
genesis_draft() { # 'GROUP K MEMBER...': proposed; sets code and ceremony
	cards $genesis_parties
	code=$(quorate ceremony draft --authority $authority --signer release --key-name $authority \
		--quorum "${1%% *}" --group "$1" --trust-template template.txt --key ci.key $options ${genesis_options:-} -o draft.bundle 2>/dev/null)
	ceremony=$(quorate ceremony propose --coordinator "$coordinator" draft.bundle 2>/dev/null)
}
genesis() { # 'GROUP K MEMBER...': roster and trust are logged in the end
	genesis_draft "$1"
	reshare_accept $genesis_parties
	reshare_watch || { cat watch.log; fail 'nothing was born'; }
	quorate sign trust.note --key anna.key --yes -o trust.anna >/dev/null 2>&1
	for p in ${plain_signers:-}; do
		quorate sign trust.anna --key $p.key --yes >/dev/null 2>&1
	done
	quorate merge trust.anna -o trust.full 2>>said
	log_start "$(quorate trust id trust.full)"
	quorate append trust.full --log "$log" -o trust.file 2>>said
	quorate append roster.note --log "$log" -o roster.file 2>>said
	head -c 1000 /dev/urandom >app.bin
}
draft() { # SEQUENCE OUT SERIAL
	quorate release app=app.bin --product example/board --version "1.0-$2" --sequence "$1" \
		--roster release="$3" --trust trust.full --draft-only -o "$2.txt" 2>>said
	quorate sign "$2.txt" --key ci.key --yes -o "$2.note" >/dev/null 2>&1
}
release() { # SEQUENCE SERIAL: signed, logged, taken by a device
	draft "$1" "r$1" "$2"
	propose "r$1.note"
	signed "r$1.signed"
	quorate append "r$1.signed" --log "$log" -o "r$1.release" >/dev/null 2>append.log ||
		{ cat append.log >&2; fail "release $1 was not logged"; }
	quorate verify app.bin --release "r$1.release" --trust trust.full >/dev/null
}
reshare_draft() { # ROSTER 'GROUP...' PARTY...: groups one a line; the last is the root
	before=$1
	printf '%s\n' "$2" >groups
	shift 2
	cards "$@"
	while read -r line; do
		root=${line%% *}
		set -- "$@" --group "$line"
	done <groups
	while [ "$1" != --group ]; do shift; done
	code=$(quorate ceremony draft --reshare "$before" --quorum "$root" "$@" \
		--key ci.key $options -o draft.bundle 2>talk) || { cat talk; fail 'no draft'; }
	ceremony=$(quorate ceremony propose --coordinator "$coordinator" draft.bundle 2>>said)
}
reshare_accept() { # PARTY...
	for p in "$@"; do
		at $p ceremony accept "$ceremony" --code "$code" >/dev/null || fail "$p cannot join"
	done
}
reshare_watch() {
	quorate ceremony watch --coordinator "$coordinator" --wait 60s --out . "$ceremony" >/dev/null 2>watch.log
}
reshare_run() { # PARTY...: up to the roster note
	reshare_accept "$@"
	reshare_watch || { cat watch.log; fail 'no roster'; }
}
is_in_force() { at "$1" status | grep -q "^roster $2 .* in-force"; }
in_force() { # SERIAL PARTY...: the roster is logged, and they know
	serial=$1
	shift
	quorate append roster.note --log "$log" -o roster.file 2>append.log ||
		{ cat append.log; fail "roster $serial was not logged"; }
	for p in "$@"; do until_true is_in_force $p "$serial"; done
}
inbox_start() { # sets inbox: a coordinator that says what this test wants said
	mkdir in out
	python3 "$SRC/tests/flow/inbox.py" inbox.port in out &
	pids="$pids $!"
	until_true test -s inbox.port
	inbox=http://127.0.0.1:$(cat inbox.port)
}
taken() { [ ! -e in/next ]; }
tell() { # FILE: and it has been taken
	cp "$1" in/.next
	mv in/.next in/next
	until_true taken
}
