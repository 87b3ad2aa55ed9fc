"""`./run bench engine …`."""

import sys

from faceengine.bench import engine

COMMANDS = {"engine": engine.main}

if __name__ == "__main__":
    sys.exit(COMMANDS[sys.argv[1]](sys.argv[2:]))
