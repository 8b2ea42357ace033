#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The signer under its unit, by systemd itself: a service manager of its own in
# name spaces of its own (processes, mounts, control groups), with /etc, /run,
# /srv, /usr/local/bin and /var/lib in memory, so that nothing of the machine is
# touched. The passphrase is a credential that was encrypted, the key one that
# was not. A release is looked at, rebuilt, its payload fetched, approved at the
# socket and signed; the unit is reloaded and stopped. Needs root and name
# spaces.
set -eu
skip() { echo "SKIPPED: $*"; exit 0; }
grep -q '^QUORATE_SANITIZE:BOOL=ON' "$BIN/../CMakeCache.txt" 2>/dev/null &&
	skip 'a sanitizer makes calls that the unit closes'
systemd=/lib/systemd/systemd
[ -x $systemd ] && command -v systemctl >/dev/null && command -v systemd-creds >/dev/null ||
	skip 'no systemd here'
[ "$(id -u)" = 0 ] || skip 'only root can start a service manager'
spaces='--mount --pid --ipc --uts --cgroup'
if [ -z "${UNIT_RUN_INSIDE:-}" ]; then
	# shellcheck disable=SC2086 # words
	unshare $spaces --fork sh -c 'mount -t proc proc /proc' 2>/dev/null ||
		skip 'no name spaces here'
	# whoever ends this one ends all of it
	UNIT_RUN_INSIDE=1 exec unshare --mount --pid --fork --kill-child sh "$0"
fi
flow=unit_run
. "$SRC/tests/flow/party_help.sh"
manager= group=
# The manager is the first process of its name space: nothing outlives it.
empty() { grep -qx 'populated 0' "$group/cgroup.events"; }
end() {
	# shellcheck disable=SC2086 # words
	kill ${pids:-} 2>/dev/null || :
	[ -z "$manager" ] || kill -9 "$manager" 2>/dev/null || :
	wait
	cd /
	if [ -n "$group" ]; then
		tries=0
		until empty || [ $tries = 100 ]; do
			tries=$((tries + 1))
			sleep 0.1
		done
		find "$group" -depth -type d -exec rmdir {} \;
	fi
	umount -l /etc "$dir/etc" "$dir/groups" 2>/dev/null || :
	rm -rf --one-file-system "$dir"
}
trap end EXIT
mount -t proc proc /proc
mkdir groups etc
mount -t cgroup2 none groups 2>/dev/null && mkdir "groups/${dir##*/}" ||
	skip 'no control groups of one'\''s own here'
