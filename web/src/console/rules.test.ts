import { describe, expect, it } from 'vitest';
import { linesOf, problemsOf, type RuleKind } from './rules';

const selects = (selector: string) => !selector.includes('[');
const wrong = (kind: RuleKind, text: string) =>
  problemsOf(kind, text, selects).map(({ line, mistake }) => `${line} ${mistake}`);

describe('rules of co-browsing', () => {
  it('are lines, each once, without what surrounds them', () => {
    expect(linesOf('.a\n\n  .b \r\n.a\n')).toEqual(['.a', '.b']);
  });

  it('tell the line of a selector that the browser does not know', () => {
    expect(wrong('mask', '.iban\n\ndiv[\n.ok')).toEqual(['3 selector']);
  });

  it.each(['/checkout/pay*', '*', '*/pay'])('pause on the path %s', (path) => {
    expect(wrong('pause', path)).toEqual([]);
  });

  it.each(['checkout', 'https://shop.example/pay', '/pay?step=2', '/pay now'])(
    'do not pause on %s, which is no path',
    (path) => {
      expect(wrong('pause', path)).toEqual(['1 path']);
    },
  );

  it.each(['cdn.example.com', 'CDN.example.com:8443', '10.0.0.1'])('take %s as a host', (host) => {
    expect(wrong('assets', host)).toEqual([]);
  });

  it.each(['https://cdn.example.com', 'cdn.example.com/pictures', 'localhost', '*.example.com'])(
    'do not take %s as a host',
    (host) => {
      expect(wrong('assets', host)).toEqual(['1 host']);
    },
  );

  it('have the lengths that the server allows', () => {
    expect(wrong('mask', 'a'.repeat(200))).toEqual([]);
    expect(wrong('mask', 'a'.repeat(201))).toEqual(['1 long']);
    const lines = Array.from({ length: 101 }, (_, n) => `.a${n}`);
    expect(wrong('mask', lines.slice(1).join('\n'))).toEqual([]);
    expect(wrong('mask', lines.join('\n'))).toEqual(['null many']);
  });
});
