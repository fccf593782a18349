/** Outside sources and players: fetched when a supervisor opens their dialog. */
export { GuestsDialog } from './GuestsDialog';
