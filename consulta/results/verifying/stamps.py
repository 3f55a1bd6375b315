"""Time stamps (RFC 3161): what they are about."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any

from consulta.core.trust.record import digest as sha256
from consulta.results.verifying.box import same_format
from consulta.results.verifying.signatures import keys_in_log, need_meanwhile
from consulta.results.verifying.values import DiffersError, is_whole, moment, need, same

if TYPE_CHECKING:
    from consulta.results.verifying.box import Box, Note

DER = re.compile("(?:[0-9a-f]{2}){1,65536}")
TST_INFO = bytes.fromhex("2a864886f70d0109100104")
SHA256 = bytes.fromhex("608648016503040201")
STAMPED = re.compile(rb"([0-9]{4})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})(?:[.][0-9]{1,9})?Z")


SHORT = 127  # the longest content whose length is one byte
LENGTH_BYTES = 3  # in which a longer length may stand


def der_parts(data: bytes) -> Any:
    """The values that stand one after the other in bytes by DER: tag and content of each; None if none do."""
    found, at = [], 0
    while at < len(data):
        if at + 2 > len(data):
            return None
        tag, size, at = data[at], data[at + 1], at + 2
        if size > SHORT:
            more = size - SHORT - 1
            if not 1 <= more <= LENGTH_BYTES or at + more > len(data):
                return None
            size, at = int.from_bytes(data[at : at + more], "big"), at + more
        if at + size > len(data):
            return None
        found.append((tag, data[at : at + size]))
        at += size
    return found


def der_inside(data: bytes | None, *path: Any) -> Any:
    """The content of a value inside others: of each its place among the values there, and its tag."""
    for place, tag in path:
        parts = None if data is None else der_parts(data)
        fine = parts is not None and place < len(parts) and parts[place][0] == tag
        data = parts[place][1] if parts is not None and fine else None
    return data


def stamp_of(data: bytes) -> Any:
    """The digest that an answer of an authority is about, and its time; None where it is no such answer."""
    status = der_inside(data, (0, 0x30), (0, 0x30), (0, 0x02))
    content = ((0, 0x30), (1, 0x30), (1, 0xA0), (0, 0x30), (2, 0x30))
    kind = der_inside(data, *content, (0, 0x06))
    info = der_inside(data, *content, (1, 0xA0), (0, 0x04), (0, 0x30))
    method = der_inside(info, (2, 0x30), (0, 0x30), (0, 0x06))
    imprint = der_inside(info, (2, 0x30), (1, 0x04))
    time = STAMPED.fullmatch(der_inside(info, (4, 0x18)) or b"")
    fine = status in (b"\x00", b"\x01") and kind == TST_INFO and method == SHA256 and imprint and time
    if not fine or time is None or len(der_parts(data)) != 1:
        return None
    year, month, day, *clock = (part.decode("ascii") for part in time.groups())
    said = f"{year}-{month}-{day}T{':'.join(clock)}Z"
    try:
        moment(said)
    except ValueError:
        return None
    return imprint.hex(), said


def check_stamps(box: Box) -> Note:
    """Each time stamp is about a head of the log, and no older; who signed it is not looked at."""
    file, told, before, last = "stamps.json", box.json("stamps.json"), 0, ""
    known = {head["size"]: head for head in box.heads}
    origins = sorted({name for name, _ in keys_in_log(box)[0]})
    same(["format", "stamps"], sorted(told), file)
    same_format(box, file)
    need(isinstance(told["stamps"], list) and told["stamps"], file, "stamps", "a time stamp", "none")
    for number, each in enumerate(told["stamps"]):
        place = f"stamps[{number}]"
        need(isinstance(each, dict), file, place, "an object", each)
        same(["authority", "response", "size"], sorted(each), file, place)
        size, text = each["size"], each["response"]
        need(is_whole(size) and size >= before, file, f"{place}.size", f"{before} rows or more", size)
        need(size in known, file, f"{place}.size", "the size of a head", size)
        need(isinstance(each["authority"], str), file, f"{place}.authority", "a name", each["authority"])
        fine = isinstance(text, str) and DER.fullmatch(text)
        once = all(text != other["response"] for other in told["stamps"][:number])
        need(once, file, f"{place}.response", "once", "twice")
        found = stamp_of(bytes.fromhex(text)) if fine else None
        if found is None:
            wanted = "an answer of RFC 3161 with SHA-256"
            raise DiffersError(file, f"{place}.response", wanted, "something else")
        root = base64.b64encode(bytes.fromhex(known[size]["root"])).decode("ascii")
        about = [sha256(f"{origin}\n{size}\n{root}\n".encode()) for origin in origins]
        need(found[0] in about, file, place, f"a stamp of the head of {size} rows", found[0])
        ended = box.moments["rounds.published"]
        need_meanwhile(moment(found[1]).timestamp(), known[size], ended, file, place)
        before, last = size, max(last, found[1])
    return "n_stamps", {"n": len(told["stamps"]), "last": last}
