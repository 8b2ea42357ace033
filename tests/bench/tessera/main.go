// SPDX-License-Identifier: Apache-2.0

// The rival of tests/bench/log.sh: Tessera's POSIX log behind POST /add, set
// as fast as it goes (memory dedup, batches of 512 or 20 ms, a checkpoint
// every 100 ms). It verifies nothing. Answers with the index when the entry
// is sequenced, or with -await when a checkpoint covers it.
//
//	tessera-bench -dir DIR -listen 127.0.0.1:PORT [-await]
package main

import (
	"context"
	"crypto/rand"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"time"

	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"
)

func main() {
	dir := flag.String("dir", "", "where the log is")
	listen := flag.String("listen", "127.0.0.1:0", "address and port")
	await := flag.Bool("await", false, "answer when published")
	flag.Parse()
	ctx := context.Background()
	private, _, err := note.GenerateKey(rand.Reader, "tessera.test/bench")
	if err != nil {
		log.Fatal(err)
	}
	signer, err := note.NewSigner(private)
	if err != nil {
		log.Fatal(err)
	}
	driver, err := posix.New(ctx, posix.Config{Path: *dir})
	if err != nil {
		log.Fatal(err)
	}
	appender, _, reader, err := tessera.NewAppender(ctx, driver,
		tessera.NewAppendOptions().
			WithCheckpointSigner(signer).
			WithCheckpointInterval(100*time.Millisecond).
			WithBatching(512, 20*time.Millisecond).
			WithAntispam(tessera.DefaultAntispamInMemorySize, nil))
	if err != nil {
		log.Fatal(err)
	}
	awaiter := tessera.NewPublicationAwaiter(ctx, reader.ReadCheckpoint, 10*time.Millisecond)
	http.HandleFunc("POST /add", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		future := appender.Add(r.Context(), tessera.NewEntry(body))
		var index tessera.Index
		if *await {
			index, _, err = awaiter.Await(r.Context(), future)
		} else {
			index, err = future()
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		fmt.Fprintf(w, "%d", index.Index)
	})
	l, err := net.Listen("tcp", *listen)
	if err != nil {
		log.Fatal(err)
	}
	log.Printf("ready: listening on %s", l.Addr())
	log.Fatal(http.Serve(l, nil))
}
