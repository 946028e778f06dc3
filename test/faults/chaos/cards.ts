import fc from 'fast-check'
import type { ClusterFault, Drawn } from './ClusterFault.ts'

/** A fault that takes place once so many commands of an episode have been carried out. */
export interface Card extends Drawn {
  readonly fault: string
  readonly after: number
}

/** Faults near the end would find nobody left whom they concern. */
const LATEST = 0.9

/** All faults, each as often as its weight says, dealt to so many episodes, each of so many commands. */
export function dealt(
  faults: readonly ClusterFault[],
  episodes: number,
  commands: number,
): fc.Arbitrary<Card[][]> {
  const names = faults.flatMap(({ name, weight }) => Array<string>(weight).fill(name))
  const whole = { minLength: names.length, maxLength: names.length }
  const draws = fc.record({
    after: fc.nat(Math.floor(commands * LATEST)),
    whom: fc.nat(9_999),
    ms: fc.integer({ min: 20, max: 1_500 }),
  })
  return fc
    .tuple(fc.shuffledSubarray(names, whole), fc.array(draws, { ...whole, size: 'max' }))
    .map(([deck, drawn]) => {
      const cards = drawn.map((each, i) => ({ ...each, fault: deck[i] ?? '' }))
      return Array.from({ length: episodes }, (_, hand) => cards.filter((_, i) => i % episodes === hand))
    })
}
