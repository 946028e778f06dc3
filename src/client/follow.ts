import type { Client } from './Client.ts'
import { Follower } from './Follower.ts'
import type { FollowOptions } from './followOptions.ts'

export interface Following {
  /** Resolves where the replica is whole, or what was missed is told; rejects as `done` does, or where it ended before. */
  readonly caughtUp: Promise<void>
  /**
   * Resolves once it was told to stop; rejects with what cannot be mended by trying again, or with what a callback or the replica threw.
   * A rejection that nobody handles ends a Node process, as any does.
   */
  readonly done: Promise<void>
  /** Of the last message that was taken in; null before the first. */
  readonly cursor: string | null
  /**
   * Takes no more messages, and resolves as `done`. While `onChange` is under way, which may be what calls this, it resolves at once: that
   * call is the last one, and its change is kept when it returns. `done` waits for that too: wait for it before you close what they use.
   */
  stop(): Promise<void>
}

/**
 * Follows the changes of a tenant for ever: across cuts, restarts and restores of the server, from its own last cursor each time. It
 * ends with an error only where trying again is of no use. Throws TypeError for `after` beside a replica.
 */
export function follow(client: Client, options: FollowOptions = {}): Following {
  if (options.replica !== undefined && options.after !== undefined) {
    throw new TypeError('after: cannot stand beside a replica, which keeps a cursor of its own')
  }
  const follower = new Follower(client, options)
  const done = follower.run()
  return {
    get caughtUp() {
      // Whoever waits for this hears here of a failure before it, and not a second time where nobody listens to `done`.
      follower.caughtUp.catch(() => done.catch(() => {}))
      return follower.caughtUp
    },
    done,
    get cursor() {
      return follower.cursor
    },
    stop() {
      follower.stop()
      return follower.isTelling ? Promise.resolve() : done
    },
  }
}
