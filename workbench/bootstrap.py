"""Builds the workbench: the only module that knows every adapter."""

import datetime as dt
import os
import secrets
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

from workbench.bundled import bundled
from workbench.domain.people import LAPTOP
from workbench.errors import InvalidFile, StorageUnavailable, VersionExists
from workbench.gateway import Gateway
from workbench.gateway.model_gateway import ModelGateway
from workbench.library.atomic import full_disk_is_told
from workbench.library.files import Library
from workbench.live.engine import Live
from workbench.services.workbench import Workbench
from workbench.settings import DEFAULT_FILE, FILE, Settings, read_settings
from workbench.store import registered
from workbench.store.store import Store

Clock = Callable[[], dt.datetime]


def now() -> dt.datetime:
    """The present time, in UTC."""
    return dt.datetime.now(dt.UTC)


def open_workbench(
    root: Path | str = ".",
    *,
    clock: Clock = now,
    gateway: Callable[[Settings], Gateway] | None = None,
    processes: int = 1,
) -> Workbench:
    """Open the workspace at or above `root`.

    Args:
        root: a folder in a workspace.
        clock: gives the present time.
        gateway: makes the door to models; the real one by default.
        processes: how many model processes may run: the app has two, everything else one.

    Raises:
        NotAWorkspace, NewerWorkspace, InvalidSettings, StorageUnavailable, StorageFull.
    """
    settings = read_settings(Path(root))
    _make_private_folder(settings)
    store = Store.open(settings.database or settings.private / "workbench.db", clock)
    door = gateway(settings) if gateway else ModelGateway(settings, processes=processes)
    workbench = Workbench(settings, Library(settings.library), store, Live(store, door, _owner()), LAPTOP)
    workbench.live.recover()
    _register_new_files(workbench)
    return workbench


def init_workspace(folder: Path) -> Path:
    """Make a workspace with the shipped library. Nothing that is there already is touched.

    Raises:
        VersionExists: the folder is a workspace already.
        StorageFull: there is no room.
    """
    if (folder / FILE).exists():
        raise VersionExists(f"{folder} is a workspace already. Nothing was changed. Open it with `workbench app`.")
    with full_disk_is_told():
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("instruction_library", "experiments"):
            if not (folder / name).exists():
                shutil.copytree(bundled(name), folder / name, ignore=shutil.ignore_patterns("__pycache__", ".*"))
        (folder / FILE).write_text(DEFAULT_FILE, encoding="utf-8")
    return folder


def _make_private_folder(settings: Settings) -> None:
    try:
        settings.private.mkdir(mode=0o700, exist_ok=True)
        (settings.private / ".gitignore").write_text("*\n")
    except PermissionError as error:
        raise StorageUnavailable(f"{settings.private} cannot be written. Instruction files are safe.") from error


def _register_new_files(workbench: Workbench) -> None:
    """Give every readable version file that has no row its row; `verify` tells of the others."""
    with workbench.store.reading() as rx:
        known = registered.digests(rx)
    for info in workbench.library.sets():
        for ref in (f"{info.slug}@{number}" for number in workbench.library.numbers(info.slug)):
            if ref not in known:
                _register(workbench, ref)


def _register(workbench: Workbench, ref: str) -> None:
    try:
        stored = workbench.library.load(ref)
    except InvalidFile:
        return
    with workbench.store.writing("workbench", "a version file was found that had no row") as tx:
        registered.add(tx, stored.ref, stored.version.content.slug, stored.digest)
        tx.audit("version registered", stored.ref, after=stored.digest)


def _owner() -> str:
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
