# SPDX-License-Identifier: Apache-2.0
# Sourced by tests that start processes.

# own PID...: those of them that are children of this shell still. A process
# that has ended gives its id away, and where thousands come and go a stranger
# soon has it: whoever signals an id from a list asks first whose it is.
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

# free_port: one that somebody will listen on later. Not of those that the
# kernel gives to whoever asks for any: the tests that run beside this one
# would have it by then.
free_port() {
	python3 -c 'import random, socket
with open("/proc/sys/net/ipv4/ip_local_port_range") as range_file:
    low, high = map(int, range_file.read().split())
outside = [p for p in range(10000, 65536) if not low <= p <= high] or [0]
for _ in range(1000):
    try:
        with socket.socket() as s:
            s.bind(("127.0.0.1", random.choice(outside)))
            print(s.getsockname()[1])
            break
    except OSError:
        pass'
}
