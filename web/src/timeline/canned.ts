/**
 * Canned replies: what `/` in the composer offers, and what choosing one writes.
 *
 * A reply is offered in the conversation's language first; the same shortcut in another language is
 * offered after it, so that a Swedish customer never gets Finnish by habit.
 */

export interface Canned {
  id: string;
  shortcut: string;
  lang: string;
  text: string;
}

export interface Slash {
  /** Where the slash stands in the text. */
  from: number;
  /** The end of the word after it: what a choice replaces. */
  to: number;
  query: string;
}

/** Finds the `/word` the caret is in; a slash counts only at the start or after white space. */
export function slashAt(text: string, caret: number): Slash | null {
  const before = text.slice(0, caret);
  const match = /(?:^|\s)\/([\p{L}\p{N}_-]*)$/u.exec(before);
  if (!match) return null;
  const query = match[1] ?? '';
  return { from: caret - query.length - 1, to: caret, query: query.toLocaleLowerCase() };
}

export function matchCanned(all: readonly Canned[], query: string, lang: string): Canned[] {
  const wanted = query.toLocaleLowerCase();
  const rank = (reply: Canned): number => {
    const shortcut = reply.shortcut.toLocaleLowerCase();
    if (shortcut.startsWith(wanted)) return 0;
    if (shortcut.includes(wanted)) return 1;
    return wanted.length >= 2 && reply.text.toLocaleLowerCase().includes(wanted) ? 2 : 3;
  };
  return all
    .map((reply) => ({ reply, rank: rank(reply), other: reply.lang === lang ? 0 : 1 }))
    .filter((scored) => scored.rank < 3)
    .sort(
      (a, b) =>
        a.other - b.other ||
        a.rank - b.rank ||
        a.reply.shortcut.localeCompare(b.reply.shortcut, lang),
    )
    .map((scored) => scored.reply);
}

/** Puts a reply in place of the slash word. Returns the text and where the caret goes. */
export function insertCanned(
  text: string,
  slash: Slash,
  reply: Canned,
): { text: string; caret: number } {
  const caret = slash.from + reply.text.length;
  return { text: text.slice(0, slash.from) + reply.text + text.slice(slash.to), caret };
}
