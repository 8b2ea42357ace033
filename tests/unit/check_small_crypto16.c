/* SPDX-License-Identifier: Apache-2.0 */
/* The same tests for the arithmetic of processors without long products. */
#define VERIFY_MUL16 1
#include "tests/unit/check_small_crypto.c"
