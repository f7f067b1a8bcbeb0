"""`python -m loader`: the loader's commands without the server's."""

import sys

from loader.cli import main

if __name__ == "__main__":
    sys.exit(main())
