"""`./run evaluate QUESTION …`."""

import sys

from faceengine.evaluation.command import main

if __name__ == "__main__":
    sys.exit(main())
