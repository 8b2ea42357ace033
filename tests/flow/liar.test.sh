# SPDX-License-Identifier: Apache-2.0
# A dishonest log (tests/flow/liar_log.c), over real HTTP, before real witnesses
# and mirrors, both auditors, who must say the same, and what a device decides.
# Every act is caught by somebody, with evidence. Who catches what, and who does
# not, is held to the table of docs/log.md.
. "$SRC/tests/flow/log_help.sh"
. "$SRC/tests/flow/audit_help.sh"
trust_text 1 - >trust.text
"$nm" sign trust.text alice-root bob-root alice bob carol >trust.note
id=$("$nm" id trust.note)
hash=$(printf log.test/one | sha256sum | cut -c 1-64)
for w in w1 w2; do witness_ini $w && start quorate-witnessd $w || fail $w; done
key mx mx.test/w 04 # a mirror that begins anew for each act
for w in m1 mx; do
	witness_more="first-trust = acme.example/test $id" witness_ini $w
	MIRROR=--mirror start quorate-witnessd $w || fail $w
done
for i in 1 2 3 4 5 6; do release $i r$i; done
release 1 p1 acme.example/pump
table=""
row() { # ACT WITNESS MIRROR AUDITORS DEVICE: as docs/log.md has it
	table="$table| $1 | $2 | $3 | $4 | $5 |
"
}
every() { for w in ask:w1 ask:w2 mirror:m1; do eval "echo $w@http://127.0.0.1:\$port_${w#*:}"; done; }
# device FILE [SEQ:ID installed] [TRUST FILE to follow]: sets decided
device() {
	if "$BIN/quorate" verify "$1" --trust trust.note --time 0 \
		${2:+--installed "$2"} ${3:+--hop "$3"} >decision 2>&1; then
		decided=takes
	else
		# what is no note it takes for a payload
		grep -q "cannot open '$1.release'" decision &&
			"$nm" device "$1" trust.note acme.example/camera 2>decision
		decided=$(grep -o 'RC_[A-Z_]*' decision | head -n 1)
		[ -n "$decided" ] || fail "device: $(cat decision)"
	fi
}
decides() { # WANTED and so on as above
	_wanted=$1
	shift
	device "$@"
	[ "$decided" = "$_wanted" ] || fail "device, $1: $(cat decision) instead of $_wanted"
}
metric() { # WITNESS NAME
	eval "curl -s \"http://127.0.0.1:\$port_$1/metrics\"" | sed -n "s/^$2 //p"
}
friends='key:w1 key:w2 key:m1'
# build DIR cosigners -- entries; the honest course of things at first
build() { "$BIN/liar-log" build "$@" || fail "build $*"; }
mkdir shown
serve_liar() { # DIR -> url
	"$BIN/liar-log" serve "$1" 0 2>"$1.log" &
	pids="$pids $!"
	until_true "grep -q ready: $1.log" || fail "the liar does not serve"
	url=http://$(sed -n 's/.*listening on //p' "$1.log")
}
# show DIR: from now on the log shows this folder's content
show() {
	rm -rf shown/*
	cp -r "$1"/. shown
}
serve_liar shown
# shellcheck disable=SC2046
build honest log $(every) -- trust.note r1 r2 r3 >refusals
[ -s refusals ] && fail "the witnesses know no reason: $(cat refusals)"
show honest
auditors base 0 "$url"
again() { rm -rf now.c now.py && cp -r base.c now.c && cp -r base.py now.py; }
evidence() { # GLOB...: what is kept in now.c/evidence, and in now.py
	for g; do
		# shellcheck disable=SC2086
		[ -n "$(ls -d now.c/evidence/$g 2>/dev/null)" ] ||
			fail "no evidence $g: $(find now.c/evidence)"
	done
	[ -d now.py/evidence ] || fail "audit.py keeps none"
}

# A third party judges what was kept, elsewhere, with a trust text and nothing
# else: it is proven (6), or proves nothing by itself (1).
judged() { # CODE FOLDER TRUST [LINE]
	rm -rf alone && mkdir alone && cp -r "$2" alone/evidence && cp "$3" alone/trust && rm -f alone/evidence/why
	(cd alone && "$BIN/quorate" log judge evidence --trust trust) >said 2>said.err
	_got=$?
	[ $_got = "$1" ] || fail "judge $2: $_got instead of $1: $(cat said said.err)"
	case $1 in 1) grep -q '^unproven$' said ;; *) grep -q "^proven ${4:-}" said ;; esac || fail "judge $2: $(cat said)"
	judgements=$((judgements + 1))
}
judgements=0
# ---- a fork: another history of more, of as many, and of fewer ------------
again
# shellcheck disable=SC2046
build fork log $(every) -- trust.note r1 r2 p1 r4 >refusals
[ "$(cat refusals)" = "w1 refused 422
w2 refused 422
m1 refused 422" ] || fail "witnesses: $(cat refusals)"
for w in w1 w2 m1; do
	[ "$(metric $w quorate_witness_inconsistent_total)" = 1 ] || fail "$w does not count it"
	grep -q "log 'log.test/one': a head of 5 entries was not proven to continue the 4 held" $w.log ||
		fail "$w does not say it: $(tail -n 2 $w.log)"
	"$BIN/quorate" log evidence $w.state >list && grep -q '^unproven .* held 4 shown 5 ' list || fail "$w keeps: $(cat list)"
done
decides RC_WITNESS_QUORUM fork/last.file
row 'forks: another tree of more entries' '422, `unproven`' '422, `unproven`' '`fault fork`' '`RC_WITNESS_QUORUM`'
# shellcheck disable=SC2086
build fork log $friends -- trust.note r1 r2 p1 r4
show fork
auditors now 6 "$url"
says now 'fault fork RC_LOG_FORK'
evidence 'fork-4-5-*/held' 'fork-4-5-*/shown' 'fork-4-5-*/proof'
# the evidence stands alone: two heads by the log, and the larger one's own
# proof that it does not begin with the smaller
rm -rf kept.fork && cp -r now.c/evidence/fork-4-5-* kept.fork
judged 6 kept.fork trust.note 'fork log log.test/one sizes 4 5'
# and what is not whole, or is of somebody else's making, proves nothing
for f in root proof shown; do
	rm -rf bent && cp -r kept.fork bent && rm bent/$f && judged 1 bent trust.note
done
rm -rf bent && cp -r kept.fork bent && sed -n 3p bent/held >bent/root && judged 1 bent trust.note
printf 'x%.0s' $(seq 44) >bent/root && judged 1 bent trust.note
cp kept.fork/root bent && cp honest/checkpoint bent/shown && judged 1 bent trust.note
key evil evil.example 01
build evil.fork evil -- trust.note r1 r2 p1
rm -rf bent && cp -r kept.fork bent && cp evil.fork/checkpoint bent/shown && judged 1 bent trust.note
sed 's/^log.test/lob.test/' kept.fork/shown >bent/shown && judged 1 bent trust.note
cp kept.fork/shown bent && sed '$d' kept.fork/held | sed '/^— log/d' >bent/held && judged 1 bent trust.note
# shellcheck disable=SC2086
build same log $friends -- trust.note r1 r2 p1
show same
again && auditors now 6 "$url" && says now 'fault fork'
judged 6 now.c/evidence/fork-4-4-* trust.note 'fork log log.test/one sizes 4 4'
# shellcheck disable=SC2086
build fewer log $friends -- trust.note r1 p1
show fewer
again && auditors now 6 "$url" && says now 'fault fork'
judged 6 now.c/evidence/fork-4-3-* trust.note 'fork log log.test/one sizes 3 4'
decides takes fork/last.file
row 'the same, and its witnesses are accomplices' 'an accomplice' 'an accomplice' '`fault fork`' 'takes: the bound of the system'
# one size, two roots, before honest witnesses: kept as a proven fork
build same log "ask:w1@http://127.0.0.1:$port_w1" -- trust.note r1 r2 p1 \
	>refusals
grep -q '^w1 refused 422$' refusals || fail "w1: $(cat refusals)"
build same log "mirror:m1@http://127.0.0.1:$port_m1" -- trust.note r1 r2 p1 >refusals
grep -q '^m1 refused 422$' refusals || fail "m1: $(cat refusals)"
for w in w1 m1; do
	[ "$(metric $w quorate_witness_forks_total)" -ge 1 ] || fail "$w: a proven fork is not counted"
	grep -q "has signed two trees of 4 entries: .* give them to the authorities" $w.log || fail "$w: $(tail -n 2 $w.log)"
	"$BIN/quorate" log evidence $w.state given.$w >list 2>/dev/null
	[ $? = 6 ] && grep -q '^fork .* held 4 shown 4 ' list || fail "$w: a fork is not given away: $(cat list)"
	for e in given.$w/*; do
		case $e in *-fork) judged 6 $e trust.note 'fork log log.test/one sizes 4 4' ;; *) judged 1 $e trust.note ;; esac
	done
	# what is given away is what the log has signed, twice
	for e in given.$w/*-fork; do
		for f in held/honest shown/same; do
			grep -v '^— [wm]' ${f#*/}/checkpoint | cmp - $e/${f%/*} || fail "$w: $e/${f%/*} is not the log's"
		done
	done
done
decides RC_WITNESS_QUORUM same/last.file
row 'two trees of one size' '422, `fork`' '422, `fork`' '`fault fork`' '`RC_WITNESS_QUORUM`'
# and a device takes nothing from a history without cosignatures
build alone log -- trust.note r1 r2 p1 r4
show alone
again && auditors now 6 "$url" && says now 'fault fork'
"$nm" device alone/last.file trust.note acme.example/camera >o 2>&1 && fail "a device takes what nobody has cosigned"
grep -q RC_WITNESS_QUORUM o || fail "device: $(cat o)"
"$nm" device honest/last.file trust.note acme.example/camera >o 2>&1 || fail "a device takes what is honest: $(cat o)"

# ---- rolled back -----------------------------------------------------------
# shellcheck disable=SC2086
build short log $friends -- trust.note r1
show short
again && auditors now 6 "$url" && says now 'fault rollback RC_LOG_BEHIND'
evidence 'rollback-4-2-*/held' 'rollback-4-2-*/shown'
judged 1 now.c/evidence/rollback-4-2-* trust.note # it may be an old copy of somebody's
build short log "ask:w1@http://127.0.0.1:$port_w1" -- trust.note r1 >refusals
build short log "mirror:m1@http://127.0.0.1:$port_m1" -- trust.note r1 >>refusals
[ "$(cat refusals)" = "w1 refused 400
m1 refused 400" ] || fail "a witness signs a smaller tree: $(cat refusals)"
# shellcheck disable=SC2086
build short log $friends -- trust.note r1
decides takes short/last.file
decides RC_SEQUENCE_LOW short/last.file "3:$("$nm" id r3)"
row 'rolls back' 'signs no smaller tree' 'signs no smaller tree' '`fault rollback`' '`RC_SEQUENCE_LOW`, has 3'

# ---- hides: an entry that it had acknowledged is not in its tree -----------
# shellcheck disable=SC2086
build with log $friends -- trust.note r1 r2 r3 r4
# shellcheck disable=SC2086
build without log $friends -- trust.note r1 r2 r3 p1
show without
again && auditors now 0 "$url" # who has seen nothing else sees nothing
"$BIN/quorate" audit with --trust trust.note --state with.c >/dev/null 2>&1 ||
	fail "the other side"
cp with/checkpoint seen.checkpoint
again && auditors now 6 "$url" --against seen.checkpoint
says now 'fault against RC_LOG_FORK'
judged 6 now.c/evidence/against-5-5-* trust.note fork
decides takes without/last.file
row 'hides an entry that it has acknowledged' 'an accomplice' 'an accomplice' '`fault against`: `--against` the file' 'takes'

# ---- equivocates: witnesses see one tree, a client another -----------------
# shellcheck disable=SC2046
build with log $(every) -- trust.note r1 r2 r3 r4 >refusals
[ -s refusals ] && fail "honest for the witnesses: $(cat refusals)"
show without
again && auditors now 6 "$url" --witness "http://127.0.0.1:$port_w2"
says now 'fault witness RC_LOG_FORK'
judged 6 now.c/evidence/witness-5-5-* trust.note fork
row 'shows its clients another tree than its witnesses' 'shows what it has signed' 'shows what it has signed' \
	'`fault witness`: `--witness`' '`RC_WITNESS_QUORUM`'
build two log -- trust.note r1 r2 r3 p1
decides RC_WITNESS_QUORUM two/last.file
# two clients: by their User-Agent
show with
echo "agent audit.py $PWD/without" >shown/act
again
"$BIN/quorate" audit "$url" --trust trust.note --state now.c >o 2>e ||
	fail "its own side"
python3 "$audit_py" "$url" --trust trust.note --state now.py >o 2>e
cp now.c/checkpoint seen.c
rm shown/act
show without
"$BIN/quorate" audit "$url" --trust trust.note --state now.c >o 2>e
[ $? = 6 ] || fail "told two stories: $(cat o e)"
grep -q '^fault fork ' o || fail "told two stories: $(cat o)"
row 'shows two clients two trees, accomplices sign' 'an accomplice' 'an accomplice' '`fault fork`' 'takes'

# ---- does not serve what it signed ----------------------------------------
show with
echo 'hide tile/entries/*' >shown/act
again && auditors now 6 "$url" && says now 'fault withheld RC_LOG_WITHHELD'
evidence 'withheld-5/shown'
judged 1 now.c/evidence/withheld-5 trust.note
echo 'hide tile/0/*' >shown/act
again && auditors now 6 "$url" && says now 'fault withheld'
# a mirror that gets the head, and no entries
eval "build kept log ask:m1@http://127.0.0.1:\$port_m1 -- trust.note r1 r2 r3 r4 r5" >refusals
[ "$(cat refusals)" = 'm1 refused 200' ] || fail "signed unseen: $(cat refusals)"
row 'withholds entries or tiles' 'sees heads only' 'signs only what it holds' '`fault withheld`' '`RC_WITNESS_QUORUM`, for want of a mirror'
build kept log key:w1 key:w2 -- trust.note r1 r2 r3 r4 r5
decides RC_WITNESS_QUORUM kept/last.file
rm shown/act
cp honest/tile/0/000.p/4 stale
{ cat stale && head -c 32 /dev/zero; } >shown/tile/0/000.p/5
again && auditors now 6 "$url" && says now 'fault tiles RC_CONSISTENCY'
evidence 'tiles-5/shown'
show with
cp without/tile/entries/000.p/5 shown/tile/entries/000.p/5
again && auditors now 6 "$url" && says now 'fault entries RC_INCLUSION'
evidence 'entries-5/shown'
# other entries than the head has, for a mirror: tests/flow/mirror
row 'serves stale tiles, or other entries' 'sees heads only' '422' '`fault tiles`, `fault entries`' 'takes: it needs none of them'

# ---- publishes a head that too few have seen; stops -----------------------
build few log key:w1 key:w2 -- trust.note r1 r2 r3 r4
show few
decides RC_WITNESS_QUORUM few/last.file
again && auditors now 6 "$url" && says now 'fault quorum RC_WITNESS_QUORUM'
evidence 'quorum/shown'
row 'publishes without the witness quorum' 'was not asked' 'was not asked' '`fault quorum`' '`RC_WITNESS_QUORUM`'
sleep 2
show honest
again && auditors now 1 "$url" --max-age 1s && says now 'fault stale'
decides takes honest/last.file
decides RC_PAGE honest/file/0
grep -q "a trust text; '--hop FILE' follows one" decision || fail "of a trust text: $(cat decision)"
"$BIN/quorate" verify honest/last.file --trust trust.note --time $((now + 864000)) --max-proof-age 5d >o 2>&1 &&
	fail "a device with a clock takes what is old: $(cat o)"
grep -q RC_PROOF_OLD o || fail "$(cat o)"
row 'stands still' 'signs what it signed' 'signs what it signed' '`fault stale`: `--max-age`; `monitor --silence`' \
	'takes; `RC_PROOF_OLD` with a clock and an age'

# ---- reorders, repeats, admits what admission forbids ---------------------
# A new mirror is given all of it: it holds, serves and signs it, and alarms.
mirror_alarms() { # INDEX RULE, of bad
	grep -q refused refusals && fail "a mirror withholds for what an entry says: $(cat refusals)"
	grep -q "ALARM: log 'log.test/one', entry $1 breaks the rule '$2'" mx.log || fail "no alarm: $(tail -n 3 mx.log)"
	[ "$(metric mx quorate_mirror_alarms_total)" = 1 ] || fail "alarms: $(metric mx quorate_mirror_alarms_total)"
	stop mx || fail 'the mirror does not stop'
	rm -rf held.c
	"$BIN/quorate" audit "mx.state/mirror/$hash" --trust trust.note --state held.c >o 2>&1
	grep -q "entry $1 breaks the rule '$2'" o && [ -d "held.c/evidence/$1-$2" ] ||
		fail "the copy of the mirror does not show it: $(cat o)"
}
# broken NAME INDEX RULE entries...: after the trust text. INSTALLED: on the
# device
broken() {
	_n=$1 _i=$2 _r=$3
	shift 3
	rm -rf bad "$_n.c" "$_n.py" mx.state
	: >mx.log
	MIRROR=--mirror start quorate-witnessd mx || fail 'a new mirror'
	# shellcheck disable=SC2086
	build bad log $friends "mirror:mx@http://127.0.0.1:$port_mx" -- "$@" >refusals
	mirror_alarms "$_i" "$_r"
	case $(head -n 1 bad/file/$_i) in
	quorate/trust@v1) device bad/file/1 "${INSTALLED:-}" bad/file/$_i ;;
	*) device bad/file/$_i "${INSTALLED:-}" ;;
	esac
	show bad
	auditors "$_n" 6 "$url"
	says "$_n" "broken $_i $_r "
	[ "$(grep -c ^broken "$_n.out")" = 1 ] || fail "$_n: $(cat "$_n.out")"
	if [ "$_r" = note ]; then
		cmp "$_n.c/evidence/$_i-$_r/entry" garbage &&
			[ -s "$_n.c/evidence/$_i-$_r/entry.tlog-proof" ] ||
			fail "$_n: no evidence"
	else
		"$nm" proof "$_n.c/evidence/$_i-$_r/entry.file" trust.note \
			>/dev/null || fail "$_n: the evidence does not verify"
	fi
	[ -n "$(find "$_n.py/evidence/$_i-$_r" -name entry)" ] || fail "$_n.py"
	# by the trust text in force, whose file is there, too; where the rule
	# hangs on what else the log has, the log has to be read
	_t=$_n.c/evidence/$_i-$_r/trust.file
	[ -s "$_t" ] || _t=trust.note
	case $_n in
	admits-before-the-trust-text | admits-another-epoch | admits-trust-that-does-not-follow | admits-a-floor-too-high | \
		admits-nine-objections) judged 1 "$_n.c/evidence/$_i-$_r" "$_t" ;;
	*) judged 6 "$_n.c/evidence/$_i-$_r" "$_t" "broken $_i $_r RC_[A-Z_]* log log.test/one$" ;;
	esac
	rm -rf "kept.$_n" && cp -r "$_n.c/evidence/$_i-$_r" "kept.$_n"
	[ "$decided" = takes ] || decided="\`$decided\`"
	row "$(echo "$_n" | tr - ' ')" 'sees heads only' "ALARM \`$_r\`" "\`broken $_r\`" "$decided${INSTALLED:+, has $(echo "$INSTALLED" | cut -d: -f1)}"
}
stop mx || fail 'the mirror does not stop'
T=trust.note
INSTALLED=3:$("$nm" id r3) broken 'reorders' 3 sequence $T r1 r3 r2
INSTALLED=2:$("$nm" id r2) broken 'repeats' 3 once $T r1 r2 r1
INSTALLED=
grep -q 'RC_LOG_TWICE: the log holds one text twice' repeats.err || fail "said of another check: $(cat repeats.err)"
"$nm" sign r2.text alice >few2
broken 'admits-too-few-signers' 2 signers $T r1 few2
"$nm" sign r2.text alice alice-root bob >odd && "$nm" sign r2.text bob alice >order2
broken 'admits-a-line-by-nobody' 2 strangers $T r1 odd
broken 'admits-another-order' 2 order $T r1 order2
sed '$d' r2 >forged && sed -n '$p' r1 >>forged
broken 'admits-a-forged-line' 2 signers $T r1 forged
echo garbage >garbage
broken 'admits-garbage' 1 note $T garbage
cat "$SRC/tests/vectors/golden/party.note" >card.note
broken 'admits-another-kind' 1 kind $T card.note
sed 's/^sequence/sequenze/' r2.text >zz.text && "$nm" sign zz.text alice bob >zz
broken 'admits-bad-grammar' 1 grammar $T zz
broken 'admits-before-the-trust-text' 0 authority r1 $T
sed 's/test 1$/test 2/' r2.text >e2.text && "$nm" sign e2.text alice bob >e2
broken 'admits-another-epoch' 2 epoch $T r1 e2
sed "s/^proposed .*/proposed $((now + 90000))/" r2.text >ah.text &&
	"$nm" sign ah.text alice bob >ahead
