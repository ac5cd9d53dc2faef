// Package server is the HTTP side of the service.
package server

import (
	"fmt"
	"net/http"

	"github.com/go-chi/chi/v5"

	"example.com/go-service/internal/orders"
)

func New(book *orders.Book) http.Handler {
	router := chi.NewRouter()
	router.Post("/orders/{item}", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, book.Add(chi.URLParam(r, "item")))
	})
	return router
}
