// Package orders keeps the orders of one process.
package orders

import "sync"

// Book counts orders by item.
type Book struct {
	mu     sync.Mutex
	counts map[string]int
}

func NewBook() *Book {
	return &Book{counts: map[string]int{}}
}

// Add takes one order and returns how many there are of that item.
func (b *Book) Add(item string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.counts[item]++
	return b.counts[item]
}
