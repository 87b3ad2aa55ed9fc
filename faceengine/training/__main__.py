"""`./run train FOLDER …`."""

from faceengine.command_line import run
from faceengine.training.command import main

if __name__ == "__main__":
    run(main)
