/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_LOG_H
#define CLI_LOG_H

/* log_keys.c: a log is opened, and its key changes. */
int log_init(int argc, char **argv);
int log_add_key(int argc, char **argv);
int log_retire_key(int argc, char **argv);
/* log_evidence.c: what a witness keeps against its logs. */
int log_evidence(int argc, char **argv);
/* log_judge.c: what a folder of evidence proves. */
int log_judge(int argc, char **argv);
#endif
