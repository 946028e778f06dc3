import { ready } from './processes/ready.ts'
import type { Tied } from './processes/tied.ts'
import { StackFailure } from './StackFailure.ts'

/** How a part of the stack comes into being and ends. */
export interface Recipe {
  readonly name: string
  /** Where others find it. */
  readonly place: string
  /** Of what it says. */
  readonly log: string
  launch(): Promise<Tied>
  /** Rejects as long as it cannot be used yet. */
  check(): Promise<unknown>
  /** Ends it in good order. */
  readonly stopSignal: NodeJS.Signals
  /** Ends it as a crash does. */
  readonly killSignal: NodeJS.Signals
  /** False where its first process is only one of many. */
  readonly canPause: boolean
}

export type PartState = 'down' | 'starting' | 'up' | 'paused' | 'stopping'

/** So long an end in good order may take. */
const STOP_MS = 20_000

/** A process of the stack, which can be ended and started again, always at the same place. */
export class Part {
  readonly #recipe: Recipe
  readonly #onCrash: (part: Part, ending: number | NodeJS.Signals) => void
  #state: PartState = 'down'
  #process: Tied | null = null
  #launched: Promise<Tied> | undefined
  /** Resolves when it is down again. */
  #over: Promise<void> = Promise.resolve()

  /** `onCrash` is told when it ends and nobody here has asked for that. */
  constructor(recipe: Recipe, onCrash: (part: Part, ending: number | NodeJS.Signals) => void) {
    this.#recipe = recipe
    this.#onCrash = onCrash
  }

  get name(): string {
    return this.#recipe.name
  }
  get place(): string {
    return this.#recipe.place
  }
  get killSignal(): NodeJS.Signals {
    return this.#recipe.killSignal
  }
  get state(): PartState {
    return this.#state
  }
  get pid(): number | null {
    return this.#process?.pid ?? null
  }

  /** Resolves once it can be used. */
  async start(): Promise<void> {
    this.#must('down', `${this.name} is there already`)
    this.#state = 'starting'
    const { name, log } = this.#recipe
    this.#launched = this.#recipe.launch()
    this.#over = this.#watch(this.#launched)
    const process = await this.#launched
    await ready({ title: name, log }, process, () => this.#recipe.check())
    if (this.#state === 'starting') this.#state = 'up'
  }

  /** In good order, if it has come so far and does not take for ever. Does nothing where it is down. */
  async stop(): Promise<void> {
    const { stopSignal, killSignal } = this.#recipe
    const impatience = setTimeout(() => this.#process?.signal(killSignal), STOP_MS)
    await this.#end(this.#state === 'starting' ? killSignal : stopSignal)
    clearTimeout(impatience)
  }

  async kill(): Promise<void> {
    await this.#end(this.#recipe.killSignal)
  }

  pause(): void {
    this.#must('up', `${this.name} is ${this.#state}`)
    if (!this.#recipe.canPause) throw new StackFailure(`${this.name} is many processes: stop or kill it`)
    this.#process?.signal('SIGSTOP')
    this.#state = 'paused'
  }

  resume(): void {
    this.#must('paused', `${this.name} is ${this.#state}, not paused`)
    this.#process?.signal('SIGCONT')
    this.#state = 'up'
  }

  #must(state: PartState, otherwise: string): void {
    if (this.#state !== state) throw new StackFailure(otherwise)
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (this.#state === 'down') return
    this.#state = 'stopping'
    const process = await this.#launched?.catch(() => null)
    process?.signal(signal)
    process?.signal('SIGCONT')
    await this.#over
  }

  async #watch(launched: Promise<Tied>): Promise<void> {
    this.#process = await launched.catch(() => null)
    const ending = await this.#process?.ended
    const isCrash = this.#state === 'up' || this.#state === 'paused'
    this.#process = null
    this.#state = 'down'
    if (isCrash && ending !== undefined) this.#onCrash(this, ending)
  }
}
