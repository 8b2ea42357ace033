/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The freestanding crypto of verify/ under other names, for tests that hold
 * it against the hosts' in one program. A file of its own: what is static in
 * there is nobody else's business. small_crypto16.c has it once more.
 */
#ifndef SMALL
#define SMALL(name) small_##name
#endif
#define sha256_init SMALL(sha256_init)
#define sha256_update SMALL(sha256_update)
#define sha256_final SMALL(sha256_final)
#define sha512_init SMALL(sha512_init)
#define sha512_update SMALL(sha512_update)
#define sha512_final SMALL(sha512_final)
#define sha_k SMALL(sha_k)
#define sha_iv SMALL(sha_iv)
#define sha_update SMALL(sha_update)
#define sha_final SMALL(sha_final)
#define sha_turn SMALL(sha_turn)
#define ed25519_verify SMALL(ed25519_verify)
#define ed25519_key_check SMALL(ed25519_key_check)

#include "verify/sha_common.c"
#include "verify/sha512.c"
#include "verify/sha256.c"
#include "verify/ed25519.c"