broken 'admits-the-future' 2 ahead $T r1 ahead
trust_text 2 "$id" >t2.text
"$nm" sign t2.text alice-root bob-root >t2
"$nm" sign t2.text alice-root >t2few
sed 's/^revision 2/revision 3/' t2.text >t3.text && "$nm" sign t3.text alice-root bob-root >t3
sed 's/^quorum two/quorum two/; s/^group two 2/group two 1/' t2.text >t2w.text &&
	"$nm" sign t2w.text alice-root bob-root >t2weak
sed "s/^proposed .*/proposed $((now + 1))/" t2.text >t2b.text &&
	"$nm" sign t2b.text alice-root bob-root >t2b
broken 'admits-trust-by-too-few-roots' 2 roots-before $T r1 t2few
broken 'admits-trust-that-does-not-follow' 2 chain $T r1 t3
broken 'admits-two-successors' 3 chain $T r1 t2 t2b
broken 'admits-another-quorum-in-one-epoch' 2 same-epoch $T r1 t2weak
withdraw() {
	cat <<-X
	quorate/withdraw@v1
	authority acme.example/test 1
	product acme.example/camera
	floor $1
	about
	proposed $now
	reason none
	X
}
withdraw 9 >w9.text && "$nm" sign w9.text alice bob >w9
broken 'admits-a-floor-too-high' 2 floor $T r1 w9
objection() {
	printf 'quorate/objection@v1\nauthority acme.example/test 1\nabout\nproposed %s\nrelease %s\nreason number %s\n' \
		"$now" "$("$nm" id r1)" "$1" >o$1.text
	"$nm" sign o$1.text "$2" >o$1
}
objection 0 alice-root
broken 'admits-an-objection-by-nobody' 2 objector $T r1 o0
for i in 1 2 3 4 5 6 7 8 9; do objection $i carol; done
broken 'admits-nine-objections' 10 many $T r1 o1 o2 o3 o4 o5 o6 o7 o8 o9

