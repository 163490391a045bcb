// trees: what is built and forgotten again, by one goroutine: its garbage is collected beside it.
package main

import "fmt"

type tree struct{ left, right *tree }

func build(depth int) *tree {
	if depth == 0 {
		return &tree{}
	}
	return &tree{build(depth - 1), build(depth - 1)}
}

func (t *tree) count() int {
	if t.left == nil {
		return 1
	}
	return 1 + t.left.count() + t.right.count()
}

func main() {
	sum := 0
	for i := 0; i < 60; i++ {
		sum += build(18).count()
	}
	fmt.Println(sum)
}
