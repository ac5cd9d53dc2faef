"""Bake's functions of network addresses.

Source: hashicorp/go-cty-funcs cidr/, over apparentlymart/go-cidr.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import TypeAlias

from ctxaudit.builds.bake.values import Refused, Unevaluated, Value, integer, text

_PREFIX = re.compile(r"[0-9a-fA-F.:]+/[0-9]{1,3}")
_MOST = 128  # networks of one call
Network: TypeAlias = "IPv4Network | IPv6Network"


def _network(value: Value) -> Network:
    written = text(value)
    try:
        found = ip_network(written, strict=False) if _PREFIX.fullmatch(written) else None
    except ValueError:
        found = None
    if found is None:
        raise Refused("no network where one belongs")
    if isinstance(found, IPv6Network) and found.network_address.ipv4_mapped:
        raise Unevaluated("a network of mapped addresses")
    return found


def _host(prefix: Value, number: Value) -> str:
    network, at = _network(prefix), integer(number)
    if not -network.num_addresses <= at < network.num_addresses:
        raise Refused(f"a network without a host {at}")
    return str(network[at])


def _subnet(prefix: Value, bits: Value, number: Value) -> str:
    network, more, at = _network(prefix), integer(bits), integer(number)
    length = network.prefixlen + more
    if more < 0 or at < 0:
        raise Unevaluated("a network of a negative number")
    if length > network.max_prefixlen or at >> more:
        raise Refused(f"a network without a subnet {at} of {more} bits")
    return _written(network, int(network.network_address) + (at << (network.max_prefixlen - length)), length)


def _subnets(prefix: Value, *bits: Value) -> list[Value]:
    """Networks one after the other, each where the one before it ends or at the next place that it fits."""
    network, found = _network(prefix), list[Value]()
    last = int(network.network_address) - 1
    for more in map(integer, bits[:_MOST]):
        length = network.prefixlen + more
        if not 1 <= more <= network.max_prefixlen - network.prefixlen:
            raise Refused("a subnet that is not valid")
        size = 1 << (network.max_prefixlen - length)
        start = (last // size + 1) * size
        last = start + size - 1
        if last > int(network.broadcast_address):
            raise Refused("more subnets than there is room for")
        found.append(_written(network, start, length))
    if len(bits) > _MOST:
        raise Unevaluated(f"more than {_MOST} subnets")
    return found


def _written(network: Network, start: int, length: int) -> str:
    return f"{type(network.network_address)(start)}/{length}"


FUNCTIONS: dict[str, Callable[..., Value]] = {
    "cidrhost": _host,
    "cidrnetmask": lambda prefix: str(_network(prefix).netmask),
    "cidrsubnet": _subnet,
    "cidrsubnets": _subnets,
}