# Nobody is accused of what is well: with less, or with another trust text,
# nothing is proven; nor by an entry that may stand where it stands.
unproved() { # ACT, a command that bends the folder ./bent
	rm -rf bent && cp -r "kept.$1" bent
	eval "$2" || fail "$2"
	judged 1 bent "${3:-trust.note}"
}
unproved reorders 'rm bent/other.file'
unproved reorders 'mv bent/other.file x && mv bent/entry.file bent/other.file && mv x bent/entry.file'
unproved reorders 'rm bent/trust.file'
unproved reorders 'flip bent/entry.file 150'
unproved reorders 'cp honest/last.file bent/entry.file'
unproved reorders 'cp honest/last.file bent/other.file'
unproved repeats 'rm bent/other.file'
unproved repeats 'cp bent/other.file bent/entry.file'
unproved admits-too-few-signers 'cp bent/other.file bent/trust.file 2>/dev/null || rm bent/trust.file'
unproved admits-two-successors : # judged by the text before, it follows
unproved admits-trust-by-too-few-roots 'rm bent/trust.file'
unproved admits-garbage 'echo other >bent/entry'
unproved admits-garbage 'rm bent/entry.tlog-proof'
rm -rf bent && mkdir bent && "$BIN/quorate" log judge bent --trust trust.note 2>err
[ $? = 3 ] && grep -q 'no folder of evidence' err || fail "an empty folder: $(cat err)"
"$BIN/quorate" log judge kept.reorders 2>err
[ $? = 2 ] || fail "without a trust text: $(cat err)"
"$BIN/quorate" log judge kept.reorders --trust r1 2>err && fail 'a release is no trust text'

