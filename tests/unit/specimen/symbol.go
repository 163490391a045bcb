// Functions of Go to be named from outside: see test_probe_symbol_language.c.
package main

import (
	"os"
	"strings"
)

type pool struct{ items []string }

//go:noinline
func (p *pool) total() int {
	sum := 0
	for _, item := range p.items {
		sum += inner(item)
	}
	return sum
}

func inner(s string) int { return strings.Count(s, "x") }

func main() {
	p := pool{os.Args}
	func() { os.Exit(p.total() & 1) }()
}
