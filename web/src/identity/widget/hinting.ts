export { hintWords } from '../hints.ts';
