"""A mail server for tests: aiosmtpd takes the mails, and Python's email library reads them.

Each mail becomes a file `NAME-0001.json` in FOLDER. With --hold the server gets mails and never
answers; such a mail becomes a file `held-0001.json`.
"""

import argparse
import asyncio
import email
import email.policy
import itertools
import json
import os
import ssl
import sys
from email.errors import NonASCIILocalPartDefect

from aiosmtpd.smtp import SMTP


def described(content, envelope):
    """Returns a mail as the library reads it."""
    mail = read = email.message_from_bytes(content, policy=email.policy.default)
    if envelope.smtp_utf8:
        # RFC 6532: headers are UTF-8. Only the reader of texts knows that.
        text = content.decode("utf-8")
        mail = email.message_from_string(text, policy=email.policy.SMTPUTF8)
    parts = [part for part in read.walk() if not part.is_multipart()]
    return {
        "envelope_from": envelope.mail_from,
        "envelope_to": envelope.rcpt_tos,
        "headers": [[name, str(value)] for name, value in mail.items()],
        "from": [[a.display_name, a.addr_spec] for a in mail["from"].addresses],
        "to": [[a.display_name, a.addr_spec] for a in mail["to"].addresses],
        "defects": [
            repr(defect)
            for part in mail.walk()
            for defect in part.defects + [d for v in part.values() for d in v.defects]
            if not (envelope.smtp_utf8 and isinstance(defect, NonASCIILocalPartDefect))
        ],
        "parts": [
            {
                "type": part.get_content_type(),
                "charset": part.get_content_charset(),
                "text": part.get_content(),
            }
            for part in parts
        ],
        "longest_line": max(len(line) for line in content.split(b"\r\n")),
        "bare_line_ends": content.replace(b"\r\n", b"").count(b"\n")
        + content.replace(b"\r\n", b"").count(b"\r"),
    }


class Handler:
    """Takes mails."""

    def __init__(self, folder, name, hold, delay):
        self.folder, self.name, self.hold, self.delay = folder, name, hold, delay
        self.numbers = itertools.count(1)

    def write(self, name, envelope):
        """Writes a mail, so that a reader never sees half of it."""
        path = os.path.join(self.folder, f"{name}-{next(self.numbers):04}.json")
        with open(path + ".part", "w", encoding="utf-8") as file:
            json.dump(described(envelope.original_content, envelope), file)
            file.flush()
        os.rename(path + ".part", path)

    async def handle_DATA(self, server, session, envelope):
        """Takes a mail whose last line has arrived."""
        if self.hold:
            self.write("held", envelope)
            await asyncio.Event().wait()
        self.write(self.name, envelope)
        await asyncio.sleep(self.delay)
        return "250 OK"


async def serve(asked):
    """Serves until the process is killed."""
    handler = Handler(asked.folder, asked.name, asked.hold, asked.delay)
    context = None
    if asked.certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(asked.certificate, asked.key)

    def connection():
        return SMTP(
            handler,
            hostname="mail.example",
            enable_SMTPUTF8=not asked.ascii,
            tls_context=None if asked.implicit else context,
            require_starttls=bool(context) and not asked.implicit,
        )

    loop = asyncio.get_running_loop()
    await loop.create_server(
        connection, "127.0.0.1", asked.port, ssl=context if asked.implicit else None
    )
    print("ready", flush=True)
    await asyncio.Event().wait()


def main():
    """Reads the arguments."""
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("folder")
    parser.add_argument("--name", default="mail")
    parser.add_argument("--hold", action="store_true")
    parser.add_argument("--ascii", action="store_true", help="offer no SMTPUTF8")
    parser.add_argument("--delay", type=float, default=0)
    parser.add_argument("--certificate")
    parser.add_argument("--key")
    parser.add_argument("--implicit", action="store_true", help="TLS from the first byte")
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    sys.exit(main())
