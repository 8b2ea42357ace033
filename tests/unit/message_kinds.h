/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_MESSAGE_KINDS_H
#define TESTS_UNIT_MESSAGE_KINDS_H
#include "quorum/message.h"

/* Every kind of quorum/message.h that has a codec of its own: X(deal, DEAL) */
#define MESSAGE_KINDS(X)                                                       \
	X(approve, APPROVE) X(refuse, REFUSE) X(commit, COMMIT)                \
	X(package, PACKAGE) X(share, SHARE) X(blame, BLAME) X(poll, POLL)      \
	X(read, READ) X(status, STATUS) X(inbox, INBOX) X(accept, ACCEPT)      \
	X(deal, DEAL) X(confirm, CONFIRM) X(complaint, COMPLAINT)              \
	X(birth, BIRTH) X(rehearsed, REHEARSED) X(reshare, RESHARE)            \
	X(choice, CHOICE) X(purpose, PURPOSE) X(signature, SIGNATURE)
/* One of each: members of a union. */
#define MESSAGE_MEMBER(k, upper) struct message_##k k;
/* Its parser and its builder, without its type: of a union any. */
#define MESSAGE_CODEC(k, upper)                                                \
	static enum rc k##_parse_any(                                          \
	    union any *m, const uint8_t *p, size_t n)                          \
	{                                                                      \
		return k##_parse(&m->k, p, n);                                 \
	}                                                                      \
	static void k##_build_any(struct text *t, const union any *m)          \
	{                                                                      \
		k##_build(t, &m->k);                                           \
	}
#endif
