"""Mail for the roles: messages with an attachment, sent by SMTP, found in a mailbox on disk."""

from __future__ import annotations

import asyncio
import mailbox
import smtplib
import sys
import time
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from ..io.extras import evaluation_package

LOOPBACK, DOMAIN = "127.0.0.1", "example.test"

#: Seconds between two looks into a mailbox.
INTERVAL = 0.05

#: A header that the server adds: Maildir keeps no order.
NUMBER = "X-Number"


def address(role: str) -> str:
    return f"{role}@{DOMAIN}"


def send(
    port: int, sender: str, receivers: list[str], subject: str, name: str, content: bytes
) -> None:
    """Send one mail with a file attached, to several roles; name: of the file, a PNG's in .png."""
    mail = EmailMessage()
    mail["From"], mail["To"] = address(sender), ", ".join(map(address, receivers))
    mail["Subject"] = subject
    mail.set_content("See the attachment.\n")
    kind = ("image", "png") if name.endswith(".png") else ("application", "octet-stream")
    mail.add_attachment(content, maintype=kind[0], subtype=kind[1], filename=name)
    with smtplib.SMTP(LOOPBACK, port, timeout=30) as smtp:
        smtp.send_message(mail)


class Box:
    """A role's mailbox, a Maildir that is there already."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._seen: dict[str, tuple[int, str, bytes]] = {}

    def wait(self, subject: str, count: int, timeout: float) -> list[bytes]:
        """The attachments of the first ``count`` mails of a subject, in the order they came.

        Raises TimeoutError if they are not there within ``timeout`` seconds.
        """
        end = time.monotonic() + timeout
        while True:
            self._look()
            found = [(at, file) for at, about, file in self._seen.values() if about == subject]
            if len(found) >= count:
                return [file for _, file in sorted(found)[:count]]
            if time.monotonic() > end:
                raise TimeoutError(f"{len(found)} of {count} mails came within {timeout:g} s")
            time.sleep(INTERVAL)

    def _look(self) -> None:
        maildir = mailbox.Maildir(self.folder, create=False)
        for key in set(maildir.keys()) - set(self._seen):
            mail = message_from_bytes(maildir.get_bytes(key), policy=policy.default)
            (part,) = mail.iter_attachments()
            self._seen[key] = int(mail[NUMBER]), str(mail["Subject"]), part.get_content()


class _Delivery:
    """What aiosmtpd does with a mail: into the mailbox of each receiver."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.number = folder, 0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        roles = [receiver.partition("@")[0] for receiver in envelope.rcpt_tos]
        if not all(role.isalnum() and (self.folder / role).is_dir() for role in roles):
            return "550 no such mailbox"
        self.number += 1
        for role in roles:
            numbered = f"{NUMBER}: {self.number}\r\n".encode() + envelope.content
            mailbox.Maildir(self.folder / role, create=False).add(numbered)
        return "250 OK"


async def serve(folder: Path) -> None:
    """Take mails on a free port of the loopback, which is printed, until standard input ends.

    folder: has a Maildir for each role, by its name.
    """
    smtp = evaluation_package("aiosmtpd.smtp")
    loop, delivery = asyncio.get_running_loop(), _Delivery(folder)
    server = await loop.create_server(
        lambda: smtp.SMTP(delivery, hostname="localhost"), LOOPBACK, 0
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()
