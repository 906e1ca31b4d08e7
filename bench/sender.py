"""A sender in a process of its own: as many spans as collectors acknowledge, for some seconds."""

from __future__ import annotations

import argparse
import http.client
import multiprocessing
import random
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import cycle
from multiprocessing.connection import Connection

from bench.payloads import PAYLOADS, Payload


@dataclass
class Sent:
    """What a sender has sent."""

    spans: int = 0
    requests: int = 0
    refused: int = 0
    seconds: float = 0.0
    processor_seconds: float = 0.0
    """What the collector's process used meanwhile."""
    own_processor_seconds: float = 0.0
    """What the sender used."""
    latencies: list[float] = field(default_factory=list)
    """Seconds that each request took."""
    request_id: str = ""
    """The value of the tag `request.id` that only one of the last traces has."""

    @property
    def rate(self) -> float:
        """Acknowledged spans per second."""
        return self.spans / self.seconds

    @property
    def rate_of_processor(self) -> float:
        """Acknowledged spans per second of the collector's processor time: on a busy machine, this
        varies less."""
        return self.spans / self.processor_seconds


def send(
    ports: Sequence[int], options: argparse.Namespace, form: str, spans_per_trace: int
) -> Sent:
    """Put load on the servers at these ports from a process of its own: each connection goes to
    one of them, by turns."""
    receiver, sender = multiprocessing.Pipe(duplex=False)
    load = (options.seconds, options.connections, options.batch, spans_per_trace)
    arguments = (sender, ports, form, *load)
    process = multiprocessing.get_context("spawn").Process(target=_sender, args=arguments)
    process.start()
    sent: Sent = receiver.recv()
    process.join()
    return sent


def _sender(
    report: Connection,
    ports: Sequence[int],
    form: str,
    seconds: float,
    connections: int,
    batch: int,
    spans_per_trace: int,
) -> None:
    sent = Sent()
    lock = threading.Lock()

    def work(port: int, payload: Payload) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        connection.connect()
        rng = random.Random()
        method = "PUT" if form == "datadog" else "POST"
        while time.perf_counter() < end:
            body = payload.fresh(rng)
            begin = time.perf_counter()
            headers = {"Content-Type": payload.content_type}
            connection.request(method, payload.path, body, headers)
            answer = connection.getresponse()
            answer.read()
            seconds_taken = time.perf_counter() - begin
            with lock:
                sent.latencies.append(seconds_taken)
                sent.requests += 1
                if answer.status in (200, 202):
                    sent.spans += payload.spans
                    sent.request_id = payload.last_request_id
                else:
                    sent.refused += 1

    # Before the clock starts: making them takes half a second.
    payloads = [PAYLOADS[form](batch, spans_per_trace, seed=n) for n in range(connections)]
    begin, idle_s = time.perf_counter(), time.process_time()
    end = begin + seconds
    threads = [
        threading.Thread(target=work, args=load)
        for load in zip(cycle(ports), payloads, strict=False)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    sent.seconds = time.perf_counter() - begin
    sent.own_processor_seconds = time.process_time() - idle_s
    report.send(sent)
