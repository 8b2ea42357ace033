#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A git server that means harm: bytes under an id that are not that id's (what a
# SHA-1 collision would look like from here), a file larger than anybody
# should read, a folder that is its own child's name, a link out of the tree.
# None of it is approved, and each is told apart.
set -eu
flow=source_hostile
. "$SRC/tests/flow/party_help.sh"
export GIT_CONFIG_GLOBAL=$dir/gitconfig GIT_CONFIG_NOSYSTEM=1
plain_start
git config --file "$GIT_CONFIG_GLOBAL" user.name dev
git config --file "$GIT_CONFIG_GLOBAL" user.email dev@example.com
git config --file "$GIT_CONFIG_GLOBAL" init.defaultBranch main
# a signer may read the places that are there when it starts, and no others
mkdir forged.git huge.git dots.git
for p in alice bob; do
	signer_config $p $p.example automatic trust.note
	printf '[source any]\nurl = file://%s/%s.git\nproducts = example/*\nrefs = refs/tags/v*\nsigned = no\n' \
		"$dir" forged >>$p.ini
	printf '[source huge]\nurl = file://%s/%s.git\nproducts = example/*\nrefs = refs/tags/v*\nsigned = no\n' \
		"$dir" huge >>$p.ini
	printf '[source dots]\nurl = file://%s/%s.git\nproducts = example/*\nrefs = refs/tags/v*\nsigned = no\n' \
		"$dir" dots >>$p.ini
	sed -i 's/^approval = .*/&\nrequire-source = yes/' $p.ini
	signer_start $p
done
head -c 1000 /dev/urandom >app.bin
offer() { # NAME SOURCE-LINE PRODUCT
	name=$1
	quorate release app=app.bin --product "example/$3" --version 1 --sequence 1 --trust trust.note \
		--source "$2" --draft-only -o "$name.txt" 2>err || fail "$(cat err)"
	quorate sign "$name.txt" --key ci.key --yes -o "$name.note" >/dev/null 2>&1
	propose "$name.note"
}
refused() { # CODE WORDS
	until_true state_is refused
	grep -q " $1\$" status || fail "$name: not for $1: $(cat status)"
	quorate history --socket alice.sock | grep "$id" | grep -q " $1 .*$2" ||
		fail "$name: alice does not say '$2': $(quorate history --socket alice.sock | head -n 3)"
}

# ---- other bytes under the same id --------------------------------------------
git init -q forged
echo 'int main(void) { return 0; }' >forged/main.c
git -C forged add -A
git -C forged commit -q -m one
git -C forged tag v1
git clone -q --bare --no-local forged forged.git
line=$(quorate source forged --url "file://$dir/forged.git" --ref refs/tags/v1 2>/dev/null)
blob=$(git -C forged rev-parse HEAD:main.c)
mkdir loose
mv forged.git/objects/pack/* loose/
git -C forged.git unpack-objects -q <"$(ls loose/*.pack)"
python3 - "forged.git/objects/$(printf %.2s "$blob")/$(printf %s "$blob" | cut -c3-)" <<'PY'
import os, sys, zlib
evil = b'int main(void) { return 1; }\n'
os.chmod(sys.argv[1], 0o644)
open(sys.argv[1], 'wb').write(zlib.compress(b'blob %d\0' % len(evil) + evil))
PY
offer forged "$line" board
looked() { quorate status --socket alice.sock | grep '^source ' | grep -q "$1"; }
until_true looked 'object hash mismatch'
state_is open || fail 'a forged object decides'
# what the looks left behind does not have the forged bytes for good: the honest
# server is believed
find forged.git -mindepth 1 -delete
git clone -q --bare forged forged.git
until_true state_is signed

# ---- larger than anybody reads --------------------------------------------------
git init -q huge
truncate -s 257M huge/big
git -C huge -c core.bigFileThreshold=1m -c core.compression=1 add -A
git -C huge commit -q -m one
git -C huge tag v1
git clone -q --bare huge huge.git
offer huge "file://$dir/huge.git refs/tags/v1 $(git -C huge rev-parse HEAD) $(printf %064d 0)" pump
tries=0
until state_is refused; do
	tries=$((tries + 1))
	[ $tries -lt 600 ] || fail "the huge file: $(cat status) $(quorate status --socket alice.sock)"
	sleep 0.2
done
refused source-tree 'larger than is looked at'

# ---- a tree that leaves its place ------------------------------------------------
git init -q dots
echo x >dots/f
git -C dots add -A
git -C dots commit -q -m one
f=$(git -C dots rev-parse HEAD:f)
tree=$(printf '100644 blob %s\t..\n' "$f" | git -C dots mktree)
commit=$(git -C dots commit-tree -m evil "$tree")
git -C dots tag v1 "$commit"
git clone -q --bare --no-local dots dots.git 2>/dev/null
offer dots "file://$dir/dots.git refs/tags/v1 $commit $(printf %064d 0)" lamp
sleep 1
tries=0
until state_is refused || looked 'dots'; do
	tries=$((tries + 1))
	[ $tries -lt 200 ] || fail "dots: $(cat status) $(quorate status --socket alice.sock)"
	sleep 0.1
done
! state_is signed
if state_is refused; then refused source-tree ''; fi
all_well
