import { expect, test } from 'vitest';
import { Api } from '@/client/api';
import { MAX_FILES, type File as SentFile } from '@/client/protocol.gen';
import { Attachments } from './attachments';

function sent(id: string): SentFile {
  return { id, name: `${id}.pdf`, type: 'application/pdf', size: 9, url: `/files/${id}` };
}

test('files of a refused message come back ready, as many as there is room for', () => {
  const attachments = new Attachments(new Api(), 'c');
  attachments.restore([sent('a'), sent('b')]);
  expect(attachments.ready.map(({ id }) => id)).toEqual(['a', 'b']);
  expect(attachments.unfinished).toBe(false);
  attachments.restore(Array.from({ length: MAX_FILES }, (_, at) => sent(`x${at}`)));
  expect(attachments.items.value).toHaveLength(MAX_FILES);
  attachments.clear();
  expect(attachments.ready).toEqual([]);
});
