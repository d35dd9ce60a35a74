#!/usr/bin/env python3
"""Stands in for WeCom's group robots and for a mail server: takes every message, keeps it.

    demo_inbox.py DIR

Listens on two free ports of 127.0.0.1, writes DIR/inbox.env for the services, and what it
is sent to DIR/wecom.jsonl and DIR/mail.txt. Speaks just enough of both protocols.
"""

import http.server
import json
import os
import socketserver
import sys
import threading
import time

ROBOTS = ("EAST", "NORTH", "SOUTH", "WEST")


class Robots(http.server.BaseHTTPRequestHandler):
    """Answers as a robot's webhook does when all is well."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        line = json.dumps({"at": time.time(), "robot": self.path.rsplit("=", 1)[-1],
                           "message": json.loads(body or b"null")}, ensure_ascii=False)
        with self.server.lock, open(self.server.file, "a", encoding="utf-8") as out:
            out.write(line + "\n")
        answer = b'{"errcode":0,"errmsg":"ok"}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


class Mail(socketserver.StreamRequestHandler):
    """Takes every letter."""

    def handle(self):
        self.say(220, "inbox")
        for line in self.rfile:
            verb = line.decode(errors="replace").strip().upper()
            if verb.startswith("EHLO"):
                self.wfile.write(b"250-inbox\r\n250 8BITMIME\r\n")
            elif verb == "DATA":
                self.say(354, "go on")
                self.letter()
                self.say(250, "taken")
            elif verb == "QUIT":
                self.say(221, "bye")
                return
            else:
                self.say(250, "ok")

    def letter(self):
        lines = []
        for line in self.rfile:
            if line in (b".\r\n", b".\n"):
                break
            lines.append(line)
        with self.server.lock, open(self.server.file, "ab") as out:
            out.write(b"".join(lines) + b"\n" + b"-" * 72 + b"\n")

    def say(self, code, text):
        self.wfile.write(f"{code} {text}\r\n".encode())


class Server(socketserver.ThreadingTCPServer):
    """One thread a connection. No HTTPServer: that asks for this machine's name first,
    which takes long where nobody knows it."""

    daemon_threads = True


def serve(handler, file):
    """Starts a server on a free port; returns the port."""
    server = Server(("127.0.0.1", 0), handler)
    server.lock, server.file = threading.Lock(), file
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def main(directory):
    robots = serve(Robots, os.path.join(directory, "wecom.jsonl"))
    mail = serve(Mail, os.path.join(directory, "mail.txt"))
    lines = [f"export DEMO_ROBOT_{name}='http://127.0.0.1:{robots}/cgi-bin/webhook/send?key={name.lower()}'"
             for name in ROBOTS]
    section = "ORDERWATCH__ESCALATION_NOTIFIER__"
    lines += [f"export {section}{key}='{value}'" for key, value in (
        ("OUTBOUND__ALLOWED_HOSTS", "127.0.0.1"), ("OUTBOUND__PRIVATE_NETWORKS", "127.0.0.1"),
        ("OUTBOUND__PLAIN_HTTP", "true"),
        ("SMTP__HOST", "127.0.0.1"), ("SMTP__PORT", mail), ("SMTP__SECURITY", "plain"),
        ("SMTP__FROM", "Orderwatch <orderwatch@example.com>"))]
    draft = os.path.join(directory, "inbox.env.new")
    with open(draft, "w", encoding="utf-8") as out:
        out.write("\n".join(lines) + "\n")
    os.rename(draft, os.path.join(directory, "inbox.env"))
    threading.Event().wait()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
