"""Writes the TypeScript types of the wire, by the JSON Schema of what declares it.

`signaling/messages.py` becomes the client's `protocol.gen.ts`, `signaling/cobrowse/frames.py`
the co-browsing's `wire.gen.ts`, which takes what both have from the former.

`python -m signaling.protocol --write` writes them; `--check` fails when they have drifted.
A field with a default may be absent on the wire, so it is optional in TypeScript.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any, get_args

import msgspec

from signaling import messages
from signaling.cobrowse import frames
from signaling.events import CobrowseOperation

_WEB = Path(__file__).resolve().parents[1] / "web/src"


def _name(ref: str) -> str:
    return ref.rsplit("/", 1)[-1]


def _type(schema: dict[str, Any]) -> str:
    match schema:
        case {"$ref": ref}:
            return _name(ref)
        case {"enum": values}:
            return " | ".join(f'"{value}"' for value in values)
        case {"anyOf": options}:
            return " | ".join(_type(option) for option in options)
        case {"type": "array", "prefixItems": items}:
            return f"[{', '.join(_type(item) for item in items)}]"
        case {"type": "array", "items": item}:
            inner = _type(item)
            return f"({inner})[]" if " | " in inner else f"{inner}[]"
        case {"type": "object", "additionalProperties": values}:
            return f"Record<string, {_type(values)}>"
        case {"type": ("string" | "boolean" | "null") as plain}:
            return str(plain)
        case {"type": "integer" | "number"}:
            return "number"
    raise ValueError(f"no TypeScript for {schema}")


def _interface(name: str, schema: dict[str, Any]) -> str:
    required = set(schema.get("required", ()))
    lines = []
    if description := schema.get("description"):
        body = "\n".join(f" * {line}".rstrip() for line in description.strip().splitlines())
        lines.append(f"/**\n{body}\n */")
    lines.append(f"export interface {name} {{")
    for field, field_schema in schema["properties"].items():
        optional = "" if field in required else "?"
        lines.append(f"  {field}{optional}: {_type(field_schema)};")
    lines.append("}")
    return "\n".join(lines)


def _union(name: str, schema: dict[str, Any]) -> str:
    return f"export type {name} =\n  | " + "\n  | ".join(_type(schema).split(" | ")) + ";"


def _header(source: str) -> str:
    return f"// Generated from {source} by `make protocol`. Do not edit.\n"


def render() -> str:
    """Return the TypeScript module of the conversations' wire."""
    roots = {"ClientFrame": messages.ClientFrame, "ServerFrame": messages.ServerFrame}
    schemas, components = msgspec.json.schema_components(roots.values())
    parts = [_header("signaling/messages.py")]
    parts += [_interface(name, components[name]) for name in sorted(components)]
    for root, schema in zip(roots, schemas, strict=True):
        parts.append(_union(root, schema))
    parts.append(_union("EventBody", components["TimelineEvent"]["properties"]["event"]))
    words = " | ".join(f'"{word}"' for word in get_args(CobrowseOperation))
    parts.append(f"export type CobrowseOperation = {words};")
    for name in ("PROTOCOL_VERSION", "MAX_FRAME", "MAX_TEXT", "MAX_FILES"):
        parts.append(f"export const {name} = {getattr(messages, name)};")
    closes = {n: v for n, v in vars(messages).items() if n.startswith("CLOSE_")}
    parts += [f"export const {name} = {value};" for name, value in closes.items()]
    return "\n\n".join(parts) + "\n"


def render_cobrowse() -> str:
    """Return the TypeScript module of the co-browsing's wire."""
    roots = {"ClientFrame": frames.ClientFrame, "ServerFrame": frames.ServerFrame}
    _, known = msgspec.json.schema_components([messages.ClientFrame, messages.ServerFrame])
    schemas, components = msgspec.json.schema_components(roots.values())
    shared = sorted(n for n in components if known.get(n) == components[n])
    parts = [
        _header("signaling/cobrowse/frames.py"),
        f"import type {{ {', '.join(shared)} }} from '@/client/protocol.gen';",
    ]
    parts += [_interface(name, components[name]) for name in sorted(set(components) - set(shared))]
    for root, schema in zip(roots, schemas, strict=True):
        parts.append(_union(root, schema))
    for name in ("VERSION", "HEADER", "FLAG_GZIP", "MAX_PAYLOAD", "MAX_TEXT_FRAME"):
        parts.append(f"export const {name} = {getattr(frames, name)};")
    return "\n\n".join(parts) + "\n"


MODULES = {
    _WEB / "client/protocol.gen.ts": render,
    _WEB / "cobrowse/wire.gen.ts": render_cobrowse,
}


def main(argv: list[str] | None = None) -> int:
    """Write or check the generated files; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    group = parser.add_mutually_exclusive_group(required=True)
    group.add_argument("--write", action="store_true", help="write the file")
    group.add_argument("--check", action="store_true", help="fail if it has drifted")
    write = parser.parse_args(argv).write
    status = 0
    for target, module in MODULES.items():
        wanted = module()
        if write:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(wanted, encoding="utf-8")
        elif not target.is_file() or target.read_text(encoding="utf-8") != wanted:
            sys.stderr.write(f"{target.name} has drifted: run `make protocol`\n")
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
