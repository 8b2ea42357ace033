/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The freestanding crypto of verify/ under other names, for tests that hold
 * it against the hosts' in one program. A file of its own: what is static in
 * there is nobody else's business.
 */
#define sha256_init small_sha256_init
#define sha256_update small_sha256_update
#define sha256_final small_sha256_final
#define sha512_init small_sha512_init
#define sha512_update small_sha512_update
#define sha512_final small_sha512_final
#define sha_k small_sha_k
#define sha_iv small_sha_iv
#define ed25519_verify small_ed25519_verify
#define ed25519_key_check small_ed25519_key_check

#define sha_update small_sha_update
#define sha_final small_sha_final
#include "verify/sha_common.c"
#include "verify/sha512.c"
#include "verify/sha256.c"
#include "verify/ed25519.c"
