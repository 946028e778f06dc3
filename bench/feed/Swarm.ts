import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { OPERATOR_KEY } from '../servers.ts'

const MAIN = new URL('./followers.ts', import.meta.url).pathname

/** What is asked of each change. */
export const CHANGE =
  'stream seq at cause actor { kind id label } event { __typename ... on SetUsername { userId username } ... on SetUserEmail { userId email } ... on SetUserName { userId name } ... on SetUserStatus { userId status } }'
const FOLLOW = `subscription ($after: Cursor, $filter: ChangeFilter) { changes(after: $after, filter: $filter) { kind cursor change { ${CHANGE} } } }`

const LOOK_MS = 50
const GIVE_UP_MS = 10_000

export interface Tally {
  /** Changes, over all followers. */
  readonly received: number
  /** By the follower who got the fewest, and by who got the most. */
  readonly fewest: number
  readonly most: number
  /** In ms since 1970. */
  readonly firstMs: number
  readonly lastMs: number
}

/** Of each change that one of some followers was told of: what caused it, and when it came, in ms since 1970. */
export type Arrivals = readonly (readonly [cause: string, ms: number])[]

/** Followers of one server, in a process of their own. */
export class Swarm {
  readonly followers: number
  /** When they had all caught up, in ms since 1970. */
  readonly levelMs: number
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, followers: number, levelMs: number) {
    this.#child = child
    this.followers = followers
    this.levelMs = levelMs
  }

  /** Resolves when all of them have caught up. Without `after` they begin now. */
  static async start(
    url: string,
    followers: number,
    variables: { readonly after?: string | undefined; readonly filter?: object } = {},
  ): Promise<Swarm> {
    const endpoint = `${url.replace('http', 'ws')}/graphql`
    const args = [endpoint, OPERATOR_KEY, String(followers), FOLLOW, JSON.stringify(variables)]
    const child = fork(MAIN, args)
    const failed = once(child, 'exit').then(() => Promise.reject(new Error('the followers ended')))
    const [{ levelMs }] = (await Promise.race([once(child, 'message'), failed])) as [{ levelMs: number }]
    failed.catch(() => {})
    return new Swarm(child, followers, levelMs)
  }

  tally(): Promise<Tally> {
    return this.#ask('tally')
  }

  arrivals(): Promise<Arrivals> {
    return this.#ask('arrivals')
  }

  /** Resolves once each has got so many changes. Rejects where nothing more comes for ten seconds, or one got too many. */
  async until(each: number): Promise<Tally> {
    for (let last = -1, changedMs = performance.now(); ; ) {
      const tally = await this.tally()
      if (tally.most > each) throw new Error(`a follower got ${tally.most} changes instead of ${each}`)
      if (tally.fewest === each) return tally
      if (tally.received !== last) changedMs = performance.now()
      else if (performance.now() - changedMs > GIVE_UP_MS) {
        throw new Error(`a follower got only ${tally.fewest} of ${each} changes`)
      }
      last = tally.received
      await sleep(LOOK_MS)
    }
  }

  reset(): void {
    this.#child.send('reset')
  }

  async stop(): Promise<void> {
    const ended = once(this.#child, 'exit')
    this.#child.send('stop')
    await ended
  }

  async #ask<Answer>(question: 'tally' | 'arrivals'): Promise<Answer> {
    this.#child.send(question)
    const [answer] = (await once(this.#child, 'message')) as [Answer]
    return answer
  }
}
