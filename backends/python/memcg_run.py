"""Marks, truth and samples from a task in Python to memcg-run.

    import memcg_run

    size = memcg_run.parameter("size_mib", int, default=64) << 20
    memcg_run.mark("loaded")
    block = bytearray(size)
    memcg_run.truth(size)

Outside memcg-run the calls do nothing, so that an instrumented script runs anywhere. docs/channel.md
specifies the format. Only built-in modules are imported, and the import itself does nothing: this file
runs inside what is measured.
"""

from __future__ import annotations

import _socket
import _struct
import _thread
import os
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

ENVIRONMENT = "MEMCG_RUN_CHANNEL"
PARAMETER_PREFIX = "MEMCG_RUN_PARAM_"

MARK, SAMPLE, TRUTH, METRIC, ACK = 1, 2, 3, 4, 5
GAUGE, HIGH_WATER, AT_MARKS = 0, 1, 2

_MAGIC = 0x3152434D
_RECORD = "=IIQQ64s"  # magic, type, time_ns, value, name
_RECORD_SIZE = 88
_NAME_MAX = 63  # bytes, without the final NUL
_VALUE_MAX = (1 << 64) - 1
# The kinds of truth; "touched" is sent without a name.
_TRUTH_KINDS = {
    "requested": b"requested",
    "touched": b"",
    "charged": b"charged",
    "unique": b"unique",
}
_PUNCTUATION = "_.:/-"
_NOTHING = object()


def _encode_name(name: str) -> bytes:
    """The bytes of a name; ValueError for one that memcg-run would refuse."""
    good = name and name.isascii() and len(name) <= _NAME_MAX
    if not good or not all(c.isalnum() or c in _PUNCTUATION for c in name):
        raise ValueError(
            f"{name!r} is not a name: expected 1 to {_NAME_MAX} letters, digits and {_PUNCTUATION}"
        )
    return name.encode("ascii")


class Sender:
    """Samples of some metrics in one preallocated packet, sent with one system call. For one thread."""

    __slots__ = ("_channel", "_names", "_packet")

    def __init__(self, channel: Channel, metrics: tuple[str, ...]) -> None:
        self._channel = channel
        self._names = tuple(_encode_name(name) for name in metrics)
        self._packet = bytearray(_RECORD_SIZE * len(metrics))

    def send(self, time_ns: int, *values: int) -> None:
        """A sample of each metric, read at `time_ns` (CLOCK_MONOTONIC); values in the metrics' units."""
        offset = 0
        for name, value in zip(self._names, values):
            _struct.pack_into(_RECORD, self._packet, offset, _MAGIC, SAMPLE, time_ns, value, name)
            offset += _RECORD_SIZE
        self._channel.write(self._packet)


class Channel:
    """A connection to memcg-run; does nothing if the program does not run under it."""

    __slots__ = ("_path", "_socket", "_packet", "_lock", "_wait_lock")

    def __init__(self) -> None:
        self._packet = bytearray(_RECORD_SIZE)
        self._socket: _socket.socket | None = None
        self._start_anew()
        os.register_at_fork(after_in_child=self._start_anew)

    def _start_anew(self) -> None:
        """A forked child makes its own connection: two processes must not wait on one."""
        self._lock = _thread.allocate_lock()
        self._wait_lock = _thread.allocate_lock()
        if self._socket is not None:
            self._socket.close()
        self._socket = None
        self._path = os.environ.get(ENVIRONMENT)

    def _connect(self) -> _socket.socket | None:
        """At its first use, and only once: if nobody listens then, nobody will later."""
        if self._path:
            path, self._path = self._path, None
            connection = _socket.socket(_socket.AF_UNIX, _socket.SOCK_SEQPACKET)
            try:
                # Whatever socket.setdefaulttimeout says. Where nobody has imported it nobody has called
                # it, and the call would map 64 KiB more of the interpreter; settimeout(None) 192 KiB.
                if "socket" in sys.modules:
                    connection.setblocking(True)
                connection.connect(path)
                self._socket = connection
            except OSError:
                connection.close()
        return self._socket

    def write(self, packet: bytearray) -> bool:
        """Sends whole records. The task must not die because memcg-run has ended."""
        connection = self._connect()
        if connection is None:
            return False
        try:
            connection.send(packet, _socket.MSG_NOSIGNAL)
        except OSError:
            return False
        return True

    def send(self, kind: int, name: bytes, value: int) -> bool:
        with self._lock:
            _struct.pack_into(
                _RECORD, self._packet, 0, _MAGIC, kind, time.monotonic_ns(), value, name
            )
            return self.write(self._packet)

    def mark_and_wait(self, name: bytes) -> None:
        with self._wait_lock:
            if not self.send(MARK, name, 1):
                return
            try:
                self._socket.recv(_RECORD_SIZE)
            except OSError:
                pass

    def metric(self, name: str, kind: int) -> None:
        """Declares how a metric behaves: GAUGE (the default), HIGH_WATER, or AT_MARKS: a gauge read only at marks."""
        self.send(METRIC, _encode_name(name), kind)


_channel: Channel | None = None


def channel() -> Channel:
    """The process's only connection, made at its first use."""
    global _channel
    if _channel is None:
        _channel = Channel()
    return _channel


def _check_value(value: int) -> int:
    """Integers of any type, including NumPy's."""
    number = value.__index__() if hasattr(value, "__index__") else -1
    if not 0 <= number <= _VALUE_MAX:
        raise ValueError(f"{value!r} is not a value: expected a whole number from 0 to 2**64 - 1")
    return number


def mark(name: str) -> None:
    """A named instant. Does not wait."""
    channel().send(MARK, _encode_name(name), 0)


def mark_and_wait(name: str) -> None:
    """A named instant at which memcg-run takes a snapshot: returns when it has been taken."""
    channel().mark_and_wait(_encode_name(name))


def truth(held_bytes: int, kind: str = "touched") -> None:
    """The bytes that this task holds from now on, as it knows them.

    `kind` is "requested" by the program, "touched" (in pages that it has read or written), "charged" by
    the kernel to its cgroup, or "unique": in page frames, each counted once. Each is valid until the
    next of its own kind.
    """
    if kind not in _TRUTH_KINDS:
        raise ValueError(f"{kind!r} is not a kind of truth: expected one of {', '.join(_TRUTH_KINDS)}")
    channel().send(TRUTH, _TRUTH_KINDS[kind], _check_value(held_bytes))


def sample(metric: str, value: int) -> None:
    """One sample of a metric of your own, named "<who>.<what>_<unit>": "numpy.cache_bytes"."""
    channel().send(SAMPLE, _encode_name(metric), _check_value(value))


def _convert_bool(text: str) -> bool:
    """bool("false") is True, which nobody means."""
    if text not in ("true", "false"):
        raise ValueError(f"{text!r} is neither true nor false")
    return text == "true"


def parameter(name: str, convert: Callable[[str], Any] = str, default: Any = _NOTHING) -> Any:
    """The value of one of the experiment's parameters in this trial, converted with `convert`.

    If there is no such parameter, for example outside memcg-run, returns `default` unconverted; without
    a default, raises LookupError.
    """
    text = os.environ.get(PARAMETER_PREFIX + name)
    if text is None:
        if default is not _NOTHING:
            return default
        raise LookupError(
            f"parameter {name} is not set: name it in the experiment's [task.parameters], set "
            f"{PARAMETER_PREFIX}{name}=VALUE in the environment, or give parameter() a default"
        )
    try:
        return _convert_bool(text) if convert is bool else convert(text)
    except ValueError as error:
        raise ValueError(f"parameter {name}: {error}") from None
