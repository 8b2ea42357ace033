/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_CARRY_H
#define CLI_CARRY_H

/* `quorate signer carry`, of the table in cli/signer.c. */
int signer_carry(int argc, char **argv);
#endif
