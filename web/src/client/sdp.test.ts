import { expect, test } from 'vitest';
import { preferVideo, tuneAnswer } from './sdp.ts';

const ANSWER = [
  'v=0',
  'm=audio 9 UDP/TLS/RTP/SAVPF 111 63',
  'a=rtpmap:111 opus/48000/2',
  'a=fmtp:111 minptime=10;useinbandfec=0',
  'a=rtpmap:63 red/48000/2',
  'a=fmtp:63 111/111',
  '',
].join('\r\n');

test('the Opus encoder is told to repair and to be silent in silence; the rest is left alone', () => {
  const lines = tuneAnswer(ANSWER).split('\r\n');
  expect(lines).toContain('a=fmtp:111 minptime=10;useinbandfec=1;usedtx=1');
  expect(lines).toContain('a=fmtp:63 111/111');
  expect(lines).toHaveLength(ANSWER.split('\r\n').length);
});

test('an answer without sound is returned as it is', () => {
  const sdp = 'v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=rtpmap:96 VP8/90000\r\n';
  expect(tuneAnswer(sdp)).toBe(sdp);
});

test('VP8 comes first, then the common H264, then repair; nothing else is offered', () => {
  const h264 = (line: string) => ({ mimeType: 'video/H264', sdpFmtpLine: line });
  const common = h264('level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f');
  const codecs = [
    { mimeType: 'video/rtx' },
    common,
    h264('packetization-mode=0;profile-level-id=42e01f'),
    h264('packetization-mode=1;profile-level-id=64001f'),
    { mimeType: 'video/VP9' },
    { mimeType: 'video/VP8' },
    { mimeType: 'video/AV1' },
  ];
  expect(preferVideo(codecs)).toEqual([
    { mimeType: 'video/VP8' },
    common,
    { mimeType: 'video/rtx' },
  ]);
});

test('a browser with none of them keeps its own order', () => {
  expect(preferVideo([{ mimeType: 'video/AV1' }, { mimeType: 'video/rtx' }])).toEqual([]);
});
