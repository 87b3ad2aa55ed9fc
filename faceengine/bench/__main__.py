"""`./run bench engine …` and `./run bench memory …`."""

import sys

from faceengine.bench import engine, memory

COMMANDS = {"engine": engine.main, "memory": memory.main}

if __name__ == "__main__":
    sys.exit(COMMANDS[sys.argv[1]](sys.argv[2:]))
