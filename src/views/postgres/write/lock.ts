import { crc32 } from 'node:zlib'
import type { TenantId } from '../../../domain/streams.ts'
import type { Statements } from '../Statements.ts'

/** A transaction with thousands of tenants must not fill PostgreSQL's table of locks. */
const LOCKS = 256

/** In this order always, so that no two writers wait for each other. */
const LOCK = 'SELECT pg_advisory_xact_lock($1::integer, w.key) FROM unnest($2::integer[]) w (key)'

/**
 * Keeps all others from writing these tenants' rows of a generation until the transaction ends. Readers do not notice. Tenants that
 * happen to share a lock wait for each other, no more.
 */
export async function lock(sql: Statements, generation: string, tenants: Iterable<TenantId>): Promise<void> {
  const keys = [...new Set(Array.from(tenants, (id) => crc32(id) % LOCKS))]
  await sql.all(
    LOCK,
    crc32(generation) | 0,
    keys.sort((a, b) => a - b),
  )
}
