// sites: what sites.c is, for Go: a method that computes, and a read that blocks its thread.
package main

import (
	"fmt"
	"os"
	"syscall"
	"time"
)

type cart struct{ total int }

//go:noinline
func (c *cart) count() {
	for i := 0; i < 1000000; i++ { c.total += i ^ c.total } // <- computes
}

//go:noinline
func readsAPipe() {
	ends := make([]int, 2)
	if syscall.Pipe(ends) != nil {
		os.Exit(1)
	}
	go func() {
		time.Sleep(200 * time.Millisecond)
		syscall.Write(ends[1], []byte("x"))
	}()
	syscall.Read(ends[0], make([]byte, 1)) // <- waits
}

func main() {
	c := &cart{}
	for end := time.Now().Add(500 * time.Millisecond); time.Now().Before(end); {
		c.count()
	}
	readsAPipe()
	fmt.Fprintln(os.Stderr, c.total)
}
