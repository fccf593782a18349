export * from './dates.ts';
export * from './i18n.ts';
