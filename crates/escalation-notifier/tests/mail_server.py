"""A mail server that is not ours: aiosmtpd. It reads each letter with Python's own parser, and
says what it understood, a JSON object a line; the first line says where it listens.

    mail_server.py starttls|tls|plain CERTIFICATE

Without the login `orderwatch`, `correct` it takes nothing, unless it is plain.
"""

import asyncio
import email.policy
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult


def say(what):
    print(json.dumps(what), flush=True)


class Reader:
    async def handle_DATA(self, server, session, envelope):
        letter = email.message_from_bytes(envelope.content, policy=email.policy.default)
        say({
            "encrypted": session.ssl is not None or server.transport.get_extra_info("sslcontext") is not None,
            "user": session.auth_data,
            "sender": envelope.mail_from,
            "recipients": envelope.rcpt_tos,
            "headers": {name.lower(): str(value) for name, value in letter.items()},
            "defects": [str(defect) for defect in letter.defects],
            "longest_line": max(map(len, envelope.original_content.split(b"\r\n"))),
            "text": letter.get_content(),
        })
        return "250 2.0.0 Ok: queued"


def authenticate(_server, _session, _envelope, _mechanism, login):
    right = (login.login, login.password) == (b"orderwatch", b"correct")
    return AuthResult(success=right, handled=False, auth_data=login.login.decode())


async def main(security, certificate):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    secret = {"auth_required": True, "authenticator": authenticate, "ident": "not ours"}
    settings = {
        "starttls": {**secret, "tls_context": context, "require_starttls": True},
        # It does not see that the socket has been encrypted from the first byte.
        "tls": {**secret, "auth_require_tls": False},
        "plain": {"ident": "not ours"},
    }[security]
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Reader(), loop=loop, **settings), "127.0.0.1", 0,
                                      ssl=context if security == "tls" else None)
    say({"port": server.sockets[0].getsockname()[1]})
    await server.serve_forever()


asyncio.run(main(*sys.argv[1:]))
