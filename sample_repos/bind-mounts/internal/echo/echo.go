// Package echo answers with what it was asked.
package echo

import (
	"fmt"
	"net/http"
)

func Answer(w http.ResponseWriter, r *http.Request) {
	fmt.Fprintln(w, r.Method, r.URL.Path)
}
