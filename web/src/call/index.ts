/**
 * The call part: loaded when a call is offered or wanted, never before. A host makes the client
 * with `createCall` and renders `CallPanel`, which shows whatever the call's phase asks for.
 */
export type { CallClient, CallPhase, Intent, Media } from '@/client/call.ts';
export { DeviceCheck, type DeviceCheckProps } from './devicecheck.tsx';
export { CallPanel, type CallPanelProps } from './panel.tsx';
export {
  type CallPartOptions,
  callWords,
  createCall,
  createCapture,
  type IceAnswer,
  iceOf,
} from './part.ts';
