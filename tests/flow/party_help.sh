# SPDX-License-Identifier: Apache-2.0
# What the flows with whole parties share: keys, a log with its witness and
# mirror, a coordinator, signers. Sourced with `flow` set, it goes into a
# directory of its own, `dir`; sets `log` and `coordinator` (URLs), keeps process
# ids in `pids`.
. "$SRC/tests/children.sh"
PATH=$BIN:$PATH
pids=
dir=$(mktemp -d "${TMPDIR:-/tmp}/quorate-$flow.XXXXXX")
all_end() {
	# Who is not stopped is not told to go on: it would lose the stop by which
	# a sanitizer, at the end, looks for leaks, and wait for it for ever.
	for _p in $(own $pids); do
		! grep -qs '^State:.T (stopped)' "/proc/$_p/status" || kill -CONT "$_p"
	done
	kill $(own $pids) 2>/dev/null || :
	wait
	pids=
}
trap 'all_end; rm -rf "$dir"' EXIT
cd "$dir"
printf 'test only\n' >passphrase
export QUORATE_PASSPHRASE_FILE=$PWD/passphrase
fail() {
	printf '%s: %s\n' "$flow" "$*" >&2
	for f in *.log; do
		printf '%s\n' "--- $f" >&2
		tail -n 12 "$f" >&2
	done
	exit 1
}
key() { # FILE NAME TYPE
	quorate key new --fast --name "$2" --type "$3" -o "$1.key" >/dev/null
}
log_keys() { # those of a log, its witness and mirror; what is there stays
	[ -f log.key ] || key log log.example log
	[ -f w1.key ] || key w1 witness.example witness
	[ -f m1.key ] || key m1 mirror.example mirror
}
seen_draft() { # a trust draft's lines about them
	printf '%s\n' 'log @log.pub CH' 'witness w1 @w1.pub BR' 'mirror m1 @m1.pub IS' \
		'group watch all w1 m1' 'witness-quorum watch'
}
trust_sign() { # KEY...: of trust.draft to trust.note
	quorate trust new --draft trust.draft -o trust.txt 2>/dev/null
	trust_notes=
	for k in "$@"; do
		quorate sign trust.txt --key $k.key --yes -o trust.$k >/dev/null 2>&1
		trust_notes="$trust_notes trust.$k"
	done
	quorate merge $trust_notes -o trust.note 2>/dev/null
}
all_well() { # the last word of a flow
	all_end
	grep -l 'Sanitizer: ' ./*.log && fail 'a sanitizer spoke'
	echo "$flow: holds"
}
until_true() { # COMMAND...: within a minute, which only what is broken takes
	tries=0
	until "$@" >/dev/null 2>&1; do
		tries=$((tries + 1))
		[ $tries -lt 1200 ] || fail "never true: $*"
		sleep 0.05
	done
}
ready_times() { grep -c 'ready: ' "$1.log"; }
ready_more() { [ "$(ready_times "$1")" -gt "$ready_before" ]; }
serve() { # NAME [WORD...] PROGRAM, under `env ...`: sets pid, address; a log goes on
	_name=$1
	shift
	touch "$_name.log"
	ready_before=$(ready_times "$_name" || :)
	"$@" --config "$_name.ini" >>"$_name.log" 2>&1 &
	pid=$!
	pids="$pids $pid"
	until_true ready_more "$_name"
	address=http://$(sed -n 's/.*ready: listening on //p' "$_name.log" | tail -n 1)
}
log_start() { # TRUST-ID: a log of one authority, its witness and mirror
	: >witnesses
	for w in w1 m1; do
		printf '[witness]\nlisten = 127.0.0.1:0\nstate = %s\nkey = %s.key\npassphrase-file = passphrase\n[log log.example]\nvkey = %s\n' \
			$w $w "$(cat log.pub)" >$w.ini
		mkdir -p $w
		serve $w quorate-witnessd
		printf '[witness %s]\nvkey = %s\nurl = %s\n' $w "$(cat $w.pub)" "$address" >>witnesses
	done
	{
		printf '[log]\norigin = log.example\nkey = log.key\npassphrase-file = passphrase\nlisten = %s\nstate = %s\n' \
			"${log_listen:-127.0.0.1:0}" "${log_state:-logd}"
		printf '[authority %s]\nfirst-trust = %s\n' "$authority" "$1"
		cat witnesses
	} >log.ini
	mkdir -p "${log_state:-logd}"
	serve log quorate-logd
	log=$address
}
coordinator_start() { # configuration beyond [coordinator] on stdin
	{
		printf '[coordinator]\nlisten = %s\nstate = coordinatord\nread-auth = no\n' \
			"${coordinator_listen:-127.0.0.1:0}"
		cat
	} >coordinator.ini
	mkdir -p coordinatord
	serve coordinator quorate-coordinatord
	coordinator=$address
	coordinator_pid=$pid
}
command_config() { # TRUST [ROSTER]: of `quorate`, for a pipeline
	{
		printf '[authority]\nname = %s\ntrust = %s\n' "$authority" "$1"
		[ -z "${2:-}" ] || printf 'roster = %s\n' "$2"
		printf '[coordinator]\nurl = %s\n[log log.example]\nurl = %s\n' "$coordinator" "$log"
		printf '[proposer]\nkey = ci.key\n'
	} >quorate.ini
}
signer_config() { # PARTY NAME APPROVAL [TRUST]
	{
		printf '[signer]\nname = %s\nkey = %s.key\npassphrase-file = passphrase\n' "$2" "$1"
		printf 'state = %s.state\nsocket = %s.sock\ncoordinator = %s\n' "$1" "$1" "$coordinator"
		printf 'approval = %s\n' "$3"
		printf '[authority %s]\nproducts = example/*\n' "$authority"
		[ -z "${4:-}" ] || printf 'trust = %s\n' "$4"
		printf '[log log.example]\nurl = %s\n' "$log"
		printf '[proposer ci]\nvkey = %s\nproducts = example/*\n' "$(cat ci.pub)"
	} >"$1.ini"
}
gone() { [ -z "$(own "$1")" ]; }
ended() { # PID...: killed, and gone: only then is its state free
	kill -9 $(own "$@") 2>/dev/null || :
	for ended_pid in "$@"; do wait "$ended_pid" 2>/dev/null || :; done
}
stop() { # PARTY...: each in order, and gone: it decides nothing any more
	for _p in "$@"; do
		kill "$(cat "$_p.pid")"
		wait "$(cat "$_p.pid")" || :
	done
}
at() { # PARTY COMMAND ARGUMENT...: a person at that signer
	sock=$1.sock
	shift
	quorate "$@" --socket "$sock"
}
signer_start() { # PARTY [WORD...]: its pid is also in PARTY.pid
	# one that was killed may hold its state for a moment yet
	[ ! -f "$1.pid" ] || until_true gone "$(cat "$1.pid")"
	serve "$@" quorate-signerd
	echo "$pid" >"$1.pid"
}
family() { # PARTY...: the processes of each
	for _p in "$@"; do
		_pid=$(cat "$_p.pid")
		echo "$_pid"
		cat "/proc/$_pid/task/"*/children
	done
}
plain_draft() { # alice, bob and carol: any two release
	{
		printf '%s\n' 'quorate/trust@v1' "name $authority" 'signer alice @alice.pub CH' \
			'signer bob @bob.pub IS' 'signer carol @carol.pub BR' 'group two 2 alice bob carol' \
			'quorum two' 'root anna @anna.pub CH' 'root-quorum anna'
		seen_draft
	} >trust.draft
}
plain_trust() { # three plain parties, two of whom release
	authority=example/release/test
	for p in alice bob carol; do key $p $p.example party; done
	key ci ci.example proposer
	key anna anna.example/root root
	log_keys
	plain_draft
	trust_sign anna alice bob carol
}
plain_coordinator() {
	coordinator_start <<-INI
	[authority $authority]
	trust = trust.note
	[proposer ci]
	vkey = $(cat ci.pub)
	products = example/*
	INI
}
plain_start() { # with a log of their own
	plain_trust
	log_start "$(quorate trust id trust.note)"
	quorate append trust.note --log "$log" -o trust.file >/dev/null 2>&1
	plain_coordinator
}
propose() { # NOTE: sets id, leaves the status in `status`
	curl -sS --data-binary "@$1" -H 'Content-Type: text/plain; charset=utf-8' \
		-o status "$coordinator/v1/proposals${2:-}"
	id=$(sed -n 's/^release //p' status)
	[ -n "$id" ] || fail "not proposed: $(cat status)"
}
state() { # of the proposal id
	curl -sS -o status "$coordinator/v1/proposals/$id" &&
		sed -n 's/^state //p' status
}
state_is() { [ "$(state)" = "$1" ]; }
signed() { # OUT: waits for the signed note
	until_true state_is signed
	# the status text, an empty line, the note
	sed '1,/^$/d' status >"$1"
}
