"""What can go wrong while setting up, told so that the reader knows the way out.

Pure: text of a failed tool in, sentence out.
"""

import errno
import re

__all__ = ["SetupError", "explain", "explain_os_error"]


class SetupError(Exception):
    """Setting up cannot go on; the text says what is wrong and what to do."""


_NETWORK = re.compile(
    r"NewConnectionError|ConnectTimeoutError|NameResolutionError"
    r"|Temporary failure in name resolution|Network is unreachable|ProxyError|ReadTimeoutError"
    r"|Could not resolve host|Failed to fetch"
    r"|\b(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH)\b"
)
_CERTIFICATE = re.compile(
    r"CERTIFICATE_VERIFY_FAILED|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_(?:VERIFY|GET_ISSUER)"
)
_DISK = re.compile(r"No space left on device|\bENOSPC\b|Disk quota exceeded|\bEDQUOT\b")
_PERMISSION = re.compile(r"Permission denied|\bEACCES\b|\bEPERM\b")
_HASH = re.compile(r"THESE PACKAGES DO NOT MATCH THE HASHES|\bEINTEGRITY\b")

_DISK_FULL = "The disk is full. Free about 1 GB, then run the same command again."
TAIL_LINES = 15  # enough for the cause, short enough to read


def explain(title: str, output: str, log: str) -> str:
    """Say why the step `title` failed, from the output of its tool, kept in the file `log`."""
    if _DISK.search(output):
        return f"{title}: {_DISK_FULL}"
    if _HASH.search(output):
        return (
            f"{title}: a downloaded package is not the one that the lock file names, so it was not "
            f"installed. Check the mirror or proxy that packages come through. Output: {log}"
        )
    if _CERTIFICATE.search(output):
        return (
            f"{title}: the certificate of the package index is not trusted here. Behind a proxy "
            "that opens TLS, name its certificates: PIP_CERT and NODE_EXTRA_CA_CERTS, each a PEM "
            f"file. Output: {log}"
        )
    if _NETWORK.search(output):
        return (
            f"{title}: the network does not answer. Check the connection (behind a proxy, set "
            "HTTPS_PROXY), then run the same command again: finished steps are not repeated. "
            f"Output: {log}"
        )
    if _PERMISSION.search(output):
        return (
            f"{title}: a file may not be written. The checkout may hold files of another user; "
            f"`make clean` as that user removes what was installed. Output: {log}"
        )
    tail = "\n".join(f"    {line}" for line in output.strip().splitlines()[-TAIL_LINES:])
    return f"{title} failed:\n{tail}\n  The whole output: {log}"


def explain_os_error(error: OSError) -> str:
    """Say what an error of the operating system means for the setup."""
    where = f" ({error.filename})" if error.filename else ""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return _DISK_FULL
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"This may not be written{where}. Run as the user who owns the checkout."
    return f"{error.strerror or error}{where}"
