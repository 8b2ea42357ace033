#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Evidence from git: real repositories, signed by ssh-keygen through git, and
# three parties of which two judge by rule what they find there. What agrees is
# signed; each way in which it does not is refused with its own reason; what
# cannot be reached is neither.
set -eu
flow=source
. "$SRC/tests/flow/party_help.sh"
export GIT_CONFIG_GLOBAL=$dir/gitconfig GIT_CONFIG_NOSYSTEM=1
plain_start

# a project of three files, a symlink and a folder, and two people
ssh-keygen -q -t ed25519 -N '' -C dev -f dev
ssh-keygen -q -t ed25519 -N '' -C other -f other
printf 'dev@example.com namespaces="git" %s\n' "$(cut -d' ' -f1,2 dev.pub)" >allowed
git config --file "$GIT_CONFIG_GLOBAL" user.name dev
git config --file "$GIT_CONFIG_GLOBAL" user.email dev@example.com
git config --file "$GIT_CONFIG_GLOBAL" gpg.format ssh
git config --file "$GIT_CONFIG_GLOBAL" init.defaultBranch main
git init -q work
commit() { # MESSAGE [git options]: everything in work
	message=$1
	shift
	git -C work add -A
	git -C work -c user.signingkey="$dir/dev" commit -q "$@" -m "$message"
}
tag() { # NAME KEY: signed; KEY - : annotated only
	if [ "$2" = - ]; then
		git -C work tag -a -m "$1" "$1"
	else
		git -C work -c user.signingkey="$dir/$2" tag -s -m "$1" "$1"
	fi
}
mkdir work/src
echo 'int main(void) { return 0; }' >work/src/main.c
echo all: >work/Makefile
ln -s src/main.c work/link
printf '#!/bin/sh\n' >work/build.sh
chmod +x work/build.sh
commit one -S
tag v1 dev
git clone -q --bare work served.git
url=file://$dir/served.git
publish() { git -C work push -q -f "$url" "$@"; }

# the digest is the one of docs/formats.md, by another hand
line=$(quorate source work --url "$url" --ref refs/tags/v1 2>/dev/null)
listing() { # in work
	(
		cd work
		git ls-tree -r -z --format='%(objectmode) %(path)' HEAD | LC_ALL=C sort -z -k2 | tr '\0' '\n' |
			while IFS=' ' read -r mode path; do
				printf '%s %s\n' "$mode" "$path"
				if [ "$mode" = 120000 ]; then printf %s "$(readlink "$path")"; else cat "$path"; fi |
					sha256sum | cut -d' ' -f1
			done
	)
}
[ "$line" = "$url refs/tags/v1 $(git -C work rev-parse HEAD) $(listing | sha256sum | cut -d' ' -f1)" ] ||
	fail "source prints '$line'"

for p in alice bob; do
	signer_config $p $p.example automatic trust.note
	cat >>$p.ini <<INI
[source project]
url = $url
products = example/board*
refs = refs/tags/v*
branch = refs/heads/main
signed = tag
allowed-signers = allowed
INI
	sed -i 's/^approval = .*/&\nrequire-source = yes/' $p.ini
done
signer_config carol carol.example person trust.note
for p in alice bob carol; do
	quorate-signerd --config $p.ini --check-config
	signer_start $p
done
head -c 1000 /dev/urandom >app.bin
sequence=0
offer() { # NAME [SOURCE-LINE]: the next sequence, proposed
	name=$1
	quorate release app=app.bin --product "${product:-example/board}" --version "1.0-$name" \
		--sequence "$((sequence + 1))" --trust trust.note ${2:+--source "$2"} \
		--draft-only -o "$name.txt" 2>err || fail "$(cat err)"
	quorate sign "$name.txt" --key ci.key --yes -o "$name" >/dev/null 2>&1
	propose "$name"
}
accepted() { # it is signed and logged
	signed "$name.note"
	quorate append "$name.note" --log "$log" -o "$name.release" >/dev/null 2>&1
	sequence=$((sequence + 1))
}
refused() { # CODE WORDS
	until_true state_is refused
	[ "$(grep -c " $1\$\| $1 " status)" -ge 1 ] || fail "$name: not refused for $1: $(cat status)"
	quorate history --socket alice.sock | grep "$id" | grep -q " $1 .*$2" ||
		fail "$name: alice does not say '$2': $(quorate history --socket alice.sock | head -n 3)"
}
source_of() { quorate source work --url "$url" --ref "$1" 2>/dev/null; }

