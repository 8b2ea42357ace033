#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What a person is shown who has to decide: the screen of `quorate pending ID`
# for a release whose source differs from the last one's in a line, held against
# docs/pending.md.
set -eu
flow=pending
. "$SRC/tests/flow/party_help.sh"
export GIT_CONFIG_GLOBAL=$dir/gitconfig GIT_CONFIG_NOSYSTEM=1
plain_start
ssh-keygen -q -t ed25519 -N '' -C dev -f dev
printf 'dev@example.com namespaces="git" %s\n' "$(cut -d' ' -f1,2 dev.pub)" >allowed
git config --file "$GIT_CONFIG_GLOBAL" user.name dev
git config --file "$GIT_CONFIG_GLOBAL" user.email dev@example.com
git config --file "$GIT_CONFIG_GLOBAL" gpg.format ssh
git config --file "$GIT_CONFIG_GLOBAL" user.signingkey "$dir/dev"
git config --file "$GIT_CONFIG_GLOBAL" init.defaultBranch main
mkdir git
url=file://$dir/git/board.git
for p in alice bob; do signer_config $p $p.example automatic trust.note; done
signer_config carol carol.example person trust.note
sed -i 's/^approval = .*/&\nrequire-payload = yes/' carol.ini
cat >>carol.ini <<INI
[source board]
url = $url
products = example/board
refs = refs/tags/v*
branch = refs/heads/main
signed = tag
allowed-signers = allowed
build = make.sh
output = app out/app
INI
printf '#!/bin/sh\nmkdir -p out && cp pump.txt out/app\n' >make.sh
chmod +x make.sh
for p in alice bob carol; do signer_start $p; done
git init -q board
version() { # N: commit what is there, tag it, publish it
	git -C board add -A
	git -C board commit -q -m "$2"
	git -C board tag -s -m "v$1" "v$1"
	git clone -q --bare board git/board.new && rm -rf git/board.git && mv git/board.new git/board.git
}
printf 'speed 10\npressure 3\n' >board/pump.txt
version 1 'first version'
offer() { # N [OPTIONS]
	n=$1
	shift
	quorate release app=board/pump.txt --product example/board --version "1.$n" --sequence "$n" --trust trust.note \
		--source "$(quorate source board --url "$url" --ref "refs/tags/v$n" 2>/dev/null)" "$@" \
		--draft-only -o "r$n.txt"
	quorate sign "r$n.txt" --key ci.key --yes -o "r$n.note" >/dev/null 2>&1
	propose "r$n.note"
}
offer 1
signed r1.signed
quorate append r1.signed --log "$log" -o r1.release >/dev/null 2>&1

# the next one differs in a line of its source; and is proposed at another second
sleep 1.1
stop bob
printf 'speed 10\npressure 4\n' >board/pump.txt
version 2 'raise the pressure'
printf 'The pressure is 4 now.\nNothing else changed.\n' >notes.txt
command_config trust.note
quorate release app=board/pump.txt --product example/board --version 1.2 --sequence 2 --trust trust.note \
	--source "$(quorate source board --url "$url" --ref refs/tags/v2 2>/dev/null)" --notes notes.txt \
	--upload --detach -o r2.release >id 2>/dev/null
id=$(cat id)
asked() { quorate pending --socket carol.sock | grep -q "^$id "; }
until_true asked
alice_did() { quorate history --socket alice.sock | grep -q " approve $id " && state_is open && grep -q '^approved alice' status; }
until_true alice_did
quorate pending --socket carol.sock "$id" >screen
# ids, digests and times are of the day
sed -E "s|$dir/git|/srv/git|; s/[0-9a-f]{64}/<sha256>/g; s/[0-9a-f]{40}/<commit>/g; s/\\b[0-9a-f]{12}\\b/<commit>/g; s/[0-9]{10}/<time>/g; s/20[0-9-]{8}T[0-9:]{8}Z/<time>/g" \
	screen >got
sed -n '/^```$/,/^```$/p' "$SRC/docs/pending.md" | sed '1d;$d' >want
cmp want got || { diff want got; fail 'docs/pending.md shows another screen'; }
quorate approve --socket carol.sock "$id" --yes >/dev/null
signed r2.signed
grep -q '^— carol' r2.signed
all_well
