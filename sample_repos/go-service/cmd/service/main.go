package main

import (
	"log"
	"net/http"

	"example.com/go-service/internal/orders"
	"example.com/go-service/internal/server"
)

var version = "dev"

func main() {
	log.Printf("go-service %s listens on :8080", version)
	log.Fatal(http.ListenAndServe(":8080", server.New(orders.NewBook())))
}
