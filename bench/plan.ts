/** What one run measures. */
export interface Plan extends Rounds {
  readonly name: 'full' | 'quick'
  /** Numbers of users, ascending: a directory is built for each. */
  readonly sizes: readonly number[]
  /** The bare server and Mercurius are started over every directory, or over the largest only. */
  readonly peersAt: 'every size' | 'the largest'
  /** How often the server is started at each size. */
  readonly starts: number
  readonly feed: FeedPlan
  /** The size of the directory whose views are built again: one of the sizes, to share its directory. */
  readonly rebuiltUsers: number
  readonly stack: StackPlan
}

/** How the engines past one machine are measured. */
export interface StackPlan {
  /** Few: all of them go through DynamoDB Local, which takes some milliseconds for each event. */
  readonly users: number
  readonly reads: Rounds
  /** Longer, for the same reason. */
  readonly writes: Rounds
}

export interface Rounds {
  /** Counted rounds of each measurement; their median is told. */
  readonly rounds: number
  readonly secondsPerRound: number
  /** Of each measurement, not counted: code is still being compiled, and caches are empty. */
  readonly warmUpSeconds: number
}

/** How the feed is measured. */
export interface FeedPlan {
  /** Of the directory that is followed. */
  readonly users: number
  /** So many follow at once, and so many users are created meanwhile. */
  readonly followers: readonly { readonly followers: number; readonly writes: number }[]
  /** Followers who wait. */
  readonly idle: number
}

export const FULL: Plan = {
  name: 'full',
  sizes: [1_000, 100_000, 1_000_000],
  peersAt: 'every size',
  rounds: 3,
  secondsPerRound: 3,
  warmUpSeconds: 5,
  starts: 3,
  feed: {
    users: 20_000,
    followers: [
      { followers: 1, writes: 3_000 },
      { followers: 100, writes: 2_000 },
      { followers: 1_000, writes: 1_000 },
    ],
    idle: 5_000,
  },
  rebuiltUsers: 100_000,
  stack: {
    users: 5_000,
    reads: { rounds: 3, secondsPerRound: 3, warmUpSeconds: 5 },
    writes: { rounds: 2, secondsPerRound: 10, warmUpSeconds: 5 },
  },
}

export const QUICK: Plan = {
  name: 'quick',
  sizes: [1_000, 20_000],
  peersAt: 'the largest',
  rounds: 2,
  secondsPerRound: 1,
  warmUpSeconds: 2,
  starts: 1,
  feed: {
    users: 2_000,
    followers: [
      { followers: 1, writes: 500 },
      { followers: 100, writes: 500 },
      { followers: 1_000, writes: 200 },
    ],
    idle: 5_000,
  },
  rebuiltUsers: 20_000,
  stack: {
    users: 200,
    reads: { rounds: 1, secondsPerRound: 1, warmUpSeconds: 2 },
    writes: { rounds: 1, secondsPerRound: 4, warmUpSeconds: 1 },
  },
}
