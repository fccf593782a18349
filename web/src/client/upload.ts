/** Uploads one file with progress; XMLHttpRequest, because fetch tells none of an upload. */
import { type Api, ApiError, apiError } from './api.ts';
import type { File as SentFile } from './protocol.gen.ts';

export interface UploadOptions {
  /** Share sent, 0 to 1. */
  progress?: (share: number) => void;
  signal?: AbortSignal;
}

/** Send `file` to `path` (under /api/v1) and return it as the server has taken it. Throws ApiError. */
export async function upload(
  api: Api,
  path: string,
  file: Blob,
  name: string,
  options: UploadOptions = {},
): Promise<SentFile> {
  const headers = await api.authorization();
  const form = new FormData();
  form.append('file', file, name);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open('POST', api.url(path));
    for (const [header, value] of Object.entries(headers)) request.setRequestHeader(header, value);
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) options.progress?.(event.loaded / event.total);
    };
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) {
        resolve(JSON.parse(request.responseText) as SentFile);
      } else {
        const retryAfter = request.getResponseHeader('retry-after');
        reject(apiError(request.status, request.responseText, retryAfter));
      }
    };
    request.onerror = () => reject(new ApiError(0, 'network', 'the upload was cut'));
    request.onabort = () => reject(new ApiError(0, 'aborted', 'the upload was taken back'));
    options.signal?.addEventListener('abort', () => request.abort());
    request.send(form);
  });
}
