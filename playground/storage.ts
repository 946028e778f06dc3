import type { Storage as Store } from '@graphiql/toolkit'

/** Of all that GraphiQL keeps. */
const PREFIX = 'graphiql:'

/**
 * Where GraphiQL keeps tabs and history for longer than this browser tab: without headers, in which somebody may have written a key.
 * Those that older versions left are taken out.
 */
export function storageWithoutHeaders(kept: Storage): Store {
  const names = () => Object.keys(kept).filter((name) => name.startsWith(PREFIX))
  const store: Store = {
    get length() {
      return names().length
    },
    getItem: (name) => kept.getItem(name),
    setItem(name, value) {
      if (name === `${PREFIX}headers`) kept.removeItem(name)
      else kept.setItem(name, withoutHeaders(value))
    },
    removeItem: (name) => kept.removeItem(name),
    clear() {
      for (const name of names()) kept.removeItem(name)
    },
  }
  for (const name of names()) store.setItem(name, kept.getItem(name) ?? '')
  return store
}

/** Some values are JSON, with headers at some depth; others plain text. */
function withoutHeaders(value: string): string {
  try {
    return JSON.stringify(JSON.parse(value, (name, part) => (name === 'headers' ? '' : part)))
  } catch {
    return value
  }
}
