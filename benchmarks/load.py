"""A small load client: keep-alive connections over loopback, each in its own thread, in a process of its own."""

import http.client
import multiprocessing
import statistics
import threading
import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Load:
    """What one run of requests measured. p50, p95: milliseconds."""

    per_second: float
    p50: float
    p95: float
    bytes: int


def get(port: int, path: str, *, seconds: float = 4.0, connections: int = 8) -> Load:
    """Fetch one address again and again. Raises RuntimeError when an answer is not 200."""
    result: multiprocessing.Queue[tuple[list[float], int, str]] = multiprocessing.Queue()
    process = multiprocessing.Process(target=_hammer, args=(port, path, seconds, connections, result))
    process.start()
    times, size, fault = result.get()
    process.join()
    if fault:
        raise RuntimeError(f"{path}: {fault}")
    cuts = statistics.quantiles(times, n=100)
    return Load(per_second=len(times) / seconds, p50=cuts[49] * 1000, p95=cuts[94] * 1000, bytes=size)


def _hammer(
    port: int,
    path: str,
    seconds: float,
    connections: int,
    result: "multiprocessing.Queue[tuple[list[float], int, str]]",
) -> None:
    times: list[float] = []
    size = 0
    fault = ""
    lock = threading.Lock()
    until = time.perf_counter() + seconds

    def one() -> None:
        nonlocal size, fault
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        own: list[float] = []
        while time.perf_counter() < until and not fault:
            begun = time.perf_counter()
            connection.request("GET", path)
            answer = connection.getresponse()
            body = answer.read()
            own.append(time.perf_counter() - begun)
            if answer.status != 200:
                fault = f"status {answer.status}"
            size = len(body)
        connection.close()
        with lock:
            times.extend(own)

    threads = [threading.Thread(target=one) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    result.put((times, size, fault))
