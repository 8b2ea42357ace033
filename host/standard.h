/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HOST_STANDARD_H
#define HOST_STANDARD_H

/*
 * Descriptors 0, 1 and 2, which whoever starts a program may have closed.
 * The next file or socket that it opens would get the number, and what is
 * said would go into a state, or to a peer. Takes each that is free, so that
 * reading 0 and writing 1 fail as on a closed one and talk to 2 is dropped.
 * Before anything is opened.
 */
void standard_hold(void);

/*
 * The end of a program that wrote to stdout: code, or EXIT_ENVIRONMENT and
 * the reason on stderr when code was EXIT_OK and not all of it was taken
 * (a full disk, a closed descriptor).
 */
int standard_end(int code);
#endif
