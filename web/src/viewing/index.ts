/**
 * Looking at a shopper's page: loaded when one is shown, never before. A host makes the client
 * with `createViewer` and renders `ViewZone`.
 */
export type { ViewZoneProps } from './context.ts';
export { createViewer, viewingWords } from './part.ts';
export { ViewZone } from './ViewZone.tsx';
export type { ViewerClient } from './viewer.ts';
