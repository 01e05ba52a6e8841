"""Runs Gatepost's command line under a sampling profiler: `python -m bench.sampler FILE serve ...`.

Every 2 ms of its CPU time the main thread's stack is noted; at the end FILE gets a line for each different stack,
outermost function first, and how often it was seen (the folded form that flame graph tools read). It costs the server
a few per cent.
"""

import atexit
import collections
import signal
import sys
from importlib.metadata import entry_points
from pathlib import Path
from types import CodeType, FrameType

INTERVAL = 0.002  # seconds of CPU time


def main() -> None:
    """Sample the console script `gatepost`, given the arguments behind FILE."""
    file, sys.argv = Path(sys.argv[1]), ["gatepost", *sys.argv[2:]]
    seen: collections.Counter[tuple[CodeType, ...]] = collections.Counter()

    def note(number: int, frame: FrameType | None) -> None:
        stack = []
        while frame is not None:
            stack.append(frame.f_code)
            frame = frame.f_back
        seen[tuple(reversed(stack))] += 1

    def write() -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)
        file.write_text("".join(f"{';'.join(map(name, stack))} {count}\n" for stack, count in seen.items()))

    atexit.register(write)
    signal.signal(signal.SIGPROF, note)
    signal.setitimer(signal.ITIMER_PROF, INTERVAL, INTERVAL)
    script = next(iter(entry_points(group="console_scripts", name="gatepost")))
    script.load()()


def name(code: CodeType) -> str:
    """A function as module path and name, short enough to read."""
    path = "/".join(Path(code.co_filename).with_suffix("").parts[-2:])
    return f"{path}:{code.co_qualname}"


if __name__ == "__main__":
    main()
