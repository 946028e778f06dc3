import type { FollowStatus, RollcallError } from '../../client/index.ts'
import { createProgress, type Progress } from '../progress.ts'
import type { Terminal } from '../terminal.ts'

/** Says beside the changes how the following goes: what is new, once, and not every attempt. */
export class FollowNotes {
  readonly #terminal: Terminal
  #progress: Progress | null = null
  #copied = 0
  /** Why there is no connection, as far as it was said. */
  #trouble: RollcallError['code'] | null = null
  #hasBeenLive = false

  constructor(terminal: Terminal) {
    this.#terminal = terminal
  }

  /** Whether the present state is being told. */
  get isCopying(): boolean {
    return this.#progress !== null
  }

  /** One more change of the present state. */
  copied(): void {
    this.#copied += 1
    this.#progress?.update(this.#copied, null)
  }

  status(status: FollowStatus): void {
    switch (status.kind) {
      case 'snapshot':
        this.#progress ??= createProgress({ things: 'changes', terminal: this.#terminal })
        break
      case 'live':
        this.#live()
        break
      case 'behind':
        this.#terminal.note('Changes come faster than they are taken: going on from here')
        break
      case 'expired':
        this.#terminal.note(`${status.error.message}. Making one`)
        break
      case 'retrying':
        this.#retrying(status.error)
        break
      case 'connecting':
      case 'catchingUp':
    }
  }

  #live(): void {
    if (this.#copied > 0) this.#progress?.end(this.#copied)
    this.#progress = null
    this.#copied = 0
    if (!this.#hasBeenLive) this.#terminal.note('Up to date; what happens follows. Ctrl-C ends it')
    else if (this.#trouble !== null) this.#terminal.note('Connected again, and up to date')
    this.#hasBeenLive = true
    this.#trouble = null
  }

  /** After one reason of the server's own, that it cannot be reached is no news. */
  #retrying({ code, message }: RollcallError): void {
    const isNews = this.#trouble === null || (code !== this.#trouble && code !== 'NETWORK')
    if (!isNews) return
    this.#trouble = code
    this.#terminal.note(`No connection: ${message}. Trying until there is one`)
  }
}
