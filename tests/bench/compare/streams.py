"""Shared by the comparisons over TCP: certificates, and checking for an answer."""

import socket
import ssl
import subprocess

from .machine import REPOSITORY


def certificate_in(folder):
    """Certificate and key, created on first use, and a path for a file with both."""
    certificate, key = folder / "cert.pem", folder / "key.pem"
    if not certificate.exists():
        subprocess.run([REPOSITORY / "scripts/gen-tls.sh", "--folder", folder], check=True,
                       stdout=subprocess.DEVNULL)
    return certificate, key, folder / "bundle.pem"


def first_answer(port, seconds, secure, request):
    """The response to a request over HTTP or HTTPS; empty if there is none."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=seconds) as plain:
            stream = unverified().wrap_socket(plain) if secure else plain
            stream.sendall(request)
            return stream.recv(2048)
    except OSError:
        return b""


def unverified():
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
