/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOG_TLOG_H
#define LOG_TLOG_H
/*
 * The door to this floor for those above it: talk to a log, check what it
 * says (client.h), files and their proofs (proof.h), checkpoints and
 * cosignatures (cosign.h), hashes of a tree (tree.h, tile.h).
 */
#include "log/client.h"
#endif
