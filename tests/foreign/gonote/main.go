// SPDX-License-Identifier: Apache-2.0

// Gonote holds a release file against another project's code: the note
// against golang.org/x/mod/sumdb/note with the signers' vkeys, the checkpoint
// against the same with the log's, the proof against sumdb/tlog.
//
//	gonote FILE.release SIGNER-VKEY... -- LOG-VKEY
package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func die(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "gonote: "+format+"\n", args...)
	os.Exit(1)
}

func open(msg []byte, vkeys []string) *note.Note {
	var known []note.Verifier
	for _, k := range vkeys {
		v, err := note.NewVerifier(k)
		if err != nil {
			die("vkey %s: %v", k, err)
		}
		known = append(known, v)
	}
	n, err := note.Open(msg, note.VerifierList(known...))
	if err != nil {
		die("%v", err)
	}
	return n
}

func main() {
	var signers, logs []string
	at := &signers
	for _, a := range os.Args[2:] {
		if a == "--" {
			at = &logs
			continue
		}
		*at = append(*at, a)
	}
	file, err := os.ReadFile(os.Args[1])
	if err != nil {
		die("%v", err)
	}
	cut := bytes.Index(file, []byte("\n\nc2sp.org/tlog-proof@v1\n"))
	if cut < 0 {
		die("no proof in %s", os.Args[1])
	}
	leaf, proof := file[:cut+1], string(file[cut+2:])
	n := open(leaf, signers)
	head, checkpoint, ok := strings.Cut(proof, "\n\n")
	if !ok {
		die("no checkpoint")
	}
	c := open([]byte(checkpoint), logs)
	lines := strings.Split(head, "\n")
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
	if err != nil {
		die("index: %v", err)
	}
	var path tlog.RecordProof
	for _, l := range lines[2:] {
		b, err := base64.StdEncoding.DecodeString(l)
		if err != nil || len(b) != 32 {
			die("path: %v", err)
		}
		path = append(path, tlog.Hash(b))
	}
	body := strings.Split(c.Text, "\n")
	size, err := strconv.ParseInt(body[1], 10, 64)
	if err != nil {
		die("size: %v", err)
	}
	root, err := tlog.ParseHash(body[2])
	if err != nil {
		die("root: %v", err)
	}
	if err := tlog.CheckRecord(path, size, root, index, tlog.RecordHash(leaf)); err != nil {
		die("inclusion: %v", err)
	}
	fmt.Printf("note: %d known signatures; checkpoint: %d; entry %d of %d is included\n",
		len(n.Sigs), len(c.Sigs), index, size)
}
