"""Files of a data set as they were downloaded: plain, gzipped or in an archive, read whole and checked.

Nothing is unpacked to the disk: archives are read in one pass, and no member may be larger than memory
allows. A file as long as an official one has to be that one.
"""

import gzip
import hashlib
import tarfile
import zlib
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from ....primitives import TaskError

__all__ = [
    "OFFICIAL",
    "Official",
    "checked_folder",
    "listed",
    "read_archive",
    "read_file",
    "verified",
    "where",
]

MOST_BYTES = 1 << 29
"""Of one file, unpacked: three times the largest of any set, and no bomb."""


@dataclass(frozen=True, slots=True)
class Official:
    """A file as its authors publish it."""

    name: str
    size_bytes: int
    md5: str
    data: str
    """The set it belongs to."""


OFFICIAL: tuple[Official, ...] = (
    # https://www.cs.toronto.edu/~kriz/cifar.html
    Official("cifar-10-python.tar.gz", 170498071, "c58f30108f718f92721af3b95e74349a", "cifar10"),
    Official("cifar-10-binary.tar.gz", 170052171, "c32a1d4ab5d03f1284b67883e8d87530", "cifar10"),
    Official("cifar-100-python.tar.gz", 169001437, "eb9058c3a382ffc7106e4002c42a8d85", "cifar100"),
    Official("cifar-100-binary.tar.gz", 168513733, "03b5dce01913d631647c71ecec9e9cb8", "cifar100"),
    # LeCun, Cortes, Burges 1998
    Official("train-images-idx3-ubyte.gz", 9912422, "f68b3c2dcbeaaa9fbdd348bbdeb94873", "mnist"),
    Official("train-labels-idx1-ubyte.gz", 28881, "d53e105ee54ea40749a09fcbcd1e9432", "mnist"),
    Official("t10k-images-idx3-ubyte.gz", 1648877, "9fb629c4189551a2d022fa330f9573f3", "mnist"),
    Official("t10k-labels-idx1-ubyte.gz", 4542, "ec29112dd5afa0611ce80d1b7f02629c", "mnist"),
    # https://github.com/zalandoresearch/fashion-mnist
    Official("train-images-idx3-ubyte.gz", 26421880, "8d4fb7e6c68d591d4c3dfef9ec88bf0d", "fashion-mnist"),
    Official("train-labels-idx1-ubyte.gz", 29515, "25c81989df183df01b3e8a0aad5dffbe", "fashion-mnist"),
    Official("t10k-images-idx3-ubyte.gz", 4422102, "bef4ecab320f06d8554ea6380940ec79", "fashion-mnist"),
    Official("t10k-labels-idx1-ubyte.gz", 5148, "bb300cfdad3c16e7a12a480ee83cd310", "fashion-mnist"),
)
"""Lengths and MD5 sums that the authors publish; of other files nothing is known but their format."""


def checked_folder(folder: Path | None, data: str, wanted: str) -> Path:
    """The folder; `TaskError` where none was given or there is none, with what it should hold."""
    if folder is None:
        raise TaskError(f"`data={data}` is read from files; `folder=` should name the folder of {wanted}")
    if not folder.is_dir():
        raise TaskError(f"there is no folder `{folder}`; it should hold {wanted}")
    return folder


def where(folder: Path, below: Sequence[str], name: str) -> Path | None:
    """The file of that name, or gzipped with `.gz` behind it, in the folder or one of those below it."""
    for place in (folder, *(folder / one for one in below)):
        for path in (place / name, place / f"{name}.gz"):
            if path.is_file():
                return path
    return None


def read_file(path: Path, data: str) -> bytes:
    """All of a file, unpacked where its name ends in `.gz`. Raises `TaskError`."""
    verified(path, data)
    with _in_a_sentence(path):
        if path.suffix != ".gz":
            with path.open("rb") as stream:
                return _whole(stream, path)
        with gzip.open(path) as stream:
            return _whole(stream, path)


def read_archive(path: Path, names: Sequence[str], data: str) -> Mapping[str, bytes]:
    """Members of a `.tar.gz` by the last part of their names. Raises `TaskError`, as where one is missing."""
    verified(path, data)
    found: dict[str, bytes] = {}
    with _in_a_sentence(path), tarfile.open(path, "r|gz") as archive:
        for member in archive:
            if member.size > MOST_BYTES:
                raise TaskError(f"`{path}` holds `{member.name}`, which is larger than any file of `{data}`")
            name = Path(member.name).name
            stream = archive.extractfile(member) if member.isfile() and name in names else None
            if stream is not None:
                found.setdefault(name, stream.read())
            if len(found) == len(names):
                break
    missing = [name for name in names if name not in found]
    if missing:
        raise TaskError(f"`{path}` lacks {listed(missing)}; fetch the archive again, whole")
    return MappingProxyType(found)


def verified(path: Path, data: str) -> None:
    """Raises `TaskError` where a file as long as an official one is not that one, or is of other data."""
    with _in_a_sentence(path):
        length = path.stat().st_size
        known = [one for one in OFFICIAL if (one.name, one.size_bytes) == (path.name, length)]
        if not known:
            return
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()
    for one in known:
        if digest != one.md5:
            raise TaskError(
                f"`{path}` is as long as the official file, but its MD5 is {digest}, not {one.md5}: it is "
                "damaged or was changed; fetch it again"
            )
        if one.data != data:
            raise TaskError(
                f"`{path}` is a file of `{one.data}`, not of `{data}`; `data={one.data}` would do"
            )


class _Stream(Protocol):
    def read(self, size: int, /) -> bytes: ...


def _whole(stream: _Stream, path: Path) -> bytes:
    content = stream.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise TaskError(
            f"`{path}` holds more than {MOST_BYTES} bytes, more than any file of images it could be"
        )
    return content


def listed(names: Sequence[str]) -> str:
    """Names as a sentence shows them."""
    return ", ".join(f"`{name}`" for name in names)


@contextmanager
def _in_a_sentence(path: Path) -> Generator[None]:
    """What a system or a packed file says, as a `TaskError`."""
    try:
        yield
    except (EOFError, zlib.error, gzip.BadGzipFile, tarfile.TarError) as error:
        raise TaskError(
            f"`{path}` breaks off or is not what its name says ({error}); fetch it again"
        ) from error
    except OSError as error:
        raise TaskError(f"`{path}` cannot be read: {error.strerror or error}") from error
