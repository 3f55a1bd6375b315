"""What a witness keeps: its key, and a row for each log that it watches."""

from __future__ import annotations

import json
import os
import time

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from consulta.platform.data.witness.program.notes import WITNESS, WRONG, Refused, key_line


def write(path, content, mode=0o600):
    """Write a file whole or not at all."""
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


class Witness:
    """The key and the rows of a witness, in a folder."""

    def __init__(self, folder, say):
        self.folder, self.say = folder, say
        self.key_path, self.rows_path = folder / "testigo-key.pem", folder / "testigo.json"

    def make(self, name):
        """Make a key; whether there was none, and its line."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        rows = self.rows()
        fresh = not self.key_path.exists()
        if fresh:
            private = Ed25519PrivateKey.generate()
            kinds = (
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            write(self.key_path, private.private_bytes(*kinds))
            rows["name"] = name
            self.keep(rows)
        return fresh, self.line()

    def private(self):
        if not self.key_path.exists():
            raise Refused(WRONG, self.say("no_key"))
        try:
            return serialization.load_pem_private_key(self.key_path.read_bytes(), None)
        except (OSError, ValueError) as error:
            raise Refused(WRONG, self.say("damaged", path=self.key_path, why=error)) from error

    def line(self):
        return key_line(self.rows()["name"], WITNESS, self.private().public_key().public_bytes_raw())

    def rows(self):
        try:
            found = json.loads(self.rows_path.read_text("utf-8"))
            if not isinstance(found["logs"], dict):
                raise TypeError("logs")
        except FileNotFoundError:
            return {"name": "", "logs": {}}
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise Refused(WRONG, self.say("damaged", path=self.rows_path, why=error)) from error
        return found

    def keep(self, rows):
        write(self.rows_path, (json.dumps(rows, ensure_ascii=False, indent=1) + "\n").encode())

    def evidence(self, kept, sent):
        """Write down two checkpoints that do not go together; the sentence that says where."""
        name = f"evidencia-{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}.txt"
        write(self.folder / name, f"{kept}\n\n{sent}".encode(), 0o644)
        return self.say("evidence", path=self.folder / name)
