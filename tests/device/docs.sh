#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# docs.sh REPORT: put a device build's report.txt into docs/device.md.
set -eu
page=$(cd "$(dirname "$0")/../.." && pwd)/docs/device.md
report=$1
{
	sed '/^<!-- report -->$/q' "$page"
	awk '/^device:/ { next } { sub(/ +$/, ""); print "    " $0 }' "$report"
	sed -n '/^<!-- end report -->$/,$p' "$page"
} >"$page.new"
mv "$page.new" "$page"
