import { CommandRun } from '../commands/CommandRun.ts'
import { commandInterpreter } from '../commands/handler.ts'
import { retryLostRaces } from '../commands/retry.ts'
import type { DomainError } from '../domain/errors.ts'
import { ok, type Result } from '../domain/result.ts'
import type { TenantId } from '../domain/streams.ts'
import type { Viewer } from '../domain/viewer.ts'
import type { CommandLog } from '../log/EventLog.ts'
import { run } from '../ops/program.ts'
import { isQueryOp } from '../ops/query.ts'
import { ensureTenant } from '../services/tenants.ts'

/** In whose name an import acts: the operator's, within one tenant. */
export const importer = (tenant: TenantId): Viewer => ({
  tenant,
  actor: { kind: 'operator', id: null, label: 'import' },
  scopes: [],
  operator: true,
  userId: null,
  keyId: null,
})

/** Makes tenants that are not there yet, each looked up once. */
export class TenantMaker {
  readonly made: TenantId[] = []
  readonly #log: CommandLog
  readonly #known = new Map<TenantId, Result<null, DomainError>>()

  constructor(log: CommandLog) {
    this.#log = log
  }

  async ensure(tenant: TenantId): Promise<Result<null, DomainError>> {
    let known = this.#known.get(tenant)
    if (known === undefined) {
      known = await this.#make(tenant)
      this.#known.set(tenant, known)
    }
    return known
  }

  async #make(tenant: TenantId): Promise<Result<null, DomainError>> {
    const viewer = importer(tenant)
    const log = new CommandRun(this.#log)
    const command = commandInterpreter(
      log,
      { tenant, actor: viewer.actor, cause: 'import', idempotencyKey: null, ip: null, at: null },
      { committed() {}, conflict() {} },
    )
    const made = await retryLostRaces(
      async () => run(ensureTenant(viewer, tenant, tenant), (op) => (isQueryOp(op) ? null : command(op))),
      { judge: (result) => log.judge(result), onRetry() {} },
    )
    if (!made.ok) return made
    if (made.value) this.made.push(tenant)
    return ok(null)
  }
}
