#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A trust text through its life, with all daemons: a witness joins, the log is
# replaced by another operator's, a root key is rotated, and a party is removed
# for cause by a new group key in a new epoch, made in a ceremony. A device
# that was provisioned before all of it follows hop by hop and takes what is
# released after. A hop that not enough roots of before signed, or that was
# never logged under the trust of before, is refused.
set -eu
flow=trust
. "$SRC/tests/flow/party_help.sh"
. "$SRC/tests/flow/reshare_help.sh"
all='alice bob carol dana'
world_keys
for r in berit carlo carlo2; do key $r $r.example/root root; done
key log2 second.example log
key w2 other.example witness
cat >trust.draft <<NOTE
quorate/trust@v1
name $authority
signer release @ -
quorum release
root anna @anna.pub CH
root berit @berit.pub IS
root carlo @carlo.pub BR
group board 2 anna berit carlo
root-quorum board
recover 3
$(seen_draft)
about
shared release
NOTE
quorate trust new --draft trust.draft -o template.txt 2>>said

# the witnesses know both logs from the start
mirrord() { exec quorate-witnessd --mirror "$@"; }
for w in w1 w2 m1; do
	printf '[witness]\nlisten = 127.0.0.1:0\nstate = %s\nkey = %s.key\npassphrase-file = passphrase\n' $w $w >$w.ini
	printf '[log log.example]\nvkey = %s\n[log second.example]\nvkey = %s\n' "$(cat log.pub)" "$(cat log2.pub)" >>$w.ini
	mkdir -p $w
	witness=quorate-witnessd
	[ $w != m1 ] || witness=mirrord
	serve $w $witness
	eval "url_$w=$address"
done
log_ini() { # NAME ORIGIN LISTEN FIRST-TRUST WITNESS...
	log_name=$1
	printf '[log]\norigin = %s\nkey = %s.key\npassphrase-file = passphrase\nlisten = %s\nstate = %s.state\n[authority %s]\nfirst-trust = %s\n' \
		"$2" "$1" "$3" "$1" $authority "$4" >$1.ini
	shift 4
	for w in "$@"; do
		eval "address=\$url_$w"
		printf '[witness %s]\nvkey = %s\nurl = %s\n' $w "$(cat $w.pub)" "$address" >>$log_name.ini
	done
}
log_listen=$(free_address)
log=http://$log_listen
coordinator_listen=$(free_address)
parts >parts.ini
coordinator_start <parts.ini
for p in alice bob carol; do
	signer_config $p $p.example automatic
	signer_start $p
done
by() { # FILE ROOT...: FILE.ROOT for each
	file=$1
	shift
	for r in "$@"; do
		quorate sign $file --key $r.key --yes -o $file.$r >/dev/null 2>&1
	done
}
refused() { # NOTE RC: by the log
	quorate append "$1" --log "$log" -o refused.file 2>talk && fail "the log took $1"
	grep -q "$2" talk || fail "$1 not for $2: $(cat talk)"
}
logged() { # NOTE FILE
	quorate append "$1" --log "$log" -o "$2" 2>talk || fail "$1 was not logged: $(cat talk)"
}
device() { # FILE [HOP...]: provisioned with the first text, it follows
	file=$1
	shift
	for h in "$@"; do set -- "$@" --hop "$h"; shift; done
	quorate verify app.bin --release "$file" --trust trust1.file "$@"
}
device_refuses() { # RC FILE [HOP...]
	rc=$1
	shift
	device "$@" >/dev/null 2>talk && fail "a device takes $*"
	grep -q "$rc" talk || fail "$*: not for $rc: $(cat talk)"
}

# ---- birth
genesis_parties='alice bob carol'
genesis_draft 'three 2 alice bob carol'
reshare_accept $genesis_parties
reshare_watch || { cat watch.log; fail 'nothing was born'; }
by trust.note anna berit
quorate merge trust.note.anna trust.note.berit -o trust1.note 2>talk
grep -q "nobody's line is missing" talk || fail "$(cat talk)"
log_ini log log.example "$log_listen" "$(quorate trust id trust1.note)" w1 m1
serve log quorate-logd
log_pid=$pid
logged trust1.note trust1.file
logged roster.note roster.file
head -c 1000 /dev/urandom >app.bin
cp trust1.note trust.full
release 1 1

# ---- a witness joins
quorate trust propose --after trust1.file 'witness w2 @w2.pub DE' 'group watch all w1 w2 m1' \
	-o trust2.txt 2>talk || fail "$(cat talk)"
