#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The units for systemd: how much of the machine each leaves open, by systemd's
# own measure (at most 2.0); that systemd reads them without a complaint; and
# that what the programs do is what the units let them do: every call that a
# signer's processes are allowed by their own filters, and those by which they
# enter them and a rebuild's name spaces, passes the unit's filter.
set -eu
command -v systemd-analyze >/dev/null || {
	echo 'SKIPPED: no systemd-analyze'
	exit 0
}
units=$BIN/../systemd
fail() { printf 'units: %s\n' "$*" >&2; exit 1; }
dir=$(mktemp -d "${TMPDIR:-/tmp}/quorate-units.XXXXXX")
trap 'rm -rf "$dir"' EXIT
for unit in "$units"/*.service; do
	name=$(basename "$unit" .service)
	systemd-analyze security --offline=true --threshold=20 --no-pager "$unit" >"$dir/score" 2>&1 ||
		{ grep -v '^✓' "$dir/score"; fail "$name: more than 2.0"; }
	sed -n 's/^.*Overall exposure level for/exposure:/p' "$dir/score"
	sed -e "s|^ExecStart=[^ ]*/|ExecStart=$BIN/|" -e '/^Documentation=/d' "$unit" >"$dir/$name.service"
	grep -q "^ExecStart=$BIN/$name --config " "$dir/$name.service" || fail "$name: what does it start?"
	systemd-analyze verify --man=no --recursive-errors=no "$dir/$name.service" >"$dir/said" 2>&1 ||
		{ cat "$dir/said"; fail "$name: systemd refuses it"; }
	if grep "$name.service" "$dir/said"; then fail "$name: systemd complains"; fi
done

# A group's calls, groups in it too.
group() { # @GROUP
	systemd-analyze syscall-filter "$1" 2>/dev/null | sed -n 's/^    \([@a-z0-9_-]*\)$/\1/p' |
		while read -r call; do
			case $call in
			@*) group "$call" ;;
			*) echo "$call" ;;
			esac
		done
}
calls() { # of the rest of the line
	for word in "$@"; do
		case $word in
		@*) group "$word" ;;
		*) echo "$word" ;;
		esac
	done
}
passes() { # UNIT: what its lines leave, in their order
	: >"$dir/passes"
	sed -n 's/^SystemCallFilter=//p' "$1" >"$dir/lines"
	while read -r line; do
		# shellcheck disable=SC2086 # words
		case $line in
		~*)
			calls ${line#\~} | sort -u >"$dir/change"
			comm -23 "$dir/passes" "$dir/change" >"$dir/next"
			;;
		*) calls $line | sort -u - "$dir/passes" >"$dir/next" ;;
		esac
		mv "$dir/next" "$dir/passes"
	done <"$dir/lines"
	cat "$dir/passes"
}
passes "$units/quorate-signerd.service" >"$dir/open"
[ "$(wc -l <"$dir/open")" -gt 200 ] || fail 'the groups of calls cannot be read'
grep -qx ptrace "$dir/open" && fail 'ptrace passes'
{
	sed -n '/^static const int allowed/,/^};\|)};/s/SCMP_SYS(\([a-z0-9_]*\))/\n=\1\n/gp' \
		"$SRC/signer/serve_sandbox.c" | sed -n 's/^=//p'
	# prctl and what enters a sandbox, starts a process, builds, waits
	printf '%s\n' prctl seccomp landlock_create_ruleset landlock_add_rule \
		landlock_restrict_self setrlimit prlimit64 unshare execve clone clone3 \
		vfork wait4 signalfd4 pidfd_open socket socketpair connect bind listen \
		close_range dup2 setpgid kill
} | sort -u >"$dir/needed"
[ "$(wc -l <"$dir/needed")" -gt 100 ] || fail 'the table of calls cannot be read'
comm -13 "$dir/open" "$dir/needed" >"$dir/missing"
if [ -s "$dir/missing" ]; then
	cat "$dir/missing"
	fail 'these calls do not pass the unit of the signer'
fi
echo "units: $(wc -l <"$dir/needed") calls that a signer needs pass its unit"
