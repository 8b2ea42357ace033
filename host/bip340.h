/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HOST_BIP340_H
#define HOST_BIP340_H
#include "verify/line.h"

/* Whether a key is one that its type's signatures can be of: a curve point,
 * not of small order. RC_OK, RC_KEY_INVALID. */
enum rc vkey_usable(const struct vkey *k) __attribute__((warn_unused_result));
#endif
