"""A real Chromium, by its DevTools protocol over a pipe: nothing but Python's own library."""
import base64
import json
import os
import pathlib
import select
import shutil
import subprocess
import tempfile
import time

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "chromium-headless-shell")
FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars",
         "--disable-background-networking", "--disable-component-update", "--disable-extensions",
         "--disable-dev-shm-usage", "--remote-debugging-pipe")
PATIENCE_S = 90  # of a busy machine


def program():
  return next(filter(None, map(shutil.which, PROGRAMS)), None)


class Chromium:
  """Pages of one browser, one after the other. What goes wrong on one is in `complaints`."""

  def __init__(self):
    self.folder = tempfile.TemporaryDirectory(prefix="concadvise-chromium.")
    to_browser, self.to = os.pipe()
    self.source, from_browser = os.pipe()
    # The protocol's pipe is descriptors 3 and 4 there.
    command = 'exec "$@" 3<&%d 4>&%d' % (to_browser, from_browser)
    self.process = subprocess.Popen(
        ["bash", "-c", command, "bash", program(), *FLAGS, "--user-data-dir=" + self.folder.name,
         "about:blank"], pass_fds=(to_browser, from_browser), stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL)
    os.close(to_browser)
    os.close(from_browser)
    self.buffer = b""
    self.number = 0
    self.events = []
    self.session = None
    target = next(t for t in self.call("Target.getTargets")["targetInfos"] if t["type"] == "page")
    self.session = self.call("Target.attachToTarget", targetId=target["targetId"],
                             flatten=True)["sessionId"]
    for domain in ("Page", "Runtime", "Log", "Network"):
      self.call(domain + ".enable")

  def close(self):
    try:
      self.session = None
      self.call("Browser.close")
      self.process.wait(20)
    except (OSError, EOFError, TimeoutError, subprocess.TimeoutExpired):
      self.process.kill()
      self.process.wait()
    self.folder.cleanup()

  def __enter__(self):
    return self

  def __exit__(self, *_):
    self.close()

  def message(self, until):
    while b"\0" not in self.buffer:
      if not select.select([self.source], [], [], max(0, until - time.monotonic()))[0]:
        raise TimeoutError("Chromium does not answer")
      part = os.read(self.source, 1 << 20)
      if not part:
        raise EOFError("Chromium is gone")
      self.buffer += part
    message, self.buffer = self.buffer.split(b"\0", 1)
    return json.loads(message)

  def call(self, method, **parameters):
    self.number += 1
    request = {"id": self.number, "method": method, "params": parameters}
    if self.session:
      request["sessionId"] = self.session
    data = json.dumps(request).encode() + b"\0"
    while data:
      data = data[os.write(self.to, data):]
    until = time.monotonic() + PATIENCE_S
    while True:
      answer = self.message(until)
      if answer.get("id") == self.number:
        if "error" in answer:
          raise RuntimeError("%s: %s" % (method, answer["error"]))
        return answer["result"]
      self.events.append(answer)

  def wait_for(self, name):
    """The next event of that name."""
    until = time.monotonic() + PATIENCE_S
    while True:
      for i, event in enumerate(self.events):
        if event.get("method") == name:
          return self.events.pop(i)
      self.events.append(self.message(until))

  def evaluate(self, expression):
    result = self.call("Runtime.evaluate", expression=expression, returnByValue=True,
                       awaitPromise=True)
    if "exceptionDetails" in result:
      raise RuntimeError(json.dumps(result["exceptionDetails"]))
    return result["result"].get("value")

  def open(self, path, width=1280, height=900, dark=False, phone=False):
    """Opens a file and waits until its script is done."""
    self.call("Emulation.setDeviceMetricsOverride", width=width, height=height,
              deviceScaleFactor=2 if phone else 1, mobile=phone)
    self.call("Emulation.setEmulatedMedia", features=[
        {"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
        {"name": "prefers-reduced-motion", "value": "reduce"}])
    self.events.clear()
    self.url = pathlib.Path(path).resolve().as_uri()
    self.call("Page.navigate", url=self.url)
    self.wait_for("Page.loadEventFired")
    self.settle()

  def settle(self):
    """What is drawn in the next frames is drawn."""
    self.evaluate("new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(r)))")

  def complaints(self):
    """Errors and warnings on the console, and whatever was asked of a network."""
    found = []
    for event in self.events:
      method, told = event.get("method"), event.get("params", {})
      if method == "Runtime.exceptionThrown":
        details = told["exceptionDetails"]
        found.append(details.get("exception", {}).get("description") or details["text"])
      elif method == "Runtime.consoleAPICalled" and told["type"] in ("error", "warning", "assert"):
        found.append("console: " + json.dumps(told["args"]))
      elif method == "Log.entryAdded" and told["entry"]["level"] in ("error", "warning"):
        found.append("log: " + told["entry"]["text"])
      elif method == "Network.requestWillBeSent":
        url = told["request"]["url"]
        if url != self.url and not url.startswith(("data:", "blob:")):
          found.append("asks for " + url)
    return found

  def key(self, key, shift=False):
    """Presses and lets go a key."""
    text = {"Enter": "\r"}.get(key, key if len(key) == 1 else None)
    for kind in ("keyDown", "keyUp"):
      self.call("Input.dispatchKeyEvent", type=kind, key=key, modifiers=8 if shift else 0,
                **({"text": text} if text and kind == "keyDown" else {}),
                **({"windowsVirtualKeyCode": 9, "code": "Tab"} if key == "Tab" else {}))
    self.settle()

  def mouse(self, kind, x, y, **more):
    self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, **more)

  def picture(self, path, **clip):
    """The whole page, or of it x, y, width, height."""
    if not clip:
      size = self.call("Page.getLayoutMetrics")["cssContentSize"]
      clip = {key: size[key] for key in ("x", "y", "width", "height")}
    image = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=True,
                      clip={**clip, "scale": 1})
    pathlib.Path(path).write_bytes(base64.b64decode(image["data"]))

  def printed(self):
    return base64.b64decode(self.call("Page.printToPDF", printBackground=False,
                                      preferCSSPageSize=True)["data"])
