"""What runs on Node: find one, install packages, build the browser side into `server/static/`."""

import os
import platform
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from deploy.develop.banks import BANK
from deploy.develop.environment import install_node
from deploy.develop.steps import ROOT, Progress, ensure, fingerprint, is_done

__all__ = ["STATIC", "Node", "build_web", "find_node", "install_bank", "install_web"]

WEB = ROOT / "web"
STATIC = ROOT / "server" / "static"
OLDEST_NODE = (22, 12)  # what vitest and vite ask for
_NPM_NETWORK = (  # a network that is down should be told in seconds
    *("--no-audit", "--no-fund", "--fetch-retries=2"),
    *("--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=3000"),
)
_BUILD_INPUTS = (
    *("src", "public", "widget.html", "console.html", "expert.html", "player.html"),
    *("package.json", "package-lock.json", "tsconfig.json", "vite.config.ts", "vite.pages.ts"),
    *("vite.widget.config.ts", "vite.loader.config.ts", "vite.page.config.ts", "vite.preload.ts"),
    "vite.player.config.ts",
)


@dataclass(frozen=True)
class Node:
    """A Node that is new enough, and how to call its npm."""

    bin: Path
    npm: tuple[Path, ...]

    @property
    def program(self) -> Path:
        """Node itself."""
        return self.bin / "node"

    @property
    def env(self) -> dict[str, str]:
        """The environment in which npm's own children find this Node first."""
        return {
            "PATH": f"{self.bin}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "NODE_USE_SYSTEM_CA": "1",  # a company's proxy is trusted where the machine trusts it
        }


def find_node() -> Node:
    """Take the machine's Node when it is new enough and has npm; install one otherwise."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _version(node) >= OLDEST_NODE:
        return Node(Path(node).parent, (Path(npm),))
    folder = install_node()
    own = folder / "bin" / "node"
    # The package's own bin/npm is broken; its script is not.
    return Node(own.parent, (own, folder / "lib/node_modules/npm/bin/npm-cli.js"))


def _version(node: str) -> tuple[int, ...]:
    try:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=10)
        return tuple(int(part) for part in said.stdout.strip().lstrip("v").split(".")[:2])
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return (0,)


def install_web() -> None:
    """Install the locked npm packages of the browser side."""
    _install("Web packages", WEB)


def install_bank() -> None:
    """Install the locked npm packages of the demo bank."""
    _install("Demo bank's packages", BANK)


def _install(title: str, folder: Path) -> None:
    stamp = folder / "node_modules" / ".tiski"
    key = fingerprint(folder / "package-lock.json", platform.machine())
    if is_done(stamp, key):
        return
    node = find_node()

    def install(progress: Progress) -> None:
        progress.command((*node.npm, "ci", *_NPM_NETWORK), cwd=folder, env=node.env)

    ensure(title, stamp, key, install)


def build_web() -> None:
    """Build the browser side into `server/static/`."""
    stamp = STATIC / ".built"  # a build by hand empties the folder and so removes the stamp
    key = fingerprint(*(WEB / name for name in _BUILD_INPUTS))
    if is_done(stamp, key) and (STATIC / "loader.js").is_file():
        return
    install_web()
    stamp.unlink(missing_ok=True)
    node = find_node()

    def build(progress: Progress) -> None:
        progress.command((*node.npm, "run", "build"), cwd=WEB, env=node.env)

    ensure("Web build", stamp, key, build)
