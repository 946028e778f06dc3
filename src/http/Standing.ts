import type { Feed } from '../feed/Feed.ts'
import type { Authenticator, Credentials, Verdict } from './auth.ts'

/** Whether a client that was let in may still do what it came for: asked for as long as its connection lasts. */
export class Standing {
  readonly #credentials: Credentials
  readonly #authenticator: Authenticator
  readonly #feed: Pick<Feed, 'position'>
  #last: { readonly position: number; readonly verdict: Verdict } | null = null

  constructor(credentials: Credentials, authenticator: Authenticator, feed: Pick<Feed, 'position'>) {
    this.#credentials = credentials
    this.#authenticator = authenticator
    this.#feed = feed
  }

  async authorise(): Promise<Verdict> {
    const { position } = this.#feed
    const verdict = await this.#authenticator.identify(this.#credentials)
    this.#last = { position, verdict }
    return verdict
  }

  /**
   * As `authorise`, but cheap: it asks again only if the views have moved, as they do before anything is published. So nothing
   * that was committed after a key was revoked is ever told to its holder.
   */
  async recheck(): Promise<Verdict> {
    if (this.#last?.position === this.#feed.position) return this.#last.verdict
    return this.authorise()
  }
}
