import type { LogProblem } from '../../log/LogProblem.ts'
import type { LogRoot } from '../../log/sqlite/integrity/checkIntegrity.ts'
import { type Entity, type Problem, rowsOf, type Tally } from '../../verify/problems.ts'
import type { Terminal } from '../terminal.ts'
import { count } from './count.ts'

const MAX_UNSETTLED_TOLD = 20

/** Says what is found: a line each for people, or an object each for programs. */
export class VerifyReport {
  problems = 0
  readonly #terminal: Terminal
  readonly #json: boolean

  constructor(terminal: Terminal, json: boolean) {
    this.#terminal = terminal
    this.#json = json
  }

  log(problem: LogProblem): void {
    const { kind, stream, message } = problem
    const remedy = 'The log is the truth: restore it from a backup'
    this.#tell({ part: 'log', kind, stream, message }, `${inLog(problem)}. ${remedy}`)
  }

  view(problem: Problem): void {
    const remedy = remedyFor(problem.entity)
    this.#tell({ part: 'views', ...problem, remedy }, `views ${inViews(problem)}. ${remedy}`)
  }

  quarantined(stream: string, seq: number, reason: string, entity: Entity | null): void {
    const remedy = entity === null ? 'No release writes such a stream' : remedyFor(entity)
    this.#tell(
      { part: 'quarantine', stream, seq, reason, remedy },
      `views ${stream}: in quarantine since seq ${seq}: ${reason}. ${remedy}`,
    )
  }

  /** The tally is null where there were no views to compare. */
  end(tally: Tally | null, root: LogRoot | null, seconds: number): void {
    if (this.#json) {
      const summary = { problems: this.problems, views: tally !== null, ...tally, ...root, seconds }
      this.#terminal.print(JSON.stringify({ part: 'summary', ...summary }))
      return
    }
    const print = (line: string) => this.#terminal.print(line)
    if (tally === null) print('There are no views yet to compare: a server makes them when it starts')
    else this.#compared(tally, seconds)
    if (root !== null) print(`The log's root at position ${root.position} is ${root.root}`)
    print(this.problems === 0 ? 'No problems' : count(this.problems, 'problem'))
  }

  #compared(tally: Tally, seconds: number): void {
    const { users, groups, memberships, apiKeys, tenants, lookups, behind, unsettled } = tally
    const print = (line: string) => this.#terminal.print(line)
    print(
      `${count(users, 'user')}, ${count(groups, 'group')}, ${count(memberships, 'membership')}, ${count(apiKeys, 'API key')}, ` +
        `${count(tenants, 'tenant')}: ${count(rowsOf(tally), 'row')} compared, ${count(lookups, 'look-up')}, in ${seconds.toFixed(1)} s`,
    )
    if (behind > 0)
      print(`${count(behind, 'stream')} had newer events than the views: compared at what has been applied`)
    if (unsettled.length > 0) {
      const some = unsettled.slice(0, MAX_UNSETTLED_TOLD).join(', ')
      print(`${unsettled.length} changed too fast to be judged, run it again for: ${some}`)
    }
  }

  #tell(object: object, line: string): void {
    this.problems += 1
    this.#terminal.print(this.#json ? JSON.stringify(object) : line)
  }
}

/** A problem in words. */
export const inLog = ({ kind, stream, message }: LogProblem): string =>
  `${stream === null ? 'log' : `log ${stream}`}: ${kind}: ${message}`

export const inViews = ({ stream, what, log, view }: Problem): string =>
  `${stream}: ${what}: the log says ${JSON.stringify(log)}, the views say ${JSON.stringify(view)}`

function remedyFor({ kind, tenant, id }: Entity): string {
  return kind === 'tenant'
    ? 'Stop the servers and delete the views: the next start builds them from the log'
    : `To repair: rollcall verify --repair ${kind} ${id} --tenant ${tenant}`
}
