from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

if __name__ == "__main__":
    ThreadingHTTPServer(("", 8000), SimpleHTTPRequestHandler).serve_forever()
