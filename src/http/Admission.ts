export interface AdmissionSettings {
  /** So many work at a time. */
  readonly abreast: number
  /** So many wait at most. */
  readonly maxWaiting: number
  /** How long whoever has its turn may rest before the turn goes to the next. */
  readonly patienceMs: number
}

/** Lets so many work at a time, first come first served; the others wait in line. */
export class Admission {
  readonly #settings: AdmissionSettings
  readonly #line = new Set<Turn>()
  /** Of its turns, into the line and out of it. */
  readonly #ways: Line
  #working = 0

  constructor(settings: AdmissionSettings) {
    this.#settings = settings
    this.#ways = { join: (turn) => this.#join(turn), leave: (turn) => this.#leave(turn) }
  }

  /** How many are in line. */
  get waiting(): number {
    return this.#line.size
  }

  /** A place at the end of the line; null where too many wait already. It is to be ended in any case. */
  enter(): Turn | null {
    if (this.#line.size >= this.#settings.maxWaiting) return null
    return new Turn(this.#settings.patienceMs, this.#ways)
  }

  #join(turn: Turn): void {
    this.#line.add(turn)
    this.#callNext()
  }

  #leave(turn: Turn): void {
    if (!this.#line.delete(turn)) this.#working -= 1
    this.#callNext()
  }

  #callNext(): void {
    const [next] = this.#line
    if (next === undefined || this.#working >= this.#settings.abreast) return
    this.#line.delete(next)
    this.#working += 1
    next.begin()
  }
}

interface Line {
  join(turn: Turn): void
  leave(turn: Turn): void
}

/** Somebody's turn to work, and the line before it. */
export class Turn {
  readonly #patienceMs: number
  readonly #line: Line
  /** Away: it rested too long, and is neither working nor in line. */
  #state: 'waiting' | 'working' | 'away' | 'over' = 'waiting'
  #begun = Promise.withResolvers<void>()
  #patience: NodeJS.Timeout | undefined

  constructor(patienceMs: number, line: Line) {
    this.#patienceMs = patienceMs
    this.#line = line
    line.join(this)
  }

  get isOver(): boolean {
    return this.#state === 'over'
  }

  /** Resolves when it may work, at once if it has its turn still, else when that is there again; and when it is over. */
  async come(): Promise<void> {
    clearTimeout(this.#patience)
    if (this.#state === 'away') {
      this.#state = 'waiting'
      this.#begun = Promise.withResolvers<void>()
      this.#line.join(this)
    }
    await this.#begun.promise
  }

  /** For the line. */
  begin(): void {
    this.#state = 'working'
    this.#begun.resolve()
  }

  /** It has done some of its work, and will come for more. Whoever does not come soon, because its client is slow, is not waited for. */
  rest(): void {
    if (this.#state !== 'working') return
    this.#patience = setTimeout(() => {
      this.#state = 'away'
      this.#line.leave(this)
    }, this.#patienceMs).unref()
  }

  /** It has done all of its work, or will do none any more. */
  end(): void {
    clearTimeout(this.#patience)
    const isInvolved = this.#state === 'waiting' || this.#state === 'working'
    this.#state = 'over'
    if (isInvolved) this.#line.leave(this)
    this.#begun.resolve()
  }
}
