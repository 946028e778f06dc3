import type { DomainError } from '../domain/errors.ts'
import type { EventMeta } from '../domain/events.ts'
import type { Result } from '../domain/result.ts'
import type { TenantId } from '../domain/streams.ts'
import { type LogCommit, MAX_COMMIT_ITEMS } from '../log/EventLog.ts'
import { type Interpreter, type Program, run } from '../ops/program.ts'
import { isQueryOp } from '../ops/query.ts'
import { type CommandRequest, commandInterpreter } from './handler.ts'
import { LogOverlay } from './overlay.ts'

export interface BatchMeta extends Omit<EventMeta, 'idempotencyKey'> {
  readonly tenant: TenantId
}

/**
 * Several commands in one commit, for imports: the same programs as the API's, run one after another over the log and what the
 * earlier ones are going to write. Views are not consulted (they cannot know), nor waited for. Nothing has happened until
 * the commit is made, and then all of it has or, where another writer came between, nothing.
 */
export class Batch {
  readonly #meta: BatchMeta
  readonly #overlay: LogOverlay
  #size = 0

  /** All commands of a batch are of one tenant, one time and one cause: they share the commit's meta data. */
  constructor(log: LogOverlay, meta: BatchMeta) {
    this.#meta = meta
    this.#overlay = new LogOverlay(log)
  }

  /**
   * Runs one command. `full`: it does not fit any more and has left no trace; run it in a new batch. A command that fails has
   * left no trace either.
   */
  async run<A>(program: Program<A>, idempotencyKey: string): Promise<Result<A, DomainError> | 'full'> {
    const trial = new LogOverlay(this.#overlay)
    const result = await run(program, this.#interpreter(trial, idempotencyKey))
    if (!result.ok) return result
    if (this.#size > 0 && this.#overlay.items + trial.items > MAX_COMMIT_ITEMS) return 'full'
    this.#overlay.absorb(trial)
    this.#size += 1
    return result
  }

  /** Ends the batch: the overlay that it was made over takes over what it adds. Null where that is nothing. */
  end(log: LogOverlay): LogCommit | null {
    if (this.#overlay.items === 0) return null
    log.absorb(this.#overlay)
    const { tenant, ...meta } = this.#meta
    return { tenant, meta: { ...meta, idempotencyKey: null }, ...this.#overlay.changes() }
  }

  #interpreter(overlay: LogOverlay, idempotencyKey: string): Interpreter {
    const request: CommandRequest = { ...this.#meta, idempotencyKey }
    const command = commandInterpreter(overlay, request, { committed() {}, conflict() {} })
    return (op) => (isQueryOp(op) ? null : command(op))
  }
}
