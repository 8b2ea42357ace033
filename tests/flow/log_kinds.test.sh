# SPDX-License-Identifier: Apache-2.0
# Every kind of entry through real processes: an authority with a group key
# (here a plain one: a log cannot tell), its rosters, releases with parties'
# lines, withdraws, objections, a new epoch; and a second log, which takes
# copies of trust and roster texts that bring the home log's proof. Files are
# judged by the verifier of devices.
. "$SRC/tests/flow/log_help.sh"
. "$SRC/tests/flow/audit_help.sh"
key log2 log.test/two 01
key group acme.example/group 01
for p in dana emil fred; do key $p $p.example 01; done
witness_more="[log log.test/two]
vkey = $(pub log2)"
witnesses_start
sign() { # text signers... -> note beside
	_t=$1
	shift
	"$nm" sign "$_t.text" "$@" >"$_t"
}
trust() { # revision previous epoch extra-signer-line
	trust_text "$1" "$2" "$3" | sed "
		s|^signer alice .*|signer group $(pub group) -|
		s|^group two .*|group two 2 group bob carol|
		s|^log .*|&\nlog $(pub log2) IS|
		\$a shared group"
}
roster() { # serial previous third-party
	cat <<-X
	quorate/roster@v1
	authority acme.example/test 1
	signer group
	serial $1
	previous $2
	proposed $now
	key $(pub group)
	party dana $(pub dana) BR
	party emil $(pub emil) IS
	party $3 $(pub "$3") CH
	group g 2 $3 dana emil
	quorum g
	share dana AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
	share emil AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
	share $3 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
	ceremony $(printf %064d 1)
	X
}
trust 1 - 1 >trust.text
"$nm" sign trust.text alice-root bob-root group bob carol >trust.note
id=$("$nm" id trust.note)
log_ini "$id"
sed "s/^origin.*/origin = log.test\/two/; s/^key = .*/key = log2.key/
	s/^state.*/state = log2.state/" log.ini >log2.ini
start quorate-logd log || fail start
start quorate-logd log2 || fail "start two"
one=$port_log two=$port_log2
to() { port_log=$1; }

post_ok trust.note trust.file
release_text 1 >r1.text
sed 's/^proposed.*/&\nroster group 1/' r1.text >r.text && sign r group bob dana emil
refused r 422 RC_LOG_ROSTER # there is none yet
roster 1 - alice >roster1.text
sign roster1 group alice dana emil
sign roster1 group dana emil alice && refused roster1 422 RC_LOG_ORDER
sign roster1 group alice dana emil && post_ok roster1 roster1.file
r1=$("$nm" id roster1)
# a log that admits too few parties of a group: what an auditor keeps has the
# roster, too, and proves it to anybody
cp r.text few.text && sign few group bob dana
"$BIN/liar-log" build bad log key:w1 key:w2 key:m1 -- trust.note roster1 few || fail 'a log that lies'
"$BIN/quorate" audit bad --trust trust.note --state bad.c >o 2>&1
[ $? = 6 ] && grep -q '^broken 2 parties RC_LOG_PARTIES$' o || fail "too few parties: $(cat o)"
judge() { "$BIN/quorate" log judge bad.c/evidence/2-parties --trust trust.note >judged 2>&1; }
judge
[ $? = 6 ] && grep -q '^proven broken 2 parties RC_LOG_PARTIES log log.test/one$' judged || fail "judge: $(cat judged)"
rm bad.c/evidence/2-parties/roster-0.file
judge
[ $? = 1 ] && grep -q "rule 'rosters'" judged || fail "judge, without the roster: $(cat judged)"
post_ok r r.file # alice is one of three; dana and emil are two
"$nm" device r.file trust.note acme.example/camera >/dev/null ||
	fail "a device refuses r"
sed 's/^sequence 1/sequence 2/' r.text >s.text
sign s group bob dana && refused s 403 RC_LOG_PARTIES
sign s group bob && refused s 403 RC_LOG_PARTIES
sign s group dana emil && refused s 403 RC_QUORUM
sign s bob carol dana && refused s 403 RC_LOG_LINE
sign s group bob alice emil && post_ok s s.file # leaf order: alice dana emil

# a new roster of the same key: from its entry on the old one is not taken
roster 2 "$r1" fred >roster2.text
sign roster2 group fred dana && refused roster2 403 RC_LOG_PARTIES
sign roster2 group fred dana emil && post_ok roster2 roster2.file
roster 2 "$r1" alice >fork.text
sign fork group alice dana emil && refused fork 409 RC_LOG_SUCCESSOR
sed 's/^sequence 1/sequence 3/' r.text >t.text
sign t group bob dana emil && refused t 422 RC_LOG_ROSTER
sed -i 's/^roster group 1/roster group 2/' t.text
sign t group bob alice dana && refused t 403 RC_LOG_PARTIES
sign t group bob fred dana && post_ok t t.file

