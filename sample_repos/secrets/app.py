import os
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

if __name__ == "__main__":
    os.chdir("/srv/web")
    ThreadingHTTPServer(("", 8000), SimpleHTTPRequestHandler).serve_forever()
