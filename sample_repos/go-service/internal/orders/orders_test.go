package orders

import "testing"

func TestAddCountsByItem(t *testing.T) {
	book := NewBook()
	book.Add("tea")
	if got := book.Add("tea"); got != 2 {
		t.Fatalf("got %d, want 2", got)
	}
}
