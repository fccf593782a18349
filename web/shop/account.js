/**
 * The customer's account, as any shop has one: who is signed in is the shop's own matter. What a
 * shop does for the chat is in two lines: `identify` on each page (`page.js`), and `forget` when
 * somebody signs out.
 */
import { make, show, t } from './page.js';

const { customers, customer } = window.TISKI ?? {};

function signedIn() {
  return [
    make('h1', {}, t.account),
    make('p', { class: 'lead' }, t.signedIn(customer.name)),
    make('p', {}, t.accountWhy),
    make(
      'form',
      { method: 'post', action: 'account', onsubmit: () => window.Tiski('forget') },
      make('button', { class: 'buy', type: 'submit' }, t.signOut),
    ),
  ];
}

function signedOut() {
  return [
    make('h1', {}, t.account),
    make('p', { class: 'lead' }, t.signInLead),
    make(
      'form',
      { method: 'post', action: 'account', class: 'accounts' },
      ...customers.map(({ id, name }) =>
        make(
          'button',
          { class: 'buy', type: 'submit', name: 'customer', value: id },
          t.signIn(name),
        ),
      ),
    ),
    make('p', {}, t.demo),
  ];
}

if (!customers) show(t.account, make('h1', {}, t.account), make('p', {}, t.accountOff));
else show(t.account, ...(customer ? signedIn() : signedOut()));
