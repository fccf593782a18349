/** The supervisor's floor: a part of its own, fetched when it is opened. */
export { FloorPage } from './FloorPage';
