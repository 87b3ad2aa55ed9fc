"""`./run evaluate QUESTION …`."""

from faceengine.command_line import run
from faceengine.evaluation.command import main

if __name__ == "__main__":
    run(main)
