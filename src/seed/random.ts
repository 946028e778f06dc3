/** Numbers that follow from a seed alone. */
export interface Random {
  /** From 0 up to, not including, 1. */
  next(): number
  /** A whole number from 0 up to, not including, `bound`. */
  below(bound: number): number
  pick<A>(choices: readonly A[]): A
  chance(probability: number): boolean
}

/**
 * Mulberry32. Math.random takes no seed; this one does, gives the same numbers on every machine since it uses 32-bit integers
 * only, and needs a few nanoseconds and four bytes of state. Its period of 2³² is some 100 times what a million users draw.
 * Not for secrets.
 */
export function mulberry32(seed: number): Random {
  let state = seed | 0
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (bound: number) => Math.floor(next() * bound)
  return {
    next,
    below,
    pick(choices) {
      const choice = choices[below(choices.length)]
      if (choice === undefined) throw new Error('nothing to pick from')
      return choice
    },
    chance: (probability) => next() < probability,
  }
}

/**
 * A rank from 0 up to, not including, `count`, the chance of rank k falling as 1 / (k + 1): Zipf's law, by which sizes of
 * groups, towns and words are long-tailed.
 */
export const zipf = (random: Random, count: number): number =>
  Math.min(count - 1, Math.floor((count + 1) ** random.next()) - 1)
