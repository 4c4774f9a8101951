"""The two moments of a launch that people wait for: the app answers, the models answer."""

import os
import threading
import time
from dataclasses import dataclass

from workbench.gateway import Readiness
from workbench.services.workbench import Workbench

LAUNCHED = "WORKBENCH_LAUNCHED"
"""Set by the command line to the time it began, in seconds since 1970."""


@dataclass
class Launch:
    """Seconds from launch to each moment; None until it came."""

    app: float | None = None
    models: float | None = None


launch = Launch()


def app_is_ready(wb: Workbench) -> None:
    """Note the first moment, wake the models, and note the second when it comes."""
    launch.app = _since_launch()
    wb.live.wake()
    threading.Thread(target=_note_models, args=(wb,), name="moments", daemon=True).start()


def launch_in_words() -> str:
    """Both moments, in a sentence."""
    if launch.app is None:
        return ""
    models = f"{launch.models:.1f} s" if launch.models is not None else "not yet"
    return f"After the start: app ready {launch.app:.1f} s, models ready {models}."


def _note_models(wb: Workbench) -> None:
    while wb.live.readiness() is Readiness.WAKING:
        time.sleep(0.05)
    if wb.live.readiness() is Readiness.READY:
        launch.models = _since_launch()


def _since_launch() -> float:
    return time.time() - float(os.environ.get(LAUNCHED, time.time()))
