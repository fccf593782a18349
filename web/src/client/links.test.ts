import { describe, expect, it } from 'vitest';
import { findLinks, mailHref } from './links.ts';

const hrefs = (text: string) => findLinks(text).map((p) => p.href);

describe('links', () => {
  it('links web addresses and leaves the sentence around them', () => {
    expect(findLinks('See https://shop.example/a?b=1. Thanks!')).toEqual([
      { text: 'See ' },
      { text: 'https://shop.example/a?b=1', href: 'https://shop.example/a?b=1' },
      { text: '. Thanks!' },
    ]);
  });

  it('links nothing but http and https', () => {
    expect(
      hrefs('javascript:alert(1) data:text/html,x file:///etc ftp://x www.example.com <b>hi</b>'),
    ).toEqual([undefined]);
  });

  it('keeps a bracket that the address opened', () => {
    expect(findLinks('(https://x.example/Sauna_(room))').map((p) => p.text)).toEqual([
      '(',
      'https://x.example/Sauna_(room)',
      ')',
    ]);
  });

  it('leaves what is not an address as text', () => {
    expect(hrefs('https:// nothing')).toEqual([undefined]);
    expect(findLinks('')).toEqual([]);
  });

  it('loses no character', () => {
    const text = 'a https://x.example, b http://y.example/?q=ä! c';
    expect(
      findLinks(text)
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
