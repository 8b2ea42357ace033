#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# golden.sh MAKE_GOLDEN FOLDER: the golden files are what the program writes.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$1" "$work"
diff -r "$work" "$2"