grep -q ' + witness w2 .* DE$' talk && grep -q ' - group watch all w1 m1$' talk || fail "not said what changes: $(cat talk)"
grep -q 'wanted of the roots in force: any 2 of anna, berit and carlo' talk || fail "not said who signs: $(cat talk)"
by trust2.txt anna berit
quorate merge --previous trust1.file trust2.txt.anna -o one.note 2>talk
grep -q 'wanted of the roots in force' talk || fail 'not said who is missing'
refused one.note RC_ROOT_QUORUM
quorate merge --previous trust1.file trust2.txt.anna trust2.txt.berit -o trust2.note 2>talk
grep -q "nobody's line is missing" talk || fail "$(cat talk)"
refused trust2.note RC_LOG_WITNESSES # nobody told the log where w2 is
ended $log_pid
log_ini log log.example "$log_listen" "$(quorate trust id trust1.note)" w1 w2 m1
serve log quorate-logd
log_pid=$pid
logged trust2.note trust2.file
cp trust2.note trust.full
release 2 1
device r2.release trust2.file >/dev/null
sees() { at $1 status | grep -q "^trust $2 "; }
for p in alice bob carol; do until_true sees $p '1 2'; done

# ---- another operator's log takes the place of the first
log2_listen=$(free_address)
log_ini log2 second.example "$log2_listen" "$(quorate trust id trust1.note)" w1 w2 m1
hash=$(printf log.example | sha256sum | cut -c 1-64)
quorate-logd --config log2.ini --adopt "$url_m1/$hash" 2>adopt.log || fail "$(cat adopt.log)"
serve log2 quorate-logd
quorate trust propose --after trust2.file 'log @log2.pub IS' 'drop log log.example' -o trust3.txt 2>talk || fail "$(cat talk)"
grep -q "if 'log.example' is gone: it wants 3 roots; .* enters 'recovery'" talk || fail "what if the log is gone? $(cat talk)"
by trust3.txt berit carlo
quorate merge --previous trust2.file trust3.txt.berit trust3.txt.carlo -o trust3.note 2>>said
log=http://$log2_listen
refused trust3.note RC_LOG_COPY # it is not in force before the old log has it
log=http://$log_listen
logged trust3.note trust3.file
log=http://$log2_listen
# its copy, which carries the old log's proof: the answer is a file of the new
# log. That proves nothing to a device that still holds the old text.
logged trust3.file trust3.copy
# alice and bob are told of the new log while the old one lives, and see the
# text there; carol was away, and is given it
ended "$(cat carol.pid)"
for p in alice bob; do
	printf '[log second.example]\nurl = %s\n' "$log" >>$p.ini
	kill -HUP "$(cat $p.pid)"
	until_true sees $p '1 3'
done
ended $log_pid
sed -i "s|^\[log log.example\]|[log second.example]|; s|^url = .*|url = $log|" carol.ini
signer_start carol
grep -q 'no section \[log log.example\]' carol.log || fail 'carol does not say what she misses'
ended "$(cat carol.pid)"
sed -i 's|^\[authority .*|&\ntrust = trust3.file|' carol.ini
signer_start carol
for p in alice bob carol; do until_true sees $p '1 3'; done
cp trust3.note trust.full
release 3 1
device r3.release trust2.file trust3.file >/dev/null
device_refuses RC_LOG r3.release trust2.file
device_refuses RC_LOG r3.release trust2.file trust3.copy
device_refuses RC_REVISION r3.release trust3.file

# ---- a root key is rotated
quorate trust propose --after trust3.file 'root carlo @carlo2.pub BR' -o trust4.txt 2>talk || fail "$(cat talk)"
by trust4.txt anna carlo carlo2
quorate merge --previous trust3.file trust4.txt.anna trust4.txt.carlo2 -o new.note 2>talk
grep -q 'wanted of the roots in force' talk || fail "the old root is not wanted: $(cat talk)"
refused new.note RC_ROOT_QUORUM # the new key is nobody yet
quorate merge --previous trust3.file trust4.txt.anna trust4.txt.carlo -o old.note 2>talk
grep -q 'wanted of its own roots' talk || fail "the new root is not wanted: $(cat talk)"
refused old.note RC_ROOT_QUORUM
quorate merge --previous trust3.file trust4.txt.anna trust4.txt.carlo trust4.txt.carlo2 -o trust4.note 2>>said
logged trust4.note trust4.file
cp trust4.note trust.full
release 4 1
device r4.release trust2.file trust3.file trust4.file >/dev/null
# the same file without the old root's line
grep -v "^— carlo.example/root $(sed -n 's/^— carlo.example\/root //p' trust4.txt.carlo)\$" trust4.file >cut.file
cmp -s cut.file trust4.file && fail 'no line was cut'
device_refuses RC_ROOT_QUORUM r4.release trust2.file trust3.file cut.file
# and one that was not logged at all
device_refuses RC_PERSON r4.release trust2.file trust3.file trust4.note

