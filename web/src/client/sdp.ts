/**
 * The few things about codecs that WebRTC lets a page say in no other way. Pure.
 *
 * A sender follows the remote description's `a=fmtp` (RFC 7587 §7): what our own encoder should do
 * is written into the answer before it is applied.
 */

/** Video codecs a call uses, the preferred first. Few, so that 15 m-lines stay under a frame. */
const VIDEO_CODECS = ['video/vp8', 'video/h264'];
const REPAIR_CODECS = ['video/rtx'];

/** Turns on forward error correction and silence suppression of the Opus encoder. */
export function tuneAnswer(sdp: string): string {
  const opus = new Set<string>();
  for (const match of sdp.matchAll(/^a=rtpmap:(\d+) opus\/48000/gim)) opus.add(match[1] ?? '');
  return sdp
    .split('\r\n')
    .map((line) => {
      const match = /^a=fmtp:(\d+) (.*)$/.exec(line);
      const [, type, text] = match ?? [];
      if (type === undefined || text === undefined || !opus.has(type)) return line;
      const params = new Map(
        text.split(';').map((pair): [string, string] => {
          const [key = '', value = ''] = pair.trim().split('=');
          return [key, value];
        }),
      );
      params.set('useinbandfec', '1').set('usedtx', '1');
      return `a=fmtp:${type} ${[...params].map(([k, v]) => `${k}=${v}`).join(';')}`;
    })
    .join('\r\n');
}

/** Keeps VP8, one H264 profile and their retransmission, in the order preferred. */
export function preferVideo<C extends { mimeType: string; sdpFmtpLine?: string }>(
  codecs: readonly C[],
): C[] {
  const rank = (codec: C): number => VIDEO_CODECS.indexOf(codec.mimeType.toLowerCase());
  const chosen = codecs
    .filter((codec) => rank(codec) >= 0 && isCommonProfile(codec))
    .sort((a, b) => rank(a) - rank(b));
  const repair = codecs.filter((codec) => REPAIR_CODECS.includes(codec.mimeType.toLowerCase()));
  return chosen.length === 0 ? [] : [...chosen, ...repair];
}

/** Constrained baseline in packetization mode 1: the H264 that every browser can decode. */
function isCommonProfile(codec: { mimeType: string; sdpFmtpLine?: string }): boolean {
  if (codec.mimeType.toLowerCase() !== 'video/h264') return true;
  const line = codec.sdpFmtpLine ?? '';
  return /packetization-mode=1/.test(line) && /profile-level-id=42e0/i.test(line);
}
