// SPDX-License-Identifier: Apache-2.0

// Golog reads a log's folder with another project's code: the checkpoint
// with golang.org/x/mod/sumdb/note, every entry's proof and the consistency
// of every size with sumdb/tlog over the tiles, which that code verifies on
// its own. The bundles' entries must hash to the leaves.
//
//	golog DIR|URL LOG-VKEY
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func die(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "golog: "+format+"\n", args...)
	os.Exit(1)
}

var base string

func get(path string) ([]byte, error) {
	if !strings.HasPrefix(base, "http") {
		return os.ReadFile(filepath.Join(base, path))
	}
	r, err := http.Get(base + "/" + path)
	if err != nil {
		return nil, err
	}
	defer r.Body.Close()
	if r.StatusCode != 200 {
		return nil, fmt.Errorf("%s: %s", path, r.Status)
	}
	return io.ReadAll(r.Body)
}

// C2SP's paths are sumdb's without the height.
type reader struct{}

func (reader) Height() int { return 8 }
func (reader) SaveTiles(tiles []tlog.Tile, data [][]byte) {}
func (reader) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, t := range tiles {
		data, err := get(strings.Replace(t.Path(), "tile/8/", "tile/", 1))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

func entries(size int64) [][]byte {
	var all [][]byte
	for n := int64(0); n*256 < size; n++ {
		width := min(size-n*256, 256)
		t := tlog.Tile{H: 8, L: 0, N: n, W: int(width)}
		data, err := get(strings.Replace(t.Path(), "tile/8/0/", "tile/entries/", 1))
		if err != nil {
			die("%v", err)
		}
		for len(data) > 0 {
			k := int(data[0])<<8 | int(data[1])
			all = append(all, data[2:2+k])
			data = data[2+k:]
		}
	}
	return all
}

func main() {
	base = strings.TrimSuffix(os.Args[1], "/")
	v, err := note.NewVerifier(os.Args[2])
	if err != nil {
		die("vkey: %v", err)
	}
	signed, err := get("checkpoint")
	if err != nil {
		die("%v", err)
	}
	n, err := note.Open(signed, note.VerifierList(v))
	if err != nil {
		die("checkpoint: %v", err)
	}
	lines := strings.Split(n.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || lines[0] != v.Name() {
		die("checkpoint: %q", lines)
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		die("checkpoint: %v", err)
	}
	hashes := tlog.TileHashReader(tlog.Tree{N: size, Hash: root}, reader{})
	all := entries(size)
	if int64(len(all)) != size {
		die("%d entries of %d", len(all), size)
	}
	for i, e := range all {
		p, err := tlog.ProveRecord(size, int64(i), hashes)
		if err != nil {
			die("entry %d: %v", i, err)
		}
		if err := tlog.CheckRecord(p, size, root, int64(i), tlog.RecordHash(e)); err != nil {
			die("entry %d: %v", i, err)
		}
	}
	for old := int64(1); old <= size; old += 1 + old/16 {
		h, err := tlog.TreeHash(old, hashes)
		if err != nil {
			die("size %d: %v", old, err)
		}
		p, err := tlog.ProveTree(size, old, hashes)
		if err != nil {
			die("size %d: %v", old, err)
		}
		if err := tlog.CheckTree(p, size, root, old, h); err != nil {
			die("size %d: %v", old, err)
		}
	}
	fmt.Printf("golog: %d entries, all proved\n", size)
}
