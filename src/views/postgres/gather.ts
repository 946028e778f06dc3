type Read<Key, Answer> = (scope: string, keys: readonly Key[]) => Promise<readonly Answer[]>

/** More in one statement would make the first wait for the last. */
const MAX_KEYS = 1_000

interface Call<Key, Answer> {
  readonly keys: readonly Key[]
  readonly resolve: (answers: readonly Answer[]) => void
  readonly reject: (error: unknown) => void
}

/**
 * Makes one read of all calls of a turn of the event loop with the same scope: with a store at the other end of a wire the round
 * trip is the cost, and under load many requests come in one turn. Texts that several ask for are asked for once.
 *
 * The read begins after the turn, so that it sees whatever the calls have to see.
 */
export function gather<Key, Answer>(read: Read<Key, Answer>): Read<Key, Answer> {
  const waiting = new Map<string, Call<Key, Answer>[]>()

  function send(): void {
    const scopes = [...waiting]
    waiting.clear()
    for (const [scope, calls] of scopes) for (const part of parts(calls)) void answer(read, scope, part)
  }

  return (scope, keys) => {
    if (keys.length === 0) return Promise.resolve([])
    return new Promise((resolve, reject) => {
      if (waiting.size === 0) setImmediate(send)
      const calls = waiting.get(scope) ?? []
      calls.push({ keys, resolve, reject })
      waiting.set(scope, calls)
    })
  }
}

/** A call is never divided. */
function parts<Key, Answer>(calls: readonly Call<Key, Answer>[]): Call<Key, Answer>[][] {
  const all: Call<Key, Answer>[][] = []
  let size = MAX_KEYS
  for (const call of calls) {
    if (size + call.keys.length > MAX_KEYS) {
      all.push([])
      size = 0
    }
    all.at(-1)?.push(call)
    size += call.keys.length
  }
  return all
}

async function answer<Key, Answer>(
  read: Read<Key, Answer>,
  scope: string,
  calls: readonly Call<Key, Answer>[],
): Promise<void> {
  const places = new Map<Key, number>()
  for (const { keys } of calls) for (const key of keys) if (!places.has(key)) places.set(key, places.size)
  try {
    const answers = await read(scope, [...places.keys()])
    const of = (key: Key) => answers[places.get(key) ?? -1] as Answer
    for (const { keys, resolve } of calls) resolve(keys.map(of))
  } catch (error) {
    for (const { reject } of calls) reject(error)
  }
}
