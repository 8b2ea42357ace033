/* SPDX-License-Identifier: Apache-2.0 */
/* Never linked: report.sh reads the sizes of these symbols. */
#include "tests/device/use.h"
#include "verify/sha512.h"

#define SIZE(name) \
	extern char size_of_##name[sizeof(struct name)]; \
	char size_of_##name[sizeof(struct name)]

SIZE(sha256);
SIZE(sha512);
SIZE(verify);
SIZE(verified);
SIZE(trust);
SIZE(payload);
SIZE(verify_device);
