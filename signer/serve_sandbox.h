/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIGNER_SERVE_SANDBOX_H
#define SIGNER_SERVE_SANDBOX_H
/*
 * What a process of ours may do from now on, and no child of it may more:
 * Landlock for files, seccomp for calls, limits for the rest. Entered after
 * what it needs has been opened, before a byte of anybody else's is read.
 */
#include <stdbool.h>
#include <stdint.h>
#include "host/why.h"
#include "verify/rc.h"

enum { SANDBOX_PATHS_MAX = 128 };

/* What a library needs of a system; what resolving names does. /etc as a whole
 * may hold the operator's key and passphrase file. */
#define SANDBOX_SYSTEM                                                         \
	"/usr", "/lib", "/lib64", "/dev/urandom", "/dev/null", "/etc/ssl",     \
	    "/etc/pki", "/etc/ca-certificates", "/etc/ld.so.cache",            \
	    "/etc/localtime"
#define SANDBOX_NAMES                                                          \
	"/etc/resolv.conf", "/etc/hosts", "/etc/host.conf",                    \
	    "/etc/nsswitch.conf", "/etc/gai.conf", "/etc/services",            \
	    "/run/systemd/resolve"

/*
 * Evidence runs other people's code (git's, a build's), and the parent starts
 * it: the calls that break out of a process are denied. Seat and courier run
 * ours: the calls that they use are allowed, and nothing else.
 */
enum sandbox_part {
	SANDBOX_EVIDENCE,
	SANDBOX_SEAT,
	SANDBOX_COURIER,
	SANDBOX_PARENT, /* what any of its children may, and no more */
};

struct sandbox {
	enum sandbox_part part;
	/* A kernel that cannot do a part of it: RC_SANDBOX. Otherwise it is
	 * said and gone on with. */
	bool required;
	/* Trees that may be read, written; NULL ends. What does not exist is
	 * passed over. Nothing else of the file system can be opened. */
	const char *read[SANDBOX_PATHS_MAX];
	const char *write[SANDBOX_PATHS_MAX];
	/* /etc may be read, as far as it is there now, but not what lies on the
	 * way to one of these; NULL ends. */
	bool etc;
	const char *hidden[4];
	const char *remove; /* files of this folder may be removed; NULL: none */
	/* of evidence and the parent */
	bool network;  /* internet sockets; otherwise EPERM */
	bool alone;    /* no sockets of any kind: EPERM */
	bool programs; /* execve, of what may be read; otherwise EPERM */
	bool spaces;   /* unshare, but of mounts; otherwise EPERM */
	uint64_t memory_bytes, file_bytes, cpu_s; /* 0: as before */
	uint64_t processes;			  /* 0: as before */
};

/* One more tree to read; "" or NULL: none. The path must live. */
void sandbox_read(struct sandbox *s, const char *path);

/*
 * RC_OK; RC_STATE with why if the kernel refuses a part of it: then nothing
 * may be gone on with; RC_SANDBOX. In every sandbox: no new privileges, no
 * core, no unix socket (the people's would take a yes from it), and EPERM for
 * ptrace, process_vm_*, mount, namespaces, modules, bpf, keys, clocks and the
 * like. For the calling thread and those it makes: called when there is only
 * one.
 */
enum rc sandbox_enter(const struct sandbox *s, struct why *why)
    __attribute__((warn_unused_result));
#endif
