/** What is drawn for it: for whoever it concerns, and how long it lasts. */
export interface Drawn {
  readonly whom: number
  readonly ms: number
}

/** Something that can go wrong, or on beside. */
export interface ClusterFault {
  readonly name: string
  /** So often it is dealt, while others are dealt theirs. */
  readonly weight: number
  /** Resolves when it is over. */
  inflict(drawn: Drawn): Promise<void>
  /** So often it has happened: one that is dealt and never happens proves nothing. */
  count(): number
}

/** One that happens whenever it is inflicted. */
export function fault(name: string, weight: number, act: (drawn: Drawn) => Promise<void>): ClusterFault {
  let count = 0
  return {
    name,
    weight,
    async inflict(drawn) {
      await act(drawn)
      count += 1
    },
    count: () => count,
  }
}
