"""A server that speaks as much of OpenML as scikit-learn's fetcher asks for, and misbehaves on demand."""

import hashlib
import json
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

__all__ = ["Server", "serving"]

ROWS = 90

SKIES = ("clear", "grey", "'half clear'")

ARFF = "\n".join(
    [
        "@RELATION weather",
        "@ATTRIBUTE warmth REAL",
        "@ATTRIBUTE sky {clear,grey,'half clear'}",
        "@ATTRIBUTE walk {no,yes}",
        "@DATA",
        *(
            f"{'?' if row % 9 == 0 else row * 0.37 % 20},{SKIES[row % 3]},{('no', 'yes')[row * 7 % 20 > 10]}"
            for row in range(ROWS)
        ),
    ]
).encode()


@dataclass(slots=True)
class Server:
    """`mode` says how it answers; `asked` which paths it was asked for."""

    url: str = ""
    mode: str = "good"
    asked: list[str] = field(default_factory=list[str])


@contextmanager
def serving() -> Generator[Server]:
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.asked.append(self.path)
            data = self.path.endswith(".arff")
            match state.mode:
                case "breaks off" if data:
                    self._send(200, ARFF[: len(ARFF) // 2], shown=len(ARFF))
                case "garbled" if data:
                    self._send(200, ARFF.replace(b"clear", b"cloud"))
                case "garbled words" if "features" in self.path:
                    self._send(200, b'{"data_features": {"fea')
                case "unknown" if "list" in self.path:
                    self._send(412, b"{}")
                case "error":
                    self._send(503, b"busy")
                case "page":
                    self._send(200, b"<html>please sign in</html>")
                case "silent":
                    time.sleep(1.5)
                case _:
                    self._send(200, ARFF if data else json.dumps(self._answer()).encode())

        def _answer(self) -> dict[str, Any]:
            if "/list/" in self.path:
                return {"data": {"dataset": [{"did": 7, "version": 1, "status": "active"}]}}
            if "features" in self.path:
                kinds = {"warmth": "numeric", "sky": "nominal", "walk": "nominal"}
                common = {"is_ignore": "false", "is_row_identifier": "false", "number_of_missing_values": "0"}
                feature = [
                    {
                        "index": str(index),
                        "name": name,
                        "data_type": kind,
                        "is_target": "true" if name == "walk" else "false",
                        **common,
                    }
                    for index, (name, kind) in enumerate(kinds.items())
                ]
                return {"data_features": {"feature": feature}}
            if "qualities" in self.path:
                return {"data_qualities": {"quality": [{"name": "NumberOfInstances", "value": str(ROWS)}]}}
            return {
                "data_set_description": {
                    "id": "7",
                    "name": "weather",
                    "version": "1",
                    "status": "active",
                    "format": "Sparse_ARFF" if state.mode == "sparse" else "ARFF",
                    "description": "",
                    "default_target_attribute": "walk",
                    "url": f"{state.url}/data/v1/download/7/weather.arff",
                    "md5_checksum": hashlib.md5(ARFF).hexdigest(),
                }
            }

        def _send(self, code: int, body: bytes, shown: int | None = None) -> None:
            self.send_response(code)
            self.send_header("Content-Length", str(len(body) if shown is None else shown))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
