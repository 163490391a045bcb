"""Asks a server so often, one answer after the other: a thread of its own, which has one for each
request and takes 30 ms. Usage: self_server.py REQUESTS
"""
import http.server
import sys
import threading
import time
import urllib.request


class Handler(http.server.BaseHTTPRequestHandler):
  def do_GET(self):
    time.sleep(0.03)
    self.send_response(200)
    self.send_header("Content-Length", "2")
    self.end_headers()
    self.wfile.write(b"ok")

  def log_message(self, *_):
    pass


if __name__ == "__main__":
  site = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
  threading.Thread(target=site.serve_forever, daemon=True).start()
  for number in range(int(sys.argv[1])):
    urllib.request.urlopen("http://127.0.0.1:%d/%d" % (site.server_port, number)).read()