offer good "$line"
accepted
grep -q '^— alice' good.note && grep -q '^— bob' good.note || fail 'not the two that looked'

# no source, another repository, another ref than the operator takes
offer none
refused source 'names no source'
offer elsewhere "$(echo "$line" | sed 's/served/other/')"
refused source 'not one that this party'
git -C work tag -a -m x w1
publish w1
offer wrongref "$(source_of refs/tags/w1)"
refused source 'not one that this party'

# a tag that is not signed, signed by a stranger, signed for another commit
tag v2 -
tag v3 other
publish v2 v3
offer unsigned "$(source_of refs/tags/v2)"
refused source-signature 'is not signed'
offer stranger "$(source_of refs/tags/v3)"
refused source-signature 'a key that is not allowed'
old=$(git -C work rev-parse v1)
echo more >>work/Makefile
commit two
git -C work update-ref refs/tags/v4 "$old"
publish v4 main
offer renamed "$(source_of refs/tags/v4)"
refused source-signature 'does not verify'

# a moved tag: the text names the commit of before
tag v5 dev
publish v5 main
moved=$(source_of refs/tags/v5)
echo evil >>work/src/main.c
commit three
git -C work -c user.signingkey="$dir/dev" tag -f -s -m v5 v5 >/dev/null
publish v5 main
offer moved "$moved"
refused source-ref 'the text says'
offer gone "$(echo "$moved" | sed 's/v5/v55/')"
refused source-ref 'has no refs/tags/v55'

# the right commit, another tree
offer tree "$(source_of refs/tags/v5 | sed 's/0$/1/; t; s/.$/0/')"
refused source-tree 'the text says'

# a branch that was rewritten without the tagged commit
tag v6 dev
publish v6 main
rewritten=$(source_of refs/tags/v6)
git -C work reset -q --hard HEAD~1
echo other >>work/Makefile
commit four
publish main
offer rewritten "$rewritten"
refused source-branch 'not in the history of refs/heads/main'

# a submodule cannot be held to anything
git init -q sub
git -C sub commit -q --allow-empty -m sub
git -C work -c protocol.file.allow=always submodule --quiet add "file://$dir/sub" sub 2>/dev/null
commit five
tag v7 dev
publish v7 main
if quorate source work --url "$url" --ref refs/tags/v7 >/dev/null 2>err; then fail 'a submodule has a digest'; fi
grep -q 'submodule' err || fail "no word of the submodule: $(cat err)"
offer submodule "$url refs/tags/v7 $(git -C work rev-parse HEAD) $(printf %064d 0)"
refused source-tree 'submodule'

# a repository that cannot be reached is no refusal: it is said, and tried again
git -C work rm -q -f sub && git -C work rm -q --cached .gitmodules 2>/dev/null || :
rm -rf work/.gitmodules
commit six
tag v8 dev
publish v8 main
mv served.git away.git
offer away "$(source_of refs/tags/v8)"
until_true sh -c "quorate status --socket alice.sock | grep -q '^source .*fetch'"
state_is open || fail 'refused without a look'
mv away.git served.git
accepted

# a server that takes the connection and says nothing ends at its deadline
python3 - >port 2>/dev/null <<'PY' &
import socket, sys, time
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(16)
print(s.getsockname()[1], flush=True)
kept = []
s.settimeout(120)
for _ in range(16):
    kept.append(s.accept())
PY
pids="$pids $!"
until_true test -s port
stall=https://127.0.0.1:$(cat port)/project.git
for p in alice bob; do
	stop $p
	sed -i 's/^require-source = yes/&\nlook-time = 2s/' $p.ini
	printf '[source stalled]\nurl = %s\nproducts = example/*\nrefs = refs/tags/v*\nsigned = no\n' "$stall" >>$p.ini
	signer_start $p
