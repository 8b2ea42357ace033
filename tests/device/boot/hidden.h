/* SPDX-License-Identifier: Apache-2.0 */
/* Included before everything else in what must run at any address: without
 * it the compiler would look up other files' constants in a table of
 * addresses. */
#pragma GCC visibility push(hidden)
