import { describe, expect, it } from 'vitest';
import { linkParts, mailHref } from './links';

const hrefs = (text: string) => linkParts(text).map((p) => p.href);

describe('links', () => {
  it('links web addresses and leaves the sentence around them', () => {
    expect(linkParts('See https://shop.example/a?b=1. Thanks!')).toEqual([
      { text: 'See ', href: null },
      { text: 'https://shop.example/a?b=1', href: 'https://shop.example/a?b=1' },
      { text: '. Thanks!', href: null },
    ]);
  });

  it('links nothing but http and https', () => {
    expect(hrefs('javascript:alert(1) data:text/html,x file:///etc ftp://x')).toEqual([null]);
  });

  it('keeps a bracket that the address opened', () => {
    expect(linkParts('(https://x.example/Sauna_(room))').map((p) => p.text)).toEqual([
      '(',
      'https://x.example/Sauna_(room)',
      ')',
    ]);
  });

  it('leaves what is not an address as text', () => {
    expect(hrefs('https:// nothing')).toEqual([null]);
    expect(linkParts('')).toEqual([]);
  });

  it('loses no character', () => {
    const text = 'a https://x.example, b http://y.example/?q=ä! c';
    expect(
      linkParts(text)
        .map((p) => p.text)
        .join(''),
    ).toBe(text);
  });

  it('writes to one address, whatever the visitor put into it', () => {
    expect(mailHref('a.b@shop.example')).toBe('mailto:a.b@shop.example');
    expect(mailHref('a?bcc=b%40c.example&x=@shop.example')).toBe(
      'mailto:a%3Fbcc%3Db%2540c.example%26x%3D@shop.example',
    );
  });
});
