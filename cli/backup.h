/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_BACKUP_H
#define CLI_BACKUP_H

/* `quorate signer backup` and `restore`, of the table in cli/signer.c. */
int signer_backup(int argc, char **argv);
int signer_restore(int argc, char **argv);
#endif
