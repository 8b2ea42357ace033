# SPDX-License-Identifier: Apache-2.0
# Other people's witnesses, built with Go from the module proxy: sourced by
# tests of interoperability and by the bench. log_help.sh comes first.
peers_witness=github.com/transparency-dev/witness@v0.0.0-20260720115447-2e1c6971d19e
peers_merkle=github.com/transparency-dev/merkle@v0.0.3-0.20260727102338-4491f478b7dc
peers_torchwood=filippo.io/torchwood@v0.9.0

# peers_build FOLDER: omniwitness, loadtest, litewitness in it.
# Fails with peers_why when they cannot be had.
peers_build() {
	peers_why="no go"
	command -v go >/dev/null || return 1
	command -v ssh-agent >/dev/null || { peers_why="no ssh-agent" && return 1; }
	mkdir -p "$1" && peers_dir=$(cd "$1" && pwd) || return 1
	peers_why="the modules cannot be had, or do not build: $peers_dir/log"
	(
		cd "$peers_dir" || exit 1
		export GOFLAGS="-mod=mod -modcacherw" GOPATH="$peers_dir/path" GOCACHE="$peers_dir/cache"
		[ -f go.mod ] || go mod init peers
		[ -x litewitness ] || {
			go get "$peers_torchwood" &&
				go build -o litewitness filippo.io/torchwood/cmd/litewitness
		} || exit 1
		[ -x omniwitness ] && [ -x loadtest ] && exit 0
		go mod download "$peers_witness" && rm -rf wit &&
			cp -r "path/pkg/mod/$peers_witness" wit && chmod -R u+w wit &&
			cd wit && { go get "$peers_merkle" || :; } &&
			go build -o ../omniwitness ./cmd/omniwitness &&
			# a proof from nothing is an empty one (C2SP tlog-witness)
			sed -i 's/^\tnodes, err := proof.Consistency(/\tif l.witnessedSize == 0 {\n\t\treturn cpSigned, l.size, nil\n\t}\n&/' \
				cmd/loadtest/loadtest.go &&
			go build -o ../loadtest ./cmd/loadtest &&
			rm -rf ../path ../cache ../wit # a gigabyte
	) >"$peers_dir/log" 2>&1
}

# A key for omniwitness: peer_key FILE NAME -> the vkey of its cosignatures
peer_key() {
	python3 - "$1" "$2" <<-X
	import base64, hashlib, os, subprocess, sys
	file, name = sys.argv[1:]
	seed = hashlib.sha256(name.encode()).digest()
	der = bytes.fromhex('302e020100300506032b657004220420') + seed
	pub = subprocess.run(['openssl', 'pkey', '-inform', 'DER', '-pubout',
	    '-outform', 'DER'], input=der, stdout=subprocess.PIPE,
	    check=True).stdout[-32:]
	def key_id(kind):
	    return hashlib.sha256(name.encode() + b'\n' + bytes([kind]) + pub).hexdigest()[:8]
	with open(file, 'w') as out:
	    out.write('PRIVATE+KEY+%s+%s+%s' % (name, key_id(1),
	        base64.b64encode(b'\1' + seed).decode()))
	print('%s+%s+%s' % (name, key_id(4), base64.b64encode(b'\4' + pub).decode()))
	X
}
peer_port() { # a port that is free now
	python3 -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])'
}

# NAME_start LOGS: a file of "origin vkey" lines. Sets peer_address peer_path
# peer_pid peer_vkey. The names are as the public network has them.
omniwitness_start() {
	rm -f omni.db*
	peer_vkey=$(peer_key omni.key "Omni.Test:8443/W-1") || return 1
	{
		echo Logs:
		sed 's|^\([^ ]*\) \(.*\)|- Origin: \1\n  URL: http://\1/\n  PublicKey: \2|' "$1"
	} >omni.yaml
	_port=$(peer_port)
	"$peers_dir/omniwitness" -listen "127.0.0.1:$_port" -metrics_listen "127.0.0.1:$(peer_port)" \
		-db_file omni.db -private_key_path omni.key -additional_logs omni.yaml 2>omni.log &
	peer_pid=$!
	pids="$pids $peer_pid"
	peer_address=127.0.0.1:$_port peer_path=/add-checkpoint
	until_true "curl -s -o /dev/null http://$peer_address/" || return 1
}
litewitness_start() {
	rm -f lite.db* lite.sock lite-key*
	ssh-keygen -q -t ed25519 -N '' -f lite-key || return 1
	eval "$(ssh-agent -a "$PWD/lite.sock")" >/dev/null
	agent_pid=$SSH_AGENT_PID
	pids="$pids $agent_pid"
	SSH_AUTH_SOCK=$PWD/lite.sock ssh-add -q lite-key || return 1
	# its own tool for this does not build without modules that are not had
	python3 -c 'import base64, hashlib, sqlite3, sys
db = sqlite3.connect("lite.db")
db.executescript("""
CREATE TABLE log (origin TEXT PRIMARY KEY, tree_size INTEGER NOT NULL, tree_hash TEXT NOT NULL);
CREATE TABLE key (origin TEXT NOT NULL, key TEXT NOT NULL, FOREIGN KEY(origin) REFERENCES log(origin));
CREATE TABLE bastion (origin TEXT NOT NULL, bastion TEXT NOT NULL, FOREIGN KEY(origin) REFERENCES log(origin));""")
empty = base64.b64encode(hashlib.sha256(b"").digest()).decode()
for line in open(sys.argv[1]):
	origin, key = line.split()
	db.execute("INSERT INTO log VALUES (?, 0, ?)", (origin, empty))
	db.execute("INSERT INTO key VALUES (?, ?)", (origin, key))
db.commit()' "$1" || return 1
	_port=$(peer_port)
	"$peers_dir/litewitness" -name lite.test/W -db lite.db -ssh-agent "$PWD/lite.sock" \
		-listen "127.0.0.1:$_port" \
		-key "$(ssh-keygen -lf lite-key.pub | cut -d' ' -f2)" 2>lite.log &
	peer_pid=$!
	pids="$pids $peer_pid"
	peer_address=127.0.0.1:$_port peer_path=/add-checkpoint
	until_true "curl -s -o /dev/null http://$peer_address/" || return 1
	peer_vkey=$(sed -n 's/.*vkey=\(lite[^ ]*\).*/\1/p' lite.log | head -n 1)
}
omniwitness_stop() { kill "$peer_pid" && wait "$peer_pid"; } 2>/dev/null
litewitness_stop() { kill "$peer_pid" "$agent_pid" && wait "$peer_pid"; } 2>/dev/null
