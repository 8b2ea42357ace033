// SPDX-License-Identifier: Apache-2.0

//go:build tools

package fsck

import _ "github.com/transparency-dev/tessera/cmd/fsck"
