import fc from 'fast-check'

/** What a writer is to do. Whom it concerns is known when it is done: numbers stand for those who are there then. */
export interface Command {
  readonly op:
    | 'createUser'
    | 'updateUser'
    | 'setStatus'
    | 'deleteUser'
    | 'createGroup'
    | 'updateGroup'
    | 'moveGroup'
    | 'deleteGroup'
    | 'setMembership'
    | 'removeMembership'
    | 'setMemberships'
    | 'createApiKey'
    | 'revokeApiKey'
  readonly user: number
  readonly group: number
  readonly other: number
  readonly flag: boolean
  readonly how: How
}

export interface How {
  /** Under an Idempotency-Key, and attempted until it is answered. */
  readonly idempotent: boolean
  /** Gives up after so many milliseconds and tries the next node, while the first may still be at it. */
  readonly patienceMs: number
  /** With the token that it has just read. */
  readonly conditional: boolean
  /** Reads with the token of the write on another node. */
  readonly readsBack: boolean
}

const oneIn = (n: number): fc.Arbitrary<boolean> => fc.nat(n - 1).map((drawn) => drawn === 0)

const op = fc.oneof(
  ...(
    [
      ['createUser', 6],
      ['updateUser', 6],
      ['setStatus', 2],
      ['deleteUser', 2],
      ['createGroup', 2],
      ['updateGroup', 3],
      ['moveGroup', 2],
      ['deleteGroup', 1],
      ['setMembership', 5],
      ['removeMembership', 2],
      ['setMemberships', 2],
      ['createApiKey', 1],
      ['revokeApiKey', 1],
    ] as const
  ).map(([name, weight]) => ({ weight, arbitrary: fc.constant(name) })),
)

const how: fc.Arbitrary<How> = fc.record({
  idempotent: fc.nat(2).map((drawn) => drawn > 0),
  patienceMs: fc.oneof(
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 60 }) },
    { weight: 5, arbitrary: fc.constant(10_000) },
  ),
  conditional: oneIn(4),
  readsBack: oneIn(5),
})

const any = fc.nat(9_999)

export const command: fc.Arbitrary<Command> = fc.record({
  op,
  user: any,
  group: any,
  other: any,
  flag: fc.boolean(),
  how,
})
