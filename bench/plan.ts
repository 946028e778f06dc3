/** What one run measures. */
export interface Plan {
  readonly name: 'full' | 'quick'
  /** Numbers of users, ascending: a directory is built for each. */
  readonly sizes: readonly number[]
  /** The bare server and Mercurius are started over every directory, or over the largest only. */
  readonly peersAt: 'every size' | 'the largest'
  /** Counted rounds of each measurement; their median is told. */
  readonly rounds: number
  readonly secondsPerRound: number
  /** How often the server is started at each size. */
  readonly starts: number
}

export const FULL: Plan = {
  name: 'full',
  sizes: [1_000, 100_000, 1_000_000],
  peersAt: 'every size',
  rounds: 3,
  secondsPerRound: 3,
  starts: 3,
}

export const QUICK: Plan = {
  name: 'quick',
  sizes: [1_000, 20_000],
  peersAt: 'the largest',
  rounds: 2,
  secondsPerRound: 1,
  starts: 1,
}
