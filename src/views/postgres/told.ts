import type { TenantId } from '../../domain/streams.ts'

/** What a generation tells of a batch on its channel: `position.ts` writes it. */
export type Told = readonly [batch: number, position: number, tenants: readonly TenantId[] | null]

/** Null for anything else: whoever may connect to the database may notify, too. */
export function toldIn(payload: string | undefined): Told | null {
  try {
    const told = JSON.parse(payload ?? '') as unknown
    return isTold(told) ? told : null
  } catch {
    return null
  }
}

function isTold(said: unknown): said is Told {
  if (!Array.isArray(said) || said.length !== 3) return false
  const [batch, position, tenants] = said as readonly unknown[]
  return Number.isSafeInteger(batch) && Number.isSafeInteger(position) && isTexts(tenants)
}

const isTexts = (said: unknown): boolean =>
  said === null || (Array.isArray(said) && said.every((text) => typeof text === 'string'))
