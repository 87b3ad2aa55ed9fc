"""`./run bench engine …`, `./run bench grouping …` and `./run bench memory …`."""

import sys

from faceengine.bench import engine, grouping, memory
from faceengine.command_line import run

COMMANDS = {"engine": engine.main, "grouping": grouping.main, "memory": memory.main}

if __name__ == "__main__":
    run(lambda: COMMANDS[sys.argv[1]](sys.argv[2:]))
