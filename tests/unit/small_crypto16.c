/* SPDX-License-Identifier: Apache-2.0 */
/* The same with the arithmetic of processors without long products. */
#define VERIFY_MUL16 1
#define SMALL(name) small16_##name
#include "tests/unit/small_crypto.c"
