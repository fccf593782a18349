/** Pictures and files in the log, and the key that opens them; loaded with the first one. */
import '@preact/signals'; // draws them again when the key turns
import { signal } from '@preact/signals';
import type { JSX } from 'preact';
import type { Api } from '@/client/api.ts';
import type { File as SentFile } from '@/client/protocol.gen.ts';
import { type Lang, sizeText } from '@/i18n/index.ts';
import { FileIcon } from '@/ui/icons.tsx';
import './files.css';
import { words } from './files.words.ts';

const KEY_LIFE = 50 * 60_000; // ms; the server's key for files is good for an hour
const RETRY = 3_000; // ms until a failed question is asked again
const WIDEST = 240; // pixels of a picture in the log
const HIGHEST = 280;

export class Files {
  readonly #api: Api;
  readonly #lang: Lang;
  readonly #key = signal<string | null>(null);

  constructor(api: Api, lang: Lang) {
    this.#api = api;
    this.#lang = lang;
    this.#renew();
  }

  /** Draw the files of one message. */
  show(files: readonly SentFile[]): JSX.Element[] {
    return files.map((file) => (
      <Attachment key={file.id} file={file} address={this.#address(file.url)} lang={this.#lang} />
    ));
  }

  /**
   * The address of a file for this reader; null until there is a key. A cookie would not do: it
   * is bound to the shop, and neither a new tab nor a browser without frames' cookies has it.
   */
  #address(url: string): string | null {
    const key = this.#key.value;
    return key && `${url}?k=${encodeURIComponent(key)}`;
  }

  #renew(): void {
    this.#api.get<{ k: string }>('/files/key').then(
      ({ k }) => {
        this.#key.value = k;
        setTimeout(() => this.#renew(), KEY_LIFE);
      },
      () => setTimeout(() => this.#renew(), RETRY),
    );
  }
}

interface AttachmentProps {
  file: SentFile;
  address: string | null;
  lang: Lang;
}

function Attachment({ file, address, lang }: AttachmentProps) {
  const t = words[lang];
  if (file.image && file.width && file.height) {
    // Its room is kept before it comes, so nothing jumps.
    const scale = Math.min(1, WIDEST / file.width, HIGHEST / file.height);
    return (
      <a
        class="picture"
        href={address ?? file.url}
        target="_blank"
        rel="noopener"
        aria-label={t.open(file.name)}
      >
        <img
          src={address ?? ''}
          alt={file.name}
          width={Math.round(file.width * scale)}
          height={Math.round(file.height * scale)}
          loading="lazy"
        />
      </a>
    );
  }
  return (
    <a
      class="file"
      href={address ?? file.url}
      download={file.name}
      aria-label={t.download(file.name)}
    >
      <FileIcon />
      <span>
        <b>{file.name}</b>
        <small>{sizeText(file.size, lang)}</small>
      </span>
    </a>
  );
}