# withdraws
withdraw() { # floor
	cat <<-X
	quorate/withdraw@v1
	authority acme.example/test 1
	product acme.example/camera
	floor $1
	about
	proposed $now
	reason the battery burns
	X
}
withdraw 5 >w.text && sign w bob carol && refused w 422 RC_LOG_FLOOR
withdraw 4 >w.text && sign w bob carol && post_ok w w.file
"$nm" device w.file trust.note acme.example/camera >/dev/null || fail "w"
withdraw 3 >w3.text && sign w3 bob carol && refused w3 422 RC_LOG_FLOOR

# objections: by a party or a plain signer, eight
objection() { # number
	cat <<-X
	quorate/objection@v1
	authority acme.example/test 1
	about
	proposed $now
	release $("$nm" id t)
	reason I was told to, number $1
	X
}
for i in 1 2 3 4 5 6 7 8; do
	objection $i >o.text && sign o fred && post_ok o o.file
done
objection 9 >o.text && sign o fred && refused o 422 RC_LOG_MANY
sign o bob && post_ok o o.file
objection 10 >o.text && sign o alice && refused o 403 RC_LOG_LINE

# the second log: copies only, and only with the home log's proof
to "$two"
refused trust.note 422 RC_LOG_COPY
refused r 422 RC_AUTHORITY
sed '/log.test\/one [A-Za-z0-9+\/]*=*$/,$d' trust.file >cut
post cut answer && [ "$code" != 200 ] || fail "cut: $code"
post_ok trust.file trust2.file
grep -q '^log.test/two$' trust2.file || fail "its own proof"
refused roster1 422 RC_LOG_COPY
post_ok roster1.file x
post_ok roster2.file x
post_ok t x
"$nm" device x trust.note acme.example/camera >/dev/null || fail "one of two"
post r answer && [ "$code" = 422 ] || fail "its roster is not the newest"
audit
[ "$size" = 4 ] || fail "two has $size"

# a new epoch: counts begin again, old signers' words end
to "$one"
trust 2 "$id" 2 | sed "s|^signer bob .*|signer fred2 $(key f2 fred2.example 01
	pub f2) BR|; s/group bob carol/group fred2 carol/" >t2.text
sign t2 alice-root bob-root && refused t2 403 RC_INTRODUCED
cp t2 short2
sign t2 alice-root bob-root f2 && post_ok t2 t2.file
"$nm" device t2.file trust.note acme.example/camera >/dev/null || fail "hop"
sed 's/^sequence 1/sequence 9/' r1.text >old.text
sign old bob carol && refused old 422 RC_EPOCH
sed 's/test 1$/test 2/' r1.text >new.text
sign new f2 carol && post new new.file && [ "$code" = 200 ] || fail "$code"
"$nm" device new.file t2 acme.example/camera >/dev/null || fail "new epoch"
"$nm" device new.file trust.note acme.example/camera 2>/dev/null &&
	fail "the old trust takes it"
# all of it once more from the disk
for l in log log2; do stop $l || fail "stop $l"; done
for l in log log2; do start quorate-logd $l || fail "start $l"; done
post_ok roster2 x && post_ok w w.file
audit
# and the auditors find nothing wrong with either log
auditors one 0 "http://127.0.0.1:$one"
auditors two 0 "http://127.0.0.1:$two"
# but with the same texts in other orders, under accomplices' lines
broken() { # RULE INDEX ENTRY...
	_r=$1 _i=$2
	shift 2
	rm -rf bad bad.c bad.py
	"$BIN/liar-log" build bad log key:w1 key:w2 key:m1 -- "$@" || fail build
	auditors bad 6 bad
	says bad "broken $_i $_r "
}
broken rosters 1 trust.note r
sign s group bob dana # too few of the roster's parties
broken parties 2 trust.note roster1 s
"$nm" sign roster1.text group alice dana >few1
broken roster-lines 1 trust.note few1
"$nm" sign roster2.text group fred dana emil >two2
"$nm" sign roster2.text group fred >few2
broken roster-lines 2 trust.note roster1 few2
broken chain 1 trust.note roster2
broken introduced 2 trust.note roster1 short2
broken rosters 3 trust.note roster1 roster2 r
echo "log_kinds: $size entries, all of it holds"