# what was found stays found, also when the log behaves from then on
# shellcheck disable=SC2086
build bad log $friends -- $T r1 r3 r2
show bad
rm -rf later.c later.py && auditors later 6 "$url"
# shellcheck disable=SC2086
build bad log $friends -- $T r1 r3 r2 r4
show bad
auditors later 6 "$url" && says later 'broken 3 sequence'
# strangers are counted and held to the grammar
sed 's/acme.example.test 1/other.example\/x 1/' r2.text >st.text && "$nm" sign st.text alice >st
# shellcheck disable=SC2086
build strange log $friends -- $T r1 st r2
show strange
auditors strange 0 "$url" && says strange 'stranger other.example/x 1'
# a server that is not the log accuses nobody
# shellcheck disable=SC2086
build evil evil $friends -- $T r1
show evil
rm -rf evil.c evil.py && auditors evil 1 "$url" && says evil 'fault log RC_LOG'
again && auditors now 1 "$url" && says now 'fault log RC_LOG_ORIGIN'

# ---- what the page says is what was seen -----------------------------------
printf '%s' "$table" >seen.table
sed -n '/^<!-- acts -->$/,/^<!-- end -->$/p' "$SRC/docs/log.md" | grep '^| [^-]' | sed 1d >page.table
cmp -s seen.table page.table || {
	diff page.table seen.table >&2
	fail 'docs/log.md has another table'
}
echo "liar: $(wc -l <seen.table) acts, as docs/log.md has them; $judgements folders of evidence judged"
