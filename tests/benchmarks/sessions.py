"""People without browsers: each has a page session over the websocket and follows the event stream, as a page does."""

import http.client
import re
import threading
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

STREAM = re.compile(rb"/api/stream/[0-9a-f]+\?token=[A-Za-z0-9._-]+")
PATIENCE = 120.0


@dataclass
class Talked:
    """When one session's message left and its answers came, in seconds since 1970."""

    sent: float
    first: float = 0.0
    last: float = 0.0
    """The last words of the last column."""
    ended: float = 0.0


def talk_at_once(port: int, comparisons: Sequence[str], words: str) -> tuple[list[Talked], list[str]]:
    """Say the words in every comparison at the same moment; what came, and what went wrong, when all has ended."""
    barrier = threading.Barrier(len(comparisons), timeout=PATIENCE)
    talked: list[Talked] = []
    problems: list[str] = []

    def one(comparison: str) -> None:
        try:
            talked.append(_talk(port, comparison, words, barrier))
        except Exception as error:  # one session that fails is told beside the others
            barrier.abort()
            problems.append(f"{type(error).__name__}: {error}")

    threads = [threading.Thread(target=one, args=(comparison,), daemon=True) for comparison in comparisons]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(2 * PATIENCE)
    return talked, problems


def _talk(port: int, comparison: str, words: str, barrier: threading.Barrier) -> Talked:
    host, query = f"127.0.0.1:{port}", f"comparison={comparison}"
    with connect(
        f"ws://{host}/_stcore/stream",
        origin=f"http://{host}",
        subprotocols=["streamlit"],
        max_size=None,
        open_timeout=PATIENCE,
    ) as page:
        box = _open(page, query)
        barrier.wait()
        talked = Talked(sent=time.time())
        page.send(_rerun(query, box, words))
        if address := _stream_address(page):
            _follow(port, address, talked)
        else:  # so late that the answers were whole when the page was drawn
            talked.first = talked.last = talked.ended = time.time()
    return talked


def _rerun(query: str, box: str = "", words: str = "") -> bytes:
    message = BackMsg()
    message.rerun_script.page_name = "converse"
    message.rerun_script.query_string = query
    if box:
        state = message.rerun_script.widget_states.widgets.add()
        state.id, state.chat_input_value.data = box, words
    return bytes(message.SerializeToString())


def _open(page: ClientConnection, query: str) -> str:
    """Run the Converse page of a comparison; the id of its message box."""
    page.send(_rerun(query))
    box = ""
    while True:
        message = _next(page)
        kind = message.WhichOneof("type")
        if kind == "delta" and message.delta.new_element.WhichOneof("type") == "chat_input":
            box = message.delta.new_element.chat_input.id
        elif kind == "script_finished" and box:
            return box


def _next(page: ClientConnection) -> Any:
    message = ForwardMsg()
    message.ParseFromString(bytes(page.recv(timeout=PATIENCE)))
    return message


def _stream_address(page: ClientConnection) -> str:
    """The address that the rerun gave its transcript; empty when nothing runs any more. Raises what the page tells."""
    while True:
        message = _next(page)
        if message.WhichOneof("type") == "script_finished":
            return ""
        element = message.delta.new_element
        if element.WhichOneof("type") == "alert":
            raise RuntimeError(element.alert.body)
        if found := STREAM.search(element.SerializeToString()):
            return found[0].decode()


def _follow(port: int, address: str, talked: Talked) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as connection:
        connection.request("GET", address, headers={"Accept": "text/event-stream"})
        answer = connection.getresponse()
        if answer.status != 200:
            raise RuntimeError(f"the event stream answered {answer.status}")
        for line in answer:
            if line.startswith(b"event: end"):
                talked.ended = time.time()
                return
            if line.startswith(b"data: ") and b'"text"' in line:
                talked.last = time.time()
                talked.first = talked.first or talked.last
    raise RuntimeError("the event stream broke off")
