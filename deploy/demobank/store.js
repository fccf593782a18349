/**
 * What the bank remembers, in memory alone: nothing is left of it when it ends.
 *
 * An adapter of oidc-provider (`adapter` in its documentation): one for each model, all in one map.
 */

const GRANTED = new Set(['AccessToken', 'AuthorizationCode', 'RefreshToken']);

/** Make a store; it returns the adapter of each model. */
export function createStore() {
  const kept = new Map(); // "Model:id" -> {payload, until}

  const forget = setInterval(() => {
    const now = Date.now();
    for (const [key, { until }] of kept) if (until <= now) kept.delete(key);
  }, 60_000);
  forget.unref();

  const found = (entry) => (entry && entry.until > Date.now() ? entry.payload : undefined);

  return (model) => ({
    async upsert(id, payload, seconds) {
      kept.set(`${model}:${id}`, { payload, until: Date.now() + (seconds ?? Infinity) * 1000 });
    },
    async find(id) {
      return found(kept.get(`${model}:${id}`));
    },
    async findByUid(uid) {
      for (const [key, entry] of kept) {
        if (key.startsWith(`${model}:`) && entry.payload.uid === uid) return found(entry);
      }
      return undefined;
    },
    async consume(id) {
      const payload = found(kept.get(`${model}:${id}`));
      if (payload) payload.consumed = Math.floor(Date.now() / 1000);
    },
    async destroy(id) {
      kept.delete(`${model}:${id}`);
    },
    async revokeByGrantId(grant) {
      for (const [key, { payload }] of kept) {
        if (GRANTED.has(key.split(':')[0]) && payload.grantId === grant) kept.delete(key);
      }
    },
  });
}
