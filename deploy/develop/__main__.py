"""Entry point: ``python3 -m deploy.develop COMMAND``.

Kept in syntax that any Python 3 can parse, so that an old one can say what is wrong with it.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - old ones do come here
    sys.exit(
        "Tiski needs Python 3.11 or newer; %s is %d.%d.\n"  # noqa: UP031 - old syntax
        "Install a newer one and run again, or name it: make run PYTHON=/path/to/python3.12"
        % (sys.executable, sys.version_info[0], sys.version_info[1])
    )

from deploy.develop.commands import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
