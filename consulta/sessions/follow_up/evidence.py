"""Which files a report can rest on: judged by their content, whatever they are called.

It takes PDF, PNG, JPEG and office documents (DOCX, XLSX, PPTX, ODT, ODS, ODP) without macros, and refuses all
else: what a browser could run (HTML, SVG), what cannot be told, what is damaged or protected.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError

from consulta.core.problems import Problem
from consulta.platform.texts import file_name, line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LIMIT = 10_000_000  # bytes
MOST_PARTS = 2_000
MOST_UNPACKED = 200_000_000
MOST_READ = 100_000  # bytes of a part that tells what the file is
NAME_MAX = 120
TYPES = "[Content_Types].xml"
PDF, PNG, JPEG, ZIP = b"%PDF-", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"PK\x03\x04"
_OOXML = "application/vnd.openxmlformats-officedocument."
OFFICE: Mapping[str, tuple[str, str]] = {
    "word/document.xml": (f"{_OOXML}wordprocessingml.document", "docx"),
    "xl/workbook.xml": (f"{_OOXML}spreadsheetml.sheet", "xlsx"),
    "ppt/presentation.xml": (f"{_OOXML}presentationml.presentation", "pptx"),
}
_ODF = "application/vnd.oasis.opendocument."
OPEN: Mapping[str, str] = {f"{_ODF}text": "odt", f"{_ODF}spreadsheet": "ods", f"{_ODF}presentation": "odp"}
ENDINGS: Mapping[str, str] = {
    "application/pdf": "pdf",
    "image/png": "png",
    "image/jpeg": "jpg",
    **dict(OFFICE.values()),
    **OPEN,
}
ACCEPTED = ",".join(f".{ending}" for ending in (*ENDINGS.values(), "jpeg"))
"""What a browser offers to choose; what is taken is judged by the content."""
# In a PDF: what runs when the file is opened or clicked, what sends or opens other files, files inside it.
# Links to web pages are taken: most reports have some, and a program that shows a PDF asks before it follows.
_RUNS = re.compile(
    rb"/(?:JavaScript|JS|Launch|EmbeddedFile|RichMedia|XFA|SubmitForm|ImportData|GoToR|GoToE)\b"
)
_ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")  # a letter of a name, as PDF may write it: /J#53 is /JS
# A PDF keeps objects in streams, too, most of them compressed: their names are not in its bytes.
_OBJECTS = re.compile(rb"/ObjStm\b")
_STREAM = re.compile(rb"stream\r?\n")
_OTHER_FILTER = re.compile(
    rb"/(?:ASCIIHexDecode|ASCII85Decode|LZWDecode|RunLengthDecode|Crypt|AHx|A85|LZW|RL)\b"
)
_HEAD = 2_000  # bytes before a stream in which its dictionary is looked for
_MACROS = re.compile(r"vbaProject|/activeX/|^Basic/|^Scripts/|\.(?:bin|exe|js|vbs|html?)$", re.IGNORECASE)
BROKEN = (EOFError, NotImplementedError, OSError, ParseError, RuntimeError, ValueError)


def judged(name: str, content: bytes) -> tuple[str, str]:
    """Return the name under which a file is kept, and its kind.

    Problems: `evidence.empty`, `evidence.large`, `evidence.kind`, `evidence.script`, `evidence.damaged`.
    """
    shown = file_name(line(name))[:NAME_MAX] or "?"
    if not content:
        raise Problem("evidence.empty", name=shown)
    if len(content) > LIMIT:
        raise Problem("evidence.large", name=shown, most=LIMIT // 1_000_000)
    media = _media(shown, content)
    stem = re.sub(r"[^\w .()-]", "_", shown.rpartition(".")[0] or shown).strip(" .") or "evidence"
    return f"{stem[: NAME_MAX - 6]}.{ENDINGS[media]}", media


def _media(name: str, content: bytes) -> str:
    if content.startswith(PDF):
        if b"%%EOF" not in content[-2048:]:
            raise Problem("evidence.damaged", name=name)
        if any(_RUNS.search(_plain(each)) for each in _objects(name, content)):
            raise Problem("evidence.script", name=name)
        return "application/pdf"
    if content.startswith(PNG) and b"IEND" in content[-64:]:
        return "image/png"
    if content.startswith(JPEG) and b"\xff\xd9" in content[-64:]:
        return "image/jpeg"
    if content.startswith((PNG, JPEG)):
        raise Problem("evidence.damaged", name=name)
    if content.startswith(ZIP):
        return _office(name, content)
    raise Problem("evidence.kind", name=name)


def _plain(content: bytes) -> bytes:
    """Return a part of a PDF with its names spelled in one way."""
    return _ESCAPED.sub(lambda found: bytes.fromhex(found[1].decode()), content)


def _objects(name: str, content: bytes) -> Iterator[bytes]:
    """Yield the bytes of a PDF, and those of its streams of objects, unpacked.

    Problem: `evidence.damaged` where such a stream is protected, packed in another way, or too large.
    """
    yield content
    left = MOST_UNPACKED // 4
    end = 0
    for found in _STREAM.finditer(content):
        if found.start() < end:
            continue
        head = content[max(end, found.start() - _HEAD) : found.start()]
        head = _plain(head[head.rfind(b" obj") + 1 :])
        end = content.find(b"endstream", found.end())
        if not _OBJECTS.search(head):
            continue
        if end < 0 or _OTHER_FILTER.search(head) or b"/Encrypt" in content:
            raise Problem("evidence.damaged", name=name)
        if b"/Filter" in head:  # else its bytes were searched with the rest
            unpacked = _unpacked(name, head, content[found.end() : end], left)
            left -= len(unpacked)
            yield unpacked


def _unpacked(name: str, head: bytes, packed: bytes, most: int) -> bytes:
    """Return a stream unpacked. Problem: `evidence.damaged`, also where it has `most` bytes or more."""
    reader = zlib.decompressobj()
    try:
        found = reader.decompress(packed, most) if most > 0 else b""
    except zlib.error as error:
        raise Problem("evidence.damaged", name=name) from error
    if b"/FlateDecode" not in head or not reader.eof:
        raise Problem("evidence.damaged", name=name)
    return found


def _office(name: str, content: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as container:
            parts = container.infolist()
            if len(parts) > MOST_PARTS or sum(each.file_size for each in parts) > MOST_UNPACKED:
                raise Problem("evidence.kind", name=name)
            if any(_MACROS.search(each.filename) for each in parts):
                raise Problem("evidence.script", name=name)
            return _kind_of(name, container, {each.filename for each in parts})
    except (zipfile.BadZipFile, zlib.error, *BROKEN) as error:
        raise Problem("evidence.damaged", name=name) from error


def _kind_of(name: str, container: zipfile.ZipFile, names: set[str]) -> str:
    if "mimetype" in names:
        media = _beginning(container, "mimetype")[:200].decode("ascii", "replace").strip()
        if media in OPEN and "content.xml" in names:
            return media
    elif TYPES in names:
        if b"macroEnabled" in _beginning(container, TYPES):
            raise Problem("evidence.script", name=name)
        for part, (media, _) in OFFICE.items():
            if part in names:
                return media
    raise Problem("evidence.kind", name=name)


def _beginning(container: zipfile.ZipFile, part: str) -> bytes:
    """Return a small part, unpacked no further than it may be long. Raise ValueError where it is longer."""
    with container.open(part) as file:
        content = file.read(MOST_READ + 1)
    if len(content) > MOST_READ:
        raise ValueError(part)
    return content
