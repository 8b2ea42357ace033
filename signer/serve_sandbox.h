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

enum { SANDBOX_PATHS_MAX = 12 };

struct sandbox {
	/* Trees that may be read, written; NULL ends. What does not exist is
	 * passed over. Nothing else of the file system can be opened. */
	const char *read[SANDBOX_PATHS_MAX];
	const char *write[SANDBOX_PATHS_MAX];
	bool network;  /* internet sockets; otherwise EPERM */
	bool alone;    /* no sockets of any kind: EPERM */
	bool programs; /* execve, of what may be read; otherwise EPERM */
	uint64_t memory_bytes, file_bytes, cpu_s; /* 0: as before */
	uint64_t processes;			  /* 0: as before */
};

/*
 * RC_OK; RC_STATE with why if the kernel refuses a part of it: then nothing
 * may be gone on with. A kernel without Landlock is said and gone on with.
 * In every sandbox: no new privileges, no core, and EPERM for ptrace,
 * process_vm_*, mount, namespaces, modules, bpf, keys, clocks and the like.
 */
enum rc sandbox_enter(const struct sandbox *s, struct why *why)
    __attribute__((warn_unused_result));
#endif