group=$dir/groups/${dir##*/}
mount -t tmpfs none etc
cp -a /etc/. etc/ 2>/dev/null || :
mount --bind etc /etc
for place in /run /srv /usr/local/bin /var/lib; do mount -t tmpfs none $place; done
mkdir -p /run/systemd/system /etc/quorate /etc/credstore.encrypted /var/lib/systemd
unset DBUS_SESSION_BUS_ADDRESS XDG_RUNTIME_DIR

# ---- the party, as its unit says --------------------------------------------------
plain_start
signer_config bob bob.example automatic trust.note
signer_start bob
unit=$BIN/../systemd/quorate-signerd.service
cp "$BIN/quorate-signerd" /usr/local/bin/
export GIT_CONFIG_GLOBAL=$dir/gitconfig GIT_CONFIG_NOSYSTEM=1
git config --file "$GIT_CONFIG_GLOBAL" user.name dev
git config --file "$GIT_CONFIG_GLOBAL" user.email dev@example.com
git init -q -b main work
echo 'the board' >work/main.txt
git -C work add -A
git -C work commit -q -m one
git -C work tag -a -m v1 v1
git clone -q --bare work /srv/board.git
cp trust.note alice.pub ci.pub /etc/quorate/
cp alice.key /etc/quorate/signer.key
# one that only root reads: what the unit does not hand over the signer cannot have
chmod 600 /etc/quorate/signer.key
cat >/etc/quorate/build <<'SH'
#!/bin/sh
tr a-z A-Z <main.txt >app.bin
echo built as process $$
cat /etc/passwd >/dev/null && echo reads the system
cat /etc/quorate/* /run/credentials/*/* && echo reads the configuration
exit 0
SH
chmod 755 /etc/quorate/build
{
	sed -n 's/^#   \([a-z-]* = .*\)/\1/p' "$unit" # what the unit itself says
	cat <<-INI
	coordinator = $coordinator
	approval = person
	require-payload = yes
	[authority $authority]
	products = example/*
	trust = trust.note
	[log log.example]
	url = $log
	[proposer ci]
	vkey = $(cat ci.pub)
	products = example/*
	[source board]
	url = file:///srv/board.git
	products = example/*
	refs = refs/tags/v*
	signed = no
	build = /etc/quorate/build
	output = app app.bin
	INI
} >signer.ini.tail
{ printf '[signer]\nname = alice.example\n'; cat signer.ini.tail; } >/etc/quorate/signer.ini
systemd-creds setup >/dev/null 2>&1 || :
systemd-creds encrypt --with-key=host --name=passphrase passphrase \
	/etc/credstore.encrypted/passphrase 2>creds.err || skip "no encrypted credentials here: $(cat creds.err)"

# ---- its manager -----------------------------------------------------------------------
mkdir units
# without a journal, what it says goes where this test looks
sed -e '/^Documentation=/d' -e 's|^\[Service\]|&\nStandardError=append:/run/alice.log|' \
	"$unit" >units/quorate-signerd.service
ln -s /run/alice.log alice.log
# what a whole system has, empty here
for name in sysinit basic shutdown network-online time-sync multi-user; do
	printf '[Unit]\nDefaultDependencies=no\n' >units/$name.target
done
cat >start.sh <<'SH'
echo $$ >"$1/cgroup.procs"
exec unshare --mount --pid --ipc --uts --cgroup --fork --kill-child sh -c '
	mount --make-rprivate / && mount --make-rshared / # credentials are mounted by a child
	mount -t proc proc /proc
	# the machine'\''s own settings are not for this manager
	mount --bind /proc/sys /proc/sys && mount -o remount,bind,ro /proc/sys
	umount -R /sys/fs/cgroup 2>/dev/null || :
	mount -t tmpfs none /sys/fs/cgroup 2>/dev/null || :
	mount -t cgroup2 none /sys/fs/cgroup
	exec "$0" --system --unit=multi-user.target --show-status=no' "$2"
SH
env -i PATH="$PATH" container=quorate SYSTEMD_UNIT_PATH="$dir/units" \
	SYSTEMD_GENERATOR_PATH="$dir/none" SYSTEMD_LOG_TARGET=console \
	sh start.sh "$group" $systemd >manager.log 2>&1 &
manager=$!
first() { tr -d ' ' <"/proc/$manager/task/$manager/children"; }
first_is() { [ "$(cat "/proc/$(first)/comm")" = systemd ]; }
until_true first_is
first=$(first)
# It answers only whom it can see.
ctl() { nsenter --mount --pid --target "$first" systemctl "$@"; }
until_true ctl show --property=Version
ctl start quorate-signerd.service 2>err || fail "not started: $(cat err manager.log)"
is() { # PROPERTY VALUE, of the unit
	[ "$(ctl show --property="$1" --value quorate-signerd.service)" = "$2" ]
}
is ActiveState active && is SubState running || fail 'not running'
ctl show --property=MainPID --value quorate-signerd.service >pid # in its own counting

# ---- a release, all of it under the unit ---------------------------------------------------
socket=/run/quorate-signerd/signer.sock
printf 'THE BOARD\n' >app.bin
cat >quorate.ini <<INI
[coordinator]
url = $coordinator
[proposer]
key = ci.key
[log log.example]
url = $log
INI
quorate release app=app.bin --product example/board --version 1 --sequence 1 --trust trust.note \
	--source "$(quorate source work --url file:///srv/board.git --ref refs/tags/v1 2>/dev/null)" \
	--upload --detach -o r1.release >id 2>err || fail "$(cat err)"
id=$(cat id)
asked() { quorate pending --socket $socket "$id" >screen && grep -q '^state asked' screen; }
until_true asked
for line in '^rebuild app: 10 bytes, as the text says' '^fetched payload app: 10 bytes, kept' \
	'^source refs/tags/v1: .* tree as the text says'; do
	grep -q "$line" screen || fail "the screen does not say '$line': $(sed '/^$/,$d' screen)"
done
# in name spaces of its own: it was the second process of them
log_of=$(find /var/lib/private/quorate-signerd/builds -name '*.log')
grep -qx 'built as process 2' "$log_of" || fail "no name spaces for a rebuild: $(cat "$log_of")"
grep -qx 'reads the system' "$log_of" || fail "a rebuild cannot read /etc: $(cat "$log_of")"
grep -e 'reads the configuration' -e '^name = ' "$log_of" && fail 'a rebuild reads the configuration'
quorate approve "$id" --socket $socket --yes >/dev/null 2>&1 || fail 'not approved'
signed r1.signed
grep -q '^— alice.example ' r1.signed || fail 'the signer under the unit did not sign'

# ---- its processes, as the kernel sees them -----------------------------------------------
inside() { nsenter --mount --pid --target "$first" "$@"; }
children() { inside cat "/proc/$(cat pid)/task/$(cat pid)/children"; }
for p in $(cat pid) $(children); do
	inside cat "/proc/$p/status" >status.$p
	for line in 'NoNewPrivs:	1' 'Seccomp:	2' 'CapEff:	0000000000000000' 'CapBnd:	0000000000000000'; do
		grep -qx "$line" status.$p || fail "process $p: no '$line'"
	done
	! grep -q '^Uid:	0' status.$p || fail "process $p is root"
done
[ "$(children | wc -w)" -ge 2 ] || fail 'it has no processes of its own'
# The secrets that it was handed are nobody else's, and gone with it.
credentials=/run/credentials/quorate-signerd.service
cmp -s passphrase - <<-EOT || fail 'the passphrase is not the credential'
$(inside cat $credentials/passphrase)
EOT

# ---- reload, stop -----------------------------------------------------------------------------
before=$(children)
ctl reload quorate-signerd.service || fail 'not reloaded'
renewed() { [ "$(children)" != "$before" ] && [ "$(children | wc -w)" -ge "$(echo "$before" | wc -w)" ]; }
until_true renewed
connected() { quorate status --socket $socket | grep -q '^coordinator connected'; }
until_true connected
is ActiveState active || fail 'a reload ends it'
ctl stop quorate-signerd.service
is Result success && is ExecMainStatus 0 || fail 'it does not stop in order'
[ ! -e $socket ] || fail 'the socket is left behind'
inside test ! -e $credentials || fail 'credentials are left behind'
# and the next start has its record
ctl start quorate-signerd.service 2>err || fail "not started again: $(cat err)"
quorate history --socket $socket | grep -q "$id" || fail 'the record is empty'
echo 'unit_run: a release under the unit, by systemd itself: looked at, rebuilt, fetched, approved, signed; reloaded, stopped, started'
