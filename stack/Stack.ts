import { setLocalCredentials } from './engines/credentials.ts'
import { requireJava } from './engines/java.ts'
import { writeEnvFile } from './envFile.ts'
import { Part, type Recipe } from './Part.ts'
import { makePlan, type Plan, type PlanOptions } from './plan.ts'
import { spawnTied, type Tied } from './processes/tied.ts'
import * as recipes from './recipes.ts'
import { ROLLCALL } from './recipes.ts'
import { StackFailure } from './StackFailure.ts'

export interface StackHooks {
  /** A part has ended, and nobody has asked for that. */
  readonly onCrash?: (part: Part, ending: number | NodeJS.Signals) => void
  readonly onStarting?: (part: Part) => void
}

/** All of rollcall past one machine, on this machine: engines, the relay, gateways, a synchroniser, each a process. */
export class Stack {
  readonly plan: Plan
  readonly gateways: readonly Part[]
  readonly #engines: readonly Part[]
  readonly #followers: readonly Part[]
  readonly #onStarting: (part: Part) => void
  readonly #commands = new Set<Tied>()
  #isClosed = false

  private constructor(plan: Plan, { onCrash = () => {}, onStarting = () => {} }: StackHooks) {
    const part = (recipe: Recipe) => new Part(recipe, onCrash)
    this.plan = plan
    this.#engines = [recipes.dynamodb, recipes.kinesis, recipes.postgres].map((of) => part(of(plan)))
    this.gateways = plan.gatewayPorts.map((_, index) => part(recipes.gateway(plan, index)))
    this.#followers = [recipes.relay, recipes.synchroniser, recipes.transform].map((of) => part(of(plan)))
    this.#onStarting = onStarting
  }

  /** Looks whether it can start here, and where everything goes. Rejects with `StackFailure`, and has started nothing then. */
  static async prepare(options: PlanOptions, hooks: StackHooks = {}): Promise<Stack> {
    requireJava()
    setLocalCredentials()
    return new Stack(await makePlan(options), hooks)
  }

  /** In the order in which they start. */
  get parts(): readonly Part[] {
    return [...this.#engines, ...this.gateways, ...this.#followers]
  }

  part(name: string): Part {
    const found = this.parts.find((part) => part.name === name)
    if (found !== undefined) return found
    const names = this.parts.map((part) => part.name).join(', ')
    throw new StackFailure(`There is no part ${JSON.stringify(name)}; there are ${names}`)
  }

  /** Where it rejects, what has started goes on: close it. */
  async start(): Promise<void> {
    await writeEnvFile(this.plan)
    await this.#startAll(this.#engines)
    // The first one begins the log.
    await this.#startAll(this.gateways.slice(0, 1))
    await this.#startAll([...this.gateways.slice(1), ...this.#followers])
  }

  /** Runs a command of rollcall on the stack, for everybody to see. Rejects with `StackFailure` where it fails. */
  async command(args: readonly string[]): Promise<void> {
    const { environment } = this.plan
    const command = spawnTied([process.execPath, ROLLCALL, ...args], { environment, log: 'terminal' })
    this.#commands.add(command)
    const ending = await command.ended
    this.#commands.delete(command)
    if (ending !== 0) throw new StackFailure(`rollcall ${args.join(' ')} ended with ${ending}`)
  }

  /** Each after those that need it; what is still starting is not waited for. */
  async close(): Promise<void> {
    this.#isClosed = true
    for (const command of this.#commands) command.signal('SIGKILL')
    await Promise.all([...this.gateways, ...this.#followers].map((part) => part.stop()))
    await Promise.all(this.#engines.map((part) => part.stop()))
    await this.plan.folder.close()
  }

  async #startAll(parts: readonly Part[]): Promise<void> {
    if (this.#isClosed) throw new StackFailure('The stack is closed')
    for (const part of parts) this.#onStarting(part)
    await Promise.all(parts.map((part) => part.start()))
  }
}
