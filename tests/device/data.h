/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_DEVICE_DATA_H
#define TESTS_DEVICE_DATA_H
#include <stdint.h>

/* The files of tests/vectors/device/, in the program's constants. */
#define FILE_DATA(name, path)                                              \
	__asm__(".pushsection .rodata." #name "\n.balign 4\n.globl " #name \
		"\n" #name ":\n.incbin \"vectors/device/" path "\"\n"      \
		".globl " #name "_end\n" #name "_end:\n.byte 0\n"          \
		".popsection");                                            \
	extern const uint8_t name[], name##_end[]
#define FILE_BYTES(name) ((size_t)(name##_end - name))
#endif
