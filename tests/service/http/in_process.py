"""`TestClient`: an application in this process, without a socket."""

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it would rather have another package than httpx, which the client uses
    from fastapi.testclient import TestClient

__all__ = ["TestClient"]
