"""`./run bench engine …`."""

import sys

from faceengine.bench.engine import main

if __name__ == "__main__":
    sys.exit(main())
