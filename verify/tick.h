/* SPDX-License-Identifier: Apache-2.0 OR MIT */
#ifndef VERIFY_TICK_H
#define VERIFY_TICK_H
/*
 * VERIFY_TICK() stands in every long loop of this folder, so that it runs at
 * least every 200,000 instructions of an ARMv6-M core: the place to feed a
 * watchdog. It is nothing unless the build names a function without
 * arguments, -DVERIFY_TICK_FUNCTION=watchdog_feed, or defines the macro.
 */
#ifdef VERIFY_TICK_FUNCTION
void VERIFY_TICK_FUNCTION(void);
#define VERIFY_TICK() VERIFY_TICK_FUNCTION()
#endif
#ifndef VERIFY_TICK
#define VERIFY_TICK() ((void)0)
#endif
#endif
