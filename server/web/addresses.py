"""Where a request comes from, also behind a proxy that is trusted: one on this machine, or one of the settings."""

from ipaddress import ip_address

from flask import request

from server.services.pairing_limits import counted
from server.web.desk import desk

_FORWARDED = ("X-Forwarded-For", "X-Real-IP", "Forwarded", "Via", "X-Forwarded-Host", "X-Forwarded-Proto")
_PROGRAMS = (("Edg/", "Edge"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (("Windows", "Windows"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Mac OS", "Mac"),
            ("Linux", "Linux"))  # fmt: skip


def client_address() -> str:
    """Return the address of whoever asks: that of the connection, or what a trusted proxy says it saw.

    Of `X-Forwarded-For` the last hop counts, which that proxy wrote itself; what stands before it, and all that comes
    from elsewhere, a stranger may have made up.
    """
    peer = request.remote_addr or ""
    hops = [each.strip() for each in ",".join(request.headers.getlist("X-Forwarded-For")).split(",")]
    is_proxy = peer.removeprefix("::ffff:") in desk().settings.trusted_proxies
    return hops[-1] if is_proxy and _is_address(hops[-1]) else peer


def counted_address() -> str:
    """Return the address by which log-ins are counted: a whole network for one of IPv6."""
    address = client_address()
    return counted(address) or address


def program_of(user_agent: str) -> str:
    """Return what a browser calls itself in the words that people use, as far as it is one of the usual ones."""
    name = next((said for mark, said in _PROGRAMS if mark in user_agent), "")
    system = next((said for mark, said in _SYSTEMS if mark in user_agent), "")
    return ", ".join(each for each in (name, system) if each)


def is_this_machine() -> bool:
    """Return whether a program on this machine asks for itself, and not a proxy for somebody else."""
    return _is_loopback(request.remote_addr or "") and not any(name in request.headers for name in _FORWARDED)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_loopback(address: str) -> bool:
    if not _is_address(address):
        return False
    found = ip_address(address)
    mapped = getattr(found, "ipv4_mapped", None)
    return (mapped or found).is_loopback
