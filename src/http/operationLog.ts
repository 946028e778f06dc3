import type { Logger } from 'pino'
import type { DomainError } from '../domain/errors.ts'
import type { RequestFacts } from '../graphql/context.ts'
import type { GraphQLResponse, PreparedOperation } from '../graphql/engine.ts'
import type { Metrics } from './metrics.ts'
import type { MeasuredOperation } from './operationTallies.ts'

const SLOW_MS = 1_000

/** What a document that was refused is counted as. */
export const REFUSED = { kind: 'refused', label: 'refused' } as const

/** Told once of each operation that ran, with the time it took. */
export type RecordOperation = (
  transport: MeasuredOperation['transport'],
  facts: RequestFacts,
  operation: Pick<PreparedOperation, 'label'> & { readonly kind: MeasuredOperation['kind'] },
  response: Pick<GraphQLResponse, 'errors'>,
  ms: number,
) => void

/** Told of each client that was not let in. */
export type RecordRefusal = (
  transport: MeasuredOperation['transport'],
  ip: string,
  requestId: string | null,
  error: DomainError,
) => void

/** Counts it, and logs a line at `info`; at `debug` once the address is over its limit, so that nobody can fill the log. */
export function refusalLog(metrics: Metrics, logger: Logger): RecordRefusal {
  return (transport, ip, requestId, { code, message }) => {
    metrics.refused(code)
    const level = code === 'RATE_LIMITED' ? 'debug' : 'info'
    logger[level]({ requestId, ip, transport, outcome: code, reason: message }, 'not let in')
  }
}

/**
 * Counts every operation, and logs one line for it: at `info` for mutations, errors and what took over a second, at `debug`
 * for the rest. No variables and no keys stand in it, and so none are looked for: that would be a tenth of what a mutation costs.
 */
export function operationLog(metrics: Metrics, parent: Logger): RecordOperation {
  const logger = parent.child({}, { redact: [] })
  return (transport, facts, { kind, label }, { errors }, ms) => {
    const outcome = errors === undefined ? 'ok' : String(errors[0]?.extensions?.code ?? 'INTERNAL')
    metrics.operation({ transport, kind, label, outcome, seconds: ms / 1_000 })
    const isNotable = kind === 'mutation' || outcome !== 'ok' || ms > SLOW_MS
    const level = isNotable ? 'info' : 'debug'
    if (!logger.isLevelEnabled(level)) return
    const { viewer, requestId, ip } = facts
    logger[level](
      {
        requestId,
        tenant: viewer.tenant,
        actor: viewer.operator ? 'operator' : viewer.keyId,
        ip,
        transport,
        kind,
        operation: label,
        outcome,
        ms: Math.round(ms * 100) / 100,
      },
      'operation',
    )
  }
}
