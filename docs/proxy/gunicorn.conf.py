"""consulta under gunicorn, with masked logs: gunicorn -c gunicorn.conf.py 'consulta.app:create_app()'.

A personal link is a key, and its secret part stands in the address: /es/v/…, /es/a/…, /es/p/…. Whatever
follows a door of one letter is written into no log, of requests or of errors, nor is what looks like a key
elsewhere.
"""

import re

from gunicorn.glogging import Logger

from consulta.shell.cli.serve import use_memory_well

DOOR = re.compile(r"((?:/|%2[Ff])[A-Za-z](?:/|%2[Ff]))[^\s\"']+|[A-Za-z0-9_-]{40,}")

bind = "127.0.0.1:8000"
workers = 2
threads = 4
accesslog = "-"
access_log_format = '%(h)s %(t)s "%(r)s" %(s)s %(b)s %(M)sms'


def post_worker_init(_worker):
    """Use memory as `consulta serve` does."""
    use_memory_well()


def masked(text):
    """The text without what follows a door."""
    return DOOR.sub(r"\1-", text)


class logger_class(Logger):  # noqa: N801 - the name by which gunicorn finds it
    """gunicorn's own logger, with addresses masked."""

    def atoms(self, *args):
        """What a line of the access log can be made of."""
        found = super().atoms(*args)
        return {name: masked(value) if isinstance(value, str) else value for name, value in found.items()}

    def setup(self, cfg):
        """Mask what is said of errors too, tracebacks included."""
        super().setup(cfg)
        for handler in self.error_log.handlers:
            plain = handler.format
            handler.format = lambda record, plain=plain: masked(plain(record))
