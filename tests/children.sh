# SPDX-License-Identifier: Apache-2.0
# Sourced by tests that start processes. A process that has ended gives its
# id away, and where thousands come and go a stranger soon has it: whoever
# signals an id from a list asks first whose it is.

# own PID...: those of them that are children of this shell still.
own() {
	for own_pid; do
		[ -r "/proc/$own_pid/status" ] || continue
		while read -r own_key own_value; do
			[ "$own_key" = PPid: ] || continue
			[ "$own_value" != $$ ] || echo "$own_pid"
			break
		done <"/proc/$own_pid/status" || :
	done 2>/dev/null
}
