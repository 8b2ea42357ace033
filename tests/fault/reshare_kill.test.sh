#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A sample of tests/fault/reshare_kill.sh, which is the whole.
exec sh "$SRC/tests/fault/reshare_kill.sh" 45