# ---- carol goes for cause: a new key, in a new epoch
quorate ceremony draft --reshare roster.file --quorum three --group 'three 2 alice bob dana' \
	--party alice.card --party bob.card --party dana.card --key ci.key --for-cause carol 2>talk &&
	fail 'for cause, and the same key'
grep -q -e "'--after TRUST'" talk || fail "not said how: $(cat talk)"
signer_config dana dana.example automatic trust4.file
sed -i 's/log log.example/log second.example/' dana.ini
signer_start dana
cards alice bob carol
quorate ceremony draft --after trust4.file --for-cause carol --quorum three --group 'three 2 alice bob carol' \
	--key ci.key $options -o bad.bundle 2>talk && fail 'carol is in it'
grep -q "'carol' is to be removed" talk || fail "$(cat talk)"
new_key() { # TRUST: up to trust.note and roster.note in new/
	cards alice bob dana
	code=$(quorate ceremony draft --after "$1" --for-cause carol --quorum three --group 'three 2 alice bob dana' \
		--key ci.key $options -o draft.bundle 2>talk) || fail "$(cat talk)"
	ceremony=$(quorate ceremony propose --coordinator "$coordinator" draft.bundle 2>>said)
}
new_key trust3.file # of a text that is not in force any more
at alice ceremony accept "$ceremony" --code "$code" >/dev/null 2>talk && fail 'alice joins what cannot be logged'
grep -q RC_PREVIOUS talk || fail "$(cat talk)"
# one that is made and never signed by the roots costs nothing
new_key trust4.file
grep -q 'takes the place of the key of epoch 1 in trust text 5' talk || fail "not said what it is: $(cat talk)"
reshare_accept alice bob dana
quorate ceremony watch --coordinator "$coordinator" --wait 60s --out lost "$ceremony" >/dev/null 2>watch.log ||
	{ cat watch.log; fail 'no key'; }
[ -n "$(ls alice.state/next-*)" ] || fail 'no share waits for the log'
release 5 1
sleep 1 # its draft would be the same text, within the second
new_key trust4.file
reshare_accept alice bob dana
quorate ceremony watch --coordinator "$coordinator" --wait 60s --out new "$ceremony" >/dev/null 2>watch.log ||
	{ cat watch.log; fail 'no key'; }
ended "$(cat alice.pid)"
signer_start alice # with two shares that wait, and one in force
until_true sees alice '1 4'
release 6 1 # the old key is in force
by new/trust.note anna berit
refused new/trust.note RC_ROOT_QUORUM # the ceremony alone changes nothing
quorate merge --previous trust4.file new/trust.note.anna new/trust.note.berit -o trust5.note 2>talk
grep -q "nobody's line is missing" talk || fail "$(cat talk)"
logged trust5.note trust5.file
kill -HUP "$(cat carol.pid)" # who has no part in it looks once a minute
for p in alice bob carol dana; do until_true sees $p '2 5'; done
logged new/roster.note roster.file
sharer() { at $1 status | grep -q '^roster 1 .* in-force' && [ -z "$(ls $1.state/next-* $1.state/dkg-* 2>/dev/null)" ]; }
for p in alice bob dana; do until_true sharer $p; done
none() { at $1 status | grep -q '^role nobody' && [ -z "$(ls $1.state/share-* 2>/dev/null)" ]; }
until_true none carol
# what is of the old epoch goes nowhere
draft 7 old 1
quorate trust propose --after trust5.file 'text-max 1000' -o trust6.txt 2>>said
cp trust5.note trust.full
release 1 1 # sequences start again
device r1.release trust2.file trust3.file trust4.file trust5.file >/dev/null
device_refuses RC_EPOCH r1.release trust2.file trust3.file trust4.file
grep -q '^— dana' r1.release || grep -q '^— bob' r1.release || fail 'not by the new roster'
propose old.note
sleep 0.5
state_is signed && fail 'the old key signed'
# a restart of everybody, coordinator too, finds all of it again
ended $coordinator_pid "$(cat alice.pid)" "$(cat bob.pid)" "$(cat dana.pid)"
coordinator_start <parts.ini
for p in alice bob dana; do signer_start $p; done
release 2 1
device r2.release trust2.file trust3.file trust4.file trust5.file >/dev/null
grep -q 'ALARM' ./*.log && fail 'an alarm without a reason'
all_well
