#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Holds the tree to its link table, by the includes: who may use whom, which
# system headers each floor may see, and which files may touch the world.
# Prints every breach and exits 1 if there is one.
cd "$(dirname "$0")/.." || exit 3
fail=0
breach() { printf '%s\n' "architecture: $*"; fail=1; }

allowed() { # floor -> folders whose headers it may include
	case $1 in
	verify) echo 'verify' ;;
	host) echo 'host verify' ;;
	quorum) echo 'quorum host verify' ;;
	log) echo 'log host verify' ;;
	signer) echo 'signer quorum log host verify' ;;
	cli) echo 'cli signer quorum log host verify' ;;
	esac
}
libraries() { # floor -> third-party headers it may include, as a pattern
	case $1 in
	verify) echo '^$' ;;
	host) echo '^(sodium|sqlite3|curl/curl|microhttpd|gnutls/x509|jansson|zlib|openssl/sha|secp256k1[a-z0-9_]*)\.h$' ;;
	quorum) echo '^(sodium|secp256k1[a-z0-9_]*)\.h$' ;;
	log) echo '^(sodium|sqlite3)\.h$' ;;
	signer) echo '^(sodium|git2|sqlite3|seccomp)\.h$' ;;
	cli) echo '^(sodium|jansson)\.h$' ;;
	esac
}
third='^(zlib|sodium|sqlite3|curl/curl|microhttpd|gnutls/[a-z0-9]*|jansson|ini|secp256k1[a-z0-9_]*|openssl/[a-z]*|git2|seccomp)\.h$'
world='^(stdio|stdlib|unistd|fcntl|time|poll|signal|pthread|errno|dirent|sys/(socket|stat|time|un|mman|wait|random|types|file)|netinet/in|arpa/inet|netdb)\.h$'

for f in $(git ls-files -co --exclude-standard 'verify/*.[ch]' 'host/*.[ch]' 'quorum/*.[ch]' \
	'log/*.[ch]' 'signer/*.[ch]' 'cli/*.[ch]'); do
	floor=${f%%/*}
	base=${f##*/}
	for inc in $(sed -n 's/^#[ \t]*include "\([^"]*\)".*/\1/p' "$f"); do
		case $inc in
		*/*) ;;
		*) breach "$f: include \"$inc\" is not written from the root" ;;
		esac
		ok=0
		for a in $(allowed "$floor"); do
			[ "${inc%%/*}" = "$a" ] && ok=1
		done
		[ $ok = 1 ] || breach "$f includes $inc: $floor may not use ${inc%%/*}"
		[ "$floor" = signer ] && [ "${inc%%/*}" = log ] &&
			case $inc in
			log/client.h | log/tlog.h | log/tile.h) ;;
			*) breach "$f includes $inc: signer uses the log's client only" ;;
			esac
	done
	for inc in $(sed -n 's/^#[ \t]*include <\([^>]*\)>.*/\1/p' "$f"); do
		printf '%s' "$inc" | grep -Eq "$third" &&
			! printf '%s' "$inc" | grep -Eq "$(libraries "$floor")" &&
			breach "$f includes <$inc>: not a library of $floor"
		case $floor/$base in
		host/* | cli/* | */main.c | */*_main.c | */serve*.[ch] | */store*.[ch] | */client.c | \
			*/evidence*.c | */vault.c | */courier.c | */blob_file.c) ;;
		verify/*)
			printf '%s' "$inc" | grep -Eq '^(stdint|stddef|stdbool)\.h$' ||
				[ "$f" = verify/mem.h ] ||
				breach "$f includes <$inc>: verify/ is freestanding" ;;
		*)
			printf '%s' "$inc" | grep -Eq "$world" &&
				breach "$f includes <$inc>: only worldly files touch the world" ;;
		esac
	done
	if [ "${base##*.}" = c ] && [ -f "${f%.c}.h" ]; then
		first=$(sed -n 's/^#[ \t]*include ["<]\([^">]*\)[">].*/\1/p' "$f" | head -n 1)
		[ "$first" = "${f%.c}.h" ] || breach "$f: its first header is not its own"
	fi
	case $floor in
	verify) want='SPDX-License-Identifier: Apache-2.0 OR MIT' ;;
	*) want='SPDX-License-Identifier: Apache-2.0' ;;
	esac
	head -n 3 "$f" | grep -q "$want" || breach "$f: no SPDX line"
done
[ $fail = 0 ] && echo "architecture: holds"
exit $fail
