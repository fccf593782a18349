/** How the console calls people: the words for those who have no name. Pure. */
import type { Person, Visitor } from '@/client/protocol.gen';
import type { Strings } from './strings.en';

/** A customer's name, or a short tag by which two nameless ones are told apart. */
export function visitorName(visitor: Visitor, t: Strings): string {
  return visitor.name?.trim() || t.person.numbered(visitor.id.slice(-4));
}

export function personName(
  person: Person,
  me: string,
  visitor: Visitor | null,
  t: Strings,
): string {
  if (person.id === me) return t.person.you;
  if (person.role === 'visitor') return visitor ? visitorName(visitor, t) : t.person.visitor;
  return person.name?.trim() || t.person.role[person.role];
}
