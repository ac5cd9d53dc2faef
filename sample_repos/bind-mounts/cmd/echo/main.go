package main

import (
	"log"
	"net/http"

	"example.com/bind-mounts/internal/echo"
)

func main() {
	log.Fatal(http.ListenAndServe(":8080", http.HandlerFunc(echo.Answer)))
}
