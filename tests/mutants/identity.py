"""The checks of bank ID, each taken out once: `make mutants-identity`.

Words on the command line choose the mutants whose names hold one. The last line is JSON:
{"mutants": n, "killed": n}. Exits with 1 when one survives.
"""

from __future__ import annotations

import json
import sys

from tests.mutants.binding import BINDING
from tests.mutants.provider import PROVIDER
from tests.mutants.runner import run
from tests.mutants.tokens import TOKENS

MUTANTS = [*BINDING, *TOKENS, *PROVIDER]


def main() -> int:
    words = sys.argv[1:]
    chosen = [one for one in MUTANTS if not words or any(word in one.name for word in words)]
    survived = run(chosen)
    for mutant in survived:
        print(f"no test noticed that this is gone: {mutant.name}")
    print(json.dumps({"mutants": len(chosen), "killed": len(chosen) - len(survived)}))
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main())