done
offer stalled "$(source_of refs/tags/v8 | sed "s|^[^ ]*|$stall|")"
until_true sh -c "quorate status --socket alice.sock | grep -q 'did not answer within 2 s'"
state_is open || fail 'refused without a look'
# and others are not held up by it
product=example/board2
sequence=0
offer beside "$(source_of refs/tags/v8)"
accepted


# a rebuild: both make the payload again, in a sandbox; what differs is refused
git init -q demo
mkdir demo/src
cat >demo/src/main.c <<'C'
#include <stdio.h>
int main(void) { puts("demo " __FILE__); return 0; }
C
printf 'out/app: src/main.c\n\tmkdir -p out && $(CC) -O2 -o $@ src/main.c\n' >demo/Makefile
cat >probe.sh <<'SH'
#!/bin/sh
# the operator's command; it also tries what it may not
exec 2>&1
cat share && echo "probe: read the share"
echo x >../../../probe && echo "probe: wrote outside"
python3 -c 'import socket; socket.socket()' && echo "probe: a socket"
(setsid sleep 300.MINE &)
env | sort
exec make
SH
sed -i "s|cat share|cat $dir/alice.key|; s|MINE|$$|" probe.sh
chmod +x probe.sh
git -C demo add -A
git -C demo commit -q -m demo
git -C demo tag -a -m v1 v1
for p in alice bob; do
	printf '[source demo]\nurl = file://%s/demo\nproducts = example/demo\nrefs = refs/tags/v*\nsigned = no\nbuild = probe.sh\noutput = app out/app\nbuild-time = 60s\n' \
		"$dir" >>$p.ini
done
for p in alice bob; do
	stop $p
	sed -i 's/^products = example.*board.*/products = example\/board*/' $p.ini
	quorate-signerd --config $p.ini --check-config
	signer_start $p
done
rm -rf made && git clone -q -b v1 demo made 2>/dev/null && make -s -C made
cp made/out/app app.bin
demo() { quorate source demo --url "file://$dir/demo" --ref "refs/tags/$1" 2>/dev/null; }
product=example/demo
sequence=0
began=$(date +%s)
offer rebuilt "$(demo v1)"
accepted
echo "source: released after a verified rebuild in $(($(date +%s) - began)) s"
grep -q '^— alice' rebuilt.note || fail 'alice did not sign what she rebuilt'
build_log=alice.state/builds/$id-0.log
grep '^probe: ' "$build_log" && fail 'the build broke out'
grep -q '^SOURCE_DATE_EPOCH=' "$build_log" || fail "no log of the build: $(cat "$build_log")"
[ -e probe ] && fail 'the build wrote outside'
cleared() { [ ! -e alice.state/sources/build ]; }
until_true cleared
nobody_left() { ! grep -qs "sleep.300[.]$$" /proc/[0-9]*/cmdline; }
until_true nobody_left

echo tampered >>app.bin
offer tampered "$(demo v1)"
refused rebuild 'the rebuild has'
cp made/out/app app.bin
# a project that does not build the same twice
printf 'out/app: src/main.c\n\tmkdir -p out && $(CC) -O2 -DNOW=`date +%%s%%N` -o $@ src/main.c\n\techo `od -An -N8 -tx8 /dev/urandom` >>$@\n' >demo/Makefile
git -C demo commit -q -a -m v2
git -C demo tag -a -m v2 v2
offer unstable "$(demo v2)"
refused rebuild 'the rebuild has'
printf 'out/app:\n\tfalse\n' >demo/Makefile
git -C demo commit -q -a -m v3
git -C demo tag -a -m v3 v3
offer broken "$(demo v3)"
refused rebuild 'exit status 2'

if quorate-signerd --look </dev/null | grep -q '^found'; then fail 'an answer to nothing'; fi
grep -q 'ALARM' ./*.log && fail 'an alarm without a reason'
all_well
