/** The shop's settings: a part of its own, fetched when it is opened. */
export { AdminPages } from './AdminPages';
