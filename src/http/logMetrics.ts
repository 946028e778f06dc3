import { Counter, type Registry } from 'prom-client'

/** Requests that the log made again, by why it did; asked when somebody looks. */
export function logMetrics(retries: ReadonlyMap<string, number>, registry: Registry): void {
  new Counter({
    name: 'rollcall_log_retries_total',
    help: 'Requests to the log that were made again, by reason. A lost race is none of them.',
    labelNames: ['reason'] as const,
    registers: [registry],
    collect() {
      this.reset()
      for (const [reason, count] of retries) this.inc({ reason }, count)
    },
  })
}
