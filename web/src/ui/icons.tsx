/** Our own icons. */
export { type IconProps, icon } from './icon.tsx';
export * from './icons.chat.tsx';
export * from './icons.later.tsx';
