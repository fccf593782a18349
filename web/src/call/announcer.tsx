/** Tells screen readers what changes in the call, politely and one thing at a time. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { useCall } from './context.ts';

export function Announcer() {
  const { client, words, nameOf } = useCall();
  const [text, setText] = useState('');
  const mic = client.micOn.value;
  const camera = client.cameraOn.value;
  const phase = client.phase.value;
  const others = client.others.value;
  const names = new Map(others.map(({ person }) => [person.id, nameOf(person)]));
  const sharing = others.find(({ media }) => media.includes('screen'))?.person.id ?? null;
  const before = useRef({ mic, camera, phase, names, sharing });

  useEffect(() => {
    const was = before.current;
    before.current = { mic, camera, phase, names, sharing };
    const said: string[] = [];
    if (client.joined.value) {
      for (const [id, name] of names) if (!was.names.has(id)) said.push(words.status.joined(name));
      for (const [id, name] of was.names) if (!names.has(id)) said.push(words.status.left(name));
      if (was.phase !== phase && phase === 'live') said.push(words.status.live);
      if (was.phase !== phase && phase === 'reconnecting') said.push(words.status.reconnecting);
      if (was.mic !== mic) said.push(mic ? words.status.micOn : words.status.micOff);
      if (was.camera !== camera) said.push(camera ? words.status.cameraOn : words.status.cameraOff);
      if (sharing && was.sharing !== sharing) {
        said.push(words.status.sharing(names.get(sharing) ?? ''));
      }
    }
    if (said.length > 0) setText(said.join('. '));
  }, [mic, camera, phase, [...names.keys()].join(), sharing]);

  return (
    <p class="hidden-text" role="status">
      {text}
    </p>
  );
}
