"""`./run bench engine …`, `grouping …`, `memory …` and `scenes …`."""

import sys

from faceengine.bench import engine, grouping, memory, scenes
from faceengine.command_line import run

COMMANDS = {
    "engine": engine.main,
    "grouping": grouping.main,
    "memory": memory.main,
    "scenes": scenes.main,
}

if __name__ == "__main__":
    run(lambda: COMMANDS[sys.argv[1]](sys.argv[2:]))
